"""What asking for a score changes, and what a score does."""

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

import msgspec
from msgspec.structs import replace

from gateway.contract.inbound import InboundMessage
from gateway.domain.conversation import Contact, Conversation, Status
from gateway.domain.job import JobKind, ScoreGiven
from gateway.domain.message import Message, MessageKind
from gateway.domain.outcome import Refusal
from gateway.domain.survey import (
    LEAST,
    LONGEST_COMMENT,
    MOST,
    Score,
    Survey,
    SurveyAnswered,
    is_praise,
    score_in,
)
from gateway.verbs import person
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.jobs import errand
from gateway.verbs.refusals import not_found

OVER = Refusal(
    code="survey_over",
    detail="The time for this answer has passed.",
    what_to_do="Write to us: we still want to know.",
    status=410,
)
NO_SCORE = Refusal(
    code="survey_score",
    detail=f"A score is a whole number from {LEAST} to {MOST}, for what was asked.",
    what_to_do=f"Choose one from {LEAST} to {MOST}.",
    status=422,
)


class Asked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a message asks: its own id, for the link must be known before it is written."""

    id: str
    channel: str
    queue: str
    agent: str
    dimensions: tuple[str, ...]
    until: int  # ms UTC


def cap_of(contact: str) -> str:
    """The name under which it is noted when somebody was asked last."""
    return f"survey:{contact}"


def reads_asking(desk: str, identity: str) -> Iterable[Lookup]:
    """What was asked of this address before."""
    yield by_index(Survey, "live", desk, identity)


def asked(change: Change, conversation: Conversation, message: Message, what: Asked) -> None:
    """Write down what a message asks. A number answers the newest question alone."""
    for before in change.by(Survey, "live", message.desk, message.identity):
        change.put(replace(before, live_of=None))
    survey = spoken(change, conversation, message, what)
    change.put(replace(survey, live_of=message.identity))


def spoken(change: Change, conversation: Conversation, message: Message, what: Asked) -> Survey:
    """Write down what the caller of a call is asked, who answers by a key before they hang up."""
    return change.put(
        Survey(
            id=what.id,
            desk=message.desk,
            conversation=conversation.id,
            identity=message.identity,
            account=message.account,
            channel=what.channel,
            queue=what.queue,
            agent=what.agent,
            message=message.id,
            dimensions=msgspec.json.encode(what.dimensions).decode(),
            asked_at=change.now,
            until=what.until,
            live_of=None,
        )
    )


# --- a number that the customer writes ---


class Given(NamedTuple):
    """A text that is an answer: to which survey, in which conversation, and what."""

    survey: Survey
    conversation: Conversation
    score: int
    comment: str


def reads_given(view: View, desk: str, event: InboundMessage) -> Iterable[Lookup]:
    """What a text that may be a score may answer."""
    if _score_in(event) is None:
        return
    yield from reads_asking(desk, event.sender)
    for survey in view.peek_by(Survey, "live", desk, event.sender):
        yield by_key(Conversation, survey.conversation)
        conversation = view.peek(Conversation, survey.conversation)
        if conversation is not None:
            yield from person.reads(view, conversation.contact)


def given(change: Change, event: InboundMessage, contact: Contact) -> Given | None:
    """The answer that a text of this person is; None: an ordinary message. While the conversation
    is still theirs and rests as it was resolved, and within its time: who has written since, or
    was helped once more, has something else to say."""
    found = _score_in(event)
    if found is None:
        return None
    for survey in change.by(Survey, "live", change.desk.id, event.sender):
        conversation = change.get(Conversation, survey.conversation)
        if conversation is None or conversation.continued_in is not None:
            continue
        if person.of(change, conversation.contact) != contact:
            continue  # they were parted from whom it is with now
        moved_at = max(conversation.inbound_at or 0, conversation.resolved_at or 0)
        rests = conversation.status is Status.RESOLVED and moved_at <= survey.asked_at
        if rests and change.now < survey.until:
            return Given(survey, conversation, found.score, found.comment)
    return None


def _score_in(event: InboundMessage) -> Score | None:
    if event.automatic or event.attachments or event.kind is not MessageKind.TEXT:
        return None
    return score_in(event.text)


def take(change: Change, answer: Given, *, thanks: bool) -> None:
    """Write a number down. Who wrote it alone, or praise behind it, is thanked where that is
    wanted, under a key that makes it once; all other words are for a person to answer."""
    survey = answer.survey
    _answered(change, survey, answer.conversation, answer.score, {}, answer.comment, "number")
    if thanks and (not answer.comment or is_praise(answer.score, answer.comment)):
        plea = ScoreGiven(survey=survey.id, conversation=survey.conversation)
        lane = f"auto:{survey.conversation}"
        change.put(
            errand(
                *(JobKind.AUTO_REPLY, lane, plea),
                job=change.new_id(),
                desk=survey.desk,
                seq=change.head,
                now=change.now,
                account=survey.account,
            )
        )


# --- a key that the caller presses ---


def keyed(change: Change, survey: Survey, conversation: Conversation, score: int) -> None:
    """Write a key down."""
    _answered(change, survey, conversation, score, {}, "", "keys")


# --- the window and the page ---


class AnswerSurvey(msgspec.Struct, kw_only=True):
    """A customer scores, or corrects their score: the last answer within the time stands."""

    failpoint: ClassVar[str] = "write"

    desk: str
    survey: str
    score: int
    scores: dict[str, int] = {}
    comment: str = ""
    by: str
    identity: str | None = None  # whose survey it must be; None: who holds the link

    def reads(self, view: View) -> Iterable[Lookup]:
        """The survey and its conversation."""
        yield by_key(Survey, self.survey)
        survey = view.peek(Survey, self.survey)
        if survey is not None:
            yield by_key(Conversation, survey.conversation)

    def decide(self, change: Change) -> Survey | Refusal:
        """The survey as it stands now."""
        survey = change.get(Survey, self.survey)
        if survey is None or survey.desk != self.desk:
            return not_found("survey", self.survey)
        if self.identity is not None and self.identity != survey.identity:
            return not_found("survey", self.survey)
        if change.now >= survey.until:
            return OVER
        asked_for = msgspec.json.decode(survey.dimensions, type=tuple[str, ...])
        in_range = all(LEAST <= each <= MOST for each in (self.score, *self.scores.values()))
        if not in_range or not self.scores.keys() <= set(asked_for):
            return NO_SCORE
        conversation = change.get(Conversation, survey.conversation)
        assert conversation is not None, f"survey {survey.id} has no conversation"
        comment = self.comment.replace("\0", "").strip()[:LONGEST_COMMENT]
        return _answered(change, survey, conversation, self.score, self.scores, comment, self.by)


def _answered(
    change: Change,
    survey: Survey,
    conversation: Conversation,
    score: int,
    scores: dict[str, int],
    comment: str,
    by: str,
) -> Survey:
    """The survey with its answer. The same one told again changes nothing."""
    said = msgspec.json.encode(scores, order="sorted").decode()
    if by == "number":  # which has no room for the others: they stand
        said, comment = survey.scores, comment or survey.comment
    if (score, said, comment) == (survey.score, survey.scores, survey.comment):
        return survey
    fact = SurveyAnswered(
        survey=survey.id,
        score=score,
        scores=msgspec.json.decode(said, type=dict[str, int]),
        by=by,
        queue=survey.queue,
        agent=survey.agent,
        again=survey.answered_at is not None,
    )
    change.record(fact, f"contact:{conversation.contact}", conversation)
    after = replace(
        survey, score=score, scores=said, comment=comment, by=by, answered_at=change.now
    )
    return change.put(after)
