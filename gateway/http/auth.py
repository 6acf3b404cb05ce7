"""Who is there: cookies of people, tokens of programs, and whether a browser may write.

The one place that turns a request into an Actor. Only hashes are compared; a session ends when it
was idle too long, is too old, or its person may no longer sign in.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from msgspec.structs import replace

from gateway.domain.access import User
from gateway.http import secrets
from gateway.http.errors import Problem
from gateway.http.house import House
from gateway.http.limits import crowd_of, inside, networks_in
from gateway.http.policy import NOBODY, OF_ACCOUNTS, Actor, permissions_of, queues_of
from gateway.http.throttle import Rate, Throttle
from gateway.store.queries import http_people
from gateway.verbs.access import TOUCH_EVERY_MS, TouchSession
from gateway.verbs.tokens import UseToken

BEARER = "Bearer "
CSRF_HEADER = "X-Parley"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REAUTH_MS = 5 * 60_000
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


class Auth:
    """Recognises actors."""

    def __init__(self, house: House, throttle: Throttle) -> None:
        self._house = house
        self._throttle = throttle
        public = urlsplit(house.settings.public_url)
        self.secure = public.scheme == "https"
        self.cookie = "__Host-sid" if self.secure else "sid"
        self._origin = f"{public.scheme}://{public.netloc}"
        self._loopback_public = (public.hostname or "") in _LOOPBACK_NAMES

    # --- who ---

    async def actor(self, request: web.BaseRequest) -> Actor:
        """Whoever asks; NOBODY when no credentials come along. Raises Problem for wrong ones."""
        header = request.headers.get("Authorization", "")
        if header.startswith(BEARER):
            return await self._program(request, header[len(BEARER) :].strip())
        cookie = request.cookies.get(self.cookie)
        if cookie:
            found = await self.person(secrets.hashed(cookie), self.address(request))
            if found is not None:
                return found
        return replace(NOBODY, address=self.address(request))

    async def again(self, actor: Actor) -> Actor | None:
        """Whoever came in some time ago as they stand now; None when their access is over."""
        if actor.session:
            now = await self.person(actor.session, actor.address)
        else:
            found = await self._token(actor.token)
            now = self._as_program(found, actor.address) if found is not None else None
        return now if now is not None and now.role == actor.role else None

    async def person(self, session_hash: str, address: str = "") -> Actor | None:
        """Whose session it is; None when it is over."""
        found = await self._house.store.read(http_people.signed_in, session_hash)
        if found is None or found.user.disabled:
            return None
        session, now = found.session, self._house.clock.now_ms()
        idle_ms = self._house.settings.security.session_idle_ms
        if session.desk != self._house.store.desk:
            return None
        if now >= session.expires_at or now - session.seen_at >= idle_ms:
            return None
        if now - session.created_at >= self._house.settings.security.session_absolute_ms:
            return None
        if now - session.seen_at >= TOUCH_EVERY_MS:
            await self._house.store.submit(TouchSession(hash=session.hash))
        return replace(
            self._actor_of(found.user, f"agent:{found.user.login}"),
            session=session.hash,
            proved_at=session.proved_at,
            address=address,
        )

    async def _program(self, request: web.BaseRequest, text: str) -> Actor:
        found = await self._token(secrets.token_id(text) or "")
        if found is None or found.token.hash != secrets.hashed(text):
            raise Problem("signed_out", "This API token is wrong, revoked or too old.")
        networks = networks_in(msgspec.json.decode(found.token.networks, type=list[str]))
        if networks and not inside(self.address(request), networks):
            raise Problem("signed_out", "This API token may not be used from this address.")
        now = self._house.clock.now_ms()
        await self._throttle.hit(Rate.API_TOKEN, found.token.id)
        if found.token.used_at is None or now - found.token.used_at >= TOUCH_EVERY_MS:
            await self._house.store.submit(UseToken(id=found.token.id))
        return self._as_program(found, self.address(request))

    async def _token(self, token_id: str) -> http_people.TokenOf | None:
        """A token that is good now."""
        found = await self._house.store.read(http_people.token_of, token_id)
        if (
            found is None
            or found.token.desk != self._house.store.desk
            or found.token.revoked_at is not None
            or self._house.clock.now_ms() >= found.token.expires_at
            or found.user.disabled
        ):
            return None
        return found

    def _as_program(self, found: http_people.TokenOf, address: str) -> Actor:
        scopes = msgspec.json.decode(found.token.scopes, type=list[str])
        accounts = msgspec.json.decode(found.token.accounts, type=frozenset[str])
        actor = self._actor_of(found.user, f"token:{found.token.id}", scopes)
        return replace(
            actor,
            permissions=actor.permissions & OF_ACCOUNTS if accounts else actor.permissions,
            accounts=accounts,
            token=found.token.id,
            address=address,
        )

    def _actor_of(self, user: User, name: str, scopes: list[str] | None = None) -> Actor:
        return Actor(
            name=name,
            login=user.login,
            role=user.role,
            permissions=permissions_of(user.role, scopes),
            queues=queues_of(self._house.dispatch.rulebook, user.login),
        )

    # --- from where ---

    def address(self, request: web.BaseRequest) -> str:
        """The client's address: the peer's, or what a trusted proxy says of it."""
        peer = request.remote or ""
        trusted = self._house.settings.host.trusted_proxies
        if not trusted or not inside(peer, trusted):
            return peer
        hops = [h.strip() for h in request.headers.get("X-Forwarded-For", "").split(",")]
        for hop in reversed(hops):
            if not _is_address(hop):
                break
            if not inside(hop, trusted):
                return hop
        return peer

    def crowd(self, request: web.BaseRequest) -> str:
        """Whom limits count together with this client."""
        return crowd_of(self.address(request))

    def from_this_machine(self, request: web.BaseRequest) -> bool:
        """Whether it comes from this machine: through no proxy, and by no borrowed name."""
        peer = request.remote or ""
        if not _is_address(peer) or not ip_address(peer).is_loopback:
            return False
        if any(name in request.headers for name in _FORWARDED):
            return False
        return _host_name(request.host) in _LOOPBACK_NAMES

    # --- from which page ---

    def own_origin(self, request: web.BaseRequest) -> bool:
        """Whether the Origin is exactly ours; on a loopback address, the one that was asked for."""
        origin = request.headers.get("Origin", "")
        if origin == self._origin:
            return True
        if not self._loopback_public or _host_name(request.host) not in _LOOPBACK_NAMES:
            return False
        return origin == f"http://{request.host}"

    def check_browser(self, request: web.BaseRequest, actor: Actor) -> None:
        """Raise Problem unless a write comes from our own pages, or from a program."""
        if request.method in SAFE_METHODS or actor.token:
            return
        if "Origin" in request.headers and not self.own_origin(request):
            raise Problem("wrong_origin")
        if not actor.session:
            return
        if not self.own_origin(request) or request.headers.get(CSRF_HEADER) != "1":
            raise Problem("wrong_origin")

    def check_recent(self, actor: Actor) -> None:
        """Raise Problem unless a person signed in within the last minutes. Programs may."""
        if actor.session and self._house.clock.now_ms() - actor.proved_at > REAUTH_MS:
            raise Problem("reauth_required")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _host_name(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""
