"""What the desk says by itself: once, politely, and never into a loop."""

from pathlib import Path
from typing import Any

import pytest

from gateway.contract import MailParts
from gateway.domain.clock import DAY_MS, HOUR_MS
from gateway.domain.conversation import Verb
from gateway.domain.job import JobKind
from gateway.pipeline.automatic import PER_DOMAIN
from gateway.verbs.conversation import SetStatus
from gateway.verbs.settle import Settle
from gateway.verbs.work import ApplyRulebook
from tests.unit.pipeline.desk import BOOK, START_MS, Desk, opened
from tests.unit.pipeline.toy import Toy, said

SAID = "SELECT text, author FROM message WHERE direction='out' ORDER BY rowid"
NEVER = {"hours": {"shut": {"weekly": {}}}}


def book(automatic: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """A rulebook that acknowledges."""
    usual = {"acknowledged": {}} if automatic is None else automatic
    desk = {"default_queue": "main", "name": "Dawnlight"}
    return BOOK | {"templates": {"automatic": usual}, "desk": desk} | parts


async def answer(desk: Desk) -> Settle:
    """Do the automatic reply that is due."""
    claimed = await desk.claim(JobKind.AUTO_REPLY)
    assert claimed is not None, "none is due"
    settle: Settle = await desk.automatic.answer(claimed)
    await desk.store.submit(settle)
    return settle


async def test_a_new_conversation_is_acknowledged(tmp_path: Path) -> None:
    """In the customer's language, by the template's name, marked as automatic; the job is done."""
    async with opened(tmp_path, book=book()) as desk:
        await desk.ask_in("你好")
        settle = await answer(desk)
        assert (settle.outcome, settle.state, settle.job_state) == ("written", None, None)
        ((text, author),) = await desk.rows(SAID)
        assert author == "auto:acknowledged"
        assert any("\u4e00" <= char <= "\u9fff" for char in text)
        assert await desk.one("SELECT automatic FROM message WHERE direction='out'") == 1
        assert await desk.one("SELECT kind FROM job") == "send"


async def test_it_comes_when_the_rulebook_says(tmp_path: Path) -> None:
    """Not before; a person who is quicker makes it needless."""
    async with opened(tmp_path, book=book({"acknowledged": {"after": "9s"}})) as desk:
        conversation = await desk.ask_in()
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        await desk.reply(conversation)
        desk.clock.now += 9_000
        settle = await answer(desk)
        assert (settle.outcome, settle.detail) == ("skipped", "a person has answered already")
        assert len(await desk.rows(SAID)) == 1


async def test_once_a_conversation(tmp_path: Path) -> None:
    """More words, a restart in the middle, or a conversation opened again: not twice."""
    async with opened(tmp_path, book=book(), toy=Toy(sends=False)) as desk:
        conversation = await desk.ask_in()
        claimed = await desk.claim(JobKind.AUTO_REPLY)
        assert claimed is not None
        first = await desk.automatic.answer(claimed)
        again = await desk.automatic.answer(claimed)  # the process died before it was settled
        assert (first.outcome, again.outcome) == ("written", "written")
        await desk.store.submit(again)
        await desk.ask_in("more", "2")
        verb = SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:e")
        await desk.store.submit(verb)
        assert await desk.ask_in("again", "3") == conversation
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        assert len(await desk.rows(SAID)) == 1


async def test_never_to_a_machine(tmp_path: Path) -> None:
    """An automatic message begins no exchange."""
    async with opened(tmp_path, book=book()) as desk:
        await desk.hear(said("I am away", "1", automatic=True))
        assert await desk.claim(JobKind.AUTO_REPLY) is None


async def test_not_when_it_is_over(tmp_path: Path) -> None:
    """Resolved meanwhile: nothing is said."""
    async with opened(tmp_path, book=book()) as desk:
        conversation = await desk.ask_in()
        verb = SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:e")
        await desk.store.submit(verb)
        settle = await answer(desk)
        assert (settle.outcome, settle.detail) == ("skipped", "the conversation is over")


async def test_not_when_the_rulebook_changed_its_mind(tmp_path: Path) -> None:
    """The version in force when it is due decides."""
    async with opened(tmp_path, book=book()) as desk:
        await desk.ask_in()
        calm = desk.first.model_copy(update={"templates": type(desk.first.templates)()})
        await desk.store.submit(ApplyRulebook(content=calm.to_json(), by="admin"))
        await desk.decide()
        assert (await answer(desk)).detail == "the rulebook does not want it"
        assert await desk.rows(SAID) == []


async def test_not_from_an_account_that_is_gone(tmp_path: Path) -> None:
    """It says so, and the job is done."""
    async with opened(tmp_path, book=book()) as desk:
        await desk.ask_in()
        desk.accounts.pop("toy")
        settle = await answer(desk)
        assert settle.detail == "account toy is not configured here"
        assert await desk.rows("SELECT id FROM job") == []


async def test_another_template_than_its_name(tmp_path: Path) -> None:
    """The rulebook may choose the words."""
    async with opened(tmp_path, book=book({"acknowledged": {"template": "apology"}})) as desk:
        await desk.ask_in()
        await answer(desk)
        assert (await desk.rows(SAID))[0][1] == "auto:apology"


# label, automatic of the rulebook, hours of the queue, who speaks
CLOSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("open", {"acknowledged": {}, "out_of_hours": {}}, "", "auto:acknowledged"),
    ("closed", {"acknowledged": {}, "out_of_hours": {}}, "night", "auto:out_of_hours"),
    ("closed, and nothing to say of it", {"acknowledged": {}}, "night", "auto:acknowledged"),
    (
        "closed, switched off",
        {"acknowledged": {}, "out_of_hours": {"enabled": False}},
        "night",
        "auto:acknowledged",
    ),
    (
        "closed, in other words",
        {"acknowledged": {}, "out_of_hours": {"template": "apology"}},
        "night",
        "auto:out_of_hours",
    ),
    ("closed for ever", {"acknowledged": {}, "out_of_hours": {}}, "shut", "auto:out_of_hours"),
]
HOURS = {"night": {"weekly": {"mon-sun": "02:00-03:00"}}} | NEVER["hours"]


@pytest.mark.parametrize(
    ("label", "automatic", "hours", "author"), CLOSED, ids=[row[0] for row in CLOSED]
)
async def test_closed_hours(
    tmp_path: Path, label: str, automatic: dict[str, Any], hours: str, author: str
) -> None:
    """While the queue is closed its customers hear that, and when it opens, if it ever does."""
    document = book(automatic, hours=HOURS, queues={"main": {"hours": hours}})
    async with opened(tmp_path, book=document) as desk:
        await desk.ask_in()
        await answer(desk)
        ((text, said_by),) = await desk.rows(SAID)
        assert said_by == author
        if label == "closed, in other words":
            assert "sorry" in text
        elif author == "auto:out_of_hours":
            assert ("opens again" in text) == (hours == "night")
            assert ("2:00" in text) == (hours == "night")
            assert ("UTC+" in text) == (hours == "night"), "a time has its zone"


def mail(number: int, sender: str) -> Any:
    """A mail that begins a conversation."""
    parts = MailParts(subject="Hello", message_id=f"<{number}@x>")
    return said("Hello", f"{number}", sender=sender, mail=parts)


async def test_one_a_day_to_an_address(tmp_path: Path) -> None:
    """However many conversations it begins; a day later once more."""
    document = book(desk={"default_queue": "main", "reopen_days": 0})
    async with opened(tmp_path, book=document) as desk:
        outcomes = []
        for number, pause in enumerate((0, HOUR_MS, DAY_MS - HOUR_MS - 1, 1)):
            desk.clock.now += pause
            conversation = await desk.ask_in("Hello", f"{number}")
            settle = await answer(desk)
            outcomes.append(settle.outcome)
            verb = SetStatus(
                desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:e"
            )
            await desk.store.submit(verb)
        assert outcomes == ["written", "skipped", "skipped", "written"]
        assert desk.clock.now == START_MS + DAY_MS


async def test_ten_an_hour_to_a_domain(tmp_path: Path) -> None:
    """A domain full of machines does not get more; another domain does, and so does the hour on."""
    async with opened(tmp_path, book=book()) as desk:
        outcomes = []
        for number in range(PER_DOMAIN + 2):
            await desk.hear(mail(number, f"mailto:a{number}@x.example"))
            outcomes.append((await answer(desk)).outcome)
        assert outcomes == ["written"] * PER_DOMAIN + ["skipped"] * 2
        await desk.hear(mail(90, "mailto:a@y.example"))
        assert (await answer(desk)).outcome == "written"
        desk.clock.now += HOUR_MS
        await desk.hear(mail(91, "mailto:b@x.example"))
        assert (await answer(desk)).outcome == "written"


async def test_no_caps_where_no_machine_can_answer(tmp_path: Path) -> None:
    """A visitor on the web page is greeted each time."""
    document = book(desk={"default_queue": "main", "reopen_days": 0})
    async with opened(tmp_path, book=document, toy=Toy(sends=False)) as desk:
        for number in range(3):
            conversation = await desk.ask_in("Hello", f"{number}")
            assert (await answer(desk)).outcome == "written"
            verb = SetStatus(
                desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:e"
            )
            await desk.store.submit(verb)


@pytest.mark.parametrize(
    ("label", "templates"),
    [
        ("no such template", {"automatic": {"acknowledged": {"template": "nothing"}}}),
        ("a value is missing", {"automatic": {"acknowledged": {}}, "values": {"desk_name": ""}}),
    ],
)
async def test_what_cannot_be_worded_is_not_said(
    tmp_path: Path, label: str, templates: dict[str, Any]
) -> None:
    """The job is done and says why; nothing breaks."""
    async with opened(tmp_path, book=book(templates=templates)) as desk:
        await desk.ask_in()
        settle = await answer(desk)
        assert settle.outcome == "skipped", label
        assert settle.detail
        assert await desk.rows(SAID) == []
        assert await desk.rows("SELECT id FROM job") == []


async def test_nobody_is_greeted_by_a_number(tmp_path: Path) -> None:
    """A name is used where there is one; an address is none. The desk's own words stand."""
    async with opened(tmp_path, book=book(), toy=Toy(sends=False)) as desk:
        await desk.ask_in()
        await answer(desk)
        await desk.ask_in("Hello", "2", sender="tel:+492", sender_name="Ms Reed")
        await answer(desk)
        (nameless, _), (named, _) = await desk.rows(SAID)
        assert "+491" not in nameless
        assert "Ms Reed" in named


async def test_the_desk_is_named(tmp_path: Path) -> None:
    """As the rulebook calls it."""
    async with opened(tmp_path, book=book(), toy=Toy(channel="sms")) as desk:
        await desk.ask_in()
        await answer(desk)
        assert (await desk.rows(SAID))[0][0].startswith("Dawnlight:")


async def test_the_desk_is_named_in_the_customers_language(tmp_path: Path) -> None:
    """By the name that it has there."""
    named = {
        "default_queue": "main",
        "name": "晨光 D",
        "names": {"zh": "晨光小店", "en": "Dawnlight"},
    }
    async with opened(tmp_path, book=book(desk=named), toy=Toy(channel="sms")) as desk:
        for number, (asked, said) in enumerate(
            (("Where is it?", "Dawnlight:"), ("在哪里？", "【晨光小店】"))
        ):
            await desk.ask_in(asked, f"{number}", sender=f"tel:+49{number}")
            await answer(desk)
            assert (await desk.rows(SAID))[number][0].startswith(said)


async def test_a_text_that_does_not_fit_is_not_sent(tmp_path: Path) -> None:
    """The refusal is noted with the try."""
    async with opened(tmp_path, book=book(), toy=Toy(max_text=5)) as desk:
        await desk.ask_in()
        settle = await answer(desk)
        assert settle.outcome == "skipped"
        assert "this channel carries 5 characters" in settle.detail
