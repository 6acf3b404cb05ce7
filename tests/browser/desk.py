"""The demo desk as a process of its own, and browsers to walk through it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Error, Page, async_playwright, expect

from tests.browser.chromium import HEADLESS_FLAGS, find_or_install
from tests.forked import Forked
from tests.ports import free_port

START_S = 30
STOP_S = 20
LOOK_S = 0.01
TELL_S = 10
WAIT_MS = 30_000  # two cores may be shared
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
OPEN: list[Browser] = []  # by the tests that run now
SHOTS = os.environ.get("PARLEY_SCREENSHOTS", "")  # a directory for README's pictures


@asynccontextmanager
async def node(*command: str, log: Path, ready: str) -> AsyncIterator[None]:
    """`parley` as a process of its own, once a line of its log says that it is ready."""
    process = Forked(*command, environment=os.environ, log=log)
    try:
        async with asyncio.timeout(START_S):
            while not _says(log, ready):
                assert process.returncode is None, "the node ended before it was ready"
                await asyncio.sleep(LOOK_S)
        yield
        process.terminate()
        async with asyncio.timeout(STOP_S):
            await process.wait()
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _says(log: Path, words: str) -> bool:
    return words in log.read_text()


@asynccontextmanager
async def demo_desk(data: Path) -> AsyncIterator[str]:
    """`parley demo`, ready; its address."""
    port = free_port()
    command = ("demo", "--port", str(port), "--data", str(data), "--no-seed")
    async with node(*command, log=data / "node.log", ready="sign in"):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_or_install()), args=list(HEADLESS_FLAGS)
        )
        OPEN.append(browser)
        yield browser
        OPEN.remove(browser)
        await browser.close()


async def tell(page: Page) -> None:
    """Say what a page shows and has said: of a wait in vain, a trace tells nothing."""
    print(f"--- {page.url}")
    try:
        async with asyncio.timeout(TELL_S):
            for said in await page.console_messages():
                print(f"{said.type}: {said.text}")
            for fault in await page.page_errors():
                print(f"fault: {fault}")
            print(await page.locator("body").aria_snapshot())
    except (TimeoutError, Error) as error:
        print(f"the page does not answer: {error}")


async def shot(page: Page, name: str) -> None:
    """Keep a picture for README, when asked for."""
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def sign_in(page: Page, base: str, name: str) -> None:
    """Sign in by one click and be available."""
    await page.goto(f"{base}/")
    await page.get_by_role("button", name=name).click()
    await page.get_by_role("button", name="Presence").click()
    await page.get_by_role("menuitemradio", name="Available").click()


async def sandbox_of(browser: Browser, base: str) -> Page:
    """The page on which one plays the customers, in English."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{base}/sandbox?lang=en")
    return page


async def accept(console: Page, words: str) -> None:
    """Take the offer that shows these words."""
    offer = console.locator(".offer").filter(has_text=words)
    await offer.get_by_role("button", name="Accept").click(timeout=WAIT_MS)
    await expect(console.get_by_role("log")).to_contain_text(words, timeout=WAIT_MS)
    await expect(console.get_by_role("textbox", name="Reply")).to_be_enabled(timeout=WAIT_MS)


async def reply(console: Page, text: str) -> None:
    """Write, send, and do not wait for second thoughts."""
    box = console.get_by_role("textbox", name="Reply")
    await box.fill(text)
    await box.press("Control+Enter")
    await console.get_by_role("button", name="Send now").click(timeout=WAIT_MS)
    await expect(console.get_by_text(text).first).to_be_visible(timeout=WAIT_MS)


async def resolve(console: Page) -> None:
    """Done with the open conversation."""
    await console.get_by_role("button", name="Resolve", exact=True).click(timeout=WAIT_MS)
    await expect(console.get_by_role("button", name="Reopen")).to_be_visible(timeout=WAIT_MS)
