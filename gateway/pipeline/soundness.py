"""What a rulebook's own checks cannot see: what routing makes of it, what the catalogue has."""

from collections.abc import Iterator
from itertools import pairwise

from config import Problem, Rulebook
from config.faults import Path
from gateway.pipeline.planned import plan_of
from routing.expression import OF_AGENTS, OF_WAITING, Kinds, Malformed, parse
from routing.plan import carried
from routing.soundness import relaxes
from templates import Catalog, UnknownTemplate

WHO = "skill.zh >= 2 or queues has vip"
WHEN = "wait_ms >= 2m and channel in [webchat, sms]"


def routing_problems(rulebook: Rulebook) -> Iterator[Problem]:
    """Conditions that nobody can read, and steps whose conditions exclude."""
    for name, queue in rulebook.queues.items():
        path = ("queues", name)
        for n, step in enumerate(queue.steps):
            yield from _condition((*path, "steps", n, "who"), step.who, OF_AGENTS, WHO)
        for n, rule in enumerate(queue.overflow):
            yield from _condition((*path, "overflow", n, "when"), rule.when, OF_WAITING, WHEN)
    yield from _narrowing(rulebook)


def template_problems(rulebook: Rulebook, catalog: Catalog) -> Iterator[Problem]:
    """Templates that are to go out by themselves and are not in the catalogue."""
    wanted: list[tuple[Path, str]] = [
        (("templates", "automatic", name), automatic.template or name)
        for name, automatic in rulebook.templates.automatic.items()
    ]
    for name, queue in rulebook.queues.items():
        wanted += [
            (("queues", name, *where), action.template)
            for where, action in queue.actions
            if action.template
        ]
    for path, template in wanted:
        try:
            catalog.get(template)
        except UnknownTemplate as error:
            what, _, cure = str(error).partition("; ")
            yield Problem(path, what, cure, ((*path, "template"),))


def _condition(path: Path, text: str, kinds: Kinds, like: str) -> Iterator[Problem]:
    try:
        parse(text, kinds)
    except Malformed as error:
        yield Problem(path, str(error), f"write it as {like}")


def _narrowing(rulebook: Rulebook) -> Iterator[Problem]:
    plan = plan_of(0, rulebook, ())
    for queue in plan.queues:
        if queue.strict_switch or not any(step.who for step in queue.steps):
            continue
        for n, (inner, outer) in enumerate(pairwise(carried(queue.steps)), 1):
            if outer.who and not relaxes(plan, queue.id, inner, outer):
                what = "excludes agents whom the step before allows"
                cure = "relax it, or set strict_switch: true on the queue"
                path = ("queues", queue.id)
                rests = ((*path, "steps"), (*path, "strict_switch"))
                yield Problem((*path, "steps", n, "who"), what, cure, rests)
