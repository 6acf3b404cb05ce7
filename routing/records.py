"""What the engine remembers while it runs: work, offers, agents, and the index's own rows."""

from collections import deque
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from routing.expression import Demand
from routing.plan import (
    BEST_SKILL,
    LONGEST_IDLE,
    AcceptMode,
    AgentPlan,
    AgentRule,
    ChannelPlan,
    Step,
)
from routing.rows import AVAILABLE, LIVE, OFFLINE, WAITING, OfferPhase, Presence, WorkPhase

COMPACT_ABOVE = 64

Key: TypeAlias = tuple[int, int]
WaitEntry: TypeAlias = tuple[int, int, str, "Work"]  # key, key, id, work
LaneKey: TypeAlias = tuple[frozenset[str], int]  # whom the work excludes, its key's band
Look: TypeAlias = tuple[int, ChannelPlan, list[int]]  # a rank, and signatures by number
IdleEntry: TypeAlias = tuple[int, float, int, str, int, "Agent", "Cover"]  # the key, id, epoch


class Lane:
    """Work of one signature that excludes the same agents.

    Most work comes in its order: it stands in the row, and only what comes before the row's end is
    in the heap. Entries of what waits no longer are dropped when they come up, or all at once when
    they are too many; `head` always waits.
    """

    __slots__ = ("dead", "head", "heap", "key", "live", "row", "signature")

    def __init__(self, signature: "Signature", key: LaneKey) -> None:
        self.signature = signature
        self.key = key
        self.row: deque[WaitEntry] = deque()
        self.heap: list[WaitEntry] = []
        self.head = NO_WORK
        self.live = self.dead = 0  # entries by whether their work waits

    def add(self, entry: WaitEntry) -> None:
        """One more waits."""
        self.live += 1
        if not self.row or entry > self.row[-1]:
            self.row.append(entry)
        else:
            heappush(self.heap, entry)
        if self.live == 1 or entry < self.head:
            self.head = entry

    def remove(self, work: "Work") -> None:
        """One of these waits no longer; others do."""
        self.live -= 1
        if self.head[3] is not work:
            self.dead += 1
            if self.dead > self.live + COMPACT_ABOVE:
                self.row, self.heap, self.dead = deque(_true(self.row)), _true(self.heap), 0
                heapify(self.heap)
            return
        row, heap = self.row, self.heap
        if row and row[0] is self.head:
            row.popleft()
        else:
            heappop(heap)
        while self.dead and row and row[0][3].seat is not row[0]:
            row.popleft()
            self.dead -= 1
        while self.dead and heap and heap[0][3].seat is not heap[0]:
            heappop(heap)
            self.dead -= 1
        self.head = row[0] if row else heap[0]
        if heap and heap[0] < self.head:
            self.head = heap[0]

    def works(self) -> list["Work"]:
        """What waits here, in no order."""
        return [entry[3] for entry in _true((*self.row, *self.heap))]


def _true(entries: Iterable[WaitEntry]) -> list[WaitEntry]:
    return [entry for entry in entries if entry[3].seat is entry]


class Signature:
    """Everything that work may demand of an agent; what waits for it and who is free for it."""

    __slots__ = (
        "channel",
        "idle",
        "idle_limit",
        "lanes",
        "mask",
        "need",
        "number",
        "open_to_all",
        "pools",
        "profiles",
        "queue",
        "rule",
        "scanned",
        "seen_ms",
        "skips",
        "steady",
        "who",
    )

    def __init__(
        self, queue: str, channel: str, mask: int, need: Mapping[str, int], rule: AgentRule
    ) -> None:
        self.queue = queue
        self.channel = channel
        self.mask = mask
        self.need = need
        self.rule = rule
        self.pools: tuple[str, ...] = ()  # the queue itself, then those of the step's pool
        self.open_to_all = False
        self.who: Demand | None = None
        self.seen_ms = 0
        self.lanes: dict[LaneKey, Lane] = {}  # those in which something waits
        self.number = 0  # its place in the index
        self.skips = False
        self.steady = rule in (LONGEST_IDLE, BEST_SKILL)  # agents' keys only grow
        self.scanned: list[tuple[Agent, Cover]] | None = None  # instead of the idle heap
        self.idle: list[IdleEntry] = []
        self.idle_limit = 64
        self.profiles: list[Profile] = []

    def nobody(self) -> bool:
        """Whether it is plain that nobody is free for it."""
        return not self.idle and self.scanned is None


NO_CAPS: Mapping[str, int] = {}
NO_MODES: Mapping[str, AcceptMode] = {}
Cover: TypeAlias = tuple[Signature, int, float]  # the profile's rank, and what the rule always says


class Profile:
    """All agents of the same skills and queues, and the signatures that they satisfy."""

    __slots__ = (
        "agents",
        "cover_of",
        "delays",
        "looks",
        "mask",
        "queues",
        "skills",
        "staffed",
        "unsteady",
    )

    def __init__(self, mask: int, plan: AgentPlan) -> None:
        self.mask = mask
        self.queues = plan.queues
        self.skills = plan.skills
        self.delays = plan.delays
        self.looks: tuple[Look, ...] = ()  # where work may be, the least rank first
        self.unsteady: dict[str, list[Cover]] = {}  # those whose agents' keys can become less
        self.cover_of: dict[Signature, Cover] = {}
        self.agents: list[Agent] = []
        self.staffed: dict[str, Agent] = {}  # signed in


NOBODY: frozenset[str] = frozenset()
NO_NEEDS: Mapping[str, int] = {}
NO_OFFERS: dict[str, "Offer"] = {}  # of work that is offered to nobody; never written to


class Work:
    """One piece of work; `key`, `seat`, `lane` and `timed` are of its waiting, never stored."""

    __slots__ = (
        "after_hours",
        "agent",
        "channel",
        "conversation",
        "deadline",
        "ended_reason",
        "enqueued_at",
        "excluded",
        "extensions",
        "front",
        "giver",
        "guests",
        "home",
        "id",
        "key",
        "lane",
        "last_agent",
        "late",
        "leaves_at",
        "looks",
        "needs",
        "offers",
        "offers_made",
        "origin_at",
        "overflowed",
        "phase",
        "pin",
        "pin_hard",
        "pin_until",
        "pool",
        "priority",
        "queue",
        "reprieved",
        "returns_at",
        "seat",
        "seen_ms",
        "step",
        "steps",
        "timed",
        "visited",
        "wrapup_holds",
        "wrapup_until",
    )

    def __init__(self, ident: str, conversation: str, channel: str, queue: str, since: int) -> None:
        self.id = ident
        self.conversation = conversation
        self.channel = channel
        self.queue = queue  # where it stands
        self.home = queue  # whose steps it goes through
        self.after_hours = False  # came when its queue was closed: waits until that opens
        self.pool: tuple[str, ...] = ()  # whose agents overflow rules have let in
        self.overflowed: tuple[str, ...] = ()  # the rules of its queue that have been carried out
        self.visited: tuple[str, ...] = ()  # the queues that it has overflowed from
        self.seen_ms = 0  # agents to whom the queue shows its work after so long see it
        self.looks = 0  # how many of the waits that overflow rules name are behind it
        self.priority = 0
        self.enqueued_at = self.origin_at = since
        self.deadline: int | None = None
        self.needs: Mapping[str, int] = NO_NEEDS
        self.steps: tuple[Step, ...] = ()
        self.last_agent: str | None = None
        self.phase: WorkPhase = WAITING
        self.step = self.offers_made = 0
        self.excluded = NOBODY
        self.reprieved = False
        self.giver: str | None = None  # excluded because they passed it on, and until when:
        self.returns_at: int | None = None
        self.agent: Agent | None = None  # whose it is
        self.guests: tuple[str, ...] = ()  # who were asked in, and whom it weighs on too
        self.offers = NO_OFFERS
        self.pin: str | None = None
        self.pin_until: int | None = None
        self.pin_hard = False
        self.timed = False  # it may have timers because it waits
        self.late = False
        self.leaves_at: int | None = None  # its agent is gone: given out again then
        self.front = False  # before all others: its customer was called, and is on the line
        self.wrapup_until: int | None = None
        self.wrapup_holds = False
        self.extensions = 0
        self.ended_reason = ""
        self.key: Key = (0, 0)
        self.seat: WaitEntry | None = None
        self.lane: Lane | None = None

    def __lt__(self, _: "Work") -> bool:
        """Entries of one id at one place: at most one of them is true, and any may come first."""
        return False


NO_WORK: WaitEntry = (1 << 62, 0, "", Work("", "", "", "", 0))
"""Stands where nothing waits: later than all that does."""
NO_WORKS: dict[str, Work] = {}
"""Where an agent has none; never written to. One each would be fetched to be found empty."""


class Offer:
    """One offer of one piece of work to one agent."""

    __slots__ = ("agent", "created_at", "expires_at", "id", "phase", "work")

    def __init__(self, ident: str, work: str, agent: str, created_at: int, expires_at: int) -> None:
        self.id = ident
        self.work = work
        self.agent = agent
        self.created_at = created_at
        self.expires_at = expires_at
        self.phase: OfferPhase = LIVE


class Agent:
    """One agent. `held` is the work that weighs; firm, soft and exclusive follow from it."""

    __slots__ = (
        "absent",
        "accept",
        "capacity",
        "caps",
        "epochs",
        "exclusive",
        "firm",
        "free_since",
        "given",
        "guest_of",
        "held",
        "id",
        "load",
        "lost_until",
        "owned",
        "pins",
        "plan",
        "presence",
        "profile",
        "reason",
        "rona",
        "shares",
        "shown",
        "shunned_by",
        "soft",
        "spare",
    )

    def __init__(self, ident: str) -> None:
        self.id = ident
        self.plan: AgentPlan | None = None  # None: no longer in the plan
        self.capacity = 0
        self.caps: Mapping[str, int] = NO_CAPS  # by channel
        self.accept: Mapping[str, AcceptMode] = NO_MODES  # by channel, as they want it
        self.presence: Presence = OFFLINE
        self.reason = ""
        self.free_since = 0
        self.rona = 0
        self.lost_until: int | None = None
        self.held: dict[str, ChannelPlan] = {}
        self.owned: dict[str, Work] = {}  # offered, assigned, parked or in wrap-up here
        self.given: list[int] = []  # when they got work, within the plan's window
        self.guest_of: dict[str, Work] = {}  # asked in by whose it is
        self.pins = NO_WORKS  # waiting for this agent by name
        self.shunned_by = NO_WORKS  # excludes this agent
        self.firm = 0
        self.soft = 0  # interruptible weight, suspended under an exclusive piece
        self.exclusive = 0
        self.load = 0  # what weighs now: suspended weight does not
        self.spare = -1  # what else may weigh beside it; less than nothing when nothing may
        self.profile: Profile | None = None
        self.absent: dict[str, list[Cover]] = {}  # idle heaps without this agent, by channel
        self.epochs: dict[str, int] = {}  # by channel; entries by load of earlier ones are dead
        self.shares: dict[str, float] = {}  # the greatest load that living entries say
        self.shown: tuple[str, str, int, int | None] = (OFFLINE, "", 0, None)

    def weigh(self, channel: ChannelPlan, sign: int) -> None:
        """Count one piece of this channel more, or with -1 one less."""
        weight = sign * channel.weight
        if channel.interruptible:
            self.soft += weight
        else:
            self.firm += weight
        if channel.exclusive:
            self.exclusive += sign
        if channel.exclusive or self.spare < 0:
            self.measure()
        else:  # all that weighs counts, and nothing else decides what is spare
            self.load += weight
            self.spare -= weight

    def routable(self) -> bool:
        """Whether new work may reach the agent at all."""
        return self.presence is AVAILABLE and self.lost_until is None and self.profile is not None

    def measure(self) -> None:
        """Note what weighs and what is spare, whatever has changed it."""
        if self.exclusive:
            self.load, self.spare = self.firm, -1
            return
        there = self.presence is AVAILABLE and self.lost_until is None and self.profile is not None
        self.load = self.firm + self.soft
        self.spare = self.capacity - self.load if there else -1

    def free(self, channel: ChannelPlan) -> bool:
        """Whether one more piece of this channel may reach the agent."""
        if channel.exclusive:
            return self.routable() and self.room(channel)
        return channel.weight <= self.spare and (not self.caps or self.room(channel))

    def room(self, channel: ChannelPlan) -> bool:
        """Whether one more piece of this channel fits."""
        if self.exclusive:
            return False
        if channel.exclusive:
            fits = self.firm == 0 and channel.weight <= self.capacity
        else:
            fits = self.firm + self.soft + channel.weight <= self.capacity
        return fits and (not self.caps or self._below_cap(channel.id))

    def _below_cap(self, channel: str) -> bool:
        cap = self.caps.get(channel)
        if cap is None or len(self.held) < cap:
            return True
        return [held.id for held in self.held.values()].count(channel) < cap
