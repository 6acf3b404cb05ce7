"""What an agent may send beside words: answers to be tapped, and a template that is approved."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import PHONE, WAIT_MS, WIDE, accept, reply, resolve, sandbox_of, shot

# What a quick hand does: Escape comes before the frame in which the panel would be painted.
IN_ONE_BREATH = """async (button) => {
  button.click();
  while (!document.querySelector(".pop-panel")) await Promise.resolve();
  const escape = { key: "Escape", bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", escape));
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_choices_are_tapped(base: str, browser: Browser, console: Page) -> None:
    """They stand below the words on the customer's telephone; the tap comes home as an answer."""
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#chat-telegram")
    await phone.locator("textarea").fill("Which colours has the mug?")
    await phone.get_by_role("button", name="Send").click()
    await accept(console, "colours has the mug")
    await expect(console.locator(".head h1")).to_be_focused()  # whoever uses keys goes on there
    await console.get_by_role("button", name="Choices to tap").click()
    asked = console.get_by_role("dialog", name="Choices to tap")
    await asked.get_by_role("textbox").fill("Blue\nGreen")
    await asked.get_by_role("button", name="Offer these").click()
    await expect(console.locator(".offered-row li")).to_have_text(["Blue", "Green"])
    box = console.get_by_role("textbox", name="Reply")
    await box.fill("These two. Which may it be?")
    await box.press("Control+Enter")
    await console.get_by_role("button", name="Send now").click(timeout=WAIT_MS)
    said = phone.locator(".bubble").filter(has_text="Which may it be")
    await expect(said.get_by_role("button")).to_have_text(["Blue", "Green"], timeout=WAIT_MS)
    await said.get_by_role("button", name="Green").click()
    theirs = console.get_by_role("log").locator(".bubble").filter(has_text="Green").last
    await expect(theirs).to_be_visible(timeout=WAIT_MS)
    await expect(phone.locator(".bubble.own").last).to_contain_text("Green")
    await shot(sandbox, "choices")
    await resolve(console)


async def test_a_template_goes_though_the_window_is_closed(
    base: str, browser: Browser, console: Page
) -> None:
    """Chosen by its name, filled in, read before it goes; and it waits for nobody."""
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#chat-whatsapp")
    await phone.locator("textarea").fill("Is the kettle still to be had?")
    await phone.get_by_role("button", name="Send").click()
    await accept(console, "kettle still to be had")
    await phone.get_by_text("Let it go wrong").click()
    late = phone.get_by_role("switch", name="Too late to answer")
    await late.click(force=True)
    await expect(late).to_be_checked(timeout=WAIT_MS)
    await console.get_by_role("button", name="Approved templates").click()
    chosen = console.get_by_role("dialog", name="Approved templates")
    await chosen.get_by_role("combobox").select_option("parcel_on_its_way · en_US")
    await chosen.get_by_role("textbox", name="{{1}}").fill("Olivia")
    await chosen.get_by_role("textbox", name="{{2}}").fill("A-7")
    words = "Dear Olivia, order A-7 is on its way. Answer here any time."
    await expect(chosen.locator(".words")).to_have_text(words)
    await shot(console, "approved")
    await chosen.get_by_role("button", name="Send").click()
    await expect(phone.get_by_text(words)).to_be_visible(timeout=WAIT_MS)
    sent = console.get_by_role("log").locator(".bubble").filter(has_text=words)
    await expect(sent).to_be_visible(timeout=WAIT_MS)
    await late.click(force=True)
    await expect(late).not_to_be_checked(timeout=WAIT_MS)
    await resolve(console)


async def test_a_held_reply_goes_when_the_customer_writes(
    base: str, browser: Browser, console: Page
) -> None:
    """The window has closed: what was written waits, the approved nudge goes in its place, and the
    customer's word lets it out.
    """
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#chat-whatsapp")
    await phone.locator("textarea").fill("May I have the whisk engraved?")
    await phone.get_by_role("button", name="Send").click()
    await accept(console, "whisk engraved")
    late = phone.get_by_role("switch", name="Too late to answer")
    if not await late.is_visible():
        await phone.get_by_text("Let it go wrong").click()
    await late.click(force=True)
    await expect(late).to_be_checked(timeout=WAIT_MS)
    words = "You may: three letters, thank you for asking."
    await reply(console, words)
    await expect(phone.get_by_text("Our answer is ready")).to_be_visible(timeout=WAIT_MS)
    assert await phone.get_by_text(words).count() == 0
    await late.click(force=True)
    await expect(late).not_to_be_checked(timeout=WAIT_MS)
    await phone.locator("textarea").fill("Yes?")
    await phone.get_by_role("button", name="Send").click()
    await expect(phone.get_by_text(words)).to_be_visible(timeout=WAIT_MS)
    await resolve(console)


async def test_an_offer_is_told_where_the_list_is_not(
    base: str, browser: Browser, console: Page
) -> None:
    """On another page the way back to the list says how much is held out."""
    await console.get_by_role("link", name="Floor").click()
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#sms")
    await phone.locator("textarea").fill("May the mug go into the dishwasher?")
    await phone.get_by_role("button", name="Send").click()
    back = console.get_by_role("link", name="Conversations")
    await expect(back).to_contain_text("1 offer of new work", timeout=WAIT_MS)
    await back.click()
    await accept(console, "into the dishwasher")
    await expect(back).not_to_contain_text("offer")


async def test_escape_leaves_what_was_just_opened(console: Page) -> None:
    """However quick it is: the panel goes, and on a telephone the conversation stays."""
    await console.set_viewport_size(PHONE)
    emoji = console.get_by_role("button", name="Emoji")
    await emoji.evaluate(IN_ONE_BREATH)
    await expect(console.locator(".pop-panel")).to_have_count(0)
    await expect(emoji).to_be_visible()


async def test_templates_fit_a_telephone(console: Page) -> None:
    """What the composer's buttons open lies on the screen, whole."""
    await console.set_viewport_size(PHONE)
    for name in ("Emoji", "Templates", "Choices to tap"):
        await console.get_by_role("button", name=name).click()
        panel = await console.locator(".pop-panel").bounding_box()
        assert panel is not None
        assert panel["x"] >= 0, name
        assert panel["x"] + panel["width"] <= PHONE["width"], name
        await console.keyboard.press("Escape")
    await console.set_viewport_size(WIDE)
    await resolve(console)


async def test_an_offer_shows_what_its_customer_says_now(
    base: str, browser: Browser, console: Page
) -> None:
    """Who writes on while the offer stands is read on its card, before it is taken: by Enter, of
    one who has just said that they are there.
    """
    await console.get_by_role("button", name="Presence").click()
    await console.get_by_role("menuitemradio", name="Available").click()
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#sms")
    await phone.locator("textarea").fill("Is the teapot heavy?")
    await phone.get_by_role("button", name="Send").click()
    card = console.locator(".offer-words")
    await expect(card).to_have_text("Is the teapot heavy?", timeout=WAIT_MS)
    await phone.locator("textarea").fill("The green one, I mean.")
    await phone.get_by_role("button", name="Send").click()
    await expect(card).to_have_text("The green one, I mean.", timeout=WAIT_MS)
    await console.keyboard.press("Enter")
    await expect(console.get_by_role("log")).to_contain_text("The green one", timeout=WAIT_MS)
    await resolve(console)


async def test_a_call_is_booked_by_a_key_and_called_off_after_a_question(
    base: str, browser: Browser, console: Page
) -> None:
    """The keys lay the form before the agent; only this customer's calls stand above it.

    A time belongs to the number it was asked for with. The question takes the focus once, not with
    every second.
    """
    sandbox = await sandbox_of(browser, base)
    phone = sandbox.locator("#sms")
    await phone.locator("textarea").fill("One word about the kettle, please.")
    await phone.get_by_role("button", name="Send").click()
    await accept(console, "word about the kettle")
    await console.get_by_role("log").click()
    await console.keyboard.press("c")
    when = console.get_by_role("combobox", name="When")
    number = console.get_by_role("textbox", name="Number to call")
    await expect(number).to_be_focused(timeout=WAIT_MS)
    await when.select_option("fixed")
    await expect(console.get_by_role("combobox", name="Day")).to_be_visible(timeout=WAIT_MS)
    book = console.get_by_role("button", name="Have them called")
    await expect(book).to_be_enabled(timeout=WAIT_MS)
    await number.press("End")
    await number.press("7")
    await expect(book).to_be_disabled()
    await number.press("Backspace")
    await expect(book).to_be_enabled()
    await console.get_by_role("log").click()
    await console.keyboard.press("c")
    await expect(when).to_have_value("soon")
    await expect(number).to_be_focused()
    # By day somebody would have time at once: a call of another day can be called off at any hour.
    await when.select_option("fixed")
    days = console.get_by_role("combobox", name="Day")
    await expect(days).to_be_visible(timeout=WAIT_MS)
    await days.select_option(index=await days.get_by_role("option").count() - 1)
    await number.press("Enter")
    planned = console.get_by_role("list", name="Callbacks").get_by_role("listitem")
    await expect(planned).to_have_count(1, timeout=WAIT_MS)
    await planned.get_by_role("button", name="Cancel", exact=True).click()
    await expect(planned.get_by_role("button", name="Keep it")).to_be_focused()
    await number.focus()
    await console.wait_for_timeout(2_000)  # the clock ticks
    await expect(number).to_be_focused()
    await planned.get_by_role("button", name="Keep it").click()
    await expect(planned).to_have_count(1)
    await planned.get_by_role("button", name="Cancel", exact=True).click()
    await planned.get_by_role("button", name="Cancel the call").click()
    await expect(planned).to_have_count(0, timeout=WAIT_MS)
    await resolve(console)


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
async def test_the_bar_fits_a_telephone(base: str, browser: Browser, locale: str) -> None:
    """A supervisor's ways to all pages stand side by side, with nothing to be pushed aside."""
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.add_init_script(f"""localStorage.setItem("parley:pref:locale", '"{locale}"')""")
    await page.goto(f"{base}/")
    await page.get_by_role("button", name="Chen Jing").click()
    ways = page.locator(".pages")
    await expect(ways.get_by_role("link")).to_have_count(4, timeout=WAIT_MS)
    assert await ways.evaluate("ways => ways.scrollWidth - ways.clientWidth") == 0
    await page.locator(".bar .pop button").last.click()
    await page.locator(".choice.narrow").click()
    await expect(page).to_have_url(re.compile("#/templates"))
    await context.close()


async def test_a_supervisor_sees_the_floor_and_the_calls(base: str, browser: Browser) -> None:
    """Four figures and two hours of each queue; how many are where; calls, by channel, as one."""
    context = await browser.new_context(viewport=WIDE)
    page = await context.new_page()
    await page.add_init_script("""localStorage.setItem("parley:pref:locale", '"en"')""")
    await page.goto(f"{base}/")
    await page.get_by_role("button", name="Chen Jing").click()
    await page.get_by_role("link", name="Floor").click()
    board = page.locator(".board").filter(has_text="English support")
    await expect(board.locator("dt")).to_have_text(["Waiting", "Longest", "In time", "Agents free"])
    await expect(board.locator("dd").nth(2)).to_contain_text("%", timeout=WAIT_MS)
    lately = board.get_by_role("img")
    await expect(lately).to_have_accessible_name(re.compile("[1-9] questions? in the last two"))
    states = page.get_by_role("list", name="Agents by state").get_by_role("listitem")
    await expect(states.filter(has_text="Available")).to_have_text("1 Available")
    await page.get_by_role("link", name="Reports").click()
    calls = page.get_by_role("table", name="Callbacks").get_by_role("rowheader")
    await expect(calls).to_have_text(["English support"], timeout=WAIT_MS)
    await page.get_by_role("combobox", name="Group by").select_option("channel")
    await expect(calls).to_have_text(["Phone"], timeout=WAIT_MS)
    await context.close()
