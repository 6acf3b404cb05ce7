"""A survey from end to end: resolved, stars in the visitor's window, the score in the console."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from gateway.http.surveywords import WORDS
from tests.browser.desk import PHONE, WAIT_MS, WIDE, accept, reply, resolve, sandbox_of, shot
from tests.browser.test_accessible import barriers

AT_ONCE = """async () => {
  const headers = {"Content-Type": "application/json", "X-Parley": "1"};
  const {rulebook} = await (await fetch("/api/v1/rulebook")).json();
  rulebook.templates.quiet = "0s";
  rulebook.templates.automatic = {};
  rulebook.surveys.ask = [{channels: ["webchat"], after: "0s", dimensions: ["speed"]},
    {channels: ["email"], after: "0s", by: "link", dimensions: ["speed"]}];
  const body = JSON.stringify({rulebook});
  return (await fetch("/api/v1/rulebook/apply", {method: "POST", headers, body})).status;
}"""

# How many lines each word of a row of marks takes.
LINES = """words => [...document.querySelector(".marks").querySelectorAll("span")].map((span, n) => {
  span.textContent = words[n];
  const range = document.createRange();
  range.selectNodeContents(span);
  return new Set([...range.getClientRects()].map(({top}) => top)).size;
})"""
NARROW = {"width": 320, "height": 640}
MARKS = [list(words.marks.values()) for words in WORDS.values() if words.locale != "en"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_from_resolved_to_the_score(base: str, browser: Browser, console: Page) -> None:
    """The visitor chooses by keyboard alone; the agent reads score, dimension and comment."""
    ops = await (await browser.new_context(viewport=WIDE, locale="en-GB")).new_page()
    await ops.goto(f"{base}/")
    await ops.get_by_role("button", name="Admin").click()
    await expect(ops.get_by_role("button", name="My settings")).to_be_visible(timeout=WAIT_MS)
    assert await ops.evaluate(AT_ONCE) == 200
    shop = await (await browser.new_context(viewport=WIDE, locale="en-GB")).new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    theirs = shop.get_by_role("textbox", name="Message")
    await theirs.fill("Does the kettle whistle?")
    await theirs.press("Enter")
    await accept(console, "Does the kettle whistle?")
    await reply(console, "Hello, it does. Have a nice day!")
    await resolve(console)
    whole = shop.get_by_role("group", name="How satisfied are you?")
    await expect(whole).to_be_visible(timeout=WAIT_MS)
    await whole.get_by_role("radio", name="5 very good").focus()
    await shop.keyboard.press("Space")
    await shop.keyboard.press("ArrowLeft")
    await expect(whole.get_by_role("radio", name="4 good")).to_be_checked()
    speed = shop.get_by_role("group", name="Speed")
    await speed.get_by_role("radio", name="3 fair").check(force=True)
    await shop.get_by_role("textbox", name="Anything else?").fill("A little slow.")
    await shot(shop, "survey")
    assert await barriers(shop) == []
    await shop.get_by_role("button", name="Send", exact=True).first.press("Enter")
    await expect(shop.get_by_text("Thank you for telling us.")).to_be_visible(timeout=WAIT_MS)
    told = console.get_by_role("list", name="Satisfaction").get_by_role("listitem")
    await expect(told).to_contain_text("4 of 5", timeout=WAIT_MS)
    await expect(told).to_contain_text("Speed 3")
    await expect(told).to_contain_text("A little slow.")
    await expect(console.get_by_role("log")).to_contain_text("The customer gave 4 of 5")
    await ops.goto(f"{base}/#/reports")
    figures = ops.get_by_role("table", name="Satisfaction")
    row = figures.get_by_role("row").filter(has_text="English support")
    await expect(row).to_contain_text("Speed 3", timeout=WAIT_MS)
    await expect(row.get_by_role("cell").nth(2)).to_have_text("4")
    await shot(ops, "satisfaction")


async def test_the_page_behind_a_mail(base: str, browser: Browser, console: Page) -> None:
    """By keyboard alone, on a desk and on a telephone; nothing on it keeps anybody out."""
    sandbox = await sandbox_of(browser, base)
    mail = sandbox.locator("#mail")
    await mail.locator("input[name=subject]").fill("The kettle")
    await mail.locator("textarea[name=text]").fill("Hello, does the kettle have a filter?")
    await mail.get_by_role("button", name="Send the mail").click()
    await accept(console, "have a filter")
    await reply(console, "Hello, it has one. Have a nice day!")
    await resolve(console)
    await expect(mail).to_contain_text("/survey/", timeout=WAIT_MS)
    path = re.search(r"/survey/[\w.~-]+", await mail.inner_text())
    assert path is not None
    page = await sandbox.context.new_page()
    for size in (NARROW, PHONE, WIDE):
        await page.set_viewport_size(size)
        await page.goto(f"{base}{path[0]}")
        for marks in MARKS:
            lines = await page.evaluate(LINES, marks)
            assert lines[1:4] == [1, 1, 1], f"{marks} at {size}"
        await page.reload()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await barriers(page) == []
    await page.get_by_role("radio", name="5 very good").first.focus()
    await page.keyboard.press("Space")
    await shot(page, "survey-page")
    await page.get_by_role("button", name="Send").press("Enter")
    await expect(page.get_by_text("Thank you for telling us.")).to_be_visible(timeout=WAIT_MS)
