"""WeCom customer service (微信客服)."""

from adapters.wecom.adapter import WecomAdapter

__all__ = ["WecomAdapter"]
