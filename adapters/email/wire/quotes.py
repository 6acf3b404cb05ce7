"""The new part of a mail: what its sender wrote now, without older mails and signature.

One pass over the lines. A line is looked at in windows of bounded size, so that no text, however
long its lines, makes it slow.
"""

import re
from collections.abc import Sequence

from adapters.email.wire.lines import Line, Mark, joined
from adapters.email.wire.phrases import (
    DEVICE_LINE_CHARS,
    DEVICE_LINES,
    EARLY_VERBS,
    FORWARD_PREFIXES,
    FORWARDS,
    LABELS,
    ORIGINALS,
    STARTER_SIGNS,
    STARTERS,
    VERBS,
)

_LONGEST_LINE = 400  # of an attribution or a label; longer ones are prose
_ATTRIBUTION_LINES = 4
_BLOCK_LINES = 14
_SIGNATURE_LINES = 20
_LABEL_CHARS = 30

_RULE = " \t-_=*—–─━~·>＞|"
_DIGIT = re.compile(r"\d")
_MOMENT = re.compile(
    r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d年|\d년"
)
_DATED = re.compile(
    r"(?:\d{4}[-/.年]\s?\d|\d{1,2}[:./-]\d{2}|\d{1,2}\.? \w+ \d{4}|\d{4}년"
    r"|(?:mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс)[a-zа-я]{0,8}[,.])"
)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс)[a-zа-я]{0,8}$")
# A day without a number: enough above a quote, and nowhere else.
_DAY = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|yesterday)\b|星期|周[一二三四五六日]|[昨今]天"
)
_VERB_ENDS = tuple(sorted(VERBS, key=len, reverse=True))
_SIGNATURE_RULES = frozenset(("--", "-- ", "—", "––", "__", "- --", "----", "-----"))


def new_part(lines: Sequence[Line], subject: str = "") -> str:
    """What is new in these lines; everything, when nothing would be left."""
    if subject.lower().startswith(FORWARD_PREFIXES):
        return joined([line.text for line in lines])
    kept = _without_history(lines)
    signed = _without_signature(kept)
    for candidate in (signed, kept):
        if any(line.strip(_RULE) for line in candidate):
            return joined(candidate)
    return joined([line.text for line in lines])


def _without_history(lines: Sequence[Line]) -> list[str]:
    kept: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if line.mark is Mark.HISTORY:
            break
        if line.mark in {Mark.QUOTE, Mark.SIGNATURE} or not line.text.strip():
            if line.mark not in {Mark.QUOTE, Mark.SIGNATURE}:
                kept.append("")
            index += 1
            continue
        core = _core(line.text)
        if core in FORWARDS:
            kept.extend(rest.text for rest in lines[index:])
            break
        if core in ORIGINALS or _is_header_block(lines, index):
            break
        end = _attribution_end(lines, index)
        if end:
            following = _next_written(lines, end)
            if following is None or following.mark not in {Mark.QUOTE, Mark.MAYBE}:
                if _is_strong(_glued(lines, index, end)):
                    break
                kept.append(line.text)
                index += 1
                continue
            index = _after_quote(lines, end)
            continue
        kept.append(line.text)
        index += 1
    while kept and not kept[-1].strip(_RULE):
        kept.pop()  # the rule above the older mail
    return kept


def _core(text: str) -> str:
    """What stands between the dashes of a rule; "" when there are none."""
    if len(text) > _LONGEST_LINE:
        return ""
    core = text.strip(_RULE).rstrip(":：").strip().replace("\u00a0", " ").lower()
    ruled = len(text.strip()) - len(core) >= 2
    return core if ruled or core == "begin forwarded message" else ""


def _next_written(lines: Sequence[Line], index: int) -> Line | None:
    return next((line for line in lines[index : index + 10] if line.text.strip()), None)


def _after_quote(lines: Sequence[Line], index: int) -> int:
    """Past the quoted lines, and blank ones between them."""
    end = index
    while index < len(lines):
        line = lines[index]
        if line.mark in {Mark.QUOTE, Mark.MAYBE}:
            end = index + 1
        elif line.text.strip():
            break
        index += 1
    return end


# --- Outlook's block -------------------------------------------------------------------------


def _label(text: str) -> tuple[str, str]:
    """The kind a line is labelled with, and what stands behind the label."""
    head = text.lstrip(" \t*>\u00a0")[: _LABEL_CHARS + 2]
    cut = min((at for at in (head.find(":"), head.find("：")) if at >= 0), default=-1)
    if cut < 1:
        return "", ""
    kind = LABELS.get(head[:cut].strip(" *\u00a0\u3000").lower().replace("\u00a0", " "), "")
    return kind, text.lstrip(" \t*>\u00a0")[cut + 1 :].strip(" *")[:_LONGEST_LINE]


def _is_header_block(lines: Sequence[Line], index: int) -> bool:
    """Whether From, Sent, To, Subject begin here, in any of the languages and any order."""
    kind, value = _label(lines[index].text)
    if kind not in {"from", "date", "subject"}:
        return False
    found = {kind}
    has_address = "@" in value
    unlabelled = 0
    for line in lines[index + 1 : index + _BLOCK_LINES]:
        if not line.text.strip():
            unlabelled += 1  # HTML puts a blank between paragraphs
            if unlabelled > 2:
                break
            continue
        kind, value = _label(line.text)
        if not kind:
            unlabelled += 1
            has_address = has_address or ("@" in line.text[:_LONGEST_LINE])
            if unlabelled > 2:
                break
            continue
        unlabelled = 0
        found.add(kind)
        has_address = has_address or "@" in value
    telling = found & {"from", "date", "to", "subject", "cc"}
    return "from" in found and len(telling) >= 3 and (has_address or "subject" in found)


# --- "On such a day somebody wrote:" ---------------------------------------------------------


def _attribution_end(lines: Sequence[Line], index: int) -> int:
    """Where an attribution that begins here ends (exclusive); 0 when there is none."""
    pieces: list[str] = []
    for place in range(index, min(index + _ATTRIBUTION_LINES, len(lines))):
        line = lines[place]
        text = line.text.strip(" \t*>\u00a0")
        if not text or len(text) > _LONGEST_LINE or line.mark:
            return 0
        if not pieces and not _may_begin(text):
            return 0
        pieces.append(text)
        if text.endswith((":", "：")) or text.lower().endswith(_VERB_ENDS):
            return place + 1 if _is_attribution(" ".join(pieces)) else 0
    return 0


def _may_begin(text: str) -> bool:
    """Whether an attribution may begin with this line; prose above it must not be drawn in."""
    if "@" in text or text[0].isdigit() or text.startswith(STARTER_SIGNS):
        return True
    first = text.split(maxsplit=1)[0].lower().rstrip(".,:")
    return first in STARTERS or bool(_WEEKDAY.match(first)) or text.endswith((":", "："))


def _glued(lines: Sequence[Line], start: int, end: int) -> str:
    return " ".join(line.text.strip(" \t*>\u00a0") for line in lines[start:end])


def _is_attribution(text: str) -> bool:
    said = text.lower().replace("\u00a0", " ").rstrip(" *")
    colon = said.endswith((":", "："))
    said = said.rstrip(" :：*")
    if said.endswith(_VERB_ENDS):
        return "@" in said or bool(_DIGIT.search(said) or _DAY.search(said))
    if not colon or not _DIGIT.search(said):
        return False
    if any(verb in said for verb in EARLY_VERBS) and _MOMENT.search(said):
        return True
    # No verb at all: "2017-11-24 16:32 GMT+01:00 Name <name@host>:"
    return "@" in said and said.endswith((">", ")", "]")) and bool(_DATED.search(said[:60]))


def _is_strong(text: str) -> bool:
    """Whether it is an attribution even when nothing quoted follows."""
    return "@" in text or bool(_MOMENT.search(text))


# --- signatures ------------------------------------------------------------------------------


def _without_signature(lines: list[str]) -> list[str]:
    """Cut at the first signature rule near the end, and what a telephone put below."""
    kept = list(lines)
    first = max(0, len(kept) - _SIGNATURE_LINES)
    for index in range(first, len(kept)):
        if _begins_signature(kept, index):
            kept = kept[:index]
            break
    while kept and (not kept[-1].strip() or _is_device_line(kept[-1])):
        kept.pop()
    return kept


def _begins_signature(lines: list[str], index: int) -> bool:
    text = lines[index]
    bare = text.strip()
    if bare in _SIGNATURE_RULES and index > 0:
        return bare not in {"----", "-----"} or len(lines) - index <= 8
    return len(bare) >= 10 and not bare.strip("_") and len(lines) - index <= 8 and index > 0


def _is_device_line(text: str) -> bool:
    said = text.strip(" \t-_*<([【").lower()
    return 0 < len(said) <= DEVICE_LINE_CHARS and said.startswith(DEVICE_LINES)
