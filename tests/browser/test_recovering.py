"""A console that is opened while the desk cannot answer: it says so, and recovers by itself."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.desk import WAIT_MS, sandbox_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUSY = {"code": "overloaded", "title": "Busy", "detail": "Busy.", "what_to_do": "Wait."}
FAILURES = 3


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="page")
async def _page(console: Page) -> AsyncIterator[Page]:
    """Another tab of Emma's, in which failed requests are no fault."""
    page = await console.context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    await page.close()
    assert faults == []


async def test_the_screen_recovers(base: str, browser: Browser, page: Page) -> None:
    """The first answers of all that a screen needs fail, each in another way; nobody reloads."""
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#sms")
    await phone.locator("textarea").fill("Does the desk answer order A20261103-5030?")
    await phone.get_by_role("button", name="Send").click()
    asked: Counter[str] = Counter()

    async def failing(route: Route) -> None:
        path = urlsplit(route.request.url).path
        asked[path] += 1
        if asked[path] > FAILURES:
            await route.continue_()
        elif asked[path] % 2:
            await route.fulfill(status=503, json=BUSY)
        else:
            await route.abort("connectionreset")

    needed = ("session", "offers", "conversations", "agents", "queues")
    for name in needed:
        await page.route(f"**/api/v1/{name}?*", failing)
        await page.route(f"**/api/v1/{name}", failing)
    await page.goto(f"{base}/#/all")
    trouble = page.get_by_role("alert")
    await expect(trouble).to_contain_text("It is asked again by itself.", timeout=WAIT_MS)
    await expect(page.get_by_label("Password")).to_have_count(0)
    offer = page.locator(".offer").filter(has_text="A20261103-5030")
    await expect(offer).to_be_visible(timeout=WAIT_MS)
    await expect(page.locator(".rows .row").first).to_be_visible(timeout=WAIT_MS)
    await expect(page.locator(".list-filter option").nth(1)).to_be_attached(timeout=WAIT_MS)
    assert {f"/api/v1/{name}" for name in needed} == set(asked)
    assert min(asked.values()) > FAILURES
    await page.unroute_all()


async def test_a_slow_conversation_says_so(page: Page) -> None:
    """While a conversation is on its way its pane says so, and then shows it."""
    held = asyncio.Event()

    async def slow(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/timeline?*", slow)
    await page.locator(".rows .row").first.click()
    talk = page.locator("main.talk")
    await expect(talk.get_by_role("status")).to_have_text("Loading", timeout=WAIT_MS)
    held.set()
    await expect(page.get_by_role("log")).to_contain_text("A20261103-5030", timeout=WAIT_MS)
    await expect(talk.get_by_text("Loading")).to_have_count(0)
    await page.unroute_all()


async def test_channels_are_not_called_none(page: Page) -> None:
    """While nobody knows which channels there are, the page does not say that there are none."""
    up = asyncio.Event()

    async def failing(route: Route) -> None:
        if up.is_set():
            await route.continue_()
        else:
            await route.fulfill(status=503, json=BUSY)

    await page.route("**/api/v1/channels?*", failing)
    await page.goto("/".join([*page.url.split("/")[:3], "#", "channels"]))
    await expect(page.locator("main .loading")).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_text("There are no channels")).to_have_count(0)
    up.set()
    await expect(page.locator(".board").first).to_be_visible(timeout=WAIT_MS)
