"""Downloads: credentials stay at home, and nobody leads us home."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from adapters._shared import fetch as fetching
from adapters._shared.fetch import FetchRefused, fetch
from gateway.testing import FakeProvider, ProviderAnswer

KEY = {"Authorization": "Basic secret"}


async def bytes_of(url: str, home: str, max_bytes: int = 1_000) -> bytes:
    return b"".join([c async for c in fetch(url, home=home, headers=KEY, max_bytes=max_bytes)])


def to(location: str) -> ProviderAnswer:
    return ProviderAnswer(status=307, headers=(("Location", location),))


async def test_home() -> None:
    """The provider itself gets the credentials and may live anywhere."""
    async with FakeProvider([to("/there"), ProviderAnswer(body=b"file")]) as provider:
        assert await bytes_of(f"{provider.url}/here", provider.url) == b"file"
        assert [r.path for r in provider.requests] == ["/here", "/there"]
        assert all(r.header("authorization") for r in provider.requests)


REFUSED = [
    ("no address", ""),
    ("a name", "cat.jpg"),
    ("another scheme", "ftp://cdn.example/x"),
    ("a file", "file:///etc/passwd"),
    ("no TLS", "http://cdn.example/x"),
    ("a strange port", "https://cdn.example:8443/x"),
    ("a user", "https://a:b@cdn.example/x"),
    ("loopback", "https://127.0.0.1/x"),
    ("loopback by name", "https://localhost/x"),
    ("loopback in short", "https://127.1/x"),
    ("loopback as a number", "https://2130706433/x"),
    ("loopback, IPv6", "https://[::1]/x"),
    ("loopback, mapped", "https://[::ffff:127.0.0.1]/x"),
    ("the cloud's own", "https://169.254.169.254/latest/meta-data"),
    ("the neighbours", "https://10.0.0.1/x"),
    ("a broken one", "https://[::1/x"),
]


@pytest.mark.parametrize("url", [r[1] for r in REFUSED], ids=[r[0] for r in REFUSED])
async def test_refused(url: str) -> None:
    """An address that is not public https is refused, given or redirected to."""
    with pytest.raises(FetchRefused):
        await bytes_of(url, "https://api.example")
    if url and "://" in url:
        async with FakeProvider([to(url)]) as provider:
            with pytest.raises(FetchRefused):
                await bytes_of(f"{provider.url}/here", provider.url)
            assert len(provider.requests) == 1


async def test_an_address_without_a_scheme_is_none() -> None:
    """Home would lend it its own."""
    with pytest.raises(FetchRefused):
        await bytes_of("//127.0.0.1/x", "https://127.0.0.1")


async def test_another_port_of_home_is_not_home() -> None:
    """A neighbour on the provider's machine gets neither a visit nor the credentials."""
    async with FakeProvider() as other, FakeProvider([to(f"{other.url}/x")]) as provider:
        with pytest.raises(FetchRefused):
            await bytes_of(f"{provider.url}/here", provider.url)
        assert other.requests == []


async def test_limits() -> None:
    """Too many bytes, too many redirects and anything but 200 are refused."""
    async with FakeProvider([ProviderAnswer(body=b"x" * 1_001)]) as provider:
        with pytest.raises(FetchRefused, match="larger than 1000 bytes"):
            await bytes_of(provider.url, provider.url)
    async with FakeProvider([to("/x")] * 9) as provider:
        with pytest.raises(FetchRefused, match="redirects"):
            await bytes_of(provider.url, provider.url)
        assert len(provider.requests) == fetching.MAX_REDIRECTS + 1
    async with FakeProvider([ProviderAnswer(status=404)]) as provider:
        with pytest.raises(FetchRefused, match="HTTP 404"):
            await bytes_of(provider.url, provider.url)


async def test_the_other_host_gets_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public host that we are sent to is visited without the provider's credentials."""
    async with (
        FakeProvider([ProviderAnswer(body=b"cdn")]) as cdn,
        FakeProvider([to(f"{cdn.url}/x")]) as provider,
    ):
        monkeypatch.setattr(fetching, "_check", lambda url: None)
        assert await bytes_of(f"{provider.url}/here", provider.url) == b"cdn"
        assert cdn.requests[0].header("authorization") is None


@asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that answers these bytes to anybody, and then says no more."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if b": 9\r\n" in answer:
            writer.write_eof()
        await reader.read()  # until the other side has gone
        writer.close()

    server = await asyncio.start_server(answered, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}/x"


def told(length: int, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body


async def test_a_length_that_is_too_large_is_believed() -> None:
    """What says it is too large is refused before its first byte."""
    async with saying(told(1_001, b"")) as url:
        with pytest.raises(FetchRefused, match="larger than 1000 bytes"):
            await bytes_of(url, url)


async def test_a_length_that_is_too_small() -> None:
    """Who sends more than was told is not trusted with the rest; it may come another time."""
    async with saying(told(4, b"file and much more")) as url:
        with pytest.raises(aiohttp.ClientError):
            await bytes_of(url, url)


async def test_a_length_that_is_never_reached() -> None:
    """A file that breaks off is no file; it may come another time."""
    async with saying(told(9, b"fi")) as url:
        with pytest.raises(aiohttp.ClientError):
            await bytes_of(url, url)


async def test_a_file_without_length_is_counted() -> None:
    """Who tells no length is refused at the first byte too many."""
    chunk = b"3e9\r\n" + b"x" * 1_001 + b"\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with saying(head + chunk) as url:
        with pytest.raises(FetchRefused, match="larger than 1000 bytes"):
            await bytes_of(url, url)


async def test_a_slow_drip_ends() -> None:
    """A server that holds the rest back holds nobody longer than the time that was given."""
    async with saying(told(900, b"x")) as url:
        with pytest.raises(TimeoutError):
            _ = [c async for c in fetch(url, home=url, max_bytes=1_000, timeout_s=0.05)]
