"""What a person writes to connect an account of Twilio's Messaging."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

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
    messaging_service_sid: Annotated[str, Field(pattern=r"^([A-Za-z0-9]+)?$")] = ""

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        if not self.numbers and not self.messaging_service_sid:
            raise ValueError("set numbers or messaging_service_sid: who should messages come from?")
        return self
