"""Which inquiries count: one rule for the annual form, the month's figures and the report."""

from typing import Final

COUNTS: Final = "deleted_at IS NULL AND duplicate_of IS NULL AND status <> 'not_an_inquiry'"
"""As SQL on `inquiries`: what is not deleted, not a repetition of another, and not set aside by a
reviewer (thanks, a test). Those that the asker withdrew count: they were asked."""
