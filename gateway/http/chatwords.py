"""How a message reads in the visitor's window. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.message import Attachment, Direction
from gateway.domain.survey import Survey
from gateway.store.queries.http_chat import Said


def frame_of_message(said: Said, names: Mapping[str, str], account: str) -> dict[str, Any]:
    """A message as the visitor's socket says it. `seq` is its position in the log."""
    message = said.message
    kind, _, name = message.author.partition(":")
    own = message.direction is Direction.IN
    frame: dict[str, Any] = {
        "type": "message",
        "seq": said.position,
        "id": message.id,
        "direction": message.direction,
        "author": {
            "name": "" if kind != "agent" else names.get(message.author, name),
            "kind": "visitor" if own else kind,
        },
        "text": message.text,
        "at": rfc3339(message.at),
        "attachments": [_attachment(a, account) for a in said.attachments],
    }
    if own and message.provider_id:
        frame["client_id"] = message.provider_id.rpartition(":")[2]
    if said.survey is not None:
        frame["survey"] = survey_in(said.survey)
    return frame


def survey_in(survey: Survey) -> dict[str, Any]:
    """What a message asks, and what was answered so far."""
    return {
        "id": survey.id,
        "until": rfc3339(survey.until),
        "dimensions": msgspec.Raw(survey.dimensions.encode()),
        "score": survey.score,
        "scores": msgspec.Raw(survey.scores.encode()),
        "comment": survey.comment,
    }


def _attachment(attachment: Attachment, account: str) -> dict[str, Any]:
    return {
        "id": attachment.id,
        "filename": attachment.filename,
        "media_type": attachment.media_type,
        "size_bytes": attachment.size_bytes,
        "state": attachment.state,
        "url": f"/chat/{account}/files/{attachment.id}" if attachment.is_ready else None,
    }
