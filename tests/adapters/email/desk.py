"""The core's side of a mailbox, for tests that fetch without a node."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from adapters.email import EmailAdapter
from gateway.contract import AccountId, RawRequest
from tests.adapters.email.mails import settings
from tests.adapters.email.servers import HOST, eventually

USER, PASSWORD = 'us"er', 'a "p\\w'


class Desk:
    """The core's side: commits each delivery with its cursor, as one."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}  # by key, as the store's unique index does
        self.deliveries: list[RawRequest] = []
        self.cursors: dict[str, str] = {}
        self.poller: asyncio.Task[None] | None = None
        self.refuse_after: int | None = None
        self._adapter = EmailAdapter.build(AccountId("mail"), settings())

    async def inlet(self, raw: RawRequest) -> None:
        """Commit; or fail, as a database does, and commit nothing."""
        if self.refuse_after is not None and len(self.deliveries) >= self.refuse_after:
            raise ConnectionError("the database is away")
        self.deliveries.append(raw)
        for event in self._adapter.receive(raw)[0]:
            self.kept[getattr(event, "key", f"dead:{len(self.kept)}")] = raw.body
        assert raw.cursor is not None
        self.cursors[raw.cursor[0]] = raw.cursor[1]

    async def until(self, count: int) -> None:
        """As soon as so many different mails are in; not longer than somebody fetches."""
        poller = self.poller
        assert poller is not None
        await eventually(lambda: len(self.kept) >= count or poller.done())
        assert len(self.kept) >= count, poller.exception()


def adapter(port: int, **server: Any) -> EmailAdapter:
    given = {"host": HOST, "port": port, "tls": "none", "username": USER, "password": PASSWORD}
    return EmailAdapter.build(AccountId("mail"), settings(imap=given | server))


@asynccontextmanager
async def polling(
    port: int, desk: Desk, cursors: Mapping[str, str] | None = None, **server: Any
) -> AsyncIterator["asyncio.Task[None]"]:
    """A poller at work; it is cancelled at the end."""
    known = desk.cursors if cursors is None else cursors
    task = asyncio.create_task(adapter(port, **server).poll(dict(known), desk.inlet))
    desk.poller = task
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def kept(desk: Desk) -> list[bytes]:
    return sorted(desk.kept.values())
