"""What a person writes to connect an account of Twilio's Voice."""

from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from adapters._shared.twilio_adapter import TwilioSettings
from gateway.contract import VoiceMenu

# Twilio's own collection of music that anybody may play to callers.
HOLD_MUSIC = "http://com.twilio.sounds.music.s3.amazonaws.com/MARKOVICHAMP-Borghestral.mp3"

_NUMBER = r"^\+[1-9]\d{6,14}$"
_SID = r"^([A-Za-z0-9]+)?$"


class TwilioVoiceSettings(TwilioSettings):
    """Browser softphones need an API key and, to dial out, a TwiML app."""

    numbers: Annotated[
        tuple[Annotated[str, Field(pattern=_NUMBER)], ...],
        Field(min_length=1, examples=["+4915112345678"]),
    ]
    api_key_sid: Annotated[
        str, Field(pattern=_SID, examples=["SK0123456789abcdef0123456789abcdef"])
    ] = ""
    api_key_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    twiml_app_sid: Annotated[
        str, Field(pattern=_SID, examples=["AP0123456789abcdef0123456789abcdef"])
    ] = ""
    menu: VoiceMenu = VoiceMenu()
    hold_music: Annotated[
        str, Field(pattern=r"^https?://\S+$", examples=["https://desk.example/music.mp3"])
    ] = HOLD_MUSIC

    @field_validator("api_key_secret")
    @classmethod
    def _has_a_whole_key(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        written = bool(secret.get_secret_value())
        if bool(info.data.get("api_key_sid", written)) != written:
            raise ValueError("set api_key_sid and api_key_secret together, or neither")
        return secret
