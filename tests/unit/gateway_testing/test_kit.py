"""The kit finds what is wrong with an adapter: a table of planted faults, and one that has none."""

import asyncio
import contextlib
import hmac
import json
import logging
import os
import random
import time
from pathlib import Path
from typing import ClassVar

import aiohttp
import msgspec
import pytest
from pydantic import SecretStr

from adapters._shared.http import ProviderClient
from adapters._shared.signatures import same
from gateway.contract import (
    Accepted,
    Deferred,
    Health,
    InDoubt,
    PresenceEvent,
    RawReply,
    Reason,
    Rejected,
    Unauthentic,
    Unreadable,
)
from gateway.testing import FakeProvider, InboundCase, ProviderAnswer, adapter_problems, json_answer
from tests.unit.gateway_testing.pigeon import (
    INBOUND,
    OUTBOUND,
    READ,
    SECRET,
    Pigeon,
    PigeonSettings,
    case,
    sign,
)


def problems(kind: type[Pigeon], inbound=INBOUND, outbound=OUTBOUND, **more) -> list[str]:
    def build(api_url: str, secret: str = SECRET) -> Pigeon:
        return kind.build("a", PigeonSettings(api_url=api_url, secret=SecretStr(secret)))

    options = {"secrets": (SECRET,), "sign": sign, "without_secret": lambda url: build(url, "")}
    return adapter_problems(build, inbound, outbound, **(options | more))


def test_nothing_is_wrong_with_a_good_one() -> None:
    """An adapter that keeps the contract has no problems, whoever else is logging."""
    assert problems(Pigeon) == []


async def test_from_within_a_loop() -> None:
    """The kit has a loop of its own, so a coroutine may call it too."""
    assert problems(Pigeon) == []


# --- faults of receive -----------------------------------------------------------------------


class Nameless(Pigeon):
    name = None


class Foreign(Pigeon):
    contract_version = 99


class Misreads(Pigeon):
    def message(self, raw, data):
        return msgspec.structs.replace(super().message(raw, data), text="?")


class DropsTheUnreadable(Pigeon):
    def decode(self, raw):
        return tuple(e for e in super().decode(raw) if not isinstance(e, Unreadable))


class Gullible(Pigeon):
    def verify(self, raw):
        pass


class OpenWithoutSecret(Pigeon):
    def verify(self, raw):
        if self.settings.secret.get_secret_value():
            super().verify(raw)


class SignsWithNothing(Pigeon):
    def verify(self, raw):
        key = self.settings.secret.get_secret_value().encode()
        if not same(raw.header("x-sign"), hmac.new(key, raw.body, "sha256").hexdigest()):
            raise Unauthentic("x-sign is wrong")


class SignsWithNothingAtOnce(Pigeon):
    def verify(self, raw):
        key = self.settings.secret.get_secret_value().encode()
        if not same(raw.header("x-sign"), hmac.digest(key, raw.body, "sha256").hex()):
            raise Unauthentic("x-sign is wrong")


class ComparesText(Pigeon):
    def verify(self, raw):
        hmac.compare_digest(raw.header("x-sign") or "", "0" * 64)
        super().verify(raw)


class ParsesFirst(Pigeon):
    def verify(self, raw):
        json.loads(raw.body)
        super().verify(raw)


class NotDeep(Pigeon):
    def decode(self, raw):
        try:
            return (self.message(raw, json.loads(raw.body)),)
        except (ValueError, KeyError, TypeError) as error:
            return (Unreadable(detail=str(error)),)


class Trusting(Pigeon):
    def decode(self, raw):
        try:
            return (self.message(raw, msgspec.json.decode(raw.body)),)
        except (ValueError, KeyError, RecursionError):
            return (Unreadable(detail="no letter"),)


class BareKeys(Pigeon):
    def message(self, raw, data):
        return msgspec.structs.replace(super().message(raw, data), key=data["id"])


class Twins(Pigeon):
    def decode(self, raw):
        return super().decode(raw) * 2


class NoUrn(Pigeon):
    def message(self, raw, data):
        return msgspec.structs.replace(super().message(raw, data), sender=data["from"])


class OddPresence(Pigeon):
    def decode(self, raw):
        return (
            *super().decode(raw),
            PresenceEvent(key="presence:1", what="yawns", sender="pigeon:7"),
        )


class ListsEvents(Pigeon):
    def receive(self, raw):
        events, reply = super().receive(raw)
        return list(events), reply


class RepliesBadly(Pigeon):
    def receive(self, raw):
        return super().receive(raw)[0], RawReply(status=302)


class KeysByClock(Pigeon):
    def message(self, raw, data):
        return msgspec.structs.replace(super().message(raw, data), key=f"message:{time.time_ns()}")


class KeysByArrival(Pigeon):
    def message(self, raw, data):
        return msgspec.structs.replace(super().message(raw, data), key=f"message:{raw.received_at}")


class Remembers(Pigeon):
    seen = 0

    def message(self, raw, data):
        self.seen += 1
        return msgspec.structs.replace(super().message(raw, data), text=str(self.seen))


class RemembersTheFirst(Pigeon):
    first = None

    def message(self, raw, data):
        self.first = self.first or data["id"]
        return msgspec.structs.replace(super().message(raw, data), sender_name=self.first)


class RemembersInItsModule(Pigeon):
    seen: ClassVar[set[str]] = set()  # as a set of its module would be: every instance has it

    def decode(self, raw):
        events = super().decode(raw)
        known = {event.key for event in events if not isinstance(event, Unreadable)}
        if known & self.seen:
            return ()
        self.seen.update(known)
        return events


class AsksTheTime(Pigeon):
    def decode(self, raw):
        time.monotonic()
        return super().decode(raw)


class TossesACoin(Pigeon):
    def decode(self, raw):
        random.random()
        return super().decode(raw)


class ReadsAFile(Pigeon):
    def decode(self, raw):
        Path(__file__).read_bytes()
        return super().decode(raw)


class ChangesTheWorld(Pigeon):
    def decode(self, raw):
        os.environ["PIGEON"] = str(len(raw.body))
        return super().decode(raw)


class ChangesTheWorldOnce(Pigeon):
    def decode(self, raw):
        logging.getLogger().setLevel(logging.ERROR)
        return super().decode(raw)


class ShoutedHeaders(Pigeon):
    def verify(self, raw):
        if dict(raw.headers).get("x-sign") is None:
            raise Unauthentic("no x-sign")
        super().verify(raw)


class TellsInErrors(Pigeon):
    def verify(self, raw):
        try:
            super().verify(raw)
        except Unauthentic:
            raise Unauthentic(
                f"not signed with {self.settings.secret.get_secret_value()}"
            ) from None


class TellsInLogs(Pigeon):
    def decode(self, raw):
        logging.getLogger("pigeon").debug("key %s", self.settings.secret.get_secret_value())
        return super().decode(raw)


class SpeaksPython(Pigeon):
    def decode(self, raw):
        try:
            return (self.message(raw, msgspec.json.decode(raw.body)),)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            return (Unreadable(detail=f"{error!r}"),)


class TellsByRepr(Pigeon):
    def __repr__(self) -> str:
        return f"Pigeon({self.settings.secret.get_secret_value()})"


RECEIVING = [
    (Nameless, "name is no str"),
    (Foreign, "version 99 of the contract"),
    (Misreads, "letter: InboundMessage.text is '?' for 'coo'"),
    (DropsTheUnreadable, "no letter: expected Unreadable"),
    (Gullible, "forged: a forged delivery was not refused"),
    (Gullible, "letter: accepted without any signature"),
    (OpenWithoutSecret, "letter: an empty secret opens the channel"),
    (SignsWithNothing, "an empty secret is signed with"),
    (SignsWithNothingAtOnce, "an empty secret is signed with"),
    (ComparesText, "TypeError"),
    (ParsesFirst, "JSONDecodeError"),
    (NotDeep, "objects 10,000 deep (signed): raised RecursionError"),
    (Trusting, "null (signed): raised TypeError"),
    (BareKeys, "the key '1' is not message:..."),
    (Twins, "share a key"),
    (NoUrn, "the sender '7' is no URN"),
    (OddPresence, "no presence is called 'yawns'"),
    (ListsEvents, "events are a list, no tuple"),
    (RepliesBadly, "which is no 2xx"),
    (KeysByClock, "read twice gave different events"),
    (KeysByArrival, "delivered again a second later it has other keys"),
    (Remembers, "read twice gave different events"),
    (RemembersTheFirst, "receive remembers"),
    (RemembersInItsModule, "letter: the same delivery read twice gave different events"),
    (AsksTheTime, "letter: receive asks the time"),
    (TossesACoin, "letter: receive asks for chance"),
    (ReadsAFile, "letter: receive opens a file"),
    (ChangesTheWorld, "receive changes the environment"),
    (ChangesTheWorldOnce, "receive changes the loggers' root"),
    (ShoutedHeaders, "the case of its header names matters"),
    (TellsInErrors, "secret number 1 can be read"),
    (TellsInLogs, "secret number 1 can be read"),
    (TellsByRepr, "secret number 1 can be read"),
    (SpeaksPython, "a detail speaks Python, and people read it: KeyError("),
]


@pytest.mark.parametrize(("kind", "words"), RECEIVING, ids=lambda v: getattr(v, "__name__", ""))
def test_planted_in_receive(
    kind: type[Pigeon], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault of receiving is found, and named so that one can act on it."""
    monkeypatch.setenv("PIGEON", "at home")  # so that what ChangesTheWorld does is undone
    found = problems(kind, outbound=())
    assert any(words in each for each in found), found


# --- faults of send --------------------------------------------------------------------------


class SendsOtherwise(Pigeon):
    async def send(self, message, key):
        return self.outcome(await self.client.request("PUT", "/sent?x=1", form=[("to", "me")]))


class SendsNothing(Pigeon):
    async def send(self, message, key):
        return Accepted(provider_id="p1")


class Insists(Pigeon):
    async def send(self, message, key):
        outcome = await super().send(message, key)
        return outcome if isinstance(outcome, Accepted) else await super().send(message, key)


class SendsTwice(Pigeon):
    async def send(self, message, key):
        await super().send(message, key)
        return await super().send(message, key)


class AlwaysGreen(Pigeon):
    def outcome(self, reply):
        outcome = super().outcome(reply)
        return Accepted(provider_id="p1") if isinstance(outcome, InDoubt | Accepted) else outcome


class GreenWithoutId(Pigeon):
    def outcome(self, reply):
        outcome = super().outcome(reply)
        return Accepted(provider_id="") if isinstance(outcome, Accepted) else outcome


class DoubtIsDeferred(Pigeon):
    def outcome(self, reply):
        outcome = super().outcome(reply)
        return Deferred(reason=Reason.OTHER, detail="") if isinstance(outcome, InDoubt) else outcome


class DoubtIsRejected(Pigeon):
    def outcome(self, reply):
        outcome = super().outcome(reply)
        return Rejected(reason=Reason.OTHER, detail="") if isinstance(outcome, InDoubt) else outcome


class Impatient(Pigeon):
    def outcome(self, reply):
        outcome = super().outcome(reply)
        return (
            msgspec.structs.replace(outcome, retry_after_ms=None)
            if isinstance(outcome, Deferred)
            else outcome
        )


class NoOutcome(Pigeon):
    def outcome(self, reply):
        return None


class Raises(Pigeon):
    async def send(self, message, key):
        raise RuntimeError("lost")


class SwallowsCancellation(Pigeon):
    async def send(self, message, key):
        try:
            return await super().send(message, key)
        except asyncio.CancelledError:
            return InDoubt(detail="cancelled")


class FollowsRedirects(Pigeon):
    async def send(self, message, key):
        url = f"{self.settings.api_url}/send"
        form = {"to": message.recipient, "text": message.text}
        timeout = aiohttp.ClientTimeout(total=0.2)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=form) as response,
        ):
            return Accepted(provider_id=(await response.json())["id"])


class CallsHome(Pigeon):
    async def send(self, message, key):
        client = ProviderClient("http://127.0.0.1:9")
        await client.open()
        await client.request("GET", "/")
        await client.close()
        return await super().send(message, key)


class StopsOnce(Pigeon):
    async def stop(self):
        client, self.client = self.client, None
        await client.close()


class NeedsStart(Pigeon):
    session = None

    async def start(self):
        await super().start()
        self.session = True

    async def stop(self):
        assert self.session
        await super().stop()


class CheckRaises(Pigeon):
    async def check(self):
        raise OSError("no")


class CheckIsBlind(Pigeon):
    async def check(self):
        return Health(ok=True)


class CheckIsMute(Pigeon):
    async def check(self):
        return Health(ok=False)


class CheckIsATruth(Pigeon):
    async def check(self):
        return True


class TellsTheWorld(Pigeon):
    async def send(self, message, key):
        with contextlib.suppress(Exception):
            print(self.settings.secret.get_secret_value())
        return await super().send(message, key)


SENDING = [
    (SendsOtherwise, "request 1: PUT /sent?x=1 for POST /send"),
    (SendsOtherwise, "request 1: form (('to', 'me'),) for"),
    (SendsNothing, "reply: 0 requests for 1"),
    (SendsNothing, "1 of the provider's answers were not asked for"),
    (Insists, "500: asks 2 times in one try"),
    (SendsTwice, "reply: 1 requests more than the provider has answers"),
    (AlwaysGreen, "the reply is lost: Accepted"),
    (AlwaysGreen, "200 and no JSON: Accepted"),
    (GreenWithoutId, "accepted without a provider's id"),
    (DoubtIsDeferred, "500: Deferred"),
    (DoubtIsRejected, "cut in the body: Rejected"),
    (Impatient, "429, wait for seconds: Deferred"),
    (Impatient, "429, wait until a date: Deferred"),
    (NoOutcome, "None is no outcome"),
    (Raises, "reply: RuntimeError('lost') is no outcome"),
    (SwallowsCancellation, "a cancelled send does not end as cancelled"),
    (FollowsRedirects, "a redirect to elsewhere: calls somebody else"),
    (CallsHome, "calls ('127.0.0.1', 9), which is not its api_url"),
    (StopsOnce, "stop twice: stop raised"),
    (NeedsStart, "stop without start: stop raised"),
    (CheckRaises, "check (nobody listens): raised OSError"),
    (CheckIsBlind, "says that all is well"),
    (CheckIsMute, "does not say what is wrong and what to do"),
    (CheckIsATruth, "answers True"),
    (TellsTheWorld, "secret number 1 can be read"),
]


@pytest.mark.parametrize(("kind", "words"), SENDING, ids=lambda v: getattr(v, "__name__", ""))
def test_planted_in_send(kind: type[Pigeon], words: str) -> None:
    """Each fault of sending is found, and named so that one can act on it."""
    found = problems(kind, inbound=())
    assert any(words in each for each in found), found


# --- faults of the tables --------------------------------------------------------------------

TABLES = [
    ("no forgery in it", {"inbound": INBOUND[:2], "outbound": ()}, "the table has no forged delivery"),
    ("more events than there are", {"inbound": [case("a", {"id": "1", "from": "7", "text": "coo"}, (READ, READ)), INBOUND[-1]], "outbound": ()}, "a: 1 events for 2"),
    ("another kind of event", {"inbound": [case("a", {}, (READ,)), INBOUND[-1]], "outbound": ()}, "a: Unreadable"),
    ("another reply", {"inbound": [msgspec.structs.replace(INBOUND[0], reply=RawReply(status=204)), INBOUND[-1]], "outbound": ()}, "letter: replied"),
    ("an answer nobody asks for", {"inbound": (), "outbound": [msgspec.structs.replace(OUTBOUND[0], answers=OUTBOUND[0].answers * 2)]}, "1 of the provider's answers"),
    ("another outcome", {"inbound": (), "outbound": [msgspec.structs.replace(OUTBOUND[0], expect=Rejected)]}, "for Rejected"),
    ("no row to try faults on", {"inbound": (), "outbound": [msgspec.structs.replace(OUTBOUND[0], expect=Rejected)]}, "so no faults can be tried"),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "words"), [r[1:] for r in TABLES], ids=[r[0] for r in TABLES])
def test_planted_in_tables(tables: dict, words: str) -> None:
    """A table that expects what is not so, or leaves out what it must have, is found too."""
    found = problems(Pigeon, **tables)
    assert any(words in each for each in found), found


def test_a_door_where_nobody_signs() -> None:
    """Mail has no signatures, and is not asked for forgeries."""

    class Mail(Gullible):
        pass

    rows = INBOUND[:3]
    assert problems(Mail, rows, (), signed=False, sign=None, without_secret=None) == []
    assert "letter: accepted without any signature" in problems(Mail, rows, (), without_secret=None)


def test_an_empty_secret_is_tried() -> None:
    """Who has deliveries and a signature is tried without a secret; who only sends need not be."""
    (told,) = problems(Pigeon, outbound=(), without_secret=None)
    assert told.startswith("there is no without_secret")
    assert problems(Pigeon, (), (), without_secret=None) == []


def test_unreadable_among_others() -> None:
    """In a row of events the type Unreadable stands for one with any words."""

    class Mixed(Pigeon):
        def decode(self, raw):
            return (*super().decode(raw), Unreadable(detail="the second half"))

    rows = [case("a", {"id": "1", "from": "7", "text": "coo"}, (READ, Unreadable)), INBOUND[-1]]
    assert problems(Mixed, rows, ()) == []


# --- the stand-in provider -------------------------------------------------------------------


async def test_provider_records_and_answers() -> None:
    """It answers in order, records what it was asked, and counts what is over."""
    async with FakeProvider(
        [json_answer(201, {"a": 1}, retry_after="7"), ProviderAnswer(status=204)]
    ) as provider:
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{provider.url}/a%20b?c=d", data=b"x=1&x=&y=2") as first:
                assert (first.status, await first.json(), first.headers["Retry-After"]) == (
                    201,
                    {"a": 1},
                    "7",
                )
            assert provider.unused == 1
            async with session.get(provider.url) as second:
                assert second.status == 204
            async with session.get(provider.url) as third:
                assert third.status == 500
        assert (provider.unused, provider.unscripted) == (0, 1)
        request = provider.requests[0]
        assert (request.method, request.path) == ("POST", "/a%20b?c=d")
        assert request.form() == (("x", "1"), ("x", ""), ("y", "2"))


def test_cases_know_their_raw() -> None:
    """A row is a delivery with a time of its own."""
    raw = InboundCase(label="a", body=b"x", expect=(), headers=(("A", "b"),)).raw()
    assert (raw.method, raw.body, raw.header("a")) == ("POST", b"x", "b")
    assert raw.received_at > 0
