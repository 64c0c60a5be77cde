"""What the fuzz tests (tests/test_fuzz_*.py) share: bounds of time, odd values, and mutations."""

from fuzz.bounds import PIECES, bounded, examples, repeated
from fuzz.mutations import changed

__all__ = ["PIECES", "bounded", "changed", "examples", "repeated"]
