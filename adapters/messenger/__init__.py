"""Messenger by Meta's Send API."""

from adapters.messenger.adapter import MessengerAdapter

__all__ = ["MessengerAdapter"]
