"""What a desk is called, in which languages."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

LOCALE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


# Controls, ends of lines, and what turns the writing round: full-width blanks and emoji are fine.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _one_line(name: str) -> str:
    if _CONTROLS.search(name):
        raise ValueError("is no line of text; write it without tabs, breaks and other controls")
    return name


def _locale(name: str) -> str:
    if re.fullmatch(LOCALE_PATTERN, name) is None:
        raise ValueError("is no locale; write it like zh-CN or en")
    return name


Locale = Annotated[str, AfterValidator(_locale)]
"""A key; `desk.locale` is a value, and has its own words."""
DeskName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
