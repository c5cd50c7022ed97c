"""Viewing: what a customer sees behind the link of their mail, what is kept of it, and what others get."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.tests.outside.mailbox import Mailbox
from core.tests.raw import connected
from eyeot.asgi import Site
from eyeot.declare.ids import decode
from eyeot.runtime import public
from eyeot.runtime.engine import Engine
from eyeot.runtime.mailing.postman import Postman
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase
from plugins.sales.tests.trading import Shop

_GONE = 410


@pytest.fixture
async def browser(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """A browser somewhere outside."""
    transport = httpx.ASGITransport(app=Site.over(engine), client=("203.0.113.77", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@contextmanager
def _later(engine: Engine, days: int) -> Iterator[None]:
    real = engine.clock
    engine.clock = lambda: real() + timedelta(days=days)
    yield
    engine.clock = real


async def _mailed(shop: Shop, box: Mailbox, **more: Any) -> tuple[dict[str, Any], str]:
    """A quote that went out by mail, and the path of the link in it."""
    made = await shop.quote(subject="Four à sole")
    quote = await shop.call(
        "sales.quote.send", id=made["id"], channel="mail", to=["lea@hotel.example"], **more
    )
    while await Postman(shop.house.engine).work():
        pass
    message = box.got.pop()
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body
        (link,) = set(re.findall(r"http://localhost(/p/[\w-]+)", body.get_content()))
    return quote, str(link)


async def _log(shop: Shop, quote: dict[str, Any]) -> tuple[int, int]:
    told = await shop.call("sales.quote.view_log", id=quote["id"])
    return told["opens"], told["downloads"]


async def test_a_customer_opens_the_link_downloads_and_accepts_elsewhere(
    shop: Shop, mailbox: Mailbox, browser: httpx.AsyncClient
) -> None:
    quote, link = await _mailed(shop, mailbox, message="Voici notre offre.")
    front = await browser.get(link)
    assert (front.status_code, front.headers["content-language"]) == (200, "fr")
    assert quote["number"] in front.text
    assert "1 200,00" not in front.text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "set-cookie" not in front.headers
    assert (await _log(shop, quote)) == (0, 0)
    assert (await shop.get("quote", quote["id"]))["status"] == "sent"

    page = await browser.post(link)
    told = page.text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert "1 200,00 €" in told
    assert "Four à sole" in told
    assert "<script" not in told
    file = await browser.post(f"{link}/file")

    assert file.content.startswith(b"%PDF-")
    assert file.headers["content-type"] == "application/pdf"
    assert f'"{quote["number"]}.pdf"' in file.headers["content-disposition"]
    log = await shop.call("sales.quote.view_log", id=quote["id"])
    assert [one["what"] for one in log["items"]] == ["downloaded", "opened"]
    assert {one["network"] for one in log["items"]} == {"203.0.113.0/24"}
    assert log["first_at"] <= log["last_at"]
    assert (await shop.get("quote", quote["id"]))["status"] == "viewed"

    await shop.call("sales.quote.accept", id=quote["id"], signer="Claire Morel")
    assert "Vous avez accepté ce devis" in (await browser.post(link)).text


async def test_programs_that_only_look_are_not_counted(
    shop: Shop, mailbox: Mailbox, browser: httpx.AsyncClient
) -> None:
    quote, link = await _mailed(shop, mailbox)
    for path in (link, f"{link}/file"):
        await browser.head(path)
        await browser.get(path, headers={"user-agent": "SafeLinks"})
    assert (await browser.get(f"{link}/file")).headers["location"] == link
    assert (await browser.put(link)).status_code == 405
    assert await _log(shop, quote) == (0, 0)


async def test_pressing_again_at_once_is_one_visit_and_again_later_another(
    shop: Shop, mailbox: Mailbox, browser: httpx.AsyncClient, engine: Engine
) -> None:
    quote, link = await _mailed(shop, mailbox)
    for _ in range(3):
        await browser.post(link)
    assert await _log(shop, quote) == (1, 0)
    with _later(engine, 1):
        await browser.post(link)
    assert await _log(shop, quote) == (2, 0)


async def test_a_customer_abroad_reads_english(
    shop: Shop, mailbox: Mailbox, browser: httpx.AsyncClient
) -> None:
    party = await shop.call("crm.party.update", id=shop.ids["party"], language="en")
    assert party["language"] == "en"
    _, link = await _mailed(shop, mailbox)
    front = await browser.get(link, headers={"accept-language": "fr"})
    assert front.headers["content-language"] == "en"
    assert "See it" in front.text
    assert "1,200.00" in (await browser.post(link)).text


async def test_a_link_that_somebody_made_or_changed_leads_nowhere(
    shop: Shop, mailbox: Mailbox, browser: httpx.AsyncClient, engine: Engine
) -> None:
    quote, link = await _mailed(shop, mailbox)
    token = link.removeprefix(public.PATH)
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    found = decode(quote["id"])
    assert found
    unsubscribing = (
        engine.outside.seal(
            f'["{shop.house.org_id}","sales.quote","{found[1]}"]', "link to an action"
        )
        .replace("+", "-")
        .replace("/", "_")
        .rstrip("=")
    )
    for one in (
        changed,
        f"{token}!",
        token[:40],
        token * 40,
        quote["id"],
        "%00",
        "",
        unsubscribing,
    ):
        for answer in (await browser.get(f"/p/{one}"), await browser.post(f"/p/{one}/file")):
            assert answer.status_code == _GONE
            assert quote["number"] not in answer.text
    assert await _log(shop, quote) == (0, 0)


async def test_a_link_reaches_no_other_organisation_and_no_other_kind(
    shop: Shop, mailbox: Mailbox, browser: httpx.AsyncClient, engine: Engine
) -> None:
    quote, _ = await _mailed(shop, mailbox)
    found = decode(quote["id"])
    assert found
    other = await House.open(engine)
    for org, page in (
        (other.org_id, "sales.quote"),
        (UUID(int=5), "sales.quote"),
        (shop.house.org_id, "sales.sales_order"),
    ):
        link = public.made(engine.outside, "", public.Told(org, page, found[1]))
        assert (await browser.get(link)).status_code == _GONE
        assert (await browser.post(link)).status_code == _GONE


async def test_a_link_ends_thirty_days_after_the_validity_and_when_taken_back(
    shop: Shop, mailbox: Mailbox, browser: httpx.AsyncClient, engine: Engine
) -> None:
    _, link = await _mailed(shop, mailbox)
    with _later(engine, 45):
        assert "validité de ce devis est dépassée" in (await browser.post(link)).text
    with _later(engine, 62):
        assert (await browser.get(link)).status_code == _GONE
        assert (await browser.post(f"{link}/file")).status_code == _GONE
    quote, other = await _mailed(shop, mailbox)
    await shop.call("sales.quote.cancel", id=quote["id"], reason="Erreur")
    assert (await browser.post(other)).status_code == _GONE


async def test_nothing_but_the_network_is_kept_of_who_looked(
    shop: Shop, mailbox: Mailbox, browser: httpx.AsyncClient, database: TestDatabase
) -> None:
    _, link = await _mailed(shop, mailbox)
    await browser.post(link, headers={"user-agent": "Netscape-of-Lea"})
    assert public.PATH in link
    async with connected(database.admin) as admin:
        events = await admin.fetch(
            "SELECT e::text AS told FROM core_audit_event e WHERE org_id = $1 AND action LIKE"
            " 'core.page_visit.%'",
            shop.house.org_id,
        )
    assert len(events) == 1
    assert "203.0.113.77" not in events[0]["told"]
    assert "Netscape" not in events[0]["told"]
