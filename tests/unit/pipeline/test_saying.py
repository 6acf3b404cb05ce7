"""What decisions say that happened is what their descriptions promise."""

import re

import pytest

from gateway.domain import events as e
from gateway.pipeline import saying


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (e.WorkChanged, saying.WORK),
        (e.OfferChanged, saying.OFFER),
        (e.AssignmentChanged, saying.ASSIGNMENT),
        (e.WrapupChanged, saying.WRAPUP),
    ],
)
def test_each_word_is_described(told: type[e.Body], words: dict[type, str]) -> None:
    """Who follows the log finds every word of `what` in the event's description, and no other."""
    listed = re.search(r"what: ((?:\w+ \|\s+)*\w+)", told.__doc__ or "")
    assert listed is not None
    assert re.split(r"\s*\|\s*", listed[1]) == list(words.values())
