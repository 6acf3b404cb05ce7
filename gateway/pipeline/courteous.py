"""What the courtesy check makes of an agent's words: the desk's levels, and the moment."""

import re
from collections.abc import Iterable

import msgspec

from config.courtesy import Courtesy, Strictness
from gateway.domain.conversation import Conversation
from gateway.domain.ids import address_of
from gateway.domain.message import Direction
from gateway.domain.outcome import Refusal
from gateway.store.queries.courtesy import Moment
from templates import courtesy
from templates.courtesy import MAX_TEXT, Context, Finding, Level, own_words
from templates.persons import is_a_persons

OFF = "off"
COMPLAINT = "complaint"
ANGRY = 2  # of a judgement's anger
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile("[A-Za-z]")
_LETTERS_OF_A_CHARACTER = 4  # so many Latin letters say about as much


def strictness_of(written: Courtesy) -> courtesy.Strictness:
    """The rulebook's part as the check takes it."""
    words = {"zh": written.words.zh, "en": written.words.en}
    return courtesy.Strictness(
        levels=_levels(written.levels),
        channels={channel: _levels(levels) for channel, levels in written.channels.items()},
        words={language: own_words(language, said) for language, said in words.items() if said},
    )


def _levels(written: Strictness) -> dict[str, Level | None]:
    return {rule: None if level == OFF else Level(level) for rule, level in written.items()}


def context_of(moment: Moment, channel: str, attachments: int) -> Context:
    """What the check may ask of the conversation: what lacks matters until somebody answers."""
    bundle = moment.bundle
    conversation, contact, judged = bundle.conversation, bundle.contact, bundle.judgement
    newest = bundle.preview
    awaited = newest is not None and newest.direction is Direction.IN
    upset = judged is not None and (judged.category == COMPLAINT or judged.anger >= ANGRY)
    return Context(
        first_contact=not moment.answered,
        complaint=awaited and upset,
        late=bundle.turn is not None and bundle.turn.breached_at is not None,
        customer_name=_name_of(conversation, contact.name if contact is not None else ""),
        customer_language=conversation.language or (contact.language if contact else ""),
        attachments=attachments,
        channel=channel,
        audience="customer",
    )


def _name_of(conversation: Conversation, name: str) -> str:
    """What people call themselves on-line is no name by which another one would be wrong."""
    addresses = {address_of(conversation.identity), conversation.identity}
    return name if name not in addresses and is_a_persons(name) else ""


def findings(text: str, context: Context, strictness: courtesy.Strictness) -> list[Finding]:
    """What to mend in a text, in its own language; of an endless one, in its beginning."""
    return courtesy.check(text[:MAX_TEXT], _language_of(text), context, strictness)


def _language_of(text: str) -> str:
    """That in which most of it is written: a customer's name may be in other letters."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    return "zh" if han * _LETTERS_OF_A_CHARACTER >= max(latin, 1) else "en"


def held_back(found: Iterable[Finding]) -> Refusal | None:
    """Why these words must not go so; None when they may."""
    blocking = [finding for finding in found if finding.level is Level.BLOCK]
    if not blocking:
        return None
    rules = dict.fromkeys(finding.rule for finding in blocking)
    cures = dict.fromkeys(finding.message for finding in blocking)
    return Refusal(
        code="courtesy",
        detail=f"The wording does not pass the courtesy check: {', '.join(rules)}.",
        what_to_do="; ".join(cures),
        status=422,
        extra={"rules": list(rules), "findings": msgspec.to_builtins(blocking)},
    )
