"""What a node begins with: the rulebook in force, and the weights of its desk."""

from pathlib import Path

import msgspec
import structlog

from config import Rulebook, calendar_problems
from gateway.domain.clock import DATE, rfc3339
from gateway.domain.outcome import Refusal
from gateway.pipeline.accounts import Account
from gateway.pipeline.inforce import InForce
from gateway.store import Store, StoreError
from gateway.store.queries import deciding
from gateway.verbs.work import ApplyRulebook
from routing.classify import Model, decoded, own_model

log = structlog.get_logger(__name__)

MODEL_FILE = "classify.model"


def own_model_of(data: Path) -> Model:
    """The weights that were trained for this desk and put into its data directory; else ours."""
    try:
        return decoded((data / MODEL_FILE).read_bytes())
    except FileNotFoundError:
        return own_model()
    except msgspec.DecodeError as error:
        raise StoreError(
            f"{data / MODEL_FILE} holds no weights: {error}; make them with `parley train`"
        ) from error


async def put_in_force(store: Store, rulebook: Rulebook, accounts: dict[str, Account]) -> InForce:
    """The applied rulebook; on an empty store, the directory's becomes version 1."""
    channels = tuple({account.channel for account in accounts.values()})
    row = await store.read(deciding.rulebook, store.desk)
    if row is None:
        version = await store.submit(
            ApplyRulebook(content=rulebook.to_json(), by="system", expected=0)
        )
        if not isinstance(version, Refusal):
            return InForce(version, rulebook, channels)
        row = await store.read(deciding.rulebook, store.desk)
        assert row is not None, "another node applied one"
    if row.content != rulebook.to_json():
        log.warning(
            "the directory's rulebook differs from the one in force",
            version=row.version,
            what_to_do="see `parley config plan`; put it in force by `parley config apply`",
        )
    in_force = Rulebook.from_json(row.content)
    for problem in calendar_problems(in_force, rfc3339(store.clock.now_ms())[:DATE]):
        log.warning(problem.what, calendar=problem.path[-1], what_to_do=problem.what_to_do)
    return InForce(row.version, in_force, channels)
