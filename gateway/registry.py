"""Adapters by name: found through the entry points of what is installed, loaded when asked for."""

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import Any, Self, cast

from gateway.contract import CONTRACT_VERSION, Adapter

GROUP = "parley.adapters"

# What every adapter has; the test kit checks what each of them does.
_WORDS = ("name", "channel")
_POWERS = ("build", "start", "stop", "check", "receive", "send")


class RegistryError(Exception):
    """An adapter cannot be used; the message says which, where it comes from and what to do."""


class TwinNames(RegistryError):
    """Two installed distributions provide an adapter of the same name."""


class UnknownAdapter(RegistryError):
    """No installed distribution provides an adapter of this name."""


class BrokenAdapter(RegistryError):
    """The adapter is installed but cannot be loaded, or is not what its entry point promises."""


class ForeignContract(RegistryError):
    """The adapter was written for another version of the contract."""


class Registry:
    """The adapters of one process."""

    def __init__(self, entries: Iterable[EntryPoint]) -> None:
        self._entries = _one_each(entries)
        self._loaded: dict[str, type[Adapter]] = {}

    @classmethod
    def load(cls) -> Self:
        """Find what is installed; imports nothing. Raises TwinNames, every twin in one message."""
        return cls(entry_points(group=GROUP))

    def names(self) -> tuple[str, ...]:
        """The names of all adapters, in order."""
        return tuple(sorted(self._entries))

    def origin(self, name: str) -> str:
        """The distribution that provides an adapter, as `parley 0.1.0`. Raises UnknownAdapter."""
        return _origin(self._entry(name))

    def get(self, name: str) -> type[Adapter]:
        """The adapter of this name. Raises UnknownAdapter, BrokenAdapter or ForeignContract."""
        if name not in self._loaded:
            self._loaded[name] = _load(self._entry(name))
        return self._loaded[name]

    def channels(self) -> tuple[str, ...]:
        """The channels of all adapters, in order; imports every one of them. Raises as `get`."""
        return tuple(sorted({self.get(name).channel for name in self._entries}))

    def _entry(self, name: str) -> EntryPoint:
        if name in self._entries:
            return self._entries[name]
        near = get_close_matches(name, self._entries, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "install the package that provides it."
        known = ", ".join(self.names()) or "none"
        raise UnknownAdapter(f"there is no adapter {name!r}; {hint} Installed: {known}")


def _one_each(entries: Iterable[EntryPoint]) -> dict[str, EntryPoint]:
    """By name. One distribution found twice on the path is no twin of itself."""
    by_name: dict[str, dict[tuple[str, str], EntryPoint]] = defaultdict(dict)
    for entry in entries:
        by_name[entry.name].setdefault((_distribution(entry), entry.value), entry)
    twins = {name: found for name, found in by_name.items() if len(found) > 1}
    if twins:
        raise TwinNames("; ".join(_twin(name, found.values()) for name, found in twins.items()))
    return {name: next(iter(found.values())) for name, found in by_name.items()}


def _twin(name: str, entries: Iterable[EntryPoint]) -> str:
    places = " and ".join(sorted(f"{_origin(e)} ({e.value})" for e in entries))
    return f"the adapter name {name!r} is provided by {places}; uninstall one of them"


def _load(entry: EntryPoint) -> type[Adapter]:
    where = f"adapter {entry.name!r} of {_origin(entry)} ({entry.value})"
    try:
        found = entry.load()
    except Exception as error:
        raise BrokenAdapter(f"{where} cannot be imported: {error!r}") from error
    faults = _faults(entry.name, found)
    if faults:
        raise BrokenAdapter(f"{where} is not an adapter: {'; '.join(faults)}")
    version = getattr(found, "contract_version", None)
    if version != CONTRACT_VERSION:
        raise ForeignContract(
            f"{where} was written for version {version} of the contract, this is version"
            f" {CONTRACT_VERSION}; install a matching version of {_distribution(entry)}"
        )
    return cast("type[Adapter]", found)


def _faults(name: str, found: Any) -> list[str]:
    if not isinstance(found, type):
        return [f"{found!r} is not a class"]
    faults = [f"{w} is no text" for w in _WORDS if not isinstance(getattr(found, w, None), str)]
    faults += [f"{p}() is missing" for p in _POWERS if not callable(getattr(found, p, None))]
    if not isinstance(getattr(found, "settings_type", None), type):
        faults.append("settings_type is no type")
    own = getattr(found, "name", name)
    if isinstance(own, str) and own != name:
        faults.append(f"it calls itself {own!r}")
    return faults


def _distribution(entry: EntryPoint) -> str:
    return _named(entry.dist)[0] if entry.dist else "an unnamed distribution"


def _origin(entry: EntryPoint) -> str:
    return " ".join(_named(entry.dist)) if entry.dist else "an unnamed distribution"


@cache  # each look at a distribution reads its metadata anew, and a start asks for every adapter
def _named(found: Distribution) -> tuple[str, str]:
    return found.name, found.version
