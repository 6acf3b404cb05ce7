"""A reply may say which message it answers, where its channel has words for that."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.contract import Accepted, Deferred, Doubt, Reason
from gateway.domain.clock import HOUR_MS
from gateway.domain.message import Message
from gateway.store.queries import http_rows, http_timeline
from gateway.stream.shapes import MessageItem, message_item
from tests.unit.pipeline.desk import START_MS, Desk, opened
from tests.unit.pipeline.test_outbound import mailed
from tests.unit.pipeline.toy import Toy, said


async def shown(desk: Desk, message_id: str) -> MessageItem:
    """As the console has it."""
    message = await desk.store.read(http_rows.one, Message, message_id)
    slice_ = await desk.store.read(http_timeline.dressed, "desk", [message], [], [])
    return message_item(message, slice_, lambda account: account)


async def heard(desk: Desk, words: str, key: str, **fields: Any) -> str:
    """A message of the customer."""
    return (await desk.hear(said(words, key, **fields))).messages[0].id


async def test_the_adapter_is_told_the_providers_name(tmp_path: Path) -> None:
    """And what its adapter kept of the message that is answered, not of the newest."""
    toy = Toy(threading=True)
    async with opened(tmp_path, toy=toy) as desk:
        first = await heard(desk, "Where is it?", "e1", provider_id="85", payload="kept")
        await heard(desk, "Hello?", "e2")
        conversation = (await desk.store.read(http_rows.one, Message, first)).conversation
        reply = await desk.reply(conversation, in_reply_to=first)
        await desk.send()
        (sent,) = toy.sent
        assert (sent.in_reply_to, sent.answered) == ("85", "kept")
        quote = (await shown(desk, reply.id)).quote
        assert quote is not None
        assert (quote.id, quote.text, quote.author.kind) == (first, "Where is it?", "contact")


async def test_the_customer_names_ours(tmp_path: Path) -> None:
    """What they answer stands with their words, in their own conversation only."""
    async with opened(tmp_path, toy=Toy(threading=True)) as desk:
        ours = await desk.reply(await desk.ask_in(), "Is it blue?")
        await desk.send()
        name = f"P-{ours.id}"
        answer = await heard(desk, "Yes", "2", in_reply_to=name)
        quote = (await shown(desk, answer)).quote
        assert quote is not None
        assert (quote.id, quote.text, quote.author.id) == (ours.id, "Is it blue?", "emma")
        other = await heard(desk, "Yes", "3", sender="tel:+777", in_reply_to=name)
        assert (await shown(desk, other)).quote is None


async def test_ours_is_quoted(tmp_path: Path) -> None:
    """By the provider's name of it, and with what the provider gave along when it took it."""
    toy = Toy(threading=True)
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        ours = await desk.reply(conversation, "It is blue.")
        await desk.send(Accepted(provider_id="85", payload="token"))
        answer = await desk.reply(conversation, "Light blue, to be exact.", in_reply_to=ours.id)
        await desk.send()
        assert (toy.sent[-1].in_reply_to, toy.sent[-1].answered) == ("85", "token")
        quote = (await shown(desk, answer.id)).quote
        assert quote is not None
        assert quote.id == ours.id


async def test_a_mail_that_is_not_the_newest(tmp_path: Path) -> None:
    """Its own subject, its own name, and the chain that leads to it."""
    mail = Toy(channel="email", threading=True, subjects=True)
    async with opened(tmp_path, mail=mail) as desk:
        first = (await desk.hear(mailed("m1", "Order 7"), account="mail")).messages[0]
        await desk.hear(mailed("m2", "Re: Order 7", ("<m1@x>",)), account="mail")
        reply = await desk.reply(first.conversation, in_reply_to=first.id)
        await desk.send()
        (sent,) = mail.sent
        assert sent.thread is not None
        assert (sent.thread.subject, sent.thread.in_reply_to) == ("Order 7", "<m1@x>")
        assert sent.thread.references == ("<m1@x>",)
        assert (await shown(desk, reply.id)).quote is None, "a mail carries what it answers"


REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("a channel without names", {}, {}, "cannot_quote"),
    ("another channel", {"threading": True}, {"account": "other"}, "cannot_quote"),
    ("another address", {"threading": True}, {"identity": "tel:+999"}, "cannot_quote"),
    ("no message of it", {"threading": True}, {"in_reply_to": "nobody"}, "not_found"),
]


@pytest.mark.parametrize(
    ("label", "caps", "fields", "code"), REFUSED, ids=[case[0] for case in REFUSED]
)
async def test_what_cannot_be_named(
    tmp_path: Path, label: str, caps: dict[str, Any], fields: dict[str, Any], code: str
) -> None:
    """Is refused to the agent's face, not left out."""
    async with opened(tmp_path, toy=Toy(**caps), other=Toy(threading=True)) as desk:
        first = await heard(desk, "Hello", "1")
        conversation = (await desk.store.read(http_rows.one, Message, first)).conversation
        refusal = await desk.refused(conversation, **({"in_reply_to": first} | fields))
        assert refusal.code == code


# --- what the customer's message brought ---

STATE = "SELECT state FROM message WHERE direction='out'"
ONCE: dict[str, Any] = {"answer_by_ms": 50_000, "in_doubt": Doubt.RETRY}

# label, ms between the customer's message and the try, how the message came, what is given on
BROUGHT: list[tuple[str, int, dict[str, Any], str]] = [
    ("at once", 0, {}, "token"),
    ("just in time", 49_999, {}, "token"),
    ("too late", 50_000, {}, ""),
    ("long on its way", 0, {"sent_at": START_MS - 50_000}, ""),
    ("into another place of ours", 0, {"recipient": "tel:+2"}, ""),
]


@pytest.mark.parametrize(
    ("label", "later", "fields", "heard"), BROUGHT, ids=[row[0] for row in BROUGHT]
)
async def test_a_fresh_message_is_answered_by_what_it_brought(
    tmp_path: Path, label: str, later: int, fields: dict[str, Any], heard: str
) -> None:
    """By the first try only: a second could be a second message."""
    toy = Toy(**ONCE)
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        await desk.reply(conversation)
        await desk.hear(replace(said("token?", "2", payload="token"), **fields))
        desk.clock.now += later
        await desk.send(Deferred(reason=Reason.UNAVAILABLE, detail="not connected"))
        desk.clock.now += HOUR_MS
        await desk.hear(said("again", "3", payload="token"))
        await desk.send()
        assert [message.heard for message in toy.sent] == [heard, ""]


async def test_without_that_power_nothing_is_looked_up(tmp_path: Path) -> None:
    """Other channels' adapters are given no more than before."""
    toy = Toy()
    async with opened(tmp_path, toy=toy) as desk:
        accepted = await desk.hear(said("Hello", "1", payload="token"))
        await desk.reply(accepted.messages[0].conversation)
        await desk.send()
        assert toy.sent[0].heard == ""


@pytest.mark.parametrize("fails", [ValueError("x"), 0.2], ids=["it breaks", "no answer in time"])
async def test_such_an_answer_is_never_repeated(tmp_path: Path, fails: Any) -> None:
    """Whatever the channel can do elsewhere: the provider would not know the repeat."""
    toy = Toy(send_timeout_ms=50, **ONCE)
    async with opened(tmp_path, toy=toy) as desk:
        accepted = await desk.hear(said("Hello", "1", payload="token"))
        conversation = accepted.messages[0].conversation
        await desk.reply(conversation)
        await desk.send(fails)
        assert await desk.one(STATE) == "unknown"


async def test_nor_is_one_whose_process_died(tmp_path: Path) -> None:
    """Nobody knows whether it had begun."""
    async with opened(tmp_path, toy=Toy(**ONCE)) as desk:
        await desk.reply(await desk.ask_in())
        claimed = await desk.claim()
        assert claimed is not None
        await desk.store.submit(desk.outbound.lost(claimed))
        assert await desk.one(STATE) == "unknown"
