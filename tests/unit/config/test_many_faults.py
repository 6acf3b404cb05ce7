"""Directories with many faults: each that stands by itself is told in one go, and none besides."""

from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

import config
from config.fields import types_in
from config.settings import Settings
from gateway.cli.configuration import AccountTypes, routes_soundly, templates_exist
from gateway.contract import AccountSettings
from gateway.registry import Registry
from templates import Catalog

WELL = "channels: {chat: {adapter: webchat}}\n"
SHOP = "queues: {main: }\n"

# label, files by name, what is told of them: file, line and path, and what is wrong.
CASES = [
    (
        "two strangers in one list",
        {"a": WELL + SHOP + "agents: {lin: {queues: [main, attic, cellar], skills: {owl: 1, fox: 2}}}\n"},
        [
            "a:3: agents.lin.skills: there is no skill 'owl'",
            "a:3: agents.lin.skills: there is no skill 'fox'",
            "a:3: agents.lin.queues: there is no queue 'attic'",
            "a:3: agents.lin.queues: there is no queue 'cellar'",
        ],
    ),
    (
        "a level out of bounds, of a skill that nobody has",
        {"a": WELL + SHOP + "rules: [{queue: main, need: {owl: 9, fox: high}}]\n"},
        [
            "a:3: rules[0].need.owl: should be at most 5",
            "a:3: rules[0].need.fox: should be a whole number, but 'high' is written",
            "a:3: rules[0].need: there is no skill 'owl'",
            "a:3: rules[0].need: there is no skill 'fox'",
        ],
    ),
    (
        "one key in two files, both of them wrong inside",
        {"a": WELL + "host: {port: 99999}\nqueues: {main: {order: fifo}}\n", "b": "host: {port: 1}\nqueues: {main: {boost: 7, order: strict}}\n"},
        [
            "a:2: host.port: should be at most 65535",
            "a:3: queues.main.order: is none of the choices, but 'fifo' is written",
            "b:1: host.port: stands already at a:2",
            "b:2: queues.main: stands already at a:3",
            "b:2: queues.main.boost: has no unit",
        ],
    ),
    (
        "one key twice in a file",
        {"a": WELL + "queues: {main: {order: fifo}}\nqueues: {spare: {sticky: no}}\ndesk: {default_queue: spare}\n"},
        [
            "a:2: queues.main.order: is none of the choices, but 'fifo' is written",
            "a:3: queues: is written twice",
            "a:3: queues.spare.sticky: is none of the choices, but 'no' is written",
        ],
    ),
    (
        "a file that cannot be read beside one that can",
        {"a": WELL + "queues: {main: {hours: shop}, q: {order: fifo}}\nrules: [{queue: gone, when: {regex: '(a'}}]\n", "b": "hours:\n\tshop: 24x7\n"},
        [
            "a:2: queues.q.order: is none of the choices, but 'fifo' is written",
            "a:3: rules[0].when.regex: is no regular expression of RE2: missing ): (a",
            "b:2: is indented by a tab",
        ],
    ),
    (
        "a misspelt key does not make what it meant missing",
        {"a": WELL + "quees: {main: }\ndesk: {default_queue: main}\nrules: [{quue: main}, {queue: main, nead: {zh: 1}}]\n"},
        [
            "a:2: quees: is an unknown key",
            "a:4: rules[0].quue: is an unknown key",
            "a:4: rules[1].nead: is an unknown key",
        ],
    ),
    (
        "agents of whom something is wrong may serve the queue",
        {"a": WELL + SHOP + "agents: {lin: {queues: 5}, mo: {queus: [main]}}\n"},
        ["a:3: agents.mo.queus: is an unknown key", "a:3: agents.lin.queues: should be a mapping"],
    ),
    (
        "nobody serves a queue, whatever else is wrong with them",
        {"a": WELL + "queues: {main: , q: {order: fifo}}\ndesk: {default_queue: main}\nagents: {lin: {queues: [main], capacity: 0}}\n"},
        [
            "a:2: queues.q.order: is none of the choices, but 'fifo' is written",
            "a:2: queues.q: no agent serves this queue",
            "a:4: agents.lin.capacity: should be at least 1",
        ],
    ),
    (
        "an account that is at fault is an account",
        {"a": "channels: {chat: {adapter: webchat, identity: maybe}}\n" + SHOP + "rules: [{queue: main, when: {account: [chat, chad]}}]\n"},
        [
            "a:1: channels.chat.identity: is none of the choices, but 'maybe' is written",
            "a:3: rules[0].when.account: there is no account 'chad'",
        ],
    ),
    (
        "what becomes of work when its agent is gone",
        {"a": WELL + SHOP + "desk:\n  channels:\n    sms: {on_lost: requeu}\n    voice: {on_lost: {requeue_after: 5}}\n    email:\n      on_lost: {requeue_after: 0s}\n    webchat: {on_lost: {requeue: 5m}}\n    line: {on_lost: {}}\n    wecom: {on_lost: {requeue_after: soon}}\n    wechat: {on_lost: }\n"},
        [
            "a:5: desk.channels.sms.on_lost: is none of the choices, but 'requeu' is written",
            "a:6: desk.channels.voice.on_lost.requeue_after: has no unit",
            "a:8: desk.channels.email.on_lost.requeue_after: is less than a second",
            "a:9: desk.channels.webchat.on_lost.requeue: is an unknown key",
            "a:10: desk.channels.line.on_lost: is none of the choices, but {} is written",
            "a:11: desk.channels.wecom.on_lost.requeue_after: is not a duration",
            "a:12: desk.channels.wechat.on_lost: is none of the choices, but None is written",
        ],
    ),
    (
        "days, times and dates",
        {"a": WELL + SHOP + "hours:\n  h:\n    tz: Mars\n    weekly:\n      funday: 09:00-26:00\n      mon: 25:00-26:00\n      mon-tue: 9-10\n    holidays: [2026-02-30, 2026-13-01]\n    public_holidays: [XX, DE]\n"},
        [
            "a:5: hours.h.tz: 'Mars' is no time zone",
            "a:7: hours.h.weekly.funday: 'funday' is no day",
            "a:7: hours.h.weekly.funday: '26:00' is no time of day",
            "a:8: hours.h.weekly.mon: '25:00' is no time of day, '26:00' is no time of day",
            "a:9: hours.h.weekly.mon-tue: '9' is no time of day, '10' is no time of day",
            "a:9: hours.h.weekly.mon-tue: says mon twice",
            "a:10: hours.h.holidays[0]: '2026-02-30' is no date",
            "a:10: hours.h.holidays[1]: '2026-13-01' is no date",
            "a:11: hours.h.public_holidays[0]: 'XX' is not known: Country XX not available",
        ],
    ),
    (
        "steps: each by itself, and none by what became of another",
        {"a": WELL + "queues: {main: {steps: [5, {after: 0}, {after: 1m, priority: 999}, {after: 1m}]}}\n"},
        [
            "a:2: queues.main.steps[0]: should be a mapping",
            "a:2: queues.main.steps[2].priority: should be at most 100",
            "a:2: queues.main.steps[3].after: is not later than the step before",
        ],
    ),
    (
        "entries that are taken out of a list move no other",
        {"a": WELL + "queues:\n  main:\n    overflow:\n      - {when: waiting > 3}\n      - {when: waiting > 3, do: move_queue, queue: x}\n      - {when: '((', do: message}\n"},
        [
            "a:5: queues.main.overflow[0].do: is missing",
            "a:6: queues.main.overflow[1].queue: there is no queue 'x'",
            "a:7: queues.main.overflow[2]: message lacks template",
            "a:7: queues.main.overflow[2].when: ends where a name should stand",
        ],
    ),
    (
        "a key is missing that all else needs",
        {"a": WELL + SHOP + "webhooks:\n  w: {events: [nope, message.*, never.*]}\n  v: {url: 'http://x.example', secret: short}\nsecurity: {session_idle: 5, token: x}\n"},
        [
            "a:4: webhooks.w.url: is missing",
            "a:4: webhooks.w.secret: is missing",
            "a:4: webhooks.w.events[0]: 'nope' is no kind of event",
            "a:4: webhooks.w.events[2]: 'never.*' is no kind of event",
            "a:5: webhooks.v.secret: is no secret of the scheme",
            "a:5: webhooks.v.url: is not https",
            "a:6: security.session_idle: has no unit",
            "a:6: security.token: is not a duration",
        ],
    ),
    (
        "networks that cannot be read may be the webhook's",
        {"a": WELL + SHOP + "security: {allow_networks: [10.0.0.0/99]}\nwebhooks: {w: {url: 'http://10.0.0.1/', secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}}\n"},
        ["a:3: security.allow_networks[0]: value is not a valid IPv4 or IPv6 network"],
    ),
    (
        "callbacks: a wrong hour is not held against the usual one",
        {"a": WELL + SHOP + "callbacks: {earliest: 25:00, latest: 07:00, country: china}\n"},
        [
            "a:3: callbacks.country: should have another form, but 'china' is written",
            "a:3: callbacks.earliest: should have another form, but '25:00' is written",
        ],
    ),
    (
        "keys from elsewhere",
        {"a": WELL + "x: &x {default_queue: q}\ndesk: {<<: *x, timezone: Mars}\nqueues: {main: , q: }\n"},
        [
            "a:2: x: is an unknown key",
            "a:3: desk: uses <<, which is not read",
            "a:3: desk.timezone: 'Mars' is no time zone",
        ],
    ),
    (
        "templates that there are not, and one that cannot be read",
        {"a": WELL + SHOP + "templates: {automatic: {greeting: {template: nope, after: 5}, holding: {template: [a]}, nada: }}\n"},
        [
            "a:3: templates.automatic.greeting.after: has no unit",
            "a:3: templates.automatic.holding.template: should be text",
            "a:3: templates.automatic.greeting: there is no template 'nope'",
            "a:3: templates.automatic.nada: there is no template 'nada'",
        ],
    ),
    (
        "surveys for whom there is nobody, about what nobody knows",
        {"a": WELL + SHOP + "surveys:\n  within: 5\n  ask:\n    - {queues: [nobody], by: letter}\n    - {dimensions: [speed, price]}\n    - {dimensions: [ease, ease], template: nope, by: link}\n"},
        [
            "a:4: surveys.within: has no unit",
            "a:6: surveys.ask[0].by: is none of the choices, but 'letter' is written",
            "a:6: surveys.ask[0].queues: there is no queue 'nobody'",
            "a:7: surveys.ask[1].dimensions[1]: is none of the choices, but 'price' is written",
            "a:8: surveys.ask[2].dimensions: names ease twice",
            "a:8: surveys.ask[2]: there is no template 'nope'",
        ],
    ),
]  # fmt: skip

ACCOUNTS = [
    (
        "mail",
        "{adapter: email, address: nobody, imap: {host: h, port: 0, tls: maybe, username: u, password: p}, smtp: {host: '', port: 25, tls: none, username: u}, reply_tag: x}",
        ["address", "imap.port", "imap.tls", "reply_tag", "smtp.host", "smtp.password"],
    ),
    (
        "mail, with a misspelt name",
        "{adapter: email, address: a@b.example, imap: {host: h, port: 1, tls: none, username: u, password: p}, smtp: {host: s, port: 25, tls: none, usrname: u, password: p}}",
        ["smtp.usrname"],
    ),
    ("a bot", "{adapter: telegram, bot_token: nope, api_url: x}", ["api_url", "bot_token", "secret_token"]),
    ("a bot of no mode", "{adapter: telegram, bot_token: '1:a', mode: pull}", ["mode"]),
    ("messages", "{adapter: twilio_sms, account_sid: '?', auth_token: t}", ["account_sid", "messaging_service_sid"]),
    ("messages from nobody we know", "{adapter: twilio_sms, account_sid: AC1, auth_token: t, numbers: ['?', +4915112345678, '!']}", ["numbers[0]", "numbers[2]"]),
    ("messages, misspelt", "{adapter: twilio_sms, account_sid: AC1, auth_token: t, nummbers: [+4915112345678]}", ["nummbers"]),
    ("calls", "{adapter: twilio_voice, account_sid: AC1, auth_token: t, numbers: [], api_key_sid: SK1, hold_music: x}", ["api_key_secret", "hold_music", "numbers"]),
    ("a chat", "{adapter: webchat, origins: [shop, https://a.example, here], identity: required}", ["identity_keys", "origins[0]", "origins[2]"]),
    ("a chat with short keys", "{adapter: webchat, identity: required, identity_keys: {a: b}}", ["identity_keys.a"]),
    ("an official account", "{adapter: wechat, app_id: '?', app_secret: s, token: t, mode: safe}", ["app_id", "encoding_aes_key"]),
    (
        "an official account with a menu",
        "{adapter: wechat, app_id: a, app_secret: s, token: t, mode: plain, menu: [{name: 查询我的订单, type: click}, {name: 更多, sub_button: [{name: 店, type: veiw, url: x}, {name: 店, type: view, ulr: x}]}, {name: 客服}]}",
        ["menu[0].key", "menu[0].name", "menu[1].sub_button[0].type", "menu[1].sub_button[1].ulr", "menu[2].sub_button"],
    ),
    (
        "an account of anybody",
        "{adapter: generic, verify: {kind: hmac, signed: x}, inbound: {from: 'who[', text: words}, outbound: {url: /send, body: {to: '{{ customer }}'}, form: {a: b}, in_doubt: wait, check: ftp}, challenge: {token: t}}",
        ["challenge.body", "challenge.token", "inbound.from", "inbound.key", "outbound.body.to", "outbound.check", "outbound.form", "outbound.in_doubt", "outbound.url", "verify.header", "verify.secret", "verify.signed"],
    ),
    (
        "statuses that cannot be read are statuses",
        "{adapter: generic, verify: {kind: none}, inbound: {key: id, from: who}, statuses: {items: 's['}, outbound: {url: 'https://x.example', in_doubt: wait}}",
        ["statuses.items", "statuses.state", "statuses.states"],
    ),
]  # fmt: skip


def told(folder: Path, files: dict[str, str]) -> list[str]:
    """The faults as people read them, without the folder and the cure."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    found = config.load(
        folder, AccountTypes(Registry.load()), {}, (templates_exist(Catalog.load()), routes_soundly)
    ).faults
    return [
        str(fault).split("; ")[0].replace(f"{folder}/", "").replace(".yaml:", ":")
        for fault in found
    ]


@pytest.mark.parametrize(
    ("files", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_every_fault_by_itself_and_no_other(tmp_path, files, expected) -> None:
    """All faults come at once; what only follows from one of them is none."""
    assert told(tmp_path, files) == expected


@pytest.mark.parametrize(
    ("account", "paths"), [row[1:] for row in ACCOUNTS], ids=[row[0] for row in ACCOUNTS]
)
def test_every_fault_of_an_account(tmp_path, account, paths) -> None:
    """What several settings must be together is told beside what is wrong with each of them."""
    found = told(tmp_path, {"a": f"channels: {{x: {account}}}\n"})
    assert sorted(line.split(": ")[1].removeprefix("channels.x.") for line in found) == paths


def test_what_must_be_there_has_an_example() -> None:
    """Of a part in which something is missing the rest can still be looked at."""
    seen: set[type[BaseModel]] = set()
    _parts(Settings, seen)
    _parts(config.Rulebook, seen)
    assert not [
        (model.__name__, name)
        for model in seen
        if not issubclass(model, config.Account | AccountSettings)
        for name, field in model.model_fields.items()
        if field.is_required() and not field.examples
    ]


def _parts(model: type[BaseModel], seen: set[type[BaseModel]]) -> None:
    if model in seen:
        return
    seen.add(model)
    ahead = [field.annotation for field in model.model_fields.values()]
    while ahead:
        for each in types_in(ahead.pop()):
            ahead += [each for each in get_args(each) if each is not Ellipsis]
            if isinstance(each, type) and issubclass(each, BaseModel):
                _parts(each, seen)


def test_no_settings_are_checked_as_a_whole() -> None:
    """A check of the whole would be silent while a part is at fault: the last setting makes it."""
    seen: set[type[BaseModel]] = set()
    registry = Registry.load()
    for model in (
        Settings,
        config.Rulebook,
        *(registry.get(n).settings_type for n in registry.names()),
    ):
        _parts(model, seen)
    fills_in = import_module("config.hours").Calendar  # finds nothing wrong
    assert not [
        model
        for model in seen - {fills_in}
        if any(
            check.info.mode == "after"
            for check in model.__pydantic_decorators__.model_validators.values()
        )
    ]
