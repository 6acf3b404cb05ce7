"""The provider that vouches for people: OpenID Connect, the code flow with PKCE.

https://openid.net/specs/openid-connect-core-1_0.html. What it says is believed only when signed by
one of its keys, for us, now, and in answer to this very sign-in.
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote_plus

import aiohttp
import msgspec
import structlog
from yarl import URL

from config.signin import Oidc
from gateway.domain.clock import MINUTE_MS, SECOND_MS, Clock
from gateway.http.errors import Problem
from gateway.http.secrets import random_text
from gateway.http.shapewords import no_json
from gateway.outward import Network, Reach, TooLong, in_words

log = structlog.get_logger(__name__)

ALGORITHMS = ("RS256", "PS256", "ES256")  # never `none`, never one whose key we share
SCOPES = "openid email profile"
DISCOVERY = "/.well-known/openid-configuration"
KEEP_MS = 10 * MINUTE_MS  # what the provider says of itself
FLOW_MS = 10 * MINUTE_MS  # to come back
SKEW_S = 60  # between its clock and ours
MAX_ANSWER_BYTES = 256 * 1_024
CHUNK_BYTES = 16 * 1_024
MAX_S = 253_402_300_799  # the last second of the year 9999

Text = Annotated[str, msgspec.Meta(pattern="^[^\\x00]+$", max_length=255)]
Instant = Annotated[float, msgspec.Meta(ge=0, le=MAX_S)]


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in on its way: what the browser keeps, sealed, until it comes back."""

    state: str
    nonce: str
    verifier: str
    begun_at: int
    invite: str = ""  # hash of the one-time link that is taken by it
    again: bool = False  # somebody who is signed in shows anew who they are


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an ID token says, as far as it is asked for."""

    iss: str
    sub: Text
    aud: str | tuple[str, ...]
    exp: float
    iat: float
    nonce: str = ""
    azp: str = ""
    auth_time: Instant = 0
    email: str = ""
    email_verified: bool | str = False  # some write "true"
    name: str = ""


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str


class _Unproved(Exception):
    """The provider's answer does not hold."""


def new_flow(now_ms: int, *, invite: str = "", again: bool = False) -> Flow:
    """A sign-in that begins."""
    return Flow(
        state=random_text(),
        nonce=random_text(),
        verifier=random_text(),
        begun_at=now_ms,
        invite=invite,
        again=again,
    )


class Provider:
    """Sends people there, and reads what they bring back. Every failure is a Problem."""

    def __init__(self, settings: Oidc, networks: Sequence[Network], clock: Clock) -> None:
        self.settings = settings
        self._networks = networks
        self._clock = clock
        self._kept: _Metadata | None = None
        self._kept_at = 0

    async def address(self, flow: Flow, back: str, max_age_s: int) -> str:
        """Where the browser goes; it comes `back` with a code."""
        found = await self._metadata()
        challenge = hashlib.sha256(flow.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": SCOPES,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
            "max_age": str(max_age_s),  # so that the answer tells when they proved who they are
        }
        if flow.again:
            asked |= {"prompt": "login", "max_age": "0"}
        return str(URL(found.authorization_endpoint).update_query(asked))

    async def claims(self, flow: Flow, code: str, back: str) -> Claims:
        """Who it is, by the code they brought back."""
        found = await self._metadata()
        tokens = await self._json(
            _Tokens, "POST", found.token_endpoint, **self._exchange(found, flow, code, back)
        )
        keys = await self._json(dict[str, Any], "GET", found.jwks_uri)
        try:
            claims = _proved(tokens.id_token, keys)
            self._hold(claims, flow)
        except _Unproved as error:
            raise self._problem("oidc_wrong", str(error)) from error
        return claims

    def _exchange(self, found: _Metadata, flow: Flow, code: str, back: str) -> dict[str, Any]:
        """RFC 6749, section 2.3.1: the secret in the header, unless it is wanted in the body."""
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": flow.verifier,
        }
        name, secret = self.settings.client_id, self.settings.client_secret.get_secret_value()
        if secret and "client_secret_basic" in found.token_endpoint_auth_methods_supported:
            return {"data": body, "headers": {"Authorization": _basic(name, secret)}}
        body |= {"client_id": name} | ({"client_secret": secret} if secret else {})
        return {"data": body}

    def _hold(self, claims: Claims, flow: Flow) -> None:
        """Core, section 3.1.3.7. Raises _Unproved."""
        now_s = self._clock.now_ms() / SECOND_MS
        audience = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
        mine = self.settings.client_id
        if claims.iss != self.settings.issuer:
            raise _Unproved(f"it is of another issuer: {claims.iss}")
        if mine not in audience or (claims.azp or mine) != mine:
            raise _Unproved("it is for another client")
        if len(audience) > 1 and claims.azp != mine:
            raise _Unproved("it is for several clients, and not told for which")
        if claims.exp <= now_s - SKEW_S or claims.iat > now_s + SKEW_S:
            raise _Unproved("it is not of now; look at the clocks")
        if claims.nonce != flow.nonce:
            raise _Unproved("it answers another sign-in")
        if flow.again and claims.auth_time * SECOND_MS < flow.begun_at - SKEW_S * SECOND_MS:
            raise _Unproved("it does not say that they signed in anew (auth_time)")

    # --- the network ---

    async def _metadata(self) -> _Metadata:
        now = self._clock.now_ms()
        if self._kept is None or now - self._kept_at > KEEP_MS:
            issuer = self.settings.issuer
            found = await self._json(_Metadata, "GET", issuer.rstrip("/") + DISCOVERY)
            if found.issuer != issuer:
                raise self._problem("oidc_wrong", f"it calls itself {found.issuer}")
            if not _is_page(found.authorization_endpoint):
                raise self._problem("oidc_wrong", "its authorization_endpoint is no web address")
            self._kept, self._kept_at = found, now
        return self._kept

    async def _json(self, shape: Any, method: str, address: str, **kw: Any) -> Any:
        try:
            status, body = await self._called(method, URL(address), **kw)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            why = f"{address}: {in_words(error)}"
            raise self._problem("oidc_down", why) from error
        if status != 200:
            code = "oidc_wrong" if status in (400, 401) else "oidc_down"
            raise self._problem(code, f"{address}: HTTP {status} {_error_in(body)}")
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise self._problem("oidc_down", f"{address}: {no_json(error)}") from error

    async def _called(self, method: str, url: URL, **kw: Any) -> tuple[int, bytes]:
        """Status and body. Without TLS only networks that were named are called."""
        reach = Reach(self._networks, public=url.scheme == "https")
        reach.check(url)
        timeout = aiohttp.ClientTimeout(total=self.settings.timeout_ms / SECOND_MS)
        async with (
            reach.session(timeout) as session,
            session.request(method, url, allow_redirects=False, **kw) as response,
        ):
            body = b""
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise TooLong
            return response.status, body

    def _problem(self, code: str, why: str) -> Problem:
        """What the browser is told, and for the log the reason."""
        log.warning("the sign-in provider's answer is of no use", code=code, why=why)
        return Problem(code)


def _is_page(address: str) -> bool:
    """Whether a browser can be sent there."""
    try:
        url = URL(address)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


def _basic(name: str, secret: str) -> str:
    """Both are form-encoded first, as RFC 6749 has it."""
    pair = ":".join(quote_plus(part) for part in (name, secret))
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _error_in(body: bytes) -> str:
    """RFC 6749, section 5.2: `invalid_grant` and the like."""
    try:
        return str(msgspec.json.decode(body, type=dict[str, Any]).get("error", ""))[:100]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _proved(token: str, keys: dict[str, Any]) -> Claims:
    """The claims of a token that one of the keys has signed. Raises _Unproved."""
    from joserfc import jwk, jws  # takes 100 ms and some MB; most nodes never need it
    from joserfc.errors import JoseError

    try:
        known = jwk.KeySet.import_key_set(keys)  # type: ignore[arg-type]
        signed = jws.deserialize_compact(token, known, algorithms=ALGORITHMS)
        return msgspec.json.decode(signed.payload, type=Claims)
    except (JoseError, msgspec.DecodeError, ValueError, TypeError, KeyError) as error:
        why = error.error.replace("_", " ") if isinstance(error, JoseError) else "it is no JWT"
        raise _Unproved(f"its signature or shape is wrong: {why}") from error
