"""What is held on a person: found, handed out, forgotten; and what is kept only for so long."""

from knowledge.personal_data.exporting import export
from knowledge.personal_data.finding import Held, find
from knowledge.personal_data.forgetting import Forgotten, forget
from knowledge.personal_data.holds import Hold, Holds
from knowledge.personal_data.person import Person, identify
from knowledge.personal_data.privacy_log import Entry, PrivacyLog
from knowledge.personal_data.remasking import Remasked, remask, remask_due
from knowledge.personal_data.restored import forget_again
from knowledge.personal_data.retention import Due, Retention, apply_retention, due

__all__ = [
    "Due",
    "Entry",
    "Forgotten",
    "Held",
    "Hold",
    "Holds",
    "Person",
    "PrivacyLog",
    "Remasked",
    "Retention",
    "apply_retention",
    "due",
    "export",
    "find",
    "forget",
    "forget_again",
    "identify",
    "remask",
    "remask_due",
]
