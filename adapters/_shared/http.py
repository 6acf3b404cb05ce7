"""One client for providers' APIs, which knows whether a failed request may have been acted upon.

A failure before the first byte was written (name, connect, TLS) is `NotSent`: certainly nothing
happened. A failure after it is `Lost`: nobody knows. What came as an answer, whole or torn, is an
`Answer`. No redirects, no cookies, no proxies of the environment; answers are read up to a cap.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from adapters._shared.document import BadJson, document
from gateway import outward
from gateway.contract import Deferred, InDoubt, Outcome, Reason
from gateway.domain.clock import DAY_MS, Clock, SystemClock

CONNECT_TIMEOUT_S = 10.0  # name, TCP and TLS together
TOTAL_TIMEOUT_S = 25.0  # below Capabilities.send_timeout_ms, so that we know first
MAX_ANSWER_BYTES = 1024 * 1024
MAX_RETRY_AFTER_MS = 7 * DAY_MS
CHUNK_BYTES = 64 * 1024


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider answered. A torn or overlong body is what arrived of it."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    received_at: int = 0  # ms

    def header(self, name: str) -> str | None:
        """The first header of this name, any case; None when absent."""
        wanted = name.lower()
        return next((v for k, v in self.headers if k.lower() == wanted), None)

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return document(self.body)
        except BadJson:
            return None


class FormFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a form, which then goes as multipart, read from the disk as it is sent."""

    path: Path
    filename: str
    media_type: str


class NotSent(msgspec.Struct, frozen=True, kw_only=True):
    """Not one byte of the request was written."""

    detail: str


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """The request was written, at least in part, and no answer came."""

    detail: str


Reply = Answer | NotSent | Lost


class ProviderClient:
    """Requests to one base URL. Open it in `start`, close it in `stop`."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        total_timeout_s: float = TOTAL_TIMEOUT_S,
        clock: Clock | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._timeout = aiohttp.ClientTimeout(
            total=total_timeout_s, connect=min(CONNECT_TIMEOUT_S, total_timeout_s)
        )
        self._clock = clock or SystemClock()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the session; connects to nobody yet."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[_watching_the_first_byte()],
                trust_env=False,
            )

    async def close(self) -> None:
        """Close it; twice and without `open` too."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        form: Sequence[tuple[str, str | FormFile]] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Reply:
        """One request, one reply. `path` begins with a slash and is taken as it stands.

        Cancellation passes through; every failure of the network is a value.
        """
        assert self._session is not None, "request() before start() or after stop()"
        progress = SimpleNamespace(written=False)
        options: dict[str, Any] = {}
        if json is not None:
            options = {"data": msgspec.json.encode(json)}
            headers = {"Content-Type": "application/json", **(headers or {})}
        if timeout_s is not None:
            options["timeout"] = aiohttp.ClientTimeout(total=timeout_s)
        url = URL(self._base_url + path, encoded=True).update_query(list(query))
        try:
            with ExitStack() as opened:
                if form is not None:
                    options["data"] = await asyncio.to_thread(_form, form, opened)
                async with self._session.request(
                    method,
                    url,
                    headers=headers,
                    allow_redirects=False,
                    trace_request_ctx=progress,
                    **options,
                ) as response:
                    return await self._read(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            detail = outward.in_words(error)
            return Lost(detail=detail) if progress.written else NotSent(detail=detail)

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        """The status is known already, so a body that tears says only that it is torn."""
        body = bytearray()
        try:
            while len(body) <= MAX_ANSWER_BYTES:
                chunk = await response.content.read(CHUNK_BYTES)
                if not chunk:
                    break
                body += chunk
        except (aiohttp.ClientError, TimeoutError, OSError):
            response.close()
        if len(body) > MAX_ANSWER_BYTES:
            response.close()
        return Answer(
            status=response.status,
            headers=tuple(response.headers.items()),
            body=bytes(body[:MAX_ANSWER_BYTES]),
            received_at=self._clock.now_ms(),
        )


def _form(fields: Sequence[tuple[str, str | FormFile]], opened: ExitStack) -> aiohttp.FormData:
    """A form; multipart when it has files. Raises OSError when one of them cannot be read."""
    form = aiohttp.FormData(quote_fields=False)  # names as they are, in UTF-8
    for name, value in fields:
        if isinstance(value, FormFile):
            file = opened.enter_context(value.path.open("rb"))
            kept = "".join(c for c in value.filename if c.isprintable() and c not in '/\\"<>')
            filename = kept.strip() or "file"
            form.add_field(name, file, filename=filename, content_type=value.media_type)
        else:
            form.add_field(name, value)
    return form


def outcome_of_failure(reply: Reply) -> Outcome | None:
    """The outcome of all that is the same for every provider; None when its own words must be read.

    Read in `wire.py` are 2xx and 4xx but 429. In doubt are 500, 502 and 504: the provider may have
    acted before it failed. So is 3xx: many answer a POST that they acted on with "see there". 503
    says that it did not take the request.
    """
    match reply:
        case NotSent(detail=detail):
            return Deferred(reason=Reason.UNAVAILABLE, detail=f"not connected: {detail}")
        case Lost(detail=detail):
            return InDoubt(detail=f"sent, but no answer came: {detail}")
    wait = retry_after_ms(reply)
    match reply.status:
        case 429:
            return Deferred(reason=Reason.THROTTLED, detail="HTTP 429", retry_after_ms=wait)
        case 503:
            return Deferred(reason=Reason.UNAVAILABLE, detail="HTTP 503", retry_after_ms=wait)
        case status if status >= 500:
            return InDoubt(detail=f"HTTP {status}")
        case status if not 200 <= status < 300 and not 400 <= status < 500:
            return InDoubt(detail=f"HTTP {status} where an answer was expected; is api_url right?")
    return None


def retry_after_ms(answer: Answer) -> int | None:
    """How long the provider asks us to wait; None when it does not say.

    A date is measured against the answer's own Date, so that no clock of ours disturbs it.
    """
    sent_at = outward.http_date_ms(answer.header("date") or "")
    now = answer.received_at if sent_at is None else sent_at
    return outward.retry_after_ms(answer.header("retry-after") or "", now, most=MAX_RETRY_AFTER_MS)


def _watching_the_first_byte() -> aiohttp.TraceConfig:
    """Marks the request's progress just before its first byte goes to the transport."""
    watch = aiohttp.TraceConfig()

    async def mark(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        _params: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        context.trace_request_ctx.written = True

    watch.on_request_headers_sent.append(mark)
    return watch
