"""The only memory: one lock, one log, one job table. Its face is submit, read, follow, claim."""

from gateway.store.errors import (
    NoSpace,
    NotDurable,
    SchemaTooNew,
    StoreError,
    StoreInUse,
    StoreUnavailable,
    WriteConflict,
)
from gateway.store.files import Files
from gateway.store.lanes import Claimed
from gateway.store.store import Store

__all__ = [
    "Claimed",
    "Files",
    "NoSpace",
    "NotDurable",
    "SchemaTooNew",
    "Store",
    "StoreError",
    "StoreInUse",
    "StoreUnavailable",
    "WriteConflict",
]
