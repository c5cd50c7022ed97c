"""Keeping: what somebody with the application's own login to the database still cannot do."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from core.tests.raw import connected
from eyeot.testing.fixtures import TestDatabase
from plugins.invoicing.tests.banking import Bank, Line
from plugins.invoicing.tests.shop import Shop
from plugins.invoicing.tests.test_books import entry, validated
from plugins.invoicing.tests.test_invariants import broken


async def _books(shop: Shop) -> None:
    """A posted and a draft piece of each kind, and all that hangs on them."""
    call = shop.call
    posted = await shop.posted(("1", "100.00", "20"))
    await call("invoicing.invoice.register_payment", invoice_id=posted["id"])
    note = await call("invoicing.invoice.credit", invoice_id=posted["id"], reason="return")
    await call("invoicing.credit_note.post", id=note["id"])
    await shop.draft(("1", "7.00", "20"))
    other = await shop.posted(("1", "30.00", "20"))
    await call("invoicing.invoice.credit", invoice_id=other["id"], reason="return")
    await entry(shop, "512000", "101000", "5.00", "2026-11-02")
    bought = await call(
        "invoicing.supplier_invoice.create",
        party_id=shop.customer["party_id"],
        number="H-7",
        invoice_date="2026-11-02",
        lines=[{"description": "Conseil", "net": {"amount": "40.00"}}],
    )
    await call("invoicing.supplier_invoice.approve", id=bought["id"])
    await call("invoicing.supplier_invoice.post", id=bought["id"])
    bank = await Bank.open(shop)
    (movement,) = await bank.movements(Line("12.00", "acompte"))
    party = shop.customer["party_id"]
    await call("invoicing.bank_transaction.match", id=movement["id"], party_id=party)
    await validated(shop, "512000", "101000", "1000.00", on="2025-01-02", label="Capital")
    await call("invoicing.fec_export.generate", year=2025)


def _of(table: str, parent: str, column: str, standing: str) -> str:
    """The first row of a table whose parent is in such a state."""
    return (
        f"(SELECT l.id FROM {table} l JOIN {parent} p ON p.org_id = l.org_id AND p.id = l.{column}"
        f" WHERE l.org_id = $1 AND {standing} LIMIT 1)"
    )


def _one(table: str, standing: str = "true") -> str:
    return f"(SELECT id FROM {table} WHERE org_id = $1 AND {standing} LIMIT 1)"


def _moved(table: str, parent: str, column: str) -> str:
    """A draft's line, moved into a piece that stands."""
    line = _of(table, parent, column, "p.status = 'draft'")
    piece = _one(parent, "status <> 'draft'")
    return f"UPDATE {table} SET {column} = {piece} WHERE org_id = $1 AND id = {line}"


def _copied(table: str, changes: str, standing: str = "true") -> str:
    """A row like another one, but for some columns."""
    id = uuid4()
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t,"
        f" jsonb_build_object('id', '{id}', {changes}))).* FROM {table} t"
        f" WHERE org_id = $1 AND {standing} LIMIT 1"
    )


_BOUGHT = ("invoicing_supplier_invoice_line", "invoicing_supplier_invoice", "supplier_invoice_id")
_ENTERED = "p.entry_id IS NOT NULL"
REFUSED = {
    "a line comes to a posted invoice": _moved(
        "invoicing_invoice_line", "invoicing_invoice", "invoice_id"
    ),
    "a line comes to a posted credit note": _moved(
        "invoicing_credit_note_line", "invoicing_credit_note", "credit_note_id"
    ),
    "a line comes to a validated entry": _moved(
        "invoicing_entry_line", "invoicing_journal_entry", "entry_id"
    ),
    "a booked purchase says something else": (
        "UPDATE invoicing_supplier_invoice_line SET net_amount = 1 WHERE org_id = $1"
        f" AND id = {_of(*_BOUGHT, _ENTERED)}"
    ),
    "a booked purchase loses a line": (
        "DELETE FROM invoicing_supplier_invoice_line WHERE org_id = $1"
        f" AND id = {_of(*_BOUGHT, _ENTERED)}"
    ),
    "a payment settles less": (
        "UPDATE invoicing_payment_allocation SET amount_amount = 0.01 WHERE org_id = $1"
    ),
    "a payment settles nothing": "DELETE FROM invoicing_payment_allocation WHERE org_id = $1",
    "a movement is explained otherwise": (
        "UPDATE invoicing_bank_match SET amount_amount = 0.01 WHERE org_id = $1"
    ),
    "a movement is not explained": "DELETE FROM invoicing_bank_match WHERE org_id = $1",
    "a legal text reads otherwise": "UPDATE invoicing_legal_text SET text = 'x' WHERE org_id = $1",
    "a FEC has another digest": "UPDATE invoicing_fec_export SET digest = 'x' WHERE org_id = $1",
    "a FEC never was": "DELETE FROM invoicing_fec_export WHERE org_id = $1",
    "a draft is posted under a number of one's own": (
        "UPDATE invoicing_invoice SET status = 'posted', number = 'FA-2026-99999'"
        " WHERE org_id = $1 AND status = 'draft'"
    ),
    "a draft is posted under the number of another": (
        "UPDATE invoicing_credit_note SET status = 'posted', number = (SELECT number FROM"
        " core_sequence_number WHERE org_id = $1 AND record LIKE 'invoicing.invoice/%' LIMIT 1)"
        " WHERE org_id = $1 AND status = 'draft'"
    ),
    "an invoice comes posted": _copied(
        "invoicing_invoice", "'number', 'FA-2026-99998', 'rank', 99", "status <> 'draft'"
    ),
    "an entry comes validated": _copied(
        "invoicing_journal_entry", "'number', '099999', 'rank', 99", "status <> 'draft'"
    ),
    "a month is there twice": _copied(
        "invoicing_fiscal_period", "'name', 'zz', 'status', 'open'", "month IS NOT NULL"
    ),
}


async def _refused(database: TestDatabase, shop: Shop, statement: str) -> Any:
    """What the database says of a statement, which is taken back where it says nothing."""
    async with connected(database.app, shop.house.org_id) as raw:
        transaction = raw.transaction()
        await transaction.start()
        try:
            done = await raw.execute(statement, shop.house.org_id)
            assert not done.endswith(" 0"), "nothing to try it on"
            await raw.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except asyncpg.IntegrityConstraintViolationError as refused:
            return refused
        finally:
            await transaction.rollback()
        return None


async def test_what_stands_is_not_changed_from_beside_it(
    shop: Shop, database: TestDatabase
) -> None:
    await _books(shop)
    taken = [name for name, one in REFUSED.items() if not await _refused(database, shop, one)]
    assert taken == []


async def test_a_number_of_another_organisation_is_none_here(
    shop: Shop, database: TestDatabase
) -> None:
    await shop.draft(("1", "7.00", "20"))
    async with connected(database.admin) as admin:
        foreign = await admin.fetchval(
            "SELECT number FROM core_sequence_number WHERE org_id <> $1 AND number LIKE 'FA-%' LIMIT 1",
            shop.house.org_id,
        )
    assert foreign
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with connected(database.app, shop.house.org_id) as raw:
            await raw.execute(
                "UPDATE invoicing_invoice SET status = 'posted', number = $2 WHERE org_id = $1",
                shop.house.org_id,
                foreign,
            )


async def test_the_series_of_invoices_ends_only_with_the_one_that_follows_it(shop: Shop) -> None:
    first = await shop.posted(("1", "10.00", "20"))
    (series,) = (await shop.call("core.sequence.list", code="invoicing.invoice"))["items"]
    refused = await shop.call.refused("core.sequence.close", sequence_id=series["id"])
    assert (refused["code"], refused["field"]) == ("conflict", "successor")

    layout = {"pattern": "VT-{year}-{seq:06}"}
    await shop.call("core.sequence.close", sequence_id=series["id"], successor=layout)

    second = await shop.posted(("1", "20.00", "20"))
    assert [one["number"] for one in (first, second)] == ["FA-2026-00001", "VT-2026-000001"]
    assert (second["rank"], second["prev_hash"]) == (2, first["hash"])
    assert await broken(shop) == set()
