"""What conversations are taken for: rules name the category first, then the model; agents correct.

Every word of a customer is looked at, by words and rules at once. The model takes a
quarter of a millisecond for a text, so it reads only so many between two commits; the others are
routed without a category, and again when it has read them.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from gateway.domain import events as e
from gateway.domain.access import BY_HAND
from gateway.domain.judgement import Judgement
from gateway.domain.language import language_of
from gateway.pipeline.inforce import Case, InForce, Routed
from routing import inputs, rules
from routing.classify import OTHER, Model
from routing.moods import anger_of, urgency_of
from routing.rows import WorkPhase, WorkState
from routing.rules import TEXT_LIMIT
from routing.wishes import wish_of

READ_AT_ONCE = 8  # texts that the model reads between two commits; about 2 ms
LATER_LIMIT = 10_000  # conversations that wait to be read; past it they keep no category

_AT_HAND = (WorkPhase.WAITING, WorkPhase.OFFERED)


class Looked(NamedTuple):
    """What a look at a conversation came to, and what it was taken for before."""

    before: Judgement
    judgement: Judgement
    told: tuple[e.Body, ...]


class Judging:
    """The judgements that are not committed yet, and what the model has still to read."""

    def __init__(self, desk: str, model: Model) -> None:
        self._desk = desk
        self._model = model
        self._fresh: dict[str, Judgement] = {}
        self._later: dict[str, None] = {}
        self._left = READ_AT_ONCE

    def of(self, case: Case) -> Judgement | None:
        """What a conversation is taken for; None while nobody has looked since it was resolved."""
        known = self._fresh.get(case.conversation) or case.judgement
        return None if known is None or known.over else known

    def look(self, case: Case, inforce: InForce, at: int, *, breached: bool) -> Looked:
        """Judge a conversation by all that its customer said."""
        before = self.of(case) or Judgement(conversation=case.conversation, desk=self._desk)
        heard = self._heard(case, inforce, before, breached=breached)
        return self._concluded(case, inforce, before, heard, at, breached=breached)

    def corrected(
        self, case: Case, inforce: InForce, body: e.ConversationCorrected, at: int
    ) -> Looked:
        """What an agent says of it stands until the conversation is resolved."""
        before = self.of(case) or Judgement(conversation=case.conversation, desk=self._desk)
        said = {"category": body.category, "anger": body.anger, "urgency": body.urgency}
        fields = {name: value for name, value in said.items() if value is not None}
        heard = replace(before, by=body.by, certain_percent=100, reasons="[]", **fields)
        return self._concluded(case, inforce, before, heard, at, breached=False)

    def over(self, case: Case) -> Judgement | None:
        """The conversation is resolved: what comes next is judged anew."""
        known = self.of(case)
        return self._keep(replace(known, over=True)) if known is not None else None

    def rerouted(
        self,
        cases: Iterable[Case],
        before: InForce,
        after: InForce,
        live: Callable[[str], WorkState | None],
        at: int,
    ) -> Iterator[tuple[str, inputs.WorkRekeyed]]:
        """Conversations, and where their waiting work belongs by another rulebook."""
        for case in cases:
            work, judged = live(case.conversation), self.of(case)
            if work is not None:
                old, new = before.route(case, judged), after.route(case, judged)
                moved = _moved(old, new, work, at)
                yield from () if moved is None else ((case.conversation, moved),)

    def renamed(self, case: Case, before: InForce, after: InForce, at: int) -> Judgement | None:
        """What a conversation is taken for once another rule of another rulebook routes it; None:
        the same rule does."""
        judged = self.of(case)
        if judged is None or before.route(case, judged).rule == after.route(case, judged).rule:
            return None
        return self._keep(replace(_ruled(judged, after, after.facts(case, judged)), at=at))

    def anew(
        self, case: Case, inforce: InForce, work: WorkState, at: int
    ) -> inputs.WorkRekeyed | None:
        """Where work belongs once its customer proves to be somebody else, or writes elsewhere.

        At the hour of the last look: that time has passed since moves nothing.
        """
        judged = self.of(case)
        if judged is None:
            return None
        old = replace(inforce.routed(case, judged), needs=work.needs)
        return _moved(old, inforce.route(replace(case, at=judged.at), judged), work, at)

    def held(self, work: WorkState | None) -> bool:
        """Whether somebody has the conversation: how it is routed is of no matter now."""
        return work is not None and work.phase not in (*_AT_HAND, WorkPhase.CALLBACK_PENDING)

    def waits(self, conversation: str, work: WorkState | None) -> bool:
        """Whether a look can wait until there is time; then it is kept for later."""
        if not self.held(work):
            return False
        if len(self._later) < LATER_LIMIT:
            self._later[conversation] = None
        return True

    def unread(self) -> tuple[str, ...]:
        """Conversations to be looked at, as many as the model may read now."""
        return tuple(islice(self._later, self._left))

    def forget(self, gone: Iterable[str]) -> None:
        """These need not be read any more."""
        for conversation in gone:
            self._later.pop(conversation, None)

    def committed(self) -> None:
        """All that was kept stands in the tables; the model may read again."""
        self._fresh.clear()
        self._left = READ_AT_ONCE

    def _keep(self, judgement: Judgement) -> Judgement:
        self._fresh[judgement.conversation] = judgement
        return judgement

    # --- what is said ---

    def _heard(
        self, case: Case, inforce: InForce, before: Judgement, *, breached: bool
    ) -> Judgement:
        """Moods only rise, and what somebody said by hand stands."""
        text = case.text[:TEXT_LIMIT]
        heard = replace(
            before,
            language=language_of(text) or case.language,
            wants=wish_of(text) or before.wants,
        )
        if before.by.startswith(BY_HAND):
            return heard
        heard = replace(
            heard,
            anger=max(before.anger, anger_of(text)),
            urgency=max(before.urgency, urgency_of(text)),
        )
        rule = inforce.rules.naming(inforce.facts(case, heard, breached=breached))
        if rule is not None:
            self._later.pop(case.conversation, None)
            return replace(
                heard,
                category=rule.category,
                certain_percent=100,
                by=f"rule:{rule.name}",
                reasons="[]",
            )
        return self._read(case.conversation, text, heard)

    def _read(self, conversation: str, text: str, heard: Judgement) -> Judgement:
        """By the model, unless it has read enough for now; what was known is never unlearnt."""
        if not self._left:
            if not heard.by and len(self._later) < LATER_LIMIT:
                self._later[conversation] = None
            return heard
        self._later.pop(conversation, None)
        self._left -= 1
        found = self._model.categorize(text)
        if found.category == OTHER and heard.by:
            return heard
        return replace(
            heard,
            category=found.category,
            certain_percent=round(found.confidence * 100),
            by=f"model:{self._model.version}",
            reasons=msgspec.json.encode(found.reasons).decode(),
        )

    # --- what follows ---

    def _concluded(
        self,
        case: Case,
        inforce: InForce,
        before: Judgement,
        heard: Judgement,
        at: int,
        *,
        breached: bool,
    ) -> Looked:
        """Its rule, and the escalations that it brings; told where anything is new."""
        facts = inforce.facts(case, heard, breached=breached)
        heard = _ruled(heard, inforce, facts)
        told = [_judged(heard, inforce.version)] if _is_news(before, heard) else []
        heard, escalating = escalated(heard, inforce, facts)
        for rule in escalating:
            assert rule.escalate is not None
            told.append(
                e.ConversationEscalated(
                    rule=rule.name,
                    reason=" ".join(inforce.rules.conditions(rule)),
                    priority=rule.escalate.priority,
                    queue=rule.escalate.queue,
                    notify=rule.escalate.notify,
                    rulebook=inforce.version,
                )
            )
        if heard != before:
            heard = self._keep(replace(heard, at=at))
        return Looked(before, heard, tuple(told))


def _ruled(heard: Judgement, inforce: InForce, facts: rules.Facts) -> Judgement:
    """With the rule that routes it, and those that were tried."""
    tried = inforce.rules.tried(facts)
    return replace(
        heard,
        rule=tried[-1].rule if tried and not tried[-1].failed else "",
        tried=msgspec.json.encode(tried).decode(),
    )


def escalated(
    heard: Judgement, inforce: InForce, facts: rules.Facts
) -> tuple[Judgement, list[rules.Rule]]:
    """What a conversation is taken for once the rules that escalate it now have, and they."""
    done = msgspec.json.decode(heard.escalated, type=list[str])
    found = inforce.rules.escalating(facts, done)
    for rule in found:
        assert rule.escalate is not None
        done.append(rule.name)
        heard = replace(
            heard,
            boost=heard.boost + rule.escalate.priority,
            moved=rule.escalate.queue or heard.moved,
        )
    return replace(heard, escalated=msgspec.json.encode(done).decode()), found


def _is_news(before: Judgement, heard: Judgement) -> bool:
    """Whether followers must be told: not that an unknown customer said nothing special."""

    def said(judgement: Judgement) -> tuple[str, int, int, str]:
        category = judgement.category or OTHER
        return category, judgement.anger, judgement.urgency, judgement.wants

    by_hand = heard.by.startswith(BY_HAND) and heard.by != before.by
    return by_hand or said(before) != said(heard)


def _judged(judgement: Judgement, version: int) -> e.Body:
    return e.ConversationJudged(
        category=judgement.category,
        language=judgement.language,
        anger=judgement.anger,
        urgency=judgement.urgency,
        wants=judgement.wants,
        by=judgement.by,
        rule=judgement.rule,
        rulebook=version,
    )


def rekeyed(
    case: Case, inforce: InForce, looked: Looked, work: WorkState, at: int
) -> inputs.WorkRekeyed | None:
    """Where work belongs from now on; None where nothing changes.

    It keeps its age. What an agent has stays theirs, and what a person has moved stays in that
    queue: of these only the priority follows, for the case that they come back.
    """
    if looked.before == looked.judgement:
        return None
    old = inforce.route(case, looked.before)
    new = inforce.route(case, looked.judgement)
    return _moved(old, new, work, at)


def _moved(old: Routed, new: Routed, work: WorkState, at: int) -> inputs.WorkRekeyed | None:
    in_line = work.phase in (*_AT_HAND, WorkPhase.CALLBACK_PENDING)
    stays = not in_line or work.queue != old.queue
    queue = None if stays or new.queue == old.queue else new.queue
    needs = None if stays or new.needs == old.needs else new.needs
    priority = None if new.priority == old.priority else new.priority
    if (queue, needs, priority) == (None, None, None):
        return None
    return inputs.WorkRekeyed(at=at, work=work.id, queue=queue, needs=needs, priority=priority)
