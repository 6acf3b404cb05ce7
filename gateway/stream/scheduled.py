"""What was written for later, as lists and the conversation show it. Pure."""

from collections.abc import Mapping

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.message import ApprovedTemplate
from gateway.domain.scheduled import Scheduled
from gateway.stream.basis import At, Shape, maybe_at
from gateway.stream.shapes import Author, author_of
from gateway.verbs.message import File


class ScheduledFile(Shape, frozen=True, kw_only=True):
    """A file that goes with it."""

    filename: str
    media_type: str
    size_bytes: int


class ScheduledView(Shape, frozen=True, kw_only=True):
    """A reply for later as it stands. state: waiting | sent | cancelled | refused

    `reason` of one that was cancelled: answered (the customer wrote), resolved, or "" by hand; of
    one that was refused: the code, and `detail` the same in words. It is kept until somebody
    changes it, sends it now or cancels it.
    """

    id: str
    conversation: str
    author: Author  # in whose name it goes
    text: str
    account: str | None  # null: where the customer wrote last
    identity: str | None
    attachments: tuple[ScheduledFile, ...]
    subject: str
    template: str
    approved: str  # the name of the provider's template that it is
    then: str
    promises: At | None  # until when it promises something
    send_at: At
    unless_answered: bool
    state: str
    reason: str
    detail: str
    version: int
    by: str  # who wrote or changed it last
    changed_at: At
    message: str | None  # that it became
    ended_by: str
    ended_at: At | None


class _Promised(msgspec.Struct):
    due: int


class _Reply(msgspec.Struct):
    """What people are shown of how it goes."""

    account: str | None = None
    identity: str | None = None
    attachments: tuple[File, ...] = ()
    approved: ApprovedTemplate | None = None
    template: str = ""
    subject: str = ""
    then: str = ""
    promised: _Promised | None = None


def scheduled_view(row: Scheduled, names: Mapping[str, str]) -> ScheduledView:
    """A scheduled reply as people are shown it."""
    reply = msgspec.json.decode(row.reply, type=_Reply)
    return ScheduledView(
        id=row.id,
        conversation=row.conversation,
        author=author_of(row.author, names),
        text=row.text,
        account=reply.account,
        identity=reply.identity,
        attachments=tuple(
            ScheduledFile(
                filename=file.filename, media_type=file.media_type, size_bytes=file.size_bytes
            )
            for file in reply.attachments
        ),
        subject=reply.subject,
        template=reply.template,
        approved=reply.approved.name if reply.approved is not None else "",
        then=reply.then,
        promises=maybe_at(reply.promised.due if reply.promised is not None else None),
        send_at=rfc3339(row.send_at),
        unless_answered=row.unless_answered,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        version=row.version,
        by=row.by,
        changed_at=rfc3339(row.at),
        message=row.message,
        ended_by=row.ended_by,
        ended_at=maybe_at(row.ended_at),
    )
