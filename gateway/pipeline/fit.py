"""Does a message fit a channel? What does not is refused to the writer's face, in words. Pure."""

import re
from collections.abc import Callable

import msgspec

from gateway.contract import AttachmentRule, Capabilities, OutboundMessage, TextUnit
from gateway.domain.message import Choice, MessageKind
from gateway.domain.outcome import Refusal
from gateway.domain.sms import Alphabet, alphabet_of, outside_gsm7, segments, utf16_units

STATUS = 422
SHOWN_CHARACTERS = 3

_MEASURES: dict[TextUnit, Callable[[str], int]] = {
    TextUnit.CHARACTERS: len,
    TextUnit.UTF16: utf16_units,
    TextUnit.BYTES: lambda text: len(text.encode("utf-8", "surrogatepass")),
    TextUnit.SMS: segments,
}
_UNIT_NAMES: dict[TextUnit, tuple[str, str]] = {
    TextUnit.CHARACTERS: ("character", "characters"),
    TextUnit.UTF16: ("character", "characters (an emoji counts twice)"),
    TextUnit.BYTES: ("byte", "bytes"),
    TextUnit.SMS: ("SMS", "SMS"),
}

# Line ends of all systems are one; no provider wants the other control characters, nor halves of
# surrogate pairs.
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029|\x85")
_BROKEN_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def text_units(text: str, unit: TextUnit) -> int:
    """The length of a text as a channel counts it; SMS counts segments."""
    return _MEASURES[unit](text)


def fit(message: OutboundMessage, caps: Capabilities) -> OutboundMessage | Refusal:
    """The message as it may go, its control characters gone; or why it cannot."""
    text = _UNWANTED.sub("", _LINE_END.sub("\n", message.text))
    clean = message if text == message.text else msgspec.structs.replace(message, text=text)
    refusal = _kind(clean, caps) or _subject(clean) or _choices(clean)
    if refusal is not None:
        return refusal
    offered = _offered(clean, caps)
    return too_long(offered.text, caps) or _attachments(offered, caps) or offered


def _kind(message: OutboundMessage, caps: Capabilities) -> Refusal | None:
    if message.kind not in caps.kinds:
        can = ", ".join(sorted(caps.kinds))
        return Refusal(
            code="kind_unsupported",
            detail=f"This channel cannot carry a message of the kind {message.kind}.",
            what_to_do=f"Choose another channel, or one of: {can}.",
            status=STATUS,
        )
    wordless = message.kind in {MessageKind.TEXT, MessageKind.MEDIA} and not message.text.strip()
    if wordless and not message.attachments:
        return Refusal(
            code="empty",
            detail="The message has neither words nor files.",
            what_to_do="Write something, or attach a file.",
            status=STATUS,
        )
    return None


def _subject(message: OutboundMessage) -> Refusal | None:
    """One line of a header it is, and no more: nothing in it may begin another."""
    if message.thread is None or not _BROKEN_LINE.search(message.thread.subject):
        return None
    return Refusal(
        code="bad_subject",
        detail="The subject holds a line break or another control character.",
        what_to_do="Write the subject in one line of plain words.",
        status=STATUS,
    )


def _choices(message: OutboundMessage) -> Refusal | None:
    """What is offered must be told apart, by the customer and by whoever reads the answer."""
    if not message.choices:
        return None
    ids = {choice.id for choice in message.choices}
    labels = {_label(choice) for choice in message.choices}
    count = len(message.choices)
    if message.text.strip() and "" not in labels and len(ids) == len(labels) == count:
        return None
    return Refusal(
        code="bad_choices",
        detail="Choices need words above them, and each an id and a label of its own.",
        what_to_do="Write what is asked, and give every choice another label.",
        status=STATUS,
    )


def _label(choice: Choice) -> str:
    return " ".join(_UNWANTED.sub("", choice.label).split())


def _offered(message: OutboundMessage, caps: Capabilities) -> OutboundMessage:
    """The choices as the channel offers them: to be tapped, else as lines with numbers."""
    if not message.choices:
        return message
    choices = tuple(Choice(id=each.id, label=_label(each)) for each in message.choices)
    rule = caps.choices
    if (
        rule is not None
        and not message.attachments
        and len(choices) <= rule.most
        and text_units(message.text, caps.text_unit) <= rule.max_text
        and all(text_units(each.label, rule.label_unit) <= rule.max_label for each in choices)
    ):
        kind = MessageKind.INTERACTIVE
        return msgspec.structs.replace(message, kind=kind, choices=choices)
    lines = "\n".join(f"{number}. {each.label}" for number, each in enumerate(choices, start=1))
    text = f"{message.text.rstrip()}\n\n{lines}"
    return msgspec.structs.replace(message, text=text, choices=())


def too_long(text: str, caps: Capabilities) -> Refusal | None:
    """Why a channel cannot carry so long a text; None where it can."""
    units = text_units(text, caps.text_unit)
    if units <= caps.max_text:
        return None
    over = len(text) - _longest_prefix(text, caps)
    limit = _count(caps.max_text, caps.text_unit)
    what_to_do = f"Shorten it by {_count(over, TextUnit.CHARACTERS)}, or send it in parts."
    return Refusal(
        code="too_long",
        detail=f"The text takes {_count(units, caps.text_unit)}; this channel carries {limit}.",
        what_to_do=what_to_do + _hint(text, caps),
        status=STATUS,
        extra={"units": units, "max_units": caps.max_text, "over_characters": over},
    )


def _longest_prefix(text: str, caps: Capabilities) -> int:
    """How many characters of the beginning fit. Lengths only grow, so halving finds it."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_units(text[:middle], caps.text_unit) <= caps.max_text
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def _hint(text: str, caps: Capabilities) -> str:
    """A few characters can turn a long SMS into one that needs twice the segments."""
    if caps.text_unit is not TextUnit.SMS or alphabet_of(text) is Alphabet.GSM7:
        return ""
    foreign = outside_gsm7(text)
    without = "".join(c for c in text if c not in foreign)
    many = len(foreign) > SHOWN_CHARACTERS
    if many or not without.strip() or segments(without) > caps.max_text:
        return ""
    shown = " ".join(foreign)
    return f" Without {shown} it would take {_count(segments(without), TextUnit.SMS)} and fit."


def _attachments(message: OutboundMessage, caps: Capabilities) -> Refusal | None:
    files = message.attachments
    if files and message.text.strip() and not caps.captions:
        return Refusal(
            code="no_captions",
            detail="This channel carries no words together with a file.",
            what_to_do="Send the words and the file one after another.",
            status=STATUS,
        )
    if len(files) > caps.max_attachments:
        most = caps.max_attachments
        return Refusal(
            code="too_many_attachments",
            detail=f"The message has {_files(len(files))}; this channel carries {_files(most)}.",
            what_to_do=f"Remove {len(files) - most}, or send them one after another."
            if most
            else "Send a link instead, or choose another channel.",
            status=STATUS,
            extra={"attachments": len(files), "max_attachments": most},
        )
    for file in files:
        refusal = _file(file.filename, file.media_type, file.size_bytes, caps.attachments)
        if refusal is not None:
            return refusal
    total = sum(file.size_bytes for file in files)
    if caps.max_total_bytes is not None and total > caps.max_total_bytes:
        limit = _bytes(caps.max_total_bytes)
        return Refusal(
            code="attachments_too_large",
            detail=f"The files have {_bytes(total)} together; this channel carries {limit}.",
            what_to_do="Remove one, make them smaller, or send them one after another.",
            status=STATUS,
            extra={"bytes": total, "max_bytes": caps.max_total_bytes},
        )
    return None


def _file(
    name: str, media_type: str, size: int, rules: tuple[AttachmentRule, ...]
) -> Refusal | None:
    """The most specific rule for the type decides."""
    wanted = media_type.lower()
    fitting = [rule for rule in rules if wanted.startswith(rule.media_type)]
    if not fitting:
        known = ", ".join(dict.fromkeys(rule.media_type.rstrip("/") for rule in rules))
        return Refusal(
            code="attachment_type",
            detail=f"This channel cannot carry {name or 'the file'} ({media_type or 'no type'}).",
            what_to_do=f"It carries: {known}. Send a link instead, or choose another channel.",
            status=STATUS,
        )
    rule = max(fitting, key=lambda each: len(each.media_type))
    if size > rule.max_bytes:
        return Refusal(
            code="attachment_too_large",
            detail=f"{name or 'The file'} has {_bytes(size)};"
            f" this channel carries {_bytes(rule.max_bytes)} of its type.",
            what_to_do="Make it smaller, send a link instead, or choose another channel.",
            status=STATUS,
            extra={"bytes": size, "max_bytes": rule.max_bytes},
        )
    return None


def _count(number: int, unit: TextUnit) -> str:
    one, many = _UNIT_NAMES[unit]
    return f"{number:,} {one if number == 1 else many}"


def _files(number: int) -> str:
    return {0: "no files", 1: "one file"}.get(number, f"{number} files")


def _bytes(number: int) -> str:
    if number < 1_024:
        return f"{number} bytes"
    if number < 1_024**2:
        return f"{number / 1_024:.1f} kB"
    return f"{number / 1_024**2:.1f} MB"
