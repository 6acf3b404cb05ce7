"""`parley explain`: why a conversation is where it is, from the tables alone."""

from typing import Annotated, Any

import msgspec
import typer
from sqlalchemy import Connection

from config import Rulebook
from gateway.cli.console import Status, give_up, put
from gateway.cli.desk import DatabaseOption, DataOption, StoreConfigOption, existing
from gateway.domain.conversation import Conversation
from gateway.http.card import WhyCard, card, told
from gateway.pipeline.inforce import InForce
from gateway.pipeline.saying import snapshot_of
from gateway.store.queries import deciding, http_rows
from routing.engine import Engine
from routing.rows import WorkState


def explain(
    conversation: Annotated[str, typer.Argument(metavar="CONVERSATION", help="Its id.")],
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Tell what a conversation was taken for, what was decided and why, and what happens next."""
    desk = existing(config, data, database)
    found = desk.read(_explained, desk.id, conversation)
    if found is None:
        give_up(f"there is no conversation {conversation} at desk {desk.id}", Status.FOUND)
    put(found)


def _explained(connection: Connection, desk: str, conversation: str) -> WhyCard | None:
    known = http_rows.one(connection, Conversation, conversation)
    rulebook = deciding.rulebook(connection, desk)
    if known is None or known.desk != desk or rulebook is None:
        return None
    standing = deciding.standing(connection, desk)
    channels = tuple({work.channel for work in standing.works})
    inforce = InForce(rulebook.version, Rulebook.from_json(rulebook.content), channels)
    return card(told(connection, conversation), inforce, _live(standing, inforce, conversation))


def _live(
    standing: deciding.Standing, inforce: InForce, conversation: str
) -> dict[str, Any] | None:
    """What the desk's owner would say now: the same engine, from the same rows."""
    works = tuple(msgspec.json.decode(row.body, type=WorkState) for row in standing.works)
    work = next((work for work in works if work.conversation == conversation), None)
    if work is None:
        return None
    why = Engine.restore(inforce.plan, snapshot_of(standing, works)).explain(work.id)
    return {"work": msgspec.to_builtins(work), "why": msgspec.to_builtins(why)}
