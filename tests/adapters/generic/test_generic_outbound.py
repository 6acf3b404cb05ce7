"""What we ask of a provider known by its settings alone, and what its answers mean."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._shared.fetch import FetchRefused
from adapters.generic.adapter import GenericAdapter
from adapters.generic.settings import Outbound
from adapters.generic.templates import url_filler
from adapters.generic.wire.outbound import Requests
from gateway.contract import (
    Accepted,
    DedupKey,
    Deferred,
    Doubt,
    FetchesMedia,
    InDoubt,
    MessageKind,
    OutboundAttachment,
    OutboundMessage,
    Reason,
    Rejected,
    TextUnit,
)
from gateway.testing import (
    ExpectedRequest,
    FakeProvider,
    OutboundCase,
    ProviderAnswer,
    adapter_problems,
    json_answer,
)
from tests.adapters.generic.finch import SECRET, TOKEN, build

KEY = DedupKey("send:1")
FILE = OutboundAttachment(
    media_type="image/png",
    filename="a.png",
    size_bytes=9,
    sha256="0" * 64,
    path=Path("a.png"),
    url="https://desk.example/f/1",
)


def message(**changes: Any) -> OutboundMessage:
    fields = {
        "id": "1",
        "conversation": "c-1",
        "account": "finch",
        "recipient": "tel:+49151",
        "sender": "tel:+4930",
        "text": 'so "quoted", \\ and\n{"text":"x"} {{ key }} 😀',
        "written_at": 1795220999000,
    }
    return OutboundMessage(**(fields | changes))


def body(**changes: Any) -> dict[str, Any]:
    whole = {
        "content": {"type": "text", "text": message().text},
        "at": 1795220999000,
        "ref": "m-1",
        "quote": "",
        "files": [],
    }
    return whole | changes


def asked(path: str = "/v2/people/%2B49151/messages?from=%2B4930", **changes: Any) -> Any:
    headers = (("Authorization", f"Bearer {TOKEN}"), ("X-Once", KEY))
    return (ExpectedRequest(method="POST", path=path, headers=headers, json=body(**changes)),)


def row(label: str, answer: ProviderAnswer, expect: Any, **changes: Any) -> OutboundCase:
    return OutboundCase(
        label=label,
        message=message(),
        answers=(answer,),
        expect_requests=asked(),
        expect=expect,
        key=KEY,
        **changes,
    )


TAKEN = json_answer(201, {"message": {"id": 77}})
GREEN = Accepted(provider_id="77")
LISTED = {
    "url": FILE.url,
    "media_type": FILE.media_type,
    "filename": FILE.filename,
    "size_bytes": FILE.size_bytes,
}

OUTBOUND = [
    row("text, which cannot break out of its quotes", TAKEN, GREEN),
    OutboundCase(label="a file, in answer to what was said", message=message(attachments=(FILE,), in_reply_to="p9"), answers=(TAKEN,), expect_requests=asked(quote="p9", files=[LISTED]), expect=GREEN, key=KEY),
    OutboundCase(label="nobody can climb out of an address", message=message(recipient="generic:.."), answers=(TAKEN,), expect_requests=asked("/v2/people/%2E%2E/messages?from=%2B4930"), expect=GREEN, key=KEY),
    OutboundCase(label="a file that nobody can fetch", message=message(attachments=(OutboundAttachment(media_type="a/b", filename="", size_bytes=1, sha256="0" * 64, path=Path("x")),)), expect=Rejected, key=KEY),
    row("taken, without an id", json_answer(200, {"message": {}}), InDoubt(detail="HTTP 200 without an id")),
    row("no error is none", json_answer(200, {"code": 0, "message": {"id": "77"}}), GREEN),
    row("an error within 200", json_answer(200, {"code": 40, "words": "no such number"}), Rejected(reason=Reason.INVALID_RECIPIENT, detail="no such number", code="40")),
    row("an error that passes", json_answer(400, {"code": "41"}), Deferred(reason=Reason.THROTTLED, detail="the provider's error 41")),
    row("an error that says nothing", json_answer(400, {"code": 42}), InDoubt),
    row("an error nobody mapped, within 200", json_answer(200, {"code": 99}), InDoubt),
    row("an error nobody mapped", json_answer(400, {"code": 99, "words": "no"}), Rejected(reason=Reason.OTHER, detail="HTTP 400, error 99 no", code="99")),
    row("no credentials", json_answer(401, {}), Rejected(reason=Reason.CREDENTIALS, detail="HTTP 401", code="401")),
]  # fmt: skip


def test_keeps_the_contract_outbound() -> None:
    """Every message becomes the request that the templates word; no fault makes it green or doubled."""
    assert adapter_problems(build, (), OUTBOUND, secrets=(SECRET, TOKEN)) == []


async def sent(answer: ProviderAnswer, **parts: Any) -> tuple[Any, Any]:
    """The outcome of one try, and the request."""
    async with FakeProvider([answer]) as provider:
        adapter = build(provider.url, **parts)
        await adapter.start()
        outcome = await adapter.send(message(), KEY)
        await adapter.stop()
        return outcome, provider.requests[0] if provider.requests else None


FIRST_CHOICE: Any = {"answer": {"id": "id", "without_id": "accepted"}}
OTHERS = [
    ("by our own name, where the settings say so", FIRST_CHOICE, ProviderAnswer(body=b"OK"), Accepted(provider_id="1")),
    ("rejected, where the settings say so", {"answer": {"without_id": "rejected"}}, ProviderAnswer(body=b"NO"), Rejected(reason=Reason.OTHER, detail="HTTP 200 without an id")),
    ("the id in a header", {"answer": {"id_header": "Location"}}, ProviderAnswer(headers=(("location", "/m/9"),)), Accepted(provider_id="/m/9")),
    ("every other error", {"answer": {"error": "e", "errors": {"*": "content_refused"}}}, json_answer(200, {"e": "bad"}), Rejected(reason=Reason.CONTENT_REFUSED, detail="the provider's error bad", code="bad")),
    ("an expression that does not fit the answer", {"answer": {"id": "length(id)"}}, json_answer(200, {"id": 4}), InDoubt(detail="HTTP 200 without an id")),
    ("a template that fails", {"body": {"a": "{{ text / id }}"}}, ProviderAnswer(), Rejected(reason=Reason.UNSUPPORTED, detail="a template of outbound cannot be filled for this message")),
]  # fmt: skip


@pytest.mark.parametrize(("label", "outbound", "answer", "expect"), OTHERS, ids=[r[0] for r in OTHERS])  # fmt: skip
async def test_other_answers(label: str, outbound: Any, answer: ProviderAnswer, expect: Any) -> None:  # fmt: skip
    """An answer means what the settings say; a 2xx that nobody can read is a doubt."""
    assert (await sent(answer, outbound=outbound))[0] == expect


async def test_a_form_instead_of_json() -> None:
    """A form's values are escaped as forms are; headers have no line breaks."""
    outbound = {"body": None, "form": {"to": "{{ recipient }}", "text": "{{ text }}"}}
    headers = {"X-Text": "{{ text }}"}
    _, request = await sent(TAKEN, outbound=outbound | {"headers": headers})
    assert request.form() == (("to", "+49151"), ("text", message().text))
    assert "\n" not in request.header("x-text")


async def test_a_list_instead_of_an_object() -> None:
    """A provider that takes many at once is sent a list of one."""
    _, request = await sent(TAKEN, outbound={"body": [{"to": "{{ recipient }}"}, "{{ id }}"]})
    assert msgspec.json.decode(request.body) == [{"to": "+49151"}, "1"]


FILES = {"url": "https://files.finch.example/media/{{ id }}", "headers": {"X-Key": TOKEN}}

# label, the settings, the file's address and id, what is asked for, with the key or not
FETCHED: list[tuple[str, Any, str | None, str | None, str, bool]] = [
    ("by its id", FILES, None, "a/b", "/media/a%2Fb", True),
    ("by its address at home", FILES, "/x.png", "a", "/x.png", True),
    ("without any settings", {}, "/x.png", None, "/x.png", False),
]


@pytest.mark.parametrize(
    ("label", "files", "url", "name", "asked_for", "keyed"), FETCHED, ids=[r[0] for r in FETCHED]
)
async def test_a_file_is_fetched(
    label: str, files: Any, url: str | None, name: str | None, asked_for: str, keyed: bool
) -> None:
    """Where the settings say, with their headers."""
    async with FakeProvider([ProviderAnswer(body=b"png" * 9)]) as provider:
        adapter = build(provider.url, files=files)
        assert isinstance(adapter, FetchesMedia)
        whole = provider.url + url if url else None
        chunks = [chunk async for chunk in adapter.fetch(whole, name)]
        assert b"".join(chunks) == b"png" * 9
        assert provider.requests[0].path == asked_for
        assert (provider.requests[0].header("x-key") == TOKEN) is keyed


# label, the settings, the file's address and id
UNFETCHED: list[tuple[str, Any, str | None, str | None]] = [
    ("an id without an address", {}, None, "a"),
    ("nothing", FILES, None, None),
    ("a private address", FILES, "https://127.0.0.1/x", None),
    ("not https", FILES, "http://192.0.2.1/x", None),
]


@pytest.mark.parametrize(
    ("label", "files", "url", "name"), UNFETCHED, ids=[r[0] for r in UNFETCHED]
)
async def test_a_file_that_leads_elsewhere(
    label: str, files: Any, url: str | None, name: str | None
) -> None:
    """Is not fetched."""
    with pytest.raises(FetchRefused):
        [chunk async for chunk in build(files=files).fetch(url, name)]


async def test_who_only_receives_sends_nothing() -> None:
    """Without `outbound` an answer is refused with the reason; nobody is asked."""
    adapter = build(outbound=None)
    await adapter.start()
    assert isinstance(await adapter.send(message(), KEY), Rejected)
    assert (await adapter.check()).ok
    await adapter.stop()


async def test_health_says_what_nobody_proves() -> None:
    """A channel that verifies nothing says so whenever somebody asks; an empty secret is no health."""
    loud = await build(verify={"kind": "none", "timestamp": None}, outbound=None).check()
    assert "NOT verified" in loud.detail
    for secret in ("", "  "):
        assert not (await build(verify={"secret": secret}, outbound=None).check()).ok


async def test_nothing_verified_is_said_at_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    """`none` warns at every start, by the account's name."""
    adapter = build(verify={"kind": "none", "timestamp": None})
    await adapter.start()
    await adapter.stop()
    said = capsys.readouterr()
    assert "NOT verified" in said.out + said.err


def test_limits_are_the_accounts() -> None:
    """What the channel carries is what the settings say of the provider."""
    can = build().capabilities
    assert (can.max_text, can.text_unit, can.max_attachments) == (500, TextUnit.UTF16, 2)
    assert can.kinds == {MessageKind.TEXT, MessageKind.MEDIA}
    assert can.in_doubt is Doubt.RETRY
    assert GenericAdapter.capabilities.in_doubt is Doubt.HOLD


@given(st.text(), st.text(alphabet="./%?#\\@: a😀"))
def test_no_value_breaks_out(text: str, recipient: str) -> None:
    """Whatever a customer is called and whatever is said, the request keeps its shape."""
    written = {
        "url": "https://a.example/p/{{ recipient }}/m?x={{ text }}",
        "body": '{"t": "{{ text }}", "n": ["- {{ recipient }}"]}',
    }
    requests = Requests(Outbound.model_validate(written))
    made = requests.of(message(text=text, recipient=f"generic:{recipient}"), KEY)
    assert made.json == {"t": text, "n": [f"- {recipient}"]}
    assert requests.origin == "https://a.example"
    path, _, query = made.path.partition("?")
    assert [path.count("/"), query.count("&"), query.count("#")] == [3, 0, 0]
    assert path.split("/")[2] not in (".", "..")


def test_a_host_is_the_operators_alone() -> None:
    """Values fill what follows the host, never the host."""
    origin, fill = url_filler("https://a.example?q={{ text }}")
    assert (origin, fill({"text": "@evil"})) == ("https://a.example", "/?q=%40evil")
