"""Reports: how fast customers are answered, and conversations brought to their end."""

from typing import Annotated

import msgspec

from gateway.domain.clock import rfc3339
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.shed import Weight
from gateway.pipeline.report import (
    InvalidQuestion,
    Row,
    ShareRow,
    question_of,
    responses,
    shares,
)
from gateway.stream.basis import At, Shape

routes = Routes("Reports")


class ResponseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which span of time, in RFC 3339 (without: the last 7 days), and by what, with commas between.

    by: queue, channel, account, language, priority, agent, day
    """

    since: Annotated[str, msgspec.Meta(max_length=40)] | None = msgspec.field(
        name="from", default=None
    )
    until: Annotated[str, msgspec.Meta(max_length=40)] | None = msgspec.field(
        name="to", default=None
    )
    by: Annotated[str, msgspec.Meta(max_length=100)] = "queue"
    zone: Annotated[str, msgspec.Meta(max_length=60)] | None = None  # without: the desk's


class ResponseReport(Shape, frozen=True, kw_only=True):
    """What ended in the span, by groups, and the rolling shares up to its end."""

    since: At = msgspec.field(name="from")
    until: At = msgspec.field(name="to")
    zone: str
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
    house, asked = call.house, call.query
    now = house.clock.now_ms()
    try:
        question = question_of(
            call.desk, asked.since, asked.until, asked.by, asked.zone, house.dispatch.rulebook, now
        )
    except InvalidQuestion as error:
        raise Problem("invalid_query", str(error)) from error
    items = await house.store.read(responses, question)
    rolling = await house.store.read(shares, call.desk, house.dispatch.inforce, question.until)
    return ResponseReport(
        since=rfc3339(question.since),
        until=rfc3339(question.until),
        zone=question.zone,
        items=tuple(items),
        shares=tuple(rolling),
    )
