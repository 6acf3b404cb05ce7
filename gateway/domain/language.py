"""Which language a text is written in, as far as its script tells: enough to greet and to route."""

import re

_LOOKED_AT = 2_000  # characters
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def language_of(text: str) -> str:
    """`zh` with any Chinese character, `en` with other letters only, "" without letters."""
    if not text.isascii() and _CHINESE.search(text, 0, _LOOKED_AT):
        return "zh"
    return "en" if any(map(str.isalpha, text[:_LOOKED_AT])) else ""
