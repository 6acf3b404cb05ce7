"""Invitations to meetings (RFC 5545, RFC 5546) as words to read; times in the sender's zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LOOKED_AT = 200_000
_MOST_EVENTS = 5
_EVENTS = frozenset(("VEVENT", "VTODO"))
_ESCAPED = re.compile(r"\\([nN,;\\])")
# A name, parameters (in quotes, colons are no end), and the value.
_LINE = re.compile(r"([A-Za-z0-9-]{1,60})((?:[^\":]|\"[^\"]*\")*):(.*)", re.DOTALL)
_PARAMETER = re.compile(r";([^=;\"]{1,60})=(\"[^\"]*\"|[^;\"]*)")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z?))?$")

# What the sender asks (RFC 5546, 1.4), said in both languages: nobody knows whose desk it is.
_METHODS = {
    "REQUEST": "会议邀请 · Invitation",
    "PUBLISH": "日程 · Event",
    "CANCEL": "会议取消 · Cancelled",
    "REPLY": "邀请答复 · Answer to an invitation",
    "COUNTER": "提议其他时间 · Another time proposed",
    "DECLINECOUNTER": "不同意改期 · Another time declined",
    "REFRESH": "索取会议最新内容 · Asks for the invitation again",
    "ADD": "会议增加日期 · Date added",
}
_ANSWERS = {
    "ACCEPTED": "接受 · accepted",
    "DECLINED": "谢绝 · declined",
    "TENTATIVE": "暂定 · tentative",
    "DELEGATED": "转托他人 · delegated",
}


@dataclass(slots=True)
class _Property:
    parameters: dict[str, str]
    value: str

    def words(self) -> str:
        """The text it stands for."""
        unescaped = _ESCAPED.sub(lambda hit: "\n" if hit[1] in "nN" else hit[1], self.value)
        return unescaped.strip()

    def person(self) -> str:
        """A calendar user: the name and the address."""
        scheme, colon, rest = self.value.partition(":")
        address = rest.strip() if colon and scheme.strip().lower() == "mailto" else ""
        name = self.parameters.get("CN", "")
        return f"{name} <{address}>" if name and address and name != address else name or address

    def moment(self) -> str:
        """A date, or a time with its zone."""
        found = _MOMENT.match(self.value.strip())
        if found is None:
            return self.value.strip()
        year, month, day, hour, minute, utc = found.groups()
        if hour is None:
            return f"{year}-{month}-{day}"
        zone = "UTC" if utc else self.parameters.get("TZID", "")
        return f"{year}-{month}-{day} {hour}:{minute}" + f" ({zone})" * bool(zone)


@dataclass(slots=True)
class _Event:
    properties: dict[str, _Property] = field(default_factory=dict)
    attendees: list[_Property] = field(default_factory=list)


def invitation_words(calendar: str, method: str = "") -> str:
    """What a calendar file says, for people; `method` is the one of its Content-Type."""
    events: list[_Event] = []
    open_: list[str] = []
    for name, given in _properties(calendar[:_LOOKED_AT]):
        kind = given.value.strip().upper()
        if name == "BEGIN":
            open_.append(kind)
            if kind in _EVENTS:
                events.append(_Event())
        elif name == "END":
            if open_:
                open_.pop()
        elif name == "METHOD" and len(open_) <= 1:
            method = method or kind
        elif events and open_ and open_[-1] in _EVENTS:
            if name == "ATTENDEE":
                events[-1].attendees.append(given)
            events[-1].properties.setdefault(name, given)
    shown = [_shown(event, method.strip().upper()) for event in events[:_MOST_EVENTS]]
    return "\n\n".join(each for each in shown if each)


def _properties(calendar: str) -> Iterator[tuple[str, _Property]]:
    """Lines, unfolded, as name, parameters and value."""
    lines: list[list[str]] = []
    for line in calendar.replace("\r\n", "\n").split("\n"):
        if line[:1] in {" ", "\t"} and lines:
            lines[-1].append(line[1:])
        else:
            lines.append([line])
    for pieces in lines:
        found = _property("".join(pieces))
        if found is not None:
            yield found


def _property(line: str) -> tuple[str, _Property] | None:
    found = _LINE.match(line)
    if found is None:
        return None
    given = {key.strip().upper(): said.strip('"') for key, said in _PARAMETER.findall(found[2])}
    return found[1].upper(), _Property(given, found[3])


def _shown(event: _Event, method: str) -> str:
    """One event: what is asked, what it is about, when, where, who, and its description."""
    given = event.properties
    if "DTSTART" not in given and "SUMMARY" not in given:
        return ""
    cancelled = "STATUS" in given and given["STATUS"].value.strip().upper() == "CANCELLED"
    heading = _METHODS.get("CANCEL" if cancelled else method, _METHODS["PUBLISH"])
    lines = [f"[{heading}]", _said(given, "SUMMARY"), _when(given), _said(given, "LOCATION")]
    if "ORGANIZER" in given:
        lines.append(given["ORGANIZER"].person())
    if method in {"REPLY", "COUNTER"}:
        lines += [_answer(attendee) for attendee in event.attendees[:_MOST_EVENTS]]
    body = [_said(given, "DESCRIPTION"), _said(given, "COMMENT")]
    return "\n\n".join(part for part in ("\n".join(filter(None, lines)), *body) if part)


def _said(given: dict[str, _Property], name: str) -> str:
    return given[name].words() if name in given else ""


def _when(given: dict[str, _Property]) -> str:
    times = [given[name].moment() for name in ("DTSTART", "DTEND") if name in given]
    rule = f" ({given['RRULE'].value.strip()})" if "RRULE" in given else ""
    return " – ".join(times) + rule


def _answer(attendee: _Property) -> str:
    said = attendee.parameters.get("PARTSTAT", "").upper()
    return f"{attendee.person()}: {_ANSWERS.get(said, said)}" if said else ""
