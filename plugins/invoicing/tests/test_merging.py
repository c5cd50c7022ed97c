"""Merging: two parties become one, though invoices, entries and payments of both stand and are sealed."""

import asyncpg
import pytest

from core.tests.raw import connected
from eyeot.declare.ids import decode
from eyeot.deploy.invariants import breaches
from eyeot.testing.fixtures import TestDatabase
from plugins.invoicing.tests.banking import Bank, Line
from plugins.invoicing.tests.shop import Shop

CLIENT_IBAN = "FR7610278061000002039670155"


async def _naming(database: TestDatabase, shop: Shop, id: str) -> dict[str, int]:
    """How many rows of each table of invoicing hold an id, in any column and any form."""
    found, held = decode(id), {}
    assert found
    async with connected(database.admin) as admin:
        tables = await admin.fetch(
            "SELECT DISTINCT table_name AS name FROM information_schema.columns"
            " WHERE table_name LIKE 'invoicing_%' AND column_name = 'org_id'"
        )
        for table in sorted(row["name"] for row in tables):
            held_in = "(t::text LIKE $2 OR t::text LIKE $3)"
            text = f"SELECT count(*) FROM {table} t WHERE org_id = $1 AND {held_in}"
            if n := await admin.fetchval(text, shop.house.org_id, f"%{found[1]}%", f"%{id}%"):
                held[table] = n
    return held


async def _history(shop: Shop, customer: str, party: str) -> str:
    """All that stands of a party on both sides: the id of an invoice that is owed in part."""
    call = shop.call
    await shop.regime()
    day, old = {"issue_date": "2026-10-15"}, {"issue_date": "2026-09-01", "due_date": "2026-09-30"}
    late = await shop.draft(("1", "1000.00", "20"), party_id=customer, **old)
    await call("invoicing.invoice.post", id=late["id"], issue_date="2026-09-01")
    part = {"invoice_id": late["id"], "amount": {"amount": "300.00"}, "date": "2026-10-15"}
    await call("invoicing.invoice.register_payment", **part)
    other = await shop.posted(("2", "50.00", "20"), party_id=customer, **day)
    note = await call("invoicing.invoice.credit", invoice_id=other["id"], reason="return")
    await call("invoicing.credit_note.post", id=note["id"])
    advance = await call("invoicing.payment.create", party_id=party, amount={"amount": "75.00"})
    await call("invoicing.payment.post", id=advance["id"])
    counted = await call("invoicing.vat_return.create", period="2026-10")
    await call("invoicing.vat_return.validate", id=counted["id"])
    told = await call("invoicing.dunning_letter.run", party_ids=[party])
    assert told["letters"], told
    line = {"description": "Conseil", "net": {"amount": "40.00"}}
    bought = await call(
        "invoicing.supplier_invoice.create",
        party_id=party,
        number="H-7",
        invoice_date="2026-11-02",
        lines=[line],
    )
    await call("invoicing.supplier_invoice.approve", id=bought["id"])
    await call("invoicing.supplier_invoice.post", id=bought["id"])
    bank = await Bank.open(shop)
    (movement,) = await bank.movements(Line("12.00", "acompte", iban=CLIENT_IBAN))
    await call("invoicing.bank_transaction.assign_party", id=movement["id"], party_id=party)
    await call("invoicing.bank_transaction.match", id=movement["id"], party_id=party)
    return str(late["id"])


STANDS = (
    "invoicing_invoice",
    "invoicing_credit_note",
    "invoicing_payment",
    "invoicing_entry_line",
    "invoicing_vat_due",
    "invoicing_supplier_invoice",
    "invoicing_dunning_letter",
    "invoicing_bank_transaction",
    "invoicing_bank_identity",
)


async def test_what_stands_follows_the_party_that_stays_and_its_seals_hold(
    shop: Shop, database: TestDatabase
) -> None:
    call, keep = shop.call, shop.customer
    twin = await shop.new_customer("Martin SARL")
    owed = await _history(shop, twin["id"], twin["party_id"])
    mine = await shop.posted(("1", "10.00", "20"))
    assert set(STANDS) <= set(await _naming(database, shop, twin["party_id"]))
    before = await call("invoicing.invoice.get", id=owed)

    await call("crm.customer.merge", keep_id=keep["id"], drop_id=twin["id"])

    for gone in (twin["party_id"], twin["id"]):
        assert await _naming(database, shop, gone) == {}
    told = await call("invoicing.fiscal_seal.verify_chain")
    assert told["intact"], told
    assert [one async for one in breaches(call.engine, shop.house.operator.slug)] == []
    after = await call("invoicing.invoice.get", id=owed)
    assert after["party_id"] == keep["party_id"]
    # It says what it said: to whom it was made is as it was posted.
    same = ("number", "buyer", "hash", "prev_hash", "total_gross", "amount_due", "entry_id")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["buyer"]["name"] == "Martin SARL"

    listed = await call("invoicing.invoice.list", party_id=keep["party_id"])
    assert {mine["id"], owed} <= {one["id"] for one in listed["items"]}
    await call("invoicing.invoice.register_payment", invoice_id=owed)
    assert (await call("invoicing.invoice.get", id=owed))["status"] == "paid"
    assert [one async for one in breaches(call.engine, shop.house.operator.slug)] == []


async def test_only_merging_gives_a_posted_invoice_another_party(shop: Shop) -> None:
    other = await shop.new_customer("Autre SARL")
    posted = await shop.posted(("1", "10.00", "20"))
    refused = await shop.call.refused(
        "invoicing.invoice.update", id=posted["id"], party_id=other["party_id"]
    )
    assert refused["code"] in ("conflict", "state_refused")
    assert (await shop.call("invoicing.invoice.get", id=posted["id"]))["party_id"] == (
        shop.customer["party_id"]
    )


CHANGES = {
    "invoicing_invoice": "buyer = NULL",
    "invoicing_credit_note": "reason = 'error'",
    "invoicing_payment": "amount_amount = 1",
    "invoicing_entry_line": "debit = debit + 1",
    "invoicing_vat_due": "tax = tax + 1",
    "invoicing_supplier_invoice": "number = 'X'",
}


async def test_all_else_that_stands_is_still_refused_by_the_database(
    shop: Shop, database: TestDatabase
) -> None:
    await _history(shop, shop.customer["id"], shop.customer["party_id"])
    async with connected(database.admin) as admin:
        for table, change in CHANGES.items():
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await admin.execute(
                    f"UPDATE {table} SET party_id = party_id, {change} WHERE org_id = $1",
                    shop.house.org_id,
                )
        # What a return counted is counted once, whoever it is of.
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await admin.execute(
                "UPDATE invoicing_vat_due SET return_id = NULL"
                " WHERE org_id = $1 AND return_id IS NOT NULL",
                shop.house.org_id,
            )
