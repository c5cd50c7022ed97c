"""The documentation: what it shows and names is there."""

import re
from pathlib import Path

from eyeot.cli.clients import CLIENTS, MCP_REMOTE

ROOT = Path(__file__).parents[2]
PAGES = (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


def test_every_picture_that_a_page_shows_is_there_and_said_in_words() -> None:
    for page in PAGES:
        for said, path in _PICTURE.findall(page.read_text(encoding="utf-8")):
            assert said, f"{page.name}: {path} says nothing to whoever cannot see it"
            assert (page.parent / path).is_file(), f"{page.name}: {path}"


def test_every_client_that_can_be_configured_is_on_the_page_of_clients() -> None:
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")

    assert {f"`{client}`" for client in CLIENTS} <= set(re.findall(r"`[^`]+`", page))
    assert set(re.findall(r"mcp-remote@[\d.]+", page)) == {MCP_REMOTE}
