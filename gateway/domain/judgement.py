"""What a conversation was taken for: its category, its mood, and how that came about."""

import msgspec


class Judgement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. `reasons` holds pieces of the customer's words; the log never does."""

    conversation: str
    desk: str
    category: str = ""  # "" while nobody has looked
    certain_percent: int = 0
    language: str = ""
    anger: int = 0  # 0 calm .. 3 furious
    urgency: int = 0  # 0 none .. 3 at once
    wants: str = ""  # person | lead: whom the customer asks for
    by: str = ""  # rule:<name> | model:<version> | agent:<login> | token:<id>
    reasons: str = "[]"  # JSON: pieces of the text and how much they spoke for the category
    rule: str = ""  # that routed it; "" where none did
    tried: str = "[]"  # JSON: the rules that were tried, and what of each did not hold
    escalated: str = "[]"  # JSON: the rules that have escalated it, by name
    boost: int = 0  # priority that escalations added
    moved: str = ""  # queue that an escalation moved it to
    over: bool = False  # the conversation was resolved: the next words are judged anew
    at: int = 0
