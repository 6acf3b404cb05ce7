"""How strict the courtesy check is, as a desk writes it: read, refused with its line, obeyed."""

import pytest

import config
from config.rulebook import Rulebook
from gateway.pipeline.courteous import strictness_of
from gateway.pipeline.inforce import InForce
from gateway.pipeline.soundness import courtesy_problems
from templates.courtesy import Context, check

NO_LEVEL = "is none of the choices, but '{}' is written; write 'off', 'hint', 'warn' or 'block'"

FAULTS = [
    ("nothing", "courtesy: {}\n", []),
    ("all four levels", "courtesy:\n  levels: {slang: off, blame: hint, abuse: warn, urgency: block}\n", []),
    ("by channel", "courtesy:\n  channels: {sms: {slang: block}}\n", []),
    ("words of its own", "courtesy:\n  words: {zh: 全网最低, en: [cheap, no brainer]}\n", []),
    ("a rule misspelt", "courtesy:\n  levels:\n    slagn: off\n", ["a:3: courtesy.levels.slagn: there is no rule 'slagn'; did you mean slang?"]),
    ("a rule misspelt on a channel", "courtesy:\n  channels:\n    sms:\n      brushoff: off\n", ["a:4: courtesy.channels.sms.brushoff: there is no rule 'brushoff'; did you mean brush_off?"]),
    ("no level", "courtesy:\n  levels:\n    slang: warm\n", [f"a:3: courtesy.levels.slang: {NO_LEVEL.format('warm')}"]),
    ("no level on a channel", "courtesy:\n  channels:\n    sms:\n      slang: 5\n", [f"a:4: courtesy.channels.sms.slang: {NO_LEVEL.format('5')}"]),
    ("a language without a check", "courtesy:\n  words: {fr: [zut]}\n", ["a:2: courtesy.words.fr: is an unknown key; known here: en, zh"]),
    ("an empty word", 'courtesy:\n  words: {en: [""]}\n', ["a:2: courtesy.words.en[0]: "]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [r[1:] for r in FAULTS], ids=[r[0] for r in FAULTS])
def test_what_is_no_rule_and_no_level_is_told_with_its_line(text, expected) -> None:
    """A slip would leave a rule at the level that the desk wanted to change."""
    _, faults = config.load_rulebook({"a": text.encode()}, [courtesy_problems])
    assert [str(fault)[: len(e)] for fault, e in zip(faults, expected, strict=True)] == expected


PHONE = "请拨13800138000"
LEVELS = [
    ("as the check says", {}, "sms", "personal_phone", "warn"),
    ("off", {"levels": {"personal_phone": "off"}}, "sms", "personal_phone", None),
    ("raised", {"levels": {"personal_phone": "block"}}, "sms", "personal_phone", "block"),
    ("raised on a channel", {"channels": {"sms": {"personal_phone": "block"}}}, "sms", "personal_phone", "block"),
    ("on another channel", {"channels": {"sms": {"personal_phone": "off"}}}, "email", "personal_phone", "warn"),
    ("a channel's word goes first", {"levels": {"personal_phone": "off"}, "channels": {"sms": {"personal_phone": "hint"}}}, "sms", "personal_phone", "hint"),
    ("off on a channel alone", {"levels": {"personal_phone": "block"}, "channels": {"sms": {"personal_phone": "off"}}}, "sms", "personal_phone", None),
    ("a word of the desk's", {"words": {"zh": ["请拨"]}}, "sms", "own_word", "warn"),
    ("in another language", {"words": {"en": ["请拨"]}}, "sms", "own_word", None),
    ("at a level of its own", {"words": {"zh": ["请拨"]}, "levels": {"own_word": "block"}}, "sms", "own_word", "block"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "channel", "rule", "level"), [r[1:] for r in LEVELS], ids=[r[0] for r in LEVELS]
)
def test_a_finding_matters_as_the_desk_says(written, channel, rule, level) -> None:
    """By channel, else everywhere, else as the check itself has it."""
    strictness = InForce(1, Rulebook.model_validate({"courtesy": written})).strictness
    found = check(PHONE, "zh-CN", Context(channel=channel), strictness)
    assert {each.rule: each.level.value for each in found}.get(rule) == level


@pytest.mark.parametrize(
    ("label", "word", "text", "said"),
    [
        ("capitals", "cheap", "It is CHEAP now", "CHEAP"),
        ("full width", "cheap", "ｃｈｅａｐ", "ｃｈｅａｐ"),
        ("spaced out", "cheap", "so c h e a p", "c h e a p"),
        ("as a part of another word", "cheap", "it got cheaper", None),
        ("signs are no pattern", "a.*b", "a.*b", "a.*b"),
        ("signs match themselves alone", "a.*b", "axxb", None),
        ("nothing visible", "\u200b", "Hello", None),
    ],
)
def test_a_word_of_the_desk_is_found_however_it_is_written(label, word, text, said) -> None:
    """The place is that in the text as given."""
    written = Rulebook.model_validate({"courtesy": {"words": {"en": [word]}}}).courtesy
    found = [f for f in check(text, "en", None, strictness_of(written)) if f.rule == "own_word"]
    assert [text[f.start : f.end] for f in found] == ([said] if said else []), label
