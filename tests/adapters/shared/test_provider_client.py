"""The client of providers' APIs: what it knows after a failure, and what it never does."""

import asyncio
import socket

import pytest

from adapters._shared.http import (
    MAX_ANSWER_BYTES,
    Answer,
    Lost,
    NotSent,
    ProviderClient,
    Reply,
    outcome_of_failure,
    retry_after_ms,
)
from gateway.contract import Deferred, InDoubt, Reason
from gateway.testing import FakeProvider, Fault, ProviderAnswer, json_answer
from tests.ports import closed_port


async def ask(url: str, method: str = "POST", path: str = "/x", **options) -> Reply:
    client = ProviderClient(
        url, headers={"X-Key": "k"}, total_timeout_s=options.pop("total_s", 5.0)
    )
    await client.open()
    try:
        return await client.request(method, path, **options)
    finally:
        await client.close()


async def test_answer() -> None:
    """Status, headers with their duplicates, and body come as they are."""
    scripted = ProviderAnswer(status=418, headers=(("X-A", "1"), ("x-a", "2")), body=b"tea")
    async with FakeProvider([scripted]) as provider:
        reply = await ask(provider.url)
    assert isinstance(reply, Answer)
    assert (reply.status, reply.body, reply.header("X-a")) == (418, b"tea", "1")
    assert [v for k, v in reply.headers if k.lower() == "x-a"] == ["1", "2"]


async def test_request() -> None:
    """A form keeps order and duplicates; JSON is JSON; the path is taken as it stands."""
    async with FakeProvider([ProviderAnswer()] * 2) as provider:
        await ask(provider.url, path="/a%2Fb?c=%20d", form=[("b", "ü &"), ("a", ""), ("b", "2")])
        await ask(
            provider.url + "/base/", path="/j", json={"ü": [1]}, query=[("q", "a b"), ("q", "+")]
        )
        form, json = provider.requests
    assert form.path == "/a%2Fb?c=%20d"
    assert form.form() == (("b", "ü &"), ("a", ""), ("b", "2"))
    assert form.header("x-key") == "k"
    assert json.json() == {"ü": [1]}
    assert json.header("content-type") == "application/json"
    assert json.path == "/base/j?q=a+b&q=%2B"


async def test_not_sent() -> None:
    """A connection that never stood is known: nothing was sent."""
    with closed_port() as port:
        for url in (
            f"http://127.0.0.1:{port}",
            "http://nobody.invalid",
            f"https://127.0.0.1:{port}",
        ):
            assert isinstance(await ask(url), NotSent), url


async def test_not_sent_because_of_tls() -> None:
    """A server that does not speak TLS gets nothing of the request."""
    async with FakeProvider([ProviderAnswer()]) as provider:
        assert isinstance(await ask(provider.url.replace("http:", "https:")), NotSent)
        assert provider.requests == []


async def test_not_sent_when_nobody_accepts() -> None:
    """A connection that does not come about in time has sent nothing."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        await asyncio.sleep(0)
        reply = await ask(f"http://127.0.0.1:{port}", total_s=0.3)
        for filler in fillers:
            filler.close()
    assert reply == NotSent(detail="timed out")


LOSSES = [
    ("the reply is lost", Fault.SWALLOW),
    ("cut at the first byte", Fault.CUT_FIRST_BYTE),
    ("no answer in time", Fault.HOLD),
]


@pytest.mark.parametrize("fault", [r[1] for r in LOSSES], ids=[r[0] for r in LOSSES])
async def test_lost(fault: Fault) -> None:
    """A request that was written and not answered may have been acted upon."""
    async with FakeProvider([ProviderAnswer(fault=fault)]) as provider:
        assert isinstance(await ask(provider.url, total_s=0.5), Lost)
        assert len(provider.requests) == 1


async def test_lost_on_a_reused_connection() -> None:
    """A POST is not repeated by itself when a kept connection turns out dead."""
    async with FakeProvider(
        [ProviderAnswer(), ProviderAnswer(fault=Fault.SWALLOW), ProviderAnswer()]
    ) as provider:
        client = ProviderClient(provider.url)
        await client.open()
        assert isinstance(await client.request("POST", "/1"), Answer)
        assert isinstance(await client.request("POST", "/2"), Lost)
        await client.close()
        assert provider.unused == 1


async def test_torn_body() -> None:
    """The status is known when the body tears, so what arrived is an answer."""
    async with FakeProvider(
        [ProviderAnswer(status=400, body=b"0123456789", fault=Fault.CUT_BODY)]
    ) as provider:
        reply = await ask(provider.url)
    assert isinstance(reply, Answer)
    assert (reply.status, reply.body) == (400, b"01234")


async def test_endless_body() -> None:
    """An answer is read up to a cap."""
    async with FakeProvider([ProviderAnswer(body=b"x" * (MAX_ANSWER_BYTES + 5))]) as provider:
        reply = await ask(provider.url)
    assert isinstance(reply, Answer)
    assert len(reply.body) == MAX_ANSWER_BYTES


async def test_no_redirects_no_cookies() -> None:
    """A redirect is an answer, and nothing is remembered between requests."""
    away = ProviderAnswer(status=302, headers=(("Location", "/elsewhere"), ("Set-Cookie", "a=b")))
    async with FakeProvider([away, ProviderAnswer()]) as provider:
        client = ProviderClient(provider.url.replace("127.0.0.1", "localhost"))
        await client.open()
        reply = await client.request("GET", "/")
        await client.request("GET", "/")
        await client.close()
        assert isinstance(reply, Answer)
        assert reply.status == 302
        assert [r.path for r in provider.requests] == ["/", "/"]
        assert provider.requests[1].header("cookie") is None


async def test_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials do not go through a proxy that somebody set for something else."""
    async with FakeProvider([ProviderAnswer()]) as provider:
        with closed_port() as port:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
            assert isinstance(await ask(provider.url), Answer)


async def test_details_show_no_path() -> None:
    """Providers put secrets into paths; no detail repeats one."""
    with closed_port() as port:
        replies = [await ask(f"http://127.0.0.1:{port}", path="/bot123:secret/x")]
    async with FakeProvider([ProviderAnswer(fault=Fault.SWALLOW)]) as provider:
        replies.append(await ask(provider.url, path="/bot123:secret/x"))
    assert [type(each) for each in replies] == [NotSent, Lost]
    assert "secret" not in repr(replies)


async def test_cancellation_passes() -> None:
    """A request that is cancelled ends as cancelled."""
    async with FakeProvider([ProviderAnswer(fault=Fault.HOLD)]) as provider:
        task = asyncio.create_task(ask(provider.url))
        await provider.arrived(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


JSON = [
    (b'{"a": 1}', {"a": 1}),
    (b"", None),
    (b"<html>", None),
    (b'{"a": ', None),
    (b"\xff", None),
    (b"[" * 10_000, None),
]


@pytest.mark.parametrize(("body", "expected"), JSON)
def test_json(body: bytes, expected: object) -> None:
    """A body that is no JSON is nothing, and no error."""
    assert Answer(status=200, body=body).json() == expected


DATE = "Sat, 21 Nov 2026 12:00:00 GMT"
NOW = 1_795_262_400_000  # the same, by our clock

WAITS = [
    ({}, None),
    ({"retry-after": "30"}, 30_000),
    ({"retry-after": " 0 "}, 0),
    ({"retry-after": "-5"}, None),
    ({"retry-after": "1.5"}, None),
    ({"retry-after": "٣"}, None),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "99999999999999"}, 7 * 86_400_000),
    ({"retry-after": "Sat, 21 Nov 2026 12:01:30 GMT", "date": DATE}, 90_000),
    ({"retry-after": "Sat, 21 Nov 2026 11:59:00 GMT", "date": DATE}, 0),
    ({"retry-after": "Sat, 21 Nov 2026 12:01:30 GMT"}, 90_000),
    ({"retry-after": "Sat, 21 Nov 2026 12:01:30 GMT", "date": "Sat, 21 Nov 2026 12:01:00 GMT"}, 30_000),
    ({"retry-after": "Sat, 99 Nov 2026 12:01:30 GMT"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "expected"), WAITS)
def test_retry_after(headers: dict[str, str], expected: int | None) -> None:
    """Seconds or a date; a date is measured by the provider's own clock."""
    answer = Answer(status=429, headers=tuple(headers.items()), received_at=NOW)
    assert retry_after_ms(answer) == expected


FAILURES = [
    (NotSent(detail="x"), Deferred(reason=Reason.UNAVAILABLE, detail="not connected: x")),
    (Lost(detail="x"), InDoubt(detail="sent, but no answer came: x")),
    (Answer(status=200), None),
    (Answer(status=299), None),
    (Answer(status=302), InDoubt),
    (Answer(status=303), InDoubt),
    (Answer(status=307), InDoubt),
    (Answer(status=199), InDoubt),
    (Answer(status=400), None),
    (Answer(status=499), None),
    (Answer(status=429), Deferred(reason=Reason.THROTTLED, detail="HTTP 429")),
    (Answer(status=500), InDoubt(detail="HTTP 500")),
    (Answer(status=502), InDoubt(detail="HTTP 502")),
    (Answer(status=503), Deferred(reason=Reason.UNAVAILABLE, detail="HTTP 503")),
    (Answer(status=504), InDoubt(detail="HTTP 504")),
    (Answer(status=599), InDoubt(detail="HTTP 599")),
]


@pytest.mark.parametrize(("reply", "expected"), FAILURES)
def test_failures_common_to_all(reply: Reply, expected: object) -> None:
    """What no provider words in its own way has one meaning for all."""
    got = outcome_of_failure(reply)
    assert isinstance(got, expected) if isinstance(expected, type) else got == expected


async def test_open_and_close_as_often_as_one_likes() -> None:
    """Closing twice is fine, and so is opening again."""
    async with FakeProvider([json_answer(200, {})]) as provider:
        client = ProviderClient(provider.url)
        await client.close()
        await client.open()
        await client.open()
        assert isinstance(await client.request("GET", "/"), Answer)
        await client.close()
        await client.close()
