"""WeChat Official Accounts."""

from adapters.wechat.adapter import WechatAdapter

__all__ = ["WechatAdapter"]
