"""Rules that are the same in every language: holes in the text, and abuse that everybody knows."""

from templates.courtesy.model import Level, Rule, any_of

# Letters may be replaced by stars: f**k, sh*t.
ABUSE = (
    r"\bf+[u*@]+[c*k]+k(?:ing|er|ed|s)?\b", r"\bwtf\b", r"\bstfu\b", r"\b(?:bull)?sh[i1*!]t(?:ty|s)?\b",
    r"\bb[i1*]tch(?:es|ing)?\b", r"\bass+hole", r"\bbastard", r"\bidiots?\b", r"\bidiotic\b", r"\bmorons?\b",
    r"\bmoronic\b", r"\bretard", r"\bimbecile", r"\bdumbass", r"\bshut up\b",
)  # fmt: skip

PLACEHOLDERS = (
    r"\{\{[^{}\n]{0,60}\}\}", r"\{%[^%\n]{0,80}%\}", r"\$\{[^{}\n]{0,60}\}",
    r"\{[a-z_\p{Han}][a-z0-9_. \p{Han}]{0,40}\}", r"%(?:\([a-z_]+\))?s\b",
    r"\[(?:insert|your|customer|client|agent|first|last|full|order|product|company|tracking|date|name|amount|number|phone|email|link)\b[a-z _'/#-]{0,40}\]",
    r"<(?:insert|your|customer|client|agent|first|last|full|order|product|company|tracking|name|amount)\b[a-z _'/#-]{0,40}>",
    r"[\[<【](?:请?(?:填写|输入|插入)[^\]>】\n]{0,20}|[^\]>】\n]{0,6}(?:姓名|称呼|名字|订单号|单号|金额|日期|时间|电话|链接|商品名)(?:称)?)[\]>】]",
    r"\bx{3,}\b", r"_{4,}", r"\blorem ipsum\b", r"\btbd\b", r"\b(?:undefined|nan|null)\b",
    r"(?:先生|女士)/(?:女士|先生)", r"\b(?:mr|ms)\.?/(?:mrs|ms|mr)\b", r"某某|(?:×|○|〇){2,}",
)  # fmt: skip
NO_PLACEHOLDERS = (
    r"\bsize[s:]? x{3,}l?\b",
    r"x{3,}l\b",
    r"尺码[^。]{0,6}x{3,}",
    r"\d{3,}x{3,}",
    r"null and void",
)


def placeholder(message: str) -> Rule:
    """A hole that nobody filled."""
    return Rule(
        name="placeholder", level=Level.BLOCK, said=any_of("(?i)" + "|".join(PLACEHOLDERS)),
        excused=any_of("(?i)" + "|".join(NO_PLACEHOLDERS)), message=message, is_raw=True,
    )  # fmt: skip
