"""The TwiML that we speak, as Twilio's pages of its verbs and nouns have it.

https://www.twilio.com/docs/voice/twiml: under each verb its attributes, and what may stand in it.
"""

import xml.etree.ElementTree as ET

# https://www.twilio.com/docs/voice/twiml/say, /play, /gather, /redirect, /record, /dial,
# /conference, /hangup
ATTRIBUTES: dict[str, set[str]] = {
    "Response": set(),
    "Say": {"voice", "language", "loop"},
    "Play": {"loop", "digits"},
    "Gather": {
        *("action", "method", "input", "language", "hints", "timeout", "numDigits"),
        *("finishOnKey", "speechTimeout", "speechModel", "actionOnEmptyResult"),
    },
    "Redirect": {"method"},
    "Record": {
        *("action", "method", "timeout", "maxLength", "finishOnKey", "playBeep", "trim"),
        *("transcribe", "transcribeCallback", "recordingStatusCallback"),
    },
    "Dial": {"action", "method", "timeout", "callerId", "hangupOnStar", "timeLimit", "record"},
    "Conference": {
        *("beep", "muted", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl"),
        *("waitMethod", "maxParticipants", "statusCallback", "statusCallbackEvent"),
    },
    "Hangup": set(),
}
CHILDREN: dict[str, set[str]] = {
    "Response": {"Say", "Play", "Gather", "Redirect", "Record", "Dial", "Hangup"},
    "Gather": {"Say", "Play"},
    "Dial": {"Conference"},
}


def faults(document: bytes) -> list[str]:
    """What is not in the grammar; nothing, when Twilio would take all of it."""
    root = ET.fromstring(document)
    return _within(root) if root.tag == "Response" else [root.tag]


def _within(element: ET.Element) -> list[str]:
    unknown = sorted(element.attrib.keys() - ATTRIBUTES[element.tag])
    found = [f"{name} of {element.tag}" for name in unknown]
    for child in element:
        if child.tag in CHILDREN.get(element.tag, set()):
            found += _within(child)
        else:
            found.append(f"{child.tag} in {element.tag}")
    return found
