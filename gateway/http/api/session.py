"""Session: sign in with a password and a code, sign out, take an invitation."""

from typing import Annotated

import msgspec
from aiohttp import web

from gateway.domain.access import Session, User
from gateway.domain.clock import rfc3339
from gateway.domain.outcome import Refusal
from gateway.http import codes, secrets
from gateway.http.api.me import Me, me_of
from gateway.http.api.paging import PageQuery, paged
from gateway.http.errors import Problem, of_refusal
from gateway.http.headers import Class
from gateway.http.house import DemoLogin
from gateway.http.policy import Gate
from gateway.http.routes import Call, Routes, json_response
from gateway.http.shed import Weight
from gateway.http.throttle import Rate
from gateway.http.writes import commit
from gateway.store.queries import http_people
from gateway.stream.basis import At, Shape
from gateway.verbs.access import CloseSession, OpenSession, TakeInvite

routes = Routes("Session")

HANDLE_LENGTH = 16
BY_PASSWORD, BY_CLICK = "a password", "one click"
Short = Annotated[str, msgspec.Meta(max_length=200)]


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name, a password and, where the account asks for one, a code: `totp` may be of paper."""

    login: Short
    password: Annotated[str, msgspec.Meta(max_length=4_096)]
    totp: Short | None = None


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A password of 12 characters or more."""

    password: Annotated[str, msgspec.Meta(max_length=4_096)]


class DemoView(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo offers."""

    demo: bool
    logins: tuple[DemoLogin, ...]
    shop: str
    sandbox: str


class SessionView(Shape, frozen=True, kw_only=True):
    """A browser in which somebody is signed in; `current` is the one that asks."""

    id: str
    current: bool
    created_at: At
    seen_at: At
    expires_at: At
    address: str
    agent: str


class SessionList(Shape, frozen=True, kw_only=True):
    """One's own sessions."""

    items: tuple[SessionView, ...]
    next: str | None


class DemoSignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One click."""

    login: Short


@routes.post("/api/v1/session", allow=Gate.PUBLIC, body=SignIn, answer=Me, weight=Weight.VITAL)
async def sign_in(call: Call) -> web.Response:
    """Sign in. The answer sets a cookie that scripts cannot read."""
    _check_local(call)
    asked: SignIn = call.body
    rooms, crowd = call.rooms, call.rooms.auth.crowd(call.request)
    login = asked.login.strip()
    await rooms.throttle.check(Rate.LOGIN_ADDRESS, crowd)
    await rooms.throttle.hit(Rate.LOGIN_ACCOUNT, login)
    user = await call.house.store.read(http_people.user_of, call.desk, login)
    usable = user is not None and not user.disabled
    right = await rooms.passwords.verify(
        user.password_hash if user is not None and usable else "", asked.password
    )
    if user is None or not usable or not right:
        await rooms.throttle.hit(Rate.LOGIN_ADDRESS, crowd)
        raise Problem("wrong_credentials")
    step, recovery = await _second_factor(call, user, asked.totp)
    await rooms.throttle.forget(Rate.LOGIN_ACCOUNT, login)
    return await _entered(call, user.login, step, recovery)


def _check_local(call: Call) -> None:
    if not call.house.settings.security.local_sign_in:
        raise Problem("local_sign_in_off")


async def _second_factor(call: Call, user: User, code: str | None) -> tuple[int, str]:
    """The step of the code, or the hash of the recovery code, that was given."""
    if not user.totp_secret:
        return 0, ""
    if not code:
        raise Problem("totp_required")
    await call.rooms.throttle.hit(Rate.TOTP, user.login)
    recovery = codes.recovery_of(user, code, call.house.seal)
    seed = "" if recovery else call.house.seal.open(user.totp_secret, user.login)
    now_ms = call.house.clock.now_ms()
    step = codes.step_of(seed, code, now_ms, after=user.totp_step) if seed else 0
    if not step and not recovery:
        raise Problem("wrong_credentials")
    await call.rooms.throttle.forget(Rate.TOTP, user.login)
    return step, recovery


async def leave(call: Call) -> None:
    """End the session of the cookie that came along, if there is one; its sockets close."""
    if call.actor.session:
        await commit(call, CloseSession(hash=call.actor.session, by=call.actor.name))
        call.rooms.sockets.sign_out(session=call.actor.session)


async def _entered(
    call: Call, login: str, step: int = 0, recovery: str = "", way: str = BY_PASSWORD
) -> web.Response:
    """Who is signed in now; the session of the cookie that came along ends."""
    await leave(call)
    secret = await _open_session(call, login, step, recovery, way)
    actor = await call.rooms.auth.person(secrets.hashed(secret))
    if actor is None:
        raise Problem("signed_out")
    response = json_response(await me_of(call.house, actor), call.rooms.headers.of(Class.API))
    set_cookie(call, response, secret)
    return response


async def _open_session(call: Call, login: str, step: int, recovery: str, way: str) -> str:
    """A new session's secret, for the cookie."""
    rooms, request = call.rooms, call.request
    secret = secrets.random_text()
    answer = await commit(
        call,
        OpenSession(
            desk=call.desk,
            login=login,
            hash=secrets.hashed(secret),
            address=rooms.auth.address(request),
            agent=request.headers.get("User-Agent", ""),
            lasts_ms=call.house.settings.security.session_absolute_ms,
            totp_step=step,
            recovery=recovery,
            way=way,
        ),
    )
    if isinstance(answer, Refusal):
        raise of_refusal(answer)
    return secret


def set_cookie(call: Call, response: web.Response, secret: str) -> None:
    """The session's cookie, which no script can read; an empty one takes it away."""
    auth = call.rooms.auth
    life_s = call.house.settings.security.session_absolute_ms // 1_000 if secret else 0
    response.set_cookie(
        auth.cookie,
        secret,
        max_age=life_s,
        path="/",
        secure=auth.secure,
        httponly=True,
        samesite="Lax",
    )


@routes.delete("/api/v1/session", allow=Gate.SIGNED_IN, weight=Weight.VITAL)
async def sign_out(call: Call) -> web.Response:
    """Sign out; the session's sockets close."""
    await leave(call)
    response = web.Response(status=204)
    set_cookie(call, response, "")
    return response


@routes.get("/api/v1/me/sessions", allow=Gate.SIGNED_IN, query=PageQuery, answer=SessionList)
async def list_sessions(call: Call) -> SessionList:
    """Where you are signed in."""
    asked: PageQuery = call.query
    found = await call.house.store.read(
        http_people.sessions_of, call.desk, call.actor.login, asked.cursor, asked.limit + 1
    )
    shown, following = paged(found, asked.limit, _handle)
    views = tuple(
        SessionView(
            id=_handle(each),
            current=each.hash == call.actor.session,
            created_at=rfc3339(each.created_at),
            seen_at=rfc3339(each.seen_at),
            expires_at=rfc3339(each.expires_at),
            address=each.address,
            agent=each.agent,
        )
        for each in shown
    )
    return SessionList(items=views, next=following)


def _handle(session: Session) -> str:
    """What names a session to its person: enough of its hash, which opens nothing."""
    return session.hash[:HANDLE_LENGTH]


@routes.delete("/api/v1/me/sessions/{id}", allow=Gate.SIGNED_IN)
async def revoke_session(call: Call) -> None:
    """Sign out of a browser that is not at hand; its sockets close."""
    wanted, login = call.param("id"), call.actor.login
    found = await call.house.store.read(http_people.session_named, call.desk, login, wanted)
    if found is None or len(wanted) != HANDLE_LENGTH:
        raise Problem("not_found", f"You have no session {wanted}.")
    await commit(call, CloseSession(hash=found.hash, by=call.actor.name))
    call.rooms.sockets.sign_out(session=found.hash)


@routes.post("/api/v1/invites/{token}", allow=Gate.PUBLIC, body=NewPassword, weight=Weight.VITAL)
async def take_invite(call: Call) -> None:
    """Set your password through the one-time link that you were given."""
    _check_local(call)
    await call.rooms.throttle.hit(Rate.INVITE, call.rooms.auth.crowd(call.request))
    asked: NewPassword = call.body
    hashed = await call.rooms.passwords.hash(asked.password)
    answer = await commit(
        call, TakeInvite(invite_hash=secrets.hashed(call.param("token")), password_hash=hashed)
    )
    if isinstance(answer, Refusal):
        raise of_refusal(answer)


@routes.get("/api/v1/demo", allow=Gate.PUBLIC, answer=DemoView)
async def read_demo(call: Call) -> DemoView:
    """Whether this is the demo, and whom one click signs in. Only on this machine."""
    demo = call.house.demo
    if demo is None or not call.rooms.auth.from_this_machine(call.request):
        raise Problem("not_found")
    return DemoView(demo=True, logins=demo.logins, shop=demo.shop, sandbox=demo.sandbox)


@routes.post("/api/v1/demo/session", allow=Gate.PUBLIC, body=DemoSignIn, answer=Me)
async def demo_sign_in(call: Call) -> web.Response:
    """Sign in by one click: in the demo, from this machine, from its own page."""
    demo = call.house.demo
    if demo is None or not call.rooms.auth.from_this_machine(call.request):
        raise Problem("not_found")
    asked: DemoSignIn = call.body
    if asked.login not in {known.login for known in demo.logins}:
        raise Problem("wrong_credentials")
    return await _entered(call, asked.login, way=BY_CLICK)
