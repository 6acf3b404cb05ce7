"""The small parts of the doors: problems, headers, secrets, passwords, permissions, shedding."""

import asyncio
import json

import pyotp
import pytest
from pydantic import SecretStr

from gateway.domain.access import Role
from gateway.domain.outcome import Refusal
from gateway.http import codes, errors, secrets
from gateway.http.api.files import clean
from gateway.http.errors import KINDS, Problem
from gateway.http.headers import Class, Headers, disposition, sniffed_image
from gateway.http.passwords import Passwords, check_strength
from gateway.http.policy import (
    NOBODY,
    ROLES,
    Actor,
    Gate,
    Permission,
    Seen,
    allowed,
    authorize,
    permissions_of,
    scope_of,
)
from gateway.http.shed import SHED_AT_MS, Shedder, Weight
from gateway.http.throttle import Rate, Throttle, _Storage
from gateway.http.visitors import origin_allowed

# --- problems ---


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_problem_says_what_to_do(code) -> None:
    """Each code has a status, a title, what happened, and what to do now."""
    told = errors.document(Problem(code))
    assert set(told) == {"type", "title", "status", "detail", "what_to_do", "code"}
    assert all(told.values())
    assert 400 <= told["status"] <= 504


def test_a_refusal_is_a_problem() -> None:
    """A command's refusal keeps its code, status, words and particulars."""
    refusal = Refusal(
        code="too_long",
        detail="161 of 160.",
        what_to_do="Shorten it.",
        status=422,
        extra={"limit": 160},
    )
    told = errors.document(errors.of_refusal(refusal))
    assert told["code"] == "too_long"
    assert told["status"] == 422
    assert told["limit"] == 160
    assert told["title"] == "Too long"
    assert told["type"].endswith("#problem-too_long")


def test_particulars_cannot_replace_the_document() -> None:
    """What a refusal adds never takes the place of status, code or words."""
    told = errors.document(Problem("not_found", extra={"status": 200, "code": "ok"}))
    assert (told["status"], told["code"]) == (404, "not_found")


def test_problem_on_the_wire() -> None:
    """An answer without a request is whole HTTP that closes the connection."""
    head, _, body = errors.wire_problem("too_many_connections").partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 503 Too many connections"
    assert f"Content-Length: {len(body)}" in lines
    assert "Connection: close" in lines
    assert json.loads(body)["status"] == 503


# --- headers ---


@pytest.mark.parametrize("kind", list(Class))
def test_every_class_forbids_sniffing(kind) -> None:
    """No answer of ours may be taken for another type."""
    assert Headers("https://desk.example").of(kind)["X-Content-Type-Options"] == "nosniff"


def test_console_headers() -> None:
    """The console runs its own scripts and no others, and is framed by nobody."""
    found = Headers("https://desk.example:8443").of(Class.CONSOLE)
    policy = found["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self' wss://desk.example:8443",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert found["Strict-Transport-Security"].startswith("max-age=")
    assert found["Referrer-Policy"] == "no-referrer"
    assert found["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in Headers("http://127.0.0.1").of(Class.CONSOLE)


@pytest.mark.parametrize("kind", [Class.FILE, Class.MAIL])
def test_user_bytes_are_sandboxed(kind) -> None:
    """What strangers sent runs nothing, wherever it is opened."""
    policy = Headers("https://desk.example").of(kind)["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "allow-" not in policy


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        ("发票.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf"),
        (
            "../../etc/passwd",
            "attachment; filename=\"....etcpasswd\"; filename*=UTF-8''....etcpasswd",
        ),
        ('a"b\r\nX: y', "attachment; filename=\"abX: y\"; filename*=UTF-8''abX%3A%20y"),
        ("\u202egpj.exe", "attachment; filename=\"gpj.exe\"; filename*=UTF-8''gpj.exe"),
        ("", "attachment; filename=\"file\"; filename*=UTF-8''file"),
    ],
)
def test_disposition(name, expected) -> None:
    """A file's name never breaks a header, leaves its directory or writes backwards."""
    assert disposition(name) == expected


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"<svg xmlns=", None),
        (b"<!doctype html>", None),
        (b"", None),
    ],
)
def test_pictures_prove_themselves(head, found) -> None:
    """Only the bytes of a picture make it one, whatever it calls itself."""
    assert sniffed_image(head) == found


HOSTILE = [
    ("<script>alert(1)</script>hi", "hi"),
    ('<img src="https://track.example/x.png">', "<img>"),
    ('<img src="//track.example/x.png">', "<img>"),
    ('<img src="cid:logo">', '<img src="data:image/png;base64,AA==">'),
    ('<img src="cid:unknown">', "<img>"),
    ('<img src="data:image/svg+xml;base64,AA==">', "<img>"),
    ('<p onclick="x()">a</p>', "<p>a</p>"),
    ('<a href="javascript:x()">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
    ('<a href="//evil.example">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
    (
        '<a href="https://shop.example">a</a>',
        '<a href="https://shop.example" rel="noopener noreferrer nofollow">a</a>',
    ),
    ('<p style="color:red;background:url(//x)">a</p>', '<p style="color:red">a</p>'),
    ("<style>@import '//x'</style>a", "a"),
    ("<svg><script>x</script></svg>a", "a"),
    ("<form action=/x><input name=q></form>", ""),
    ("<iframe src=//x></iframe>a", "a"),
    ('<meta http-equiv="refresh" content="0;url=//x">a', "a"),
    ("<base href=//x>a", "a"),
]


@pytest.mark.parametrize(("html", "expected"), HOSTILE)
def test_mail_is_cleaned(html, expected) -> None:
    """A mail runs nothing and fetches nothing; its own pictures are shown."""
    assert clean(html, {"logo": "data:image/png;base64,AA=="}) == expected


# --- secrets ---


def test_tokens() -> None:
    """A token names itself, proves its spelling, and only its hash is kept."""
    made = secrets.make_token()
    assert made.text.startswith(f"gw_live_{made.id}_")
    assert len(made.text) == len("gw_live_") + 8 + 1 + 43 + 6
    assert secrets.token_id(made.text) == made.id
    assert made.hash == secrets.hashed(made.text)
    assert made.text not in made.hash
    assert secrets.make_token().text != made.text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t[:-1],
        lambda t: t + "0",
        lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"),
        lambda t: t.replace("gw_live_", "gw_test_"),
        lambda t: t[:20] + ("a" if t[20] != "a" else "b") + t[21:],
        lambda t: t + "é",
        lambda t: "",
    ],
)
def test_misspelt_tokens(spoil) -> None:
    """A token with a typing error is none of ours, before anything is looked up."""
    assert secrets.token_id(spoil(secrets.make_token().text)) is None


async def test_passwords() -> None:
    """A password is verified by its argon2id hash; who does not exist has none that is right."""
    passwords = Passwords()
    try:
        hashed = await passwords.hash("correct horse battery staple")
        assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert await passwords.verify(hashed, "correct horse battery staple")
        assert not await passwords.verify(hashed, "correct horse battery stapl")
        assert not await passwords.verify("", "nobody has this password")
        assert not await passwords.verify("", "")
        assert not await passwords.verify("not a hash", "x")
        assert not await passwords.verify(hashed, "x" * 100_000)
    finally:
        passwords.close()


@pytest.mark.parametrize(
    "password", ["short", "password1234", "aaaaaaaaaaaaaaaa", "qwertyuiop12", "x" * 2_000]
)
def test_weak_passwords(password) -> None:
    """A password that is short, common or endless is refused in words."""
    with pytest.raises(Problem) as refused:
        check_strength(password)
    assert refused.value.code == "weak_password"


SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_codes() -> None:
    """A code counts in its step and its neighbours, and never twice."""
    now_s = 1_790_000_000
    step = now_s // codes.STEP_S
    digits = pyotp.TOTP(SEED).generate_otp

    def step_of(code: str, after: int = 0) -> int:
        return codes.step_of(SEED, code, now_s * 1_000, after)

    for near in (step - 1, step, step + 1):
        assert step_of(digits(near)) == near
    assert step_of(f" {digits(step)[:3]} {digits(step)[3:]}") == step
    assert step_of(digits(step + 3)) == 0
    assert step_of(digits(step), after=step) == 0
    assert step_of("") == 0


def test_a_seal() -> None:
    """What is sealed opens for whom it is about, under the same key, unaltered; and says no word."""
    seal = codes.Seal(SecretStr("a" * 32))
    closed = seal.close(SEED, "emma")
    assert SEED not in closed
    assert closed != seal.close(SEED, "emma")
    assert seal.open(closed, "emma") == SEED
    altered = closed[:-6] + ("AAAA" if closed[-6:-2] != "AAAA" else "BBBB") + closed[-2:]
    for other, text, about in (
        (codes.Seal(SecretStr("b" * 32)), closed, "emma"),
        (seal, closed, "otto"),
        (seal, altered, "emma"),
        (seal, "", "emma"),
        (seal, SEED, "emma"),
    ):
        with pytest.raises(Problem) as refused:
            other.open(text, about)
        assert refused.value.code == "totp_unreadable"


# --- permissions ---


def actor(role: Role, queues: set[str] = frozenset(), login: str = "emma") -> Actor:
    return Actor(
        name=f"agent:{login}",
        login=login,
        role=role,
        permissions=permissions_of(role),
        queues=frozenset(queues),
    )


SIGHT = [
    ("in their queue", Role.AGENT, {"support"}, Seen(queues=frozenset({"support"})), True),
    ("in another queue", Role.AGENT, {"support"}, Seen(queues=frozenset({"other"})), False),
    ("theirs by name", Role.AGENT, set(), Seen(agents=frozenset({"emma"})), True),
    ("nobody's yet", Role.AGENT, {"support"}, Seen(), False),
    ("any, for a supervisor", Role.SUPERVISOR, set(), Seen(), True),
    ("any, for an auditor", Role.AUDITOR, set(), Seen(), True),
    ("none, for ops", Role.OPS, {"support"}, Seen(queues=frozenset({"support"})), False),
]


@pytest.mark.parametrize(
    ("role", "queues", "seen", "expected"), [s[1:] for s in SIGHT], ids=[s[0] for s in SIGHT]
)
def test_sight(role, queues, seen, expected) -> None:
    """Who may read a conversation."""
    assert allowed(actor(role, queues), Permission.CONVERSATION_READ, seen) is expected


@pytest.mark.parametrize(
    ("who", "action", "seen", "code"),
    [
        (NOBODY, Gate.SIGNED_IN, None, "signed_out"),
        (NOBODY, Permission.MESSAGE_SEND, None, "signed_out"),
        (actor(Role.AUDITOR), Permission.MESSAGE_SEND, None, "forbidden"),
        (actor(Role.AGENT), Permission.CONVERSATION_READ, Seen(), "not_found"),
        (actor(Role.OPS), Permission.CONVERSATION_READ, Seen(), "forbidden"),
    ],
)
def test_refusals(who, action, seen, code) -> None:
    """Nobody is asked to sign in; who may not is told so; what is out of sight does not exist."""
    with pytest.raises(Problem) as refused:
        authorize(who, action, seen)
    assert refused.value.code == code


def test_auditors_change_nothing() -> None:
    """An auditor has no permission that writes."""
    writing = {p for p in Permission if p.value.endswith((":write", ":send", ":manage", ":take"))}
    assert not ROLES[Role.AUDITOR] & writing


def test_administrators_may_all() -> None:
    """What anybody may, an administrator may."""
    narrower = {Permission.CONVERSATION_READ_QUEUE}
    assert frozenset().union(*ROLES.values()) - narrower <= ROLES[Role.ADMIN]


@pytest.mark.parametrize("role", list(Role))
def test_a_token_never_has_more_than_its_maker(role) -> None:
    """Scopes beyond the maker's role, and scopes that do not exist, give nothing."""
    everything = [*Permission, "conversation:erase", ""]
    assert permissions_of(role, everything) == ROLES[role] & frozenset(Permission)
    assert permissions_of(role, []) == frozenset()
    reading = {p for p in ROLES[role] if p.startswith("conversation:read")}
    assert permissions_of(role, ["conversation:read"]) == reading, "whatever the role reads"


def test_scopes_of_lists() -> None:
    """Lists are filtered by the same rule as objects."""
    assert scope_of(actor(Role.SUPERVISOR)).everything
    mine = scope_of(actor(Role.AGENT, {"support"}))
    assert (mine.everything, mine.login, mine.queues) == (False, "emma", frozenset({"support"}))
    nothing = scope_of(actor(Role.OPS, {"support"}))
    assert (nothing.everything, nothing.login, nothing.queues) == (False, "", frozenset())


# --- visitors' pages ---


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://shop.example", True),
        ("https://SHOP.example", True),
        ("https://shop.example/", True),
        ("http://shop.example", False),
        ("https://shop.example:8443", False),
        ("https://shop.example.evil.com", False),
        ("https://evil-shop.example", False),
        ("https://a.mall.example", True),
        ("https://a.b.mall.example", True),
        ("https://mall.example", False),
        ("https://evilmall.example", False),
        ("https://a.mall.example.evil.com", False),
        ("https://x@a.mall.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_origins(origin, expected) -> None:
    """A page may embed the chat only if its origin is written down, exactly or by its domain."""
    assert origin_allowed(origin, ("https://shop.example", "https://*.mall.example")) is expected


# --- limits ---


async def test_throttle() -> None:
    """One key used up does not hinder another; forgetting begins anew."""
    throttle = Throttle()
    for _ in range(5):
        await throttle.hit(Rate.TOTP, "emma")
    with pytest.raises(Problem) as refused:
        await throttle.hit(Rate.TOTP, "emma")
    assert refused.value.code == "too_many_requests"
    assert int(refused.value.headers["Retry-After"]) > 0
    with pytest.raises(Problem):
        await throttle.check(Rate.TOTP, "emma")
    await throttle.hit(Rate.TOTP, "otto")
    await throttle.forget(Rate.TOTP, "emma")
    await throttle.hit(Rate.TOTP, "emma")


async def test_a_window_moves() -> None:
    """A hit counts for as long as its rate says; who has no other is kept in mind no longer."""
    storage = _Storage()

    async def hits(key: str) -> list[bool]:
        return [await storage.acquire_entry(key, 2, 60) for _ in range(3)]

    def age(seconds: int) -> None:
        for hit in set(storage.events["emma"]):
            hit.atime -= seconds
            hit.expiry -= seconds

    assert await hits("emma") == [True, True, False]
    age(59)
    assert await hits("emma") == [False, False, False]
    assert await hits("otto") == [True, True, False]
    age(2)
    assert await hits("emma") == [True, True, False]
    assert len(storage.events["emma"]) == 4
    storage.sweep()
    assert len(storage.events["emma"]) == 2
    age(61)
    storage.sweep()
    assert storage.events.keys() == {"otto"}
    assert not await storage.acquire_entry("anna", 2, 60, amount=3)


async def test_the_sweep_comes_by_itself(monkeypatch) -> None:
    """Hits let it come, once in a while; no task and no thread is left with it."""
    throttle, tasks = Throttle(), asyncio.all_tasks()
    await throttle.hit(Rate.TOTP, "emma")
    (old,) = throttle._limiter.storage.events.values()
    old[0].expiry = 0
    await throttle.hit(Rate.TOTP, "otto")
    assert old
    monkeypatch.setattr("gateway.http.throttle.SWEEP_S", -1.0)
    await throttle.hit(Rate.TOTP, "otto")
    assert not old
    assert asyncio.all_tasks() == tasks


class HandClock:
    def __init__(self) -> None:
        self.at = 1_000_000

    def now_ms(self) -> int:
        return self.at

    def monotonic_ms(self) -> int:
        return self.at


@pytest.mark.parametrize(
    ("took_ms", "shed"),
    [
        (10, set()),
        (600, {Weight.WHISPER}),
        (800, {Weight.WHISPER, Weight.HISTORY}),
        (1_500, {Weight.WHISPER, Weight.HISTORY, Weight.READ}),
        (9_000, {Weight.WHISPER, Weight.HISTORY, Weight.READ, Weight.WRITE}),
    ],
)
def test_shedding(took_ms, shed) -> None:
    """The slower commits are, the heavier is what is refused; what is vital never is."""
    clock = HandClock()
    shedder = Shedder(clock)
    for _ in range(50):
        shedder.took(took_ms)
    clock.at += 1_000
    assert {w for w in Weight if shedder.busy(w)} == shed
    assert set(SHED_AT_MS) == set(Weight) - {Weight.VITAL}
    for _ in range(20):
        clock.at += 1_000
    assert not any(shedder.busy(w) for w in Weight), "old samples say nothing about now"


def test_few_samples_shed_nothing() -> None:
    """One slow commit is no overload."""
    clock = HandClock()
    shedder = Shedder(clock)
    shedder.took(9_000)
    clock.at += 1_000
    shedder.admit(Weight.WHISPER)
