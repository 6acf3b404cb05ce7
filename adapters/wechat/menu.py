"""The menu below an account's conversations: as it is asked for, as it stands, and what WeChat says
of it. Pure.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
https://developers.weixin.qq.com/doc/service/api/custommenu/api_getcurrentselfmenuinfo.html
"""

from collections.abc import Iterable, Sequence
from typing import Any

from adapters._shared.http import Answer, Reply
from adapters._shared.wechat import NoToken, errcode, json_object, refusal, words
from adapters.wechat import wire
from adapters.wechat.settings import AnyEntry, TopEntry
from gateway.contract import Health, Rejected

Buttons = list[dict[str, Any]]

FIELDS = ("type", "name", "key", "url", "appid", "pagepath")
NONE_STANDS = 46003

# https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html
# WeChat names no entry. What parley check lets pass is told here all the same: limits change.
ADVICE = {
    40013: "check appid of the entries that open a mini program",
    40016: "write one to three entries",
    40017: "check type of the first level",
    40018: "shorten the names of the first level",
    40019: "shorten the keys of the first level",
    40020: "shorten the addresses of the first level",
    40022: "write no entries below those of the second level",
    40023: "write at most five entries below one",
    40024: "check type of the second level",
    40025: "shorten the names of the second level",
    40026: "shorten the keys of the second level",
    40027: "shorten the addresses of the second level",
    40054: "check the addresses of the second level: WeChat does not take their domain",
    40055: "check the addresses of the first level: WeChat does not take their domain",
    45064: "link the mini program with the account on mp.weixin.qq.com",
    48001: "the account may have no menu by its API: have it verified (认证), or leave `menu` out",
}
USUALLY = "look the code up at WeChat, correct `menu`, and start anew"


def names(menu: Iterable[TopEntry]) -> dict[str, str]:
    """What the entries are called, by their keys."""
    entries: list[AnyEntry] = [each for top in menu for each in (top, *top.sub_button)]
    return {each.key: each.name for each in entries if each.key}


def body(menu: Sequence[TopEntry]) -> dict[str, Any]:
    """The body of POST /cgi-bin/menu/create."""
    return {"button": [entry.model_dump(mode="json", exclude_defaults=True) for entry in menu]}


def standing(reply: Reply) -> Buttons | None:
    """What get_current_selfmenu_info tells, as `body` would have it, whoever put it there.

    None where the answer does not tell.
    """
    told = json_object(reply)
    if errcode(reply) == NONE_STANDS or told.get("is_menu_open") == 0:
        return []
    found = told.get("selfmenu_info")
    return _buttons(found) if isinstance(found, dict) else None


def _buttons(found: dict[str, Any], below: str = "button") -> Buttons:
    """A level, without the fields that say nothing."""
    listed = found.get(below)
    level = listed if isinstance(listed, list) else []
    return [_button(each) for each in level if isinstance(each, dict)]


def _button(told: dict[str, Any]) -> dict[str, Any]:
    inner = told.get("sub_button")
    under = _buttons(inner, "list") if isinstance(inner, dict) else []
    if under:
        return {"name": words(told, "name"), "sub_button": under}
    return {field: words(told, field) for field in FIELDS if words(told, field)}


def health(reply: Reply | NoToken) -> Health:
    """What WeChat's answer means. Raises ConnectionError for what another time may help."""
    if not isinstance(reply, Answer):
        raise ConnectionError(f"the menu cannot be looked after: {reply.detail}")
    refused = refusal(reply, wire.CODES)
    if refused is None:
        return Health(ok=True)
    if not isinstance(refused, Rejected):
        raise ConnectionError(f"the menu cannot be looked after: {refused.detail}")
    advice = ADVICE.get(errcode(reply) or 0, USUALLY)
    return Health(ok=False, detail=f"WeChat refuses the menu: {refused.detail}", what_to_do=advice)
