"""A stand-in for Twilio's Messages API, and a telephone with which one plays the customer.

Under /2010-04-01 it speaks as api.twilio.com does: Basic auth, checks, errors, resources, signed
webhooks. Under /sandbox/sms one plays the customer and breaks things:

    POST /sandbox/sms/inbound   {"from", "to"?, "text"?, "media"?: [{"content_type", "base64"}],
                                 "profile_name"?, "latitude"?, "longitude"?}
    GET  /sandbox/sms/messages  ?phone=  everything said on that telephone, oldest first
    GET  /sandbox/sms/webhooks  the newest webhooks, and what they were answered
    POST /sandbox/sms/faults    {"fault", "times"?}, see Fault
    POST /sandbox/sms/release   lets go of the webhooks that are held

All in memory, and bounded.
"""

import base64
import binascii
import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import msgspec
from aiohttp import web

from gateway.domain.clock import Clock
from gateway.sandbox import twilio_wire as wire
from gateway.sandbox.twilio_webhooks import Fault, Faults, Webhooks
from gateway.sandbox.twilio_wire import ApiError, SandboxMessage

MAX_MESSAGES = 5_000
MAX_UNSUBSCRIBED = 1_000
MAX_MEDIA_BYTES = 5 * 1024 * 1024
MAX_MEDIA_KEPT = 20

ROAD = ("queued", "sent", "delivered")
UNREACHABLE = 30003


class InboundForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page sends to play the customer."""

    sender: str = msgspec.field(name="from")
    to: str = ""
    text: str = ""
    media: tuple[dict[str, str], ...] = ()
    profile_name: str = ""
    latitude: float | None = None
    longitude: float | None = None


class FaultForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page sends to break something."""

    fault: Fault
    times: int = 1


class TwilioSandbox:
    """One account of a Twilio of our own. `webhook_url` is where it brings customers' messages."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        numbers: tuple[str, ...],
        webhook_url: str,
        session: Callable[[], aiohttp.ClientSession],
        make_id: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._sid = account_sid
        self._login = b"Basic " + base64.b64encode(f"{account_sid}:{auth_token}".encode())
        self._numbers = numbers
        self._webhook_url = webhook_url
        self._make_id = make_id
        self._clock = clock
        self._faults = Faults()
        self._webhooks = Webhooks(auth_token, session, make_id, self._faults)
        self._messages: OrderedDict[str, SandboxMessage] = OrderedDict()
        self._media: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._unsubscribed: OrderedDict[tuple[str, str], None] = OrderedDict()

    def refused(self, request: web.Request) -> web.Response | None:
        """Credentials first, then whose account it is."""
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._login):
            return _error(wire.UNAUTHORIZED)
        own = request.match_info["account"] == self._sid
        return None if own else _error(wire.not_found(request.path))

    def app(self) -> web.Application:
        """The sub-application; its routes begin at its root."""
        app = web.Application(client_max_size=2 * MAX_MEDIA_BYTES)
        account = f"/{wire.API_VERSION}/Accounts/{{account}}"
        app.add_routes(
            [
                web.get(f"{account}.json", self._get_account),
                web.post(f"{account}/Messages.json", self._create),
                web.get(f"{account}/Messages.json", self._list),
                web.get(f"{account}/Messages/{{sid}}.json", self._get_message),
                web.get(f"{account}/Messages/{{sid}}/Media/{{media}}", self._get_media),
                web.post("/sandbox/sms/inbound", self._play_inbound),
                web.get("/sandbox/sms/messages", self._play_messages),
                web.get("/sandbox/sms/webhooks", self._play_webhooks),
                web.post("/sandbox/sms/faults", self._play_faults),
                web.post("/sandbox/sms/release", self._play_release),
            ]
        )
        app.cleanup_ctx.append(self._lifetime)
        return app

    async def settled(self) -> None:
        """Wait until every webhook that is on its way has been answered."""
        await self._webhooks.settled()

    async def _lifetime(self, _app: web.Application) -> Any:
        await self._webhooks.open()
        yield
        await self._webhooks.close()

    # --- the API ---------------------------------------------------------------------------------

    async def _get_account(self, request: web.Request) -> web.Response:
        account = {
            "sid": self._sid,
            "friendly_name": "Sandbox",
            "status": "active",
            "type": "Full",
            "uri": f"/{wire.API_VERSION}/Accounts/{self._sid}.json",
        }
        return self.refused(request) or web.json_response(account)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        refused = self.refused(request)
        if refused is not None:
            return refused
        if self._faults.strikes(Fault.THROTTLE):
            return _error(wire.THROTTLED, {"Retry-After": "1"})
        if self._faults.strikes(Fault.UNAVAILABLE):
            return _error(wire.UNAVAILABLE, {"Retry-After": "1"})
        form = parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True)
        error = wire.refusal(form, self._numbers) or self._unsubscribed_error(dict(form))
        if error is not None:
            return _error(error)
        message = self._sent(form)
        if self._faults.strikes(Fault.LOST_ANSWER):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if self._faults.strikes(Fault.ERROR_AFTER):
            return _error(wire.BROKEN)
        return web.json_response(message.json(), status=201)

    def _unsubscribed_error(self, fields: Mapping[str, str]) -> ApiError | None:
        pair = (fields.get("To", ""), fields.get("From", ""))
        return wire.UNSUBSCRIBED if pair in self._unsubscribed else None

    def _sent(self, form: list[tuple[str, str]]) -> SandboxMessage:
        """Keep the message, and start telling what becomes of it."""
        fields = dict(form)
        service = fields.get("MessagingServiceSid", "")
        message = self._keep(
            direction="outbound-api",
            sender=fields.get("From", "") or (self._numbers[0] if self._numbers else ""),
            to=fields["To"],
            body=fields.get("Body", ""),
            media=tuple(value for name, value in form if name == "MediaUrl"),
            service=service,
            status="accepted" if service else "queued",
            status_callback=fields.get("StatusCallback", ""),
        )
        self._webhooks.start(self._tell(message))
        return message

    async def _tell(self, message: SandboxMessage) -> None:
        """Post each status to StatusCallback, in order unless that is broken."""
        road: list[tuple[str, int | None]] = [(status, None) for status in ROAD]
        if self._faults.strikes(Fault.UNDELIVERED):
            road[-1] = ("undelivered", UNREACHABLE)
        status, code = road[-1]
        if self._faults.strikes(Fault.REVERSED_WEBHOOKS):
            road.reverse()
        for each in road if message.status_callback else ():
            await self._webhooks.bring(message.status_callback, wire.status_fields(message, *each))
        if message.sid in self._messages:
            now = self._clock.now_ms()
            self._messages[message.sid] = msgspec.structs.replace(
                message, status=status, error_code=code, updated_at=now
            )

    async def _list(self, request: web.Request) -> web.Response:
        refused = self.refused(request)
        if refused is not None:
            return refused
        newest_first = reversed(self._messages.values())
        return web.json_response(wire.listing(newest_first, dict(request.query), request.path))

    async def _get_message(self, request: web.Request) -> web.Response:
        message = self._messages.get(request.match_info["sid"])
        refused = self.refused(request)
        if refused is not None or message is None:
            return refused or _error(wire.not_found(request.path))
        return web.json_response(message.json())

    async def _get_media(self, request: web.Request) -> web.Response:
        found = self._media.get(request.match_info["media"])
        refused = self.refused(request)
        if refused is not None or found is None:
            return refused or _error(wire.not_found(request.path))
        return web.Response(body=found[1], content_type=found[0])

    # --- the page --------------------------------------------------------------------------------

    async def _play_inbound(self, request: web.Request) -> web.Response:
        form = _decode(await request.read(), InboundForm)
        if isinstance(form, web.Response):
            return form
        media = [self._keep_media(each) for each in form.media[: wire.MAX_MEDIA]]
        to = form.to or (self._numbers[0] if self._numbers else "")
        message = self._keep(
            direction="inbound", sender=form.sender, to=to, body=form.text, status="received"
        )
        self._note_consent(form.sender, to, wire.consent_of(form.text))
        base = f"{request.url.origin()}/{wire.API_VERSION}/Accounts/{self._sid}"
        links = [
            (f"{base}/Messages/{message.sid}/Media/{sid}", media_type) for sid, media_type in media
        ]
        fields = wire.inbound_fields(message, links, _extras(form))
        webhook = await self._webhooks.bring(self._webhook_url, fields)
        answered = {"status": webhook.status, "reply": webhook.reply} if webhook else None
        return web.json_response({"sid": message.sid, "webhook": answered}, status=201)

    def _note_consent(self, sender: str, to: str, wish: bool | None) -> None:
        if wish is False:
            self._unsubscribed[sender, to] = None
        elif wish is True:
            self._unsubscribed.pop((sender, to), None)
        _shorten(self._unsubscribed, MAX_UNSUBSCRIBED)

    def _keep_media(self, file: Mapping[str, str]) -> tuple[str, str]:
        try:
            content = base64.b64decode(file.get("base64", ""), validate=True)
        except (binascii.Error, ValueError):
            content = b""
        sid = "ME" + self._make_id().replace("-", "")
        media_type = file.get("content_type", "application/octet-stream")
        self._media[sid] = (media_type, content[:MAX_MEDIA_BYTES])
        _shorten(self._media, MAX_MEDIA_KEPT)
        return sid, media_type

    async def _play_messages(self, request: web.Request) -> web.Response:
        phone = request.query.get("phone", "")
        said = [m for m in self._messages.values() if not phone or phone in {m.sender, m.to}]
        return web.json_response({"messages": [{**m.json(), "media": m.media} for m in said]})

    async def _play_webhooks(self, _request: web.Request) -> web.Response:
        newest = msgspec.to_builtins(list(self._webhooks.newest))
        return web.json_response({"webhooks": newest, "held": self._webhooks.held})

    async def _play_faults(self, request: web.Request) -> web.Response:
        form = _decode(await request.read(), FaultForm)
        if isinstance(form, web.Response):
            return form
        self._faults.set(form.fault, form.times)
        return web.json_response({"faults": self._faults.left()})

    async def _play_release(self, _request: web.Request) -> web.Response:
        return web.json_response({"released": await self._webhooks.release()})

    def _keep(self, **fields: Any) -> SandboxMessage:
        now = self._clock.now_ms()
        prefix = "MM" if fields.get("media") else "SM"
        defaults = {"media": (), "service": "", "status_callback": "", "error_code": None}
        message = SandboxMessage(
            sid=prefix + self._make_id().replace("-", ""),
            account_sid=self._sid,
            created_at=now,
            updated_at=now,
            **(defaults | fields),
        )
        self._messages[message.sid] = message
        _shorten(self._messages, MAX_MESSAGES)
        return message


def _shorten(kept: OrderedDict[Any, Any], limit: int) -> None:
    while len(kept) > limit:
        kept.popitem(last=False)


def _extras(form: InboundForm) -> dict[str, str]:
    """WhatsApp says more of its people, and of places."""
    extras = {"ProfileName": form.profile_name} if form.profile_name else {}
    if form.sender.startswith("whatsapp:"):
        extras |= {"WaId": form.sender.removeprefix("whatsapp:").lstrip("+"), "MessageType": "text"}
    if form.latitude is not None and form.longitude is not None:
        place = {"Latitude": str(form.latitude), "Longitude": str(form.longitude)}
        extras |= place | {"MessageType": "location"}
    return extras


def _decode(body: bytes, shape: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return web.json_response({"detail": str(error)}, status=400)


def _error(error: ApiError, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(error.json(), status=error.status, headers=headers)
