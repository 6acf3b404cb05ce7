"""A configuration directory: what it may say, and every fault of it with file, line and cure."""

from pathlib import Path as FilePath

import pytest
from pydantic import BaseModel, SecretStr

import config
from config.loader import Loaded
from config.secret_files import kept_secret
from gateway.contract import ProviderSettings


class Mailbox(BaseModel):
    """Settings inside settings."""

    user: str
    password: SecretStr


class Pigeon(ProviderSettings):
    """The settings of an adapter that only this test knows."""

    loft: str
    secret: SecretStr
    rings: tuple[str, ...] = ()
    speed: float = 1.0
    mailbox: Mailbox | None = None


TYPES = {"pigeon": Pigeon}
CHANNEL = "channels: {p: {adapter: pigeon, loft: north, secret: hush}}\n"


@pytest.fixture
def load(tmp_path):
    """Write files into a directory and load it; the directory's name is cut from the faults."""

    def write_and_load(env=None, checks=(), **files) -> Loaded:
        for name, text in files.items():
            raw = text if isinstance(text, bytes) else text.encode()
            (tmp_path / f"{name}.yaml").write_bytes(raw)
        return config.load(tmp_path, TYPES, env or {}, checks)

    return write_and_load


@pytest.fixture
def faults(load, tmp_path):
    """The faults as lines that people read."""

    def list_faults(env=None, checks=(), **files) -> list[str]:
        found = load(env, checks, **files).faults
        return [
            str(fault).replace(f"{tmp_path}/", "").replace(str(tmp_path), "DIR") for fault in found
        ]

    return list_faults


OIDC = "name: K, client_id: parley"
MODEL = "model: small"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

# label, the YAML beside CHANNEL, what is said of it
FAULTS = [
    ("unknown top key", "quees: {}\n", ["a.yaml:1: quees: is an unknown key; did you mean queues?"]),
    ("unknown key", "host: {prot: 1}\n", ["a.yaml:1: host.prot: is an unknown key; did you mean port?"]),
    (
        "unknown key far from all",
        "redis: {zzz: 1}\n",
        ["a.yaml:1: redis.zzz: is an unknown key; known here: url"],
    ),
    (
        "wrong type",
        "host:\n  port: abc\n",
        ["a.yaml:2: host.port: should be a whole number, but 'abc' is written; write digits only"],
    ),
    ("too small", "agents: {a: {queues: [main], capacity: 0}}\n", ["a.yaml:1: agents.a.capacity: should be at least 1; write 1 or more"]),
    (
        "no choice",
        "queues: {q: {order: fifo}}\n",
        ["a.yaml:1: queues.q.order: is none of the choices, but 'fifo' is written; write 'strict', 'aging' or 'edf'"],
    ),
    ("a list for a mapping", "desk: [1]\n", ["a.yaml:1: desk: should be a mapping; write keys with colons below it"]),
    ("a mapping for a list", "rules: {}\n", ["a.yaml:1: rules: should be a list; write [one, two], or a line with - for each"]),
    ("text for a free mapping", "surveys: 5\n", ["a.yaml:1: surveys: should be a mapping; write keys with colons below it"]),
    ("no unit", "queues: {q: {agent_wait: 30}}\n", ["a.yaml:1: queues.q.agent_wait: has no unit; write it as 30s or 5m"]),
    ("a queue of no name", "queues: {'a b': }\n", ["a.yaml:1: queues.a b: is no name; use letters, digits, and . _ - inside"]),
    (
        "twice in one file",
        "desk: {id: a}\nhost: {}\ndesk: {id: b}\n",
        ["a.yaml:3: desk: is written twice; keep one; the other is at a.yaml:1"],
    ),
    ("twice, deeper", "desk:\n  id: a\n  id: b\n", ["a.yaml:3: desk.id: is written twice; keep one; the other is at a.yaml:2"]),
    ("an empty name", 'desk: {id: ""}\n', ["a.yaml:1: desk.id: is empty; write it, or leave the line out"]),
    (
        "names of no locale, and of none",
        "desk:\n  names:\n    english: Dawn\n    en: ''\n    zh: \"a\\tb\"\n",
        [
            "a.yaml:3: desk.names.english: is no locale; write it like zh-CN or en",
            "a.yaml:4: desk.names.en: is empty; write at least 1 characters",
            "a.yaml:5: desk.names.zh: is no line of text; write it without tabs, breaks and other controls",
        ],
    ),
    ("no name", "desk: {id: a b}\n", ["a.yaml:1: desk.id: is no name; use letters, digits, and . _ - inside"]),
    ("a tab", "desk:\n\tid: a\n", ["a.yaml:2: is indented by a tab; indent by spaces"]),
    ("two documents", "desk: {}\n---\nhost: {}\n", ["a.yaml:2: cannot be read: but found another document; remove the line ---"]),
    ("no mapping", "- 1\n", ["a.yaml:1: is no mapping; begin with a key and a colon"]),
    ("a tag", "desk: {id: !!python/name:os.system x}\n", ["a.yaml:1: desk.id: has the unknown tag tag:yaml.org,2002:python/name:os.system; leave the tag out"]),
    ("a merge key", "desk: {<<: {id: a}}\n", ["a.yaml:1: desk: uses <<, which is not read; write the keys out"]),
    ("an endless alias", "surveys: &s {s: *s}\n", ["a.yaml:1: surveys.s: is nested without end; write it out without aliases"]),
    ("not UTF-8", b"desk:\n  name: \xff\n", ["a.yaml:2: is not UTF-8; save the file as UTF-8"]),
    ("a control character", "desk: {name: '\x07'}\n", ["a.yaml:1: holds the control character U+0007; remove it"]),
    ("a database of another kind", "store: {database: 'mysql://u:geheim@db/x'}\n", ["a.yaml:1: store.database: is no database that is known here; write postgresql://USER:PASSWORD@HOST/NAME or sqlite:////absolute/path.db"]),
    ("a database nowhere", "store: {database: 'sqlite:///here.db'}\n", ["a.yaml:1: store.database: is no database that is known here; write postgresql://USER:PASSWORD@HOST/NAME or sqlite:////absolute/path.db"]),
    ("another form", "callbacks: {country: china, earliest: '9'}\n", ["a.yaml:1: callbacks.country: should have another form, but 'china' is written; write it like DE", "a.yaml:1: callbacks.earliest: should have another form, but '9' is written; write it like 09:00"]),
    ("no variable", "desk: {name: '${NOPE}'}\n", ["a.yaml:1: desk.name: the environment variable NOPE is not set; set it, or write ${NOPE:-default}"]),
    ("no name of a variable", "desk: {name: '${1}'}\n", ["a.yaml:1: desk.name: '${1}' names no variable; write ${NAME}, or $${ for ${"]),
    ("default queue left open", "queues: {a: , b: }\n", ["DIR:0: desk.default_queue: is missing; name one of a, b"]),
    ("unknown default queue", "desk: {default_queue: b}\nqueues: {a: }\n", ["a.yaml:1: desk.default_queue: there is no queue 'b'; there are: a"]),
    ("never open", "hours: {h: {weekly: {}}}\n", ["a.yaml:1: hours.h: is never open; give it weekly windows, or 24x7"]),
    (
        "a calendar of no country",
        "hours: {h: {weekly: {mon: 09:00-18:00}, public_holidays: XX}}\n",
        ["a.yaml:1: hours.h.public_holidays: 'XX' is not known: Country XX not available; write a country as CN or DE, a part of it as DE-BY"],
    ),
    ("unknown calendar", "queues: {q: {hours: h}}\n", ["a.yaml:1: queues.q.hours: there is no calendar 'h'; there are: none"]),
    ("unknown skill of a step", "queues: {q: {steps: [{need: {zh: 3}}]}}\nskills: {zhh: }\n", ["a.yaml:1: queues.q.steps[0].need: there is no skill 'zh'; did you mean zhh?"]),
    ("unknown pool", "queues: {q: {steps: [{pool: r}]}}\n", ["a.yaml:1: queues.q.steps[0].pool: there is no queue 'r'; there are: q"]),
    ("a first step that waits", "queues: {q: {steps: [{after: 1s}]}}\n", ["a.yaml:1: queues.q.steps[0].after: the first step must hold at once; remove it"]),
    ("a step that is no later", "queues: {q: {steps: [{}, {}]}}\n", ["a.yaml:1: queues.q.steps[1].after: is not later than the step before; make it later"]),
    (
        "a step that excludes",
        "queues: {q: {steps: [{}, {after: 1s, need: {zh: 1}}]}}\nskills: {zh: }\n",
        ["a.yaml:1: queues.q.steps[1]: excludes agents whom the step before allows; relax it, or set strict_switch: true on the queue"],
    ),
    ("a preferred stranger", "queues: {q: {steps: [{prefer: [x]}]}}\n", ["a.yaml:1: queues.q.steps[0].prefer: there is no agent 'x'; there are: none"]),
    ("a step that leads away", "queues: {q: {steps: [{}, {after: 1s, queue_override: r}]}, r: }\ndesk: {default_queue: q}\n", ["a.yaml:1: queues.q.steps[1]: excludes agents whom the step before allows; relax it, or set strict_switch: true on the queue"]),
    ("served where its step leads", "queues: {q: {steps: [{queue_override: r}]}, r: }\nagents: {a: {queues: [r]}}\ndesk: {default_queue: q}\n", []),
    ("a step that leads on", "queues: {q: {steps: [{}, {after: 1s, queue_override: r, pool: [q]}]}, r: }\ndesk: {default_queue: q}\n", []),
    ("overflow into nowhere", "queues:\n  q:\n    overflow:\n      - {when: waiting > 3, do: move_queue, queue: x}\n", ["a.yaml:4: queues.q.overflow[0].queue: there is no queue 'x'; there are: q"]),
    ("overflow without words", "queues: {q: {overflow: [{when: waiting > 3, do: message}]}}\n", ["a.yaml:1: queues.q.overflow[0]: message lacks template; add template"]),
    (
        "overflow in a circle",
        "queues:\n  q: {overflow: [{when: closed, do: move_queue, queue: r}]}\n  r: {max_wait: 1m, at_limit: {do: move_queue, queue: q}}\ndesk: {default_queue: q}\n",
        [
            "a.yaml:2: queues.q.overflow[0]: leads in a circle, from r back to q; let one of these queues end it",
            "a.yaml:3: queues.r.at_limit: leads in a circle, from q back to r; let one of these queues end it",
        ],
    ),
    ("a limit without an end", "queues: {q: {max_waiting: 9}}\n", ["a.yaml:1: queues.q.at_limit: is missing beside max_waiting or max_wait; say what is done then, as {do: message, template: NAME} or {do: close}"]),
    ("an end without a limit", "queues: {q: {at_limit: {do: close}}}\n", ["a.yaml:1: queues.q.at_limit: has no limit; set max_waiting or max_wait"]),
    ("closed, and never is", "queues: {q: {closed: {do: voicemail}}}\n", ["a.yaml:1: queues.q.closed: the queue is always open; give it hours"]),
    ("a delay elsewhere", "agents: {a: {queues: [main], delays: {x: 1m}}}\n", ["a.yaml:1: agents.a.delays: there is no queue of theirs 'x'; there are: main"]),
    ("unknown queue of an agent", "agents: {a: {queues: [main, x]}}\n", ["a.yaml:1: agents.a.queues: there is no queue 'x'; there are: main"]),
    ("unknown skill of an agent", "agents: {a: {queues: [main], skills: {x: 1}}}\n", ["a.yaml:1: agents.a.skills: there is no skill 'x'; there are: none"]),
    ("a webhook's secret", f"webhooks: {{w: {{url: 'https://x.example', secret: [{WHSEC}, hush]}}}}\n", ["a.yaml:1: webhooks.w.secret[1]: is no secret of the scheme; write whsec_ and what `openssl rand -base64 32` says"]),
    ("a webhook's events", f"webhooks: {{w: {{url: 'https://x.example', secret: {WHSEC}, events: [messages.*]}}}}\n", ["a.yaml:1: webhooks.w.events[0]: 'messages.*' is no kind of event; write one like message.received, message.*"]),
    ("no way in", "security: {local_sign_in: false}\n", ["a.yaml:1: security.local_sign_in: is off, and there is no other way in; name a provider in security.oidc"]),
    ("a provider without TLS", f"security:\n  oidc: {{{OIDC}, issuer: 'http://id.example'}}\n", ["a.yaml:2: security.oidc.issuer: is not https; use https, or name its network in allow_networks"]),
    ("a provider inside", f"security: {{allow_networks: [10.0.0.0/8], oidc: {{{OIDC}, issuer: 'https://192.168.0.1/a'}}}}\n", ["a.yaml:1: security.oidc.issuer: 192.168.0.1 may not be called; add its network to security.allow_networks, or name another"]),
    ("a provider's query", f"security: {{oidc: {{{OIDC}, issuer: 'https://id.example/?a=b'}}}}\n", ["a.yaml:1: security.oidc.issuer: has a query, a fragment or a user; leave it out"]),
    ("no provider's address", f"security: {{oidc: {{{OIDC}, issuer: id.example}}}}\n", ["a.yaml:1: security.oidc.issuer: is no web address; write it as https://id.example/realms/staff"]),
    ("half a provider", "security:\n  oidc: {name: K, issuer: 'https://id.example'}\n", ["a.yaml:2: security.oidc.client_id: is missing; add it"]),
    ("anybody comes in", f"security:\n  oidc:\n    {{{OIDC}, issuer: 'https://id.example',\n    new_users: agent}}\n", ['a.yaml:4: security.oidc.new_users: takes in whoever has an account there; name domains of addresses, or "*" if the provider knows your own only']),
    ("a role of none", f"security: {{oidc: {{{OIDC}, issuer: 'https://id.example', domains: '*', new_users: boss}}}}\n", ["a.yaml:1: security.oidc.new_users: is none of the choices, but 'boss' is written; write 'agent', 'supervisor', 'ops', 'admin' or 'auditor'"]),
    ("a model without TLS", f"security:\n  drafts: {{{MODEL}, url: 'http://models.example/v1'}}\n", ["a.yaml:2: security.drafts.url: is not https; use https, or name its network in allow_networks"]),
    ("a model inside", f"security: {{drafts: {{{MODEL}, url: 'https://10.0.0.1/v1'}}}}\n", ["a.yaml:1: security.drafts.url: 10.0.0.1 may not be called; add its network to security.allow_networks, or name another"]),
    ("a model's query", f"security: {{drafts: {{{MODEL}, url: 'https://models.example/v1?key=x'}}}}\n", ["a.yaml:1: security.drafts.url: has a query, a fragment or a user; leave it out"]),
    ("no model's address", f"security: {{drafts: {{{MODEL}, url: models.example}}}}\n", ["a.yaml:1: security.drafts.url: is no web address; write it as https://models.example/v1"]),
    ("half a model", "security:\n  drafts: {url: 'https://models.example/v1'}\n", ["a.yaml:2: security.drafts.model: is missing; add it"]),
    ("a model's key", f'security: {{drafts: {{{MODEL}, url: "https://models.example", key: "a\\nb"}}}}\n', ["a.yaml:1: security.drafts.key: is no key that a header carries; write letters, digits and signs"]),
    ("a model that answers nowhere", f"security: {{drafts: {{{MODEL}, url: 'https://models.example'}}}}\nknowledge:\n  enabled: true\n  model: {{enabled: true}}\n", ["a.yaml:4: knowledge.model.queues: is missing: a model answers only where it is said; name queues", "a.yaml:4: knowledge.model.categories: is missing: a model answers only where it is said; name categories"]),
    ("a model that answers in no queue of ours", f"security: {{drafts: {{{MODEL}, url: 'https://models.example'}}}}\nknowledge: {{enabled: true, model: {{enabled: true, queues: x, categories: order}}}}\n", ["a.yaml:2: knowledge.model.queues: there is no queue 'x'; there are: main"]),
    ("a model that answers complaints", "knowledge: {model: {categories: [complaint]}}\n", ["a.yaml:1: knowledge.model.categories[0]: is none of the choices, but 'complaint' is written; write 'product', 'order', 'after_sales', 'suggestion' or 'other'"]),
    ("a model that never answers", f"security: {{drafts: {{{MODEL}, url: 'https://models.example'}}}}\nknowledge: {{model: {{enabled: true, queues: main, categories: order}}}}\n", ["a.yaml:2: knowledge.model.enabled: never answers, for knowledge.enabled is false; write enabled: true there"]),
    ("a model that there is not", "knowledge: {enabled: true, model: {enabled: true, queues: main, categories: order}}\n", ["a.yaml:1: knowledge.model.enabled: asks a model, and security.drafts names none; name one, or switch it off"]),
    ("a webhook without TLS", f"webhooks: {{w: {{url: 'http://x.example', secret: {WHSEC}}}}}\n", ["a.yaml:1: webhooks.w.url: is not https; use https, or name its network in allow_networks"]),
    ("a webhook to the inside", f"webhooks: {{w: {{url: 'https://169.254.169.254/', secret: {WHSEC}}}}}\n", ["a.yaml:1: webhooks.w.url: 169.254.169.254 may not be called; add its network to security.allow_networks, or name another"]),
    ("a webhook to nowhere", f"webhooks: {{w: {{url: 'ftp://x', secret: {WHSEC}}}}}\n", ["a.yaml:1: webhooks.w.url: is no web address; write it as https://shop.example/hooks"]),
    ("a webhook's name", f"webhooks: {{'a b': {{url: 'https://x.example', secret: {WHSEC}}}}}\n", ["a.yaml:1: webhooks.a b: is no name; use letters, digits, _ and - inside"]),
    ("a rule without queue", "rules: [{}]\n", ["a.yaml:1: rules[0].queue: is missing; add it, or a category, or escalate"]),
    ("a rule by no category", "rules:\n  - queue: main\n    when: {category: [order, complain]}\n", ["a.yaml:3: rules[0].when.category: there is no category 'complain'; did you mean complaint?"]),
    ("a rule that names no category", "rules: [{queue: main, category: spam}]\n", ["a.yaml:1: rules[0].category: is none of the choices, but 'spam' is written; write '', 'product', 'order', 'after_sales', 'complaint', 'suggestion' or 'other'"]),
    ("a rule for no wish", "rules: [{queue: main, when: {wants: refund}}]\n", ["a.yaml:1: rules[0].when.wants: there is no wish 'refund'; there are: person, lead"]),
    ("a rule by no calendar", "rules: [{queue: main, when: {outside: night}}]\n", ["a.yaml:1: rules[0].when.outside: there is no calendar 'night'; there are: none"]),
    ("too angry", "rules: [{queue: main, when: {anger_from: 4}}]\n", ["a.yaml:1: rules[0].when.anger_from: should be at most 3; write 3 or less"]),
    ("a rule for an unknown skill", "rules: [{queue: main, need: {fr: 1}}]\n", ["a.yaml:1: rules[0].need: there is no skill 'fr'; there are: none"]),
    ("priority for no queue", "rules: [{category: order, priority: 3}]\n", ["a.yaml:1: rules[0]: has a priority or skills for no queue; add a queue; escalate has a priority of its own"]),
    ("an escalation to nowhere", "rules: [{name: a, escalate: {queue: lead}}]\n", ["a.yaml:1: rules[0].escalate.queue: there is no queue 'lead'; there are: main"]),
    ("an escalation without a name", "rules: [{escalate: {}}]\n", ["a.yaml:1: rules[0].name: is missing; name the rule: supervisors read it"]),
    ("two escalations of one name", "rules:\n  - {name: a, escalate: {}}\n  - {name: a, escalate: {}}\n", ["a.yaml:3: rules[1].name: is the name of an earlier rule that escalates: 'a'; each fires once under its name; choose another"]),
    ("a rule to nowhere", "rules:\n  - queue: x\n", ["a.yaml:2: rules[0].queue: there is no queue 'x'; there are: main"]),
    ("a rule for no account", "rules: [{when: {account: q}, queue: main}]\n", ["a.yaml:1: rules[0].when.account: there is no account 'q'; there are: p"]),
    ("a target without time", "sla: {targets: [{hours: h}]}\nhours: {h: 24x7}\n", ["a.yaml:1: sla.targets[0]: sets no time; name first_response, next_response or resolution"]),
    ("a queue nobody serves", "queues: {main: , q: }\ndesk: {default_queue: q}\nagents: {a: {queues: [q]}}\n", ["a.yaml:1: queues.main: no agent serves this queue; add it to an agent's queues, or relax the last step"]),
    (
        "a queue beyond its agents",
        "queues: {q: {steps: [{need: {zh: 4}}]}}\nskills: {zh: }\nagents: {a: {queues: [q], skills: {zh: 3}}}\n",
        ["a.yaml:1: queues.q: no agent of this queue has the skills that its steps need; add it to an agent's queues, or relax the last step"],
    ),
    (
        "a rule beyond its agents",
        "skills: {zh: }\nagents: {a: {queues: [main], skills: {zh: 3}}}\nrules: [{queue: main, need: {zh: 4}}]\n",
        ["a.yaml:3: rules[0].need: no agent of the queue main has these skills; lower a level, or add the skill"],
    ),
    ("a bad regex", "rules: [{when: {regex: '(a'}, queue: main}]\n", ["a.yaml:1: rules[0].when.regex: is no regular expression of RE2: missing ): (a; see github.com/google/re2/wiki/Syntax"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_a_fault_says_where_what_and_the_cure(faults, text, expected) -> None:
    """Each fault is one line: file, line, path, what is wrong, and what to do."""
    assert faults(a=text, z=CHANNEL) == expected


CHANNEL_FAULTS = [
    ("none", "host: {}\n", ["DIR:0: channels is missing; name an account"]),
    ("no mapping", "channels: 5\n", ["a.yaml:1: channels: should be a mapping; write ACCOUNT: {adapter: NAME}"]),
    ("no adapter", "channels: {p: {loft: x}}\n", ["a.yaml:1: channels.p.adapter: is missing; write one of pigeon"]),
    ("unknown adapter", "channels: {p: {adapter: pigoen}}\n", ["a.yaml:1: channels.p.adapter: there is no adapter 'pigoen'; did you mean pigeon?"]),
    (
        "settings missing",
        "channels:\n  p:\n    adapter: pigeon\n",
        ["a.yaml:2: channels.p.loft: is missing; add it", "a.yaml:2: channels.p.secret: is missing; add it"],
    ),
    ("unknown setting", CHANNEL.replace("}}", ", lofft: x}}"), ["a.yaml:1: channels.p.lofft: is an unknown key; did you mean loft?"]),
    ("inside settings", CHANNEL.replace("}}", ", mailbox: {password: y}}}"), ["a.yaml:1: channels.p.mailbox.user: is missing; add it"]),
    ("what the core makes", CHANNEL.replace("}}", ", reply_key: x}}"), ["a.yaml:1: channels.p.reply_key: is made by Parley itself; remove it"]),
    ("a name with a slash", CHANNEL.replace("p:", "a/b:"), ["a.yaml:1: channels.a/b: is no name for an account; use letters, digits, and . _ - inside"]),
    (
        "a secret's file",
        CHANNEL.replace("hush", '"file:nowhere"'),
        ["a.yaml:1: channels.p.secret: the file DIR/nowhere cannot be read: No such file or directory; put the secret there"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [row[1:] for row in CHANNEL_FAULTS],
    ids=[row[0] for row in CHANNEL_FAULTS],
)
def test_accounts_are_held_against_their_adapter(faults, tmp_path, text, expected) -> None:
    """An account's settings are those of its adapter; what is wrong is told at its line."""
    assert [line.replace("file nowhere", "file DIR/nowhere") for line in faults(a=text)] == expected


def test_every_fault_is_told_at_once(faults) -> None:
    """Faults of all kinds and files come in one list, by file and line; none hides another."""
    first = """\
channels:
  p: {adapter: pigeon, loft: "${NOPE}", secret: hush}
  q: {adapter: gull}
queues:
  support: {hours: shop, order: fifo, steps: [{need: {zh: 9}}, {after: 30}]}
  spare: 5
rules:
  - {when: {text_hass: x}, queue: suport}
"""
    second = """\
desk: {default_queue: support, timezone: Mars/Olympus}
hours: {shop: {weekly: {mon-fry: "9:00-18:00"}}}
agents:
  lin: {skills: {zh: 5}, queues: [support, spare, attic]}
queues: {support: {}}
"""
    assert [line.split("; ")[0] for line in faults(a=first, b=second, c="a:\n\tb: 1\n")] == [
        "a.yaml:2: channels.p.loft: the environment variable NOPE is not set",
        "a.yaml:3: channels.q.adapter: there is no adapter 'gull'",
        "a.yaml:5: queues.support.order: is none of the choices, but 'fifo' is written",
        "a.yaml:5: queues.support.steps[0].need.zh: should be at most 5",
        "a.yaml:5: queues.support.steps[1].after: has no unit",
        "a.yaml:6: queues.spare: should be a mapping",
        "a.yaml:8: rules[0].when.text_hass: is an unknown key",
        "b.yaml:1: desk.timezone: 'Mars/Olympus' is no time zone",
        "b.yaml:2: hours.shop.weekly.mon-fry: 'mon-fry' is no day",
        "b.yaml:5: queues.support: stands already at a.yaml:5",
        "c.yaml:2: is indented by a tab",
    ]
    assert [line.split("; ")[0] for line in faults(a=first, b=second, c="")] == [
        "a.yaml:2: channels.p.loft: the environment variable NOPE is not set",
        "a.yaml:3: channels.q.adapter: there is no adapter 'gull'",
        "a.yaml:5: queues.support.order: is none of the choices, but 'fifo' is written",
        "a.yaml:5: queues.support.steps[0].need.zh: should be at most 5",
        "a.yaml:5: queues.support.steps[1].after: has no unit",
        "a.yaml:5: queues.support.steps[0].need: there is no skill 'zh'",
        "a.yaml:6: queues.spare: should be a mapping",
        "a.yaml:8: rules[0].when.text_hass: is an unknown key",
        "a.yaml:8: rules[0].queue: there is no queue 'suport'",
        "b.yaml:1: desk.timezone: 'Mars/Olympus' is no time zone",
        "b.yaml:2: hours.shop.weekly.mon-fry: 'mon-fry' is no day",
        "b.yaml:4: agents.lin.skills: there is no skill 'zh'",
        "b.yaml:4: agents.lin.queues: there is no queue 'attic'",
        "b.yaml:5: queues.support: stands already at a.yaml:5",
    ]


def test_channels_alone_are_enough(load) -> None:
    """All keys but `channels` have defaults."""
    loaded = load(a=CHANNEL)
    assert not loaded.faults
    assert loaded.settings.public_url == "http://127.0.0.1:8080"
    assert loaded.rulebook.desk.default_queue in loaded.rulebook.queues


def test_days_with_one_fault_are_mended_once(load) -> None:
    """`mon-fri` is one place in the file: its fault is told there, and nothing crashes."""
    loaded = load(a=CHANNEL + 'hours: {office: {weekly: {mon-fri: "25:00-26:00"}}}\n')
    assert {fault.path for fault in loaded.faults} == {"hours.office.weekly.mon-fri"}


def test_no_directory_and_an_empty_one(tmp_path) -> None:
    """A directory that is not there, or has no YAML, is one plain fault."""
    assert "No such file" in str(config.load(tmp_path / "x", TYPES, {}).faults[0])
    (tmp_path / ".hidden.yaml").write_text(CHANNEL)
    assert [f.what for f in config.load(tmp_path, TYPES, {}).faults] == ["has no YAML file"]


def test_files_merge_by_top_level_key(load) -> None:
    """Two files may share a top-level key while their keys below it differ."""
    loaded = load(a=CHANNEL + "queues: {a: }\n", b="queues: {b: }\ndesk: {default_queue: b}\n")
    assert not loaded.faults
    assert list(loaded.rulebook.queues) == ["a", "b"]


def test_text_is_taken_as_it_is_written(load) -> None:
    """Where text is wanted, digits need no quotes and lose no plus and no zero."""
    text = "channels: {p: {adapter: pigeon, loft: 007, secret: 6789, rings: [+12028831111, 1.50], speed: 2}}\n"
    loaded = load(a=text)
    assert not loaded.faults
    pigeon = loaded.settings.channels["p"].settings
    assert (pigeon.loft, pigeon.secret.get_secret_value()) == ("007", "6789")
    assert (pigeon.rings, pigeon.speed) == (("+12028831111", "1.50"), 2.0)


def test_environment_and_files_fill_in(load, tmp_path) -> None:
    """`${NAME}` is the environment, `${NAME:-text}` has a default, `$${` is itself, `file:` reads a secret."""
    (tmp_path / "hush").write_text("from a file\n")
    text = """\
desk: {name: "${WHO} at ${WHERE:-home}, $${x}"}
host: {port: "${PORT}"}
channels: {p: {adapter: pigeon, loft: "file:hush", secret: "file:hush"}}
"""
    loaded = load({"WHO": "Lin", "PORT": "9"}, a=text)
    assert not loaded.faults
    assert (loaded.rulebook.desk.name, loaded.settings.host.port) == ("Lin at home, ${x}", 9)
    pigeon = loaded.settings.channels["p"].settings
    assert pigeon.secret.get_secret_value() == "from a file"
    assert pigeon.loft == "file:hush"  # no secret: taken as it is


def test_public_url_reaches_every_account(load) -> None:
    """An account has the host's public address unless it has its own; no slash ends either."""
    loaded = load(
        a='host: {public_url: "https://desk.example/"}\n' + CHANNEL,
        b='channels: {q: {adapter: pigeon, loft: x, secret: y, public_url: "https://q.example/"}}\n',
    )
    accounts = loaded.settings.channels
    assert not loaded.faults
    assert accounts["p"].settings.public_url == "https://desk.example"
    assert accounts["q"].settings.public_url == "https://q.example"


def test_what_is_filled_in_is_never_shown(faults) -> None:
    """A fault shows what is written in the file, never what the environment holds."""
    assert faults({"PORT": "s3cret"}, a=CHANNEL + 'host: {port: "${PORT}"}\n') == [
        "a.yaml:2: host.port: should be a whole number; write digits only"
    ]


def test_others_may_check_too(faults) -> None:
    """Rooms that this one may not import bring their own checks; their faults get lines too."""

    def no_mondays(settings, rulebook):
        yield config.Problem(("queues", "q", "hours"), "is closed on Mondays", "open it")

    assert faults(
        None, [no_mondays], a=CHANNEL + "queues:\n  q:\n    hours: h\nhours: {h: 24x7}\n"
    ) == ["a.yaml:4: queues.q.hours: is closed on Mondays; open it"]


KEY = "k" * 32
KEYS = [
    ("written", f"security: {{master_key: {KEY}}}\n", {}, KEY, []),
    ("in a file", "security: {master_key_file: key}\n", {}, KEY, []),
    ("in the environment", "", {"PARLEY_MASTER_KEY": KEY}, KEY, []),
    ("in a file that the environment names", "", {"PARLEY_MASTER_KEY_FILE": "key"}, KEY, []),
    ("none", "", {}, "", []),
    ("too short", "security: {master_key: abc}\n", {}, "abc", ["the master key is too short"]),
    ("open to all", "security: {master_key_file: open}\n", {}, KEY, ["the file open can be read by others"]),
    ("twice", f"security: {{master_key: {KEY}, master_key_file: key}}\n", {}, KEY, ["stands beside master_key_file"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "env", "key", "what"), [row[1:] for row in KEYS], ids=[row[0] for row in KEYS]
)
def test_the_master_key(load, tmp_path, text, env, key, what) -> None:
    """The master key comes from the settings, a closed file or the environment, and is long."""
    for name, mode in (("key", 0o600), ("open", 0o644)):
        (tmp_path / name).write_text(KEY + "\n")
        (tmp_path / name).chmod(mode)
    loaded = load(env, a=CHANNEL + text)
    assert loaded.settings.security.master_key.get_secret_value() == key
    assert [fault.what for fault in loaded.faults] == what


def test_secrets_are_known_and_never_printed(load) -> None:
    """Whoever logs can ask for every secret; the settings' own repr shows none."""
    loaded = load(
        a=CHANNEL
        + f'store: {{database: "postgresql://u:pass%20word@db/x"}}\nsecurity: {{master_key: {KEY}}}\n'
        'redis: "redis://cache"\nwebhooks: {w: {url: "https://x.example", secret: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]}}\n'
    )
    assert not loaded.faults
    assert set(config.secrets_of(loaded.settings)) == {
        "hush",
        "pass%20word",
        KEY,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    }
    assert not [s for s in config.secrets_of(loaded.settings) if s in repr(loaded.settings)]


def test_an_empty_secret_is_a_warning(load) -> None:
    """A secret that must be written and is empty switches its account off: said at its line."""
    loaded = load(
        a=CHANNEL.replace("hush", '""').replace("}}", ", mailbox: {user: u, password: ''}}}")
    )
    off = (
        "is empty, so the account is off: it refuses what comes and sends nothing; write the secret"
    )
    assert not loaded.faults
    assert [str(each).rpartition("/")[2] for each in loaded.warnings] == [
        f"a.yaml:1: channels.p.secret: {off}",
        f"a.yaml:1: channels.p.mailbox.password: {off}",
    ]
    assert not load(a=CHANNEL).warnings


@pytest.mark.parametrize(("share", "warned"), [(25, True), (34, False)])
def test_a_queue_that_nobody_can_be_booked_in_is_a_warning(load, share: int, warned: bool) -> None:
    """A quarter of one agent's quarter of an hour is no call of five minutes."""
    desk = "desk: {default_queue: care}\nqueues: {care: {}}\nagents: {ann: {queues: [care]}}\n"
    loaded = load(a=f"{CHANNEL}{desk}callbacks: {{slots: {{share: {share}}}}}\n")
    told = [str(each).rpartition("/")[2] for each in loaded.warnings]
    assert not loaded.faults
    assert bool(told) is warned
    assert all("callbacks.slots: leaves the queue care no time" in each for each in told)


def test_a_rulebook_alone() -> None:
    """What the console sends to be planned is checked like a directory, without accounts."""
    rulebook, faults = config.load_rulebook({"rulebook": b"queues: {a: {hours: h}}\nstore: {}\n"})
    assert list(rulebook.queues) == ["a"]
    assert [str(f) for f in faults] == [
        "rulebook:1: queues.a.hours: there is no calendar 'h'; there are: none",
        "rulebook:2: store: is an unknown key; known: desk, hours, sla, skills, queues, agents, rules, templates, courtesy, knowledge, callbacks, promises, surveys",
    ]


@pytest.mark.parametrize(
    ("label", "hours", "today", "fault"),
    [
        ("known", "known_until: 2026-12-31", "2026-12-31", ""),
        ("past", "known_until: 2026-12-31", "2027-01-01", "its holidays are known until 2026-12-31 only; write those that follow and a later known_until"),
        ("of a country", "public_holidays: DE-BY", "2036-01-01", "its holidays are known until 2035-12-31 only; upgrade chinesecalendar and holidays, then apply the rulebook again"),
        ("the sooner of two", "public_holidays: DE, known_until: 2026-12-31", "2027-01-01", "its holidays are known until 2026-12-31 only; upgrade chinesecalendar and holidays, then apply the rulebook again"),
        ("no holidays at all", "tz: Europe/Berlin", "2099-01-01", ""),
    ],
)  # fmt: skip
def test_a_calendar_past_what_is_known(label, hours, today, fault) -> None:
    """Whether today is a holiday must be known: the fault names file and line, and the cure."""
    text = f"queues: {{a: {{}}}}\nhours:\n  h: {{weekly: {{mon: 09:00-18:00}}, {hours}}}\n"
    checks = [lambda book: config.calendar_problems(book, today)]
    _, faults = config.load_rulebook({"r": text.encode()}, checks)
    assert [str(f) for f in faults] == ([f"r:3: hours.h: {fault}"] if fault else []), label


def test_a_kept_secret(tmp_path: FilePath) -> None:
    """Made once, for its owner alone, and the same ever after."""
    file = tmp_path / "new" / "master.key"
    first = kept_secret(file).get_secret_value()
    assert len(first) == 64
    assert kept_secret(file).get_secret_value() == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["master.key"]
