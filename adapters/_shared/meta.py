"""What all doors of Meta share: the handshake, signatures, envelopes, and the codes of Graph."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any
from urllib.parse import parse_qs

import msgspec
from pydantic import Field, SecretStr

from adapters._shared.document import BadJson, document, in_words
from adapters._shared.http import (
    Answer,
    ProviderClient,
    Reply,
    outcome_of_failure,
    retry_after_ms,
)
from adapters._shared.provider import CHECK_TIMEOUT_S, empty, odd, silent
from adapters._shared.signatures import same, secret_bytes
from gateway.contract import (
    Accepted,
    ApiUrl,
    Deferred,
    Health,
    InDoubt,
    Outcome,
    ProviderSettings,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    Unauthentic,
)

API_URL = "https://graph.facebook.com"
VERSION = "/v25.0"  # https://developers.facebook.com/docs/graph-api/changelog
# https://developers.facebook.com/docs/graph-api/webhooks/getting-started
DELIVERY_BYTES = 3 * 2**20
SIGNATURE_HEADER = "X-Hub-Signature-256"
MAX_KEY = 400
LAST_MS = 253_402_300_799_999  # the end of the year 9999

Item = dict[str, Any]
# YAML reads an id without quotes as a number.
GraphId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", coerce_numbers_to_str=True, examples=["106540352242922"]
    ),
]


class MetaSettings(ProviderSettings):
    """What every account of Meta needs."""

    access_token: SecretStr
    app_secret: SecretStr
    verify_token: SecretStr
    api_url: ApiUrl = API_URL


def client(settings: MetaSettings) -> ProviderClient:
    """A client that names us to Graph."""
    bearer = f"Bearer {settings.access_token.get_secret_value()}"
    return ProviderClient(settings.api_url, headers={"Authorization": bearer})


# --- the door ------------------------------------------------------------------------------------
# https://developers.facebook.com/docs/graph-api/webhooks/getting-started


def opened(raw: RawRequest, settings: MetaSettings) -> RawReply | None:
    """The reply to the handshake; None for an authentic delivery. Raises Unauthentic."""
    if raw.method == "GET":
        return _handshake(raw, settings.verify_token)
    key = secret_bytes(settings.app_secret, "app_secret")
    expected = "sha256=" + hmac.new(key, raw.body, hashlib.sha256).hexdigest()
    if not same(raw.header(SIGNATURE_HEADER), expected):
        raise Unauthentic(f"{SIGNATURE_HEADER} is absent or not made with this app_secret")
    return None


def _handshake(raw: RawRequest, verify_token: SecretStr) -> RawReply:
    """The challenge, for who knows the token. A visit that shows none claims nothing."""
    expected = secret_bytes(verify_token, "verify_token").decode()
    if raw.body:
        raise Unauthentic("a GET with a body is nothing that Meta sends")
    query = parse_qs(raw.query, keep_blank_values=True, errors="replace")
    given = query.get("hub.verify_token")
    if given is None:
        return RawReply(body=b"This is a webhook; hub.verify_token is absent.\n")
    if not same(given[0], expected):
        raise Unauthentic("hub.verify_token is not this account's verify_token")
    if query.get("hub.mode", [""])[0] != "subscribe":
        raise Unauthentic("hub.mode is not subscribe")
    challenge = query.get("hub.challenge", [""])[0]
    return RawReply(body=challenge.encode("utf-8", "replace")[:1024])


# --- envelopes -----------------------------------------------------------------------------------


class NotUnderstood(ValueError):
    """This part of a delivery is not what Meta documents."""


def entries(body: bytes, kind: str) -> Iterator[Item]:
    """The entries of a delivery about objects of this kind. Raises NotUnderstood."""
    try:
        data = document(body)
    except BadJson as error:
        raise NotUnderstood(f"no JSON: {in_words(error)}") from error
    found = data.get("object") if isinstance(data, dict) else None
    if found != kind:
        about = repr(found[:50]) if isinstance(found, str) else "nothing that has a name"
        raise NotUnderstood(f"about {about}, and not about {kind}")
    if data.get("entry") is None:
        raise NotUnderstood("a delivery without entries")
    yield from items(data, "entry")


def items(data: Item, name: str) -> Iterator[Item]:
    """The objects in a list, or the one in its place; what is none is an empty one, which nobody
    understands."""
    listed = data.get(name)
    if listed is None:
        return
    for each in listed if isinstance(listed, list) else [listed]:
        yield each if isinstance(each, dict) else {}


def inner(data: Item, name: str) -> Item:
    """An object in an object; an empty one when there is none."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def word(data: Item, name: str) -> str:
    """A text, or a number as text; "" for anything else."""
    found = data.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return found if isinstance(found, str) else str(found)


def instant_ms(data: Item, name: str, *, unit_ms: int) -> int | None:
    """A time since 1970 in this unit, as ms; None when it is none."""
    found = word(data, name)
    if not (found.isascii() and found.isdecimal() and len(found) < len(str(LAST_MS)) + 1):
        return None
    value = int(found) * unit_ms
    return value if value <= LAST_MS else None


def key(kind: str, *parts: str) -> str:
    """A key of these parts; a hash of them when they are long."""
    joined = ":".join(parts)
    if len(joined) > MAX_KEY:
        joined = hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}:{joined}"


def payload(data: Item) -> str:
    """JSON of what no field holds; "" for nothing."""
    try:
        return msgspec.json.encode(data).decode() if data else ""
    except RecursionError as error:
        raise NotUnderstood("nested too deeply") from error


# --- errors --------------------------------------------------------------------------------------
# https://developers.facebook.com/docs/graph-api/guides/error-handling
# https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
# https://developers.facebook.com/docs/messenger-platform/error-codes
# Only what can befall a message. Absent codes are OTHER.

REASONS: dict[str, Reason] = {
    code: reason
    for reason, codes in {
        Reason.INVALID_RECIPIENT: "131021 131026 131030 131062",
        Reason.OPTED_OUT: "131050",
        Reason.BLOCKED: "551 130472 130497 131049",
        Reason.CONTENT_REFUSED: "132007",
        Reason.TOO_LARGE: "36000 132005",
        Reason.UNSUPPORTED: (
            "100 131008 131009 131020 131041 131051 131052 131053 132000 132001 132008 132012"
            " 132015 132016 132068"
        ),
        Reason.WINDOW_CLOSED: "131047",
        Reason.CREDENTIALS: (
            "0 3 10 102 190 200 230 368 131005 131031 131037 131045 131063 133010"
        ),
        Reason.OUT_OF_FUNDS: "131042 131044",
        Reason.THROTTLED: "4 17 32 613 80006 80007 130429 131048 131056 131064 132069 133016",
        Reason.UNAVAILABLE: "1200 131016 131057 2494100",
    }.items()
    for code in codes.split()
}

# A subcode tells more than its code.
SUBREASONS: dict[str, Reason] = {
    "33": Reason.CREDENTIALS,  # our own account is not there for this token
    "2018001": Reason.INVALID_RECIPIENT,  # no matching user found
    "2534014": Reason.INVALID_RECIPIENT,
    "1545041": Reason.BLOCKED,  # this person isn't available
    "2018065": Reason.WINDOW_CLOSED,
    "2018278": Reason.WINDOW_CLOSED,
    "2534022": Reason.WINDOW_CLOSED,
    "2018109": Reason.TOO_LARGE,
    "2018008": Reason.UNSUPPORTED,  # the file's address could not be fetched
    "2018047": Reason.UNSUPPORTED,  # the file is not of the type that was told
}

# Codes that ask for patience although they are no HTTP 429 or 503.
PATIENCE = frozenset(
    ("4", "17", "32", "613", "80006", "80007", "130429", "131056", "1200", "131016", "131057")
)

# "The messages are all sent successfully, but the endpoint returns an error" is said of 1.
DOUBTFUL = frozenset(("-1", "1", "2"))


def reason_of(code: str, subcode: str = "") -> Reason:
    """Our word for Graph's code."""
    return SUBREASONS.get(subcode) or REASONS.get(code, Reason.OTHER)


# "Malformed access token EAA..." repeats it.
_TOKEN = re.compile(r"\b(?:EAA|IG)[\w-]{16,}")


def error_words(error: Item) -> str:
    """What Graph says of an error, in a line, without tokens."""
    said = word(error, "message") or word(error, "title")
    details = word(inner(error, "error_data"), "details")
    line = ": ".join(dict.fromkeys(part[:500] for part in (said, details) if part))
    return _TOKEN.sub("(token)", line)


def outcome(reply: Reply, id_in: Callable[[Item], str]) -> Outcome:
    """What an answer to POST .../messages means; `id_in` finds the message's id in it."""
    known = outcome_of_failure(reply)
    if known is not None:
        return known
    assert isinstance(reply, Answer)
    data = answered(reply)
    error = inner(data, "error")
    if error or reply.status >= 400:
        return _refusal(reply, error)
    found = id_in(data)
    if found:
        return Accepted(provider_id=found)
    return InDoubt(detail=f"HTTP {reply.status} without the message's id")


def _refusal(reply: Answer, error: Item) -> Outcome:
    code, subcode = word(error, "code"), word(error, "error_subcode")
    name = f"{code}/{subcode}" if subcode else code
    detail = f"HTTP {reply.status}" + (f", {name}: {error_words(error)}" if code else "")
    if code in DOUBTFUL and subcode not in SUBREASONS:
        return InDoubt(detail=detail)
    reason = reason_of(code, subcode)
    if code in PATIENCE and subcode not in SUBREASONS:
        return Deferred(reason=reason, detail=detail, retry_after_ms=retry_after_ms(reply))
    if reason is Reason.OTHER and reply.status in {401, 403}:
        reason = Reason.CREDENTIALS
    return Rejected(reason=reason, detail=detail, code=code)


def answered(answer: Answer) -> Item:
    """The object that Graph answered; an empty one when it is none."""
    data = answer.json()
    return data if isinstance(data, dict) else {}


# --- health --------------------------------------------------------------------------------------


async def health(graph: ProviderClient, settings: MetaSettings, node: str) -> Health:
    """Ask Graph for our own node: does it answer, and know this token?"""
    for name in ("access_token", "app_secret", "verify_token"):
        if not getattr(settings, name).get_secret_value():
            return empty(name)
    await graph.open()
    reply = await graph.request(
        "GET", f"{VERSION}/{node}", query=[("fields", "id")], timeout_s=CHECK_TIMEOUT_S
    )
    if not isinstance(reply, Answer):
        return silent("Meta", reply)
    data = answered(reply)
    if reply.status == 200 and word(data, "id"):
        return Health(ok=True)
    said = error_words(inner(data, "error"))
    return odd(reply.status, "check access_token, and that it may use this account", said)
