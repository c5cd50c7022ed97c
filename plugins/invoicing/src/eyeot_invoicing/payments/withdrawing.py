"""Withdrawing: what a payment no longer settles is due again, and its VAT waits again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from eyeot import Conflict, Context, RecordRef
from eyeot_invoicing.invoices.record import Invoice, lifecycle
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import JournalEntry, lines_of
from eyeot_invoicing.ledger.periods import open_day
from eyeot_invoicing.ledger.taking_back import take_back, unletter
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_invoicing.vat.due import VatDue, back_on
from eyeot_sales.trade.amounts import ZERO, money, rounded

_OWN = frozenset({"id", "due_on", "base", "tax", "entry_id", "cause", "return_id"})
"""The fields of a row of due VAT that are not those of the row that it takes back."""
_KEY = ("nature", "category", "percent", "exemption_code")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When something is undone, and what made it so."""

    on: date
    cause: RecordRef
    vat_on: date | None = None
    """When VAT is taken back; left out, as it fell due, or today where a return has counted it."""


async def live(ctx: Context, payment: Payment) -> list[Allocation]:
    """What a payment settles, that still counts."""
    c = Allocation.c
    return await ctx.find(
        Allocation, c.payment_id == payment.id, c.undone_on.is_(None), order=c.position
    )


async def withdraw(
    ctx: Context, payment: Payment, allocations: Sequence[Allocation], withdrawal: Withdrawal
) -> Decimal:
    """Undo allocations of a payment; the trace of each stays. What is free again of it."""
    by_piece: dict[RecordRef, list[Allocation]] = {}
    for one in allocations:
        by_piece.setdefault(one.settles, []).append(one)
    freed = ZERO
    for piece, parts in sorted(by_piece.items()):
        amount = sum((one.amount.amount for one in parts), ZERO)
        if piece.kind == Invoice.meta.name:
            await _owe_again(ctx, payment, piece, amount, withdrawal)
        elif piece.kind != Payment.meta.name:
            raise Conflict(
                reason=f"What was settled is a {piece.kind}, which takes its payment back itself.",
                remedy=f"Undo it there: {piece.kind}.get shows how.",
            )
        for one in parts:
            one.undone_on = withdrawal.on
        freed += amount
    free = payment.unallocated.amount if payment.unallocated else ZERO
    payment.unallocated = money(free + freed, payment.amount.currency)
    return freed


async def free_origin(ctx: Context, payment: Payment, on: date) -> None:
    """Let the advance that a refund gave back be free again."""
    assert payment.origin_id
    origin = await ctx.get(Payment, payment.origin_id, lock=True)
    named = RecordRef.to(payment.meta.name, payment.id)
    parts = [one for one in await live(ctx, origin) if one.settles == named]
    await withdraw(ctx, origin, parts, Withdrawal(on, named, vat_on=on))


async def _owe_again(
    ctx: Context, payment: Payment, piece: RecordRef, amount: Decimal, withdrawal: Withdrawal
) -> None:
    """Let an invoice be due again, by what was paid of it."""
    invoice = await ctx.get(Invoice, piece.id, lock=True)
    for entry_id in (invoice.entry_id, payment.entry_id):
        if entry_id is not None:
            await unletter(ctx, entry_id)
    paid = invoice.paid.amount if invoice.paid else ZERO
    due = invoice.amount_due.amount if invoice.amount_due else ZERO
    await _wait_again(ctx, payment, invoice, withdrawal)
    if invoice.exchange_rate is not None:
        await _without_difference(ctx, payment, invoice, withdrawal)
    invoice.paid = money(paid - amount, invoice.currency)
    invoice.amount_due = money(due + amount, invoice.currency)
    invoice.settled_on = None
    if invoice.status != "posted":
        lifecycle.take(invoice, "owe_again")
    gross = invoice.total_gross.amount if invoice.total_gross else ZERO
    if paid - amount > 0 and due + amount < gross:
        lifecycle.take(invoice, "pay_in_part")


async def _without_difference(
    ctx: Context, payment: Payment, invoice: Invoice, withdrawal: Withdrawal
) -> None:
    """Take back what was gained or lost by the exchange when the payment settled the invoice."""
    c = JournalEntry.c
    sides = [(await Accounts(ctx).role(name)).id for name in ("exchange_gain", "exchange_loss")]
    for entry in await ctx.find(
        JournalEntry,
        c.source == RecordRef.to(payment.meta.name, payment.id),
        c.piece_ref == invoice.number,
        c.status == "validated",
        c.reverses_id.is_(None),
    ):
        if any(line.account_id in sides for line in await lines_of(ctx, entry)):
            on = await open_day(ctx, withdrawal.vat_on or entry.date)
            await take_back(ctx, entry.id, on, withdrawal.cause)


async def _wait_again(
    ctx: Context, payment: Payment, invoice: Invoice, withdrawal: Withdrawal
) -> None:
    """Take back the VAT that fell due by a payment: opposite rows and an entry (CGI, art. 269, 2-c).

    Amounts of the books are differences of converted running totals, as when it was released.
    """
    c = VatDue.c
    rows = await ctx.find(
        VatDue,
        c.source == RecordRef.to(invoice.meta.name, invoice.id),
        c.cause == RecordRef.to(payment.meta.name, payment.id),
        order=c.id,
    )
    told: list[Any] = [dict(one) for one in invoice.pending_vat]
    found: list[tuple[VatDue, Decimal, Decimal]] = []
    for pending in told:
        same = [one for one in rows if _key(one) == _told_key(pending)]
        if same and any((_sum(same, "base"), _sum(same, "tax"))):
            found.append((same[0], *_unreleased(pending, same, invoice.exchange_rate)))
    whole = sum((tax for _, _, tax in found), ZERO)
    if not found:
        return
    invoice.pending_vat = told
    day = withdrawal.vat_on or back_on(ctx, rows)
    entry_id = await _booked(ctx, invoice, found, day, withdrawal.cause) if whole else None
    for row, base, tax in found:
        same_facts = {n: getattr(row, n) for n in VatDue.meta.fields if n not in _OWN}
        await ctx.add(
            VatDue(
                **same_facts,
                base=-base,
                tax=-tax,
                due_on=day,
                cause=RecordRef.to(payment.meta.name, payment.id),
                entry_id=entry_id,
            )
        )


def _key(row: VatDue) -> tuple[Any, ...]:
    return (row.nature, row.category, Decimal(row.percent), row.exemption_code or None)


def _told_key(one: dict[str, Any]) -> tuple[Any, ...]:
    return (one["nature"], one["category"], Decimal(one["percent"]), one.get("exemption_code"))


def _sum(rows: Sequence[VatDue], name: str) -> Decimal:
    return sum((Decimal(getattr(one, name)) for one in rows), ZERO)


def _unreleased(
    pending: dict[str, Any], rows: Sequence[VatDue], rate: Decimal | None
) -> tuple[Decimal, Decimal]:
    """Note on the invoice's row what waits again; base and VAT taken back, in the books' currency."""
    back = []
    for name in ("base", "tax"):
        done, booked = Decimal(pending[f"released_{name}"]), _sum(rows, name)
        own = booked if rate is None else rounded(booked / rate)
        left = done - own
        pending[f"released_{name}"] = f"{left:f}"
        back.append(own if rate is None else rounded(done * rate) - rounded(left * rate))
    return back[0], back[1]


async def _booked(
    ctx: Context,
    invoice: Invoice,
    found: Sequence[tuple[VatDue, Decimal, Decimal]],
    day: date,
    cause: RecordRef,
) -> Any:
    accounts = Accounts(ctx)
    legs = [
        Leg(await accounts.role("vat_collected", Decimal(row.percent)), tax)
        for row, _, tax in found
    ]
    whole = sum((tax for _, _, tax in found), ZERO)
    entry = await book(
        ctx,
        Booking(
            journal="general",
            on=await open_day(ctx, day),
            label=f"TVA sur encaissement annulé {invoice.number}",
            legs=[*legs, Leg(await accounts.role("vat_pending"), -whole)],
            piece_ref=invoice.number,
            source=cause,
        ),
    )
    return entry.id
