"""Our words into the Cloud API's. Pure."""

import re
from collections.abc import Iterator

from adapters._shared.meta import Item, items, word
from gateway.contract import (
    ApprovedTemplate,
    OutboundAttachment,
    OutboundMessage,
    Reason,
    Rejected,
)

SCHEME = "whatsapp:"
CAPTION_CHARACTERS = 1_024
_USER_ID = re.compile(r"[A-Z]{2}\.")  # business-scoped user ids go by another name

# https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types
TYPES: dict[str, str] = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "sticker",
    "audio/aac": "audio",
    "audio/amr": "audio",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/ogg": "audio",
    "video/mp4": "video",
    "video/3gpp": "video",
}
WORDLESS = frozenset({"audio", "sticker"})


def refusal(message: OutboundMessage) -> Rejected | None:
    """Why a message cannot be worded for WhatsApp; None when it can."""
    for file in message.attachments:
        if not file.url:
            detail = f"Meta fetches files itself, and {file.filename!r} has no public address"
            return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
        if message.template is not None:
            continue  # the file is its header, and its words are not sent
        if message.text and _type(file) in WORDLESS:
            detail = f"WhatsApp carries no words with {file.media_type}; send them one by one"
            return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
        if len(message.text) > CAPTION_CHARACTERS:
            detail = f"words with a file may have {CAPTION_CHARACTERS} characters"
            return Rejected(reason=Reason.TOO_LARGE, detail=detail)
    return None


def encode(message: OutboundMessage) -> Item:
    """The body of POST /PHONE_NUMBER_ID/messages.

    https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
    """
    address = message.recipient.removeprefix(SCHEME)
    to = "recipient" if _USER_ID.match(address) else "to"
    body: Item = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        to: address,
        **_words(message),
        "biz_opaque_callback_data": message.id,  # comes back in every status
    }
    if message.in_reply_to:
        body["context"] = {"message_id": message.in_reply_to}
    return body


# https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
BUTTON_VALUES = {"quick_reply": "payload", "url": "text", "copy_code": "coupon_code"}


def _template(template: ApprovedTemplate, files: tuple[OutboundAttachment, ...]) -> Item:
    said: Item = {"name": template.name, "language": {"code": template.language}}
    components = [*_header(template, files), *_body(template), *_buttons(template)]
    if components:
        said["components"] = components
    return {"type": "template", "template": said}


def _header(template: ApprovedTemplate, files: tuple[OutboundAttachment, ...]) -> Iterator[Item]:
    """One picture, film or document, or the value in its words."""
    values: list[Item] = [{"type": "text", "text": template.header}] if template.header else []
    for file in files:
        type_ = _type(file) if _type(file) in ("image", "video") else "document"
        named = {"filename": file.filename} if type_ == "document" and file.filename else {}
        values.append({"type": type_, type_: {"link": file.url, **named}})
    if values:
        yield {"type": "header", "parameters": values}


def _body(template: ApprovedTemplate) -> Iterator[Item]:
    values: list[Item] = [{"type": "text", "text": value} for value in template.parameters]
    for value, name in zip(values, template.names, strict=False):
        value["parameter_name"] = name
    if values:
        yield {"type": "body", "parameters": values}


def _buttons(template: ApprovedTemplate) -> Iterator[Item]:
    for button in template.buttons:
        type_ = BUTTON_VALUES.get(button.kind, "payload")
        yield {
            "type": "button",
            "sub_type": button.kind,
            "index": str(button.index),
            "parameters": [{"type": type_, type_: button.value}],
        }


# https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
# https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
MOST_BUTTONS, BUTTON_CHARACTERS, BUTTONS_CHARACTERS = 3, 20, 1_024
MOST_ROWS, ROW_CHARACTERS, LIST_CHARACTERS = 10, 24, 4_096
OPENS_LIST = {"zh": "请选择", "zh-TW": "請選擇", "en": "Choose"}


def _interactive_of(message: OutboundMessage) -> Item:
    """Buttons where they fit, for they can be seen at once; else a list behind one."""
    choices = message.choices
    buttons = (
        len(choices) <= MOST_BUTTONS
        and len(message.text) <= BUTTONS_CHARACTERS
        and all(len(choice.label) <= BUTTON_CHARACTERS for choice in choices)
    )
    told = [{"id": choice.id, "title": choice.label} for choice in choices]
    action: Item = {"buttons": [{"type": "reply", "reply": each} for each in told]}
    if not buttons:
        spoken = message.language.partition("-")[0]
        opens = OPENS_LIST.get(message.language) or OPENS_LIST.get(spoken, OPENS_LIST["en"])
        action = {"button": opens, "sections": [{"rows": told}]}
    said = {"type": "button" if buttons else "list", "body": {"text": message.text}}
    return {"type": "interactive", "interactive": {**said, "action": action}}


def _words(message: OutboundMessage) -> Item:
    if message.template is not None:
        return _template(message.template, message.attachments)
    if message.choices:
        return _interactive_of(message)
    if not message.attachments:
        return {"type": "text", "text": {"body": message.text}}
    file = message.attachments[0]
    type_ = _type(file)
    part: Item = {"link": file.url}
    if message.text:
        part["caption"] = message.text
    if type_ == "document" and file.filename:
        part["filename"] = file.filename
    return {"type": type_, type_: part}


def _type(file: OutboundAttachment) -> str:
    """Everything that is no picture, sound or film goes as a document."""
    return TYPES.get(file.media_type.partition(";")[0].strip().lower(), "document")


def id_in(data: Item) -> str:
    """The id in the answer to a message."""
    return word(next(items(data, "messages"), {}), "id")
