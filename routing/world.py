"""All that the engine holds at one instant, and the marks that this input has left on it."""

from collections import defaultdict
from operator import attrgetter

import msgspec

from routing import events
from routing.events import Refused
from routing.handling import Handling
from routing.index import Index
from routing.inputs import Input
from routing.lines import Line
from routing.plan import AgentPlan, ChannelPlan, Plan, QueuePlan, Step
from routing.records import NO_CAPS, NO_MODES, Agent, Offer, Work
from routing.rows import IN_LINE, OFFLINE, WorkPhase
from routing.timers import RETURN, Timers


class World:
    """Agents, work and offers by id, the plan in force, timers, and what has changed."""

    __slots__ = (
        "agents",
        "conversations",
        "dirty_agents",
        "dirty_works",
        "doubtful",
        "explain_agents",
        "fresh",
        "index",
        "lines",
        "moved_agents",
        "now",
        "offers",
        "out",
        "plan",
        "rosters",
        "shunning",
        "skills",
        "timers",
        "touched_agents",
        "touched_offers",
        "touched_works",
        "works",
    )

    def __init__(self, plan: Plan, explain_agents: int) -> None:
        self.explain_agents = explain_agents
        self.now = 0
        self.agents: dict[str, Agent] = {}
        self.works: dict[str, Work] = {}
        self.offers: dict[str, Offer] = {}
        self.conversations: dict[str, Work] = {}  # to their live work
        self.rosters: dict[str, list[Agent]] = {}  # by queue, in order of id
        self.timers = Timers()
        self.out: list[events.Event] = []
        self.dirty_agents: dict[str, Agent] = {}  # may take more than before
        self.dirty_works: dict[str, Work] = {}  # may be taken by others than before
        self.moved_agents: dict[str, Agent] = {}  # to be told of at the end of the input
        self.fresh: dict[str, Work] = {}  # to be looked at by overflow rules
        self.shunning: dict[str, Work] = {}  # excludes somebody
        self.doubtful: dict[str, Work] = {}  # of it, to be looked at whether others are there
        self.touched_works: dict[str, Work] = {}
        self.touched_offers: dict[str, Offer] = {}
        self.touched_agents: dict[str, Agent] = {}
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        """Put a plan in force for agents; the caller seats waiting work and staffed agents anew."""
        self.plan = plan = msgspec.convert(msgspec.to_builtins(plan), Plan)  # enums for plain words
        self.skills = frozenset(skill.id for skill in plan.skills)
        known: dict[str, AgentPlan] = {agent.id: agent for agent in plan.agents}
        for agent in self.agents.values():
            agent.plan = agent.profile = None
            agent.capacity = 0
        for ident, agent_plan in known.items():
            agent = self.agents.setdefault(ident, Agent(ident))
            agent.plan = agent_plan
            agent.capacity = agent_plan.capacity
            agent.caps = agent_plan.channel_caps or NO_CAPS
            agent.accept = agent_plan.accept or NO_MODES
        self.index = Index(plan, self.agents)
        self.lines = {queue.id: Line(queue) for queue in plan.queues}
        self.rosters = {queue.id: [] for queue in plan.queues}
        for ident in sorted(known):
            for queue in known[ident].queues:
                if queue in self.rosters:
                    self.rosters[queue].append(self.agents[ident])

    # --- what the plan says ---

    def channel(self, work: Work) -> ChannelPlan:
        """The plan of the work's channel."""
        return self.index.channels[work.channel]

    def queue(self, work: Work) -> QueuePlan:
        """The plan of the work's queue."""
        return self.index.queues[work.queue]

    def steps(self, work: Work) -> tuple[Step, ...]:
        """The work's own steps, else its queue's."""
        return work.steps or self.index.steps[work.home]

    def handling(self, work: Work) -> Handling:
        """How this work is handed out, as far as the work decides it."""
        return self.index.handling[work.queue][work.channel]

    # --- marks ---

    def touch(self, work: Work) -> None:
        """The work's row has changed."""
        self.touched_works[work.id] = work

    def touch_offer(self, offer: Offer) -> None:
        """The offer's row has changed."""
        self.touched_offers[offer.id] = offer

    def touch_agent(self, agent: Agent) -> None:
        """The agent's row has changed, or their load."""
        self.touched_agents[agent.id] = self.moved_agents[agent.id] = agent

    # --- who waits ---

    def in_lines(self) -> defaultdict[str, list[Work]]:
        """What waits, by queue, in order of id. A look at all work: not for the hot path."""
        found: defaultdict[str, list[Work]] = defaultdict(list)
        waits = (work for work in self.works.values() if work.phase in IN_LINE)
        for work in sorted(waits, key=attrgetter("id")):
            found[work.queue].append(work)
        return found

    # --- what weighs on an agent ---

    def hold(self, agent: Agent, work: Work) -> None:
        """The work weighs on the agent from now on."""
        channel = self.index.channels[work.channel]
        assert work.id not in agent.held
        agent.held[work.id] = channel
        agent.weigh(channel, 1)
        self.changed(agent)

    def release(self, agent: Agent, work: Work) -> None:
        """The work weighs no longer; the agent may be able to take more."""
        channel = agent.held.pop(work.id, None)
        if channel is not None:
            agent.weigh(channel, -1)
            self.freed(agent)

    def weigh_anew(self, agent: Agent) -> None:
        """Count an agent's load again under the plan in force."""
        agent.firm = agent.soft = agent.exclusive = 0
        for ident in agent.held:
            agent.held[ident] = channel = self.channel(self.works[ident])
            agent.weigh(channel, 1)
        agent.measure()

    def changed(self, agent: Agent) -> None:
        """The agent's load or availability has changed, and there is no more room than before."""
        agent.free_since = self.now
        self.touched_agents[agent.id] = self.moved_agents[agent.id] = agent

    def freed(self, agent: Agent) -> None:
        """The agent's load or availability has changed, and there may be more room."""
        ident, agent.free_since = agent.id, self.now
        self.touched_agents[ident] = self.moved_agents[ident] = self.dirty_agents[ident] = agent

    # --- who is there ---

    def sign_in(self, agent: Agent) -> None:
        """The agent is signed in, whatever they do."""
        if agent.profile is not None:
            agent.profile.staffed[agent.id] = agent
            for queue in agent.profile.queues.keys() & self.lines.keys():
                self.lines[queue].staffed.add(agent.id)

    def sign_out(self, agent: Agent) -> None:
        """The agent is signed in no more."""
        if agent.profile is not None:
            agent.profile.staffed.pop(agent.id, None)
            for queue in agent.profile.queues.keys() & self.lines.keys():
                self.lines[queue].staffed.discard(agent.id)

    # --- whom work excludes ---

    def exclude(self, work: Work, agent: Agent) -> None:
        """The work is not offered to this agent again. Only for work that has no seat."""
        work.excluded |= {agent.id}
        agent.shunned_by = agent.shunned_by or {}
        agent.shunned_by[work.id] = self.shunning[work.id] = work

    def readmit(self, work: Work, agents: frozenset[str]) -> None:
        """The work may be offered to these agents again. Only for work that has no seat."""
        if not work.excluded:
            return
        for ident in sorted(work.excluded & agents):
            self.agents[ident].shunned_by.pop(work.id)
        work.excluded -= agents
        if not work.excluded:
            del self.shunning[work.id]
        if work.giver in agents:
            work.giver = work.returns_at = None
            self.timers.clear(RETURN, work.id)

    # --- the end of an input, the end of a piece of work ---

    def refuse(self, request: Input, why: Refused) -> None:
        """Nothing is changed by this input."""
        self.out.append(
            events.RequestRefused(
                at=self.now,
                request=str(request.__struct_config__.tag),
                why=why,
                work=getattr(request, "work", None),
                offer=getattr(request, "offer", None),
                agent=getattr(request, "agent", None),
            )
        )

    def tell_overload(self, agent: Agent) -> None:
        """Say that the agent has more than the plan allows, if that is so."""
        if agent.plan is not None and agent.load > agent.capacity:
            self.out.append(
                events.OverCapacity(
                    at=self.now, agent=agent.id, load=agent.load, capacity=agent.capacity
                )
            )

    def tell_agents(self) -> None:
        """Say where agents are whose presence or load has changed by this input."""
        for agent in self.moved_agents.values():
            shown = (agent.presence, agent.reason, agent.load, agent.lost_until)
            if shown != agent.shown:
                agent.shown = shown
                self.out.append(
                    events.AgentChanged(
                        at=self.now,
                        agent=agent.id,
                        presence=agent.presence,
                        reason=agent.reason,
                        load=agent.load,
                        lost_until=agent.lost_until,
                    )
                )
        self.moved_agents.clear()

    def forget(self, work: Work, phase: WorkPhase) -> None:
        """The work is final: its row goes out once more and nothing here knows it."""
        work.phase = phase
        if work.excluded:
            self.readmit(work, work.excluded)
        del self.works[work.id]
        if self.conversations.get(work.conversation) is work:
            del self.conversations[work.conversation]
        self.touched_works[work.id] = work


def staffed(agent: Agent) -> bool:
    """Whether the agent is signed in, whatever they do."""
    return agent.presence is not OFFLINE
