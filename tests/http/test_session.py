"""Signing in and out, and what a browser must bring along to write."""

import pyotp
import pytest

from gateway.domain.access import Role
from gateway.domain.clock import SystemClock
from gateway.http import codes, secrets
from gateway.store.queries import http_people
from gateway.verbs.access import AddUser, EditUser, OpenSession
from tests.http.conftest import CONFIG, Desk, Visit, open_desk

PASSWORD = "correct horse battery staple"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def invite(desk: Desk, login: str = "nina", role: Role = Role.AGENT) -> str:
    """Somebody new; their one-time token."""
    secret = f"invite-of-{login}"
    await desk.store.submit(
        AddUser(
            desk="test",
            login=login,
            name="Nina",
            role=role,
            locale="zh-CN",
            by="test",
            invite_hash=secrets.hashed(secret),
        )
    )
    return secret


async def newcomer(desk: Desk, login: str = "nina") -> None:
    """Somebody who has set their password."""
    token = await invite(desk, login)
    taken = await desk.nobody("POST", f"/api/v1/invites/{token}", {"password": PASSWORD})
    assert taken.status == 204, taken.body


def cookie_of(answer) -> tuple[str, str]:
    """The cookie that was set, and its attributes."""
    name_value, _, attributes = answer.headers["Set-Cookie"].partition("; ")
    return name_value, attributes


async def test_sign_in_and_out(desk) -> None:
    """An invitation, a password, a session, and its end."""
    await newcomer(desk)
    answer = await desk.nobody("POST", "/api/v1/session", {"login": "nina", "password": PASSWORD})
    assert answer.status == 200
    assert (answer.json["login"], answer.json["role"], answer.json["locale"]) == (
        "nina",
        "agent",
        "zh-CN",
    )
    cookie, attributes = cookie_of(answer)
    assert cookie.startswith("sid=")
    assert "HttpOnly" in attributes
    assert "SameSite=Lax" in attributes
    assert "Path=/" in attributes
    nina = Visit(desk, {"Cookie": cookie, "X-Parley": "1", "Origin": desk.url})
    assert (await nina("GET", "/api/v1/session")).json["login"] == "nina"
    left = await nina("DELETE", "/api/v1/session")
    assert left.status == 204
    assert 'sid=""' in left.headers["Set-Cookie"]
    assert (await nina("GET", "/api/v1/session")).code == "signed_out"


async def test_the_cookie_over_https(tmp_path) -> None:
    """Over https the cookie is bound to the host and never sent in the clear."""
    config = CONFIG.replace(
        "host: {port: 0}", "host: {port: 0, public_url: 'https://desk.example'}"
    )
    async with open_desk(tmp_path, config=config) as desk:
        await newcomer(desk)
        answer = await desk.nobody(
            "POST", "/api/v1/session", {"login": "nina", "password": PASSWORD}
        )
        cookie, attributes = cookie_of(answer)
        assert cookie.startswith("__Host-sid=")
        assert "Secure" in attributes
        assert "Domain" not in attributes
        assert answer.headers["Strict-Transport-Security"]
        nina = Visit(desk, {"Cookie": cookie, "X-Parley": "1", "Origin": desk.url})
        assert (await nina("GET", "/api/v1/session")).status == 200
        wrong = await nina("POST", "/api/v1/conversations/x/hold")
        assert wrong.code == "wrong_origin", "only the public address is our own page"
        nina.headers["Origin"] = "https://desk.example"
        assert (await nina("POST", "/api/v1/conversations/x/hold")).code == "not_found"


WRONG = [
    ({"login": "nina", "password": "wrong"}, 401, "wrong_credentials"),
    ({"login": "nobody", "password": PASSWORD}, 401, "wrong_credentials"),
    ({"login": "emma", "password": ""}, 401, "wrong_credentials"),
    ({"login": "nina"}, 422, "invalid_value"),
    ({"login": "nina", "password": PASSWORD, "admin": True}, 422, "invalid_value"),
]


async def test_wrong_ways_in(desk) -> None:
    """A wrong name and a wrong password are refused in the same words."""
    await newcomer(desk)
    for body, status, code in WRONG:
        answer = await desk.nobody("POST", "/api/v1/session", body)
        assert (answer.status, answer.code) == (status, code), body
        assert "Set-Cookie" not in answer.headers
    form = await desk.nobody(
        "POST", "/api/v1/session", data={"login": "nina", "password": PASSWORD}
    )
    assert form.code == "unsupported_media_type"
    foreign = await desk.nobody(
        "POST",
        "/api/v1/session",
        {"login": "nina", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert foreign.code == "wrong_origin"


async def test_guessing_is_limited(desk) -> None:
    """After ten tries an account is closed for a while, even to the right password."""
    await newcomer(desk)
    codes = []
    for n in range(12):
        answer = await desk.nobody(
            "POST", "/api/v1/session", {"login": "nina", "password": f"guess {n}"}
        )
        codes.append(answer.code)
    assert codes == ["wrong_credentials"] * 10 + ["too_many_requests"] * 2
    assert int(answer.headers["Retry-After"]) > 0
    right = await desk.nobody("POST", "/api/v1/session", {"login": "nina", "password": PASSWORD})
    assert right.status == 429


async def test_invitations(desk) -> None:
    """A link sets a password once; a weak one is refused and the link stays good."""
    token = await invite(desk)
    weak = await desk.nobody("POST", f"/api/v1/invites/{token}", {"password": "password1234"})
    assert weak.code == "weak_password"
    assert (
        await desk.nobody("POST", f"/api/v1/invites/{token}", {"password": PASSWORD})
    ).status == 204
    again = await desk.nobody("POST", f"/api/v1/invites/{token}", {"password": PASSWORD + "!"})
    assert (again.status, again.code) == (410, "invite_gone")
    assert (
        await desk.nobody("POST", "/api/v1/invites/guess", {"password": PASSWORD})
    ).status == 410


async def with_codes(desk: Desk) -> tuple[Visit, str, list[str]]:
    """Nina with a second factor: her browser, her device's secret, her codes on paper."""
    await newcomer(desk)
    nina = await desk.person("nina")
    seed = (await nina("POST", "/api/v1/me/totp")).json["secret"]
    shown = await nina("PUT", "/api/v1/me/totp", {"secret": seed, "code": code_of(desk, seed)})
    assert shown.status == 200, shown.body
    assert (await nina("GET", "/api/v1/session")).code == "signed_out"  # the old cookie
    cookie, _ = cookie_of(shown)
    return Visit(desk, nina.headers | {"Cookie": cookie}), seed, shown.json["codes"]


def code_of(desk: Desk, seed: str, step: int = 0) -> str:
    """What a device shows now, or so many steps from now."""
    return pyotp.TOTP(seed).at(desk.house.clock.now_ms() // 1_000 + step * codes.STEP_S)


async def test_codes(desk) -> None:
    """Signing in asks for a code once one is set up, and takes none twice."""
    _, seed, _ = await with_codes(desk)
    both = {"login": "nina", "password": PASSWORD}
    assert (await desk.nobody("POST", "/api/v1/session", both)).code == "totp_required"
    wrong = await desk.nobody("POST", "/api/v1/session", both | {"totp": "000000"})
    assert wrong.code == "wrong_credentials"
    code = code_of(desk, seed, +1)  # the one of now set it up
    right = await desk.nobody("POST", "/api/v1/session", both | {"totp": f"{code[:3]} {code[3:]}"})
    assert right.status == 200
    again = await desk.nobody("POST", "/api/v1/session", both | {"totp": code})
    assert again.status == 401


async def test_a_lost_device(desk) -> None:
    """Each code on paper is good once; then an administrator helps."""
    nina, seed, paper = await with_codes(desk)
    assert len(set(paper)) == 10
    both = {"login": "nina", "password": PASSWORD}
    spaced = f"{paper[0][:5]}-{paper[0][5:]}".upper()
    assert (await desk.nobody("POST", "/api/v1/session", both | {"totp": spaced})).status == 200
    again = await desk.nobody("POST", "/api/v1/session", both | {"totp": paper[0]})
    assert again.code == "wrong_credentials"
    assert (await nina("GET", "/api/v1/me/totp")).json == {"on": True, "recovery_left": 9}

    ada = await desk.person("ada")
    helped = await ada("PATCH", "/api/v1/users/nina", {"drop_totp": True})
    assert helped.json["user"]["has_totp"] is False
    assert (await nina("GET", "/api/v1/session")).code == "signed_out"
    assert (await desk.nobody("POST", "/api/v1/session", both)).status == 200
    log = (await ada("GET", "/api/v1/audit")).json["items"]
    assert [(e["actor"], e["detail"]) for e in log if e["action"] == "user.edit"] == [
        ("agent:ada", "totp: changed; recovery codes: changed"),
        ("agent:nina", "totp: changed; recovery codes: changed"),
    ]
    assert seed not in str(log)


async def test_a_second_factor_is_given_up(desk) -> None:
    """Whoever has signed in lately can do without again; a wrong code sets nothing up."""
    nina, _, _ = await with_codes(desk)
    gone = await nina("DELETE", "/api/v1/me/totp")
    assert gone.status == 204
    nina = Visit(desk, nina.headers | {"Cookie": cookie_of(gone)[0]})
    assert (await nina("GET", "/api/v1/me/totp")).json == {"on": False, "recovery_left": 0}
    wrong = await nina("PUT", "/api/v1/me/totp", {"secret": SEED, "code": "000000"})
    assert (wrong.status, wrong.code) == (422, "wrong_code")
    short = await nina("PUT", "/api/v1/me/totp", {"secret": "ABC", "code": "000000"})
    assert (short.status, short.code) == (422, "invalid_value")
    assert (await nina("GET", "/api/v1/me/totp")).json["on"] is False


async def test_a_second_factor_makes_no_session_younger(desk) -> None:
    """Whoever changes it signed in no later for that: the five minutes go on running."""
    nina, _, _ = await with_codes(desk)
    before = (await nina("GET", "/api/v1/me/sessions")).json["items"]
    gone = await nina("DELETE", "/api/v1/me/totp")
    nina = Visit(desk, nina.headers | {"Cookie": cookie_of(gone)[0]})
    after = (await nina("GET", "/api/v1/me/sessions")).json["items"]
    assert [s["created_at"] for s in after] == [s["created_at"] for s in before]
    assert [s["id"] for s in after] != [s["id"] for s in before]


async def test_no_session_opens_without_its_code(desk) -> None:
    """A sign-in that had read the account before it asked for a code comes too late."""
    await with_codes(desk)
    late = OpenSession(desk="test", login="nina", hash="h" * 64, address="", agent="")
    refused = await desk.store.submit(late)
    assert refused.code == "totp_required"


async def test_a_secret_is_kept_sealed(desk) -> None:
    """The store has no device's secret, and one that is moved to another person opens nothing."""
    _, seed, _ = await with_codes(desk)
    user = await desk.store.read(http_people.user_of, "test", "nina")
    assert seed not in str(user)
    assert desk.house.seal.open(user.totp_secret, "nina") == seed
    await newcomer(desk, "otis")
    moved = EditUser(desk="test", login="otis", by="test", totp_secret=user.totp_secret)
    await desk.store.submit(moved)
    body = {"login": "otis", "password": PASSWORD, "totp": code_of(desk, seed)}
    refused = await desk.nobody("POST", "/api/v1/session", body)
    assert (refused.status, refused.code) == (409, "totp_unreadable")


BROWSERS = [
    ("without the header", {"X-Parley": None}, 403),
    ("another header", {"X-Parley": "2"}, 403),
    ("without an origin", {"Origin": None}, 403),
    ("from another site", {"Origin": "https://evil.example"}, 403),
    ("from a like name", {"Origin": "http://127.0.0.1.evil.example"}, 403),
    ("from another port", {"Origin": "http://127.0.0.1:1"}, 403),
    ("from nowhere", {"Origin": "null"}, 403),
    ("by a borrowed name", {"Host": "evil.example", "Origin": "http://evil.example"}, 403),
    ("as it should", {}, 404),
]


async def test_foreign_pages_write_nothing(desk) -> None:
    """A write with a cookie comes from our own page, or it is refused."""
    emma = await desk.person("emma")
    for label, change, status in BROWSERS:
        headers = {k: v for k, v in (emma.headers | change).items() if v is not None}
        answer = await Visit(desk, headers)("POST", "/api/v1/conversations/x/hold")
        assert answer.status == status, label
        if status == 403:
            assert answer.code == "wrong_origin", label


async def test_sessions_end(desk) -> None:
    """A session ends when its person is disabled, or gets another role."""
    ada, otto, emma = [await desk.person(login) for login in ("ada", "otto", "emma")]
    assert (await ada("PATCH", "/api/v1/users/otto", {"disabled": True})).status == 200
    assert (await otto("GET", "/api/v1/session")).code == "signed_out"
    assert (await ada("PATCH", "/api/v1/users/emma", {"role": "supervisor"})).status == 200
    assert (await emma("GET", "/api/v1/session")).code == "signed_out"
    assert (await ada("GET", "/api/v1/session")).status == 200


async def test_signing_in_again_ends_the_old_session(desk) -> None:
    """Whoever signs in anew gets a new session, and the old one is gone."""
    await newcomer(desk)
    emma = await desk.person("emma")
    answer = await emma("POST", "/api/v1/session", {"login": "nina", "password": PASSWORD})
    assert answer.json["login"] == "nina"
    assert (await emma("GET", "/api/v1/session")).status == 401


class Late:
    """The machine's clock, some time ahead."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return self._clock.now_ms() + self.ahead_ms

    def monotonic_ms(self) -> int:
        return self._clock.monotonic_ms()


@pytest.mark.parametrize(
    ("ahead_ms", "reads", "adds"),
    [
        (4 * 60_000, 200, 201),
        (6 * 60_000, 200, 403),
        (11 * 3_600_000, 200, 403),
        (12 * 3_600_000 + 1_000, 401, 401),
        (8 * 86_400_000, 401, 401),
    ],
    ids=["fresh", "after five minutes", "after a long day", "idle too long", "too old"],
)
async def test_sessions_age(tmp_path, ahead_ms, reads, adds) -> None:
    """Weighty things ask for a sign-in of the last five minutes; all sessions end some day."""
    late = Late(SystemClock())
    async with open_desk(tmp_path, clock=late) as desk:
        ada = await desk.person("ada")
        late.ahead_ms = ahead_ms
        assert (await ada("GET", "/api/v1/users")).status == reads
        added = await ada("POST", "/api/v1/users", {"login": "new", "role": "agent"})
        assert added.status == adds
        if adds == 403:
            assert added.code == "reauth_required"


async def test_the_demo_signs_in_by_a_click(tmp_path) -> None:
    """Only in the demo, only from this machine, only its own people, only from its own page."""
    async with open_desk(tmp_path, demo=True) as desk:
        page = {"Origin": desk.url}
        told = await desk.nobody("GET", "/api/v1/demo")
        assert told.json["logins"] == [{"login": "emma", "name": "Emma", "role": "agent"}]
        inside = await desk.nobody("POST", "/api/v1/demo/session", {"login": "emma"}, headers=page)
        assert inside.json["login"] == "emma"
        for headers, status in (
            ({"X-Forwarded-For": "203.0.113.9"}, 404),
            ({"Forwarded": "for=203.0.113.9"}, 404),
            ({"Host": "demo.evil.example"}, 403),
            ({"Origin": "https://evil.example"}, 403),
        ):
            answer = await desk.nobody(
                "POST", "/api/v1/demo/session", {"login": "emma"}, headers=page | headers
            )
            assert answer.status == status, headers
            assert "Set-Cookie" not in answer.headers
        other = await desk.nobody("POST", "/api/v1/demo/session", {"login": "ada"}, headers=page)
        assert other.status == 401


async def test_no_demo_no_click(desk) -> None:
    """A real desk has no such door."""
    assert (await desk.nobody("GET", "/api/v1/demo")).status == 404
    assert (await desk.nobody("POST", "/api/v1/demo/session", {"login": "emma"})).status == 404


@pytest.mark.parametrize(
    ("trusted", "said", "noted"),
    [
        ("[]", "203.0.113.9", "127.0.0.1"),
        ("['127.0.0.0/8']", "203.0.113.9", "203.0.113.9"),
        ("['127.0.0.0/8', '10.0.0.0/8']", "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("['127.0.0.0/8']", "nonsense", "127.0.0.1"),
        ("['10.0.0.0/8']", "203.0.113.9", "127.0.0.1"),
    ],
)
async def test_whose_word_counts(tmp_path, trusted, said, noted) -> None:
    """Only a trusted proxy is believed when it names a client, and only about its own neighbour."""
    config = CONFIG.replace("host: {port: 0}", f"host: {{port: 0, trusted_proxies: {trusted}}}")
    async with open_desk(tmp_path, config=config) as desk:
        await newcomer(desk)
        body = {"login": "nina", "password": PASSWORD}
        await desk.nobody("POST", "/api/v1/session", body, headers={"X-Forwarded-For": said})
        ada = await desk.person("ada")
        record = (await ada("GET", "/api/v1/audit")).json["items"]
        opened = next(e for e in record if (e["action"], e["object"]) == ("session.open", "nina"))
        assert opened["address"] == noted


async def test_ones_own_sessions(desk) -> None:
    """One sees where one is signed in, page by page, and ends any of them; nobody else's."""
    await newcomer(desk)
    visits = []
    for name in ("telephone", "laptop"):
        answer = await desk.nobody(
            "POST",
            "/api/v1/session",
            {"login": "nina", "password": PASSWORD},
            headers={"User-Agent": name},
        )
        cookie, _ = cookie_of(answer)
        visits.append(Visit(desk, {"Cookie": cookie, "X-Parley": "1", "Origin": desk.url}))
    phone, laptop = visits
    listed = (await laptop("GET", "/api/v1/me/sessions")).json["items"]
    assert {(s["agent"], s["current"]) for s in listed} == {("telephone", False), ("laptop", True)}
    first = (await laptop("GET", "/api/v1/me/sessions?limit=1")).json
    second = (await laptop("GET", f"/api/v1/me/sessions?limit=1&cursor={first['next']}")).json
    assert first["items"] + second["items"] == listed
    assert second["next"] is None
    lost = next(s["id"] for s in listed if not s["current"])
    ada = await desk.person("ada")
    for stranger in (
        ada("DELETE", f"/api/v1/me/sessions/{lost}"),
        laptop("DELETE", "/api/v1/me/sessions/0"),
    ):
        assert (await stranger).code == "not_found"
    async with phone.socket() as socket:
        await socket.send_json({"type": "hello"})
        await socket.receive()
        assert (await laptop("DELETE", f"/api/v1/me/sessions/{lost}")).status == 204
        while not socket.closed:
            await socket.receive()
    assert (await phone("GET", "/api/v1/session")).code == "signed_out"
    assert (await laptop("GET", "/api/v1/session")).status == 200
