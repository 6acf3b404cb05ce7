"""A desk's own words: which of them its channels would refuse, and which courtesy finds fault with.

The first is told by check, render and courtesy; the second of a whole desk here, by check.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from config import Fault, Loaded
from gateway.cli.configuration import words_of
from gateway.contract import Capabilities
from gateway.domain.clock import SystemClock
from gateway.pipeline.accounts import make_account
from gateway.pipeline.inforce import InForce
from gateway.pipeline.naming import told_by
from gateway.pipeline.wordcheck import TOO_LONG, Readers, Remark, channels_of, judged
from gateway.registry import Registry
from templates import Catalog, Origin, Wording
from templates.courtesy import Level

Channels = Mapping[str, tuple[Capabilities, ...]]
NOWHERE: Channels = {}


def channels(found: Loaded, registry: Registry) -> Channels:
    """What the accounts of a configuration carry."""
    return channels_of(
        make_account(name, registry.get(account.adapter), account.settings)
        for name, account in found.settings.channels.items()
    )


def with_judged_words(found: Loaded, registry: Registry) -> Loaded:
    """A sound directory with its templates looked over: what courtesy blocks is a fault, for they
    go out by themselves; of what it warns of, and of what a channel refuses, it is warned."""
    if found.faults:
        return found
    catalog, _ = words_of(found.directory, registry)
    readers = _readers(found, registry)
    faults, warnings = list(found.faults), list(found.warnings)
    for name, wording in _own(catalog):
        for remark in judged(name, wording, readers).remarks:
            told = _told(_file(found, name, wording), wording, remark)
            if remark.finding.level is Level.BLOCK:
                faults.append(told)
            elif remark.finding.level is Level.WARN:
                warnings.append(told)
    return found._replace(faults=tuple(faults), warnings=tuple(warnings))


def _told(file: Path, wording: Wording, remark: Remark) -> Fault:
    finding = remark.finding
    if finding.rule == TOO_LONG:
        return Fault(str(file), 0, "", *_parted(finding.message))
    what = f"courtesy finds {finding.rule} ({finding.level.value})"
    cure = finding.message.rstrip(".。")
    return Fault(str(file), _line(file, wording, remark), remark.part, what, cure)


def _line(file: Path, wording: Wording, remark: Remark) -> int:
    """Where in the file it stands; what a part lacks, where that begins."""
    text, words = file.read_text("utf-8"), wording.variants[remark.part]
    begins = text.find(words)
    return text.count("\n", 0, max(begins, 0)) + max(remark.line, 1) if begins >= 0 else 0


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
    return Readers(
        channels=channels(found, registry),
        values=partial(told_by, rulebook),
        timezone=desk.timezone,
        at=SystemClock().now_ms(),
        hours=inforce.calendar_of_queue(desk.default_queue),
        strictness=inforce.strictness,
        is_channel=lambda _: True,
    )
