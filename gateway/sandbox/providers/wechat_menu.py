"""The menu of a WeChat Official Account in a box: what WeChat checks of it, and what it tells.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html
"""

from collections.abc import Callable, Iterable
from typing import Any

from gateway.sandbox.providers.said import Entry, Json, Refused

No = Callable[[int, str], Refused]

MOST, MOST_UNDER = 3, 5
NAME_BYTES, NAME_UNDER_BYTES = 16, 60
# Of each kind: which field it has, how many bytes of it, and what WeChat says of another length on
# the first and on the second level.
KEY_SIZE = ((40019, "invalid button key size"), (40026, "invalid sub button key size"))
URL_SIZE = ((40020, "invalid button url size"), (40027, "invalid sub button url size"))
FIELDS = {
    "click": ("key", 128, KEY_SIZE),
    "view": ("url", 1_024, URL_SIZE),
    "miniprogram": ("url", 1_024, URL_SIZE),
}
TOLD = ("type", "name", "key", "url", "appid", "pagepath")


def read(form: Json, no: No) -> tuple[Entry, ...]:
    """What menu/create is asked for. Raises Refused in WeChat's words."""
    buttons = form.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MOST:
        raise no(40016, "invalid button size")
    return tuple(_top(each, str(place), no) for place, each in enumerate(buttons, 1))


def _top(button: Any, place: str, no: No) -> Entry:
    form = button if isinstance(button, dict) else {}
    name = _text(form, "name")
    if not 1 <= len(name.encode()) <= NAME_BYTES:
        raise no(40018, "invalid button name size")
    under = form.get("sub_button")
    if not under:
        if form.get("type") not in FIELDS:
            raise no(40017, "invalid button type")
        return _entry(form, place, no)
    if not isinstance(under, list) or len(under) > MOST_UNDER:
        raise no(40023, "invalid sub button size")
    entries = tuple(_under(each, f"{place}.{at}", no) for at, each in enumerate(under, 1))
    return Entry(place=place, name=name, entries=entries)


def _under(button: Any, place: str, no: No) -> Entry:
    form = button if isinstance(button, dict) else {}
    if form.get("sub_button"):
        raise no(40022, "invalid sub_menu level")
    if not 1 <= len(_text(form, "name").encode()) <= NAME_UNDER_BYTES:
        raise no(40025, "invalid sub button name size")
    if form.get("type") not in FIELDS:
        raise no(40024, "invalid sub button type")
    return _entry(form, place, no)


def _entry(form: Json, place: str, no: No) -> Entry:
    """What does something."""
    kind, second = form["type"], "." in place
    field, most, refusals = FIELDS[kind]
    value = _text(form, field)
    if not 1 <= len(value.encode()) <= most:
        raise no(*refusals[second])
    if field == "url" and not value.startswith(("http://", "https://")):
        level = "sub button" if second else "button"
        raise no(40054 if second else 40055, f"invalid {level} url domain")
    if kind == "miniprogram" and not _text(form, "appid"):
        raise no(40013, "invalid appid")
    told: Json = {name: _text(form, name) for name in TOLD}
    return Entry(place=place, **told)


def _text(form: Json, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def created(menu: Iterable[Entry]) -> Json:
    """What menu/get tells."""
    return {"menu": {"button": [_told(entry, list) for entry in menu]}}


def current(menu: Iterable[Entry]) -> Json:
    """What get_current_selfmenu_info tells."""
    buttons = [_told(entry, lambda under: {"list": under}) for entry in menu]
    return {"is_menu_open": int(bool(buttons)), "selfmenu_info": {"button": buttons}}


def _told(entry: Entry, under: Callable[[list[Json]], Any]) -> Json:
    told = {name: getattr(entry, name) for name in TOLD if getattr(entry, name)}
    return {**told, "sub_button": under([_told(each, under) for each in entry.entries])}


def at(menu: Iterable[Entry], place: str) -> Entry:
    """The entry at this place, which does something. Raises KeyError."""
    entries = {each.place: each for top in menu for each in (top, *top.entries) if each.type}
    return entries[place]


def event(entry: Entry, menu_id: str) -> dict[str, str]:
    """What is told of a tap.

    https://developers.weixin.qq.com/doc/service/guide/product/menu/Custom_Menu_Push_Events.html
    """
    match entry.type:
        case "click":
            return {"Event": "CLICK", "EventKey": entry.key}
        case "view":
            return {"Event": "VIEW", "EventKey": entry.url, "MenuId": menu_id}
    return {"Event": "view_miniprogram", "EventKey": entry.pagepath, "MenuId": menu_id}
