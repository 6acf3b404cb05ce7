"""TwiML as far as the stand-in for calls knows it: read, checked, and in order. Pure.

https://www.twilio.com/docs/voice/twiml: each verb's page lists its attributes and what it may hold
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, indent, tostring

from defusedxml.ElementTree import fromstring

_SPOKEN = frozenset({"Say", "Play"})
_ASKS = {"action", "method", "timeout", "finishOnKey"}

HOLDS: Mapping[str, frozenset[str]] = {
    "Response": frozenset({"Say", "Play", "Gather", "Record", "Dial", "Redirect", "Hangup"}),
    "Gather": _SPOKEN,
    "Dial": frozenset({"Conference"}),
}
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "Response": frozenset(),
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Gather": frozenset({*_ASKS, "input", "numDigits", "language", "hints", "speechTimeout"}),
    "Record": frozenset(
        {*_ASKS, "maxLength", "playBeep", "trim", "transcribe", "transcribeCallback"}
    ),
    "Dial": frozenset({"action", "method"}),
    "Conference": frozenset(
        {"beep", "muted", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl"}
    ),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
}
WORDED = frozenset({"Say", "Play", "Redirect", "Conference"})  # nothing without words


class BadTwiml(ValueError):
    """A document that Twilio would stumble over; the message says where."""


def steps(document: str) -> list[Element]:
    """What a document asks for, in its order. Raises BadTwiml."""
    try:
        root = fromstring(document)
    except ParseError as error:
        raise BadTwiml(f"12100: {error}") from error
    if root.tag != "Response":
        raise BadTwiml(f"12200: the document is a <{root.tag}>, not a <Response>")
    _check(root)
    return list(root)


def shown(step: Element) -> str:
    """A verb as people read it, each part of it on a line of its own."""
    indent(step)
    return tostring(step, encoding="unicode").strip()


def _check(element: Element) -> None:
    for name in set(element.keys()) - ATTRIBUTES[element.tag]:
        raise BadTwiml(f"12200: <{element.tag}> knows no attribute {name}")
    if element.tag in WORDED and not (element.text or "").strip():
        raise BadTwiml(f"12200: <{element.tag}> is empty")
    for child in element:
        if child.tag not in HOLDS.get(element.tag, ()):
            raise BadTwiml(f"12200: <{element.tag}> may not hold <{child.tag}>")
        _check(child)
