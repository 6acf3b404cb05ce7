"""Asking Twilio whether a message went out, and fetching what customers send."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters._shared.fetch import FetchRefused
from gateway.contract import DedupKey, FetchesMedia, Finds
from gateway.domain.clock import parse_rfc3339
from gateway.testing import FakeProvider, Fault, ProviderAnswer, json_answer
from tests.adapters.shared import twilio_api as api
from tests.adapters.shared.outgoing import file, served
from tests.adapters.twilio_sms.deliveries import CUSTOMER, NUMBER, build
from tests.adapters.twilio_sms.test_twilio_outbound import API, BASIC, CREATED, message

TRIED_AT = parse_rfc3339("2026-11-21T12:00:00.700Z")


def listed(*changes: dict, **more) -> ProviderAnswer:
    return json_answer(
        200,
        {
            "messages": [CREATED | each for each in changes],
            "page": 0,
            "page_size": 50,
            "uri": "x",
            "next_page_uri": None,
        }
        | more,
    )


LISTS = [
    ("it is there", listed({}), ["SM00000000000000000000000000000009"]),
    ("it is there, trimmed", listed({"body": " 您好 😀\n"}), ["SM00000000000000000000000000000009"]),
    ("the newer of two first", listed({"sid": "SM2"}, {"sid": "SM1"}), ["SM2", "SM1"]),
    ("Twilio's clock is behind", listed({"date_created": "Sat, 21 Nov 2026 11:59:56 +0000"}), ["SM00000000000000000000000000000009"]),
    ("nothing", listed(), []),
    ("other words", listed({"body": "您好"}), []),
    ("from before the try", listed({"date_created": "Sat, 21 Nov 2026 11:59:55 +0000"}), []),
    ("the customer's own", listed({"direction": "inbound"}), []),
    ("with a file", listed({"num_media": "1"}), []),
    ("without a date", listed({"date_created": None}), []),
    ("things that are no messages", json_answer(200, {"messages": [None, 7, {}]}), []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scripted", "expected"), [r[1:] for r in LISTS], ids=[r[0] for r in LISTS]
)
async def test_find(scripted: ProviderAnswer, expected: list[str]) -> None:
    """A message is found by its recipient, sender, words and time."""
    async with FakeProvider([scripted]) as provider:
        adapter = build(provider.url)
        assert isinstance(adapter, Finds)
        await adapter.start()
        assert await adapter.find(message(), DedupKey("k"), TRIED_AT) == expected
        await adapter.stop()
        url = urlsplit(provider.requests[0].path)
        assert url.path == f"{API}/Messages.json"
        asked = parse_qsl(url.query)
        assert asked == [("To", CUSTOMER), ("From", NUMBER), ("PageSize", "50")]
        assert api.faults(asked, api.FIND_MESSAGES) == []


async def test_find_counts_files() -> None:
    """A picture without words is found by the number of its files."""
    async with served(build, [listed({"num_media": "1", "body": ""}), listed({"body": ""})]) as (
        adapter,
        _provider,
    ):
        mine = message(text="", attachments=(file(),))
        assert await adapter.find(mine, DedupKey("k"), TRIED_AT) == [CREATED["sid"]]
        assert await adapter.find(mine, DedupKey("k"), TRIED_AT) == []


async def test_find_turns_pages() -> None:
    """Older pages are asked for while they may still hold it, on Twilio's own host only."""
    other = {"body": "something else"}
    pages = [
        listed(other, next_page_uri=f"{API}/Messages.json?PageToken=1"),
        listed(other, next_page_uri=f"{API}/Messages.json?PageToken=2"),
        listed({"sid": "SM3"}),
    ]
    async with served(build, pages) as (adapter, provider):
        assert await adapter.find(message(), DedupKey("k"), TRIED_AT) == ["SM3"]
        assert [urlsplit(r.path).query for r in provider.requests[1:]] == [
            "PageToken=1",
            "PageToken=2",
        ]


@pytest.mark.parametrize(
    "page",
    [
        listed({"date_created": "Fri, 20 Nov 2026 12:00:00 +0000"}, next_page_uri="/next"),
        listed({"body": "x"}, next_page_uri="//evil.example/next"),
        listed({"body": "x"}, next_page_uri="https://evil.example/next"),
        listed(next_page_uri="/next"),
    ],
    ids=["old enough", "another host", "another address", "an empty page"],
)
async def test_find_stops(page: ProviderAnswer) -> None:
    """No page is asked for that cannot hold it, or that leads elsewhere."""
    async with served(build, [page]) as (adapter, provider):
        assert await adapter.find(message(), DedupKey("k"), TRIED_AT) == []
        assert provider.unscripted == 0


@pytest.mark.parametrize(
    "scripted",
    [
        ProviderAnswer(status=500),
        ProviderAnswer(status=429),
        json_answer(401, {"code": 20003}),
        ProviderAnswer(body=b"<html>"),
        json_answer(200, {"messages": None}),
        ProviderAnswer(fault=Fault.SWALLOW),
    ],
)
async def test_find_without_an_answer_is_no_absence(scripted: ProviderAnswer) -> None:
    """When Twilio gives no list nobody knows, and the message is not sent again on that word."""
    async with served(build, [scripted] * 2) as (adapter, _provider):
        with pytest.raises((ValueError, ConnectionError)):
            await adapter.find(message(), DedupKey("k"), TRIED_AT)


async def test_fetch_media() -> None:
    """A customer's file is fetched from Twilio with the account's credentials."""
    async with FakeProvider([ProviderAnswer(body=b"png" * 50_000)]) as provider:
        adapter = build(provider.url)
        assert isinstance(adapter, FetchesMedia)
        chunks = [c async for c in adapter.fetch(f"{provider.url}/Media/ME1", "ME1")]
        assert b"".join(chunks) == b"png" * 50_000
        assert provider.requests[0].header("authorization") == BASIC


@pytest.mark.parametrize(
    "url", [None, "", "cat.jpg", "http://192.0.2.1/x", "https://127.0.0.1/x", "file:///etc/passwd"]
)
async def test_fetch_elsewhere(url: str | None) -> None:
    """What leads home, nowhere, or out of the web is not fetched."""
    adapter = build("https://api.twilio.com")
    with pytest.raises(FetchRefused):
        [c async for c in adapter.fetch(url, None)]
