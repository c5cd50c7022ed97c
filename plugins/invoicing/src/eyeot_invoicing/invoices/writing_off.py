"""Writing off: gives up what will not be paid, and takes the VAT back where the law lets it."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import Conflict, Context, Event, Exact, Input, RecordRef, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import AccountId, InvoiceId
from eyeot_invoicing.invoices.changing import refuse_settled
from eyeot_invoicing.invoices.entry import vat_parts, waits
from eyeot_invoicing.invoices.posting import lines_of
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.payments.settling import Taking, due, take_off
from eyeot_invoicing.vat.due import Part, fell_due, territories
from eyeot_invoicing.vat.pending import Books, reduced, share_rest
from eyeot_sales.trade.amounts import ZERO, money, rounded


class InvoiceWrittenOff(Event, name="invoicing.invoice.written_off"):
    """A part of what was due on an invoice was given up."""

    invoice_id: InvoiceId
    amount: str


class WriteOff(Input):
    """What is given up, and why."""

    id: InvoiceId
    reason: Annotated[str, Field(min_length=3, max_length=200)]
    why: Annotated[
        Literal["small_difference", "bad_debt"],
        Field(description="A rounding or bank difference, or a debt that is lost for good."),
    ] = "small_difference"
    amount: Annotated[
        Exact | None, Field(gt=0, decimal_places=2, description="All that is due when left out.")
    ] = None
    account_id: Annotated[
        AccountId | None, Field(description="The account of the loss, if another than usual.")
    ] = None
    vat_recovery: Annotated[
        bool,
        Field(
            description="Bad debts only: take back VAT that was due by date, with proof of loss."
        ),
    ] = False


_ROLES = {"small_difference": "difference_loss", "bad_debt": "bad_debt"}


@action(
    "invoicing.invoice.write_off",
    risk="x",
    en=(
        "Write off an invoice; bad debt; give up an unpaid invoice; write off a small "
        "difference; recover VAT on a bad debt; the customer went bankrupt"
    ),
    fr=(
        "Passer une facture en perte; créance irrécouvrable; abandonner un impayé; solder un "
        "petit écart; récupérer la TVA d'un impayé; client en faillite"
    ),
    example={"id": "$invoicing.invoice?status=posted", "reason": "Écart de règlement"},
    events=("invoicing.invoice.written_off", "invoicing.invoice.paid"),
    record=Invoice,
)
async def write_off(ctx: Context, data: WriteOff) -> Invoice:
    """Give up what will not be paid of an invoice, and book the loss.

    VAT that waited for the payment never falls due; what fell due by date is taken back for a bad debt only.
    Source: CGI, art. 272, 1; BOI-TVA-DED-40-10-20 (CIBS since 1 September 2026).
    """
    invoice = await ctx.get(Invoice, data.id, lock=True)
    refuse_settled(invoice)
    amount = data.amount if data.amount is not None else due(invoice)
    if amount > due(invoice):
        raise Conflict(
            reason=f"{due(invoice):f} is due on {invoice.number}, not {amount:f}.",
            remedy="Give up to that, or leave the amount out.",
            field="amount",
        )
    if data.vat_recovery and data.why != "bad_debt":
        raise invalid("vat_recovery", "VAT is recovered on bad debts only: say why=bad_debt")
    await _booked(ctx, invoice, data, amount)
    cause = RecordRef.to(invoice.meta.name, invoice.id)
    taking = Taking(amount, ctx.today, cause, "written_off", releases=False)
    await take_off(ctx, invoice, taking)
    ctx.emit(InvoiceWrittenOff(invoice_id=invoice.id, amount=f"{amount:f}"))
    return invoice


async def _booked(ctx: Context, invoice: Invoice, data: WriteOff, amount: Decimal) -> None:
    accounts, books = Accounts(ctx), Books(invoice.exchange_rate)
    waiting = _unwait(invoice, amount / due(invoice), books)
    taken = await _recovered(ctx, invoice, amount) if data.vat_recovery else []
    back = [books.part(one) for one in taken]
    legs = [Leg(await accounts.role("vat_pending"), waiting)]
    legs += [Leg(await accounts.role("vat_collected", one.key.percent), one.tax) for one in back]
    owed = books.of(amount)
    foreign = money(amount, invoice.currency) if invoice.exchange_rate is not None else None
    receivable = Leg(await accounts.role("receivable"), -owed, invoice.party_id, foreign=foreign)
    loss = owed - sum((one.amount for one in legs), ZERO)
    legs += [Leg(await _account(ctx, accounts, data), loss), receivable]
    party = await ctx.get(Party, invoice.party_id, beyond=True)
    source = RecordRef.to(invoice.meta.name, invoice.id)
    entry = await book(
        ctx,
        Booking(
            journal="general",
            on=ctx.today,
            label=f"Perte sur {invoice.number} {party.name}: {data.reason}",
            legs=legs,
            piece_ref=invoice.number,
            source=source,
        ),
    )
    await fell_due(
        ctx,
        [Part(one.nature, one.key, -one.base, -one.tax, one.territory) for one in back],
        due_on=ctx.today,
        direction="collected",
        source=source,
        cause=source,
        party_id=invoice.party_id,
        entry_id=entry.id,
        recovers=True,
    )


async def _account(ctx: Context, accounts: Accounts, data: WriteOff) -> LedgerAccount:
    if data.account_id is not None:
        return await ctx.get(LedgerAccount, data.account_id)
    return await accounts.role(_ROLES[data.why])


def _unwait(invoice: Invoice, share: Decimal, books: Books) -> Decimal:
    """Let VAT wait no more for what is given up; its amount in the currency of the books."""
    rows: list[Any] = [dict(one) for one in invoice.pending_vat]
    off = sum((reduced(row, part, books).tax for row, part in share_rest(rows, share)), ZERO)
    invoice.pending_vat = rows
    return off


async def _recovered(ctx: Context, invoice: Invoice, amount: Decimal) -> list[Part]:
    """The part of the VAT due by date that a lost amount answers for."""
    lines = await lines_of(ctx, invoice)
    gross = invoice.total_gross.amount if invoice.total_gross else ZERO
    share = amount / gross if gross else ZERO
    found = vat_parts(invoice, lines, await territories(ctx, lines))
    return [
        Part(
            one.nature, one.key, rounded(one.base * share), rounded(one.tax * share), one.territory
        )
        for one in found
        if one.tax and not waits(invoice, one)
    ]
