"""An event as a CloudEvent: what leaves the house by SSE, webhooks, NDJSON and Redis. Pure."""

from typing import Any

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.events import Event

SPEC = "1.0"
TYPE_PREFIX = "parley."
TYPE_VERSION = ".v1"


def event_type(kind: str) -> str:
    """`parley.message.received.v1` of `message.received`."""
    return f"{TYPE_PREFIX}{kind}{TYPE_VERSION}"


def event_id(desk: str, position: int) -> str:
    """`<desk>/<position>`: the same event has the same id wherever it is sent, however often."""
    return f"{desk}/{position}"


def cloud_event(event: Event, words: dict[str, Any] | None = None) -> dict[str, Any]:
    """The event (CloudEvents 1.0, JSON). `words` are joined for readers with the right to them.

    `data` is the event's body, ids only; the words stand beside them in `data.words`. Extensions:
    seq (its place in the conversation), cause (the position that it answers), actor.
    """
    data: dict[str, Any] = msgspec.json.decode(event.body)
    data.pop("kind", None)
    out: dict[str, Any] = {
        "specversion": SPEC,
        "id": event_id(event.desk, event.position),
        "source": f"/desks/{event.desk}",
        "type": event_type(event.kind),
        "time": rfc3339(event.at),
        "datacontenttype": "application/json",
        "actor": event.actor,
    }
    if event.conversation is not None:
        out["subject"] = f"conversations/{event.conversation}"
    if event.seq is not None:
        out["seq"] = event.seq
    if event.cause is not None:
        out["cause"] = event.cause
    if words:
        data["words"] = words
    out["data"] = data
    return out
