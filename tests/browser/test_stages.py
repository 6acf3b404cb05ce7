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


async def test_who_asks_for_a_person_hears_that_one_comes(
    base: str, browser: Browser, console: Page
) -> None:
    """As the assistant invites them: the window says so at once, and the timeline which stage it is."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    theirs = shop.get_by_role("textbox", name="Message")
    await theirs.fill("How long does a refund take?")
    await theirs.press("Enter")
    await expect(shop.get_by_text("reply with: person")).to_be_visible(timeout=WAIT_MS)
    await theirs.fill("person")
    await theirs.press("Enter")
    await expect(shop.get_by_text("a colleague takes over")).to_be_visible(timeout=WAIT_MS)
    await accept(console, "person")
    tag = console.get_by_role("log").locator(".tag").last
    await expect(tag).to_have_text("automatic · to a person", timeout=WAIT_MS)
