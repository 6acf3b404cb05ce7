"""How Chinese sounds, as it is kept beside words to find them by."""

import asyncio
import sys
from typing import Any

import pytest

from gateway.pipeline import apart, pinyin
from gateway.pipeline.pinyin import AT_ONCE, MOST, Pinyin, spelt

SOUNDS = [
    ("a name", "退货流程", "tui huo liu cheng"),
    ("a character by its word", "银行重新音乐", "yin hang chong xin yin yue"),
    ("letters and figures stay", "VIP客户 7天", "vip ke hu 7 tian"),
    ("marks are nobody's sound", "您好，请稍候。", "nin hao qing shao hou"),
    ("what is filled in is not said", "{% if order %}{{ order }}{% endif %}收到", "shou dao"),
    ("nothing Chinese", "Thank you", ""),
    ("nothing", "", ""),
]


@pytest.mark.parametrize(("text", "expected"), [s[1:] for s in SOUNDS], ids=[s[0] for s in SOUNDS])
def test_sounds(text: str, expected: str) -> None:
    """Each character sounds as its word does."""
    assert spelt(text) == expected


def test_a_long_text_is_known_by_its_beginning() -> None:
    """Nobody looks for its end by sound, and the row stays small."""
    assert spelt("好" * (MOST + 100)).count("hao") == MOST


async def test_in_a_process_of_its_own() -> None:
    """The dictionary is not here afterwards; what has no Chinese starts nothing."""
    assert await Pinyin().sounds(("退货", "Hello")) == ("tui huo", "")
    assert await Pinyin().sounds(("Hello", "")) == ("", "")


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (pinyin, "TIMEOUT_S", 0.0),
        (sys, "executable", "/nowhere"),
        (sys, "executable", "/bin/false"),
    ],
    ids=["too late", "never started", "dies"],
)
async def test_without_an_answer_words_are_kept_all_the_same(
    monkeypatch, where: Any, name: str, value: Any
) -> None:
    """They are found by their letters then."""
    monkeypatch.setattr(where, name, value)
    assert await Pinyin().sounds(("退货", "Hello")) == ("", "")


async def test_a_few_at_once(monkeypatch) -> None:
    """However many save their words at the same instant, the others wait their turn."""
    begun: list[int] = []
    going: set[int] = set()

    async def answer_of(*_words: Any, asked: bytes) -> bytes:
        begun.append(len(begun))
        going.add(number := begun[-1])
        assert len(going) <= AT_ONCE
        await asyncio.sleep(0)
        going.remove(number)
        return b'["hao"]'

    monkeypatch.setattr(apart, "answer_of", answer_of)
    one = Pinyin()
    assert await asyncio.gather(*(one.sounds(("好",)) for _ in range(9))) == [("hao",)] * 9
    assert len(begun) == 9
