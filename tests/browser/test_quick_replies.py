"""Quick replies in the console: written, found by pinyin, said, counted, changed by two at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Route, expect

from tests.browser.desk import PHONE, WAIT_MS, WIDE, accept, shot, sign_in

CHANGE = """async () => {
  const headers = {"Content-Type": "application/json", "X-Parley": "1"};
  const path = "/api/v1/quick-replies";
  const [one] = (await (await fetch(path)).json()).items;
  const {name, shortcut, version} = one;
  const body = JSON.stringify({name, shortcut, version, text: "theirs"});
  return (await fetch(`${path}/${one.id}`, {method: "PUT", headers, body})).status;
}"""

# What a quick hand does: the second press comes while the first is on its way.
TWICE = """async (button) => {
  button.click();
  await new Promise(requestAnimationFrame);
  button.click();
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="console")
async def _console(base: str, browser: Browser) -> AsyncIterator[Page]:
    """Emma's console without a fault; what the desk refuses here is part of the story."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if is_fault(said) else None)
    await sign_in(page, base, "Emma Clarke")
    yield page
    assert faults == []


def is_fault(said: ConsoleMessage) -> bool:
    """Whether a pane failed; the browser notes each refusal as an error of its own."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


async def opened(console: Page) -> None:
    await console.get_by_role("button", name="My settings: Emma Clarke").click()
    await console.get_by_role("menuitem", name="Quick replies and macros").click()


async def test_written(console: Page) -> None:
    """The pane takes a name, a shortcut and words with places, and says what it holds."""
    await opened(console)
    await shot(console, "quick-replies-none")
    await console.get_by_role("button", name="New", exact=True).click()
    await console.get_by_role("textbox", name="Name").fill("退货流程")
    await console.get_by_role("textbox", name="Shortcut").fill("th")
    words = console.get_by_role("textbox", name="What it says")
    await words.fill("Please send it back within seven days, {{ shoe_size }}")
    await console.get_by_role("button", name="Save").click()
    told = console.get_by_role("alert")
    await expect(told).to_contain_text("Nobody knows a value called shoe_size", timeout=WAIT_MS)
    await words.fill("Please send it back within seven days, order ")
    await words.press("End")
    await console.get_by_role("button", name="order number").click()
    await expect(words).to_have_value("Please send it back within seven days, order {{ order }}")
    await shot(console, "quick-reply-form")
    await console.get_by_role("button", name="Save").click()
    mine = console.get_by_role("listitem").filter(has_text="退货流程")
    await expect(mine).to_contain_text("Not used yet", timeout=WAIT_MS)
    await console.get_by_role("button", name="Close").click()


async def test_found_by_its_sound_and_said(base: str, browser: Browser, console: Page) -> None:
    """tuih finds it among the templates, its order number is asked for, and its use is counted."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    theirs = shop.get_by_role("textbox", name="Message")
    await theirs.fill("I want to return my lamp.")
    await theirs.press("Enter")
    await accept(console, "I want to return my lamp.")
    box = console.get_by_role("textbox", name="Reply")
    await box.press_sequentially("/tuih")
    option = console.locator("#choices").get_by_role("option").first
    await expect(option).to_contain_text("退货流程", timeout=WAIT_MS)
    await expect(option).to_contain_text("Quick reply /th")
    await shot(console, "quick-reply-offered")
    await box.press("Enter")
    await console.get_by_role("textbox", name="The template needs a value: order").fill("A-7")
    await console.get_by_role("button", name="Insert").click()
    await expect(box).to_have_value(
        "Please send it back within seven days, order A-7", timeout=WAIT_MS
    )
    await box.press("Control+Enter")
    await console.get_by_role("button", name="Send now").click(timeout=WAIT_MS)
    await expect(shop.get_by_text("order A-7")).to_be_visible(timeout=WAIT_MS)
    await opened(console)
    mine = console.get_by_role("listitem").filter(has_text="退货流程")
    await expect(mine).to_contain_text(
        "Used 1 time in 30 days, last by Emma Clarke", timeout=WAIT_MS
    )
    await shot(console, "quick-replies")


async def test_two_at_once(console: Page) -> None:
    """Who saves second sees what stands there now, and keeps their own words at hand."""
    await console.get_by_role("button", name="退货流程").click()
    words = console.get_by_role("textbox", name="What it says")
    await words.fill("mine")
    assert await console.evaluate(CHANGE) == 200
    await console.get_by_role("button", name="Save").click()
    told = console.get_by_role("alert")
    await expect(told).to_contain_text("emma has changed it meanwhile", timeout=WAIT_MS)
    await expect(words).to_have_value("theirs")
    own = console.get_by_role("textbox", name="What you had written here")
    await expect(own).to_have_value("mine")
    await shot(console, "quick-reply-two")
    for scheme, size, name in (("dark", WIDE, "dark"), ("light", PHONE, "phone")):
        await console.emulate_media(color_scheme=scheme)
        await console.set_viewport_size(size)
        await shot(console, f"quick-reply-{name}")
    await console.set_viewport_size(WIDE)
    await console.get_by_role("button", name="Delete").click()
    await console.get_by_role("group").get_by_role("button", name="Delete").click()
    await expect(console.get_by_text("What you say often stands here")).to_be_visible(
        timeout=WAIT_MS
    )


async def _unheard(console: Page, back: Locator) -> None:
    """The offer stands until its press is answered, and after one that never was."""
    goes_on = asyncio.Event()

    async def lost(route: Route) -> None:
        await goes_on.wait()
        await route.abort()

    await console.route("**/back", lost)
    await back.click()
    await expect(back).to_be_disabled()
    await shot(console, "macro-putting-back")
    goes_on.set()
    await expect(back).to_be_enabled(timeout=WAIT_MS)
    await expect(console.get_by_role("button", name="Resume")).to_be_visible()
    told = console.get_by_role("status").filter(has_text="The desk cannot be reached")
    await told.get_by_role("button", name="Close").click()
    await console.unroute("**/back", lost)


async def test_a_macro_from_the_writing_to_the_putting_back(console: Page) -> None:
    """It says and does several things at once, can be had back until it leaves, and after that what
    can be put back is."""
    await console.get_by_role("button", name="New", exact=True).click()
    await console.get_by_role("textbox", name="Name").fill("Wait for parts")
    await console.get_by_role("textbox", name="What it says").fill("We have ordered the part.")
    await console.get_by_text("What is done with it").click()
    await console.get_by_role("textbox", name="Note for colleagues").fill("part ordered")
    await console.get_by_role("combobox", name="Status").select_option("hold")
    await console.get_by_role("combobox", name="VIP").select_option("true")
    await shot(console, "macro-form")
    await console.get_by_role("button", name="Save").evaluate(TWICE)
    mine = console.get_by_role("listitem").filter(has_text="Wait for parts")
    await expect(mine).to_contain_text("Macro", timeout=WAIT_MS)
    await expect(mine).to_contain_text("Hold")
    await shot(console, "macro-list")
    await console.get_by_role("button", name="Close").click()
    box = console.get_by_role("textbox", name="Reply")
    await box.press_sequentially("/wait")
    await expect(console.locator("#choices").get_by_role("option").first).to_contain_text(
        "Macro", timeout=WAIT_MS
    )
    offered = console.locator("#choices").get_by_role("option").filter(has_text="Wait for parts")
    await expect(offered).to_have_count(1)
    await shot(console, "macro-offered")
    await box.press("Enter")
    leaving = console.get_by_text("Leaves in")
    await expect(leaving).to_be_visible(timeout=WAIT_MS)
    await shot(console, "macro-leaving")
    await console.get_by_role("button", name="Undo").click()
    await expect(leaving).to_have_count(0)
    await expect(box).to_have_value("")
    await expect(console.get_by_role("log").get_by_text("part ordered")).to_have_count(0)
    await console.keyboard.press("Control+k")
    await console.get_by_role("combobox", name="Commands").fill("Wait for")
    await console.keyboard.press("Enter")
    await console.get_by_role("button", name="Send now").click(timeout=WAIT_MS)
    back = console.get_by_role("button", name="Put back: status, VIP")
    await expect(back).to_be_visible(timeout=WAIT_MS)
    await expect(console.get_by_role("log")).to_contain_text("We have ordered the part.")
    await expect(console.get_by_role("log")).to_contain_text("part ordered", timeout=WAIT_MS)
    await expect(console.get_by_role("button", name="Resume")).to_be_visible(timeout=WAIT_MS)
    await shot(console, "macro-done")
    await _unheard(console, back)
    await back.click()
    await expect(console.get_by_role("button", name="Hold")).to_be_visible(timeout=WAIT_MS)
    await expect(back).to_have_count(0)
    await expect(console.get_by_role("log")).to_contain_text("We have ordered the part.")
    for scheme, size, name in (("dark", WIDE, "dark"), ("light", PHONE, "phone")):
        await console.emulate_media(color_scheme=scheme)
        await console.set_viewport_size(size)
        await opened(console)
        await console.get_by_role("button", name="Wait for parts").click()
        await shot(console, f"macro-form-{name}")
        await console.get_by_role("button", name="Close").click()
    await console.set_viewport_size(WIDE)
