"""Promises in the console: offered while typing, kept track of, warned of, ended by hand."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import PHONE, WAIT_MS, WIDE, accept, shot

PROMISE = "Hello, I look into it. We will get back to you by tomorrow noon."
SHORT = """async (conversation) => {
  const due = new Date(Date.now() + 4000).toISOString();
  const headers = {"Content-Type": "application/json", "X-Parley": "1"};
  const body = JSON.stringify({text: "a photo of the lamp", due});
  const path = `/api/v1/conversations/${conversation}/promises`;
  return (await fetch(path, {method: "POST", headers, body})).status;
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_is_typed_is_offered(base: str, browser: Browser, console: Page) -> None:
    """The composer reads the promise and its time; a tick keeps track of it with the reply."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    theirs = shop.get_by_role("textbox", name="Message")
    await theirs.fill("Where is my lamp?")
    await theirs.press("Enter")
    await accept(console, "Where is my lamp?")
    box = console.get_by_role("textbox", name="Reply")
    await box.fill(PROMISE)
    offer = console.get_by_role("checkbox", name="This promises an answer by")
    await expect(offer).not_to_be_checked(timeout=WAIT_MS)
    await offer.check()
    await shot(console, "promise-offered")
    await box.press("Control+Enter")
    await console.get_by_role("button", name="Send now").click(timeout=WAIT_MS)
    kept = console.get_by_role("list", name="Promises").get_by_role("listitem")
    await expect(kept).to_contain_text("We will get back to you by tomorrow noon", timeout=WAIT_MS)
    row = console.locator(".row.here")
    # It is tomorrow at the desk, which late in the day is another day here.
    await expect(row).to_contain_text(re.compile(r"Promise (tomorrow|[A-Z][a-z]{2}, )"))
    await box.fill("Have a nice day.")
    await expect(offer).to_have_count(0)


async def test_by_the_key(console: Page) -> None:
    """p lays the form before the agent; a preset or words say until when."""
    box = console.get_by_role("textbox", name="Reply")
    await box.fill("")
    await box.blur()  # nobody is typing
    await console.keyboard.press("p")
    when = console.get_by_role("textbox", name="Until when?")
    await expect(when).to_be_focused(timeout=WAIT_MS)
    await console.get_by_role("button", name="2 hours", exact=True).click()
    await expect(when).to_have_value("2 hours")
    await when.fill("周五17点")
    await console.get_by_role("textbox", name="What is promised").fill("the refund")
    await when.press("Enter")
    promises = console.get_by_role("list", name="Promises")
    refund = promises.get_by_role("listitem").filter(has_text="the refund")
    await refund.get_by_role("button", name="Withdraw").click()
    reason = refund.get_by_role("textbox", name="Why it is withdrawn")
    await expect(reason).to_be_focused()
    await reason.fill("refunded at once")
    await reason.press("Enter")
    await expect(refund).to_contain_text("Withdrawn", timeout=WAIT_MS)
    await expect(refund).to_contain_text("refunded at once")


async def test_a_warning(console: Page) -> None:
    """Who promised is told when it is soon due, and when it is late; the list says so too."""
    conversation = console.url.rpartition("/")[2]
    assert await console.evaluate(SHORT, conversation) == 201
    await expect(console.get_by_text("is soon due").first).to_be_visible(timeout=WAIT_MS)
    await shot(console, "promise-warned")
    await expect(console.locator(".row.here")).to_contain_text("Promise late", timeout=WAIT_MS)
    await expect(console.get_by_role("list", name="Promises")).to_contain_text("a photo")
    await shot(console, "promise-late")
    await console.emulate_media(color_scheme="dark")
    await shot(console, "promise-late-dark")
    await console.set_viewport_size(PHONE)
    await shot(console, "promise-late-phone")
    await console.set_viewport_size(WIDE)
    await console.emulate_media(color_scheme="light")
