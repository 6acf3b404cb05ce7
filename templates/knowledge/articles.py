"""Articles, read and judged: all that is wrong with one is told, each fault at its line.

Above the answer, which is Markdown, stand title, category, questions, keywords, automatic, link.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from templates.errors import Slip
from templates.frontmatter import Sheet, place_faults, sheet_of
from templates.markup import plain_faults

MAX_TITLE = 100  # characters
MAX_QUESTION = 200
MAX_QUESTIONS = 50
MAX_TEXT = 8_000
MAX_ANSWER = 500  # of what goes out by itself: nobody reads more on a telephone

_LINK = re.compile(r"https://[^\s<>\"'{}]{1,500}")
_HEADING = re.compile(r"^ {0,3}#{1,6} +", re.MULTILINE)
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_LINKED = re.compile(r"\[([^\]\n]*)\]\(([^()\s]*)\)")
_ITEM = re.compile(r"^( *)[*+] +", re.MULTILINE)


class Front(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands above the words in a file."""

    title: str
    category: str  # as conversations are classified: product, order, ...
    questions: tuple[str, ...] = ()  # as customers ask
    keywords: tuple[str, ...] = ()
    automatic: bool = False  # may be told to a customer by itself, where the rulebook agrees
    link: str = ""  # where a customer can read more


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One answer in one locale. `text` is Markdown."""

    id: str
    locale: str
    title: str
    category: str
    questions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    automatic: bool = False
    link: str = ""
    text: str


def plain(markdown: str) -> str:
    """The words as a message carries them, that has no marks: lists and paragraphs stay."""
    bare = _BOLD.sub(r"\2", _HEADING.sub("", markdown))
    return _ITEM.sub(r"\1- ", _LINKED.sub(_spelt, bare)).strip()


def _spelt(found: re.Match[str]) -> str:
    words, address = found[1].strip(), found[2]
    return address if words in ("", address) else f"{words} ({address})"


def read(file: Path, categories: Collection[str], found: list[Slip]) -> Article | None:
    """One file; what is wrong with it goes to `found`, and then there is no article."""
    sheet = sheet_of(file, Front, found)
    if sheet is None:
        return None
    article = Article(
        id=file.stem,
        locale=file.parent.name,
        text=sheet.body.strip(),
        **msgspec.structs.asdict(sheet.front),
    )
    wrong = [*place_faults(file), *_faults(file, sheet, article, categories)]
    found += wrong
    return None if wrong else article


def _faults(
    file: Path, sheet: Sheet[Front], article: Article, categories: Collection[str]
) -> Iterator[Slip]:
    for key, what in _front_faults(article, categories):
        yield Slip(str(file), _line_of(sheet.above, key), what)
    body = sheet.body
    first = sheet.first_line + body[: len(body) - len(body.lstrip())].count("\n")
    for line, what in _text_faults(article):
        yield Slip(str(file), first + line, what)


def _line_of(front: str, key: str) -> int:
    """Where a key stands; the front matter begins on the second line of its file."""
    at = re.search(rf"^\s*[\"']?{key}[\"']?\s*:", front, re.MULTILINE)
    return front.count("\n", 0, at.end()) + 2 if at else 1


def _front_faults(article: Article, categories: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong above the words, as (key, what)."""
    if article.category not in categories:
        there = ", ".join(categories)
        yield "category", f"there is no category {article.category!r}; there are: {there}"
    if not article.title.strip() or len(article.title) > MAX_TITLE:
        yield "title", f"the title has 1 to {MAX_TITLE} characters; write one"
    if len(article.questions) > MAX_QUESTIONS or len(article.keywords) > MAX_QUESTIONS:
        yield "questions", f"asks in more than {MAX_QUESTIONS} ways; keep the most usual"
    for key in ("title", "questions", "keywords"):
        value = getattr(article, key)
        for each in (value,) if isinstance(value, str) else value:
            if key != "title" and not 0 < len(each.strip()) <= MAX_QUESTION:
                yield key, f"one of the {key} is empty or longer than {MAX_QUESTION} characters"
            yield from ((key, what) for _, what in plain_faults(each))
            if "\n" in each:
                yield key, f"one of the {key} has several lines; write it on one"
    if article.automatic and not article.questions:
        yield "automatic", "answers by itself what nobody is known to ask; write questions"
    if article.link and not _LINK.fullmatch(article.link):
        yield "link", "is no address that begins with https://; correct it"


def _text_faults(article: Article) -> Iterator[tuple[int, str]]:
    if not article.text:
        yield 1, "says nothing; write the answer below the front matter"
    if len(article.text) > MAX_TEXT:
        yield 1, f"is longer than {MAX_TEXT} characters; make two of it"
    said = len(plain(article.text))
    if article.automatic and said > MAX_ANSWER:
        yield 1, f"says {said} characters by itself, {MAX_ANSWER} at most; shorten it"
    yield from plain_faults(article.text)
