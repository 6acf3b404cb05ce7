"""How templates sound, for who looks for them by pinyin."""

import asyncio
import sys
from types import SimpleNamespace

from gateway.http.api.sounding import sounded
from gateway.pipeline.wordbook import Wordbook
from templates import Catalog


async def test_what_a_composer_finds_by_sound(desk) -> None:
    """The purpose in the customer's language, and keywords in any; once reckoned they are kept."""
    emma = await desk.person("emma")
    both = [emma("GET", f"/api/v1/templates?limit=200&locale={each}") for each in ("zh-CN", "en")]
    in_chinese, in_english = [answer.json["items"] for answer in await asyncio.gather(*both)]
    (refund,) = [each for each in in_chinese if each["name"] == "refund_paid"]
    assert len(refund["sounds"]) == 1 + len(refund["keywords"])
    assert "tui kuan" in refund["sounds"][0]
    (handoff,) = [each for each in in_english if each["name"] == "handoff"]
    assert handoff["sounds"][0] == ""
    sounds = dict(zip(handoff["keywords"], handoff["sounds"][1:], strict=True))
    assert (sounds["人工"], sounds["human"]) == ("ren gong", "")


async def test_what_could_not_be_reckoned_is_tried_again(desk, monkeypatch) -> None:
    """By who asks next; meanwhile words are found by their letters alone."""
    emma, real = await desk.person("emma"), sys.executable
    sounds = []
    for python in ("/nowhere", real, "/nowhere"):
        monkeypatch.setattr(sys, "executable", python)
        answer = await emma("GET", "/api/v1/templates?limit=200&locale=zh-CN")
        (refund,) = [each for each in answer.json["items"] if each["name"] == "refund_paid"]
        sounds.append(refund["sounds"])
    failed, reckoned, kept = sounds
    assert set(failed) == {""}
    assert "tui kuan" in reckoned[0]
    assert kept == reckoned


class Mute:
    """Hears what is asked, and has no answer to it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def reckoned(self, texts: tuple[str, ...]) -> None:
        self.asked.append(texts)
        await asyncio.sleep(0)


async def test_who_waits_for_what_fails_fails_along() -> None:
    """They would hang one behind the other, each as long as the first has."""
    mute = Mute()
    house = SimpleNamespace(wordbook=Wordbook(None, Catalog(())))
    call = SimpleNamespace(house=house, rooms=SimpleNamespace(pinyin=mute))
    heard = await asyncio.gather(*(sounded(call, ("好", each)) for each in ("早", "安")))
    assert heard == [{"好": "", "早": ""}, {"好": "", "安": ""}]
    assert mute.asked == [("好", "早")]
    await sounded(call, ("好",))
    assert mute.asked[1:] == [("好",)]
