"""What is wrong with an installation, in plain words, and what to run."""

from bot.doctor.examining import Examined, examine
from bot.doctor.finding import Finding, Installation, State

__all__ = ["Examined", "Finding", "Installation", "State", "examine"]
