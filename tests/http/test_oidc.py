"""Signing in by a provider: whom it lets in, and what it takes for no proof."""

from contextlib import asynccontextmanager
from urllib.parse import urlencode, urlsplit

import pytest
from structlog.testing import capture_logs

from gateway.domain.access import Role
from gateway.domain.clock import SystemClock
from gateway.http.api.oidc import PATH
from gateway.verbs.access import EditUser
from tests.http import issuer as fake
from tests.http.conftest import CONFIG, Visit, open_desk
from tests.http.issuer import CLIENT, SECRET, Issuer, Person, open_issuer, query_of
from tests.http.test_session import PASSWORD, SEED, Late, cookie_of, invite

NEW = "new_users: agent, domains: [shop.example]"
LOCAL_OFF = "local_sign_in: false, "


def config(issuer: Issuer, more: str = NEW, security: str = "") -> str:
    """A desk that believes this provider."""
    return CONFIG + (
        f'security: {{{security}allow_networks: ["127.0.0.0/8"], oidc: {{name: House, issuer: '
        f"'{issuer.url}', client_id: '{CLIENT}', client_secret: '{SECRET}', {more}}}}}\n"
    )


@asynccontextmanager
async def open_both(tmp_path, more: str = NEW, security: str = "", **house):
    """A provider, and a desk that believes it."""
    async with (
        open_issuer() as issuer,
        open_desk(tmp_path, config=config(issuer, more, security), **house) as desk,
    ):
        yield desk, issuer


@pytest.fixture
async def both(tmp_path):
    """A provider, and a desk that takes in whom it vouches for."""
    async with open_both(tmp_path) as opened:
        yield opened


async def there(desk, token: str = "", who: Visit | None = None) -> tuple[str, str, str]:
    """To the provider: its address, the cookie that was set, and where it sends the browser."""
    begun = await (who or desk.nobody)("POST", PATH, {"invite": token})
    assert begun.status == 200, begun.body
    cookie, attributes = cookie_of(begun)
    assert {"HttpOnly", "SameSite=Lax"} <= set(attributes.split("; "))
    address = begun.json["url"]
    async with desk.client.get(address, allow_redirects=False) as response:
        return address, cookie, response.headers["Location"]


async def back(desk, location: str, cookie: str):
    """And back with what it said."""
    return await desk.nobody(
        "GET", f"{PATH}?{urlsplit(location).query}", headers={"Cookie": cookie}
    )


async def walked(desk, token: str = "", who: Visit | None = None):
    """There and back."""
    _, cookie, location = await there(desk, token, who)
    if who is not None:
        cookie += f"; {who.headers['Cookie']}"
    return await back(desk, location, cookie)


def session_of(desk, answer) -> Visit:
    """Whoever the answer signed in."""
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    (own,) = [c for c in answer.headers.getall("Set-Cookie") if c.startswith("sid=")]
    return Visit(desk, {"Cookie": own.split(";")[0], "X-Parley": "1", "Origin": desk.url})


def refused(answer) -> str:
    """Why nobody was signed in."""
    cookies = answer.headers.getall("Set-Cookie")
    assert answer.status == 303
    assert not [c for c in cookies if c.startswith("sid=")]
    assert [c for c in cookies if c.startswith('oidc=""')], "the sign-in is over"
    return query_of(answer.headers["Location"])["refused"]


async def entries(desk, action: str) -> list:
    """What the audit log says of it, the newest first."""
    record = (await (await desk.person("ada"))("GET", "/api/v1/audit")).json["items"]
    return [(e["actor"], e["object"], e["detail"]) for e in record if e["action"] == action]


# --- who comes in ---


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
async def test_a_newcomer(both, algorithm) -> None:
    """Whom the provider vouches for is added once, and is the same person ever after."""
    desk, issuer = both
    issuer.algorithm = algorithm
    nina = session_of(desk, await walked(desk))
    me = (await nina("GET", "/api/v1/session")).json
    assert (me["login"], me["name"], me["role"]) == ("nina", "Nina Berg", "agent")
    issuer.person = Person(email="married@elsewhere.example", email_verified=False)
    again = session_of(desk, await walked(desk))
    assert (await again("GET", "/api/v1/session")).json["login"] == "nina"
    ada = await desk.person("ada")
    users = {u["login"]: u for u in (await ada("GET", "/api/v1/users")).json["items"]}
    assert (users["nina"]["has_provider"], users["nina"]["has_password"]) == (True, False)
    assert not users["ada"]["has_provider"]
    assert await entries(desk, "user.add") == [
        ("oidc", "nina", "agent"),
        *[e for e in await entries(desk, "user.add") if e[0] == "test"],
    ]
    mine = [e for e in await entries(desk, "session.open") if e[1] == "nina"]
    assert mine == [("agent:nina", "nina", f"by {issuer.url}")] * 2


async def test_what_is_asked(both) -> None:
    """State, nonce and challenge are random and its own; nothing secret stands in the address."""
    desk, _ = both
    (first, cookie, _), (second, _, _) = await there(desk), await there(desk)
    one, other = query_of(first), query_of(second)
    assert one["code_challenge_method"] == "S256"
    assert (one["response_type"], one["scope"]) == ("code", "openid email profile")
    assert one["tenant"] == "1", "what the provider's own address asks stays"
    assert one["redirect_uri"].endswith(PATH)
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name]) == 43
        assert one[name] != other[name]
        assert one[name] not in cookie, "the cookie is sealed"
    assert SECRET not in first


@pytest.mark.parametrize(
    ("more", "person", "code"),
    [
        ("", Person(), "oidc_not_linked"),
        (NEW, Person(email_verified=False), "oidc_unverified"),
        (NEW, Person(email_verified=None), "oidc_unverified"),
        (NEW, Person(email_verified="false"), "oidc_unverified"),
        (NEW, Person(email="nina@evil.example"), "oidc_not_linked"),
        (NEW, Person(email="nina@shop.example.evil.example"), "oidc_not_linked"),
        (NEW, Person(email="ada@shop.example"), "oidc_not_linked"),
        (NEW, Person(email="@shop.example"), "oidc_not_linked"),
        (NEW, Person(email=""), "oidc_not_linked"),
    ],
    ids=lambda value: value.email if isinstance(value, Person) else None,
)
async def test_who_stays_outside(tmp_path, more, person, code) -> None:
    """Whoever is not linked, not verified, of another domain, or called as somebody is already."""
    async with open_both(tmp_path, more) as (desk, issuer):
        issuer.person = person
        assert refused(await walked(desk)) == code
        assert not await entries(desk, "session.open") or all(
            who != "agent:nina" for who, _, _ in await entries(desk, "session.open")
        )


async def test_odd_addresses_make_plain_logins(tmp_path) -> None:
    """What stands before the @ becomes a login, a name is one line, the role is the one said."""
    async with open_both(tmp_path, 'new_users: auditor, domains: ["*"]') as (desk, issuer):
        issuer.person = Person(
            email=".Nina+desk Berg_@any.example",
            email_verified="true",
            name="\u202eNina\r\n\x00 Berg ",
        )
        nina = session_of(desk, await walked(desk))
        me = (await nina("GET", "/api/v1/session")).json
        assert (me["login"], me["name"], me["role"]) == ("nina-desk-berg", "Nina Berg", "auditor")


async def test_an_invitation(tmp_path) -> None:
    """A one-time link is taken by the provider's account, once, and by nobody else's."""
    async with open_both(tmp_path, "", LOCAL_OFF) as (desk, issuer):
        token = await invite(desk, role=Role.SUPERVISOR)
        assert refused(await walked(desk, "wrong")) == "invite_gone"
        nina = session_of(desk, await walked(desk, token))
        me = (await nina("GET", "/api/v1/session")).json
        assert (me["login"], me["role"]) == ("nina", "supervisor")
        assert (await entries(desk, "user.invite_taken"))[0][2].startswith("linked to 248289761001")
        issuer.person = Person(sub="another")
        assert refused(await walked(desk, token)) == "invite_gone"
        assert refused(await walked(desk)) == "oidc_not_linked"
        issuer.person = Person()
        session_of(desk, await walked(desk))
        second = await invite(desk, "otis")
        assert refused(await walked(desk, second)) == "oidc_taken"


async def test_passwords_can_be_off(tmp_path) -> None:
    """Then nobody signs in by one, nor sets one; the door says what there is."""
    async with open_both(tmp_path, "", LOCAL_OFF) as (desk, _):
        ways = await desk.nobody("GET", "/api/v1/session/ways")
        assert ways.json == {"local": False, "provider": "House"}
        body = {"login": "ada", "password": PASSWORD}
        assert (await desk.nobody("POST", "/api/v1/session", body)).code == "local_sign_in_off"
        token = await invite(desk)
        taken = await desk.nobody("POST", f"/api/v1/invites/{token}", {"password": PASSWORD})
        assert taken.code == "local_sign_in_off"


async def test_no_provider(desk) -> None:
    """A desk without one says so."""
    ways = await desk.nobody("GET", "/api/v1/session/ways")
    assert ways.json == {"local": True, "provider": None}
    assert (await desk.nobody("POST", PATH, {})).code == "oidc_off"
    answer = await desk.nobody("GET", f"{PATH}?state=x&code=y")
    assert query_of(answer.headers["Location"]) == {"refused": "oidc_off"}


async def test_no_second_factor_of_ours(both) -> None:
    """The provider has asked for its own; passwords still need the code."""
    desk, _ = both
    session_of(desk, await walked(desk))
    await desk.store.submit(
        EditUser(
            desk="test",
            login="nina",
            by="test",
            totp_secret=desk.house.seal.close(SEED, "nina"),
            totp_step=1,
        )
    )
    session_of(desk, await walked(desk))


async def test_who_left_is_out(both) -> None:
    """Disabled here is disabled, and who was parted from the provider's account is not linked."""
    desk, _ = both
    nina, ada = session_of(desk, await walked(desk)), await desk.person("ada")
    edited = await ada("PATCH", "/api/v1/users/nina", {"drop_provider": True})
    assert not edited.json["user"]["has_provider"]
    assert (await nina("GET", "/api/v1/session")).code == "signed_out"
    assert refused(await walked(desk)) == "oidc_not_linked", "nina is somebody already"
    assert (await entries(desk, "user.edit"))[0][2] == "provider's account: changed"
    invited = await ada("PATCH", "/api/v1/users/nina", {"invite": True})
    token = invited.json["invite_url"].partition("#")[2]
    session_of(desk, await walked(desk, token))
    await ada("PATCH", "/api/v1/users/nina", {"disabled": True})
    assert refused(await walked(desk)) == "signed_out"


# --- what is no proof ---

DAY_S = 86_400
FAULTS = [
    ("another client", {"twist": lambda c: c.update(aud="other")}),
    ("several clients", {"twist": lambda c: c.update(aud=[CLIENT, "other"])}),
    ("for another party", {"twist": lambda c: c.update(azp="other")}),
    ("another issuer", {"twist": lambda c: c.update(iss="https://evil.example")}),
    ("another nonce", {"twist": lambda c: c.update(nonce="x" * 43)}),
    ("no nonce", {"twist": lambda c: c.pop("nonce")}),
    ("expired", {"twist": lambda c: c.update(exp=c["exp"] - DAY_S)}),
    ("no end", {"twist": lambda c: c.pop("exp")}),
    ("of tomorrow", {"twist": lambda c: c.update(iat=c["iat"] + DAY_S)}),
    ("nobody", {"twist": lambda c: c.update(sub="")}),
    ("no text", {"twist": lambda c: c.update(sub=5)}),
    ("no text at all", {"twist": lambda c: c.update(sub="\0")}),
    ("proved in no year", {"twist": lambda c: c.update(auth_time=1e307)}),
    ("proved before time", {"twist": lambda c: c.update(auth_time=-1e307)}),
    ("unsigned", {"sign": fake.unsigned}),
    ("by the public key", {"sign": fake.by_the_public_key}),
    ("by a stranger", {"sign": fake.by_a_stranger}),
    ("no token", {"sign": lambda *_: "x.y"}),
    ("an unknown key", {"keys": lambda found: found["keys"].__delitem__(slice(1, 2))}),
    ("no keys", {"keys": lambda found: found["keys"].clear()}),
]


@pytest.mark.parametrize("fault", [f for _, f in FAULTS], ids=[label for label, _ in FAULTS])
async def test_what_is_no_proof(both, fault) -> None:
    """A token for another, of another, of another time or by another key signs in nobody."""
    desk, issuer = both
    for name, value in fault.items():
        setattr(issuer, name, value)
    assert refused(await walked(desk)) == "oidc_wrong"
    issuer.twist, issuer.sign, issuer.keys = Issuer.twist, None, Issuer.keys
    session_of(desk, await walked(desk))


async def test_a_state_is_good_once(both) -> None:
    """Neither without the browser's cookie, nor with another's, nor a second time."""
    desk, issuer = both
    issuer.once = False  # a provider that forgets to count
    _, cookie, location = await there(desk)
    _, other, _ = await there(desk)
    assert refused(await back(desk, location, "")) == "oidc_state"
    assert refused(await back(desk, location, other)) == "oidc_state"
    assert refused(await back(desk, location, cookie[:-6] + "x" * 6)) == "oidc_state"
    foreign = location + "&" + urlencode({"iss": "https://evil.example"})
    assert refused(await back(desk, foreign, cookie)) == "oidc_state"
    session_of(desk, await back(desk, location, cookie))
    assert refused(await back(desk, location, cookie)) == "oidc_state"


async def test_a_stolen_code(both) -> None:
    """A code that another browser was given opens nothing here: its challenge is another's."""
    desk, _ = both
    _, _, theirs = await there(desk)
    address, cookie, _ = await there(desk)
    stolen = urlencode({"code": query_of(theirs)["code"], "state": query_of(address)["state"]})
    assert refused(await back(desk, f"?{stolen}", cookie)) == "oidc_wrong"


async def test_too_late(tmp_path) -> None:
    """Who comes back after ten minutes begins anew."""
    late = Late(SystemClock())
    async with open_both(tmp_path, clock=late) as (desk, _):
        _, cookie, location = await there(desk)
        late.ahead_ms = 11 * 60_000
        assert refused(await back(desk, location, cookie)) == "oidc_expired"


async def test_denied(both) -> None:
    """Who turns back at the provider, or is refused there."""
    desk, issuer = both
    issuer.denies = True
    assert refused(await walked(desk)) == "oidc_denied"


@pytest.mark.parametrize("path", ["openid-configuration", "token", "jwks"])
async def test_a_provider_that_hangs(tmp_path, path) -> None:
    """Nobody waits longer than the timeout, and the next try works."""
    async with open_both(tmp_path, f"timeout: 3s, {NEW}") as (desk, issuer):
        issuer.hangs = path
        if path == "openid-configuration":
            assert (await desk.nobody("POST", PATH, {})).code == "oidc_down"
        else:
            assert refused(await walked(desk)) == "oidc_down"
        issuer.hangs = ""
        session_of(desk, await walked(desk))


FORBIDDEN = "may not be called"
INSIDE = [
    ("another's name", {"issuer": "https://evil.example"}, "oidc_wrong", "it calls itself"),
    ("no page", {"authorization_endpoint": "javascript:alert(1)"}, "oidc_wrong", "no web address"),
    ("no address", {"authorization_endpoint": "http://["}, "oidc_wrong", "no web address"),
    ("no port", {"authorization_endpoint": "https://a:99999/"}, "oidc_wrong", "no web address"),
    ("nobody's page", {"authorization_endpoint": "https:"}, "oidc_wrong", "no web address"),
    ("a neighbour", {"token_endpoint": "http://169.254.169.254/token"}, "oidc_down", FORBIDDEN),
    ("a private network", {"jwks_uri": "https://10.0.0.1/jwks"}, "oidc_down", FORBIDDEN),
    ("in the clear", {"jwks_uri": "http://93.184.216.34/jwks"}, "oidc_down", FORBIDDEN),
    ("a file", {"jwks_uri": "file:///etc/passwd"}, "oidc_down", "file:///etc/passwd"),
]


@pytest.mark.parametrize(
    ("said", "code", "why"), [i[1:] for i in INSIDE], ids=[i[0] for i in INSIDE]
)
async def test_what_a_provider_says_of_itself(both, said, code, why) -> None:
    """It cannot send us where we may not call, nor the browser to what is no page; the log says so."""
    desk, issuer = both
    issuer.metadata = lambda found: found.update(said)
    with capture_logs() as logged:
        begun = await desk.nobody("POST", PATH, {})
        if begun.status == 200:
            assert refused(await walked(desk)) == code
        else:
            assert begun.code == code
    assert [each for each in logged if why in each.get("why", "")]


async def test_the_secret_may_go_in_the_body(both) -> None:
    """A provider that wants the secret in the body gets it there."""
    desk, issuer = both
    methods = ["client_secret_post"]
    issuer.metadata = lambda f: f.update(token_endpoint_auth_methods_supported=methods)
    session_of(desk, await walked(desk))


# --- proving it anew ---


async def test_weighty_things_ask_anew(tmp_path) -> None:
    """Who signed in at the provider long ago proves it there again; only a fresh proof counts."""
    async with open_both(tmp_path, 'new_users: admin, domains: ["*"]') as (desk, issuer):
        issuer.twist = lambda claims: claims.update(auth_time=claims["auth_time"] - 3_600)
        nina = session_of(desk, await walked(desk))
        added = {"login": "new", "role": "agent"}
        assert (await nina("POST", "/api/v1/users", added)).code == "reauth_required"
        address, _, _ = await there(desk, who=nina)
        assert (query_of(address)["prompt"], query_of(address)["max_age"]) == ("login", "0")
        assert refused(await walked(desk, who=nina)) == "oidc_wrong", "a proof of an hour ago"
        assert (await nina("GET", "/api/v1/session")).status == 200, "and stays signed in"
        issuer.twist = lambda claims: None
        fresh = session_of(desk, await walked(desk, who=nina))
        assert (await nina("GET", "/api/v1/session")).code == "signed_out", "another session"
        assert (await fresh("POST", "/api/v1/users", added)).status == 201


async def test_who_does_not_say_when(tmp_path) -> None:
    """Without auth_time somebody is signed in, and has proved nothing lately."""
    async with open_both(tmp_path, 'new_users: admin, domains: ["*"]') as (desk, issuer):
        issuer.twist = lambda claims: claims.pop("auth_time")
        nina = session_of(desk, await walked(desk))
        added = await nina("POST", "/api/v1/users", {"login": "new", "role": "agent"})
        assert added.code == "reauth_required"
