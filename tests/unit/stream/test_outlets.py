"""The scheme's signature, the schedule, what is wanted, and whom we never call."""

import asyncio
import ipaddress
import json
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from gateway.domain.clock import DAY_MS, SECOND_MS, SystemClock
from gateway.domain.events import KINDS, Event
from gateway.domain.outlet import GIVE_UP_MS, SCHEDULE_MS
from gateway.stream.outlets import Wanted, next_try
from gateway.stream.posting import (
    MAX_ANSWER_BYTES,
    NotTaken,
    Poster,
    Taken,
    signature,
    webhook_id,
)
from tests.endpoint import OTHER_SECRET, SECRET, Endpoint

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
BODY = b'{"id":"d/1"}'


def test_the_published_vector() -> None:
    """The example of the specification and of every official library."""
    # https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests/test_webhooks.py
    made = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(min_size=24, max_size=64), st.text(min_size=1), st.text(), st.integers(0, 2**32))
def test_signed_as_the_official_library_signs(key, message_id, text, at_s) -> None:
    """Whatever the secret, the id, the instant and the words."""
    import base64

    secret = "whsec_" + base64.b64encode(key).decode()
    try:
        body = text.encode()
        message_id.encode()
    except UnicodeEncodeError:
        return
    theirs = Webhook(secret).sign(message_id, datetime.fromtimestamp(at_s, UTC), text)
    assert signature(secret, message_id, at_s, body) == theirs


def event(**fields) -> Event:
    values = {
        "desk": "d", "position": 7, "conversation": None, "seq": None, "kind": "node.lost",
        "at": 1_000, "actor": "system", "cause": None, "body": "{}",
    }  # fmt: skip
    return Event(**(values | fields))


def test_ids_are_stable_and_apart() -> None:
    """One an event and outlet; a store made anew makes new ones. No dot, which parts what is signed."""
    mine = webhook_id(event(), "crm")
    assert mine == webhook_id(event(actor="other"), "crm")
    others = [webhook_id(event(), "shop")]
    others += [
        webhook_id(event(**f), "crm") for f in ({"position": 8}, {"desk": "e"}, {"at": 2_000})
    ]
    assert len({mine, *others}) == 5
    assert "." not in mine


# --- the schedule ---


@given(
    st.integers(1, 60), st.integers(0, GIVE_UP_MS - 1), st.integers(0, GIVE_UP_MS), st.integers()
)
def test_the_next_try(tries, passed, asked, seed) -> None:
    """Not before the endpoint asked, not past the step nor the three days."""
    first, now = 1_000_000, 1_000_000 + passed
    due = next_try(tries, first, now, asked, Random(seed))
    assert due is not None
    step = SCHEDULE_MS[min(tries, len(SCHEDULE_MS)) - 1]
    assert now <= due <= first + GIVE_UP_MS
    assert due >= min(now + asked, first + GIVE_UP_MS)
    assert due <= now + max(step, asked)


@pytest.mark.parametrize("seed", range(20))
def test_the_last_try_is_after_three_days(seed) -> None:
    """Neither before nor never; and the number of tries is bounded."""
    random, now, tries = Random(seed), 0, 1
    while (due := next_try(tries, 0, now, 0, random)) is not None:
        now, tries = due, tries + 1
    assert now == GIVE_UP_MS == 3 * DAY_MS
    assert 15 < tries < 80


# --- what is wanted ---


def test_what_is_wanted() -> None:
    """Kinds, families, everything."""
    assert Wanted.of(("*",), words=False).kinds == set(KINDS)
    assert Wanted.of(("note.written",), words=False).kinds == {"note.written"}
    family = Wanted.of(("message.*", "turn.changed"), words=False).kinds
    assert {"message.received", "message.settled", "turn.changed"} <= family
    assert "conversation.opened" not in family


# --- one POST ---


def poster(url: str, *, networks=LOOPBACK, secrets=(SECRET,), timeout_ms=SECOND_MS) -> Poster:
    return Poster(url, secrets, timeout_ms=timeout_ms, networks=networks, clock=SystemClock())


async def post(url: str, **options) -> Taken | NotTaken:
    made = poster(url, **options)
    try:
        return await made.post("evt_1", BODY)
    finally:
        await made.close()


async def test_what_is_sent() -> None:
    """The headers of the scheme, signed by every secret, and a CloudEvent."""
    async with Endpoint() as endpoint:
        assert await post(endpoint.url, secrets=(OTHER_SECRET, SECRET)) == Taken()
        (request,) = endpoint.came
        assert request.content_type == "application/cloudevents+json"
        for secret in (SECRET, OTHER_SECRET):
            assert Webhook(secret).verify(BODY, dict(request.headers)) == json.loads(BODY)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["an address", "a name"])
async def test_a_private_address_is_not_called(host) -> None:
    """Neither written out nor behind a name, and the words say what to do."""
    async with Endpoint() as endpoint:
        url = endpoint.url.replace("127.0.0.1", host).replace("http:", "https:")
        answer = await post(url, networks=())
        assert isinstance(answer, NotTaken)
        assert "may not be called" in answer.detail
        assert "allow_networks" in answer.detail
        assert endpoint.came == []


async def test_no_redirect_is_followed() -> None:
    """A redirect is a failure: nobody leads us elsewhere."""
    async with Endpoint() as endpoint, Endpoint() as other:
        endpoint.always = (307, {"Location": other.url})
        assert await post(endpoint.url) == NotTaken(detail="HTTP 307")
        assert other.came == []


async def test_a_long_answer_is_not_read() -> None:
    """Past the cap the connection is closed; the status counts."""
    async with Endpoint() as endpoint:
        endpoint.always = b"x" * (40 * MAX_ANSWER_BYTES)
        assert await post(endpoint.url) == Taken()


async def test_failures_are_values_without_the_url() -> None:
    """Nobody there, or no answer in time: words without the path, which may hold a secret."""
    async with Endpoint() as endpoint:
        hangs = asyncio.Event()
        endpoint.always = hangs
        slow = await post(endpoint.url + "?token=hush", timeout_ms=50)
        hangs.set()
        url = endpoint.url
    nobody = await post(url + "?token=hush")
    assert slow == NotTaken(detail="timed out")
    assert isinstance(nobody, NotTaken)
    assert nobody.detail.startswith("not connected: 127.0.0.1:")
    assert "hush" not in nobody.detail
