"""The application: every route of the house on one aiohttp application."""

from collections.abc import Iterable

from aiohttp import http_parser, web

from gateway.http import chatdoor, live, openapi, ops, pages, sse, surveypage, webhooks
from gateway.http.api import (
    callbacks,
    calls,
    care,
    contacts,
    conversations,
    courtesy,
    desk,
    drafts,
    explain,
    files,
    joining,
    knowledge,
    macros,
    me,
    offers,
    oidc,
    outlets,
    promises,
    quickreplies,
    replies,
    reports,
    rulebook,
    scheduled,
    search,
    session,
    surveys,
    templates,
    totp,
    users,
    wordings,
)
from gateway.http.auth import Auth
from gateway.http.checks import Checks
from gateway.http.drafter import Drafter
from gateway.http.headers import Headers
from gateway.http.house import House
from gateway.http.limits import JSON_BODY_BYTES
from gateway.http.oidc import Provider
from gateway.http.passwords import Passwords
from gateway.http.routes import Binder, Rooms, Route
from gateway.http.server import LIMITS, SOCKETS, TAKER
from gateway.http.shed import Shedder
from gateway.http.sockets import Sockets, Viewers
from gateway.http.throttle import Throttle
from gateway.pipeline.pinyin import Pinyin
from gateway.stream import Joiner, Pages

API = (
    session,
    oidc,
    totp,
    me,
    offers,
    conversations,
    courtesy,
    drafts,
    explain,
    replies,
    scheduled,
    files,
    joining,
    contacts,
    search,
    templates,
    wordings,
    quickreplies,
    knowledge,
    macros,
    desk,
    users,
    callbacks,
    promises,
    surveys,
    calls,
    care,
    reports,
    rulebook,
    outlets,
    ops,
)


class SlowParser(Exception):
    """aiohttp runs without its C parser, which is slower and less strict; reinstall aiohttp."""


def make_rooms(house: House) -> Rooms:
    """What every handler may use."""
    throttle = Throttle()
    return Rooms(
        house=house,
        auth=Auth(house, throttle),
        headers=Headers(house.settings.public_url),
        throttle=throttle,
        shedder=Shedder(house.clock),
        passwords=Passwords(),
        sockets=Sockets(house.random),
        viewers=Viewers(house.stream),
        joiner=_joiner(house),
        checks=Checks(house),
        provider=_provider(house),
        drafter=_drafter(house),
        pinyin=Pinyin(),
    )


def _provider(house: House) -> Provider | None:
    security = house.settings.security
    if security.oidc is None:
        return None
    return Provider(security.oidc, security.allow_networks, house.clock)


def _drafter(house: House) -> Drafter | None:
    return Drafter(house.model) if house.model is not None else None


def _joiner(house: House) -> Joiner:
    """What it knows of a conversation is true for as long as nobody else writes."""
    store, pages = house.store, Pages()
    if not store.is_alone():
        return Joiner(store.look, store.desk, house.channel_of)
    store.on_rows.append(pages.committed)
    return Joiner(store.look, store.desk, house.channel_of, pages)


def all_routes(rooms: Rooms, extra: Iterable[Route] = ()) -> list[Route]:
    """Every route; the console's, which takes what is left, comes last."""
    found: list[Route] = [*webhooks.ROUTES]
    for module in API:
        found += module.routes
    found += [*live.ROUTES, *sse.ROUTES, *chatdoor.routes_of(rooms)]
    found += [*surveypage.routes, *extra]
    found += openapi.routes_of(found, rooms.house.settings.public_url)
    return found + list(pages.routes)[::-1]


def make_app(house: House, extra: Iterable[Route] = ()) -> web.Application:
    """The application of a house, with the routes of others (a demo's) that declare themselves.

    Raises UndeclaredRoute when it starts with a route that does not say whom it allows.
    """
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise SlowParser
    rooms = make_rooms(house)
    most = max(JSON_BODY_BYTES, house.settings.host.max_body)
    most = max(
        (account.largest_delivery(most) for account in house.accounts.values()), default=most
    )
    app = web.Application(client_max_size=most)
    binder = Binder(rooms)
    binder.add(app, all_routes(rooms, extra))
    app[SOCKETS] = rooms.sockets
    app[LIMITS] = house.limits
    app[TAKER] = webhooks.Webhook(rooms)

    async def start(started: web.Application) -> None:
        binder.check(started)

    async def clean(_: web.Application) -> None:
        rooms.passwords.close()

    app.on_startup.append(start)
    app.on_cleanup.append(clean)
    return app
