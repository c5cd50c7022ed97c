"""The harness itself: what it says of good pages counts only if it complains of bad ones."""

import pytest
from playwright.async_api import Page

from tests.browser.conftest import OpenWindow
from tests.browser.looking import barriers
from tests.browser.window import Watch, Window

POLICY = "default-src 'none'; style-src 'self'; script-src 'self'"
SHELL = "<!doctype html><html lang=en><title>t</title><main><h1>t</h1>{}</main>"


async def shown(page: Page, body: str) -> None:
    """Show a page of ours in place of the server's."""

    async def answer(route: object) -> None:
        await route.fulfill(  # type: ignore[attr-defined]
            body=SHELL.format(body),
            content_type="text/html",
            headers={"content-security-policy": POLICY},
        )

    await page.route("**/made-up", answer)
    await page.goto("/made-up")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(
    "body",
    [
        "<p style='color:red'>inline</p>",
        "<style>p { color: red }</style>",
        "<img src='https://elsewhere.example/pixel.png' alt=''>",
        "<link rel=stylesheet href='/console/no-such.css'>",
    ],
)
async def test_a_page_that_the_policy_or_the_network_refuses_is_a_fault(
    open_window: OpenWindow, watch: Watch, body: str, *, script: bool
) -> None:
    await shown(await open_window(Window(script=script)), body)

    assert watch.faults
    watch.excuse("")


async def test_a_script_that_throws_is_a_fault(open_window: OpenWindow, watch: Watch) -> None:
    page = await open_window(Window())
    await page.route("**/thrown.js", lambda route: route.fulfill(body="throw new Error('thrown')"))
    await shown(page, "<script src=/thrown.js></script>")

    assert any("thrown" in fault for fault in watch.faults)
    watch.excuse("thrown")


async def test_a_document_may_be_a_refusal(open_window: OpenWindow, watch: Watch) -> None:
    page = await open_window(Window())

    answer = await page.goto("/console/no-such-page")

    assert answer
    assert answer.status == 404
    assert not watch.faults


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<input type=text>", "label"),
        ("<button></button>", "button-name"),
        ("<p><font color='#999999'>grey on white</font></p>", "color-contrast"),
        ("<table width=2000><tr><td>wide</table>", "wider"),
    ],
)
async def test_what_somebody_cannot_use_is_a_barrier(
    open_window: OpenWindow, body: str, rule: str
) -> None:
    page = await open_window(Window(size="phone"))
    await shown(page, body)

    assert any(rule in one for one in await barriers(page))


async def test_a_plain_page_has_no_barriers(open_window: OpenWindow) -> None:
    page = await open_window(Window(size="phone"))
    await shown(page, "<p>Plain.</p>")

    assert not await barriers(page)
