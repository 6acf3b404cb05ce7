"""Files of messages on both engines: what is known of them, and whose bytes are swept."""

import os
from random import Random

from msgspec.structs import replace

from gateway.pipeline.media import KEPT_S, Media
from gateway.store.queries import media
from tests.store import toys
from tests.store.toys import FileState, Put


async def test_what_is_known_of_a_file_is_kept(store) -> None:
    """Its state, why it was refused, and its small picture come back as they were written."""
    told = toys.attachment("a", "m", sha256="a" * 64, size=7)
    files = (
        replace(told, state=FileState.PENDING, sha256=None, size_bytes=None, url="https://x/y"),
        replace(told, id="b", state=FileState.REFUSED, reason="infected"),
        replace(told, id="c", thumbnail="c" * 64),
    )
    await store.submit(Put(rows=files))
    for file in files:
        assert await store.read(media.file, file.id) == file
    assert await store.read(media.file, "none") is None


async def test_only_what_nobody_names_is_swept(store) -> None:
    """The bytes and the small picture of a file stay; a stray goes when it is old enough."""
    named, small, stray, young = (store.files.put(each) for each in (b"a", b"b", b"c", b"d"))
    file = replace(toys.attachment("a", "m", sha256=named, size=1), thumbnail=small)
    await store.submit(Put(rows=(file,)))
    old = store.clock.now_ms() / 1_000 - KEPT_S - 60
    for sha256 in (named, small, stray):
        os.utime(store.files.path(sha256), (old, old))
    assert await Media(store, {}, Random(1), max_bytes=1).sweep() == 1
    there = [store.files.path(each).exists() for each in (named, small, stray, young)]
    assert there == [True, True, False, True]
