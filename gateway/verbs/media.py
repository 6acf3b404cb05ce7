"""What becomes of a file: the job that brings it and looks at it, and what was found."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import Conversation
from gateway.domain.events import MessageChanged
from gateway.domain.job import Job, JobKind
from gateway.domain.message import Attachment, FileReason, FileState, Message
from gateway.verbs.change import Change, Lookup, View, by_key

SYSTEM = "system"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file now. Its bytes are on the disk, fsynced, when `sha256` says so."""

    state: FileState
    reason: FileReason | None = None  # of REFUSED
    sha256: str | None = None
    size_bytes: int | None = None
    media_type: str = ""  # by its first bytes; "" as it was told
    thumbnail: str | None = None


def job(change: Change, file: Attachment, account: str) -> Job:
    """The job that fetches a file and looks at it. Its lane is its own: it blocks nobody."""
    return Job(
        id=change.new_id(),
        desk=file.desk,
        kind=JobKind.FETCH_MEDIA,
        lane=f"file:{file.id}",
        seq=change.head,
        due_at=change.now,
        created_at=change.now,
        key=file.id,
        account=account,
    )


def reads(view: View, file_id: str) -> Iterable[Lookup]:
    """The file, its message and conversation."""
    yield by_key(Attachment, file_id)
    file = view.peek(Attachment, file_id)
    if file is not None:
        yield by_key(Message, file.message)
        yield by_key(Conversation, file.conversation)


def apply(change: Change, file_id: str, found: Found) -> None:
    """Write down what was found, and tell those who follow when it changes what they see."""
    file = change.get(Attachment, file_id)
    if file is None:  # erased meanwhile
        return
    size = file.size_bytes if found.size_bytes is None else found.size_bytes
    changed = change.put(
        replace(
            file,
            state=found.state,
            reason=found.reason or "",
            sha256=found.sha256,
            size_bytes=size,
            media_type=found.media_type or file.media_type,
            thumbnail=found.thumbnail,
            # Where the provider keeps it nobody needs to know once the bytes are here.
            url=None if found.state is FileState.READY else file.url,
        )
    )
    message = change.get(Message, file.message)
    if message is None or _looks(changed) == _looks(file):
        return
    change.record(
        MessageChanged(message=message.id, by=SYSTEM, account=message.account, state=message.state),
        SYSTEM,
        change.get(Conversation, file.conversation),
    )


def _looks(file: Attachment) -> tuple[object, ...]:
    """What of it people see."""
    return file.state, file.reason, file.size_bytes, file.media_type, file.thumbnail
