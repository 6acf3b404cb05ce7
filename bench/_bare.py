"""The raw limit of intake: a bare aiohttp handler that checks the signature and keeps nothing.

python -m bench._bare PORT PUBLIC_URL
"""

import asyncio
import base64
import hashlib
import hmac
import sys
from urllib.parse import parse_qsl

import uvloop
from aiohttp import web

from bench._twilio import TOKEN

TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


def make_handler(public_url: str):
    """What answers a signed form, and refuses any other."""
    key = TOKEN.encode()

    async def receive(request: web.Request) -> web.Response:
        pairs = parse_qsl((await request.read()).decode(), keep_blank_values=True)
        text = public_url + request.path_qs + "".join(k + v for k, v in sorted(set(pairs)))
        digest = hmac.new(key, text.encode(), hashlib.sha1).digest()
        given = request.headers.get("X-Twilio-Signature", "")
        if not hmac.compare_digest(given.encode(), base64.b64encode(digest)):
            return web.Response(status=403)
        return web.Response(body=TWIML, content_type="text/xml")

    return receive


async def chat(request: web.Request) -> web.WebSocketResponse:
    """The raw limit of a visitor's socket: it says one word and then waits."""
    socket = web.WebSocketResponse(heartbeat=25.0, compress=False)
    await socket.prepare(request)
    await socket.receive()
    await socket.send_str('{"type":"welcome"}')
    async for _ in socket:
        pass
    return socket


async def ready(_: web.Request) -> web.Response:
    """It listens."""
    return web.Response()


async def serve(port: int, public_url: str) -> None:
    """Serve until killed."""
    app = web.Application()
    app.router.add_post("/in/{account}", make_handler(public_url))
    app.router.add_get("/chat/{account}", chat)
    app.router.add_get("/readyz", ready)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))
