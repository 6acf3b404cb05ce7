"""Webhooks as the Cloud API documents them, and how to build the adapter."""

from adapters.whatsapp import WhatsappAdapter
from adapters.whatsapp.settings import WhatsappSettings
from gateway.contract import AccountId, InboundMessage
from tests.adapters.shared.metas import SETTINGS

NUMBER_ID = "106540352242922"
CUSTOMER = "16505551234"
WAMID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA="
OURS = "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MTE5MjY0QzNFOEVBNDEwNEIA"


def build(api_url: str, **changes) -> WhatsappAdapter:
    fields = SETTINGS | {"phone_number_id": NUMBER_ID, "api_url": api_url} | changes
    return WhatsappAdapter.build(AccountId("wa"), WhatsappSettings(**fields))


def change(**value) -> dict:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages"""
    about = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER_ID},
    }
    return {"field": "messages", "value": about | value}


def delivery(*changes: dict) -> dict:
    entry = {"id": "102290129340398", "changes": list(changes)}
    return {"object": "whatsapp_business_account", "entry": [entry]}


CONTACTS = [{"profile": {"name": "Sheena Nelson"}, "wa_id": CUSTOMER}]


def item(type_: str, part: object, **more) -> dict:
    basis = {"from": CUSTOMER, "id": WAMID, "timestamp": "1749416383", "type": type_}
    return basis | ({type_: part} if part is not None else {}) | more


def one(type_: str, part: object, **more) -> dict:
    """A delivery with one message."""
    return delivery(change(contacts=CONTACTS, messages=[item(type_, part, **more)]))


def status(state: str, **more) -> dict:
    basis = {"id": OURS, "status": state, "timestamp": "1749416390", "recipient_id": CUSTOMER}
    return delivery(change(statuses=[basis | more]))


def said(**changes) -> InboundMessage:
    fields = {
        "key": f"message:{WAMID}",
        "sender": f"whatsapp:{CUSTOMER}",
        "recipient": "whatsapp:15550783881",
        "sender_name": "Sheena Nelson",
        "sent_at": 1_749_416_383_000,
    }
    return InboundMessage(**(fields | changes))
