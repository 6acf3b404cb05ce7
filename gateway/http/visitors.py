"""Visitors: who may open a chat, from which pages, and how they are known again."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from gateway.contract import Unauthentic
from gateway.domain.access import Visitor
from gateway.domain.outcome import Refusal
from gateway.http import secrets
from gateway.http.auth import Auth
from gateway.http.errors import Problem, of_refusal
from gateway.http.house import House, Identifies
from gateway.http.throttle import Rate, Throttle
from gateway.pipeline.accounts import Account
from gateway.store.queries import http_chat
from gateway.verbs.access import MintVisitor, TouchVisitor

SCHEME = "Visitor "
MAX_TOKEN = 512
CORS = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Filename",
    "Access-Control-Max-Age": "600",
    "Vary": "Origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor who was recognised, or made just now (then with the token, shown once)."""

    visitor: Visitor
    token: str | None = None
    name: str = ""


class Visitors:
    """Recognises visitors of chat accounts."""

    def __init__(self, house: House, auth: Auth, throttle: Throttle) -> None:
        self._house = house
        self._auth = auth
        self._throttle = throttle

    def account(self, name: str) -> Account:
        """A chat account. Raises Problem 404 for any other."""
        found = self._house.accounts.get(name)
        if found is None or found.capabilities.sends:
            raise Problem("not_found", f"There is no chat {name}.")
        return found

    def check_origin(self, request: web.Request, account: Account) -> dict[str, str]:
        """Raise Problem unless the page may embed this chat; the CORS headers for it.

        A browser says its page's origin with every socket and every write. Who says none is a
        program, or reads a file on one of our own pages: a token is asked for there.
        """
        origins = getattr(account.settings, "origins", ())
        origin = request.headers.get("Origin")
        if origin is None:
            if origins and (request.method != "GET" or "Upgrade" in request.headers):
                raise Problem(
                    "wrong_origin",
                    "This chat is for the pages that its account names, and no Origin was sent.",
                    what_to_do="Programs and apps send an Origin that stands under `origins`.",
                )
            return {}
        allowed = origin_allowed(origin, origins)
        if not allowed and not self._auth.own_origin(request):
            raise Problem(
                "wrong_origin",
                f"The page {origin} may not embed this chat.",
                what_to_do="Add its origin to `origins` of the account.",
            )
        return CORS | {"Access-Control-Allow-Origin": origin}

    async def of_token(self, account: Account, token: str | None) -> Visitor | None:
        """The visitor of a token, its life made longer; None for one that is wrong or too old."""
        if not token or len(token) > MAX_TOKEN:
            return None
        found = await self._house.store.read(http_chat.visitor_of, secrets.hashed(token))
        if found is None or found.account != account.id or found.desk != self._house.store.desk:
            return None
        touched: Any = await self._house.store.submit(TouchVisitor(hash=found.hash))
        return touched if isinstance(touched, Visitor) else None

    async def of_request(self, request: web.Request, account: Account) -> Visitor:
        """The visitor of an `Authorization: Visitor <token>` header. Raises Problem."""
        header = request.headers.get("Authorization", "")
        token = header[len(SCHEME) :].strip() if header.startswith(SCHEME) else None
        found = await self.of_token(account, token)
        if found is None:
            raise Problem("signed_out", "This visitor's token is wrong or too old.")
        return found

    async def meet(
        self, account: Account, token: str | None, identity: str | None, crowd: str
    ) -> Known:
        """Whoever says hello: known again, vouched for by the shop, or new. Raises Problem."""
        vouched = self._vouched(account, identity)
        known = await self.of_token(account, token)
        if vouched is None:
            if known is not None and not known.urn.startswith(account.vouched):
                return Known(visitor=known)
            # A vouched-for visitor whose page no longer vouches is nobody in particular.
            return await self._mint(account, f"{account.visitors}{self._house.new_id()}", crowd)
        urn, name = vouched
        if known is not None and known.urn == urn:
            return Known(visitor=known, name=name)
        return replace(await self._mint(account, urn, crowd), name=name)

    def _vouched(self, account: Account, identity: str | None) -> tuple[str, str] | None:
        """The address and the name that a signed identity proves."""
        adapter = account.adapter
        wanted = getattr(account.settings, "identity", "off")
        if wanted == "off" or not isinstance(adapter, Identifies):
            return None
        if identity is None:
            if wanted == "required":
                raise Problem(
                    "identity_required",
                    "This chat is for signed-in customers.",
                    status=403,
                    what_to_do="Sign in on the page, then open the chat.",
                )
            return None
        try:
            found = adapter.identify(identity, self._house.clock.now_ms())
        except Unauthentic as error:
            raise Problem(
                "identity_refused",
                f"The signed identity proves nothing: {error}.",
                status=403,
                what_to_do="Reload the page; if it stays, its server signs wrongly.",
            ) from error
        return account.vouched + found.sub, found.name

    async def _mint(self, account: Account, urn: str, crowd: str) -> Known:
        await self._throttle.hit(Rate.VISITOR_MINT, crowd)
        token = secrets.random_text()
        answer = await self._house.store.submit(
            MintVisitor(
                desk=self._house.store.desk,
                hash=secrets.hashed(token),
                account=account.id,
                urn=urn,
            )
        )
        if isinstance(answer, Refusal):
            raise of_refusal(answer)
        return Known(visitor=answer, token=token)


def origin_allowed(origin: str, allowed: Sequence[str]) -> bool:
    """Whether an origin is one of those written; `https://*.shop.example` has every subdomain."""
    asked = origin.lower().rstrip("/")
    return any(re.fullmatch(_pattern(one), asked) for one in allowed)


def _pattern(origin: str) -> str:
    scheme, star, rest = origin.partition("://*.")
    if not star:
        return re.escape(origin)
    return rf"{re.escape(scheme)}://([a-z0-9-]+\.)+{re.escape(rest)}"
