"""What every provider in a box has: telephones with threads, files, a courier, and what goes wrong.

A provider's own file says how a customer's message is worded and signed, what its API checks, and
what it reports afterwards. All in memory, and bounded.
"""

import asyncio
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import aiohttp
import msgspec
from aiohttp import web

from gateway.domain.clock import Clock
from gateway.domain.message import Choice
from gateway.sandbox.people import Person
from gateway.sandbox.phone import Picture
from gateway.sandbox.providers import files
from gateway.sandbox.providers.said import Answer, File, Json, Keys, Refused, Said, Tap, Trouble

MAX_THREADS = 500
MAX_SAID = 500  # in one thread
MAX_LATE = 500  # webhooks that wait
HOOK_TIMEOUT_S = 15.0
ON_ITS_WAY = 202  # instead of the status of a webhook that waits
WAITING = "waiting"  # the state of a message whose webhook does
SECOND_MS = 1_000


def same(given: str, expected: str) -> bool:
    """Whether two secrets are one, in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


# A webhook's body, headers and query.
Webhook = tuple[bytes, Mapping[str, str], Mapping[str, str] | None]


class Box(ABC):
    """One account at one provider. `webhook_url` is where it brings what customers do."""

    name: ClassVar[str]
    window_ms: ClassVar[int | None] = None  # how long after a customer's message one may answer
    budget: ClassVar[int | None] = None  # and how often
    reports: ClassVar[frozenset[str]] = frozenset()  # what the provider tells afterwards
    captions: ClassVar[bool] = False  # whether a picture and words may be one message

    def __init__(
        self,
        *,
        webhook_url: str,
        keys: Keys,
        people: Sequence[Person],
        make_id: Callable[[], str],
        clock: Clock,
        ring: Callable[[], None],
    ) -> None:
        self.keys = keys
        self.base_url = ""  # where the API is; known once it listens
        self.files: OrderedDict[str, File] = OrderedDict()
        self.faults: set[Trouble] = set()
        self._webhook_url = webhook_url
        self._late: deque[Webhook] = deque(maxlen=MAX_LATE)
        self._threads: OrderedDict[str, deque[Said]] = OrderedDict()
        self._people = {self.address_of(person): person for person in people}
        self._make_id = make_id
        self._clock = clock
        self._ring = ring
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what a provider's own file says -------------------------------------------------------

    @abstractmethod
    def address_of(self, person: Person) -> str:
        """What the provider calls this customer."""

    @abstractmethod
    async def deliver(self, person: Person, said: Said) -> int:
        """Bring a customer's message to Parley; the HTTP status, 0 for no answer."""

    async def report(self, address: str, said: Said) -> None:  # noqa: B027 not all do
        """Tell Parley what became of a message of its own, where the provider does."""

    def hear(self, answer: bytes) -> None:  # noqa: B027 not all do
        """Take what Parley says in the answer to a webhook, where the provider does."""

    @abstractmethod
    def refusal(self, trouble: Trouble) -> Answer:
        """How the provider words it."""

    @abstractmethod
    def routes(self) -> Iterable[web.RouteDef]:
        """The API."""

    def knows(self, trouble: Trouble) -> bool:
        """Whether this can go wrong here."""
        return trouble is not Trouble.WINDOW or self.window_ms is not None

    # --- the customer --------------------------------------------------------------------------

    async def say(self, person: Person, text: str, picture: Picture | None = None) -> Said:
        """Play the customer: write to the shop; the message, with what Parley made of it.

        Where there are no captions, as on a real telephone, the picture goes first and the words
        are a message of their own, the one returned.
        """
        if picture and text.strip() and not self.captions:
            await self._write(person, "", picture)
            return await self._write(person, text, None)
        return await self._write(person, text, picture)

    async def _write(self, person: Person, text: str, picture: Picture | None) -> Said:
        file = self.keep(picture.media_type, files.decoded(picture)) if picture else None
        said = Said(
            id=self.message_id(),
            own=True,
            text=text,
            at=self._clock.now_ms(),
            state="received",
            file=file.id if file else "",
            media_type=file.media_type if file else "",
        )
        return await self._bring(person, said)

    async def tap(self, person: Person, tapped: Tap) -> Said:
        """Play the customer: tap what was offered. Raises KeyError for what was not."""
        thread = self._threads.get(self.address_of(person), ())
        offers = [c for said in thread if said.id == tapped.message for c in said.choices]
        label = next((each.label for each in offers if each.id == tapped.choice), None)
        if label is None:
            raise KeyError(tapped.choice)
        name, now = self.message_id(), self._clock.now_ms()
        said = Said(id=name, own=True, text=label, at=now, state="received", tapped=tapped)
        return await self._bring(person, said)

    async def _bring(self, person: Person, said: Said) -> Said:
        address = self.address_of(person)
        self._people.setdefault(address, person)
        self._append(address, said)
        status = await self.deliver(person, said)
        return self._become(address, said, state_of(status))

    def thread(self, person: Person) -> list[Said]:
        """Everything said on this telephone, oldest first."""
        return list(self._threads.get(self.address_of(person), ()))

    def seen(self, person: Person) -> None:
        """The customer looks at the telephone; who reports that, does."""
        address = self.address_of(person)
        for said in self._threads.get(address, ()):
            if not said.own and said.state == "delivered" and "read" in self.reports:
                self.start(self._tell(address, said, "read"))

    # --- the API -------------------------------------------------------------------------------

    def app(self) -> web.Application:
        """The sub-application; its routes begin at its root, and the bodies are as large as the
        application around it allows."""
        app = web.Application(middlewares=[self._answered])
        app.add_routes(self.routes())
        return app

    @web.middleware
    async def _answered(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await handler(request)
        except Refused as refused:
            said = refused.answer
            return web.json_response(said.body, status=said.status, headers=said.headers)
        return answer

    def refuse(self, trouble: Trouble) -> None:
        """Raises Refused in the provider's words."""
        raise Refused(self.refusal(trouble))

    def check(self, address: str) -> Trouble | None:
        """What stands in the way of a message to somebody, now. Raises Refused for outages."""
        for outage in (Trouble.THROTTLE, Trouble.FAIL):
            if outage in self.faults:
                self.refuse(outage)
        if address not in self._people:
            return Trouble.UNKNOWN
        if Trouble.BLOCKED in self.faults:
            return Trouble.BLOCKED
        since = [said for said in self._threads.get(address, ()) if said.own][-1:]
        now = self._clock.now_ms()
        late = not since or (self.window_ms is not None and now - since[0].at > self.window_ms)
        if self.window_ms is not None and (late or Trouble.WINDOW in self.faults):
            return Trouble.WINDOW
        if self.budget is not None and self._sent_since_customer(address) >= self.budget:
            return Trouble.BUDGET
        return None

    def _sent_since_customer(self, address: str) -> int:
        count = 0
        for said in reversed(self._threads.get(address, ())):
            if said.own:
                break
            count += not said.free
        return count

    def came(
        self,
        address: str,
        text: str,
        file: File | None = None,
        *,
        id: str = "",  # noqa: A002
        choices: tuple[Choice, ...] = (),
        free: bool = False,
    ) -> Said:
        """A message of the shop's reached the telephone; what is reported follows by itself."""
        said = Said(
            id=id or self.message_id(),
            own=False,
            text=text,
            at=self._clock.now_ms(),
            state="sent",
            file=file.id if file else "",
            media_type=file.media_type if file else "",
            choices=choices,
            free=free,
        )
        self._append(address, said)
        if "delivered" in self.reports:
            self.start(self._tell(address, said, "delivered"))
        return said

    def lose(self, request: web.Request) -> None:
        """Cut the connection, when that is to go wrong: sent, and nobody hears of it."""
        if Trouble.LOST_ANSWER in self.faults and request.transport is not None:
            request.transport.abort()

    async def body(self, request: web.Request, wrong: Answer) -> Json:
        """The request's JSON object. Raises Refused."""
        try:
            found = msgspec.json.decode(await request.read())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(wrong) from error
        if not isinstance(found, dict):
            raise Refused(wrong)
        return found

    # --- files ---------------------------------------------------------------------------------

    def keep(self, media_type: str, content: bytes, filename: str = "") -> File:
        """Remember a file; the oldest are forgotten."""
        file = File(
            id=self.file_id(),
            media_type=media_type,
            content=content[: files.MAX_FILE_BYTES],
            filename=filename,
        )
        files.keep(self.files, file)
        return file

    async def collect(self, url: str) -> File:
        """Fetch a file from where Parley says it lies, as providers do. Raises Refused."""
        assert self._session is not None, "the box has not been opened"
        fetched = await files.fetch(self._session, url)
        if fetched is not None:
            return self.keep(*fetched)
        raise Refused(self.refusal(Trouble.MEDIA))

    def served(self, name: str) -> web.Response:
        """A file as it came."""
        file = self.files.get(name)
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.content, content_type=file.media_type)

    # --- ids -----------------------------------------------------------------------------------

    def bare_id(self) -> str:
        """32 hexadecimal digits that never come again."""
        return self._make_id().replace("-", "")

    def message_id(self) -> str:
        """What the provider calls a message."""
        return self.bare_id()

    def file_id(self) -> str:
        """What the provider calls a file."""
        return self.bare_id()

    # --- the courier ---------------------------------------------------------------------------

    async def open(self) -> None:
        """Make the client."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Drop what is on its way. Twice is fine."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on in the background, as providers do after their answer."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def bring(
        self, body: bytes, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> int:
        """Post a webhook, as often and as late as it is to go wrong; its status, 0 when nobody
        answered."""
        if Trouble.LATE in self.faults:
            self._late.append((body, headers, query))
            return ON_ITS_WAY
        if Trouble.DOUBLE in self.faults:
            await self._post((body, headers, query))
        return await self._post((body, headers, query))

    def mend(self, trouble: Trouble) -> None:
        """Let it go right again; what waited for that goes, in its order."""
        self.faults.discard(trouble)
        if trouble is Trouble.LATE:
            self.start(self._catch_up())

    async def _catch_up(self) -> None:
        while self._late and Trouble.LATE not in self.faults:
            await self.bring(*self._late.popleft())
        if not self._late:
            self._nothing_waits()

    def _nothing_waits(self) -> None:
        for address, thread in self._threads.items():
            for said in [each for each in thread if each.state == WAITING]:
                self._become(address, said, "received")

    async def _post(self, webhook: Webhook) -> int:
        assert self._session is not None, "the box has not been opened"
        body, headers, query = webhook
        timeout = aiohttp.ClientTimeout(total=HOOK_TIMEOUT_S)
        try:
            async with self._session.post(
                self._webhook_url, params=query, data=body, headers=headers, timeout=timeout
            ) as response:
                answer = await response.read()
                if response.status < 300:
                    self.hear(answer)
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0

    async def _tell(self, address: str, said: Said, state: str) -> None:
        now = self._become(address, said, state)
        await self.report(address, now)

    def _append(self, address: str, said: Said) -> None:
        thread = self._threads.setdefault(address, deque(maxlen=MAX_SAID))
        thread.append(said)
        while len(self._threads) > MAX_THREADS:
            self._threads.popitem(last=False)
        self._ring()

    def _become(self, address: str, said: Said, state: str) -> Said:
        now = msgspec.structs.replace(said, state=state)
        thread = self._threads.get(address, deque())
        for place, each in enumerate(thread):
            if each.id == said.id:
                thread[place] = now
        self._ring()
        return now


def state_of(status: int) -> str:
    """What Parley's answer to a webhook means to the customer; 0 is none."""
    if status == ON_ITS_WAY:
        return WAITING
    return "received" if 200 <= status < 300 else "refused" if status else "unanswered"


def digest_of(person: Person, salt: str) -> str:
    """64 hexadecimal digits that are this customer's at this provider, in every run."""
    return hashlib.sha256(f"{salt}:{person.address}".encode()).hexdigest()
