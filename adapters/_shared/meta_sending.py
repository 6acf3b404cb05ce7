"""What Messenger and Instagram share of sending: one Send API. Pure.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from adapters._shared import meta
from adapters._shared.meta import Item, word
from gateway.contract import (
    Accepted,
    ChoiceRule,
    InDoubt,
    OutboundAttachment,
    OutboundMessage,
    Outcome,
    Reason,
    Rejected,
)
from gateway.domain.clock import DAY_MS

CLASSES = ("image", "video", "audio")

# https://developers.facebook.com/docs/messenger-platform/send-messages/message-tags: a person may
# answer for seven days, where Meta has given the app the Human Agent permission.
PERSON_WINDOW_MS = 7 * DAY_MS
PLAIN: Item = {"messaging_type": "RESPONSE"}
TAGGED: Item = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


class MessagingSettings(meta.MetaSettings):
    """`human_agent`: the app has that permission, so people may answer for seven days."""

    human_agent: bool = False


def refusal(message: OutboundMessage) -> Rejected | None:
    """Why a message cannot be sent; None when it can."""
    nowhere = [each.filename for each in message.attachments if not each.url]
    if nowhere:
        detail = f"Meta fetches files itself, and these have no public address: {nowhere}"
        return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
    return None


def encode(message: OutboundMessage, scheme: str, answer: Item, *, echoes: bool) -> list[Item]:
    """The bodies of POST /.../messages: a file and its words are two messages to Meta.

    `answer` says by what right they go. The last carries our id where `echoes` bring it back.
    """
    parts: list[Item] = [_file_part(file) for file in message.attachments]
    if message.text or not parts:
        parts.append({"text": message.text, **_quick_replies(message)})
    if echoes:
        parts[-1]["metadata"] = message.id
    address = message.recipient.removeprefix(f"{scheme}:")
    to: Item = {"recipient": {"id": address}, **answer}
    if (
        message.in_reply_to
    ):  # https://developers.facebook.com/docs/graph-api/reference/page/messages
        to["reply_to"] = {"mid": message.in_reply_to}
    return [to | {"message": part} for part in parts]


# https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies
MOST_CHOICES, LABEL_CHARACTERS = 13, 20


def choices(max_text: int) -> ChoiceRule:
    """What may be offered below words of this length."""
    return ChoiceRule(most=MOST_CHOICES, max_label=LABEL_CHARACTERS, max_text=max_text)


def _quick_replies(message: OutboundMessage) -> Item:
    told = [
        {"content_type": "text", "title": choice.label, "payload": choice.id}
        for choice in message.choices
    ]
    return {"quick_replies": told} if told else {}


def _file_part(file: OutboundAttachment) -> Item:
    family = file.media_type.partition("/")[0].lower()
    type_ = family if family in CLASSES else "file"
    return {"attachment": {"type": type_, "payload": {"url": file.url}}}


def id_in(data: Item) -> str:
    """The id in the answer to a message."""
    return word(data, "message_id")


def together(so_far: int, last: Outcome) -> Outcome:
    """What becomes of a message in parts: once one went out, only all is well or nobody knows."""
    if so_far == 0 or isinstance(last, Accepted | InDoubt):
        return last
    return InDoubt(detail=f"the file went out, but not the words: {last.detail}")
