"""The second factor of one's own account: set up, codes for a lost device, taken away."""

from typing import Annotated

import msgspec
from aiohttp import web

from gateway.domain.access import User
from gateway.domain.outcome import Refusal
from gateway.http import codes, secrets
from gateway.http.api.session import set_cookie
from gateway.http.errors import Problem, of_refusal
from gateway.http.headers import Class
from gateway.http.policy import Gate
from gateway.http.routes import Call, Routes, json_response
from gateway.http.throttle import Rate
from gateway.http.writes import commit
from gateway.store.queries import http_people
from gateway.stream.basis import Shape
from gateway.verbs.access import EditUser

routes = Routes("Session")

Seed = Annotated[str, msgspec.Meta(pattern=f"^[A-Z2-7]{{{codes.SEED_LENGTH}}}$")]


class TotpView(Shape, frozen=True, kw_only=True):
    """Whether signing in asks for a code too, and how many codes for a lost device are left."""

    on: bool
    recovery_left: int


class TotpOffer(Shape, frozen=True, kw_only=True):
    """A secret for a device; nothing is kept before a code of that device proves it.

    uri: what the device reads from a picture (otpauth://)
    """

    secret: str
    uri: str


class TotpProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The secret that was offered, and the code that the device shows."""

    secret: Seed
    code: Annotated[str, msgspec.Meta(max_length=20)]


class RecoveryCodes(Shape, frozen=True, kw_only=True):
    """Codes for the day on which the device is lost, each good once: shown once, here."""

    codes: tuple[str, ...]


async def _myself(call: Call) -> User:
    found = await call.house.store.read(http_people.user_of, call.desk, call.actor.login)
    if found is None or not call.actor.session:
        raise Problem("forbidden", "A program has no second factor.")
    return found


async def _edit(call: Call, seed: str, step: int, recovery: tuple[str, ...]) -> str:
    """The account with another second factor; the new secret of the one session that is left."""
    login, secret = call.actor.login, secrets.random_text()
    command = EditUser(
        desk=call.desk,
        login=login,
        by=call.actor.name,
        totp_secret=call.house.seal.close(seed, login) if seed else "",
        totp_step=step,
        recovery=codes.kept(recovery, call.house.seal) if recovery else "",
        session=call.actor.session,
        renewed=secrets.hashed(secret),
    )
    edited = await commit(call, command)
    if isinstance(edited, Refusal):
        raise of_refusal(edited)
    call.rooms.sockets.sign_out(login=login)
    return secret


@routes.get("/api/v1/me/totp", allow=Gate.SIGNED_IN, answer=TotpView)
async def read_totp(call: Call) -> TotpView:
    """Whether your account asks for a code."""
    user = await _myself(call)
    return TotpView(on=bool(user.totp_secret), recovery_left=len(codes.left(user)))


@routes.post("/api/v1/me/totp", allow=Gate.SIGNED_IN, answer=TotpOffer, recent=True)
async def offer_totp(call: Call) -> TotpOffer:
    """A secret for your device. Nothing is kept yet."""
    user, seed = await _myself(call), codes.new_seed()
    name = call.house.dispatch.rulebook.desk.name
    return TotpOffer(secret=seed, uri=codes.address_of(seed, user.login, name))


@routes.put(
    "/api/v1/me/totp", allow=Gate.SIGNED_IN, body=TotpProof, answer=RecoveryCodes, recent=True
)
async def set_totp(call: Call) -> web.Response:
    """From now on signing in asks for a code. Other browsers are signed out."""
    asked: TotpProof = call.body
    user = await _myself(call)
    await call.rooms.throttle.hit(Rate.TOTP, user.login)
    step = codes.step_of(asked.secret, asked.code, call.house.clock.now_ms())
    if not step:
        raise Problem("wrong_code")
    await call.rooms.throttle.forget(Rate.TOTP, user.login)
    recovery = codes.new_recovery()
    secret = await _edit(call, asked.secret, step, recovery)
    shown = RecoveryCodes(codes=recovery)
    response = json_response(shown, call.rooms.headers.of(Class.API))
    set_cookie(call, response, secret)
    return response


@routes.delete("/api/v1/me/totp", allow=Gate.SIGNED_IN, recent=True)
async def drop_totp(call: Call) -> web.Response:
    """From now on the password alone is enough. Other browsers are signed out."""
    await _myself(call)
    secret = await _edit(call, "", 0, ())
    response = web.Response(status=204)
    set_cookie(call, response, secret)
    return response
