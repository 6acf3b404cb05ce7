"""Callbacks through any order of wishes, hours, telephones and late looks: what never happens."""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from gateway.contract import CallEvent, RawRequest
from gateway.domain.call import Call, DialLeg, Leg, LegState, Party
from gateway.domain.callback import ENDED, Callback, CallbackKind, CallbackState
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Conversation
from gateway.domain.job import Job, JobKind
from gateway.domain.outcome import Refusal
from gateway.domain.work import Work
from gateway.pipeline.callbacks import move_of
from gateway.store.queries.callbacks import OnCall
from gateway.verbs.accept import Accept
from gateway.verbs.call import Callers, Choice
from gateway.verbs.callback import HOLD_MS, AskCallback, Slot, Window
from gateway.verbs.callbackdial import BeginCall, DialCustomer
from gateway.verbs.callbackmove import EndCallback, MeetDue, RescheduleCallback
from gateway.verbs.callwork import LoseLeg
from gateway.verbs.incoming import Policy
from routing import callbacks as rules
from tests.unit.verbs.paper import PaperDesk, accept, said, way

NUMBERS = ("+4915110000001", "+4915110000002", "+4915110000003")
AWAKE = [rules.waking("Europe/Berlin", "08:00", "21:00")]
TERMS = rules.Terms(max_attempts=2, retry_ms=(MINUTE_MS,), busy_ms=MINUTE_MS)
SLOT = Slot(key="main:1", capacity=1)
STEPS = (
    LegState.RINGING,
    LegState.ANSWERED,
    LegState.COMPLETED,
    LegState.BUSY,
    LegState.NO_ANSWER,
    LegState.FAILED,
)


class Telephones(RuleBasedStateMachine):
    """A desk of two customers who write, and of an agent."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = PaperDesk()
        for sender in ("tel:+491", "tel:+492"):
            self.desk.run(accept(said("hello", sender, sender=sender)))
        self.conversations = [c.id for c in self.desk.all(Conversation)]
        self.dials: dict[str, int] = {}  # leg -> jobs that dial it
        self.counted = 0

    # --- what happens ---

    @rule(span=st.sampled_from((1_000, MINUTE_MS, HOUR_MS)))
    def time_passes(self, span: int) -> None:
        self.desk.now += span

    @rule(
        place=st.integers(0, 1),
        number=st.sampled_from(NUMBERS),
        kind=st.sampled_from(CallbackKind),
        delay=st.sampled_from((0, MINUTE_MS)),
        hold=st.booleans(),
    )
    def somebody_asks(
        self, place: int, number: str, kind: CallbackKind, delay: int, hold: bool
    ) -> None:
        now = self.desk.now
        live = self._live()
        hold = hold and kind is CallbackKind.SCHEDULED
        asked = self.desk.run(
            AskCallback(
                conversation=self.conversations[place],
                kind=kind,
                number=number,
                account="phone",
                local="+1",
                window=Window(origin_at=now, visible_at=now + delay, closes_at=now + DAY_MS),
                by="agent:emma",
                slot=SLOT if kind is CallbackKind.SCHEDULED else None,
                state=CallbackState.HELD if hold else CallbackState.PENDING,
            )
        )
        if hold:
            assert self._live() == live, "what is held leaves what there was as it is"
        if isinstance(asked, Callback) and asked.id in live and asked.slot is None:
            assert asked.origin_at <= live[asked.id].origin_at, "the older age is kept"

    @rule(data=st.data())
    def something_is_due(self, data: st.DataObject) -> None:
        callback = self._any(data, Callback)
        if callback is not None:
            self._meet(callback)

    @rule()
    def a_hold_lapses(self) -> None:
        """Nobody has confirmed it: whatever else there is stays."""
        for callback in [c for c in self.desk.all(Callback) if c.state is CallbackState.HELD]:
            self.desk.now = max(self.desk.now, callback.held_at + HOLD_MS)
            live = self._live()
            self._meet(callback)
            assert self._live() == live
            assert self.desk.tables[Callback][callback.id,].state is CallbackState.CANCELLED

    @rule(
        place=st.integers(0, 1),
        number=st.sampled_from(NUMBERS),
        meanwhile=st.sampled_from((None, CallbackKind.QUEUE, CallbackKind.ABANDONED)),
        sure=st.booleans(),
    )
    def a_time_is_held(
        self, place: int, number: str, meanwhile: CallbackKind | None, sure: bool
    ) -> None:
        """The customer asks for a call besides, perhaps, and perhaps wants the time in the end."""
        self.somebody_asks(place, number, CallbackKind.SCHEDULED, 0, hold=True)
        if meanwhile is not None:
            self.somebody_asks(place, number, meanwhile, MINUTE_MS, hold=False)
        held = [c for c in self.desk.all(Callback) if c.state is CallbackState.HELD]
        for callback in held if sure else ():
            booked = self.desk.run(RescheduleCallback(callback=callback.id, by="agent:emma"))
            if not isinstance(booked, Refusal):
                assert (booked.slot, booked.live_of) == (SLOT.key, callback.number)

    @rule(data=st.data())
    def somebody_calls_it_off(self, data: st.DataObject) -> None:
        callback = self._any(data, Callback)
        if callback is not None:
            self.desk.run(EndCallback(callback=callback.id, by="agent:emma"))

    @rule(place=st.integers(0, 1), agent=st.sampled_from(("emma", "sue")))
    def an_agent_takes_it(self, place: int, agent: str) -> None:
        """The work is assigned, and the job that this makes is done, perhaps twice."""
        conversation = self.conversations[place]
        self._assign(conversation, agent)
        waiting = [c for c in self.desk.all(Callback) if c.conversation == conversation]
        allowed_at = self._allowed(waiting[-1]) if waiting else None
        call = self.desk.run(
            BeginCall(conversation=conversation, agent=agent, allowed_at=allowed_at)
        )
        if not isinstance(call, Refusal):
            self._add_agent(call, agent)

    @rule(
        place=st.integers(0, 1),
        ringing_ms=st.sampled_from((0, 0, 0, 0, 0, 8 * HOUR_MS)),
        told=st.lists(st.sampled_from(STEPS), min_size=1, max_size=3),
        again=st.booleans(),
    )
    def a_whole_try(self, place: int, ringing_ms: int, told: list[LegState], again: bool) -> None:
        """Due, taken, picked up by the agent, dialled twice over, told of in any order."""
        conversation = self.conversations[place]
        live = [c for c in self.desk.all(Callback) if c.live_of and c.conversation == conversation]
        if not live:
            return
        self.desk.now = max(self.desk.now, live[0].visible_at)
        self.desk.run(MeetDue(callback=live[0].id, allowed_at=self._allowed(live[0])))
        known = {leg.id for leg in self.desk.all(Leg)}
        self.an_agent_takes_it(place, "emma")
        self.desk.now += ringing_ms
        for leg in [leg for leg in self.desk.all(Leg) if leg.id not in known]:
            self._tell(leg, LegState.ANSWERED)
            known.add(leg.id)
            for _ in range(1 + again):
                dial = DialCustomer(call=leg.call, allowed_at=self._allowed(live[0]))
                self.desk.run(dial)
        for leg in [leg for leg in self.desk.all(Leg) if leg.id not in known]:
            for state in told:
                self._tell(leg, state)
            if told[-1] is not LegState.RINGING:
                self._look(self.desk.tables[Call][(leg.call,)])

    @rule(data=st.data())
    def the_customer_is_dialled(self, data: st.DataObject) -> None:
        call = self._any(data, Call)
        if call is not None and call.callback is not None:
            callback = self.desk.tables[Callback][(call.callback,)]
            self.desk.run(DialCustomer(call=call.id, allowed_at=self._allowed(callback)))

    @rule(data=st.data(), state=st.sampled_from(STEPS))
    def a_telephone_tells(self, data: st.DataObject, state: LegState) -> None:
        leg = self._any(data, Leg)
        if leg is not None:
            self._tell(leg, state)

    @rule(data=st.data())
    def nobody_tells(self, data: st.DataObject) -> None:
        """The provider knows nothing of a leg that was dialled."""
        leg = self._any(data, Leg)
        if leg is not None:
            self.desk.run(LoseLeg(leg=leg.id))

    @precondition(lambda self: self.desk.all(Call))
    @rule(data=st.data())
    def somebody_looks(self, data: st.DataObject) -> None:
        self._look(self._any(data, Call))

    def _look(self, call: Call) -> None:
        callback = self.desk.tables[Callback].get((call.callback,))
        legs = tuple(leg for leg in self.desk.all(Leg) if leg.call == call.id)
        move = move_of(OnCall(call=call, legs=legs, callback=callback), TERMS, self.desk.now)
        if move is not None:
            self.desk.run(move)

    # --- what never happens ---

    @invariant()
    def c1_nobody_waits_twice(self) -> None:
        live = [c for c in self.desk.all(Callback) if c.live_of is not None]
        assert len({c.live_of for c in live}) == len(live)
        assert len({c.conversation for c in live}) == len(live)
        dead = {*ENDED, CallbackState.HELD}
        assert all((c.state in dead) == (c.live_of is None) for c in self.desk.all(Callback))

    @invariant()
    def nobody_is_called_for_what_is_held(self) -> None:
        kept = [c for c in self.desk.all(Callback) if c.held_at is not None]
        assert not any(self._dialled(callback) or callback.call for callback in kept)
        held = [c for c in kept if c.state is CallbackState.HELD]
        assert len({c.conversation for c in held}) == len(held)

    @invariant()
    def c2_one_live_dial_each(self) -> None:
        for callback in self.desk.all(Callback):
            assert sum(leg.live for leg in self._dialled(callback)) <= 1

    @invariant()
    def c3_not_oftener_than_allowed(self) -> None:
        for callback in self.desk.all(Callback):
            assert callback.tries <= TERMS.max_attempts
            failed = sum(leg.state is LegState.FAILED for leg in self._dialled(callback))
            assert len(self._dialled(callback)) - failed <= TERMS.max_attempts

    @invariant()
    def c4_nobody_is_woken(self) -> None:
        legs = [leg for leg in self.desk.all(Leg) if leg.party is Party.CUSTOMER]
        assert all(AWAKE[0].is_open(leg.started_at) for leg in legs)

    @invariant()
    def c5_a_leg_is_dialled_once(self) -> None:
        for job in self.desk.all(Job):
            if job.kind is JobKind.CALL and '"dial"' in job.body:
                self.dials[job.id] = 1
        wanted = [
            msgspec.json.decode(job.body, type=DialLeg).leg
            for job in self.desk.all(Job)
            if job.id in self.dials
        ]
        assert len(set(wanted)) == len(wanted)

    @invariant()
    def slots_are_not_overbooked(self) -> None:
        assert sum(c.slot == SLOT.key for c in self.desk.all(Callback)) <= SLOT.capacity

    # --- by hand ---

    def _live(self) -> dict[str, Callback]:
        return {c.id: c for c in self.desk.all(Callback) if c.live_of is not None}

    def _meet(self, callback: Callback) -> None:
        self.desk.run(MeetDue(callback=callback.id, allowed_at=self._allowed(callback)))

    def _any(self, data: st.DataObject, kind: type) -> object:
        found = self.desk.all(kind)
        return data.draw(st.sampled_from(found[-3:])) if found else None

    def _allowed(self, callback: Callback) -> int | None:
        return rules.next_allowed(self.desk.now, callback.closes_at, AWAKE)

    def _dialled(self, callback: Callback) -> list[Leg]:
        calls = {call.id for call in self.desk.all(Call) if call.callback == callback.id}
        return [
            leg for leg in self.desk.all(Leg) if leg.party is Party.CUSTOMER and leg.call in calls
        ]

    def _assign(self, conversation: str, agent: str) -> None:
        work = Work(
            id=conversation,
            desk="desk",
            conversation=conversation,
            live_of=conversation,
            state="assigned",
            queue="main",
            channel="voice",
            agent=agent,
            priority=0,
            enqueued_at=self.desk.now,
            ended_at=None,
            why="",
            body="{}",
        )
        self.desk.tables[Work][(work.id,)] = work

    def _add_agent(self, call: Call, agent: str) -> None:
        self.counted += 1
        leg = Leg(
            id=f"agent-{self.counted}",
            desk="desk",
            call=call.id,
            account="phone",
            provider_id=None,
            party=Party.AGENT,
            agent=agent,
            address=f"client:{agent}",
            state=LegState.PLANNED,
            dismissed=False,
            machine="",
            reason="",
            started_at=self.desk.now,
            answered_at=None,
            ended_at=None,
        )
        self.desk.tables[Leg][(leg.id,)] = leg

    def _tell(self, leg: Leg, state: LegState) -> None:
        self.counted += 1
        event = CallEvent(
            key=f"call:{self.counted}",
            call=f"CA{leg.id}",
            state="connected",
            sender="tel:+1",
            recipient=leg.address,
            leg=leg.id,
            leg_state=state,
        )
        self.desk.run(
            Accept(
                desk="desk",
                channel="voice",
                raw=RawRequest(account="phone", method="POST", path="/in/phone", body=b"x"),
                events=(event,),
                policy=Policy(),
                way=replace(way("phone"), channel="voice"),
                callers=Callers(choices=(Choice(key="", language="en", topic=""),)),
            )
        )


def test_a_callback_ends_well() -> None:
    """The machine can walk the whole path: it does not merely refuse."""
    walk = Telephones()
    desk = walk.desk
    while not AWAKE[0].is_open(desk.now):
        desk.now += HOUR_MS
    now = desk.now
    window = Window(origin_at=now, visible_at=now, closes_at=now + HOUR_MS)
    asked = desk.run(
        AskCallback(
            conversation=walk.conversations[0],
            kind=CallbackKind.QUEUE,
            number=NUMBERS[0],
            account="phone",
            local="+1",
            window=window,
            by="agent:emma",
        )
    )
    desk.run(MeetDue(callback=asked.id, allowed_at=now))
    walk.an_agent_takes_it(0, "emma")
    walk._tell(desk.one(Leg), LegState.ANSWERED)
    desk.run(DialCustomer(call=desk.one(Call).id, allowed_at=now))
    customer = desk.all(Leg)[1]
    for state in (LegState.ANSWERED, LegState.COMPLETED):
        walk._tell(customer, state)
        call = desk.one(Call)
        seen = OnCall(call=call, legs=tuple(desk.all(Leg)), callback=desk.one(Callback))
        desk.run(move_of(seen, TERMS, now))
    assert desk.one(Callback).state is CallbackState.DONE


TestTelephones = Telephones.TestCase
TestTelephones.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
