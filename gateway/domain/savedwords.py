"""Saved words: what a template says in a locale since a person saved it, version by version."""

import msgspec


class SavedWords(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a version; the newest is in force. Without content, what the files say is again."""

    desk: str
    name: str  # of the template
    locale: str
    version: int  # 1, 2, ... of this template in this locale
    content: str  # JSON of templates.Wording; "" = back to the files
    over: str  # mark of what the files said then, templates.saved.mark_of; "" = nothing
    note: str  # why, as whoever saved it says; "" = not said
    by: str
    at: int
