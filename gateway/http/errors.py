"""Problem documents (RFC 9457): what happened, and what to do now. Never a stack trace."""

from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from gateway.domain.outcome import Refusal

CONTENT_TYPE = "application/problem+json"
DOCS = "/api/docs#problem-"

_encode = msgspec.json.Encoder().encode


class Kind(NamedTuple):
    """What a code means when nobody says more."""

    status: int
    title: str
    detail: str
    what_to_do: str


# Codes that HTTP itself gives. Refusals of commands bring their own words.
KINDS: dict[str, Kind] = {
    "bad_request": Kind(
        400, "Bad request", "This is not a request we can read.", "Send well-formed HTTP/1.1."
    ),
    "bad_frame": Kind(
        400, "Bad frame", "This frame breaks the protocol.", "Reload the page, then try again."
    ),
    "invalid_json": Kind(
        400, "Not JSON", "The body is not JSON of the right shape.", "See /api/docs for the shape."
    ),
    "invalid_query": Kind(
        400, "Wrong query", "A query parameter is wrong.", "See /api/docs for its values."
    ),
    "signed_out": Kind(401, "Signed out", "Nobody is signed in here.", "Sign in, then try again."),
    "wrong_credentials": Kind(
        401,
        "Not signed in",
        "The name, the password or the code is wrong.",
        "Check them; after several tries wait a while.",
    ),
    "totp_required": Kind(
        401, "Code needed", "This account asks for a code too.", "Enter the code of your device."
    ),
    "wrong_code": Kind(
        422,
        "Wrong code",
        "The device shows another code.",
        "Enter the code it shows now; its clock must be right.",
    ),
    "totp_unreadable": Kind(
        409,
        "Code cannot be checked",
        "This account's second factor was sealed with another master key.",
        "Put the master key back; or an administrator takes the second factor away.",
    ),
    "local_sign_in_off": Kind(
        403,
        "No passwords here",
        "Nobody signs in by a password at this desk.",
        "Sign in by the provider that the sign-in page names.",
    ),
    "oidc_off": Kind(
        404,
        "No provider",
        "Nobody signs in by a provider at this desk.",
        "Sign in by your password.",
    ),
    "oidc_denied": Kind(
        403,
        "Refused by the provider",
        "The provider did not let you in, or you turned back there.",
        "Try again; if it stays, ask whoever runs the provider.",
    ),
    "oidc_state": Kind(
        403,
        "Not the sign-in that was begun",
        "This answer belongs to no sign-in of this browser, or was used already.",
        "Begin anew, in one window.",
    ),
    "oidc_expired": Kind(
        403,
        "Too late",
        "Signing in took longer than ten minutes.",
        "Begin anew.",
    ),
    "oidc_wrong": Kind(
        403,
        "Answer does not hold",
        "What the provider says could not be proved.",
        "Try again; if it stays, whoever runs this desk finds the reason in its log.",
    ),
    "oidc_unverified": Kind(
        403,
        "E-mail not verified",
        "The provider has not verified your e-mail address.",
        "Have it verified there; or ask your administrator for an invitation.",
    ),
    "oidc_not_linked": Kind(
        403,
        "Not known here",
        "Nobody here is linked to this account of the provider.",
        "Ask your administrator for an invitation, and take it by this provider.",
    ),
    "oidc_down": Kind(
        503,
        "Provider away",
        "The provider does not answer as it should.",
        "Try again in a few minutes.",
    ),
    "draft_off": Kind(
        404, "No drafts", "No model drafts replies at this desk.", "Write the reply yourself."
    ),
    "draft_nothing": Kind(
        409,
        "Nothing to answer",
        "The customer has written no words yet that a draft could answer.",
        "Write the reply yourself.",
    ),
    "draft_replaced": Kind(
        409, "Asked again", "You have asked for another draft since.", "Wait for that one."
    ),
    "draft_busy": Kind(
        503,
        "Too many drafts",
        "The model is drafting for as many colleagues as it may.",
        "Write the reply yourself, or try again in a few seconds.",
    ),
    "draft_budget": Kind(
        429,
        "Budget spent",
        "The desk has asked for as many drafts as it may in a day.",
        "Write the reply yourself; Retry-After says when there are drafts again.",
    ),
    "draft_limited": Kind(
        503,
        "Model busy",
        "The model takes no more for now.",
        "Write the reply yourself, or try again after the seconds that Retry-After says.",
    ),
    "draft_timeout": Kind(
        504,
        "Model too slow",
        "The model did not answer in time.",
        "Write the reply yourself, or try again.",
    ),
    "draft_down": Kind(
        502,
        "Model away",
        "The model does not answer as it should.",
        "Write it yourself; if it stays, whoever runs this desk finds the reason in its log.",
    ),
    "draft_unusable": Kind(
        502,
        "No use",
        "What the model wrote is no reply: nothing, too much, or no text.",
        "Write the reply yourself, or try again.",
    ),
    "forbidden": Kind(
        403,
        "Not allowed",
        "Your role does not allow this.",
        "Ask an administrator for the permission.",
    ),
    "reauth_required": Kind(
        403,
        "Sign in again",
        "This asks for a sign-in of the last five minutes.",
        "Sign in again, then repeat it.",
    ),
    "wrong_origin": Kind(
        403,
        "Wrong origin",
        "The request comes from another site.",
        "Send it from Parley's own pages, with X-Parley: 1; programs use an API token.",
    ),
    "unauthentic": Kind(
        403,
        "Not authentic",
        "The delivery is not proved to come from the provider.",
        "Check the account's secret and public_url on both sides.",
    ),
    "not_found": Kind(
        404, "Not found", "There is nothing here.", "Check the address; it may be another desk's."
    ),
    "method_not_allowed": Kind(
        405, "Method not allowed", "This address takes other methods.", "See the Allow header."
    ),
    "request_timeout": Kind(
        408, "Too slow", "The request did not arrive in time.", "Send it again, faster."
    ),
    "too_large": Kind(
        413, "Too large", "The body is larger than this address takes.", "Send less at once."
    ),
    "unsupported_media_type": Kind(
        415,
        "Wrong type",
        "This address does not take that type.",
        "Send the type that /api/docs names, not compressed.",
    ),
    "upgrade_required": Kind(
        426,
        "Upgrade required",
        "This address is spoken to by WebSocket.",
        "Ask for an upgrade to websocket, version 13.",
    ),
    "expectation_failed": Kind(
        417, "Expectation failed", "Only 100-continue can be expected.", "Leave the header out."
    ),
    "invalid_value": Kind(
        422, "Wrong value", "A value is not allowed here.", "See /api/docs for what is."
    ),
    "weak_password": Kind(
        422,
        "Password too weak",
        "This password would be guessed.",
        "Take at least 12 characters, better several words that do not belong together.",
    ),
    "too_many_requests": Kind(
        429, "Too many requests", "That was too often.", "Wait as long as Retry-After says."
    ),
    "internal": Kind(
        500,
        "Our mistake",
        "Something went wrong on our side.",
        "Try again; if it stays, give the error id to whoever runs this.",
    ),
    "unavailable": Kind(
        503,
        "Not now",
        "The store does not take anything just now.",
        "Try again after the seconds that Retry-After says.",
    ),
    "overloaded": Kind(
        503,
        "Busy",
        "There is too much to do; messages of customers come first.",
        "Try again after the seconds that Retry-After says.",
    ),
    "too_many_connections": Kind(
        503,
        "Too many connections",
        "There are too many connections from your address.",
        "Close some, then try again.",
    ),
    "stopping": Kind(
        503, "Restarting", "This node is about to stop.", "Try again in a few seconds."
    ),
}


class Problem(Exception):
    """A request that gets a problem document for an answer."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        what_to_do: str = "",
        status: int | None = None,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.what_to_do = what_to_do
        self.status = status
        self.extra = extra or {}
        self.headers = headers or {}


NOT_FOUND = "not_found"


def of_refusal(refusal: Refusal) -> Problem:
    """A command's refusal, in HTTP's words. What is not there and what is not yours sound alike."""
    if refusal.code == NOT_FOUND:
        return Problem(NOT_FOUND)
    return Problem(
        refusal.code,
        refusal.detail,
        what_to_do=refusal.what_to_do,
        status=refusal.status,
        extra=refusal.extra,
    )


def document(problem: Problem) -> dict[str, Any]:
    """The problem as RFC 9457 has it, with `code` and `what_to_do` of our own."""
    kind = KINDS.get(problem.code)
    title = kind.title if kind else problem.code.replace("_", " ").capitalize()
    return problem.extra | {
        "type": DOCS + problem.code,
        "title": title,
        "status": status_of(problem),
        "detail": problem.detail or (kind.detail if kind else title),
        "what_to_do": problem.what_to_do or (kind.what_to_do if kind else ""),
        "code": problem.code,
    }


def status_of(problem: Problem) -> int:
    """Its HTTP status."""
    kind = KINDS.get(problem.code)
    return problem.status or (kind.status if kind else 409)


def body_of(problem: Problem) -> bytes:
    """Its document as bytes."""
    return _encode(document(problem))


def response(problem: Problem, headers: dict[str, str]) -> web.Response:
    """The answer, with the headers of its response class."""
    return web.Response(
        status=status_of(problem),
        body=body_of(problem),
        content_type=CONTENT_TYPE,
        headers=headers | {"Cache-Control": "no-store"} | problem.headers,
    )


def wire_problem(code: str) -> bytes:
    """A whole HTTP answer that closes the connection, for when there is no request to answer."""
    problem = Problem(code)
    body = body_of(problem)
    status = status_of(problem)
    head = (
        f"HTTP/1.1 {status} {document(problem)['title']}",
        f"Content-Type: {CONTENT_TYPE}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        "Connection: close",
        "Retry-After: 5" if status == 503 else "",
    )
    return "\r\n".join(filter(None, head)).encode() + b"\r\n\r\n" + body
