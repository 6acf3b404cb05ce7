"""A customer writes on each channel, an agent answers in the console, the customer reads it."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from gateway.sandbox.chats import NAMES
from tests.browser.desk import (
    PHONE,
    WAIT_MS,
    WIDE,
    accept,
    reply,
    resolve,
    sandbox_of,
    shot,
)

# What the console shows once the customer has read; the other messengers report nothing.
READ = {"whatsapp": "read", "messenger": "delivered", "instagram": "read", "generic": "read"}

WIDER = """() => [...document.querySelectorAll(".side, .side *, .list, .offer, .row")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && !one.matches(".cut, .sr, option")
    && getComputedStyle(one).display !== "inline")
  .map((one) => `${one.className} ${one.scrollWidth} of ${one.clientWidth}`)"""

NAMED_KEY = """() => {
  const button = document.body.appendChild(document.createElement("button"));
  button.className = "button";
  const shown = getComputedStyle(button.appendChild(document.createElement("kbd"))).display;
  button.remove();
  return shown;
}"""
LOW = """() => [...document.querySelectorAll("button, input, select, .view")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 40
    && !one.matches(".link, .presence, [type=checkbox]"))
  .map((one) => `${one.className} ${one.getBoundingClientRect().height}`)"""
ENDS = """() => {
  const box = (one) => one.getBoundingClientRect();
  const rows = new Map();
  for (const chat of document.querySelectorAll(".chat"))
    rows.set(box(chat).top, Math.round(box(chat).right));
  const bottom = (id) => Math.round(box(document.getElementById(id)).bottom);
  return { calls: bottom("calls"), sms: bottom("sms"), rows: [...rows.values()] };
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_web_chat(base: str, browser: Browser, console: Page) -> None:
    """Chat: widget to console and back, through a template."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    box = shop.get_by_role("textbox", name="Message")
    await box.fill("Is the walnut lamp in stock in Hamburg?")
    await box.press("Enter")
    await accept(console, "walnut lamp")
    await console.get_by_role("textbox", name="Reply").fill("/hold")
    await console.locator("#choices").get_by_role("option").first.click(timeout=WAIT_MS)
    box = console.get_by_role("textbox", name="Reply")
    await expect(box).to_have_value(re.compile("Thank you for waiting"), timeout=WAIT_MS)
    await reply(console, "We have three of the walnut lamps here, and keep one for you.")
    answer = shop.get_by_text("keep one for you")
    await expect(answer).to_be_visible(timeout=WAIT_MS)
    said = console.locator(".bubble").filter(has_text="keep one for you")
    await expect(said.locator(".mark.read")).to_be_visible(timeout=WAIT_MS)
    await shot(shop, "widget")
    await shot(console, "console")


async def test_a_visitor_has_no_name(console: Page) -> None:
    """Nobody is called by a machine's id, and no panel is wider than its pane."""
    await expect(console.get_by_role("heading", level=1)).to_contain_text("Visitor")
    assert "chat:" not in await console.locator("body").inner_text()
    panel = console.get_by_role("complementary", name="Customer and details")
    await panel.get_by_role("combobox", name="When").select_option(label="At a fixed time")
    await expect(panel.get_by_role("combobox", name="Day")).to_be_visible(timeout=WAIT_MS)
    await expect(panel.get_by_role("combobox", name="Time")).to_be_visible()
    for name in ("A customer whose name goes on and on without an end to it", "x" * 200):
        await panel.locator(".name-edit").click()
        await panel.get_by_role("textbox", name="Name").fill(name)
        await panel.get_by_role("textbox", name="Name").press("Enter")
        await expect(panel.locator(".name-edit")).to_have_text(name, timeout=WAIT_MS)
        wide = await console.evaluate(WIDER)
        assert wide == []


async def test_what_it_is_taken_for(base: str, browser: Browser, console: Page) -> None:
    """The panel says what a conversation is about and why; an agent who knows better is believed."""
    await console.get_by_text("walnut lamp").first.click()
    panel = console.get_by_role("complementary", name="Customer and details")
    await expect(panel.get_by_text("Category by the words")).to_be_visible(timeout=WAIT_MS)
    await expect(panel.get_by_text("Rule “English”")).to_be_visible()
    await panel.get_by_role("combobox", name="Category").select_option("Suggestion")
    await expect(panel.get_by_text("Corrected by Emma Clarke")).to_be_visible(timeout=WAIT_MS)
    await expect(panel.get_by_role("combobox", name="Category")).to_have_value("suggestion")


async def test_sms(base: str, browser: Browser, console: Page) -> None:
    """SMS: signed webhook in, Twilio's API out, delivered."""
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#sms")
    await phone.locator("textarea").fill("Please call off order A20261102-9001.")
    await phone.get_by_role("button", name="Send").click()
    await console.get_by_text("A20261102-9001").first.wait_for(timeout=WAIT_MS)
    await accept(console, "A20261102-9001")
    await reply(console, "Your order A20261102-9001 is called off; nothing was charged.")
    await expect(phone.get_by_text("nothing was charged")).to_be_visible(timeout=WAIT_MS)
    await shot(sandbox, "sandbox")


async def test_mail(base: str, browser: Browser, console: Page) -> None:
    """E-mail: SMTP and IMAP in, SMTP out, in the same thread."""
    sandbox = await sandbox_of(browser, base)
    mail = sandbox.locator("#mail")
    await mail.locator("input[name=subject]").fill("Invoice for order A20261101-7777")
    await mail.locator("textarea[name=text]").fill("Hello,\n\ncould I return the apron I was sent?")
    await mail.get_by_role("button", name="Send the mail").click()
    await accept(console, "return the apron")
    await reply(console, "Of course, the label for the return is on its way to you.")
    await expect(mail.get_by_text("label for the return")).to_be_visible(timeout=WAIT_MS)


async def test_no_hole_in_the_sandbox(base: str, browser: Browser) -> None:
    """The cards of each row end together, side by side and one below the other."""
    sandbox = await sandbox_of(browser, base)
    ends = await sandbox.evaluate(ENDS)
    assert ends["calls"] == ends["sms"]
    assert len(set(ends["rows"])) == 1


async def test_messengers(base: str, browser: Browser, console: Page) -> None:
    """Each of the eight: signed webhook in, the provider's API out, and its receipts."""
    sandbox = await sandbox_of(browser, base)
    await sandbox.locator("#chats-person").select_option(label="Tom Baker")
    for name in NAMES:
        phone = sandbox.locator(f"#chat-{name}")
        asked, answered = f"Do you ship to Boston by {name}?", f"We do, within a week, by {name}."
        await phone.locator("textarea").fill(asked)
        await phone.get_by_role("button", name="Send").click()
        await expect(phone.get_by_text("Parley has it")).to_be_visible(timeout=WAIT_MS)
        await accept(console, asked)
        await reply(console, answered)
        await expect(phone.get_by_text(answered)).to_be_visible(timeout=WAIT_MS)
        if name in READ:
            await expect(phone.get_by_text("Read", exact=True).last).to_be_visible(timeout=WAIT_MS)
            tick = (
                console.locator(".bubble").filter(has_text=answered).locator(f".mark.{READ[name]}")
            )
            await expect(tick).to_be_visible(timeout=WAIT_MS)
        await resolve(console)
    await sandbox.locator("#chats").scroll_into_view_if_needed()
    await shot(sandbox, "messengers")


async def test_a_menu(base: str, browser: Browser) -> None:
    """WeChat's, on the customer's telephone: an entry opens others, a tap is answered at once, and
    a page opens."""
    sandbox = await sandbox_of(browser, base)
    await sandbox.locator("#chats-person").select_option(label="韩梅梅")
    phone = sandbox.locator("#chat-wechat")
    await phone.get_by_text("自助服务").click()
    await shot(sandbox, "menu")
    await phone.get_by_role("button", name="营业时间").click()
    await expect(phone.get_by_text("在线客服每天 8:00 至 23:00")).to_be_visible(timeout=WAIT_MS)
    await expect(phone.get_by_role("button", name="营业时间")).to_be_hidden()
    async with sandbox.context.expect_page() as opened:
        await phone.get_by_role("button", name="逛逛小店").click()
    assert (await opened.value).url == f"{base}/shop"


async def test_dark_and_phone(base: str, browser: Browser) -> None:
    """The console works on a phone in the dark, in Chinese."""
    context = await browser.new_context(viewport=PHONE, locale="zh-CN", color_scheme="dark")
    page = await context.new_page()
    await page.goto(f"{base}/")
    await page.get_by_role("button", name="王磊").click()
    await expect(page.get_by_text("等待中").first).to_be_visible(timeout=WAIT_MS)
    await shot(page, "phone-dark")
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    assert await page.evaluate(NAMED_KEY) == "none", "a telephone has no such keys"
    assert await page.evaluate(LOW) == [], "a finger needs 40 px"
    await page.locator(".search").click(position={"x": 18, "y": 20})
    await page.keyboard.type("lamp")
    field = await page.get_by_role("searchbox").bounding_box()
    assert field is not None
    assert field["width"] > PHONE["width"] / 2, "what is searched for can be read"
    await expect(page.locator(".results-head")).to_contain_text("lamp")


async def test_nothing_is_left_open(console: Page) -> None:
    """Resolving takes a conversation from the agent's list."""
    rows = console.locator(".rows a")
    await console.get_by_role("link", name="Mine").click()
    await expect(rows).to_have_count(3, timeout=WAIT_MS)
    for left in (2, 1, 0):
        await rows.first.click()
        await console.get_by_role("button", name="Resolve").click(timeout=WAIT_MS)
        await expect(rows).to_have_count(left, timeout=WAIT_MS)


async def test_reports(base: str, browser: Browser) -> None:
    """A supervisor sees how fast customers were answered, by queue and by channel, in Chinese."""
    context = await browser.new_context(viewport=WIDE, locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{base}/")
    await page.get_by_role("button", name="陈静").click()
    await page.get_by_role("link", name="报表").click()
    table = page.get_by_role("table", name="响应时间")
    await expect(table.get_by_role("rowheader").first).to_be_visible(timeout=WAIT_MS)
    await page.get_by_role("combobox", name="分组").select_option("渠道")
    chat = table.get_by_role("row").filter(has_text="首次响应").filter(has_text="网页")
    await expect(chat).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_role("heading", name="回拨")).to_be_visible()
    await shot(page, "reports-zh")
    await page.set_viewport_size(PHONE)
    await expect(table.get_by_text("网页").first).to_be_visible()
    await shot(page, "reports-phone-zh")
