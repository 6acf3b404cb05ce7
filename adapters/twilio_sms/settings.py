"""What a person writes to connect an account of Twilio's Messaging."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from adapters._shared.twilio_adapter import TwilioSettings

# E.164, a short code, an alphanumeric sender (at most 11), or a WhatsApp sender.
_SENDER = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 _+&-]{1,11}")


def _sender(value: str) -> str:
    if not _SENDER.fullmatch(value):
        raise ValueError(
            f"{value!r} is no sender; write a number as +4915112345678, a short code as 12345, an"
            " alphanumeric sender as MyShop, or whatsapp:+4915112345678"
        )
    return value


class TwilioSmsSettings(TwilioSettings):
    """Needs one of `numbers` and `messaging_service_sid`."""

    numbers: tuple[Annotated[str, AfterValidator(_sender)], ...] = ()
    messaging_service_sid: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9]+)?$",
        validate_default=True,
        examples=["MG0123456789abcdef0123456789abcdef"],
    )

    @field_validator("messaging_service_sid")
    @classmethod
    def _has_a_sender(cls, sid: str, info: ValidationInfo) -> str:
        if not sid and info.data.get("numbers") == ():
            raise ValueError("set numbers or messaging_service_sid: who should messages come from?")
        return sid
