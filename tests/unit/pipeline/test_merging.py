"""Two conversations become one: work, offers and response clocks go along, once."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.rulebook import Rulebook
from gateway.contract import Accepted, DeliveryReport, Reason
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Conversation, Verb
from gateway.domain.message import MessageState
from gateway.domain.work import Unanswered
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus
from gateway.verbs.merge import MergeContacts, MergeConversations, UnmergeContact
from gateway.verbs.promise import MakePromise, Promised
from gateway.verbs.split import SplitConversation
from gateway.verbs.work import ApplyRulebook
from tests.unit.pipeline.desk import BOOK, START_MS, Desk, opened
from tests.unit.pipeline.toy import said

LIVE = "SELECT conversation, state, agent FROM work WHERE live_of IS NOT NULL"
PROMISES = "SELECT conversation, state FROM promise"
SENT = Accepted(provider_id="p1")
FAILED = DeliveryReport(
    key="report:1", state=MessageState.FAILED, provider_message="p1", reason=Reason.UNAVAILABLE
)
READ = DeliveryReport(key="report:2", state=MessageState.READ, provider_message="p1")
WAITS = "SELECT conversation, opened_at FROM turn WHERE open_of IS NOT NULL"


async def two(desk: Desk) -> tuple[str, str]:
    """An elder and a younger conversation, a minute apart, of two people."""
    elder = await desk.ask_in("Hello", "1", sender="tel:+491")
    await desk.decide()
    await desk.wait(MINUTE_MS // 2)
    younger = await desk.ask_in("Hello again", "2", sender="tel:+492")
    await desk.decide()
    return elder, younger


async def merging(desk: Desk, younger: str) -> MergeContacts:
    """What says that the one who wrote later is who wrote before."""
    one = await desk.one(f"SELECT contact FROM conversation WHERE id = '{younger}'")
    into = await desk.one(f"SELECT id FROM contact WHERE id <> '{one}'")
    return MergeContacts(desk="desk", contact=one, into=into, by="agent:emma")


async def merge(desk: Desk, younger: str) -> Any:
    """The one who wrote later is who wrote before."""
    answer = await desk.store.submit(await merging(desk, younger))
    await desk.decide()
    return answer


async def take(desk: Desk, agent: str, conversation: str) -> None:
    """An agent takes a conversation."""
    await desk.asks(agent, "presence", presence="available")
    await desk.asks(agent, "take", on=conversation)


@pytest.mark.parametrize("stays", ["known", "new"])
async def test_who_they_are_in_the_end_is_routed(tmp_path: Path, stays: str) -> None:
    """By what is known of the person, and to who had any of their conversations last."""
    queue = {"sticky": "hard", "sticky_window": "1h"}
    rules = [{"when": {"vip": True}, "queue": "other"}]
    book = BOOK | {"queues": {"main": queue, "other": queue}, "rules": rules}
    book["agents"] = {"emma": {"queues": ["main", "other"]}}
    async with opened(tmp_path, book=book) as desk:
        first = await desk.ask_in("Hello", "1", sender="tel:+491")
        await desk.decide()
        await take(desk, "emma", first)
        done = SetStatus(desk="desk", conversation=first, verb=Verb.RESOLVE, by="agent:emma")
        await desk.store.submit(done)
        await desk.asks("emma", "presence", presence="offline")
        second = await desk.ask_in("Hi", "2", sender="tel:+492")
        await desk.decide()
        await desk.reply(second)
        await desk.send()
        await desk.decide()
        assert await desk.rows(LIVE) == []
        known, new = [
            await desk.one(f"SELECT contact FROM conversation WHERE id = '{each}'")
            for each in (first, second)
        ]
        goes, kept = (new, known) if stays == "known" else (known, new)
        vip = EditContact(desk="desk", contact=kept, vip=True, by="agent:emma")
        await desk.store.submit(vip)
        merged = MergeContacts(desk="desk", contact=goes, into=kept, by="agent:emma")
        await desk.store.submit(merged)
        await desk.hear(said("and now?", "3", sender="tel:+492"))
        await desk.decide()
        live = "SELECT conversation, queue, body FROM work WHERE live_of IS NOT NULL"
        ((conversation, there, body),) = await desk.rows(live)
        assert (conversation, there) == (second, "other")
        assert msgspec.json.decode(body)["pin"] == "emma"


ROUTED = "SELECT conversation, state, queue, priority FROM work WHERE live_of IS NOT NULL"


@pytest.mark.parametrize("moved", [False, True])
async def test_what_waits_is_routed_as_who_they_prove_to_be(tmp_path: Path, moved: bool) -> None:
    """At once, and back when they are parted; but what a person has moved stays there."""
    rules = [{"when": {"vip": True}, "queue": "other", "priority": 7}]
    agents = {"emma": {"queues": ["main", "third"]}}
    queues = BOOK["queues"] | {"third": {}}
    async with opened(
        tmp_path, book=BOOK | {"rules": rules, "agents": agents, "queues": queues}
    ) as desk:
        elder, younger = await two(desk)
        if moved:
            await take(desk, "emma", elder)
            await desk.asks("emma", "presence", presence="busy")
            await desk.asks("emma", "transfer", on=elder, target="queue:third")
        queue = "third" if moved else "main"
        assert (elder, "waiting", queue, 0) in await desk.rows(ROUTED)
        verb = await merging(desk, younger)
        await desk.store.submit(
            EditContact(desk="desk", contact=verb.into, vip=True, by="agent:emma")
        )
        swapped = MergeContacts(desk="desk", contact=verb.into, into=verb.contact, by="agent:emma")
        await desk.store.submit(swapped)
        await desk.decide()
        assert await desk.rows(ROUTED) == [(elder, "waiting", queue, 0)]
        parted = UnmergeContact(desk="desk", contact=verb.into, by="agent:emma")
        await desk.store.submit(parted)
        await desk.decide()
        at = "third" if moved else "other"
        assert (elder, "waiting", at, 7) in await desk.rows(ROUTED)


async def test_rules_of_another_name_route_who_they_prove_to_be(tmp_path: Path) -> None:
    """A new rulebook says the same by rules that are called otherwise; then two become one."""
    vip = {"when": {"vip": True}, "queue": "other", "priority": 7, "name": "vip"}
    hello = {"when": {"text_has": ["hello"]}, "queue": "third", "name": "hello"}
    book = BOOK | {"rules": [vip, hello], "queues": BOOK["queues"] | {"third": {}}}
    async with opened(tmp_path, book=book) as desk:
        elder, younger = await two(desk)
        assert (elder, "waiting", "third", 0) in await desk.rows(ROUTED)
        renamed = book | {"rules": [vip, hello | {"name": "hi"}]}
        content = Rulebook.model_validate(renamed).to_json()
        await desk.store.submit(ApplyRulebook(content=content, by="admin"))
        await desk.decide()
        verb = await merging(desk, younger)
        await desk.store.submit(
            EditContact(desk="desk", contact=verb.into, vip=True, by="agent:emma")
        )
        await desk.store.submit(verb)
        await desk.decide()
        assert await desk.rows(ROUTED) == [(elder, "waiting", "other", 7)]


async def test_work_without_a_question_goes_along(desk: Desk) -> None:
    """Handed on after an answer, it was for whoever comes; so it is where nobody had anything."""
    elder, younger = await two(desk)
    await desk.reply(elder)
    await desk.send()
    await desk.decide()
    await take(desk, "lin", younger)
    await desk.reply(younger, author="agent:lin")
    await desk.send()
    await desk.asks("lin", "transfer", on=younger, target="queue:other")
    assert (await desk.rows(LIVE), await desk.rows(WAITS)) == ([(younger, "waiting", None)], [])
    await merge(desk, younger)
    assert [conversation for conversation, _, _ in await desk.rows(LIVE)] == [elder]


async def dues(desk: Desk, conversation: str) -> tuple[int, int]:
    """By when its customer is to be answered, by their turn and by its work."""
    query = "SELECT t.due, w.body FROM turn t JOIN work w ON w.live_of = t.open_of"
    due, body = await desk.one(f"{query} WHERE t.open_of = '{conversation}'")
    return due, msgspec.json.decode(body)["deadline"]


async def test_what_goes_on_is_due_as_the_first_question_was(desk: Desk) -> None:
    """The elder was answered and asked again: who asked in the younger before comes first."""
    elder, younger = await two(desk)
    await desk.reply(elder)
    await desk.send()
    await desk.wait(MINUTE_MS)
    await desk.hear(said("and this?", "3", sender="tel:+491"))
    await desk.decide()
    later = await dues(desk, elder)
    await merge(desk, younger)
    first = await dues(desk, elder)
    assert first[0] == first[1] < later[0] == later[1]


async def test_a_promise_that_presses_goes_before_all_where_it_goes_on(desk: Desk) -> None:
    """It was late in the younger; the elder waits in its queue with the first from now on."""
    elder, younger = await two(desk)
    await promise(desk, younger)
    await desk.wait(2 * HOUR_MS)
    assert (elder, "waiting", "main", 0) in await desk.rows(ROUTED)
    await merge(desk, younger)
    assert await desk.rows(ROUTED) == [(elder, "waiting", "main", 100)]


async def promise(desk: Desk, conversation: str) -> None:
    """An agent promises its customer something within the hour."""
    what = Promised(
        owner="emma", queue="main", text="I look", due=desk.clock.now + HOUR_MS, by="agent:emma"
    )
    await desk.store.submit(MakePromise(desk="desk", conversation=conversation, promised=what))
    await desk.decide()


async def test_one_waits_for_both(desk: Desk) -> None:
    """One piece of work and one turn, since they asked first; the other's offer is rescinded."""
    elder, younger = await two(desk)
    await merge(desk, younger)
    assert await desk.rows(LIVE) == [(elder, "waiting", None)]
    assert await desk.rows(WAITS) == [(elder, START_MS)]
    ended = await desk.one(f"SELECT closed_by FROM turn WHERE conversation = '{younger}'")
    assert ended == Unanswered.CONTINUED
    running = "SELECT conversation FROM resolution WHERE resolved_at IS NULL"
    assert await desk.rows(running) == [(elder,)]


@pytest.mark.parametrize("had", ["elder", "younger", "both"])
async def test_who_had_one_has_what_goes_on(desk: Desk, had: str) -> None:
    """Who had the elder keeps it; else who had the younger goes on in the elder."""
    elder, younger = await two(desk)
    if had != "younger":
        await take(desk, "emma", elder)
    if had != "elder":
        await take(desk, "lin", younger)
    await merge(desk, younger)
    agent = "lin" if had == "younger" else "emma"
    assert await desk.rows(LIVE) == [(elder, "assigned", agent)]
    loads = dict(await desk.rows("SELECT login, load FROM agent_state"))
    assert [login for login, load in loads.items() if load] == [agent]


@pytest.mark.parametrize("by", ["agent:emma", "token:crm"])
async def test_parted_again_nobody_waits_unseen(desk: Desk, by: str) -> None:
    """A merge by mistake, undone by whomever: both are somebody's to look at."""
    elder, younger = await two(desk)
    await merge(desk, younger)
    one = await desk.one(f"SELECT contact FROM conversation WHERE id = '{younger}'")
    await desk.store.submit(UnmergeContact(desk="desk", contact=one, by=by))
    await desk.decide()
    found = {(c, state) for c, state, _ in await desk.rows(LIVE)}
    assert found == {(elder, "waiting"), (younger, "waiting")}


async def test_what_rested_goes_on(desk: Desk) -> None:
    """An answered elder waits for its customer; they wrote in the younger, so it waits for us."""
    elder, younger = await two(desk)
    await take(desk, "emma", elder)
    await desk.reply(elder, then="wait")
    await desk.send()
    await desk.decide()
    assert await desk.one(f"SELECT state FROM work WHERE conversation = '{elder}'") == "parked"
    await merge(desk, younger)
    assert await desk.rows(LIVE) == [(elder, "assigned", "emma")]
    assert await desk.rows(WAITS) == [(elder, START_MS + MINUTE_MS // 2)]
    await desk.reply(elder, identity="tel:+492")
    await desk.send()
    await desk.decide()
    assert await desk.rows(WAITS) == []


async def test_what_nobody_waits_in_needs_nobody(desk: Desk) -> None:
    """Two that are answered make no work when they become one."""
    elder, younger = await two(desk)
    for conversation, agent in ((elder, "emma"), (younger, "lin")):
        await take(desk, agent, conversation)
        await desk.reply(conversation, author=f"agent:{agent}", then="wait")
        await desk.send()
        await desk.decide()
    await merge(desk, younger)
    assert await desk.rows(LIVE) == [(elder, "parked", "emma")]
    assert await desk.rows(WAITS) == []


async def test_an_owner_who_starts_anew_knows_the_same(desk: Desk) -> None:
    """What was decided stands in the tables: another node goes on from there."""
    elder, younger = await two(desk)
    await take(desk, "lin", younger)
    await merge(desk, younger)
    before = await desk.rows(LIVE), await desk.rows(WAITS)
    desk.dispatch = desk.new_dispatch()
    await desk.decide()
    assert (await desk.rows(LIVE), await desk.rows(WAITS)) == before
    assert before[0] == [(elder, "assigned", "lin")]
    await desk.hear(said("and then", "3", sender="tel:+492"))
    await desk.decide()
    assert len(await desk.rows(LIVE)) == 1


async def test_a_reply_on_its_way_answers_what_went_over(desk: Desk) -> None:
    """What rests in either is looked at again while it is not known to be sent; then it is met."""
    elder, younger = await two(desk)
    for conversation, agent in ((elder, "emma"), (younger, "lin")):
        await take(desk, agent, conversation)
    await desk.reply(elder, then="wait")
    await desk.send()
    await desk.reply(younger, author="agent:lin", then="wait")
    await desk.decide()
    await merge(desk, younger)
    assert await desk.rows(LIVE) == [(elder, "assigned", "emma")]
    assert await desk.rows(WAITS) == [(elder, START_MS + MINUTE_MS // 2)]
    await desk.send()
    await desk.decide()
    assert await desk.rows(WAITS) == []


@pytest.mark.parametrize("elder_asked", [True, False])
async def test_another_owner_knows_what_is_on_its_way(desk: Desk, elder_asked: bool) -> None:
    """It answers what went over, and keeps what was promised; and no question of the other's."""
    elder, younger = await two(desk)
    for conversation, agent in ((elder, "emma"), (younger, "lin")):
        await take(desk, agent, conversation)
    if not elder_asked:
        await desk.reply(elder, then="wait")
        await desk.send()
    await promise(desk, younger)
    await desk.wait(10 * MINUTE_MS)
    await desk.reply(younger, author="agent:lin", then="wait")
    await desk.decide()
    await merge(desk, younger)
    desk.dispatch = desk.new_dispatch()
    await desk.wait(2 * HOUR_MS)
    assert await desk.rows(PROMISES) == [(elder, "open")]
    await desk.send()
    await desk.decide()
    assert await desk.rows(PROMISES) == [(elder, "kept")]
    assert await desk.rows(WAITS) == ([(elder, START_MS)] if elder_asked else [])


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_reply_keeps_what_was_promised_where_it_was_written(
    desk: Desk, restarts: bool
) -> None:
    """Written in the younger before the merge, it is no answer to what the elder was promised;
    whoever decides, and however late it is sent."""
    elder, younger = await two(desk)
    await promise(desk, elder)
    await promise(desk, younger)
    await desk.wait(10 * MINUTE_MS)
    await desk.reply(younger)
    await desk.decide()
    await desk.wait(MINUTE_MS)
    await merge(desk, younger)
    if restarts:
        desk.dispatch = desk.new_dispatch()
    await desk.send()
    await desk.decide()
    states = "SELECT identity, state FROM promise ORDER BY identity"
    assert await desk.rows(states) == [("tel:+491", "open"), ("tel:+492", "kept")]


async def test_merged_and_sent_in_one_breath(desk: Desk) -> None:
    """Who decides hears of both at once: the reply answers where its customer waits now."""
    elder, younger = await two(desk)
    await desk.reply(elder, then="wait")
    await desk.send()
    await desk.reply(younger, then="wait")
    await desk.decide()
    one, into = [
        await desk.one(f"SELECT contact FROM conversation WHERE id = '{each}'")
        for each in (younger, elder)
    ]
    verb = MergeContacts(desk="desk", contact=one, into=into, by="agent:emma")
    await desk.store.submit(verb)
    await desk.send()
    await desk.decide()
    assert await desk.rows(WAITS) == []


@pytest.mark.parametrize("breath", ["each", "one", "another owner"])
async def test_what_fails_after_a_merge_is_owed_where_it_goes_on(desk: Desk, breath: str) -> None:
    """Somebody had answered and kept a promise; the customer waits for both since they asked, and
    who rested is to look at it."""
    elder, younger = await two(desk)
    await take(desk, "emma", elder)
    await desk.reply(elder, then="wait")
    await desk.send()
    await promise(desk, younger)
    await desk.wait(10 * MINUTE_MS)
    await desk.reply(younger, then="wait")
    await desk.send(SENT)
    await desk.decide()
    assert (await desk.rows(WAITS), await desk.rows(PROMISES)) == ([], [(younger, "kept")])
    verb = await merging(desk, younger)
    await desk.store.submit(verb)
    if breath != "one":
        await desk.decide()
        assert (await desk.rows(LIVE))[0] == (elder, "parked", "emma")
    if breath == "another owner":
        desk.dispatch = desk.new_dispatch()
    await desk.hear(FAILED)
    await desk.decide()
    assert await desk.rows(WAITS) == [(elder, START_MS + MINUTE_MS // 2)]
    assert await desk.rows(PROMISES) == [(elder, "open")]
    assert await desk.rows(LIVE) == [(elder, "assigned", "emma")]
    desk.dispatch = desk.new_dispatch()
    await desk.reply(elder)
    await desk.send()
    await desk.decide()
    assert (await desk.rows(WAITS), await desk.rows(PROMISES)) == ([], [(elder, "kept")])


async def test_what_others_were_answered_before_a_merge_is_no_answer(desk: Desk) -> None:
    """The elder asked, and was answered, after the younger: whose reply fails is still owed."""
    elder, younger = await two(desk)
    await desk.reply(elder)
    await desk.send(Accepted(provider_id="p3"))
    await desk.reply(younger)
    await desk.send(SENT)
    await desk.decide()
    await desk.wait(MINUTE_MS)
    await desk.hear(said("and?", "9", sender="tel:+491"))
    await desk.decide()
    await desk.reply(elder)
    await desk.send(Accepted(provider_id="p2"))
    await desk.decide()
    assert await desk.rows(WAITS) == []
    await merge(desk, younger)
    await desk.hear(FAILED)
    await desk.decide()
    assert await desk.rows(WAITS) == [(elder, START_MS + MINUTE_MS // 2)]


async def test_what_was_asked_and_answered_after_a_merge_is_newer(desk: Desk) -> None:
    """Who asked on where it goes on, and was answered, is owed nothing that came before."""
    elder, younger = await two(desk)
    for conversation, provider in ((elder, "p3"), (younger, "p1")):
        await desk.reply(conversation, then="wait")
        await desk.send(Accepted(provider_id=provider))
    await desk.decide()
    await merge(desk, younger)
    await desk.wait(MINUTE_MS)
    await desk.hear(said("and?", "9", sender="tel:+492"))
    await desk.decide()
    await desk.reply(elder)
    await desk.send(Accepted(provider_id="p2"))
    await desk.decide()
    await desk.hear(FAILED)
    await desk.decide()
    assert await desk.rows(WAITS) == []


@pytest.mark.parametrize("restarts", [False, True])
async def test_what_another_was_told_keeps_nothing_after_a_split(
    desk: Desk, restarts: bool
) -> None:
    """Written to the elder before they were known to be one, and split off with their words."""
    elder, younger = await two(desk)
    await promise(desk, younger)
    await desk.wait(10 * MINUTE_MS)
    await desk.hear(said("What moves", "m1", sender="tel:+491"))
    await desk.decide()
    await desk.reply(elder)
    await desk.send(SENT)
    await desk.decide()
    await desk.wait(MINUTE_MS)
    await merge(desk, younger)
    await desk.wait(MINUTE_MS)
    first = await desk.one("SELECT id FROM message WHERE text = 'What moves'")
    new = await split(desk, elder, first)
    if restarts:
        desk.dispatch = desk.new_dispatch()
        await desk.decide()
    await desk.hear(READ)
    await desk.decide()
    assert await desk.rows(PROMISES) == [(new, "open")]


async def test_what_fails_once_all_is_over_is_owed_nowhere(desk: Desk) -> None:
    """Nobody waits in what was merged and resolved."""
    elder, younger = await two(desk)
    await promise(desk, younger)
    await desk.wait(10 * MINUTE_MS)
    await desk.reply(younger)
    await desk.send(SENT)
    await desk.decide()
    await merge(desk, younger)
    done = SetStatus(desk="desk", conversation=elder, verb=Verb.RESOLVE, by="agent:emma")
    await desk.store.submit(done)
    await desk.decide()
    await desk.hear(FAILED)
    await desk.decide()
    assert await desk.rows(PROMISES) == [(younger, "kept")]
    assert await desk.rows(WAITS) == []


async def test_what_is_asked_after_a_merge_is_not_answered_before(desk: Desk) -> None:
    """A reply is on its way, the customer goes on asking where it goes on, a node takes over."""
    elder, younger = await two(desk)
    await desk.reply(elder, then="wait")
    await desk.send()
    await desk.reply(younger, then="wait")
    await desk.decide()
    await merge(desk, younger)
    await desk.wait(MINUTE_MS)
    await desk.hear(said("and this?", "3", sender="tel:+491"))
    await desk.decide()
    desk.dispatch = desk.new_dispatch()
    await desk.decide()
    await desk.send()
    await desk.decide()
    assert await desk.rows(WAITS) == [(elder, desk.clock.now)]


async def test_what_rests_goes_on_resting(desk: Desk) -> None:
    """Whoever had it has the old one, which waits for its customer as the new one did."""
    old = await desk.ask_in("Hello", "1")
    done = SetStatus(desk="desk", conversation=old, verb=Verb.RESOLVE, by="agent:emma")
    await desk.store.submit(done)
    await desk.wait(9 * DAY_MS)
    new = await desk.ask_in("Hello again", "2")
    await desk.decide()
    await take(desk, "lin", new)
    await desk.reply(new, author="agent:lin", then="wait")
    await desk.send()
    await desk.decide()
    verb = MergeConversations(desk="desk", conversation=new, into=old, by="agent:lin")
    await desk.store.submit(verb)
    await desk.decide()
    assert await desk.rows(LIVE) == [(old, "parked", "lin")]
    assert await desk.rows(WAITS) == []


async def test_a_promise_goes_along(desk: Desk) -> None:
    """It stands in what goes on, and the next answer there keeps it."""
    elder, younger = await two(desk)
    await promise(desk, younger)
    await merge(desk, younger)
    assert await desk.rows(PROMISES) == [(elder, "open")]
    await desk.wait(10 * MINUTE_MS)
    await desk.reply(elder)
    await desk.send()
    await desk.decide()
    assert await desk.rows(PROMISES) == [(elder, "kept")]


async def split(desk: Desk, conversation: str, first: str) -> str:
    """From a message on it is a conversation of its own; that one."""
    later = "SELECT id FROM message WHERE conversation = :c AND seq >= (SELECT seq FROM message"
    found = await desk.rows(f"{later} WHERE id = :m) ORDER BY seq", c=conversation, m=first)
    made = await desk.store.submit(
        SplitConversation(
            desk="desk",
            conversation=conversation,
            first=first,
            messages=tuple(row[0] for row in found),
            whole=False,
            seq=await desk.one(f"SELECT seq FROM conversation WHERE id = '{conversation}'"),
            channel="toy",
            by="agent:emma",
        )
    )
    assert isinstance(made, Conversation), made
    await desk.decide()
    return made.id


@pytest.mark.parametrize("had", ["", "lin"])
async def test_what_is_split_off_is_whose_the_whole_was(desk: Desk, had: str) -> None:
    """Who had it has the new one, and the customer waits there; the old one is over."""
    old = await desk.ask_in("Hello", "1")
    await desk.decide()
    if had:
        await take(desk, had, old)
    else:
        await desk.asks("emma", "presence", presence="available")
    await desk.wait(MINUTE_MS // 2)
    await desk.hear(said("Something else", "2"))
    await desk.decide()
    first = await desk.one("SELECT id FROM message WHERE text = 'Something else'")
    new = await split(desk, old, first)
    assert await desk.rows(LIVE) == [(new, "assigned", had or "emma")]
    assert await desk.rows(WAITS) == [(new, START_MS)]
    running = "SELECT conversation FROM resolution WHERE resolved_at IS NULL"
    assert await desk.rows(running) == [(new,)]
    before = await desk.rows(LIVE)
    desk.dispatch = desk.new_dispatch()
    await desk.hear(said("and more", "3"))
    await desk.decide()
    assert await desk.rows(LIVE) == before


async def test_what_fails_after_a_split_is_owed_where_it_stands(desk: Desk) -> None:
    """The answer that moved had closed a turn where it stood before."""
    old = await desk.ask_in("Hello", "1")
    await desk.reply(old)
    await desk.send()
    await desk.decide()
    await desk.wait(MINUTE_MS)
    asked = desk.clock.now
    await desk.hear(said("Something else", "2"))
    await desk.reply(old)
    await desk.send(SENT)
    await desk.decide()
    first = await desk.one("SELECT id FROM message WHERE text = 'Something else'")
    new = await split(desk, old, first)
    assert await desk.rows(WAITS) == []
    await desk.hear(FAILED)
    await desk.decide()
    assert await desk.rows(WAITS) == [(new, asked)]


async def asked_more(desk: Desk) -> tuple[str, str]:
    """Answered once, the customer wrote something else, which is answered too; where, and that."""
    old = await desk.ask_in("Hello", "1")
    await desk.reply(old)
    await desk.send()
    await desk.decide()
    await desk.wait(MINUTE_MS)
    await desk.hear(said("Something else", "2"))
    await promise(desk, old)
    await desk.wait(10 * MINUTE_MS)
    await desk.reply(old)
    await desk.send(SENT)
    await desk.decide()
    return old, await desk.one("SELECT id FROM message WHERE text = 'Something else'")


async def test_what_failed_just_before_a_split_is_owed_where_it_stands(desk: Desk) -> None:
    """Who decides hears of the failure and of the split at once."""
    old, first = await asked_more(desk)
    await desk.hear(FAILED)
    new = await split(desk, old, first)
    assert await desk.rows(WAITS) == [(new, START_MS + MINUTE_MS)]
    assert await desk.rows(PROMISES) == [(new, "open")]


async def test_who_cannot_have_what_they_split_off_leaves_it_to_the_queue(desk: Desk) -> None:
    """A supervisor who takes no work splits; it waits for somebody as it did."""
    old = await desk.ask_in("Hello", "1")
    await desk.hear(said("Something else", "2"))
    await desk.decide()
    first = await desk.one("SELECT id FROM message WHERE text = 'Something else'")
    new = await split(desk, old, first)
    assert await desk.rows(LIVE) == [(new, "waiting", None)]


async def test_a_matter_goes_on_in_one_that_was_over(desk: Desk) -> None:
    """Who had the new one has the old one, which is open again."""
    old = await desk.ask_in("Hello", "1")
    done = SetStatus(desk="desk", conversation=old, verb=Verb.RESOLVE, by="agent:emma")
    await desk.store.submit(done)
    await desk.wait(9 * DAY_MS)
    new = await desk.ask_in("Hello again", "2")
    await desk.decide()
    await take(desk, "lin", new)
    verb = MergeConversations(desk="desk", conversation=new, into=old, by="agent:lin")
    await desk.store.submit(verb)
    await desk.decide()
    assert await desk.rows(LIVE) == [(old, "assigned", "lin")]
    assert await desk.rows(WAITS) == [(old, START_MS + 9 * DAY_MS)]
    running = "SELECT conversation FROM resolution WHERE resolved_at IS NULL"
    assert await desk.rows(running) == [(old,)]


async def test_resolved_meanwhile_nothing_goes_on(desk: Desk) -> None:
    """A merge of what is over moves nobody."""
    elder, younger = await two(desk)
    for conversation in (elder, younger):
        done = SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:emma")
        await desk.store.submit(done)
    await desk.decide()
    await merge(desk, younger)
    assert await desk.rows(LIVE) == []
