"""What a person writes to connect a bot of Telegram."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, SecretStr, model_validator

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
    secret_token: Annotated[SecretStr, AfterValidator(_secret)] = SecretStr("")
    mode: Literal["webhook", "poll"] = "webhook"
    api_url: ApiUrl = API_URL

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if self.mode == "webhook" and "secret_token" not in self.model_fields_set:
            raise ValueError("set secret_token, and give the same to setWebhook; or mode: poll")
        return self

    @property
    def bot(self) -> str:
        """The bot's own id, which its token begins with."""
        return self.bot_token.get_secret_value().partition(":")[0]
