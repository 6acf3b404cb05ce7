"""From a reply to the provider: where it goes, what is refused, what each outcome writes."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gateway.contract import Accepted, Deferred, Doubt, MailParts, Reason, Rejected
from gateway.contract import AttachmentRule as Rule
from gateway.domain.job import Doubtful
from gateway.domain.message import Message
from gateway.domain.outcome import InDoubt, Refusal
from gateway.pipeline.retry import LONGEST_DELAY_MS
from gateway.verbs.message import File
from tests.unit.pipeline.desk import START_MS, Desk, opened
from tests.unit.pipeline.toy import Finder, Toy, said

JOB = "SELECT state, due_at, body FROM job WHERE kind='send'"
OUT = "SELECT state, reason, detail, provider_id FROM message WHERE direction='out'"
ATTEMPT = "SELECT outcome, detail, ended_at IS NOT NULL FROM attempt ORDER BY number"


# --- where a reply goes ---


async def test_a_reply_goes_where_the_customer_wrote_last(tmp_path: Path) -> None:
    """Account, address and our own address are those of the newest message."""
    async with opened(tmp_path, one=Toy(), two=Toy()) as desk:
        conversation = await desk.hear(said("Hello", "1"), account="one")
        place = conversation.messages[0].conversation
        first = await desk.reply(place)
        assert (first.account, first.identity, first.local) == ("one", "tel:+491", "+1")
        await desk.hear(said("there", "2"), account="two")
        second = await desk.reply(place)
        assert (second.account, second.identity, second.local) == ("two", "tel:+491", "+1")


async def test_an_agent_may_pick_another_account(tmp_path: Path) -> None:
    """There our own address is the account's default, not the one the customer wrote to."""
    async with opened(tmp_path, one=Toy(), two=Toy()) as desk:
        accepted = await desk.hear(said("Hello", "1"), account="one")
        message = await desk.reply(accepted.messages[0].conversation, account="two")
        assert (message.account, message.local) == ("two", "")


async def test_an_account_writes_where_it_can(tmp_path: Path) -> None:
    """What is to go by an account that reaches no address of the customer is refused."""
    sms, chat = Toy(reaches=frozenset({"tel"})), Toy(reaches=frozenset({"webchat"}), sends=False)
    async with opened(tmp_path, sms=sms, chat=chat) as desk:
        place = (await desk.hear(said("Hello", "1"), account="sms")).messages[0].conversation
        for identity in (None, "tel:+491"):
            reply = replace(desk.words(place, "Hi"), account="chat", identity=identity)
            refusal = await desk.outbound.write(reply)
            assert isinstance(refusal, Refusal)
            assert (refusal.code, refusal.status) == ("out_of_reach", 422)
            assert refusal.what_to_do
        assert (await desk.reply(place)).identity == "tel:+491"


@pytest.mark.parametrize("visitor", ["webchat:one:7", "webchat:one/7"])
async def test_a_chat_is_read_at_its_own_door(tmp_path: Path, visitor: str) -> None:
    """What is written in one chat is never shown to the visitor of another."""
    one, two = (
        Toy(channel="webchat", reaches=frozenset({"webchat"}), sends=False) for _ in range(2)
    )
    async with opened(tmp_path, one=one, two=two) as desk:
        accepted = await desk.hear(said("Hello", "1", sender=visitor), account="one")
        place = accepted.messages[0].conversation
        for identity in (None, visitor):
            reply = replace(desk.words(place, "Hi"), account="two", identity=identity)
            refusal = await desk.outbound.write(reply)
            assert isinstance(refusal, Refusal)
            assert refusal.code == "out_of_reach"
        assert (await desk.reply(place)).identity == visitor


# what is asked for, the refusal's code and status
REFUSED: list[tuple[str, dict[str, Any], str, int]] = [
    ("no such account", {"account": "nowhere"}, "unknown_account", 404),
    ("a text too long", {"text": "x" * 1_001}, "too_long", 422),
    ("no words", {"text": "  "}, "empty", 422),
    ("somebody else's address", {"identity": "tel:+999"}, "unknown_recipient", 422),
    ("a subject of two lines", {"subject": "Hi\r\nBcc: x@y.z"}, "bad_subject", 422),
    ("a subject with NUL", {"subject": "Hi\0"}, "bad_subject", 422),
    ("no such conversation", {"conversation": "nothing"}, "not_found", 404),
    (
        "a file where none are carried",
        {
            "attachments": (
                File(sha256="0" * 64, media_type="image/png", filename="a.png", size_bytes=1),
            )
        },
        "too_many_attachments",
        422,
    ),
]


@pytest.mark.parametrize(
    ("label", "fields", "code", "status"), REFUSED, ids=[row[0] for row in REFUSED]
)
async def test_what_cannot_be_sent_is_refused_before_it_is_written(
    desk: Desk, label: str, fields: dict[str, Any], code: str, status: int
) -> None:
    """To the agent's face; nothing is stored and nothing is queued."""
    conversation = await desk.ask_in()
    reply = replace(desk.words(conversation, "Hi"), **fields)
    refusal = await desk.outbound.write(reply)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.status) == (code, status)
    assert refusal.detail.endswith(".")
    assert await desk.rows(OUT) == []
    assert await desk.rows(JOB) == []


async def test_a_text_is_cleaned_before_it_is_written(desk: Desk) -> None:
    """What the console shows is what was sent."""
    message = await desk.reply(await desk.ask_in(), "one\r\ntwo\x00")
    assert message.text == "one\ntwo"
    await desk.send()
    assert desk.toys["toy"].sent[0].text == "one\ntwo"


async def test_committed_is_sent_where_the_channel_follows_the_stream(tmp_path: Path) -> None:
    """No job, no try: the state is sent at once."""
    async with opened(tmp_path, toy=Toy(sends=False)) as desk:
        message = await desk.reply(await desk.ask_in())
        assert message.state == "sent"
        assert await desk.rows(JOB) == []


@pytest.mark.parametrize(
    ("then", "status"), [("", "open"), ("wait", "pending"), ("resolve", "resolved")]
)
async def test_what_a_reply_does_to_the_status(desk: Desk, then: str, status: str) -> None:
    """Nothing, unless the agent says so."""
    conversation = await desk.ask_in()
    await desk.reply(conversation, then=then)
    assert await desk.one("SELECT status FROM conversation") == status


async def test_a_key_writes_once(desk: Desk) -> None:
    """The same key gives the same message; the same key for other words is refused."""
    conversation = await desk.ask_in()
    first = await desk.reply(conversation, idempotency=("agent:emma", "k1", "print"))
    again = await desk.reply(conversation, idempotency=("agent:emma", "k1", "print"))
    assert again == first
    refusal = await desk.refused(conversation, idempotency=("agent:emma", "k1", "other"))
    assert (refusal.code, refusal.status) == ("idempotency_mismatch", 422)
    other = await desk.reply(conversation, idempotency=("agent:emma", "k2", "print"))
    assert other.id != first.id
    assert (await desk.reply(conversation, key="auto:first")).id == (
        await desk.reply(conversation, "other words", key="auto:first")
    ).id


# --- mail stays in its thread ---


def mailed(key: str, subject: str, references: tuple[str, ...] = (), **fields: Any) -> Any:
    """A mail of a customer."""
    mail = MailParts(subject=subject, references=references, message_id=f"<{key}@x>")
    return said("Hello", key, sender="mailto:a@x", mail=mail, **fields)


async def test_a_mail_answers_the_newest_and_names_all(tmp_path: Path) -> None:
    """In-Reply-To and the subject are of the newest mail of that address; References are its own,
    then itself."""
    async with opened(tmp_path, mail=Toy(channel="email", threading=True, subjects=True)) as desk:
        accepted = await desk.hear(mailed("m1", "Order 7"), account="mail")
        references = ("<m1@x>", "<out@us>")
        await desk.hear(mailed("m2", "Re: Order 7", references), account="mail")
        await desk.reply(accepted.messages[0].conversation)
        await desk.send()
        (sent,) = desk.toys["mail"].sent
        assert sent.thread is not None
        assert sent.thread.subject == "Re: Order 7"
        assert sent.thread.in_reply_to == sent.in_reply_to == "<m2@x>"
        assert sent.thread.references == ("<m1@x>", "<out@us>", "<m2@x>")


async def test_an_agents_own_subject(tmp_path: Path) -> None:
    """Is kept where there are subjects; the conversation's stays what it is."""
    async with opened(tmp_path, mail=Toy(channel="email", threading=True, subjects=True)) as desk:
        accepted = await desk.hear(mailed("m1", "Order 7"), account="mail")
        await desk.reply(accepted.messages[0].conversation, subject="Your refund")
        await desk.send()
        assert desk.toys["mail"].sent[0].thread.subject == "Your refund"
        assert await desk.one("SELECT subject FROM conversation") == "Order 7"


async def test_no_subject_where_there_are_none(desk: Desk) -> None:
    """A text message of a conversation that began by mail has none."""
    conversation = (await desk.hear(mailed("m1", "Order 7"))).messages[0].conversation
    await desk.reply(conversation)
    await desk.send()
    assert desk.toys["toy"].sent[0].thread.subject == ""


# --- what is sent ---


async def test_what_the_adapter_is_given(tmp_path: Path) -> None:
    """Our id as the key, the customer's address, ours, the files where they stand."""
    rule = Rule(media_type="image/", max_bytes=1_000)
    toy = Toy(attachments=(rule,), max_attachments=2)
    async with opened(tmp_path, toy=toy) as desk:
        sha256 = desk.store.files.put(b"picture")
        file = File(sha256=sha256, media_type="image/png", filename="a.png", size_bytes=7)
        message = await desk.reply(await desk.ask_in("你好"), attachments=(file,))
        await desk.send()
        (sent,) = toy.sent
        assert (sent.id, sent.conversation) == (message.id, message.conversation)
        assert (sent.recipient, sent.sender, sent.account) == ("tel:+491", "+1", "toy")
        assert (sent.text, sent.kind, sent.language) == ("Hi", "text", "zh")
        assert (sent.automatic, sent.written_at) == (False, START_MS)
        (attached,) = sent.attachments
        assert attached.path.read_bytes() == b"picture"
        assert (attached.filename, attached.media_type, attached.size_bytes) == (
            "a.png",
            "image/png",
            7,
        )


# --- outcomes: what the adapter says or does, the message, the attempt, the job that stays ---

NO = Rejected(reason=Reason.INVALID_RECIPIENT, detail="no such number", code="21211")
BUSY = Deferred(reason=Reason.THROTTLED, detail="HTTP 429", retry_after_ms=7_000)
OUTCOMES: list[tuple[str, Any, tuple[str, str, str], str, str]] = [
    ("accepted", Accepted(provider_id="P1"), ("sent", "", ""), "accepted", "gone"),
    (
        "rejected",
        NO,
        ("failed", "invalid_recipient", "21211 no such number"),
        "rejected",
        "gone",
    ),
    ("deferred", BUSY, ("queued", "throttled", "HTTP 429"), "deferred", "again"),
    ("in doubt", InDoubt(detail="cut off"), ("unknown", "", "cut off"), "in_doubt", "gone"),
    (
        "an exception",
        RuntimeError("a bug"),
        ("unknown", "", "the adapter failed at it; the log says how"),
        "in_doubt",
        "gone",
    ),
    (
        "its own timeout",
        TimeoutError(),
        ("unknown", "", "no answer within 30 s"),
        "in_doubt",
        "gone",
    ),
]


@pytest.mark.parametrize(
    ("label", "answer", "message", "attempt", "job"), OUTCOMES, ids=[r[0] for r in OUTCOMES]
)
async def test_outcomes(
    desk: Desk, label: str, answer: Any, message: tuple[str, str, str], attempt: str, job: str
) -> None:
    """Each end of a try writes one thing; nothing is sent without a provider's name for it."""
    await desk.reply(await desk.ask_in())
    await desk.send(answer)
    state, reason, detail, provider_id = await desk.one(OUT)
    assert (state, reason, detail) == message
    assert provider_id == ("P1" if state == "sent" else None)
    outcome, _, ended = await desk.one(ATTEMPT)
    assert (outcome, ended) == (attempt, 1)
    left = await desk.rows(JOB)
    assert bool(left) == (job == "again")
    if left:
        (job_state, due_at, body) = left[0]
        assert (job_state, body) == ("ready", "")
        assert due_at >= START_MS + 7_000


async def test_no_answer_in_time(tmp_path: Path) -> None:
    """The capability says how long; then nobody knows."""
    async with opened(tmp_path, toy=Toy(send_timeout_ms=20)) as desk:
        await desk.reply(await desk.ask_in())
        await desk.send(60.0)
        assert (await desk.one(OUT))[:3] == ("unknown", "", "no answer within 0.02 s")


async def test_a_cancelled_try_settles_nothing(desk: Desk) -> None:
    """It stays in sending, committed before the first byte; reclaiming finds it in doubt."""
    await desk.reply(await desk.ask_in())
    claimed = await desk.claim()
    assert claimed is not None
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    desk.toys["toy"].answers.append(hang)
    trying = asyncio.create_task(desk.outbound.deliver(claimed))
    await begun.wait()
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    assert await desk.one(JOB) == ("sending", START_MS, "")
    assert await desk.one(ATTEMPT) == ("", "", 0)
    await desk.store.submit(desk.outbound.lost(claimed))
    assert (await desk.one(OUT))[:3] == (
        "unknown",
        "",
        "the process that was sending it ended",
    )


async def test_a_message_that_is_gone_is_not_sent(desk: Desk) -> None:
    """Erased while it waited: the job ends."""
    message = await desk.reply(await desk.ask_in())
    claimed = await desk.claim()
    assert claimed is not None
    gone = replace(claimed.job, key="gone")
    settle = await desk.outbound.deliver(replace(claimed, job=gone))
    assert (settle.outcome, settle.state, settle.job_state) == ("rejected", "failed", None)
    assert desk.toys["toy"].sent == []
    assert message.state == "queued"


# --- doubt ---


def doubt_of(body: str) -> Doubtful:
    """What a job knows of its doubt."""
    return msgspec.json.decode(body, type=Doubtful)


async def in_doubt(desk: Desk) -> tuple[int, Doubtful]:
    """A try whose answer was lost, and what its job does next."""
    await desk.reply(await desk.ask_in())
    await desk.send(InDoubt(detail="cut off"))
    assert (await desk.one(OUT))[0] == "queued"
    state, due_at, body = await desk.one(JOB)
    assert state == "ready"
    return due_at, doubt_of(body)


async def test_in_doubt_the_provider_is_asked_first(tmp_path: Path) -> None:
    """Not sooner than it may know, about the time of the try; found is sent, without another."""
    finder = Finder(in_doubt=Doubt.FIND, doubt_wait_ms=5_000)
    async with opened(tmp_path, toy=finder) as desk:
        due_at, doubt = await in_doubt(desk)
        assert doubt == Doubtful(since=START_MS, ask=True)
        assert due_at >= START_MS + 5_000
        desk.clock.now = due_at
        finder.finds.append("P7")
        await desk.send()
        assert finder.asked == [(finder.sent[0].id, START_MS)]
        assert len(finder.sent) == 1
        assert await desk.one(OUT) == ("sent", "", "", "P7")
        assert await desk.rows(JOB) == []


async def test_the_same_words_said_twice_are_two_messages(tmp_path: Path) -> None:
    """What belongs to another message already is no evidence of this one."""
    finder = Finder(in_doubt=Doubt.FIND)
    async with opened(tmp_path, toy=finder) as desk:
        conversation = await desk.ask_in()
        await desk.reply(conversation, "OK", key="1")
        await desk.send(Accepted(provider_id="P1"))
        await desk.reply(conversation, "OK", key="2")
        await desk.send(InDoubt(detail="cut off"))
        _, desk.clock.now, _ = await desk.one(JOB)
        finder.finds.append(["P1"])
        await desk.send()
        _, desk.clock.now, body = await desk.one(JOB)
        assert body == ""  # certainly not sent
        await desk.send(InDoubt(detail="cut off"))
        _, desk.clock.now, _ = await desk.one(JOB)
        finder.finds.append(["P2", "P1"])
        await desk.send()
        assert [row[3] for row in await desk.rows(OUT)] == ["P1", "P2"]


async def test_what_the_provider_never_had_is_sent_again(tmp_path: Path) -> None:
    """Absent is certainly not sent: the next turn is a try, with the same key."""
    finder = Finder(in_doubt=Doubt.FIND)
    async with opened(tmp_path, toy=finder) as desk:
        desk.clock.now, _ = await in_doubt(desk)
        finder.finds.append(None)
        await desk.send()
        state, desk.clock.now, body = await desk.one(JOB)
        assert (state, body) == ("ready", "")
        await desk.send()
        assert [sent.id for sent in finder.sent] == [finder.sent[0].id] * 2
        assert (await desk.one(OUT))[0] == "sent"


@pytest.mark.parametrize("answer", [RuntimeError("away"), TimeoutError()], ids=["error", "timeout"])
async def test_an_answer_that_did_not_come_is_asked_for_again(
    tmp_path: Path, answer: BaseException
) -> None:
    """We know no more than before, and of the same try."""
    finder = Finder(in_doubt=Doubt.FIND)
    async with opened(tmp_path, toy=finder) as desk:
        desk.clock.now, _ = await in_doubt(desk)
        finder.finds.append(answer)
        await desk.send()
        assert len(finder.sent) == 1
        _, _, body = await desk.one(JOB)
        assert doubt_of(body) == Doubtful(since=START_MS, ask=True)


async def test_a_report_may_tell_until_a_time(tmp_path: Path) -> None:
    """Then it is unknown, with the words of the lost answer, and nobody is asked."""
    async with opened(tmp_path, toy=Toy(in_doubt=Doubt.WAIT, doubt_wait_ms=9_000)) as desk:
        due_at, doubt = await in_doubt(desk)
        assert (due_at, doubt) == (START_MS + 9_000, Doubtful(since=START_MS, ask=False))
        desk.clock.now = due_at
        await desk.send()
        assert (await desk.one(OUT))[:3] == ("unknown", "", "cut off")
        assert len(desk.toys["toy"].sent) == 1
        assert await desk.rows(JOB) == []


async def test_with_a_key_it_is_tried_again(tmp_path: Path) -> None:
    """The provider sees one message, whatever happened."""
    async with opened(tmp_path, toy=Toy(in_doubt=Doubt.RETRY)) as desk:
        await desk.reply(await desk.ask_in())
        await desk.send(InDoubt(detail="cut off"))
        _, desk.clock.now, body = await desk.one(JOB)
        assert body == ""
        await desk.send()
        first, second = desk.toys["toy"].sent
        assert first == second


async def test_who_cannot_be_asked_decides_nothing(tmp_path: Path) -> None:
    """Only an adapter that finds is asked; else it stays in doubt."""
    async with opened(tmp_path, toy=Toy(in_doubt=Doubt.FIND)) as desk:
        desk.clock.now, _ = await in_doubt(desk)
        await desk.send()
        assert len(desk.toys["toy"].sent) == 1
        assert (await desk.rows(ATTEMPT))[1][:2] == ("in_doubt", "the provider cannot be asked")


async def test_a_lost_question_is_about_the_first_try(tmp_path: Path) -> None:
    """The process died while asking: the next one asks about the same instant."""
    async with opened(tmp_path, toy=Finder(in_doubt=Doubt.FIND)) as desk:
        desk.clock.now, _ = await in_doubt(desk)
        claimed = await desk.claim()
        assert claimed is not None
        settle = desk.outbound.lost(claimed)
        assert doubt_of(settle.body) == Doubtful(since=START_MS, ask=True)


# --- accounts that are not configured here ---


async def test_an_account_that_is_not_configured_defers(desk: Desk) -> None:
    """The message waits until somebody configures it again; then it is sent."""
    await desk.reply(await desk.ask_in())
    toy = desk.accounts.pop("toy")
    settle = await desk.send()
    assert (settle.outcome, settle.detail) == (
        "deferred",
        "account toy is not configured here",
    )
    state, desk.clock.now, body = await desk.one(JOB)
    assert (state, desk.clock.now, body) == ("ready", START_MS + LONGEST_DELAY_MS, "")
    desk.accounts["toy"] = toy
    await desk.send()
    assert (await desk.one(OUT))[0] == "sent"


@pytest.mark.parametrize("doubt", list(Doubt))
async def test_doubt_survives_a_missing_account(tmp_path: Path, doubt: Doubt) -> None:
    """Its process died and its account went: what may have been sent is not sent blindly after."""
    finder = Finder(in_doubt=doubt)
    async with opened(tmp_path, toy=finder) as desk:
        await desk.reply(await desk.ask_in())
        claimed = await desk.claim()
        assert claimed is not None
        toy = desk.accounts.pop("toy")
        await desk.store.submit(desk.outbound.lost(claimed))
        _, desk.clock.now, body = await desk.one(JOB)
        assert doubt_of(body) == Doubtful(since=START_MS, ask=True)
        await desk.send()
        _, desk.clock.now, body = await desk.one(JOB)
        assert doubt_of(body) == Doubtful(since=START_MS, ask=True)
        desk.accounts["toy"] = toy
        finder.finds.append("P9")
        await desk.send()
        assert finder.asked == [(claimed.job.key, START_MS)]
        assert finder.sent == []
        assert (await desk.one(OUT))[0] == "sent"


async def test_replies_are_messages_or_refusals(desk: Desk) -> None:
    """There is no third way."""
    conversation = await desk.ask_in()
    for reply in (desk.words(conversation, "Hi"), desk.words("nothing", "Hi")):
        assert isinstance(await desk.outbound.write(reply), Message | Refusal)
