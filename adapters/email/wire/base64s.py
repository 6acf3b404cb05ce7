"""Base64 as it comes in mail."""

import binascii

_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)


def decode_base64(data: bytes) -> bytes:
    """Base64 as it comes: with strange characters, without padding, cut."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        pure = data.translate(None, _NOT_BASE64)
        pure = pure[: len(pure) - (len(pure) % 4 == 1)]
        return binascii.a2b_base64(pure + b"=" * (-len(pure) % 4))
