"""Committed events to whoever follows: sockets, SSE, webhooks."""

from gateway.stream.cloudevents import cloud_event, event_type
from gateway.stream.hub import (
    NOTHING,
    RULEBOOK,
    WORDS,
    Follower,
    Gap,
    Heard,
    Stream,
    Whisper,
    contact_topic,
    conversation_topic,
)
from gateway.stream.outlets import Follows, Outlets, Wanted
from gateway.stream.pages import Pages
from gateway.stream.posting import Poster
from gateway.stream.words import Joined, Joiner

__all__ = [
    "NOTHING",
    "RULEBOOK",
    "WORDS",
    "Follower",
    "Follows",
    "Gap",
    "Heard",
    "Joined",
    "Joiner",
    "Outlets",
    "Pages",
    "Poster",
    "Stream",
    "Wanted",
    "Whisper",
    "cloud_event",
    "contact_topic",
    "conversation_topic",
    "event_type",
]
