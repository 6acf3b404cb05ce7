"""From a reference to a file that may be shown: fetched, told apart, scanned, made small.

The bytes are on the disk, fsynced, before a row names them. A process that dies between the two
leaves a file that nobody names; the next try finds it there and names it.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random

import structlog

from gateway.contract import (
    Accepted,
    Deferred,
    FetchesMedia,
    FileReason,
    MediaRefused,
    Outcome,
    Reason,
    Rejected,
)
from gateway.domain import filetype
from gateway.domain.clock import SECOND_MS
from gateway.domain.job import JobState
from gateway.domain.message import Attachment, FileState
from gateway.domain.outcome import Refusal
from gateway.pipeline import retry
from gateway.pipeline.accounts import Account
from gateway.pipeline.scan import Scanner, ScannerAway, TooLargeToScan
from gateway.pipeline.shrink import TYPES, Shrinker
from gateway.store import Claimed, NoSpace, Store
from gateway.store.queries import media, scheduled
from gateway.verbs.media import Found
from gateway.verbs.message import File
from gateway.verbs.settle import Settle

log = structlog.get_logger(__name__)

FETCH_TIMEOUT_S = 90.0  # with looking at it, less than a claim holds
KEPT_S = 26 * 3_600  # what nobody names: an upload may be named for a day
SWEPT_AT_ONCE = 200  # files asked about in one query
PIECE_BYTES = 256 * 1024  # gathered before it goes to the disk


SCANNER_AWAY = Refusal(
    code="scanner_away",
    detail="The virus scanner does not answer, so the files were not sent.",
    what_to_do="Try again in a minute, or send the words without the files.",
    status=503,
)


class Media:
    """Carries out the jobs that bring files."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        random: Random,
        *,
        max_bytes: int,
        refused_types: tuple[str, ...] = (),
        scanner: Scanner | None = None,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._random = random
        self._max_bytes = max_bytes
        self._refused_types = refused_types
        self._scanner = scanner
        self._shrinker = Shrinker()

    async def bring(self, claimed: Claimed) -> Settle:
        """One try to bring a file and to look at it; what is to be written of it."""
        file = await self._store.read(media.file, claimed.job.key)
        if file is None:
            return _settlement(claimed, Rejected(reason=Reason.OTHER, detail="the file is gone"))
        found = _standing(file)
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_S):
                if found.sha256 is None:
                    found = await self._fetch(claimed, file)
            if found.state is not FileState.REFUSED:
                found = await self._look(file, found)
        except MediaRefused as error:
            return self._refused(claimed, error)
        except ScannerAway as error:
            return self._later(claimed, found, str(error))
        except Exception as error:  # noqa: BLE001 whatever it is, the file may come another time
            log.info("a file did not come", account=claimed.job.account, error=repr(error))
            return self._later(claimed, found, _in_words(error))
        settle = _settlement(claimed, Accepted(provider_id=found.sha256 or ""))
        settle.found = found
        return settle

    def lost(self, claimed: Claimed) -> Settle:
        """A try whose process ended: the next begins anew, for nobody else has seen it."""
        return self._later(claimed, None, "the process that was fetching it ended")

    async def sweep(self) -> int:
        """Remove from the disk what no message names: left by crashes, refused, or never sent."""
        files, before_s = self._store.files, self._store.clock.now_ms() / SECOND_MS - KEPT_S
        removed = await asyncio.to_thread(files.sweep, before_s)
        old = await asyncio.to_thread(lambda: list(files.older_than(before_s)))
        for start in range(0, len(old), SWEPT_AT_ONCE):
            some = old[start : start + SWEPT_AT_ONCE]
            # In this order: a reply that goes between the two has its file named by then.
            named = await self._store.read(scheduled.named, some)
            named |= await self._store.read(media.named, some)
            strays = [sha256 for sha256 in some if sha256 not in named]
            removed += await asyncio.to_thread(files.remove_old, strays, before_s)
        return removed

    # --- bringing ---

    async def _fetch(self, claimed: Claimed, file: Attachment) -> Found:
        """The bytes from the provider to the disk, a piece at a time."""
        account = self._accounts.get(claimed.job.account)
        if account is None:
            raise ConnectionError(f"account {claimed.job.account} is not configured here")
        if not isinstance(account.adapter, FetchesMedia):
            raise MediaRefused("this channel's files cannot be fetched", FileReason.UNREACHABLE)
        part = await asyncio.to_thread(self._store.files.begin)
        piece = bytearray()
        try:
            async for chunk in account.adapter.fetch(file.url, file.provider_media_id):
                piece += chunk
                if part.size + len(piece) > self._max_bytes:
                    detail = f"it is larger than {self._max_bytes} bytes"
                    raise MediaRefused(detail, FileReason.TOO_LARGE)
                if len(piece) >= PIECE_BYTES:
                    await asyncio.to_thread(part.write, bytes(piece))
                    piece.clear()
            await asyncio.to_thread(part.write, bytes(piece))
            if not part.size:
                raise MediaRefused("it has no bytes")
            size = part.size
            sha256 = await asyncio.to_thread(part.keep)
        finally:
            part.drop()
        return Found(state=FileState.PENDING, sha256=sha256, size_bytes=size)

    # --- looking ---

    async def _look(self, file: Attachment, found: Found) -> Found:
        """What it is, whether it is bad, and how it looks small."""
        assert found.sha256 is not None
        path = self._store.files.path(found.sha256)
        head = await asyncio.to_thread(_head, path)
        media_type = filetype.settled(head, file.media_type)
        refusal = await self._refusal(path, media_type)
        if refusal is not None:
            raise refusal
        thumbnail = None
        if media_type in TYPES:
            made = await self._shrinker.shrink(path)
            if made is not None:
                thumbnail = await asyncio.to_thread(self._store.files.put, made)
        return Found(
            state=FileState.READY,
            sha256=found.sha256,
            size_bytes=found.size_bytes,
            media_type=media_type,
            thumbnail=thumbnail,
        )

    async def screened(self, files: tuple[File, ...]) -> Refusal | None:
        """Why somebody's own files may not go out; None when they may."""
        for file in files:
            path = self._store.files.path(file.sha256)
            try:
                head = await asyncio.to_thread(_head, path)
                refusal = await self._refusal(path, filetype.settled(head, file.media_type))
            except ScannerAway:
                return SCANNER_AWAY
            except FileNotFoundError:
                refusal = MediaRefused("it is gone from the disk")
            if refusal is not None:
                return _not_sent(file, refusal)
        return None

    async def _refusal(self, path: Path, media_type: str) -> MediaRefused | None:
        if media_type.startswith(self._refused_types):
            return MediaRefused(f"files of {media_type} are kept out", FileReason.TYPE_REFUSED)
        if self._scanner is None:
            return None
        try:
            bad = await self._scanner.scan(path)
        except TooLargeToScan as error:
            return MediaRefused(str(error), FileReason.UNSCANNABLE)
        return MediaRefused(bad, FileReason.INFECTED) if bad is not None else None

    # --- settling ---

    def _refused(self, claimed: Claimed, error: MediaRefused) -> Settle:
        settle = _settlement(claimed, Rejected(reason=Reason.OTHER, detail=str(error)))
        settle.found = Found(state=FileState.REFUSED, reason=error.reason)
        return settle

    def _later(self, claimed: Claimed, found: Found | None, detail: str) -> Settle:
        """Again, as the one retry table says; at last it is dead, and people see why."""
        outcome = Deferred(reason=Reason.UNAVAILABLE, detail=detail)
        account = self._accounts.get(claimed.job.account)
        settle = _settlement(claimed, outcome)
        settle.found = found
        if account is None:
            settle.job_state = JobState.READY
            settle.due_at = self._store.clock.now_ms() + retry.LONGEST_DELAY_MS
            return settle
        step = retry.after(
            outcome,
            claimed.attempt.number,
            account.capabilities,
            claimed.job.created_at,
            self._store.clock.now_ms(),
            self._random,
        )
        if isinstance(step, retry.Retry):
            settle.job_state, settle.due_at = JobState.READY, step.at
            return settle
        kept = found.sha256 if found is not None else None
        size = found.size_bytes if found is not None else None
        settle.job_state, settle.detail = JobState.DEAD, detail
        settle.found = Found(
            state=FileState.REFUSED, reason=FileReason.UNREACHABLE, sha256=kept, size_bytes=size
        )
        return settle


def _not_sent(file: File, refusal: MediaRefused) -> Refusal:
    return Refusal(
        code="file_refused",
        detail=f"{file.filename} was not sent: {refusal.reason}, {refusal}.",
        what_to_do="Send the words without it, or another file.",
        status=422,
        extra={"file": file.sha256, "reason": str(refusal.reason)},
    )


def _standing(file: Attachment) -> Found:
    """A file as its row has it."""
    return Found(
        state=FileState.PENDING if file.state is FileState.REFUSED else file.state,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        media_type=file.media_type,
        thumbnail=file.thumbnail,
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(filetype.HEAD_BYTES)


def _in_words(error: Exception) -> str:
    """Without addresses: providers put secrets into them."""
    if isinstance(error, NoSpace):
        return "the disk is nearly full"
    if isinstance(error, TimeoutError):
        return "it did not come in time"
    said = str(error) if type(error) in (ConnectionError, FileNotFoundError) else ""
    return said or type(error).__name__


def _settlement(claimed: Claimed, outcome: Outcome) -> Settle:
    return Settle(
        job=claimed.job.id,
        attempt=claimed.attempt.id,
        outcome=str(type(outcome).__struct_config__.tag),
        detail="" if isinstance(outcome, Accepted) else outcome.detail,
        state=None,
    )
