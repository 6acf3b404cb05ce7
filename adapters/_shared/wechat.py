"""What WeChat and WeCom truly share: signatures, the cipher, XML, error codes, access tokens."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from hashlib import sha1
from typing import TYPE_CHECKING, Annotated, Any
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import AfterValidator, SecretStr

from adapters._shared import form
from adapters._shared.http import Answer, Reply, outcome_of_failure, retry_after_ms
from adapters._shared.signatures import same
from gateway.contract import Deferred, InDoubt, RawRequest, Reason, Rejected, Unauthentic
from gateway.domain.clock import DAY_MS, SECOND_MS, Clock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

# --- signatures ----------------------------------------------------------------------------------
# https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
# https://developer.work.weixin.qq.com/document/path/90968


def query_of(raw: RawRequest) -> dict[str, str]:
    """The first value of each parameter. Raises Unauthentic when there are absurdly many."""
    try:
        return form.first(form.parse(raw.query))
    except form.TooLarge as error:
        raise Unauthentic(str(error)) from error


def signature(token: str, *parts: str) -> str:
    """SHA-1 of the token and the parts, sorted and joined, in hexadecimal."""
    joined = "".join(sorted((token, *parts)))
    return sha1(joined.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def verify(query: Mapping[str, str], token: str, *, field: str, sealed: str | None = None) -> None:
    """Raises Unauthentic unless `field` signs timestamp, nonce and, when given, `sealed`."""
    if not token:
        raise Unauthentic("token is empty, so nothing can be verified; set it to open the channel")
    parts = [query.get("timestamp", ""), query.get("nonce", "")]
    if sealed == "":
        raise Unauthentic("nothing in it is encrypted")
    if sealed is not None:
        parts.append(sealed)
    if not same(query.get(field), signature(token, *parts)):
        raise Unauthentic(f"{field} is absent or not made with this token")


# --- the cipher ----------------------------------------------------------------------------------
# AES-256-CBC, its vector the key's first half; 16 random bytes, a length, the words, who they are
# for; filled up to a multiple of 32 as PKCS #7 does.
# https://developer.work.weixin.qq.com/document/path/90968

KEY_BYTES = 32
FILL_BYTES = 32
_BLOCK_BYTES = 16
_HEAD_BYTES = 20


class Sealed(ValueError):
    """The words cannot be decrypted with this encoding_aes_key."""


def aes_key(encoded: str) -> bytes:
    """The key of 43 characters as 32 bytes. Raises ValueError."""
    try:
        key = base64.b64decode(encoded + "=", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("encoding_aes_key is no base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError("encoding_aes_key has 43 characters")
    return key


def _openable(value: SecretStr) -> SecretStr:
    if value.get_secret_value():
        aes_key(value.get_secret_value())
    return value


# As a setting: 43 characters, or none, which opens nothing.
EncodingAesKey = Annotated[SecretStr, AfterValidator(_openable)]


@lru_cache(maxsize=64)  # accounts
def _cipher(key: bytes) -> "Cipher[CBC]":
    # The import takes 20 ms and 7 MB; who talks to WeChat in plain words never needs it.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(key[:_BLOCK_BYTES]))


def unseal(sealed: str, key: bytes, receiver: str) -> bytes:
    """The words. Raises Sealed, or Unauthentic when they are for another account."""
    try:
        data = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Sealed("what is encrypted is no base64") from error
    if not data or len(data) % _BLOCK_BYTES:
        raise Sealed("what is encrypted is not made of whole blocks")
    decryptor = _cipher(key).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    fill = plain[-1]
    if not 1 <= fill <= FILL_BYTES or plain[-fill:] != bytes([fill]) * fill:
        raise Sealed("it cannot be decrypted; is encoding_aes_key right?")
    plain = plain[:-fill]
    end = _HEAD_BYTES + int.from_bytes(plain[16:_HEAD_BYTES], "big")
    if len(plain) < _HEAD_BYTES or end > len(plain):
        raise Sealed("it cannot be decrypted; is encoding_aes_key right?")
    if not same(plain[end:].decode("utf-8", "replace"), receiver):
        raise Unauthentic("the delivery is encrypted for another account")
    return plain[_HEAD_BYTES:end]


def seal(words: bytes, key: bytes, receiver: str, salt: bytes) -> str:
    """The words encrypted for an account; `salt` has 16 bytes."""
    data = salt + len(words).to_bytes(_HEAD_BYTES - len(salt), "big") + words + receiver.encode()
    fill = FILL_BYTES - len(data) % FILL_BYTES
    encryptor = _cipher(key).encryptor()
    whole = encryptor.update(data + bytes([fill]) * fill) + encryptor.finalize()
    return base64.b64encode(whole).decode()


# --- XML -----------------------------------------------------------------------------------------

MAX_DEPTH = 8  # of what is kept; a provider's own goes three deep
MAX_TAGS = 20_000  # of what is read at all; a provider's own has tens

Fields = dict[str, Any]


class Malformed(ValueError):
    """The body is no XML, or has a document type."""


def read_xml(body: bytes) -> Fields:
    """The root's children: name -> text, or more of the same kind. Raises Malformed."""
    if body.count(b"<") > MAX_TAGS:
        raise Malformed(f"more than {MAX_TAGS} tags")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise Malformed(f"no XML that is read here: {_why(error)}") from error
    data = _data(root, 0)
    return data if isinstance(data, dict) else {}


def _why(error: Exception) -> str:
    match error:
        case DefusedXmlException():
            return "it has a document type, or entities"
        case RecursionError():
            return "it is nested too deep"
        case LookupError():
            return "nobody knows its encoding"
    return "it is torn, or was never whole"


def _data(element: Element, depth: int) -> Any:
    """Text, or name -> what stands within; a name that comes twice has a list."""
    if not len(element) or depth == MAX_DEPTH:
        return element.text or ""
    found: Fields = {}
    for child in element:
        value, before = _data(child, depth + 1), found.get(child.tag)
        if before is None:
            found[child.tag] = value
        else:
            found[child.tag] = [*(before if isinstance(before, list) else [before]), value]
    return found


def words(fields: Mapping[str, Any], name: str) -> str:
    """A field's text, trimmed; "" when it is absent or no text."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


# --- answers -------------------------------------------------------------------------------------

MAX_SAID = 200
TOKEN_CODES = frozenset({40001, 40014, 41001, 42001})  # absent, wrong or expired: nothing was done
BUSY = -1


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider's error codes mean: why refused, and which ask for patience (ms)."""

    reasons: Mapping[int, Reason]
    patience: Mapping[int, int]


def json_object(reply: Reply) -> dict[str, Any]:
    """An answer's object; empty when there is none."""
    data = reply.json() if isinstance(reply, Answer) else None
    return data if isinstance(data, dict) else {}


def errcode(reply: Reply) -> int | None:
    """The answer's error code; 0 is success, None when it says none."""
    code = json_object(reply).get("errcode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def refusal(reply: Reply, codes: Codes) -> Deferred | Rejected | InDoubt | None:
    """What an answer to a send means when it is not success; None when it is."""
    known = outcome_of_failure(reply)
    if known is not None:
        assert isinstance(known, Deferred | Rejected | InDoubt)
        return known
    assert isinstance(reply, Answer)
    code = errcode(reply)
    if code == 0 and reply.status < 300:
        return None
    if code is None or code == 0:
        if reply.status < 300:
            return InDoubt(detail=f"HTTP {reply.status} without an error code")
        return Rejected(reason=Reason.OTHER, detail=f"HTTP {reply.status}")
    detail = f"{code}: {_said(reply)}"
    if code in codes.patience:
        wait = retry_after_ms(reply) or codes.patience[code]
        reason = Reason.UNAVAILABLE if code == BUSY else Reason.THROTTLED
        return Deferred(reason=reason, detail=detail, retry_after_ms=wait)
    return Rejected(reason=codes.reasons.get(code, Reason.OTHER), detail=detail, code=str(code))


def _said(reply: Reply) -> str:
    return str(json_object(reply).get("errmsg") or "")[:MAX_SAID]


# --- access tokens -------------------------------------------------------------------------------

EARLY_S = 300  # before it ends a token is renewed
TOKEN_TIMEOUT_S = 4.0
MAX_LIFE_MS = DAY_MS

NoToken = Deferred | Rejected


class AccessToken:
    """One account's access token: asked for when it is needed, by one request at a time."""

    def __init__(self, ask: Callable[[], Awaitable[Reply]], codes: Codes, clock: Clock) -> None:
        self._ask = ask
        self._codes = codes
        self._clock = clock
        self._value = ""
        self._until = 0  # on the monotonic clock
        self._asking: asyncio.Task[str | NoToken] | None = None

    def keep(self, value: str, expires_in_s: int) -> None:
        """Take a token for the time that it lasts."""
        life = min(max(expires_in_s - EARLY_S, expires_in_s // 2) * SECOND_MS, MAX_LIFE_MS)
        self._value, self._until = value, self._clock.monotonic_ms() + life

    async def get(self, instead_of: str = "") -> str | NoToken:
        """A token, another one than `instead_of`; else why there is none, all certainly unsent."""
        fresh = self._value != instead_of and self._clock.monotonic_ms() < self._until
        return self._value if self._value and fresh else await self.renew()

    async def renew(self) -> str | NoToken:
        """Ask the provider, or wait with whoever asks already; giving up waiting ends nothing."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._renewed())
        return await asyncio.shield(self._asking)

    async def close(self) -> None:
        """Ask no more."""
        asking, self._asking = self._asking, None
        if asking is not None and not asking.done():
            asking.cancel()
            await asyncio.wait([asking])

    async def _renewed(self) -> str | NoToken:
        reply = await self._ask()
        data = json_object(reply)
        value, expires_in_s = data.get("access_token"), data.get("expires_in")
        if isinstance(value, str) and value and isinstance(expires_in_s, int):
            self.keep(value, expires_in_s)
            return value
        return self._none(reply)

    def _none(self, reply: Reply) -> NoToken:
        """No message can have gone out: what is a doubt elsewhere is patience here."""
        match refusal(reply, self._codes):
            case Deferred(reason=reason, detail=detail, retry_after_ms=wait):
                detail = f"no access token: {detail}"
                return Deferred(reason=reason, detail=detail, retry_after_ms=wait)
            case Rejected(detail=detail, code=code):
                detail = f"no access token: {detail}"
                return Rejected(reason=Reason.CREDENTIALS, detail=detail, code=code)
            case InDoubt(detail=detail):
                return Deferred(reason=Reason.UNAVAILABLE, detail=f"no access token: {detail}")
        return Deferred(reason=Reason.UNAVAILABLE, detail="no access token in the answer")


async def with_token(
    tokens: AccessToken, call: Callable[[str], Awaitable[Reply]]
) -> Reply | NoToken:
    """A call with the token; once more with a new one when the provider knows the old no longer.

    That answer is a refusal to look at the call at all, so it can have done nothing.
    """
    token = await tokens.get()
    if not isinstance(token, str):
        return token
    reply = await call(token)
    if errcode(reply) not in TOKEN_CODES:
        return reply
    token = await tokens.get(instead_of=token)
    return await call(token) if isinstance(token, str) else token
