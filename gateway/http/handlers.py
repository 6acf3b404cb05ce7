"""Handlers around handlers: aiohttp's own answers in our words."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.http.errors import wire_problem

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def problem_response(response: web.Response, code: str) -> web.Response:
    """A bare answer of aiohttp's as a problem document."""
    head, _, body = wire_problem(code).partition(b"\r\n\r\n")
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.decode().partition(": ")
        if name.lower() not in ("content-length", "connection"):
            response.headers[name] = value
    response.body = body
    return response


def in_our_words(handler: Handler) -> Handler:
    """A handler that answers by a problem document where the router knows no resource at all.

    No path of ours matches `OPTIONS *` or the target of a CONNECT.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return problem_response(web.Response(status=404), "not_found")

    return answer
