"""When a customer is told that people answer from here on: they ask for one, are angry, or write on
where an article has answered. Pure.
"""

import re
from collections.abc import Sequence

from gateway.domain.silence import Silence, Stage, said_of
from gateway.pipeline.inforce import ANSWER
from routing.moods import anger_of
from routing.wishes import wish_of
from templates.knowledge import is_question

ANGRY = 2  # of 3; who is merely displeased is acknowledged as anybody
DISPLEASED = 1  # and told that we are sorry, where they ask for a person
GIVEN = "yes"  # what stands for a value that is there or not
AUTHORS = {f"auto:{name}": name for name in (Stage.HANDOFF, Stage.OUT_OF_HOURS, ANSWER)}
"""What is said by itself, by who is told to have written it."""

# Who says so wants nothing more, whatever else stands there that asks nothing.
_CONTENT = re.compile(
    r"解决了|解決了|明白|清楚了|知道了|懂了|了解了|好的|好滴|好嘞|可以了|没事了|沒事了|没问题|沒問題|不用了|辛苦了"
    r"|[谢謝]|原来如此|原來如此|有用|有[帮幫]助|我[先再去]?[试試看]|那我[先再]?等"
    r"|^\W*(?:嗯+|好+|行|对|對|哦+|噢|喔|可以|是的|(?:已经?|已經)?收到了?|了解|3q|ty|y|ye[sp]|yeah|sure"
    r"|fine|cool|nice|alright)\W*$"
    r"|\b(?:solved|got it|understood|perfect|great|all (?:good|clear|set)|helps|helped|helpful"
    r"|useful|never mind|no problem|bye|ok(?:ay)?|thanks?|thank you|thx|cheers|answers it|will do"
    r"|(?:i'll|i will|let me) (?:try|wait))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？吗嗎呢]|怎么|怎麼|什么|什麼|哪|谁|誰|多久|但|可是|不过|不過|还是|還是|还没|還沒|一直|[没沒未]收到"
    r"|不是|不对|不對|不行|不好|不[明懂清知]|[没沒]有?[用帮幫]|答非所|[帮幫]我|麻[烦煩](?![您你了])|\d{5,}"
    r"|\b(?:but|not|still|how|why|when|where|what|who|which|wrong|please|can|could|no (?:help|use)"
    r"|useless)\b|n't",
    re.IGNORECASE,
)


def asks_for_people(words: Sequence[str]) -> bool:
    """Whether somebody asks for a person, or is angry, in what no person has answered."""
    return any(wish_of(text) or anger_of(text) >= ANGRY for text in words)


def is_theirs(row: Silence) -> bool:
    """Whether it is for who has the conversation, or hands it over, to speak: nothing tells of
    people then, but where an article has answered."""
    said = said_of(row)
    handed_over = row.then == Stage.TRANSFERRED or said.get(Stage.TRANSFERRED, 0) > 0
    return handed_over or (row.agent != "" and ANSWER not in said)


def tells(row: Silence | None) -> bool:
    """Whether the stage tells who asks for people that they come, or has told it. None: nothing
    has been made of their words yet."""
    if row is None or row.then == Stage.HANDOFF or said_of(row).get(Stage.HANDOFF, 0):
        return True
    return not is_theirs(row)


def told_of(stage: Stage, words: Sequence[str], *, answered: bool) -> dict[str, str]:
    """What its words depend on, by what no person has answered: whether we are sorry, and whether
    there is anything before the newest of it that need not be said again."""
    if stage is not Stage.HANDOFF:
        return {}
    sorry = any(anger_of(text) >= DISPLEASED for text in words)
    before = answered or len(words) > 1
    return {"sorry": GIVEN if sorry else "", "before": GIVEN if before else ""}


def asks_on(text: str) -> bool:
    """Whether words behind an article's answer want another one."""
    content = _CONTENT.search(text) is not None and _ASKS.search(text) is None
    return is_question(text) and not content
