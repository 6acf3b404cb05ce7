"""WeCom customer service: a callback says that something came, and kf/sync_msg is asked for it."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Self

from adapters._shared.http import Answer, Reply
from adapters._shared.signatures import same, secret_bytes
from adapters._shared.wechat import (
    TOKEN_TIMEOUT_S,
    Codes,
    Malformed,
    Sealed,
    aes_key,
    errcode,
    json_object,
    query_of,
    read_xml,
    refusal,
    unseal,
    verify,
    words,
)
from adapters._shared.wechat_adapter import MIB, SENDING_MS, SUCCESS, WINDOW_MS, TokenAdapter
from adapters.wecom import sessions, wire
from adapters.wecom.settings import WecomSettings
from gateway.contract import (
    Accepted,
    AccountId,
    AttachmentRule,
    Capabilities,
    DedupKey,
    Deferred,
    Doubt,
    Holder,
    InboundEvent,
    Inlet,
    MessageKind,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    SendBudget,
    TextUnit,
    Unauthentic,
    Unreadable,
)
from gateway.domain.clock import Clock, SystemClock
from gateway.domain.message import MessageState

METHOD = "SYNC"  # of a page that our own poller hands in
PROOF = "x-parley-page"  # its HMAC

MAX_BYTES = {"image": 10 * MIB, "voice": 2 * MIB, "video": 10 * MIB}
# A page must fit into the 1 MiB that is read of an answer; a text has at most a few kilobytes.
PAGE = 100
ACCOUNTS = 100
# Asking without a callback's token is strictly limited, so it is for what callbacks missed.
LOOK_S = 60.0
MAX_RUNG = 1_000
EVERY = ""  # in place of an account: all of them
STATE, MOVE = "/cgi-bin/kf/service_state/get", "/cgi-bin/kf/service_state/trans"
UNMOVED = "unmoved"  # in place of a name, of a session that stays where it is
STALE_TOKEN = 95007  # a callback's token lasts ten minutes


class WecomAdapter(TokenAdapter):
    """WeCom customer service."""

    name: ClassVar[str] = "wecom"
    channel: ClassVar[str] = "wecom"
    settings_type: ClassVar[type[WecomSettings]] = WecomSettings
    secret_name: ClassVar[str] = "secret"  # noqa: S105 - a name
    when_refused: ClassVar[str] = "check corp_id, secret, and the application's trusted addresses"
    codes: ClassVar[Codes] = wire.CODES
    # https://developer.work.weixin.qq.com/document/path/94677
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"wecom"}),
        max_text=2_048,
        text_unit=TextUnit.BYTES,
        attachments=(
            *(
                AttachmentRule(media_type=t, max_bytes=MAX_BYTES[k])
                for t, k in wire.UPLOADS.items()
            ),
            AttachmentRule(media_type="", max_bytes=20 * MIB),
        ),
        max_attachments=1,
        choices=wire.CHOICES,
        captions=False,
        send_timeout_ms=SENDING_MS,
        reports=frozenset({MessageState.FAILED}),
        in_doubt=Doubt.HOLD,
        window_ms=WINDOW_MS,
        budget=SendBudget(messages=5, per_ms=WINDOW_MS),
    )

    def __init__(self, account: AccountId, settings: WecomSettings, clock: Clock) -> None:
        super().__init__(settings.api_url, settings.secret, clock)
        self._account = account
        self._settings = settings
        self._clock = clock
        key = settings.encoding_aes_key.get_secret_value()
        self._key = aes_key(key) if key else b""
        self._staff = sessions.Staff(settings.servicers, settings.pools)
        self._rung: dict[str, str] = {}  # account -> the token of the latest callback
        self._bell = asyncio.Event()

    @classmethod
    def build(cls, account: AccountId, settings: WecomSettings) -> Self:
        """Make the adapter of one account. No I/O."""
        return cls(account, settings, SystemClock())

    # --- in ----------------------------------------------------------------------------------

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read a page that our poller fetched, or a callback, which holds no message itself."""
        if raw.method == METHOD:
            if not same(raw.header(PROOF), self._proof(raw.body)):
                raise Unauthentic("a page that our own poller did not fetch")
            return wire.decode(raw.body), RawReply()
        query = query_of(raw)
        if raw.method == "GET":
            try:
                return (), RawReply(body=self._opened(query, query.get("echostr", "")))
            except Sealed as error:
                raise Unauthentic(str(error)) from error
        try:
            sealed = words(read_xml(raw.body), "Encrypt")
        except Malformed as error:
            raise Unauthentic(f"the callback holds nothing signed: {error}") from error
        try:
            told = read_xml(self._opened(query, sealed))
        except (Sealed, Malformed) as error:
            return (Unreadable(detail=str(error)),), SUCCESS
        if words(told, "Event") != "kf_msg_or_event":
            event = words(told, "Event")[:50]
            return (Unreadable(detail=f"a callback called {event!r}"),), SUCCESS
        self._ring(words(told, "OpenKfId"), words(told, "Token"))
        return (), SUCCESS

    def _opened(self, query: Mapping[str, str], sealed: str) -> bytes:
        """Raises Unauthentic, or Sealed for what is signed and cannot be decrypted."""
        token = self._settings.token.get_secret_value()
        verify(query, token, field="msg_signature", sealed=sealed)
        if not self._key:
            raise Unauthentic("encoding_aes_key is empty; set it to open the channel")
        return unseal(sealed, self._key, self._settings.corp_id)

    def _proof(self, body: bytes) -> str:
        key = secret_bytes(self._settings.secret, "secret")
        return hmac.new(key, body, hashlib.sha256).hexdigest()

    def _ring(self, open_kfid: str, token: str) -> None:
        """Wake the poller. It is a hint: what it is about stays at WeCom until it is committed."""
        own = self._settings.open_kfid
        if own and open_kfid not in {own, EVERY}:
            return
        self._rung[open_kfid if len(self._rung) < MAX_RUNG else EVERY] = token
        self._bell.set()

    async def poll(self, cursors: Mapping[str, str], inlet: Inlet) -> None:
        """Fetch when a callback says so, and now and then, until cancelled."""
        if not self._has_secret:
            raise ConnectionError("secret is empty, so WeCom cannot be asked; set it")
        await self._client.open()
        reached = dict(cursors)
        accounts = await self._accounts()
        due = dict.fromkeys(accounts, "")
        while True:
            for open_kfid, token in due.items():
                await self._catch_up(open_kfid, token, reached, inlet)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), LOOK_S)
            self._bell.clear()
            rung, self._rung = self._rung, {}
            accounts = list(dict.fromkeys([*accounts, *filter(None, rung)]))
            every = not rung or EVERY in rung
            due = {a: rung.get(a, rung.get(EVERY, "")) for a in accounts if every or a in rung}

    async def _accounts(self) -> list[str]:
        """The account of the settings, or all that our secret may serve.

        https://developer.work.weixin.qq.com/document/path/94661
        """
        if self._settings.open_kfid:
            return [self._settings.open_kfid]
        page = await self._asked("/cgi-bin/kf/account/list", {"offset": 0, "limit": ACCOUNTS})
        listed = page.get("account_list")
        found = listed if isinstance(listed, list) else []
        names = (words(each, "open_kfid") for each in found if isinstance(each, dict))
        return [name for name in names if name]

    async def _catch_up(
        self, open_kfid: str, token: str, reached: dict[str, str], inlet: Inlet
    ) -> None:
        """Page after page; each commits with the cursor behind it.

        https://developer.work.weixin.qq.com/document/path/94670
        """
        name = f"kf:{open_kfid}"
        while True:
            before = reached.get(name, "")
            body = {"cursor": before, "token": token, "limit": PAGE, "open_kfid": open_kfid}
            answer = await self._page(body)
            page = json_object(answer)
            after = words(page, "next_cursor")
            if page.get("msg_list"):
                if not after:
                    raise ConnectionError("WeCom gave messages and no cursor")
                await inlet(self._raw(answer.body, (name, after)))
            if not after or after == before:
                return
            reached[name] = after
            if page.get("has_more") != 1:
                return

    async def _page(self, body: dict[str, Any]) -> Answer:
        """Without the callback's token when it has become stale."""
        answer = await self._call("/cgi-bin/kf/sync_msg", body)
        if errcode(answer) == STALE_TOKEN and body["token"]:
            answer = await self._call("/cgi-bin/kf/sync_msg", {**body, "token": ""})
        return _well(answer)

    def _raw(self, body: bytes, cursor: tuple[str, str]) -> RawRequest:
        return RawRequest(
            account=self._account,
            method=METHOD,
            path=f"/in/{self._account}",
            headers=((PROOF, self._proof(body)),),
            body=body,
            received_at=self._clock.now_ms(),
            cursor=cursor,
        )

    async def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return json_object(_well(await self._call(path, body)))

    async def _call(self, path: str, body: dict[str, Any]) -> Answer:
        """A call of the poller. Raises ConnectionError when there is no answer."""
        reply = await self._post(path, body)
        if not isinstance(reply, Answer):
            raise ConnectionError(f"cannot ask WeCom: {reply.detail}")
        return reply

    # --- out ---------------------------------------------------------------------------------

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """One message, from the account that the customer wrote to."""
        if not self._has_secret:
            return Rejected(reason=Reason.CREDENTIALS, detail="secret is empty")
        open_kfid = message.sender.removeprefix(wire.SCHEME) or self._settings.open_kfid
        if not open_kfid:
            detail = "no customer-service account to send from; set open_kfid"
            return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
        body = await self._worded(message, open_kfid)
        if isinstance(body, Deferred | Rejected):
            return body
        outcome, kept = await self._sent(body)
        if not kept:
            return outcome
        refused = await self._taken(open_kfid, message)
        if refused is not None:
            return refused if isinstance(refused, Rejected) else outcome
        outcome, _ = await self._sent(body)
        return outcome

    async def _sent(self, body: dict[str, Any]) -> tuple[Outcome, bool]:
        """One try, and whether the session's state kept it: then it certainly did not go."""
        reply = await self._post("/cgi-bin/kf/send_msg", body)
        if isinstance(reply, Deferred | Rejected):
            return reply, False
        kept = isinstance(reply, Answer) and errcode(reply) == sessions.WRONG_STATE
        return wire.outcome(reply), kept

    async def _taken(self, open_kfid: str, message: OutboundMessage) -> Rejected | Deferred | None:
        """Take a session that nobody has; else why it is not ours, or that nobody can tell.

        https://developer.work.weixin.qq.com/document/path/94669
        """
        whose = _whose(open_kfid, message.recipient)
        found = await self._post(STATE, whose)
        unknown = Deferred(reason=Reason.UNAVAILABLE, detail="WeCom does not tell whose it is")
        state = None if isinstance(found, Deferred | Rejected) else sessions.session_of(found)
        if state is None or isinstance(found, Deferred | Rejected):
            return unknown
        if state == sessions.ASSISTANT:
            return None
        if state != sessions.NEW:
            return sessions.kept_from(state, found)
        moved = await self._post(MOVE, {**whose, "service_state": sessions.ASSISTANT})
        taken = isinstance(moved, Answer) and errcode(moved) == 0
        return None if taken else unknown

    async def hand(self, holder: Holder) -> Outcome:
        """Move the session to whoever has it now, unless somebody in WeCom has it.

        https://developer.work.weixin.qq.com/document/path/94669
        """
        wanted = self._staff.wanted(holder)
        if wanted is None:
            return Accepted(provider_id=UNMOVED)
        open_kfid = holder.sender or self._settings.open_kfid
        if not (self._has_secret and open_kfid):
            detail = "no secret, or no customer-service account to ask with"
            return Rejected(reason=Reason.CREDENTIALS, detail=detail)
        whose = _whose(open_kfid, holder.recipient)
        found = await self._post(STATE, whose)
        if isinstance(found, Deferred | Rejected):
            return found
        refused = refusal(found, wire.CODES)
        if refused is not None:
            return refused
        state = sessions.session_of(found)
        if state is None or not self._staff.may(wanted, state, sessions.servicer_of(found)):
            return Accepted(provider_id=UNMOVED)
        to, servicer = wanted
        named = {"servicer_userid": servicer} if servicer else {}
        moved = await self._post(MOVE, {**whose, "service_state": to, **named})
        if isinstance(moved, Deferred | Rejected):
            return moved
        return refusal(moved, wire.CODES) or Accepted(provider_id=f"service_state:{to}")

    async def _worded(
        self, message: OutboundMessage, open_kfid: str
    ) -> dict[str, Any] | Deferred | Rejected:
        """The message's body; a file is uploaded first, and sent by the id that it got."""
        if not message.attachments:
            return wire.encode(message, open_kfid)
        if message.text or len(message.attachments) > 1:
            detail = "WeCom sends one file at a time, without words"
            return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
        file = message.attachments[0]
        kind = wire.kind_of(file.media_type)
        media_id = await self._upload(file, kind)
        if not isinstance(media_id, str):
            return media_id
        return wire.encode_file(message, open_kfid, kind, media_id)

    async def ask_token(self) -> Reply:
        """Asking again gives the same token while it lasts.

        https://developer.work.weixin.qq.com/document/path/91039
        """
        query = [
            ("corpid", self._settings.corp_id),
            ("corpsecret", self._settings.secret.get_secret_value()),
        ]
        path = "/cgi-bin/gettoken"
        return await self._client.request("GET", path, query=query, timeout_s=TOKEN_TIMEOUT_S)


def _whose(open_kfid: str, customer: str) -> dict[str, Any]:
    return {"open_kfid": open_kfid, "external_userid": customer.removeprefix(wire.SCHEME)}


def _well(answer: Answer) -> Answer:
    """Raises ConnectionError when WeCom does not say that all is well."""
    code = errcode(answer)
    if answer.status != 200 or code != 0:
        said = str(json_object(answer).get("errmsg") or "")[:200]
        raise ConnectionError(f"WeCom answers HTTP {answer.status}, {code}: {said}")
    return answer
