"""The rulebook as the plan that the routing engine is told."""

from collections.abc import Iterator

import msgspec

from config.lost import RequeueAfter
from config.rulebook import Action, Overflow, Queue, Rulebook
from routing import plan as p
from routing.calendar import Hours

CLOSED = "closed and live"


def plan_of(version: int, book: Rulebook, channels: tuple[str, ...]) -> p.Plan:
    """One version of the rulebook for a desk that has these channels."""
    known = sorted({*channels, *book.desk.channels})
    return p.Plan(
        version=version,
        skills=tuple(p.Skill(id=name, kind=skill.kind) for name, skill in book.skills.items()),
        channels=tuple(_channel(book, name) for name in known),
        queues=tuple(_queue(book, name, queue) for name, queue in book.queues.items()),
        agents=tuple(
            p.AgentPlan(
                id=name,
                skills=agent.skills,
                queues=agent.queues,
                delays=agent.delays,
                capacity=agent.capacity,
                channel_caps=agent.channel_caps,
                accept={c: p.AcceptMode(mode) for c, mode in agent.accept.items()},
                max_rona=agent.max_rona,
            )
            for name, agent in book.agents.items()
        ),
        default_queue=book.desk.default_queue,
        disconnect_grace_ms=book.desk.disconnect_grace_ms,
        window_ms=book.desk.round_robin_window_ms if _by_turns(book) else 0,
    )


def _by_turns(book: Rulebook) -> bool:
    return any(queue.agent_rule == p.ROUND_ROBIN_WINDOW for queue in book.queues.values())


def _channel(book: Rulebook, name: str) -> p.ChannelPlan:
    channel = book.channel(name)
    on_lost, after_ms = _on_lost(channel.on_lost)
    return p.ChannelPlan(
        id=name,
        weight=channel.weight,
        exclusive=channel.exclusive,
        interruptible=channel.interruptible,
        live=channel.live,
        offer_timeout_ms=channel.offer_timeout_ms,
        acw_ms=channel.wrapup_ms,
        accept_mode=p.AcceptMode(channel.accept),
        on_lost=on_lost,
        requeue_after_ms=after_ms,
    )


def _on_lost(wanted: str | RequeueAfter) -> tuple[p.OnLost, int]:
    if isinstance(wanted, RequeueAfter):
        return p.OnLost.REQUEUE_AFTER, wanted.requeue_after_ms
    return p.OnLost(wanted), 0


def _queue(book: Rulebook, name: str, queue: Queue) -> p.QueuePlan:
    return p.QueuePlan(
        id=name,
        hours=_hours(book, queue.hours),
        at_closing=p.AtClosing(queue.at_closing),
        overflow=(*_closed(queue), *map(_rule, queue.overflow), *_limits(queue)),
        handle_ms=queue.handling_ms,
        order_mode=p.OrderMode(queue.order),
        boost_ms=queue.boost_ms,
        late_mode=p.LateMode(queue.late_mode),
        agent_rule=p.AgentRule(queue.agent_rule),
        ring_preference=queue.ring_preference,
        steps=tuple(
            p.Step(
                after_ms=step.after_ms,
                need=step.need,
                pool=step.pool,
                priority_delta=step.priority,
                who=step.who,
                prefer=step.prefer,
                queue_override=step.queue_override,
                skip_if=step.skip_if,
            )
            for step in queue.steps
        ),
        strict_switch=queue.strict_switch,
        accept_mode=p.AcceptMode(queue.accept) if queue.accept is not None else None,
        offer_timeout_ms=queue.offer_timeout_ms,
        ring_size=queue.ring_size,
        wrapup={
            channel: p.Wrapup(
                mode=p.WrapupMode(wrapup.mode),
                ms=wrapup.time_ms,
                holds=wrapup.holds,
                extensions=wrapup.extensions,
                extend_ms=wrapup.extend_ms,
            )
            for channel, wrapup in queue.wrapup.items()
        },
        sticky=p.Sticky(queue.sticky),
        sticky_ms=queue.sticky_wait_ms,
        agent_wait_ms=queue.agent_wait_ms,
        returns_after_ms=queue.returns_after_ms,
    )


def _hours(book: Rulebook, name: str) -> Hours | None:
    return msgspec.convert(book.calendar(name), Hours) if name in book.hours else None


# --- what becomes of work that waits in vain ---


def _closed(queue: Queue) -> Iterator[p.Overflow]:
    """Who is on the line after hours cannot wait for the opening."""
    if queue.closed is not None:
        yield _made(queue.closed, CLOSED)


def _limits(queue: Queue) -> Iterator[p.Overflow]:
    """Limits are the last of the rules."""
    if queue.at_limit is None:
        return
    if queue.max_waiting is not None:
        yield _made(queue.at_limit, f"waiting > {queue.max_waiting}")
    if queue.max_wait_ms is not None:
        yield _made(queue.at_limit, f"wait_ms >= {queue.max_wait_ms}")


def _rule(rule: Overflow) -> p.Overflow:
    return _made(rule, rule.when)


def _made(action: Action, when: str) -> p.Overflow:
    return p.Overflow(
        when=when,
        do=p.Do(action.do),
        pool=action.pool,
        queue=action.queue,
        template=action.template,
    )
