"""What a person writes to connect a WeChat Official Account."""

from collections.abc import Iterator
from typing import Annotated, Literal
from unicodedata import east_asian_width

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from adapters._shared.wechat import EncodingAesKey
from gateway.contract import ApiUrl, ProviderSettings

API_URL = "https://api.weixin.qq.com"


MAX_SAID_BYTES = 2_048


def _short(text: str) -> str:
    if len(text.encode()) > MAX_SAID_BYTES:
        raise ValueError(f"is longer than {MAX_SAID_BYTES} bytes, which WeChat does not take")
    return text


Said = Annotated[str, AfterValidator(_short)]


class Passive(BaseModel):
    """Words that answer WeChat's own request. They count against no window and no budget."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    follow: Said = ""  # to who follows the account
    clicks: dict[str, Said] = {}  # to who taps the menu's entry of this key
    message: Said = ""  # to every message


# https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
# What each kind of entry has, beside its name.
HAS = {"": (), "click": ("key",), "view": ("url",), "miniprogram": ("url", "appid", "pagepath")}
MOST_BYTES = {"key": 128, "url": 1_024}
TOP_NAME_BYTES, NAME_BYTES = 16, 60
TOP_SHOWN, SHOWN = 4, 8  # Chinese characters of a name; an ellipsis stands for the rest


def _within(most: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text.encode()) > most:
            raise ValueError(
                f"has {len(text.encode())} bytes; write at most {most}: a Chinese character has 3"
            )
        return text

    return AfterValidator(check)


class AnyEntry(BaseModel):
    """An entry of the menu, in WeChat's own words. `url` beside `appid` is for telephones that know
    no mini programs."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: Annotated[str, Field(min_length=1), _within(NAME_BYTES)]
    type: Literal["", "click", "view", "miniprogram"] = ""
    key: str = Field(default="", validate_default=True)
    url: str = Field(default="", validate_default=True)
    appid: str = Field(default="", validate_default=True)
    pagepath: str = Field(default="", validate_default=True)

    @field_validator("key", "url", "appid", "pagepath")
    @classmethod
    def _belongs(cls, text: str, info: ValidationInfo) -> str:
        kind, field = info.data.get("type"), str(info.field_name)
        if kind is None:  # it is none, and that is told already
            return text
        if text and field not in HAS[kind]:
            cure = f"an entry of type {kind} has none" if kind else "write type, too"
            raise ValueError(f"does not belong here; {cure}")
        if not text and field in HAS[kind]:
            raise ValueError(f"is missing; an entry of type {kind} has it")
        most = MOST_BYTES.get(field)
        if most is not None and len(text.encode()) > most:
            raise ValueError(f"is longer than {most} bytes; shorten it")
        if field == "url" and text and not text.startswith(("http://", "https://")):
            raise ValueError("is no address; begin it with https://")
        return text


class Entry(AnyEntry):
    """One of the second level: it does something."""

    type: Literal["click", "view", "miniprogram"]


class TopEntry(AnyEntry):
    """One of the first level: it does something, or it opens others."""

    name: Annotated[str, Field(min_length=1), _within(TOP_NAME_BYTES)]
    sub_button: tuple[Entry, ...] = Field(default=(), max_length=5, validate_default=True)

    @field_validator("sub_button")
    @classmethod
    def _either(cls, entries: tuple[Entry, ...], info: ValidationInfo) -> tuple[Entry, ...]:
        if info.data.get("type") == "" and not entries:
            raise ValueError("is missing, and so is type; write what the entry does, or opens")
        if info.data.get("type") and entries:
            raise ValueError("stands beside type; keep one of the two")
        return entries


def _width(text: str) -> int:
    """How wide a name is shown: a Chinese character is as wide as two letters."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


class WechatSettings(ProviderSettings):
    """Mode `safe` needs `encoding_aes_key`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    app_id: Annotated[
        str, Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$", examples=["wx0123456789abcdef"])
    ]
    app_secret: SecretStr
    token: SecretStr
    mode: Literal["plain", "safe"]
    encoding_aes_key: EncodingAesKey = Field(default=SecretStr(""), validate_default=True)
    passive: Passive = Passive()
    menu: tuple[TopEntry, ...] | None = Field(default=None, max_length=3)  # None: let it be
    api_url: ApiUrl = API_URL

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Names that nobody can read to their end, and words for entries that there are not."""
        if self.menu is None:
            return
        entries: list[tuple[AnyEntry, int]] = [(top, TOP_SHOWN) for top in self.menu]
        entries += [(entry, SHOWN) for top in self.menu for entry in top.sub_button]
        for entry, most in entries:
            if _width(entry.name) > 2 * most:
                what = f"telephones show {most} Chinese characters of {entry.name!r}, then dots"
                yield "menu", what, "shorten the name"
        for key in sorted(self.passive.clicks.keys() - {entry.key for entry, _ in entries}):
            what = f"clicks has words for {key!r}, and no entry of the menu has this key"
            yield "passive", what, "correct the key"

    @field_validator("encoding_aes_key")
    @classmethod
    def _has_a_key(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("mode") == "safe" and not key.get_secret_value():
            raise ValueError(
                "mode safe needs encoding_aes_key: the 43 characters of the account's page"
            )
        return key
