"""What Meta's three channels share: Graph's credentials and errors, signed webhooks.

https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hashlib
import hmac
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
from aiohttp import web

from gateway.sandbox.providers.box import Box, same
from gateway.sandbox.providers.said import Answer, Json, Refused, Said, Trouble

INVALID_TOKEN = (401, 190, 0, "Invalid OAuth access token - Cannot parse access token")

MAX_TOLD = 1_000

Error = tuple[int, int, int, str]  # HTTP status, code, subcode (0 is none), words


class GraphBox(Box):
    """One account of Meta's."""

    object: ClassVar[str]  # what its webhooks are about
    node: ClassVar[str]  # the account's id
    errors: ClassVar[dict[Trouble, Error]]

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self._told: OrderedDict[str, str] = OrderedDict()  # message -> what Parley gave along

    def routes(self) -> Iterable[web.RouteDef]:
        """Every version answers; the account answers to its id and to `me`."""
        return [
            web.get(r"/{version:v\d+\.\d+}/{node}", self._read),
            web.post(r"/{version:v\d+\.\d+}/{node}/messages", self._send),
            web.get("/files/{file}", self._file),
        ]

    @abstractmethod
    async def sent(self, form: Json) -> Json:
        """Send one message; what the API answers. Raises Refused."""

    def refusal(self, trouble: Trouble) -> Answer:
        """From the table of the channel."""
        return self.error(*self.errors[trouble])

    def error(self, status: int, code: int, subcode: int, words: str, details: str = "") -> Answer:
        """An error as Graph words it."""
        known = f"(#{code}) {words}" if code != INVALID_TOKEN[1] else words
        body: Json = {"message": known, "type": "OAuthException", "code": code}
        if subcode:
            body["error_subcode"] = subcode
        if details:
            body["error_data"] = {"messaging_product": "whatsapp", "details": details}
        return Answer(status=status, body={"error": {**body, "fbtrace_id": self.bare_id()[-23:]}})

    def remember(self, name: str, ours: str) -> None:
        """Keep what Parley wants to read again in reports of this message."""
        self._told[name] = ours
        while len(self._told) > MAX_TOLD:
            self._told.popitem(last=False)

    def recalled(self, name: str) -> str:
        """What was kept; "" for nothing."""
        return self._told.get(name, "")

    def missing(self, words: str) -> Refused:
        """Code 100: a parameter is absent or wrong."""
        return Refused(self.error(400, 100, 0, words))

    async def hook(self, *values: Json) -> int:
        """Bring an entry, signed over its bytes."""
        entry = {"id": self.node, "time": self._clock.now_ms(), **self.entry(*values)}
        body = msgspec.json.encode({"object": self.object, "entry": [entry]})
        digest = hmac.new(self.keys.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": f"sha256={digest}",
        }
        return await self.bring(body, headers)

    def entry(self, *values: Json) -> Json:
        """What an entry holds of these."""
        return {"messaging": list(values)}

    def link_of(self, said: Said) -> str:
        """Where a customer's file lies."""
        return f"{self.base_url}/files/{said.file}"

    def _open(self, request: web.Request) -> None:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = bearer or request.query.get("access_token", "")
        if not same(given, self.keys.access_token):
            raise Refused(self.error(*INVALID_TOKEN))

    def known(self, node: str) -> None:
        """Raises Refused for what is not ours."""
        if node not in {self.node, "me"}:
            words = (
                f"Unsupported request. Object with ID '{node}' does not exist, cannot be loaded due"
                " to missing permissions, or does not support this operation"
            )
            raise Refused(self.error(400, 100, 33, words))

    async def _read(self, request: web.Request) -> web.Response:
        self._open(request)
        return web.json_response(self.read(request.match_info["node"]))

    def read(self, node: str) -> Json:
        """A node of the graph. Raises Refused."""
        self.known(node)
        return {"id": self.node}

    async def _send(self, request: web.Request) -> web.Response:
        self._open(request)
        self.known(request.match_info["node"])
        form = await self.body(request, self.error(400, 100, 0, "Invalid parameter"))
        answer = await self.sent(form)
        self.lose(request)
        return web.json_response(answer)

    async def _file(self, request: web.Request) -> web.Response:
        return self.served(request.match_info["file"])
