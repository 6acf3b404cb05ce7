"""A simple first question, answered by itself from an article, when nothing speaks against it.

A wrong answer is worse than none: whoever is angry, complains, asks for a person or about a number
of their own is left to people, and so is what no article was surely written for; but ops may name
queues and categories in which a model answers that (assistant.py). The conversation is routed to
people all the same, whatever is said here.
"""

import re
from collections.abc import Mapping

from gateway.domain.conversation import Status
from gateway.domain.language import language_of
from gateway.domain.message import Answered, Message
from gateway.domain.outcome import Refusal
from gateway.domain.question import Outcome
from gateway.pipeline.accounts import Account
from gateway.pipeline.assistant import Assistant, Drafted
from gateway.pipeline.inforce import ANSWER, NOT_JUDGED, Case, InForce
from gateway.pipeline.knowledge import Knowledge
from gateway.pipeline.ownwords import Aside, OwnWords, Why
from gateway.pipeline.scheduled import packed
from gateway.pipeline.writing import Reply
from gateway.store import Store
from gateway.store.queries import deciding, drafting
from gateway.store.queries.deciding import Known
from gateway.verbs.message import Cap
from gateway.verbs.question import Kept, NoteQuestion
from routing.classify import Model
from routing.moods import anger_of, urgency_of
from routing.wishes import wish_of
from templates.knowledge import Found, Shelf, is_question, of_their_own, plain
from templates.locales import language

COMPLAINT = "complaint"
HURRIED = 2  # of 3; whoever must know today is not put off with an article
LOOKS = 5  # at a conversation in which something happens just now
FIRST = "auto:first"  # the key of the one first answer of a conversation
AUTHOR = f"auto:{ANSWER}"
_NUMBER = re.compile(r"\d{5,}")
LONGEST = 500  # characters of a simple question
_ASKS_ZH = "谁|誰|什么|什麼|怎|多少|多久|多大|几|幾|哪|吗|嗎|如何|能不能|可不可以|是否"
_ASKS_EN = r"\b(?:how|what|when|where|who|why|which|can|could|do|does|is|are|will|would|may)\b"
_STOPS = "，,。；;、\\s"
# Two questions, of which one answer is half of one; "are you there?" before it is none. They may be
# of one sentence: each asks in its own clause, or a word joins them.
_SEVERAL = re.compile(
    r"[^?？]{7,}[?？][^?？]{4,}[?？]"
    rf"|(?:{_ASKS_ZH})[^{_STOPS}?？!！]{{0,40}}[{_STOPS}][^{_STOPS}?？!！]{{0,40}}(?:{_ASKS_ZH})"
    rf"|(?:{_ASKS_ZH}).{{0,40}}[{_STOPS}](?:还有|還有|另外|此外|顺便|順便|以及).{{0,40}}(?:{_ASKS_ZH})"
    rf"|{_ASKS_EN}.{{6,80}}\b(?:and|also|plus|besides)\b[, ]+(?:also[, ]+)?{_ASKS_EN}",
    re.IGNORECASE | re.DOTALL,
)


class Answering:
    """Looks at first questions, answers what it may, and notes what became of each."""

    def __init__(
        self,
        store: Store,
        words: OwnWords,
        knowledge: Knowledge,
        model: Model,
        assistant: Assistant,
    ) -> None:
        self._store = store
        self._words = words
        self._knowledge = knowledge
        self._model = model
        self._assistant = assistant

    async def answer(
        self,
        known: Known,
        account: Account,
        case: Case,
        inforce: InForce,
        hours: Mapping[str, int | str],
        caps: tuple[Cap, ...],
    ) -> Message | None:
        """The answer, once; None where people alone answer. `hours`: when they do, if not now."""
        if not may_answer(inforce, account.channel, case.text):
            return None
        found = await self._found(known, inforce, case.text)
        outcome = self._outcome(found, case, inforce)
        said, kept = None, None
        if found is not None and outcome is Outcome.ANSWERED:
            said = await self._say(known, account, *_told(found), hours, caps)
            outcome = Outcome.ANSWERED if said is not None else Outcome.UNSAID
        elif outcome is Outcome.UNSURE and self._is_for_a_model(case, inforce):
            outcome, said, kept = await self._by_model(known, account, inforce, hours, caps)
        await self._store.submit(
            NoteQuestion(
                desk=self._store.desk,
                conversation=case.conversation,
                outcome=outcome,
                article=found.article.id if found is not None else "",
                certain_percent=found.certain_percent if found is not None else 0,
                kept=kept,
            )
        )
        return said

    async def _found(self, known: Known, inforce: InForce, text: str) -> Found | None:
        shelf: Shelf = await self._knowledge.shelf()
        return shelf.answer(text, known.conversation.language or inforce.rulebook.desk.locale)

    def _outcome(self, found: Found | None, case: Case, inforce: InForce) -> Outcome:
        """Whether it may be answered by itself; else why not."""
        text, wanted = case.text, inforce.rulebook.knowledge
        if wish_of(text):
            return Outcome.PERSON
        if anger_of(text) or urgency_of(text) >= HURRIED or self._complains(case, inforce):
            return Outcome.MOOD
        if of_their_own(text):
            return Outcome.OWN
        if found is None or found.certain_percent < wanted.certain_percent:
            return Outcome.UNSURE
        if _asks_several(text):
            return Outcome.UNSURE
        if _NUMBER.search(text):
            return Outcome.OWN
        if not found.article.automatic or found.article.category not in wanted.categories:
            return Outcome.TOPIC
        if language(found.article.locale) != (language_of(text) or language(found.article.locale)):
            return Outcome.LANGUAGE
        return Outcome.ANSWERED

    def _complains(self, case: Case, inforce: InForce) -> bool:
        return self._category(case, inforce) == COMPLAINT

    def _category(self, case: Case, inforce: InForce) -> str:
        """By the rules that name a category, else by the model, as routing takes it."""
        rule = inforce.rules.naming(inforce.facts(case, NOT_JUDGED))
        return rule.category if rule is not None else self._model.categorize(case.text).category

    def _is_for_a_model(self, case: Case, inforce: InForce) -> bool:
        """Whether ops let a model answer what no article surely does, and it asks nothing of its
        customer's own.
        """
        wanted = inforce.rulebook.knowledge.model
        if not wanted.enabled or _asks_several(case.text) or _NUMBER.search(case.text):
            return False
        return (
            inforce.route(case).queue in wanted.queues
            and self._category(case, inforce) in wanted.categories
        )

    async def _by_model(
        self,
        known: Known,
        account: Account,
        inforce: InForce,
        hours: Mapping[str, int | str],
        caps: tuple[Cap, ...],
    ) -> tuple[Outcome, Message | None, Kept | None]:
        """What became of it: what was said, what is kept. Unsure where the model has no answer."""
        if await self._store.read(drafting.is_said, known.conversation.id, FIRST):
            return Outcome.WRITTEN, None, None  # before a crash, which left it unnoted
        drafted = await self._drafted(known, account, inforce)
        if drafted is None:
            return Outcome.UNSURE, None, None
        if drafted.refused is not None:
            return Outcome.KEPT, None, _kept(known, drafted, drafted.refused)
        said = await self._say(known, account, *_written(drafted), hours, caps)
        return Outcome.WRITTEN if said is not None else Outcome.UNSAID, said, None

    async def _drafted(self, known: Known, account: Account, inforce: InForce) -> Drafted | None:
        """What the model writes; None where it has no answer, or somebody was quicker."""
        drafted = await self._assistant.answer(known, account.channel, inforce)
        if drafted is None:
            return None
        found = await self._store.read(deciding.known, (known.conversation.id,))
        now = found.get(known.conversation.id)
        if now is None or now.answered or now.text != known.text or now.contact.blocked:
            return None
        return drafted if now.conversation.status is not Status.RESOLVED else None

    async def _say(
        self,
        known: Known,
        account: Account,
        told: Answered,
        words: Mapping[str, str],
        hours: Mapping[str, int | str],
        caps: tuple[Cap, ...],
    ) -> Message | None:
        values = {**words, **hours}
        now: Known | None = known
        for _ in range(LOOKS):
            if now is None or now.answered or now.text != known.text:
                return None  # somebody has spoken while articles were looked at
            aside = Aside(caps=caps, answered=told, unmoved=now.conversation.seq)
            said = await self._words.write(now, account, ANSWER, FIRST, values, aside)
            if isinstance(said, Message):
                return said
            if said.why is not Why.MOVED_ON:
                return None
            found_now = await self._store.read(deciding.known, (known.conversation.id,))
            now = found_now.get(known.conversation.id)
        return None


def may_answer(inforce: InForce, channel: str, text: str) -> bool:
    """Whether a first question is looked at: else people alone were ever asked."""
    wanted = inforce.rulebook.knowledge
    on_channel = not wanted.channels or channel in wanted.channels
    return wanted.enabled and on_channel and is_question(text)


def _asks_several(text: str) -> bool:
    return len(text) > LONGEST or _SEVERAL.search(text) is not None


def _told(found: Found) -> tuple[Answered, dict[str, str]]:
    """What the message says of itself, and what an article says."""
    article = found.article
    told = Answered(
        article=article.id,
        locale=article.locale,
        title=article.title,
        certain_percent=found.certain_percent,
    )
    return told, {"answer": plain(article.text), "link": article.link}


def _written(drafted: Drafted) -> tuple[Answered, dict[str, str]]:
    """The same of what a model wrote."""
    article = drafted.article
    told = Answered(
        article=article.id,
        locale=article.locale,
        title=article.title,
        certain_percent=0,
        model=drafted.model,
    )
    return told, {"answer": drafted.text, "link": ""}


def _kept(known: Known, drafted: Drafted, refused: Refusal) -> Kept:
    reply = Reply(conversation=known.conversation.id, text=drafted.text, author=AUTHOR)
    return Kept(author=AUTHOR, text=drafted.text, reply=packed(reply), refused=refused)
