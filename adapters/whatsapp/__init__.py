"""WhatsApp by Meta's Cloud API."""

from adapters.whatsapp.adapter import WhatsappAdapter

__all__ = ["WhatsappAdapter"]
