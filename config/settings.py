"""Settings of one node: where it listens and stores, which accounts it serves, its secrets."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    IPvAnyNetwork,
    SecretStr,
    model_validator,
)

from config.drafts import Drafts
from config.part import Part
from config.signin import Oidc
from config.units import Duration, Size, Words
from config.webhooks import Webhook
from gateway.contract import AccountSettings

MASTER_KEY_LENGTH = 32
"""The least number of characters of a master key."""

DATABASES = "write postgresql://USER:PASSWORD@HOST/NAME or sqlite:////absolute/path.db"
_DATABASE = re.compile(r"postgres(ql)?://\S*|sqlite:////\S.*|")

NO_SECRET = SecretStr("")


def kept_in(database: str) -> bool:
    """Whether the desk can remember there; "" is the file in the data directory."""
    return bool(_DATABASE.fullmatch(database))


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError(f"{text!r} is no web address; write it as https://desk.example")
    if parts.query or parts.fragment:
        raise ValueError(f"{text!r} has a query or a fragment; leave it out")
    return text.rstrip("/")


def _database(address: SecretStr) -> SecretStr:
    if not kept_in(address.get_secret_value()):
        raise ValueError(f"is no database that is known here; {DATABASES}")
    return address


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""`https://desk.example`, without a slash at the end."""


class Host(Part):
    """Where the node listens, and how the world reaches it."""

    public_url: WebAddress = ""  # base of webhook addresses; "" = http://HOST:PORT
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    node: str = Field(default="", max_length=64)  # "" = made up at start
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()  # whose X-Forwarded-For is believed
    max_body: Size = 2**20
    max_mail: Size = 50 * 2**20
    max_upload: Size = 20 * 2**20
    max_media: Size = 64 * 2**20  # of a customer's file; a larger one is not fetched


class Store(Part):
    """Where the desk remembers."""

    database: Annotated[SecretStr, AfterValidator(_database)] = (
        NO_SECRET  # "" = one SQLite file in `data`; may carry a password
    )
    data: Path = Path("parley-data")  # from the working directory


class Redis(Part):
    """Read, and not used yet: nodes poll each other's commits. Never the truth."""

    url: SecretStr = NO_SECRET

    @model_validator(mode="before")
    @classmethod
    def _address_alone(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value


class Scan(Part):
    """The virus scanner (clamd) that sees every file first. No address: nobody looks at them."""

    address: str = Field(
        default="", pattern=r"^(tcp://[^/\s]+|unix:///\S+|)$", examples=["tcp://127.0.0.1:3310"]
    )
    timeout_ms: Duration = Field(default=30_000, alias="timeout")
    max_size: Size = 25 * 2**20  # what clamd takes (StreamMaxLength); larger files are kept out


class Security(Part):
    """Keys, and how long things are good for."""

    master_key: SecretStr = NO_SECRET
    master_key_file: Path | None = None
    session_idle_ms: Duration = Field(default=12 * 3_600_000, alias="session_idle")
    session_absolute_ms: Duration = Field(default=7 * 86_400_000, alias="session_absolute")
    local_sign_in: bool = True  # by a password of our own; else by the provider alone
    oidc: Oidc | None = None
    token_ms: Duration = Field(default=90 * 86_400_000, alias="token")
    drafts: Drafts | None = None
    scan: Scan = Scan()
    refuse_types: Words = ("application/x-executable",)  # of files, by the beginning of the type
    media_link_ms: Duration = Field(default=3 * 86_400_000, alias="media_link")  # for a provider
    allow_networks: tuple[IPvAnyNetwork, ...] = ()  # private ones that we may call out to


class Account(BaseModel):
    """One account of one provider: which adapter, and its settings."""

    adapter: str
    settings: AccountSettings


class Settings(Part):
    """All of it."""

    host: Host = Host()
    store: Store = Store()
    redis: Redis = Redis()
    channels: dict[str, Account] = Field(default={})
    webhooks: dict[str, Webhook] = Field(default={})
    security: Security = Security()

    @property
    def public_url(self) -> str:
        """The base of our addresses as the world sees them, without a slash at the end."""
        return self.host.public_url or f"http://{_reachable(self.host.host)}:{self.host.port}"

    def database(self) -> str:
        """The database's address; the embedded one stands in the data directory."""
        written = self.store.database.get_secret_value()
        return written or f"sqlite:///{(self.store.data / 'parley.sqlite3').absolute()}"


def _reachable(host: str) -> str:
    """An address that the node's own machine reaches it by."""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{host}]" if ":" in host else host


def secrets_of(value: Any) -> Iterator[str]:
    """Every secret in settings, and the passwords in their addresses: what no log may show."""
    match value:
        case SecretStr():
            secret = _secret_part(value.get_secret_value())
            if secret:
                yield secret
        case BaseModel():
            for name in type(value).model_fields:
                yield from secrets_of(getattr(value, name))
        case dict():
            for item in value.values():
                yield from secrets_of(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from secrets_of(item)


def _secret_part(text: str) -> str:
    """Of an address only the password is secret."""
    try:
        address = urlsplit(text)
    except ValueError:
        return text
    return address.password or "" if address.scheme and "://" in text else text
