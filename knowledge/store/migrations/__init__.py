"""The schema, as small functions that run forward once each (sqlite-utils' migrations).

They run in the order in which they are imported here.
"""

from knowledge.store.migrations import library, people, review, report, operation  # isort: skip
from knowledge.store.migrations.base import migrations

__all__ = ["library", "migrations", "operation", "people", "report", "review"]
