"""The inquiry register: what was asked, what was shown, what became of it."""

from knowledge.register.feedback import REASONS, Feedback, FeedbackBook, Reason, Vote
from knowledge.register.handovers import Answer, Handover, Handovers
from knowledge.register.inquiries import Inquiries
from knowledge.register.links import Links
from knowledge.register.models import (
    Bridge,
    Inquiry,
    Link,
    LinkKind,
    NewInquiry,
    NewLink,
    Outcome,
    ShownQuote,
    Status,
)
from knowledge.register.people import People, Person

__all__ = [
    "REASONS",
    "Answer",
    "Bridge",
    "Feedback",
    "FeedbackBook",
    "Handover",
    "Handovers",
    "Inquiries",
    "Inquiry",
    "Link",
    "LinkKind",
    "Links",
    "NewInquiry",
    "NewLink",
    "Outcome",
    "People",
    "Person",
    "Reason",
    "ShownQuote",
    "Status",
    "Vote",
]
