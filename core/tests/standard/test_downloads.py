"""Downloads: a link gives a content once, soon, and as far as who asked may still read it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from core.tests.firm import furnish
from core.tests.raw import connected
from eyeot.asgi import Site
from eyeot.platform.downloads import PATH, redeem
from eyeot.runtime.engine import Engine
from eyeot.surface.download import DownloadApp, disposition
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

TEXT = "Four à sole : 18 400 €"


@pytest.fixture
async def firm(house: House, call: Desk) -> dict[str, str]:
    """A furnished house."""
    return await furnish(house, call)


@pytest.fixture
async def browser(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """A client without any key."""
    transport = httpx.ASGITransport(DownloadApp(partial(redeem, engine), PATH))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def _link(desk: Desk, firm: dict[str, str], **given: Any) -> str:
    made = await desk("core.document.get_download_link", id=firm["document"], **given)
    return str(made["url"])


async def test_a_link_gives_the_content_once_and_safely(
    call: Desk, firm: dict[str, str], browser: httpx.AsyncClient
) -> None:
    url = await _link(call, firm)
    first, second = await browser.get(url), await browser.get(url)

    assert url.startswith("http://localhost/api/v1/documents/")
    assert first.status_code == 200
    assert first.text == TEXT
    assert first.headers["content-length"] == str(len(TEXT.encode()))
    assert first.headers["content-disposition"].startswith('attachment; filename="devis.txt"')
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["content-security-policy"].startswith("sandbox")
    assert first.headers["cache-control"] == "no-store"
    assert second.status_code == 404


async def test_the_address_is_served_beside_the_others(
    call: Desk, firm: dict[str, str], engine: Engine
) -> None:
    async def started() -> Engine:
        return engine

    async def stopped(_: Engine) -> None:
        """The engine is the other tests' too."""

    told: asyncio.Queue[Any] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    site = Site(started, stopped)
    await told.put({"type": "lifespan.startup"})
    life = asyncio.create_task(site({"type": "lifespan"}, told.get, heard.put))
    assert (await heard.get())["type"] == "lifespan.startup.complete"
    transport = httpx.ASGITransport(site)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        assert (await browser.get(await _link(call, firm))).text == TEXT
    await told.put({"type": "lifespan.shutdown"})
    await life


async def test_of_many_at_once_one_gets_it(
    call: Desk, firm: dict[str, str], browser: httpx.AsyncClient
) -> None:
    url = await _link(call, firm)

    codes = [one.status_code for one in await asyncio.gather(*(browser.get(url) for _ in range(8)))]

    assert sorted(codes) == [200, *[404] * 7]


async def test_looking_at_a_link_does_not_use_it_up(
    call: Desk, firm: dict[str, str], browser: httpx.AsyncClient
) -> None:
    url = await _link(call, firm)
    for method in ("HEAD", "OPTIONS", "POST"):
        assert (await browser.request(method, url)).status_code in (204, 405)

    assert (await browser.get(url)).status_code == 200


async def test_a_late_link_gives_nothing(
    call: Desk,
    firm: dict[str, str],
    browser: httpx.AsyncClient,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, clock = await _link(call, firm, ttl=30), engine.clock
    monkeypatch.setattr(engine, "clock", lambda: clock() + timedelta(seconds=31))

    assert (await browser.get(url)).status_code == 404
    assert (await call.refused("core.document.get_download_link", id=firm["document"], ttl=61))[
        "code"
    ] == "invalid"


async def test_a_forged_link_gives_nothing(
    house: House, call: Desk, firm: dict[str, str], browser: httpx.AsyncClient
) -> None:
    url = await _link(call, firm)
    token = url.rpartition("/")[2]
    other = await House.open(house.engine)
    theirs = await _link(call, firm)
    moved = theirs.rpartition("/")[2][21:]
    for forged in (
        "",
        "x",
        token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
        token + "AAAA",
        "A" * 64,
        "../actions/core.user.list",
        "é" * 20,
        str(other.org_id) + moved,
    ):
        assert (await browser.get(PATH + forged)).status_code == 404, forged


async def test_who_lost_the_right_meanwhile_gets_nothing(
    house: House, call: Desk, firm: dict[str, str], browser: httpx.AsyncClient
) -> None:
    made = await house.make_key("core:read", "crm:read", owner="anne")
    reader = Desk(house.engine, await house.engine.authenticate(made["key"], None), made["key"])
    urls = [await _link(reader, firm) for _ in range(3)]

    assert (await browser.get(urls[0])).status_code == 200
    await house.operator.call("core.api_key.update", id=made["id"], scopes=["core:read"])
    assert (await browser.get(urls[1])).status_code == 404
    await house.operator.call("core.api_key.revoke", id=made["id"], reason="lost")
    assert (await browser.get(urls[2])).status_code == 401


async def test_a_download_is_audited_under_who_asked(
    house: House,
    call: Desk,
    firm: dict[str, str],
    browser: httpx.AsyncClient,
    database: TestDatabase,
) -> None:
    await browser.get(await _link(call, firm))

    async with connected(database.admin) as admin:
        row = await admin.fetchrow(
            "SELECT actor, action, outcome FROM core_audit_event"
            " WHERE org_id = $1 AND tool = 'download'",
            house.org_id,
        )
        tokens = await admin.fetch(
            "SELECT token_hash FROM core_download_link WHERE org_id = $1", house.org_id
        )
    assert dict(row) == {
        "actor": call.caller.actor,
        "action": "core.document.get",
        "outcome": "ok",
    }
    assert all(len(one["token_hash"]) == 64 for one in tokens)


@pytest.mark.parametrize(
    "filename", ['a"; filename="b.exe', "a\r\nSet-Cookie: x=1", "devis é ☃.txt", "a%0d%0a.txt"]
)
def test_a_name_stays_within_its_header(filename: str) -> None:
    told = disposition(filename)

    assert told.isascii()
    assert told.isprintable()
    assert told.count('"') == 2
