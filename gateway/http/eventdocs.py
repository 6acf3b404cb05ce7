"""What can be heard of: each kind of event for the OpenAPI document, and as a table to read."""

from collections.abc import Mapping
from html import escape
from inspect import cleandoc
from typing import Any

import msgspec

from gateway.domain.events import KINDS
from gateway.stream import event_type

TAG = "kind"  # of the body in the log; outside, the event's type says it


def webhooks() -> dict[str, Any]:
    """OpenAPI's `webhooks`: what an endpoint is told, and the stream tells too."""
    return {kind: {"post": _operation(kind, body)} for kind, body in KINDS.items()}


def _operation(kind: str, body: type[msgspec.Struct]) -> dict[str, Any]:
    words, _, more = cleandoc(body.__doc__ or "").partition("\n")
    event = {
        "type": "object",
        "properties": {"type": {"const": event_type(kind)}, "data": _data(body)},
        "required": ["type", "data"],
    }
    return {
        "summary": words,
        "description": more.strip(),
        "requestBody": {"content": {"application/cloudevents+json": {"schema": event}}},
        "responses": {"2XX": {"description": "Taken; the next follows."}},
    }


def _data(body: type[msgspec.Struct]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([body])
    schema = components[body.__name__]
    return {
        "type": "object",
        "properties": {k: v for k, v in schema["properties"].items() if k != TAG},
        "required": [name for name in schema["required"] if name != TAG],
    }


def section(told: Mapping[str, Any]) -> str:
    """The same as a table."""
    rows = "".join(
        f'<tr id="event-{kind}"><td><code>{kind}</code></td>'
        f"<td>{escape(each['summary'])} {escape(each['description'])}<br/>"
        f"<code>{escape(', '.join(_fields(each)))}</code></td></tr>"
        for kind, each in ((kind, path["post"]) for kind, path in told.items())
    )
    return f'<h2 id="events">Events</h2><table>{rows}</table>'


def _fields(operation: dict[str, Any]) -> list[str]:
    (content,) = operation["requestBody"]["content"].values()
    return list(content["schema"]["properties"]["data"]["properties"])
