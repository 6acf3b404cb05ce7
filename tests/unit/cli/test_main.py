"""The command as a whole: its table of verbs, its help, its exit statuses."""

import subprocess
import sys

import pytest

from gateway.cli import VERBS
from gateway.cli.lazy import load

HEAVY = (
    "sqlalchemy",
    "aiohttp",
    "pydantic",
    "jinja2",
    "ruamel.yaml",
    "structlog",
    "config",
    "adapters",
)


def test_the_help_loads_nothing() -> None:
    """`parley --help` tells every verb without loading a library or a room of ours."""
    code = f"""
import sys
from gateway.cli import main
sys.argv = ["parley", "--help"]
try:
    main()
finally:
    print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""
    found = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 0
    assert found.stderr.split() == []
    assert [line.split()[0] for line in found.stdout.split("Commands:\n")[1].splitlines()] == [
        verb.name for verb in VERBS
    ]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_is_there(parley, verb) -> None:
    """What the table promises can be loaded, is called so, and explains itself."""
    assert load(verb).name == verb.name
    ended = parley(verb.name, "--help")
    assert ended.status == 0
    assert f"Usage: parley {verb.name}" in ended.text
    assert verb.help in " ".join(ended.text.split())


USAGE = [
    ("an unknown verb", ["servee"], "Did you mean 'serve'"),
    ("an unknown option", ["check", "--confg", "x"], "--confg"),
    ("a missing option", ["check"], "--config"),
    ("a missing argument", ["normalize", "--config", "x"], "ACCOUNT"),
    (
        "no role",
        ["user", "add", "bob", "--role", "king"],
        "Invalid value for '--role': 'king' is no role; choose of agent,",
    ),
    ("no number", ["stream", "--after", "x"], "--after"),
]


@pytest.mark.parametrize(
    ("args", "words"), [row[1:] for row in USAGE], ids=[row[0] for row in USAGE]
)
def test_wrong_usage(parley, args, words) -> None:
    """Wrong usage ends with 2 and says what was meant, on stderr."""
    ended = parley(*args)
    assert (ended.status, ended.text) == (2, "")
    assert words in ended.words


def test_version(parley) -> None:
    """`--version` is one line."""
    ended = parley("--version")
    assert ended.status == 0
    assert ended.text.count("\n") == 1


def test_a_closed_pipe_is_no_error() -> None:
    """Whoever reads may stop reading; no traceback follows."""
    command = f"{sys.executable} -m gateway adapters | head -c 1"
    found = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (found.returncode, found.stderr) == (0, "")
