"""A draft in the console: asked for, called off, refused in words, and marked as a model's."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from tests.browser.desk import PHONE, WAIT_MS, WIDE, accept, reply
from tests.browser.test_accessible import barriers
from tests.browser.test_knowledge import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

DRAFT = {"text": "Hello, your lamp arrives on Friday.", "articles": [], "findings": []}
LIMITED = {"status": 503, "headers": {"Retry-After": "7"}, "json": {"code": "draft_limited"}}
ASK, CANCEL = "Have a reply drafted", "Call the draft off (Esc)"


def offered(socket: WebSocketRoute) -> None:
    """The demo desk, as if it named a model: the console learns so when it comes in."""
    desk = socket.connect_to_server()

    def tell(frame: str | bytes) -> None:
        socket.send(str(frame).replace('"drafts":false', '"drafts":true'))

    desk.on_message(tell)


async def test_without_a_model_nothing_is_offered(
    browser: Browser, base: str, console: Page
) -> None:
    """The composer is as it was."""
    await ask(browser, base, "My lamp flickers at night")
    await accept(console, "My lamp flickers at night")
    await expect(console.get_by_role("button", name="Articles")).to_be_visible()
    await expect(console.get_by_role("button", name=ASK)).to_have_count(0)


async def test_a_draft_is_asked_for_and_read(console: Page) -> None:
    """Below one's own words and marked until they are gone; Escape calls it off."""
    held = asyncio.Event()
    came: list[str] = []

    async def model(route: Route) -> None:
        came.append(route.request.url)
        await held.wait()
        await route.fulfill(json=DRAFT)

    await console.route_web_socket("**/api/v1/live*", offered)
    await console.reload()
    await console.route("**/draft", model)
    box = console.get_by_role("textbox", name="Reply")
    pen = console.get_by_role("button", name=ASK)
    mark = console.get_by_text("Drafted by a model. Read it before you send it.")
    await expect(pen).to_be_visible(timeout=WAIT_MS)
    await pen.click()
    await expect(console.get_by_text("Escape calls it off")).to_be_visible()
    await box.press("Escape")
    await expect(pen).to_be_visible()
    await expect(console.locator(".composer .problem")).to_have_count(0)
    await pen.click()
    await expect(console.get_by_role("button", name=CANCEL)).to_be_visible()
    await box.fill("Good evening.")
    held.set()
    await expect(box).to_have_value(f"Good evening.\n\n{DRAFT['text']}")
    assert len(came) == 2
    await expect(mark).to_be_visible()
    assert await barriers(console) == []
    await console.set_viewport_size(PHONE)
    await expect(pen).to_be_in_viewport()
    assert await console.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await console.set_viewport_size(WIDE)
    await box.fill("")
    await expect(mark).to_have_count(0)


async def test_a_refusal_is_said_and_nothing_is_lost(console: Page) -> None:
    """How long to wait stands there; the words in hand stay, and are sent as ever."""
    page = await console.context.new_page()  # whose noise about 503 is meant
    await page.route_web_socket("**/api/v1/live*", offered)
    await page.route("**/draft", lambda route: route.fulfill(**LIMITED))
    await page.goto(console.url)
    box = page.get_by_role("textbox", name="Reply")
    await box.fill("Hello, I look into it. Thank you.", timeout=WAIT_MS)
    await page.get_by_role("button", name=ASK).click()
    told = "The model takes no more for now. Write it yourself, or try again in 7 s."
    await expect(page.get_by_role("alert").filter(has_text=told)).to_be_visible()
    await expect(box).to_have_value("Hello, I look into it. Thank you.")
    await reply(page, "Hello, I look into it. Thank you.")
