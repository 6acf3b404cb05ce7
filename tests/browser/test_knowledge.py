"""Articles in the console: a simple question answers itself, agents look up the rest, gaps are told."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import PHONE, WAIT_MS, WIDE, accept, reply, shot
from tests.browser.test_accessible import barriers

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWER = "We refund you within 1 to 2 working days"


async def ask(browser: Browser, base: str, words: str) -> Page:
    """A visitor of the shop writes."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    theirs = shop.get_by_role("textbox", name="Message")
    await theirs.fill(words)
    await theirs.press("Enter")
    return shop


async def test_a_simple_question_is_answered(base: str, browser: Browser, console: Page) -> None:
    """By an assistant that says so; the agent has the conversation and sees from which article."""
    shop = await ask(browser, base, "How long does a refund take?")
    await expect(shop.get_by_text(ANSWER)).to_be_visible(timeout=WAIT_MS)
    await expect(shop.get_by_text("automatic assistant")).to_be_visible()
    await accept(console, "How long does a refund take?")
    log = console.get_by_role("log")
    await expect(log.locator(".tag").first).to_have_text("automatic · answer", timeout=WAIT_MS)
    told = "By itself, from the article “When a refund arrives”, 100% alike"
    await expect(log.get_by_text(told)).to_be_visible()
    await reply(console, "Hello, is there anything else? Thank you.")


async def test_an_agent_looks_something_up(base: str, browser: Browser, console: Page) -> None:
    """By one key, with the customer's words; what was found goes into the reply."""
    await ask(browser, base, "Can two firms share one invoice")
    await accept(console, "Can two firms share one invoice")
    box = console.get_by_role("textbox", name="Reply")
    await box.fill("Hello. ")
    await box.press("Control+b")
    pane = console.get_by_role("dialog", name="Articles")
    field = pane.get_by_role("searchbox", name="Search in questions and answers")
    await expect(field).to_have_value("Can two firms share one invoice")
    first = pane.get_by_role("listitem").first
    await expect(first.get_by_role("button").first).to_contain_text("Invoices")
    await shot(console, "knowledge")
    assert await barriers(console) == []
    await field.fill("zebra")
    await expect(pane.get_by_text("No article answers this.")).to_be_visible()
    await field.fill("opening hours")
    await expect(first).to_contain_text("Opening hours")
    await first.get_by_role("button", name="Put into the reply").click()
    await expect(pane).to_have_count(0)
    told = re.compile(r"^Hello\. We answer chats every day from 08:00 to 23:00")
    await expect(box).to_have_value(told)
    await box.fill("")


async def test_on_a_telephone(base: str, browser: Browser, console: Page) -> None:
    """The pane fits a small screen, and the page is no wider than it."""
    await console.set_viewport_size(PHONE)
    await console.get_by_role("button", name="Articles").click()
    pane = console.get_by_role("dialog", name="Articles")
    await expect(pane.get_by_role("listitem").first).to_be_visible(timeout=WAIT_MS)
    assert await console.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = await pane.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    await console.keyboard.press("Escape")
    await console.set_viewport_size(WIDE)


async def test_what_no_article_answers(base: str, browser: Browser) -> None:
    """It stands in the supervisor's reports, in her language, for who writes the next article."""
    context = await browser.new_context(viewport=WIDE, locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{base}/")
    await page.get_by_role("button", name="陈静").click()
    await page.get_by_role("link", name="报表").click()
    listed = page.get_by_role("list", name="没有文章回答的问题")
    await expect(listed).to_contain_text("Can two firms share one invoice", timeout=WAIT_MS)
    await expect(page.get_by_text("2 个首次提问中，1 个已自动答复。")).to_be_visible()
    await shot(page, "knowledge-lacking")
    assert await barriers(page) == []
