"""How the channel accounts are: each is asked itself, and not too often."""

import asyncio

from gateway.contract import Health
from gateway.http.house import House
from gateway.pipeline.accounts import Account

CHECK_S = 5.0
CHECK_EVERY_MS = 30_000


class Checks:
    """Asks each account how it is, at most twice a minute however many ask us."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, tuple[int, Health]] = {}
        self._turn = asyncio.Lock()

    async def all(self) -> dict[str, tuple[int, Health]]:
        """When each account was asked, and what it said."""
        async with self._turn:
            now = self._house.clock.now_ms()
            stale = [
                account
                for account in self._house.accounts.values()
                if account.id not in self._known
                or now - self._known[account.id][0] >= CHECK_EVERY_MS
            ]
            said = await asyncio.gather(*(self._ask(account) for account in stale))
            self._known |= {a.id: (now, health) for a, health in zip(stale, said, strict=True)}
            return dict(self._known)

    async def _ask(self, account: Account) -> Health:
        try:
            async with asyncio.timeout(CHECK_S):
                return await account.adapter.check()
        except TimeoutError:
            return Health(ok=False, detail="no answer within 5 s", what_to_do="Look at its status.")
