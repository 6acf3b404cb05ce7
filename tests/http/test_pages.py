"""Pages, health and the document of the API."""

import asyncio
import gzip
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import aiohttp
import pytest
import yarl
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.domain import events
from gateway.http.errors import KINDS
from gateway.http.limits import Limits
from gateway.http.pages import PATHS
from gateway.http.server import SOCKETS
from tests.http.conftest import open_desk


@pytest.fixture
async def built(tmp_path):
    """A node with a console and a widget."""
    static = tmp_path / "static"
    for name, text in {
        "console/index.html": "<!doctype html><title>Parley</title>",
        "console/assets/app-1a2b.js": "console",
        "console/favicon.svg": "<svg/>",
        "console/secret.env": "no",
        "widget/widget.js": "widget",
        "secret.txt": "no",
    }.items():
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(text)
    async with open_desk(tmp_path) as desk:
        yield desk


PLACES = Path(__file__).parents[2] / "web/console/src/state/places.ts"
INDEX = "<!doctype html><title>Parley</title>"
PAGES = [
    ("/", 200, INDEX, "text/html; charset=utf-8", "no-cache"),
    ("/index.html", 200, INDEX, "text/html; charset=utf-8", "no-cache"),
    ("/invite", 200, INDEX, "text/html; charset=utf-8", "no-cache"),
    (
        "/assets/app-1a2b.js",
        200,
        "console",
        "text/javascript; charset=utf-8",
        "public, max-age=31536000, immutable",
    ),
    ("/favicon.svg", 200, "<svg/>", "image/svg+xml", "no-cache"),
    (
        "/chat/shop/widget.js",
        200,
        "widget",
        "text/javascript; charset=utf-8",
        "public, max-age=300, stale-while-revalidate=86400",
    ),
    ("/assets/app-old.js", 404, None, None, "no-store"),
    ("/nope", 404, None, None, "no-store"),
    ("/conversations/018f", 404, None, None, "no-store"),
    ("/invite/018f", 404, None, None, "no-store"),
    ("/nothing.js", 404, None, None, "no-store"),
    ("/secret.env", 404, None, None, "no-store"),
    ("/../secret.txt", 404, None, None, "no-store"),
    ("/%2e%2e/secret.txt", 404, None, None, "no-store"),
    ("/assets/%2e%2e/%2e%2e/%2e%2e/secret.txt", 404, None, None, "no-store"),
    ("/api/v1/nothing", 404, None, None, "no-store"),
    ("/api/v2", 404, None, None, "no-store"),
    ("/chat/hook/widget.js", 404, None, None, "no-store"),
    ("/chat/nobody/widget.js", 404, None, None, "no-store"),
]


async def test_pages(built) -> None:
    """The console for every address of its own, its files by name, and nothing else."""
    for path, status, text, kind, cached in PAGES:
        url = yarl.URL(built.url + path, encoded=True)
        async with built.client.get(url) as answer:
            assert answer.status == status, path
            assert answer.headers["Cache-Control"] == cached, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers.getall("Server") == ["Parley"], "and not which version of what"
            if text is None:
                assert json.loads(await answer.read())["code"] == "not_found", path
            else:
                assert await answer.text() == text, path
                assert answer.headers["Content-Type"] == kind, path


def test_the_console_has_the_addresses_it_says() -> None:
    """One list: what the desk serves the console at is what the console looks for."""
    (listed,) = re.findall(r"export const PATHS = (\[.*\]) as const;", PLACES.read_text())
    assert tuple(json.loads(listed)) == PATHS


NOWHERE = [
    ("a person who mistyped", "/nope", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
    ("a page that never was", "/old.html", "text/html,*/*;q=0.8", "text/html"),
    ("a program", "/nope", "application/json", "application/problem+json"),
    ("a program that says nothing", "/nope", "*/*", "application/problem+json"),
    ("the API in a browser", "/api/v1/nope", "text/html,*/*;q=0.8", "application/problem+json"),
    ("a script", "/nope.js", "text/html,*/*;q=0.8", "application/problem+json"),
]


@pytest.mark.parametrize(
    ("path", "accept", "kind"), [row[1:] for row in NOWHERE], ids=[row[0] for row in NOWHERE]
)
async def test_nothing_here(built, path: str, accept: str, kind: str) -> None:
    """What is not there is 404: a small page for people, a problem document for programs."""
    answer = await built.nobody("GET", path, headers={"Accept": accept})
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith(kind)
    assert answer.headers["Cache-Control"] == "no-store"
    if kind == "text/html":
        assert 'href="/"' in answer.body.decode()
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    else:
        assert answer.code == "not_found"


async def test_headers_of_pages(built) -> None:
    """The console is alone in its frame; the widget may be used by others' pages."""
    console = await built.nobody("GET", "/")
    policy = console.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert console.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    widget = await built.nobody("GET", "/chat/shop/widget.js")
    assert widget.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert widget.headers["ETag"]
    same = await built.nobody(
        "GET", "/chat/shop/widget.js", headers={"If-None-Match": widget.headers["ETag"]}
    )
    assert same.status == 304
    assert (await built.nobody("HEAD", "/")).status == 200


PACKED = [
    ("/", gzip.compress(b"packed page"), "no-cache"),
    ("/assets/app-1a2b.js", gzip.compress(b"packed console"), "immutable"),
    ("/chat/shop/widget.js", gzip.compress(b"packed widget"), "max-age=300"),
]


@pytest.fixture
def packed(built, tmp_path) -> None:
    """Beside each of the build's files its gzip, here with words of its own."""
    names = ("console/index.html", "console/assets/app-1a2b.js", "widget/widget.js")
    for name, (_, content, _) in zip(names, PACKED, strict=True):
        (tmp_path / "static" / f"{name}.gz").write_bytes(content)


@pytest.mark.usefixtures("packed")
async def test_a_file_goes_out_as_its_reader_takes_it(built) -> None:
    """Compressed where it may be, and no cache mistakes one form for the other."""
    for path, content, cached in PACKED:
        plain = await built.nobody("GET", path, headers={"Accept-Encoding": "identity"})
        answer = await built.nobody("GET", path, headers={"Accept-Encoding": "br, gzip"})
        assert answer.headers["Content-Encoding"] == "gzip", path
        assert answer.body == gzip.decompress(content), path
        assert "Content-Encoding" not in plain.headers, path
        assert plain.body != answer.body, path
        assert plain.headers["ETag"] != answer.headers["ETag"], path
        for each in (plain, answer):
            assert each.headers["Vary"] == "Accept-Encoding", path
            assert cached in each.headers["Cache-Control"], path
            assert each.headers["Content-Type"].startswith("text/"), path
        known = {"If-None-Match": answer.headers["ETag"]}
        for taken, status in (("gzip", 304), ("identity", 200)):
            again = await built.nobody("GET", path, headers=known | {"Accept-Encoding": taken})
            assert (again.status, again.headers["Vary"]) == (status, "Accept-Encoding"), path


@pytest.mark.usefixtures("packed")
async def test_a_part_of_a_packed_file(built) -> None:
    """A range is one of the form that is sent; nobody asks for that form by its name."""
    path, content, _ = PACKED[2]
    url = built.url + path
    wanted = {"Accept-Encoding": "gzip", "Range": "bytes=2-9"}
    async with built.client.get(url, headers=wanted, auto_decompress=False) as answer:
        assert answer.status == 206
        assert await answer.read() == content[2:10]
        assert answer.headers["Content-Range"] == f"bytes 2-9/{len(content)}"
    assert (await built.nobody("GET", "/assets/app-1a2b.js.gz")).status == 404


async def test_not_built(desk) -> None:
    """A node without the web build says how to make it."""
    answer = await desk.nobody("GET", "/")
    assert answer.status == 404
    assert "make web" in answer.json["what_to_do"]


METHODS = [
    ("POST", "/livez", "GET, HEAD"),
    ("DELETE", "/api/v1/conversations", "GET, HEAD"),
    ("GET", "/api/v1/conversations/x/reply", "POST"),
    ("PUT", "/in/hook", "GET, POST"),
    ("PATCH", "/api/v1/session", "DELETE, GET, HEAD, POST"),
]


async def test_other_methods(desk) -> None:
    """An address that takes other methods says which; one that is not there is not there."""
    for method, path, allowed in METHODS:
        answer = await desk.nobody(method, path)
        assert (answer.status, answer.code) == (405, "method_not_allowed"), path
        assert answer.headers["Allow"] == allowed
    missing = await desk.nobody("POST", "/api/v1/nothing")
    assert (missing.status, missing.code) == (404, "not_found")


async def test_health(desk) -> None:
    """Alive; ready while the store answers; no longer ready as soon as it is to stop."""
    assert (await desk.nobody("GET", "/livez")).json == {"status": "ok"}
    assert (await desk.nobody("GET", "/readyz")).json == {"status": "ready"}
    desk.runner.app[SOCKETS].draining = True
    gone = await desk.nobody("GET", "/readyz")
    assert (gone.status, gone.code) == (503, "stopping")
    assert (await desk.nobody("GET", "/livez")).status == 200


async def test_a_balancer_hears_of_the_end(tmp_path) -> None:
    """Where somebody asks for readiness, they hear of its end before nobody listens any more."""
    async with open_desk(tmp_path, limits=Limits(notice_s=0.5)) as desk:
        assert (await desk.nobody("GET", "/readyz")).status == 200
        stopping = asyncio.create_task(desk.runner.cleanup())
        answers = []
        while not stopping.done():
            try:
                answers.append((await desk.nobody("GET", "/readyz")).status)
                answers.append((await desk.receive(f"m{len(answers)}", "hello")).status)
            except aiohttp.ClientConnectionError:
                break
        await stopping
        assert answers[:2] == [503, 200], "not ready, and still taking what comes"
        assert set(answers) == {503, 200}


async def test_metrics(desk) -> None:
    """Figures for Prometheus, from this machine or with a token."""
    await desk.receive("m1", "hello")
    answer = await desk.nobody("GET", "/metrics")
    assert answer.status == 200
    assert re.search(rb"^parley_log_head [1-9]", answer.body, re.MULTILINE)
    assert b"parley_connections" in answer.body
    remote = {"X-Forwarded-For": "203.0.113.9"}
    assert (await desk.nobody("GET", "/metrics", headers=remote)).status == 401
    ada = await desk.person("ada")
    made = await ada("POST", "/api/v1/tokens", {"name": "prometheus", "scopes": ["metrics:read"]})
    bearer = {"Authorization": f"Bearer {made.json['secret']}"}
    assert (await desk.nobody("GET", "/metrics", headers=remote | bearer)).status == 200


async def test_openapi(desk) -> None:
    """The document is valid OpenAPI 3.1, and has every address with its shapes."""
    answer = await desk.nobody("GET", "/api/openapi.json")
    assert answer.headers["Content-Type"].startswith("application/json")
    doc = answer.json
    OpenAPIV31SpecValidator(doc).validate()
    reply = doc["paths"]["/api/v1/conversations/{id}/reply"]["post"]
    assert reply["summary"].startswith("Answer the customer.")
    assert reply["x-permission"] == "message:send"
    body = reply["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/ReplyBody"}
    assert "202" in reply["responses"]
    listed = doc["paths"]["/api/v1/conversations"]["get"]
    assert {p["name"] for p in listed["parameters"]} == {
        "view",
        "queue",
        "channel",
        "q",
        "cursor",
        "limit",
    }
    accept = doc["paths"]["/api/v1/offers/{id}/accept"]["post"]["responses"]
    assert {"200", "202", "default"} <= set(accept)
    for path, methods in doc["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path}"
            assert len(operation["tags"]) == 1
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    ids = [o["operationId"] for methods in doc["paths"].values() for o in methods.values()]
    assert len(set(ids)) == len(ids)
    assert doc["webhooks"].keys() == events.KINDS.keys()
    told = doc["webhooks"]["message.received"]["post"]["requestBody"]["content"]
    event = told["application/cloudevents+json"]["schema"]["properties"]
    assert event["type"] == {"const": "parley.message.received.v1"}
    assert event["data"]["required"] == ["message", "identity", "account", "channel"]
    assert "kind" not in event["data"]["properties"]


async def test_docs(desk) -> None:
    """The same as a page: whole, without scripts, with every problem explained."""
    answer = await desk.nobody("GET", "/api/docs")
    text = answer.body.decode()
    assert "<script" not in text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r'(src|href)="(https?:)?//', text)
    for code in KINDS:
        assert f'id="problem-{code}"' in text
    for kind in events.KINDS:
        assert f'id="event-{kind}"' in text
    assert "consult_ended" in text
    for tag in ("Conversations", "Messages", "Rulebook", "Stream"):
        assert f'<h2 id="{tag.lower()}">{tag}</h2>' in text
    body = text[text.index("<body>") : text.index("</body>") + 7]
    ET.fromstring(body.replace("&nbsp;", " "))


PROBLEMS = [
    ("GET", "/api/v1/session", None, {}),
    ("GET", "/api/v1/nothing", None, {}),
    ("POST", "/api/v1/livez", None, {}),
    ("POST", "/api/v1/session", {"login": 1}, {}),
    ("GET", "/api/v1/session", None, {"Authorization": "Bearer nonsense"}),
    ("POST", "/in/hook", {}, {}),
    ("POST", "/in/nobody", {}, {}),
    ("GET", "/chat/nobody", None, {}),
    ("GET", "/api/v1/live", None, {}),
]


async def test_problems(desk) -> None:
    """Whatever goes wrong, the answer is a problem document that says what to do."""
    for method, path, body, headers in PROBLEMS:
        answer = await desk.nobody(method, path, body, headers=headers)
        assert answer.status >= 400, path
        assert answer.headers["Content-Type"].startswith("application/problem+json"), path
        told = answer.json
        assert told["status"] == answer.status
        assert told["type"].startswith("/api/docs#problem-")
        assert all(
            isinstance(told[k], str) and told[k] for k in ("title", "detail", "what_to_do", "code")
        ), path
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Traceback" not in answer.body.decode()
