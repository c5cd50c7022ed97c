"""Looking: whether everybody can read and use a page, and its picture for the documentation."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.clients.node import Project

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
LARGEST_PICTURE = 300_000
_NARROW = 600

_RUN_AXE = """() => axe.run(document, { resultTypes: ["violations"] }).then((found) =>
  found.violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help, where: nodes.map((node) => node.target.join(" ")),
  })))"""
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@cache
def _axe() -> str:
    folder = Project(Path(__file__).parent).folder
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical, in light and in dark, and what lies beyond the window's side."""
    found = []
    await page.evaluate(_axe())
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        told: list[dict[str, Any]] = await page.evaluate(_RUN_AXE)
        found += [
            f"{scheme}: {one['id']} ({one['impact']}): {one['help']}: {'; '.join(one['where'])}"
            for one in told
            if one["impact"] in {"serious", "critical"}
        ]
    await page.emulate_media(color_scheme="light")
    beyond = await page.evaluate(_OVERFLOW)
    return found + ([f"The page is {beyond} px wider than the window."] if beyond > 0 else [])


async def kept(page: Page, name: str, *, update: bool) -> None:
    """Keep a picture of the page as `docs/pictures/NAME.png`, or see that it could be and was.

    English on a desktop gives NAME, French NAME-fr, a phone NAME-phone; French on a phone gives none.
    """
    shot = await page.screenshot(full_page=True, animations="disabled", caret="hide", scale="css")
    assert not update or len(shot) <= LARGEST_PICTURE, (
        f"{name} has {len(shot)} bytes: show less of the page."
    )
    narrow = (page.viewport_size or {"width": _NARROW})["width"] < _NARROW
    french = await page.locator("html").get_attribute("lang") == "fr"
    if narrow and french:
        return
    path = PICTURES / f"{name}{'-phone' if narrow else ''}{'-fr' if french else ''}.png"
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(shot)
    known = subprocess.run(
        ["git", "ls-files", "--error-unmatch", str(path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert update or known.returncode == 0, (
        f"{path.name} is not in git: --update-pictures, then add."
    )
