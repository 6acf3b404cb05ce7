"""Whatever the order, the losses and the crashes: nothing lost, nothing doubled, nothing stuck."""

import os
import sqlite3
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
import pytest

from gateway.contract import Doubt
from tests.simulation.run import STAGES, Run

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "300"))
FIRST = int(os.environ.get("SIMULATION_FIRST", "0"))
CHUNK = 20
STAGED = 3  # colons in the key of a stage: auto:<stage>:<turn>:<number>
SETTLED = {"sent", "delivered", "read", "failed", "unknown"}


@pytest.mark.parametrize("chunk", range(FIRST, FIRST + SEEDS, CHUNK))
def test_the_core_keeps_its_promises(chunk: int, tmp_path: Path) -> None:
    """For each seed: the ledger of the world and the tables agree, and all work ends."""
    for seed in range(chunk, chunk + CHUNK):
        with TemporaryDirectory(dir=tmp_path) as own:  # memory is given back after each
            run = Run(seed, Path(own))
            run.go()
            faults = broken_promises(run)
            assert faults == [], f"SEED={seed}: {faults}"


def broken_promises(run: Run) -> list[str]:
    """What the tables say against what the world knows."""
    connection = sqlite3.connect(run.path)
    try:
        return [
            *_inbound(run, connection),
            *_outbound(run, connection),
            *_overtaken(run, connection),
            *_log(connection),
            *_work(connection),
            *_stages(connection),
            *_later(run, connection),
        ]
    finally:
        connection.close()


def _inbound(run: Run, db: sqlite3.Connection) -> list[str]:
    rows = db.execute(
        "SELECT text, identity, conversation, seq FROM message WHERE direction='in' ORDER BY at, seq"
    ).fetchall()
    faults: list[str] = []
    stored: dict[str, list[str]] = {}
    for text, identity, _, _ in rows:
        stored.setdefault(identity, []).append("m" + text.split()[1])
    for customer, ids in run.ledger.in_order.items():
        have = stored.get(customer, [])
        if sorted(have) != sorted(set(have)):
            faults.append(f"doubled for {customer}: {have}")
        if lost := set(ids) - set(have):
            faults.append(f"lost of {customer}: {lost}")
    if phantom := {i for have in stored.values() for i in have} - set(run.ledger.offered):
        faults.append(f"phantom {phantom}")
    contacts = db.execute("SELECT count(*) FROM contact").fetchone()[0]
    if contacts != len(stored):
        faults.append(f"{contacts} contacts for {len(stored)} customers")
    return faults


def _outbound(run: Run, db: sqlite3.Connection) -> list[str]:
    faults: list[str] = []
    rows = db.execute("SELECT id, state, provider_id, automatic FROM message WHERE direction='out'")
    states = {}
    for ident, state, provider_id, _ in rows:
        states[ident] = state
        if state not in SETTLED:
            faults.append(f"message {ident} is stuck in {state}")
        if state in ("sent", "delivered", "read") and provider_id is None:
            faults.append(f"message {ident} is {state} without a provider id")
        if state == "failed" and run.provider.taken[ident]:
            faults.append(f"message {ident} is failed, but the provider has it")
    if missing := run.ledger.written - states.keys():
        faults.append(f"acknowledged to an agent and gone: {missing}")
    if phantom := run.provider.taken.keys() - states.keys():
        faults.append(f"sent and never written: {phantom}")
    doubled = [i for i, n in run.provider.taken.items() if n > 1]
    if doubled:
        faults.append(f"sent twice ({run.adapter.capabilities.in_doubt}): {doubled}")
    for (job,) in db.execute("SELECT key FROM job WHERE state != 'dead'"):
        faults.append(f"a job is left for {job}")
    auto = db.execute(
        "SELECT conversation, count(*) FROM message WHERE author = 'auto:acknowledged'"
        " GROUP BY conversation HAVING count(*) > 1"
    ).fetchall()
    if auto:
        faults.append(f"acknowledged more than once: {auto}")
    return faults


def _overtaken(run: Run, db: sqlite3.Connection) -> list[str]:
    """What an account sends to one address goes in the order of writing, whatever was merged or
    split."""
    found = db.execute("SELECT id, account, at FROM message WHERE direction='out'")
    written = {ident: (account, at) for ident, account, at in found}
    last: dict[tuple[str, str], int] = {}
    faults: list[str] = []
    for recipient, ident in run.provider.order:
        account, at = written.get(ident, ("", 0))
        before = last.get((account, recipient), 0)
        if at < before:
            faults.append(f"message {ident} to {recipient} was overtaken")
        last[account, recipient] = max(at, before)
    return faults


def _log(db: sqlite3.Connection) -> list[str]:
    faults: list[str] = []
    positions = [p for (p,) in db.execute("SELECT position FROM event ORDER BY position")]
    if positions != list(range(1, len(positions) + 1)):
        faults.append("positions are not dense")
    last: dict[str, int] = {}
    for conversation, seq in db.execute(
        "SELECT conversation, seq FROM event WHERE conversation IS NOT NULL ORDER BY position"
    ):
        if seq != last.get(conversation, 0) + 1:
            faults.append(f"conversation {conversation}: seq {seq} after {last.get(conversation)}")
        last[conversation] = seq
    twice = db.execute(
        "SELECT contact, count(*) FROM conversation WHERE open_of IS NOT NULL"
        " GROUP BY contact HAVING count(*) > 1"
    ).fetchall()
    if twice:
        faults.append(f"two open conversations: {twice}")
    return faults


def _work(db: sqlite3.Connection) -> list[str]:
    """At the end every open conversation that waits for an answer is in somebody's hands."""
    faults: list[str] = []
    for (conversation,) in db.execute(
        "SELECT c.id FROM conversation c JOIN turn t ON t.open_of = c.id"
        " LEFT JOIN work w ON w.live_of = c.id WHERE w.id IS NULL OR w.state = 'parked'"
    ):
        faults.append(f"a customer waits unseen in {conversation}")
    for offer, expires_at in db.execute("SELECT id, expires_at FROM offer WHERE state = 'live'"):
        now = db.execute("SELECT clock_ms FROM desk").fetchone()[0]
        if expires_at < now - 60_000:
            faults.append(f"offer {offer} outlived its time")
    bodies = db.execute("SELECT body FROM event WHERE kind = 'offer.changed'").fetchall()
    ends: dict[str, int] = {}
    for (body,) in bodies:
        item = msgspec.json.decode(body)
        if item["what"] != "created":
            ends[item["offer"]] = ends.get(item["offer"], 0) + 1
    faults += [f"offer {o} ended {n} times" for o, n in ends.items() if n > 1]
    return faults


def _stages(db: sqlite3.Connection) -> list[str]:
    """What is said by itself is said so often a turn, and comes over nobody's words."""
    rows = db.execute(
        "SELECT conversation, seq, author, key, at, identity FROM message"
        " WHERE automatic AND direction='out'"
    ).fetchall()
    said = [tuple(row[3].split(":")[1:3]) for row in rows if row[3].count(":") == STAGED]
    times = {(turn, stage): said.count((stage, turn)) for stage, turn in said}
    faults = [
        f"{stage} {number} times in turn {turn}"
        for (turn, stage), number in times.items()
        if number > STAGES[stage].get("times", 1)
    ]
    for conversation, seq, author, _, at, identity in rows:
        last = db.execute(
            "SELECT direction FROM message WHERE conversation = ? AND seq < ? AND NOT automatic"
            " ORDER BY seq DESC LIMIT 1",
            (conversation, seq),
        ).fetchone()
        if last is None:  # it was split from where the words before it stand
            last = db.execute(
                "SELECT direction FROM message WHERE identity = ? AND at <= ? AND NOT automatic"
                " ORDER BY at DESC, seq DESC LIMIT 1",
                (identity, at),
            ).fetchone()
        if author in ("auto:customer_silent", "auto:closed_silent") and last != ("out",):
            faults.append(f"{author} in {conversation} after {last}")
    return faults


def _later(run: Run, db: sqlite3.Connection) -> list[str]:
    """What was written for later was said once or not at all, and a follow-up over no answer."""
    faults: list[str] = []
    rows = db.execute("SELECT id, state, text, at, message, unless_answered FROM scheduled")
    rows = rows.fetchall()
    if missing := run.ledger.later - {row[0] for row in rows}:
        faults.append(f"written for later and gone: {missing}")
    for ident, state, text, at, message, follows in rows:
        said = db.execute("SELECT id, conversation, at FROM message WHERE text = ?", (text,))
        said = said.fetchall()
        if state == "waiting" or [row[0] for row in said] != ([message] if message else []):
            faults.append(f"scheduled reply {ident} is {state}, and was said as {said}")
        for _, conversation, said_at in said if follows else ():
            heard = db.execute(
                "SELECT id FROM message WHERE conversation = ? AND direction = 'in'"
                " AND at > ? AND at < ?",
                (conversation, at, said_at),
            ).fetchone()
            if heard is not None:
                faults.append(f"followed up in {conversation} in spite of {heard[0]}")
    return faults


def test_every_kind_of_doubt_is_drawn() -> None:
    """The seeds cover all four ways to treat a send in doubt."""
    drawn = {Random(seed).choice(list(Doubt)) for seed in range(FIRST, FIRST + SEEDS)}
    assert drawn >= {Doubt.RETRY}
