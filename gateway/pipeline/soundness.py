"""What a rulebook's own checks cannot see: what routing makes of it, what the catalogue has."""

from collections.abc import Iterable, Iterator, Set
from itertools import pairwise

import msgspec

from config import Problem, Rulebook
from config.automatic import NAMES, ways_of
from config.faults import ANY, Path, unknown
from gateway.domain.job import LATE
from gateway.domain.survey import THANKS
from gateway.pipeline.inforce import ANSWER
from gateway.pipeline.planned import plan_of
from gateway.pipeline.surveys import BY_LINK, BY_NUMBER
from routing.expression import OF_AGENTS, OF_WAITING, Kinds, Malformed, parse, tests
from routing.plan import Plan, QueuePlan, Step, carried
from routing.soundness import allows, relaxes
from templates import Catalog, Template, UnknownTemplate
from templates.courtesy import RULES
from templates.locales import exists

WHO = "skill.zh >= 2 or queues has vip"
WHEN = "wait_ms >= 2m and channel in [webchat, sms]"
GIVEN = frozenset({"desk_name"})  # names of customers and hours may be missing
OF_AUTOMATIC = {LATE: frozenset({"reply_by", "zone"})}  # by name: what is known beside it
OF_SURVEYS = {"number": (BY_NUMBER, GIVEN), "link": (BY_LINK, GIVEN | {"url"})}
OF_CALLBACKS = {
    "callback_number": GIVEN,
    "callback_promised": GIVEN | {"number"},
    "callback_expired": GIVEN | {"number"},
    "callback_exhausted": GIVEN | {"number"},
}


def routing_problems(rulebook: Rulebook) -> Iterator[Problem]:
    """Conditions that nobody can read, and steps whose conditions exclude."""
    plan = plan_of(0, rulebook, ())
    for (name, queue), made in zip(rulebook.queues.items(), plan.queues, strict=True):
        path = ("queues", name)
        nameless: list[Problem] = []
        for n, step in enumerate(queue.steps):
            yield from _condition((*path, "steps", n, "who"), step.who, OF_AGENTS, WHO)
            nameless += _named((*path, "steps", n, "who"), step.who, rulebook)
        yield from nameless
        if any(step.who for step in queue.steps) and not nameless:
            yield from _unserved(plan, made)
            yield from _narrowing(plan, made)
        for n, rule in enumerate(queue.overflow):
            yield from _condition((*path, "overflow", n, "when"), rule.when, OF_WAITING, WHEN)


def courtesy_problems(rulebook: Rulebook) -> Iterator[Problem]:
    """Rules of the courtesy check that there are not: what is said of them never holds."""
    rules, courtesy = sorted(RULES), rulebook.courtesy
    places: list[tuple[Path, Iterable[str]]] = [(("courtesy", "levels"), courtesy.levels)]
    places += [(("courtesy", "channels", name), each) for name, each in courtesy.channels.items()]
    for path, levels in places:
        for rule in levels:
            yield from unknown((*path, rule), [rule], rules, "rule")


def template_problems(rulebook: Rulebook, catalog: Catalog) -> Iterator[Problem]:
    """Templates that are to go out by themselves and are not there, or could not be said."""
    known = {name for name, value in rulebook.templates.values.items() if value}
    given = GIVEN | known
    wanted: list[tuple[Path, str, Set[str]]] = [
        (path, automatic.template or name, given | OF_AUTOMATIC.get(name, frozenset()))
        for path, name, automatic in ways_of(rulebook.templates)
    ]
    if rulebook.knowledge.enabled:
        wanted.append((("knowledge",), ANSWER, given | {"answer"}))
    yield from _nowhere(rulebook)
    yield from _idle(rulebook, catalog)
    for name, queue in rulebook.queues.items():
        wanted += [
            (("queues", name, *where), action.template, given)
            for where, action in queue.actions
            if action.template
        ]
    for n, asking in enumerate(rulebook.surveys.ask):
        usual, linked = OF_SURVEYS[asking.by]
        wanted.append((("surveys", "ask", n), asking.template or usual, given | linked))
    if rulebook.surveys.ask and rulebook.surveys.thanks:
        wanted.append((("surveys",), THANKS, given))
    for path, template, said in wanted:
        try:
            found = catalog.get(template)
        except UnknownTemplate as error:
            what, _, cure = str(error).partition("; ")
            yield Problem(path, what, cure, ((*path, "template"),))
            continue
        yield from _unsaid(path, found, said)
    for name, of_callback in OF_CALLBACKS.items():
        yield from _unsaid(("callbacks",), catalog.get(name), of_callback | known)


def _nowhere(rulebook: Rulebook) -> Iterator[Problem]:
    """Names of the desk that nobody would read."""
    for locale in rulebook.desk.names:
        if not exists(locale):
            yield Problem(("desk", "names", locale), "is no locale", "write it like zh-CN or en")


def _idle(rulebook: Rulebook, catalog: Catalog) -> Iterator[Problem]:
    """Templates that there are, and that nothing ever says by itself."""
    for name in rulebook.templates.automatic:
        if name not in NAMES and name in catalog.names():
            what = "nothing is said by itself under this name"
            cure = f"use one of {', '.join(NAMES)}; other words are named by its template"
            yield Problem(("templates", "automatic", name), what, cure)


def _unsaid(path: Path, template: Template, given: Set[str]) -> Iterator[Problem]:
    """Values without which a template is refused, and that nobody gives when it goes by itself."""
    for locale, wording in template.wordings.items():
        lacking = [v.name for v in wording.variables if v.required and v.name not in given]
        if lacking:
            what = f"template {template.name!r} in {locale} needs {', '.join(lacking)}, which is "
            what += "not always known when it goes out by itself"
            cure = "give it a fallback there, or a value in templates.values"
            yield Problem(path, what, cure, ((*path, "template"), ("templates", "values")))


def _condition(path: Path, text: str, kinds: Kinds, like: str) -> Iterator[Problem]:
    try:
        parse(text, kinds)
    except Malformed as error:
        yield Problem(path, str(error), f"write it as {like}")


def _named(path: Path, text: str, rulebook: Rulebook) -> Iterator[Problem]:
    """Skills and queues that a condition asks for, and that there are not."""
    try:
        asked = [*tests(parse(text, OF_AGENTS))]
    except Malformed:
        return  # told of as such
    skills = [test.name.removeprefix("skill.") for test in asked if test.name.startswith("skill.")]
    skills += [str(test.value) for test in asked if test.name == "skills"]
    yield from unknown(path, skills, rulebook.skills, "skill")
    queues = [str(test.value) for test in asked if test.name == "queues"]
    yield from unknown(path, queues, rulebook.queues, "queue")


def _unserved(plan: Plan, queue: QueuePlan) -> Iterator[Problem]:
    """A queue that agents would serve, were it not for the conditions of its steps."""
    steps = carried(queue.steps)
    free = [msgspec.structs.replace(step, who="") for step in steps]
    if _anybody(plan, queue, free) and not _anybody(plan, queue, steps):
        path = ("queues", queue.id, "steps")
        what = "no agent of this queue is one whom its steps allow"
        cure = "relax who of the last step, or give an agent what it asks for"
        rests = ((*path, ANY, "who"), ("agents", ANY, "queues"), ("agents", ANY, "skills"))
        yield Problem((*path, len(steps) - 1, "who"), what, cure, rests)


def _anybody(plan: Plan, queue: QueuePlan, steps: Iterable[Step]) -> bool:
    return any(allows(agent, queue.id, step) for step in steps for agent in plan.agents)


def _narrowing(plan: Plan, queue: QueuePlan) -> Iterator[Problem]:
    if queue.strict_switch:
        return
    for n, (inner, outer) in enumerate(pairwise(carried(queue.steps)), 1):
        if outer.who and not relaxes(plan, queue.id, inner, outer):
            what = "excludes agents whom the step before allows"
            cure = "relax it, or set strict_switch: true on the queue"
            path = ("queues", queue.id)
            rests = ((*path, "steps"), (*path, "strict_switch"))
            yield Problem((*path, "steps", n, "who"), what, cure, rests)
