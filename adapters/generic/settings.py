"""What a person writes to connect a provider that nobody wrote an adapter for."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from adapters.generic import expressions, templates
from gateway.contract import ApiUrl, MessageKind, ProviderSettings, Reason, TextUnit, faults_at
from gateway.domain.message import MessageState

SIGNED_PARTS = re.compile(r"\{([A-Za-z0-9_-]+)\}")
BODY = "body"
MIB = 1024 * 1024

# Of the known ones but web chat, whose visitors we name ourselves.
Scheme = Literal[
    "generic", "tel", "mailto", "whatsapp", "messenger", "instagram", "telegram", "wechat",
    "wecom", "line",
]  # fmt: skip


def _if_written(check: Any) -> Any:
    return AfterValidator(lambda text: check(text) if text else text)


def _secretly(check: Any) -> Any:
    def checked(secret: SecretStr) -> SecretStr:
        check(secret.get_secret_value())
        return secret

    return AfterValidator(checked)


def _address_if_any(url: SecretStr) -> SecretStr:
    if url.get_secret_value():
        templates.checked_url(url.get_secret_value())
    return url


def _state(state: MessageState) -> MessageState:
    if state not in REPORTED:
        raise ValueError(f"is nothing to report; write one of {', '.join(REPORTED)}")
    return state


REPORTED = (MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED)
Path = Annotated[str, _if_written(expressions.checked)]
HeaderName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]*$", max_length=100, examples=["X-Signature"])
]
Worded = Annotated[SecretStr, _secretly(templates.checked_text)]
Node = Annotated[Any, AfterValidator(templates.checked_tree)]
Url = Annotated[SecretStr, _secretly(templates.checked_url)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True
    )


class Verify(_Part):
    """How the provider proves a delivery."""

    kind: Literal["hmac", "token", "none"]
    secret: SecretStr = Field(default=None, validate_default=True)
    query: str = ""  # token: the parameter of the address that carries it
    header: HeaderName = ""
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""  # before the signature or the token: `sha256=`, `Bearer `
    timestamp: HeaderName = ""  # the header that says when it was signed
    tolerance_s: Annotated[int, Field(ge=1, le=86_400)] = 300
    signed: str = "{body}"  # what is signed: {body}, and headers by name

    @field_validator("secret", mode="before")
    @classmethod
    def _is_there(cls, secret: object, info: ValidationInfo) -> object:
        kind = info.data.get("kind", "none")
        if secret is None and kind != "none":
            raise ValueError(f"verify.secret is missing; {kind} needs one")
        return secret.strip() if isinstance(secret, str) else secret or ""

    @field_validator("header")
    @classmethod
    def _is_named(cls, header: str, info: ValidationInfo) -> str:
        kind, query = info.data.get("kind"), info.data.get("query")
        if kind == "hmac" and not header:
            raise ValueError("header is missing; name the header that carries the signature")
        if kind == "token" and bool(header) == bool(query):
            raise ValueError("token wants a header or a query; name one of the two")
        return header

    @field_validator("timestamp")
    @classmethod
    def _can_be_proved(cls, timestamp: str, info: ValidationInfo) -> str:
        if timestamp and info.data.get("kind") in ("token", "none"):
            raise ValueError("timestamp proves nothing where nothing is signed; leave it out")
        return timestamp

    @field_validator("signed")
    @classmethod
    def _covers(cls, signed: str, info: ValidationInfo) -> str:
        parts = [part.lower() for part in SIGNED_PARTS.findall(signed)]
        if parts.count(BODY) != 1:
            raise ValueError("signed must have {body} once; write what the provider signs")
        timestamp = info.data.get("timestamp", "").lower()
        if timestamp and timestamp not in parts:
            raise ValueError(f"signed leaves the timestamp out; write {{{timestamp}}}.{{body}}")
        return signed


class Challenge(_Part):
    """A question whether the address is ours: the word in a GET, or in a POST, is given back."""

    query: str = ""  # GET: the parameter that is given back
    token_query: str = ""
    body: Path = ""  # POST: where the word stands in the body
    token_body: Path = ""  # none: the question is proved as any delivery
    token: SecretStr = SecretStr("")
    reply_key: str = ""  # answered as JSON under this name; "" as plain text

    @field_validator("body")
    @classmethod
    def _asks_something(cls, body: str, info: ValidationInfo) -> str:
        if not body and info.data.get("query") == "":
            raise ValueError("query and body are missing; name what is given back")
        return body

    @field_validator("token")
    @classmethod
    def _comes_somewhere(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        places = (info.data.get("token_query"), info.data.get("token_body"))
        if token.get_secret_value() and places == ("", ""):
            raise ValueError("token stands alone; name where it comes in token_query or token_body")
        return token


class Files(_Part):
    """Where customers' files are fetched. The headers go to this host only, over https."""

    url: Annotated[SecretStr, _secretly(templates.checked_file_url)] = SecretStr("")
    headers: dict[HeaderName, SecretStr] = {}
    max_bytes: Annotated[int, Field(ge=1, le=1024 * MIB)] = 20 * MIB


class Attachments(_Part):
    """Files of a message: `items` of the message, all else of each item."""

    items: Annotated[Path, Field(min_length=1)]
    url: Path = ""
    id: Path = ""
    media_type: Path = ""
    filename: Path = ""
    size: Path = ""


class Inbound(_Part):
    """Where a message's parts stand. Without `items` the whole delivery is one message."""

    model_config = ConfigDict(populate_by_name=True)

    items: Path = ""
    ignore: Path = ""  # a delivery for which this holds is acknowledged and means nothing
    key: Path = ""
    sender: Annotated[Path, Field(alias="from", min_length=1)]
    recipient: Annotated[Path, Field(alias="to")] = ""
    text: Path = ""
    from_name: Path = ""
    sent_at: Path = ""
    in_reply_to: Path = ""
    automatic: Path = ""
    kind: Path = ""
    kinds: dict[str, MessageKind] = {}
    latitude: Path = ""
    longitude: Path = ""
    attachments: Attachments | None = None
    scheme: Scheme = "generic"
    region: Annotated[str, Field(pattern=r"^([A-Z]{2})?$", examples=["DE"])] = (
        ""  # of national numbers: DE
    )
    address: str = ""  # ours, where the delivery does not say it
    reply: str = ""
    reply_type: Annotated[
        str, Field(pattern=r"^(text/plain|application/(json|xml))$", examples=["text/plain"])
    ] = "text/plain"


class Statuses(_Part):
    """Where reports of delivery stand."""

    items: Annotated[Path, Field(min_length=1)]
    message: Path = ""  # the provider's id
    reference: Path = ""  # ours, where the provider gives it back
    state: Annotated[Path, Field(min_length=1)]
    states: Annotated[
        dict[str, Annotated[MessageState, AfterValidator(_state)]], Field(min_length=1)
    ]
    key: Path = ""
    at: Path = ""
    code: Path = ""
    detail: Path = ""
    reasons: dict[str, Reason] = {}


class AnswerMap(_Part):
    """What the provider's answer to a message means."""

    id: Path = ""
    id_header: HeaderName = ""
    error: Path = ""  # a code; nothing, false, 0 and "0" are none
    detail: Path = ""
    errors: dict[str, Reason | Literal["in_doubt"]] = {}  # `*`: every other code
    without_id: Literal["in_doubt", "accepted", "rejected"] = "in_doubt"


class Outbound(_Part):
    """The request that sends a message. `body` is JSON, `form` a form; one of the two."""

    method: Literal["POST", "PUT", "PATCH", "GET"] = "POST"
    url: Url
    headers: dict[HeaderName, Worded] = {}
    query: dict[str, Worded] = {}
    body: Annotated[dict[str, Node] | list[Node], BeforeValidator(templates.parsed_body)] = {}
    form: dict[str, Worded] = {}
    answer: AnswerMap = AnswerMap()
    check: Annotated[SecretStr, AfterValidator(_address_if_any)] = SecretStr("")
    in_doubt: Literal["hold", "retry", "wait"] = "hold"


class Limits(_Part):
    """What the provider can carry."""

    text: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    unit: TextUnit = TextUnit.CHARACTERS
    files: Annotated[int, Field(ge=0, le=20)] = 0
    file_bytes: Annotated[int, Field(ge=1)] = 5 * MIB


class GenericSettings(ProviderSettings):
    """`api_url`, when it is set, stands in the place of every origin in `outbound` and `files`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    verify: Verify
    inbound: Inbound
    statuses: Statuses | None = None
    challenge: Challenge | None = None
    outbound: Outbound | None = None
    files: Files = Files()
    limits: Limits = Limits()
    api_url: ApiUrl | Literal[""] = ""

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """No secret, where one proves."""
        if self.verify.kind != "none" and not self.verify.secret.get_secret_value():
            yield "verify", "its secret is empty, so every delivery is refused", "write the secret"

    @model_validator(mode="wrap")
    @classmethod
    def _parts_fit(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Parts are held against each other as they are written, whatever else is wrong in them."""
        misfits = list(_misfits(value)) if isinstance(value, dict) else []
        try:
            settings = handler(value)
        except ValidationError as error:
            raise faults_at(misfits, error) from None
        if misfits:
            raise faults_at(misfits)
        return settings


def _misfits(written: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    verify, inbound = (_mapping(written.get(part)) for part in ("verify", "inbound"))
    keyed = inbound.get("key") or inbound.get("sent_at") or verify.get("timestamp")
    if verify and inbound and not keyed:
        yield (
            ("inbound", "key"),
            (
                "neither key nor sent_at is mapped, and no timestamp is signed, so a second `yes`"
                " could not be told from the first; map one of them"
            ),
        )
    outbound, files = (_mapping(written.get(part)) for part in ("outbound", "files"))
    if outbound.get("form") and outbound.get("body"):
        yield ("outbound", "form"), "form stands beside body; keep one of the two"
    if outbound.get("in_doubt") == "wait" and written.get("statuses") is None:
        yield (
            ("outbound", "in_doubt"),
            "in_doubt: wait waits for a report; map statuses, or write hold",
        )
    addresses = {
        ("files", "url"): files.get("url"),
        ("outbound", "url"): outbound.get("url"),
        ("outbound", "check"): outbound.get("check"),
    }
    for place, url in addresses.items():
        if isinstance(url, str) and url.startswith(("/", "?")) and not written.get("api_url"):
            yield place, "an address has no host; set api_url, or write it"


def _mapping(written: Any) -> dict[str, Any]:
    return written if isinstance(written, dict) else {}
