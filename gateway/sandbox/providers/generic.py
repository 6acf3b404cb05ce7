"""A provider that nobody wrote an adapter for, in a box: Finch, which there is nowhere else.

What it posts and what it takes, an account of the generic adapter says (config/default/node.yaml).
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
from aiohttp import web

from gateway.sandbox.people import Person
from gateway.sandbox.providers.box import SECOND_MS, Box, digest_of, same
from gateway.sandbox.providers.said import Answer, Json, Refused, Said, Trouble

MAX_TEXT = 1_000
MAX_KEYS = 1_000

ERRORS: dict[Trouble, tuple[int, str, str]] = {
    Trouble.UNKNOWN: (404, "nobody", "there is nobody of this name"),
    Trouble.BLOCKED: (403, "blocked", "this person wants no messages of yours"),
    Trouble.THROTTLE: (429, "slow_down", "too many requests"),
    Trouble.FAIL: (503, "closed", "come back later"),
    Trouble.MEDIA: (422, "file", "the file cannot be fetched"),
}


def _error(status: int, code: str, words: str) -> Answer:
    headers = {"Retry-After": "1"} if status in {429, 503} else {}
    body: Json = {"error": {"code": code, "message": words}}
    return Answer(status=status, body=body, headers=headers)


class GenericBox(Box):
    """One account. Finch tells of delivery and of reading, and acts once on a key."""

    name: ClassVar[str] = "generic"
    captions: ClassVar[bool] = True
    reports: ClassVar[frozenset[str]] = frozenset({"delivered", "read"})

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self._accepted: OrderedDict[str, str] = OrderedDict()  # key -> message

    def address_of(self, person: Person) -> str:
        """`p-` and twelve digits."""
        return "p-" + digest_of(person, self.name)[:12]

    def refusal(self, trouble: Trouble) -> Answer:
        """A code and words."""
        return _error(*ERRORS[trouble])

    def routes(self) -> Iterable[web.RouteDef]:
        """All that it has."""
        return [
            web.get("/v1/me", self._me),
            web.get("/v1/files/{file}", self._file),
            web.post("/v1/people/{person}/messages", self._send),
        ]

    async def deliver(self, person: Person, said: Said) -> int:
        """One message, signed together with the time."""
        file = self.files.get(said.file)
        message: Json = {
            "id": said.id,
            "author": {"id": self.address_of(person), "name": person.name},
            "type": "picture" if file else "words",
            "text": said.text,
            "at": said.at,
            "files": [{"id": file.id, "type": file.media_type}] if file else [],
        }
        return await self._tell_parley({"messages": [message]})

    async def report(self, address: str, said: Said) -> None:
        """One status."""
        now = self._clock.now_ms()
        status = {"id": said.id, "person": address, "state": said.state, "at": now}
        await self._tell_parley({"statuses": [status]})

    async def _tell_parley(self, told: Json) -> int:
        body, stamp = msgspec.json.encode(told), str(self._clock.now_ms() // SECOND_MS)
        key = self.keys.secret.encode()
        signed = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Finch-Timestamp": stamp,
            "X-Finch-Signature": f"sha256={signed}",
        }
        return await self.bring(body, headers)

    # --- the API -------------------------------------------------------------------------------

    def _open(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not same(given, self.keys.access_token):
            raise Refused(_error(401, "token", "this token is not known"))

    async def _me(self, request: web.Request) -> web.Response:
        self._open(request)
        return web.json_response({"account": "shop"})

    async def _file(self, request: web.Request) -> web.Response:
        self._open(request)
        return self.served(request.match_info["file"])

    async def _send(self, request: web.Request) -> web.Response:
        self._open(request)
        form = await self.body(request, _error(400, "json", "this is no JSON"))
        key = request.headers.get("Idempotency-Key", "")
        known = self._accepted.get(key)
        if known is None:
            known = (await self._take(request.match_info["person"], form)).id
            self._accepted[key] = known
            while len(self._accepted) > MAX_KEYS:
                self._accepted.popitem(last=False)
        self.lose(request)
        return web.json_response({"message": {"id": known}}, status=201)

    async def _take(self, address: str, form: Json) -> Said:
        text, files = form.get("text"), form.get("files")
        if not isinstance(text, str) or not isinstance(files, list):
            raise Refused(_error(422, "message", "a message has text and files"))
        if not (text or files) or len(text) > MAX_TEXT:
            raise Refused(_error(422, "message", "a text is neither empty nor too long"))
        trouble = self.check(address)
        if trouble is not None:
            self.refuse(trouble)
        fetched = [await self.collect(str(each.get("url"))) for each in files[:1]]
        return self.came(address, text, fetched[0] if fetched else None)
