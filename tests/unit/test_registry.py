"""The registry: names, twins, foreign contracts, and errors that say whose fault it is."""

import sys
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path

import pytest

from gateway.contract import CONTRACT_VERSION
from gateway.registry import (
    GROUP,
    BrokenAdapter,
    ForeignContract,
    Registry,
    TwinNames,
    UnknownAdapter,
)

MODULE = f"""
class Base:
    name = "pigeon"
    channel = "pigeon"
    contract_version = {CONTRACT_VERSION}
    settings_type = dict
    isolated = False

    @classmethod
    def build(cls, account, settings): return cls()
    async def start(self): pass
    async def stop(self): pass
    async def check(self): pass
    def receive(self, raw): return (), None
    async def send(self, message, key): pass

class Pigeon(Base): pass
class Foreign(Base): contract_version = {CONTRACT_VERSION + 1}
class Renamed(Base): name = "dove"
class Mute(Base): send = None
class Untyped(Base): settings_type = None
NOT_A_CLASS = Base()
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place on the path with a module of adapters in it."""
    (tmp_path / "lofts.py").write_text(MODULE)
    (tmp_path / "bad_loft.py").write_text("raise ValueError('no grain')")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("lofts", "bad_loft"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def install(home: Path, distribution: str, **adapters: str) -> tuple[EntryPoint, ...]:
    """A distribution with these entry points, as pip leaves it behind."""
    info = home / f"{distribution}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in adapters.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    return tuple(Distribution.at(info).entry_points)


def test_names_without_loading(home: Path) -> None:
    """Adapters are listed by name without being imported."""
    registry = Registry(install(home, "lofts", b="bad_loft:X", a="lofts:Pigeon"))
    assert registry.names() == ("a", "b")
    assert "bad_loft" not in sys.modules


def test_get(home: Path) -> None:
    """An adapter is loaded once, by its name."""
    registry = Registry(install(home, "lofts", pigeon="lofts:Pigeon"))
    found = registry.get("pigeon")
    assert found.name == "pigeon"
    assert registry.get("pigeon") is found
    assert registry.origin("pigeon") == "lofts 1.0"


BROKEN = [
    ("import fails", "bad_loft:X", BrokenAdapter, "no grain"),
    ("module is missing", "nowhere:X", BrokenAdapter, "nowhere"),
    ("not a class", "lofts:NOT_A_CLASS", BrokenAdapter, "is not a class"),
    ("another name", "lofts:Renamed", BrokenAdapter, "calls itself 'dove'"),
    ("a power is missing", "lofts:Mute", BrokenAdapter, "send() is missing"),
    ("no settings", "lofts:Untyped", BrokenAdapter, "settings_type is no type"),
    ("other contract", "lofts:Foreign", ForeignContract, f"version {CONTRACT_VERSION + 1}"),
]


@pytest.mark.parametrize(
    ("value", "error", "words"), [r[1:] for r in BROKEN], ids=[r[0] for r in BROKEN]
)
def test_broken(home: Path, value: str, error: type[Exception], words: str) -> None:
    """An adapter that cannot serve is refused, and the refusal names its distribution."""
    registry = Registry(install(home, "lofts", pigeon=value))
    with pytest.raises(error) as caught:
        registry.get("pigeon")
    assert words in str(caught.value)
    assert "lofts 1.0" in str(caught.value)


def test_twins(home: Path) -> None:
    """Two distributions with one name are refused, and both are named; so are all further twins."""
    entries = (
        *install(home, "lofts", pigeon="lofts:Pigeon", dove="lofts:Renamed"),
        *install(home, "cotes", pigeon="lofts:Pigeon", dove="cotes:Dove"),
    )
    with pytest.raises(TwinNames) as caught:
        Registry(entries)
    for words in ("'pigeon'", "'dove'", "lofts 1.0", "cotes 1.0"):
        assert words in str(caught.value)


def test_one_distribution_seen_twice(home: Path) -> None:
    """A distribution that stands twice on the path is no twin of itself."""
    entries = install(home, "lofts", pigeon="lofts:Pigeon")
    assert Registry((*entries, *entries)).names() == ("pigeon",)


@pytest.mark.parametrize(
    ("asked", "words"), [("pigon", "did you mean 'pigeon'?"), ("fax", "Installed: pigeon")]
)
def test_unknown(home: Path, asked: str, words: str) -> None:
    """An unknown name is answered with what there is."""
    registry = Registry(install(home, "lofts", pigeon="lofts:Pigeon"))
    with pytest.raises(UnknownAdapter) as caught:
        registry.get(asked)
    assert words in str(caught.value)


def test_our_own() -> None:
    """What Parley ships is found through the same door as everybody's."""
    assert {"email", "twilio_sms", "webchat"} <= set(Registry.load().names())
