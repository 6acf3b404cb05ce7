"""Locales: which there are, and whose words stand in when a text is not worded in one."""

import re
from collections.abc import Iterable
from functools import lru_cache

DEFAULT_LOCALE = "en"

# ISO 639-1, and the Chinese languages of 639-3 that have locales of their own.
_LANGUAGES = frozenset(re.findall(r"[a-z]+", """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia
    id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo
    lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl
    ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk
    tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu cmn hak nan wuu yue
"""))  # fmt: skip
# RFC 5646: language, script, region, variants.
_TAG = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?(-[a-z0-9]{5,8}){0,3}")

# Who is read in the place of whom, before the language alone is tried.
_INSTEAD = {
    "zh": "zh-cn", "zh-hans": "zh-cn", "zh-hant": "zh-tw", "zh-tw": "zh-cn", "zh-hk": "zh-tw",
    "zh-mo": "zh-hk", "cmn": "zh-cn", "wuu": "zh-cn", "hak": "zh-tw", "nan": "zh-tw",
    "yue": "zh-hk",
}  # fmt: skip
_TRADITIONAL = "zh-tw"


def exists(locale: str) -> bool:
    """Whether it is a language tag, and of a language that there is."""
    found = _TAG.fullmatch(_small(locale))
    return found is not None and found[1] in _LANGUAGES


def canonical(locale: str) -> str:
    """As one writes it: zh-CN, zh-Hant-HK, es-419."""
    first, *rest = _small(locale).split("-")
    cases = {2: str.upper, 4: str.title}  # a region, a script
    return "-".join((first, *(cases.get(len(part), str.lower)(part) for part in rest)))


@lru_cache(maxsize=1_000)
def language(locale: str) -> str:
    """`zh` of zh-CN."""
    first = _small(locale).partition("-")[0]
    return "zh" if _INSTEAD.get(first, "").startswith("zh") else first


@lru_cache(maxsize=1_000)
def manner(locale: str) -> str:
    """Whose way of saying hours and days fits: zh-CN, zh-TW, en; "" for any other language."""
    match language(locale):
        case "zh":
            return "zh-TW" if _TRADITIONAL in chain(locale) else "zh-CN"
        case "en":
            return "en"
    return ""


@lru_cache(maxsize=1_000)
def chain(locale: str) -> tuple[str, ...]:
    """The locale and those read in its place, nearest first, in small letters; English is last.

    zh-HK: zh-hk, zh-tw, zh-cn, zh, en. pt-BR: pt-br, pt, en.
    """
    tried: dict[str, None] = {}
    at = _small(locale)
    while at and at not in tried:
        tried[at] = None
        at = _INSTEAD.get(at) or at.rpartition("-")[0]
    return (*tried, DEFAULT_LOCALE)


def nearest(locale: str, there: Iterable[str]) -> str:
    """Which of these a reader of the locale is shown: by the chain, but their language first.

    StopIteration: there is none at all.
    """
    by_small = {_small(name): name for name in sorted(there)}
    own = language(locale)
    near = [each for each in chain(locale) if language(each) == own]
    same = [each for each in by_small if language(each) == own]
    return next(
        by_small[each] for each in (*near, *same, DEFAULT_LOCALE, *by_small) if each in by_small
    )


def preferred(theirs: str, desks: str) -> str:
    """In which locale a reader is written to: the desk's own where it says the same in the same
    manner, so that readers of `en` have en-GB of a British desk.
    """
    same = (language(theirs), manner(theirs)) == (language(desks), manner(desks))
    return desks if same or not theirs else theirs


def _small(locale: str) -> str:
    return locale.replace("_", "-").lower()
