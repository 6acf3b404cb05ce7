"""Knowledge: the desk's articles, found by the words of a question."""

from typing import Annotated

import msgspec

from gateway.domain.language import locale_of
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.stream.basis import Shape
from templates.knowledge import Article, Shelf, plain
from templates.locales import preferred

routes = Routes("Knowledge")

MAX_FOUND = 50
FOUND = 10


class ArticleView(Shape, frozen=True, kw_only=True):
    """An article in one locale. `text` is Markdown; `plain` is the same without its marks, as a
    message carries it. `certain_percent`: how surely it answers what was asked; 0 where nothing
    was, or others are nearer.
    """

    id: str
    locale: str
    locales: tuple[str, ...]
    title: str
    category: str
    automatic: bool
    link: str
    text: str
    plain: str
    certain_percent: int


class ArticleList(Shape, frozen=True, kw_only=True):
    """The articles that are nearest, best first."""

    items: tuple[ArticleView, ...]


class KnowledgeQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question, and whose words are read; "" for what is asked: by title."""

    q: Annotated[str, msgspec.Meta(max_length=400)] = ""
    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_FOUND)] = FOUND


class ArticleQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose words are read."""

    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""


@routes.get(
    "/api/v1/knowledge",
    allow=Permission.TEMPLATE_READ,
    query=KnowledgeQuery,
    answer=ArticleList,
)
async def find_articles(call: Call) -> ArticleList:
    """The articles that are nearest to a question; without one, all of them by title.

    Without a locale they come in the words of the question's own language.
    """
    asked: KnowledgeQuery = call.query
    shelf = await call.house.knowledge.shelf()
    desks = call.house.dispatch.rulebook.desk.locale
    locale = asked.locale or preferred(locale_of(asked.q, (desks,)), desks)
    if not asked.q.strip():
        titles = shelf.all(locale)[: asked.limit]
        return ArticleList(items=tuple(_view(shelf, each) for each in titles))
    found = shelf.search(asked.q, locale, asked.limit)
    return ArticleList(
        items=tuple(_view(shelf, each.article, each.certain_percent) for each in found)
    )


@routes.get(
    "/api/v1/knowledge/{id}",
    allow=Permission.TEMPLATE_READ,
    query=ArticleQuery,
    answer=ArticleView,
)
async def read_article(call: Call) -> ArticleView:
    """An article, in the nearest words that there are to a locale."""
    shelf = await call.house.knowledge.shelf()
    locale = call.query.locale or call.house.dispatch.rulebook.desk.locale
    article = shelf.get(call.param("id"), locale)
    if article is None:
        raise Problem("not_found")
    return _view(shelf, article)


def _view(shelf: Shelf, article: Article, certain_percent: int = 0) -> ArticleView:
    return ArticleView(
        id=article.id,
        locale=article.locale,
        locales=shelf.locales(article.id),
        title=article.title,
        category=article.category,
        automatic=article.automatic,
        link=article.link,
        text=article.text,
        plain=plain(article.text),
        certain_percent=certain_percent,
    )
