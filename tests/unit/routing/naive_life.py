"""The engine's twin: what happens to works and agents, without an index, timers or rows.

It shares the plan and the inputs with the engine and nothing else. `apply` returns what happened as
short tuples, `state` says where everything is.
"""

from types import SimpleNamespace as Bag

from msgspec import UNSET
from msgspec.structs import replace

from routing.plan import Wrapup
from tests.unit.routing.naive import HOURS_MS, WHEN, Rule

IN_LINE = "waiting", "callback_pending"


class Refused(Exception):
    """The input changes nothing."""


class Twin(Rule):
    """A desk that is slow and simple."""

    def apply(self, x) -> list[tuple]:
        self.log = []
        if self.now == 0:
            self.arm(x.at)
        if x.__struct_config__.tag != "clock_stepped":
            self.run_timers(x.at)
        self.now = x.at
        try:
            getattr(self, x.__struct_config__.tag)(x)
        except Refused:
            self.log.append(("refused",))
        self.settle()
        return self.log

    def state(self):
        works = {
            w.id: (
                w.phase,
                w.agent,
                tuple(sorted(w.offers.values())),
                w.step,
                tuple(sorted(w.excluded)),
                w.queue,
                w.after_hours,
                w.guests,
                w.giver,
            )
            for w in self.works.values()
        }
        agents = {a.id: (a.presence, a.lost, self.load(a)) for a in self.agents.values() if a.plan}
        return works, agents

    # --- time ---

    def timers(self):
        for w in self.works.values():
            yield from ((o.expires, 0, i, self.expire, w) for i, o in w.offer_rows.items())
            if w.phase == "wrapup" and w.until is not None:
                yield w.until, 1, w.id, self.wrapup_over, w
            if w.leaves is not None:
                yield w.leaves, 10, w.id, self.leave_due, w
            if w.giver:
                named = w.pin_until if w.pin else w.returns
                yield max(w.returns, named), 11, w.id, self.may_return, w
            if w.phase in IN_LINE:
                steps = self.steps(w)
                if w.pin:
                    yield w.pin_until, 3, w.id, self.unpin, w
                if w.step + 1 < len(steps):
                    yield w.enqueued + steps[w.step + 1].after_ms, 4, w.id, self.step_on, w
                late = self.late_at(w)
                if late is not None and not w.late:
                    yield late, 5, w.id, self.lateness, w
                instants = self.instants(w)
                if w.looks < len(instants):
                    yield w.enqueued + instants[w.looks], 6, w.id, self.look_due, w
                later = [d for d in self.delays(w.queue) if d > w.seen]
                if later:
                    yield w.enqueued + later[0], 8, w.id, self.seen_due, w
        yield from ((at, 7, q, self.turn, q) for q, at in self.turns.items() if at is not None)
        yield from (
            (a.given[0] + self.plan.window_ms, 9, a.id, self.long_ago, a)
            for a in self.agents.values()
            if a.given
        )
        yield from (
            (a.lost, 2, a.id, self.all_gone, a) for a in self.agents.values() if a.lost is not None
        )

    def long_ago(self, _, a):
        a.given = a.given[1:]

    def run_timers(self, until: int) -> None:
        while due := min((t[:3] for t in self.timers() if t[0] < until), default=None):
            act, whom = next(t[3:] for t in self.timers() if t[:3] == due)
            self.now = max(self.now, due[0])
            act(due[2], whom)
            self.settle()

    def settle(self):
        self.look_for_others()
        self.match()
        while self.fresh:
            fresh, self.fresh = self.fresh, {}
            for w in fresh.values():
                if w.phase == "waiting" and w.id in self.works:
                    self.look(w)
            self.look_for_others()
            self.match()

    def match(self):
        while pairs := self.least():
            _, w, first = pairs[0]
            mode = self.mode(w)
            takers = [first]
            if mode == "ring_all":
                mine = [agent for _, work, agent in pairs if work is w]
                takers = mine[: self.queues[w.queue].ring_size]
            else:
                mode = first.plan.accept.get(w.channel, mode)
            if mode == "auto":
                self.begin(w, first)
                continue
            for a in takers:
                self.offer(w, a)

    # --- hours and overflow ---

    def is_open(self, queue):
        hours = self.queues[queue].hours
        return hours is None or any(begin <= self.now < end for begin, end in HOURS_MS)

    def arm(self, since):
        bounds = [bound for window in HOURS_MS for bound in window if bound >= since]
        soon = min(bounds, default=None)
        self.turns = {q: soon for q, plan in self.queues.items() if plan.hours is not None}

    def turn(self, _, queue):
        if self.queues[queue].hours is None:
            return
        bounds = [bound for window in HOURS_MS for bound in window if bound > self.now]
        self.turns[queue] = min(bounds, default=None)
        is_open = self.is_open(queue)
        if not is_open and self.queues[queue].at_closing == "drain":
            return
        for w in sorted(self.line(queue), key=lambda w: w.id):
            if w.after_hours == is_open:
                w.after_hours = not is_open
                self.catch_up(w)
                self.look_again(w)

    def line(self, queue):
        return [w for w in self.works.values() if w.phase in IN_LINE and w.queue == queue]

    def staffed(self, queue):
        return sum(
            a.plan is not None and queue in a.plan.queues and a.presence != "offline"
            for a in self.agents.values()
        )

    def admit(self, w, queue):
        w.home, w.step, w.pool = queue, 0, ()
        self.stand_in(w, queue)

    def stand_in(self, w, queue):
        w.queue, w.late, w.overflowed = queue, False, ()
        w.after_hours = not self.is_open(queue)

    def instants(self, w):
        return sorted({i for rule in self.queues[w.queue].overflow for i in WHEN[rule.when][1]})

    def look_again(self, w):
        if self.queues[w.queue].overflow:
            self.fresh.setdefault(w.id, w)
            w.looks = sum(i <= self.now - w.enqueued for i in self.instants(w))

    def look_due(self, _, w):
        self.look_again(w)

    def seen_due(self, _, w):
        self.seat(w)

    def look(self, w):
        line, staffed = self.line(w.queue), self.staffed(w.queue)
        q, channel = self.queues[w.queue], self.channels[w.channel]
        for rule in q.overflow:
            facts = Bag(
                wait=self.now - w.enqueued, waiting=len(line), staffed=staffed, channel=w.channel,
                longest=max(self.now - other.enqueued for other in line), priority=w.priority,
                closed=w.after_hours, live=channel.live,
                ewt=len(line) * q.handle_ms // staffed if staffed else 10**15,
            )  # fmt: skip
            mark = (rule.when, rule.do, rule.pool, rule.queue, rule.template)
            if mark in w.overflowed or not WHEN[rule.when][0](facts):
                continue
            w.overflowed += (mark,)
            stays = rule.do == "move_queue" and (
                rule.queue not in self.queues or rule.queue in {*w.visited, w.queue, w.home}
            )
            self.log.append(("overflow", w.id, "stay" if stays else str(rule.do)))
            if rule.do == "add_pool":
                w.pool += rule.pool
                self.seat(w)
            elif rule.do == "move_queue" and not stays:
                w.visited += (w.queue,)
                self.admit(w, rule.queue)
                self.wait(w)
                return
            elif rule.do == "close":
                self.forget(w, "cancelled")
                w.phase = "gone"
                return

    # --- work ---

    def work_arrived(self, x):
        if x.work in self.works:
            raise Refused
        for sibling in [w for w in self.works.values() if w.conversation == x.conversation]:
            if sibling.phase != "wrapup":
                raise Refused
            self.wrapup_over(sibling.id, sibling)
        enqueued = x.at if x.enqueued_at is None else x.enqueued_at
        w = Bag(
            id=x.work, conversation=x.conversation, channel=x.channel, queue=x.queue, needs=x.needs,
            priority=x.priority, enqueued=enqueued, deadline=x.deadline, steps=x.steps, step=0,
            agent=None, offers={}, offer_rows={}, made=0, excluded=set(), reprieved=False, late=False,
            pin=None, pin_until=None, hard=False, holds=False, until=None, more=0, phase="",
            looks=0, seen=0, visited=(), front=False, guests=(), leaves=None, giver=None, returns=None,
        )  # fmt: skip
        self.works[w.id] = w
        self.admit(w, x.queue)
        if x.callback_pending:
            self.stand(w)
            return
        q, last = self.queues[w.queue], self.agents.get(x.last_agent)
        if x.owner in self.agents:
            w.pin, w.pin_until, w.hard = x.owner, x.owner_until or self.now, True
        elif q.sticky != "off" and last and last.plan and w.queue in last.plan.queues:
            w.pin, w.pin_until, w.hard = last.id, self.now + q.sticky_ms, q.sticky == "hard"
        self.wait(w)

    def wait(self, w):
        w.phase, w.agent = "waiting", None
        if w.after_hours or self.queues[w.queue].at_closing == "eject":
            w.after_hours = not self.is_open(w.queue)
        self.catch_up(w)
        self.look_again(w)

    def catch_up(self, w):
        due = [n for n, s in enumerate(self.steps(w)) if s.after_ms <= self.now - w.enqueued]
        w.step = self.past_nobody(w, max(w.step, *due, 0))
        self.seat(w)

    def could_see(self, a, w, number):
        """Whether the agent may take it, if it were looked at now."""
        return self.satisfies(a, w, number, self.now - w.enqueued)

    def past_nobody(self, w, number):
        steps = self.steps(w)
        while number + 1 < len(steps) and (skip := steps[number].skip_if):
            there = [
                a
                for a in self.agents.values()
                if a.plan and a.presence != "offline" and self.could_see(a, w, number)
            ]
            if skip == "no_available":
                there = [a for a in there if a.presence == "available" and a.lost is None]
            if there:
                break
            number += 1
        return number

    def seat(self, w):
        queue = self.queue_at(w, w.step)
        if queue != w.queue:
            self.stand_in(w, queue)
            self.look_again(w)
        w.seen = max((d for d in self.delays(queue) if d <= self.now - w.enqueued), default=0)
        a = self.agents.get(w.pin)
        over = w.pin_until is not None and self.now > w.pin_until
        there = a and a.plan and (w.hard or a.presence != "offline")
        if not there or a.id in w.excluded or over or self.mode(w) == "pull":
            w.pin = None
        late = self.late_at(w)
        w.late = late is not None and (w.late or self.now >= late)

    def step_on(self, _, w, by=1):
        w.step = self.past_nobody(w, w.step + by)
        self.seat(w)
        self.log.append(("step", w.id, w.step))

    def lateness(self, _, w):
        w.late = True
        self.seat(w)

    def unpin(self, _, w):
        w.pin = None
        self.seat(w)

    def work_rekeyed(self, x):
        w = self.works.get(x.work)
        if not w:
            raise Refused
        holders = [a for a in self.agents.values() if w in self.held(a)]
        if x.queue is not None and x.queue != w.queue:
            w.visited = ()
            self.admit(w, x.queue)
        else:
            x = replace(x, queue=None)
        if x.channel is not None and x.channel != w.channel:
            for a in holders:
                a.free = self.now
            w.channel = x.channel
        w.priority = w.priority if x.priority is None else x.priority
        w.needs = w.needs if x.needs is None else x.needs
        if x.deadline is not UNSET:
            w.deadline, w.late = x.deadline, False
        if w.phase in IN_LINE:
            self.catch_up(w)
            if x.queue is not None:
                self.look_again(w)

    def callback_pending(self, x):
        w = self.works.get(x.work)
        if not w or w.phase not in ("waiting", "offered"):
            raise Refused
        offered = w.phase == "offered"
        self.detach(w)
        w.pin, w.channel = None, x.channel or w.channel
        self.stand(w, catch_up=offered)

    def stand(self, w, *, catch_up=True):
        w.phase = "callback_pending"
        (self.catch_up if catch_up else self.seat)(w)
        self.log.append(("deferred", w.id))

    def callback_ready(self, x):
        w = self.works.get(x.work)
        if not w or w.phase != "callback_pending":
            raise Refused
        w.channel, w.front = x.channel or w.channel, x.front
        self.wait(w)

    def work_cancelled(self, x):
        w = self.works.get(x.work)
        if not w:
            raise Refused
        self.detach(w)
        self.forget(w, "cancelled")

    def forget(self, w, how):
        self.log.append((how, w.id))
        del self.works[w.id]

    def detach(self, w):
        for i in sorted(w.offers):
            self.close(w, i, "rescinded")
        if w.agent:
            self.drop(w)

    def drop(self, w):
        a = self.agents[w.agent]
        self.send_home(w)
        if w in self.held(a):
            a.free = self.now
        self.log.append(("ended", w.id, a.id))
        w.agent, w.phase, w.leaves = None, "limbo", None

    def begin(self, w, a, held=False):
        w.phase, w.agent, w.pin = "assigned", a.id, None
        w.excluded, w.giver = w.excluded - {w.giver}, None
        a.given += [self.now] if self.plan.window_ms else []
        if not held:
            a.free = self.now
        self.log.append(("assign", w.id, a.id))

    def work_ended(self, x):
        w = self.works.get(x.work)
        if not w or w.phase not in ("assigned", "parked") or x.agent not in (None, w.agent):
            raise Refused
        self.send_home(w)
        a, c = self.agents[w.agent], self.channels[w.channel]
        timed = Wrapup(mode="timed" if c.acw_ms else "none", ms=c.acw_ms)
        policy = self.queues[w.queue].wrapup.get(w.channel, timed)
        if policy.mode == "none" or a.presence == "offline":
            self.drop(w)
            self.forget(w, "done")
            return
        holds = c.exclusive if policy.holds is None else policy.holds
        w.holds = holds and policy.mode != "optional" and w.phase == "assigned"
        if not w.holds and w.phase == "assigned":
            a.free = self.now
        w.phase = "wrapup"
        w.until = self.now + policy.ms if policy.mode != "mandatory" and policy.ms else None
        self.log.append(("wrapup", w.id, w.until))

    def wrapup_over(self, _, w):
        self.drop(w)
        self.forget(w, "done")

    def wrapup_ended(self, x):
        w = self.works.get(x.work)
        if not w or w.phase != "wrapup" or w.agent != x.agent:
            raise Refused
        policy = self.queues[w.queue].wrapup.get(w.channel)
        if policy and policy.mode == "timed_forced":
            raise Refused
        self.wrapup_over("", w)

    def wrapup_extended(self, x):
        w = self.works.get(x.work)
        if not w or w.phase != "wrapup" or w.agent != x.agent or w.until is None:
            raise Refused
        policy = self.queues[w.queue].wrapup.get(w.channel)
        if not policy or w.more >= policy.extensions:
            raise Refused
        w.more += 1
        w.until += policy.extend_ms or policy.ms
        self.log.append(("wrapup", w.id, w.until))

    def work_parked(self, x):
        w = self.works.get(x.work)
        if not w or w.phase != "assigned":
            raise Refused
        self.send_home(w)
        w.phase, self.agents[w.agent].free = "parked", self.now

    def work_unparked(self, x):
        w = self.works.get(x.work)
        if not w or w.phase != "parked":
            raise Refused
        w.phase, self.agents[w.agent].free = "assigned", self.now

    def work_transferred(self, x):
        w, to = self.works.get(x.work), self.agents.get(x.to_agent)
        if not w or w.phase not in ("assigned", "parked") or w.agent != x.agent:
            raise Refused
        if x.to_agent and (not to or not to.plan or to.id == w.agent or to.presence == "offline"):
            raise Refused
        if x.to_agent in w.guests:
            others, w.guests = tuple(g for g in w.guests if g != x.to_agent), ()
            self.drop(w)
            w.guests = others
            self.begin(w, to, held=True)
            return
        self.drop(w)
        w.excluded, w.reprieved, w.visited = set(), False, ()
        self.admit(w, x.to_queue or w.queue)
        w.giver, giver, later = None, self.agents[x.agent], range(w.step, len(self.steps(w)))
        if giver.plan and any(self.satisfies(giver, w, number, 10**15) for number in later):
            w.excluded, w.giver = {x.agent}, x.agent
            w.returns = self.now + self.queues[w.queue].returns_after_ms
        w.enqueued = w.enqueued if x.keep_age else self.now
        if to:
            w.pin, w.pin_until, w.hard = to.id, self.now + self.queues[w.queue].agent_wait_ms, False
        self.wait(w)

    def work_grabbed(self, x):
        w, a = self.works.get(x.work), self.agents.get(x.agent)
        if not w or not a or not a.plan:
            raise Refused
        mine = next((i for i, who in w.offers.items() if who == a.id), None)
        if mine:
            self.take(w, mine)
            return
        fits = self.room(a, self.channels[w.channel])
        away = a.presence == "offline" or a.lost is not None
        if (
            w.phase in ("wrapup", "callback_pending")
            or w.agent == a.id
            or away
            or (not x.force and not fits)
        ):
            raise Refused
        self.detach(w)
        self.begin(w, a)

    # --- who passed it on ---

    def others(self, w):
        """Who is there and has not passed, and could take it now or at a later step."""
        return [a for a in self.able(w) if a.id not in w.excluded]

    def able(self, w):
        later = range(w.step, len(self.steps(w)))
        return [
            a
            for a in self.agents.values()
            if a.plan and a.presence != "offline"
            if self.channels[w.channel].weight <= a.plan.capacity
            if a.plan.channel_caps.get(w.channel, 1) > 0
            if any(self.satisfies(a, w, number, 10**15) for number in later)
        ]

    def look_for_others(self):
        for w in sorted(self.works.values(), key=lambda w: w.id):
            if w.pin or w.phase not in IN_LINE:
                continue
            if w.giver and (self.now > w.returns or not self.others(w)):
                self.may_return("", w)
            asked = w.phase == "waiting" and not w.after_hours and self.mode(w) != "pull"
            declined = any(a.id in w.excluded and a.presence == "available" for a in self.able(w))
            if asked and declined and not w.reprieved and not self.others(w):
                w.excluded, w.reprieved = set(), True
                self.log.append(("all_declined", w.id))

    def may_return(self, _, w):
        if w.phase in IN_LINE:
            self.log.append(("returnable", w.id, w.giver))
        w.excluded.discard(w.giver)
        w.giver = None

    # --- who is asked in ---

    def agent_consulted(self, x):
        w, a = self.works.get(x.work), self.agents.get(x.guest)
        if not w or not a or not a.plan or w.phase != "assigned" or w.agent != x.agent:
            raise Refused
        away = a.presence == "offline" or a.lost is not None
        if a.id in (w.agent, *w.guests) or away or not self.room(a, self.channels[w.channel]):
            raise Refused
        w.guests += (a.id,)
        a.free = self.now
        self.log.append(("asked_in", w.id, a.id))

    def consult_left(self, x):
        w = self.works.get(x.work)
        if not w or x.agent not in w.guests:
            raise Refused
        self.send_home(w, x.agent)

    def leave_all(self, a):
        for w in sorted(self.works.values(), key=lambda w: w.id):
            self.send_home(w, a.id)

    def send_home(self, w, only=None):
        for guest in w.guests:
            if only in (None, guest):
                w.guests = tuple(g for g in w.guests if g != guest)
                self.agents[guest].free = self.now
                self.log.append(("left", w.id, guest))

    # --- offers ---

    def offer(self, w, a):
        w.made += 1
        timeout = self.queues[w.queue].offer_timeout_ms
        timeout = self.channels[w.channel].offer_timeout_ms if timeout is None else timeout
        name = f"{w.id}.{w.made}"
        w.offers[name], w.offer_rows[name] = a.id, Bag(expires=self.now + timeout)
        w.phase, a.free = "offered", self.now
        self.log.append(("offer", w.id, a.id))

    def close(self, w, name, how):
        a = self.agents[w.offers.pop(name)]
        del w.offer_rows[name]
        if how != "accepted":
            a.free = self.now
        self.log.append((how, name))
        return a

    def find(self, x):
        return next((w for w in self.works.values() if w.offers.get(x.offer) == x.agent), None)

    def offer_accepted(self, x):
        w = self.find(x)
        if not w:
            raise Refused
        self.take(w, x.offer)

    def take(self, w, name):
        a = self.close(w, name, "accepted")
        a.rona = 0
        for other in sorted(w.offers):
            self.close(w, other, "rescinded")
        self.begin(w, a, held=True)

    def offer_declined(self, x):
        w = self.find(x)
        if not w:
            raise Refused
        w.excluded.add(self.close(w, x.offer, "declined").id)
        self.ask_others(w)

    def expire(self, name, w):
        a = self.close(w, name, "expired")
        w.excluded.add(a.id)
        a.rona += 1
        if a.plan and a.rona >= a.plan.max_rona:
            a.presence, a.free = "not_responding", self.now
            self.take_back(a)
        self.ask_others(w)

    def ask_others(self, w):
        if w.offers:
            return
        due = [n for n, s in enumerate(self.steps(w)) if s.after_ms <= self.now - w.enqueued]
        w.step = self.past_nobody(w, max(w.step, *due, 0))
        there = [a for a in self.agents.values() if a.plan and a.presence != "offline"]
        if all(a.id in w.excluded for a in there if self.could_see(a, w, w.step)):
            if not w.reprieved:
                w.giver = w.giver if self.others(w) else None
                w.excluded = {w.giver} - {None}
            w.reprieved = True
            self.log.append(("all_declined", w.id))
        self.wait(w)

    def take_back(self, a):
        for w in sorted(self.works.values(), key=lambda w: w.id):
            for name in [n for n, who in w.offers.items() if who == a.id]:
                self.close(w, name, "rescinded")
                if not w.offers:
                    self.wait(w)

    # --- agents ---

    def agent_presence(self, x):
        a = self.agents.get(x.agent)
        if not a or (not a.plan and x.presence != "offline"):
            raise Refused
        if a.presence == x.presence and a.lost is None:
            a.rona = 0
            return
        if x.presence == "offline":
            self.gone("", a)
            return
        if x.presence == "available":
            a.rona = 0
            if a.presence != "available":
                for w in self.works.values():
                    if w.giver != a.id:
                        w.excluded.discard(a.id)
        if a.presence == "offline":
            for w in self.works.values():
                w.leaves = None if w.agent == a.id else w.leaves
        a.presence, a.lost, a.free = x.presence, None, self.now
        if x.presence == "busy":
            self.take_back(a)

    def agent_lost(self, x):
        a = self.agents[x.agent]
        if a.presence != "offline" and a.lost is None:
            a.lost, a.free = self.now + self.plan.disconnect_grace_ms, self.now
            self.take_back(a)

    def agent_back(self, x):
        a = self.agents[x.agent]
        if a.lost is not None:
            a.lost, a.free = None, self.now
        elif a.presence == "offline":
            raise Refused

    def all_gone(self, _, a):
        until = a.lost
        for other in sorted(self.agents.values(), key=lambda other: other.id):
            if other.lost == until:
                self.gone("", other)

    def gone(self, _, a):
        a.presence, a.lost = "offline", None
        self.take_back(a)
        self.leave_all(a)
        for w in sorted((w for w in self.works.values() if w.agent == a.id), key=lambda w: w.id):
            if w.phase == "wrapup":
                self.wrapup_over("", w)
            else:
                self.forsake(w, a)
        a.free = self.now
        for w in self.works.values():
            if w.pin == a.id and w.phase == "waiting" and not w.after_hours:
                self.seat(w)
        for w in sorted(self.works.values(), key=lambda w: w.id):
            seated = w.phase == "waiting" and not w.after_hours and self.mode(w) != "pull"
            if seated and not w.pin and a.plan and self.satisfies(a, w, w.step):
                number = self.past_nobody(w, w.step)
                if number != w.step:
                    self.step_on("", w, number - w.step)
        for q in self.queues:
            marks = {m for rule in self.queues[q].overflow for m in WHEN[rule.when][2]}
            if a.plan and q in a.plan.queues and self.staffed(q) in marks:
                for w in sorted(self.line(q), key=lambda w: w.id):
                    self.look_again(w)

    def forsake(self, w, a):
        channel = self.channels[w.channel]
        if a.plan is None or channel.on_lost == "requeue":
            self.leave_due("", w)
        elif channel.on_lost == "requeue_after":
            w.leaves = self.now + channel.requeue_after_ms

    def leave_due(self, _, w):
        self.drop(w)
        self.wait(w)

    def plan_changed(self, x):
        self.adopt(x.plan)
        known = {skill.id for skill in x.plan.skills}
        for w in self.works.values():
            if w.queue not in self.queues or w.home not in self.queues:
                self.admit(w, x.plan.default_queue)
            w.needs = {s: level for s, level in w.needs.items() if s in known}
            w.steps = tuple(
                replace(s, need={k: v for k, v in s.need.items() if k in known}) for s in w.steps
            )
            w.step = min(w.step, len(self.steps(w)) - 1)
        for w in sorted(self.works.values(), key=lambda w: w.id):
            if w.phase in IN_LINE:
                w.after_hours = w.after_hours and not self.is_open(w.queue)
                self.catch_up(w)
                self.look_again(w)
        self.arm(self.now)
        for a in sorted(self.agents.values(), key=lambda a: a.id):
            mine = any(w.agent == a.id or a.id in w.offers.values() for w in self.works.values())
            if a.plan is None and (a.presence != "offline" or mine):
                self.gone("", a)

    def clock_stepped(self, x):
        for a in self.agents.values():
            a.free += x.by_ms
            a.given = [at + x.by_ms for at in a.given]
            a.lost = None if a.lost is None else a.lost + x.by_ms
        for w in self.works.values():
            w.enqueued += x.by_ms
            w.until = None if w.until is None else w.until + x.by_ms
            w.leaves = None if w.leaves is None else w.leaves + x.by_ms
            w.returns = None if w.returns is None else w.returns + x.by_ms
            w.pin_until = None if w.pin_until is None else w.pin_until + x.by_ms
            for offer in w.offer_rows.values():
                offer.expires += x.by_ms
        for q in self.queues:
            self.turn(q, q)

    def tick(self, x):
        self.run_timers(x.at + 1)
        self.now = x.at
