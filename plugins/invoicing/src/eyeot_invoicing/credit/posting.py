"""Posting: gives a credit note its number, its seal and its entry, and takes it off what is due."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, cast

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, RecordRef, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.credit.applying import apply_to
from eyeot_invoicing.credit.drafting import quantities_left, total
from eyeot_invoicing.credit.entry import booked
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine, lifecycle, remaining
from eyeot_invoicing.credit.totalling import account_of, refuse_beyond, totals_of
from eyeot_invoicing.ids import CreditNoteId
from eyeot_invoicing.invoices.deducting import refuse_deducted
from eyeot_invoicing.invoices.identities import buyer, seller
from eyeot_invoicing.invoices.mentions import Facts, gaps
from eyeot_invoicing.invoices.posting import refuse_gaps
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.ledger.periods import check_open
from eyeot_invoicing.payments.settling import due
from eyeot_invoicing.sealing import GENESIS, Chain, covered, sealed

SERIES = "invoicing.credit_note"
SEAL_VERSION = 1
SEALED = (
    "number", "invoice_number", "invoice_date", "reason", "seller", "buyer", "issue_date",
    "currency", "total_discount", "total_net", "total_tax", "total_gross", "tax_breakdown",
    "operation_nature", "note",
)  # fmt: skip
"""The fields that version 1 of the seal covers: the buyer as posted, not the party, which may be merged."""
SEALED_LINE = (
    "position", "kind", "description", "quantity", "unit_id", "unit_price", "discount", "tax_category",
    "tax_percent", "exemption_code", "exemption_reason", "net", "deposit_id",
)  # fmt: skip

chain = Chain(
    CreditNote, CreditNoteLine, "credit_note_id", {SEAL_VERSION: (SEALED, SEALED_LINE)}, sign=-1
)


class CreditNotePosted(Event, name="invoicing.credit_note.posted"):
    """A credit note was numbered and stands."""

    credit_note_id: CreditNoteId
    number: str


class PostCredit(Input):
    """A draft, and its date if it is not today's."""

    id: CreditNoteId
    issue_date: Annotated[
        date | None, Field(description="Today when left out; never before the last credit note's.")
    ] = None


async def lines_of(ctx: Context, note: CreditNote) -> list[CreditNoteLine]:
    """A credit note's lines, in order."""
    c = CreditNoteLine.c
    return await ctx.find(CreditNoteLine, c.credit_note_id == note.id, order=(c.position, c.id))


async def _refuse_unfit(
    ctx: Context, note: CreditNote, invoice: Invoice, lines: Sequence[CreditNoteLine]
) -> None:
    account = await account_of(ctx, invoice, besides=note.id)
    refuse_beyond(account, totals_of(account, lines, note.currency), invoice.number)
    if invoice.kind == "deposit":
        await refuse_deducted(ctx, invoice, note, lines)
    if not note.total_gross or note.total_gross.amount <= 0:
        raise Conflict(
            reason="The credit note comes to nothing, or below: it gives nothing back.",
            remedy="Add lines with invoicing.credit_note_line.create, or delete the draft.",
        )
    left = await quantities_left(ctx, invoice.id)
    for line in lines:
        if line.invoice_line_id is None or line.kind not in ("product", "deposit"):
            continue
        rest = left[line.invoice_line_id]
        if line.quantity * rest < 0 or abs(line.quantity) > abs(rest):
            raise Conflict(
                reason=f"{rest:f} of '{line.description}' is left to take back, not {line.quantity:f}.",
                remedy="Lower its quantity with invoicing.credit_note_line.update.",
            )
        left[line.invoice_line_id] = rest - line.quantity


async def _checked(
    ctx: Context, note: CreditNote, invoice: Invoice, on: date
) -> list[CreditNoteLine]:
    """Complete a draft for posting, and refuse it where the law would."""
    if on > ctx.today:
        raise invalid("issue_date", f"lies after today, {ctx.today}: it is dated when it is made")
    if invoice.issue_date and on < invoice.issue_date:
        raise invalid("issue_date", f"lies before the invoice's date, {invoice.issue_date}")
    await total(ctx, note)
    note.issue_date = on
    lines = await lines_of(ctx, note)
    await _refuse_unfit(ctx, note, invoice, lines)
    facts = Facts(
        invoice=cast("Invoice", note),
        lines=cast("Any", lines),
        seller=await seller(ctx),
        buyer=buyer(await ctx.get(Party, invoice.party_id, beyond=True), invoice.buyer_siren),
        house=await ctx.organization(),
        due=on,
    )
    refuse_gaps(gaps(facts, on, ctx.locale))
    note.seller = facts.seller.model_dump(mode="json", exclude_none=True)  # type: ignore[assignment]
    note.buyer = facts.buyer.model_dump(mode="json", exclude_none=True)  # type: ignore[assignment]
    return lines


async def seal(ctx: Context, note: CreditNote, lines: Sequence[CreditNoteLine]) -> None:
    """Seal a credit note over the one before it; the number's lock keeps others waiting."""
    c = CreditNote.c
    placed = (c.series == SERIES, c.rank.is_not(None), c.id != note.id)
    before = await ctx.first(CreditNote, *placed, order=c.rank.desc())
    note.series = SERIES
    note.rank = (before.rank or 0) + 1 if before else 1
    note.prev_hash = (before.hash if before else None) or GENESIS
    note.hash = sealed(note.prev_hash, SEAL_VERSION, content_of(note, lines))


def content_of(note: CreditNote, lines: Sequence[CreditNoteLine]) -> dict[str, Any]:
    """What the seal of a credit note covers."""
    return {**covered(note, SEALED), "lines": [covered(one, SEALED_LINE) for one in lines]}


@action(
    "invoicing.credit_note.post",
    risk="x",
    en=(
        "Post a credit note; validate a credit note; number and finalise a credit note; issue a credit "
        "note"
    ),
    fr=("Valider un avoir; comptabiliser un avoir; numéroter et figer un avoir; émettre un avoir"),
    example={"id": "$invoicing.credit_note?status=draft"},
    events=(
        "invoicing.credit_note.posted",
        "invoicing.credit_note.applied",
        "invoicing.invoice.paid",
    ),
    record=CreditNote,
    next=("invoicing.credit_note.apply", "invoicing.credit_note.refund"),
)
async def post(ctx: Context, data: PostCredit) -> CreditNote:
    """Number, seal and book a draft credit note, and take it off what is still due on its invoice.

    What is left over, because the invoice was paid, may be applied to others or paid back.
    Source: CGI, art. 272, 1 and ann. II, art. 242 nonies A (CIBS since 1 September 2026).
    """
    note = await ctx.get(CreditNote, data.id, lock=True)
    lifecycle.check(note, "post")
    invoice = await ctx.get(Invoice, note.invoice_id, lock=True)
    on = data.issue_date or note.issue_date or ctx.today
    lines = await _checked(ctx, note, invoice, on)
    await check_open(ctx, on)
    note.posted_at = ctx.now
    note.number = await ctx.number(SERIES, on=on, record=RecordRef.to(note.meta.name, note.id))
    await seal(ctx, note, lines)
    await booked(ctx, note, invoice, lines)
    lifecycle.take(note, "post")
    ctx.emit(CreditNotePosted(credit_note_id=note.id, number=note.number))
    if invoice.status in OPEN and due(invoice):
        await apply_to(ctx, note, invoice, min(remaining(note), due(invoice)), on)
    return note
