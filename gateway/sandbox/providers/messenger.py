"""Messenger and Instagram in a box: one Send API, one form of webhooks.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message
"""

from typing import ClassVar

from gateway.domain.clock import DAY_MS
from gateway.domain.message import Choice
from gateway.sandbox.people import Person
from gateway.sandbox.providers.box import digest_of
from gateway.sandbox.providers.graph import Error, GraphBox
from gateway.sandbox.providers.said import Json, Refused, Said, Trouble

MOST_CHOICES, TITLE = 13, 20
FILES = ("image", "video", "audio", "file")
OUTSIDE = "This message is sent outside of allowed window."


class MessengerBox(GraphBox):
    """One Page."""

    name: ClassVar[str] = "messenger"
    object: ClassVar[str] = "page"
    node: ClassVar[str] = "1906385232743451"
    window_ms: ClassVar[int | None] = DAY_MS
    reports: ClassVar[frozenset[str]] = frozenset({"delivered", "read"})
    max_text: ClassVar[int] = 2_000
    # https://developers.facebook.com/docs/messenger-platform/error-codes
    errors: ClassVar[dict[Trouble, Error]] = {
        Trouble.THROTTLE: (400, 613, 0, "Calls to this api have exceeded the rate limit."),
        Trouble.FAIL: (
            400,
            1200,
            2018024,
            "Temporary send message failure. Please try again later.",
        ),
        Trouble.MEDIA: (400, 100, 2018008, "Failed to fetch the file from the url"),
        Trouble.UNKNOWN: (400, 100, 2018001, "No matching user found"),
        Trouble.BLOCKED: (400, 551, 1545041, "This person isn't available right now."),
        Trouble.WINDOW: (400, 10, 2018278, OUTSIDE),
    }

    def address_of(self, person: Person) -> str:
        """An id that holds for this account alone: 16 digits."""
        return str(int(digest_of(person, self.name), 16))[:16]

    def message_id(self) -> str:
        """`m_` and letters."""
        return f"m_{self.bare_id()}"

    async def deliver(self, person: Person, said: Said) -> int:
        """Text, or a picture by its address."""
        message: Json = {"mid": said.id}
        if said.text:
            message["text"] = said.text
        if said.tapped is not None:
            message["quick_reply"] = {"payload": said.tapped.choice}
        if said.file:
            message["attachments"] = [{"type": "image", "payload": {"url": self.link_of(said)}}]
        return await self.hook(self._from(self.address_of(person), said.at, message=message))

    def _from(self, address: str, at: int, **what: Json) -> Json:
        about = {"sender": {"id": address}, "recipient": {"id": self.node}}
        return {**about, "timestamp": at, **what}

    async def report(self, address: str, said: Said) -> None:
        """The echo, then the delivery, which names the message; reading only says until when."""
        now = self._clock.now_ms()
        if said.state == "delivered":
            await self._echo(address, said)
            what = {"delivery": {"mids": [said.id], "watermark": now}}
        else:
            what = {"read": {"watermark": now}}
        await self.hook(self._from(address, now, **what))

    async def sent(self, form: Json) -> Json:
        """Check and take; the echo follows."""
        to, message = form.get("recipient"), form.get("message")
        address = str(to.get("id") or "") if isinstance(to, dict) else ""
        if not address:
            raise self.missing("The parameter recipient is required")
        if not isinstance(message, dict):
            raise self.missing("The parameter message is required")
        text = str(message.get("text") or "")
        if self.length(text) > self.max_text:
            words = f"Length of param message[text] must be less than or equal to {self.max_text}"
            raise self.missing(words)
        link = self._link(message)
        if not text and not link:
            raise self.missing("Message cannot be empty, must provide valid attachment or text")
        trouble = self.check(address)
        if trouble is not None:
            raise Refused(self.refusal(trouble))
        file, name = await self.collect(link) if link else None, self.message_id()
        self.remember(name, str(message.get("metadata") or ""))
        said = self.came(address, text, file, id=name, choices=self._choices(message))
        return {"recipient_id": address, "message_id": said.id}

    def _choices(self, message: Json) -> tuple[Choice, ...]:
        """https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies"""
        listed = message.get("quick_replies") or []
        if not isinstance(listed, list) or len(listed) > MOST_CHOICES:
            raise self.missing(f"Param quick_replies must have at most {MOST_CHOICES} elements")
        told = [each if isinstance(each, dict) else {} for each in listed]
        if any(each.get("content_type") != "text" or not each.get("payload") for each in told):
            raise self.missing("Param quick_replies: title and payload are required")
        # Longer titles are cut, not refused.
        return tuple(
            Choice(id=str(each["payload"]), label=str(each.get("title") or "")[:TITLE])
            for each in told
        )

    def length(self, text: str) -> int:
        """How long Meta finds a text."""
        return len(text)

    def _link(self, message: Json) -> str:
        attachment = message.get("attachment")
        if not isinstance(attachment, dict):
            return ""
        payload = attachment.get("payload")
        if attachment.get("type") not in FILES or not isinstance(payload, dict):
            raise self.missing("Invalid attachment")
        return str(payload.get("url") or "")

    async def _echo(self, address: str, said: Said) -> None:
        """https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-echoes"""
        message: Json = {"is_echo": True, "mid": said.id, "text": said.text}
        if metadata := self.recalled(said.id):
            message["metadata"] = metadata
        item = {"sender": {"id": self.node}, "recipient": {"id": address}, "timestamp": said.at}
        await self.hook({**item, "message": message})


class InstagramBox(MessengerBox):
    """One professional account on Instagram: no word of delivery, but of reading each message."""

    name: ClassVar[str] = "instagram"
    object: ClassVar[str] = "instagram"
    node: ClassVar[str] = "17841400008460056"
    max_text: ClassVar[int] = 1_000  # bytes
    errors: ClassVar[dict[Trouble, Error]] = {
        **MessengerBox.errors,
        Trouble.UNKNOWN: (400, 100, 2534014, "The requested user cannot be found."),
        Trouble.WINDOW: (400, 10, 2534022, OUTSIDE),
    }

    def message_id(self) -> str:
        """Letters without end."""
        return f"aWdfZAG1faXRlbToxOk{self.bare_id()}"

    def length(self, text: str) -> int:
        """In bytes."""
        return len(text.encode())

    async def report(self, address: str, said: Said) -> None:
        """Which message was read."""
        if said.state == "read":
            now = self._clock.now_ms()
            await self.hook(self._from(address, now, read={"mid": said.id}))
