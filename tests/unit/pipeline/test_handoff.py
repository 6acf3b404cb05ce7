"""Who asks the assistant for a person hears at once that one comes: once, truly, and no machine."""

from pathlib import Path
from typing import Any

import pytest

from gateway.domain.clock import DAY_MS, MINUTE_MS, SECOND_MS
from gateway.domain.conversation import Verb
from tests.unit.pipeline.desk import BOOK, Desk, opened
from tests.unit.pipeline.test_stages import (
    NIGHT,
    QUIET_MS,
    WORDS,
    answered,
    chat,
    moved,
    say,
    stages,
    taken,
    wait,
)
from tests.unit.pipeline.test_stages import book as staged
from tests.unit.pipeline.toy import said

REFUND = "请问退款多久到账？"
ON = {"knowledge": {"enabled": True, "categories": ["order", "after_sales", "other", "product"]}}
TOLD: dict[str, Any] = {"acknowledged": {}, "out_of_hours": {}, "transferred": {}, "handoff": {}}
CLOSED = NIGHT | {"queues": {"main": {"hours": "night"}, "other": {"hours": "night"}}}
OPENING = "2:00"
IN_A_MOMENT = ("稍候", "稍等", "马上", "馬上", "one moment", "right away", "shortly")


def book(automatic: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """A rulebook with an assistant that answers from the demo desk's articles."""
    return staged(TOLD if automatic is None else automatic, **ON | parts)


async def writes(desk: Desk, words: str, key: str, **fields: Any) -> str:
    """A customer writes, and what is due is said."""
    conversation = await desk.ask_in(words, key, **fields)
    await desk.decide()
    await say(desk)
    return conversation


@pytest.mark.parametrize(
    ("asked", "person", "told"),
    [
        (REFUND, "人工", "接下来由人工客服为您解答"),
        ("請問退款多久到賬？", "真人客服", "接下來由真人客服為您服務"),
        ("How long does a refund take?", "person", "a colleague takes over"),
    ],
)
async def test_who_answers_as_the_assistant_invites_hears_at_once(
    tmp_path: Path, asked: str, person: str, told: str
) -> None:
    """In their language, without waiting for silence; once, though they ask again."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await writes(desk, asked, "1")
        assert await stages(desk) == ["knowledge_answer"]
        await desk.wait(SECOND_MS)
        await writes(desk, person, "2")
        assert await stages(desk) == ["knowledge_answer", "handoff"]
        assert told in await desk.one(WORDS)
        await writes(desk, person, "3")
        assert await wait(desk, DAY_MS) == ["knowledge_answer", "handoff"]


async def test_it_answers_nobody(tmp_path: Path) -> None:
    """The customer waits for a person as before, and is due when they were."""
    async with opened(tmp_path, book=book(sla=BOOK["sla"]), toy=chat()) as desk:
        await writes(desk, REFUND, "1")
        await writes(desk, "人工", "2")
        assert await desk.one("SELECT closed_at, agent FROM turn") == (None, None)
        assert await desk.one("SELECT state FROM work") == "waiting"


WHEN: list[tuple[str, list[str], int, bool]] = [
    ("somebody is there, and there is time", ["lin"], 0, True),
    ("nobody is there", [], 0, False),
    ("only who serves another queue is", ["zoe"], 0, False),
    ("it is due in less than a minute", ["lin"], 1, False),
]


@pytest.mark.parametrize(
    ("there", "later", "told"), [w[1:] for w in WHEN], ids=[w[0] for w in WHEN]
)
async def test_a_time_is_told_that_may_be_kept(
    tmp_path: Path, there: list[str], later: int, told: bool
) -> None:
    """By when they are to be answered; else that it will be as soon as can be."""
    agents = BOOK["agents"] | {"zoe": {"queues": ["other"]}}
    parts = {"sla": BOOK["sla"], "agents": agents}
    async with opened(tmp_path, book=book(**parts), toy=chat()) as desk:
        for login in there:
            await desk.asks(login, "presence", presence="available")
        await writes(desk, REFUND, "1")
        await desk.wait(later)
        await writes(desk, "人工", "2")
        words = await desk.one(WORDS)
        # It is 22:13:20, due in a minute: by 22:14 it would be due sooner than the desk says.
        assert ("22:15（UTC+8）前回复您" in words) is told
        assert ("尽快回复您" in words) is not told


SORRY = ("非常抱歉", "very sorry")
PATIENCE = ("感谢您的耐心", "感謝您的耐心", "Thank you for your patience")
BEFORE = (
    "接下来",
    "接下來",
    "之前的内容",
    "重复",
    "重複",
    "takes over",
    "everything you have written",
    "again",
)
MOODS: list[tuple[str, list[str], bool, bool]] = [
    ("begins angrily", ["你们太差了，灯坏了没人管！"], True, False),
    ("begins angrily in English", ["This is ridiculous, my lamp is broken!"], True, False),
    ("begins with a wish", ["转人工"], False, False),
    ("begins with a wish in English", ["I want to talk to a human"], False, False),
    ("begins angrily in traditional characters", ["你們太差了，燈壞了都沒人管！"], True, False),
    ("is displeased, and asks", ["有点失望，转人工"], True, False),
    ("wishes it behind an answer", [REFUND, "人工"], False, True),
    ("is angry behind an answer", [REFUND, "什么态度，骗子"], True, True),
    ("wishes it behind a question", ["你们老板几岁", "转人工"], False, True),
]


@pytest.mark.parametrize(
    ("words", "sorry", "before"), [m[1:] for m in MOODS], ids=[m[0] for m in MOODS]
)
async def test_it_is_said_as_it_fits(
    tmp_path: Path, words: list[str], sorry: bool, before: bool
) -> None:
    """Who is angry hears that we are sorry, not thanks for their patience; only of who has written
    before does anybody take over."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        for n, text in enumerate(words):
            await writes(desk, text, str(n))
        assert (await stages(desk))[-1] == "handoff"
        said = await desk.one(WORDS)
        assert any(each in said for each in SORRY) is sorry
        assert any(each in said for each in PATIENCE) is not sorry
        assert any(each in said for each in BEFORE) is before
        assert "in person" not in said


async def test_a_first_question_that_no_article_answers_has_nothing_before_it(
    tmp_path: Path,
) -> None:
    """Nothing acknowledges here: people answer, and nobody has spoken yet."""
    async with opened(tmp_path, book=book({"handoff": {}}), toy=chat()) as desk:
        await writes(desk, "我有点失望，你们老板几岁", "1")
        said = await desk.one(WORDS)
        assert SORRY[0] in said
        assert not any(each in said for each in BEFORE)


FIRST: list[tuple[str, str, list[str]]] = [
    ("asks for a person", "转人工", ["handoff"]),
    ("asks in the plainest words", "an agent please", ["handoff"]),
    ("asks in traditional characters", "轉真人客服", ["handoff"]),
    ("refuses one", "I don't want to talk to a person", ["acknowledged"]),
    ("asks for who leads", "我要找你们经理", ["handoff"]),
    ("is angry", "你们太差了，垃圾", ["handoff"]),
    ("is angry in traditional characters", "你們是騙子！燈壞了", ["handoff"]),
    ("is angry in English", "This is unacceptable, you are useless", ["handoff"]),
    ("is displeased", "有点失望", ["acknowledged"]),
    ("asks what no article answers", "你们老板几岁", ["acknowledged"]),
    ("greets", "您好", ["acknowledged"]),
]


@pytest.mark.parametrize(("words", "told"), [f[1:] for f in FIRST], ids=[f[0] for f in FIRST])
async def test_who_begins_so_hears_it_in_the_place_of_the_acknowledgement(
    tmp_path: Path, words: str, told: list[str]
) -> None:
    """One automatic word for a message."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await writes(desk, words, "1")
        assert await wait(desk, MINUTE_MS) == told


BEHIND: list[tuple[str, str, bool]] = [
    ("for a person", "人工", True),
    ("angrily", "什么态度，骗子", True),
    ("with a doubt", "还是没收到退款", True),
    ("with another question", "那换货呢", True),
    ("with a number", "订单 20261123001", True),
    ("in doubt that is polite", "谢谢，但是我还没收到钱", True),
    ("with 没用", "没用", True),
    ("with 没有用，谢谢", "没有用，谢谢", True),
    ("with 答非所问", "答非所问", True),
    ("with 不对", "不对", True),
    ("with This does not help", "This does not help", True),
    ("with not helpful", "not helpful", True),
    ("with Great, that's exactly wrong", "Great, that's exactly wrong", True),
    ("with perfect, now where is my parcel", "perfect, now where is my parcel", True),
    ("with 好的，帮我退了", "好的，帮我退了", True),
    ("with ok, please refund order 8", "ok, please refund order 8", True),
    ("with OK，谢谢", "OK，谢谢", False),
    ("with ok thanks", "ok thanks", False),
    ("with thanks a lot", "thanks a lot", False),
    ("with thx", "thx", False),
    ("with 嗯", "嗯", False),
    ("with 好", "好", False),
    ("with 行", "行", False),
    ("with 明白", "明白", False),
    ("with 原来如此", "原来如此", False),
    ("with 多谢", "多谢", False),
    ("with 我试试", "我试试", False),
    ("with I'll try that", "I'll try that", False),
    ("with That answers it", "That answers it", False),
    ("with 有用", "有用", False),
    ("with 很有帮助", "很有帮助", False),
    ("with 那我再等等吧", "那我再等等吧", False),
    ("with what they want to know", "我想了解一下运费", True),
    ("as who does not see it", "不明白", True),
    ("as who waits", "I wait since ten days", True),
    ("with thanks", "谢谢", False),
    ("with thanks and a word", "好的，谢谢，明白了", False),
    ("with thanks in English", "Great, thanks, that helps", False),
    ("with a laugh", "👍", False),
]


@pytest.mark.parametrize(("words", "told"), [b[1:] for b in BEHIND], ids=[b[0] for b in BEHIND])
async def test_who_writes_on_behind_an_answer(tmp_path: Path, words: str, told: bool) -> None:
    """Is left to people, for the assistant answers once; who is content hears nothing of that."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await writes(desk, REFUND, "1")
        await writes(desk, words, "2")
        assert await stages(desk) == ["knowledge_answer", *["handoff"] * told]


async def test_where_nothing_else_is_said_a_doubt_is(tmp_path: Path) -> None:
    """No article answers and nothing is acknowledged: people answer, and that is told; once."""
    async with opened(tmp_path, book=book({"handoff": {}}), toy=chat()) as desk:
        await writes(desk, "你们老板几岁", "1")
        assert await stages(desk) == ["handoff"]
        await writes(desk, "人工", "2")
        assert await wait(desk, MINUTE_MS) == ["handoff"]


async def test_a_greeting_is_no_doubt(tmp_path: Path) -> None:
    async with opened(tmp_path, book=book({"handoff": {}}), toy=chat()) as desk:
        await writes(desk, "您好，在吗？", "1")
        assert await wait(desk, MINUTE_MS) == []


async def test_who_is_on_a_break_or_full_keeps_no_time(tmp_path: Path) -> None:
    """They are signed in, and are asked for nothing."""
    parts = {"sla": BOOK["sla"], "agents": {"lin": {"queues": ["main"], "capacity": 33}}}
    for name, presence, told in (("busy", "busy", False), ("free", "available", True)):
        async with opened(tmp_path / name, book=book(**parts), toy=chat()) as desk:
            await desk.asks("lin", "presence", presence=presence)
            await writes(desk, "转人工", "1")
            assert ("前回复您" in await desk.one(WORDS)) is told
    async with opened(tmp_path / "full", book=book(**parts), toy=chat()) as desk:
        await desk.asks("lin", "presence", presence="available")
        other = await writes(desk, "您好", "1", sender="another")
        await taken(desk, other, "lin")
        await writes(desk, "转人工", "2")
        assert "前回复您" not in await desk.one(WORDS)


# --- closed hours ---


@pytest.mark.parametrize(
    ("asked", "person"), [(REFUND, "人工"), ("How long does a refund take?", "person")]
)
async def test_while_closed_it_says_when_people_are_back(
    tmp_path: Path, asked: str, person: str
) -> None:
    """And nothing of a moment; that the desk is closed is not said besides."""
    async with opened(tmp_path, book=book(**CLOSED), toy=chat()) as desk:
        await writes(desk, asked, "1")
        await writes(desk, person, "2")
        words = await desk.one(WORDS)
        assert OPENING in words
        assert "UTC+8" in words
        assert not [each for each in IN_A_MOMENT if each in words]
        await writes(desk, person, "3")
        assert await stages(desk) == ["knowledge_answer", "handoff"]


async def test_who_begins_so_while_closed(tmp_path: Path) -> None:
    """One word tells both, whether a first answer or a stage would tell of the hours."""
    for name, wanted in (("answer", TOLD), ("stage", {"out_of_hours": {}, "handoff": {}})):
        async with opened(tmp_path / name, book=book(wanted, **CLOSED), toy=chat()) as desk:
            await writes(desk, "转人工", "1")
            assert OPENING in await desk.one(WORDS)
            await writes(desk, "转人工", "2")
            assert await wait(desk, MINUTE_MS) == ["handoff"]


async def test_who_asks_for_a_person_behind_closed_words_is_answered_too(tmp_path: Path) -> None:
    """Once: a person comes, and when. The first answer told the hours, or the stage."""
    for name, wanted in (("answer", TOLD), ("stage", {"out_of_hours": {}, "handoff": {}})):
        async with opened(tmp_path / name, book=book(wanted, **CLOSED), toy=chat()) as desk:
            await writes(desk, "您好", "1")
            await writes(desk, "转人工", "2")
            assert await stages(desk) == ["out_of_hours", "handoff"]
            words = await desk.one(WORDS)
            assert OPENING in words
            assert "休息时间" in words
            await writes(desk, "人工", "3")
            await writes(desk, "你们太差了，垃圾", "4")
            assert await wait(desk, MINUTE_MS) == ["out_of_hours", "handoff"]


async def test_who_knows_the_hours_and_asks_for_nobody_is_not_told_them_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, book=book(**CLOSED), toy=chat()) as desk:
        await writes(desk, "您好", "1")
        await writes(desk, "还是没收到退款", "2")
        assert await wait(desk, MINUTE_MS) == ["out_of_hours"]


async def test_who_asks_after_closing_hears_of_the_hours_once(tmp_path: Path) -> None:
    """They began while somebody was there: what is said to their wish tells of it."""
    hours = {"day": {"weekly": {"mon-sun": "09:00-22:14"}}}  # it is 22:13 in Shanghai
    parts = {"hours": hours, "queues": {"main": {"hours": "day"}}}
    async with opened(tmp_path, book=book(**parts), toy=chat()) as desk:
        await writes(desk, REFUND, "1")
        await desk.wait(10 * MINUTE_MS)
        await writes(desk, "人工", "2")
        assert "9:00" in await desk.one(WORDS)
        await writes(desk, "在吗", "3")
        assert await stages(desk) == ["knowledge_answer", "handoff"]


async def test_a_desk_that_never_opens_names_no_time(tmp_path: Path) -> None:
    parts = {"hours": {"shut": {"weekly": {}}}, "queues": {"main": {"hours": "shut"}}}
    async with opened(tmp_path, book=book(**parts), toy=chat()) as desk:
        await writes(desk, "转人工", "1")
        assert "客服会尽快回复您" in await desk.one(WORDS)


# --- what it is not said beside ---


async def test_it_goes_before_still_waiting(tmp_path: Path) -> None:
    """Who was just told that somebody comes has waited since then."""
    wanted = TOLD | {"still_waiting": {"after": "1m"}}
    async with opened(tmp_path, book=book(wanted), toy=chat()) as desk:
        await writes(desk, REFUND, "1")
        await desk.wait(50 * SECOND_MS)
        await writes(desk, "人工", "2")
        assert await wait(desk, MINUTE_MS - 1) == ["knowledge_answer", "handoff"]
        assert await wait(desk, 1) == ["knowledge_answer", "handoff", "still_waiting"]


async def test_who_waits_for_a_person_hears_of_no_hand_over(tmp_path: Path) -> None:
    """Before one of them has spoken, who it is is their affair."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await writes(desk, "人工", "1")
        await taken(desk, conversation)
        await desk.asks("emma", "transfer", on=conversation, target="queue:other")
        assert await wait(desk, QUIET_MS) == ["handoff"]


async def test_who_hears_of_a_hand_over_hears_nothing_else(tmp_path: Path) -> None:
    """A person is at it: asked for again while that is said, one comes all the same."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await writes(desk, "您好", "1")
        await taken(desk, conversation)
        await desk.asks("emma", "transfer", on=conversation, target="queue:other")
        await writes(desk, "人工", "2")
        assert await wait(desk, QUIET_MS) == ["acknowledged", "transferred"]
        await writes(desk, "人工", "3")
        assert await wait(desk, QUIET_MS) == ["acknowledged", "transferred"]


async def test_whom_a_person_has_is_told_by_them(tmp_path: Path) -> None:
    """However angry they are, no machine speaks into it."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await writes(desk, "您好", "1")
        await taken(desk, conversation)
        await answered(desk, conversation)
        await writes(desk, "骗子，我要真人", "2")
        assert await wait(desk, MINUTE_MS) == ["acknowledged"]


async def test_whom_the_assistant_answered_is_told_though_somebody_has_them(
    tmp_path: Path,
) -> None:
    """A queue gave it to an agent at once: they have not spoken, and the assistant has."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await writes(desk, REFUND, "1")
        await taken(desk, conversation)
        await writes(desk, "人工", "2")
        assert await stages(desk) == ["knowledge_answer", "handoff"]


@pytest.mark.parametrize("first", ["您好", REFUND])
async def test_who_is_had_before_the_first_answer_is_said_hears_that(
    tmp_path: Path, first: str
) -> None:
    """Who has them was quicker than what acknowledges: no stage tells of people, so that does."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await desk.ask_in(first, "1")
        await desk.decide()
        await taken(desk, conversation)
        await desk.ask_in("转人工", "2")
        await desk.decide()
        await say(desk)
        assert await wait(desk, MINUTE_MS) == ["acknowledged"]


async def test_what_was_answered_is_asked_no_more(tmp_path: Path) -> None:
    """A person has answered who asked for one; the next question is a question."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await writes(desk, "转人工", "1")
        await answered(desk, conversation)
        await moved(desk, conversation, Verb.RESOLVE)
        await writes(desk, "还有一个问题", "2")
        assert await stages(desk) == ["handoff"]
        await writes(desk, "人工", "3")
        assert await stages(desk) == ["handoff"] * 2, "in the next turn it is asked anew"


async def test_it_is_said_though_the_customer_writes_on(tmp_path: Path) -> None:
    """Impatience is no answer; a person's word is one."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await writes(desk, REFUND, "1")
        await desk.ask_in("人工", "2")
        await desk.decide()
        await desk.ask_in("在吗", "3")
        assert await say(desk) == ["written"]
        assert await stages(desk) == ["knowledge_answer", "handoff"]


async def test_who_is_answered_by_a_person_first_hears_it_not(tmp_path: Path) -> None:
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await writes(desk, REFUND, "1")
        await desk.ask_in("人工", "2")
        await desk.decide()
        await desk.reply(conversation)
        await say(desk)
        assert await stages(desk) == ["knowledge_answer"]


async def test_machines_are_told_nothing(tmp_path: Path) -> None:
    """Not even those that ask for a person."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await writes(desk, REFUND, "1")
        await desk.hear(said("转人工", "2", automatic=True))
        await desk.decide()
        assert await wait(desk, MINUTE_MS) == ["knowledge_answer"]


async def test_only_where_it_is_wanted(tmp_path: Path) -> None:
    """On other channels and in other queues all is as without it."""
    for name, rule in (
        ("channels", {"channels": ["sms"]}),
        ("queues", {"queues": ["other"]}),
        ("off", {"enabled": False}),
    ):
        wanted = book(TOLD | {"handoff": rule})
        async with opened(tmp_path / name, book=wanted, toy=chat()) as desk:
            await writes(desk, "转人工", "1")
            await writes(desk, "转人工", "2")
            assert await wait(desk, MINUTE_MS) == ["acknowledged"]


async def test_an_owner_that_begins_knows_what_was_said(tmp_path: Path) -> None:
    """And what the assistant answered."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await writes(desk, REFUND, "1")
        desk.dispatch = desk.new_dispatch()
        await writes(desk, "还是没收到退款", "2")
        assert await stages(desk) == ["knowledge_answer", "handoff"]
        desk.dispatch = desk.new_dispatch()
        await writes(desk, "人工", "3")
        assert await stages(desk) == ["knowledge_answer", "handoff"]
