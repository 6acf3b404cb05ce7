"""A desk on which a test plays a scene: one line in, short lines out."""

import re
from collections.abc import Mapping
from typing import Any

from routing import events, inputs
from routing.engine import Engine
from routing.plan import AcceptMode, AgentPlan, ChannelPlan, Plan, QueuePlan, Skill

LINES: dict[type, str] = {
    events.WorkWaiting: "{work} waits: {reason}",
    events.WorkRekeyed: "{work} moves to {queue} {key}",
    events.WorkStepped: "{work} steps to {step}: {reason}",
    events.WorkOverflowed: "{work} overflows {queue}: {do} {target}",
    events.WorkDeferred: "{work} keeps {key} in {queue}",
    events.WorkCancelled: "{work} cancelled: {reason}",
    events.WorkDone: "{work} done by {agent}",
    events.AllDeclined: "{work} declined by all, cleared {cleared}",
    events.WorkReturnable: "{work} may go back to {agent}: {reason}",
    events.OfferCreated: "{agent} asked for {offer} until {expires_at}",
    events.OfferAccepted: "{agent} accepts {offer}",
    events.OfferDeclined: "{agent} declines {offer}",
    events.OfferExpired: "{agent} misses {offer}",
    events.OfferRescinded: "{offer} taken from {agent}: {reason}",
    events.AssignmentStarted: "{agent} gets {work}",
    events.AssignmentEnded: "{agent} leaves {work}: {reason}",
    events.AssignmentParked: "{work} rests with {agent}",
    events.AssignmentResumed: "{work} resumes with {agent}",
    events.ConsultStarted: "{by} asks {agent} into {work}",
    events.ConsultEnded: "{agent} is out of {work}: {reason}",
    events.WrapupStarted: "{agent} wraps up {work} until {until}",
    events.WrapupEnded: "{agent} wrapped up {work}: {reason}",
    events.AgentChanged: "{agent} is {presence} with {load}",
    events.OverCapacity: "{agent} is over capacity: {load} of {capacity}",
    events.RequestRefused: "refused: {why}",
}

VOICE = ChannelPlan(id="voice", exclusive=True, accept_mode=AcceptMode.MANUAL)
CHAT = ChannelPlan(id="chat", weight=25, accept_mode=AcceptMode.AUTO)
MAIL = ChannelPlan(id="mail", weight=10, interruptible=True, accept_mode=AcceptMode.AUTO)


def agent(ident: str, **fields: Any) -> AgentPlan:
    """An agent of the queue "q"."""
    return AgentPlan(**{"id": ident, "queues": {"q": 1}} | fields)


def plan(
    *agents: AgentPlan,
    channels: tuple[ChannelPlan, ...] = (VOICE, CHAT, MAIL),
    queues: tuple[QueuePlan, ...] = (),
    **queue: Any,
) -> Plan:
    """One queue "q" with these fields, or the queues given."""
    skills = {skill for a in agents for skill in a.skills}
    return Plan(
        skills=tuple(Skill(id=skill) for skill in sorted(skills)),
        channels=channels,
        queues=queues or (QueuePlan(**{"id": "q"} | queue),),
        agents=agents,
        default_queue=queues[0].id if queues else "q",
    )


class Scene:
    """An engine and what it says. Presence and loads are told only when `agents` asks for them."""

    def __init__(self, desk: Plan, *present: str) -> None:
        self.engine = Engine(desk)
        self.decided: tuple[events.Event, ...] = ()
        for ident in present or [a.id for a in desk.agents]:
            self.tell(0, "agent_presence", agent=ident, presence="available")

    def tell(self, at: int, tag: str, **fields: Any) -> list[str]:
        """One input by its tag; what came of it, without agents' presence and loads."""
        name = "".join(part.capitalize() for part in tag.split("_"))
        self.decided = self.engine.apply(getattr(inputs, name)(at=at, **fields))
        return [line(e) for e in self.decided if not isinstance(e, events.AgentChanged)]

    def arrive(self, at: int, work: str, channel: str = "chat", **fields: Any) -> list[str]:
        """Work of its own conversation comes into "q"."""
        fields = {"conversation": f"of {work}", "queue": "q"} | fields
        return self.tell(at, "work_arrived", work=work, channel=channel, **fields)

    def tick(self, at: int) -> list[str]:
        return self.tell(at, "tick")

    @property
    def agents(self) -> list[str]:
        """What was said of agents' presence and loads."""
        return [line(e) for e in self.decided if isinstance(e, events.AgentChanged)]

    def load(self, ident: str) -> int:
        return next(a.load for a in self.engine.snapshot().agents if a.id == ident)

    def work(self, ident: str) -> Any:
        return next(w for w in self.engine.snapshot().works if w.id == ident)


def line(event: events.Event) -> str:
    fields: Mapping[str, Any] = {f: getattr(event, f) for f in event.__struct_fields__}
    return re.sub(r"<[^>]*>", "", LINES[type(event)].format(**fields))
