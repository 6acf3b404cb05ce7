"""What the desk is called where customers read it: in their own language, if it says how. Pure."""

from config import Rulebook
from config.rulebook import Desk
from templates.locales import DEFAULT_LOCALE, language, nearest


def name_of(desk: Desk, locale: str) -> str:
    """The desk's name for a reader; "" reads the desk's own locale.

    Who reads a language in which nothing is worded reads English, and the name in English.
    """
    for read in (locale or desk.locale, DEFAULT_LOCALE):
        alike = [each for each in desk.names if language(each) == language(read)]
        if alike:
            return desk.names[nearest(read, alike)]
        if language(read) == language(desk.locale):
            break
    return desk.name


def told_by(rulebook: Rulebook, locale: str) -> dict[str, str]:
    """What templates know of the desk: its name for their reader, and what the rulebook adds."""
    return {"desk_name": name_of(rulebook.desk, locale), **rulebook.templates.values}
