"""What all doors of Twilio share: signatures of webhooks, addresses, codes of errors."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from pydantic import SecretStr

from adapters._shared import form
from adapters._shared.http import Answer
from adapters._shared.signatures import same, secret_bytes
from gateway.contract import RawRequest, Reason, Unauthentic, Unreadable, WrongType

SIGNATURE_HEADER = "X-Twilio-Signature"
BODY_HASH = "bodySHA256"
# https://www.twilio.com/docs/usage/webhooks/webhooks-overview
TYPES = frozenset({form.FORM, "application/json", ""})  # some proxies take the header away
DEFAULT_PORTS = {"https": 443, "http": 80}


# --- signatures -----------------------------------------------------------------------------------
# https://www.twilio.com/docs/usage/webhooks/webhooks-security


class Verified(NamedTuple):
    """The parameters of an authentic delivery, and those of its address."""

    fields: form.Pairs  # of the form, or by GET of the query; none of a JSON body
    query: form.Pairs


def verified(raw: RawRequest, public_url: str, auth_token: SecretStr) -> Verified:
    """What an authentic delivery says.

    Raises WrongType for a body of a type that Twilio does not send, Unauthentic when the signature
    is not Twilio's for this address and these parameters.
    """
    media_type = form.media_type(raw)
    if raw.body and media_type not in TYPES:
        raise WrongType(f"{media_type} is no type that Twilio sends")
    key = secret_bytes(auth_token, "auth_token")
    if not public_url:
        raise Unauthentic("public_url is not set, so no signature can be verified")
    try:
        # A body that says no type is a form.
        is_form = BODY_HASH not in raw.query and not media_type.endswith("json")
        posted = form.parse(raw.body) if is_form else ()
        query = form.parse(raw.query) if "?" in raw.path else ()
    except form.TooLarge as error:
        raise Unauthentic(str(error)) from error
    if not is_form and not _body_is_hashed(raw):
        raise Unauthentic(f"the body is no form, and {BODY_HASH} is not its hash")
    url = public_url.rstrip("/") + raw.path
    given = raw.header(SIGNATURE_HEADER)
    if not (
        same(given, signature(key, url, posted))
        or any(same(given, signature(key, each, posted)) for each in _other_spellings(url))
    ):
        raise Unauthentic(
            f"{SIGNATURE_HEADER} is absent or not made with this auth_token for"
            f" {url.partition('?')[0]}"
        )
    return Verified(fields=query if raw.method == "GET" else posted, query=query)


def signature(key: bytes, url: str, pairs: form.Pairs) -> str:
    """What Twilio would sign: the URL, then every name and value, sorted, each pair once."""
    text = url + "".join(chain.from_iterable(sorted(set(pairs))))
    keyed = _keyed(key).copy()
    keyed.update(text.encode("utf-8", "surrogatepass"))
    return base64.b64encode(keyed.digest()).decode()


# hmac.digest would let go of the interpreter's lock, and wait behind the store's thread.
@lru_cache(maxsize=64)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=hashlib.sha1)


def _body_is_hashed(raw: RawRequest) -> bool:
    hashes = parse_qs(raw.query).get(BODY_HASH, [""])
    return same(hashes[0], hashlib.sha256(raw.body).hexdigest())


def _other_spellings(url: str) -> Iterator[str]:
    """With and without a port: which one Twilio signs differs between its services."""
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    bare = re.sub(r":\d+$", "", authority)
    if bare != authority:
        yield f"{scheme}://{bare}{rest[len(authority) :]}"
    elif scheme in DEFAULT_PORTS:
        yield f"{scheme}://{authority}:{DEFAULT_PORTS[scheme]}{rest[len(authority) :]}"


# --- accounts -------------------------------------------------------------------------------------
# https://www.twilio.com/docs/glossary/what-is-a-sid; whoever else speaks so may name them freely.

ACCOUNT_SID = re.compile("AC[0-9a-fA-F]{32}")


def of_another_account(fields: Mapping[str, str], account_sid: str) -> Unreadable | None:
    """Why an authentic delivery is not for this account; None when it is, or does not say.

    Each account, a subaccount too, signs with a token of its own. So these settings name one and
    have another's token: what was said waits for whoever mends them, for Twilio says it only once.
    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    told = fields.get("AccountSid", "")
    both_known = ACCOUNT_SID.fullmatch(told) and ACCOUNT_SID.fullmatch(account_sid)
    if told == account_sid or not both_known:
        return None
    detail = (
        f"it is of the account {told}, and account_sid is {account_sid}; correct account_sid or"
        " auth_token, then have it read again"
    )
    return Unreadable(detail=detail)


# --- addresses ------------------------------------------------------------------------------------
# https://www.twilio.com/docs/messaging/channels: a phone number, a short code, an alphanumeric
# sender, or `channel:address`.

_WHATSAPP = "whatsapp:"
_TEL = "tel:"
_DIGITS = re.compile(r"\d{7,15}")


def urn_of(address: str) -> str:
    """`tel:+1...`, `tel:TEXT` or `whatsapp:1...` of Twilio's address; ValueError when empty."""
    address = address.strip()
    if address.lower().startswith(_WHATSAPP):
        number = address[len(_WHATSAPP) :].strip().lstrip("+")
        if number:
            return _WHATSAPP + number
    elif address:
        return _TEL + address
    raise ValueError("an address is empty")


def address_of(urn: str) -> str:
    """Twilio's address of a URN; what is no URN is an address already."""
    if urn.startswith(_WHATSAPP):
        number = urn[len(_WHATSAPP) :].lstrip("+")
        return f"{_WHATSAPP}+{number}" if _DIGITS.fullmatch(number) else _WHATSAPP + number
    return urn.removeprefix(_TEL)


# --- errors ---------------------------------------------------------------------------------------
# https://www.twilio.com/docs/api/errors; only what can befall a message. Absent codes are OTHER.

REASONS: dict[str, Reason] = {
    code: reason
    for reason, codes in {
        Reason.INVALID_RECIPIENT: (
            "21211 21214 21217 21219 21401 21421 21601 21604 21608 21612 21614 30003 30005 30006"
            " 30011 30014 63003 63015 63024 63031 63036"
        ),
        Reason.OPTED_OUT: "21610",
        Reason.BLOCKED: "21216 30004 63014 63032 63033",
        Reason.CONTENT_REFUSED: (
            "21602 21618 21654 21655 21656 30007 30110 30111 63005 63006 63013 63021 63026 63027"
            " 63028 63041"
        ),
        Reason.TOO_LARGE: "20413 21605 21617 21623 21652 30019 63034",
        Reason.UNSUPPORTED: (
            "20422 21408 21606 21607 21609 21620 21621 21622 21703 21704 21715 30012 30013 30015"
            " 30016 30018 30024 30032 30034 63007 63019 63030 63037"
        ),
        Reason.WINDOW_CLOSED: "63016",
        Reason.CREDENTIALS: (
            "10001 20003 20005 20006 20008 20010 20403 20404 21212 21470 21471 21472 21603 21701"
            " 21702 21703 21704 21705 30002 63001 63002 63008 63020"
        ),
        Reason.OUT_OF_FUNDS: "10002 30010",
        Reason.THROTTLED: "14107 20429 21611 30001 30022 30023 30027 63017 63018 63038 63039",
        Reason.UNAVAILABLE: (
            "20500 20503 30008 30009 30017 30020 30021 30410 63009 63010 63011 63012 63023"
        ),
    }.items()
    for code in codes.split()
}


def reason_of(code: str) -> Reason:
    """Our word for Twilio's code."""
    return REASONS.get(code, Reason.OTHER)


def answered(answer: Answer) -> dict[str, Any]:
    """The object that Twilio answered; an empty one when it is none."""
    data = answer.json()
    return data if isinstance(data, dict) else {}


def date_ms(value: Any) -> int | None:
    """RFC 2822, as `Thu, 24 Aug 2023 05:01:45 +0000`, in ms UTC; None for what is no date."""
    try:
        return round(parsedate_to_datetime(str(value)).timestamp() * 1_000)
    except (ValueError, TypeError, IndexError):
        return None
