"""The settings of a generic account: every fault at once, at its line, and no secret in it."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

import config
from adapters.generic import GenericAdapter
from adapters.generic.settings import GenericSettings

README = Path(__file__).parents[3] / "adapters/generic/README.md"
TYPES = {"generic": GenericSettings}

GOOD = """
channels:
  finch:
    adapter: generic
    verify: {kind: hmac, header: X-S, secret: hush-hush}
    inbound: {key: id, from: who, text: words}
    outbound:
      url: https://finch.example/send
      body: {to: "{{ recipient }}"}
desk: {default_queue: main}
queues: {main: {}}
"""


def faults(tmp_path: Path, text: str) -> list[str]:
    """As people read them, without the directory."""
    (tmp_path / "a.yaml").write_text(text)
    found = config.load(tmp_path, TYPES, {}).faults
    return [str(fault).removeprefix(f"{tmp_path}/") for fault in found]


def test_good_settings_have_no_fault(tmp_path: Path) -> None:
    """The least that connects a provider."""
    assert faults(tmp_path, GOOD) == []


def test_every_fault_at_once(tmp_path: Path) -> None:
    """Expressions and templates are compiled when they are read: each fault has its own line."""
    text = """
channels:
  finch:
    adapter: generic
    verify:
      kind: hmac
      header: X-S
      secret: hush-hush
      timestamp: X-T
      signed: "{body}"
    inbound:
      key: id
      from: "who["
      text: shout(words)
      kinds: {a: song}
      scheme: webchat
    statuses:
      items: s
      state: st
      states: {ok: held}
    outbound:
      url: "ftp://x"
      headers:
        Authorization: "Bearer hush-hush {{"
      body:
        to: "{{ recipient }}"
        deep: [{text: "{{ words }}"}]
      answer: {id: "a b"}
desk: {default_queue: main}
queues: {main: {}}
"""
    found = faults(tmp_path, text)
    places = {line.split(": ")[0] + " " + line.split(": ")[1] for line in found}
    assert places == {
        "a.yaml:10 channels.finch.verify.signed",
        "a.yaml:13 channels.finch.inbound.from",
        "a.yaml:14 channels.finch.inbound.text",
        "a.yaml:15 channels.finch.inbound.kinds.a",
        "a.yaml:16 channels.finch.inbound.scheme",
        "a.yaml:20 channels.finch.statuses.states.ok",
        "a.yaml:22 channels.finch.outbound.url",
        "a.yaml:24 channels.finch.outbound.headers.Authorization",
        "a.yaml:27 channels.finch.outbound.body.deep",
        "a.yaml:28 channels.finch.outbound.answer.id",
    }
    assert "hush" not in "".join(found)


# label, what stands in GOOD, what is written instead, what is said
FAULTS = [
    ("no header", "header: X-S, ", "", "header is missing"),
    ("no secret", ", secret: hush-hush", "", "verify.secret is missing"),
    ("a token without a place", "kind: hmac, header: X-S", "kind: token", "a header or a query"),
    ("a token with two", "kind: hmac,", "kind: token, query: t,", "a header or a query"),
    ("a token with a time", "kind: hmac,", "kind: token, timestamp: T,", "timestamp proves nothing"),
    ("nothing tells a second yes", "key: id, ", "", "a second `yes`"),
    ("an expression that is too long", "key: id", f"key: {'a' * 501}", "longer than 500"),
    ("an expression that is too deep", "key: id", f"key: '{'(' * 499}'", "too deep"),
    ("a body that is no JSON", '{to: "{{ recipient }}"}', "'{\"to\": {{ recipient }}}'", "is no JSON"),
    ("body and form", "url:", "form: {a: b}\n      url:", "form stands beside body"),
    ("a host that a value fills", "https://finch", "https://{{ text }}", "is no address"),
    ("credentials in the address", "https://finch", "https://a:hush@finch", "is no address"),
    ("no host at all", "https://finch.example/send", "/send", "set api_url"),
    ("waits for nothing", "url:", "in_doubt: wait\n      url:", "map statuses"),
    ("an unknown value", "recipient }}", "customer }}", "speaks of customer"),
    ("a kind nobody knows", "kind: hmac", "kind: magic", "is none of the choices"),
    ("a word nobody knows", "text: words", "txt: words", "did you mean text?"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "old", "new", "said"), FAULTS, ids=[row[0] for row in FAULTS])
def test_faults(tmp_path: Path, label: str, old: str, new: str, said: str) -> None:
    """What cannot work is told before anything runs, in words that say what to do."""
    assert old in GOOD
    (found,) = faults(tmp_path, GOOD.replace(old, new))
    assert said in found
    assert "hush" not in found


def test_the_example_of_the_readme(tmp_path: Path) -> None:
    """What the README shows can be used as it stands, with its secrets in files."""
    (text,) = [block.partition("```")[0] for block in README.read_text().split("```yaml\n")[1:]]
    secret = tmp_path / "secret"
    secret.write_text("hush")
    written = text.replace("file:/run/secrets/", f"file:{secret}#").replace("#finch-key", "")
    written = written.replace("#finch-token", "").replace("${FINCH_TOKEN}", "hush")
    assert (
        faults(tmp_path, f"{written}desk: {{default_queue: main}}\nqueues: {{main: {{}}}}\n") == []
    )
    account = YAML(typ="safe").load(written)["channels"]["finch"]
    settings = GenericSettings.model_validate({k: v for k, v in account.items() if k != "adapter"})
    assert GenericAdapter("finch", settings).capabilities.max_attachments == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verify", "doubted"),
    [
        ({"kind": "hmac", "header": "X-S", "secret": "hush"}, False),
        ({"kind": "hmac", "header": "X-S", "secret": ""}, True),
        ({"kind": "token", "header": "X-S", "secret": "  "}, True),
        ({"kind": "none"}, False),
    ],
)
def test_an_empty_secret_is_hardly_meant(verify: dict[str, str], doubted: bool) -> None:
    """It closes the account, which whoever checks the configuration is told."""
    inbound = {"key": "id", "from": "who", "text": "words"}
    settings = GenericSettings.model_validate({"verify": verify, "inbound": inbound})
    assert [setting for setting, *_ in settings.doubts()] == ["verify"] * doubted
