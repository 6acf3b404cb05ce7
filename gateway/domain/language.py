"""Which language a text is written in, as far as its script tells: enough to greet and to route."""

_CJK = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"))


def language_of(text: str) -> str:
    """`zh` with any Chinese character, `en` with other letters only, "" without letters."""
    letters = False
    for char in text[:2_000]:
        if any(low <= char <= high for low, high in _CJK):
            return "zh"
        letters = letters or char.isalpha()
    return "en" if letters else ""
