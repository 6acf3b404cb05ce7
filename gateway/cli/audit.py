"""`parley audit`: proves the store's promises, or says what speaks against them."""

import msgspec
import typer
from sqlalchemy import Connection

from gateway.cli.console import Status, put, say
from gateway.cli.desk import DatabaseOption, DataOption, Desk, StoreConfigOption, existing
from gateway.store import Files
from gateway.store.queries.proof import Proof, proofs


def audit(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Tell of each promise, a line, how much was looked at and what is wrong. A node may run."""
    desk = existing(config, data, database)
    found = desk.read(_all, desk)
    broken = [proof for proof in found if not proof.holds]
    for proof in broken:
        for finding in proof.findings:
            say(f"{proof.promise}: {finding}")
    say(f"parley: {len(found) - len(broken)} of {len(found)} promises hold")
    raise typer.Exit(Status.FOUND if broken else Status.FINE)


def _all(connection: Connection, desk: Desk) -> list[Proof]:
    found = []
    for proof in proofs(connection, desk.id, Files(desk.data)):
        put({**msgspec.structs.asdict(proof), "holds": proof.holds})
        found.append(proof)
    return found
