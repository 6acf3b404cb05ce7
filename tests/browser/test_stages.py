"""What the desk says by itself, in the console: that it was, and at which stage."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import WAIT_MS, WIDE, accept

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_stage_has_its_name(base: str, browser: Browser, console: Page) -> None:
    """The timeline says it in the agent's language."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    theirs = shop.get_by_role("textbox", name="Message")
    await theirs.fill("Where is my kettle?")
    await theirs.press("Enter")
    await accept(console, "Where is my kettle?")
    tag = console.get_by_role("log").locator(".tag")
    await expect(tag).to_have_text("automatic · received", timeout=WAIT_MS)
