"""One account of Twilio's Voice. Speaks HTTP as its neighbour for SMS does, and for its reason."""

from typing import ClassVar
from urllib.parse import quote, urlencode

from adapters._shared import form
from adapters._shared.http import Answer
from adapters._shared.twilio import of_another_account, verified
from adapters._shared.twilio_adapter import TwilioAdapter
from adapters.twilio_voice import twiml, wire
from adapters.twilio_voice.settings import TwilioVoiceSettings
from gateway.contract import (
    Capabilities,
    Command,
    DedupKey,
    Dial,
    Directive,
    FoundCall,
    InboundEvent,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Refresh,
    Rejected,
    Unreadable,
)

NO_CONTENT = RawReply(status=204)
XML = "text/xml"
TOKEN_S = 3_600


class TwilioVoiceAdapter(TwilioAdapter[TwilioVoiceSettings]):
    """Calls through Twilio."""

    name: ClassVar[str] = "twilio_voice"
    channel: ClassVar[str] = "voice"
    settings_type: ClassVar[type[TwilioVoiceSettings]] = TwilioVoiceSettings
    capabilities = Capabilities(
        kinds=frozenset(), reaches=frozenset({"tel"}), max_text=0, gather_ms=0
    )

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read one webhook of a call. What it is to hear, `answer` words."""
        settings = self._settings
        told = verified(raw, settings.public_url, settings.auth_token)
        fields, query = form.first(told.fields), form.first(told.query)
        reply = self.answer(raw, ()) if wire.asks(fields) else NO_CONTENT
        stray = of_another_account(fields, settings.account_sid)
        return (stray or wire.decode(fields, query),), reply

    def answer(self, raw: RawRequest, directives: tuple[Directive, ...]) -> RawReply:
        """The directives as TwiML; the addresses in it carry the leg on."""
        query = form.first(form.parse(raw.query))
        url = self._url(query.get(wire.LEG, ""))
        scene = twiml.Scene(url=url, music=self._settings.hold_music, transcribes=url)
        return RawReply(content_type=XML, body=twiml.document(directives, scene))

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Nobody is written to by telephone."""
        detail = "a telephone carries no messages; answer on another channel, or call"
        return Rejected(reason=Reason.UNSUPPORTED, detail=detail)

    async def command(self, command: Command, key: DedupKey) -> Outcome:
        """Dial, refresh or drop one leg: one request. Twilio takes no key for repeats."""
        if not self._token:
            return Rejected(reason=Reason.CREDENTIALS, detail="auth_token is empty")
        if isinstance(command, Dial):
            body = wire.dial(command, url=self._url(command.leg))
            return wire.outcome(
                await self._client.request("POST", f"{self._api}/Calls.json", form=body)
            )
        leg = f"{self._api}/Calls/{quote(command.provider_id)}.json"
        body = wire.DROP
        if isinstance(command, Refresh):
            body = wire.refresh(self._url(command.leg))
        reply = await self._client.request("POST", leg, form=body)
        return wire.outcome(reply, command.provider_id)

    async def find_call(self, dial: Dial, started_at: int) -> FoundCall | None:
        """Look through the newest calls to this telephone. Raises when Twilio gives no list."""
        path = f"{self._api}/Calls.json?{urlencode(wire.search(dial))}"
        reply = await self._client.request("GET", path)
        if not isinstance(reply, Answer):
            raise ConnectionError(f"cannot ask Twilio: {reply.detail}")
        return wire.find_in(reply, started_at)

    def softphone(self, login: str) -> str:
        """A token with which a browser is this login's telephone; "" when no key is set.

        https://www.twilio.com/docs/iam/access-tokens
        """
        settings = self._settings
        secret = settings.api_key_secret.get_secret_value()
        if not secret:
            return ""
        # All of cryptography's keys come along, 8 MB, and few desks telephone from the browser.
        from twilio.jwt.access_token import AccessToken
        from twilio.jwt.access_token.grants import VoiceGrant

        token = AccessToken(
            settings.account_sid,
            settings.api_key_sid,
            secret,
            identity=wire.identity_of(login),
            ttl=TOKEN_S,
        )
        app = settings.twiml_app_sid or None
        token.add_grant(VoiceGrant(outgoing_application_sid=app, incoming_allow=True))
        return str(token.to_jwt())

    def _url(self, leg: str) -> str:
        """Our webhook, and which leg of ours it is about."""
        base = f"{self._settings.public_url.rstrip('/')}/in/{quote(self._account)}"
        return f"{base}?{wire.LEG}={quote(leg)}" if leg else base
