"""Logs: one JSON object a line, with ids, and never a secret."""

import io
import json
import logging
import subprocess
import sys
import warnings
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gateway import logs


@pytest.fixture(autouse=True)
def quiet():
    """Leave logging as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    logs.forget_secrets()
    logs.set_up(stream=io.StringIO())
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def heard(speak, secrets=(), **options) -> str:
    """What is written while `speak` logs."""
    out = io.StringIO()
    logs.forget_secrets()
    logs.register_secrets(secrets)
    logs.set_up(stream=out, pretty=options.pop("pretty", False), **options)
    speak(structlog.get_logger("test"))
    return out.getvalue()


def line(speak, secrets=(), **options) -> dict:
    """The one line that is written."""
    written = heard(speak, secrets, **options).splitlines()
    assert len(written) == 1
    return json.loads(written[0])


def fail(secret: str) -> None:
    """Raise with the secret in the message."""
    raise ValueError(f"401 for {secret}")


def speak_of(secret: str):
    """Log a secret in every way that it can slip in."""

    def speak(log) -> None:
        log.info(
            f"at {secret}",
            value=secret,
            nested={"a": [secret, {secret: (secret,)}]},
            raw=secret.encode("utf-8", "surrogatepass"),
        )
        log.info(
            "an address", url=f"https://x.example/?q={quote(secret, safe='', errors='replace')}&x=1"
        )
        log.info("an object", thing=ValueError(secret))
        log.info("json in a string", body=json.dumps({"password": secret}, ensure_ascii=False))
        logging.getLogger("library").warning("theirs: %s", secret)
        for logger in (log, logging.getLogger("library")):
            try:
                fail(secret)
            except ValueError:
                logger.exception("failed")
        with logs.about(request=secret):
            log.warning("in a context")

    return speak


SECRETS = [
    "hush-hush",
    "p&ss w/ord",
    'with "quotes" and \\',
    "密码是这个吧",
    '密码"是\\这个',
    "x" * 200,
    "line\nbreak",
    "6789",
    "p",
    "a1",
]


@pytest.mark.parametrize("pretty", [False, True], ids=["json", "pretty"])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_never_seen(secret, pretty) -> None:
    """However a secret gets into a log, it is not in what is written."""
    told = heard(speak_of(secret), [secret], pretty=pretty)
    assert "theirs" in told
    if len(secret) < logs.SHORT_SECRET:  # such a short one is hidden where it stands alone
        assert f" {secret}\n" not in told
        assert f'"{secret}"' not in told
    else:
        forms = (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1])
        assert not [form for form in forms if form in told]


@given(
    st.text(
        st.characters(exclude_categories=("Cs",)), min_size=logs.SHORT_SECRET, max_size=30
    ).filter(str.strip)
)
def test_no_secret_at_all_is_seen(secret) -> None:
    """Whatever a secret is made of, it stays hidden, and every line stays JSON."""
    told = heard(speak_of(secret), [secret])
    for written in told.splitlines():
        found = json.loads(written)
        assert secret not in "\0".join(map(str, found.values())) or secret in logs.REDACTED


@pytest.mark.parametrize("secret", SECRETS[:6])
def test_a_secret_inside_json_is_hidden(secret) -> None:
    """A body that is JSON itself stays JSON, without the secret."""
    body = json.dumps({"a": secret}, ensure_ascii=False)
    told = line(lambda log: log.info("x", body=body), [secret])["body"]
    assert json.loads(told) == {"a": logs.REDACTED}


def test_numbers_can_be_secrets() -> None:
    """A PIN logged as a number is hidden, and the line is still JSON."""
    assert line(lambda log: log.info("x", pin=6789, other=167890), ["6789"])["pin"] == logs.REDACTED


# what is logged, what is hidden although nobody registered it, what stays
BY_PLACE = [
    ("a header", {"headers": {"Authorization": "Bearer abc.def"}}, "abc.def", "headers"),
    ("a header in text", {"sent": "POST /x\nAuthorization: Basic dXNlcjpwYXNz\nHost: y"}, "dXNlcjpwYXNz", "Host: y"),
    ("a header in a list", {"h": [("Authorization", "Bearer abcdefgh1234")]}, "abcdefgh1234", "Authorization"),
    ("a cookie", {"h": "Cookie: sid=abcdef"}, "abcdef", "ookie"),
    ("a token in an address", {"url": "https://x.example/a?token=abcdef&page=2"}, "abcdef", "page=2"),
    ("Meta's token", {"url": "/in/wa?hub.mode=subscribe&hub.verify_token=abcdef"}, "abcdef", "subscribe"),
    ("a password in an address", {"url": "postgresql://parley:abcdef@db/parley"}, "abcdef", "@db/parley"),
    ("Telegram's token", {"url": "https://api.telegram.org/bot12345:AAE-abc/send"}, "AAE-abc", "/bot12345:"),
    ("our own token", {"seen": "gw_live_AbCd1234_0123456789abcdef"}, "0123456789abcdef", "gw_live_AbCd1234_"),
    ("a field by its name", {"imap_password": "abcdef", "user": "lin"}, "abcdef", "lin"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "hidden", "kept"), [row[1:] for row in BY_PLACE], ids=[row[0] for row in BY_PLACE]
)
def test_what_is_secret_by_its_place(values, hidden, kept) -> None:
    """Headers of authorisation, tokens in addresses and fields by their name are hidden unasked."""
    told = heard(lambda log: log.info("x", **values))
    json.loads(told)
    assert hidden not in told
    assert kept in told


INNOCENT = ["authorization was refused", "token expired at 09:00", "https://x.example/?page=2&order=asc", "basic training", "a bearer of news", "ms 1795297371333", "0198f1c2-1234-7abc-8def-0123456789ab"]  # fmt: skip


@pytest.mark.parametrize("text", INNOCENT)
def test_plain_words_stay(text) -> None:
    """What only looks like a secret is readable."""
    assert line(lambda log: log.info(text), ["hush-hush"], mask_addresses=True)["message"] == text


ADDRESSES = [
    ("lin.xiao@shop.example wrote", "l***@shop.example wrote"),
    ("tel:+8613800138000", "tel:+861****00"),
    ("13800138000", "138****00"),
    ("call +4930123456 now", "call +493****56 now"),
]


@pytest.mark.parametrize(("text", "masked"), ADDRESSES)
def test_addresses_are_masked_when_asked(text, masked) -> None:
    """Customers' addresses are shortened where logs leave the house, and only there."""
    assert line(lambda log: log.info(text), mask_addresses=True)["message"] == masked
    assert line(lambda log: log.info(text))["message"] == text


def test_lines_say_what_they_are_about() -> None:
    """Inside `about`, every line has the ids, in our own logs and in those of libraries."""

    def speak(log) -> None:
        with logs.about(request="r1", conversation="c1"):
            log.info("ours")
            logging.getLogger("library").warning("theirs")
        log.info("after")

    ours, theirs, after = map(json.loads, heard(speak).splitlines())
    for found in (ours, theirs):
        assert (found["request"], found["conversation"]) == ("r1", "c1")
    assert "request" not in after
    assert (theirs["logger"], theirs["level"]) == ("library", "warning")
    assert ours["timestamp"].endswith("Z")


def test_levels() -> None:
    """What is below the level is not written; libraries speak from warnings on."""

    def speak(log) -> None:
        log.debug("no")
        logging.getLogger("library").info("no")
        log.info("yes")

    assert line(speak)["message"] == "yes"
    assert len(heard(speak, level="debug").splitlines()) == 3


def test_warnings_are_logged() -> None:
    """What Python warns of is one line like all others."""

    def warn(_log) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("careful", stacklevel=1)

    found = line(warn)
    assert "careful" in found["message"]


def test_a_value_has_an_end() -> None:
    """A huge value does not fill the disk, and the line stays JSON."""
    found = line(lambda log: log.info("x", body="y" * 1_000_000))
    assert len(found["body"]) == logs.MAX_VALUE + 1


def test_a_node_loads_no_colours() -> None:
    """What only draws tracebacks in colour is not in a node's memory; who wants it may load it."""
    program = """
import sys
import gateway.cli.serve
assert not {"pygments", "greenlet"} & sys.modules.keys()
import greenlet, rich
"""
    subprocess.run([sys.executable, "-c", program], check=True)
