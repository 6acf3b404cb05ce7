"""The OpenAPI document, made from the routes themselves, and the same as a page to read."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from types import NoneType
from typing import Any, get_args

import msgspec
from aiohttp import web

from gateway.http import eventdocs
from gateway.http.errors import CONTENT_TYPE, KINDS
from gateway.http.headers import Class
from gateway.http.policy import Gate
from gateway.http.routes import Call, Pending, Route, Routes

VERSION = "1"
REF = "#/components/schemas/{name}"
PARAMETER = re.compile(r"{(\w+)(?::[^}]*)?}")


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong (RFC 9457), and what to do now. `code` is for programs."""

    type: str
    title: str
    status: int
    detail: str
    what_to_do: str
    code: str


def document(all_routes: Iterable[Route], public_url: str) -> dict[str, Any]:
    """OpenAPI 3.1 of the listed routes, one tag a noun."""
    listed = [route for route in all_routes if route.listed]
    schemas = _Schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        path = PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parley",
            "version": VERSION,
            "description": "Every answer that is no success is a problem document (RFC 9457) with "
            "`what_to_do`. Writes take `Idempotency-Key`. Lists page by `cursor`.",
        },
        "servers": [{"url": public_url}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in listed)],
        "paths": paths,
        "webhooks": eventdocs.webhooks(),
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sid"},
            },
        },
    }


class _Schemas:
    """The JSON schemas of everything that goes in and out."""

    def __init__(self, listed: list[Route]) -> None:
        wanted: list[Any] = [ProblemDocument, Pending]
        for route in listed:
            wanted += [t for t in (route.body, *_parts(route.answer)) if t is not None]
        self._types = list(dict.fromkeys(wanted))
        found, self.components = msgspec.json.schema_components(self._types, ref_template=REF)
        self._schema: dict[Any, dict[str, Any]] = dict(zip(self._types, found, strict=True))

    def of(self, shape: Any) -> dict[str, Any]:
        """The schema of a type, by reference."""
        return self._schema[shape]

    @staticmethod
    def query(shape: type[msgspec.Struct]) -> dict[str, Any]:
        """The properties of a query and which of them are required."""
        _, components = msgspec.json.schema_components([shape])
        found: dict[str, Any] = components[shape.__name__]
        return found


def _parts(answer: Any) -> tuple[Any, ...]:
    """The types of a union, one by one."""
    found = get_args(answer) or ((answer,) if answer is not None else ())
    return tuple(part for part in found if part is not NoneType)


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    words = (route.handler.__doc__ or "").strip().split("\n\n", 1)
    out: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": words[0].replace("\n", " "),
        "tags": [route.tag],
        "parameters": list(_parameters(route, schemas)),
        "responses": _responses(route, schemas),
        "x-permission": str(route.allow),
    }
    if route.allow is not Gate.PUBLIC:
        out["security"] = [{"token": []}, {"session": []}]
    if route.body is not None:
        out["requestBody"] = _content(schemas.of(route.body))
    elif route.raw_body:
        schema = {"type": "string", "format": "binary"}
        out["requestBody"] = {"content": {route.raw_body: {"schema": schema}}, "required": True}
    return out


def _operation_id(route: Route) -> str:
    """The handler's name, with the method where one handler serves several."""
    return f"{route.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', route.path.lower()).strip('_')}"


def _parameters(route: Route, schemas: _Schemas) -> Iterator[dict[str, Any]]:
    for name in PARAMETER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if route.query is not None:
        found = schemas.query(route.query)
        for name, schema in found["properties"].items():
            required = name in found.get("required", ())
            yield {"name": name, "in": "query", "required": required, "schema": schema}
    if route.method in ("POST", "PUT", "PATCH", "DELETE"):
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": 255},
        }


def _responses(route: Route, schemas: _Schemas) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for part in _parts(route.answer):
        status = 202 if part is Pending else route.status
        words = (part.__doc__ or "Done.").strip().split("\n")[0]
        out[str(status)] = {"description": words} | _content(schemas.of(part), required=False)
    if not out:
        bare = route.bare or route.kind in (Class.FILE, Class.MAIL) or route.path == "/metrics"
        out["200" if bare else "204"] = {"description": "Bytes." if bare else "Done."}
    out["default"] = {
        "description": "What went wrong, and what to do.",
        "content": {CONTENT_TYPE: {"schema": schemas.of(ProblemDocument)}},
    }
    return out


def _content(schema: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    out: dict[str, Any] = {"content": {"application/json": {"schema": schema}}}
    return out | {"required": True} if required else out


# --- the page ---

_STYLE = """
body{font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
max-width:860px;margin:0 auto;padding:24px;color:#1b1f24;background:#fff}
h1{font-size:24px}h2{margin-top:40px;border-bottom:1px solid #d5d9de}
code,pre{font:13px ui-monospace,monospace}pre{background:#f4f5f7;padding:8px;overflow:auto}
.verb{display:inline-block;min-width:56px;font-weight:600}.who{color:#5a6270;font-size:13px}
article{margin:20px 0}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #e3e6ea;padding:4px 8px;text-align:left;vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#14171a;color:#e6e8eb}pre{background:#20252b}
a{color:#8ab4f8}.who{color:#a3acb8}}
"""


def page(doc: dict[str, Any]) -> str:
    """The document as a page without any script."""
    tags = [tag["name"] for tag in doc["tags"]]
    contents = "".join(f'<li><a href="#{_anchor(tag)}">{escape(tag)}</a></li>' for tag in tags)
    contents += '<li><a href="#events">Events</a></li>'
    body = "".join(_section(doc, tag) for tag in tags)
    problems = "".join(
        f'<tr id="problem-{code}"><td><code>{code}</code></td><td>{kind.status}</td>'
        f"<td>{escape(kind.detail)} {escape(kind.what_to_do)}</td></tr>"
        for code, kind in KINDS.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Parley API</title><style>{_STYLE}</style></head><body><main>"
        "<h1>Parley API</h1><p>The same for programs: "
        f'<a href="/api/openapi.json">openapi.json</a>. {escape(doc["info"]["description"])}</p>'
        f"<ul>{contents}</ul>{body}{eventdocs.section(doc['webhooks'])}<h2>Problems</h2><table>{problems}</table></main></body></html>"
    )


def _anchor(tag: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", tag.lower())


def _section(doc: dict[str, Any], tag: str) -> str:
    articles = [
        _article(path, method, operation)
        for path, methods in doc["paths"].items()
        for method, operation in methods.items()
        if tag in operation["tags"]
    ]
    return f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>{"".join(articles)}'


def _article(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{p['in']}</td>"
        f"<td><code>{escape(_json(p['schema']))}</code></td></tr>"
        for p in operation["parameters"]
        if p["in"] == "query"
    )
    shapes = []
    if "requestBody" in operation:
        shapes.append(("takes", operation["requestBody"]["content"]))
    for status, answer in operation["responses"].items():
        if status != "default" and "content" in answer:
            shapes.append((status, answer["content"]))
    listed = "".join(
        f"<tr><td>{label}</td><td>{escape(kind)}</td>"
        f"<td><code>{escape(_json(content['schema']))}</code></td></tr>"
        for label, contents in shapes
        for kind, content in contents.items()
    )
    verb = f'<span class="verb">{method.upper()}</span>'
    return (
        f"<article><div><code>{verb} {escape(path)}</code></div>"
        f"<div>{escape(operation['summary'])} "
        f'<span class="who">Asks for {escape(operation["x-permission"])}.</span></div>'
        f"<table>{rows}{listed}</table></article>"
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode().replace("#/components/schemas/", "")


def routes_of(all_routes: list[Route], public_url: str) -> list[Route]:
    """The routes that serve the document of all routes, these included."""
    about = Routes("About")

    @cache
    def whole() -> dict[str, Any]:
        return document([*all_routes, *about], public_url)

    @about.get("/api/openapi.json", allow=Gate.PUBLIC, kind=Class.PLAIN, asks_who=False)
    async def openapi(_: Call) -> web.Response:
        """This document."""
        return web.Response(body=msgspec.json.encode(whole()), content_type="application/json")

    @about.get("/api/docs", allow=Gate.PUBLIC, kind=Class.DOCS, asks_who=False, listed=False)
    async def docs(_: Call) -> web.Response:
        """The document as a page to read."""
        return web.Response(text=page(whole()), content_type="text/html")

    return list(about)
