"""Simple first questions, answered by themselves: surely, once, to people, and never to the angry."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.domain.job import JobKind
from gateway.domain.message import MessageBody
from gateway.domain.question import FirstQuestion, Outcome
from gateway.pipeline.knowledge import Knowledge
from gateway.store.queries.rows import all_of, table_of
from gateway.verbs.question import NoteQuestion
from tests.unit.pipeline.desk import Desk, opened
from tests.unit.pipeline.test_automatic import NEVER, SAID, answer, book
from tests.unit.pipeline.toy import Toy, said

REFUND = "请问退款多久到账？"
ON = {"knowledge": {"enabled": True, "categories": ["order", "after_sales", "other", "product"]}}


async def noted(desk: Desk) -> list[FirstQuestion]:
    """What was noted of questions."""
    query = table_of(FirstQuestion).select()
    return await desk.store.read(lambda connection: all_of(connection, FirstQuestion, query))


async def authors(desk: Desk) -> list[str]:
    return [author for _, author in await desk.rows(SAID)]


@pytest.mark.parametrize(
    ("asked", "article", "told"),
    [
        (REFUND, "refund_timing", "智能助手"),
        ("請問退款多久到賬？", "refund_timing", "智慧助理"),
        ("How long does a refund take?", "refund_timing", "automatic assistant"),
    ],
)
async def test_an_answer_names_its_machine_and_offers_a_person(
    tmp_path: Path, asked: str, article: str, told: str
) -> None:
    """In the place of the acknowledgement; the row and the message say from which article."""
    async with opened(tmp_path, book=book(**ON)) as desk:
        await desk.ask_in(asked)
        assert (await answer(desk)).outcome == "written"
        ((text, author),) = await desk.rows(SAID)
        assert author == "auto:knowledge_answer"
        assert told in text
        assert "人工" in text or "真人" in text or "reply with: person" in text
        body = await desk.one("SELECT body FROM message WHERE direction='out'")
        answered = msgspec.json.decode(body, type=MessageBody).answered
        assert answered is not None
        assert answered.article == article
        (row,) = await noted(desk)
        assert (row.outcome, row.article) == (Outcome.ANSWERED, article)
        assert row.certain_percent == answered.certain_percent >= 60
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        assert await desk.one("SELECT automatic FROM message WHERE direction='out'") == 1


@pytest.mark.parametrize(
    "asked",
    [
        "你好，请问退款多久到账？",
        "你好，退款多久到账，谢谢",
        "Hello, how long does a refund take, and thank you",
        "在吗？请问退款多久到账？",
    ],
)
async def test_one_question_is_not_taken_for_two(tmp_path: Path, asked: str) -> None:
    """However politely it is put."""
    async with opened(tmp_path, book=book(**ON)) as desk:
        await desk.ask_in(asked)
        await answer(desk)
        assert (await noted(desk))[0].outcome is Outcome.ANSWERED


LEFT = [
    ("angry", "退款多久到账？你们太差劲了，气死我了！", Outcome.MOOD),
    ("complains", "我要投诉，退款多久到账", Outcome.MOOD),
    ("in a hurry", "退款多久到账，马上要，急急急！", Outcome.MOOD),
    ("asks for a person", "转人工，退款多久到账", Outcome.PERSON),
    ("asks for a person in English", "How long does a refund take? I want to talk to a person", Outcome.PERSON),
    ("of their own order", "退款多久到账 202611230001", None),
    ("asks after their refund", "Where is my refund", Outcome.OWN),
    ("has waited", "退款怎么还没到账", Outcome.OWN),
    ("is refused", "不退款多久到账", Outcome.OWN),
    ("asks two things", "How long does a refund take? And how do I pay?", Outcome.UNSURE),
    ("asks two in one sentence", "退货运费谁出，还有发票怎么开？", Outcome.UNSURE),
    ("asks two without a word between", "退货运费谁出，发票怎么开？", Outcome.UNSURE),
    ("asks two in traditional Chinese", "退貨運費誰出，還有，發票怎麼開？", Outcome.UNSURE),
    ("joins two", "How long does a refund take and how do I pay?", Outcome.UNSURE),
    ("adds one", "How long does a refund take? Also, can I exchange it", Outcome.UNSURE),
    ("means to sue", "怎么开发票，我要告你们", Outcome.MOOD),
    ("no article", "这件外套是纯棉的吗", Outcome.UNSURE),
    ("not for machines", "怎么投诉", None),
]  # fmt: skip


@pytest.mark.parametrize(("_who", "asked", "outcome"), LEFT, ids=[row[0] for row in LEFT])
async def test_whom_people_answer(
    tmp_path: Path, _who: str, asked: str, outcome: Outcome | None
) -> None:
    """They are acknowledged as ever, and it is noted why."""
    async with opened(tmp_path, book=book(**ON)) as desk:
        await desk.ask_in(asked)
        await answer(desk)
        assert await authors(desk) == ["auto:acknowledged"]
        (row,) = await noted(desk)
        assert row.outcome is not Outcome.ANSWERED
        assert outcome is None or row.outcome is outcome


SETTINGS: list[tuple[str, dict[str, Any], int]] = [
    ("nothing is said of it", {}, 0),
    ("it is switched off", {"knowledge": {"enabled": False, "categories": ["after_sales"]}}, 0),
    ("no category is allowed", {"knowledge": {"enabled": True}}, 1),
    ("another category is", {"knowledge": {"enabled": True, "categories": ["order"]}}, 1),
    ("another channel is", {"knowledge": ON["knowledge"] | {"channels": ["email"]}}, 0),
]


@pytest.mark.parametrize(("_when", "parts", "notes"), SETTINGS, ids=[row[0] for row in SETTINGS])
async def test_where_the_rulebook_does_not_want_it(
    tmp_path: Path, _when: str, parts: dict[str, Any], notes: int
) -> None:
    """The conversation is acknowledged; a question is noted only where it might be answered."""
    async with opened(tmp_path, book=book(**parts)) as desk:
        await desk.ask_in(REFUND)
        await answer(desk)
        assert await authors(desk) == ["auto:acknowledged"]
        rows = await noted(desk)
        assert [row.outcome for row in rows] == [Outcome.TOPIC] * notes


async def test_what_a_rule_takes_for_a_complaint(tmp_path: Path) -> None:
    """Is one, however calmly it is said."""
    rules = [{"when": {"text_has": ["退款"]}, "category": "complaint"}]
    async with opened(tmp_path, book=book(rules=rules, **ON)) as desk:
        await desk.ask_in(REFUND)
        await answer(desk)
        assert [row.outcome for row in await noted(desk)] == [Outcome.MOOD]


async def test_an_article_that_is_for_people_alone(tmp_path: Path) -> None:
    """Is told to nobody by itself, whatever its category."""
    place = tmp_path / "articles" / "zh-CN"
    place.mkdir(parents=True)
    front = "---\ntitle: 内购价\ncategory: order\nquestions: [员工内购价是多少]\n---\n"
    (place / "staff.md").write_text(f"{front}八折。")
    async with opened(tmp_path, book=book(**ON)) as desk:
        desk.answering._knowledge = Knowledge(place.parent, desk.clock)
        await desk.ask_in("员工内购价是多少")
        await answer(desk)
        (row,) = await noted(desk)
        assert (row.outcome, row.certain_percent) == (Outcome.TOPIC, 100)


async def test_what_was_noted_stays(tmp_path: Path) -> None:
    """The first look counts."""
    async with opened(tmp_path, book=book({})) as desk:
        conversation = await desk.ask_in(REFUND)
        assert await desk.claim(JobKind.AUTO_REPLY) is None  # nothing is wanted of it
        for outcome in (Outcome.UNSURE, Outcome.ANSWERED):
            note = NoteQuestion(desk="desk", conversation=conversation, outcome=outcome)
            await desk.store.submit(note)
        assert [row.outcome for row in await noted(desk)] == [Outcome.UNSURE]


async def test_without_an_acknowledgement(tmp_path: Path) -> None:
    """An answer needs none; what is not answered is left in silence, as the rulebook says."""
    async with opened(tmp_path, book=book({}, **ON)) as desk:
        await desk.ask_in(REFUND)
        assert (await answer(desk)).outcome == "written"
        assert await authors(desk) == ["auto:knowledge_answer"]
    async with opened(tmp_path / "other", book=book({}, **ON)) as desk:
        await desk.ask_in("这件外套是纯棉的吗")
        settle = await answer(desk)
        assert (settle.outcome, settle.detail) == ("skipped", "the rulebook does not want it")


async def test_after_hours_the_answer_says_when_people_are_back(tmp_path: Path) -> None:
    """One automatic word for a message: it holds both."""
    parts = NEVER | {"queues": {"main": {"hours": "shut"}}} | ON
    told = {"acknowledged": {}, "out_of_hours": {}}
    async with opened(tmp_path, book=book(told, **parts)) as desk:
        await desk.ask_in(REFUND)
        await answer(desk)
        assert await authors(desk) == ["auto:knowledge_answer"]


async def test_closed_hours_that_a_stage_tells(tmp_path: Path) -> None:
    """Without an acknowledgement they are told by a stage of their own: one word is enough."""
    parts = NEVER | {"queues": {"main": {"hours": "shut"}}} | ON
    async with opened(tmp_path, book=book({"out_of_hours": {}}, **parts)) as desk:
        await desk.ask_in(REFUND)
        assert (await answer(desk)).outcome == "skipped"
        assert await noted(desk) == []


async def test_once_and_only_the_first(tmp_path: Path) -> None:
    """A crash in the middle, or a second question: nothing is said twice, people answer the rest."""
    async with opened(tmp_path, book=book(**ON), toy=Toy(sends=False)) as desk:
        await desk.ask_in(REFUND)
        claimed = await desk.claim(JobKind.AUTO_REPLY)
        first = await desk.automatic.answer(claimed)
        again = await desk.automatic.answer(claimed)  # the process died before it was settled
        assert (first.outcome, again.outcome) == ("written", "written")
        await desk.store.submit(again)
        await desk.ask_in("怎么开发票", "2")
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        assert await authors(desk) == ["auto:knowledge_answer"]
        assert len(await noted(desk)) == 1


async def test_a_person_who_is_quicker_answers(tmp_path: Path) -> None:
    """Nothing is said beside them."""
    async with opened(tmp_path, book=book({"acknowledged": {"after": "9s"}}, **ON)) as desk:
        conversation = await desk.ask_in(REFUND)
        await desk.reply(conversation)
        desk.clock.now += 9_000
        assert (await answer(desk)).outcome == "skipped"
        assert await noted(desk) == []


async def test_a_greeting_is_no_question(tmp_path: Path) -> None:
    """It is acknowledged, and does not stand among what nothing answered."""
    async with opened(tmp_path, book=book(**ON)) as desk:
        await desk.ask_in("您好，在吗？")
        await answer(desk)
        assert (await authors(desk), await noted(desk)) == (["auto:acknowledged"], [])


async def test_an_answer_keeps_nobody_from_being_served(tmp_path: Path) -> None:
    """The conversation waits for people as it would without: routed, its response time runs."""
    async with opened(tmp_path, book=book(**ON)) as desk:
        conversation = await desk.ask_in(REFUND)
        await answer(desk)
        await desk.decide()
        assert await desk.one("SELECT count(*) FROM work WHERE ended_at IS NULL") == 1
        open_turns = "SELECT count(*) FROM turn WHERE open_of IS NOT NULL AND closed_at IS NULL"
        assert await desk.one(open_turns) == 1
        assert conversation


async def test_machines_are_told_nothing(tmp_path: Path) -> None:
    """Not even what they ask: with no acknowledgement, and with one."""
    for n, automatic in enumerate(({}, None)):
        async with opened(tmp_path / str(n), book=book(automatic, **ON)) as desk:
            await desk.hear(said(REFUND, "1", automatic=True))
            assert await desk.claim(JobKind.AUTO_REPLY) is None
            assert (await authors(desk), await noted(desk)) == ([], [])


async def test_who_was_answered_meanwhile_is_not_answered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person writes while the articles are looked at: the assistant has nothing to say then."""
    async with opened(tmp_path, book=book(**ON)) as desk:
        conversation = await desk.ask_in(REFUND)
        looked = Knowledge.shelf

        async def shelf(knowledge: Knowledge) -> Any:
            await desk.reply(conversation)
            return await looked(knowledge)

        monkeypatch.setattr(Knowledge, "shelf", shelf)
        await answer(desk)
        assert await authors(desk) == ["agent:emma"]
