"""For whoever runs the house: is it alive, is it ready, how is it doing."""

import asyncio

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from gateway.http.errors import Problem
from gateway.http.headers import Class
from gateway.http.policy import Gate, Permission, authorize
from gateway.http.routes import Call, Rooms, Routes
from gateway.http.shed import Weight
from gateway.store.queries import http_people
from gateway.stream.basis import Shape

routes = Routes("Operations")

METRICS_TYPE = "text/plain; version=0.0.4"


class Health(Shape, frozen=True, kw_only=True):
    """ok, or why not."""

    status: str


@routes.get(
    "/livez",
    allow=Gate.PUBLIC,
    asks_who=False,
    answer=Health,
    kind=Class.PLAIN,
    weight=Weight.VITAL,
)
async def livez(_: Call) -> Health:
    """The process runs."""
    return Health(status="ok")


@routes.get(
    "/readyz",
    allow=Gate.PUBLIC,
    asks_who=False,
    answer=Health,
    kind=Class.PLAIN,
    weight=Weight.VITAL,
)
async def readyz(call: Call) -> Health:
    """It takes requests: its store answers, and it is not about to stop."""
    call.rooms.sockets.watched_at = asyncio.get_running_loop().time()
    if call.rooms.sockets.draining:
        raise Problem("stopping", headers={"Retry-After": "5"})
    await call.house.store.read(http_people.user_of, call.desk, "")
    return Health(status="ready")


@routes.get("/metrics", allow=Gate.PUBLIC, kind=Class.PLAIN, weight=Weight.VITAL)
async def metrics(call: Call) -> web.Response:
    """Figures for Prometheus: from this machine, or with a token that may read them."""
    if not call.rooms.auth.from_this_machine(call.request):
        authorize(call.actor, Permission.METRICS_READ)
    registry = CollectorRegistry()
    registry.register(DoorFigures(call.rooms))
    body = generate_latest(REGISTRY) + generate_latest(registry)
    return web.Response(body=body, headers={"Content-Type": METRICS_TYPE})


class DoorFigures(Collector):
    """What the doors count, read when somebody asks."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def collect(self) -> list[Metric]:
        """The figures now."""
        rooms, door = self._rooms, self._rooms.sockets.door
        out: list[Metric] = [
            _gauge("parley_log_head", "Position of the newest event.", rooms.house.stream.head),
            _gauge("parley_sockets", "Open WebSockets.", len(rooms.sockets)),
            _gauge("parley_commit_p95_ms", "Commit latency, p95.", rooms.shedder.p95_ms()),
            _counter("parley_shed", "Requests refused for overload.", rooms.shedder.shed),
        ]
        if door is not None:
            out.append(_gauge("parley_connections", "Open connections.", door.connections))
            out.append(_counter("parley_refused", "Connections refused.", door.refused))
            slow = CounterMetricFamily("parley_slow", "Connections closed.", labels=["why"])
            for why, count in door.timed_out.items():
                slow.add_metric([why], count)
            out.append(slow)
        return out + self._webhooks()

    def _webhooks(self) -> list[Metric]:
        """What this node counts of each outlet."""
        taken = CounterMetricFamily(
            "parley_webhook_taken", "Events that an endpoint took.", labels=["webhook"]
        )
        failed = CounterMetricFamily(
            "parley_webhook_failed", "Tries that came to nothing.", labels=["webhook"]
        )
        lag = GaugeMetricFamily("parley_webhook_lag", "Events behind.", labels=["webhook"])
        off = GaugeMetricFamily("parley_webhook_disabled", "1 when off.", labels=["webhook"])
        for name, follows in self._rooms.house.outlets.by_name.items():
            figures = follows.figures
            taken.add_metric([name], figures.taken)
            failed.add_metric([name], figures.failed)
            lag.add_metric([name], figures.lag)
            off.add_metric([name], figures.disabled)
        return [taken, failed, lag, off]


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=value)
