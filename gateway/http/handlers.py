"""Handlers around handlers: aiohttp's own answers in our words, and a way past its router."""

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


def short_cut(slow: Handler, fast: tuple[str, Handler]) -> Handler:
    """A handler that asks the router only for what does not begin with the prefix."""
    prefix, direct = fast

    def choose(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        quick = request.method == "POST" and request.raw_path.startswith(prefix)
        return direct(request) if quick and "Expect" not in request.headers else slow(request)

    return choose


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
