"""Our words into the provider's request, and what its answer means. Pure."""

from typing import Any

import msgspec

from adapters._shared.http import Answer, Reply, outcome_of_failure
from adapters.generic.expressions import Expression, Unmapped, as_text
from adapters.generic.settings import AnswerMap, Outbound
from adapters.generic.templates import (
    Values,
    header_filler,
    text_filler,
    tree_filler,
    url_filler,
)
from gateway.contract import (
    Accepted,
    DedupKey,
    Deferred,
    InDoubt,
    OutboundMessage,
    Outcome,
    Reason,
    Rejected,
)
from gateway.domain.ids import address_of

ANY = "*"
# A send that fails for these may succeed later: certainly not sent, and worth another try.
PASSING = frozenset({Reason.THROTTLED, Reason.UNAVAILABLE, Reason.MAILBOX_FULL})
FILE_FIELDS = ("url", "media_type", "filename", "size_bytes")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it will be made, below the origin."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    json: Any
    form: tuple[tuple[str, str], ...] | None


class Requests:
    """The templates of an account, compiled once."""

    def __init__(self, outbound: Outbound) -> None:
        self._method = outbound.method
        self.origin, self._path = url_filler(outbound.url.get_secret_value())
        self._headers = {
            name: header_filler(value.get_secret_value())
            for name, value in outbound.headers.items()
        }
        self._query = _pairs(outbound.query)
        self._form = _pairs(outbound.form)
        self._body = tree_filler(outbound.body) if outbound.body else None

    def of(self, message: OutboundMessage, key: DedupKey) -> Request:
        """The request that sends a message. Raises Unworded."""
        values = values_of(message, key)
        return Request(
            method=self._method,
            path=self._path(values),
            query=tuple((name, str(fill(values))) for name, fill in self._query),
            headers={name: fill(values) for name, fill in self._headers.items()},
            json=self._body(values) if self._body else None,
            form=tuple((n, str(fill(values))) for n, fill in self._form) if self._form else None,
        )


def _pairs(written: Any) -> list[tuple[str, Any]]:
    return [(name, text_filler(value.get_secret_value())) for name, value in written.items()]


def values_of(message: OutboundMessage, key: DedupKey) -> Values:
    """What templates may speak of."""
    return {
        "recipient": address_of(message.recipient),
        "recipient_urn": message.recipient,
        "sender": address_of(message.sender),
        "text": message.text,
        "id": message.id,
        "key": str(key),
        "conversation": message.conversation,
        "in_reply_to": message.in_reply_to or "",
        "language": message.language,
        "automatic": message.automatic,
        "written_at": message.written_at,
        "files": [{name: getattr(f, name) for name in FILE_FIELDS} for f in message.attachments],
    }


class Answers:
    """What the provider's answers mean."""

    def __init__(self, answer: AnswerMap) -> None:
        self._settings = answer
        self._id = Expression(answer.id, "answer.id")
        self._error = Expression(answer.error, "answer.error")
        self._detail = Expression(answer.detail, "answer.detail")

    def outcome(self, reply: Reply, message: OutboundMessage) -> Outcome:
        """Of one try. An answer of 2xx that cannot be read is a doubt."""
        data = reply.json() if isinstance(reply, Answer) else None
        try:
            code, detail = self._code(data), self._detail.text(data)[:300]
            name = self._id.text(data)
        except Unmapped as error:
            code, detail, name = "", str(error), ""
        failure = outcome_of_failure(reply)
        if isinstance(reply, Answer) and reply.status < 500 and code in self._settings.errors:
            return self._told(code, detail)
        if failure is not None:
            return failure
        assert isinstance(reply, Answer)
        if code:
            return self._unlisted(reply, code, detail)
        if reply.status >= 400:
            refused = f"HTTP {reply.status} {detail}".strip()
            return Rejected(reason=_by_status(reply.status), detail=refused, code=str(reply.status))
        name = name or (reply.header(self._settings.id_header) or "")
        return Accepted(provider_id=name) if name else self._nameless(reply, message)

    def _code(self, data: Any) -> str:
        code = as_text(self._error.of(data))
        return "" if code in ("0", "0.0") else code

    def _told(self, code: str, detail: str) -> Outcome:
        means = self._settings.errors[code]
        words = detail or f"the provider's error {code}"
        if not isinstance(means, Reason):
            return InDoubt(detail=words)
        if means in PASSING:
            return Deferred(reason=means, detail=words)
        return Rejected(reason=means, detail=words, code=code)

    def _unlisted(self, reply: Answer, code: str, detail: str) -> Outcome:
        if ANY in self._settings.errors:
            told = self._told(ANY, detail or f"the provider's error {code}")
            return msgspec.structs.replace(told, code=code) if isinstance(told, Rejected) else told
        words = f"HTTP {reply.status}, error {code} {detail}".strip()
        if reply.status < 300:
            return InDoubt(detail=f"{words}; answer.errors does not know it")
        return Rejected(reason=_by_status(reply.status), detail=words, code=code)

    def _nameless(self, reply: Answer, message: OutboundMessage) -> Outcome:
        detail = f"HTTP {reply.status} without an id"
        match self._settings.without_id:
            case "accepted":  # the settings say so; then it goes by our name
                return Accepted(provider_id=message.id)
            case "rejected":
                return Rejected(reason=Reason.OTHER, detail=detail)
        return InDoubt(detail=detail)


# https://www.rfc-editor.org/rfc/rfc9110#section-15.5
_STATUSES = {
    401: Reason.CREDENTIALS,
    402: Reason.OUT_OF_FUNDS,
    403: Reason.CREDENTIALS,
    413: Reason.TOO_LARGE,
    415: Reason.UNSUPPORTED,
}


def _by_status(status: int) -> Reason:
    return _STATUSES.get(status, Reason.OTHER)
