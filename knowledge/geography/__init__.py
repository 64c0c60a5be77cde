"""Norwegian municipalities and counties with their history."""

from knowledge.geography.municipalities import Municipalities
from knowledge.geography.records import County, Match, Municipality, Reason

__all__ = ["County", "Match", "Municipalities", "Municipality", "Reason"]
