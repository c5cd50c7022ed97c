"""Chronology: whoever posts at once, and whoever is killed meanwhile, numbers and dates leave no hole."""

import asyncio
from itertools import pairwise
from random import Random
from typing import Any

from core.tests.raw import connected
from eyeot import Problem
from eyeot.testing.fixtures import TestDatabase
from plugins.invoicing.tests.shop import Shop

POSTERS = 32


async def _post(shop: Shop, id: str) -> str | None:
    try:
        return str((await shop.call("invoicing.invoice.post", id=id))["number"])
    except Problem:
        return None


async def _kill(database: TestDatabase, chance: Random, ended: asyncio.Event) -> int:
    """Terminate a writing connection now and then, in the middle of what it does."""
    killed = 0
    async with connected(database.admin) as admin:
        while not ended.is_set():
            rows = await admin.fetch(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle' AND xact_start IS NOT NULL"
                " AND query ~ 'invoicing_|core_sequence'"
            )
            if rows and killed < POSTERS // 4:
                pid = chance.choice(rows)["pid"]
                killed += int(await admin.fetchval("SELECT pg_terminate_backend($1)", pid))
            await asyncio.sleep(0.02)
    return killed


async def test_thirty_two_posters_some_killed_leave_no_gap_and_no_double(
    shop: Shop, database: TestDatabase
) -> None:
    drafts = [await shop.draft(("1", f"{n}.00", "20")) for n in range(1, POSTERS + 1)]
    ended = asyncio.Event()
    killer = asyncio.create_task(_kill(database, Random(7), ended))
    try:
        await asyncio.gather(*(_post(shop, one["id"]) for one in drafts))
    finally:
        ended.set()
        killed = await killer
    # Whoever was killed tries again, as a client does.
    for one in drafts:
        if (await shop.call("invoicing.invoice.get", id=one["id"]))["status"] == "draft":
            await shop.call("invoicing.invoice.post", id=one["id"])

    assert killed
    found = await _all(shop)
    numbers = [one["number"] for one in found]
    year = found[0]["issue_date"][:4]
    assert numbers == [f"FA-{year}-{n:05}" for n in range(1, POSTERS + 1)]
    assert [one["rank"] for one in found] == list(range(1, POSTERS + 1))
    dates = [one["issue_date"] for one in found]
    assert dates == sorted(dates)
    for before, after in pairwise(found):
        assert after["prev_hash"] == before["hash"]
    sequence = await shop.call("core.sequence.list", code="invoicing.invoice")
    proof = await shop.call("core.sequence.check_gaps", sequence_id=sequence["items"][0]["id"])
    assert (proof["in_order"], proof["counted"]) == (True, POSTERS)
    entries = await shop.call("invoicing.journal_entry.count", status="validated")
    assert entries["count"] == POSTERS


async def _all(shop: Shop) -> list[dict[str, Any]]:
    listed = await shop.call("invoicing.invoice.list", sort="number", limit=100)
    return [await shop.call("invoicing.invoice.get", id=one["id"]) for one in listed["items"]]


async def test_of_two_credit_notes_at_once_one_takes_the_rest(shop: Shop) -> None:
    invoice = await shop.posted(("1", "100.00", "20"))
    notes = [
        await shop.call("invoicing.invoice.credit", invoice_id=invoice["id"]) for _ in range(8)
    ]

    async def post(id: str) -> str:
        try:
            return str((await shop.call("invoicing.credit_note.post", id=id))["status"])
        except Problem as refused:
            return refused.code

    ended = await asyncio.gather(*(post(one["id"]) for one in notes))

    assert sorted(ended) == ["applied", *["conflict"] * 7]
    assert await shop.vat("2026-11") == 0


async def test_an_invoice_is_never_dated_before_the_one_before(shop: Shop) -> None:
    await shop.posted(("1", "100.00", "20"))
    draft = await shop.draft(("1", "100.00", "20"))
    refused = await shop.call.refused(
        "invoicing.invoice.post", id=draft["id"], issue_date="2026-11-01"
    )
    assert refused["code"] == "conflict"
    ahead = await shop.call.refused(
        "invoicing.invoice.post", id=draft["id"], issue_date="2099-01-01"
    )
    assert ahead["code"] == "invalid"
    assert (await shop.call("invoicing.invoice.get", id=draft["id"]))["status"] == "draft"
