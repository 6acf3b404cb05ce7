"""A model's answer to a first question, sent unread where ops want that and nothing speaks against.

Its words are checked before anybody hears them: by the courtesy check as an agent's are, and
against the articles that it was told. What does not pass is kept for an agent. However it fails,
people answer, as they would without it.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.domain.clock import DAY_MS, MINUTE_MS
from gateway.domain.ids import address_of
from gateway.domain.language import language_of
from gateway.domain.outcome import Refusal
from gateway.pipeline.courteous import context_of, findings, held_back
from gateway.pipeline.drafting import (
    ALONE,
    ARTICLES,
    ASKED_CHARACTERS,
    HIDDEN,
    MESSAGES,
    chats,
    in_it,
    last_asked,
    locale_for,
)
from gateway.pipeline.inforce import InForce
from gateway.pipeline.knowledge import Knowledge
from gateway.pipeline.model import Model, Unwritten
from gateway.pipeline.naming import name_of
from gateway.store import Store
from gateway.store.queries import courtesy
from gateway.store.queries.deciding import Known
from gateway.store.queries.drafting import course
from gateway.verbs.spend import SpendDraft
from templates.knowledge import Article, plain
from templates.knowledge.articles import MAX_ANSWER
from templates.normal import plain as folded
from templates.promises import moments_in

AT_ONCE = 2  # on this node: who waits for a model keeps others of their account from being sent to
REST_MS = MINUTE_MS  # after a failure, so that one that hangs makes few customers wait

# The word by which it says that people should answer, alone or at the end of an excuse.
_PERSON = re.compile(r"(?<![A-Za-z])PERSON(?![A-Za-z])|^\W*[Pp]erson\W*$", re.MULTILINE)
_STEP = re.compile(r"^\s*\d{1,2}[.)、]\s*", re.MULTILINE)
_FIGURE = re.compile(
    r"\d+(?:[.,:]\d+)*"
    r"|(?<!的)[零一二两三四五六七八九十百千万半]+个?(?:分钟|小时|工作日|天|日|周|星期|月|年|元|块|折)"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|fifteen|twenty|thirty"
    r"|sixty|ninety|hundred|half an?)[ -](?:\w+ )?(?:minute|hour|day|week|month|year|percent|yuan"
    r"|dollar|euro|pound)s?\b"
)
_HUMAN = re.compile(
    r"我(?:就?是|为)(?:一[名位])?(?:真人|人工|客服人员|真正的人)|不是(?:机器人|智能助手|ai)"
    r"|\bi(?:'m| am) (?:an? )?(?:human|real|person|not an? (?:(?:ro)?bot|ai|machine))"
)


class Drafted(NamedTuple):
    """What a model wrote, from which article first, and why it must not go unread, if so."""

    text: str
    model: str
    article: Article
    refused: Refusal | None


class Assistant:
    """Has first questions answered by the node's model, a few at once."""

    def __init__(self, store: Store, knowledge: Knowledge, model: Model | None) -> None:
        self._store = store
        self._knowledge = knowledge
        self._model = model
        self._asking = 0
        self._rests_until = 0

    async def answer(self, known: Known, channel: str, inforce: InForce) -> Drafted | None:
        """Its words; None where it has none, knows no answer, or may not be asked now."""
        rests = self._store.clock.now_ms() < self._rests_until
        if self._model is None or rests or self._asking >= AT_ONCE:
            return None
        self._asking += 1
        try:
            return await self._written(self._model, known, channel, inforce)
        except Unwritten:
            self._rests_until = self._store.clock.now_ms() + REST_MS
            return None
        finally:
            self._asking -= 1

    async def _written(
        self, model: Model, known: Known, channel: str, inforce: InForce
    ) -> Drafted | None:
        store, desk, conversation = self._store, inforce.rulebook.desk, known.conversation
        said, contact = await store.read(course, conversation, MESSAGES)
        asked = last_asked(said)
        locale = locale_for(desk.locale, conversation, contact, asked)
        shelf = await self._knowledge.shelf()
        found = shelf.search(asked[:ASKED_CHARACTERS], locale, ARTICLES)
        if not found:
            return None  # it may say only what articles say
        articles = [each.article for each in found]
        told = await asyncio.to_thread(
            chats,
            said,
            articles,
            (known.contact.name, address_of(conversation.identity)),
            rules=ALONE,
            desk=name_of(desk, locale),
            locale=locale,
            most_in=model.settings.most_in,
            most_out=MAX_ANSWER,
        )
        model.check()
        spent = await store.submit(
            SpendDraft(desk=store.desk, most=model.settings.daily, per_ms=DAY_MS)
        )
        if isinstance(spent, Refusal):
            return None
        text = await model.write(told)
        if _PERSON.search(text):
            return None
        refused = await asyncio.to_thread(doubted, text, asked, articles)
        refused = refused or await self._discourteous(known, text, channel, inforce)
        return Drafted(text, model.settings.model, articles[0], refused)

    async def _discourteous(
        self, known: Known, text: str, channel: str, inforce: InForce
    ) -> Refusal | None:
        """As an agent's words are checked when they are sent."""
        moment = await self._store.read(courtesy.moment, known.conversation)
        context = context_of(moment, channel, 0)
        found = await asyncio.to_thread(findings, text, context, inforce.strictness)
        return held_back(found)


def doubted(text: str, asked: str, articles: Sequence[Article]) -> Refusal | None:
    """Why nobody should be told this unread; None where the articles bear it. Pure."""
    for why in _doubts(text, asked, articles):
        return Refusal(
            code="draft_doubtful",
            detail=f"Nobody is told unread what a model writes so: {why}.",
            what_to_do="Read it, mend it, and send it in your own name.",
            status=422,
        )
    return None


def _doubts(text: str, asked: str, articles: Sequence[Article]) -> Iterator[str]:
    said = folded(_STEP.sub("", text)).text
    borne = folded("\n".join(f"{each.title}\n{plain(each.text)}" for each in articles)).text
    if len(text) > MAX_ANSWER:
        yield f"more than {MAX_ANSWER} characters"
    if HIDDEN in text:
        yield "it repeats what was hidden from it"
    if _HUMAN.search(said):
        yield "it says that it is a person"
    if language_of(text) != language_of(asked):
        yield "another language than the customer's"
    for moment in moments_in(said):
        if moment not in borne:
            yield f"{moment!r} stands in no article"
    figures = set(_FIGURE.findall(borne)) | set(_FIGURE.findall(folded(asked).text))
    for figure in _FIGURE.findall(said):
        if figure not in figures:
            yield f"{figure!r} stands in no article"
    addresses = set(in_it(borne))  # whole: what begins as a known one does leads elsewhere
    for address in in_it(said):
        if address not in addresses:
            yield f"{address!r} stands in no article"
