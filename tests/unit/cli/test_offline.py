"""Verbs that need no store: check, adapters, verify-adapter, render, clock, simulate, bench."""

import json
import re
import sys

import pytest

import config as rooms
from config.fields import NAME_PATTERN
from gateway.registry import Registry


def test_a_sound_configuration(parley, config) -> None:
    """A configuration without fault prints nothing and ends with 0."""
    assert parley("check", "--config", config)[:2] == (0, "")


def test_the_demo_desk_is_sound(parley) -> None:
    """The configuration that we ship passes with the adapters that we ship."""
    ended = parley("check", "--config", rooms.DEFAULT)
    assert (ended.status, ended.text) == (0, "")


def test_every_fault_is_told(parley, config) -> None:
    """Faults are told at once: words to stderr, the same as data to stdout; the end is 2."""
    (config / "more.yaml").write_text(
        "queues:\n  sparer: {hours: shop}\ntemplates: {automatic: {greting: }}\nchannels: {x: {adapter: pigeon}}\n"
    )
    ended = parley("check", "--config", config)
    file = config / "more.yaml"
    installed = ", ".join(Registry.load().names())
    told = [
        f"{file}:2: queues.sparer.hours: there is no calendar 'shop'; there are: none",
        f"{file}:3: templates.automatic.greting: there is no template 'greting'; did you mean greeting?",
        f"{file}:4: channels.x.adapter: there is no adapter 'pigeon'; installed are {installed}",
    ]
    assert ended.status == 2
    assert ended.words.splitlines() == [*told, f"parley: 3 faults in {config}"]
    assert [line["text"] for line in ended.lines] == told
    assert (ended.lines[0]["line"], ended.lines[0]["path"]) == (2, "queues.sparer.hours")


def test_faulty_articles_are_told_and_stop_no_node(parley, config) -> None:
    """By `parley check`, each fault with its line beside those of the rulebook; a node goes on."""
    place = config / "knowledge" / "en"
    place.mkdir(parents=True)
    (place / "fee.md").write_text(
        "---\ntitle: Fee\ncategory: fees\nlink: ftp://x\n---\n<b>10</b>\n"
    )
    (config / "more.yaml").write_text("knowledge: {categories: [order, complaint]}\n")
    ended = parley("check", "--config", config)
    assert ended.status == 2
    assert [line["text"].partition(f"{config}/")[2].partition(";")[0] for line in ended.lines] == [
        "knowledge/en/fee.md:3: there is no category 'fees'",
        "knowledge/en/fee.md:4: is no address that begins with https://",
        "knowledge/en/fee.md:6: holds markup",
        "more.yaml:1: knowledge.categories[1]: is none of the choices, but 'complaint' is written",
    ]
    (config / "more.yaml").write_text("knowledge: {enabled: true, categories: order}\n")
    assert parley("config", "plan", "--config", config).status != 2


def test_stages_that_could_not_be_said_are_told(parley, config) -> None:
    """A time that is missing, a stage that is said once, a queue and a name that there are not."""
    (config / "more.yaml").write_text(
        "templates:\n  automatic:\n    still_waiting: {times: 2}\n    resolved: {every: 5m}\n"
        "    transferred: {queues: [spaer]}\n    holding: {after: 1m}\n"
        "    agent_silent:\n      after: 1m\n      instead:\n        - {channels: [sms], after: 0s}\n"
    )
    told = [
        line["text"].partition("more.yaml:")[2]
        for line in parley("check", "--config", config).lines
    ]
    assert sorted(each.partition(";")[0] for each in told) == [
        "10: templates.automatic.agent_silent.instead[0].after: is missing: it is said because time has passed",
        "3: templates.automatic.still_waiting.after: is missing: it is said because time has passed",
        "4: templates.automatic.resolved.every: resolved is said once",
        "5: templates.automatic.transferred.queues: there is no queue 'spaer'",
        "6: templates.automatic.holding: nothing is said by itself under this name",
    ]


def test_a_name_in_a_language_that_there_is_not(parley, config) -> None:
    """Nobody would read it."""
    text = (config / "desk.yaml").read_text()
    names = "name: Shop,\n  names: {en: Dawn, xx: Aube}"
    (config / "desk.yaml").write_text(text.replace("name: Shop", names))
    told = parley("check", "--config", config)
    assert told.status == 2
    assert "desk.yaml:4: desk.names.xx: is no locale; write it like zh-CN or en" in told.text


SPEAKS = (
    "rules: [{when: {channel: fax}, queue: spare}]\n"
    "desk: {channels: {mail: {weight: 5}}, name: Shop, default_queue: main}\n"
    "sla: {targets: [{when: {channel: telegram}, first_response: 1m}]}\n"
    "templates: {automatic: {greeting: {channels: [sms, webcaht]}}}\n"
    "agents: {emma: {queues: [main, spare], channel_caps: {webchat: 1}, accept: {phone: auto}}}\n"
)


def test_a_channel_that_no_adapter_has_is_told(parley, config) -> None:
    """What a rulebook says of such a channel would never hold; those of any adapter may be named."""
    file = config / "desk.yaml"
    text = file.read_text().replace("desk: {id: shop, name: Shop, default_queue: main}\n", "")
    file.write_text(text + SPEAKS)
    told = [line["text"].partition(": ")[2] for line in parley("check", "--config", config).lines]
    assert [each.partition(";")[0] for each in told] == [
        "rules[0].when.channel: there is no channel 'fax'",
        "desk.channels: there is no channel 'mail'",
        "templates.automatic.greeting.channels: there is no channel 'webcaht'",
        "agents.emma.accept: there is no channel 'phone'",
    ]
    assert told[2].endswith("did you mean webchat?")


def test_a_channel_that_nobody_has_room_for_is_told(parley, config) -> None:
    """Of those on which customers come in; of another channel it would be no fault."""
    full = "agents: {emma: {queues: [main, spare], channel_caps: {sms: 0, telegram: 0}}}\n"
    (config / "agents.yaml").write_text(full)
    told = [
        line["text"].partition("agents.yaml:")[2]
        for line in parley("check", "--config", config).lines
    ]
    assert told == [
        "1: agents.emma.channel_caps.sms: no agent who is asked for sms takes any; raise it for one of them"
    ]


def test_an_account_that_is_off_is_told(parley, config) -> None:
    """An empty secret disables the channel; that is sound, and said."""
    file = config / "desk.yaml"
    file.write_text(file.read_text().replace("hush-hush", '""'))
    ended = parley("check", "--config", config)
    assert (ended.status, ended.text) == (0, "")
    assert f"{file}:7: channels.sms.auth_token: is empty, so the account is off" in ended.words
    assert ended.words.endswith(f"{config} is sound, with 1 warning\n")


def test_what_is_hardly_meant_is_told(parley, config) -> None:
    """Twilio names its accounts in one way; who else speaks as it does may name them otherwise."""
    file = config / "desk.yaml"
    file.write_text(file.read_text().replace("AC0123456789abcdef0123456789abcdef", "XX"))
    ended = parley("check", "--config", config)
    assert (ended.status, ended.text) == (0, "")
    assert "channels.sms.account_sid: 'XX' is no account SID of Twilio's; copy it" in ended.words
    assert ended.words.endswith(f"{config} is sound, with 1 warning\n")
    elsewhere = "account_sid: XX, api_url: 'http://127.0.0.1:9'"
    file.write_text(file.read_text().replace("account_sid: XX", elsewhere))
    assert parley("check", "--config", config).words.endswith(f"{config} is sound\n")


@pytest.mark.parametrize("verb", [["check"], ["serve"]])
def test_a_warning_stands_beside_faults(parley, config, verb) -> None:
    """Whoever mends the faults mends it in the same round."""
    file = config / "desk.yaml"
    file.write_text(
        file.read_text().replace("AC0123456789abcdef0123456789abcdef", "XX") + "quues: {}\n"
    )
    ended = parley(*verb, "--config", config)
    assert ended.status == 2
    assert "channels.sms.account_sid: 'XX' is no account SID of Twilio's" in ended.words
    assert ended.words.endswith(f"parley: 1 fault in {config}, with 1 warning\n")


@pytest.mark.parametrize("verb", [["serve"], ["audit"]])
def test_no_database_of_ours(parley, config, verb) -> None:
    """A database that no engine of ours keeps is wrong usage, told before anything starts."""
    ended = parley(*verb, "--config", config, "--database", "mysql://u:geheim@x/y")
    assert ended.status == 2
    assert "write postgresql://USER:PASSWORD@HOST/NAME" in ended.words
    assert "geheim" not in ended.words


def _formed(schema, like=()):
    """Every pattern of a schema, with the examples around it."""
    if isinstance(schema, dict):
        like = schema.get("examples", like)
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"], like
        for inner in schema.values():
            yield from _formed(inner, like)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _formed(inner, like)


def test_every_form_has_an_example() -> None:
    """Nobody is told of a regular expression: what has a form shows one, which is of that form."""
    registry = Registry.load()
    types = [registry.get(name).settings_type for name in registry.names()]
    for model in (*types, rooms.Settings, rooms.Rulebook):
        for pattern, like in _formed(model.model_json_schema()):
            if pattern != NAME_PATTERN:
                fits = [each for each in like if re.search(pattern, each)]
                assert fits, f"{model.__name__}: {pattern}"


def test_live_asks_each_provider(parley, config) -> None:
    """--live also asks the providers; one that does not answer is a finding, for each a line."""
    (config / "desk.yaml").write_text(
        "channels:\n  chat: {adapter: webchat}\n"
        "  sms: {adapter: twilio_sms, account_sid: AC1, auth_token: x, numbers: ['+15005550006'], api_url: 'http://127.0.0.1:9'}\n"
    )
    ended = parley("check", "--config", config, "--live")
    assert ended.status == 1
    assert [(line["account"], line["ok"]) for line in ended.lines] == [
        ("chat", True),
        ("sms", False),
    ]
    assert ended.lines[1]["detail"]


def test_adapters_are_listed(parley) -> None:
    """Each installed adapter is a line, with its limits and which settings it must have."""
    ended = parley("adapters")
    found = {line["name"]: line for line in ended.lines}
    assert ended.status == 0
    assert {"email", "twilio_sms", "webchat"} <= found.keys()
    assert found["twilio_sms"]["channel"] == "sms"
    assert found["twilio_sms"]["settings"]["auth_token"] is True
    assert found["twilio_sms"]["capabilities"]["text_unit"] == "sms"


CASES = """\
from pydantic import SecretStr
from adapters.webchat import WebchatAdapter
from adapters.webchat.settings import WebchatSettings
from gateway.contract import AccountId, Unauthentic
from gateway.testing import InboundCase
SIGNED = False
INBOUND = {inbound}
def build(api_url):
    return WebchatAdapter.build(AccountId("chat"), WebchatSettings())
"""


def test_an_adapter_is_verified(parley, tmp_path, monkeypatch) -> None:
    """The kit runs on a module of cases, or a package that has one; problems are lines and end with 1."""
    monkeypatch.syspath_prepend(str(tmp_path))
    right = "(InboundCase(label='no words', body=b'{}', expect=Unauthentic),)"
    (tmp_path / "pigeon_good.py").write_text(CASES.format(inbound=right))
    (tmp_path / "pigeon_empty.py").write_text(CASES.format(inbound="()"))
    package = tmp_path / "pigeon_bad"
    package.mkdir()
    (package / "__init__.py").write_text("")
    wrong = "(InboundCase(label='a wish', body=b'{}', expect=()),)"
    (package / "cases.py").write_text(CASES.format(inbound=wrong))
    good, bad = parley("verify-adapter", "pigeon_good"), parley("verify-adapter", "pigeon_bad")
    assert (good.status, good.text) == (0, "")
    assert bad.status == 1
    assert "a wish" in bad.lines[0]["problem"]
    empty = parley("verify-adapter", "pigeon_empty")
    assert (empty.status, len(empty.lines)) == (1, 1)
    assert "the tables are empty" in empty.lines[0]["problem"]
    (tmp_path / "pigeon_bare.py").write_text("")
    bare, none = parley("verify-adapter", "pigeon_bare"), parley("verify-adapter", "pigeon_none")
    assert (bare.status, none.status) == (2, 2)
    assert "pigeon_bare has no cases" in bare.words
    assert "there is no package pigeon_none here" in none.words


RENDER = [
    ("all there", ["greeting", "--locale", "en"], {"desk_name": "Dawn"}, 0, "Hello, and welcome to Dawn."),
    ("with a dash", ["out-of-hours", "--locale", "zh-CN"], {"desk_name": "晨光"}, 0, "休息时间"),
    ("by channel", ["closing", "--locale", "en", "--channel", "sms"], {"desk_name": "Dawn"}, 0, "Dawn: thank you"),
    ("HTML", ["closing", "--locale", "en", "--channel", "email_html"], {"desk_name": "A&B"}, 0, "A&amp;B"),
    ("one missing", ["greeting", "--locale", "en"], {}, 1, "greeting: desk_name is missing; give a value"),
    ("a bad value", ["holding", "--locale", "en"], {"desk_name": "Dawn", "wait": "soon"}, 2, "holding: wait is no duration"),
    ("a number for words", ["acknowledged", "--locale", "en"], {"desk_name": 5}, 2, "acknowledged: desk_name is no text"),
    ("no such value", ["acknowledged", "--locale", "en"], {"desk_name": "Dawn", "bogus": 1}, 2, "acknowledged: bogus is no value of it; there are: desk_name"),
    ("no such locale", ["acknowledged", "--locale", "xx"], {"desk_name": "Dawn"}, 2, "acknowledged: is not worded for the locale 'xx'; there are: en, zh-CN"),
    ("of the same language", ["acknowledged", "--locale", "zh_TW"], {"desk_name": "晨光"}, 0, "您好"),
    ("of a script's region", ["parcel_delivered", "--locale", "zh-Hant-HK"], {"desk_name": "晨光", "order": "7"}, 0, "物流紀錄顯示訂單 7 已經送達"),
    ("of no language of ours", ["closing", "--locale", "de"], {"desk_name": "Dawn"}, 0, "Thank you for talking to Dawn"),
    ("no locale", ["closing", "--locale", "../en"], {"desk_name": "Dawn"}, 2, "closing: is not worded for the locale '../en'"),
    ("a subject", ["order_shipped", "--locale", "en", "--channel", "email_subject"], {"desk_name": "D", "order": "7", "carrier": "c", "tracking": "t"}, 0, "Your order 7 is on its way"),
    ("approved", ["order_shipped", "--locale", "zh-CN", "--channel", "whatsapp", "--approved"], {"desk_name": "D", "order": "7", "carrier": "c", "tracking": "t"}, 0, '{"name":"order_shipped","language":"zh_CN","values":["7","c","t"]}'),
    ("approved without a value", ["order_shipped", "--locale", "zh-CN", "--channel", "whatsapp", "--approved"], {"desk_name": "D", "order": "7", "carrier": "c"}, 1, "order_shipped: tracking is missing; give a value"),
    ("not approved", ["closing", "--locale", "en", "--channel", "whatsapp", "--approved"], {"desk_name": "D"}, 2, "closing: no provider has approved it for 'whatsapp'"),
    ("no such template", ["greting", "--locale", "en"], {}, 2, "did you mean greeting?"),
    ("no object", ["greeting", "--locale", "en"], [1], 2, "stdin is no object"),
    ("an odd time", ["greeting", "--locale", "en", "--at", "noon"], {"desk_name": "Dawn"}, 2, "--at or --timezone"),
    ("an odd zone", ["greeting", "--locale", "en", "--timezone", "Mars/X"], {"desk_name": "Dawn"}, 2, "--at or --timezone"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "values", "status", "words"),
    [row[1:] for row in RENDER],
    ids=[row[0] for row in RENDER],
)
def test_render(parley, args, values, status, words) -> None:
    """A template and values make text; a missing or bad value is refused by name, and nothing is printed."""
    if "--at" not in args:
        args = [*args, "--at", "2026-11-21T03:00:00Z"]
    ended = parley("render", *args, stdin=json.dumps(values))
    assert ended.status == status
    assert words in (ended.words if status else ended.text)
    assert bool(ended.text) == (status == 0)


def test_render_takes_the_desks_own_values(parley, config, tmp_path) -> None:
    """With a configuration the desk's name is known; with a directory of words, its own templates."""
    (tmp_path / "words" / "en").mkdir(parents=True)
    (tmp_path / "words" / "en" / "hail.md").write_text(
        "---\npurpose: to test\nvariables: {desk_name: {example: x}}\n---\nHail from {{ desk_name }}"
    )
    args = ("render", "hail", "--locale", "en", "--words", tmp_path / "words")
    assert parley(*args, "--config", config).text == "Hail from Shop\n"
    named = (config / "desk.yaml").read_text().replace("name: Shop", "name: S, names: {en: Dawn}")
    (config / "desk.yaml").write_text(named)
    assert parley(*args, "--config", config).text == "Hail from Dawn\n"
    (tmp_path / "words" / "en" / "hail.md").write_text("Hail")
    assert "has no front matter" in parley(*args).words


def test_a_desks_own_words_are_part_of_its_configuration(parley, config) -> None:
    """Templates in `words` of a configuration stand in the place of ours; their faults are its own."""
    front = "---\npurpose: to test\nvariables: {desk_name: {example: x}}\n---\n"
    (config / "words" / "en").mkdir(parents=True)
    own = config / "words" / "en" / "closing.md"
    own.write_text(front + "Farewell from {{ desk_name }}.")
    args = ("render", "closing", "--locale", "en", "--config", config)
    assert parley(*args).text == "Farewell from Shop.\n"
    assert parley("check", "--config", config).status == 0
    own.write_text(front + "{{ desk_name }}\n{{ nmae }}")
    (config / "words" / "en" / "empty.md").write_text("")
    (config / "words" / "en" / "odd.md").write_text(
        front + "{{ desk_name }}\n=== smss\nHi\n=== wechat\nHi\n"
    )
    (config / "words" / "en" / "hail.md").write_text(front + "Hail from {{ desk_name }}")
    (config / "wrong.yaml").write_text(
        "templates: {automatic: {acknowledged: {template: nosuch}, out_of_hours: {template: hail}}}"
    )
    checked = parley("check", "--config", config)
    assert checked.status == 2
    assert (
        f"{own}:6: speaks of 'nmae', which is not among its variables; correct it" in checked.words
    )
    assert "empty.md:1: has no front matter; begin with a line --- and end it" in checked.words
    assert "there is no template 'nosuch'" in checked.words
    assert "odd.md:6: has words for 'smss', which is the channel of no adapter" in checked.words
    assert "4 faults" in checked.words
    assert parley(*args).status == 2


CASE = {
    "id": "c",
    "calendar": {"tz": "UTC", "kind": "24x7"},
    "policy": {},
    "events": [
        {"t": "2026-01-05T09:00:00Z", "type": "customer_msg"},
        {"t": "2026-01-05T09:05:00Z", "type": "agent_msg"},
    ],
    "now": "2026-01-05T10:00:00Z",
    "ask": ["frt_s"],
}


def test_clock(parley, tmp_path) -> None:
    """Cases in, answers out; a file or stdin."""
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [CASE]}))
    assert parley("clock", file).lines == [{"results": {"c": {"frt_s": 300}}}]
    assert parley("clock", "-", stdin=file.read_text()).lines == [
        {"results": {"c": {"frt_s": 300}}}
    ]


BAD_CLOCK = [
    ("no file", None, "cannot be read"),
    ("no JSON", "[", "is no JSON"),
    ("no object", "[]", "is no object"),
    ("no case", '{"cases": [{}]}', "cases:"),
    ("an unknown metric", json.dumps({"cases": [CASE | {"ask": ["joy"]}]}), "joy"),
]


@pytest.mark.parametrize(
    ("text", "words"), [row[1:] for row in BAD_CLOCK], ids=[row[0] for row in BAD_CLOCK]
)
def test_clock_refuses(parley, tmp_path, text, words) -> None:
    """What is no set of cases is wrong usage, and said where."""
    file = tmp_path / "cases.json"
    if text is not None:
        file.write_text(text)
    ended = parley("clock", file)
    assert (ended.status, ended.text) == (2, "")
    assert words in ended.words


TRACE = {
    "name": "t", "order_mode": "strict", "agent_rule": "longest_idle", "boost_ms": 0, "weights": {"chat": 100},
    "agents": [{"id": "a", "skills": {"zh": 3}, "capacity": 100, "login_ms": 0}],
    "contacts": [{"id": "c", "arrive_ms": 5, "channel": "chat", "priority": 0, "service_ms": 10,
                  "steps": [{"need": {"zh": 3}, "after_ms": 0}], "deadline_ms": 100}],
}  # fmt: skip


def test_simulate(parley, tmp_path) -> None:
    """One trace or a list of them; a line for each."""
    file = tmp_path / "traces.json"
    for document, count in ((TRACE, 1), ([TRACE, TRACE], 2)):
        file.write_text(json.dumps(document))
        ended = parley("simulate", file)
        assert [line["assign"] for line in ended.lines] == [{"c": ["a", 5]}] * count
    file.write_text(json.dumps([TRACE | {"order_mode": "whim"}]))
    assert parley("simulate", file).status == 2


def test_bench_names_what_there_is(parley) -> None:
    """An unknown benchmark is wrong usage."""
    ended = parley("bench", "no-such-benchmark")
    assert ended.status == 2
    assert "there" in ended.words


def test_nothing_leaks_into_the_path(parley, config) -> None:
    """A verb leaves the interpreter as it was: no path is added by loading a configuration."""
    before = list(sys.path)
    parley("check", "--config", config)
    assert sys.path == before


def test_courtesy_of_texts(parley) -> None:
    """Each line is answered by its id, findings with their place; the end is 1 where there are any."""
    ended = parley(
        "courtesy",
        "--locale",
        "zh-CN",
        stdin=[
            {"id": 1, "text": "您好，我马上为您查询。"},
            {"id": "b", "text": "不知道", "context": {"channel": "sms", "first_contact": False}},
        ],
    )
    assert ended.status == 1
    assert ended.lines[0] == {"id": 1, "findings": []}
    [finding] = ended.lines[1]["findings"]
    assert (finding["rule"], finding["level"], finding["start"], finding["end"]) == (
        "brush_off",
        "warn",
        0,
        3,
    )
    assert parley("courtesy", "--locale", "en", stdin=[{"id": 1, "text": "Hello."}]).status == 0


def test_courtesy_as_a_desk_has_it(parley, tmp_path) -> None:
    """With a configuration its levels and its words are those of the desk."""
    text = "courtesy: {levels: {brush_off: off}, words: {zh: [查询]}}\nchannels: {chat: {adapter: webchat}}\n"
    (tmp_path / "desk.yaml").write_text(text)
    ended = parley(
        *("courtesy", "--locale", "zh-CN", "--config", str(tmp_path)),
        stdin=[{"id": 1, "text": "不知道，请您查询。"}],
    )
    assert [finding["rule"] for finding in ended.lines[0]["findings"]] == ["own_word"]


def test_courtesy_of_what_is_no_text(parley) -> None:
    """A line that cannot be read is told with its number, and the next is checked."""
    ended = parley("courtesy", "--locale", "en", stdin='nonsense\n{"id": 2, "text": "Hello."}\n')
    assert ended.status == 1
    assert ended.lines[0]["refused"] == "unreadable"
    assert ended.lines[1] == {"id": 2, "findings": []}


def test_courtesy_of_another_language(parley) -> None:
    """No text is called fine by rules of another language."""
    ended = parley("courtesy", "--locale", "fr", stdin=[{"id": 1, "text": "Bonjour."}])
    assert (ended.status, ended.lines) == (2, [])
    assert "--locale is zh-CN or en" in ended.words
