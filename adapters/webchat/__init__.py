"""Web chat: the widget on our user's own pages."""

from adapters.webchat.adapter import WebchatAdapter

__all__ = ["WebchatAdapter"]
