"""A model's answers to first questions: only where ops want them, checked, once, as a machine's."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from config.drafts import Drafts
from gateway.domain.access import Role
from gateway.domain.conversation import Verb
from gateway.domain.desk import Budget
from gateway.domain.job import JobKind
from gateway.domain.message import MessageBody
from gateway.domain.question import FirstQuestion, Outcome
from gateway.domain.scheduled import Scheduled, ScheduledState
from gateway.pipeline.assistant import AT_ONCE, REST_MS, doubted
from gateway.pipeline.model import Model as Endpoint
from gateway.store.queries.rows import all_of, table_of
from gateway.verbs.access import AddUser
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus
from templates.knowledge import Article
from tests.http.model import Model, completion
from tests.unit.pipeline.desk import Desk, Hands, opened
from tests.unit.pipeline.test_answering import authors, noted
from tests.unit.pipeline.test_automatic import answer, book
from tests.unit.pipeline.toy import Toy, said

ASKED = "请问运费险怎么买？"
WORDS = "运费按订单金额计算，满额包邮。"
NAMED = {"enabled": True, "queues": ["main"], "categories": ["order", "product", "other"]}
RULES = [{"when": {"text_has": ["运费", "shipping"]}, "category": "order"}]
KNOWN = {"enabled": True, "categories": ["order"]}
ON: dict[str, Any] = {"rules": RULES, "knowledge": KNOWN | {"model": NAMED}}


class Both(NamedTuple):
    """A desk and the model that it may ask."""

    desk: Desk
    model: Model


@asynccontextmanager
async def both(
    folder: Path, parts: dict[str, Any] | None = None, daily: int = 500, **toys: Toy
) -> AsyncIterator[Both]:
    """A desk whose model answers, and that acknowledges else."""
    async with Model() as model:
        model.answer = WORDS
        settings = Drafts.model_validate(
            {"url": model.url, "model": "small", "timeout": "1s", "daily": daily}
        )
        hands = Hands()
        endpoint = Endpoint(settings, [ip_network("127.0.0.0/8")], hands)
        wanted = book(**(ON if parts is None else parts))
        async with opened(folder, clock=hands, book=wanted, model=endpoint, **toys) as desk:
            yield Both(desk, model)


async def kept(desk: Desk) -> list[Scheduled]:
    """What waits for an agent."""
    query = table_of(Scheduled).select()
    return await desk.store.read(lambda connection: all_of(connection, Scheduled, query))


async def spent(desk: Desk) -> int:
    """Requests of the day."""
    query = table_of(Budget).select()
    found = await desk.store.read(lambda connection: all_of(connection, Budget, query))
    return sum(each.used for each in found if each.name == "drafts")


async def test_an_answer_is_a_machines(tmp_path: Path) -> None:
    """It names itself, says from what it was written, costs one request, and answers no turn."""
    async with both(tmp_path) as (desk, model):
        await desk.ask_in(ASKED)
        assert (await answer(desk)).outcome == "written"
        assert await authors(desk) == ["auto:knowledge_answer"]
        text = await desk.one("SELECT text FROM message WHERE direction='out'")
        assert WORDS in text
        assert "智能助手" in text
        assert "人工" in text
        body = await desk.one("SELECT body FROM message WHERE direction='out'")
        answered = msgspec.json.decode(body, type=MessageBody).answered
        assert answered is not None
        assert answered.model == "small"
        (row,) = await noted(desk)
        assert (row.outcome, await spent(desk), await kept(desk)) == (Outcome.WRITTEN, 1, [])
        assert await desk.one("SELECT automatic FROM message WHERE direction='out'") == 1
        await desk.decide()
        waits = "SELECT count(*) FROM turn WHERE open_of IS NOT NULL AND closed_at IS NULL"
        assert await desk.one(waits) == 1
        assert "PERSON" in model.came[0]["messages"][0]["content"]


async def acknowledged(desk: Desk, outcome: Outcome = Outcome.UNSURE) -> None:
    """What a desk without a model would have said."""
    assert await authors(desk) == ["auto:acknowledged"]
    assert [row.outcome for row in await noted(desk)] == [outcome]


USELESS: list[tuple[str, Any]] = [
    ("does not know", "PERSON"),
    ("does not know, between Han", "请联系PERSON。"),
    ("does not know, and explains", "I am not sure about this.\nPERSON"),
    ("is broken", (500, b"oops", {})),
    ("takes no more", (429, b"{}", {"Retry-After": "600"})),
    ("leads elsewhere", (307, b"", {"Location": "/elsewhere"})),
    ("answers a page", (200, b"<html>Welcome</html>", {})),
    ("answers nothing", (200, completion(""), {})),
    ("answers a megabyte", (200, completion("x" * 2**20), {})),
    ("turns the text about", (200, completion("运费 \u202e olleh"), {})),
    ("hangs", asyncio.Event),
]


@pytest.mark.parametrize(("_what", "does"), USELESS, ids=[row[0] for row in USELESS])
async def test_a_model_of_no_use(tmp_path: Path, _what: str, does: Any) -> None:
    """The customer is acknowledged, the conversation waits for people, and nothing is kept."""
    async with both(tmp_path) as (desk, model):
        model.answer = does() if does is asyncio.Event else does
        await desk.ask_in(ASKED)
        assert (await answer(desk)).outcome == "written"
        await acknowledged(desk)
        assert (await kept(desk), len(model.came)) == ([], 1)
        await desk.decide()
        assert await desk.one("SELECT count(*) FROM work WHERE ended_at IS NULL") == 1


async def test_after_a_failure_it_rests(tmp_path: Path) -> None:
    """One that hangs makes few customers wait: it is asked again a minute later."""
    async with both(tmp_path) as (desk, model):
        model.answer = (500, b"", {})
        for n, ms in enumerate((0, REST_MS - 1, 1)):
            desk.clock.now += ms
            await desk.ask_in(ASKED, str(n), sender=f"tel:+4930{n}")
            await answer(desk)
            assert len(model.came) == (1, 1, 2)[n]


KEPT = [
    ("what courtesy blocks", "你是傻逼吗？运费按订单金额计算。", "courtesy"),
    ("a figure of its own", "运费一律 88 元。", "draft_doubtful"),
    ("a promise of its own", "运费会在明天中午前退给您。", "draft_doubtful"),
]


@pytest.mark.parametrize(("_what", "words", "why"), KEPT, ids=[row[0] for row in KEPT])
async def test_what_must_not_go_unread_waits_for_an_agent(
    tmp_path: Path, _what: str, words: str, why: str
) -> None:
    """It is not sent; its words stand in the conversation, with the reason, and are told of."""
    async with both(tmp_path) as (desk, model):
        model.answer = words
        conversation = await desk.ask_in(ASKED)
        await answer(desk)
        await acknowledged(desk, Outcome.KEPT)
        (row,) = await kept(desk)
        assert (row.conversation, row.text, row.author) == (
            conversation, words, "auto:knowledge_answer",
        )  # fmt: skip
        assert (row.state, row.reason, row.ended_at) == (ScheduledState.REFUSED, why, None)
        (told,) = await desk.told("reply.unscheduled")
        assert (told.scheduled, told.state, told.reason) == (row.id, "refused", why)


ENDS: list[tuple[str, dict[str, Any], str]] = [
    ("by an answer", {}, ""),
    ("by one that resolves", {"then": Verb.RESOLVE}, "resolved"),
]


@pytest.mark.parametrize(("_how", "fields", "why"), ENDS, ids=[row[0] for row in ENDS])
async def test_what_is_kept_ends_when_people_answer(
    tmp_path: Path, _how: str, fields: dict[str, Any], why: str
) -> None:
    """Nobody can send a machine's stale words by a press; a colleague's own wait on."""
    async with both(tmp_path) as (desk, model):
        model.answer = "运费一律 88 元。"
        conversation = await desk.ask_in(ASKED)
        await answer(desk)
        (row,) = await kept(desk)
        await desk.reply(conversation, **fields)
        (ended,) = await kept(desk)
        assert (row.state, ended.state, ended.reason) == ("refused", "cancelled", why)
        told = (await desk.told("reply.unscheduled"))[-1]
        assert (told.state, told.by, told.reason) == ("cancelled", "agent:emma", why)


async def test_what_is_kept_ends_with_its_conversation(tmp_path: Path) -> None:
    """Resolved without a word: it is over for them too."""
    async with both(tmp_path) as (desk, model):
        model.answer = "运费一律 88 元。"
        conversation = await desk.ask_in(ASKED)
        await answer(desk)
        over = SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:emma")
        await desk.store.submit(over)
        (ended,) = await kept(desk)
        assert (ended.state, ended.reason) == (ScheduledState.CANCELLED, "resolved")


async def test_what_is_kept_goes_by_a_press_once(tmp_path: Path) -> None:
    """Sent in the agent's own name it is told of as sent, not as ended; a late press is refused."""
    async with both(tmp_path) as (desk, model):
        model.answer = "运费一律 88 元。"
        await desk.store.submit(
            AddUser(desk="desk", login="lin", name="L", role=Role.AGENT, locale="en", by="t")
        )
        for n, (sender, answers) in enumerate((("tel:+491", False), ("tel:+492", True))):
            conversation = await desk.ask_in(ASKED, str(n), sender=sender)
            await answer(desk)
            row = (await kept(desk))[-1]
            leave = await desk.departures.leaving(row, author="agent:lin", by="agent:lin")
            if answers:
                await desk.reply(conversation)
            await desk.store.submit(leave)
        states = [body.state for body in await desk.told("reply.unscheduled")]
        assert states == ["refused", "sent", "refused", "cancelled"]


LEFT = [
    ("angry", "运费怎么算？你们太差劲了，气死我了！"),
    ("complains", "我要投诉，运费怎么算"),
    ("in a hurry", "运费怎么算，马上要，急急急！"),
    ("asks for a person", "转人工，运费怎么算"),
    ("of their own order", "运费怎么算 202611230001"),
    ("asks after their own", "Where is my shipping confirmation"),
    ("asks two things", "How do I pay for shipping to you? And how do I get an invoice?"),
    ("greets", "您好，在吗？"),
]


@pytest.mark.parametrize(("_who", "asked"), LEFT, ids=[row[0] for row in LEFT])
async def test_whom_people_answer(tmp_path: Path, _who: str, asked: str) -> None:
    """Whoever would not be told an article is told nothing of a model's either; it is not asked."""
    async with both(tmp_path) as (desk, model):
        await desk.ask_in(asked)
        await answer(desk)
        assert (await authors(desk), model.came) == (["auto:acknowledged"], [])


ELSEWHERE: list[tuple[str, dict[str, Any]]] = [
    ("nothing is said of it", {"knowledge": KNOWN}),
    ("it is off", {"knowledge": KNOWN | {"model": NAMED | {"enabled": False}}}),
    ("another queue is named", {"knowledge": KNOWN | {"model": NAMED | {"queues": ["other"]}}}),
    ("no queue is", {"knowledge": KNOWN | {"model": NAMED | {"queues": []}}}),
    ("another category is", {"knowledge": KNOWN | {"model": NAMED | {"categories": ["product"]}}}),
    ("articles are off", {"knowledge": {"enabled": False, "model": NAMED}}),
    ("another channel is", {"knowledge": KNOWN | {"channels": ["email"], "model": NAMED}}),
]


@pytest.mark.parametrize(("_when", "parts"), ELSEWHERE, ids=[row[0] for row in ELSEWHERE])
async def test_where_it_is_not_wanted(tmp_path: Path, _when: str, parts: dict[str, Any]) -> None:
    """It is not asked."""
    async with both(tmp_path, ON | parts) as (desk, model):
        await desk.ask_in(ASKED)
        await answer(desk)
        assert (await authors(desk), model.came) == (["auto:acknowledged"], [])


async def test_what_an_article_answers_it_is_not_asked(tmp_path: Path) -> None:
    """The desk's own words go before a model's."""
    knowledge = KNOWN | {"categories": ["after_sales"], "model": NAMED}
    async with both(tmp_path, {"knowledge": knowledge}) as (desk, model):
        await desk.ask_in("请问退款多久到账？")
        await answer(desk)
        assert [row.outcome for row in await noted(desk)] == [Outcome.ANSWERED]
        assert model.came == []


async def test_machines_and_the_blocked(tmp_path: Path) -> None:
    """A machine makes no job of it; who was blocked meanwhile hears nothing at all."""
    delayed = {"acknowledged": {"after": "9s"}}
    async with both(tmp_path, ON | {"templates": {"automatic": delayed}}) as (desk, model):
        await desk.hear(said(ASKED, "1", automatic=True))
        desk.clock.now += 9_000
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        await desk.ask_in(ASKED, "2", sender="tel:+49302")
        contact = await desk.one("SELECT contact FROM conversation ORDER BY id DESC LIMIT 1")
        await desk.store.submit(EditContact(desk="desk", contact=contact, by="x", blocked=True))
        desk.clock.now += 9_000
        assert (await answer(desk)).outcome == "skipped"
        assert (await authors(desk), model.came) == ([], [])


@pytest.mark.parametrize("words", [WORDS, "运费一律 88 元。"])
async def test_a_person_who_is_quicker(tmp_path: Path, words: str) -> None:
    """What the model writes too late is neither said nor kept."""
    async with both(tmp_path) as (desk, model):
        conversation = await desk.ask_in(ASKED)
        held = asyncio.Event()
        model.answer = held
        answering = asyncio.create_task(answer(desk))
        await model.has(1)
        await desk.reply(conversation)
        model.answer_after = words
        held.set()
        await answering
        assert (await authors(desk), await kept(desk)) == (["agent:emma"], [])


async def test_who_writes_more_meanwhile(tmp_path: Path) -> None:
    """Asked something else by then: the answer to the first is not said."""
    async with both(tmp_path, None, toy=Toy(sends=False)) as (desk, model):
        await desk.ask_in(ASKED)
        held = model.answer = asyncio.Event()
        answering = asyncio.create_task(answer(desk))
        await model.has(1)
        await desk.ask_in("算了，我要退货", "2")
        model.answer_after = WORDS
        held.set()
        await answering
        assert await authors(desk) == ["auto:acknowledged"]


async def test_once(tmp_path: Path) -> None:
    """A crash after the words: they are not said twice, nor asked for again."""
    async with both(tmp_path, None, toy=Toy(sends=False)) as (desk, model):
        await desk.ask_in(ASKED)
        claimed = await desk.claim(JobKind.AUTO_REPLY)
        for _ in range(2):
            assert (await desk.automatic.answer(claimed)).outcome == "written"
        assert await authors(desk) == ["auto:knowledge_answer"]
        assert (len(model.came), [row.outcome for row in await noted(desk)]) == (
            1, [Outcome.WRITTEN],
        )  # fmt: skip


class Forget:
    """As a crash would leave it that came before the note."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation

    def reads(self, view: View) -> Iterable[Lookup]:
        yield by_key(FirstQuestion, self.conversation)

    def decide(self, change: Change) -> None:
        row = change.get(FirstQuestion, self.conversation)
        assert row is not None
        change.delete(row)


async def test_said_and_not_noted(tmp_path: Path) -> None:
    """A crash between the words and their note: they count as a model's all the same."""
    async with both(tmp_path, None, toy=Toy(sends=False)) as (desk, model):
        conversation = await desk.ask_in(ASKED)
        claimed = await desk.claim(JobKind.AUTO_REPLY)
        await desk.automatic.answer(claimed)
        await desk.store.submit(Forget(conversation))
        assert (await desk.automatic.answer(claimed)).outcome == "written"
        assert await authors(desk) == ["auto:knowledge_answer"]
        assert (len(model.came), [row.outcome for row in await noted(desk)]) == (
            1, [Outcome.WRITTEN],
        )  # fmt: skip


async def test_the_days_requests_are_agents_too(tmp_path: Path) -> None:
    """Spent is spent: the next is acknowledged."""
    async with both(tmp_path, daily=1) as (desk, model):
        for n in range(2):
            await desk.ask_in(ASKED, str(n), sender=f"tel:+4930{n}")
            await answer(desk)
        assert await authors(desk) == ["auto:knowledge_answer", "auto:acknowledged"]
        assert len(model.came) == 1


async def test_few_at_once(tmp_path: Path) -> None:
    """Who waits for a model holds up nobody's sending: more than a few are not asked for."""
    async with both(tmp_path) as (desk, model):
        held = model.answer = asyncio.Event()
        for n in range(AT_ONCE + 1):
            await desk.ask_in(ASKED, str(n), sender=f"tel:+4930{n}")
        asking = [asyncio.create_task(answer(desk)) for _ in range(AT_ONCE)]
        await model.has(AT_ONCE)
        await answer(desk)
        assert await authors(desk) == ["auto:acknowledged"]
        model.answer_after = WORDS
        held.set()
        await asyncio.gather(*asking)
        assert sorted(await authors(desk)) == [
            "auto:acknowledged", *["auto:knowledge_answer"] * AT_ONCE,
        ]  # fmt: skip


FEE = """Free from 99 yuan, else 10 yuan. We send within 2 working days; see https://shop.example/fee
or write to help@shop.example. 满 99 元包邮，其余 10 元，三天内发货。"""
DOUBTS = [
    ("what the article says", "How much is shipping?", "Shipping is free from 99 yuan, else 10 yuan.", ""),
    ("a step by its number", "How do I pay?", "1. Open the basket.\n2. Choose how to pay.", ""),
    ("the customer's own figure", "Is 120 yuan enough?", "Yes: for 120 yuan shipping is free.", ""),
    ("its link", "How much is shipping?", "See https://shop.example/fee.", ""),
    ("its span", "When do you send?", "We send within 2 working days.", ""),
    ("in full width", "运费多少", "满９９元包邮，其余１０元。", ""),
    ("its span in Chinese", "什么时候发货", "三天内发货。", ""),
    ("a good day", "运费多少", "满 99 元包邮。祝您度过愉快的一天。", ""),
    ("another figure", "How much is shipping?", "Shipping is 12 yuan.", "'12'"),
    ("another figure in words", "When do you send?", "We send in three days.", "three days"),
    ("another figure in Chinese", "什么时候发货", "五天内发货。", "五天"),
    ("a percentage", "Any discount?", "You have 20% off.", "'20'"),
    ("a promise", "Where is it?", "We will get back to you by tomorrow noon.", "tomorrow noon"),
    ("a promise on a condition", "Where is it?", "If it is late we will refund you by tomorrow.", "tomorrow"),
    ("a promise of two instants", "Where is it?", "We will reply today or tomorrow.", "today"),
    ("a span on a condition", "Where is it?", "If it is late we refund you within an hour.", "an hour"),
    ("a promise on a condition, in Chinese", "什么时候发货", "如果晚了，我们明天退款。", "明天"),
    ("a promise in Chinese", "什么时候发货", "我们明天中午前回复您。", "明天中午"),
    ("a strange link", "How do I pay?", "Pay at https://evil.example/pay now.", "evil.example"),
    ("its link, in brackets", "How much is shipping?", "See (https://shop.example/fee).", ""),
    ("its address", "How do I pay?", "Write to help@shop.example.", ""),
    ("a strange site", "How do I pay?", "Pay at pay-shop.cn now.", "pay-shop.cn"),
    ("a strange site between Han", "怎么付款", "请在pay-shop.cn/a付款。", "pay-shop.cn/a"),
    ("a strange Chinese site", "怎么付款", "请在商店.cn付款。", ".cn"),
    ("how a link begins", "How do I pay?", "Pay at https://shop.example.", "shop.example"),
    ("how an address begins", "How do I pay?", "Write to help@shop.ex.", "help@shop.ex"),
    ("no space after a stop", "When do you send?", "Within 2 working days. Or later, e.g. on Mondays.", ""),
    ("a strange address", "How do I pay?", "Write to me@evil.example.", "evil.example"),
    ("what was hidden", "How do I pay?", "Dear ···, pay as you like.", "hidden"),
    ("another language", "How do I pay?", "满 99 元包邮。", "language"),
    ("a person", "Are you a bot?", "No, I am a human here.", "person"),
    ("a person in Chinese", "你是机器人吗", "我是人工客服。", "person"),
    ("endless", "How do I pay?", "Pay as you like. " * 40, "500"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "words", "why"), [row[1:] for row in DOUBTS], ids=[row[0] for row in DOUBTS]
)
def test_what_no_article_bears(asked: str, words: str, why: str) -> None:
    """Figures, spans, promises and links are the articles' own, or an agent reads them first."""
    article = Article(
        id="fee", locale="en", title="Shipping fee", category="order", automatic=True,
        questions=(), keywords=(), link="", text=FEE,
    )  # fmt: skip
    refused = doubted(words, asked, [article])
    assert (refused is not None) is bool(why)
    assert refused is None or why in refused.detail
