"""Rendering: templates with their values, as they are sent, in a second.

The raw limits: the same words compiled by plain Jinja without sandbox, escaping and checks, with
values that stand in them already; and `str.format` of an equally long text. Whoever renders with
less does not look at the values.
"""

import re
import time
from functools import partial
from itertools import cycle, islice

from jinja2 import Environment

from bench._report import Report, main
from gateway.domain.clock import parse_rfc3339
from templates import Catalog, Template, render

LEAST = 20_000.0  # a second
AT = parse_rfc3339("2026-11-21T10:00:00+08:00")
ZONE = "Asia/Shanghai"
LOCALES = ("zh-CN", "zh-TW", "en")


async def run(report: Report) -> None:
    """The whole catalogue in turn, by channel."""
    catalog = Catalog.load()
    written = [catalog.get(name) for name in catalog.names() if not name.startswith("voice_")]
    count = report.size(60_000, 6_000)
    for channel in ("webchat", "sms", "email", "email_html"):
        jobs = [(one, locale, _values(one, locale)) for one in written for locale in LOCALES]
        ours = _rate([partial(_ours, catalog, job, channel) for job in jobs], count)
        bare = _rate([_bare(job, channel) for job in jobs], count)
        plain = _rate([_plain(_ours(catalog, job, channel)) for job in jobs], count)
        report.figure(
            f"{channel}, {len(jobs)} wordings", ours, "/s", raw=bare, least=LEAST,
            note=f"str.format {plain:,.0f}/s",
        )  # fmt: skip


def _values(template: Template, locale: str) -> dict[str, object]:
    return {v.name: v.example for v in template.wording(locale).variables}


def _rate(jobs, count: int) -> float:
    """How many of them in a second; the first round, in which words are compiled, is not timed."""
    for job in jobs:
        job()
    begun = time.perf_counter()
    for job in islice(cycle(jobs), count):
        job()
    return count / (time.perf_counter() - begun)


def _ours(catalog: Catalog, job, channel: str) -> str:
    template, locale, values = job
    return render(
        catalog, template.name, locale=locale, channel=channel, values=values,
        timezone=ZONE, at=AT, home=ZONE,
    )  # fmt: skip


def _bare(job, channel: str):
    template, locale, values = job
    variants = template.wording(locale).variants
    words = variants.get(channel.removesuffix("_html"), variants[""])
    compiled = Environment(autoescape=False).from_string(words)
    told = {"hello": "您好", "festive": "", **values}
    return lambda: compiled.render(told)


def _plain(text: str):
    """As many places to fill as the text has digits in groups."""
    words = re.sub(r"\d+", "{}", text.replace("{", "{{").replace("}", "}}"))
    values = re.findall(r"\d+", text)
    return lambda: words.format(*values)


if __name__ == "__main__":
    main(run)
