"""Which language a text is written in, and in which script, as far as characters and little words
tell: enough to greet and to route."""

import re
from collections.abc import Iterable

TRADITIONAL = "zh-TW"

_LOOKED_AT = 2_000  # characters
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_KANA = re.compile(r"[\u3041-\u30fa]+")
_TRADITIONAL_LOCALE = re.compile(r"zh[-_](?:tw|hk|mo|hant)(?![a-z0-9])", re.IGNORECASE)
_SIMPLIFIED_LOCALE = re.compile(r"zh[-_](?:cn|sg|my|hans)(?![a-z0-9])", re.IGNORECASE)
# The characters of the mainland, of Taiwan and of Japan: what one alone has tells the script.
_GB_2312, _BIG_5, _JIS = "gb2312", "big5", "shift_jis"
_FEW = 3  # traditional characters: a name, or the goods, in the words of whoever writes simplified
_ALSO_TRADITIONAL = "後於"  # which GB 2312 has for names
_LINK = re.compile(r"https?://[!-~]*")
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
# What no English sentence does without, and no Chinese one has for its brand names.
_LITTLE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "a am an and are as at be been but by can could did do does for from had has have how i i'd"
        " i'm i've if in is it it's its me my no not of on or our please she that the their there"
        " they this to was we were what when where which who why will with would you your",
    )
)
_SENTENCE = 2  # of them, and it is one


def language_of(text: str) -> str:
    """`en` and `zh` by letters; with both, `en` only for an English sentence. "" without letters.

    A greeting or a name in Chinese makes no Chinese text of an English sentence, nor do brand names
    make an English one of a Chinese. A Chinese character counts as half a word.
    """
    if not text.isascii():
        seen = text[:_LOOKED_AT]
        characters = sum(map(len, _CHINESE.findall(seen)))
        if characters:
            return "en" if _is_english(seen, characters) else "zh"
    return "en" if any(map(str.isalpha, text[:_LOOKED_AT])) else ""


def locale_of(text: str, known: Iterable[str] = (), wrote: str = "") -> str:
    """As language_of, but a locale such as `zh-TW` for traditional Chinese; `zh` is simplified.

    known: of its writer, the surest first. Chinese that is in neither script is read by the first
    of these that is Chinese: a greeting that both write alike, traditional words around a
    simplified name, Japanese.

    wrote: the locale of their earlier words. A name or two in traditional characters turn nobody
    who wrote simplified.
    """
    language = language_of(text)
    if language != "zh":
        return language
    chinese = [*filter(is_chinese, known)]
    few = _FEW if is_chinese(wrote) and not is_traditional(wrote) else 0
    script = _script_of(text[:_LOOKED_AT], few) or (chinese[0] if chinese else "zh")
    if not is_traditional(script):
        return "zh"
    return next(filter(is_traditional, chinese), TRADITIONAL)


def still_in(locale: str, text: str, known: Iterable[str] = ()) -> str:
    """The locale of somebody who goes on to write: their Chinese is in the script of the newest
    words that tell it, and their language that of the first words that have one.
    """
    if locale and not is_chinese(locale):
        return locale
    now = locale_of(text, (locale, *known), wrote=locale)
    turned = is_chinese(now) and is_traditional(now) != is_traditional(locale)
    return now if turned or not locale else locale


def read_by(shown: str, desks: str) -> str:
    """The locale by which Chinese is read that is in neither script: the desk's own, unless the
    page or app in which it was written is `shown` in the other script.

    shown: as whoever wrote says it; nothing of it but the script is believed.
    """
    if is_traditional(shown):
        return desks if is_traditional(desks) else TRADITIONAL
    return "zh" if _SIMPLIFIED_LOCALE.match(shown) and is_traditional(desks) else desks


def spoken_by(language: str, known: str) -> str:
    """The locale of somebody who chose a language, where `known` is how they write."""
    return known if language == "zh" and is_traditional(known) else language


def is_chinese(locale: str) -> bool:
    """Whether its language is Chinese, in whatever script."""
    return locale[:2].lower() == "zh"


def is_traditional(locale: str) -> bool:
    """Whether its readers are used to traditional characters."""
    return _TRADITIONAL_LOCALE.match(locale) is not None


def _script_of(text: str, few: int) -> str:
    """`zh-TW`, `zh-CN`, or "": most of the characters that tell anything must tell it.

    What is traditional has nothing simplified in it, and more than a few traditional characters.
    """
    chinese = "".join(_CHINESE.findall(text))
    simplified, traditional = _those_in(_GB_2312, chinese), _those_in(_BIG_5, chinese)
    both = len(_those_in(_BIG_5, simplified))
    only_simplified = len(simplified) - both
    only_traditional = len(traditional) - both + sum(map(chinese.count, _ALSO_TRADITIONAL))
    japanese = sum(map(len, _KANA.findall(text)))
    if len(chinese) > len(simplified) + len(traditional) - both:
        others = chinese.translate(dict.fromkeys(map(ord, simplified + traditional)))
        japanese += len(_those_in(_JIS, others))
    if not only_simplified and only_traditional > max(japanese, few):
        return TRADITIONAL
    return "zh-CN" if only_simplified > only_traditional + japanese else ""


def _those_in(character_set: str, text: str) -> str:
    return text.encode(character_set, "ignore").decode(character_set)


def _is_english(text: str, characters: int) -> bool:
    words = _WORD.findall(_LINK.sub("", text.lower()))
    if 2 * len(words) <= characters:
        return False
    return sum(word.replace("’", "'") in _LITTLE_WORDS for word in words) >= _SENTENCE
