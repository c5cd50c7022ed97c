"""Walk: whatever is matched, taken back, allocated and bounced in whatever order, everything adds up."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeot import Problem, RecordRef
from eyeot_invoicing.bank.scoring import (
    Document,
    Fit,
    Seen,
    certain,
    group,
    mentions,
    plain,
    ranked,
    reasons_for,
)
from plugins.invoicing.tests.banking import Bank, Line
from plugins.invoicing.tests.shop import Shop

_PRICES = ("100.00", "33.33", "0.99", "1234.56")
_AMOUNTS = ("120.00", "40.00", "1.19", "500.00", "-15.00")


class Walker:
    """Does one thing after another, and looks whether all still adds up."""

    def __init__(self, bank: Bank, seed: int) -> None:
        self.bank, self.call = bank, bank.shop.call
        self.chance = random.Random(seed)
        self.done = 0

    async def rows(self, kind: str, **where: Any) -> list[dict[str, Any]]:
        """What a list shows."""
        found = await self.call(f"invoicing.{kind}.list", limit=100, **where)
        return list(found["items"])

    async def step(self) -> None:
        """One thing by chance; what the rules refuse is refused."""
        invoice = self.chance.choice(await self.rows("invoice"))
        movement = self.chance.choice(await self.rows("bank_transaction"))
        payments = await self.rows("payment")
        payment = self.chance.choice(payments) if payments else {"id": None}
        accounts = await self.rows("ledger_account", code="627000")
        steps: list[tuple[str, dict[str, Any]]] = [
            ("bank_transaction.match", {
                "id": movement["id"], "allocations": [{"record": invoice["id"]}],
                "partly": self.chance.random() < 0.5,
            }),
            ("bank_transaction.match", {
                "id": movement["id"], "allocations": [{"record": invoice["id"]}],
                "difference_account_id": accounts[0]["id"],
            }),
            ("bank_transaction.create_entry", {"id": movement["id"], "account_id": accounts[0]["id"]}),
            ("bank_transaction.unmatch", {"id": movement["id"]}),
            ("bank_transaction.unmatch", {"id": movement["id"]}),
        ]  # fmt: skip
        if payment["id"]:
            share = [{"invoice_id": invoice["id"]}]
            steps += [
                ("payment.allocate", {"id": payment["id"], "allocations": share}),
                ("payment.unallocate", {"id": payment["id"], "invoice_id": invoice["id"]}),
                ("payment.bounce", {"id": payment["id"], "reason_code": "other"}),
                ("bank_transaction.match", {
                    "id": movement["id"], "allocations": [{"record": payment["id"]}], "partly": True,
                }),
            ]  # fmt: skip
        name, arguments = self.chance.choice(steps)
        try:
            await self.call(f"invoicing.{name}", **arguments)
        except Problem as refused:
            assert refused.code in ("conflict", "invalid", "state_refused"), refused  # noqa: PT017
        else:
            self.done += 1

    async def check(self) -> None:
        """Dues, advances, VAT and balances, computed from what stands where."""
        paid = gross = due = Decimal(0)
        for one in await self.rows("invoice"):
            left = Decimal(one["amount_due"]["amount"])
            assert left >= 0
            due += left
            gross += Decimal(one["total_gross"]["amount"])
            paid += Decimal(one["paid"]["amount"])
        assert paid + due == gross
        given = Decimal(0)
        for one in await self.rows("payment"):
            free = Decimal(one["unallocated"]["amount"])
            assert 0 <= free <= Decimal(one["amount"]["amount"])
            if one["status"] in ("posted", "reconciled"):
                given += Decimal(one["amount"]["amount"]) - free
        assert given == paid
        balance = self.bank.balance
        owed = await balance("411000")
        advances = sum(
            Decimal(one["unallocated"]["amount"])
            for one in await self.rows("payment")
            if one["status"] in ("posted", "reconciled")
        )
        assert owed == due - advances
        whole = sum(Decimal(one["total_tax"]["amount"]) for one in await self.rows("invoice"))
        assert -(await balance("445711") + await balance("445800")) == whole
        if not paid:
            assert await balance("445711") == 0
        if not due:
            assert await balance("445800") == 0
        told = await self.call("invoicing.bank_account.balance_at", id=self.bank.account["id"])
        assert told["unexplained"] == "0.00"
        explained = sum(
            Decimal(one["amount"]["amount"]) - Decimal(one["remaining"]["amount"])
            for one in await self.rows("bank_transaction")
        )
        for one in await self.rows("bank_transaction"):
            assert (one["status"] == "matched") == (Decimal(one["remaining"]["amount"]) == 0)
        unseen = sum(
            -Decimal(one["amount"]) for one in told["differences"] if one["kind"] == "not_at_bank"
        )
        assert await balance("512000") == explained + unseen


@pytest.mark.parametrize("seed", [7, 11])
async def test_everything_adds_up_after_every_step(shop: Shop, seed: int) -> None:
    bank = await Bank.open(shop)
    for price in _PRICES:
        await shop.posted(("1", price, "20"))
    await bank.movements(*(Line(amount, f"VIR {at}") for at, amount in enumerate(_AMOUNTS)))
    walker = Walker(bank, seed)
    for _ in range(24):
        await walker.step()
        await walker.check()
    assert walker.done >= 5


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["FA", "2026", "00012", "-", " ", "/", "00013", "X"]), max_size=8))
def test_a_number_is_found_however_its_parts_are_kept_apart_and_only_whole(
    parts: list[str],
) -> None:
    words = "".join(parts)
    compact = [one for one in parts if one.isalnum()]
    found = mentions(plain(words), "FA-2026-00012")
    joined = "".join(one if one.isalnum() else " " for one in parts).split()
    tokens = "".join(joined)
    assert not found or "FA202600012" in tokens
    if compact == ["FA", "2026", "00012"]:
        assert found


_CENTS = st.integers(1, 20).map(lambda cents: Decimal(cents) / 100)


@settings(max_examples=40)
@given(amounts=st.lists(_CENTS, min_size=1, max_size=5), paid=_CENTS)
def test_nothing_is_certain_unless_the_amount_is_and_nothing_else_is_as_good(
    amounts: list[Decimal], paid: Decimal
) -> None:
    seen = Seen(paid, date(2026, 11, 2), plain("REGLEMENT"), "MARTIN")
    kind = "invoicing.invoice"
    documents = [
        Document(RecordRef(f"{kind}/{at}"), f"F{at}", (f"FA-2026-{at:05}",), due, "Martin")
        for at, due in enumerate(amounts)
    ]
    fits = ranked(
        Fit("invoice", ((one.ref, one.due),), one.label, reasons_for(seen, one, "iban"))
        for one in documents
    )
    chosen = certain(fits, 60)
    exact = [one for one in documents if one.due == paid]
    assert (chosen is not None) == (len(exact) == 1)
    together = group(seen, [(one, "iban") for one in documents])
    assert (together is not None) == (len(amounts) > 1 and sum(amounts) == paid)
