"""Templates in the console: found, edited, previewed, saved, said to a customer, brought back."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.desk import PHONE, WAIT_MS, WIDE, shot

WORDS = "Your words are with us, {{ desk_name }} answers soon."
CHANGE = """async () => {
  const headers = {"Content-Type": "application/json", "X-Parley": "1"};
  const path = "/api/v1/wordings/acknowledged/en";
  const {purpose, variables, words, version} = await (await fetch(path)).json();
  const body = JSON.stringify({purpose, variables, version, anyway: true,
    words: {...words, "": words[""] + " Truly."}});
  return (await fetch(path, {method: "PUT", headers, body})).status;
}"""

LOOKS = (("dark", WIDE, "dark"), ("light", PHONE, "phone"), ("light", WIDE, "wide"))
MANY = """async () => {
  const headers = {"Content-Type": "application/json", "X-Parley": "1"};
  const path = "/api/v1/wordings/holding/en";
  for (let n = 0; n < 60; n += 1) {
    const {purpose, variables, words, version} = await (await fetch(path)).json();
    const body = JSON.stringify({purpose, variables, words, version, anyway: true});
    const answer = await fetch(path, {method: "PUT", headers, body});
    if (answer.status !== 200) return await answer.text();
  }
  return "";
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_edited_said_and_brought_back(base: str, browser: Browser) -> None:
    """What is saved here the next customer reads; what was said before comes back."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    await context.add_init_script("localStorage.setItem('parley:pref:locale', '\"en\"')")
    console = await context.new_page()
    await console.goto(f"{base}/")
    await console.get_by_role("button", name="陈静 Chen Jing").click()
    await console.get_by_role("link", name="Templates").click()
    await console.get_by_role("searchbox", name="Search by words").fill("acknowledged")
    await shot(console, "templates")
    await console.get_by_role("link", name="acknowledged: English").click()
    words = console.get_by_role("textbox", name="Words: Any channel")
    await expect(words).not_to_have_value("", timeout=WAIT_MS)
    before = await words.input_value()

    save = console.get_by_role("button", name="Save and say so")
    await expect(save).to_be_disabled()
    await words.fill(f"{WORDS}\n{{{{ shoe_size }}}}")
    await expect(console.get_by_text("Line 2: speaks of 'shoe_size'")).to_be_visible(
        timeout=WAIT_MS
    )
    await expect(save).to_be_disabled()
    await shot(console, "template-fault")
    await console.reload()
    await expect(words).to_have_value(f"{WORDS}\n{{{{ shoe_size }}}}", timeout=WAIT_MS)
    await expect(console.get_by_text("There are faults in: Any channel")).to_be_visible()
    await words.fill(f"{WORDS} Only an idiot asks twice.")
    why = console.get_by_text("Courtesy blocks words of: Any channel")
    await expect(why).to_be_visible(timeout=WAIT_MS)
    await expect(save).to_be_disabled()
    await expect(save).to_have_accessible_description(re.compile("Courtesy blocks"))
    for scheme, size, name in LOOKS:
        await console.emulate_media(color_scheme=scheme)
        await console.set_viewport_size(size)
        await why.scroll_into_view_if_needed()
        await shot(console, f"template-blocked-{name}")
    await words.fill(WORDS)
    await expect(save).to_be_enabled(timeout=WAIT_MS)
    preview = console.get_by_role("region", name="As the customer reads it")
    await expect(preview).to_contain_text("Your words are with us", timeout=WAIT_MS)
    await console.get_by_role("button", name="E-mail", exact=True).click()
    page = console.frame_locator("iframe.wording-html")
    await expect(page.locator("p").first).to_be_visible(timeout=WAIT_MS)
    await shot(console, "template-mail")
    await console.get_by_role("button", name="Any channel").click()
    await expect(console.get_by_role("heading", name="History")).to_have_count(1)
    await console.get_by_role("textbox", name="Why").fill("shorter")
    await save.click()
    await expect(console.get_by_text("Version 1").first).to_be_visible(timeout=WAIT_MS)
    await shot(console, "template")

    shop = await (await browser.new_context(viewport=WIDE, locale="en-GB")).new_page()
    await shop.goto(f"{base}/shop?lang=en")
    await shop.get_by_role("button", name="chat").last.click()
    await shop.get_by_role("textbox", name="Message").fill("Where is the lamp that I ordered?")
    await shop.get_by_role("textbox", name="Message").press("Enter")
    await expect(shop.get_by_text("Your words are with us")).to_be_visible(timeout=WAIT_MS)

    assert await console.evaluate(CHANGE) == 200
    await words.fill(f"{WORDS} Thank you.")
    await save.click()
    theirs = console.get_by_role("alert").filter(has_text="has saved version 2 meanwhile")
    await expect(theirs).to_contain_text("Truly.", timeout=WAIT_MS)
    await expect(words).to_have_value(f"{WORDS} Thank you.")
    await shot(console, "template-two")
    await console.get_by_role("button", name="Discard it").click()
    await expect(words).to_have_value(f"{WORDS} Truly.")

    await console.get_by_role("button", name="What the file says").click()
    await console.get_by_role("button", name="Bring this back").click()
    await expect(words).to_have_value(before, timeout=WAIT_MS)
    for scheme, size, name in (("dark", WIDE, "dark"), ("light", PHONE, "phone")):
        await console.emulate_media(color_scheme=scheme)
        await console.set_viewport_size(size)
        await shot(console, f"template-{name}")


async def test_a_long_history_is_read_to_its_end(base: str, browser: Browser) -> None:
    """Fifty versions, then those before them, down to the first."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    await context.add_init_script("localStorage.setItem('parley:pref:locale', '\"en\"')")
    console = await context.new_page()
    await console.goto(f"{base}/")
    await console.get_by_role("button", name="陈静 Chen Jing").click()
    await console.get_by_role("link", name="Templates").click()
    assert await console.evaluate(MANY) == ""
    await console.get_by_role("searchbox", name="Search by words").fill("holding")
    await console.get_by_role("link", name="holding: English").click()
    first = console.get_by_role("button", name="Version 1 ·")
    await expect(console.get_by_role("button", name="Version 60 ·")).to_be_visible(timeout=WAIT_MS)
    await expect(first).to_have_count(0)
    more = console.locator(".wording-history").get_by_role("button", name="Load more")
    await more.click()
    await expect(first).to_be_visible(timeout=WAIT_MS)
    await expect(more).to_have_count(0)
    await first.click()
    await expect(console.get_by_role("button", name="Bring this back")).to_be_visible(
        timeout=WAIT_MS
    )
