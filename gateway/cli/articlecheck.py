"""What courtesy says of a desk's articles: they go out by themselves, or into agents' replies."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from config import Fault, Loaded
from gateway.pipeline.courteous import strictness_of
from gateway.pipeline.knowledge import sound_articles
from templates.courtesy import Context, Finding, Level, Strictness, check
from templates.knowledge import Article, plain
from templates.locales import manner

TOLD = (Level.WARN, Level.BLOCK)
COMMAND = "command"
# Articles instruct (点击“立即付款”, "send us the photos now"), and of that nobody is warned. Who is
# told what they must do is ordered about wherever they read it; a hint reaches nobody here.
_MUST = re.compile(
    "[你您妳][们們]?(?:必[须須]|[务務]必)|you (?:must|have got to|'ve got to)", re.IGNORECASE
)


def with_judged_articles(found: Loaded) -> Loaded:
    """A sound directory with its articles looked over. It is warned of what courtesy finds: nobody
    is told more than the article says, and a node runs with it."""
    if found.faults:
        return found
    strictness = strictness_of(found.rulebook.courtesy)
    warnings = [
        warning
        for article in sound_articles(found.knowledge)
        if manner(article.locale)
        for warning in _warnings(found.knowledge, article, strictness)
    ]
    return found._replace(warnings=(*found.warnings, *warnings))


def _warnings(folder: Path, article: Article, strictness: Strictness) -> Iterator[Fault]:
    file = folder / article.locale / f"{article.id}.md"
    context = Context(audience="customer", customer_language=article.locale)
    whole = file.read_text("utf-8")
    title, text = article.title, article.text  # the answer stands last
    for written, begins in ((title, whole.find(title)), (text, whole.rfind(text))):
        words = plain(written)  # as a customer reads it: without marks, line by line
        line = whole.count("\n", 0, max(begins, 0)) + 1
        for found in check(words, article.locale, context, strictness):
            finding = _in_an_article(found, words, strictness)
            if finding.level in TOLD:
                at = line + words.count("\n", 0, finding.start)
                yield Fault(str(file), at, "", *_said(finding))


def _in_an_article(finding: Finding, words: str, strictness: Strictness) -> Finding:
    """How much it matters here, unless the desk says it itself."""
    ordered = finding.rule == COMMAND and _MUST.match(words, finding.start)
    if not ordered or COMMAND in strictness.levels or finding.level in TOLD:
        return finding
    return replace(finding, level=Level.WARN)


def _said(finding: Finding) -> tuple[str, str]:
    """What is wrong, and the cure."""
    return f"courtesy finds {finding.rule} ({finding.level.value})", finding.message.rstrip(".。")
