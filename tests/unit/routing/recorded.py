"""Recorded conversations in few words, and what the response clock says of them."""

from typing import Any

from routing.clock import run_cases

DAYS = ("mon", "tue", "wed", "thu", "fri")
BERLIN = {"tz": "Europe/Berlin", "weekly": {day: [["09:00", "17:00"]] for day in DAYS}}
SHANGHAI = {"tz": "Asia/Shanghai", "weekly": {day: [["09:00", "18:00"]] for day in DAYS}}
ALWAYS = {"tz": "UTC", "kind": "24x7"}
NEVER = {"tz": "UTC", "weekly": {}}
MINUTE, HOUR = 60, 3_600


def stamp(text: str) -> str:
    """`10 09:00` is a local time in June 2026; longer texts stand for themselves."""
    return text if "T" in text else f"2026-06-{text[:2]}T{text[3:]}:00+02:00"


def happen(script: str) -> list[dict[str, Any]]:
    """`10 09:00 customer_msg, 10 09:30 status pending`: events, one after another."""
    events = []
    for line in script.split(","):
        at, kind, *rest = (words := line.strip().split(" "))[0:1] + words[1:]
        if "T" not in at:
            at, kind, *rest = f"{words[0]} {words[1]}", *words[2:]
        events.append({"t": stamp(at), "type": kind, **({"to": rest[0]} if rest else {})})
    return events


def answer(
    script: str, now: str, calendar: dict = BERLIN, more: tuple[dict, ...] = (), **policy: Any
) -> dict[str, Any]:
    """Every metric of one conversation."""
    events = happen(script) + list(more)
    case = {"id": "c", "calendar": calendar, "policy": policy, "events": events, "now": stamp(now)}
    return run_cases({"cases": [case]})["results"]["c"]


def target(at: str, metric: str, seconds: int) -> dict:
    return {"t": stamp(at), "type": "target", "metric": metric, "seconds": seconds}
