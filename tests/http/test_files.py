"""Files and mails of strangers: kept whole, served apart from us."""

import hashlib
import json

import pytest

from tests.http.conftest import CONFIG, open_desk
from tests.http.hook import SIGNATURE, sign

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
PAGE = b"<html><script>alert(1)</script></html>"


async def with_file(desk, content: bytes, media_type: str, name: str, **more) -> tuple[str, dict]:
    """A message with a file: the conversation and the attachment as the timeline has it."""
    files = [{"hex": content.hex(), "type": media_type, "name": name} | more]
    conversation = await desk.conversation("see file", files=files)
    sue = await desk.person("sue")
    items = (await sue("GET", f"/api/v1/conversations/{conversation}/timeline")).json["items"]
    return conversation, next(i for i in items if i["type"] == "message")["attachments"][0]


SERVED = [
    ("a picture is shown", PNG, "image/png", "a.png", "image/png"),
    ("a picture by its bytes", PNG, "text/html", "a.html", "image/png"),
    ("a page is saved", PAGE, "text/html", "a.html", "application/octet-stream"),
    (
        "a page that says it is a picture",
        PAGE,
        "image/png",
        "a.png",
        "application/octet-stream",
    ),
    (
        "a drawing that could run",
        b"<svg onload=x>",
        "image/svg+xml",
        "a.svg",
        "application/octet-stream",
    ),
    (
        "a document",
        b"%PDF-1.7",
        "application/pdf",
        "\u53d1\u7968.pdf",
        "application/octet-stream",
    ),
]


@pytest.mark.parametrize(
    ("content", "media_type", "name", "served"),
    [s[1:] for s in SERVED],
    ids=[s[0] for s in SERVED],
)
async def test_served_apart(desk, content, media_type, name, served) -> None:
    """A file runs nothing in our origin: its type is ours to say, and it lives in a sandbox."""
    _, attachment = await with_file(desk, content, media_type, name)
    sue = await desk.person("sue")
    answer = await sue("GET", attachment["url"])
    assert answer.status == 200
    assert answer.body == content
    assert answer.headers["Content-Type"] == served
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer.headers["Cache-Control"]
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


async def test_files_out_of_sight(desk) -> None:
    """A file of a conversation that one may not see does not exist."""
    _, attachment = await with_file(desk, PNG, "image/png", "a.png")
    otto = await desk.person("otto")
    hidden = await otto("GET", attachment["url"])
    assert (hidden.status, hidden.code) == (404, "not_found")
    assert hidden.headers["Cache-Control"] == "no-store"
    assert (await desk.nobody("GET", attachment["url"])).status == 401
    assert (await otto("GET", "/api/v1/attachments/..%2f..%2fetc%2fpasswd")).status == 404


async def test_upload_and_send(desk) -> None:
    """An upload is named by its hash in a message, by whoever uploaded it."""
    conversation = await desk.conversation("hello")
    sue, emma = await desk.person("sue"), await desk.person("emma")
    name = {"X-Filename": "%E5%8F%91%E7%A5%A8.png", "Content-Type": "image/png"}
    up = await sue("POST", "/api/v1/uploads", data=PNG, headers=name)
    assert up.status == 201
    assert up.json == {
        "sha256": hashlib.sha256(PNG).hexdigest(),
        "filename": "\u53d1\u7968.png",
        "media_type": "image/png",
        "size_bytes": len(PNG),
    }
    reply = {"text": "here", "attachments": [up.json["sha256"]]}
    stolen = await emma("POST", f"/api/v1/conversations/{conversation}/reply", reply)
    assert stolen.code == "unknown_upload", "a hash is no right to a file"
    sent = await sue("POST", f"/api/v1/conversations/{conversation}/reply", reply)
    assert sent.status == 202
    assert sent.json["message"]["attachments"][0]["filename"] == "\u53d1\u7968.png"
    await desk.until(lambda: desk.hook.sent)
    assert desk.hook.sent[0].attachments[0].path.read_bytes() == PNG


UPLOADS = [
    ("nothing", b"", {}, 422, "empty"),
    ("compressed", b"x", {"Content-Encoding": "gzip"}, 415, "unsupported_media_type"),
    ("too large", b"x" * 3_000_000, {}, 413, "too_large"),
]


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"), [u[1:] for u in UPLOADS], ids=[u[0] for u in UPLOADS]
)
async def test_bad_uploads(tmp_path, content, headers, status, code) -> None:
    """What cannot be kept is refused, and leaves nothing behind."""
    config = CONFIG.replace("host: {port: 0}", "host: {port: 0, max_upload: 2MB}")

    async def chunks():
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    async with open_desk(tmp_path, config=config) as desk:
        sue = await desk.person("sue")
        answer = await sue("POST", "/api/v1/uploads", data=chunks(), headers=headers)
        assert (answer.status, answer.code) == (status, code)
        left = [p for p in (tmp_path / "data").rglob("*") if p.is_file() and "incoming" in p.parts]
        assert left == []


async def test_declared_names_and_types(desk) -> None:
    """A file's name loses its directories, and a type that could run is not kept."""
    sue = await desk.person("sue")
    headers = {"X-Filename": "..%2F..%5Cevil%0d%0a.html", "Content-Type": "text/html"}
    up = await sue("POST", "/api/v1/uploads", data=PAGE, headers=headers)
    assert up.json["filename"] == "evil.html"
    assert up.json["media_type"] == "application/octet-stream"


async def test_mail_as_it_was_drawn(desk) -> None:
    """A mail's HTML is cleaned, fetches nothing, shows its own pictures, and is sandboxed."""
    html = (
        '<p>Dear<script>x</script><img src="cid:logo"><img src="https://track.example/a.png"></p>'
    )
    body = json.dumps(
        {
            "key": "h",
            "from": "tel:+491",
            "text": "Dear",
            "html": html,
            "files": [{"hex": PNG.hex(), "type": "image/png", "name": "logo.png", "cid": "logo"}],
        }
    ).encode()
    await desk.nobody("POST", "/in/hook", data=body, headers={SIGNATURE: sign(body)})
    sue = await desk.person("sue")
    conversation = (await sue("GET", "/api/v1/conversations")).json["items"][0]["id"]
    items = (await sue("GET", f"/api/v1/conversations/{conversation}/timeline")).json["items"]
    url = next(i for i in items if i["type"] == "message")["html_url"]
    view = await sue("GET", url)
    assert view.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = view.headers["Content-Security-Policy"]
    assert policy.startswith(
        "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
    )
    assert view.headers["Cache-Control"] == "no-store"
    text = view.body.decode()
    assert "script" not in text
    assert "track.example" not in text
    assert 'src="data:image/png;base64,' in text
    plain = await desk.conversation("no drawing", sender="+492")
    items = (await sue("GET", f"/api/v1/conversations/{plain}/timeline")).json["items"]
    message = next(i for i in items if i["type"] == "message")
    assert "html_url" not in message
    assert (await sue("GET", f"/api/v1/messages/{message['id']}/html")).status == 404
