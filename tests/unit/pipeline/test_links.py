"""Addresses of files for providers: ours only, and only for a while."""

import pytest
from pydantic import SecretStr

from gateway.pipeline.links import Links

SHA = "ab" * 32
KEY = SecretStr("k" * 32)
LINKS = Links(KEY, 1_000)
BASE = "https://desk.example/"


def parts(url: str) -> list[str]:
    return url.removeprefix("https://desk.example/media/").split("/")


def test_round() -> None:
    """An address leads to its file until its time is over; every try of a send gives the same."""
    url = LINKS.url(BASE, SHA, "a photo.JPG", 5_000)
    assert url == LINKS.url(BASE, SHA, "a photo.JPG", 5_000)
    assert url.endswith(f"/{SHA}.jpg")
    assert LINKS.opens(*parts(url), now=5_999) == SHA
    assert LINKS.opens(*parts(url), now=6_000) is None


UNTIL, MAC, NAME = parts(LINKS.url(BASE, SHA, "", 5_000))
FOREIGN = [
    ("another file", UNTIL, MAC, "cd" * 32),
    ("a longer time", "9999999999", MAC, NAME),
    ("no time", "x", MAC, NAME),
    ("digits of elsewhere", "\u0666\u0660\u0660\u0660", MAC, NAME),
    ("a number without end", "9" * 5_000, MAC, NAME),
    ("no proof", UNTIL, "", NAME),
    ("strange letters", UNTIL, "\u4f60" * 64, NAME),
]


@pytest.mark.parametrize(
    ("until", "mac", "name"), [f[1:] for f in FOREIGN], ids=[f[0] for f in FOREIGN]
)
def test_foreign(until: str, mac: str, name: str) -> None:
    """An address that we did not make opens nothing."""
    assert LINKS.opens(until, mac, name, 0) is None
    assert Links(SecretStr("other"), 1_000).opens(UNTIL, MAC, NAME, 0) is None
    assert Links(SecretStr(""), 1_000).opens(UNTIL, MAC, NAME, 0) is None


@pytest.mark.parametrize(
    "name", ["noend", "a.tar/../../x", "a.\u4f60", "a.x y", "a.veryverylong", "a."]
)
def test_names(name: str) -> None:
    """Of a customer's or agent's name only a plain ending stands in an address."""
    assert LINKS.url(BASE, SHA, name, 0).endswith(f"/{SHA}")
