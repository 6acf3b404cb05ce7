"""The door for whoever may touch the node's files: a Unix socket in its data directory.

While a node runs on SQLite nobody else may write its store; the command line hands its commands
here instead. The socket's mode is 0600: only the node's own user, who could open the database
anyway. One JSON line in, one JSON line out, then it closes.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog

from gateway.domain.outcome import Refusal
from gateway.store.errors import StoreError
from gateway.store.store import Store
from gateway.verbs.access import AddUser, EditUser
from gateway.verbs.change import Command, Origin
from gateway.verbs.dead import DiscardDead, RetryDead
from gateway.verbs.origin import From
from gateway.verbs.outlet import DisableOutlet, EnableOutlet, ReplayOutlet
from gateway.verbs.tokens import MakeToken, RevokeToken
from gateway.verbs.work import ApplyRulebook, PauseSending

log = structlog.get_logger(__name__)

NAME = "control.sock"
MAX_LINE_BYTES = 8 * 2**20
PATIENCE_S = 10.0
COMMAND_LINE = "parley"

# What may be asked for here.
COMMANDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        AddUser,
        EditUser,
        MakeToken,
        RevokeToken,
        RetryDead,
        DiscardDead,
        EnableOutlet,
        DisableOutlet,
        ReplayOutlet,
        ApplyRulebook,
        PauseSending,
    )
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A command by its name, and its fields."""

    command: str
    fields: msgspec.Raw


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What it came to: a value, a refusal, or a mishap in words."""

    value: Any = None
    refusal: Refusal | None = None
    error: str = ""


class NobodyThere(Exception):
    """No node listens at this data directory."""


def typed_here(command: Command) -> From:
    """A command as the audit log tells of it: from this machine, by the command line."""
    return From(origin=Origin(socket.gethostname(), COMMAND_LINE), command=command)


class Control:
    """The node's end."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store = store
        self._path = data / NAME
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; what an earlier run left behind is removed."""
        self._path.unlink(missing_ok=True)
        with _short(self._path) as short:
            before = os.umask(0o177)
            try:
                self._server = await asyncio.start_unix_server(
                    self._serve, short, limit=MAX_LINE_BYTES
                )
            finally:
                os.umask(before)

    async def stop(self) -> None:
        """Close the door. Twice is fine; without start too."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = await reader.readline()
                writer.write(msgspec.json.encode(await self._answer(line)) + b"\n")
                await writer.drain()
        except (OSError, ValueError, TimeoutError) as error:
            log.warning("the control socket was left", why=repr(error))
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Answer:
        try:
            asked = msgspec.json.decode(line, type=Asked)
            command = msgspec.json.decode(asked.fields, type=COMMANDS[asked.command])
        except (msgspec.DecodeError, KeyError) as error:
            return Answer(error=f"not understood: {error}")
        try:
            value = await self._store.submit(typed_here(command))
        except StoreError as error:
            return Answer(error=str(error))
        if isinstance(value, Refusal):
            return Answer(refusal=value)
        return Answer(value=msgspec.to_builtins(value))


def somebody_at(data: Path) -> bool:
    """Whether a node listens at this data directory."""
    try:
        with _short(data / NAME) as short, socket.socket(socket.AF_UNIX) as door:
            door.connect(short)
    except OSError:
        return False
    return True


async def ask(data: Path, command: Any) -> Any:
    """Hand a command to the node of this data directory: its value as plain data, or a Refusal.

    Raises NobodyThere, and StoreError with the node's own words.
    """
    asked = Asked(command=type(command).__name__, fields=msgspec.Raw(msgspec.json.encode(command)))
    try:
        with _short(data / NAME) as short:
            reader, writer = await asyncio.open_unix_connection(short, limit=MAX_LINE_BYTES)
    except OSError as error:
        raise NobodyThere(str(data / NAME)) from error
    try:
        async with asyncio.timeout(PATIENCE_S):
            writer.write(msgspec.json.encode(asked) + b"\n")
            await writer.drain()
            answer = msgspec.json.decode(await reader.readline(), type=Answer)
    except (OSError, msgspec.DecodeError, TimeoutError) as error:
        raise StoreError(f"the node gave no answer: {error!r}; look whether it was done") from error
    finally:
        writer.close()
    if answer.error:
        raise StoreError(answer.error)
    return answer.refusal or answer.value


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of the socket that fits: the kernel takes 107 bytes, directories may be longer."""
    if not Path("/proc/self/fd").exists() or not hasattr(socket, "AF_UNIX"):
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
