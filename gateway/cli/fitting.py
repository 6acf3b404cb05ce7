"""Words that a channel of the desk would refuse: told by check, render and courtesy."""

from collections.abc import Mapping
from pathlib import Path

from config import Fault, Loaded
from gateway.cli.configuration import words_of
from gateway.contract import Capabilities
from gateway.domain.clock import SystemClock
from gateway.pipeline.accounts import make_account
from gateway.pipeline.inforce import InForce
from gateway.pipeline.wordcheck import TOO_LONG, Readers, channels_of, judged
from gateway.registry import Registry
from templates import Catalog, Origin, Wording

Channels = Mapping[str, tuple[Capabilities, ...]]
NOWHERE: Channels = {}


def channels(found: Loaded, registry: Registry) -> Channels:
    """What the accounts of a configuration carry."""
    return channels_of(
        make_account(name, registry.get(account.adapter), account.settings)
        for name, account in found.settings.channels.items()
    )


def with_long_words(found: Loaded, registry: Registry) -> Loaded:
    """A sound directory, warned of its templates that a channel of the desk refuses."""
    if found.faults:
        return found
    catalog, _ = words_of(found.directory, registry)
    readers = _readers(found, registry)
    warnings = tuple(
        Fault(str(_file(found, name, wording)), 0, "", what, cure)
        for name, wording in _own(catalog)
        for remark in judged(name, wording, readers).remarks
        if remark.finding.rule == TOO_LONG
        for what, cure in [_parted(remark.finding.message)]
    )
    return found._replace(warnings=(*found.warnings, *warnings))


def _parted(message: str) -> tuple[str, str]:
    """What is wrong, and the cure."""
    stop = "。" if "。" in message else ". "
    what, _, cure = message.partition(stop)
    return what, cure.rstrip(".。")


def _own(catalog: Catalog) -> list[tuple[str, Wording]]:
    return [
        (name, wording)
        for name in catalog.names()
        for wording in catalog.get(name).wordings.values()
        if wording.origin is Origin.FOLDER
    ]


def _file(found: Loaded, name: str, wording: Wording) -> Path:
    return found.words / wording.locale / f"{name}.md"


def _readers(found: Loaded, registry: Registry) -> Readers:
    rulebook = found.rulebook
    inforce, desk = InForce(0, rulebook), rulebook.desk
    values = {name: said for name, said in rulebook.templates.values.items() if said}
    return Readers(
        channels=channels(found, registry),
        values={"desk_name": desk.name} | values,
        timezone=desk.timezone,
        at=SystemClock().now_ms(),
        hours=inforce.calendar_of_queue(desk.default_queue),
        strictness=inforce.strictness,
        is_channel=lambda _: True,
    )
