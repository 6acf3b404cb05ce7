"""When a customer is told that people answer from here on: they ask for one, are angry, or write on
where an article has answered. Pure.
"""

import re
from collections.abc import Sequence

from gateway.domain.silence import Stage
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
    r"解决了|解決了|明白了|清楚了|知道了|懂了|了解了?|收到|好的|好滴|可以了|没事了|沒事了|没问题|沒問題|不用了|辛苦了"
    r"|\b(?:solved|got it|understood|perfect|great|all (?:good|clear|set)|that helps|helped"
    r"|never mind|no problem|bye)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？吗嗎呢]|怎么|怎麼|什么|什麼|但|可是|不过|不過|还是|還是|还没|還沒|\b(?:but|not|still|how|why|when)\b|n't",
    re.IGNORECASE,
)


def asks_for_people(words: Sequence[str]) -> bool:
    """Whether somebody asks for a person, or is angry, in what no person has answered."""
    return any(wish_of(text) or anger_of(text) >= ANGRY for text in words)


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
