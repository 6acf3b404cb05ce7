"""Whose words are read in whose place."""

import pytest

from gateway.domain.scripts import SIMPLIFIED
from templates.locales import chain, exists, manner, nearest, preferred

OURS = ("en", "zh-CN", "zh-TW")
CHAINS = [
    ("zh-HK", ("zh-hk", "zh-tw", "zh-cn", "zh", "en")),
    ("zh-MO", ("zh-mo", "zh-hk", "zh-tw", "zh-cn", "zh", "en")),
    ("zh-TW", ("zh-tw", "zh-cn", "zh", "en")),
    ("zh-SG", ("zh-sg", "zh", "zh-cn", "en")),
    ("zh-Hant-MY", ("zh-hant-my", "zh-hant", "zh-tw", "zh-cn", "zh", "en")),
    ("yue", ("yue", "zh-hk", "zh-tw", "zh-cn", "zh", "en")),
    ("pt_BR", ("pt-br", "pt", "en")),
    ("de", ("de", "en")),
    ("", ("en",)),
]


@pytest.mark.parametrize(("locale", "expected"), CHAINS)
def test_chain(locale, expected) -> None:
    """Nearest first; English is last."""
    assert chain(locale) == expected


NEAREST = [
    ("itself", "zh-TW", OURS, "zh-TW"),
    ("Hong Kong reads traditional", "zh-HK", OURS, "zh-TW"),
    ("and simplified before English", "zh-HK", ("en", "zh-CN"), "zh-CN"),
    ("Singapore reads simplified", "zh-SG", OURS, "zh-CN"),
    ("a script says enough", "zh-Hant", OURS, "zh-TW"),
    ("Chinese alone", "zh", OURS, "zh-CN"),
    ("Cantonese", "yue-HK", OURS, "zh-TW"),
    ("any of the language before English", "pt", ("en", "pt-BR"), "pt-BR"),
    ("traditional before English", "zh-CN", ("en", "zh-TW"), "zh-TW"),
    ("another language", "de-AT", OURS, "en"),
    ("no locale at all", "", OURS, "en"),
    ("what there is, if nothing fits", "de", ("zh-CN",), "zh-CN"),
    ("written otherwise", "ZH_tw", OURS, "zh-TW"),
]


@pytest.mark.parametrize(
    ("locale", "there", "expected"), [row[1:] for row in NEAREST], ids=[row[0] for row in NEAREST]
)
def test_nearest(locale, there, expected) -> None:
    """A reader is shown the nearest words that there are."""
    assert nearest(locale, there) == expected


PREFERRED = [
    ("nobody knows", "", "zh-TW", "zh-TW"),
    ("the desk's own of the same language", "en", "en-GB", "en-GB"),
    ("simplified at a desk in Taipei", "zh", "zh-TW", "zh"),
    ("traditional at a desk in Hangzhou", "zh-TW", "zh-CN", "zh-TW"),
    ("simplified at a desk in Hangzhou", "zh", "zh-CN", "zh-CN"),
    ("Hong Kong's reader at a desk in Taipei", "zh-HK", "zh-TW", "zh-TW"),
    ("another language", "de", "en", "de"),
]


@pytest.mark.parametrize(
    ("theirs", "desks", "expected"), [row[1:] for row in PREFERRED], ids=[r[0] for r in PREFERRED]
)
def test_preferred(theirs: str, desks: str, expected: str) -> None:
    """The desk's own words go before others of the same language and manner."""
    assert preferred(theirs, desks) == expected


@pytest.mark.parametrize(
    ("locale", "is_one"),
    [("zh-CN", True), ("zh_TW", True), ("zh-Hant-HK", True), ("es-419", True), ("de", True),
     ("yue", True), ("de-1996x", True), ("xx", False), ("", False), ("../en", False), ("e", False),
     ("english", False), ("en-", False), ("zh-CN\n", False), ("en" + "-abcde" * 9, False)],
)  # fmt: skip
def test_exists(locale, is_one) -> None:
    """A locale is a tag of a language that there is."""
    assert exists(locale) == is_one


@pytest.mark.parametrize(
    ("locale", "whose"),
    [("zh", "zh-CN"), ("zh-HK", "zh-TW"), ("zh-Hant", "zh-TW"), ("zh-Hans-HK", "zh-CN"),
     ("yue", "zh-TW"), ("en-GB", "en"), ("de", ""), ("", "")],
)  # fmt: skip
def test_manner(locale, whose) -> None:
    """Hours and days are said as the script of the words asks for."""
    assert manner(locale) == whose


def test_each_traditional_character_is_read_as_one_simplified() -> None:
    """One for one, and what it is read as is read as itself."""
    assert len(SIMPLIFIED) > 700
    for traditional, simplified in SIMPLIFIED.items():
        assert traditional != simplified, chr(traditional)
        assert simplified not in SIMPLIFIED, chr(simplified)
    assert (
        "請問這個訂單什麼時候發貨，謝謝".translate(SIMPLIFIED) == "请问这个订单什么时候发货，谢谢"
    )
