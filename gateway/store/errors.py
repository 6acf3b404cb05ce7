"""What can go wrong with the store, each error's docstring being its message."""


class StoreError(Exception):
    """The store could not do what was asked."""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "")


class StoreUnavailable(StoreError):
    """The store cannot take this now; nothing was acknowledged. Ask again in a moment."""


class WriteConflict(StoreError):
    """The database refused what this command wrote; nothing of it was kept."""


class StoreInUse(StoreError):
    """Another process holds this store. Stop it first, or point this one elsewhere."""


class SchemaTooNew(StoreError):
    """The store was written by a newer Parley. Run that version, or restore an older backup."""


class NotDurable(StoreError):
    """The database would acknowledge what a power cut can take back. Parley refuses to run so."""


class NoSpace(StoreError):
    """The disk is nearly full; attachments are refused, text is kept."""
