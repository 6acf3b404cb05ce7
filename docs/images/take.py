"""Takes the README's pictures of the seeded demo: `.venv/bin/python -m docs.images.take`."""

import asyncio
import io
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Locator, Page

from tests.browser.desk import PHONE, chromium, reply, resolve, sign_in
from tests.ports import free_port

HERE = Path(__file__).parent
WIDE = {"width": 1280, "height": 800}
TALL = {"width": 1280, "height": 1060}
WAIT_MS = 15_000
ASKED = "Hello,\n\nthe apron is too short. Could I return it, and where is the invoice?\n\nOlivia"
ANSWERED = (
    "Hello Olivia,\n\nof course: you may return it within thirty days, a label is in the parcel."
    " The invoice is on its way to you by a mail of its own.\n\nKind regards, Emma"
)
OLIVIA = "Olivia Reed · olivia@example.org"
SETTLED_MS = 1_500  # for what arrives after the last word: reports, marks, faces


@asynccontextmanager
async def demo(data: Path) -> AsyncIterator[str]:
    """`parley demo` with its first customers; its address."""
    port = free_port()
    parley = Path(sys.executable).with_name("parley")
    arguments = ("demo", "--port", str(port), "--data", str(data))
    process = await asyncio.create_subprocess_exec(
        parley, *arguments, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    while b"sign in" not in await process.stderr.readline():
        assert process.returncode is None, "the demo ended before it was ready"
    drain = asyncio.create_task(process.stderr.read())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()
        await drain


async def keep(page: Page, name: str, part: Locator | None = None) -> None:
    """A picture in a palette of 256 colours: a third of the bytes, no difference to be seen."""
    await page.wait_for_timeout(SETTLED_MS)
    taken = Image.open(io.BytesIO(await (part or page).screenshot())).convert("RGB")
    taken.quantize(256, Image.Quantize.MAXCOVERAGE, 5, dither=Image.Dither.NONE).save(
        HERE / f"{name}.png", optimize=True
    )


async def open_page(browser: Browser, *, dark: bool = False, phone: bool = False) -> Page:
    """A page as large and as dark as asked for."""
    context = await browser.new_context(
        viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
        device_scale_factor=2 if phone else 1.5,
        locale="zh-CN" if phone else "en-GB",
        color_scheme="dark" if dark else "light",
    )
    return await context.new_page()


async def console(browser: Browser, base: str) -> None:
    """Emma answers a text."""
    page = await open_page(browser)
    await sign_in(page, base, "Emma Clarke")
    offer = page.locator(".offer").filter(has_text="A20261102-3318")
    await offer.get_by_role("button", name="Accept").click(timeout=WAIT_MS)
    await reply(page, "Hello Olivia, it left us this morning and is with your bank by Wednesday.")
    await page.wait_for_timeout(SETTLED_MS)
    await page.reload()
    await page.get_by_role("log").wait_for(timeout=WAIT_MS)
    await keep(page, "console")
    await resolve(page)
    await mail(browser, base, page)
    await resolve(page)
    await call(browser, base, page)


async def mail(browser: Browser, base: str, page: Page) -> None:
    """A customer writes a mail, Emma answers, the customer reads it."""
    customer = await open_page(browser)
    await customer.goto(f"{base}/sandbox?lang=en")
    box = customer.locator("#mail")
    await customer.locator("#mail-person").select_option(label=OLIVIA)
    await box.locator("input[name=subject]").fill("Invoice for order A20261101-7777")
    await box.locator("textarea[name=text]").fill(ASKED)
    await box.get_by_role("button", name="Send the mail").click()
    offer = page.locator(".offer").filter(has_text="too short")
    await offer.get_by_role("button", name="Accept").click(timeout=WAIT_MS)
    await reply(page, ANSWERED)
    await box.get_by_text("thirty days").first.wait_for(timeout=WAIT_MS)
    await page.get_by_role("log").wait_for(timeout=WAIT_MS)
    await page.set_viewport_size(TALL)  # type: ignore[arg-type]
    await keep(page, "mail")
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    await keep(customer, "sandbox")
    await customer.context.close()


async def decline_all(page: Page, label: str) -> None:
    """Be free for a call: what is declined makes room for the next offer."""
    offer = page.locator(".offer").first
    while await offer.count():
        await offer.get_by_role("button", name=label).click(timeout=WAIT_MS)
        await page.wait_for_timeout(SETTLED_MS / 3)


async def call(browser: Browser, base: str, page: Page) -> None:
    """Tom calls, Emma asks Lin Xiao; what Tom hears."""
    colleague = await open_page(browser)
    await colleague.goto(f"{base}/")
    await colleague.get_by_role("button", name="林晓").click()
    await colleague.get_by_role("button", name="开始接待").click()
    await colleague.wait_for_timeout(SETTLED_MS)
    for waiting in await page.locator(".offer").all():
        await waiting.get_by_role("button", name="Decline").click(timeout=WAIT_MS)
    customer = await open_page(browser)
    await customer.goto(f"{base}/sandbox?lang=en")
    telephone = customer.locator("#calls")
    await customer.locator("#calls-person").select_option(label="Tom Baker · +12025550147")
    await customer.locator("#twiml summary").click()
    await customer.locator("#call-shop").click()
    await telephone.get_by_text("Press a key, or say it").wait_for(timeout=WAIT_MS)
    await customer.locator("[data-key='2']").click()
    await (
        page.locator(".offer")
        .filter(has_text="Call")
        .get_by_role("button", name="Accept")
        .click(timeout=WAIT_MS)
    )
    await telephone.get_by_text("With an agent").wait_for(timeout=WAIT_MS)
    await decline_all(colleague, "暂不接待")
    await page.locator(".callbar").get_by_role("button", name="Ask a colleague").click()
    await page.locator(".targets").get_by_text("林晓").click()
    await keep(page, "call")
    await page.get_by_role("button", name="Call", exact=True).click()
    await page.locator(".callbar").get_by_text("is being asked").wait_for(timeout=WAIT_MS)
    await customer.wait_for_timeout(SETTLED_MS)
    await telephone.scroll_into_view_if_needed()
    await keep(customer, "telephone", telephone)
    await page.get_by_role("button", name="Hang up").click()
    await colleague.context.close()


async def widget(browser: Browser, base: str) -> None:
    """A visitor asks in the shop, and Emma answers."""
    page = await open_page(browser)
    await page.goto(f"{base}/shop?lang=en")
    await page.get_by_role("button", name="chat").last.click()
    box = page.get_by_role("textbox", name="Message")
    await box.fill("Is the desk lamp with the wooden foot in stock?")
    await box.press("Enter")
    await page.get_by_text("Automatic reply").first.wait_for(timeout=WAIT_MS)
    emma = await open_page(browser)
    await sign_in(emma, base, "Emma Clarke")
    offer = emma.locator(".offer").filter(has_text="wooden foot")
    await offer.get_by_role("button", name="Accept").click(timeout=WAIT_MS)
    await reply(emma, "Hello, it is: we have nine of them, and send it today.")
    await page.get_by_text("send it today").wait_for(timeout=WAIT_MS)
    await keep(page, "widget")
    await resolve(emma)
    await emma.context.close()


async def phone(browser: Browser, base: str) -> None:
    """A colleague at work on a phone, in the dark, in Chinese."""
    page = await open_page(browser, dark=True, phone=True)
    await page.goto(f"{base}/")
    await page.get_by_role("button", name="王磊").click()
    await page.get_by_role("button", name="开始接待").click()
    await page.locator(".offer").first.locator(".button.main").click(timeout=WAIT_MS)
    await page.get_by_role("log").wait_for(timeout=WAIT_MS)
    await keep(page, "phone-dark")


async def main() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as data:
        async with demo(Path(data)) as base, chromium() as browser:
            for take in (widget, console, phone):
                await take(browser, base)


if __name__ == "__main__":
    asyncio.run(main())
