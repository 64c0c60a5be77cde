"""Personal data: what is found in a message and masked before anything is stored."""

from knowledge.privacy.masking import Finding, Kind, Masked, mask

__all__ = ["Finding", "Kind", "Masked", "mask"]
