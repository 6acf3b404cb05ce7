"""What the desk writes by itself: a template in the customer's language, where they wrote last."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

import structlog

from gateway.domain.ids import address_of
from gateway.domain.message import Answered, Message
from gateway.domain.outcome import Refusal
from gateway.pipeline.accounts import Account
from gateway.pipeline.inforce import InForce
from gateway.pipeline.naming import told_by
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.writing import Reply
from gateway.store import Store
from gateway.store.queries.deciding import Known
from gateway.verbs.message import Cap
from gateway.verbs.promise import Promised
from gateway.verbs.refusals import MOVED_ON
from gateway.verbs.survey import Asked
from routing.callbacks import home_of
from templates import Catalog, Rendered, TemplateError, rendered
from templates.promises import sentence_with

log = structlog.get_logger(__name__)


class Why(StrEnum):
    """Why something is not said by itself."""

    MOVED_ON = "moved_on"  # something happened just then: whoever looks again may say it
    UNWANTED = "unwanted"  # neither it nor what it would bring about
    UNSAYABLE = "unsayable"  # it is wanted, and cannot be written here


class Unsaid(NamedTuple):
    """What is not said by itself; the detail is for people."""

    why: Why
    detail: str


class Aside(NamedTuple):
    """How something is said by itself, beside its words."""

    caps: tuple[Cap, ...] = ()
    stage: str = ""  # "": the template says what it is
    then: str = ""  # as of a Reply
    unmoved: int | None = None
    asks: Asked | None = None
    answered: Answered | None = None


PLAIN = Aside()


class OwnWords:
    """Words templates and writes them."""

    def __init__(
        self,
        store: Store,
        outbound: Outbound,
        catalog: Callable[[], Catalog],
        inforce: Callable[[], InForce],
    ) -> None:
        self._store = store
        self._outbound = outbound
        self._catalog = catalog
        self._inforce = inforce

    async def write(
        self,
        known: Known,
        account: Account,
        template: str,
        key: str,
        values: Mapping[str, int | str],
        aside: Aside = PLAIN,
    ) -> Message | Unsaid:
        """The message, written once under its key; or why there is none."""
        conversation, rulebook = known.conversation, self._inforce().rulebook
        locale = conversation.language or rulebook.desk.locale
        try:
            words = rendered(
                self._catalog(),
                template,
                locale=locale,
                channel=account.channel,
                values={
                    "customer_name": "" if _is_address(known) else known.contact.name,
                    **told_by(rulebook, locale),
                    **values,
                },
                timezone=rulebook.desk.timezone,
                at=self._store.clock.now_ms(),
                home=home_of(conversation.identity),
                hours=self._inforce().calendar_of_queue(rulebook.desk.default_queue),
            )
        except TemplateError as error:
            log.warning("no automatic message", template=template, error=str(error))
            return Unsaid(Why.UNSAYABLE, str(error))
        reply = Reply(
            conversation=conversation.id,
            text=words.text,
            author=f"auto:{aside.stage or template}",
            account=account.id if account.id != conversation.account else None,
            template=template,
            key=key,
            automatic=True,
            caps=aside.caps,
            then=aside.then,
            unmoved=aside.unmoved,
            asks=aside.asks,
            answered=aside.answered,
            promised=_promised(
                words, known.last_agent or "", rulebook.desk.default_queue, template
            ),
        )
        written = await self._outbound.write(reply)
        if not isinstance(written, Refusal):
            return written
        moved_on = written.code == MOVED_ON.code
        return Unsaid(Why.MOVED_ON if moved_on else Why.UNSAYABLE, written.detail)


def _promised(words: Rendered, owner: str, queue: str, template: str) -> Promised | None:
    """What the words promise, for whoever had the customer last; else for nobody by name."""
    if words.pledge is None:
        return None
    return Promised(
        owner=owner,
        queue=queue,
        text=sentence_with(words.text, words.pledge.said),
        due=words.pledge.due,
        by=f"auto:{template}",
    )


def _is_address(known: Known) -> bool:
    """Whether all we have for a name is the address: nobody is greeted by a number."""
    return known.contact.name == address_of(known.conversation.identity)
