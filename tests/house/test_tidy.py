"""The house is tidy, and the rules that say so can fail."""

import importlib.util
import tomllib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import MetaData

from tests.house import rules
from tests.house.rules import ROOT, Finding, Source, parse

SOURCE_RULES: tuple[Callable[[Source], Iterator[Finding]], ...] = (
    rules.long_functions,
    rules.long_modules,
    rules.nameless_modules,
    rules.hidden_imports,
    rules.strangers_in_domain,
    rules.adapter_names,
    rules.asked_time,
    rules.sleepers,
)
TEXT_RULES = (rules.machine_paths, rules.registry_hosts, rules.unfinished)


def report(findings: Iterator[Finding] | list[Finding]) -> str:
    """The findings as an editor can jump to them; empty when there are none."""
    return "\n".join(str(finding) for finding in findings)


def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


# --- the house -------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", SOURCE_RULES, ids=lambda rule: rule.__name__)
def test_our_code_is_tidy(rule) -> None:
    """Each rule holds in every file of ours."""
    assert rules.first_party()
    assert not report([found for source in rules.first_party() for found in rule(source)])


def test_nobody_mocks() -> None:
    """No file, tests included, replaces the thing it tests by a mock."""
    assert not report([found for source in rules.all_python() for found in rules.mocks(source)])


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.__name__)
def test_what_is_committed_is_tidy(rule) -> None:
    """Each rule holds in every text that a commit carries."""
    assert not report([found for path, text in rules.all_text() for found in rule(path, text)])


def test_every_room_stands_on_a_floor() -> None:
    """A new room of the gateway cannot be built without a floor."""
    layers = next(
        contract["layers"]
        for contract in project()["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    modules = {
        s.path.split("/")[1].removesuffix(".py")
        for s in rules.first_party()
        if "gateway/" in s.path
    }
    rooms = sorted(f"gateway.{module}" for module in modules - {"__init__"})
    assert not report(rules.floorless_rooms(rooms, layers))


def test_versions_are_safe() -> None:
    """The locks hold every floor, with hashes, and development runs what production runs."""
    locks = {file.stem: file.read_text("utf-8") for file in (ROOT / "requirements").glob("*.txt")}
    assert not report([f for lock in locks.values() for f in rules.unhashed(lock)])
    assert not report(rules.low_versions(locks["runtime"], rules.FLOORS))
    for smaller in ("runtime", "build", "node"):
        assert rules.pins(locks[smaller]).items() <= rules.pins(locks["dev"]).items()


def test_ranges_have_floors() -> None:
    """pyproject.toml says of every library from which version on it will do."""
    declared = project()["project"]
    extras = [line for lines in declared["optional-dependencies"].values() for line in lines]
    groups = [line for lines in project()["dependency-groups"].values() for line in lines]
    wanted = [line for line in declared["dependencies"] + extras + groups if isinstance(line, str)]
    assert not report(rules.loose_ranges(wanted, rules.FLOORS))


def test_later_is_a_job() -> None:
    """No table of the store but `job` is a queue."""
    if importlib.util.find_spec("gateway.store.schema"):
        schema = vars(import_module("gateway.store.schema")).values()
        metadata = [value for value in schema if isinstance(value, MetaData)]
        tables = {t.name: set(t.columns.keys()) for m in metadata for t in m.tables.values()}
        assert "job" in tables
        assert not report(rules.shadow_queues(tables))


# --- the rules -------------------------------------------------------------------------------

LONG = "def f():\n" + "    x = 1\n" * 60
FUNCTION = "def f():\n    {}\n"

CAUGHT = [
    (rules.long_functions, "61 lines", "routing/a.py", LONG),
    (rules.long_functions, "a method", "routing/a.py", "class A:\n    async " + LONG.replace("\n", "\n    ")),
    (rules.long_modules, "401 lines", "routing/a.py", "x = 1\n" * 401),
    (rules.nameless_modules, "only a comment", "routing/a.py", "# routing\nx = 1\n"),
    (rules.hidden_imports, "import", "gateway/a.py", FUNCTION.format("import gateway.store")),
    (rules.hidden_imports, "from", "gateway/a.py", FUNCTION.format("from routing.model import Key")),
    (rules.hidden_imports, "relative", "gateway/a.py", FUNCTION.format("from . import store")),
    (rules.hidden_imports, "in a method", "config/a.py", "class A:\n  def f(self):\n    import config.x\n"),
    (rules.strangers_in_domain, "pydantic", "gateway/domain/a.py", "import pydantic\n"),
    (rules.strangers_in_domain, "a floor above", "gateway/domain/a.py", "from gateway import verbs\n"),
    (rules.adapter_names, "plain", "gateway/pipeline/a.py", "x = 'whatsapp'\n"),
    (rules.adapter_names, "plain key", "routing/a.py", "x = {'twilio_sms': 1}\n"),
    (rules.adapter_names, "plain in a set", "gateway/http/a.py", "ok = name in {'webchat', 'x'}\n"),
    (rules.adapter_names, "ordinary, compared", "gateway/a.py", "if account.adapter == 'email': pass\n"),
    (rules.adapter_names, "ordinary, contained", "gateway/a.py", "x = adapter in ('line', 'sms')\n"),
    (rules.adapter_names, "ordinary, looked up", "gateway/a.py", "x = adapters['generic']\n"),
    (rules.adapter_names, "ordinary, got", "gateway/a.py", "x = adapters.get('email')\n"),
    (rules.adapter_names, "ordinary, a table", "gateway/a.py", "BY_ADAPTER = {'email': 1}\n"),
    (rules.adapter_names, "ordinary, in a call", "gateway/a.py", "ADAPTERS = set(['line'])\n"),
    (rules.adapter_names, "ordinary, typed", "gateway/a.py", "adapter: str = 'line'\n"),
    (rules.adapter_names, "ordinary, passed", "gateway/a.py", "build(adapter='email')\n"),
    (rules.adapter_names, "ordinary, a default", "gateway/a.py", "def f(a, adapter='email'): pass\n"),
    (rules.adapter_names, "ordinary, keyed", "gateway/a.py", "x = {'adapter': 'line'}\n"),
    (rules.adapter_names, "ordinary, matched", "gateway/a.py", "match adapter:\n  case 'email' | 'x': pass\n"),
    (rules.asked_time, "now", "routing/a.py", "x = datetime.datetime.now(UTC)\n"),
    (rules.asked_time, "time", "templates/a.py", "x = time.time()\n"),
    (rules.asked_time, "taken", "gateway/verbs/a.py", "from time import monotonic\n"),
    (rules.asked_time, "chance", "routing/a.py", "x = random.choice(agents)\n"),
    (rules.sleepers, "asyncio", "gateway/stream/a.py", "async def f(): await asyncio.sleep(1)\n"),
    (rules.sleepers, "time", "adapters/email/a.py", "time.sleep(1)\n"),
    (rules.sleepers, "imported", "gateway/http/a.py", "from asyncio import sleep\n"),
    (rules.mocks, "import", "tests/a.py", "import unittest.mock\n"),
    (rules.mocks, "from", "tests/a.py", "from unittest import mock\n"),
    (rules.mocks, "from the package", "tests/a.py", "from unittest.mock import patch\n"),
    (rules.mocks, "fixture", "tests/a.py", "def test_x(mocker): pass\n"),
]  # fmt: skip

SPARED = [
    (rules.long_functions, "60 lines", "routing/a.py", LONG.removesuffix("    x = 1\n")),
    (rules.long_functions, "a migration", "gateway/store/migrations/versions/a.py", LONG),
    (rules.long_modules, "400 lines", "routing/a.py", "x = 1\n" * 400),
    (rules.nameless_modules, "a docstring", "routing/a.py", '"""Routing."""\n'),
    (rules.hidden_imports, "third party", "gateway/a.py", FUNCTION.format("import alembic.command")),
    (rules.hidden_imports, "at the top", "gateway/a.py", "import gateway.store\n"),
    (rules.hidden_imports, "only alike", "gateway/a.py", FUNCTION.format("import configparser")),
    (rules.strangers_in_domain, "stdlib, msgspec, domain", "gateway/domain/a.py",
     "import enum\nimport msgspec\nfrom gateway.domain.ids import Id\n"),
    (rules.strangers_in_domain, "another room", "gateway/store/a.py", "import sqlalchemy\n"),
    (rules.adapter_names, "an adapter itself", "adapters/webchat/a.py", "x = 'webchat'\n"),
    (rules.adapter_names, "the sandbox", "gateway/sandbox/a.py", "x = {'adapter': 'line'}\n"),
    (rules.adapter_names, "a test", "tests/a.py", "x = 'webchat'\n"),
    (rules.adapter_names, "a field", "gateway/a.py", "user = {'email': user.email}\n"),
    (rules.adapter_names, "a word", "gateway/a.py", "x = row['line'], claims.get('email')\n"),
    (rules.adapter_names, "in a sentence", "gateway/a.py", "x = 'by whatsapp or email'\n"),
    (rules.asked_time, "an argument", "routing/a.py", "x = clock.now() + rng.random()\n"),
    (rules.asked_time, "no pure room", "gateway/worker.py", "x = time.time()\n"),
    (rules.sleepers, "the worker", "gateway/worker.py", "async def f(): await asyncio.sleep(1)\n"),
    (rules.sleepers, "a stand-in", "gateway/sandbox/a.py", "time.sleep(1)\n"),
    (rules.mocks, "monkeypatch", "tests/a.py", "def test_x(monkeypatch): pass\n"),
]  # fmt: skip

TEXT_CAUGHT = [
    (rules.machine_paths, "main", "see /" + "work/main/README.md"),
    (rules.machine_paths, "shared", '"/' + 'work/shared/data"'),
    (rules.machine_paths, "a home", "cd /" + "root/x"),
    (rules.machine_paths, "a job", "in /tmp" + "/bash_jobs"),
    (rules.registry_hosts, "pypi", "https://pypi" + ".org/simple"),
    (rules.registry_hosts, "files", "https://files.python" + "hosted.org/x"),
    (rules.registry_hosts, "npm", '"resolved": "https://registry.npm' + 'js.org/vite"'),
    (rules.unfinished, "to do", "# TO" + "DO: later"),
    (rules.unfinished, "fix me", "# FIX" + "ME"),
]
TEXT_SPARED = [
    (rules.machine_paths, "a route", "GET /api/work/main and {base}/work/shared"),
    (rules.machine_paths, "an element", "<x></root>"),
    (rules.registry_hosts, "a page", "https://docs.python.org"),
    (rules.unfinished, "a Spanish word", "todo está bien, TODOS"),
]


def labelled(table):
    """The rows as parameters, called `rule: label`."""
    return [
        pytest.param(rule, *rest, id=f"{rule.__name__}: {label}") for rule, label, *rest in table
    ]


@pytest.mark.parametrize(("rule", "path", "text"), labelled(CAUGHT))
def test_a_fault_is_caught(rule, path, text) -> None:
    """Each rule finds a planted fault, once."""
    assert len(list(rule(parse(path, text)))) == 1


@pytest.mark.parametrize(("rule", "path", "text"), labelled(SPARED))
def test_the_innocent_are_spared(rule, path, text) -> None:
    """No rule cries at what only looks like a fault."""
    assert not report(rule(parse(path, text)))


@pytest.mark.parametrize(("rule", "text"), labelled(TEXT_CAUGHT))
def test_a_fault_in_text_is_caught(rule, text) -> None:
    """Each rule about text finds a planted fault."""
    assert len(list(rule("a.md", text))) == 1


@pytest.mark.parametrize(("rule", "text"), labelled(TEXT_SPARED))
def test_innocent_text_is_spared(rule, text) -> None:
    """No rule about text cries at what only looks like a fault."""
    assert not report(rule("a.md", text))


LOCK = "aiohttp==3.14.3 \\\n    --hash=sha256:00\nnh3==0.3.8\n    # via parley\n"


def test_the_rules_about_versions_can_fail() -> None:
    """A low pin, a missing pin, a pin without hash, a range without floor: each is found."""
    assert [
        f.what for f in rules.low_versions(LOCK, {"aiohttp": "3.14.4", "nh3": "0.3.8", "x": "1"})
    ] == [
        "aiohttp 3.14.3 is below 3.14.4",
        "x is not pinned",
    ]
    assert [f.what for f in rules.unhashed(LOCK)] == ["nh3 has no hash"]
    loose = rules.loose_ranges(["nh3", "aiohttp>=3", "redis>=6,<9"], rules.FLOORS)
    assert [f.what for f in loose] == [
        "nh3 has no lowest version",
        "aiohttp admits a version below its floor",
    ]


def test_the_rules_about_rooms_and_tables_can_fail() -> None:
    """A room without a floor and a queue in disguise are found; `job` and a mere due time are not."""
    assert [
        f.what
        for f in rules.floorless_rooms(["gateway.cli", "gateway.attic"], ["(gateway.cli) | x"])
    ] == ["gateway.attic stands on no floor"]
    tables = {"job": {"due_at", "attempts"}, "turn": {"due_at"}, "callback": {"due_at", "attempts"}}
    assert [f.what for f in rules.shadow_queues(tables)] == [
        "table callback is a queue in disguise"
    ]
