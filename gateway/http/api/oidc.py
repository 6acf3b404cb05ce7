"""Sign in by a provider: which ways in there are, the way there, and the way back."""

import hmac
import re
from typing import Annotated

import msgspec
from aiohttp import web

from config.signin import ANY_DOMAIN, Oidc
from gateway.domain.clock import SECOND_MS
from gateway.domain.outcome import Refusal
from gateway.http import secrets
from gateway.http.api.session import leave, set_cookie
from gateway.http.errors import Problem, of_refusal
from gateway.http.headers import Class
from gateway.http.oidc import FLOW_MS, Claims, Flow, Provider, new_flow
from gateway.http.policy import Gate
from gateway.http.routes import Call, Routes, json_response
from gateway.http.shed import Weight
from gateway.http.throttle import Rate
from gateway.http.writes import commit
from gateway.store.queries import http_people
from gateway.verbs.idempotent import Once, Replayed
from gateway.verbs.vouched import BY, Newcomer, OpenVouched

routes = Routes("Session")

PATH = "/api/v1/session/oidc"
HOME = "/"
SEALED = "a sign-in on its way"  # no login can be written so
LOGIN_LENGTH, NAME_LENGTH = 64, 200
AWAY = ("server_error", "temporarily_unavailable")
_NO_LOGIN = re.compile(r"[^A-Za-z0-9._-]+")


class WaysIn(msgspec.Struct, frozen=True, kw_only=True):
    """How one signs in here. provider: what the other way is called"""

    local: bool
    provider: str | None


class Begin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sign-in by the provider; with `invite`, the token of a one-time link that it takes."""

    invite: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes."""

    url: str


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser brings back from the provider (RFC 6749, RFC 9207)."""

    state: str = ""
    code: str = ""
    error: str = ""
    iss: str = ""


@routes.get("/api/v1/session/ways", allow=Gate.PUBLIC, answer=WaysIn, asks_who=False)
async def read_ways(call: Call) -> WaysIn:
    """Which ways in there are."""
    security = call.house.settings.security
    name = security.oidc.name if security.oidc is not None else None
    return WaysIn(local=security.local_sign_in, provider=name)


@routes.post(PATH, allow=Gate.PUBLIC, body=Begin, answer=Begun, weight=Weight.VITAL)
async def begin(call: Call) -> web.Response:
    """Begin to sign in by the provider. Whoever is signed in proves anew who they are."""
    asked: Begin = call.body
    provider = _provider(call)
    crowd = call.rooms.auth.crowd(call.request)
    await call.rooms.throttle.hit(Rate.PROVIDER, crowd)
    if asked.invite:
        await call.rooms.throttle.hit(Rate.INVITE, crowd)
    flow = new_flow(
        call.house.clock.now_ms(),
        invite=secrets.hashed(asked.invite) if asked.invite else "",
        again=bool(call.actor.session),
    )
    lasts_s = call.house.settings.security.session_absolute_ms // SECOND_MS
    url = await provider.address(flow, _back(call), lasts_s)
    response = json_response(Begun(url=url), call.rooms.headers.of(Class.API))
    kept = call.house.seal.close(msgspec.json.encode(flow).decode(), SEALED)
    _set_flow(call, response, kept)
    return response


@routes.get(PATH, allow=Gate.PUBLIC, query=Returned, kind=Class.PLAIN, weight=Weight.VITAL)
async def come_back(call: Call) -> web.Response:
    """The provider sends the browser here; from here it goes to the console, signed in or not."""
    response = web.Response(status=303, headers={"Location": HOME})
    try:
        await _enter(call, response)
    except Problem as problem:
        response.headers["Location"] = f"{HOME}?refused={problem.code}"
    _set_flow(call, response, "")
    return response


async def _enter(call: Call, response: web.Response) -> None:
    """Open the session of whom the provider vouches for; the one of before ends."""
    provider, back = _provider(call), call.query
    await call.rooms.throttle.hit(Rate.PROVIDER, call.rooms.auth.crowd(call.request))
    flow = _flow(call, back, provider.settings.issuer)
    if back.error in AWAY:
        raise Problem("oidc_down")
    if back.error or not back.code:
        raise Problem("oidc_denied")
    claims = await provider.claims(flow, back.code, _back(call))
    secret = secrets.random_text()
    command = OpenVouched(
        desk=call.desk,
        issuer=claims.iss,
        subject=claims.sub,
        hash=secrets.hashed(secret),
        address=call.rooms.auth.address(call.request),
        agent=call.request.headers.get("User-Agent", ""),
        lasts_ms=call.house.settings.security.session_absolute_ms,
        proved_at=min(int(claims.auth_time * SECOND_MS), call.house.clock.now_ms()),
        invite_hash=flow.invite,
        newcomer=None if flow.invite else await _newcomer(call, provider.settings, claims),
    )
    key = secrets.hashed(flow.state)
    answer = await commit(
        call, Once(desk=call.desk, actor=BY, key=key, fingerprint=key, command=command)
    )
    if isinstance(answer, Replayed):
        raise Problem("oidc_state")
    if isinstance(answer, Refusal):
        raise of_refusal(answer)
    await leave(call)
    set_cookie(call, response, secret)


def _flow(call: Call, back: Returned, issuer: str) -> Flow:
    """The sign-in that this browser began. Raises Problem when it brings back another's."""
    try:
        kept = call.house.seal.open(call.request.cookies.get(_cookie(call), ""), SEALED)
    except Problem as error:
        raise Problem("oidc_state") from error
    flow = msgspec.json.decode(kept, type=Flow)
    if not hmac.compare_digest(flow.state.encode(), back.state.encode()):
        raise Problem("oidc_state")
    if back.iss and back.iss != issuer:  # RFC 9207: another provider's answer
        raise Problem("oidc_state")
    if call.house.clock.now_ms() - flow.begun_at > FLOW_MS:
        raise Problem("oidc_expired")
    return flow


async def _newcomer(call: Call, settings: Oidc, claims: Claims) -> Newcomer | None:
    """What somebody whom the desk does not know becomes; None when they do not come in."""
    if settings.new_users is None:
        return None
    known = await call.house.store.read(http_people.user_vouched, call.desk, claims.iss, claims.sub)
    if known is not None:
        return None
    if claims.email_verified not in (True, "true"):
        raise Problem("oidc_unverified")
    local, _, domain = claims.email.lower().rpartition("@")
    if ANY_DOMAIN not in settings.domains and domain not in settings.domains:
        raise Problem("oidc_not_linked")
    login = _NO_LOGIN.sub("-", local).strip("-._")[:LOGIN_LENGTH]
    if not login:
        raise Problem("oidc_not_linked")
    rulebook = call.house.dispatch.rulebook
    agent = rulebook.agents.get(login)
    name = "".join(c for c in claims.name if c.isprintable())[:NAME_LENGTH].strip()
    return Newcomer(
        login=login,
        name=agent.name if agent is not None and agent.name else name,
        role=settings.new_users,
        locale=rulebook.desk.locale,
    )


def _provider(call: Call) -> Provider:
    if call.rooms.provider is None:
        raise Problem("oidc_off")
    return call.rooms.provider


def _back(call: Call) -> str:
    """The address that the provider must know of."""
    return call.house.settings.public_url + PATH


def _cookie(call: Call) -> str:
    return "__Host-oidc" if call.rooms.auth.secure else "oidc"


def _set_flow(call: Call, response: web.Response, kept: str) -> None:
    """What the browser keeps until it comes back; empty, it is taken away."""
    response.set_cookie(
        _cookie(call),
        kept,
        max_age=FLOW_MS // SECOND_MS if kept else 0,
        path="/",
        secure=call.rooms.auth.secure,
        httponly=True,
        samesite="Lax",
    )
