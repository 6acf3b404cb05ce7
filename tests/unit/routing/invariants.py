"""What must hold after every input, whatever it was. Each rule has its number from the specification.

I8 (replay and restart) and I10 (fairness) compare whole runs and stand in the tests themselves.
"""

from collections import Counter
from collections.abc import Iterator

from routing import events
from routing.engine import Engine
from routing.keys import late_instant
from routing.plan import ANYBODY, AcceptMode
from routing.records import Agent, Work
from routing.rows import IN_LINE, Presence, WorkPhase
from routing.timers import Timer

MOVES = (events.WorkRekeyed, events.WorkStepped, events.WorkWaiting, events.WorkDeferred)
ENDS = (events.OfferAccepted, events.OfferDeclined, events.OfferExpired, events.OfferRescinded)
STARTS = (events.OfferCreated, events.AssignmentStarted)


class Inspector:
    """Looks at one engine after each of its inputs, and remembers what it must not forget."""

    def __init__(self, engine: Engine) -> None:
        self.world = engine._world
        self.keys: dict[str, tuple[int, int]] = {}
        self.live_offers: dict[str, tuple[str, str]] = {}
        self.over: set[str] = set()  # agents who may weigh more than their plan allows

    def problems(self, decided: tuple[events.Event, ...]) -> list[str]:
        checks = (
            self.one_place(),
            self.loads(decided),
            self.work_conservation(),
            self.others_are_there(),
            self.somebody_is_asked(),
            self.order(decided),
            self.offers_end_once(decided),
            self.exclusion(),
            self.timers(),
            self.steady_keys(decided),
        )
        return [problem for check in checks for problem in check]

    # I1

    def one_place(self) -> Iterator[str]:
        world = self.world
        seats = Counter(
            work.id
            for signature in world.index.signatures.values()
            for lane in signature.lanes.values()
            for work in lane.works()
        )
        seats += Counter(work for agent in world.agents.values() for work in agent.pins)
        owners = Counter(work for agent in world.agents.values() for work in agent.owned)
        for work in world.works.values():
            pulled = world.handling(work).accept_mode is AcceptMode.PULL or work.after_hours
            expected = {
                WorkPhase.WAITING: (0 if pulled else 1, 0),
                WorkPhase.CALLBACK_PENDING: (0, 0),
                WorkPhase.OFFERED: (0, len(work.offers)),
            }.get(work.phase, (0, 1))
            if (seats[work.id], owners[work.id]) != expected:
                yield f"I1 {work.id} {work.phase}: {seats[work.id]} seats, {owners[work.id]} owners"
            if (work.phase is WorkPhase.OFFERED) != bool(work.offers):
                yield f"I1 {work.id} is {work.phase} with offers {list(work.offers)}"
        for stray in (seats.keys() | owners.keys()) - world.works.keys():
            yield f"I1 {stray} has a place and is not known"
        stand = Counter((w.queue, w.phase) for w in world.works.values())
        for queue, line in world.lines.items():
            waiting = stand[queue, WorkPhase.WAITING], stand[queue, WorkPhase.CALLBACK_PENDING]
            if (line.waiting - line.deferred, line.deferred) != waiting:
                yield f"I1 {waiting} wait in {queue}, which counts otherwise"
        conversations = [work.conversation for work in world.works.values()]
        if len(conversations) != len(set(conversations)):
            yield "I1 a conversation has two live pieces of work"
        for work in world.works.values():
            waits = work.phase is WorkPhase.WAITING and work.after_hours
            line = world.lines[work.queue]
            if waits and line.is_open(world.now - 1) and line.is_open(world.now):
                yield f"I1 {work.id} waits for an opening that has been"

    # I2

    def loads(self, decided: tuple[events.Event, ...]) -> Iterator[str]:
        self.over |= {e.agent for e in decided if isinstance(e, events.OverCapacity)}
        self.over |= {e.agent for e in decided if isinstance(e, events.AssignmentResumed)}
        for agent in self.world.agents.values():
            held = [self.world.channel(work) for work in self.held(agent)]
            exclusive = any(channel.exclusive for channel in held)
            load = sum(c.weight for c in held if not (exclusive and c.interruptible))
            if agent.load != load:
                yield f"I2 {agent.id} weighs {agent.load}, really {load}"
            fits = load <= agent.capacity and sum(c.exclusive for c in held) <= 1
            if fits or agent.plan is None:  # nobody gives anything to who is removed
                self.over.discard(agent.id)
            elif agent.id not in self.over:
                yield f"I2 {agent.id} weighs {load} of {agent.capacity}"

    @staticmethod
    def held(agent: Agent) -> list[Work]:
        return [
            *agent.guest_of.values(),
            *Inspector.own(agent),
        ]

    @staticmethod
    def own(agent: Agent) -> list[Work]:
        return [
            work
            for work in agent.owned.values()
            if work.phase in (WorkPhase.OFFERED, WorkPhase.ASSIGNED)
            or (work.phase is WorkPhase.WRAPUP and work.wrapup_holds)
        ]

    # I3, I4

    def fits(self, work: Work, agent: Agent) -> bool:
        if work.phase is not WorkPhase.WAITING or work.after_hours:
            return False
        if self.world.handling(work).accept_mode is AcceptMode.PULL:
            return False
        if not agent.routable() or not agent.room(self.world.channel(work)):
            return False
        if work.pin is not None:
            return work.pin == agent.id
        assert agent.plan is not None
        step = self.world.steps(work)[work.step]
        pools = {work.queue, *step.pool, *work.pool}
        if not self.world.index.reaches(agent, work, step):
            return False  # what `who` and delays ask is the twin's to say
        needs = [*step.need.items(), *work.needs.items()]
        return (
            agent.id not in work.excluded
            and (ANYBODY in pools or bool(pools & agent.plan.queues.keys()))
            and all(agent.plan.skills.get(skill, 0) >= level for skill, level in needs)
        )

    def work_conservation(self) -> Iterator[str]:
        for work in self.world.works.values():
            for agent in self.world.agents.values():
                if self.fits(work, agent):
                    yield f"I3 {work.id} waits and {agent.id} is free for it"

    def others_are_there(self) -> Iterator[str]:
        """Nothing waits for nobody but its giver to go and come back."""
        for work in self.world.works.values():
            if work.giver is not None and work.giver not in work.excluded:
                yield f"I3 {work.giver} has passed {work.id} on and is not excluded"
            if work.giver is None or work.phase not in IN_LINE or work.pin is not None:
                continue
            if not any(self.could_ever(work, agent) for agent in self.world.agents.values()):
                yield f"I3 {work.id} waits for {work.giver}, who passed it on, alone"

    def somebody_is_asked(self) -> Iterator[str]:
        """Nothing waits for nobody but who declined, was not asked again, and is available."""
        for work in self.world.works.values():
            if work.seat is None or work.pin is not None or work.reprieved:
                continue
            there = [a for a in self.world.agents.values() if self.could_ever(work, a)]
            declined = [self.world.agents[ident] for ident in sorted(work.excluded)]
            asking = [a for a in declined if a.presence is Presence.AVAILABLE]
            if not there and any(self.could_now(work, agent) for agent in asking):
                yield f"I3 {work.id} waits for {asking[0].id}, who declined, alone"

    def could_now(self, work: Work, agent: Agent) -> bool:
        """Whether the agent is one whom its step lets see it, and one piece of it fits them."""
        channel, reached = self.world.channel(work), self.world.index.reaches
        fits = channel.weight <= agent.capacity and agent.caps.get(channel.id, 1) > 0
        return fits and reached(agent, work, self.world.steps(work)[work.step])

    def could_ever(self, work: Work, agent: Agent) -> bool:
        """But for what `who` asks, which is the twin's to say."""
        plan = agent.plan
        if plan is None or agent.presence is Presence.OFFLINE or agent.id in work.excluded:
            return False
        for step in self.world.steps(work)[work.step :]:
            pools = {step.queue_override or work.home, *step.pool, *work.pool}
            needs = [*step.need.items(), *work.needs.items()]
            if (ANYBODY in pools or pools & plan.queues.keys()) and all(
                plan.skills.get(skill, 0) >= level for skill, level in needs
            ):
                return True
        return False

    def order(self, decided: tuple[events.Event, ...]) -> Iterator[str]:
        moved = {event.work for event in decided if isinstance(event, MOVES)}
        for event in decided:
            if not isinstance(event, STARTS) or event.why is None or event.why.sampled:
                continue
            for other in self.world.works.values():
                overtaken = (
                    other.phase is WorkPhase.WAITING
                    and other.seat
                    and other.id not in moved
                    and other.pin is None
                    and not event.why.pinned
                    and (other.queue, other.step) == (event.why.queue, event.why.step)
                    and (other.key, other.id) < (event.why.key, event.work)
                    and event.agent not in other.excluded
                    and event.work in self.world.works
                    and self.world.works[event.work].channel == other.channel
                    and self.world.works[event.work].steps == other.steps
                    and self.world.works[event.work].needs == other.needs
                    and self.world.works[event.work].pool == other.pool
                    and self.world.works[event.work].seen_ms == other.seen_ms
                    and event.at == self.world.now
                    and self.keys.get(other.id) == other.key
                )
                if overtaken:
                    yield f"I4 {event.work} was given to {event.agent} before {other.id}"

    # I5, I6

    def offers_end_once(self, decided: tuple[events.Event, ...]) -> Iterator[str]:
        for event in decided:
            if isinstance(event, events.OfferCreated):
                pair = (event.work, event.agent)
                if event.offer in self.live_offers or pair in self.live_offers.values():
                    yield f"I5 {event.offer} is offered twice"
                self.live_offers[event.offer] = pair
            elif isinstance(event, ENDS) and self.live_offers.pop(event.offer, None) is None:
                yield f"I5 {event.offer} ends twice"
        if self.live_offers.keys() != self.world.offers.keys():
            yield f"I5 live are {sorted(self.world.offers)}, told of {sorted(self.live_offers)}"

    def exclusion(self) -> Iterator[str]:
        for offer in self.world.offers.values():
            if offer.agent in self.world.works[offer.work].excluded:
                yield f"I6 {offer.id} asks {offer.agent}, who is excluded"
        for agent in self.world.agents.values():
            excluding = {w.id for w in self.world.works.values() if agent.id in w.excluded}
            if excluding != agent.shunned_by.keys():
                yield f"I6 {agent.id} is excluded by {excluding}, knows of {set(agent.shunned_by)}"

    # I7

    def timers(self) -> Iterator[str]:
        world = self.world
        due = {(Timer.OFFER, offer.id): offer.expires_at for offer in world.offers.values()}
        for agent in world.agents.values():
            if agent.given:
                window_over = agent.given[0] + world.plan.window_ms
                due[Timer.WINDOW, agent.id] = max(world.now, window_over)
            if agent.lost_until is not None:
                due[Timer.GRACE, agent.id] = agent.lost_until
        for work in world.works.values():
            own = (
                (Timer.WRAPUP, work.wrapup_until),
                (Timer.LEAVE, work.leaves_at),
                (Timer.RETURN, work.returns_at),
            )
            due |= {(kind, work.id): at for kind, at in own if at is not None}
            if work.returns_at is not None and work.pin_until is not None:
                due[Timer.RETURN, work.id] = max(work.returns_at, work.pin_until)
            if work.phase not in IN_LINE:
                continue
            steps = world.steps(work)
            if work.step + 1 < len(steps):
                due[Timer.STEP, work.id] = work.enqueued_at + steps[work.step + 1].after_ms
            if work.pin_until is not None:
                due[Timer.PIN, work.id] = work.pin_until
            due |= self.overflow_timers(work)
            late_at = late_instant(world.queue(work), work)
            if late_at is not None and not work.late:
                due[Timer.LATE, work.id] = late_at
        due |= self.hours_timers()
        live = {
            (kind, whose): at for kind in Timer for whose, at in world.timers.live[kind].items()
        }
        if live != due:
            odd = dict(live.items() ^ due.items())
            yield f"I7 timers differ from what is due: {odd}"
        if world.timers.next_due() != min(due.values(), default=None):
            yield f"I7 the next timer is said to be {world.timers.next_due()}"

    def overflow_timers(self, work: Work) -> dict[tuple[Timer, str], int]:
        due = {}
        instants = self.world.lines[work.queue].instants
        if work.looks < len(instants):
            due[Timer.OVERFLOW, work.id] = work.enqueued_at + instants[work.looks]
        delays = [d for d in self.world.index.delays.get(work.queue, ()) if d > work.seen_ms]
        if delays:
            due[Timer.DELAY, work.id] = work.enqueued_at + delays[0]
        return due

    def hours_timers(self) -> dict[tuple[Timer, str], int]:
        """The next turn; at its very instant it may have gone off or not."""
        due, live = {}, self.world.timers.live[Timer.HOURS]
        for queue, line in self.world.lines.items():
            turns = {line.next_turn(self.world.now - 1), line.next_turn(self.world.now)}
            if live.get(queue) not in turns:
                due[Timer.HOURS, queue] = -1
            elif queue in live:
                due[Timer.HOURS, queue] = live[queue]
        return due

    # I9

    def steady_keys(self, decided: tuple[events.Event, ...]) -> Iterator[str]:
        moved = {event.work for event in decided if isinstance(event, MOVES)}
        waiting = {w.id: w.key for w in self.world.works.values() if w.phase in IN_LINE}
        for work, key in waiting.items():
            if work not in moved and self.keys.get(work, key) != key:
                yield f"I9 the key of {work} became {key}, unasked"
        self.keys = waiting
