"""Asking customers how it went, and thanking them; the addresses of the page where they answer."""

import hashlib
import hmac
from collections.abc import Callable, Mapping

from pydantic import SecretStr

from config.surveys import Asking
from gateway.domain.call import VOICE, Party
from gateway.domain.conversation import Conversation, Status
from gateway.domain.job import ScoreGiven, StageDue
from gateway.domain.message import Message
from gateway.domain.silence import Stage
from gateway.domain.survey import THANKS, Survey
from gateway.pipeline.accounts import Account
from gateway.pipeline.inforce import InForce
from gateway.pipeline.ownwords import Aside, OwnWords, Unsaid, Why
from gateway.store import Store
from gateway.store.queries import surveys
from gateway.store.queries.calls import OnTheLine
from gateway.store.queries.deciding import Known
from gateway.verbs.message import Cap
from gateway.verbs.survey import Asked, cap_of

PATH = "/survey"
MAC_LENGTH = 32  # hexadecimal digits
LONGEST_TOKEN = 200
BY_NUMBER, BY_LINK = "survey_score", "survey_invitation"

UNWANTED = Unsaid(Why.UNWANTED, "the rulebook does not want it")
BLOCKED = Unsaid(Why.UNWANTED, "the customer is blocked")
OVER = Unsaid(Why.UNWANTED, "the customer has written since")


class SurveyLinks:
    """Makes addresses of the page and knows its own. The key is derived from the master key."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key.get_secret_value().encode()

    def url(self, public_url: str, survey: str, until: int) -> str:
        """Where this survey is answered until an instant (ms); "" where no address can be made."""
        if not self._key or not public_url:
            return ""
        token = f"{survey}.{until}.{self._mac(survey, until)}"
        return f"{public_url.rstrip('/')}{PATH}/{token}"

    def survey_of(self, token: str) -> str | None:
        """The survey that a token of ours is for, whether or not its time has passed."""
        survey, _, rest = token.partition(".")
        until, _, mac = rest.partition(".")
        known = len(token) <= LONGEST_TOKEN and until.isascii() and until.isdecimal()
        if not self._key or not known:
            return None
        expected = self._mac(survey, int(until))
        same = hmac.compare_digest(mac.encode(errors="replace"), expected.encode())
        return survey if same else None

    def _mac(self, survey: str, until: int) -> str:
        said = f"{until}:{survey}".encode(errors="replace")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:MAC_LENGTH]


class Surveys:
    """Words a question of how it went, and the thanks."""

    def __init__(
        self,
        store: Store,
        words: OwnWords,
        links: SurveyLinks,
        inforce: Callable[[], InForce],
    ) -> None:
        self._store = store
        self._words = words
        self._links = links
        self._inforce = inforce

    async def ask(self, known: Known, account: Account, plea: StageDue) -> Message | Unsaid:
        """The message that asks, once for a resolution; none of it is ever tried again later."""
        asking = self._inforce().asking(account.channel, plea.queue)
        if asking is None or account.channel == VOICE:  # who was on the telephone was asked there
            return UNWANTED
        if known.contact.blocked:
            return BLOCKED
        rules = self._inforce().rulebook.surveys
        agent = await self._store.read(surveys.answered_by, known.conversation.id)
        what = Asked(
            id=self._store.new_id(),
            channel=account.channel,
            queue=plea.queue,
            agent=agent or known.last_agent or "",
            dimensions=asking.dimensions,
            until=self._store.clock.now_ms() + rules.within_ms,
        )
        aside = Aside(
            caps=_caps(known, rules.again_after_ms),
            stage=Stage.SURVEY,
            then="over",
            unmoved=known.conversation.seq,
            asks=what,
        )
        key = f"auto:{Stage.SURVEY}:{plea.turn}:{plea.number}"
        template, values = self._worded(asking, account, what)
        return await self._words.write(known, account, template, key, values, aside)

    def _worded(
        self, asking: Asking, account: Account, what: Asked
    ) -> tuple[str, dict[str, int | str]]:
        """In which words: without an address of ours, those that ask for a number."""
        url = ""
        if asking.by == "link":
            url = self._links.url(account.public_url, what.id, what.until)
        template = asking.template or (BY_LINK if url else BY_NUMBER)
        return template, {"url": url} if url else {}

    async def thank(
        self, plea: ScoreGiven, accounts: Mapping[str, Account], known: Known
    ) -> Message | Unsaid:
        """Thanks for a number and praise, where they were written; once."""
        survey = await self._store.read(surveys.one, plea.survey)
        account = accounts.get(survey.account) if survey is not None else None
        if survey is None or account is None or not _still(survey, known.conversation):
            return OVER
        rests = known.conversation.status is Status.RESOLVED
        aside = Aside(stage=THANKS, then="over" if rests else "", unmoved=known.conversation.seq)
        return await self._words.write(known, account, THANKS, _thanks(survey), {}, aside)


def asked_by_keys(inforce: InForce, line: OnTheLine, queue: str, now: int) -> Asked | None:
    """What a caller is asked once nobody speaks with them any more; None: nothing."""
    if inforce.asking(VOICE, queue) is None:
        return None
    spoke = [leg for leg in line.legs if leg.party is Party.AGENT and leg.answered_at is not None]
    return Asked(
        id=line.call.id,
        channel=VOICE,
        queue=queue,
        agent=max(spoke, key=lambda leg: leg.answered_at or 0).agent if spoke else "",
        dimensions=(),
        until=now + inforce.rulebook.surveys.within_ms,
    )


def _still(survey: Survey, conversation: Conversation) -> bool:
    """Whether a score is the last that its customer said: with words it opens the conversation."""
    opened = survey.comment and conversation.inbound_at == survey.answered_at
    return conversation.status is Status.RESOLVED or bool(opened)


def _thanks(survey: Survey) -> str:
    return f"auto:{THANKS}:{survey.id}"


def _caps(known: Known, per_ms: int) -> tuple[Cap, ...]:
    """A customer is asked so often, on whichever channel and address."""
    if not per_ms:
        return ()
    return (Cap(name=cap_of(known.contact.id), most=1, per_ms=per_ms),)
