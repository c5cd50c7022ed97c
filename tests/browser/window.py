"""Windows: Debian's Chromium as a reader has it, in a language and a size, and what went wrong in it."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Request,
    Response,
    ViewportSize,
    WebError,
    async_playwright,
)

INSTALL = "apt-get install --no-install-recommends chromium fonts-inter"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_SIZES = {
    "desktop": ViewportSize(width=1280, height=800),
    "phone": ViewportSize(width=360, height=740),
}
_PATIENCE = 15_000  # milliseconds
_LOCALES = {"fr": "fr-FR", "en": "en-GB"}
# No page may lean on another host, and no test may reach one.
_ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
# The browser asks for it by itself, wherever no page names a picture of the site.
_ICON = "/favicon.ico"
_STATUS = re.compile(r"Failed to load resource: the server responded with a status of 4")


@dataclass(frozen=True, slots=True)
class Window:
    """How somebody looks at a page."""

    language: Literal["fr", "en"] = "en"
    size: Literal["desktop", "phone"] = "desktop"
    script: bool = True

    def __str__(self) -> str:
        return f"{self.language}-{self.size}" + ("" if self.script else "-no-script")


WINDOWS = (
    Window("en", "desktop"),
    Window("fr", "desktop"),
    Window("en", "phone"),
    Window("fr", "phone"),
)


@dataclass
class Watch:
    """Every fault that a reader's browser would show in its console or its network list."""

    _seen: list[tuple[str, str]] = field(default_factory=list)
    _documents: set[str] = field(default_factory=set)
    _excused: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch all pages of a window."""
        context.on("console", self._console)
        context.on("weberror", self._thrown)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def excuse(self, part: str) -> None:
        """Expect faults that contain this text: they are what the test is about."""
        self._excused.append(part)

    @property
    def faults(self) -> list[str]:
        """What went wrong; a document may be a refusal (4xx), nothing else may."""
        told = [
            what
            for what, where in self._seen
            if not (where.endswith(_ICON) or (_STATUS.search(what) and where in self._documents))
        ]
        return [what for what in told if not any(part in what for part in self._excused)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._seen.append((f"console: {message.text}", message.location["url"]))

    def _thrown(self, error: WebError) -> None:
        self._seen.append((f"script: {error.error}", ""))

    def _failed(self, request: Request) -> None:
        if not _left(request):
            self._seen.append((f"request: {request.url} {request.failure}", request.url))

    def _answered(self, response: Response) -> None:
        document = response.request.is_navigation_request()
        if document:
            self._documents.add(response.url)
        if response.status >= (500 if document else 400):
            self._seen.append((f"answer: {response.url} {response.status}", response.url))


def _left(request: Request) -> bool:
    """Whether the reader went on before it came, or it was for another program or a file."""
    ends = request.is_navigation_request() or request.url.endswith(".svg")
    return ends and request.failure == "net::ERR_ABORTED"


def program() -> str:
    """Where Chromium is; nothing is downloaded for it."""
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    raise RuntimeError(f"These tests need Debian's Chromium: {INSTALL}")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser, ended with all its processes."""
    fonts = Path(__file__).with_name("fonts.conf")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program(),
            args=[_ALONE],
            env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
        )
        try:
            yield browser
        finally:
            await browser.close()


async def opened(browser: Browser, window: Window, origin: str) -> BrowserContext:
    """A window with no cookies and no history; addresses are relative to the origin."""
    context = await browser.new_context(
        base_url=origin,
        locale=_LOCALES[window.language],
        timezone_id="Europe/Paris",
        viewport=_SIZES[window.size],
        java_script_enabled=window.script,
    )
    context.set_default_timeout(_PATIENCE)
    return context
