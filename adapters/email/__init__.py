"""E-mail: IMAP in, SMTP out."""

from adapters.email.adapter import EmailAdapter
from adapters.email.settings import EmailSettings

__all__ = ["EmailAdapter", "EmailSettings"]
