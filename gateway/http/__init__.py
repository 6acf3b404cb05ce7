"""What users and providers meet over HTTP: webhooks, the API, sockets, pages."""

from gateway.http.app import make_app
from gateway.http.house import DemoInfo, DemoLogin, House
from gateway.http.routes import Call, Route, Routes
from gateway.http.server import GuardedRunner, serve

__all__ = [
    "Call",
    "DemoInfo",
    "DemoLogin",
    "GuardedRunner",
    "House",
    "Route",
    "Routes",
    "make_app",
    "serve",
]
