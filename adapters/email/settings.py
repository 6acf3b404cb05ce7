"""Settings of a mailbox: where its mail is read and through whom it is sent."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from adapters.email.wire.addresses import is_address, normalised
from gateway.contract import AccountSettings

Tls = Literal["implicit", "starttls", "none"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ImapSettings(_Part):
    """Where mail is read."""

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65_535)
    tls: Tls
    username: str = Field(min_length=1)
    password: SecretStr
    folders: tuple[str, ...] = ("INBOX",)
    first_sync: Literal["all", "new"] = "all"  # new: only what came in the last day
    poll_interval_s: int = Field(default=60, ge=1, le=3_600)  # where the server knows no IDLE

    @field_validator("folders")
    @classmethod
    def _some_folder(cls, folders: tuple[str, ...]) -> tuple[str, ...]:
        if not folders or not all(name.isprintable() and name for name in folders):
            raise ValueError("name at least one folder, such as INBOX, in printable characters")
        return tuple(dict.fromkeys(folders))


class SmtpSettings(_Part):
    """Through whom mail is sent. Without a username nobody logs in."""

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65_535)
    tls: Tls
    username: str = ""
    password: SecretStr = Field(default=SecretStr(""), validate_default=True)

    @field_validator("password")
    @classmethod
    def _both_or_none(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        written = bool(password.get_secret_value())
        if bool(info.data.get("username", written)) != written:
            raise ValueError("give both username and password, or neither")
        return password


class EmailSettings(AccountSettings):
    """One mailbox."""

    address: str
    display_name: str = ""
    imap: ImapSettings
    smtp: SmtpSettings
    # The name our own mail server signs Authentication-Results with; "" believes nobody.
    authserv_id: str = ""
    # What stands between our address and the code of a conversation; "" sends no such codes.
    reply_tag: Literal["+", "-", "=", "_", ""] = "+"

    @field_validator("address")
    @classmethod
    def _one_address(cls, address: str) -> str:
        if not is_address(address):
            raise ValueError(f"{address!r} is no e-mail address; write it as support@shop.example")
        return normalised(address)

    @field_validator("display_name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("a name stands on one line, without control characters")
        return name
