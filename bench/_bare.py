"""The raw limits: a bare aiohttp server that checks a signature and keeps nothing.

python -m bench._bare PORT
"""

import asyncio
import base64
import hashlib
import hmac
import sys
from urllib.parse import parse_qsl

import uvloop
from aiohttp import web

from tests.faults.node import TOKEN
from tests.ports import HOST

TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
PUBLIC_URL = web.AppKey("public_url", str)


async def receive(request: web.Request) -> web.Response:
    """A signed form is answered as Parley answers it; any other is refused."""
    pairs = parse_qsl((await request.read()).decode(), keep_blank_values=True)
    signed = request.app[PUBLIC_URL] + request.path_qs + "".join(k + v for k, v in sorted(pairs))
    digest = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
    given = request.headers.get("X-Twilio-Signature", "").encode()
    if not hmac.compare_digest(given, base64.b64encode(digest)):
        return web.Response(status=403)
    return web.Response(body=TWIML, content_type="text/xml")


async def chat(request: web.Request) -> web.WebSocketResponse:
    """A visitor's socket that says one word and then waits."""
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


async def serve(port: int) -> None:
    """Until killed."""
    app = web.Application()
    app[PUBLIC_URL] = f"http://{HOST}:{port}"
    app.router.add_post("/in/{account}", receive)
    app.router.add_get("/chat/{account}", chat)
    app.router.add_get("/readyz", ready)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
