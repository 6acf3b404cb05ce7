"""One's own account in the console: a second step at sign-in, and where one is signed in."""

import re

import pyotp
import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.desk import PHONE, WAIT_MS, shot

pytestmark = pytest.mark.asyncio(loop_scope="module")


NEEDS_CODE = {"code": "totp_required", "detail": "", "what_to_do": ""}
NOT_FRESH = {"code": "reauth_required", "detail": "", "what_to_do": ""}


async def prove(page: Page, place: Locator, button: str) -> None:
    """The password alone is not enough: the code is asked for, and both are sent."""
    asked: list[dict[str, str]] = []

    async def door(route: Route) -> None:
        asked.append(route.request.post_data_json)
        await route.fulfill(status=401, json=NEEDS_CODE)

    await page.route("**/api/v1/session", door)
    password = place.get_by_label("Password")
    await password.press_sequentially("swordfish")
    await expect(password).to_be_focused()
    await place.get_by_role("button", name=button).click()
    code = place.get_by_role("textbox", name="One-time code")
    await expect(code).to_be_focused()
    await expect(place.get_by_role("alert")).to_have_count(0)
    await code.fill("  ")
    await code.press("Enter")
    await expect(place.get_by_role("alert")).to_contain_text("one-time code")
    await code.fill("123 456 ")
    await code.press("Enter")
    await expect(place.get_by_role("alert")).to_contain_text("one-time code")
    proofs = [(one["password"], one.get("totp")) for one in asked]
    assert proofs == [("swordfish", None), ("swordfish", None), ("swordfish", "123 456")]
    await page.unroute("**/api/v1/session")


async def open_account(page: Page) -> None:
    """One's own settings, then the account."""
    await page.get_by_role("button", name="My settings").click()
    await page.get_by_role("menuitem", name="Account and sign-in").click()


async def test_a_second_step(console: Page) -> None:
    """A device proves its secret, codes for paper are shown once, and nobody is thrown out."""
    await open_account(console)
    dialog = console.get_by_role("dialog", name="Account and sign-in")
    await dialog.get_by_role("button", name="Set up").click()
    await expect(dialog.get_by_role("img", name="QR code")).to_be_visible(timeout=WAIT_MS)
    await shot(console, "second-step")
    seed = re.sub(r"\s", "", await dialog.locator(".seed").inner_text())
    field = dialog.get_by_role("textbox", name="One-time code")
    await field.fill(pyotp.TOTP(seed).now())
    await field.press("Enter")
    await expect(
        dialog.get_by_role("listitem").filter(has_text=re.compile(r"^\w{5}-\w{5}$"))
    ).to_have_count(10, timeout=WAIT_MS)
    await expect(dialog.get_by_text("Recovery codes left: 10")).to_be_visible()
    await shot(console, "recovery-codes")
    await console.keyboard.press("Escape")
    await expect(console.get_by_role("status", name="Live")).to_be_attached(timeout=WAIT_MS)
    await console.reload()
    await expect(console.get_by_role("button", name="Presence")).to_be_visible(timeout=WAIT_MS)
    await open_account(console)
    await expect(dialog.get_by_text("Recovery codes left: 10")).to_be_visible(timeout=WAIT_MS)
    await dialog.get_by_role("button", name="Turn off").click()
    await expect(dialog.get_by_role("button", name="Set up")).to_be_visible(timeout=WAIT_MS)
    await console.keyboard.press("Escape")


async def test_another_browser(base: str, browser: Browser, console: Page) -> None:
    """A telephone left somewhere is signed out from here."""
    context = await browser.new_context(viewport=PHONE, locale="en-GB", color_scheme="dark")
    phone = await context.new_page()
    await phone.goto(f"{base}/")
    await phone.get_by_role("button", name="Emma Clarke").click()
    await open_account(phone)
    await expect(phone.get_by_text("this browser")).to_be_visible(timeout=WAIT_MS)
    await shot(phone, "account-phone-dark")
    await open_account(console)
    dialog = console.get_by_role("dialog", name="Account and sign-in")
    other = dialog.get_by_role("listitem").filter(has_not_text="this browser")
    await other.get_by_role("button", name="Sign out").click()
    await expect(other).to_have_count(0, timeout=WAIT_MS)
    await expect(phone.get_by_role("heading", name="Sign in to the desk")).to_be_visible(
        timeout=WAIT_MS
    )
    await console.keyboard.press("Escape")
    await context.close()


async def test_the_code_is_asked_for_where_there_is_one(base: str, browser: Browser) -> None:
    """At the door, and where a change asks for a fresh sign-in; whichever field is filled first."""
    context = await browser.new_context(viewport=PHONE, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{base}/")
    await expect(page.get_by_role("textbox", name="Login")).to_be_focused()
    door = page.get_by_role("main")
    await page.get_by_role("button", name="Emma Clarke").wait_for()
    await page.get_by_label("Password").focus()
    await page.keyboard.type("s")
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.get_by_label("Password").fill("")
    await page.get_by_role("textbox", name="Login").fill("emma")
    await prove(page, door, "Sign in")
    await shot(page, "door-code")
    await page.get_by_role("button", name="Emma Clarke").click()
    await open_account(page)
    dialog = page.get_by_role("dialog", name="Account and sign-in")
    await expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    await page.route(
        "**/api/v1/me/totp",
        lambda route: (
            route.fulfill(status=403, json=NOT_FRESH)
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    await dialog.get_by_role("button", name="Set up").click()
    await prove(page, dialog, "Continue")
    await shot(page, "fresh-code")
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_have_count(0)
    await context.close()
