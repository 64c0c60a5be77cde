"""The inquiry register: what was asked, what was shown, what became of it."""

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

__all__ = [
    "Bridge",
    "Inquiries",
    "Inquiry",
    "Link",
    "LinkKind",
    "Links",
    "NewInquiry",
    "NewLink",
    "Outcome",
    "ShownQuote",
    "Status",
]
