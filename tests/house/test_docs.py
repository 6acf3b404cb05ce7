"""What the documents say is there."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import BaseModel

from config import Rulebook, load
from config.fields import models_in, types_at
from config.settings import Settings
from config.webhooks import Webhook
from gateway.cli import VERBS
from gateway.cli.adapters import OURS
from gateway.cli.channels import page as page_of_channels
from gateway.cli.keys import page as page_of_keys
from gateway.cli.lazy import load as load_verb
from gateway.cli.scaffold import new_adapter
from gateway.http.ops import DoorFigures
from gateway.registry import Registry
from gateway.testing import adapter_problems
from tests.house import rules

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *DOCS,
    *sorted((ROOT / "adapters").rglob("*.md")),
    *(page for page in (ROOT / "web" / "README.md",) if page.exists()),
]
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
CODE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
OPERATING = (ROOT / "docs/OPERATING.md").read_text()
ARCHITECTURE = (ROOT / "docs/ARCHITECTURE.md").read_text()


def name_of(page: Path) -> str:
    """A page's place in the tree."""
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without its code."""
    return SPAN.sub("", CODE.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there, and a heading in it."""
    for match in LINK.finditer(prose(page)):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def words_of(page: Path) -> Iterator[str]:
    """Commands that a page shows, each from `parley` on."""
    text = page.read_text()
    for kind, block in CODE.findall(text):
        if kind in ("", "sh", "console"):
            yield from re.findall(r"^(?:\$ |\S*/)?parley (.+)$", block, re.MULTILINE)
    yield from re.findall(r"`parley ([^`\n]+)`", text)


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS], ids=name_of)
def test_verbs_exist(page: Path) -> None:
    """Every `parley VERB` is a verb of the command, every option one of its options."""
    verbs = {verb.name: verb for verb in VERBS}
    for words in words_of(page):
        name, *rest = words.split("#")[0].split()
        if name.startswith("-"):
            continue
        assert name in verbs, f"parley {words}"
        command = load_verb(verbs[name])
        below = getattr(command, "commands", {})
        if below and rest:
            assert rest[0] in below, f"parley {words}"
            command = below[rest[0]]
        known = {option for param in command.params for option in param.opts}
        asked = {word.strip("[].") for word in rest if word.lstrip("[").startswith("--")}
        assert asked <= known, f"parley {words}"


def test_every_verb_is_told() -> None:
    """README's table of the command has every verb."""
    table = (ROOT / "README.md").read_text()
    assert [verb.name for verb in VERBS if f"`parley {verb.name}" not in table] == []


@cache
def names_in(path: Path) -> set[str]:
    """Classes, functions, methods (also as Class.method), and names set anywhere in a module."""
    found: set[str] = set()
    for node in ast.walk(rules.parsed(path.read_text())):
        if isinstance(node, ast.ClassDef):
            below = {
                n.name for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            found |= {node.name, *below, *(f"{node.name}.{name}" for name in below)}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute):
            found |= {node.attr, f"Store.{node.attr}"} if path.stem == "store" else {node.attr}
        elif isinstance(node, ast.Name):
            found.add(node.id)
    return found


@pytest.mark.parametrize("page", DOCS, ids=name_of)
def test_paths_exist(page: Path) -> None:
    """Every path in the documents is there; a name that stands beside it is in that module."""
    text = CODE.sub("", page.read_text())
    tops = "gateway|adapters|routing|templates|config|web|tests|bench|docs|requirements"
    for path in re.findall(rf"`((?:{tops})/[\w./-]+?)(?:::\w+)?`", text):
        made = path.startswith("gateway/http/static") or "NAME" in path
        assert made or (ROOT / path).exists(), path
    for path, name in re.findall(r"`([\w/]+\.py)`,? `([\w.]+)`", text):
        assert name in names_in(ROOT / path), f"{path} {name}"
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text):
        assert name in names_in(ROOT / path), f"{path}::{name}"


def test_every_fault_is_told() -> None:
    """TRUST names each test of faults, under the promise that it shows."""
    told = (ROOT / "docs/TRUST.md").read_text()
    tests = [
        f"{name_of(path)}::{name}"
        for path in sorted((ROOT / "tests/faults").glob("test_*.py"))
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    ]
    assert [test for test in tests if f"`{test}`" not in told] == []


def settings_keys(model: type[BaseModel], before: str) -> Iterator[str]:
    """A part's keys as they are written, those of its parts too."""
    for name, field in model.model_fields.items():
        key = f"{before}.{field.alias or name}"
        parts = models_in(types_at(field.annotation, ()))
        for part in parts:
            yield from settings_keys(part, key)
        if not parts:
            yield key


def test_settings_are_told() -> None:
    """OPERATING's table has every key of the settings, and no other."""
    there = set()
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            there |= set(settings_keys(kind, name))
    there |= set(settings_keys(Webhook, "webhooks.NAME")) | {"channels.ACCOUNT"}
    part = OPERATING.partition("### Settings")[2].partition("###")[0]
    assert set(re.findall(r"^\| `([\w.]+)` \|", part, re.MULTILINE)) == there


def test_figures_are_told() -> None:
    """OPERATING names every figure of our own."""
    source = Path(sys.modules[DoorFigures.__module__].__file__ or "").read_text()
    ours = {
        name + ("" if "auge" in kind else "_total")
        for kind, name in re.findall(
            r"(_gauge|_counter|GaugeMetricFamily|Family)\(\s*\"(parley_\w+)\"", source
        )
    }
    assert ours == set(re.findall(r"`(parley_\w+?)(?:\{\w+\})?`", OPERATING))


def test_the_configuration_of_the_readme(tmp_path: Path) -> None:
    """README's configuration has no fault."""
    (text,) = [
        block for kind, block in CODE.findall((ROOT / "README.md").read_text()) if kind == "yaml"
    ]
    key = tmp_path / "key"
    key.write_text("0123456789abcdef" * 4)
    key.chmod(0o600)
    for name in ("/run/secrets/twilio", "/etc/parley/master.key"):
        text = text.replace(name, str(key))
    (tmp_path / "desk.yaml").write_text(text.replace("AC...", "AC1"))
    registry = Registry.load()
    types = {name: registry.get(name).settings_type for name in registry.names()}
    assert [str(fault) for fault in load(tmp_path, types, {}).faults] == []


def test_the_toy_adapter_keeps_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ADDING_AN_ADAPTER shows is what `parley new-adapter` writes, and that is an adapter."""
    new_adapter("beacon", tmp_path)
    project = tmp_path / "parley-beacon"
    text = (ROOT / "docs/ADDING_AN_ADAPTER.md").read_text()
    shown = re.findall(r"`(beacon/\w+\.py)`\n\n```python\n(.*?)```", text, re.DOTALL)
    assert shown == [(path, (project / path).read_text()) for path, _ in shown]
    assert shown
    monkeypatch.syspath_prepend(str(project))
    cases = import_module("beacon.cases")
    problems = adapter_problems(
        cases.build,
        cases.INBOUND,
        cases.OUTBOUND,
        secrets=cases.SECRETS,
        sign=cases.sign,
        without_secret=cases.without_secret,
    )
    assert problems == []


def test_the_channels_page_is_true() -> None:
    """docs/CHANNELS.md is what the adapters say of themselves today."""
    registry = Registry.load()
    own = [name for name in registry.names() if registry.origin(name).startswith(OURS)]
    told = page_of_channels((name, registry.get(name)) for name in own)
    assert f"{told}\n" == (ROOT / "docs/CHANNELS.md").read_text(), "parley adapters --page"


def test_the_rulebook_page_is_true() -> None:
    """docs/RULEBOOK.md is what the rulebook's models say today."""
    assert f"{page_of_keys()}\n" == (ROOT / "docs/RULEBOOK.md").read_text(), "parley config keys"


def test_every_key_has_a_meaning() -> None:
    """No key of the rulebook is missing on its page, and none has no words beside it."""
    rows = re.findall(r"^\| `(\w+)` \|.* \| (.*) \|$", page_of_keys(), re.MULTILINE)
    parts = Rulebook.model_json_schema()["$defs"].values()
    assert sorted(key for key, _ in rows) == sorted(key for p in parts for key in p["properties"])
    assert [key for key, meaning in rows if not meaning] == []
