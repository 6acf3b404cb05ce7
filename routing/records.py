"""What the engine remembers while it runs: work, offers, agents, and the index's own rows."""

from collections.abc import Mapping
from typing import TypeAlias

from routing.expression import Demand
from routing.plan import AgentPlan, AgentRule, ChannelPlan, Step
from routing.rows import AVAILABLE, WAITING, OfferPhase, Presence, WorkPhase

Key: TypeAlias = tuple[int, int]
WaitEntry: TypeAlias = tuple[int, int, str, int, "Work"]  # key, key, id, seat, work
IdleEntry: TypeAlias = tuple[int, float, int, str, int, "Agent", "Cover"]  # the key, id, epoch


class Lane:
    """Work of one signature that excludes the same agents, as a heap with lazy deletion."""

    __slots__ = ("excluded", "heap", "live", "signature")

    def __init__(self, signature: "Signature", excluded: frozenset[str]) -> None:
        self.signature = signature
        self.excluded = excluded
        self.heap: list[WaitEntry] = []
        self.live = 0


class Signature:
    """Everything that work may demand of an agent; what waits for it and who is free for it."""

    __slots__ = (
        "channel",
        "idle",
        "idle_limit",
        "lanes",
        "live",
        "mask",
        "need",
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
        self.lanes: dict[frozenset[str], Lane] = {}
        self.live = 0
        self.skips = False
        self.steady = rule is not AgentRule.LEAST_LOADED  # agents' keys only grow
        self.scanned: list[tuple[Agent, Cover]] | None = None  # instead of the idle heap
        self.idle: list[IdleEntry] = []
        self.idle_limit = 64
        self.profiles: list[Profile] = []


Cover: TypeAlias = tuple[Signature, int, int]  # with the profile's rank and score for it


class Profile:
    """All agents of the same skills and queues; `covers` are the signatures that they satisfy."""

    __slots__ = (
        "agents",
        "cover_of",
        "covers",
        "delays",
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
        self.covers: dict[str, list[Cover]] = {}  # by channel
        self.unsteady: dict[str, list[Cover]] = {}  # those whose agents' keys can become less
        self.cover_of: dict[Signature, Cover] = {}
        self.agents: list[Agent] = []
        self.staffed: dict[str, Agent] = {}  # signed in


class Work:
    """One piece of work; `key`, `seat` and `lane` are its place in the index, never stored."""

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
        "home",
        "id",
        "key",
        "lane",
        "last_agent",
        "late",
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
        "seat",
        "seen_ms",
        "step",
        "steps",
        "visited",
        "wrapup_holds",
        "wrapup_until",
    )

    def __init__(self, ident: str, conversation: str, channel: str, queue: str) -> None:
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
        self.enqueued_at = 0
        self.origin_at = 0
        self.deadline: int | None = None
        self.needs: Mapping[str, int] = {}
        self.steps: tuple[Step, ...] = ()
        self.last_agent: str | None = None
        self.phase: WorkPhase = WAITING
        self.step = 0
        self.excluded: frozenset[str] = frozenset()
        self.reprieved = False
        self.agent: str | None = None
        self.offers: dict[str, Offer] = {}
        self.offers_made = 0
        self.pin: str | None = None
        self.pin_until: int | None = None
        self.pin_hard = False
        self.late = False
        self.front = False  # before all others: its customer was called, and is on the line
        self.wrapup_until: int | None = None
        self.wrapup_holds = False
        self.extensions = 0
        self.ended_reason = ""
        self.key: Key = (0, 0)
        self.seat = 0
        self.lane: Lane | None = None


class Offer:
    """One offer of one piece of work to one agent."""

    __slots__ = ("agent", "created_at", "expires_at", "id", "phase", "work")

    def __init__(self, ident: str, work: str, agent: str, created_at: int, expires_at: int) -> None:
        self.id = ident
        self.work = work
        self.agent = agent
        self.created_at = created_at
        self.expires_at = expires_at
        self.phase = OfferPhase.LIVE


class Agent:
    """One agent. `held` is the work that weighs; firm, soft, exclusive, counts follow from it."""

    __slots__ = (
        "absent",
        "capacity",
        "counts",
        "epochs",
        "exclusive",
        "firm",
        "free_since",
        "freedom",
        "held",
        "id",
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
    )

    def __init__(self, ident: str) -> None:
        self.id = ident
        self.plan: AgentPlan | None = None  # None: no longer in the plan
        self.capacity = 0
        self.presence: Presence = Presence.OFFLINE
        self.reason = ""
        self.free_since = 0
        self.rona = 0
        self.lost_until: int | None = None
        self.held: dict[str, ChannelPlan] = {}
        self.owned: dict[str, Work] = {}  # offered, assigned, parked or in wrap-up here
        self.pins: dict[str, Work] = {}  # waiting for this agent by name
        self.shunned_by: dict[str, Work] = {}  # excludes this agent
        self.firm = 0
        self.soft = 0  # interruptible weight, suspended under an exclusive piece
        self.exclusive = 0
        self.counts: dict[str, int] = {}
        self.freedom: dict[str, bool] = {}  # by channel; forgotten with every change
        self.profile: Profile | None = None
        self.absent: dict[str, list[Cover]] = {}  # idle heaps without this agent, by channel
        self.epochs: dict[str, int] = {}  # by channel; entries by load of earlier ones are dead
        self.shares: dict[str, float] = {}  # the greatest load that living entries say
        self.shown: tuple[str, str, int, int | None] = (Presence.OFFLINE, "", 0, None)

    @property
    def load(self) -> int:
        """What weighs now: suspended weight does not."""
        return self.firm if self.exclusive else self.firm + self.soft

    def routable(self) -> bool:
        """Whether new work may reach the agent at all."""
        return self.presence is AVAILABLE and self.lost_until is None and self.profile is not None

    def free(self, channel: ChannelPlan) -> bool:
        """Whether one more piece of this channel may reach the agent. Known until they change."""
        known = self.freedom.get(channel.id)
        if known is None:
            known = self.freedom[channel.id] = self.routable() and self.room(channel)
        return known

    def room(self, channel: ChannelPlan) -> bool:
        """Whether one more piece of this channel fits."""
        if self.exclusive or self.plan is None:
            return False
        cap = self.plan.channel_caps.get(channel.id)
        if cap is not None and self.counts.get(channel.id, 0) >= cap:
            return False
        if channel.exclusive:
            return self.firm == 0 and channel.weight <= self.capacity
        return self.firm + self.soft + channel.weight <= self.capacity
