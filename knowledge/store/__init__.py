"""One SQLite file through sqlite-utils: connections, transactions, migrations."""

from knowledge.store.connection import Store, StoreError

__all__ = ["Store", "StoreError"]
