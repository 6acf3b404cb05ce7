"""The rulebook in force: every field reaches the plan, the first rule and the first target decide."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from config.rulebook import CHANNELS, Agent, Channel, Queue, Rulebook, Skill, Step, Wrapup
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Contact, Conversation
from gateway.domain.judgement import Judgement
from gateway.pipeline.aims import Aim, Goal
from gateway.pipeline.inforce import Case, InForce, Routed, case_of
from gateway.store.queries.deciding import Known
from routing import plan as p
from routing.calendar import Hours
from routing.rules import TEXT_LIMIT
from routing.soundness import problems
from tests.unit.verbs.paper import PaperDesk, accept, said

SUNDAY_MS = 1_795_305_600_000  # 2026-11-22T00:00:00Z
MONDAY_MS = SUNDAY_MS + DAY_MS


def inforce(document: dict[str, Any] | None = None, **parts: Any) -> InForce:
    """A rulebook in force."""
    return InForce(3, Rulebook.model_validate((document or {}) | parts))


def case(**fields: Any) -> Case:
    """A conversation that says nothing special."""
    usual = {
        "conversation": "c",
        "account": "shop",
        "channel": "sms",
        "language": "en",
        "vip": False,
        "status": "open",
        "text": "Hello",
        "last_agent": None,
    }
    return Case(**(usual | fields))


# --- the plan: each field of the rulebook away from its default, and where it goes ---

QUEUE = {
    "order": ("aging", "order_mode", p.OrderMode.AGING),
    "boost": ("7s", "boost_ms", 7_000),
    "late_mode": ("first", "late_mode", p.LateMode.FIRST),
    "agent_rule": ("best_skill", "agent_rule", p.AgentRule.BEST_SKILL),
    "ring_preference": ("none", "ring_preference", "none"),
    "accept": ("ring_all", "accept_mode", p.AcceptMode.RING_ALL),
    "ring_size": (9, "ring_size", 9),
    "offer_timeout": ("11s", "offer_timeout_ms", 11_000),
    "steps": (
        [
            {"need": {"zh": 3}},
            {
                "after": "5s",
                "need": {"zh": 2},
                "pool": ["*"],
                "priority": 4,
                "who": "skill.zh >= 2",
                "prefer": ["emma"],
                "queue_override": "main",
                "skip_if": "no_staffed",
            },
        ],
        "steps",
        (
            p.Step(need={"zh": 3}),
            p.Step(
                after_ms=5_000,
                need={"zh": 2},
                pool=("*",),
                priority_delta=4,
                who="skill.zh >= 2",
                prefer=("emma",),
                queue_override="main",
                skip_if="no_staffed",
            ),
        ),
    ),
    "strict_switch": (True, "strict_switch", True),
    "overflow": (
        [
            {"when": "wait_ms >= 2m", "do": "add_pool", "pool": ["main"]},
            {"when": "staffed == 0", "do": "message", "template": "busy"},
        ],
        "overflow",
        (
            p.Overflow(when="wait_ms >= 2m", do=p.Do.ADD_POOL, pool=("main",)),
            p.Overflow(when="staffed == 0", do=p.Do.MESSAGE, template="busy"),
        ),
    ),
    "at_closing": ("eject", "at_closing", p.AtClosing.EJECT),
    "handling": ("4m", "handle_ms", 240_000),
    "wrapup": (
        {
            "sms": {
                "mode": "timed_forced",
                "time": "20s",
                "holds": True,
                "extensions": 2,
                "extend": "6s",
            }
        },
        "wrapup",
        {
            "sms": p.Wrapup(
                mode=p.WrapupMode.TIMED_FORCED, ms=20_000, holds=True, extensions=2, extend_ms=6_000
            )
        },
    ),
    "sticky": ("hard", "sticky", p.Sticky.HARD),
    "sticky_wait": ("13s", "sticky_ms", 13_000),
    "agent_wait": ("17s", "agent_wait_ms", 17_000),
    "returns_after": ("4m", "returns_after_ms", 240_000),
}
# A label; and what makes no field of its own: see the tests of hours and limits.
NOT_ROUTINGS = {
    *("name", "hours", "max_waiting", "max_wait", "at_limit", "closed"),
    "sticky_window",  # asked of the tables, before there is work
}
CHANNEL = {
    "weight": (7, "weight", 7),
    "exclusive": (True, "exclusive", True),
    "interruptible": (True, "interruptible", True),
    "accept": ("auto", "accept_mode", p.AcceptMode.AUTO),
    "offer_timeout": ("19s", "offer_timeout_ms", 19_000),
    "wrapup": ("23s", "acw_ms", 23_000),
    "on_lost": ("keep", "on_lost", p.OnLost.KEEP),
    "live": (True, "live", True),
}
AGENT = {
    "skills": ({"zh": 5}, "skills", {"zh": 5}),
    "queues": ({"main": 2}, "queues", {"main": 2}),
    "capacity": (250, "capacity", 250),
    "delays": ({"main": "9s"}, "delays", {"main": 9_000}),
    "channel_caps": ({"sms": 2}, "channel_caps", {"sms": 2}),
    "accept": ({"sms": "pull"}, "accept", {"sms": p.AcceptMode.PULL}),
    "max_rona": (4, "max_rona", 4),
}


def keys(part: type[Any]) -> set[str]:
    """What people may write in a part."""
    return {field.alias or name for name, field in part.model_fields.items()}


def test_the_tables_name_every_field() -> None:
    """A field that is added to the rulebook or to the plan must say where it goes."""
    assert set(QUEUE) == keys(Queue) - NOT_ROUTINGS
    assert set(CHANNEL) == keys(Channel)
    assert set(AGENT) == keys(Agent) - {"name", "phone"}  # a label; and the telephone's
    for table, part in ((QUEUE, p.QueuePlan), (CHANNEL, p.ChannelPlan), (AGENT, p.AgentPlan)):
        named = {field for _, field, _ in table.values()}
        assert named | {"id"} == set(part.__struct_fields__) - {"hours", "requeue_after_ms"}
    assert len(keys(Step)) == len(p.Step.__struct_fields__)
    assert len(keys(Wrapup)) == len(p.Wrapup.__struct_fields__)
    assert keys(Skill) == {"name", "kind"}


@pytest.mark.parametrize(("key", "row"), QUEUE.items(), ids=QUEUE)
def test_a_queues_field(key: str, row: tuple[Any, str, Any]) -> None:
    """Each field of a queue alone changes its field of the plan, and no other."""
    written, field, planned = row
    skills = {"zh": {"kind": "language"}}
    (queue,) = inforce(skills=skills, queues={"main": {key: written}}).plan.queues
    usual = p.QueuePlan(id="main")
    assert getattr(queue, field) == planned != getattr(usual, field)
    assert msgspec.structs.replace(queue, **{field: getattr(usual, field)}) == usual


@pytest.mark.parametrize(("key", "row"), CHANNEL.items(), ids=CHANNEL)
def test_a_channels_field(key: str, row: tuple[Any, str, Any]) -> None:
    """Each field of a channel alone changes its field of the plan, and no other."""
    written, field, planned = row
    (channel,) = inforce(desk={"channels": {"sms": {key: written}}}).plan.channels
    usual = p.ChannelPlan(id="sms", weight=33)
    assert getattr(channel, field) == planned != getattr(usual, field)
    assert msgspec.structs.replace(channel, **{field: getattr(usual, field)}) == usual


def test_work_that_is_kept_for_a_while() -> None:
    """What becomes of work has a third form, which says for how long."""
    plan = inforce(desk={"channels": {"voice": {"on_lost": {"requeue_after": "90s"}}}}).plan
    (voice,) = [channel for channel in plan.channels if channel.id == "voice"]
    assert (voice.on_lost, voice.requeue_after_ms) == (p.OnLost.REQUEUE_AFTER, 90_000)
    assert voice.exclusive, "the rest is as usual"


@pytest.mark.parametrize(("key", "row"), AGENT.items(), ids=AGENT)
def test_an_agents_field(key: str, row: tuple[Any, str, Any]) -> None:
    """Each field of an agent alone changes their field of the plan, and no other."""
    written, field, planned = row
    (agent,) = inforce(skills={"zh": {}}, agents={"emma": {key: written}}).plan.agents
    usual = p.AgentPlan(id="emma")
    assert getattr(agent, field) == planned != getattr(usual, field)
    assert msgspec.structs.replace(agent, **{field: getattr(usual, field)}) == usual


def test_the_rest_of_the_plan() -> None:
    """Version, skills, the default queue and the grace of lost agents."""
    plan = inforce(
        desk={"default_queue": "b", "disconnect_grace": "9s"},
        skills={"zh": {"kind": "language"}, "refunds": {}},
        queues={"a": {}, "b": {}},
    ).plan
    assert plan.version == 3
    assert plan.skills == (p.Skill(id="zh", kind="language"), p.Skill(id="refunds", kind="skill"))
    assert [queue.id for queue in plan.queues] == ["a", "b"]
    assert (plan.default_queue, plan.disconnect_grace_ms) == ("b", 9_000)
    assert problems(plan) == ()


def test_hours_and_limits() -> None:
    """Limits and the closed action are overflow rules, the limits last; hours are the calendar."""
    queue = {
        "hours": "office",
        "overflow": [{"when": "waiting > 3", "do": "voicemail"}],
        "max_waiting": 9,
        "max_wait": "10m",
        "at_limit": {"do": "close"},
        "closed": {"do": "message", "template": "closed_now"},
    }
    hours = {"office": {"weekly": {"mon": "09:00-17:00"}}}
    (planned,) = inforce(hours=hours, queues={"main": queue}).plan.queues
    assert planned.hours == Hours(tz="UTC", weekly={"mon": (("09:00", "17:00"),)})
    assert [rule.name for rule in planned.overflow] == [
        "closed and live -> message  closed_now",
        "waiting > 3 -> voicemail",
        "waiting > 9 -> close",
        "wait_ms >= 600000 -> close",
    ]
    assert problems(inforce(hours=hours, queues={"main": queue}).plan) == ()


def test_channels_of_the_node_and_of_the_rulebook() -> None:
    """Every channel there is, once, in order; the usual ones cost what they usually cost."""
    book = Rulebook.model_validate({"desk": {"channels": {"sms": {}}}})
    plan = InForce(1, book, ("webchat", "email", "sms")).plan
    assert [channel.id for channel in plan.channels] == ["email", "sms", "webchat"]
    assert [channel.weight for channel in plan.channels] == [CHANNELS["email"].weight, 33, 33]


# --- rules ---

RULES = [
    {"when": {"channel": ["email"], "language": ["zh"]}, "queue": "mail-zh"},
    {"when": {"account": ["vip-line"]}, "queue": "gold", "priority": 50},
    {"when": {"text_has": ["ReFund", "退款"]}, "queue": "money", "category": "after_sales"},
    {"when": {"regex": r"\border\s*\d{4}\b"}, "queue": "orders", "need": {"orders": 2}},
    {"when": {"vip": True}, "queue": "gold", "priority": 20},
    {"when": {"vip": False, "channel": ["webchat"]}, "queue": "chat"},
]
BOOK = {
    "desk": {"default_queue": "main"},
    "skills": {"zh": {"kind": "language"}, "fr": {"kind": "brand"}, "orders": {}},
    "queues": {name: {} for name in ("main", "mail-zh", "gold", "money", "orders", "chat")},
    "rules": RULES,
}
ROUTES: list[tuple[str, dict[str, Any], Routed]] = [
    ("no rule", {}, Routed(queue="main", priority=0, needs={})),
    (
        "all conditions of a rule",
        {"channel": "email", "language": "zh"},
        Routed(queue="mail-zh", priority=0, needs={"zh": 1}, rule="rules[0]"),
    ),
    (
        "one of two conditions is not enough",
        {"channel": "email"},
        Routed(queue="main", priority=0, needs={}),
    ),
    (
        "by account",
        {"account": "vip-line"},
        Routed(queue="gold", priority=50, needs={}, rule="rules[1]"),
    ),
    (
        "the first rule that matches, not the best",
        {"account": "vip-line", "text": "refund", "vip": True},
        Routed(queue="gold", priority=50, needs={}, rule="rules[1]"),
    ),
    (
        "a word in any case",
        {"text": "I want a ReFuNd"},
        Routed(queue="money", priority=0, needs={}, rule="rules[2]"),
    ),
    (
        "a Chinese word, and language is a skill",
        {"text": "我要退款", "language": "zh"},
        Routed(queue="money", priority=0, needs={"zh": 1}, rule="rules[2]"),
    ),
    (
        "an expression in any case, with a need",
        {"text": "about ORDER 1234, please"},
        Routed(queue="orders", priority=0, needs={"orders": 2}, rule="rules[3]"),
    ),
    (
        "an expression that does not match",
        {"text": "order 12345"},
        Routed(queue="main", priority=0, needs={}),
    ),
    ("vip", {"vip": True}, Routed(queue="gold", priority=20, needs={}, rule="rules[4]")),
    (
        "not vip",
        {"channel": "webchat"},
        Routed(queue="chat", priority=0, needs={}, rule="rules[5]"),
    ),
    (
        "a skill that is no language is not asked of a reader",
        {"language": "fr"},
        Routed(queue="main", priority=0, needs={}),
    ),
    (
        "an unknown language asks for nobody",
        {"language": "xx"},
        Routed(queue="main", priority=0, needs={}),
    ),
    (
        "words past the limit are not looked at",
        {"text": "x" * TEXT_LIMIT + " refund"},
        Routed(queue="main", priority=0, needs={}),
    ),
]


@pytest.mark.parametrize(("label", "fields", "routed"), ROUTES, ids=[row[0] for row in ROUTES])
def test_routing(label: str, fields: dict[str, Any], routed: Routed) -> None:
    """The first rule whose conditions all hold decides; else the default queue."""
    assert inforce(BOOK).route(case(**fields)) == routed


def test_what_it_was_taken_for_routes_too() -> None:
    """Category and mood are asked by rules; an escalation adds priority and may move it."""
    rules = [{"when": {"category": "order", "anger_from": 2}, "queue": "a", "priority": 90}]
    found = inforce(queues={"main": {}, "a": {}}, desk={"default_queue": "main"}, rules=rules)
    calm = Judgement(conversation="c", desk="d", category="order", anger=1)
    angry = msgspec.structs.replace(calm, anger=2, boost=20)
    assert found.route(case(judgement=calm)).queue == "main"
    assert found.route(case(judgement=angry)).queue == "a"
    assert found.route(case(judgement=angry)).priority == 100, "the most there is"
    assert found.route(case(judgement=angry), calm).queue == "main"
    moved = msgspec.structs.replace(angry, moved="main")
    assert found.route(case(), moved).queue == "main"
    gone = msgspec.structs.replace(angry, moved="closed")
    assert found.route(case(), gone).queue == "a", "a queue that is no more moves nothing"


def test_rules_by_the_hour_and_by_attribute() -> None:
    """A calendar that is open or closed; what the shop knows of the customer."""
    rules = [
        {"when": {"outside": "shop", "attributes": {"tier": ["gold", "black"]}}, "queue": "gold"},
        {"when": {"during": "shop"}, "queue": "day"},
    ]
    queues = {"main": {}, "gold": {}, "day": {}}
    found = inforce(
        queues=queues, desk={"default_queue": "main"}, rules=rules, hours={"shop": SHOP}
    )
    assert found.route(case(at=SUNDAY_MS, attributes={"tier": "gold"})).queue == "gold"
    assert found.route(case(at=SUNDAY_MS, attributes={"tier": "tin"})).queue == "main"
    assert found.route(case(at=NINE, attributes={"tier": "gold"})).queue == "day"


def test_the_words_of_the_newest_messages_choose_the_language() -> None:
    """Who began in English and goes on in Chinese needs somebody who reads Chinese."""
    judged = Judgement(conversation="c", desk="d", language="zh")
    assert inforce(BOOK).route(case(language="en"), judged).needs == {"zh": 1}


def known(conversations: str, contacts: str) -> Known:
    """Somebody who wrote, and the languages that are known."""
    desk = PaperDesk()
    desk.run(accept(said("?", "1")))
    return Known(
        conversation=replace(desk.one(Conversation), language=conversations),
        contact=replace(desk.one(Contact), language=contacts),
        text="?",
        answered=False,
        last_agent=None,
    )


@pytest.mark.parametrize(
    ("conversations", "contacts"), [("zh-TW", "en"), ("", "zh-TW"), ("zh", "zh-TW")]
)
def test_both_scripts_are_one_language(conversations: str, contacts: str) -> None:
    """Who writes traditional Chinese needs somebody who reads Chinese, by the rules of Chinese."""
    found = case_of(known(conversations, contacts), "email", NINE)
    routed = inforce(BOOK).route(found)
    assert (routed.queue, routed.needs) == ("mail-zh", {"zh": 1})
    assert inforce(BOOK).aim(found, None).language == "zh"


def test_a_rules_own_need_of_a_language_stands() -> None:
    """A rule that asks for level 4 is not talked down to 1."""
    rules = [{"queue": "main", "need": {"zh": 4}}]
    book = {"skills": {"zh": {"kind": "language"}}, "rules": rules}
    found = inforce(book)
    assert found.route(case(language="zh")).needs == {"zh": 4}
    assert found.rulebook.rules[0].need == {"zh": 4}


def test_routing_changes_no_rule() -> None:
    """What one reader's language adds is asked for them alone."""
    found = inforce(BOOK)
    first = found.route(case(text="order 1234", language="zh"))
    assert first.needs == {"orders": 2, "zh": 1}
    assert found.route(case(text="order 1234")).needs == {"orders": 2}


# --- goals ---

SHOP = {"weekly": {"mon-fri": "09:00-17:00"}}
SLA = {
    "desk": {"default_queue": "main"},
    "hours": {"shop": SHOP, "always": "24x7"},
    "queues": {"main": {}, "day": {"hours": "shop"}, "gold": {}},
    "sla": {
        "targets": [
            {"when": {"queue": ["gold"]}, "first_response": "1m"},
            {"when": {"vip": True}, "first_response": "2m"},
            {"when": {"channel": ["email"]}, "first_response": "1h", "hours": "shop"},
            {"when": {"account": ["eu"]}, "first_response": "3m"},
            {"when": {"language": ["zh"]}, "first_response": "4m"},
            {"when": {"priority_from": 30}, "first_response": "5m", "warn_at_percent": 50},
            {"when": {"queue": ["main", "gold"]}, "next_response": "10m"},
            {"when": {"queue": ["day"]}, "first_response": "2h"},
        ]
    },
}


NOTHING = Goal(target_ms=None, warn_before_ms=0, hours="")


def goal(minutes: float, warn: float, hours: str = "") -> Goal:
    """So many minutes, with a warning after so many."""
    rest = round((minutes - warn) * MINUTE_MS)
    return Goal(target_ms=int(minutes * MINUTE_MS), warn_before_ms=rest, hours=hours)


NINE = MONDAY_MS + 9 * HOUR_MS
FIRST, NEXT = "first_response", "next_response"
GOALS: list[tuple[str, str, dict[str, Any], str, int, Goal]] = [
    ("by queue", FIRST, {}, "gold", 0, goal(1, 0.8)),
    ("the first target that names the metric", FIRST, {"vip": True}, "gold", 0, goal(1, 0.8)),
    ("vip", FIRST, {"vip": True}, "main", 0, goal(2, 1.6)),
    ("by channel, in its own hours", FIRST, {"channel": "email"}, "main", 0, goal(60, 48, "shop")),
    ("by account", FIRST, {"account": "eu"}, "main", 0, goal(3, 2.4)),
    ("by language", FIRST, {"language": "zh"}, "main", 0, goal(4, 3.2)),
    ("from a priority on, with its own warning", FIRST, {}, "main", 30, goal(5, 2.5)),
    ("below that priority", FIRST, {}, "main", 29, NOTHING),
    ("another metric passes the targets that do not name it", NEXT, {}, "gold", 0, goal(10, 8)),
    ("in the queue's hours", FIRST, {}, "day", 0, goal(120, 96, "shop")),
    ("nothing promised, in the queue's hours all the same", NEXT, {}, "day", 0, replace(NOTHING, hours="shop")),
    ("a machine has it still", "before_handoff", {}, "gold", 0, NOTHING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "metric", "fields", "queue", "priority", "goal"), GOALS, ids=[r[0] for r in GOALS]
)
def test_goals(
    label: str, metric: str, fields: dict[str, Any], queue: str, priority: int, goal: Goal
) -> None:
    """The first target that matches and names the metric decides, in its hours or the queue's."""
    found = inforce(SLA)
    aim = replace(found.aim(case(**fields), queue), priority=priority)
    assert found.goal(metric, aim) == goal


def test_whom_a_promise_is_for() -> None:
    """The queue is where the work is; where there is none, where the rules would send it."""
    book = inforce(SLA, rules=[{"when": {"vip": True}, "queue": "gold", "priority": 7}])
    vip = case(vip=True)
    aim = Aim(queue="gold", channel="sms", account="shop", language="en", priority=7, vip=True)
    assert book.aim(vip, None) == aim
    assert book.aim(vip, "day") == replace(aim, queue="day")


def test_machines() -> None:
    """A queue that only bots serve is not for people; what they write counts if it is said so."""
    agents = {"robo": {"queues": ["main"]}, "emma": {"queues": ["day"]}}
    found = inforce(SLA | {"sla": {"bots": ["robo"]}, "agents": agents})
    assert [found.for_people(name) for name in ("main", "day", "gold")] == [False, True, True]
    assert (found.counts("robo"), found.counts("emma")) == (False, True)
    assert inforce(SLA | {"sla": {"bots": ["robo"], "bot_counts": True}}).counts("robo")


def test_hours_that_are_no_more() -> None:
    """Time under a calendar that was removed counts as under the one that followed."""
    found = inforce(SLA)
    day = found.timeline(((0, "gone"), (SUNDAY_MS, "shop")))
    assert day.elapsed_ms(SUNDAY_MS, MONDAY_MS + DAY_MS) == 8 * HOUR_MS
    assert found.timeline(((0, "gone"),)).elapsed_ms(0, 5) == 5


def test_calendars() -> None:
    """Of a queue, by name; none and unknown ones are always open."""
    found = inforce(SLA)
    assert not found.calendar_of_queue("day").is_open(SUNDAY_MS)
    assert found.calendar_of_queue("day").next_open(SUNDAY_MS) == NINE
    for calendar in (
        found.calendar_of_queue("main"),
        found.calendar_of_queue("nowhere"),
        found.calendar("nowhere"),
        found.calendar("always"),
    ):
        assert calendar.is_open(SUNDAY_MS)
    assert found.calendar("shop") is found.calendar_of_queue("day")


# --- what goes out by itself ---

# label, the rulebook's automatic, what a new sms conversation is answered with
FIRST_ANSWERS: list[tuple[str, dict[str, Any], tuple[str, int] | None]] = [
    ("nothing", {}, None),
    ("acknowledged", {"acknowledged": {"after": "2s"}}, ("acknowledged", 2_000)),
    ("greeting", {"greeting": {}}, ("greeting", 0)),
    ("one of them", {"greeting": {}, "acknowledged": {}}, ("acknowledged", 0)),
    ("switched off", {"acknowledged": {"enabled": False}}, None),
    ("for another channel", {"acknowledged": {"channels": ["email"]}}, None),
    ("for this channel", {"acknowledged": {"channels": ["email", "sms"]}}, ("acknowledged", 0)),
    (
        "the one that this channel has",
        {"acknowledged": {"channels": ["email"]}, "greeting": {"after": "1s"}},
        ("greeting", 1_000),
    ),
    ("others are no first answer", {"holding": {}}, None),
]


@pytest.mark.parametrize(
    ("label", "automatic", "answer"), FIRST_ANSWERS, ids=[row[0] for row in FIRST_ANSWERS]
)
def test_the_first_answer(
    label: str, automatic: dict[str, Any], answer: tuple[str, int] | None
) -> None:
    """At most one template answers a new conversation, where the rulebook wants it."""
    found = inforce(templates={"automatic": automatic})
    assert found.first_answer("sms") == answer
    policy = found.policy("sms")
    assert (policy.first_answer, policy.first_answer_after_ms) == (answer or ("", 0))


def test_how_long_a_conversation_is_opened_again() -> None:
    """The rulebook's days as milliseconds."""
    assert inforce(desk={"reopen_days": 3}).policy("sms").reopen_ms == 3 * DAY_MS
