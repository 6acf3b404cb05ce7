"""Which texts give a score, and which are words like any others."""

import pytest

from gateway.domain.survey import SAID_SCORE, score_in

TEXTS: list[tuple[str, str, tuple[int, str] | None]] = [
    ("a digit", "5", (5, "")),
    ("with blanks", " 4 \n", (4, "")),
    ("in full width", "５", (5, "")),
    ("in a circle", "③", (3, "")),
    ("with what is counted", "5分", (5, "")),
    ("in stars", "4 stars", (4, "")),
    ("one star", "1 star.", (1, "")),
    ("Chinese stars", "5颗星", (5, "")),
    ("of five", "3/5", (3, "")),
    ("with a full stop", "5.", (5, "")),
    ("with an exclamation", "5！", (5, "")),
    ("words behind a comma", "5, thank you", (5, "thank you")),
    ("words behind a Chinese comma", "2，还是没解决", (2, "还是没解决")),
    ("words on the next line", "4\nvery kind", (4, "very kind")),
    ("words behind a dash", "1 - nobody called me", (1, "nobody called me")),
    ("a list of wishes", "1. I want a refund", None),
    ("a Chinese list of wishes", "1、换货", None),
    ("an answer to our list", "2: the blue one", None),
    ("a number of things", "5 items are missing", None),
    ("things counted in Chinese", "5个包裹都没收到", None),
    ("below the least", "0", None),
    ("above the most", "6", None),
    ("ten", "10", None),
    ("two digits", "55", None),
    ("a fraction", "4.5", None),
    ("a sum of money", "5,000 yuan", None),
    ("a time", "3:30", None),
    ("a date", "5-12", None),
    ("of ten", "5/10", None),
    ("two numbers", "2, 3 pieces", None),
    ("a list", "5\n6", None),
    ("a telephone number", "13800138000", None),
    ("no number", "thank you", None),
    ("a word", "five", None),
    ("a score behind words", "I give 5", None),
    ("nothing", "", None),
    ("too long to be one", "5, " + "x" * SAID_SCORE, None),
]


@pytest.mark.parametrize(("label", "text", "score"), TEXTS, ids=[t[0] for t in TEXTS])
def test_what_is_a_score(label: str, text: str, score: tuple[int, str] | None) -> None:
    """A number that stands alone, or words set apart from it; whatever else starts with one is
    about something else."""
    assert score_in(text) == score, label
