"""The sentences of promises.tsv and promises_at.tsv, what each promises until when, and who reads them.

They were written with the rules that read them: what the tables say is held, it foretells nothing.
"""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from routing.calendar import Calendar, Hours
from templates.moments import Now
from templates.promises import promise_in

ZONE = "Asia/Shanghai"
SHANGHAI = ZoneInfo(ZONE)
SHOP = Calendar.of(
    Hours(
        tz=ZONE,
        weekly=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "18:00"),)),
    )
)
TABLE = Path(__file__).with_name("promises.tsv")
TABLE_AT = Path(__file__).with_name("promises_at.tsv")
NOTHING = "-"
MS = 1_000


class Case(NamedTuple):
    """A row: when it is said there, until when it promises, and the words."""

    said_at: str
    expected: str
    text: str

    @property
    def read(self) -> str:
        """Until when it promises in our eyes, as the table writes it."""
        found = promise_in(self.text, Now(ms(self.said_at), SHOP, ZONE))
        return shown(found.due_ms if found is not None else None)


def ms(text: str) -> int:
    """An instant there, in milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()) * MS


def shown(at: int | None) -> str:
    """An instant as the tables write it."""
    if at is None:
        return NOTHING
    return datetime.fromtimestamp(at / MS, SHANGHAI).strftime("%m-%dT%H:%M")


def _lines_of(table: Path) -> list[list[str]]:
    said = table.read_text("utf-8").splitlines()
    return [line.split("\t") for line in said if line and not line.startswith("#")]


MONDAY = "2026-11-23T10:00"
NOW = Now(ms(MONDAY), SHOP, ZONE)
CASES = [Case(MONDAY, *line) for line in _lines_of(TABLE)]
CASES_AT = [Case(*line) for line in _lines_of(TABLE_AT)]
