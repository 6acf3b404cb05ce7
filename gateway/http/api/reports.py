"""Reports: how fast customers are answered, and conversations brought to their end."""

import asyncio
from typing import Annotated

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.question import Outcome
from gateway.http.errors import Problem
from gateway.http.policy import Permission, allowed
from gateway.http.routes import Call, Routes
from gateway.http.shed import Weight
from gateway.pipeline import callbackreport, promisereport, satisfaction
from gateway.pipeline.callbackreport import CallbackRow, callback_figures
from gateway.pipeline.lacking import LACKING, MOST, Lacking, lacking
from gateway.pipeline.promisereport import PromiseRow, promise_figures
from gateway.pipeline.report import (
    GROUPINGS,
    InvalidQuestion,
    Question,
    Row,
    ShareRow,
    question_of,
    responses,
    shares,
)
from gateway.pipeline.satisfaction import SatisfactionRow, satisfaction_figures
from gateway.store.queries import questions
from gateway.stream.basis import At, Shape

routes = Routes("Reports")

By = Annotated[str, msgspec.Meta(max_length=100)]


class SpanQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which span of time, in RFC 3339 (without: the last 7 days), and in whose days."""

    since: Annotated[str, msgspec.Meta(max_length=40)] | None = msgspec.field(
        name="from", default=None
    )
    until: Annotated[str, msgspec.Meta(max_length=40)] | None = msgspec.field(
        name="to", default=None
    )
    zone: Annotated[str, msgspec.Meta(max_length=60)] | None = None  # without: the desk's


class ResponseQuery(SpanQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which span of time, in RFC 3339 (without: the last 7 days), and by what, with commas between.

    by: queue, channel, account, language, priority, agent, day
    """

    by: By = "queue"


class CallbackQuery(SpanQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which span of time, in RFC 3339 (without: the last 7 days), and by what, with commas between.

    by: queue, kind, owner, day
    """

    by: By = ""


class Report(Shape, frozen=True, kw_only=True):
    """The span of time that figures are of, as it was understood."""

    since: At = msgspec.field(name="from")
    until: At = msgspec.field(name="to")
    zone: str


class CallbackReport(Report, frozen=True, kw_only=True):
    """The callbacks that ended in the span, by groups."""

    items: tuple[CallbackRow, ...]


class PromiseQuery(SpanQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which span of time, in RFC 3339 (without: the last 7 days), and by what, with commas between.

    by: queue, owner, day
    """

    by: By = ""


class PromiseReport(Report, frozen=True, kw_only=True):
    """The promises that ended in the span, by groups."""

    items: tuple[PromiseRow, ...]


class SatisfactionQuery(SpanQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which span of time, in RFC 3339 (without: the last 7 days), and by what, with commas between.

    by: queue, agent, channel, day
    """

    by: By = ""


class SatisfactionReport(Report, frozen=True, kw_only=True):
    """What customers who were asked in the span say of it, by groups."""

    items: tuple[SatisfactionRow, ...]


class LackingRow(Shape, frozen=True, kw_only=True):
    """Questions that are alike, by the newest of them; what belongs to a person is hidden.

    `article`: the nearest then, and how surely it answered. `conversation`: null for whoever may
    not read it.
    """

    count: int
    text: str
    last_at: At
    article: str
    certain_percent: int
    conversation: str | None


class QuestionReport(Report, frozen=True, kw_only=True):
    """First questions of the span: how many an article answered, and what none answers by now."""

    asked: int
    answered: int
    written: int  # by a model, unread
    kept: int  # what a model wrote, for an agent
    items: tuple[LackingRow, ...]


class ResponseReport(Report, frozen=True, kw_only=True):
    """What ended in the span, by groups, and the rolling shares up to its end."""

    items: tuple[Row, ...]
    shares: tuple[ShareRow, ...]


@routes.get(
    "/api/v1/reports/response",
    allow=Permission.REPORT_READ,
    query=ResponseQuery,
    answer=ResponseReport,
    weight=Weight.HISTORY,
)
async def response_report(call: Call) -> ResponseReport:
    """First and next responses and resolutions, with percentiles and who still waits too long."""
    house, question = call.house, _question(call, GROUPINGS)
    items = await house.store.read(responses, question)
    rolling = await house.store.read(shares, call.desk, house.dispatch.inforce, question.until)
    return ResponseReport(items=tuple(items), shares=tuple(rolling), **_span(question))


@routes.get(
    "/api/v1/reports/callbacks",
    allow=Permission.REPORT_READ,
    query=CallbackQuery,
    answer=CallbackReport,
    weight=Weight.HISTORY,
)
async def callback_report(call: Call) -> CallbackReport:
    """Promises kept, people reached, tries that took, and how far off booked times were."""
    question = _question(call, callbackreport.GROUPINGS)
    items = await call.house.store.read(callback_figures, question)
    return CallbackReport(items=tuple(items), **_span(question))


@routes.get(
    "/api/v1/reports/promises",
    allow=Permission.REPORT_READ,
    query=PromiseQuery,
    answer=PromiseReport,
    weight=Weight.HISTORY,
)
async def promise_report(call: Call) -> PromiseReport:
    """What was promised and kept in time, late, or not at all."""
    question = _question(call, promisereport.GROUPINGS)
    items = await call.house.store.read(promise_figures, question)
    return PromiseReport(items=tuple(items), **_span(question))


@routes.get(
    "/api/v1/reports/satisfaction",
    allow=Permission.REPORT_READ,
    query=SatisfactionQuery,
    answer=SatisfactionReport,
    weight=Weight.HISTORY,
)
async def satisfaction_report(call: Call) -> SatisfactionReport:
    """How many were asked how it went and answered, and their scores, beside the span before."""
    question = _question(call, satisfaction.GROUPINGS)
    items = await call.house.store.read(satisfaction_figures, question)
    return SatisfactionReport(items=tuple(items), **_span(question))


@routes.get(
    "/api/v1/reports/questions",
    allow=Permission.REPORT_READ,
    query=SpanQuery,
    answer=QuestionReport,
    weight=Weight.HISTORY,
)
async def question_report(call: Call) -> QuestionReport:
    """What customers ask and no article answers, of the newest questions, most frequent first."""
    question, store = _question(call, ()), call.house.store
    span = (question.desk, question.since, question.until)
    counts = await store.read(questions.outcomes, *span)
    asked = await store.read(questions.asked, *span, LACKING, MOST)
    certain_percent = call.house.dispatch.rulebook.knowledge.certain_percent
    shelf = await call.house.knowledge.shelf()
    rows = await asyncio.to_thread(lacking, shelf, asked, certain_percent)
    sees = allowed(call.actor, Permission.CONVERSATION_READ_ALL)
    return QuestionReport(
        asked=sum(counts.values()),
        answered=counts.get(Outcome.ANSWERED, 0),
        written=counts.get(Outcome.WRITTEN, 0),
        kept=counts.get(Outcome.KEPT, 0),
        items=tuple(_lacking_row(row, sees=sees) for row in rows),
        **_span(question),
    )


def _lacking_row(row: Lacking, *, sees: bool) -> LackingRow:
    return LackingRow(
        count=row.count,
        text=row.text,
        last_at=rfc3339(row.at),
        article=row.article,
        certain_percent=row.certain_percent,
        conversation=row.conversation if sees else None,
    )


def _question(call: Call, groupings: tuple[str, ...]) -> Question:
    """What the query asks."""
    asked, now = call.query, call.house.clock.now_ms()
    by = getattr(asked, "by", "")
    rulebook = call.house.dispatch.rulebook
    try:
        return question_of(
            call.desk, asked.since, asked.until, by, asked.zone, rulebook, now, groupings
        )
    except InvalidQuestion as error:
        raise Problem("invalid_query", str(error)) from error


def _span(question: Question) -> dict[str, str]:
    """What every report says of the span."""
    return {
        "since": rfc3339(question.since),
        "until": rfc3339(question.until),
        "zone": question.zone,
    }
