"""What a quick reply may be: its words judged, its actions in an order that makes sense."""

from typing import Annotated

import msgspec

from gateway.domain.macro import MOST_ACTIONS, Action, Judging, Moving, Passing, Promising
from gateway.domain.quickreply import THE_DESKS
from gateway.http.api.promises import demand_clear, named
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call
from gateway.verbs.quickreply import Author, Draft
from templates import UnknownTemplate
from templates.locales import canonical, exists
from templates.written import MAX_WORDS, faults_in, places_of, unknown_places

MAX_CHANNELS = 30
Name = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=80)]
Shortcut = Annotated[str, msgspec.Meta(pattern=r"^[\w.-]{0,32}$")]
Channel = Annotated[str, msgspec.Meta(max_length=64)]


class QuickReplyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to keep. `text` has the places of templates, as in `{{ customer_name }}`.

    With `actions` it is a macro: they are done together with the reply, all or none, in their
    order; `template` may speak in the place of `text`, or nothing.
    `locale` "" fits every customer, no `channels` means all. `shared`: the whole desk has it.
    """

    name: Name
    text: Annotated[str, msgspec.Meta(max_length=MAX_WORDS)] = ""
    template: Annotated[str, msgspec.Meta(max_length=64)] = ""
    actions: Annotated[tuple[Action, ...], msgspec.Meta(max_length=MOST_ACTIONS)] = ()
    shortcut: Shortcut = ""
    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""
    channels: Annotated[tuple[Channel, ...], msgspec.Meta(max_length=MAX_CHANNELS)] = ()
    shared: bool = False


class QuickReplyChange(QuickReplyBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same, and which version was changed: where it is not the newest, nothing is."""

    version: Annotated[int, msgspec.Meta(ge=1)]


def author_of(call: Call) -> Author:
    """Who asks, and whether they may change what is the desk's."""
    shares = Permission.WORDS_SHARE in call.actor.permissions
    return Author(name=call.actor.name, login=call.actor.login, shares=shares)


async def drafted(call: Call, asked: QuickReplyBody) -> Draft:
    """It as it is kept. Raises Problem for what could never be said or done."""
    _sound_words(call, asked.text, asked.locale)
    _sensible(call, asked)
    if asked.locale and not exists(asked.locale):
        cure = "Name it as zh-CN or en, or leave it out for every language."
        what = f"{asked.locale!r} is no locale."
        raise Problem("unknown_locale", what, status=422, what_to_do=cure)
    known = {account.channel for account in call.house.accounts.values()}
    for channel in asked.channels:
        if channel not in known:
            cure = f"There are: {', '.join(sorted(known))}."
            what = f"{channel!r} is no channel of this desk."
            raise Problem("unknown_channel", what, status=422, what_to_do=cure)
    name_sounds, text_sounds = await call.rooms.pinyin.sounds((asked.name, asked.text))
    return Draft(
        owner=THE_DESKS if asked.shared else call.actor.login,
        name=asked.name.strip(),
        shortcut=asked.shortcut,
        text=asked.text.strip(),
        template=call.house.catalog.get(asked.template).name if asked.template else "",
        actions=msgspec.json.encode(asked.actions).decode(),
        locale=canonical(asked.locale) if asked.locale else "",
        channels=msgspec.json.encode(sorted(set(asked.channels))).decode(),
        name_sounds=name_sounds,
        text_sounds=text_sounds,
    )


def _sound_words(call: Call, words: str, locale: str) -> None:
    """Raise Problem for words that no template may hold, or that speak of what nobody knows."""
    for line, what in faults_in(words):
        raise Problem(
            "unsound_words",
            f"Line {line} {what}.",
            status=422,
            what_to_do="Correct it.",
            extra={"line": line},
        )
    desk = call.house.dispatch.rulebook.desk
    known = places_of(call.house.catalog, locale or desk.locale)
    for name in unknown_places(words, known):
        raise Problem(
            "unknown_place",
            f"Nobody knows a value called {name}.",
            status=422,
            what_to_do="Use one of those that templates have, say customer_name.",
            extra={"name": name, "names": sorted(known)},
        )


def _sensible(call: Call, asked: QuickReplyBody) -> None:
    if asked.template:
        try:
            call.house.catalog.get(asked.template)
        except UnknownTemplate as error:
            raise Problem("unknown_template", str(error), status=422) from error
    elif not asked.actions and not asked.text.strip():
        raise Problem("invalid_value", "It says nothing and does nothing.")
    why = _senseless(asked)
    if why:
        raise Problem("senseless_macro", why, status=422, what_to_do="Leave one of them out.")
    for action in asked.actions:
        if isinstance(action, Promising):
            demand_clear(call, named(action.text, action.when))


def _senseless(asked: QuickReplyBody) -> str:
    """Why its parts do not go together; "" where they do."""
    if asked.template and (asked.text.strip() or not asked.actions):
        return "A template speaks by itself: it needs no words of your own, and is no quick reply."
    kinds = [type(action) for action in asked.actions]
    if len(set(kinds)) < len(kinds):
        return "It does the same thing twice."
    if Judging() in asked.actions:
        return "It corrects what the conversation is about, and does not say to what."
    if Passing in kinds and kinds[-1] is not Passing:
        return "It goes on after it has passed the conversation on; that comes last."
    resolves = any(isinstance(each, Moving) and each.verb == "resolve" for each in asked.actions)
    if resolves and {Passing, Promising} & set(kinds):
        return "It resolves the conversation, and somebody is to look after it still."
    return ""
