"""What a desk knows: articles, found by the words of a question, and how surely they answer it."""

from templates.knowledge.articles import Article, plain
from templates.knowledge.grams import is_question
from templates.knowledge.own import of_their_own
from templates.knowledge.shelf import Found, Shelf

__all__ = ["Article", "Found", "Shelf", "is_question", "of_their_own", "plain"]
