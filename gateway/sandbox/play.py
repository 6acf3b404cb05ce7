"""What one can do who plays the customer: write mails and texts, read the answers, break things."""

import re
from collections import deque
from collections.abc import Callable, Sequence
from operator import attrgetter

import aiosmtplib
import msgspec

from gateway.domain.clock import Clock
from gateway.sandbox import letters
from gateway.sandbox.bell import Bell
from gateway.sandbox.chats import NAMES, Chats
from gateway.sandbox.letters import Draft, Enclosure, File
from gateway.sandbox.mail import Letter, MailFault, MailSandbox
from gateway.sandbox.people import PEOPLE, Person
from gateway.sandbox.phone import FAULTS as PHONE_FAULTS
from gateway.sandbox.phone import Phone, Picture, Text
from gateway.sandbox.providers.said import Said, Tap
from gateway.sandbox.voice import FAULTS as VOICE_FAULTS
from gateway.sandbox.voice import VoiceSandbox

MAX_SENT = 1_000  # own mails that are remembered
SMTP_TIMEOUT_S = 15.0

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
_KEY = re.compile(r"[0-9*#]")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


class Refused(Exception):
    """The page asks for something that cannot be done; the message says what to change."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as its customer sees it. `own`: the customer has sent it.

    state: of an own one sent or failed; else arrived, again (its Message-ID came before) or
    automatic. `number` is of one that came, and leads to its files.
    """

    id: str  # its Message-ID
    own: bool
    sender: str
    sender_name: str
    recipient: str
    reply_to: str
    subject: str
    text: str
    at: int  # ms
    state: str
    references: tuple[str, ...] = ()
    detail: str = ""
    number: int | None = None
    files: tuple[Enclosure, ...] = ()


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """Mails that answer each other, oldest first."""

    subject: str
    mails: tuple[Mail, ...]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the page needs to know at first."""

    address: str
    numbers: tuple[str, ...]
    voice: str  # the number that one calls
    people: tuple[Person, ...]
    faults: dict[str, dict[str, bool]]


class Play:
    """The customers' side of the sandbox."""

    def __init__(
        self,
        mail: MailSandbox,
        phone: Phone,
        chats: Chats,
        calls: VoiceSandbox,
        *,
        numbers: tuple[str, ...],
        bell: Bell,
        clock: Clock,
        make_id: Callable[[], str],
    ) -> None:
        self.mail = mail
        self.phone = phone
        self.chats = chats
        self.calls = calls
        self.bell = bell
        self._numbers = numbers
        self._clock = clock
        self._make_id = make_id
        self._sent: deque[tuple[str, Mail]] = deque(maxlen=MAX_SENT)  # whose, and what

    def state(self) -> State:
        """Whom one may play, and what is broken."""
        broken = {kind for kind, address, _ in self.mail.faults.listed() if not address}
        return State(
            address=self.mail.address,
            numbers=self._numbers,
            voice=self.calls.number,
            people=PEOPLE,
            faults={
                "mail": {str(kind): kind in broken for kind in MailFault},
                "sms": self.phone.faults(),
                "voice": self.calls.faults(),
                **self.chats.faults(),
            },
        )

    async def set_fault(self, channel: str, name: str, *, on: bool) -> None:
        """Break or mend something. Raises Refused, PhoneError."""
        if channel == "mail" and name in set(MailFault):
            kind = MailFault(name)
            self.mail.faults.clear(kind, "")
            if on:
                self.mail.faults.set(kind)
        elif channel == "sms" and name in PHONE_FAULTS:
            await self.phone.set_fault(name, on=on)
        elif channel == "voice" and name in VOICE_FAULTS:
            await self.calls.set_fault(name, on=on)
        elif not self.chats.set_fault(channel, name, on=on):
            raise Refused(f"there is no fault {channel}/{name}")
        self.bell.ring()

    # --- mail ----------------------------------------------------------------------------------

    async def write(
        self,
        sender: str,
        *,
        name: str = "",
        subject: str = "",
        text: str = "",
        answers: str = "",
        files: Sequence[File] = (),
    ) -> Mail:
        """Send a mail to the shop by SMTP; `answers` is the Message-ID that it replies to."""
        if not _ADDRESS.fullmatch(sender):
            raise Refused(f"{sender!r} is no mail address; write it as name@example.com")
        if self.mail.is_shop(sender):
            raise Refused("this address is the shop's own; play somebody else")
        if not text.strip() and not files:
            raise Refused("the mail is empty; write something")
        answered = self._find(sender, answers)
        domain = sender.rpartition("@")[2]
        draft = Draft(
            sender=sender,
            sender_name=name,
            recipient=self._answer_address(answered),
            subject=subject,
            text=text,
            references=(*answered.references, answered.id) if answered else (),
            files=tuple(files),
        )
        message_id = f"<{self._make_id()}@{domain}>"
        at_ms = self._clock.now_ms()
        raw = letters.compose(draft, message_id=message_id, at_ms=at_ms)
        fault = await self._post(draft, raw)
        mail = Mail(
            id=message_id,
            own=True,
            sender=sender,
            sender_name=name,
            recipient=draft.recipient,
            reply_to="",
            subject=subject,
            text=text,
            at=at_ms,
            state="failed" if fault else "sent",
            references=draft.references,
            detail=fault,
            files=letters.read(raw).files,
        )
        self._sent.append((sender.lower(), mail))
        self.bell.ring()
        return mail

    def _answer_address(self, answered: Mail | None) -> str:
        """Where an answer goes: as a mail program has it, Reply-To before From."""
        if answered is None:
            return self.mail.address
        if answered.own:
            return answered.recipient
        return answered.reply_to or answered.sender

    async def _post(self, draft: Draft, raw: bytes) -> str:
        """Hand it to the mail server; what went wrong, "" when nothing."""
        client = aiosmtplib.SMTP(
            hostname=self.mail.host,
            port=self.mail.smtp_port,
            use_tls=False,
            start_tls=False,
            timeout=SMTP_TIMEOUT_S,
        )
        try:
            async with client:
                await client.sendmail(draft.sender, [draft.recipient], raw)
        except (aiosmtplib.SMTPException, OSError) as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def threads(self, address: str) -> list[Thread]:
        """A customer's mails in their threads, the thread with the newest mail first."""
        return _threaded(self._mails(address))

    def _mails(self, address: str) -> list[Mail]:
        came = [_arrived(letter) for letter in self.mail.sent_to(address)]
        sent = [mail for whose, mail in self._sent if whose == address.lower()]
        return sorted([*sent, *came], key=attrgetter("at"))

    def _find(self, address: str, message_id: str) -> Mail | None:
        if not message_id:
            return None
        found = [mail for mail in self._mails(address) if mail.id == message_id]
        if not found:
            raise Refused("the mail to answer is gone; write a new one")
        return found[-1]

    # --- texts ---------------------------------------------------------------------------------

    async def text(
        self, phone: str, text: str, *, shop: str = "", picture: Picture | None = None
    ) -> str:
        """Write to the shop; the state in which that ended. Raises Refused, PhoneError."""
        if not _PHONE.fullmatch(phone):
            raise Refused(f"{phone!r} is no number; write it with the country, as +447700900147")
        if not text.strip() and picture is None:
            raise Refused("the text is empty; write something")
        try:
            return await self.phone.send(phone, text, shop=shop, picture=picture)
        finally:
            self.bell.ring()

    async def texts(self, phone: str) -> list[Text]:
        """Everything said on a telephone, oldest first. Raises PhoneError."""
        return await self.phone.texts(phone)

    # --- messengers ----------------------------------------------------------------------------

    def person(self, address: str) -> Person:
        """Whom one plays. Raises Refused."""
        found = next((each for each in PEOPLE if each.address == address), None)
        if found is None:
            raise Refused(f"there is no customer {address!r}; choose one of the list")
        return found

    async def chat(
        self, name: str, address: str, text: str, *, picture: Picture | None = None
    ) -> Said:
        """Write to the shop by a messenger, with what Parley made of it. Raises Refused."""
        if name not in NAMES:
            raise Refused(f"there is no messenger {name!r}")
        if not text.strip() and picture is None:
            raise Refused("the message is empty; write something")
        return await self.chats.say(name, self.person(address), text, picture)

    async def tap(self, name: str, address: str, tapped: Tap) -> Said:
        """Tap what a message of the shop's offers. Raises Refused."""
        try:
            return await self.chats.tap(name, self.person(address), tapped)
        except KeyError:
            raise Refused("nothing of that kind is offered; choose one of the buttons") from None

    async def press(self, name: str, address: str, place: str) -> str:
        """Tap an entry of a messenger's menu, with what Parley made of it. Raises Refused."""
        try:
            return await self.chats.press(name, self.person(address), place)
        except KeyError:
            raise Refused("the menu has no such entry; choose one of those it has") from None

    # --- the telephone -------------------------------------------------------------------------

    def telephone(self, address: str, does: str, text: str = "") -> None:
        """Call the shop, let it be answered, press a key, speak, hang up. Raises Refused."""
        person = self.person(address)
        match does:
            case "call":
                if not self.calls.call(person):
                    raise Refused("this telephone is in a call; hang up first")
            case "press" if _KEY.fullmatch(text):
                self._heard(self.calls.press(person, text))
            case "speak" if text.strip():
                self._heard(self.calls.speak(person, text.strip()))
            case "pick_up" | "machine" | "fax":
                self._heard(self.calls.pick_up(person, does))
            case "hang_up":
                self._heard(self.calls.hang_up(person))
            case _:
                raise Refused("press one of the keys 0 to 9, * and #, or say something")

    def _heard(self, taken: bool) -> None:
        if not taken:
            raise Refused("there is no call; call the shop first")


def _arrived(letter: Letter) -> Mail:
    seen = letters.read(letter.raw)
    state = "automatic" if seen.automatic else "arrived"
    return Mail(
        id=letter.message_id or f"<{letter.number}@sandbox>",
        own=False,
        sender=seen.sender,
        sender_name=seen.sender_name,
        recipient=letter.recipient,
        reply_to=seen.reply_to,
        subject=seen.subject,
        text=seen.text,
        at=letter.at,
        state="again" if letter.again else state,
        references=seen.references,
        number=letter.number,
        files=seen.files,
    )


def _threaded(mails: Sequence[Mail]) -> list[Thread]:
    """Together belongs what refers to each other, directly or through others."""
    root: dict[str, str] = {}

    def find(message_id: str) -> str:
        while root.setdefault(message_id, message_id) != message_id:
            root[message_id] = root[root[message_id]]
            message_id = root[message_id]
        return message_id

    for mail in mails:
        for other in mail.references:
            root[find(mail.id)] = find(other)
    groups: dict[str, list[Mail]] = {}
    for mail in mails:
        groups.setdefault(find(mail.id), []).append(mail)
    newest_first = sorted(groups.values(), key=lambda group: group[-1].at, reverse=True)
    return [Thread(subject=group[0].subject, mails=tuple(group)) for group in newest_first]
