"""The command line in this process: what it prints, what it says, how it ends."""

import asyncio
import json
import shutil
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.unit.cli.life import live


class Ended(NamedTuple):
    """How a verb ended."""

    status: int
    text: str  # stdout
    words: str  # stderr

    @property
    def lines(self) -> list[Any]:
        """stdout as NDJSON."""
        return [json.loads(line) for line in self.text.splitlines()]


Parley = Callable[..., Ended]


@pytest.fixture
def parley() -> Parley:
    """Run `parley ARGS` with this on stdin; lines of data become NDJSON."""

    def run(*args: Any, stdin: Any = "") -> Ended:
        if isinstance(stdin, list):
            stdin = "".join(json.dumps(line) + "\n" for line in stdin)
        found = CliRunner().invoke(app, [str(arg) for arg in args], input=stdin)
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Ended(found.exit_code, found.stdout, found.stderr)

    return run


SHOP = """\
host: {public_url: "https://desk.example"}
security: {master_key: 0123456789abcdef0123456789abcdef}
desk: {id: shop, name: Shop, default_queue: main}
queues: {main: {}, spare: {}}
channels:
  chat: {adapter: webchat}
  sms: {adapter: twilio_sms, account_sid: AC0123456789abcdef0123456789abcdef, auth_token: hush-hush,
    numbers: [+15005550006]}
"""


@pytest.fixture
def config(tmp_path):
    """A small sound configuration, whose data directory is beside it."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "desk.yaml").write_text(SHOP + f"store: {{data: {tmp_path / 'data'}}}\n")
    return folder


@pytest.fixture(scope="session")
def life(tmp_path_factory):
    """A data directory with a life in it, lived once."""
    folder = tmp_path_factory.mktemp("life")
    asyncio.run(live(folder))
    return folder


@pytest.fixture
def data(tmp_path, config, life):
    """The data directory of `config`: a copy of that life."""
    return shutil.copytree(life, tmp_path / "data")
