"""Seals: closings and archives that are signed and chained, and every break of them found."""

import asyncio
import base64
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from eyeot.runtime.engine import wall_clock
from eyeot.testing.fixtures import TestDatabase
from plugins.invoicing.tests.shop import Shop
from plugins.invoicing.tests.test_fec import stored


@pytest_asyncio.fixture(loop_scope="session")
async def yesterday(shop: Shop) -> AsyncIterator[str]:
    """Two sales were made yesterday, and it is noon now; yesterday's date."""
    noon = wall_clock().astimezone(UTC).replace(hour=12, minute=0)
    engine = shop.call.engine
    engine.clock = lambda: noon - timedelta(days=1)
    await shop.posted(("2", "100.00", "20"), ("1", "10.00", "5.5"))
    paid = await shop.posted(("1", "50.00", "20"))
    await shop.call("invoicing.invoice.register_payment", invoice_id=paid["id"])
    engine.clock = lambda: noon
    try:
        yield (noon - timedelta(days=1)).date().isoformat()
    finally:
        engine.clock = wall_clock


async def test_a_day_is_closed_once_with_its_totals(shop: Shop, yesterday: str) -> None:
    seal = await shop.call("invoicing.fiscal_seal.close_day", date=yesterday)
    assert seal["period_total"]["amount"] == "310.55"
    assert seal["grand_total_perpetual"]["amount"] == "310.55"
    assert [(one["percent"], one["base"], one["tax"]) for one in seal["totals"]] == [
        ("5.5", "10.00", "0.55"),
        ("20", "250.00", "50.00"),
    ]
    assert seal["received"] == "60.00"
    again: dict[str, dict[str, Any]] = {
        "close_day": {"date": yesterday},
        "close_month": {"month": f"{datetime.now(UTC):%Y-%m}"},
        "close_year": {"year": datetime.now(UTC).year},
        "archive_period": {"period": f"{datetime.now(UTC).year}"},
    }
    for name, given in again.items():
        refused = await shop.call.refused(f"invoicing.fiscal_seal.{name}", **given)
        assert refused["code"] == "conflict", name
    found = await shop.call("invoicing.fiscal_seal.verify_chain")
    assert found["intact"], found
    assert {one["verified"] for one in found["chains"] if ".invoice " in one["chain"]} == {2}
    assert {one["verified"] for one in found["chains"] if ".payment " in one["chain"]} == {1}


async def test_an_archive_is_read_without_the_software(shop: Shop, yesterday: str) -> None:
    await shop.call("invoicing.fiscal_seal.close_day", date=yesterday)
    seal = await shop.call(
        "invoicing.fiscal_seal.archive_period", period=f"{yesterday}/{yesterday}"
    )
    content = await stored(shop, seal["archive_digest"])
    assert hashlib.sha256(content).hexdigest() == seal["archive_digest"]
    archive = zipfile.ZipFile(io.BytesIO(content))
    manifest = archive.read("manifest.json")
    listed = json.loads(manifest)["files"]
    for one in listed:
        assert hashlib.sha256(archive.read(one["file"])).hexdigest() == one["sha256"]
    counts = {one["file"]: one["rows"] for one in listed}
    assert (counts["invoice.csv"], counts["invoice_line.jsonl"], counts["payment.csv"]) == (2, 3, 1)
    signed = json.loads(archive.read("manifest.sig"))
    public = base64.b64decode(signed["key"].split("+", 2)[2])[1:]
    Ed25519PublicKey.from_public_bytes(public).verify(
        base64.b64decode(signed["signature"]), manifest
    )
    assert (await shop.call("invoicing.fiscal_seal.verify_chain"))["intact"]


async def _tamper(database: TestDatabase, shop: Shop, statement: str, *values: Any) -> None:
    """What somebody with the database in their hands could do: no trigger keeps them."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute("SET session_replication_role = replica")
        done = await connection.execute(statement, shop.house.org_id, *values)
        assert not done.endswith(" 0"), done
    finally:
        await connection.close()


BREAKS = {
    "invoice": "UPDATE invoicing_invoice SET total_gross_amount = 1 WHERE org_id = $1 AND rank = 2",
    "line": (
        "UPDATE invoicing_invoice_line SET description = 'autre' WHERE org_id = $1 AND invoice_id ="
        " (SELECT id FROM invoicing_invoice WHERE org_id = $1 AND rank = 1) AND position = 1"
    ),
    "entry": "UPDATE invoicing_entry_line SET debit = debit + 1 WHERE org_id = $1 AND debit > 0",
    "payment": (
        "UPDATE invoicing_payment SET method_id ="
        " (SELECT id FROM invoicing_payment_method WHERE org_id = $1 AND code = 'cash') WHERE org_id = $1"
    ),
    "removed": "DELETE FROM invoicing_journal_entry WHERE org_id = $1 AND rank = 2",
    "seal": "UPDATE invoicing_fiscal_seal SET received = 0 WHERE org_id = $1",
    "total": "UPDATE invoicing_fiscal_seal SET period_total_amount = 1 WHERE org_id = $1",
    "signature": "UPDATE invoicing_fiscal_seal SET signature = 'AAAA' WHERE org_id = $1",
}


@pytest.mark.parametrize("what", BREAKS)
async def test_what_is_changed_in_the_database_is_found(
    shop: Shop, yesterday: str, database: TestDatabase, what: str
) -> None:
    await shop.call("invoicing.fiscal_seal.close_day", date=yesterday)
    before = await shop.call("invoicing.fiscal_seal.verify_chain")
    assert before["intact"], before
    await _tamper(database, shop, BREAKS[what])
    after = await shop.call("invoicing.fiscal_seal.verify_chain")
    assert not after["intact"]
    assert [one["first_break"]["reason"] for one in after["chains"] if not one["intact"]]


async def test_payments_that_are_booked_at_once_make_one_chain(shop: Shop) -> None:
    given = {"party_id": shop.customer["party_id"], "amount": {"amount": "10.00"}}
    drafts = [await shop.call("invoicing.payment.create", **given) for _ in range(8)]
    await asyncio.gather(*(shop.call("invoicing.payment.post", id=one["id"]) for one in drafts))
    found = await shop.call("invoicing.fiscal_seal.verify_chain")
    assert found["intact"], found
    assert [one["verified"] for one in found["chains"] if ".payment " in one["chain"]] == [8]


async def test_one_invoice_is_verified(shop: Shop, database: TestDatabase) -> None:
    first = await shop.posted(("1", "10.00", "20"))
    second = await shop.posted(("1", "20.00", "20"))
    for one in (first, second):
        told = await shop.call("invoicing.invoice.verify_seal", id=one["id"])
        assert (told["intact"], told["hash"]) == (True, one["hash"])
    draft = await shop.draft(("1", "1.00", "20"))
    refused = await shop.call.refused("invoicing.invoice.verify_seal", id=draft["id"])
    assert refused["code"] == "not_found"
    await _tamper(
        database,
        shop,
        "UPDATE invoicing_invoice SET hash = $2 WHERE org_id = $1 AND number = $3",
        "0" * 64,
        first["number"],
    )
    told = await shop.call("invoicing.invoice.verify_seal", id=second["id"])
    assert (told["content"], told["chained"], told["intact"]) == (True, False, False)


async def test_technical_events_are_listed(shop: Shop) -> None:
    told = await shop.call("invoicing.fiscal_seal.event_log")
    assert "core.organization.update" in {one["action"] for one in told["events"]}
    assert told["total"] >= len(told["events"]) > 0


async def test_the_attestation_is_for_the_version_in_use(shop: Shop) -> None:
    told = await shop.call("invoicing.fiscal_seal.issue_attestation")
    found = await shop.call("core.document.get", id=told["document_id"])
    assert found["mime"] == "application/pdf"
    assert "286" in told["article"]
    wrong = await shop.call.refused("invoicing.fiscal_seal.issue_attestation", version="99.1")
    assert wrong["code"] == "invalid"


async def test_the_mentions_of_an_invoice_follow_from_it(shop: Shop) -> None:
    posted = await shop.posted(("1", "100.00", "20"))
    told = await shop.call("invoicing.legal_text.resolve", invoice_id=posted["id"])
    texts = {one["code"]: one["text"] for one in told["mentions"]}
    assert {"late_penalty", "recovery_indemnity", "no_early_discount"} <= texts.keys()
    assert "40" in texts["recovery_indemnity"]
    assert not {"franchise", "export", "deposit", "early_discount"} & texts.keys()
    english = await shop.call(
        "invoicing.legal_text.resolve", invoice_id=posted["id"], language="en"
    )
    assert any("Late payment" in one["text"] for one in english["mentions"])
