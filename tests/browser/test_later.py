"""Send later, whole: words that wait, a follow-up that the customer forestalls, what cannot go."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import PHONE, WAIT_MS, WIDE, accept, shot

# The screens offer minutes; nobody waits for one.
SOON = """async (conversation) => {
  const headers = {"Content-Type": "application/json", "X-Parley": "1"};
  const path = `/api/v1/scheduled?conversation=${conversation}`;
  const {items: [one]} = await (await fetch(path)).json();
  const send_at = new Date(Date.now() + 5500).toISOString();
  const body = JSON.stringify({version: one.version, send_at});
  return (await fetch(`/api/v1/scheduled/${one.id}`, {method: "PATCH", headers, body})).status;
}"""
OTHER = """async (conversation) => {
  const headers = {"Content-Type": "application/json", "X-Parley": "1"};
  const path = `/api/v1/scheduled?conversation=${conversation}`;
  const {items: [one]} = await (await fetch(path)).json();
  const body = JSON.stringify({version: one.version, text: "Hello from a colleague."});
  return (await fetch(`/api/v1/scheduled/${one.id}`, {method: "PATCH", headers, body})).status;
}"""
BLOCK = """async (conversation) => {
  const headers = {"Content-Type": "application/json", "X-Parley": "1"};
  const {contact} = await (await fetch(`/api/v1/conversations/${conversation}`)).json();
  const body = JSON.stringify({blocked: true});
  return (await fetch(`/api/v1/contacts/${contact.id}`, {method: "PATCH", headers, body})).status;
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="shop")
async def _shop(base: str, browser: Browser) -> Page:
    """A customer's chat."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{base}/shop?lang=en")
    await page.get_by_role("button", name="chat").last.click()
    return page


async def write(page: Page, words: str) -> None:
    """The customer writes."""
    theirs = page.get_by_role("textbox", name="Message")
    await theirs.fill(words)
    await theirs.press("Enter")


async def let_wait(console: Page, words: str, when: str, *, follows: bool = False) -> None:
    """The agent's words wait for one of the times that are offered."""
    box = console.get_by_role("textbox", name="Reply")
    await box.fill(words)
    await console.get_by_role("button", name="Send later").click(timeout=WAIT_MS)
    panel = console.get_by_role("dialog", name="Send later")
    if follows:
        await panel.get_by_role("checkbox").check()
    await shot(console, "later-when")
    await panel.get_by_role("button", name=when).click()
    await expect(panel).to_have_count(0, timeout=WAIT_MS)
    await expect(box).to_have_value("")


async def test_the_customer_is_quicker(console: Page, shop: Page) -> None:
    """A follow-up shows what it waits for, and goes from the screen with the customer's word."""
    await write(shop, "Where is my lamp?")
    await accept(console, "Where is my lamp?")
    words = "Hello, has the lamp come?"
    await let_wait(console, words, "In an hour", follows=True)
    later = console.get_by_role("list", name="Replies for later")
    await expect(later).to_contain_text(words, timeout=WAIT_MS)
    await expect(later).to_contain_text("unless they write first")
    await shot(console, "later")
    await console.emulate_media(color_scheme="dark")
    await shot(console, "later-dark")
    await console.set_viewport_size(PHONE)
    await shot(console, "later-phone")
    last = await console.get_by_role("button", name="More ways to send").bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= PHONE["width"], "every way to send is on the screen"
    await console.set_viewport_size(WIDE)
    await console.emulate_media(color_scheme="light")
    await write(shop, "It is here, thank you.")
    await expect(later).to_have_count(0, timeout=WAIT_MS)
    await expect(console.get_by_role("log")).to_contain_text("The follow-up was cancelled")


async def test_it_goes_at_its_time(console: Page, shop: Page) -> None:
    """In the words that it was given last; the customer reads it, and nothing waits any more."""
    await let_wait(console, "Good morning, your bulb is on its way.", "Tomorrow 09:00")
    later = console.get_by_role("list", name="Replies for later")
    # It is tomorrow at the desk, which late in the day is another day here.
    goes = re.compile(r"Goes (tomorrow|[A-Z][a-z]{2}, )")
    await expect(later).to_contain_text(goes, timeout=WAIT_MS)
    await later.get_by_role("button", name="Change").click()
    words = console.get_by_role("textbox", name="Words of the reply for later")
    await expect(words).to_be_focused()
    await words.fill("Good morning, your new bulb is on its way.")
    await shot(console, "later-change")
    await later.get_by_role("button", name="Save").click()
    await expect(later).to_contain_text("your new bulb", timeout=WAIT_MS)
    assert await console.evaluate(SOON, console.url.rpartition("/")[2]) == 200
    await expect(shop.get_by_text("your new bulb")).to_be_visible(timeout=WAIT_MS)
    await expect(later).to_have_count(0, timeout=WAIT_MS)


async def test_by_the_keyboard(console: Page, shop: Page) -> None:
    """Called off, or sent at once: each is a button that Tab reaches."""
    later = console.get_by_role("list", name="Replies for later")
    await let_wait(console, "This is never said.", "In an hour")
    mine = console.get_by_role("navigation", name="Conversation lists").get_by_role("group")
    await mine.get_by_text("Replies for later").press("Enter")
    await expect(mine.get_by_role("link")).to_contain_text("This is never said.", timeout=WAIT_MS)
    await shot(console, "later-mine")
    await later.get_by_role("button", name="Cancel").press("Enter")
    await expect(later).to_have_count(0, timeout=WAIT_MS)
    await expect(mine).to_have_count(0, timeout=WAIT_MS)
    await let_wait(console, "This is said now.", "In an hour")
    await later.get_by_role("button", name="Send now").press("Enter")
    await expect(shop.get_by_text("This is said now.")).to_be_visible(timeout=WAIT_MS)
    await expect(shop.get_by_text("This is never said.")).to_have_count(0)


async def test_by_one_chord(console: Page) -> None:
    """Alt+Enter asks when, Escape gives the words back; the palette has it by name."""
    box = console.get_by_role("textbox", name="Reply")
    panel = console.get_by_role("dialog", name="Send later")
    await box.press("Alt+Enter")
    await expect(panel).to_have_count(0)
    await expect(box).to_be_focused()
    await box.fill("This waits.")
    await box.press("Alt+Enter")
    await expect(panel.get_by_role("checkbox")).to_be_focused()
    await console.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(box).to_have_value("This waits.")
    await console.keyboard.press("Control+k")
    await console.get_by_role("combobox", name="All commands").fill("later")
    await console.keyboard.press("Enter")
    await expect(panel.get_by_role("checkbox")).to_be_focused()
    await console.keyboard.press("Escape")
    await box.fill("")


async def test_changed_by_a_colleague(console: Page) -> None:
    """Whoever was slower sees what it says now, keeps the words in hand, and may save them then."""
    await let_wait(console, "Hello from Emma.", "In an hour")
    later = console.get_by_role("list", name="Replies for later")
    await later.get_by_role("button", name="Change").click()
    words = console.get_by_role("textbox", name="Words of the reply for later")
    await words.fill("Hello once more.")
    assert await console.evaluate(OTHER, console.url.rpartition("/")[2]) == 200
    await expect(later.get_by_text("Hello from a colleague.")).to_be_visible(timeout=WAIT_MS)
    await expect(words).to_have_value("Hello once more.")
    await later.get_by_role("button", name="Save").click()
    await expect(later.locator(".words")).to_have_text("Hello once more.", timeout=WAIT_MS)
    await later.get_by_role("button", name="Cancel").click()
    await expect(later).to_have_count(0, timeout=WAIT_MS)


async def test_what_cannot_go(console: Page) -> None:
    """Its words stay on the screen with the reason, and its agent is told."""
    await let_wait(console, "Good evening.", "In an hour")
    conversation = console.url.rpartition("/")[2]
    assert await console.evaluate(SOON, conversation) == 200
    assert await console.evaluate(BLOCK, conversation) == 200
    later = console.get_by_role("list", name="Replies for later")
    await expect(later).to_contain_text("Not sent: This customer was blocked", timeout=WAIT_MS)
    await expect(later).to_contain_text("Good evening.")
    await expect(console.get_by_text("could not be sent").first).to_be_visible()
    await shot(console, "later-refused")
