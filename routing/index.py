"""Who waits for whom, found without a scan: signatures of work against profiles of agents.

A requirement is one big integer, five bits a skill (a thermometer: level 3 sets three bits), so
that `agent & need == need` compares all levels at once. Work with the same requirement shares a
signature, which knows what comes first of it; agents with the same skills and queues share a
profile, which knows the signatures that it covers. A freed agent compares the heads of those
signatures; arriving work looks at the head of its signature's idle heap. Nothing is ever removed
from the middle: an entry that is no longer true is dropped or put right when it comes up.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from operator import itemgetter

from routing import idle
from routing.expression import OF_AGENTS, Demand, demand, parse
from routing.handling import Handlings
from routing.plan import ANYBODY, BEST_SKILL, MAX_LEVEL, ChannelPlan, Plan, Step, carried
from routing.records import NO_WORK, NOBODY, Agent, Lane, Profile, Signature, WaitEntry, Work

NEVER = 1  # a bit that no agent has
NO_RANK = 1_000_001
OUTSIDER_RANK = NO_RANK - 1  # of an agent who is not of the queue itself
UNHIDDEN_MS = 1 << 62
"""After such a wait no delay hides anything."""
BANDS = 4
"""Keys that begin alike come in order, mostly; so many beginnings are told apart."""

SignatureKey = tuple[str, str, tuple[str, ...], int, str, int]
ProfileKey = tuple[int, tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]
Found = tuple[int, WaitEntry]  # the rank, and which work
Taker = tuple[int, int, int, float, int, str, Agent]  # rank, step, favour, rule, rule, id, agent
PREFERRED, ANY_OTHER = 0, 1


class Channels(dict[str, ChannelPlan]):
    """Plans by channel; a channel that the plan does not know takes a whole agent."""

    def __missing__(self, ident: str) -> ChannelPlan:
        self[ident] = channel = ChannelPlan(id=ident)
        return channel


class Index:
    """Four questions: enqueue(work), next_work(agent), park(agent), next_agent(work)."""

    def __init__(self, plan: Plan, agents: Mapping[str, Agent]) -> None:
        self.agents = agents
        self.channels = Channels({channel.id: channel for channel in plan.channels})
        self.lightest = min(channel.weight for channel in (*plan.channels, ChannelPlan(id="")))
        self.queues = {queue.id: queue for queue in plan.queues}
        self.handling = {queue.id: Handlings(queue, self.channels) for queue in plan.queues}
        self.steps = {queue.id: carried(queue.steps) for queue in plan.queues}
        self.delays = _delays(plan)
        self.signatures: dict[SignatureKey, Signature] = {}
        self.numbered: dict[int, Signature] = {}
        self.heads = [NO_WORK]  # by a signature's number, the least of its lanes' heads
        self.head_of = self.heads.__getitem__
        self.profiles: dict[ProfileKey, Profile] = {}
        self._demands: dict[str, Demand] = {}
        self._bits: dict[tuple[str, int], int] = {}
        self._offsets: dict[str, int] = {}
        levels = (level for agent in plan.agents for level in agent.skills.values())
        self._width = max(MAX_LEVEL, *levels, 0)
        for agent_plan in plan.agents:
            agent = agents[agent_plan.id]
            mask = self.mask(agent_plan.skills)
            delays = tuple(sorted(agent_plan.delays.items()))
            key = (mask, tuple(sorted(agent_plan.queues.items())), delays)
            profile = self.profiles.get(key)
            if profile is None:
                profile = Profile(mask, agent_plan)
                self.profiles[key] = profile
            agent.profile = profile
            idle.forget(agent)
            profile.agents.append(agent)

    # --- waiting work ---

    def enqueue(self, work: Work, steps: tuple[Step, ...]) -> bool:
        """Seat waiting work under its key: at its signature, or at the agent it is pinned to.

        Whether somebody may be free for it.
        """
        key, tie = work.key
        entry = work.seat = key, tie, work.id, work
        if work.pin is not None:
            agent = self.agents[work.pin]
            agent.pins = agent.pins or {}
            agent.pins[work.id] = work
            return True
        step = steps[work.step]
        signature = self.signature(work, step)
        if step.skip_if:
            signature.skips = True
        place = work.excluded, key % BANDS
        lane = signature.lanes.get(place)
        if lane is None:
            lane = signature.lanes[place] = Lane(signature, place)
        lane.add(entry)
        if lane.head is entry and entry < self.heads[signature.number]:
            self.heads[signature.number] = entry
        work.lane = lane
        if not signature.nobody():
            return True
        return work.step > 0 and any(
            not self.signature(work, inner).nobody() for inner in steps[: work.step]
        )

    def withdraw(self, work: Work) -> None:
        """Free the seat of work that no longer waits."""
        work.seat = None
        lane = work.lane
        if lane is None:
            assert work.pin is not None
            del self.agents[work.pin].pins[work.id]
            return
        work.lane = None
        signature = lane.signature
        if lane.live > 1:
            lane.remove(work)
        else:
            del signature.lanes[lane.key]
        if self.heads[signature.number][3] is work:
            head = NO_WORK
            for lane in signature.lanes.values():
                if lane.head < head:  # noqa: PLR1730 - calls of min() cost more than all the rest
                    head = lane.head
            self.heads[signature.number] = head

    def next_work(self, agent: Agent) -> Found | None:
        """The least work by (rank, key, id) that the routable agent has room and skill for."""
        profile = agent.profile
        if profile is None or agent.pins or agent.shunned_by:
            return self._next_of_few(agent)
        plain, spare, head_of = not agent.caps, agent.spare, self.head_of
        best, best_rank = NO_WORK, 0
        for rank, channel, numbers in profile.looks:
            if rank != best_rank and best is not NO_WORK:
                break
            if channel.exclusive:
                fits = agent.room(channel)
            else:  # what `free` says, without the call
                fits = channel.weight <= spare and (plain or agent.room(channel))
            if fits:
                head = min(map(head_of, numbers))
                if head < best:
                    best, best_rank = head, rank
        if best is NO_WORK:
            return None
        return best_rank, best

    def _next_of_few(self, agent: Agent) -> Found | None:
        """The same of an agent for whom work waits by name, or whom some of it excludes."""
        best = self._pinned_work(agent)
        for rank, channel, numbers in agent.profile.looks if agent.profile else ():
            if best is not None and rank > best[0]:
                break
            if agent.room(channel):
                head = min(self._heads_for(agent.id, numbers), default=NO_WORK)
                if head is not NO_WORK:
                    found = rank, head
                    best = found if best is None else min(best, found)
        return best

    def _heads_for(self, agent: str, numbers: list[int]) -> list[WaitEntry]:
        """The heads of all lanes that do not exclude the agent."""
        return [
            lane.head
            for number in numbers
            for (excluded, _), lane in self.numbered[number].lanes.items()
            if agent not in excluded
        ]

    def _pinned_work(self, agent: Agent) -> Found | None:
        found = [
            (rank_in(agent, work.queue), work.seat)
            for work in agent.pins.values()
            if work.seat and agent.room(self.channels[work.channel])
        ]
        return min(found, default=None)

    # --- idle agents ---

    def park(self, agent: Agent) -> None:
        """Make a routable agent's room visible to work that arrives."""
        idle.park(agent, self.channels)

    def next_agent(
        self, work: Work, steps: tuple[Step, ...], inner: int, skip: Collection[str] = NOBODY
    ) -> Taker | None:
        """The least agent for the work by (rank, step, rule, id), from step `inner` on."""
        if work.pin is not None:
            agent = self.agents[work.pin]
            if agent.id in skip or not agent.free(self.channels[work.channel]):
                return None
            return (rank_in(agent, work.queue), 0, 0, 0, 0, agent.id, agent)
        shunned: Collection[str] = work.excluded.union(skip) if skip else work.excluded
        best: Taker | None = None
        for step in range(inner, work.step + 1):
            if (steps[step].queue_override or work.home) != work.queue:
                continue  # who served the queue that the work has left is nothing special here
            if work.lane is not None and step == work.step:
                signature = work.lane.signature
            else:
                signature = self.signature(work, steps[step])
            if signature.nobody():
                continue
            entry = idle.first(signature, self.channels[signature.channel], shunned)
            if entry is None:
                continue
            found = (entry[0], step, ANY_OTHER, entry[1], entry[2], entry[3], entry[5])
            if best is None or found < best:
                best = found
            if steps[step].prefer:
                best = min((best, *self._preferred(signature, steps[step], step, shunned)))
        return best

    def _preferred(
        self, signature: Signature, step: Step, number: int, shunned: Collection[str]
    ) -> Iterator[Taker]:
        """Those of the agents named by the step who are free for it."""
        channel = self.channels[signature.channel]
        for ident in step.prefer:
            agent = self.agents.get(ident)
            if agent is None or agent.profile is None or ident in shunned:
                continue
            cover = agent.profile.cover_of.get(signature)
            if cover is not None and agent.free(channel):
                rank, rule, since, *_ = idle.entry_of(cover, agent)
                yield (rank, number, PREFERRED, rule, since, ident, agent)

    def reset_idle(self) -> None:
        """The clock has gone back, and idle times with it: build all idle heaps anew."""
        for agent in self.agents.values():
            idle.forget(agent)
        for signature in self.signatures.values():
            idle.fill(signature)

    # --- signatures ---

    def mask(self, levels: Mapping[str, int]) -> int:
        """The thermometer code of some levels."""
        mask = 0
        for pair in levels.items():
            bits = self._bits.get(pair)
            mask |= self._code(*pair) if bits is None else bits
        return mask

    def _code(self, skill: str, level: int) -> int:
        offset = self._offsets.setdefault(skill, 1 + self._width * len(self._offsets))
        bits = NEVER if level > self._width else ((1 << max(level, 0)) - 1) << offset
        self._bits[skill, level] = bits
        return bits

    def signature(self, work: Work, step: Step, waited_ms: int | None = None) -> Signature:
        """What the work demands at this step; of those who see it, or would after such a wait."""
        mask = self.mask(work.needs) if work.needs else 0
        if step.need:
            mask |= self.mask(step.need)
        queue = step.queue_override or work.home
        pool = step.pool if not work.pool else (*step.pool, *work.pool)
        seen_ms = 0
        if queue in self.delays:
            seen_ms = work.seen_ms if waited_ms is None else self.seen_ms(queue, waited_ms)
        key = (queue, work.channel, pool, mask, step.who, seen_ms)
        signature = self.signatures.get(key)
        if signature is None:
            signature = self.signatures[key] = self._described(work, step, seen_ms)
            signature.number = len(self.heads)
            self.numbered[signature.number] = signature
            self.heads.append(NO_WORK)
            self._introduce(signature)
        return signature

    def _described(self, work: Work, step: Step, seen_ms: int) -> Signature:
        """What the work demands at this step, known to nobody yet."""
        queue, pool = step.queue_override or work.home, (*step.pool, *work.pool)
        mask = self.mask(work.needs) | self.mask(step.need)
        need = {**step.need, **work.needs}
        signature = Signature(queue, work.channel, mask, need, self.queues[queue].agent_rule)
        signature.pools = (queue, *pool)
        signature.open_to_all = ANYBODY in pool
        signature.who = self._demand(step.who)
        signature.seen_ms = seen_ms
        return signature

    def ever_serving(self, work: Work, profiles: Iterable[Profile]) -> Iterator[Profile]:
        """Whose agents may see the work at its step or a later one, however long that takes."""
        steps = (work.steps or self.steps[work.home])[work.step :]
        asked = [self._described(work, step, UNHIDDEN_MS) for step in steps]
        for profile in profiles:
            if any(_rank_for(profile, signature) is not None for signature in asked):
                yield profile

    def _demand(self, who: str) -> Demand | None:
        """What a step asks of agents beside levels; None: nothing."""
        if who and who not in self._demands:
            self._demands[who] = demand(parse(who, OF_AGENTS))
        return self._demands.get(who)

    def reaches(self, agent: Agent, work: Work, step: Step) -> bool:
        """Whether the agent is one of those whom the step, and the work's age, let see it."""
        return agent.profile is not None and self.signature(work, step) in agent.profile.cover_of

    def seen_ms(self, queue: str, waited_ms: int) -> int:
        """The longest of the queue's delays that such a wait has passed; 0: none."""
        delays = self.delays[queue]
        passed = bisect_right(delays, waited_ms)
        return delays[passed - 1] if passed else 0

    def seen_next(self, work: Work) -> int | None:
        """When further agents see the work; None: never."""
        delays = self.delays.get(work.queue)
        if not delays or work.seen_ms >= delays[-1]:
            return None
        return work.enqueued_at + delays[bisect_right(delays, work.seen_ms)]

    def _introduce(self, signature: Signature) -> None:
        mask = signature.mask
        able = [profile for profile in self.profiles.values() if profile.mask & mask == mask]
        for profile in able:
            rank = _rank_for(profile, signature)
            if rank is None:
                continue
            profile.cover_of[signature] = (signature, rank, _standing(profile, signature))
            _seen_by(profile, rank, self.channels[signature.channel]).append(signature.number)
            signature.profiles.append(profile)
        idle.open_for(signature)


def _delays(plan: Plan) -> dict[str, list[int]]:
    """By queue, after which waits further agents see its work."""
    found: dict[str, set[int]] = {}
    for agent in plan.agents:
        for queue, delay_ms in agent.delays.items():
            if delay_ms > 0:
                found.setdefault(queue, set()).add(delay_ms)
    return {queue: sorted(delays) for queue, delays in found.items()}


def rank_in(agent: Agent, queue: str) -> int:
    """The agent's rank for a queue that they may serve by name, member or not."""
    return agent.profile.queues.get(queue, OUTSIDER_RANK) if agent.profile else OUTSIDER_RANK


def _seen_by(profile: Profile, rank: int, channel: ChannelPlan) -> list[int]:
    """The numbers of the profile's signatures of a rank and a channel."""
    for known_rank, known_channel, numbers in profile.looks:
        if known_rank == rank and known_channel is channel:
            return numbers
    numbers = []
    looks = *profile.looks, (rank, channel, numbers)
    profile.looks = tuple(sorted(looks, key=itemgetter(0)))
    return numbers


def _standing(profile: Profile, signature: Signature) -> int:
    """The part of the rule's key that never changes: the better the skills, the less."""
    if signature.rule is not BEST_SKILL:
        return 0
    return -sum(profile.skills.get(skill, 0) for skill in signature.need)


def _rank_for(profile: Profile, signature: Signature) -> int | None:
    """The profile's rank for what the signature demands; None: its agents do not see it."""
    mask, who = signature.mask, signature.who
    if profile.mask & mask != mask:
        return None
    rank = _rank(profile.queues, signature)
    if rank is None or profile.delays.get(signature.queue, 0) > signature.seen_ms:
        return None
    return rank if who is None or who.met_by(profile.skills, profile.queues) else None


def _rank(queues: Mapping[str, int], signature: Signature) -> int | None:
    if signature.open_to_all or any(pool in queues for pool in signature.pools):
        return queues.get(signature.queue, OUTSIDER_RANK)
    return None
