"""A browser on the demo server, and pages in it that are watched for faults.

`page` is a new window on the demo's origin, once in each language and size; `no_script` runs no scripts;
`open_window` makes more. Whatever a test opens, it fails when the console, the network or the CSP
complains, unless it said `watch.excuse(…)`. `accessible(page)` and `picture(page, name)` are awaited.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page

from tests.browser.looking import barriers, kept
from tests.browser.window import WINDOWS, Watch, Window, chromium, opened
from tests.demo import Demo
from tests.reader import Reader, furnished

OpenWindow = Callable[[Window], Awaitable[Page]]
Accessible = Callable[[Page], Awaitable[None]]
Picture = Callable[[Page, str], Awaitable[None]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, one for all tests; each test has its own windows."""
    async with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def origin(demo: Demo) -> str:
    """Where the demo's pages are."""
    address = urlsplit(demo.endpoint)
    return f"{address.scheme}://{address.netloc}"


@pytest.fixture(scope="session")
def about(demo: Demo) -> dict[str, str]:
    """An address for each page of the console that is about something."""
    reader = Reader(demo)
    with reader.http:
        reader.sign_in(demo)
        return furnished(reader, demo)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the browser complains of; a test fails of what it did not excuse."""
    watching = Watch()
    yield watching
    assert not watching.faults


@pytest.fixture
async def open_window(browser: Browser, origin: str, watch: Watch) -> AsyncIterator[OpenWindow]:
    """Open a window: no cookies, no history."""
    contexts = []

    async def open_one(window: Window) -> Page:
        context = await opened(browser, window, origin)
        contexts.append(context)
        watch.over(context)
        return await context.new_page()

    yield open_one
    for context in contexts:
        await context.close()


@pytest.fixture(params=WINDOWS, ids=str)
async def page(request: pytest.FixtureRequest, open_window: OpenWindow) -> Page:
    """A page in each language and size."""
    window: Window = request.param
    return await open_window(window)


@pytest.fixture
async def no_script(open_window: OpenWindow) -> Page:
    """A page on a phone that runs no script."""
    return await open_window(Window("fr", "phone", script=False))


@pytest.fixture
def accessible() -> Accessible:
    """Fail when axe finds something serious or critical, or the page is wider than its window."""

    async def check(page: Page) -> None:
        assert not await barriers(page)

    return check


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Picture:
    """Keep a picture of a page for the documentation (`--update-pictures`), or see that it is kept."""
    return partial(kept, update=bool(request.config.getoption("--update-pictures")))
