"""Macros through the agents' doors: several things in one transaction, and put back."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.domain.conversation import Contact, Conversation, Identity
from gateway.domain.message import Message, Note
from gateway.domain.promise import Promise
from gateway.domain.quickreply import QuickReply, Usage
from gateway.pipeline import dispatch
from gateway.pipeline.dispatch import Dispatch
from gateway.store import Store
from gateway.verbs import report
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.macro import PutBack
from gateway.verbs.promise import MOST_LIVE
from tests.http.conftest import CONFIG, ENGINES, open_desk, stored
from tests.http.test_calls import facts, rows

PATH = "/api/v1/quick-replies"
NOTE = {"do": "note", "text": "Damaged in transit."}
PROMISE = {"do": "promise", "when": "24h", "text": "an answer"}
VIP = {"do": "vip", "vip": True}
HOLD = {"do": "status", "verb": "hold"}
WAKE = {"do": "status", "verb": "wake"}
RESOLVE = {"do": "status", "verb": "resolve"}
JUDGE = {"do": "judge", "category": "complaint", "urgency": 2}
TO_OTHER = {"do": "transfer", "to": "queue:other"}
TO_EMMA = {"do": "transfer", "to": "agent:emma"}


@pytest.fixture(params=ENGINES, name="both")
async def _both(tmp_path, request):
    """A desk on either engine."""
    async with open_desk(tmp_path, config=stored(CONFIG, request)) as opened:
        yield opened


async def macro(person, *actions: Any, **more: Any) -> str:
    body = {"name": "Damaged", "actions": actions} | more
    made = await person("POST", PATH, body)
    assert made.status == 201, made.body
    found: str = made.json["id"]
    return found


async def run(person, where: str, name: str, body: Any = None, **more: Any):
    return await person("POST", f"/api/v1/conversations/{where}/macros/{name}", body or {}, **more)


async def back(person, where: str, name: str, position: int):
    path = f"/api/v1/conversations/{where}/macros/{name}/back"
    return await person("POST", path, {"run": position})


async def test_all_of_it_once(both) -> None:
    """Said, noted, promised, judged, marked and moved under one press, however often it arrives."""
    sue, where = await both.person("sue"), await both.conversation()
    text = "Hello, I am sorry. We look into {{ order }}."
    name = await macro(sue, NOTE, PROMISE, JUDGE, VIP, HOLD, text=text)
    lacking = await run(sue, where, name)
    assert (lacking.status, lacking.code) == (422, "missing_value")
    assert (lacking.json["names"], lacking.json["action"]) == (["order"], 1)
    for _ in range(2):
        done = await run(
            sue, where, name, {"values": {"order": "A-7"}}, headers={"Idempotency-Key": "k"}
        )
        assert done.status == 202, done.body
    assert done.json["message"]["text"] == "Hello, I am sorry. We look into A-7."
    assert (done.json["transfer"], "status" in done.json["back"]) == ("", True)
    assert [note.text for note in await rows(both, Note)] == [NOTE["text"]]
    assert [promise.text for promise in await rows(both, Promise)] == ["an answer"]
    assert [contact.vip for contact in await rows(both, Contact)] == [True]
    (conversation,) = await rows(both, Conversation)
    assert conversation.status == "on_hold"
    now = both.parley.store.clock.now_ms()
    assert [each.times(now) for each in await rows(both, Usage)] == [1]
    (told,) = await facts(both, "macro.ran")
    assert (told.macro, told.by, told.status, told.vip) == (name, "agent:sue", "open", False)
    await both.until(lambda: both.hook.sent)
    assert len(both.hook.sent) == 1


REFUSED: list[tuple[str, list[Any], dict[str, Any], int, str]] = [
    ("no such status", [NOTE, {"do": "status", "verb": "wake"}], {}, 2, "illegal_status"),
    ("too far", [NOTE, PROMISE | {"when": "400d"}], {"text": "Hello."}, 3, "promise_too_far"),
    ("to nobody", [NOTE, {"do": "transfer", "to": "agent:nobody"}], {}, 2, "unknown_target"),
    ("a value is missing", [NOTE], {"text": "{{ order }}"}, 1, "missing_value"),
    ("what is rude", [NOTE], {"text": "Card 4111 1111 1111 1111"}, 1, "courtesy"),
    ("no address of theirs", [NOTE], {"text": "Hello."}, 1, "foreign_address"),
]


@pytest.mark.parametrize(
    ("actions", "more", "number", "code"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
async def test_none_of_it(desk, actions: Any, more: Any, number: int, code: str) -> None:
    """What cannot be done is told with its number, and what stands before it is not done either."""
    sue, where = await desk.person("sue"), await desk.conversation()
    name = await macro(sue, *actions, **more)
    before = len(await rows(desk, Message))
    body = {"identity": "hook:stranger"} if code == "foreign_address" else {}
    answer = await run(sue, where, name, body)
    assert (answer.code, answer.json.get("action")) == (code, number), answer.body
    assert await rows(desk, Note) == []
    assert await rows(desk, Promise) == []
    assert await rows(desk, Usage) == []
    assert len(await rows(desk, Message)) == before
    assert await facts(desk, "macro.ran") == []


SENSELESS: list[tuple[str, dict[str, Any], str]] = [
    ("nothing", {"actions": []}, "invalid_value"),
    ("twice the same", {"actions": [NOTE, NOTE]}, "senseless_macro"),
    ("judges nothing", {"actions": [{"do": "judge"}]}, "senseless_macro"),
    ("after a transfer", {"actions": [TO_OTHER, NOTE]}, "senseless_macro"),
    ("promised and done with", {"actions": [PROMISE, RESOLVE]}, "senseless_macro"),
    ("passed on and done with", {"actions": [RESOLVE, TO_OTHER]}, "senseless_macro"),
    ("two voices", {"actions": [NOTE], "text": "x", "template": "greeting"}, "senseless_macro"),
    ("a template alone", {"template": "greeting"}, "senseless_macro"),
    ("no template", {"actions": [NOTE], "template": "nosuch"}, "unknown_template"),
    ("no action", {"actions": [{"do": "dance"}]}, "invalid_value"),
    ("a blank note", {"actions": [{"do": "note", "text": " "}]}, "invalid_value"),
    ("no time", {"actions": [PROMISE | {"when": "someday"}]}, "promise_when"),
    ("no time in Chinese", {"actions": [PROMISE | {"when": "改天"}]}, "promise_when"),
    ("past", {"actions": [PROMISE | {"when": "2020-01-01"}]}, "promise_when"),
    ("past by noon", {"actions": [PROMISE | {"when": "this morning"}]}, "promise_when"),
    ("a span of nothing", {"actions": [PROMISE | {"when": "0h"}]}, "promise_when"),
    ("no category", {"actions": [JUDGE | {"category": "weather"}]}, "invalid_value"),
]


@pytest.mark.parametrize(
    ("body", "code"), [s[1:] for s in SENSELESS], ids=[s[0] for s in SENSELESS]
)
async def test_what_cannot_be_a_macro(desk, body: Any, code: str) -> None:
    """It is refused when it is written, not when somebody is in a hurry."""
    sue = await desk.person("sue")
    answer = await sue("POST", PATH, {"name": "Odd"} | body)
    assert (answer.status, answer.code) == (422, code), answer.body
    assert await rows(desk, QuickReply) == []


@pytest.mark.parametrize("when", ["24h", " 2 business days ", "6pm", "tomorrow noon", "明天中午"])
async def test_a_time_that_is_clear(desk, when: str) -> None:
    """However it is written, what is taken when it is saved is understood when it is used."""
    sue, where = await desk.person("sue"), await desk.conversation()
    answer = await run(sue, where, await macro(sue, PROMISE | {"when": when}))
    assert answer.status == 202, answer.body
    assert [promise.text for promise in await rows(desk, Promise)] == ["an answer"]


async def test_put_back(both) -> None:
    """Status and VIP stand as before; what was said stays said; a second time there is nothing."""
    sue, where = await both.person("sue"), await both.conversation()
    name = await macro(sue, NOTE, VIP, RESOLVE)
    done = (await run(sue, where, name)).json
    assert set(done["back"]) == {"status", "vip"}
    stranger = await both.person("ada")
    assert (await back(stranger, where, name, done["run"])).status == 404
    again = await back(sue, where, name, done["run"])
    assert (again.status, again.json["status"]) == (200, "open"), again.body
    assert [contact.vip for contact in await rows(both, Contact)] == [False]
    assert len(await rows(both, Note)) == 1
    assert (await back(sue, where, name, done["run"])).code == "changed_since"


@pytest.mark.parametrize("who", ["colleague", "customer"])
async def test_nothing_is_put_back_behind_anybodys_back(desk, who: str) -> None:
    """Once somebody has done anything there, it is theirs to look at first."""
    sue, where = await desk.person("sue"), await desk.conversation()
    name = await macro(sue, HOLD)
    done = (await run(sue, where, name)).json
    if who == "colleague":
        emma = await desk.person("emma")
        path = f"/api/v1/conversations/{where}/notes"
        assert (await emma("POST", path, {"text": "I look."})).status == 201
    else:
        assert (await desk.receive("again", "Are you there?", "+491")).status == 200
    assert (await back(sue, where, name, done["run"])).code == "changed_since"


async def test_a_transfer_is_taken_back_while_it_waits(desk) -> None:
    """Routing is asked with the rest; what waits there comes back with one press."""
    sue, where = await desk.person("sue"), await desk.conversation()
    assert (await sue("PUT", "/api/v1/me/presence", {"presence": "available"})).status == 200
    taken = await sue("POST", f"/api/v1/conversations/{where}/take")
    assert taken.status == 200, taken.body
    name = await macro(sue, NOTE, TO_OTHER)
    done = (await run(sue, where, name)).json
    assert (done["transfer"], done["back"]) == ("done", ["transfer"])
    one = (await sue("GET", f"/api/v1/conversations/{where}")).json["work"]
    assert (one["queue"], one["agent"]) == ("other", None)
    again = await back(sue, where, name, done["run"])
    assert again.status == 200, again.body
    one = (await sue("GET", f"/api/v1/conversations/{where}")).json["work"]
    assert one["agent"] == "sue"


async def available(*people: Any) -> None:
    for person in people:
        assert (await person("PUT", "/api/v1/me/presence", {"presence": "available"})).status == 200


REFUSED: list[tuple[str, list[Any], str, int, str]] = [
    ("what nobody has", [VIP, TO_OTHER], "", 2, "not_taken"),
    ("what nobody has, with words", [VIP, TO_OTHER], "Hello.", 3, "not_taken"),
    ("awake already", [WAKE, TO_OTHER], "", 1, "illegal_status"),
    ("said before", [NOTE, WAKE, TO_OTHER], "Hello.", 3, "illegal_status"),
    ("too much is promised", [PROMISE, TO_OTHER], "", 1, "too_many_promises"),
    ("to whom it may not be said", [VIP, TO_OTHER], "Hello.", 1, "opted_out"),
    ("on the wrong words", [NOTE, TO_OTHER], "Card 4111 1111 1111 1111", 1, "courtesy"),
    ("too far", [PROMISE | {"when": "400d"}, TO_OTHER], "", 1, "promise_too_far"),
    ("to nobody", [NOTE, {"do": "transfer", "to": "agent:nobody"}], "Hello.", 3, "unknown_target"),
    ("to who is away", [NOTE, {"do": "transfer", "to": "agent:otto"}], "Hello.", 3, "not_there"),
]


@pytest.mark.parametrize(
    ("actions", "text", "number", "code"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
async def test_what_is_refused_leaves_it_as_it_was(
    desk, actions: Any, text: str, number: int, code: str
) -> None:
    """Nothing is said, done or passed on."""
    emma, where = await desk.person("emma"), await desk.conversation()
    await available(emma)
    if code != "not_taken":
        assert (await emma("POST", f"/api/v1/conversations/{where}/take")).status == 200
    await stand_against(desk, where, code)
    before = (await emma("GET", f"/api/v1/conversations/{where}")).json["work"]
    answer = await run(emma, where, await macro(emma, *actions, text=text))
    assert (answer.code, answer.json.get("action")) == (code, number), answer.body
    assert (await emma("GET", f"/api/v1/conversations/{where}")).json["work"] == before
    assert await facts(desk, "macro.ran") + await facts(desk, "note.written") == []
    assert [contact.vip for contact in await rows(desk, Contact)] == [False]


async def stand_against(desk, where: str, code: str) -> None:
    """Let it be so that a macro is refused with this code."""
    sue = await desk.person("sue")
    if code == "too_many_promises":
        for hours in range(1, MOST_LIVE + 1):
            body = {"text": "an answer", "when": f"{hours}h"}
            made = await sue("POST", f"/api/v1/conversations/{where}/promises", body)
            assert made.status == 201, made.body
    if code == "opted_out":
        await desk.store.submit(OptOut())


class OptOut:
    """The provider says that the customer wants to hear no more."""

    def reads(self, _view: View) -> Iterable[Lookup]:
        yield by_key(Identity, "test", "tel:+491")

    def decide(self, change: Change) -> None:
        report.set_opted_out(change, "tel:+491", True)


@asynccontextmanager
async def routing_behind(desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Routing decides on nothing before it goes on, and nobody waits longer for it."""
    step, behind, goes_on = Dispatch.step, asyncio.Event(), asyncio.Event()

    async def held(self: Dispatch) -> int | None:
        behind.set()
        await goes_on.wait()
        return await step(self)

    with monkeypatch.context() as patched:
        patched.setattr(Dispatch, "step", held)
        patched.setattr(dispatch, "ASK_MS", 20)
        desk.house.dispatch.wake.set()
        await behind.wait()
        try:
            yield
        finally:
            goes_on.set()


async def test_nothing_is_put_back_while_a_transfer_is_undecided(desk, monkeypatch) -> None:
    """Routing is behind: what it passes on later comes back by the next press, with the rest."""
    sue, where = await desk.person("sue"), await desk.conversation()
    await available(sue)
    assert (await sue("POST", f"/api/v1/conversations/{where}/take")).status == 200
    name = await macro(sue, VIP, TO_OTHER)
    async with routing_behind(desk, monkeypatch):
        done = (await run(sue, where, name)).json
        assert (done["transfer"], done["back"]) == ("pending", ["vip", "transfer"])
        refused = await back(sue, where, name, done["run"])
        assert refused.code == "undecided", refused.body
        assert [contact.vip for contact in await rows(desk, Contact)] == [True]

    async def passed() -> bool:
        one = (await sue("GET", f"/api/v1/conversations/{where}")).json["work"]
        return bool(one["queue"] == "other")

    await desk.until(passed)
    again = await back(sue, where, name, done["run"])
    assert again.status == 200, again.body
    assert again.json["contact"]["vip"] is False
    one = (await sue("GET", f"/api/v1/conversations/{where}")).json["work"]
    assert one["agent"] == "sue"


async def test_what_could_not_be_taken_back_can_be_later(desk) -> None:
    """That it was asked for stands against nothing."""
    sue, where = await desk.person("sue"), await desk.conversation()
    await available(sue)
    assert (await sue("POST", f"/api/v1/conversations/{where}/take")).status == 200
    name = await macro(sue, VIP, TO_OTHER)
    done = (await run(sue, where, name)).json
    assert (await sue("PUT", "/api/v1/me/presence", {"presence": "offline"})).status == 200
    refused = await back(sue, where, name, done["run"])
    assert refused.code == "not_there", refused.body
    await available(sue)
    again = await back(sue, where, name, done["run"])
    assert (again.status, again.json["contact"]["vip"]) == (200, False), again.body


async def test_a_transfer_that_is_refused_for_sure(desk) -> None:
    """It is refused before the customer hears of it, by what stands against it."""
    sue, emma = await desk.person("sue"), await desk.person("emma")
    await available(sue)
    where = await desk.conversation()
    to_otto, to_sue = {"do": "transfer", "to": "agent:otto"}, {"do": "transfer", "to": "agent:sue"}
    assert (await sue("POST", f"/api/v1/conversations/{where}/take")).status == 200
    cases = [
        (emma, TO_OTHER, "not_yours"),
        (sue, to_otto, "not_there"),
        (sue, to_sue, "wrong_state"),
    ]
    for who, to, code in cases:
        answer = await run(
            who, where, await macro(who, NOTE, to, text="Hello, a colleague has it.")
        )
        assert (answer.code, answer.json.get("action")) == (code, 3), answer.body
    assert await facts(desk, "macro.ran") + await facts(desk, "message.written") == []
    assert await rows(desk, Note) == []


async def test_what_nobody_has_is_not_had_by_who_is_called_none(tmp_path) -> None:
    """Whoever has that name is away here, and has nothing."""
    named = CONFIG.replace("  otto: ", "  None: {queues: [support]}\n  otto: ")
    async with open_desk(tmp_path, config=named) as desk:
        sue, where = await desk.person("sue"), await desk.conversation()
        to_none = {"do": "transfer", "to": "agent:None"}
        answer = await run(sue, where, await macro(sue, to_none))
        assert answer.code == "not_there", answer.body


async def test_what_is_passed_on_to_who_has_it_at_once(desk) -> None:
    """Nothing of it is offered to be put back: it is that colleague's."""
    sue, emma, where = (
        await desk.person("sue"),
        await desk.person("emma"),
        await desk.conversation(),
    )
    await available(emma)
    done = (await run(sue, where, await macro(sue, VIP, TO_EMMA))).json
    assert (done["transfer"], done["back"]) == ("done", []), done


async def test_the_rest_is_put_back_where_a_transfer_was_refused(desk) -> None:
    """Who has no room gets nothing; what was done beside is put back by one press."""
    sue, emma = await desk.person("sue"), await desk.person("emma")
    await available(emma)
    name = await macro(sue, VIP, TO_EMMA)
    for sender in ("+491", "+492", "+493", "+494", "+495", "+496"):
        where = await desk.conversation(sender=sender)
        done = (await run(sue, where, name)).json
    assert (done["transfer"], done["back"]) == ("refused", ["vip"]), done
    again = await back(sue, where, name, done["run"])
    assert again.status == 200, again.body
    assert again.json["contact"]["vip"] is False


async def test_a_press_that_arrives_again_after_a_transfer(desk) -> None:
    """Who has passed it on out of their sight hears what came of it, and it is done once."""
    emma, where = await desk.person("emma"), await desk.conversation()
    assert (await emma("PUT", "/api/v1/me/presence", {"presence": "available"})).status == 200
    assert (await emma("POST", f"/api/v1/conversations/{where}/take")).status == 200
    name = await macro(emma, NOTE, TO_OTHER)
    again = {"Idempotency-Key": "k"}
    first = await run(emma, where, name, headers=again)
    assert (first.status, first.json["transfer"]) == (202, "done")
    assert first.json["back"] == [], "it went where they cannot follow"
    await desk.until(lambda: _gone(emma, where))
    second = await run(emma, where, name, headers=again)
    assert (second.status, second.json["run"]) == (202, first.json["run"]), second.body
    assert second.json["back"] == []
    assert len(await rows(desk, Note)) == 1
    other = await run(emma, where, name, {"values": {"a": "b"}}, headers=again)
    assert other.code == "idempotency_mismatch"


async def test_a_press_that_arrives_again_hears_what_the_first_heard(desk) -> None:
    """Whether routing passed it on is known, however long ago it decided; and why it did not."""
    sue, emma = await desk.person("sue"), await desk.person("emma")
    await available(sue, emma)
    name = await macro(sue, TO_OTHER)
    over = await macro(sue, TO_EMMA)
    where = await desk.conversation()
    assert (await sue("POST", f"/api/v1/conversations/{where}/take")).status == 200
    again = {"Idempotency-Key": "k"}
    first = await run(sue, where, name, headers=again)
    second = await run(sue, where, name, headers=again)
    assert second.json == first.json
    assert first.json["transfer"] == "done"
    for sender in ("+493", "+494", "+495", "+496", "+497", "+498"):
        where = await desk.conversation(sender=sender)
        again = {"Idempotency-Key": sender}
        first = await run(sue, where, over, headers=again)
        second = await run(sue, where, over, headers=again)
        assert second.json == first.json
    assert (first.json["transfer"], bool(first.json["why"])) == ("refused", True)


async def test_a_press_that_arrives_twice_at_once(desk) -> None:
    """Both hear what was done, once; and so they do of putting it back."""
    sue, where = await desk.person("sue"), await desk.conversation()
    await available(sue)
    assert (await sue("POST", f"/api/v1/conversations/{where}/take")).status == 200
    name = await macro(sue, NOTE, JUDGE, TO_OTHER)
    again = {"Idempotency-Key": "k"}
    first, second = await asyncio.gather(*(run(sue, where, name, headers=again) for _ in "12"))
    assert (first.status, second.status) == (202, 202), (first.body, second.body)
    assert first.json["run"] == second.json["run"]
    assert len(await rows(desk, Note)) == 1
    work = (await sue("GET", f"/api/v1/conversations/{where}")).json["work"]
    assert (work["queue"], work["agent"]) == ("other", None)
    backs = await asyncio.gather(*(back(sue, where, name, first.json["run"]) for _ in "12"))
    assert {b.status == 200 or b.code == "changed_since" for b in backs} == {True}, backs
    assert [each.status for each in backs].count(200) == 1
    assert len(await facts(desk, "conversation.corrected")) == 2, "done once, and put back once"
    work = (await sue("GET", f"/api/v1/conversations/{where}")).json["work"]
    assert work["agent"] == "sue"


# How far the press has come that is done second: what it asks for so often; what else it does.
COMES_AGAIN = [
    ("it found no answer", "idempotency", 1, NOTE),
    ("it has looked at the work", "bundle", 1, NOTE),
    ("it has looked, and does what cannot be done twice", "bundle", 1, WAKE),
]


@pytest.mark.parametrize(
    ("until", "times", "action"), [c[1:] for c in COMES_AGAIN], ids=[c[0] for c in COMES_AGAIN]
)
async def test_a_press_that_arrives_again_as_the_first_is_done(
    desk, monkeypatch, until: str, times: int, action: Any
) -> None:
    """It takes back nothing that the first has passed on, nor is it held against it that the first
    has done it all."""
    sue, where = await desk.person("sue"), await desk.conversation()
    await available(sue)
    assert (await sue("POST", f"/api/v1/conversations/{where}/take")).status == 200
    await sue("POST", f"/api/v1/conversations/{where}/status", {"verb": "hold"})
    name = await macro(sue, action, TO_OTHER)
    steps: list[str] = []
    second, goes_on = asyncio.Event(), asyncio.Event()

    def holding(do: Any) -> Any:
        async def held(self: Store, what: Any, *more: Any) -> Any:
            answer = await do(self, what, *more)
            steps.append(getattr(what, "__name__", ""))
            if steps.count(until) == times and not second.is_set():
                second.set()
                await goes_on.wait()
            return answer

        return held

    store = type(desk.parley.store)
    monkeypatch.setattr(store, "submit", holding(store.submit))
    monkeypatch.setattr(store, "read", holding(store.read))
    again = {"Idempotency-Key": "k"}
    late = asyncio.create_task(run(sue, where, name, headers=again))
    await asyncio.wait_for(second.wait(), 5)
    first = await run(sue, where, name, headers=again)
    goes_on.set()
    answers = [(each.status, each.json) for each in (first, await late)]
    assert answers == [(202, first.json)] * 2
    assert first.json["transfer"] == "done"
    assert len(await facts(desk, "macro.ran")) == 1
    work = (await sue("GET", f"/api/v1/conversations/{where}")).json["work"]
    assert (work["queue"], work["agent"]) == ("other", None)


async def _gone(person, where: str) -> bool:
    return bool((await person("GET", f"/api/v1/conversations/{where}")).status == 404)


async def test_who_may_not_do_it_by_hand(desk) -> None:
    """A program without the right to write notes runs no macro that writes one."""
    ada, where = await desk.person("ada"), await desk.conversation()
    scopes = ["conversation:read:all", "message:send", "template:read"]
    made = await ada("POST", "/api/v1/tokens", {"name": "bot", "scopes": scopes})
    bot = {"Authorization": f"Bearer {made.json['secret']}"}
    name = await macro(ada, PROMISE, text="Hello.")
    path = f"/api/v1/conversations/{where}/macros"
    assert (await desk.nobody("POST", f"{path}/{name}", {}, headers=bot)).status == 202
    name = await macro(ada, NOTE, text="Hello.")
    answer = await desk.nobody("POST", f"{path}/{name}", {}, headers=bot)
    assert (answer.code, answer.json["action"]) == ("forbidden", 2)
    assert await rows(desk, Note) == []


async def test_what_happens_at_the_same_instant(desk) -> None:
    """Putting back looks at the conversation as it was looked at, or at nothing."""
    sue, where = await desk.person("sue"), await desk.conversation()
    name = await macro(sue, HOLD)
    await run(sue, where, name)
    (ran,) = await facts(desk, "macro.ran")
    (conversation,) = await rows(desk, Conversation)
    late = PutBack(
        desk="test", conversation=where, ran=ran, seq=conversation.seq - 1, by="agent:sue"
    )
    refused = await desk.house.store.submit(late)
    assert refused.code == "changed_since"
    (conversation,) = await rows(desk, Conversation)
    assert conversation.status == "on_hold"


async def test_what_does_nothing_is_no_macro(desk) -> None:
    """Nor is anybody else's."""
    sue, emma, where = (
        await desk.person("sue"),
        await desk.person("emma"),
        await desk.conversation(),
    )
    plain = (await sue("POST", PATH, {"name": "Hi", "text": "Hello."})).json["id"]
    assert (await run(sue, where, plain)).code == "no_macro"
    assert (await run(emma, where, await macro(sue, NOTE))).status == 404
