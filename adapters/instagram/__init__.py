"""Instagram by Meta's Send API."""

from adapters.instagram.adapter import InstagramAdapter

__all__ = ["InstagramAdapter"]
