"""The field's fixed facts: centres, topics, actors, tasks, institutions and published figures."""

from knowledge.reference.choice import CentreChoice, centre_for, choose_centre
from knowledge.reference.models import (
    Actor,
    Centre,
    Figure,
    Institution,
    Label,
    ServicePeriod,
    Task,
    Topic,
)
from knowledge.reference.reference import (
    InvalidReference,
    Reference,
    actors,
    centres,
    centres_on,
    figures,
    institutions,
    tasks,
    topics,
)
from knowledge.reference.suggestion import Suggestion, suggest_topics

__all__ = [
    "Actor",
    "Centre",
    "CentreChoice",
    "Figure",
    "Institution",
    "InvalidReference",
    "Label",
    "Reference",
    "ServicePeriod",
    "Suggestion",
    "Task",
    "Topic",
    "actors",
    "centre_for",
    "centres",
    "centres_on",
    "choose_centre",
    "figures",
    "institutions",
    "suggest_topics",
    "tasks",
    "topics",
]
