"""A customer calls: menu, queue, an agent, a colleague; or nobody, and a voicemail."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import WAIT_MS, WIDE, sandbox_of, shot

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def call(sandbox: Page, person: str) -> None:
    """Dial, choose English by the keyboard, and hear of the queue."""
    telephone = sandbox.locator("#calls")
    await sandbox.locator("#calls-person").select_option(label=person)
    await telephone.get_by_role("button", name="Call").click()
    await expect(telephone).to_contain_text("Press a key, or say it", timeout=WAIT_MS)
    await expect(sandbox.locator("#verbs [aria-current]")).to_contain_text("<Gather")
    await telephone.get_by_role("log").press("2")
    await expect(telephone).to_contain_text("in the queue", timeout=WAIT_MS)


async def test_a_call(base: str, browser: Browser, console: Page) -> None:
    """It is answered, held, talked over with a colleague, handed to them, and hung up."""
    context = await browser.new_context(viewport=WIDE, locale="zh-CN")
    colleague = await context.new_page()
    await colleague.goto(f"{base}/")
    await colleague.get_by_role("button", name="王磊").click()
    await colleague.get_by_role("button", name="开始接待").click()
    sandbox = await sandbox_of(browser, base)
    await call(sandbox, "Olivia Reed · +447700900147")
    heard = sandbox.locator("#calls")
    await console.locator(".offer").get_by_role("button", name="Accept").click(timeout=WAIT_MS)
    await expect(heard).to_contain_text("With an agent", timeout=WAIT_MS)
    bar = console.locator(".callbar")
    await bar.get_by_role("button", name="Hold").click(timeout=WAIT_MS)
    await expect(heard).to_contain_text("One moment, please", timeout=WAIT_MS)
    await bar.get_by_role("button", name="Resume").click(timeout=WAIT_MS)
    await expect(bar.get_by_role("button", name="Hold")).to_be_visible(timeout=WAIT_MS)
    await bar.get_by_role("button", name="Ask a colleague").click()
    await console.locator(".targets").get_by_text("王磊").click()
    await console.get_by_role("button", name="Call", exact=True).click()
    await expect(bar).to_contain_text("王磊 Wang Lei is being asked", timeout=WAIT_MS)
    await shot(console, "call")
    await bar.get_by_role("button", name="Hand over to").click()
    # Who was asked and has answered has it at once: there is nothing to accept any more.
    await colleague.locator(".rows a").filter(has_text="+447700900147").click(timeout=WAIT_MS)
    await expect(heard).to_contain_text("With an agent", timeout=WAIT_MS)
    await colleague.locator(".callbar .hangup").click(timeout=WAIT_MS)
    await expect(heard).to_contain_text("The call is over", timeout=WAIT_MS)
    await expect(colleague.get_by_role("log")).to_contain_text("已接听", timeout=WAIT_MS)


async def test_a_voicemail(base: str, browser: Browser, console: Page) -> None:
    """Its words are in the conversation, with a player for the recording."""
    sandbox = await sandbox_of(browser, base)
    await call(sandbox, "Tom Baker · +12025550147")
    telephone = sandbox.locator("#calls")
    await telephone.get_by_role("log").press("2")
    await expect(telephone).to_contain_text("Leave your message", timeout=WAIT_MS)
    await telephone.locator("textarea").fill("My order has not come yet.")
    await telephone.get_by_role("button", name="Say").click()
    await expect(telephone).to_contain_text("The call is over", timeout=WAIT_MS)
    await console.get_by_role("link", name="All").click()
    await console.locator(".rows a").filter(has_text="My order has not").click(timeout=WAIT_MS)
    log = console.get_by_role("log")
    await expect(log).to_contain_text("My order has not come yet.", timeout=WAIT_MS)
    player = log.locator("audio")
    await player.scroll_into_view_if_needed()
    seconds = await player.evaluate(
        "a => a.duration || new Promise(f => a.onloadedmetadata = () => f(a.duration))"
    )
    assert seconds >= 1
    await shot(console, "voicemail")


async def test_nothing_is_written_to_a_telephone(console: Page) -> None:
    """Who can only be called is not offered a field for words."""
    await expect(console.locator(".barred")).to_contain_text(
        re.compile("Take it|Only the telephone"), timeout=WAIT_MS
    )
