"""What a person writes to connect a bot of Telegram."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from gateway.contract import ApiUrl, ProviderSettings

API_URL = "https://api.telegram.org"
_TOKEN_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def _token(value: SecretStr) -> SecretStr:
    """Its value goes into paths, so nothing else may; the words never repeat it."""
    number, colon, rest = value.get_secret_value().partition(":")
    if value.get_secret_value() and not (
        colon and number.isascii() and number.isdecimal() and rest and set(rest) <= _TOKEN_SIGNS
    ):
        raise ValueError("no token of a bot; copy it whole from @BotFather: 123456:ABC-DEF...")
    return value


def _secret(value: SecretStr) -> SecretStr:
    """https://core.telegram.org/bots/api#setwebhook: 1-256 characters A-Z, a-z, 0-9, _ and -"""
    if set(value.get_secret_value()) - _TOKEN_SIGNS or len(value.get_secret_value()) > 256:
        raise ValueError("Telegram takes at most 256 letters, digits, _ and - as secret_token")
    return value


class TelegramSettings(ProviderSettings):
    """`secret_token` is what setWebhook was given; polling needs none."""

    bot_token: Annotated[SecretStr, AfterValidator(_token)]
    mode: Literal["webhook", "poll"] = "webhook"
    secret_token: Annotated[SecretStr, AfterValidator(_secret)] = Field(
        default=None, validate_default=True
    )
    api_url: ApiUrl = API_URL

    @field_validator("secret_token", mode="before")
    @classmethod
    def _says_who(cls, secret: object, info: ValidationInfo) -> object:
        if secret is None and info.data.get("mode") == "webhook":
            raise ValueError("set secret_token, and give the same to setWebhook; or mode: poll")
        return "" if secret is None else secret

    @property
    def bot(self) -> str:
        """The bot's own id, which its token begins with."""
        return self.bot_token.get_secret_value().partition(":")[0]
