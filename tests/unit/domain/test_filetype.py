"""What a file is rules over what it is said to be."""

import pytest

from gateway.domain.filetype import HTML, PROGRAM, UNKNOWN, settled, sniff

PNG = b"\x89PNG\r\n\x1a\n"
MP4 = b"\x00\x00\x00\x18ftypmp42"

SETTLED = [
    ("what it says", PNG, "image/png", "image/png"),
    ("a picture of another kind", PNG, "image/jpeg", "image/png"),
    ("a page that says it is a picture", b"<!DOCTYPE html><p>", "image/png", HTML),
    ("a page behind blanks and comments", b" \n<!-- x --><SCRIPT>", "text/plain", HTML),
    ("a drawing that could run", b"<?xml version='1.0'?><svg onload=x>", "image/svg+xml", HTML),
    ("a program that says it is a picture", b"MZ\x90\x00", "image/png", PROGRAM),
    ("a script", b"#!/bin/sh\n", "text/plain", PROGRAM),
    ("a picture without a picture's bytes", b"hello", "image/png", UNKNOWN),
    ("a page without a page's bytes", b"hello", "text/html", UNKNOWN),
    ("words", b"hello", "text/plain; charset=utf-8", "text/plain"),
    ("no name of a type", b"hello", "../../etc", UNKNOWN),
    ("nothing told", b"hello", "", UNKNOWN),
    ("a document that is a zip inside", b"PK\x03\x04", "application/vnd.oasis.x", None),
    ("a zip that says it is a film", b"PK\x03\x04", "video/mp4", "application/zip"),
    ("a voice message", b"#!AMR\n", "audio/amr", "audio/amr"),
    ("sound in a film's box", MP4, "audio/mp4", "audio/mp4"),
    ("a film", MP4, "application/octet-stream", "video/mp4"),
    ("a film of a telephone", b"\x00\x00\x00\x18ftyp3gp5", "", "video/3gpp"),
    ("a picture in RIFF", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "image/webp"),
    ("no picture without RIFF", b"ABCD\x00\x00\x00\x00WEBP", "image/webp", UNKNOWN),
    ("no bytes", b"", "image/png", UNKNOWN),
]


@pytest.mark.parametrize(
    ("head", "told", "expected"), [s[1:] for s in SETTLED], ids=[s[0] for s in SETTLED]
)
def test_settled(head: bytes, told: str, expected: str | None) -> None:
    """The first bytes decide; where they prove nothing, what was told holds if it may be true."""
    assert settled(head, told) == (expected or told)


def test_long_comments() -> None:
    """Looking for a page takes no longer for bytes that were made to take long."""
    assert sniff(b"<!--" * 100_000) is None
