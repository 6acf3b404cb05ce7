"""docs/CHANNELS.md: every limit of every channel, from what the adapters say of themselves."""

from collections.abc import Iterable
from typing import Any

from gateway.contract import AttachmentRule, Capabilities
from gateway.contract.capabilities import Doubt, TextUnit
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

HEAD = """# Channels

What each adapter can send, and what it tells of it. This page is generated:
`parley adapters --page > docs/CHANNELS.md`; a test compares it.

A reply is fitted to these limits before it is sent; what does not fit is refused to the agent's
face. Settings in *italics* may be left out. How a channel is set up stands in the README of its
folder under `adapters/`.
"""

UNITS = {
    TextUnit.CHARACTERS: "characters",
    TextUnit.UTF16: "UTF-16 units",
    TextUnit.BYTES: "bytes of UTF-8",
    TextUnit.SMS: "segments of SMS",
}
DOUBTS = {
    Doubt.RETRY: "tried again; the repeat is recognised",
    Doubt.FIND: "the provider is asked, then tried again",
    Doubt.WAIT: "a report is awaited, then it is shown as unknown",
    Doubt.HOLD: "shown as unknown at once; a person decides",
}
_SPANS = ((DAY_MS, "day"), (HOUR_MS, "hour"), (MINUTE_MS, "minute"), (SECOND_MS, "second"))
_SIZES = ((1024 * 1024, "MiB"), (1024, "KiB"))


def page(kinds: Iterable[tuple[str, type[Any]]]) -> str:
    """The whole page, of (name, adapter)."""
    return "\n".join((HEAD, *(_section(name, kind) for name, kind in kinds)))


def _section(name: str, kind: type[Any]) -> str:
    can: Capabilities = kind.capabilities
    lines = [f"## {name}", "", f"Channel `{kind.channel}`.", "", "| | |", "| --- | --- |"]
    lines += [f"| {what} | {words} |" for what, words in _rows(can)]
    settings = (
        f"`{key}`" if field.is_required() else f"*`{key}`*"
        for key, field in kind.settings_type.model_fields.items()
    )
    return "\n".join([*lines, f"| settings | {', '.join(settings)} |", ""])


def _rows(can: Capabilities) -> Iterable[tuple[str, str]]:
    if not can.max_text:
        yield "text", "none: one speaks here, and what is written goes by another channel"
        return
    yield "text", f"up to {can.max_text:,} {UNITS[can.text_unit]}, {can.formatting}"
    yield "files", _files(can)
    yield "choices", _choices(can)
    if can.max_delivery_bytes:
        yield "comes in", f"up to {size(can.max_delivery_bytes)} at once, many messages together"
    yield "reports", ", ".join(sorted(state.value for state in can.reports)) or "none"
    yield "a reply may go", f"within {span(can.window_ms)}" if can.window_ms else "at any time"
    if can.person_window_ms:
        yield (
            "a person's reply may go",
            f"within {span(can.person_window_ms)}, where the account's settings allow it",
        )
    if can.threading:
        yield "a reply may name", "the message it answers"
    if can.budget is not None:
        budget = f"{can.budget.messages} messages in {span(can.budget.per_ms)}"
        yield "and at most", f"{budget} after the customer's last one"
    if can.sends:
        doubt = DOUBTS[can.in_doubt]
        wait = f" ({span(can.doubt_wait_ms)})" if can.doubt_wait_ms else ""
        yield "nobody knows whether it went out", f"{doubt}{wait}"
        yield "not sent for now", f"tried again for {span(can.retry_for_ms)}"
    else:
        yield "committed is sent", "the customer follows the stream"


def _choices(can: Capabilities) -> str:
    rule = can.choices
    if rule is None:
        return "as numbered lines"
    labels = f"labels of up to {rule.max_label} {UNITS[rule.label_unit]}"
    words = f"under up to {rule.max_text:,} {UNITS[can.text_unit]}"
    return f"up to {rule.most} to tap, {labels}, {words}; else as numbered lines"


def _files(can: Capabilities) -> str:
    if not can.max_attachments:
        return "none"
    rest = "any other" if len(can.attachments) > 1 else "any"
    kinds = "; ".join(_rule(rule, rest) for rule in can.attachments)
    whole = f", {size(can.max_total_bytes)} together" if can.max_total_bytes else ""
    return f"up to {can.max_attachments}{whole}: {kinds}"


def _rule(rule: AttachmentRule, rest: str) -> str:
    kind = f"{rule.media_type}*" if rule.media_type.endswith("/") else rule.media_type
    return f"{kind or rest} {size(rule.max_bytes)}"


def size(count: int) -> str:
    """`5 MiB` of 5,242,880."""
    unit, word = next(((u, w) for u, w in _SIZES if count >= u), (1, "bytes"))
    return f"{count / unit:.4g} {word}"


def span(ms: int) -> str:
    """`2 days` of 172,800,000."""
    unit, word = next(((u, w) for u, w in _SPANS if ms % u == 0), (1, "millisecond"))
    count = ms // unit
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
