"""Customers are asked how it went: once, when it is right to, and a number is their answer."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from config.rulebook import Rulebook
from gateway.contract import Accepted, PresenceEvent, Reason, Rejected
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Verb
from gateway.domain.job import JobKind
from gateway.domain.outcome import Refusal
from gateway.domain.survey import THANKS, Survey
from gateway.pipeline.automatic import Automatic
from gateway.pipeline.ownwords import OwnWords
from gateway.pipeline.report import Question
from gateway.pipeline.satisfaction import satisfaction_figures
from gateway.pipeline.surveys import SurveyLinks
from gateway.store.queries.rows import all_of, table_of
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import WriteNote
from gateway.verbs.merge import UnmergeContact
from gateway.verbs.survey import AnswerSurvey
from gateway.verbs.work import ApplyRulebook
from tests.unit.pipeline.desk import START_MS, SURVEYS, Desk, opened
from tests.unit.pipeline.test_merging import SENT, merge, two
from tests.unit.pipeline.test_stages import (
    STAGES,
    answered,
    asked,
    book,
    chat,
    moved,
    say,
    stages,
    wait,
)
from tests.unit.pipeline.toy import Toy, said

ASK: dict[str, Any] = {"after": "5m", "dimensions": ["solution", "speed"]}
WORDS = "SELECT text FROM message WHERE automatic AND direction='out' ORDER BY rowid DESC LIMIT 1"
STATUS = "SELECT status FROM conversation"
SCORES = "SELECT score, scores, comment, by FROM survey ORDER BY asked_at"


def surveyed(automatic: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A rulebook that asks, and says nothing else by itself."""
    surveys = {"ask": [ASK | fields.pop("ask", {})]} | fields
    return book(automatic or {}, surveys=surveys)


async def resolved(desk: Desk, key: str = "1", **fields: Any) -> str:
    """Asked, answered by emma, resolved by emma."""
    conversation = await asked(desk, key, **fields)
    await answered(desk, conversation)
    await moved(desk, conversation, Verb.RESOLVE)
    return conversation


async def invited(desk: Desk, key: str = "1", **fields: Any) -> str:
    """The same, and asked how it went."""
    conversation = await resolved(desk, key, **fields)
    assert (await wait(desk, 5 * MINUTE_MS))[-1] == "survey"
    return conversation


async def writes(desk: Desk, words: str, key: str) -> str:
    """The customer writes, and the owner has seen it."""
    conversation = await desk.ask_in(words, key)
    await desk.decide()
    return conversation


async def test_who_was_helped_is_asked_once(tmp_path: Path) -> None:
    """After a time, by a message that is told as automatic; the row says of whom it is."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        conversation = await resolved(desk)
        assert await wait(desk, 5 * MINUTE_MS - 1) == []
        assert await wait(desk, 1) == ["survey"]
        assert "number from 1 to 5" in await desk.one(WORDS)
        survey = await desk.store.read(_only)
        assert (survey.conversation, survey.queue, survey.agent) == (conversation, "main", "emma")
        assert survey.until == survey.asked_at + 7 * DAY_MS
        assert await desk.one(STATUS) == "resolved"
        assert await wait(desk, DAY_MS) == ["survey"]
        assert await desk.rows("SELECT 1 FROM turn WHERE closed_by=:m", m=survey.message) == []


def _only(connection: Any) -> Survey:
    (survey,) = all_of(connection, Survey, table_of(Survey).select())
    return survey


async def test_it_comes_after_the_thanks(tmp_path: Path) -> None:
    """What is said when it is resolved goes before, and neither keeps the other from going."""
    async with opened(tmp_path, book=surveyed({"resolved": {"after": "1m"}}), toy=chat()) as desk:
        await resolved(desk)
        assert await wait(desk, MINUTE_MS) == ["resolved"]
        assert await wait(desk, 4 * MINUTE_MS) == ["resolved", "survey"]


async def test_it_survives_a_new_owner(tmp_path: Path) -> None:
    """Who takes over asks whom the last owner would have asked, and nobody twice."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await resolved(desk)
        desk.dispatch = desk.new_dispatch()
        assert await wait(desk, 5 * MINUTE_MS) == ["survey"]
        desk.dispatch = desk.new_dispatch()
        assert await wait(desk, DAY_MS) == ["survey"]


async def test_who_is_asked_nothing(tmp_path: Path) -> None:
    """Nobody spoke; the customer wrote again; it was opened again; another queue or channel."""
    async with opened(tmp_path / "a", book=surveyed(), toy=chat()) as desk:
        conversation = await asked(desk)
        await moved(desk, conversation, Verb.RESOLVE)
        assert await wait(desk, HOUR_MS) == [], "nobody of us spoke"
    async with opened(tmp_path / "b", book=surveyed(), toy=chat()) as desk:
        await resolved(desk)
        await writes(desk, "one more thing", "2")
        assert await wait(desk, HOUR_MS) == [], "the customer wrote again"
    async with opened(tmp_path / "c", book=surveyed(), toy=chat()) as desk:
        conversation = await resolved(desk)
        await moved(desk, conversation, Verb.REOPEN)
        assert await wait(desk, HOUR_MS) == [], "it was opened again"
    for label, ask in (
        ("another queue", {"queues": ["other"]}),
        ("another channel", {"channels": ["sms"]}),
        ("not at all", {"enabled": False}),
    ):
        async with opened(tmp_path / label, book=surveyed(ask=ask), toy=chat()) as desk:
            await resolved(desk)
            assert await wait(desk, HOUR_MS) == [], label


async def test_machines_are_not_asked(tmp_path: Path) -> None:
    """Whose last word was a machine's hears nothing."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await resolved(desk)
        await desk.hear(said("I am away", "2", automatic=True))
        await desk.decide()
        assert await wait(desk, HOUR_MS) == []


async def test_who_is_blocked_is_not_asked(tmp_path: Path) -> None:
    """Also where that came after it was decided."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await resolved(desk)
        contact = await desk.one("SELECT id FROM contact")
        block = EditContact(desk="desk", contact=contact, by="agent:emma", blocked=True)
        await desk.wait(5 * MINUTE_MS)
        await desk.store.submit(block)
        assert await say(desk) == ["the customer is blocked"]
        assert await stages(desk) == []


async def test_who_opted_out_is_not_asked(tmp_path: Path) -> None:
    """Nor is it tried again."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await resolved(desk)
        left = {"what": "opted_out", "sender": "tel:+491", "recipient": "tel:+1"}
        await desk.hear(PresenceEvent(key="presence:1", **left))
        await desk.decide()
        await desk.wait(5 * MINUTE_MS)
        (why,) = await say(desk)
        assert "no more messages" in why
        assert await wait(desk, DAY_MS) == []


async def test_what_goes_on_elsewhere_is_asked_about_there(tmp_path: Path) -> None:
    """Two conversations of one customer that became one are asked about once, where it went on."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        elder, younger = await two(desk)
        await answered(desk, younger)
        await merge(desk, younger)
        await answered(desk, elder)
        await moved(desk, elder, Verb.RESOLVE)
        assert await wait(desk, DAY_MS) == ["survey"]
        assert await desk.one("SELECT conversation FROM survey") == elder


async def test_what_happens_meanwhile_forestalls_it(tmp_path: Path) -> None:
    """It was decided, and the customer wrote before it was said."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await resolved(desk)
        await desk.wait(5 * MINUTE_MS)
        await desk.ask_in("it is broken again", "2")
        assert await say(desk) == ["somebody has spoken since"]


async def test_a_customer_is_not_asked_again_too_soon(tmp_path: Path) -> None:
    """However often they are helped, once in `again_after`."""
    async with opened(tmp_path, book=surveyed(again_after="2d"), toy=chat()) as desk:
        await invited(desk)
        for day, asked_in_all in ((1, 1), (2, 2)):
            await wait(desk, DAY_MS)
            conversation = await writes(desk, "another question", f"again{day}")
            await answered(desk, conversation)
            await moved(desk, conversation, Verb.RESOLVE)
            await wait(desk, 5 * MINUTE_MS)
            assert (await stages(desk)).count("survey") == asked_in_all, f"day {day}"


async def test_nobody_is_asked_while_we_are_closed(tmp_path: Path) -> None:
    """It waits for the opening of the queue."""
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    hours = {"day": {"weekly": {day: [["09:00", "18:00"]] for day in week}}}
    parts = {"hours": hours, "queues": {"main": {"hours": "day"}, "other": {}}}
    async with opened(tmp_path, book=surveyed(ask={"after": "12h"}) | parts, toy=chat()) as desk:
        closes = desk.dispatch.inforce.calendar_of_queue("main")
        opens = closes.next_open(START_MS)
        assert opens is not None
        desk.clock.now = opens + HOUR_MS
        await resolved(desk)
        assert await wait(desk, 12 * HOUR_MS) == []
        assert await wait(desk, 11 * HOUR_MS) == ["survey"]


async def test_a_rulebook_that_asks_no_more(tmp_path: Path) -> None:
    """It is hot: what was about to be asked is not."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await resolved(desk)
        silent = Rulebook.model_validate(book({}))
        await desk.store.submit(ApplyRulebook(content=silent.to_json(), by="ada"))
        await desk.decide()
        assert await wait(desk, DAY_MS) == []


# --- a number ---


async def test_a_number_is_an_answer_and_no_question(tmp_path: Path) -> None:
    """It is recorded and told of, opens nothing, waits for nobody, and is thanked for once."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        conversation = await invited(desk)
        before = len(await desk.log("work.changed"))
        assert await writes(desk, "5", "2") == conversation
        assert await desk.rows(SCORES) == [(5, "{}", "", "number")]
        (fact,) = await desk.told("survey.answered")
        assert (fact.score, fact.by, fact.queue, fact.again) == (5, "number", "main", False)
        assert await desk.one(STATUS) == "resolved"
        assert len(await desk.log("work.changed")) == before
        assert await desk.rows("SELECT 1 FROM turn WHERE closed_at IS NULL") == []
        assert await wait(desk, MINUTE_MS) == ["survey", "survey_thanks"]
        await writes(desk, "4", "3")
        assert [b.again for b in await desk.told("survey.answered")] == [False, True]
        assert await desk.rows(SCORES) == [(4, "{}", "", "number")]
        assert await wait(desk, DAY_MS) == ["survey", "survey_thanks"]


async def test_a_doubled_delivery_is_one_answer(tmp_path: Path) -> None:
    """The same message again, and the same number again, tell nobody anything."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await invited(desk)
        for key in ("2", "2", "3"):
            await writes(desk, "5", key)
        assert len(await desk.told("survey.answered")) == 1
        assert await desk.one(STATUS) == "resolved"


async def test_a_number_answers_the_newest_question(tmp_path: Path) -> None:
    """Helped twice and asked twice: what was asked before keeps its answer, or goes without."""
    async with opened(tmp_path, book=surveyed(again_after="0s"), toy=chat()) as desk:
        await invited(desk)
        await writes(desk, "and another thing", "2")
        conversation = await desk.one("SELECT id FROM conversation")
        await answered(desk, conversation)
        await moved(desk, conversation, Verb.RESOLVE)
        assert (await wait(desk, 5 * MINUTE_MS)).count("survey") == 2
        await writes(desk, "4", "3")
        assert await desk.rows(SCORES) == [(None, "{}", "", ""), (4, "{}", "", "number")]


async def test_a_number_leaves_what_it_has_no_room_for(tmp_path: Path) -> None:
    """Dimensions and comment of the page stand when the customer writes another number."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await invited(desk)
        await given(desk, 2, scores={"speed": 1}, comment="late")
        await writes(desk, "3", "2")
        assert await desk.rows(SCORES) == [(3, '{"speed":1}', "late", "number")]


async def test_words_behind_a_number_are_for_a_person(tmp_path: Path) -> None:
    """They are kept as the comment, and open the conversation as all words do."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await invited(desk)
        await writes(desk, "2, it still drips", "2")
        assert await desk.rows(SCORES) == [(2, "{}", "it still drips", "number")]
        assert await desk.one(STATUS) == "open"
        assert await wait(desk, HOUR_MS) == ["survey"]


BEHIND: list[tuple[str, str, list[str]]] = [
    ("praise", "4，quick and friendly", ["survey_thanks"]),
    ("praise in Chinese", "５，客服很耐心", ["survey_thanks"]),
    ("a question", "5, when does it arrive?", ["still_waiting"] * 2),
    ("a question in Chinese", "5分，发票开好了吗", ["still_waiting"] * 2),
    ("a complaint", "2, it still drips", ["still_waiting"] * 2),
    ("neither", "3, 一般", ["still_waiting"] * 2),
]


@pytest.mark.parametrize(("words", "told"), [b[1:] for b in BEHIND], ids=[b[0] for b in BEHIND])
async def test_who_praises_is_thanked_and_waits_for_nothing(
    tmp_path: Path, words: str, told: list[str]
) -> None:
    """Somebody reads it all the same; whoever wants something waits for a person, and is told so."""
    document = surveyed({"still_waiting": STAGES["still_waiting"]})
    async with opened(tmp_path, book=document, toy=chat()) as desk:
        await invited(desk)
        await writes(desk, words, "2")
        assert await wait(desk, 0) == ["survey", *(each for each in told if each == THANKS)]
        assert await desk.one(STATUS) == "open"
        assert len(await desk.rows("SELECT 1 FROM turn WHERE closed_at IS NULL")) == 1
        assert await wait(desk, DAY_MS) == ["survey", *told[:1]]
        assert await wait(desk, DAY_MS) == ["survey", *told]


async def test_who_writes_on_behind_praise_is_not_thanked_over_it(tmp_path: Path) -> None:
    """Their newest words are for a person; who wrote in time for the thanks hears none."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await invited(desk)
        await desk.ask_in("5, thank you", "2")
        desk.clock.now += 1
        await writes(desk, "but one thing is missing", "3")
        assert await wait(desk, HOUR_MS) == ["survey"]


class Interrupted:
    """Words of our own, right before which something else happens, once."""

    def __init__(self, words: OwnWords, meddle: Callable[[], Awaitable[Any]]) -> None:
        self._words = words
        self._meddle: Callable[[], Awaitable[Any]] | None = meddle

    async def write(self, *args: Any) -> Any:
        """As they are, a moment later."""
        if self._meddle is not None:
            meddle, self._meddle = self._meddle, None
            await meddle()
        return await self._words.write(*args)


@pytest.mark.parametrize(
    ("who", "told"), [("the customer", "still_waiting"), ("a colleague", THANKS)]
)
async def test_who_writes_on_right_before_the_thanks_waits(
    tmp_path: Path, who: str, told: str
) -> None:
    """It is no answer to their question, of which they hear as of any; a note changes nothing."""
    document = surveyed({"still_waiting": STAGES["still_waiting"]})
    async with opened(tmp_path, book=document, toy=chat()) as desk:
        conversation = await invited(desk)
        await writes(desk, "5, thank you", "2")

        async def meddle() -> None:
            desk.clock.now += 1
            if who == "the customer":
                await desk.ask_in("and where is my parcel?", "3")
            else:
                note = WriteNote(desk="desk", conversation=conversation, text="n", by="agent:lin")
                await desk.store.submit(note)

        words: Any = Interrupted(desk.own_words, meddle)
        desk.automatic = Automatic(
            *(desk.store, desk.accounts, words, SURVEYS, desk.answering),
            lambda: desk.dispatch.inforce,
        )
        await say(desk)
        assert await wait(desk, DAY_MS) == ["survey", told]


async def test_no_thanks_where_the_rulebook_wants_none(tmp_path: Path) -> None:
    """Praise, too, is then a message like any other."""
    async with opened(tmp_path, book=surveyed(thanks=False), toy=chat()) as desk:
        await invited(desk)
        await writes(desk, "5, thank you", "2")
        assert await wait(desk, HOUR_MS) == ["survey"]


ORDINARY = [
    ("before anybody asked", "none", "5"),
    ("once the time has passed", "late", "5"),
    ("once the customer has written", "reopened", "5"),
    ("once it was resolved a second time", "again", "2"),
    ("a number of things", "asked", "5 items are missing"),
    ("out of range", "asked", "6"),
    ("a word", "asked", "thanks"),
]


@pytest.mark.parametrize(("label", "when", "words"), ORDINARY, ids=[o[0] for o in ORDINARY])
async def test_what_is_an_ordinary_message(
    tmp_path: Path, label: str, when: str, words: str
) -> None:
    """It opens the conversation and nothing is recorded."""
    async with opened(tmp_path, book=surveyed(within="1h"), toy=chat()) as desk:
        await (resolved if when == "none" else invited)(desk)
        if when == "late":
            desk.clock.now += HOUR_MS
        if when in ("reopened", "again"):
            desk.clock.now += MINUTE_MS
            conversation = await writes(desk, "wait", "7")
        if when == "again":
            await answered(desk, conversation)
            await moved(desk, conversation, Verb.RESOLVE)
            await wait(desk, 5 * MINUTE_MS)
        await writes(desk, words, "8")
        assert await desk.one(STATUS) == "open", label
        assert await desk.told("survey.answered") == [], label


async def test_a_number_is_of_who_was_asked(tmp_path: Path) -> None:
    """Who was parted from the one they were merged with writes a number into no talk of theirs."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        elder, younger = await two(desk)
        parted = await desk.one(f"SELECT contact FROM conversation WHERE id = '{younger}'")
        await merge(desk, younger)
        assert await desk.ask_in("one more", "3", sender="tel:+492") == elder
        await desk.decide()
        await answered(desk, elder)
        await moved(desk, elder, Verb.RESOLVE)
        assert "survey" in await wait(desk, 5 * MINUTE_MS)
        await desk.store.submit(UnmergeContact(desk="desk", contact=parted, by="agent:emma"))
        await desk.decide()
        assert await desk.ask_in("5", "9", sender="tel:+492") != elder
        assert await desk.told("survey.answered") == []


# --- the window and the page ---


async def given(desk: Desk, score: int = 5, **fields: Any) -> Any:
    """An answer from the page."""
    survey = await desk.one("SELECT id FROM survey ORDER BY asked_at DESC LIMIT 1")
    said_so = {"desk": "desk", "survey": survey, "score": score, "by": "page"} | fields
    return await desk.store.submit(AnswerSurvey(**said_so))


async def test_the_last_answer_within_the_time_stands(tmp_path: Path) -> None:
    """Scores and comment together; the same again is told of to nobody; too late is too late."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await invited(desk)
        first = await given(desk, 3, scores={"speed": 2}, comment=" slow\0 ")
        assert (first.score, first.scores, first.comment) == (3, '{"speed":2}', "slow")
        await given(desk, 3, scores={"speed": 2}, comment="slow")
        await given(desk, 4, scores={"speed": 5, "solution": 4})
        told = [(b.score, b.scores, b.again) for b in await desk.told("survey.answered")]
        assert told == [(3, {"speed": 2}, False), (4, {"speed": 5, "solution": 4}, True)]
        assert all("slow" not in event.body for event in await desk.log("survey.answered"))
        desk.clock.now += 7 * DAY_MS
        assert (await given(desk, 1)).code == "survey_over"


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("below", {"score": 0}, "survey_score"),
    ("above", {"score": 6}, "survey_score"),
    ("a dimension out of range", {"scores": {"speed": 9}}, "survey_score"),
    ("a dimension that was not asked", {"scores": {"price": 5}}, "survey_score"),
    ("somebody else's", {"identity": "webchat:toy:x"}, "not_found"),
    ("none", {"survey": "0"}, "not_found"),
]


@pytest.mark.parametrize(("label", "fields", "code"), WRONG, ids=[w[0] for w in WRONG])
async def test_what_is_no_answer(
    tmp_path: Path, label: str, fields: dict[str, Any], code: str
) -> None:
    """It is refused, and nothing is recorded."""
    async with opened(tmp_path, book=surveyed(), toy=chat()) as desk:
        await invited(desk)
        refused = await given(desk, **({"score": 5} | fields))
        assert isinstance(refused, Refusal), label
        assert refused.code == code
        assert await desk.told("survey.answered") == []


def test_addresses_of_the_page() -> None:
    """Only ours open, whatever is changed in them; without a key or a place there are none."""
    url = SURVEYS.url("https://desk.example/", "0198-ab", START_MS)
    base, _, token = url.rpartition("/")
    assert base == "https://desk.example/survey"
    assert SURVEYS.survey_of(token) == "0198-ab"
    survey, until, mac = token.split(".")
    forged = [
        "",
        "x",
        survey,
        f"{survey}.{until}",
        f"{survey}.{until}.",
        f"0198-ac.{until}.{mac}",
        f"{survey}.{int(until) + 1}.{mac}",
        f"{survey}.٣.{mac}",
        f"{survey}.{until}.{mac[:-1]}",
        f"{survey}.{until}.é{mac}",
        token * 9,
    ]
    assert [SURVEYS.survey_of(each) for each in forged] == [None] * len(forged)
    assert SurveyLinks(SecretStr("t" * 32)).survey_of(token) is None
    keyless = SurveyLinks(SecretStr(""))
    assert keyless.url("https://desk.example", "1", 1) == ""
    assert keyless.survey_of(token) is None
    assert SURVEYS.url("", "1", 1) == ""


# --- the report ---


async def test_figures_beside_the_span_before(tmp_path: Path) -> None:
    """Counted where it was asked: invited, answered, mean, 4 and 5, by dimension, and before."""
    async with opened(tmp_path, book=surveyed(again_after="0s"), toy=chat()) as desk:
        for number, (day, score) in enumerate([(0, 2), (1, 5), (1, 4), (1, None)]):
            desk.clock.now = max(desk.clock.now, START_MS + day * DAY_MS + HOUR_MS)
            await invited(desk, f"k{number}", sender=f"toy:{number}")
            if score is not None:
                await given(desk, score, scores={"speed": score})
        start = START_MS + DAY_MS
        question = Question(
            desk="desk", since=start, until=start + DAY_MS, by=("queue",), zone="UTC"
        )
        (row,) = await desk.store.read(satisfaction_figures, question)
        assert (row.group, row.asked, row.answered) == ({"queue": "main"}, 3, 2)
        assert (row.mean, row.good_share) == (4.5, 1.0)
        assert row.dimensions["speed"].mean == 4.5
        assert row.before is not None
        assert (row.before.asked, row.before.mean, row.before.good_share) == (1, 2.0, 0.0)


@pytest.mark.parametrize(
    ("became", "counts"),
    [(SENT, 1), (Rejected(reason=Reason.WINDOW_CLOSED, detail="95018"), 0)],
    ids=["sent", "refused"],
)
async def test_whom_no_question_reached_was_not_asked(
    tmp_path: Path, became: Any, counts: int
) -> None:
    """The provider has refused it: a share of answers is of those who could give one."""
    async with opened(tmp_path, book=surveyed(), toy=Toy()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await desk.send(Accepted(provider_id="p0"))
        await moved(desk, conversation, Verb.RESOLVE)
        assert await wait(desk, 5 * MINUTE_MS) == ["survey"]
        await desk.send(became)
        question = Question(
            desk="desk", since=START_MS, until=desk.clock.now + 1, zone="UTC", by=("queue",)
        )
        found = await desk.store.read(satisfaction_figures, question)
        assert sum(row.asked for row in found) == counts
        await given(desk, 4)
        (row,) = await desk.store.read(satisfaction_figures, question)
        assert (row.asked, row.answered) == (1, 1), "who answers has been reached after all"


async def test_closed_windows_are_not_knocked_at(tmp_path: Path) -> None:
    """Outside the provider's window nothing goes, and nothing is tried again."""
    toy = Toy(window_ms=HOUR_MS)
    async with opened(tmp_path, book=surveyed(ask={"after": "2h"}), toy=toy) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        assert await desk.send() is not None
        await moved(desk, conversation, Verb.RESOLVE)
        await desk.wait(2 * HOUR_MS)
        (why,) = await say(desk)
        assert why, "it says why"
        assert await stages(desk) == []
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        assert await desk.rows("SELECT 1 FROM survey") == []
