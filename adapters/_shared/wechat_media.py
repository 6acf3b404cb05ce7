"""Files of WeChat and WeCom: fetched by media id, and uploaded before they are sent.

https://developers.weixin.qq.com/doc/service/api/material/temporary/api_getmedia.html
https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia.html
https://developer.work.weixin.qq.com/document/path/90254 and /90253
"""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import msgspec
from yarl import URL

from adapters._shared.fetch import FetchRefused, fetch
from adapters._shared.http import FormFile, ProviderClient, Reply
from adapters._shared.wechat import (
    BUSY,
    TOKEN_CODES,
    AccessToken,
    Codes,
    json_object,
    refusal,
    with_token,
    words,
)
from gateway.contract import Deferred, InDoubt, OutboundAttachment, Reason, Rejected

UPLOAD_TIMEOUT_S = 20.0
MAX_MEDIA_BYTES = 64 * 1024 * 1024
MAX_SAID_BYTES = 4_096  # an answer in words; a longer one is a file that begins with a brace
LATER = frozenset({BUSY, 45009, 45011})


async def fetch_media(
    tokens: AccessToken, api_url: str, media_id: str | None
) -> AsyncIterator[bytes]:
    """A customer's file. An error comes as JSON where the file should be, with HTTP 200.

    Raises FetchRefused, or ConnectionError when it may come another time.
    """
    if not media_id:
        raise FetchRefused("the message names nothing to fetch")
    token = await tokens.get()
    for last in (False, True):
        if not isinstance(token, str):
            raise ConnectionError(token.detail)
        query = urlencode({"access_token": token, "media_id": media_id})
        whole = f"{api_url.rstrip('/')}/cgi-bin/media/get?{query}"
        chunks = fetch(whole, home=api_url, max_bytes=MAX_MEDIA_BYTES)
        head = await _head(chunks)
        said = _said(head)
        if said is None:
            yield head
            async for chunk in chunks:
                yield chunk
            return
        if said.get("video_url"):
            async for chunk in _film(str(said["video_url"]), api_url):
                yield chunk
            return
        if last or said["errcode"] not in TOKEN_CODES:
            _refuse(said)
        token = await tokens.get(instead_of=token)


async def _head(chunks: AsyncIterator[bytes]) -> bytes:
    """The first bytes: of what may be an answer in words, all of it."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if not head.startswith(b"{") or len(head) > MAX_SAID_BYTES:
            break
    return head


def _said(head: bytes) -> dict[str, Any] | None:
    """What the provider says instead of the file; None when it is the file."""
    if not head.startswith(b"{") or len(head) > MAX_SAID_BYTES:
        return None
    try:
        data = msgspec.json.decode(head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(data, dict):
        return None
    code = data.get("errcode")
    refused = isinstance(code, int) and not isinstance(code, bool) and code != 0
    return data if refused or isinstance(data.get("video_url"), str) else None


def _film(address: str, api_url: str) -> AsyncIterator[bytes]:
    """WeChat gives of a film its address, by http; the same place speaks https."""
    try:
        url = URL(address)
        if url.scheme == "http" and url.origin() != URL(api_url).origin():
            url = url.with_scheme("https")
    except ValueError as error:
        raise FetchRefused("the film's address is no URL") from error
    return fetch(str(url), home=api_url, max_bytes=MAX_MEDIA_BYTES)


def _refuse(said: dict[str, Any]) -> None:
    """Raise what it means."""
    detail = f"{said['errcode']}: {str(said.get('errmsg') or '')[:200]}"
    if said["errcode"] in LATER or said["errcode"] in TOKEN_CODES:
        raise ConnectionError(detail)
    raise FetchRefused(detail)


async def upload(
    client: ProviderClient,
    tokens: AccessToken,
    file: OutboundAttachment,
    kind: str,
    codes: Codes,
) -> str | Deferred | Rejected:
    """The media id to send a file by. Whatever goes wrong here, no message went out."""
    part = FormFile(path=file.path, filename=file.filename, media_type=file.media_type)

    async def call(token: str) -> Reply:
        return await client.request(
            "POST",
            "/cgi-bin/media/upload",
            query=[("access_token", token), ("type", kind)],
            form=[("media", part)],
            timeout_s=UPLOAD_TIMEOUT_S,
        )

    reply = await with_token(tokens, call)
    if isinstance(reply, Deferred | Rejected):
        return reply
    told = json_object(reply)
    media_id = words(told, "media_id") or words(told, "thumb_media_id")  # so of a film's still
    if media_id:
        return media_id
    known = refusal(reply, codes)
    if isinstance(known, Deferred | Rejected):
        return known
    detail = known.detail if isinstance(known, InDoubt) else "no media id in the answer"
    return Deferred(reason=Reason.UNAVAILABLE, detail=f"the file was not uploaded: {detail}")
