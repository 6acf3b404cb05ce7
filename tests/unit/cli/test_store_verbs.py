"""Verbs on a store: people, tokens, rulebook, dead letters, stream, audit; with and without a node."""

import asyncio
import json
import os
import socket
import sqlite3
import stat
import threading
from contextlib import contextmanager
from socket import gethostname

import msgspec
import pytest

from gateway.domain.events import NoteWritten
from gateway.domain.outcome import Refusal
from gateway.store import StoreError
from gateway.store.control import NAME, Control, NobodyThere, ask
from gateway.verbs.access import AddUser
from gateway.verbs.outlet import OpenOutlet
from gateway.verbs.savedwords import SaveWords
from templates import Wording
from templates.model import Variable
from templates.values import ValueType
from tests.forked import Forked
from tests.unit.cli.life import opened

T0 = 1_767_312_000_000  # 2026-01-02T00:00Z


def sql(data, statement: str, *values) -> list:
    """What somebody with a hammer does to the database."""
    with sqlite3.connect(data / "parley.sqlite3") as connection:
        found = connection.execute(statement, values).fetchall()
    connection.close()
    return found


@contextmanager
def node(data):
    """A node that holds the store, on a loop of its own, with its control socket."""
    ready, stop = threading.Event(), threading.Event()

    async def run() -> None:
        store = await opened(data)
        control = Control(store, data)
        await control.start()
        ready.set()
        await asyncio.to_thread(stop.wait)
        await control.stop()
        await store.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


def test_an_agent_is_called_as_in_the_rulebook(parley, config) -> None:
    """Nobody types a name twice; one that is typed counts."""
    with (config / "desk.yaml").open("a") as book:
        book.write("agents: {emma: {name: Emma Clarke}, tom: {name: Tom Hall}}\n")
    here = ("--config", config)
    parley("user", "add", "emma", "--role", "agent", *here)
    parley("user", "add", "tom", "--role", "agent", "--name", "Tommy", *here)
    parley("user", "add", "ops", "--role", "ops", *here)
    names = {each["login"]: each["name"] for each in parley("user", "list", *here).lines}
    assert names == {"emma": "Emma Clarke", "tom": "Tommy", "ops": "ops"}


# --- people ------------------------------------------------------------------------------------


@pytest.mark.parametrize("running", [False, True], ids=["alone", "beside a node"])
def test_people_and_tokens(parley, config, tmp_path, running) -> None:
    """People are added, listed and revoked, tokens too; the same whether a node runs or not."""
    here = ("--config", config)
    folder = tmp_path / "data"
    with node(folder) if running else contextmanager(lambda: iter([None]))():
        added = parley("user", "add", "lin", "--role", "admin", "--name", "林晓", *here)
        assert added.status == 0
        assert added.lines[0]["invite_url"].startswith("https://desk.example/invite#")
        again = parley("user", "add", "lin", "--role", "agent", *here)
        assert (again.status, again.text) == (1, "")
        assert "There is a user lin already. Choose another login" in again.words
        made = parley(
            "token", "add", "bot", "--user", "lin", "--scope", "stream:read", *here
        ).lines[0]
        assert made["token"].startswith(f"gw_live_{made['id']}_")
        (listed,) = parley("token", "list", *here).lines
        assert (listed["id"], listed["scopes"], listed["revoked_at"]) == (
            made["id"],
            ["stream:read"],
            None,
        )
        assert made["token"] not in json.dumps(listed)
        parley("token", "add", "chats", "--user", "lin", "--account", "sms", *here)
        narrow = next(t for t in parley("token", "list", *here).lines if t["name"] == "chats")
        assert narrow["accounts"] == ["sms"]
        assert "message:send" in narrow["scopes"]
        assert "user:manage" not in narrow["scopes"]
        assert parley("token", "revoke", narrow["id"], *here).status == 0
        assert parley("token", "revoke", made["id"], *here).status == 0
        assert all(token["revoked_at"] for token in parley("token", "list", *here).lines)
        assert parley("user", "invite", "lin", *here).lines[0]["role"] == "admin"
        assert parley("user", "revoke", "lin", *here).lines == [{"login": "lin", "disabled": True}]
        (user,) = parley("user", "list", *here).lines
        assert (user["login"], user["name"], user["disabled"]) == ("lin", "林晓", True)
    logged = sql(folder, "SELECT actor, action, address, agent FROM audit_entry ORDER BY seq")
    assert [action for _, action, *_ in logged] == [
        "user.add",
        "token.make",
        "token.make",
        "token.revoke",
        "token.revoke",
        "user.edit",
        "user.edit",
    ]
    assert {actor.partition(":")[0] for actor, *_ in logged} == {"cli"}
    assert {(address, agent) for *_, address, agent in logged} == {(gethostname(), "parley")}


REFUSED = [
    ("nobody's token", ["token", "add", "bot", "--user", "nobody"], 1, "there is no user 'nobody'"),
    ("no such permission", ["token", "add", "bot", "--user", "lin", "--scope", "fly"], 2, "there is no permission fly"),
    ("beyond the role", ["token", "add", "bot", "--user", "lin", "--scope", "user:manage"], 1, "lin is agent and may not user:manage"),
    ("no such account", ["token", "add", "bot", "--user", "lin", "--account", "fax"], 2, "there is no account fax"),
    ("more than of an account", ["token", "add", "bot", "--user", "lin", "--account", "sms", "--scope", "work:take"], 1, "a token that is bound to accounts cannot have work:take"),
    ("no such token", ["token", "revoke", "x"], 1, "There is no token x."),
    ("no such user", ["user", "revoke", "x"], 1, "There is no user x."),
    ("no such role", ["user", "add", "x", "--role", "king"], 2, "king"),
    ("nothing to retry", ["dead", "retry", "x"], 1, "There is no dead letter x."),
    ("no such letter", ["dead", "discard", "x"], 1, "There is no dead letter x."),
    ("no such version", ["config", "rollback", "7"], 1, "there was no version 7"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "status", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refusals(parley, config, data, args, status, words) -> None:
    """A refusal says what is wrong and what to do, prints no data and ends with 1; wrong usage with 2."""
    parley("user", "add", "lin", "--role", "agent", "--config", config)
    ended = parley(*args, "--config", config)
    assert (ended.status, ended.text) == (status, "")
    assert words in ended.words


def test_response_times(parley, config, data) -> None:
    """A line for each group and metric, then one for each share; a share that is too low is found."""
    columns = "id, desk, conversation, open_of, metric, queue, channel, account, language, priority, vip, opened_at, message, hours, target_ms, due, closed_at, closed_by, agent, took_ms, rulebook"
    for number, took in enumerate((1_000, 200_000)):
        values = f"'t{number}', 'shop', 'c', NULL, 'first_response', 'main', 'sms', 'sms', 'en', 0, 0, {T0}, 'm', '[]', 60000, {T0 + 60_000}, {T0 + took}, 'm2', 'emma', {took}, 1"
        sql(data, f"INSERT INTO turn ({columns}) VALUES ({values})")
    span = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-01-03T00:00:00Z", "--zone", "UTC")
    ended = parley("report", "response", "--by", "agent,day", *span, "--config", config)
    (row,) = ended.lines
    assert (ended.status, row["group"]) == (0, {"agent": "emma", "day": "2026-01-02"})
    assert (row["metric"], row["count"], row["p50_ms"], row["within_target"]) == (
        *("first_response", 2),
        *(1_000, 1.0),
    )
    rulebook = (
        '{"sla": {"shares": {"market": {"within": "3m", "over": "2d", "least_percent": 90}}}}'
    )
    sql(data, f"INSERT INTO rulebook VALUES ('shop', 9, '{rulebook}', 'ops', {T0})")
    ended = parley("report", "response", *span, "--config", config)
    share = ended.lines[-1]
    assert (ended.status, share["share"], share["value"], share["holds"]) == (
        *(1, "market"),
        *(0.5, False),
    )
    ended = parley("report", "response", "--by", "mood", "--config", config)
    assert ended.status == 2
    assert "by: write some of queue" in ended.words


def test_satisfaction(parley, config, data) -> None:
    """A line for each group: how many were asked and answered, and their scores."""
    columns = "id, desk, conversation, identity, account, channel, queue, agent, message, dimensions, asked_at, until, live_of, score, scores, comment, by, answered_at"
    for number, score in enumerate((2, 5, "NULL")):
        values = f"'s{number}', 'shop', 'c', 'tel:+1', 'sms', 'sms', 'main', 'emma', 'm', '[]', {T0}, {T0 + 9}, NULL, {score}, '{{}}', '', '', NULL"
        sql(data, f"INSERT INTO survey ({columns}) VALUES ({values})")
    span = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-01-03T00:00:00Z", "--zone", "UTC")
    ended = parley("report", "satisfaction", "--by", "agent,day", *span, "--config", config)
    (row,) = ended.lines
    assert (ended.status, row["group"]) == (0, {"agent": "emma", "day": "2026-01-02"})
    figures = (row["asked"], row["answered"], row["mean"], row["good_share"], row["before"])
    assert figures == (3, 2, 3.5, 0.5, None)
    assert parley("report", "satisfaction", "--by", "mood", "--config", config).status == 2


def test_a_store_must_be_there(parley, config, tmp_path) -> None:
    """What only reads makes no store, and says where it looked."""
    for args in (["user", "list"], ["dead", "list"], ["stream"], ["audit"], ["token", "list"]):
        ended = parley(*args, "--config", config)
        assert ended.status == 2
        assert f"there is no store at {tmp_path / 'data' / 'parley.sqlite3'}" in ended.words
    assert not (tmp_path / "data").exists()


FOREIGN = [
    ("nothing of ours", "CREATE TABLE bookmark (n)", "there is no store at"),
    ("a table of such a name", "CREATE TABLE desk (id)", "or none of Parley's"),
]


@pytest.mark.parametrize(
    ("statement", "words"), [f[1:] for f in FOREIGN], ids=[f[0] for f in FOREIGN]
)
def test_another_programs_database_is_no_store(parley, config, tmp_path, statement, words) -> None:
    """Nothing is proved of it, and nothing is restored over it."""
    (tmp_path / "data").mkdir()
    sql(tmp_path / "data", statement)
    before = (tmp_path / "data" / "parley.sqlite3").read_bytes()
    for place in (("--config", config), ("--data", tmp_path / "data")):
        ended = parley("audit", *place)
        assert (ended.status, ended.text) == (2, "")
        assert words in ended.words
    ended = parley("restore", tmp_path / "copy", "--config", config)
    assert (ended.status, "no store of Parley's" in ended.words) == (2, True)
    assert (tmp_path / "data" / "parley.sqlite3").read_bytes() == before


def test_another_desks_store(parley, config, data) -> None:
    """A configuration of a desk that is not in the store proves and changes nothing there."""
    text = (config / "desk.yaml").read_text()
    (config / "desk.yaml").write_text(text.replace("id: shop", "id: other"))
    for args in (["audit"], ["user", "list"], ["stream"]):
        ended = parley(*args, "--config", config)
        assert (ended.status, ended.text) == (2, "")
        assert "has no desk other; its desks: shop" in ended.words


def test_a_store_without_a_configuration(parley, data) -> None:
    """The data directory alone is enough where the store holds one desk."""
    ended = parley("stream", "--after", "0", "--data", data)
    assert ended.lines[0]["source"] == "/desks/shop"
    sql(
        data,
        "INSERT INTO desk SELECT 'two', head, clock_ms, owner, epoch, lease_until, applied, rulebook, audited, paused_at, resumed_at, words FROM desk",
    )
    ended = parley("stream", "--data", data)
    assert ended.status == 2
    assert "the store has the desks shop, two; name the node's configuration" in ended.words


async def test_a_port_that_somebody_has(config, data, tmp_path) -> None:
    """Is told as what it is, with what to do."""
    log = tmp_path / "log"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        verb = ("serve", "--config", str(config), "--data", str(data), "--port", port)
        assert await Forked(*verb, environment=os.environ, log=log).wait() == 1
    assert "in use; stop what listens there, or choose another --port\n" in log.read_text()


def test_a_node_without_its_socket(parley, config, data) -> None:
    """Where a node holds the store and cannot be reached, the end says who holds it."""

    async def hold() -> None:
        store = await opened(data)
        try:
            ended = await asyncio.to_thread(
                parley, "user", "add", "x", "--role", "agent", "--config", config
            )
            assert ended.status == 1
            assert "is in use by process" in ended.words
        finally:
            await store.close()

    asyncio.run(hold())


# --- the rulebook ------------------------------------------------------------------------------


def test_the_rulebook_is_planned_applied_and_rolled_back(parley, config) -> None:
    """plan tells the difference, apply puts it in force, history lists, rollback goes back as a new version."""
    here = ("--config", config)
    assert "desk.id" in {line["path"] for line in parley("config", "plan", *here).lines}
    assert parley("config", "history", *here).lines == []
    assert parley("config", "apply", *here).lines == [{"version": 1, "changed": True}]
    assert parley("config", "apply", *here).lines == [{"version": 1, "changed": False}]
    same = parley("config", "plan", *here)
    assert (same.status, same.lines) == (0, [])
    assert "no difference" in same.words
    (config / "more.yaml").write_text("agents: {lin: {queues: [main, spare]}}\n")
    planned = parley("config", "plan", *here)
    assert planned.words == 'agents.lin: added {"queues": {"main": 1, "spare": 1}}\n'
    assert planned.lines[0]["text"] == planned.words.strip()
    assert parley("config", "apply", *here).lines == [{"version": 2, "changed": True}]
    assert parley("config", "rollback", "1", *here).lines == [{"version": 3, "changed": True}]
    versions = parley("config", "history", *here).lines
    assert [(v["version"], v["in_force"], v["agents"]) for v in versions] == [
        (3, True, 0),
        (2, False, 1),
        (1, False, 0),
    ]
    (config / "more.yaml").write_text("agents: {lin: {queues: [attic]}}\n")
    assert parley("config", "plan", *here).status == 2


def test_work_is_not_orphaned(parley, config, data) -> None:
    """A rulebook without a queue in which work waits is not put in force."""
    here = ("--config", config)
    parley("config", "apply", *here)
    (conversation,) = sql(data, "SELECT id FROM conversation")[0]
    sql(
        data,
        "INSERT INTO work VALUES ('w','shop',?,?,'waiting','spare','sms',NULL,0,1,NULL,'','')",
        conversation,
        conversation,
    )
    text = (config / "desk.yaml").read_text()
    (config / "desk.yaml").write_text(text.replace("{main: {}, spare: {}}", "{main: {}}"))
    for verb in ("plan", "apply"):
        ended = parley("config", verb, *here)
        assert ended.status == 1
        assert "1 pieces of work are in the queue spare, which would be gone" in ended.words
    assert [v["version"] for v in parley("config", "history", *here).lines] == [1]


# --- outgoing webhooks -------------------------------------------------------------------------


def test_webhooks(parley, config, data) -> None:
    """List, disable, enable, replay; what is not there is refused in words."""
    here = ("--config", config)

    async def begin() -> None:
        store = await opened(data)
        await store.submit(OpenOutlet(desk="shop", name="crm"))
        await store.close()

    asyncio.run(begin())
    (listed,) = parley("webhooks", "list", *here).lines
    assert (listed["name"], listed["state"], listed["lag"]) == ("crm", "active", 0)
    parley("webhooks", "disable", "crm", *here)
    (listed,) = parley("webhooks", "list", *here).lines
    assert listed["state"] == "disabled"
    assert listed["why"].startswith("disabled by cli:")
    assert parley("webhooks", "enable", "crm", *here).lines[0]["state"] == "active"
    assert parley("webhooks", "replay", "crm", "--after", "0", *here).lines[0]["cursor"] == 0
    (listed,) = parley("webhooks", "list", *here).lines
    assert listed["lag"] > 0
    for args in (["replay", "crm", "--after", "99999"], ["enable", "nobody"]):
        ended = parley("webhooks", *args, *here)
        assert ended.status == 1
        assert "There is no" in ended.words


# --- dead letters ------------------------------------------------------------------------------


def test_dead_letters(parley, config, data) -> None:
    """What could not be sent or read is listed, tried again or let be."""

    here = ("--config", config)
    (letter,) = parley("dead", "list", *here).lines
    assert (letter["type"], letter["detail"], letter["account"]) == (
        "unreadable",
        "what is this",
        "sms",
    )
    (job,) = sql(data, "SELECT id FROM job WHERE kind='send'")[0]
    sql(data, "UPDATE job SET state='dead', detail='blocked' WHERE kind='send'")
    listed = parley("dead", "list", *here).lines
    assert [(line["type"], line["detail"]) for line in listed] == [
        ("job", "blocked"),
        ("unreadable", "what is this"),
    ]
    assert parley("dead", "retry", job, *here).lines == [{"id": job, "done": "retry"}]
    assert sql(data, "SELECT state FROM job WHERE kind='send'") == [("ready",)]
    assert parley("dead", "discard", letter["id"], *here).lines == [
        {"id": letter["id"], "done": "discard"}
    ]
    assert parley("dead", "list", *here).lines == []


# --- the stream --------------------------------------------------------------------------------


def test_the_stream(parley, config, data) -> None:
    """Every event is a CloudEvent, in order; words are joined unless only ids are wanted."""
    lines = parley("stream", "--after", "0", "--config", config).lines
    assert [line["id"] for line in lines] == [f"shop/{n}" for n in range(1, len(lines) + 1)]
    kinds = [line["type"] for line in lines]
    assert kinds.count("parley.message.received.v1") == 2
    received = next(line for line in lines if line["type"] == "parley.message.received.v1")
    assert received["specversion"] == "1.0"
    assert received["subject"] == f"conversations/{sql(data, 'SELECT id FROM conversation')[0][0]}"
    assert received["data"]["words"]["message"]["text"] == "Where is my order?"
    assert received["data"]["words"]["message"]["channel"] == "sms"
    bare = parley("stream", "--after", "1", "--ids-only", "--config", config)
    assert [line["id"] for line in bare.lines] == [line["id"] for line in lines[1:]]
    assert "order" not in bare.text
    assert parley("stream", "--after", "999", "--config", config).text == ""


# --- the audit ---------------------------------------------------------------------------------


def test_a_healthy_store(parley, config, data) -> None:
    """A store that nobody hurt keeps every promise; the bytes of its file are there too."""
    ended = parley("audit", "--config", config)
    assert ended.status == 0
    assert all(line["holds"] for line in ended.lines)
    assert {line["promise"]: line["checked"] for line in ended.lines}[
        "the bytes of every attachment"
    ] == 1
    assert f"{len(ended.lines)} of {len(ended.lines)} promises hold" in ended.words


HURT = [
    ("an event is gone", "DELETE FROM event WHERE position=2", "positions are dense"),
    ("the newest event is gone", "DELETE FROM event WHERE position=(SELECT max(position) FROM event)", "positions are dense"),
    ("a conversation counts wrong", "UPDATE conversation SET seq=seq+1", "numbers within conversations are dense"),
    ("an audit entry is gone", "UPDATE desk SET audited=audited+1", "the audit log is dense"),
    ("a message twice", "UPDATE inbound_key SET message=(SELECT message FROM inbound_key WHERE key='message:1')", "one message per key"),
    ("a message is gone", "DELETE FROM message WHERE text='Hello?'", "one message per key"),
    ("a job is gone", "DELETE FROM job", "what is queued has a job"),
    ("a job for nothing", "UPDATE job SET key='x'", "every job has its message"),
    ("a job that nobody tries", "UPDATE job SET state='sending'", "every try ends once"),
    ("a lane is forgotten", "DELETE FROM lane", "every lane with work is known"),
    ("a key is gone", "DELETE FROM inbound_key WHERE key='message:1'", "received is stored"),
    ("a letter is gone", "DELETE FROM dead_letter", "received is stored"),
    ("words are gone", "DELETE FROM message WHERE text='Hello?'", "words behind every id"),
    ("a message out of nowhere", "UPDATE message SET seq=99 WHERE text='Hello?'", "every message is told of"),
    ("a contact is gone", "DELETE FROM contact", "everything has its owner"),
    ("a conversation is gone", "DELETE FROM conversation", "everything has its owner"),
    ("a file is shorter", "UPDATE attachment SET size_bytes=4", "the bytes of every attachment"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "promise"), [row[1:] for row in HURT], ids=[row[0] for row in HURT]
)
def test_a_hurt_store(parley, config, data, statement, promise) -> None:
    """Whatever is missing, doubled or stray breaks a promise, is told in words, and ends with 1."""
    with sqlite3.connect(data / "parley.sqlite3") as connection:
        connection.execute(statement)
    connection.close()
    ended = parley("audit", "--config", config)
    broken = {line["promise"]: line for line in ended.lines if not line["holds"]}
    assert ended.status == 1
    assert promise in broken
    assert broken[promise]["findings"]
    assert f"{promise}: {broken[promise]['findings'][0]}" in ended.words


def test_a_file_that_is_gone(parley, config, data) -> None:
    """A file that somebody removed is missed."""
    for file in (data / "files").rglob("*"):
        if file.is_file():
            file.unlink()
    assert "is not there" in parley("audit", "--config", config).words


# --- the control socket ------------------------------------------------------------------------


def new_user(login: str) -> AddUser:
    """A command that the socket takes."""
    return AddUser(desk="shop", login=login, name="", role="agent", locale="en", by="test")


async def test_the_control_socket(tmp_path) -> None:
    """Commands go through the socket of the node and answer as in the store; only its user may open it."""
    store = await opened(tmp_path)
    control = Control(store, tmp_path)
    with pytest.raises(NobodyThere):
        await ask(tmp_path, new_user("lin"))
    await control.start()
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert (await ask(tmp_path, new_user("lin")))["login"] == "lin"
    refusal = await ask(tmp_path, new_user("lin"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "login_taken"
    with pytest.raises(StoreError, match="not understood"):
        await ask(tmp_path, NoteWritten(note="x", by="y"))
    await control.stop()
    await control.stop()
    with pytest.raises(NobodyThere):
        await ask(tmp_path, new_user("emma"))
    await store.close()


async def test_the_socket_survives_garbage_and_long_paths(tmp_path) -> None:
    """Garbage is answered and hurts nobody; the data directory may lie deeper than a socket's name allows."""
    deep = tmp_path / ("x" * 100) / ("y" * 100)
    deep.mkdir(parents=True)
    (deep / NAME).write_text("left behind by an earlier run")
    store = await opened(deep)
    control = Control(store, deep)
    await control.start()
    assert (await ask(deep, new_user("lin")))["login"] == "lin"
    await control.stop()
    await store.close()


# --- whose eyes it is for ----------------------------------------------------------------------


@pytest.fixture
def careless():
    """A shell that lets everybody read what it makes, as most do."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder) -> dict[str, str]:
    """The mode of a folder and of all that is in it."""
    places = (folder, *folder.rglob("*"))
    return {str(place.relative_to(folder)): f"{place.stat().st_mode & 0o777:o}" for place in places}


def test_a_store_is_for_its_owner_alone(parley, config, tmp_path, careless) -> None:
    """Whichever command makes it: a first user before the first node too."""
    assert parley("user", "add", "lin", "--role", "admin", "--config", config).status == 0
    found = modes(tmp_path / "data")
    assert found.pop(".") == "700"
    assert found.keys() >= {"parley.sqlite3", "parley.sqlite3.lock"}
    assert set(found.values()) == {"600"}


async def test_the_write_ahead_log_too(tmp_path, careless) -> None:
    """SQLite gives what it makes beside a database the mode of the database."""
    store = await opened(tmp_path / "data")
    found = modes(tmp_path / "data")
    await store.close()
    assert found.keys() >= {"parley.sqlite3-wal", "parley.sqlite3-shm"}
    assert {mode for name, mode in found.items() if name.startswith("parley.")} == {"600"}


def test_an_open_store_is_closed_to_others(parley, config, data) -> None:
    """What an earlier command left readable is so no more."""
    (data / "parley.sqlite3").chmod(0o644)
    (data / "files").mkdir(exist_ok=True)
    (data / "files").chmod(0o755)
    assert parley("user", "add", "emma", "--role", "agent", "--config", config).status == 0
    found = modes(data)
    assert (found["parley.sqlite3"], found["files"]) == ("600", "700")


def test_a_backup_is_for_its_owner_alone(parley, config, data, tmp_path, careless) -> None:
    """Into a folder that stands open too."""
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o755)
    assert parley("backup", copy, "--config", config).status == 0
    assert {mode for name, mode in modes(copy).items() if (copy / name).is_file()} == {"600"}


# --- templates ---------------------------------------------------------------------------------


def saved(name: str, locale: str, said: str, version: int = 0) -> SaveWords:
    """Somebody says something else from now on; nothing: what the files say."""
    order = (Variable(name="order", type=ValueType.LINE, example="7"),) if "order" in said else ()
    wording = Wording(locale=locale, purpose="to test", variables=order, variants={"": said})
    return SaveWords(
        desk="shop",
        name=name,
        locale=locale,
        content=json.dumps(msgspec.to_builtins(wording)) if said else "",
        over="",
        by="agent:sue",
        version=version,
        note="why",
    )


def test_words_are_listed_and_written_as_files(parley, config, data, tmp_path) -> None:
    """What was saved, which of it is in force, and as files that say the same."""

    async def live() -> None:
        store = await opened(data)
        await store.submit(saved("greeting", "en", "Welcome."))
        await store.submit(saved("closing", "zh-CN", "再见。"))
        await store.submit(saved("closing", "zh-CN", "", version=1))
        await store.close()

    asyncio.run(live())
    here = ("--config", config)
    listed = parley("words", "list", *here)
    rows = {each["template"]: each for each in listed.lines}
    assert [(r["in_force"], r["version"], r["by"]) for r in rows.values()] == [
        ("files", 2, "agent:sue"),
        ("console", 1, "agent:sue"),
    ]
    assert (rows["greeting"]["file"], rows["greeting"]["file_changed"]) == ("shipped", True)
    folder = config / "words"
    written = parley("words", "export", folder, *here)
    assert [each["template"] for each in written.lines] == ["greeting"]
    assert parley("check", *here).status == 0
    said = parley("render", "greeting", "--locale", "en", *here, stdin="{}")
    assert said.text == "Welcome.\n"
    again = {each["template"]: each for each in parley("words", "list", *here).lines}
    assert (again["greeting"]["file"], again["greeting"]["file_changed"]) == ("folder", False)
    (tmp_path / "flat").write_text("")
    refused = parley("words", "export", tmp_path / "flat", *here)
    assert (refused.status, "cannot be written" in refused.words) == (1, True)


def test_words_that_hide_files_and_go_ill_with_the_rulebook(parley, config, data) -> None:
    """Told by check where the store is at hand, and nothing is applied that could not be said."""
    folder, here = config / "words" / "en", ("--config", config)
    folder.mkdir(parents=True)
    front = "---\npurpose: to test\n---\n"
    (folder / "greeting.md").write_text(f"{front}Hello from the file.\n")
    (folder / "ours.md").write_text(f"{front}We have it.\n")
    assert parley("check", *here).words.count("is not said") == 0

    async def live() -> None:
        store = await opened(data)
        await store.submit(saved("greeting", "en", "Welcome."))
        await store.submit(saved("ours", "en", "Order {{ order }}."))
        await store.close()

    asyncio.run(live())
    warned = parley("check", *here)
    assert (warned.status, warned.words.count("is not said: agent:sue saved other words")) == (0, 2)
    with (config / "more.yaml").open("a") as more:
        more.write("templates: {automatic: {acknowledged: {template: ours}}}\n")
    faulty = parley("check", *here)
    assert faulty.status == 2
    assert "needs order" in faulty.words
    assert "(as saved)" in faulty.words
    refused = parley("config", "apply", *here)
    assert (refused.status, "needs order" in refused.words) == (1, True)
