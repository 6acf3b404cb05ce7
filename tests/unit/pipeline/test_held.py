"""Held replies: the meter that holds them, the words that release them, the hour they expire."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.contract import (
    Accepted,
    ApprovedTemplate,
    AttachmentRule,
    Deferred,
    DeliveryReport,
    InDoubt,
    MailParts,
    PresenceEvent,
    Reason,
    Rejected,
    SendBudget,
)
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Contact
from gateway.domain.job import JobKind
from gateway.domain.message import Message, MessageState
from gateway.domain.outcome import Refusal
from gateway.store.queries.http_rows import one
from gateway.store.queries.proof import proofs
from gateway.verbs.held import Reroute, Withdraw
from gateway.verbs.message import File
from gateway.worker import tend
from tests.store.toys import Put
from tests.unit.pipeline.desk import Desk, Hands, opened
from tests.unit.pipeline.toy import Toy, said

OUT = (
    "SELECT state, reason, account, identity, text FROM message WHERE direction='out' ORDER BY seq"
)
JOBS = "SELECT kind FROM job ORDER BY kind"
OPEN_TURNS = "SELECT count(*) FROM turn WHERE closed_at IS NULL"
HELD = "held"


def windowed(**caps: Any) -> Toy:
    """A channel that takes answers for a day."""
    return Toy(window_ms=DAY_MS, **caps)


async def sound(desk: Desk) -> None:
    """Nothing speaks against what the store holds."""
    found = await desk.store.read(lambda c: list(proofs(c, "desk", desk.store.files)))
    assert {p.promise: p.findings for p in found if not p.holds} == {}


async def states(desk: Desk) -> list[str]:
    """How far each reply got, in the order of the conversation."""
    return [row[0] for row in await desk.rows(OUT)]


async def tended(desk: Desk) -> None:
    """What the worker does with a held reply's job."""
    claimed = await desk.claim(JobKind.HELD)
    assert claimed is not None, "nothing is due"
    await desk.store.submit(await tend(claimed))


# --- what is held ---

# how long after the customer's message, the channel, how far the reply gets and why
SHUT: list[tuple[str, int, dict[str, Any], tuple[str, str]]] = [
    ("within the window", DAY_MS - 1, {"window_ms": DAY_MS}, ("queued", "")),
    ("when it closes", DAY_MS, {"window_ms": DAY_MS}, (HELD, "window_closed")),
    ("where there is no window", 400 * DAY_MS, {}, ("queued", "")),
    (
        "within the time of the budget",
        MINUTE_MS - 1,
        {"budget": SendBudget(messages=3, per_ms=MINUTE_MS)},
        ("queued", ""),
    ),
    (
        "after the time of the budget",
        MINUTE_MS,
        {"budget": SendBudget(messages=3, per_ms=MINUTE_MS)},
        (HELD, "window_closed"),
    ),
    (
        "the shorter of the two rules",
        2 * HOUR_MS,
        {"window_ms": DAY_MS, "budget": SendBudget(messages=3, per_ms=HOUR_MS)},
        (HELD, "window_closed"),
    ),
]


@pytest.mark.parametrize(("label", "later", "caps", "stands"), SHUT, ids=[row[0] for row in SHUT])
async def test_a_reply_after_the_window_closed_is_held(
    tmp_path: Path, label: str, later: int, caps: dict[str, Any], stands: tuple[str, str]
) -> None:
    """Not refused: it waits, with the reason, and nothing would send it."""
    async with opened(tmp_path, toy=Toy(**caps)) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += later
        message = await desk.reply(conversation)
        assert (message.state, message.reason) == stands
        assert bool(message.detail) == (message.state == HELD)
        assert await desk.rows(JOBS) == [(HELD if message.state == HELD else "send",)]
        await sound(desk)


async def test_a_message_that_was_long_on_its_way_opens_what_is_left(tmp_path: Path) -> None:
    """The provider counts from when it was said, not from when we heard of it."""
    async with opened(tmp_path, toy=windowed()) as desk:
        sent_at = desk.clock.now - DAY_MS + HOUR_MS
        conversation = await desk.ask_in(sent_at=sent_at)
        assert (await desk.reply(conversation)).state == "queued"
        desk.clock.now += HOUR_MS
        assert (await desk.reply(conversation)).state == HELD


async def test_two_agents_cannot_overspend_a_budget(tmp_path: Path) -> None:
    """Five answers to one message; the next waits; the customer's next message gives five more."""
    toy = Toy(window_ms=DAY_MS, budget=SendBudget(messages=5, per_ms=DAY_MS))
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        for agent in ("emma", "lin") * 3:
            await desk.reply(conversation, author=f"agent:{agent}")
        assert await states(desk) == ["queued"] * 5 + [HELD]
        assert (await desk.rows(OUT))[-1][1] == "budget_spent"
        await desk.ask_in(key="2")
        assert await states(desk) == ["queued"] * 6
        for _ in range(5):
            await desk.reply(conversation)
        assert await states(desk) == ["queued"] * 10 + [HELD]
        await sound(desk)


async def test_the_meter_stands_after_a_restart(tmp_path: Path) -> None:
    """What was counted is a row, not a memory."""
    caps = {"window_ms": DAY_MS, "budget": SendBudget(messages=1, per_ms=DAY_MS)}
    async with opened(tmp_path, toy=Toy(**caps)) as desk:
        conversation = await desk.ask_in()
        assert (await desk.reply(conversation)).state == "queued"
    async with opened(tmp_path, toy=Toy(**caps)) as desk:
        assert (await desk.reply(conversation)).reason == "budget_spent"


async def test_windows_are_each_account_s_and_address_s_own(tmp_path: Path) -> None:
    """Writing to one account of ours opens no other."""
    async with opened(tmp_path, one=windowed(), two=windowed()) as desk:
        accepted = await desk.hear(said("Hello", "1"), account="one")
        conversation = accepted.messages[0].conversation
        assert (await desk.reply(conversation, account="one")).state == "queued"
        assert (await desk.reply(conversation, account="two")).state == HELD


async def test_what_a_machine_would_say_is_not_held(tmp_path: Path) -> None:
    """Nobody waits for it: it is refused."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        refusal = await desk.refused(conversation, automatic=True, author="auto:first")
        assert refusal.code == "window_closed"


# who writes, how long after the customer, how far the words get
PERSONS: list[tuple[str, dict[str, Any], int, str]] = [
    ("a person, the next day", {}, DAY_MS, "queued"),
    ("a person, a week later", {}, 7 * DAY_MS, HELD),
    ("a machine, within the day", {"automatic": True}, DAY_MS - 1, "queued"),
    ("a machine, the next day", {"automatic": True}, DAY_MS, "refused"),
]


@pytest.mark.parametrize(("label", "by", "later", "stands"), PERSONS, ids=[r[0] for r in PERSONS])
async def test_a_person_may_answer_for_longer_than_a_machine(
    tmp_path: Path, label: str, by: dict[str, Any], later: int, stands: str
) -> None:
    """Where the channel has a second window, it is for what people write."""
    toy = Toy(window_ms=DAY_MS, person_window_ms=7 * DAY_MS)
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += later
        if stands == "refused":
            assert (await desk.refused(conversation, **by)).code == "window_closed"
        else:
            assert (await desk.reply(conversation, **by)).state == stands


# --- what opens a little ---

LITTLE = SendBudget(messages=3, per_ms=MINUTE_MS)
SCANNED = PresenceEvent(key="scan", what="joined", sender="tel:+491", opens=LITTLE)
CLICKED = said("HELP", "click", opens=LITTLE)

# what the customer does an hour after the window closed, or while it was open; how many may go in
# the minute after it, and whether one more may in the hour after that
LITTLES: list[tuple[str, Any, int, int, int, bool]] = [
    ("a scan, after the window", SCANNED, 2 * DAY_MS, 0, 3, False),
    ("a tap on the menu, after the window", CLICKED, 2 * DAY_MS, 0, 3, False),
    ("a scan within the window takes nothing away", SCANNED, HOUR_MS, 0, 5, False),
    ("it gives anew what was spent", SCANNED, HOUR_MS, 4, 3, False),
    ("and leaves the longer time", SCANNED, HOUR_MS, 3, 2, True),
]


@pytest.mark.parametrize(
    ("label", "did", "later", "spent", "goes", "long"), LITTLES, ids=[r[0] for r in LITTLES]
)
async def test_what_is_no_message_opens_a_window_of_its_own(
    tmp_path: Path, label: str, did: Any, later: int, spent: int, goes: int, long: bool
) -> None:
    """Three within a minute, which takes nothing from what the customer's words gave."""
    toy = Toy(window_ms=2 * DAY_MS, budget=SendBudget(messages=5, per_ms=2 * DAY_MS))
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        for _ in range(spent):
            await desk.reply(conversation)
        desk.clock.now += later
        await desk.hear(did)
        for _ in range(goes):
            assert (await desk.reply(conversation)).state == "queued"
        if long:
            desk.clock.now += HOUR_MS
            assert (await desk.reply(conversation)).state == "queued"
        assert (await desk.reply(conversation)).state == HELD


async def test_a_little_window_closes(tmp_path: Path) -> None:
    """After its minute nothing goes; nor to somebody who never wrote."""
    toy = Toy(window_ms=2 * DAY_MS, budget=SendBudget(messages=5, per_ms=2 * DAY_MS))
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += 3 * DAY_MS
        assert (await desk.reply(conversation)).state == HELD
        await desk.hear(SCANNED, replace(SCANNED, key="other", sender="tel:+499"))
        assert await states(desk) == ["queued"]  # the scan let it go
        desk.clock.now += MINUTE_MS
        assert (await desk.reply(conversation)).state == HELD
        assert await desk.one("SELECT count(*) FROM budget WHERE name LIKE '%+499'") == 0


# --- the nudge ---


class Nudging(Toy):
    """A channel with a template that was approved."""

    def nudge(self) -> ApprovedTemplate:
        return ApprovedTemplate(name="come_back", language="zh_CN", text="Please write to us")


async def test_one_nudge_a_held_period(tmp_path: Path) -> None:
    """It goes at once, once, however much is held; after the customer wrote, once again."""
    toy = Nudging(window_ms=DAY_MS)
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        for key in ("2", "3"):
            desk.clock.now += DAY_MS
            for _ in range(3):
                assert (await desk.reply(conversation)).state == HELD
            assert (await states(desk)).count("queued") == 1
            await desk.send()
            assert toy.sent[-1].template == toy.nudge()
            assert await desk.claim() is None
            await sound(desk)
            await desk.ask_in(key=key)
            for _ in range(3):
                await desk.send()
        assert [message.template is not None for message in toy.sent] == [True, *[False] * 3] * 2


async def test_a_spent_budget_is_not_nudged(tmp_path: Path) -> None:
    """The customer has just written, and a template would be one more message."""
    toy = Nudging(budget=SendBudget(messages=1, per_ms=DAY_MS))
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        for _ in range(2):
            await desk.reply(conversation)
        assert await states(desk) == ["queued", HELD]


# --- what the provider knows better ---

SHUT_THERE = Rejected(reason=Reason.WINDOW_CLOSED, detail="re-engagement", code="131047")
SPENT_THERE = Rejected(reason=Reason.BUDGET_SPENT, detail="count limit", code="45047")


@pytest.mark.parametrize("caps", [{"window_ms": DAY_MS}, {}], ids=["a window", "none that we know"])
async def test_a_window_that_the_provider_says_is_closed(
    tmp_path: Path, caps: dict[str, Any]
) -> None:
    """The reply is held as if we had known, the customer is asked for a word, and it goes then."""
    toy = Nudging(**caps)
    async with opened(tmp_path, toy=toy) as desk:
        reply = await desk.reply(await desk.ask_in())
        await desk.send(SHUT_THERE)
        message = await desk.store.read(one, Message, reply.id)
        assert (message.state, message.reason) == (HELD, "window_closed")
        assert message.detail == "131047 re-engagement"
        assert await states(desk) == [HELD, "queued"]
        await sound(desk)
        await desk.send()
        assert toy.sent[-1].template == toy.nudge()
        await desk.ask_in(key="2")
        await desk.send()
        assert toy.sent[-1].text == "Hi"
        assert await states(desk) == ["sent", "sent"]
        await sound(desk)


async def test_a_budget_that_the_provider_says_is_spent(tmp_path: Path) -> None:
    """Held as well, without a nudge, which would not go either; it leaves after the next words."""
    toy = Nudging(budget=SendBudget(messages=5, per_ms=DAY_MS))
    async with opened(tmp_path, toy=toy) as desk:
        reply = await desk.reply(await desk.ask_in())
        await desk.send(SPENT_THERE)
        message = await desk.store.read(one, Message, reply.id)
        assert (message.state, message.reason) == (HELD, "budget_spent")
        assert await states(desk) == [HELD]
        await desk.ask_in(key="2")
        await desk.send()
        assert await states(desk) == ["sent"]
        await sound(desk)


def failed(provider_id: str | None, **fields: Any) -> DeliveryReport:
    """A provider says late that the window was closed."""
    return DeliveryReport(
        key="report:late",
        state=MessageState.FAILED,
        provider_message=provider_id,
        reason=Reason.WINDOW_CLOSED,
        code="131047",
        detail="re-engagement",
        **fields,
    )


# when the report comes: after the answer, before it, and by which name it finds its message
LATER = Deferred(reason=Reason.UNAVAILABLE, detail="later")
LATE: list[tuple[str, bool, bool, Any]] = [
    ("after the answer", False, False, None),
    ("after it, by our name", False, True, None),
    ("before it, by its own", True, False, None),
    ("before it, by our name", True, True, None),
    ("before an answer that knows nothing of it", True, True, LATER),
]


@pytest.mark.parametrize(("label", "early", "ours", "answer"), LATE, ids=[row[0] for row in LATE])
async def test_a_report_that_the_window_was_closed(
    tmp_path: Path, label: str, early: bool, ours: bool, answer: Any
) -> None:
    """It was taken, and failed: it is held all the same, and goes when the customer has written."""
    toy = Nudging(window_ms=DAY_MS)
    async with opened(tmp_path, toy=toy) as desk:
        reply = await desk.reply(await desk.ask_in())
        report = failed(f"P-{reply.id}", message=reply.id if ours else None)

        async def reports_first() -> Any:
            await desk.hear(report)
            return answer or Accepted(provider_id=f"P-{reply.id}")

        await desk.send(reports_first if early else None)
        if not early:
            await desk.hear(report)
        assert await states(desk) == [HELD, "queued"]
        held = await desk.store.read(one, Message, reply.id)
        assert (held.reason, held.detail) == ("window_closed", "131047 re-engagement")
        late = replace(report, key="report:sent", state=MessageState.SENT, reason=None)
        await desk.hear(late)
        assert await states(desk) == [HELD, "queued"]
        await sound(desk)
        await desk.send()
        assert toy.sent[-1].template == toy.nudge()
        await desk.ask_in(key="2")
        await desk.send()
        assert toy.sent[-1].text == "Hi"
        assert await states(desk) == ["sent", "sent"]
        await sound(desk)


# who says that it would not go, of a try during which the customer wrote: the answer to the try, a
# report after it, or one before it
ANSWERED = ["the answer", "a report", "a report before the answer"]


@pytest.mark.parametrize("told_by", ANSWERED)
@pytest.mark.parametrize("reason", [Reason.WINDOW_CLOSED, Reason.BUDGET_SPENT])
async def test_who_wrote_during_the_try_is_answered_at_once(
    tmp_path: Path, told_by: str, reason: Reason
) -> None:
    """No later word would release it; it goes before what was written after it, and only once
    more: what its provider still refuses then waits."""
    budget = SendBudget(messages=2, per_ms=DAY_MS)
    async with opened(tmp_path, toy=windowed(budget=budget)) as desk:
        conversation = await desk.ask_in()
        first = await desk.reply(conversation, "one")
        report = replace(failed(f"P-{first.id}"), reason=reason)

        async def said_meanwhile() -> Any:
            desk.clock.now += MINUTE_MS
            await desk.ask_in("And?", key="2")
            desk.clock.now += MINUTE_MS
            if told_by == ANSWERED[0]:
                return Rejected(reason=reason, detail="no")
            if told_by == ANSWERED[2]:
                await desk.hear(report)
            return Accepted(provider_id=f"P-{first.id}")

        await desk.send(said_meanwhile)
        if told_by == ANSWERED[1]:
            await desk.hear(report)
        assert await states(desk) == ["queued"]
        assert await desk.one("SELECT used FROM budget WHERE name LIKE 'heard:%'") == 1
        await sound(desk)
        desk.clock.now += MINUTE_MS
        if told_by == ANSWERED[0]:
            await desk.send(Rejected(reason=reason, detail="no"))
        else:
            await desk.send(Accepted(provider_id="P-again"))
            await desk.hear(replace(report, key="report:again", provider_message="P-again"))
        assert await states(desk) == [HELD]
        await sound(desk)


async def test_what_goes_again_keeps_its_place(tmp_path: Path) -> None:
    """What was written after it goes after it."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        for words in ("one", "two"):
            await desk.reply(conversation, words)

        async def said_meanwhile() -> Any:
            desk.clock.now += MINUTE_MS
            await desk.ask_in("And?", key="2")
            return SHUT_THERE

        await desk.send(said_meanwhile)
        await desk.send()
        await desk.send()
        assert [message.text for message in desk.toys["toy"].sent] == ["one", "one", "two"]


async def test_a_report_of_a_machine_s_words_is_a_failure(tmp_path: Path) -> None:
    """Nobody waits to hear them."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        reply = await desk.reply(conversation, automatic=True, author="auto:first")
        await desk.send()
        await desk.hear(failed(f"P-{reply.id}"))
        assert await states(desk) == ["failed"]


async def test_what_a_machine_wrote_is_not_held_there(tmp_path: Path) -> None:
    """Nobody waits to hear it, least of all the nudge itself."""
    async with opened(tmp_path, toy=Nudging(window_ms=DAY_MS)) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation)
        await desk.send(SHUT_THERE)
        assert await states(desk) == [HELD, "failed"]


# what came of the try, whether the customer wrote meanwhile, how many may still go
REFUNDS: list[tuple[str, Any, bool, int]] = [
    ("certainly not", Rejected(reason=Reason.CONTENT_REFUSED, detail="no"), False, 3),
    ("held after all", SHUT_THERE, False, 3),
    ("all were, says the provider", SPENT_THERE, False, 0),
    ("it went", Accepted(provider_id="P1"), False, 2),
    ("nobody knows", InDoubt(detail="cut off"), False, 2),
    ("of the customer's earlier message", Rejected(reason=Reason.OTHER, detail="no"), True, 2),
]


@pytest.mark.parametrize(
    ("label", "outcome", "wrote", "left"), REFUNDS, ids=[row[0] for row in REFUNDS]
)
async def test_what_certainly_did_not_go_is_not_spent(
    tmp_path: Path, label: str, outcome: Any, wrote: bool, left: int
) -> None:
    """A budget counts what the customer may have, unless its provider has counted more."""
    budget = SendBudget(messages=3, per_ms=DAY_MS)
    async with opened(tmp_path, toy=Toy(budget=budget)) as desk:
        await desk.reply(await desk.ask_in())
        if wrote:
            desk.clock.now += 1
            await desk.reply(await desk.ask_in(key="2"))
        await desk.send(outcome)
        used = await desk.one("SELECT used FROM budget WHERE name LIKE 'heard:%'")
        assert budget.messages - used == left


# --- what releases it ---


async def test_the_customer_s_next_message_releases_all_in_order(tmp_path: Path) -> None:
    """They stand after the words that opened the window, in the order they were written."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        for words in ("one", "two", "three"):
            await desk.reply(conversation, words)
        await desk.ask_in("Still there?", key="2")
        assert [row[4] for row in await desk.rows(OUT)] == ["one", "two", "three"]
        assert await states(desk) == ["queued"] * 3
        assert [body.state for body in await desk.told("message.released")] == ["queued"] * 3
        newest_in = await desk.one("SELECT max(seq) FROM message WHERE direction='in'")
        first_out = await desk.one("SELECT min(seq) FROM message WHERE direction='out'")
        assert first_out > newest_in
        await sound(desk)
        for _ in range(3):
            await desk.send()
        assert [message.text for message in desk.toys["toy"].sent] == ["one", "two", "three"]
        assert await desk.rows(JOBS) == []
        await sound(desk)


ELSEWHERE: list[tuple[str, dict[str, Any], str, tuple[str, str, str]]] = [
    ("words that fit", {}, "Hi", ("queued", "", "sms")),
    ("words too long", {"max_text": 3}, "Hello", (HELD, "unsupported", "toy")),
    ("where committed is sent", {"sends": False}, "Hi", ("sent", "", "sms")),
]


@pytest.mark.parametrize(
    ("label", "caps", "words", "stands"), ELSEWHERE, ids=[row[0] for row in ELSEWHERE]
)
async def test_it_leaves_by_the_channel_that_the_customer_has_opened(
    tmp_path: Path, label: str, caps: dict[str, Any], words: str, stands: tuple[str, str, str]
) -> None:
    """If the agent's words fit there; else it waits on, and says why."""
    async with opened(tmp_path, toy=windowed(), sms=Toy(channel="sms", **caps)) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation, words)
        await desk.hear(said("Hello?", "2"), account="sms")
        ((state, reason, account, _, text),) = await desk.rows(OUT)
        assert ((state, reason, account), text) == (stands, words)
        await sound(desk)


async def test_files_that_the_other_channel_cannot_carry_wait(tmp_path: Path) -> None:
    """What was promised with a file is not sent without it."""
    rules = (AttachmentRule(media_type="", max_bytes=100),)
    toy = windowed(attachments=rules, max_attachments=1)
    file = File(sha256="0" * 64, media_type="image/png", filename="a.png", size_bytes=1)
    async with opened(tmp_path, toy=toy, sms=Toy(channel="sms")) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation, attachments=(file,))
        await desk.hear(said("Hello?", "2"), account="sms")
        assert await states(desk) == [HELD]
        assert "files" in await desk.one("SELECT detail FROM message WHERE direction='out'")
        await desk.ask_in(key="3")
        assert await states(desk) == ["queued"]


async def test_by_mail_it_answers_the_mail(tmp_path: Path) -> None:
    """Subject and thread are those of what the customer has just written."""
    async with opened(tmp_path, toy=windowed(), mail=Toy(channel="email", threading=True)) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation)
        mail = MailParts(subject="Order 7", message_id="<2@x>", references=("<1@x>",))
        await desk.hear(said("Hello?", "2", mail=mail), account="mail")
        await desk.send()
        (sent,) = desk.toys["mail"].sent
        assert sent.thread is not None
        assert (sent.thread.subject, sent.thread.in_reply_to) == ("Order 7", "<2@x>")
        assert sent.thread.references == ("<1@x>", "<2@x>")


QUIET: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("a machine's answer", (), {"automatic": True}),
    (
        "who asked for no more messages",
        (PresenceEvent(key="optout:1", what="opted_out", sender="tel:+491"),),
        {},
    ),
    ("a stranger's words", (), {"sender": "tel:+999"}),
]


@pytest.mark.parametrize(("label", "before", "fields"), QUIET, ids=[row[0] for row in QUIET])
async def test_what_releases_nothing(
    tmp_path: Path, label: str, before: tuple[Any, ...], fields: dict[str, Any]
) -> None:
    """Machines, who opted out, and anybody else."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation)
        await desk.hear(*before, said("Out of office", "2", **fields))
        assert await states(desk) == [HELD]
        await sound(desk)


@pytest.mark.parametrize("sender", ["tel:+491", "tel:+492"], ids=["the merged", "the other"])
async def test_whoever_of_the_merged_writes_releases_all(tmp_path: Path, sender: str) -> None:
    """Two contacts that were one person: what waited for the one goes when the other writes."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversations = [await desk.ask_in(key=key, sender=f"tel:+49{key}") for key in ("1", "2")]
        desk.clock.now += DAY_MS
        for conversation in conversations:
            assert (await desk.reply(conversation)).state == HELD
        first, second = [
            await desk.store.read(one, Contact, contact)
            for (contact,) in await desk.rows(
                "SELECT contact FROM conversation ORDER BY opened_at, id"
            )
        ]
        await desk.store.submit(Put(rows=(replace(first, merged_into=second.id),)))
        await desk.ask_in(key="3", sender=sender)
        assert HELD not in await states(desk)
        assert await desk.rows("SELECT id FROM job WHERE kind='held'") == []


async def test_a_blocked_customer_releases_nothing(tmp_path: Path) -> None:
    """Whoever is blocked is heard by nobody."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation)
        contact = await desk.one("SELECT contact FROM conversation")
        found = await desk.store.read(one, Contact, contact)
        await desk.store.submit(Put(rows=(replace(found, blocked=True),)))
        await desk.ask_in(key="2")
        assert await states(desk) == [HELD]


async def test_who_opts_in_again_is_answered_with_the_next_message(tmp_path: Path) -> None:
    """The reason is shown while it waits, and gone when it leaves."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation)
        stop = PresenceEvent(key="optout:1", what="opted_out", sender="tel:+491")
        await desk.hear(stop, said("STOP", "2"))
        assert (await desk.rows(OUT))[0][:2] == (HELD, "opted_out")
        start = PresenceEvent(key="optin:1", what="opted_in", sender="tel:+491")
        await desk.hear(start, said("START", "3"))
        assert (await desk.rows(OUT))[0][:2] == ("queued", "")


# --- whose answer is awaited ---


async def test_a_held_reply_answers_when_it_was_sent_and_not_before(tmp_path: Path) -> None:
    """Held closes nothing and defers nothing; released and sent, it closes the turn it answered,
    also when the node was started anew meanwhile. What the customer wrote after it waits."""
    clock = Hands()
    async with opened(tmp_path, clock=clock, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        clock.now += DAY_MS
        await desk.reply(conversation)
        await desk.decide()
        assert "breached" in await desk.whats("turn.changed")
        assert await desk.one(OPEN_TURNS) == 1
    clock.now += HOUR_MS
    async with opened(tmp_path, clock=clock, toy=windowed()) as desk:
        await desk.decide()
        await desk.ask_in("Still there?", key="2")
        await desk.send()
        await desk.decide()
        turns = await desk.rows("SELECT closed_at IS NULL FROM turn ORDER BY opened_at")
        assert turns == [(0,), (1,)]


# --- expiry ---


async def test_a_held_reply_expires_after_a_warning(tmp_path: Path) -> None:
    """A day before its time an event warns; then it fails as expired."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation)
        assert await desk.claim(JobKind.HELD) is None
        desk.clock.now += 6 * DAY_MS
        await tended(desk)
        (warned,) = await desk.told("message.changed")
        assert warned.state == "expiring"
        assert await states(desk) == [HELD]
        await sound(desk)
        assert await desk.claim(JobKind.HELD) is None
        desk.clock.now += DAY_MS
        await tended(desk)
        assert (await desk.rows(OUT))[0][:2] == ("failed", "expired")
        assert await desk.rows(JOBS) == []
        await sound(desk)


async def test_what_leaves_while_it_is_watched_leaves_once(tmp_path: Path) -> None:
    """The watch was claimed when the customer wrote: it finds nothing to watch over, and ends."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        await desk.reply(conversation)
        desk.clock.now += 6 * DAY_MS
        claimed = await desk.claim(JobKind.HELD)
        assert claimed is not None
        await desk.ask_in(key="2")
        await desk.store.submit(await tend(claimed))
        assert await states(desk) == ["queued"]
        assert await desk.rows(JOBS) == [("send",)]
        await sound(desk)


# --- what agents do with it ---


async def withdrawn(desk: Desk, message: Message) -> Message | Refusal:
    """An agent takes it back."""
    answer: Message | Refusal = await desk.store.submit(
        Withdraw(desk="desk", message=message.id, by="agent:emma")
    )
    return answer


async def rerouted(desk: Desk, message: Message, account: str, identity: str) -> Any:
    """An agent sends it elsewhere."""
    way = desk.accounts[account].way
    command = Reroute(desk="desk", message=message.id, by="agent:emma", identity=identity, way=way)
    return await desk.store.submit(command)


async def test_an_agent_takes_it_back(tmp_path: Path) -> None:
    """It never goes; what has left cannot be taken back."""
    async with opened(tmp_path, toy=windowed()) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        message = await desk.reply(conversation)
        taken = await withdrawn(desk, message)
        assert isinstance(taken, Message)
        assert (taken.state, taken.reason) == ("failed", "withdrawn")
        again = await withdrawn(desk, message)
        assert isinstance(again, Refusal)
        assert again.code == "not_held"
        await desk.ask_in(key="2")
        assert await states(desk) == ["failed"]
        assert await desk.rows(JOBS) == []
        await sound(desk)


REROUTED: list[tuple[str, str, str, str]] = [
    ("another channel that is open", "sms", "tel:+491", "queued"),
    ("one that is shut too", "two", "tel:+491", "window_closed"),
    ("somebody else's address", "sms", "tel:+999", "unknown_recipient"),
]


@pytest.mark.parametrize(
    ("label", "account", "identity", "came_to"), REROUTED, ids=[row[0] for row in REROUTED]
)
async def test_an_agent_sends_it_by_another_channel(
    tmp_path: Path, label: str, account: str, identity: str, came_to: str
) -> None:
    """Only to an address of this customer that may be written to; else it waits on."""
    async with opened(tmp_path, toy=windowed(), two=windowed(), sms=Toy(channel="sms")) as desk:
        conversation = await desk.ask_in()
        await desk.hear(said("Hello", "x", sender="tel:+999"), account="sms")
        desk.clock.now += DAY_MS
        message = await desk.reply(conversation)
        answer = await rerouted(desk, message, account, identity)
        if isinstance(answer, Refusal):
            assert answer.code == came_to
            assert (await desk.rows(OUT))[0][0:3] == (HELD, "window_closed", "toy")
        else:
            assert (answer.state, answer.account) == (came_to, account)
        await sound(desk)
