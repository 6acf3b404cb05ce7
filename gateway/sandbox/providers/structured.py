"""What WhatsApp takes beyond words: answers to be tapped, and templates that Meta approved.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
"""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.domain.message import Choice
from gateway.sandbox.providers.said import Json, Refused

MOST_BUTTONS, BUTTON_CHARACTERS = 3, 20
MOST_ROWS, ROW_CHARACTERS = 10, 24
MAX_ID = 200

# Approved for the shop of the demo, by name and language: the header's kind, and the body.
TEMPLATES = {
    ("parcel_on_its_way", "en_US"): (
        "",
        "Dear {{1}}, order {{2}} is on its way. Answer here any time.",
    ),
    ("parcel_on_its_way", "zh_CN"): (
        "",
        "{{1}}您好，您的订单 {{2}} 已发出。有任何问题请直接回复。",
    ),
    ("invoice", "en_US"): ("document", "Here is the invoice of order {{1}}."),
    ("answer_ready", "zh_CN"): (
        "",
        (
            "您好，您的答复已准备好，回复任意一字即可收到。"
            "Our answer is ready: send us a word, and it comes."
        ),
    ),
}


class UnknownTemplate(Exception):
    """Nobody approved a template of this name in this language."""


class WrongValues(Exception):
    """A template was given more or fewer values than it has places."""


def offered(part: Json, wrong: Callable[[str], Refused]) -> tuple[Choice, ...]:
    """The buttons or rows of an interactive message. Raises what `wrong` makes of its fault."""
    kind, action = part.get("type"), part.get("action")
    if kind not in ("button", "list") or not isinstance(action, dict):
        raise wrong("The parameter interactive['action'] is required.")
    told = list(_rows(action) if kind == "list" else _buttons(action))
    most, longest = (
        (MOST_ROWS, ROW_CHARACTERS) if kind == "list" else (MOST_BUTTONS, BUTTON_CHARACTERS)
    )
    if not 0 < len(told) <= most:
        raise wrong(f"Invalid {kind}s count. Min allowed: 1, Max allowed: {most}")
    if kind == "list" and not 0 < len(str(action.get("button") or "")) <= BUTTON_CHARACTERS:
        raise wrong(f"List button must have 1 to {BUTTON_CHARACTERS} characters")
    for choice in told:
        if not 0 < len(choice.label) <= longest or not 0 < len(choice.id) <= MAX_ID:
            raise wrong(f"The title must have 1 to {longest} characters, the id {MAX_ID}")
    if len({choice.id for choice in told}) < len(told) or len({c.label for c in told}) < len(told):
        raise wrong(f"Duplicated title or id in {kind}s")
    return tuple(told)


def _buttons(action: Json) -> Iterator[Choice]:
    for button in _objects(action.get("buttons")):
        reply = button.get("reply")
        if button.get("type") == "reply" and isinstance(reply, dict):
            yield _choice(reply)


def _rows(action: Json) -> Iterator[Choice]:
    for section in _objects(action.get("sections")):
        yield from map(_choice, _objects(section.get("rows")))


def _choice(told: Json) -> Choice:
    return Choice(id=str(told.get("id") or ""), label=str(told.get("title") or ""))


def filled(part: Json) -> str:
    """A template with its values. Raises UnknownTemplate, WrongValues."""
    language = part.get("language")
    code = str(language.get("code")) if isinstance(language, dict) else ""
    name = str(part.get("name") or "")
    if (name, code) not in TEMPLATES:
        raise UnknownTemplate(f"template name ({name}) does not exist in {code}")
    above, text = TEMPLATES[name, code]
    values = [str(value.get("text")) for value in _values(part, "body")]
    wanted = text.count("{{")
    if len(values) != wanted:
        raise WrongValues(f"body: number of localizable_params ({len(values)}) is not {wanted}")
    header = [str(value.get("type")) for value in _values(part, "header")]
    if header != ([above] if above else []):
        raise WrongValues(f"header: {header} is not what was approved")
    for number, value in enumerate(values, start=1):
        text = text.replace(f"{{{{{number}}}}}", value)
    return text


def header_link(part: Json) -> str:
    """The address of the file above a template's words; "" for none."""
    for value in _values(part, "header"):
        file = value.get(str(value.get("type")))
        if isinstance(file, dict) and file.get("link"):
            return str(file["link"])
    return ""


def _values(part: Json, kind: str) -> Iterator[Json]:
    for component in _objects(part.get("components")):
        if component.get("type") == kind:
            yield from _objects(component.get("parameters"))


def _objects(listed: Any) -> Iterator[Json]:
    yield from (
        (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
    )
