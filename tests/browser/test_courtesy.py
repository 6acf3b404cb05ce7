"""Courtesy in the composer: what is rude or not for these eyes is seen, said why, and not sent."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import WAIT_MS, WIDE, accept, resolve, shot

RUDE = "Hello, you are an idiot and that is your own fault."
KIND = "Hello, I look it up for you."
CARD = "Hello, is 4111 1111 1111 1111 your card?"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_something_rude(base: str, browser: Browser, console: Page) -> None:
    """It is underlined and listed with what to write; the keys lead to it, and it cannot go."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    theirs = shop.get_by_role("textbox", name="Message")
    await theirs.fill("When does my lamp arrive?")
    await theirs.press("Enter")
    await accept(console, "my lamp arrive")
    box = console.get_by_role("textbox", name="Reply")
    send = console.get_by_role("button", name="Send", exact=True)
    await box.press_sequentially(RUDE)
    await expect(console.locator(".mirror mark.block")).to_have_text("idiot", timeout=WAIT_MS)
    first = console.get_by_role("list", name="Courtesy").get_by_role("button").first
    await expect(first).to_contain_text("Mend to send")
    await expect(first).to_contain_text("nobody is insulted here")
    await expect(
        console.get_by_role("status").get_by_text("remarks on the wording")
    ).to_be_attached()
    await expect(send).to_be_disabled()
    await shot(console, "courtesy")
    await box.press("Control+Enter")
    await expect(first).to_be_focused()
    await first.press("Enter")
    await expect(box).to_be_focused()
    chosen = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert await box.evaluate(chosen) == "idiot"
    await box.fill(KIND)
    await expect(console.get_by_role("list", name="Courtesy")).to_have_count(0, timeout=WAIT_MS)
    await expect(send).to_be_enabled()
    await box.press("Control+Enter")
    await console.get_by_role("button", name="Send now").click(timeout=WAIT_MS)
    await expect(shop.get_by_text(KIND)).to_be_visible(timeout=WAIT_MS)


async def test_a_whole_card(console: Page) -> None:
    """A card's number is for nobody's eyes, nor is the bare name of a template; a note to
    colleagues is not looked at."""
    box = console.get_by_role("textbox", name="Reply")
    await box.fill(CARD)
    number = console.locator(".mirror mark.block")
    await expect(number).to_have_text("4111 1111 1111 1111", timeout=WAIT_MS)
    told = console.get_by_role("list", name="Courtesy").get_by_role("button")
    await expect(told).to_contain_text("show its last 4 digits only")
    await expect(console.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await box.fill("")
    await expect(told).to_have_count(0, timeout=WAIT_MS)
    await box.fill("/refund")
    await console.get_by_role("button", name="Send", exact=True).click()
    unfinished = console.get_by_text("calls a template: choose one")
    await expect(unfinished).to_be_visible()
    await box.fill("")
    await expect(unfinished).to_have_count(0)
    await console.get_by_role("button", name="Note", exact=True).click()
    await console.get_by_role("textbox", name="Note").fill(CARD)
    await expect(console.get_by_role("button", name="Add note")).to_be_enabled()
    await console.get_by_role("textbox", name="Note").fill("")
    await console.get_by_role("button", name="Reply", exact=True).click()
    await resolve(console)
