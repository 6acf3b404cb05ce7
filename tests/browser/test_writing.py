"""What writing can do: take back, emoji, colleagues, pictures both ways, and a reply that waits."""

import base64

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.desk import WAIT_MS, WIDE, accept, reply, resolve, sandbox_of, shot

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = {"name": "lamp.png", "mimeType": "image/png", "buffer": PIXEL}

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_reply_taken_back(base: str, browser: Browser, console: Page) -> None:
    """Within five seconds it comes back as it was, with what it answers; then it goes once."""
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#chat-whatsapp")
    await phone.locator("input[type=file]").set_input_files(PICTURE)
    await phone.locator("textarea").fill("Is this one still to be had?")
    await phone.get_by_role("button", name="Send").click()
    await accept(console, "still to be had")
    picture = console.get_by_role("log").get_by_role("img").first
    await expect(picture).to_be_visible(timeout=WAIT_MS)
    await console.get_by_role("button", name="Reply to this message").first.click()
    box = console.get_by_role("textbox", name="Reply")
    await box.fill("It is, in two sizes :hea")
    await box.press("Enter")
    await expect(box).to_have_value("It is, in two sizes ❤️")
    await box.press("Control+Enter")
    await expect(console.locator(".leaving")).to_contain_text("Leaves in")
    await expect(box).to_have_value("")
    await box.press("Control+z")
    await expect(box).to_have_value("It is, in two sizes ❤️")
    await expect(console.locator(".answered")).to_contain_text("still to be had")
    assert await phone.get_by_text("two sizes").count() == 0
    await box.press("Control+Enter")
    await expect(phone.get_by_text("two sizes")).to_be_visible(timeout=WAIT_MS)
    sent = console.locator(".bubble").filter(has_text="two sizes")
    await expect(sent.locator(".quote")).to_contain_text("still to be had", timeout=WAIT_MS)
    assert await phone.get_by_text("two sizes").count() == 1
    await shot(console, "writing")


async def test_a_page_closed_too_soon(console: Page, base: str, browser: Browser) -> None:
    """A reply that was about to leave when the page was closed has left, once."""
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#chat-whatsapp")
    box = console.get_by_role("textbox", name="Reply")
    await box.fill("The larger one has a longer arm.")
    await box.press("Control+Enter")
    await expect(console.locator(".leaving")).to_be_visible()
    await console.reload()
    await expect(phone.get_by_text("longer arm")).to_be_visible(timeout=WAIT_MS)
    told = console.locator(".bubble").filter(has_text="longer arm")
    await expect(told).to_have_count(1, timeout=WAIT_MS)
    await expect(console.get_by_role("textbox", name="Reply")).to_have_value("")


async def test_a_line_that_breaks(console: Page, base: str, browser: Browser) -> None:
    """An answer that is lost, or a page that ends before it, costs no reply and doubles none."""
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#chat-whatsapp")
    page = await console.context.new_page()

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort("connectionreset")

    async def hold(_: Route) -> None:
        """The desk never hears of it."""

    async def say(text: str) -> None:
        await page.get_by_role("textbox", name="Reply").fill(text)
        await page.keyboard.press("Control+Enter")
        await page.get_by_role("button", name="Send now").click(timeout=WAIT_MS)

    await page.goto(console.url)
    await page.route("**/reply", lose_the_answer, times=1)
    await say("It weighs two kilos.")
    await expect(page.locator(".leaving")).to_have_count(0, timeout=WAIT_MS)
    await page.route("**/reply", hold)
    await say("The shade comes off.")
    await say("Its cable is two metres long.")
    await expect(page.locator(".leaving")).to_have_count(2)
    await page.unroute("**/reply")
    await page.reload()
    await expect(phone.get_by_text("two metres long")).to_be_visible(timeout=WAIT_MS)
    for words in ("two kilos", "shade comes off", "two metres long"):
        await expect(page.locator(".bubble").filter(has_text=words)).to_have_count(1)
        await expect(phone.get_by_text(words)).to_have_count(1)
    await expect(page.get_by_role("textbox", name="Reply")).to_have_value("")
    await page.close()


async def test_a_colleague_is_named(console: Page) -> None:
    """In a note "@" finds colleagues, and the note shows their name."""
    await console.get_by_role("button", name="Note", exact=True).click()
    note = console.get_by_role("textbox", name="Note")
    await note.type("Is it in your store, @wa")
    await expect(console.locator("#choices")).to_contain_text("王磊 Wang Lei")
    await note.press("Enter")
    await note.type("?")
    await note.press("Control+Enter")
    await expect(console.locator(".group.notes .mention")).to_have_text(
        "@王磊 Wang Lei", timeout=WAIT_MS
    )
    await console.get_by_role("button", name="Reply", exact=True).click()


async def test_a_reply_that_waits(base: str, browser: Browser, console: Page) -> None:
    """Too late to answer: it is held, says so, and leaves with the customer's next message."""
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#chat-whatsapp")
    await phone.get_by_text("Let it go wrong").click()
    late = phone.get_by_role("switch", name="Too late to answer")
    await late.check(force=True)
    await reply(console, "We keep the smaller one for you until Friday.")
    waits = console.get_by_text("Waits for the customer's next message").last
    await expect(waits).to_be_visible(timeout=WAIT_MS)
    await shot(console, "held")
    await late.uncheck(force=True)
    await phone.locator("textarea").fill("Thank you, I come on Thursday.")
    await phone.get_by_role("button", name="Send").click()
    await expect(phone.get_by_text("until Friday")).to_be_visible(timeout=WAIT_MS)
    await resolve(console)


async def test_files_in_the_widget(base: str, browser: Browser, console: Page) -> None:
    """A visitor's picture and an agent's file are there on both sides, without a reload."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    box = shop.get_by_role("textbox", name="Message")
    await box.fill("Which bulb fits this lamp?")
    await box.press("Enter")
    await accept(console, "Which bulb")
    await shop.locator("input[type=file]").set_input_files(PICTURE)
    send = shop.get_by_role("button", name="Send")
    await expect(send).not_to_have_attribute("aria-disabled", "true", timeout=WAIT_MS)
    await send.click()
    await expect(shop.get_by_role("img", name="lamp.png")).to_be_visible(timeout=WAIT_MS)
    theirs = console.get_by_role("log").get_by_role("img", name="lamp.png")
    await expect(theirs).to_be_visible(timeout=WAIT_MS)
    listed = {"name": "bulbs.txt", "mimeType": "text/plain", "buffer": b"E27, up to 8 W"}
    await console.locator(".composer input[type=file]").set_input_files(listed)
    await expect(console.locator(".tray")).to_contain_text("14 B", timeout=WAIT_MS)
    await reply(console, "E27; the list is enclosed.")
    await expect(shop.get_by_role("button", name="bulbs.txt")).to_be_enabled(timeout=WAIT_MS)
    await resolve(console)
