"""The inquiry register: what was asked, what was shown, what became of it."""

from knowledge.register.inquiries import Inquiries
from knowledge.register.models import Inquiry, NewInquiry, Outcome, ShownQuote, Status

__all__ = ["Inquiries", "Inquiry", "NewInquiry", "Outcome", "ShownQuote", "Status"]
