"""The demo company's year: its money agrees to the cent wherever it is told."""

import itertools
from decimal import Decimal
from typing import Any

from eyeot.deploy import demo
from eyeot.deploy.invariants import breaches
from eyeot.testing.contract import Stage

ACCOUNTS = """
SELECT a.code, sum(l.debit - l.credit) AS balance
FROM invoicing_entry_line l
JOIN invoicing_ledger_account a ON a.org_id = l.org_id AND a.id = l.account_id
JOIN invoicing_journal_entry e ON e.org_id = l.org_id AND e.id = l.entry_id
WHERE l.org_id = $1 AND e.status <> 'draft' GROUP BY 1
"""
OPEN = """
SELECT coalesce(sum(amount_due_amount), 0) FROM invoicing_invoice
WHERE org_id = $1 AND status IN ('posted', 'partially_paid') AND currency = 'EUR'
"""
ADVANCES = """
SELECT coalesce(sum(unallocated_amount), 0) FROM invoicing_payment
WHERE org_id = $1 AND direction = 'in' AND status IN ('posted', 'reconciled')
"""
CREDITS = """
SELECT coalesce(sum(remaining_amount), 0) FROM invoicing_credit_note WHERE org_id = $1 AND status = 'posted'
"""
OWED = """
SELECT coalesce(sum(CASE kind WHEN 'invoice' THEN 1 ELSE -1 END * amount_due_amount), 0)
FROM invoicing_supplier_invoice WHERE org_id = $1 AND status IN ('posted', 'partially_paid')
"""
UNRETURNED = """
SELECT direction, sum(tax) AS tax FROM invoicing_vat_due
WHERE org_id = $1 AND return_id IS NULL AND NOT is_self_assessed GROUP BY 1
"""


async def _value(stage: Stage, text: str) -> Decimal:
    row = (await stage.writes.look(text, stage.org_id))[0]
    return Decimal(next(iter(dict(row).values())))


async def _accounts(stage: Stage) -> dict[str, Decimal]:
    rows = await stage.writes.look(ACCOUNTS, stage.org_id)
    return {row["code"]: row["balance"] for row in rows}


async def _main(stage: Stage) -> list[dict[str, Any]]:
    """The statements of the account that the year is on, the newest first."""
    account = await stage.look(
        "invoicing.bank_account.list", name="Crédit Ligérien, compte courant"
    )
    id = account["items"][0]["id"]
    found = await stage.look(
        "invoicing.bank_statement.list", bank_account_id=id, sort="-end", limit=50
    )
    return list(found["items"])


async def test_every_month_of_the_bank_follows_the_one_before_and_the_books_agree(
    stage: Stage,
) -> None:
    statements = await _main(stage)
    assert len(statements) >= 12
    for later, earlier in itertools.pairwise(statements):
        assert later["opening"] == earlier["closing"]
    for one in statements:
        standing = await stage.look("invoicing.bank_statement.reconcile_status", id=one["id"])
        assert (standing["unmatched"], standing["suggested"]) == (0, 0)
        assert Decimal(standing["gap"]) == 0


async def test_what_customers_owe_is_what_is_open(stage: Stage) -> None:
    books = await _accounts(stage)
    owed = await _value(stage, OPEN) - await _value(stage, ADVANCES) - await _value(stage, CREDITS)
    assert books["411000"] == owed


async def test_what_suppliers_are_owed_is_what_is_open(stage: Stage) -> None:
    books = await _accounts(stage)
    assert -books["401000"] == await _value(stage, OWED)
    waiting = await _value(
        stage, "SELECT count(*) FROM invoicing_supplier_invoice WHERE org_id = $1"
    )
    assert waiting >= 40


async def test_the_vat_in_the_books_is_what_no_return_has_taken_yet(stage: Stage) -> None:
    books = await _accounts(stage)
    rows = await stage.writes.look(UNRETURNED, stage.org_id)
    left = {row["direction"]: row["tax"] for row in rows}
    collected = sum(amount for code, amount in books.items() if code.startswith("4457"))
    assert -collected == left["collected"]
    assert books["445660"] == left["deductible"]
    returns = (await stage.look("invoicing.vat_return.list", limit=50))["items"]
    unpaid = sum(Decimal(one["vat_due"]) for one in returns if one["status"] == "validated")
    assert -books["445510"] == unpaid


async def test_deposits_and_vat_are_as_the_invariants_say(stage: Stage) -> None:
    told = [one async for one in breaches(stage.engine, demo.SLUG)]
    assert [f"{one.invariant.name}: {one.told}" for one in told] == []


async def test_it_is_a_year_of_a_company_of_ten(stage: Stage) -> None:
    counted = {
        kind: (await stage.look(f"{kind}.count"))["count"]
        for kind in (
            "invoicing.invoice",
            "invoicing.credit_note",
            "sales.quote",
            "sales.sales_order",
        )
    }
    assert 300 <= counted["invoicing.invoice"] <= 480
    assert counted["invoicing.credit_note"] >= 5
    assert counted["sales.quote"] >= 150
    assert counted["sales.sales_order"] >= 70
