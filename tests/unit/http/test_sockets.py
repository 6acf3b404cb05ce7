"""A WebSocket of ours takes little room, also once it has pinged."""

import asyncio
import gc

from aiohttp import ClientSession, WSMsgType, web

from gateway.http.sockets import WebSocket

MANY = 40  # more than attributes for which Python makes room
WAIT_S = 30.0  # no test waits so long: it is only there to fail


async def test_a_socket_has_no_dict_of_its_own(aiohttp_server) -> None:
    """What it keeps for its peer has a place in it; a dict would be as large as all the rest."""
    opened: list[WebSocket] = []

    async def handle(request: web.Request) -> web.WebSocketResponse:
        ws = WebSocket(heartbeat_s=2.0)
        await ws.prepare(request)
        opened.append(ws)
        async for _ in ws:
            pass
        return ws

    app = web.Application()
    app.router.add_get("/", handle)
    server = await aiohttp_server(app)
    async with ClientSession() as session, asyncio.timeout(WAIT_S):
        clients = [
            await session.ws_connect(server.make_url("/"), autoping=False) for _ in range(MANY)
        ]
        for client in clients:
            message = await client.receive()
            assert message.type is WSMsgType.PING
            await client.pong(message.data)
        parts = [part for ws in opened for part in gc.get_referents(ws)]
        assert not [part for part in parts if isinstance(part, dict) and "_reader" in part]
