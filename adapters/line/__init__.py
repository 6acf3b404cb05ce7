"""LINE Official Accounts by the Messaging API."""

from adapters.line.adapter import LineAdapter

__all__ = ["LineAdapter"]
