"""The schema, as small functions that run forward once each (sqlite-utils' migrations).

They run in the order in which they are imported here.
"""

from knowledge.store.migrations import library, people, review  # isort: skip
from knowledge.store.migrations.base import migrations

__all__ = ["library", "migrations", "people", "review"]
