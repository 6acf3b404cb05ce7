"""Words before they are saved: their faults, courtesy, and how each channel shows them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from config import Rulebook
from gateway.contract import Capabilities, TextUnit
from gateway.domain.outcome import Refusal
from gateway.domain.sms import segments
from gateway.pipeline.accounts import Account
from gateway.pipeline.fit import too_long
from gateway.pipeline.soundness import template_problems
from templates import Catalog, Template, TemplateError, Wording, rendered
from templates.courtesy import MAX_TEXT, Context, Finding, Level, Strictness, check
from templates.locales import manner
from templates.model import ANY_CHANNEL, HTML_SUFFIX, SUBJECT_SUFFIX
from templates.saved import FRONT, Fault, faults_of
from templates.sound import IsChannel
from templates.spans import Hours

NAMED = "customer_name"
TOO_LONG = "too_long"
_UNFIT = {
    "zh": "内容过长，无法通过 {channel} 发送：{units} {unit}，最多 {most} {unit}。"
    "请在“=== {channel}”下为它另写短一些的话，或至少删去 {over} 个字。",
    "en": "{channel} does not carry it: it takes {units} {unit}, of {most} at most. Write shorter"
    " words for it, below === {channel}, or take away {over} characters.",
}
_UNITS = {
    "zh": {TextUnit.SMS: "条短信", TextUnit.BYTES: "字节"},
    "en": {TextUnit.SMS: "SMS", TextUnit.BYTES: "bytes"},
}
_CHARACTERS = {"zh": "个字", "en": "characters"}


class Readers(NamedTuple):
    """For whom words are shown: over which channels, in which zone, with which values."""

    channels: Mapping[str, tuple[Capabilities, ...]]  # of this desk's accounts, by channel
    values: Callable[[str], Mapping[str, Any]]  # by locale
    timezone: str
    at: int
    hours: Hours
    strictness: Strictness
    is_channel: IsChannel


class Shown(NamedTuple):
    """What a customer would read on a channel; "" is any that has no words of its own."""

    channel: str
    text: str
    subject: str
    html: str
    segments: int  # of an SMS
    too_long: str  # why the channel could not carry it; "" where it can


class Remark(NamedTuple):
    """What courtesy says of the words for a channel. Line 0: they lack something."""

    part: str
    line: int
    finding: Finding


class Judged(NamedTuple):
    """All that is to be said of words. Where there are faults, they are not shown."""

    faults: list[Fault]
    remarks: list[Remark]
    shown: list[Shown]


def judged(name: str, wording: Wording, readers: Readers) -> Judged:
    """Look words over, all at once."""
    faults = faults_of(name, wording, readers.is_channel)
    if faults:
        return Judged(faults, [], [])
    catalog = Catalog([Template(name=name, wordings={wording.locale: wording})])
    try:
        shown = [
            _shown(catalog, name, wording, each, readers) for each in _channels(wording, readers)
        ]
    except TemplateError as error:
        return Judged([Fault(FRONT, 1, str(error))], [], [])
    faults = [fault for each in shown for fault in _too_long(wording, each)]
    remarks = [Remark(ANY_CHANNEL, 0, each) for each in _unfit(wording, shown, readers)]
    remarks += [each for one in shown for each in _remarks(wording, one, readers.strictness)]
    return Judged(faults, remarks, shown)


def _unfit(wording: Wording, shown: Iterable[Shown], readers: Readers) -> Iterator[Finding]:
    """As each channel shows them: values may be worded otherwise there."""
    for one in shown:
        caps = {one.channel: readers.channels.get(one.channel, ())}
        if one.channel:
            yield from unfit_anywhere(wording, one.text, caps)


def _channels(wording: Wording, readers: Readers) -> list[str]:
    named = {*wording.channels, *wording.only, *readers.channels}
    return [ANY_CHANNEL, *sorted(each for each in named if wording.fits(each))]


def _shown(catalog: Catalog, name: str, wording: Wording, channel: str, readers: Readers) -> Shown:
    examples = {v.name: v.example for v in wording.variables}
    known = {name: each for name, each in readers.values(wording.locale).items() if each}

    def said(part: str) -> str:
        return rendered(
            catalog,
            name,
            locale=wording.locale,
            channel=part,
            values={**examples, **known},
            timezone=readers.timezone,
            at=readers.at,
            hours=readers.hours,
        ).text

    caps = readers.channels.get(channel, ())
    text, titled = said(channel), channel + SUBJECT_SUFFIX in wording.variants
    lettered = titled or channel + HTML_SUFFIX in wording.variants
    return Shown(
        channel=channel,
        text=text,
        subject=said(channel + SUBJECT_SUFFIX) if titled else "",
        html=said(channel + HTML_SUFFIX) if lettered else "",
        segments=segments(text) if _in_segments(caps) else 0,
        too_long=_refused(text, caps),
    )


def _in_segments(caps: Iterable[Capabilities]) -> bool:
    return any(each.text_unit is TextUnit.SMS for each in caps)


def _refused(text: str, caps: Iterable[Capabilities]) -> str:
    # A channel that carries no text speaks it, and there however much there is of it.
    refusals = (too_long(text, each) for each in caps if each.max_text)
    return next((f"{r.detail} {r.what_to_do}" for r in refusals if r is not None), "")


def channels_of(accounts: Iterable[Account]) -> dict[str, tuple[Capabilities, ...]]:
    """What these accounts carry, by channel."""
    channels: dict[str, tuple[Capabilities, ...]] = {}
    for account in accounts:
        before = channels.get(account.channel, ())
        channels[account.channel] = (*before, account.capabilities)
    return channels


def unfit(text: str, channel: str, caps: Iterable[Capabilities], locale: str) -> Finding | None:
    """That a channel refuses so long a text, and what to do; None where it carries it."""
    refusals = (_longer(text, each) for each in caps if each.max_text)
    found = next((each for each in refusals if each is not None), None)
    if found is None:
        return None
    refusal, unit = found
    own = "zh" if manner(locale).startswith("zh") else "en"
    over = refusal.extra["over_characters"]
    said = _UNFIT[own].format(
        channel=channel,
        units=f"{refusal.extra['units']:,}",
        most=f"{refusal.extra['max_units']:,}",
        unit=_UNITS[own].get(unit, _CHARACTERS[own]),
        over=f"{over:,}",
    )
    end = len(text)
    return Finding(rule=TOO_LONG, level=Level.WARN, start=end - over, end=end, message=said)


def _longer(text: str, caps: Capabilities) -> tuple[Refusal, TextUnit] | None:
    refusal = too_long(text, caps)
    return (refusal, caps.text_unit) if refusal is not None else None


def unfit_anywhere(
    wording: Wording, text: str, channels: Mapping[str, tuple[Capabilities, ...]]
) -> Iterator[Finding]:
    """Where the words for any channel are said as they are, and are too long."""
    for channel, caps in sorted(channels.items()):
        if channel not in wording.variants and wording.fits(channel):
            found = unfit(text, channel, caps, wording.locale)
            if found is not None:
                yield found


def _too_long(wording: Wording, shown: Shown) -> Iterator[Fault]:
    """A channel's own words must fit it; of the words for any it is a remark."""
    if shown.too_long and shown.channel in wording.variants:
        yield Fault(shown.channel, 1, f"is too long: {shown.too_long}")


def _remarks(wording: Wording, shown: Shown, strictness: Strictness) -> Iterator[Remark]:
    """Each part is looked at once, as its own channel shows it."""
    if not manner(wording.locale):
        return
    named = next((str(v.example) for v in wording.variables if v.name == NAMED), "")
    said = {
        shown.channel: shown.text,
        shown.channel + SUBJECT_SUFFIX: shown.subject,
        shown.channel + HTML_SUFFIX: shown.html,
    }
    for part, text in said.items():
        if part not in wording.variants:
            continue
        context = Context(
            audience="customer",
            channel=part,
            customer_language=wording.locale,
            customer_name=named,
        )
        for finding in check(text[:MAX_TEXT], wording.locale, context, strictness):
            yield Remark(part, _line_of(wording, part, text, finding), finding)


def _line_of(wording: Wording, part: str, text: str, finding: Finding) -> int:
    """At which line the words stand that are meant; 1 for those of a value, 0 for what lacks."""
    meant = text[finding.start : finding.end]
    if not meant:
        return 0
    words = wording.variants[part]
    return words.count("\n", 0, max(words.find(meant), 0)) + 1


def unsaid(rulebook: Rulebook, before: Catalog, after: Catalog) -> list[Fault]:
    """What could not go out by itself any more with the words of another catalogue."""
    known = set(template_problems(rulebook, before))
    return [
        Fault(FRONT, 1, f"{problem.what}; {problem.what_to_do}")
        for problem in template_problems(rulebook, after)
        if problem not in known
    ]
