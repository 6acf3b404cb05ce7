"""The store that a verb works on: read beside a running node, written through it or alone."""

import asyncio
import getpass
import os
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import msgspec
import typer
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from config import Loaded, Rulebook, Settings, load
from config.settings import Store as StoreSettings
from gateway.cli.configuration import AccountTypes, database_from, registered
from gateway.cli.console import Status, give_up, say_all
from gateway.domain.clock import SystemClock
from gateway.domain.outcome import Refusal
from gateway.registry import Registry, RegistryError
from gateway.store import Store, StoreError, StoreInUse
from gateway.store.control import NobodyThere, ask, typed_here
from gateway.store.engines import reading
from gateway.store.migrate import is_ours
from gateway.store.private import write_privately
from gateway.store.queries import http_desk
from gateway.store.schema import metadata
from gateway.store.sqlite import PREFIX, path_of

T = TypeVar("T")
P = ParamSpec("P")

CONFIG_VARIABLE = "PARLEY_CONFIG"

StoreConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="DIR", envvar=CONFIG_VARIABLE, help="The node's configuration."
    ),
]
DataOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Its data directory.")]
DatabaseOption = Annotated[str | None, typer.Option(metavar="URL", help="Its database.")]


class Desk:
    """One desk's store, from outside of its node."""

    def __init__(
        self, settings: Settings, configured: Rulebook | None, registry: Registry | None
    ) -> None:
        self.settings = settings
        self._configured = configured or Rulebook()
        self.data = settings.store.data
        self.database = settings.database()
        self._registry = registry
        self._engine = reading(self.database)
        self.exists = self._exists()
        known = configured.desk.id if configured is not None else ""
        self.id = known or (self._only_desk() if self.exists else "")

    def _exists(self) -> bool:
        """Whether anybody has stored anything there yet."""
        if self.database.startswith(PREFIX) and not path_of(self.database).exists():
            return False
        return self.read(is_ours)

    def desks(self) -> list[str]:
        """The desks that are there, by their ids."""
        return self.read(lambda connection: [*connection.execute(_DESKS).scalars()])

    def _only_desk(self) -> str:
        """Without a configuration: the desk that is there."""
        found = self.desks()
        if len(found) != 1:
            listed = ", ".join(found) or "none"
            give_up(f"the store has the desks {listed}; name the node's configuration by --config")
        return found[0]

    def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `query(connection, ...)` returns; a node may go on writing meanwhile."""
        try:
            with self._engine.connect() as connection:
                return query(connection, *args, **kwargs)
        except SQLAlchemyError as error:
            give_up(f"{self.database_shown} cannot be read: {error.args[0]}", Status.FOUND)

    def rulebook(self) -> Rulebook:
        """What is in force; before a first start, what the configuration says."""
        found = self.read(http_desk.rulebook_in_force, self.id) if self.exists else None
        return Rulebook.from_json(found.content) if found is not None else self._configured

    @property
    def database_shown(self) -> str:
        """The database without a password."""
        if self.database.startswith(PREFIX):
            return str(path_of(self.database))
        head, at, tail = self.database.rpartition("@")
        return f"{head.partition('://')[0]}://...@{tail}" if at else self.database

    def channel_of(self, account: str) -> str:
        """The channel of an account, as far as the configuration is known."""
        found = self.settings.channels.get(account)
        if found is None or self._registry is None:
            return ""
        return self._registry.get(found.adapter).channel

    def submit(self, command: Any) -> Any:
        """What a command comes to, as plain data; a refusal ends the verb."""
        try:
            value = asyncio.run(self._submit(command))
        except StoreError as error:
            give_up(str(error), Status.FOUND)
        if isinstance(value, Refusal):
            give_up(" ".join(filter(None, (value.detail, value.what_to_do))), Status.FOUND)
        return value

    async def _submit(self, command: Any) -> Any:
        try:
            store = await Store.open(
                self.database,
                data=self.data,
                desk=self.id,
                node=f"cli:{os.getpid()}",
                clock=SystemClock(),
                random=SystemRandom(),
            )
        except StoreInUse as error:
            try:
                return await ask(self.data, command)
            except NobodyThere:
                raise error from None
        try:
            value = await store.submit(typed_here(command))
        finally:
            await store.close()
        return value if isinstance(value, Refusal) else msgspec.to_builtins(value)


_DESK = metadata.tables["desk"]
_DESKS = select(_DESK.c.id)


def me() -> str:
    """Whoever types, for the audit log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"


def existing(config: Path | None, data: Path | None, database: str | None) -> Desk:
    """The store of a configuration, or of what the command line names; it must be there."""
    desk = _desk(config, data, database)
    if not desk.exists:
        give_up(
            f"there is no store at {desk.database_shown}, or none of Parley's; start a node first,"
            " or name another"
        )
    if desk.id not in (desks := desk.desks()):
        listed = ", ".join(desks) or "none"
        give_up(f"{desk.database_shown} has no desk {desk.id}; its desks: {listed}")
    return desk


def made(config: Path | None, data: Path | None, database: str | None) -> Desk:
    """As `existing`, but a store that is not there will be made: its desk must be known."""
    desk = _desk(config, data, database)
    if not desk.id:
        give_up(f"there is no store at {desk.database_shown}; name its configuration by --config")
    return desk


def vacant(config: Path | None, data: Path | None, database: str | None) -> Desk:
    """Where a store may be made: nobody has stored anything there yet."""
    desk = _desk(config, data, database)
    if desk.exists:
        give_up(f"there is a store at {desk.database_shown} already; name an empty place")
    if desk.database.startswith(PREFIX) and path_of(desk.database).exists():
        give_up(f"{desk.database_shown} is there already, and no store of Parley's; name another")
    return desk


def made_from(settings: Settings, database: str) -> Desk:
    """The one desk of a database that has just been filled."""
    store = settings.store.model_copy(update={"database": database_from(database)})
    return Desk(settings.model_copy(update={"store": store}), None, None)


def _desk(config: Path | None, data: Path | None, database: str | None) -> Desk:
    write_privately()
    settings, configured, registry = _settings(config)
    try:
        return Desk(_pointed(settings, data, database), configured, registry)
    except StoreError as error:
        give_up(str(error))


def _settings(config: Path | None) -> tuple[Settings, Rulebook | None, Registry | None]:
    """Settings and rulebook; of a faulty configuration only faults of these two matter here."""
    if config is None:
        return Settings(), None, None
    registry = registered()
    try:
        found: Loaded = load(config, AccountTypes(registry), os.environ)
    except RegistryError as error:
        give_up(str(error))
    bad = [f for f in found.faults if f.path.startswith(("store", "desk")) or not f.path]
    if bad:
        say_all(bad)
        raise typer.Exit(Status.WRONG)
    return found.settings, found.rulebook, registry


def _pointed(settings: Settings, data: Path | None, database: str | None) -> Settings:
    store: StoreSettings = settings.store
    if data is not None:
        store = store.model_copy(update={"data": data})
    if database is not None:
        store = store.model_copy(update={"database": database_from(database)})
    return settings.model_copy(update={"store": store})
