"""Consent words, and cuts that break nothing the eye sees as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._shared.text import clusters, consent, cut, segments, utf16_units

CONSENT = [
    *((word, "opted_out") for word in ("STOP", "StopAll", "unsubscribe", "CANCEL", "end", "Quit")),
    *((word, "opted_out") for word in ("退订", "TD", "td", "T", "t", "取消订阅", "ＴＤ", "退订。")),
    *((word, "opted_out") for word in ("退訂", "取消訂閱", "「退訂」")),
    *((word, "opted_in") for word in ("START", "unstop", "Yes", "恢复", "恢復")),
    *((word, "opted_out") for word in (" stop\n", "STOP!", "“Stop”", "\u3000退订")),
    *(
        (word, None)
        for word in ("HELP", "", " ", "stop it", "stop?", "endless", "不退订", "T恤", "yes please")
    ),
]


@pytest.mark.parametrize(("text", "expected"), CONSENT)
def test_consent(text: str, expected: str | None) -> None:
    """A word of consent counts when it is the whole message, in any case and width."""
    assert consent(text) == expected


WHOLE = [
    "a", "é", "e\u0301", "한", "\u1112\u1161\u11ab", "\r\n", "👍🏽", "👨‍👩‍👧‍👦", "❤️‍🔥", "🇩🇪", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "1️⃣", "👩🏿‍⚕️", "🏳️‍🌈", "👁️‍🗨️", "कि", "中",
]  # fmt: skip


@pytest.mark.parametrize("piece", WHOLE)
def test_one_cluster(piece: str) -> None:
    """What the eye sees as one is one, alone and among its like."""
    assert list(clusters(piece)) == [piece]
    assert list(clusters(f"x{piece}y{piece}")) == ["x", piece, "y", piece]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("🇩🇪🇫", ["🇩🇪", "🇫"]),
        ("\n\r", ["\n", "\r"]),
        ("👍👍", ["👍", "👍"]),
        ("한국", ["한", "국"]),
        ("", []),
    ],
)
def test_neighbours(text: str, pieces: list[str]) -> None:
    """Two that stand side by side stay two."""
    assert list(clusters(text)) == pieces


CUTS = [
    ("abc", 3, len, "abc"),
    ("abcd", 3, len, "abc"),
    ("ab👨‍👩‍👧‍👦", 8, len, "ab"),
    ("👨‍👩‍👧‍👦", 3, len, ""),
    ("a😀", 2, utf16_units, "a"),
    ("🇩🇪🇫🇷", 4, utf16_units, "🇩🇪"),
    ("中" * 71, 1, segments, "中" * 70),
    ("e\u0301e\u0301", 3, len, "e\u0301"),
]


@pytest.mark.parametrize(("text", "limit", "size", "expected"), CUTS)
def test_cut(text: str, limit: int, size, expected: str) -> None:
    """The longest beginning that fits and ends between two clusters."""
    assert cut(text, limit, size) == expected


PARTS = st.sampled_from([*WHOLE, "x", " ", "\u200d", "\ufe0f", "🇩"])


@given(st.lists(PARTS, max_size=20).map("".join), st.integers(0, 40))
def test_a_cut_is_a_beginning_of_whole_clusters(text: str, limit: int) -> None:
    """Nothing is added, nothing is split, and one cluster more would not fit."""
    short = cut(text, limit)
    pieces = list(clusters(text))
    assert "".join(pieces) == text
    kept = list(clusters(short))
    assert pieces[: len(kept)] == kept
    assert len(short) <= limit
    assert len(kept) == len(pieces) or len(short) + len(pieces[len(kept)]) > limit
