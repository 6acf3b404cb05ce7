"""What a person writes to put web chat on their pages."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from gateway.contract import AccountSettings

MIN_KEY_BYTES = 32  # RFC 7518, section 3.2: as long as the hash
MAX_KEYS = 2  # the one in use and the one that replaces it

_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")


def _origin(value: str) -> str:
    lowered = value.lower().rstrip("/")
    if not _ORIGIN.fullmatch(lowered):
        raise ValueError(
            f"{value!r} is no origin; write https://shop.example, or https://*.shop.example for"
            " all its subdomains"
        )
    return lowered


def _key(value: SecretStr) -> SecretStr:
    length = len(value.get_secret_value().encode())
    if length < MIN_KEY_BYTES:
        raise ValueError(f"the key has {length} bytes; it needs at least {MIN_KEY_BYTES}")
    return value


class WebchatSettings(AccountSettings):
    """`origins` are the pages that may embed the widget; none means the gateway's own only."""

    origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()
    identity: Literal["off", "optional", "required"] = "off"
    identity_keys: dict[str, Annotated[SecretStr, AfterValidator(_key)]] = Field(
        default_factory=dict, validate_default=True
    )

    @field_validator("identity_keys")
    @classmethod
    def _keys_where_needed(
        cls, keys: dict[str, SecretStr], info: ValidationInfo
    ) -> dict[str, SecretStr]:
        identity = info.data.get("identity", "off")
        if identity != "off" and not keys:
            raise ValueError(
                f"identity is {identity}, but there are no identity_keys; write"
                " identity_keys: {NAME: file:PATH}, with a secret of 32 bytes or more"
            )
        if len(keys) > MAX_KEYS:
            raise ValueError("there are more than two identity_keys; remove the oldest")
        return keys
