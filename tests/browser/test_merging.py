"""Two contacts are one person, and parted again; a conversation is split and goes on in another."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import PHONE, WAIT_MS, accept, sandbox_of, shot

pytestmark = pytest.mark.asyncio(loop_scope="module")


TOO_OFTEN = {"code": "too_many_requests", "detail": "", "what_to_do": ""}
WRITTEN = "Your parcel left this morning."


async def write(sandbox: Page, phone: str, words: str) -> None:
    """A customer writes."""
    await sandbox.locator(f"{phone} textarea").fill(words)
    await sandbox.locator(phone).get_by_role("button", name="Send").click()


async def test_merged(base: str, browser: Browser, console: Page) -> None:
    """Found, seen side by side, merged: the younger conversation goes on in the elder."""
    sandbox = await sandbox_of(browser, base)
    await write(sandbox, "#sms", "Where is my parcel A-1?")
    await accept(console, "parcel A-1")
    await write(sandbox, "#chat-telegram", "It is me again, about parcel A-1.")
    await accept(console, "me again")
    await console.get_by_role("textbox", name="Reply").fill(WRITTEN)
    panel = console.get_by_role("complementary", name="Customer and details")
    theirs = await panel.locator(".name-edit").inner_text()
    await console.locator(".row").filter(has_text="Where is my parcel").click()
    await expect(panel.locator(".name-edit")).not_to_have_text(theirs, timeout=WAIT_MS)
    stays = await panel.locator(".name-edit").inner_text()
    await panel.get_by_role("button", name="Merge with another").click()
    await panel.get_by_role("searchbox", name="Name or address").fill(theirs)
    await panel.get_by_role("button", name=theirs).click(timeout=WAIT_MS)
    await expect(panel.get_by_role("radio", name=stays)).to_be_checked(timeout=WAIT_MS)
    await shot(console, "merging")
    await panel.get_by_role("button", name="Merge", exact=True).click()
    await expect(panel.get_by_text(f"Also {theirs}")).to_be_visible(timeout=WAIT_MS)
    log = console.get_by_role("log")
    await expect(log.get_by_text("Another conversation continues here")).to_be_visible(
        timeout=WAIT_MS
    )
    await log.get_by_role("button", name="Show what was said there").click()
    await expect(log.get_by_text("me again")).to_be_visible(timeout=WAIT_MS)
    await shot(console, "merged")


async def test_a_search_that_fails_says_so(console: Page) -> None:
    """It does not say that there is nobody."""
    page = await console.context.new_page()
    await page.goto(console.url)
    panel = page.get_by_role("complementary", name="Customer and details")
    await panel.get_by_role("button", name="Merge with another").click(timeout=WAIT_MS)
    await page.route("**/contacts?q=*", lambda route: route.fulfill(status=429, json=TOO_OFTEN))
    box = panel.get_by_role("searchbox", name="Name or address")
    await box.fill("Olivia")
    await expect(panel.get_by_role("alert")).to_contain_text("That was too often")
    await expect(panel.get_by_text("Nobody by that name")).to_have_count(0)
    await page.unroute("**/contacts?q=*")
    await box.fill("\0" + "x" * 300)
    await expect(panel.get_by_text("Nobody by that name")).to_be_visible(timeout=WAIT_MS)
    await expect(panel.get_by_role("alert")).to_have_count(0)
    await page.close()


async def test_what_goes_on_elsewhere_says_where(console: Page) -> None:
    """Nobody writes there any more; one press leads to where it goes on."""
    log = console.get_by_role("log")
    await log.get_by_role("link", name="Another conversation continues here").click()
    onward = console.locator(".onward")
    await expect(onward).to_contain_text("goes on in another one", timeout=WAIT_MS)
    await expect(console.get_by_role("button", name="Reopen")).to_have_count(0)
    kept = console.get_by_role("textbox", name="What you had written here")
    await expect(kept).to_have_value(WRITTEN)
    await expect(kept).not_to_be_editable()
    await kept.focus()
    await kept.press("Escape")
    await expect(kept).not_to_be_focused()
    await shot(console, "continued")
    await console.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await console.bring_to_front()
    await console.get_by_role("button", name="Copy").click()
    await expect(console.get_by_text("Copied")).to_be_visible()
    assert await console.evaluate("navigator.clipboard.readText()") == WRITTEN
    await onward.get_by_role("link", name="Go there").click()
    await expect(log.get_by_text("Where is my parcel")).to_be_visible(timeout=WAIT_MS)


async def test_split(base: str, browser: Browser, console: Page) -> None:
    """From a message on it is a conversation of its own, in the same hands; and joined again."""
    sandbox = await sandbox_of(browser, base)
    await write(sandbox, "#sms", "And another thing: do you engrave spoons?")
    log = console.get_by_role("log")
    said = log.locator(".bubble").filter(has_text="engrave spoons")
    await expect(said).to_be_visible(timeout=WAIT_MS)
    await said.hover()
    await said.get_by_role("button", name="Split from here").click()
    await shot(console, "splitting")
    await said.get_by_role("button", name="Split", exact=True).click()
    await expect(log.get_by_text("Where is my parcel")).to_have_count(0, timeout=WAIT_MS)
    await expect(log.get_by_text("engrave spoons")).to_be_visible(timeout=WAIT_MS)
    await expect(console.get_by_role("textbox", name="Reply")).to_be_enabled(timeout=WAIT_MS)
    await console.get_by_role("button", name="Go on in another conversation").click()
    asked = console.get_by_role("dialog", name="Go on in another conversation")
    await shot(console, "joining")
    await asked.locator(".choice").filter(has_text="parcel").first.click()
    await asked.get_by_role("button", name="Go on there").click()
    await expect(log.get_by_text("Where is my parcel")).to_be_visible(timeout=WAIT_MS)


async def test_parted(console: Page) -> None:
    """Undone with a second press; by keys as well."""
    panel = console.get_by_role("complementary", name="Customer and details")
    await panel.get_by_role("button", name="Undo the merge").press("Enter")
    sure = panel.get_by_role("group", name="Part them?")
    await expect(sure.get_by_role("button", name="Cancel")).to_be_focused()
    await shot(console, "parting")
    await sure.get_by_role("button", name="Undo the merge").press("Enter")
    await expect(panel.get_by_text("Also ")).to_have_count(0, timeout=WAIT_MS)
    await console.set_viewport_size(PHONE)
    await shot(console, "merging-phone")
