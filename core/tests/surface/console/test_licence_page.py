"""The page that activate_url leads to: both languages, nothing that a stranger may not see, no script."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from eyeot.runtime.engine import Engine
from eyeot.surface.console import ConsoleApp
from eyeot.surface.pages import Kit
from eyeot.testing import House

ASKED = "/console/licence?org=acme&plan=team&state=expired&lacks=licence&used=3&of=10"


@pytest.fixture
async def reader(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(ConsoleApp(Kit(engine)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


@pytest.mark.parametrize(
    ("accepted", "language", "words"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr", "Obtenir et installer une licence"),
        ("en-GB,en;q=0.9", "en", "Get and install a licence"),
        ("de, en;q=0.5, fr;q=0.4", "en", "Get and install a licence"),
        ("", "fr", "Obtenir"),
        ("*", "fr", "Obtenir"),
        ("fr;q=x,,;;" * 500, "fr", "Obtenir"),
    ],
)
async def test_it_speaks_french_and_english(
    reader: httpx.AsyncClient, accepted: str, language: str, words: str
) -> None:
    answer = await reader.get(ASKED, headers={"accept-language": accepted})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text
    assert "eyeot licence install --org acme" in answer.text


async def test_it_runs_nothing_and_repeats_nothing_that_no_refusal_says(
    reader: httpx.AsyncClient,
) -> None:
    planted = "<script>alert(1)</script>"
    names = ("org", "plan", "state", "lacks", "used", "of", "module", "reason")
    answer = await reader.get("/console/licence", params=dict.fromkeys(names, planted))
    assert answer.status_code == 200
    assert "alert" not in answer.text
    assert not re.search(r"<script|style=|javascript:|\son\w+=", answer.text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    style = await reader.get("/console/style.css")
    assert style.headers["content-type"].startswith("text/css")


async def test_other_pages_and_methods_are_refused(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/console/keys")).status_code == 404
    assert (await reader.post(ASKED)).status_code == 405
    assert (await reader.head(ASKED)).status_code == 200


async def test_a_refusal_leads_there(reader: httpx.AsyncClient, engine: Engine) -> None:
    house = await House.open(engine, seats=0)
    await house.person("owner", "owner")
    await house.person("second", "sales")
    desk = await house.desk("*", owner="owner")
    refused = await desk.refused("core.tag.create", name="Rouge")
    answer = await reader.get(refused["activate_url"], headers={"accept-language": "en"})
    assert answer.status_code == 200
    assert "2 / 1" in answer.text
    assert house.operator.slug in answer.text
