"""WhatsApp's Cloud API in a box.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

import base64
import hashlib
from collections import deque
from typing import Any, ClassVar

from gateway.domain.clock import DAY_MS
from gateway.sandbox.people import Person
from gateway.sandbox.providers.box import SECOND_MS
from gateway.sandbox.providers.graph import Error, GraphBox
from gateway.sandbox.providers.said import Json, Refused, Said, Tap, Trouble
from gateway.sandbox.providers.structured import (
    UnknownTemplate,
    WrongValues,
    filled,
    header_link,
    offered,
)

NUMBER = "15550006060"
MAX_TEXT = 4_096
MAX_CAPTION = 1_024
MAX_LISTS = 500
FILES = ("image", "video", "audio", "document", "sticker")

# https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
# What hinders delivery is told by a status afterwards; the message itself was accepted.
AFTERWARDS = frozenset({Trouble.UNKNOWN, Trouble.WINDOW, Trouble.BLOCKED})
NO_TEMPLATE = "Template name does not exist in the translation"
WRONG_VALUES = "Number of parameters does not match the expected number of params"
UNDELIVERABLE = (400, 131026, 0, "Message undeliverable")


class WhatsappBox(GraphBox):
    """One number of WhatsApp Business."""

    name: ClassVar[str] = "whatsapp"
    captions: ClassVar[bool] = True
    object: ClassVar[str] = "whatsapp_business_account"
    node: ClassVar[str] = "106540352242922"
    window_ms: ClassVar[int | None] = DAY_MS
    reports: ClassVar[frozenset[str]] = frozenset({"delivered", "read"})
    errors: ClassVar[dict[Trouble, Error]] = {
        Trouble.THROTTLE: (400, 130429, 0, "Rate limit hit"),
        Trouble.FAIL: (503, 131016, 0, "Service unavailable"),
        Trouble.MEDIA: (400, 131053, 0, "Media upload error"),
        Trouble.UNKNOWN: UNDELIVERABLE,
        Trouble.BLOCKED: UNDELIVERABLE,
        Trouble.WINDOW: (400, 131047, 0, "Re-engagement message"),
    }

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self._lists: deque[str] = deque(maxlen=MAX_LISTS)  # the messages that were lists

    def address_of(self, person: Person) -> str:
        """A number's digits."""
        return person.phone.removeprefix("+")

    def message_id(self) -> str:
        """`wamid.` and base64."""
        return "wamid." + base64.b64encode(bytes.fromhex(self.bare_id())).decode()

    def file_id(self) -> str:
        """Digits."""
        return str(int(self.bare_id(), 16))[-16:]

    def entry(self, *values: Json) -> Json:
        """Messages and statuses come as changes of the field messages."""
        about = {"display_phone_number": NUMBER, "phone_number_id": self.node}
        common = {"messaging_product": "whatsapp", "metadata": about}
        return {"changes": [{"field": "messages", "value": {**common, **v}} for v in values]}

    async def deliver(self, person: Person, said: Said) -> int:
        """Text, or a picture by the id under which it can be asked for."""
        address = self.address_of(person)
        content: Json = {"type": "text", "text": {"body": said.text}}
        if said.tapped is not None:
            content = self._tapped(said.text, said.tapped)
        if said.file:
            file = self.files[said.file]
            digest = base64.b64encode(hashlib.sha256(file.content).digest()).decode()
            picture = {"id": file.id, "mime_type": file.media_type, "sha256": digest}
            caption = {"caption": said.text} if said.text else {}
            content = {"type": "image", "image": {**picture, **caption}}
        message = {"from": address, "id": said.id, "timestamp": _seconds(said.at), **content}
        contact = {"profile": {"name": person.name}, "wa_id": address}
        return await self.hook({"contacts": [contact], "messages": [message]})

    def _tapped(self, label: str, tapped: Tap) -> Json:
        kind = "list_reply" if tapped.message in self._lists else "button_reply"
        told = {"type": kind, kind: {"id": tapped.choice, "title": label}}
        context = {"from": NUMBER, "id": tapped.message}
        return {"type": "interactive", "interactive": told, "context": context}

    async def report(self, address: str, said: Said) -> None:
        """A status; the first is preceded by `sent`."""
        if said.state == "delivered":
            await self._status(address, said, "sent")
        await self._status(address, said, said.state)

    async def _status(self, address: str, said: Said, state: str, *errors: Json) -> None:
        status: Json = {
            "id": said.id,
            "status": state,
            "timestamp": _seconds(self._clock.now_ms()),
            "recipient_id": address,
        }
        ours = self.recalled(said.id)
        if ours:
            status["biz_opaque_callback_data"] = ours
        await self.hook({"statuses": [status | ({"errors": list(errors)} if errors else {})]})

    def read(self, node: str) -> Json:
        """The number, or a file: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media"""
        file = self.files.get(node)
        if file is None:
            return super().read(node)
        return {
            "messaging_product": "whatsapp",
            "url": f"{self.base_url}/files/{file.id}",
            "mime_type": file.media_type,
            "sha256": hashlib.sha256(file.content).hexdigest(),
            "file_size": len(file.content),
            "id": file.id,
        }

    async def sent(self, form: Json) -> Json:
        """Check, take, and tell afterwards what became of it."""
        if form.get("messaging_product") != "whatsapp":
            raise self.missing("The parameter messaging_product is required.")
        address = str(form.get("to") or form.get("recipient") or "")
        if not address:
            raise self.missing("The parameter to is required.")
        type_ = form.get("type", "text")
        part = form.get(type_)
        if not isinstance(part, dict):
            raise self.missing(f"The parameter {type_} is required.")
        text, limit = self._words(str(type_), part)
        if len(text) > limit:
            raise self.missing(f"Param text must be at most {limit} characters long.")
        choices = offered(part, self.missing) if type_ == "interactive" else ()
        trouble = self.check(address)
        if type_ == "template" and trouble is Trouble.WINDOW:
            trouble = None  # that is what they are for
        if trouble is not None and trouble not in AFTERWARDS:
            raise Refused(self.refusal(trouble))
        link = header_link(part) if type_ == "template" else str(part.get("link") or "")
        file = await self.collect(link) if link else None
        ours = str(form.get("biz_opaque_callback_data") or "")
        name = self.message_id()
        self.remember(name, ours)
        if trouble is None:
            self.came(address, text, file, id=name, choices=choices)
            if part.get("type") == "list":
                self._lists.append(name)
        else:
            self.start(self._failed(address, name, trouble))
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": address, "wa_id": address}],
            "messages": [{"id": name}],
        }

    def _words(self, type_: str, part: Json) -> tuple[str, int]:
        if type_ == "text":
            if not part.get("body"):
                raise self.missing("The parameter text['body'] is required.")
            return str(part["body"]), MAX_TEXT
        if type_ == "interactive":
            body = part.get("body")
            limit = MAX_TEXT if part.get("type") == "list" else MAX_CAPTION
            return str(body.get("text") or "") if isinstance(body, dict) else "", limit
        if type_ == "template":
            return self._filled(part), MAX_TEXT
        if type_ not in FILES or not part.get("link"):
            raise self.missing(f"Unsupported message type {type_}, or no link.")
        return str(part.get("caption") or ""), MAX_CAPTION

    def _filled(self, part: Json) -> str:
        """A template's words. Raises Refused for one that nobody approved, or that lacks values."""
        try:
            return filled(part)
        except UnknownTemplate as error:
            raise Refused(self.error(404, 132001, 0, NO_TEMPLATE, str(error))) from error
        except WrongValues as error:
            raise Refused(self.error(400, 132000, 0, WRONG_VALUES, str(error))) from error

    async def _failed(self, address: str, name: str, trouble: Trouble) -> None:
        _, code, _, words = self.errors[trouble]
        error = {"code": code, "title": words, "message": words, "error_data": {"details": words}}
        gone = Said(id=name, own=False, text="", at=0, state="failed")
        await self._status(address, gone, "failed", error)


def _seconds(at_ms: int) -> str:
    return str(at_ms // SECOND_MS)
