"""A provider that asks whether the address is ours, by GET or by POST, and what it is answered."""

from typing import Any

import msgspec

from adapters._shared.form import first, parse
from adapters._shared.signatures import same, secret_bytes
from adapters.generic.expressions import Expression, Unmapped
from adapters.generic.settings import Challenge, Verify
from adapters.generic.wire.verify import prove
from gateway.contract import RawReply, RawRequest, Unauthentic

MAX_WORD = 256
MAX_BODY = 16 * 1024  # of a question; deliveries may be longer


class Challenges:
    """The expressions of an account's challenge, compiled once."""

    def __init__(self, challenge: Challenge, verify: Verify) -> None:
        self._challenge = challenge
        self._verify = verify
        self._word = Expression(challenge.body, "challenge.body")
        self._token = Expression(challenge.token_body, "challenge.token_body")

    def answer(self, raw: RawRequest) -> RawReply | None:
        """The word given back; None when nothing is asked. Raises Unauthentic for strangers."""
        if raw.method == "GET":
            return self._answered_by_get(raw)
        return self._answered_by_post(raw) if self._word and raw.method == "POST" else None

    def _answered_by_get(self, raw: RawRequest) -> RawReply | None:
        challenge, fields = self._challenge, first(parse(raw.query))
        word = fields.get(challenge.query) if challenge.query else None
        if not word:
            return None
        if challenge.token_query:
            self._knows(fields.get(challenge.token_query), challenge.token_query)
        return self._given_back(word, challenge.query)

    def _answered_by_post(self, raw: RawRequest) -> RawReply | None:
        """One without a token of its own is proved as any delivery is."""
        try:
            data = _json(raw.body)
            word = self._word.text(data)
            if not word:
                return None
            if self._token:
                self._knows(self._token.text(data), "challenge.token_body")
            else:
                prove(self._verify, raw)
        except Unmapped:
            return None
        return self._given_back(word, "challenge.body")

    def _knows(self, given: str | None, where: str) -> None:
        token = secret_bytes(self._challenge.token, "challenge.token").decode()
        if not same(given, token):
            raise Unauthentic(f"{where} is not this account's token")

    def _given_back(self, word: str, where: str) -> RawReply:
        if len(word) > MAX_WORD or not word.isascii() or not word.isprintable():
            raise Unauthentic(f"{where} is no word to give back")
        if self._challenge.reply_key:
            body = msgspec.json.encode({self._challenge.reply_key: word})
            return RawReply(body=body, content_type="application/json")
        return RawReply(body=word.encode())


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if len(body) <= MAX_BODY else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
