"""What the desk is called, by who reads it."""

import pytest

from config import Rulebook
from gateway.pipeline.naming import name_of, told_by

BOTH = {"zh-CN": "晨光小店", "en": "Dawnlight"}
NAMES = [
    ("of one name", "zh-CN", {}, "en", "晨光 D"),
    ("in their language", "zh-CN", BOTH, "en", "Dawnlight"),
    ("in the desk's own", "zh-CN", BOTH, "zh-CN", "晨光小店"),
    ("in a language's other manner", "zh-CN", BOTH, "en-GB", "Dawnlight"),
    ("in other characters", "zh-CN", BOTH, "zh-TW", "晨光小店"),
    ("in those first, where there are", "zh-CN", BOTH | {"zh-TW": "晨光選物"}, "zh-HK", "晨光選物"),
    ("in no language that is worded", "zh-CN", BOTH, "fr", "Dawnlight"),
    ("in one that nobody knows yet", "zh-CN", BOTH, "", "晨光小店"),
    ("the desk's own alone is not named", "zh-CN", {"en": "Dawnlight"}, "zh-TW", "晨光 D"),
    ("theirs alone is not named", "zh-CN", {"fr": "Aube"}, "en", "晨光 D"),
    ("of an English desk", "en", {"zh": "晨光小店"}, "zh-CN", "晨光小店"),
    ("and who reads neither", "en", {"zh": "晨光小店"}, "fr", "晨光 D"),
    ("however it is written", "zh-CN", {"en-gb": "Dawnlight"}, "EN_US", "Dawnlight"),
]


@pytest.mark.parametrize(
    ("locale", "names", "reader", "expected"), [n[1:] for n in NAMES], ids=[n[0] for n in NAMES]
)
def test_a_name(locale: str, names: dict[str, str], reader: str, expected: str) -> None:
    """Customers read it in the language in which they are written to."""
    said = {"name": "晨光 D", "locale": locale, "names": names}
    assert name_of(Rulebook.model_validate({"desk": said}).desk, reader) == expected


def test_what_the_desk_says_itself() -> None:
    """A value of the rulebook goes before the name, as it always did."""
    desk = {"name": "晨光 D", "names": BOTH}
    plain = Rulebook.model_validate({"desk": desk})
    assert told_by(plain, "en") == {"desk_name": "Dawnlight"}
    own = Rulebook.model_validate({"desk": desk, "templates": {"values": {"desk_name": "We"}}})
    assert told_by(own, "en") == {"desk_name": "We"}
