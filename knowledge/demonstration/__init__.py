"""Made-up years of work, to try the program on and to test the report with."""

from knowledge.demonstration.writing import DemoSize, demo_data

__all__ = ["DemoSize", "demo_data"]
