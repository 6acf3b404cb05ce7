"""Files of WeChat and WeCom: by media id in, uploaded and sent by media id out."""

from hashlib import sha256
from pathlib import Path

import pytest

from adapters._shared.fetch import FetchRefused
from gateway.contract import (
    Accepted,
    DedupKey,
    Deferred,
    FetchesMedia,
    OutboundAttachment,
    Reason,
    Rejected,
)
from gateway.testing import FakeProvider, Fault, ProviderAnswer, json_answer
from tests.adapters.wechat.deliveries import ACCESS, build
from tests.adapters.wechat.test_wechat_outbound import EXPIRED, OK, message, token
from tests.adapters.wecom import deliveries as wecom
from tests.adapters.wecom.test_wecom_outbound import message as wecom_message

UPLOADED = json_answer(200, {"type": "image", "media_id": "M-1", "created_at": 1})
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


async def fetched(*answers: ProviderAnswer) -> tuple[bytes, list[str]]:
    """What the adapter brings, and what it asked for."""
    async with FakeProvider(answers) as provider:
        adapter = build(provider.url)
        assert isinstance(adapter, FetchesMedia)
        adapter.tokens.keep(ACCESS, 7_200)
        await adapter.start()
        try:
            got = b"".join([chunk async for chunk in adapter.fetch(None, "M-1")])
        finally:
            await adapter.stop()
        return got, [request.path for request in provider.requests]


async def test_fetched() -> None:
    """The file comes by its id, with the account's token; also one that begins like an answer."""
    path = f"/cgi-bin/media/get?access_token={ACCESS}&media_id=M-1"
    for content in (PNG, b'{"a": 1}', b"{" * 9_000):
        assert await fetched(ProviderAnswer(body=content)) == (content, [path])


async def test_a_token_that_expired() -> None:
    """An expired token is replaced once; the file then comes."""
    got, paths = await fetched(EXPIRED, token("new"), ProviderAnswer(body=PNG))
    assert got == PNG
    assert "access_token=new" in paths[2]


FAILS = [
    ("it is too old", json_answer(200, {"errcode": 40007, "errmsg": "invalid media_id"}), True),
    ("busy", json_answer(200, {"errcode": -1, "errmsg": "system error"}), False),
    ("away", ProviderAnswer(status=503), False),
    ("not there", ProviderAnswer(status=404), True),
    ("a film elsewhere", json_answer(200, {"video_url": "http://10.0.0.1/film"}), True),
]


@pytest.mark.parametrize(("answer", "final"), [f[1:] for f in FAILS], ids=[f[0] for f in FAILS])
async def test_not_fetched(answer: ProviderAnswer, final: bool) -> None:
    """An answer in words is no file: refused when it will never come, else asked again."""
    with pytest.raises(FetchRefused if final else ConnectionError):
        await fetched(answer)


def picture(tmp_path: Path, media_type: str = "image/png") -> OutboundAttachment:
    path = tmp_path / "x"
    path.write_bytes(PNG)
    return OutboundAttachment(
        media_type=media_type,
        filename='\u53d1"\u7968.png',
        size_bytes=len(PNG),
        sha256=sha256(PNG).hexdigest(),
        path=path,
    )


SENT = [
    ("sent", [UPLOADED, OK], Accepted(provider_id="m-1")),
    ("the upload is refused", [json_answer(200, {"errcode": 45001, "errmsg": "x"})], Rejected),
    ("the upload is lost", [ProviderAnswer(fault=Fault.SWALLOW)], Deferred),
    ("the upload fails", [ProviderAnswer(status=500)], Deferred),
    ("an answer without an id", [json_answer(200, {})], Deferred),
]


@pytest.mark.parametrize(("answers", "expected"), [s[1:] for s in SENT], ids=[s[0] for s in SENT])
async def test_sent(tmp_path: Path, answers: list[ProviderAnswer], expected) -> None:
    """A file is uploaded as a multipart form, then sent by its id; a failed upload sent nothing."""
    async with FakeProvider(answers) as provider:
        adapter = build(provider.url)
        adapter.tokens.keep(ACCESS, 7_200)
        await adapter.start()
        file = picture(tmp_path)
        outcome = await adapter.send(message(text="", attachments=(file,)), DedupKey("m-1"))
        await adapter.stop()
        assert outcome == expected or type(outcome) is expected
        upload = provider.requests[0]
        assert upload.path == f"/cgi-bin/media/upload?access_token={ACCESS}&type=image"
        assert (upload.header("content-type") or "").startswith("multipart/form-data; boundary=")
        assert PNG in upload.body
        assert 'name="media"; filename="\u53d1\u7968.png"'.encode() in upload.body
        if outcome == Accepted(provider_id="m-1"):
            said = provider.requests[1].json()
            assert (said["msgtype"], said["image"]) == ("image", {"media_id": "M-1"})
        else:
            assert len(provider.requests) == 1, "nothing is sent without its file"


STILL = json_answer(200, {"type": "thumb", "thumb_media_id": "T-1", "created_at": 1})
FILMS = [
    ("sent", [STILL, OK], Accepted(provider_id="m-1")),
    ("no still", [json_answer(200, {"errcode": 45009, "errmsg": "x"})], Deferred),
]


@pytest.mark.parametrize(("answers", "expected"), [f[1:] for f in FILMS], ids=[f[0] for f in FILMS])
async def test_a_film_has_a_still(tmp_path: Path, answers: list[ProviderAnswer], expected) -> None:
    """Film and still are uploaded, each in its kind; without either nothing is sent."""
    async with FakeProvider([UPLOADED, *answers]) as provider:
        adapter = build(provider.url)
        adapter.tokens.keep(ACCESS, 7_200)
        await adapter.start()
        film = picture(tmp_path, "video/mp4")
        outcome = await adapter.send(message(text="", attachments=(film,)), DedupKey("m-1"))
        await adapter.stop()
        assert outcome == expected or type(outcome) is expected
        kinds = [r.path.rpartition("=")[2] for r in provider.requests[:2]]
        assert kinds == ["video", "thumb"]
        assert b"\xff\xd8\xff" in provider.requests[1].body
        if outcome == expected:
            said = provider.requests[2].json()
            assert said["video"] == {"media_id": "M-1", "thumb_media_id": "T-1"}


async def test_what_wechat_cannot_send(tmp_path: Path) -> None:
    """A document, or words beside a picture, are refused without asking."""
    adapter = build("http://127.0.0.1:9")
    for changes in (
        {"text": "", "attachments": (picture(tmp_path, "application/pdf"),)},
        {"attachments": (picture(tmp_path),)},
    ):
        outcome = await adapter.send(message(**changes), DedupKey("m-1"))
        assert isinstance(outcome, Rejected)
        assert outcome.reason is Reason.UNSUPPORTED


async def test_wecom_sends_any_file(tmp_path: Path) -> None:
    """What is no picture, voice or film goes as a file."""
    answers = [UPLOADED, json_answer(200, {"errcode": 0, "msgid": "w-1"})]
    async with FakeProvider(answers) as provider:
        adapter = wecom.build(provider.url)
        adapter.tokens.keep("t", 7_200)
        await adapter.start()
        file = picture(tmp_path, "application/pdf")
        sent = wecom_message(text="", attachments=(file,))
        assert await adapter.send(sent, DedupKey("m-1")) == Accepted(provider_id="w-1")
        await adapter.stop()
        assert provider.requests[0].path.endswith("&type=file")
        said = provider.requests[1].json()
        assert (said["msgtype"], said["file"]) == ("file", {"media_id": "M-1"})
        assert "text" not in said
