"""Who may come through which door: every route, every role. A route that is not listed fails."""

import re

import pytest
from aiohttp import web

from gateway.domain.access import Role
from gateway.http import Route, make_app
from gateway.http.app import all_routes, make_rooms
from gateway.http.policy import Gate
from gateway.http.routes import UndeclaredRoute

EVERYBODY = "nobody agent supervisor ops admin auditor"
SIGNED_IN = "agent supervisor ops admin auditor"
READERS = "agent supervisor admin auditor"
WRITERS = "agent supervisor admin"
FOLLOWERS = "supervisor ops admin auditor"

MAY = {
    "GET /in/{account}": EVERYBODY,
    "POST /in/{account}": EVERYBODY,
    "GET /in/{account}/{rest:.*}": EVERYBODY,
    "POST /in/{account}/{rest:.*}": EVERYBODY,
    "POST /api/v1/session": EVERYBODY,
    "GET /api/v1/session/ways": EVERYBODY,
    "POST /api/v1/session/oidc": EVERYBODY,
    "GET /api/v1/session/oidc": EVERYBODY,
    "GET /api/v1/session": SIGNED_IN,
    "DELETE /api/v1/session": SIGNED_IN,
    "POST /api/v1/invites/{token}": EVERYBODY,
    "GET /api/v1/demo": EVERYBODY,
    "POST /api/v1/demo/session": EVERYBODY,
    "GET /api/v1/me/sessions": SIGNED_IN,
    "DELETE /api/v1/me/sessions/{id}": SIGNED_IN,
    "GET /api/v1/me/totp": SIGNED_IN,
    "POST /api/v1/me/totp": SIGNED_IN,
    "PUT /api/v1/me/totp": SIGNED_IN,
    "DELETE /api/v1/me/totp": SIGNED_IN,
    "PUT /api/v1/me/presence": WRITERS,
    "GET /api/v1/sending": SIGNED_IN,
    "PUT /api/v1/sending": "ops admin",
    "GET /api/v1/offers": WRITERS,
    "POST /api/v1/offers/{id}/accept": WRITERS,
    "POST /api/v1/offers/{id}/decline": WRITERS,
    "POST /api/v1/conversations/{id}/take": WRITERS,
    "POST /api/v1/conversations/{id}/transfer": WRITERS,
    "POST /api/v1/conversations/{id}/wrapup/end": WRITERS,
    "POST /api/v1/conversations/{id}/wrapup/extend": WRITERS,
    "POST /api/v1/conversations/{id}/call/hold": WRITERS,
    "POST /api/v1/conversations/{id}/call/hangup": WRITERS,
    "POST /api/v1/conversations/{id}/call/consult": WRITERS,
    "GET /api/v1/callbacks": READERS,
    "POST /api/v1/callbacks": WRITERS,
    "GET /api/v1/callbacks/slots": READERS,
    "POST /api/v1/callbacks/{id}/confirm": WRITERS,
    "POST /api/v1/callbacks/{id}/reschedule": WRITERS,
    "POST /api/v1/callbacks/{id}/cancel": WRITERS,
    "GET /api/v1/promises": READERS,
    "POST /api/v1/conversations/{id}/promises": WRITERS,
    "POST /api/v1/promises/{id}/keep": WRITERS,
    "POST /api/v1/promises/{id}/withdraw": WRITERS,
    "GET /api/v1/scheduled": READERS,
    "PATCH /api/v1/scheduled/{id}": WRITERS,
    "POST /api/v1/scheduled/{id}/cancel": WRITERS,
    "POST /api/v1/scheduled/{id}/send": WRITERS,
    "GET /api/v1/conversations/{id}/surveys": READERS,
    "GET /api/v1/me/softphone": WRITERS,
    "GET /api/v1/conversations": READERS,
    "GET /api/v1/conversations/{id}": READERS,
    "GET /api/v1/conversations/{id}/timeline": READERS,
    "GET /api/v1/conversations/{id}/explain": READERS,
    "POST /api/v1/conversations/{id}/judgement": WRITERS,
    "POST /api/v1/conversations/{id}/read": READERS,
    "POST /api/v1/conversations/{id}/status": WRITERS,
    "POST /api/v1/conversations/{id}/hold": WRITERS,
    "POST /api/v1/conversations/{id}/resolve": WRITERS,
    "POST /api/v1/conversations/{id}/reopen": WRITERS,
    "POST /api/v1/conversations/{id}/merge": WRITERS,
    "POST /api/v1/conversations/{id}/split": WRITERS,
    "POST /api/v1/conversations/{id}/typing": WRITERS,
    "POST /api/v1/conversations/{id}/reply": WRITERS,
    "POST /api/v1/conversations/{id}/courtesy": WRITERS,
    "POST /api/v1/conversations/{id}/draft": WRITERS,
    "POST /api/v1/conversations/{id}/notes": WRITERS,
    "POST /api/v1/messages/{id}/resend": WRITERS,
    "POST /api/v1/messages/{id}/arrived": WRITERS,
    "POST /api/v1/messages/{id}/withdraw": WRITERS,
    "POST /api/v1/messages/{id}/reroute": WRITERS,
    "POST /api/v1/uploads": WRITERS,
    "GET /api/v1/attachments/{id}": READERS,
    "GET /api/v1/attachments/{id}/thumbnail": READERS,
    "GET /api/v1/messages/{id}/html": READERS,
    "GET /api/v1/contacts": READERS,
    "GET /api/v1/contacts/{id}": READERS,
    "PATCH /api/v1/contacts/{id}": WRITERS,
    "POST /api/v1/contacts/{id}/merge": WRITERS,
    "POST /api/v1/contacts/{id}/unmerge": WRITERS,
    "GET /api/v1/search": READERS,
    "GET /api/v1/templates": SIGNED_IN,
    "POST /api/v1/templates/{name}/render": SIGNED_IN,
    "GET /api/v1/wordings": SIGNED_IN,
    "GET /api/v1/wordings/{name}/{locale}": SIGNED_IN,
    "PUT /api/v1/wordings/{name}/{locale}": "supervisor admin",
    "POST /api/v1/wordings/{name}/{locale}/check": "supervisor admin",
    "GET /api/v1/wordings/{name}/{locale}/history": SIGNED_IN,
    "GET /api/v1/wordings/{name}/{locale}/history/{version}": SIGNED_IN,
    "POST /api/v1/wordings/{name}/{locale}/back": "supervisor admin",
    "GET /api/v1/quick-replies": SIGNED_IN,
    "GET /api/v1/knowledge": SIGNED_IN,
    "GET /api/v1/knowledge/{id}": SIGNED_IN,
    "POST /api/v1/quick-replies": WRITERS,
    "PUT /api/v1/quick-replies/{id}": WRITERS,
    "DELETE /api/v1/quick-replies/{id}": WRITERS,
    "POST /api/v1/quick-replies/{id}/render": SIGNED_IN,
    "POST /api/v1/conversations/{id}/macros/{macro}": WRITERS,
    "POST /api/v1/conversations/{id}/macros/{macro}/back": WRITERS,
    "GET /api/v1/queues": SIGNED_IN,
    "GET /api/v1/agents": SIGNED_IN,
    "GET /api/v1/channels": SIGNED_IN,
    "GET /api/v1/users": "admin",
    "POST /api/v1/users": "admin",
    "PATCH /api/v1/users/{login}": "admin",
    "GET /api/v1/tokens": "admin",
    "POST /api/v1/tokens": "admin",
    "DELETE /api/v1/tokens/{id}": "admin",
    "GET /api/v1/dead": "ops admin auditor",
    "POST /api/v1/dead/{id}/{what}": "ops admin",
    "GET /api/v1/audit": "ops admin auditor",
    "GET /api/v1/queues/recent": SIGNED_IN,
    "GET /api/v1/reports/response": FOLLOWERS,
    "GET /api/v1/reports/callbacks": FOLLOWERS,
    "GET /api/v1/reports/promises": FOLLOWERS,
    "GET /api/v1/reports/satisfaction": FOLLOWERS,
    "GET /api/v1/reports/questions": FOLLOWERS,
    "GET /api/v1/webhooks": "ops admin auditor",
    "POST /api/v1/webhooks/{name}/enable": "ops admin",
    "POST /api/v1/webhooks/{name}/disable": "ops admin",
    "POST /api/v1/webhooks/{name}/replay": "ops admin",
    "GET /api/v1/rulebook": FOLLOWERS,
    "GET /api/v1/rulebook/history": FOLLOWERS,
    "POST /api/v1/rulebook/plan": "ops admin",
    "POST /api/v1/rulebook/apply": "ops admin",
    "POST /api/v1/rulebook/rollback": "ops admin",
    "GET /api/v1/live": SIGNED_IN,
    "GET /api/v1/stream": FOLLOWERS,
    "GET /chat/{account}": EVERYBODY,
    "GET /chat/{account}/widget.js": EVERYBODY,
    "GET /survey/{token}": EVERYBODY,
    "POST /survey/{token}": EVERYBODY,
    "POST /chat/{account}/files": EVERYBODY,
    "OPTIONS /chat/{account}/files": EVERYBODY,
    "GET /chat/{account}/files/{id}": EVERYBODY,
    "OPTIONS /chat/{account}/files/{id}": EVERYBODY,
    "GET /media/{until}/{mac}/{name}": EVERYBODY,  # who has an address of ours
    "GET /livez": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "GET /api/openapi.json": EVERYBODY,
    "GET /api/docs": EVERYBODY,
    "GET /{path:.*}": EVERYBODY,
}

# A stranger is refused at these doors by what they ask for, not by who they are.
OWN_RULES = {
    "POST /chat/{account}/files",  # 401: the visitor's own token
    "GET /chat/{account}/files/{id}",
    "POST /api/v1/session",  # 422: the body is empty
}
ROLE_OF = {
    "nobody": "",
    Role.AGENT: "emma",
    Role.SUPERVISOR: "sue",
    Role.OPS: "olga",
    Role.ADMIN: "ada",
    Role.AUDITOR: "aude",
}


def declared(desk) -> list[Route]:
    return all_routes(make_rooms(desk.house))


async def test_every_route_is_listed(desk) -> None:
    """A new route is not served before somebody wrote down here who may use it."""
    names = [route.name for route in declared(desk)]
    assert sorted(names) == sorted(MAY)
    assert all(route.allow in Gate or str(route.allow) for route in declared(desk))


async def test_every_route_for_every_role(desk) -> None:
    """Who may not is refused before anything else is looked at; who may is not."""
    wrong = []
    for route in declared(desk):
        path = re.sub(
            r"{(\w+)(:[^}]*)?}", "shop" if route.path.startswith("/chat") else "x", route.path
        )
        for role, login in ROLE_OF.items():
            who = await desk.person(login) if login else desk.nobody
            # A position beyond the log ends the stream at once.
            answer = await who(route.method, path, headers={"Last-Event-ID": "999999"})
            refused = answer.status == (401 if role == "nobody" else 403)
            if route.name in OWN_RULES:
                continue
            may = str(role) in MAY[route.name].split()
            if may is refused:
                wrong.append(f"{route.name} as {role}: {answer.status} {answer.body[:200]!r}")
    assert not wrong, "\n".join(wrong)


async def test_scopes_of_tokens(desk) -> None:
    """A token opens what its scopes say, as long as its maker may do it too, and no more."""
    ada = await desk.person("ada")
    made = await ada("POST", "/api/v1/tokens", {"name": "bot", "scopes": ["queue:read"]})
    assert made.status == 201
    bot = {"Authorization": f"Bearer {made.json['secret']}"}
    assert (await desk.nobody("GET", "/api/v1/queues", headers=bot)).status == 200
    assert (await desk.nobody("GET", "/api/v1/agents", headers=bot)).code == "forbidden"
    listed = (await ada("GET", "/api/v1/tokens")).json["items"]
    assert listed[0]["used_at"] is not None
    secret = made.json["secret"]
    wrong = {"Authorization": f"Bearer {secret[:-1]}{'y' if secret.endswith('x') else 'x'}"}
    assert (await desk.nobody("GET", "/api/v1/queues", headers=wrong)).status == 401
    gone = await ada("DELETE", f"/api/v1/tokens/{made.json['token']['id']}")
    assert gone.status == 204
    assert (await desk.nobody("GET", "/api/v1/queues", headers=bot)).status == 401


async def test_a_route_past_the_table_does_not_start(desk) -> None:
    """An address that was added without saying whom it allows keeps the house from opening."""
    app = make_app(desk.house)

    async def open_to_all(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/backdoor", open_to_all)
    runner = web.AppRunner(app)
    with pytest.raises(UndeclaredRoute, match="/backdoor"):
        await runner.setup()


def test_a_route_must_say_whom_it_allows() -> None:
    """There is no default: forgetting to say so is no route at all."""

    async def handler(_: object) -> None:
        return None

    with pytest.raises(TypeError, match="allow"):
        Route(method="GET", path="/x", handler=handler, tag="x")  # type: ignore[call-arg]
