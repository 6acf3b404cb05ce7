"""The composition root: builds every room and joins them, starts and stops them in order."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import structlog
from aiohttp import web
from msgspec.structs import replace

from config import Loaded, Rulebook, Settings
from gateway.contract import PresenceEvent
from gateway.domain.clock import SECOND_MS, Clock, SystemClock
from gateway.domain.job import JobKind
from gateway.http import DemoInfo, GuardedRunner, House, make_app, serve
from gateway.http.codes import Seal
from gateway.masterkey import derive, key_must_stand, with_master_key
from gateway.pipeline.accounts import Account, make_account
from gateway.pipeline.answering import Answering
from gateway.pipeline.assistant import Assistant
from gateway.pipeline.automatic import Automatic
from gateway.pipeline.beginning import own_model_of, put_in_force
from gateway.pipeline.callbacks import Callbacks
from gateway.pipeline.calls import CallDesk
from gateway.pipeline.crew import Errand
from gateway.pipeline.dispatch import Dispatch
from gateway.pipeline.inbound import Inbound
from gateway.pipeline.isolate import Isolated
from gateway.pipeline.knowledge import Knowledge
from gateway.pipeline.links import Links
from gateway.pipeline.media import Media
from gateway.pipeline.model import model_of
from gateway.pipeline.naming import name_of
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.ownwords import OwnWords
from gateway.pipeline.scan import Clamd
from gateway.pipeline.scheduled import Departures
from gateway.pipeline.sessions import Sessions
from gateway.pipeline.surveys import SurveyLinks
from gateway.pipeline.telephone import Telephone
from gateway.pipeline.wordbook import open_wordbook
from gateway.quicken import quicken
from gateway.registry import Registry
from gateway.store import Store
from gateway.store.control import Control
from gateway.store.private import write_privately
from gateway.store.queries import deciding
from gateway.stream import (
    Follows,
    Outlets,
    Poster,
    Stream,
    Wanted,
    Whisper,
    contact_topic,
)
from gateway.verbs.incoming import Policy
from gateway.verbs.work import LoseNode
from gateway.worker import Worker, errands_of

log = structlog.get_logger(__name__)

STATIC = Path(__file__).parent / "http" / "static"
ALONE = "local"  # the name of a node that has its database to itself


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a node holds on to, beside its store."""

    accounts: dict[str, Account]
    dispatch: Dispatch
    worker: Worker
    house: House
    isolated: Isolated


def make_accounts(settings: Settings, registry: Registry) -> dict[str, Account]:
    """The adapters of all configured accounts, each with its address and its own key."""
    accounts: dict[str, Account] = {}
    for name, account in settings.channels.items():
        own = account.settings.model_copy(
            update={
                "public_url": account.settings.public_url or settings.public_url,
                "reply_key": derive(settings.security.master_key, f"reply:{name}"),
            }
        )
        accounts[name] = make_account(name, registry.get(account.adapter), own)
    return accounts


def make_links(settings: Settings) -> tuple[Links, SurveyLinks]:
    """The addresses at which providers fetch what we send, and customers say how it went."""
    master_key = settings.security.master_key
    links = Links(derive(master_key, "media-links"), settings.security.media_link_ms)
    return links, SurveyLinks(derive(master_key, "survey-links"))


def make_media(
    settings: Settings, store: Store, accounts: dict[str, Account], random: Random
) -> Media:
    """Who brings files, with the scanner when there is one."""
    security, scan = settings.security, settings.security.scan
    scanner = None
    if scan.address:
        timeout_s = scan.timeout_ms / SECOND_MS
        scanner = Clamd(scan.address, timeout_s=timeout_s, max_bytes=scan.max_size)
    return Media(
        *(store, accounts, random),
        max_bytes=settings.host.max_media,
        refused_types=security.refuse_types,
        scanner=scanner,
    )


def make_outbound(
    store: Store,
    accounts: dict[str, Account],
    random: Random,
    links: Links,
    dispatch: Dispatch,
    media: Media,
) -> Outbound:
    """Who writes replies, by the rulebook in force and past the scanner."""
    return Outbound(
        *(store, accounts, random, links),
        hold_ms=lambda: dispatch.inforce.hold_ms,
        screened=media.screened,
        called=lambda language: name_of(dispatch.inforce.rulebook.desk, language),
    )


def make_policies(settings: Settings, dispatch: Dispatch) -> Callable[[Account], Policy]:
    """What the rulebook in force says of taking messages in, and whether files wait for a scan."""
    if not settings.security.scan.address:
        return lambda account: dispatch.inforce.policy(account.channel)
    return lambda account: replace(dispatch.inforce.policy(account.channel), scans=True)


def make_signs(stream: Stream) -> Callable[[Account, PresenceEvent], None]:
    """Tells followers of a passing sign."""

    def tell(_account: Account, event: PresenceEvent) -> None:
        topic = contact_topic(event.sender)
        stream.whisper(Whisper(topic=topic, kind=event.what, who=event.sender))

    return tell


async def make_dispatch(
    settings: Settings, store: Store, rulebook: Rulebook, accounts: dict[str, Account]
) -> Dispatch:
    """Who decides, by the rulebook in force and the weights of this desk."""
    inforce = await put_in_force(store, rulebook, accounts)
    return Dispatch(store, accounts, inforce, own_model_of(settings.store.data))


def make_automatic(house: House, words: OwnWords, dispatch: Dispatch) -> Automatic:
    """Who speaks by itself: in stages, to ask how it went, and from the articles."""
    assistant = Assistant(house.store, house.knowledge, house.model)
    return Automatic(
        *(house.store, house.accounts, words, house.survey_links),
        Answering(house.store, words, house.knowledge, dispatch.model, assistant),
        lambda: dispatch.inforce,
    )


def make_outlets(
    settings: Settings,
    store: Store,
    stream: Stream,
    dispatch: Dispatch,
    accounts: dict[str, Account],
    random: Random,
) -> Outlets:
    """The followers of all configured webhooks, woken by what is committed."""

    def channel_of(account: str) -> str:
        return accounts[account].channel if account in accounts else ""

    outlets = Outlets(
        Follows(
            name=name,
            wanted=Wanted.of(webhook.events, words=webhook.words),
            poster=Poster(
                webhook.url,
                [secret.get_secret_value() for secret in webhook.secret],
                timeout_ms=webhook.timeout_ms,
                networks=settings.security.allow_networks,
                clock=store.clock,
            ),
            store=store,
            stream=stream,
            channel_of=channel_of,
            decides=dispatch.decides,
            random=random,
        )
        for name, webhook in settings.webhooks.items()
    )
    stream.on_publish.append(outlets.wake)
    return outlets


def make_worker(
    store: Store,
    accounts: dict[str, Account],
    inbound: Inbound,
    dispatch: Dispatch,
    errands: dict[JobKind, Errand],
    media: Media,
    house: House,
) -> Worker:
    """Who does all that happens by itself."""
    return Worker(
        *(store, accounts, inbound, dispatch, house.random, errands),
        media=media,
        outlets=house.outlets,
        wordbook=house.wordbook,
        listening=house.stream.listening,
        stream=None if store.is_alone() else house.stream,
    )


async def open_store(settings: Settings, desk: str, clock: Clock | None, random: Random) -> Store:
    """The desk's memory, under this node's name. Raises StoreError when its key is gone."""
    database = settings.database()
    alone = database.startswith("sqlite")
    name = ALONE if alone else f"{socket.gethostname()}:{settings.host.port}"
    store = await Store.open(
        database,
        data=settings.store.data,
        desk=desk,
        node=settings.host.node or name,
        clock=clock or SystemClock(),
        random=random,
    )
    if store.is_alone() and await store.read(deciding.rulebook, desk) is not None:
        key_must_stand(settings)
    return store


class Parley:
    """One running node."""

    def __init__(self, settings: Settings, store: Store, rooms: Rooms) -> None:
        self.settings = settings
        self.store = store
        self.house = rooms.house
        self._rooms = rooms
        self._control = Control(store, settings.store.data)
        self._runner: GuardedRunner | None = None

    @classmethod
    async def build(
        cls,
        loaded: Loaded,
        registry: Registry,
        *,
        clock: Clock | None = None,
        demo: DemoInfo | None = None,
    ) -> "Parley":
        """Open the store and join the rooms. Nothing runs yet."""
        random = Random(SystemRandom().getrandbits(256))  # noqa: S311 ids and jitter, no secrets
        store = await open_store(loaded.settings, loaded.rulebook.desk.id, clock, random)
        settings = with_master_key(loaded.settings)
        accounts = make_accounts(settings, registry)
        stream, wordbook = Stream(store), await open_wordbook(store, loaded.words)
        dispatch = await make_dispatch(settings, store, loaded.rulebook, accounts)
        (links, survey_links), isolated = make_links(settings), Isolated()
        policies, signs = make_policies(settings, dispatch), make_signs(stream)
        calls = CallDesk(store, wordbook.in_force, lambda: dispatch.inforce)
        inbound = Inbound(store, accounts, isolated, policies, signs, calls)
        media = make_media(settings, store, accounts, random)
        outbound = make_outbound(store, accounts, random, links, dispatch, media)
        words = OwnWords(store, outbound, wordbook.in_force, lambda: dispatch.inforce)
        outlets = make_outlets(settings, store, stream, dispatch, accounts, random)
        house = House(
            store=store,
            accounts=accounts,
            inbound=inbound,
            outbound=outbound,
            departures=Departures(store, outbound, accounts, lambda: dispatch.inforce),
            links=links,
            survey_links=survey_links,
            model=model_of(settings.security, store.clock),
            dispatch=dispatch,
            stream=stream,
            outlets=outlets,
            wordbook=wordbook,
            knowledge=Knowledge(loaded.knowledge, store.clock),
            all_channels=registry.channels,
            settings=settings,
            seal=Seal(derive(settings.security.master_key, "second-factors")),
            clock=store.clock,
            new_id=store.new_id,
            random=random,
            static=STATIC,
            demo=demo,
        )
        automatic = make_automatic(house, words, dispatch)
        phone = Telephone(store, accounts, lambda: dispatch.inforce)
        callbacks = Callbacks(store, accounts, words, lambda: dispatch.inforce)
        sessions = Sessions(store, accounts)
        errands = errands_of(
            *(inbound, outbound, automatic, media, phone, callbacks, outlets, sessions),
            departures=house.departures,
        )
        worker = make_worker(store, accounts, inbound, dispatch, errands, media, house)
        return cls(settings, store, Rooms(accounts, dispatch, worker, house, isolated))

    async def start(self, mount: Callable[[web.Application], None] | None = None) -> None:
        """Open the channels, then the doors, then the heartbeats."""
        await self.store.submit(LoseNode(node=self.store.node))
        for account in self._rooms.accounts.values():
            await account.adapter.start()
        host = self.settings.host
        app = make_app(self.house)
        if mount is not None:
            mount(app)
        self._runner = await serve(app, host.host, host.port, trusted_proxies=host.trusted_proxies)
        await self._control.start()
        self._rooms.worker.start()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where it listens."""
        found = self._runner.addresses if self._runner is not None else []
        return [(address[0], address[1]) for address in found]

    async def stop(self) -> None:
        """Close the doors, finish what was accepted, hand over, and go."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self._control.stop()
        await self._rooms.worker.stop()
        await self._rooms.dispatch.stop()
        for account in self._rooms.accounts.values():
            await account.adapter.stop()
        await self.house.outlets.close()
        await self._rooms.isolated.stop()
        await self.store.close()


async def run(loaded: Loaded, registry: Registry, ready: Callable[[Parley], None]) -> None:
    """Run a node until SIGTERM or SIGINT; a second one ends it at once."""
    for warning in loaded.warnings:
        log.warning(warning.what, setting=warning.path, what_to_do=warning.what_to_do)
    parley = await Parley.build(loaded, registry)
    await parley.start()
    quicken()
    ready(parley)
    await asked_to_stop()
    await parley.stop()


async def asked_to_stop() -> None:
    """Wait for SIGTERM or SIGINT; a second one ends the process at once."""
    stopping = asyncio.Event()

    def asked() -> None:
        if stopping.is_set():
            os._exit(130)
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    await stopping.wait()


def run_forever(main: Any) -> None:
    """Run a coroutine on uvloop where there is one. What it writes is for its owner alone."""
    write_privately()
    if sys.platform == "win32":
        asyncio.run(main)
        return
    import uvloop

    uvloop.run(main)
