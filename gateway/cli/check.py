"""`parley check`: every fault of a configuration at once, and with --live the providers' word."""

import asyncio
from typing import Annotated, Any

import typer

from config import Loaded
from gateway.cli.articlecheck import with_judged_articles
from gateway.cli.configuration import (
    ConfigOption,
    but_warned,
    examined,
    registered,
    say_count,
    say_warnings,
    with_articles,
)
from gateway.cli.console import Status, put, say, tell
from gateway.cli.fitting import with_judged_words
from gateway.cli.savedcheck import with_saved_words
from gateway.contract import Health
from gateway.pipeline.accounts import Account, make_account
from gateway.registry import Registry

PATIENCE_S = 10.0  # an adapter promises to answer within 5 s


def check(
    config: ConfigOption,
    live: Annotated[bool, typer.Option("--live", help="Also ask each provider.")] = False,
) -> None:
    """Tell every fault at once as `file:line: path: what is wrong; what to do`, a line each."""
    registry = registered()
    found = with_judged_words(with_articles(examined(config, registry)), registry)
    found = with_judged_articles(found)
    found = with_saved_words(found, registry)
    for fault in found.faults:
        tell(str(fault), fault._asdict())
    say_warnings(found)
    if found.faults:
        say_count(found)
        raise typer.Exit(Status.WRONG)
    if live:
        raise typer.Exit(asyncio.run(_ask_all(found, registry)))
    say(f"parley: {config} is sound{but_warned(found)}")


async def _ask_all(found: Loaded, registry: Registry) -> Status:
    accounts = [
        make_account(name, registry.get(account.adapter), account.settings)
        for name, account in found.settings.channels.items()
    ]
    answers = await asyncio.gather(*(_ask(account) for account in accounts))
    for answer in answers:
        put(answer)
    return Status.FINE if all(answer["ok"] for answer in answers) else Status.FOUND


async def _ask(account: Account) -> dict[str, Any]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await account.adapter.start()
            health = await account.adapter.check()
            await account.adapter.stop()
    except TimeoutError:
        health = Health(ok=False, detail=f"no answer within {PATIENCE_S:.0f} s")
    except Exception as error:  # noqa: BLE001 - one provider's trouble hides no other's
        health = Health(ok=False, detail=f"the adapter failed: {error!r}")
    return {
        "account": account.id,
        "adapter": account.adapter.name,
        "channel": account.channel,
        "ok": health.ok,
        "detail": health.detail,
        "what_to_do": health.what_to_do,
    }
