"""The page on which customers say how it went: a form of ours behind a signed address, no script.

Looking at it records nothing, for mail scanners follow every link before a person does.
"""

import base64
import hashlib
from html import escape
from urllib.parse import parse_qs

import msgspec
from aiohttp import web

from gateway.domain.outcome import Refusal
from gateway.domain.survey import LEAST, LONGEST_COMMENT, MOST, Survey
from gateway.http.errors import Problem
from gateway.http.headers import Class
from gateway.http.policy import Gate
from gateway.http.routes import Call, Routes, read_raw
from gateway.http.surveywords import WORDS, Words
from gateway.http.throttle import Rate
from gateway.pipeline.surveys import PATH
from gateway.store.queries import deciding, surveys
from gateway.verbs.survey import OVER, AnswerSurvey
from templates.locales import nearest

routes = Routes("Surveys")

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 16_384
MOST_FIELDS = 30
LONGEST_TAG = 35  # of a language
# The console's colours; a page of its own, for a mail's reader may have nothing else of ours.
STYLE = """
:root{color-scheme:light dark;--ground:#eef0f4;--surface:#fff;--line:#dde2ea;--edge:#808c9b;
--ink:#19202a;--accent:#0b5fc6;--accent-ink:#fff;--chosen:#e3eefb;--wrong:#b3261e}
@media (prefers-color-scheme:dark){:root{--ground:#0f1319;--surface:#171c24;--line:#2d3643;
--edge:#69778a;--ink:#e6eaf0;--accent:#6aabf9;--accent-ink:#0c1520;--chosen:#1b2f49;
--wrong:#ff9a91}}
body{margin:0;padding:1.5rem 1rem;background:var(--ground);color:var(--ink);
font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{box-sizing:border-box;max-width:40rem;margin:0 auto;padding:1.5rem;
border:1px solid var(--line);border-radius:12px;background:var(--surface)}
h1{margin:0 0 1rem;font-size:1.25rem;line-height:1.4}
p{margin:0}
fieldset{border:0;margin:0 0 1.25rem;padding:0}
legend,label.words{display:block;font-weight:600;padding:0;margin-bottom:.5rem}
.marks{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:.5rem}
.marks label{display:flex;flex-direction:column;align-items:center;gap:.4rem;min-height:44px;
padding:.6rem .25rem;border:1px solid var(--edge);border-radius:8px;font-size:.875rem;
line-height:1.3;text-align:center;text-wrap:balance;cursor:pointer}
.marks label:has(:checked){border-color:var(--accent);background:var(--chosen)}
input{width:1.1rem;height:1.1rem;margin:0;accent-color:var(--accent)}
textarea{box-sizing:border-box;width:100%;min-height:6rem;padding:.5rem .75rem;
border:1px solid var(--edge);border-radius:8px;background:var(--surface);color:inherit;font:inherit}
button{min-height:44px;margin-top:1rem;padding:0 1.5rem;border:0;border-radius:8px;
background:var(--accent);color:var(--accent-ink);font:inherit;font-weight:600;cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.wrong{margin-bottom:1rem;color:var(--wrong);font-weight:600}
@media (max-width:480px){body{padding:0}
main{min-height:100vh;padding:1.5rem 1rem;border:0;border-radius:0}
.marks{gap:.25rem}.marks label{padding:.6rem .125rem}}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    # With none at all a browser says of its own form that it comes from nowhere.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}

_names = msgspec.json.Decoder(tuple[str, ...])
_scores = msgspec.json.Decoder(dict[str, int])


class _Given(msgspec.Struct, frozen=True):
    """What a form holds. Without a score: nothing was chosen, or nonsense."""

    score: int | None
    scores: dict[str, int]
    comment: str


@routes.get(f"{PATH}/{{token}}", allow=Gate.PUBLIC, asks_who=False, kind=Class.PLAIN, listed=False)
async def survey_page(call: Call) -> web.Response:
    """The form, with what was answered so far."""
    survey, words = await _survey_of(call)
    if survey is None:
        return _page(words, words.unknown, status=404)
    if call.house.clock.now_ms() >= survey.until:
        return _page(words, words.over, status=410)
    given = _Given(survey.score, _scores.decode(survey.scores), survey.comment)
    return _form(words, survey, given)


@routes.post(
    f"{PATH}/{{token}}",
    allow=Gate.PUBLIC,
    asks_who=False,
    kind=Class.PLAIN,
    raw_body=FORM,
    listed=False,
)
async def answer_survey(call: Call) -> web.Response:
    """What the form says, recorded; said again, it corrects what was said before."""
    survey, words = await _survey_of(call)
    if survey is None:
        return _page(words, words.unknown, status=404)
    await call.rooms.throttle.hit(Rate.VISITOR_MESSAGE, f"survey:{survey.id}")
    given = _given(await _fields(call), survey)
    if given.score is None:
        return _form(words, survey, given, wrong=words.choose, status=422)
    command = AnswerSurvey(
        desk=call.desk,
        survey=survey.id,
        score=given.score,
        scores=given.scores,
        comment=given.comment,
        by="page",
    )
    with call.rooms.shedder.commit():
        answer = await call.house.store.submit(command)
    if not isinstance(answer, Refusal):
        return _page(words, words.thanks)
    if answer.code == OVER.code:
        return _page(words, words.over, status=410)
    return _form(words, survey, given, wrong=words.choose, status=422)


async def _survey_of(call: Call) -> tuple[Survey | None, Words]:
    """The survey behind the address, and the words of its customer's language."""
    store = call.house.store
    ident = call.house.survey_links.survey_of(call.param("token"))
    survey = await store.read(surveys.one, ident) if ident is not None else None
    if survey is None or survey.desk != call.desk:
        asked = call.request.headers.get("Accept-Language", "")
        return None, WORDS[nearest(asked[:LONGEST_TAG].partition(",")[0], WORDS)]
    known = (await store.read(deciding.known, (survey.conversation,))).get(survey.conversation)
    language = known.conversation.language if known is not None else ""
    language = language or call.house.dispatch.rulebook.desk.locale
    return survey, WORDS[nearest(language, WORDS)]


async def _fields(call: Call) -> dict[str, list[str]]:
    """The form as it was sent. Raises Problem."""
    if call.request.content_type != FORM:
        raise Problem("unsupported_media_type", f"The body is no form; send {FORM}.")
    raw = await read_raw(call.request, MOST_BYTES)
    try:
        return parse_qs(raw.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Problem("bad_request", "The form has too many fields.") from error


def _given(fields: dict[str, list[str]], survey: Survey) -> _Given:
    marks = {name: _mark(fields.get(name, [""])[-1]) for name in _names.decode(survey.dimensions)}
    return _Given(
        score=_mark(fields.get("score", [""])[-1]),
        scores={name: mark for name, mark in marks.items() if mark is not None},
        comment=fields.get("comment", [""])[-1][:LONGEST_COMMENT],
    )


def _mark(text: str) -> int | None:
    marks = {str(mark): mark for mark in range(LEAST, MOST + 1)}
    return marks.get(text)


def _form(
    words: Words, survey: Survey, given: _Given, *, wrong: str = "", status: int = 200
) -> web.Response:
    asked = [("score", words.whole, given.score, True)]
    asked += [
        (name, words.dimensions[name], given.scores.get(name), False)
        for name in _names.decode(survey.dimensions)
    ]
    told = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    sets = "".join(_marks(words, *each) for each in asked)
    body = (
        f'{told}<form method="post">{sets}'
        f'<label class="words" for="comment">{escape(words.comment)}</label>'
        f'<textarea id="comment" name="comment" maxlength="{LONGEST_COMMENT}">'
        f"{escape(given.comment)}</textarea>"
        f'<button type="submit">{escape(words.send)}</button></form>'
    )
    return _page(words, body=body, status=status)


def _marks(words: Words, name: str, legend: str, given: int | None, required: bool) -> str:
    """Five radio buttons, the best first as it is read most."""
    out = [f'<fieldset><legend>{escape(legend)}</legend><div class="marks">']
    for mark in range(MOST, LEAST - 1, -1):
        state = (" checked" if mark == given else "") + (" required" if required else "")
        out.append(
            f'<label><input type="radio" name="{name}" value="{mark}"{state}>'
            f"<b>{mark}</b> <span>{escape(words.marks[mark])}</span></label>"
        )
    return "".join([*out, "</div></fieldset>"])


def _page(words: Words, told: str = "", *, body: str = "", status: int = 200) -> web.Response:
    inner = body or f"<p>{escape(told)}</p>"
    text = (
        f'<!doctype html>\n<html lang="{words.locale}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(words.title)}</title>\n<style>{STYLE}</style>\n"
        f"<main><h1>{escape(words.title)}</h1>{inner}</main>\n</html>\n"
    )
    return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)
