"""Invariants: they hold whatever is done, and what breaks one in the database is found."""

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eyeot import Problem
from eyeot.deploy.invariants import breaches
from eyeot.testing.fixtures import TestDatabase
from plugins.invoicing.tests.banking import Bank, Line
from plugins.invoicing.tests.shop import Shop
from plugins.invoicing.tests.test_books import account, validated
from plugins.invoicing.tests.test_seals import _tamper


async def broken(shop: Shop) -> set[str]:
    """The invariants that do not hold in the shop's organisation."""
    slug = shop.house.operator.slug
    return {one.invariant.name async for one in breaches(shop.call.engine, slug)}


OWN = "WHERE org_id = $1"
BREAKS = {
    "sealed": f"UPDATE invoicing_invoice SET hash = 'x' {OWN} AND rank = 1",
    "numbered": f"UPDATE invoicing_invoice SET rank = 9 {OWN} AND rank = 2",
    "balanced": f"UPDATE invoicing_entry_line SET debit = debit + 1 {OWN} AND debit > 0",
    "due": f"UPDATE invoicing_invoice SET amount_due_amount = 1 {OWN} AND status = 'paid'",
    "allocated": f"UPDATE invoicing_payment_allocation SET amount_amount = 999 {OWN}",
    "lettered": f"UPDATE invoicing_entry_line SET letter = 'AAB' {OWN} AND letter IS NULL AND debit > 0",
    "closed": (
        "UPDATE invoicing_fiscal_period SET status = 'closed', closed_at = '2000-01-01' "
        f"{OWN} AND month IS NULL"
    ),
    "vat_due": (
        "UPDATE invoicing_invoice SET pending_vat ="
        """ '[{"tax": "1.00", "released_tax": "2.00", "base": "5", "released_base": "5"}]'::jsonb """
        f"{OWN} AND rank = 1"
    ),
    "registered": f"UPDATE invoicing_invoice SET number = 'FA-2026-99999' {OWN} AND rank = 1",
    "credited": f"UPDATE invoicing_credit_note SET total_gross_amount = 500 {OWN}",
    "free": f"UPDATE invoicing_payment SET unallocated_amount = 5 {OWN} AND direction = 'in'",
    "told": f"UPDATE invoicing_bank_statement SET closing_amount = closing_amount + 1 {OWN}",
    "vat_charged": f"UPDATE invoicing_vat_due SET tax = tax + 1 {OWN}",
    "vat_booked": f"UPDATE invoicing_vat_due SET tax = tax + 1 {OWN}",
}
FURTHER = {
    "numbered": f"UPDATE invoicing_credit_note SET rank = 9 {OWN}",
    "registered": f"DELETE FROM invoicing_credit_note {OWN}",
    "free": f"DELETE FROM invoicing_payment_allocation {OWN}",
    "told": f"DELETE FROM invoicing_bank_match {OWN}",
    "vat_charged": f"DELETE FROM invoicing_vat_due {OWN} AND source LIKE 'invoicing.invoice/%'",
}
_BOTH = [*BREAKS.items(), *FURTHER.items()]


@pytest.mark.parametrize(("what", "breach"), _BOTH, ids=[f"{one[0]}" for one in _BOTH])
async def test_each_breach_is_found(
    shop: Shop, database: TestDatabase, what: str, breach: str
) -> None:
    taken_back = await shop.posted(("1", "100.00", "20"))
    note = await shop.call("invoicing.invoice.credit", invoice_id=taken_back["id"])
    await shop.call("invoicing.credit_note.post", id=note["id"])
    bank = await Bank.open(shop)
    (movement,) = await bank.movements(Line("12.00", "acompte"))
    party = shop.customer["party_id"]
    await shop.call("invoicing.bank_transaction.match", id=movement["id"], party_id=party)
    paid = await shop.posted(("1", "50.00", "20"))
    await shop.call("invoicing.invoice.register_payment", invoice_id=paid["id"])
    assert await broken(shop) == set()
    await _tamper(database, shop, breach)
    assert f"invoicing.{what}" in await broken(shop)


async def test_a_deposit_taken_off_twice_is_found(shop: Shop, database: TestDatabase) -> None:
    deposit = await shop.posted(("1", "100.00", "20"), kind="deposit")
    line = {"description": "Tout", "unit_price": "500.00", "tax_rate_id": await shop.rate("20")}
    final = await shop.call(
        "invoicing.invoice.convert_deposit_to_final", invoice_ids=[deposit["id"]], lines=[line]
    )
    await shop.call("invoicing.invoice.post", id=final["id"])
    assert await broken(shop) == set()
    more = f"UPDATE invoicing_invoice_line SET net_amount = -101 {OWN} AND deposit_id IS NOT NULL"
    await _tamper(database, shop, more)
    assert "invoicing.deducted" in await broken(shop)


MOVES = (
    "draft",
    "post",
    "pay",
    "pay_all",
    "free_again",
    "advance",
    "give_back",
    "credit",
    "write_off",
    "buy",
    "entry",
    "reverse",
    "letter",
    "unletter",
    "close",
    "reopen",
)


class Desk:
    """Does what people do, at random; what is refused changes nothing."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.chance = random.Random(seed)
        self.invoices: list[str] = []
        self.entries: list[str] = []

    async def do(self, move: str) -> None:
        """One move."""
        try:
            await getattr(self, move)()
        except Problem as refused:
            if refused.code not in ("conflict", "invalid", "state_refused", "not_found"):
                raise

    def amount(self) -> str:
        """An amount with odd cents."""
        return f"{self.chance.randrange(1, 30_000) / 100:.2f}"

    async def draft(self) -> None:
        rate = self.chance.choice(["20", "10", "5.5"])
        made = await self.shop.draft((str(self.chance.randrange(1, 5)), self.amount(), rate))
        self.invoices.append(made["id"])

    async def post(self) -> None:
        if self.invoices:
            await self.shop.call("invoicing.invoice.post", id=self.chance.choice(self.invoices))

    async def pay(self, **more: Any) -> None:
        if self.invoices:
            given = {"amount": {"amount": self.amount()}, **more}
            one = self.chance.choice(self.invoices)
            await self.shop.call("invoicing.invoice.register_payment", invoice_id=one, **given)

    async def pay_all(self) -> None:
        await self.pay(amount=None)

    async def free_again(self) -> None:
        if self.invoices:
            one = self.chance.choice(self.invoices)
            paid = (await self.shop.call("invoicing.payment.list", status="posted"))["items"]
            id = self.chance.choice(paid)["id"] if paid else one
            await self.shop.call("invoicing.payment.unallocate", id=id, invoice_id=one)

    async def advance(self) -> None:
        given = {"party_id": self.shop.customer["party_id"], "amount": {"amount": self.amount()}}
        made = await self.shop.call("invoicing.payment.create", **given)
        await self.shop.call("invoicing.payment.post", id=made["id"])
        if self.chance.random() < 0.5:
            await self.shop.call("invoicing.payment.allocate", id=made["id"])

    async def give_back(self) -> None:
        paid = await self.shop.call("invoicing.payment.list", status="posted", direction="in")
        if paid["items"]:
            one = self.chance.choice(paid["items"])["id"]
            await self.shop.call("invoicing.payment.refund", id=one)

    async def credit(self) -> None:
        if self.invoices:
            one = self.chance.choice(self.invoices)
            lines = (await self.shop.call("invoicing.invoice.get", id=one))["lines"]
            part = [{"line_id": lines[0]["id"], "amount": self.amount()}]
            given = {"lines": part} if self.chance.random() < 0.7 else {}
            note = await self.shop.call("invoicing.invoice.credit", invoice_id=one, **given)
            await self.shop.call("invoicing.credit_note.post", id=note["id"])

    async def write_off(self) -> None:
        if self.invoices:
            one = self.chance.choice(self.invoices)
            given = {"reason": "insolvable", "why": "bad_debt"}
            await self.shop.call("invoicing.invoice.write_off", invoice_id=one, **given)

    async def buy(self) -> None:
        made = await self.shop.call(
            "invoicing.supplier_invoice.create",
            party_id=self.shop.customer["party_id"],
            number=f"H-{self.chance.randrange(10**9)}",
            invoice_date="2026-11-02",
            lines=[{"description": "Achat", "net": {"amount": self.amount()}}],
        )
        for step in ("approve", "post"):
            await self.shop.call(f"invoicing.supplier_invoice.{step}", id=made["id"])
        given = {"party_id": self.shop.customer["party_id"], "amount": {"amount": self.amount()}}
        paid = await self.shop.call("invoicing.payment.create", direction="out", **given)
        await self.shop.call("invoicing.payment.post", id=paid["id"])

    async def entry(self) -> None:
        debit, credit = self.chance.sample(["512000", "580000", "613000", "101000"], 2)
        made = await validated(self.shop, debit, credit, self.amount(), on="2025-08-01")
        self.entries.append(made["id"])

    async def reverse(self) -> None:
        if self.entries:
            one = self.chance.choice(self.entries)
            await self.shop.call(
                "invoicing.journal_entry.reverse", id=one, date="2025-09-01", reason="erreur"
            )

    async def letter(self) -> None:
        transit = await account(self.shop, "580000")
        found = await self.shop.call(
            "invoicing.ledger_account.suggest_lettering", account_id=transit
        )
        for one in found["groups"]:
            ids = one["line_ids"]
            await self.shop.call("invoicing.ledger_account.reconcile_letter", line_ids=ids)

    async def unletter(self) -> None:
        transit = await account(self.shop, "580000")
        await self.shop.call("invoicing.ledger_account.unletter", account_id=transit, letter="AAA")

    async def close(self) -> None:
        if self.chance.random() < 0.5:
            await self.shop.call("invoicing.fiscal_period.close_year", year=2025)
            return
        await self._month("soft_close")

    async def reopen(self) -> None:
        await self._month("reopen", reason="encore")

    async def _month(self, verb: str, **more: Any) -> None:
        found = await self.shop.call("invoicing.fiscal_period.list", name="2025-08")
        for one in found["items"]:
            await self.shop.call(f"invoicing.fiscal_period.{verb}", id=one["id"], **more)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=st.lists(st.sampled_from(MOVES), min_size=8, max_size=25), seed=st.integers(0, 9999))
async def test_whatever_is_done_the_invariants_hold(
    shop: Shop, moves: list[str], seed: int
) -> None:
    desk = Desk(shop, seed)
    for move in moves:
        await desk.do(move)
    assert await broken(shop) == set(), moves
    trial = await shop.call("invoicing.report.trial_balance", period="2026", limit=1000)
    for pair in ("opening", "closing"):
        totals = trial["totals"]
        assert Decimal(totals[f"{pair}_debit"]) == Decimal(totals[f"{pair}_credit"])
    assert (await shop.call("invoicing.fiscal_seal.verify_chain"))["intact"]
