"""Wordings: what each template says in each locale, saved version by version while people work."""

import asyncio
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from config import Rulebook
from gateway.domain.clock import rfc3339
from gateway.domain.quickreply import Source
from gateway.domain.savedwords import SavedWords
from gateway.http.api.paging import named
from gateway.http.api.rulebook import HistoryQuery, broken_adapter, rulebook_of, while_changed
from gateway.http.api.sounding import sounded
from gateway.http.api.templates import usage_view
from gateway.http.api.wordshapes import (
    MAX_NOTE,
    Back,
    LocaleView,
    PlaceView,
    RowsQuery,
    TemplateRow,
    TemplateRows,
    VersionRow,
    VersionRows,
    WordingBody,
    WordingChange,
    WordingCheck,
    WordingSaved,
    WordingView,
    fault_views,
    remark_view,
    shown_view,
    wording_from,
)
from gateway.http.errors import Problem, of_refusal
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.writes import replayed, submit
from gateway.pipeline.naming import told_by
from gateway.pipeline.wordbook import Stand, content_of
from gateway.pipeline.wordcheck import Judged, Readers, Remark, channels_of, judged, unsaid
from gateway.registry import RegistryError
from gateway.store.queries import phrases, savedwords
from gateway.verbs.refusals import changed_meanwhile
from gateway.verbs.savedwords import SaveWords
from templates import Wording
from templates.courtesy import Level
from templates.locales import canonical, exists
from templates.saved import mark_of
from templates.sound import base_of
from templates.values import one_line

routes = Routes("Templates")

MOST_DIGITS = 15
PLACE = "/api/v1/wordings/{name}/{locale}"


@routes.get(
    "/api/v1/wordings", allow=Permission.TEMPLATE_READ, query=RowsQuery, answer=TemplateRows
)
async def list_wordings(call: Call) -> TemplateRows:
    """Every template: where it is worded, since when and by whom, and how often it is used."""
    book, catalog = call.house.wordbook, call.house.catalog
    locale = call.query.locale or call.house.dispatch.rulebook.desk.locale
    names, following = named(catalog.names(), call.query)
    used = await call.house.store.read(phrases.usages, call.desk, Source.TEMPLATE)
    wordings = {name: catalog.get(name).wording(locale) for name in names}
    sounds = await sounded(call, (each.purpose for each in wordings.values()))
    items = tuple(
        TemplateRow(
            name=name,
            purpose=wording.purpose,
            owner=wording.owner,
            keywords=catalog.get(name).keywords,
            sounds=sounds[wording.purpose],
            locales=tuple(LocaleView(**_of_locale(stand)) for stand in book.stands(name)),
            used=usage_view(used.get(name), call.house.clock.now_ms()),
        )
        for name, wording in wordings.items()
    )
    return TemplateRows(items=items, next=following)


def _of_locale(stand: Stand) -> dict[str, Any]:
    wording, saved = stand.wording, stand.saved
    return {
        "locale": stand.locale,
        "channels": wording.channels if wording is not None else (),
        "origin": wording.origin.value if wording is not None else "",
        "version": stand.version,
        "changed_by": saved.by if saved is not None else "",
        "changed_at": rfc3339(saved.at) if saved is not None else None,
        "file_changed": stand.file_changed,
    }


def _view(stand: Stand, wording: Wording | None) -> WordingView:
    """A stand, and words that are in force there or were."""
    said = wording or Wording(locale=stand.locale, purpose="", variables=(), variants={})
    return WordingView(
        **_of_locale(stand),
        name=stand.name,
        purpose=said.purpose,
        owner=said.owner,
        keywords=said.keywords,
        only=said.only,
        variables=tuple(
            PlaceView(
                name=v.name,
                type=v.type.value,
                example=str(v.example),
                meaning=v.meaning,
                fallback=v.fallback,
            )
            for v in said.variables
        ),
        approved=dict(said.approved),
        words=dict(said.variants),
        note=stand.saved.note if stand.saved is not None else "",
    )


def _stand(call: Call) -> Stand:
    """How it stands with what the path names. Raises Problem for what is no locale."""
    locale = call.param("locale")
    if not exists(locale):
        what = f"{locale!r} is no locale."
        cure = "Name it as zh-CN or en."
        raise Problem("unknown_locale", what, status=422, what_to_do=cure)
    return call.house.wordbook.stand(call.param("name"), canonical(locale))


@routes.get(PLACE, allow=Permission.TEMPLATE_READ, answer=WordingView)
async def read_wording(call: Call) -> WordingView:
    """What a template says in a locale, and since when."""
    stand = _stand(call)
    if stand.wording is None and stand.saved is None:
        raise Problem("not_found", f"{stand.name} is not worded in {stand.locale}.")
    return _view(stand, stand.wording)


@routes.post(PLACE + "/check", allow=Permission.WORDS_SHARE, body=WordingBody, answer=WordingCheck)
async def check_wording(call: Call) -> WordingCheck:
    """All that is wrong with words before they are saved, and how each channel would show them.

    The values are the examples, and what the desk says of itself. Nothing is kept.
    """
    stand = _stand(call)
    rulebook = call.house.dispatch.rulebook
    found = await _judged(call, stand, wording_from(call.body, stand.locale), rulebook)
    return WordingCheck(
        faults=fault_views(found.faults),
        remarks=tuple(map(remark_view, found.remarks)),
        shown=tuple(map(shown_view, found.shown)),
    )


@routes.put(PLACE, allow=Permission.WORDS_SHARE, body=WordingChange, answer=WordingSaved)
async def save_wording(call: Call) -> WordingSaved:
    """Say it so from now on, on every node, unless somebody else has changed it meanwhile.

    A template that there was not is new. Words with a fault, or which courtesy blocks, are refused;
    other remarks of courtesy too, unless `anyway` is set.
    """
    asked: WordingChange = call.body
    wording = wording_from(asked, _stand(call).locale)
    return await _save(call, wording, asked.version, asked.note, anyway=asked.anyway)


@routes.post(PLACE + "/back", allow=Permission.WORDS_SHARE, body=Back, answer=WordingSaved)
async def bring_back(call: Call) -> WordingSaved:
    """Say what an old version said, as a new version; of version 0, what the files say."""
    asked: Back = call.body
    stand = _stand(call)
    if stand.wording is None and stand.saved is None:
        raise Problem("not_found", f"{stand.name} is not worded in {stand.locale}.")
    wording = await _version(call, stand, asked.to) if asked.to else None
    return await _save(call, wording, asked.version, asked.note, anyway=True)


async def _save(
    call: Call, wording: Wording | None, version: int, note: str, *, anyway: bool
) -> WordingSaved:
    before = await replayed(call, SavedWords)
    if before is not None:
        return _saved(before)

    async def keep() -> SavedWords:
        return await _kept(call, wording, version, note, anyway=anyway)

    kept = await while_changed("rulebook_changed", keep)
    await call.house.wordbook.load()
    return _saved(kept)


async def _kept(
    call: Call, wording: Wording | None, version: int, note: str, *, anyway: bool
) -> SavedWords:
    """Saved, if they are sound under the rulebook that is in force when they are."""
    await call.house.wordbook.load()
    stand, (in_force, rulebook) = _stand(call), await rulebook_of(call)
    if stand.saved is not None and stand.version != version:
        raise of_refusal(changed_meanwhile(stand.version, stand.saved.by))
    await _demand_sound(call, stand, wording, rulebook, anyway=anyway)
    content = ""
    if wording is not None:
        filed = stand.filed.version if stand.filed is not None else 0
        content = msgspec.json.encode(replace(wording, version=filed + version + 1)).decode()
    command = SaveWords(
        desk=call.desk,
        name=stand.name,
        locale=stand.locale,
        content=content,
        over=mark_of(stand.filed),
        by=call.actor.name,
        version=version,
        note=_line_of_note(note),
        rulebook=in_force,
    )
    return await submit(call, command, SavedWords)


def _line_of_note(note: str) -> str:
    """As any line of text. Raises Problem for several."""
    try:
        return one_line(note, MAX_NOTE)
    except ValueError as error:
        raise Problem("invalid_value", f"The note {error}.", status=422) from error


def _saved(kept: SavedWords) -> WordingSaved:
    return WordingSaved(version=kept.version, at=rfc3339(kept.at))


async def _demand_sound(
    call: Call, stand: Stand, wording: Wording | None, rulebook: Rulebook, *, anyway: bool
) -> None:
    """Raises Problem for words that must not be said so, with all that is wrong."""
    found = await _judged(call, stand, wording, rulebook)
    if found.faults:
        first = found.faults[0]
        raise Problem(
            "unsound_words",
            f"Faults: {len(found.faults)}; the first: {first.what}",
            status=422,
            what_to_do="Mend them, then save.",
            extra={"line": first.line, "faults": _plain(fault_views(found.faults))},
        )
    blocking = [each for each in found.remarks if each.finding.level is Level.BLOCK]
    if blocking:
        why = "The wording does not pass the courtesy check"
        raise Problem("courtesy", status=422, **_said(why, blocking))
    asking = [each for each in found.remarks if each.finding.level is Level.WARN]
    if asking and not anyway:
        raise Problem("remarks_left", status=409, **_said("There are remarks on it", asking))


def _said(why: str, remarks: list[Remark]) -> dict[str, Any]:
    """What a refusal for the sake of remarks says."""
    rules = ", ".join(dict.fromkeys(each.finding.rule for each in remarks))
    return {
        "detail": f"{why}: {rules}.",
        "what_to_do": "; ".join(dict.fromkeys(each.finding.message for each in remarks)),
        "extra": {"remarks": _plain(tuple(map(remark_view, remarks)))},
    }


def _plain(views: tuple[Any, ...]) -> Any:
    return msgspec.to_builtins(views)


async def _judged(call: Call, stand: Stand, wording: Wording | None, rulebook: Rulebook) -> Judged:
    """It takes a while, away from the loop. Raises Problem where an adapter cannot be asked."""
    book, readers = call.house.wordbook, _readers(call)

    def look() -> Judged:
        found = judged(stand.name, wording, readers) if wording else Judged([], [], [])
        if found.faults:
            return found
        after = book.supposing(stand.name, stand.locale, wording)
        return found._replace(faults=unsaid(rulebook, book.in_force(), after))

    try:
        return await asyncio.to_thread(look)
    except RegistryError as error:
        raise broken_adapter(error) from error


def _readers(call: Call) -> Readers:
    """This desk's customers."""
    house, inforce = call.house, call.house.dispatch.inforce
    desk = inforce.rulebook.desk
    channels = channels_of(house.accounts.values())
    filed = house.wordbook.filed
    wordings = (each for name in filed.names() for each in filed.get(name).wordings.values())
    known = {*channels, *(base_of(part) for each in wordings for part in each.variants if part)}
    return Readers(
        channels=channels,
        values=partial(told_by, inforce.rulebook),
        timezone=desk.timezone,
        at=house.clock.now_ms(),
        hours=inforce.calendar_of_queue(desk.default_queue),
        strictness=inforce.strictness,
        # Only where nobody here has it are all adapters asked, which imports them.
        is_channel=lambda name: name in known or name in house.all_channels(),
    )


@routes.get(
    PLACE + "/history", allow=Permission.TEMPLATE_READ, query=HistoryQuery, answer=VersionRows
)
async def read_versions(call: Call) -> VersionRows:
    """Who saved it, when and why."""
    stand, asked = _stand(call), call.query
    found = await call.house.store.read(
        savedwords.versions, call.desk, stand.name, stand.locale, asked.cursor, asked.limit + 1
    )
    page = found[: asked.limit]
    return VersionRows(
        items=tuple(
            VersionRow(
                version=v.version, by=v.by, at=rfc3339(v.at), note=v.note, files=not v.content
            )
            for v in page
        ),
        next=page[-1].version if len(found) > asked.limit else None,
    )


@routes.get(PLACE + "/history/{version}", allow=Permission.TEMPLATE_READ, answer=WordingView)
async def read_version(call: Call) -> WordingView:
    """What a version said; 0 is what the files say."""
    stand, version = _stand(call), call.param("version")
    if not (version.isascii() and version.isdecimal()) or len(version) > MOST_DIGITS:
        raise Problem("not_found")
    return _view(stand, await _version(call, stand, int(version)))


async def _version(call: Call, stand: Stand, version: int) -> Wording | None:
    """Its words; None where it went back to the files and these say nothing."""
    if not version:
        return stand.filed
    found = await call.house.store.read(
        savedwords.version, call.desk, stand.name, stand.locale, version
    )
    if found is None:
        raise Problem("not_found", f"There was no version {version}.")
    return content_of(found) if found.content else stand.filed
