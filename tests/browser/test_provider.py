"""Signing in by the provider, at a desk without passwords: through the door and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.blank import put_blank
from tests.browser.desk import WAIT_MS, WIDE, chromium, node, shot
from tests.http.issuer import CLIENT, SECRET, Issuer, Person, open_issuer
from tests.ports import free_port

CONFIG = """
desk: {{id: test, name: Test desk, locale: en, default_queue: support}}
host: {{port: {port}}}
store: {{data: '{data}'}}
queues: {{support: {{}}}}
agents: {{nina: {{queues: [support]}}}}
channels: {{shop: {{adapter: webchat}}}}
security:
  allow_networks: ["127.0.0.0/8"]
  local_sign_in: false
  oidc:
    name: House
    issuer: {issuer}
    client_id: '{client}'
    client_secret: '{secret}'
    new_users: agent
    domains: [shop.example]
"""


@asynccontextmanager
async def served(folder: Path, issuer: Issuer) -> AsyncIterator[str]:
    """`parley serve` at a desk that believes this provider; its address."""
    port, data = free_port(), folder / "data"
    put_blank(data / "parley.sqlite3")
    said = CONFIG.format(port=port, data=data, issuer=issuer.url, client=CLIENT, secret=SECRET)
    (folder / "config").mkdir()
    (folder / "config" / "desk.yaml").write_text(said)
    command = ("serve", "--config", str(folder / "config"))
    async with node(*command, log=folder / "node.log", ready="listening on"):
        yield f"http://127.0.0.1:{port}"


REFUSALS = [
    ("en-GB", "Continue with House", "You were not let in there"),
    ("zh-CN", "使用 House 登录", "对方没有允许您登录"),
]


async def test_through_the_door(tmp_path: Path) -> None:
    """One button, the provider's own page, and the desk; in vain, the reason in one's language."""
    async with (
        open_issuer() as issuer,
        served(tmp_path, issuer) as base,
        chromium() as browser,
    ):
        issuer.waits = True
        issuer.person = Person(name="Nina Berg")
        page = await (await browser.new_context(viewport=WIDE, locale="en-GB")).new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{base}/#/resolved")
        button = page.get_by_role("button", name="Continue with House")
        await expect(button).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_label("Password")).to_have_count(0)
        await shot(page, "door-provider")
        await button.click()
        await page.get_by_role("link", name="I am Nina").click(timeout=WAIT_MS)
        await expect(page.get_by_role("button", name="Presence")).to_be_visible(timeout=WAIT_MS)
        assert page.url == f"{base}/#/resolved"
        await page.reload()
        await expect(page.get_by_role("button", name="Presence")).to_be_visible(timeout=WAIT_MS)
        issuer.denies = True
        for locale, label, words in REFUSALS:
            page = await (await browser.new_context(viewport=WIDE, locale=locale)).new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            await page.goto(f"{base}/")
            await page.get_by_role("button", name=label).click(timeout=WAIT_MS)
            await page.locator("a", has_text="Nina").click(timeout=WAIT_MS)
            await expect(page.get_by_role("alert")).to_contain_text(words, timeout=WAIT_MS)
            assert page.url == f"{base}/"
            await shot(page, f"door-refused-{locale}")
            await page.reload()
            await expect(page.get_by_role("button", name=label)).to_be_visible(timeout=WAIT_MS)
            await expect(page.get_by_role("alert")).to_have_count(0)
        assert faults == []


pytestmark = pytest.mark.timeout(240)
