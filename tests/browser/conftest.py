"""One demo desk, one browser and Emma's console for each module of the walk."""

from collections.abc import AsyncIterator, Generator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.desk import OPEN, WIDE, chromium, demo_desk, sign_in, tell

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep whether a test failed for what comes after it."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _tell_what_was_seen(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    yield
    if request.node.stash.get(FAILED, False):
        for page in [page for one in OPEN for context in one.contexts for page in context.pages]:
            await tell(page)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="base")
async def _base(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with demo_desk(tmp_path_factory.mktemp("demo")) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="browser")
async def _browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="console")
async def _console(base: str, browser: Browser) -> AsyncIterator[Page]:
    """Emma's console, without a fault and without noise."""
    context = await browser.new_context(viewport=WIDE, locale="en-GB")
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda said: (
            faults.append(f"{said.text} {said.location}") if said.type == "error" else None
        ),
    )
    await sign_in(page, base, "Emma Clarke")
    yield page
    assert faults == []
