"""One SQLite file through sqlite-utils: connections, transactions, migrations."""

from knowledge.store.connection import Store, StoreError, store_trouble

__all__ = ["Store", "StoreError", "store_trouble"]
