"""What axe-core finds on each screen, in the light and in the dark: nothing that keeps anybody out."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import PHONE, WAIT_MS, WIDE, accept, reply, sandbox_of, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
CONTRAST = {"runOnly": ["color-contrast"]}
# Colours are looked at when they have come to rest.
BARRIERS = """async (asked) => {
  await Promise.allSettled(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
    .map((one) => one.finished));
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...asked });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.flat().join(" ")}: ${node.failureSummary}`));
}"""
BARRED = """() => {
  const button = document.body.appendChild(document.createElement("button"));
  button.style.cssText = "width: 40px; height: 40px";
  const words = document.body.appendChild(document.createElement("p"));
  words.textContent = "Dark words";
  const style = new CSSStyleSheet();
  style.replaceSync(`body > p { position: fixed; top: 0; color: black; background: white; }
    @media (prefers-color-scheme: dark) { body > p { background: #333; } }`);
  document.adoptedStyleSheets = [style];
}"""


async def barriers(page: Page) -> list[str]:
    """What is serious or critical on the page as it stands: all in the light, colours in the dark."""
    await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(BARRIERS, {})
    await page.emulate_media(color_scheme="dark")
    dark: list[str] = await page.evaluate(BARRIERS, CONTRAST)
    await page.emulate_media(color_scheme="light")
    return found + [f"in the dark: {each}" for each in dark]


async def test_a_barrier_is_found(base: str, browser: Browser) -> None:
    """Else nothing below would say anything: no name is one, and so are dark words in the dark."""
    page = await browser.new_page()
    await page.goto(f"{base}/")
    await page.get_by_role("button", name="Emma Clarke").wait_for()
    await page.evaluate(BARRED)
    nameless, unseen = await barriers(page)
    assert nameless.startswith("button-name:")
    assert unseen.startswith("in the dark: color-contrast:")


async def test_no_screen_keeps_anybody_out(base: str, browser: Browser) -> None:
    """Console, widget, shop, sandbox and the API's page: names, roles, contrast, order."""
    found: dict[str, list[str]] = {}
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    console, shop = await context.new_page(), await context.new_page()
    await console.goto(f"{base}/")
    await console.get_by_role("button", name="Emma Clarke").wait_for()
    found["sign-in"] = await barriers(console)
    await sign_in(console, base, "Emma Clarke")
    await shop.goto(f"{base}/shop?lang=en")
    found["shop"] = await barriers(shop)
    await shop.get_by_role("button", name="chat").last.click()
    box = shop.get_by_role("textbox", name="Message")
    await box.fill("Does the lamp come in dark wood?")
    await box.press("Enter")
    await console.locator(".offer").wait_for(timeout=WAIT_MS)
    found["an offer"] = await barriers(console)
    await accept(console, "dark wood")
    await reply(console, "It does, in dark oak.")
    await expect(shop.get_by_text("dark oak")).to_be_visible(timeout=WAIT_MS)
    found["the widget"] = await barriers(shop)
    found["a conversation"] = await barriers(console)
    await console.get_by_role("textbox", name="Reply").fill("/sorry")
    await console.locator("#choices").get_by_role("option").first.wait_for(timeout=WAIT_MS)
    found["templates"] = await barriers(console)
    await console.get_by_role("textbox", name="Reply").fill("")
    found |= await said_later(console)
    for place in ("queues", "channels"):
        await console.goto(f"{base}/#/{place}")
        await console.get_by_role("heading", level=1).first.wait_for(timeout=WAIT_MS)
        found[place] = await barriers(console)
    await console.goto(f"{base}/#/mine")
    await console.set_viewport_size(PHONE)
    found["a telephone"] = await barriers(console)
    await console.goto(f"{base}/api/docs")
    found["the API"] = await barriers(console)
    assert {screen: told for screen, told in found.items() if told} == {}
    await context.close()


async def said_later(console: Page) -> dict[str, list[str]]:
    """The panel that asks when, and the reply that waits above the composer."""
    found: dict[str, list[str]] = {}
    box = console.get_by_role("textbox", name="Reply")
    await box.fill("Good morning, is the lamp there?")
    await box.press("Alt+Enter")
    panel = console.get_by_role("dialog", name="Send later")
    await expect(panel.get_by_role("checkbox")).to_be_focused(timeout=WAIT_MS)
    found["send later"] = await barriers(console)
    await panel.get_by_role("button", name="In an hour").click()
    waits = console.get_by_role("list", name="Replies for later")
    await expect(waits).to_contain_text("is the lamp there?", timeout=WAIT_MS)
    await expect(box).to_be_focused()
    await waits.get_by_role("button", name="Change").click()
    found["what waits"] = await barriers(console)
    return found


async def test_no_page_of_a_supervisor_keeps_anybody_out(base: str, browser: Browser) -> None:
    """Reports, the list of templates and one of them, on a desk and on a telephone."""
    context = await browser.new_context(viewport=WIDE, locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{base}/")
    await page.get_by_role("button", name="陈静").click()
    await page.get_by_role("link", name="模板").click()
    found: dict[str, list[str]] = {}
    for place, shown in (
        ("reports", "table, .empty"),
        ("templates", ".wordings li"),
        ("templates/acknowledged/zh-CN", ".wording-shown"),
    ):
        await page.goto(f"{base}/#/{place}")
        await page.locator(shown).first.wait_for(timeout=WAIT_MS)
        for size in (WIDE, PHONE):
            await page.set_viewport_size(size)
            found[f"{place} {size}"] = await barriers(page)
    assert {screen: told for screen, told in found.items() if told} == {}
    await context.close()


async def test_the_sandbox_keeps_nobody_out(base: str, browser: Browser) -> None:
    """Where one plays the customers."""
    sandbox = await sandbox_of(browser, base)
    await sandbox.locator("#chat-finch, #chat-generic").first.wait_for()
    assert await barriers(sandbox) == []
    logs = await sandbox.get_by_role("log").all()
    assert [await log.get_by_role("list").count() for log in logs] == [1] * len(logs) != []
    await sandbox.context.close()


async def test_the_widget_by_keys_alone(base: str, browser: Browser) -> None:
    """Opened, written in and shut without a mouse; the focus goes in, and comes back out."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    shop = await context.new_page()
    await shop.goto(f"{base}/shop?lang=en")
    launcher = shop.get_by_role("button", name="chat").last
    await launcher.focus()
    await shop.keyboard.press("Enter")
    await expect(shop.get_by_role("textbox", name="Message")).to_be_focused()
    await shop.keyboard.type("Have you a stool?")
    await shop.keyboard.press("Enter")
    log = shop.get_by_role("log")
    await expect(log.get_by_text("Have you a stool?")).to_be_visible(timeout=WAIT_MS)
    await shop.keyboard.press("Escape")
    await expect(shop.get_by_role("textbox", name="Message")).to_be_hidden()
    await expect(launcher).to_be_focused()
    await context.close()
