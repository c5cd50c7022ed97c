"""Declaring: computes, explains, freezes and files VAT returns."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Exact,
    Input,
    Output,
    Period,
    RecordRef,
    Ref,
    action,
    invalid,
)
from eyeot_invoicing.ids import EntryId, PartyId, VatReturnId
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.vat.boxes import BoxRow, Form, Group, boxes_of, filled, taking
from eyeot_invoicing.vat.counting import Span, advances, behind, carried_over, count, groups
from eyeot_invoicing.vat.due import VatDue
from eyeot_invoicing.vat.returns import VatReturn, fill, form_of, lifecycle
from eyeot_sales.trade.amounts import ZERO

_MOST = 1_000


class Box(Output):
    """A box with its amounts in whole euros."""

    box: str
    label: str
    base: Exact | None = None
    tax: Exact | None = None
    rows: Annotated[int, Field(description="How many kinds of rows it sums up.")] = 0


class Computed(Output):
    """A period's return as it would be now."""

    period: str
    regime: str
    boxes: list[Box]
    vat_due: Exact
    credit: Exact
    late_rows: Annotated[
        int, Field(description="Rows of earlier periods in it, since they came after that return.")
    ]
    notes: list[str]


class ComputePeriod(Input):
    """A month, quarter or year, as the VAT regime wants it."""

    period: Period


def _label(row: BoxRow, locale: str) -> str:
    return row.fr if locale.startswith("fr") else row.en


@action(
    "invoicing.vat_return.compute",
    risk="r",
    en=(
        "Compute the VAT return; prepare VAT; how much VAT do I owe; boxes of the CA3; VAT of "
        "the month; declare VAT; do the VAT return; VAT to pay"
    ),
    fr=(
        "Calculer la déclaration de TVA; préparer la TVA; combien de TVA dois-je; cases de la "
        "CA3; TVA du mois; déclarer la TVA; faire la déclaration de TVA; TVA à payer"
    ),
    example={"period": "2026-10"},
    record=VatReturn,
    next=("invoicing.vat_return.explain_box", "invoicing.vat_return.create"),
)
async def compute(ctx: Context, data: ComputePeriod) -> Computed:
    """Fill in a period's boxes from the VAT that fell due in it, by its date or by payment; keeps nothing.

    Source: CGI, art. 269 and 287 (CIBS since 1 September 2026).
    """
    form, span = await form_of(ctx, data.period)
    known = await ctx.first(VatReturn, VatReturn.c.period == data.period)
    carried = await carried_over(ctx, span)
    if known and known.validated_on:
        span = Span(span.first, span.last, span.since, return_id=known.id)
        carried = known.carried
    found = await groups(ctx, span)
    result = filled(form, span.last, found, carried)
    rows = boxes_of(form, span.last)
    taken = [row.box for one in found for row in taking(rows, one)]
    boxes = [
        Box(
            box=row.box,
            label=_label(row, ctx.locale),
            base=result.amounts[row.box].get("base"),
            tax=result.amounts[row.box].get("tax"),
            rows=taken.count(row.box),
        )
        for row in rows
    ]
    return Computed(
        period=data.period,
        regime=form,
        boxes=boxes,
        vat_due=result.due,
        credit=result.credit,
        late_rows=span.late,
        notes=_notes(boxes, span, await advances(ctx, span)),
    )


def _notes(boxes: list[Box], span: Span, free: int) -> list[str]:
    notes = [
        f"Box {one.box} is below 0, which the form does not take: tell it as VAT to deduct."
        for one in boxes
        if (one.tax or ZERO) < 0
    ]
    if span.late:
        notes.append(f"{span.late} rows of earlier periods came after their return and are in it.")
    if free:
        notes.append(
            f"{free} payments of customers settle nothing yet: VAT on what they pay for falls due by their"
            " date once they are allocated (invoicing.payment.allocate)."
        )
    return notes


class ExplainBox(Input):
    """A box of a return, or of a period's."""

    box: Annotated[str, Field(max_length=4, description="As the form calls it, e.g. 08.")]
    return_id: VatReturnId | None = None
    period: Period | None = None
    most: Annotated[int, Field(ge=1, le=_MOST, description="Documents told.")] = 200


class Behind(Output):
    """A document behind a box."""

    document: RecordRef
    number: str | None
    party_id: PartyId | None
    due_on: dt.date
    due_by: Annotated[
        RecordRef, Field(description="What made it fall due: the document, or a payment.")
    ]
    nature: str
    category: str
    percent: Exact
    base: Exact
    tax: Exact
    entry_id: EntryId | None


class Explained(Output):
    """A box, its exact sums to the cent, and every document behind it."""

    box: str
    label: str
    made_of: Annotated[list[str], Field(description="Of a total: the boxes it adds and takes off.")]
    base: Exact | None
    tax: Exact | None
    exact_base: Exact
    exact_tax: Exact
    documents: list[Behind]
    more: Annotated[int, Field(description="How many documents are not told.")]


async def _asked(ctx: Context, data: ExplainBox) -> tuple[Form, Span, Decimal]:
    if data.return_id is None and data.period is None:
        raise invalid("return_id", "say which return, or give a period")
    if data.return_id is None:
        assert data.period
        form, span = await form_of(ctx, data.period)
        return form, span, await carried_over(ctx, span)
    row = await ctx.get(VatReturn, data.return_id)
    if row.validated_on and row.start and row.end and row.regime:
        return row.regime, Span(row.start, row.end, row.start, return_id=row.id), row.carried
    form, span = await form_of(ctx, row.period)
    return form, span, await carried_over(ctx, span)


@action(
    "invoicing.vat_return.explain_box",
    risk="r",
    en=(
        "Explain a box of the VAT return; documents behind a VAT box; where does this VAT come from; detail "
        "of box 08"
    ),
    fr=(
        "Expliquer une case de la TVA; pièces derrière une case; d'où vient cette TVA; détail de la case 08"
    ),
    example={"period": "2026-10", "box": "08"},
    record=VatReturn,
)
async def explain_box(ctx: Context, data: ExplainBox) -> Explained:
    """Tell every document behind a box, with its base, its VAT and what made it fall due."""
    form, span, carried = await _asked(ctx, data)
    rows = boxes_of(form, span.last)
    row = next((one for one in rows if one.box == data.box.upper()), None)
    if row is None:
        raise invalid("box", f"the {form} has " + ", ".join(one.box for one in rows))
    found = await groups(ctx, span)
    mine = [one for one in found if row in taking(rows, one)]
    amounts = filled(form, span.last, found, carried).amounts[row.box]
    sign = -1 if row.negated else 1
    documents, more = await _documents(ctx, span, mine, data.most)
    return Explained(
        box=row.box,
        label=_label(row, ctx.locale),
        made_of=[*(f"+{one}" for one in row.plus), *(f"-{one}" for one in row.minus)],
        base=amounts.get("base"),
        tax=amounts.get("tax"),
        exact_base=sign * sum((one.base for one in mine), ZERO),
        exact_tax=sign * sum((one.tax for one in mine), ZERO),
        documents=documents,
        more=more,
    )


async def _documents(
    ctx: Context, span: Span, mine: list[Group], limit: int
) -> tuple[list[Behind], int]:
    c = VatDue.c
    where = [*span.where(), behind(mine)]
    counted = sa.select(sa.func.count().label("n")).where(ctx.within(VatDue), *where)
    whole = int((await ctx.rows(counted))[0]["n"])
    rows = await ctx.find(VatDue, *where, order=(c.due_on, c.id), limit=limit)
    told = []
    for one in rows:
        piece: Any = await ctx.open(one.source)
        told.append(
            Behind(
                document=one.source,
                number=piece.number,
                party_id=one.party_id,
                due_on=one.due_on,
                due_by=one.cause,
                nature=one.nature,
                category=one.category,
                percent=one.percent,
                base=one.base,
                tax=one.tax,
                entry_id=one.entry_id,
            )
        )
    return told, whole - len(rows)


class ReturnChosen(Input):
    """One return."""

    id: VatReturnId


@action(
    "invoicing.vat_return.validate",
    risk="x",
    en="Validate a VAT return; freeze the VAT of a period; book the VAT to pay; settle VAT accounts",
    fr=(
        "Valider une déclaration de TVA; figer la TVA d'une période; comptabiliser la TVA à décaisser; "
        "liquider la TVA"
    ),
    example={"id": "$invoicing.vat_return?status=computed"},
    record=VatReturn,
    next=("invoicing.vat_return.mark_filed",),
)
async def validate(ctx: Context, data: ReturnChosen) -> VatReturn:
    """Freeze a return: its rows are counted in it once and for all, and its VAT is booked as to be paid."""
    row = await ctx.get(VatReturn, data.id, lock=True)
    lifecycle.check(row, "validate")
    span = await fill(ctx, row)
    if span.last >= ctx.today:
        raise Conflict(
            reason=f"The period {row.period} is not over before {span.last}.",
            remedy="invoicing.vat_return.compute shows it as it is until then.",
        )
    c = VatReturn.c
    later = await ctx.first(VatReturn, c.start > span.first, c.validated_on.is_not(None))
    if later:
        raise Conflict(
            reason=f"The return of {later.period}, which is later, is validated already.",
            remedy="What came late is in the next return; delete this draft.",
        )
    found = await groups(ctx, span)
    row.entry_id = await _settled(ctx, row, found)
    await count(ctx, span, row.id)
    row.validated_on = ctx.today
    lifecycle.take(row, "validate")
    return row


async def _settled(ctx: Context, row: VatReturn, found: list[Group]) -> UUID | None:
    """Book the VAT of a period from the accounts it stands on to what is paid or carried over."""
    accounts = Accounts(ctx)
    legs: list[Leg] = []
    for one in found:
        if one.direction == "collected":
            role = "vat_self_assessed" if one.is_self_assessed else "vat_collected"
            legs.append(Leg(await accounts.role(role, one.percent), one.tax))
        else:
            legs.append(Leg(await accounts.role(_deductible(one)), -one.tax))
    legs.append(Leg(await accounts.role("vat_credit"), row.credit - row.carried))
    legs.append(Leg(await accounts.role("vat_payable"), -row.vat_due))
    rounding = -sum((one.amount for one in legs), ZERO)
    legs.append(
        Leg(await accounts.role("difference_loss" if rounding > 0 else "difference_gain"), rounding)
    )
    merged = _merged(legs)
    if not merged:
        return None
    assert row.end
    entry = await book(
        ctx,
        Booking(
            journal="general",
            on=row.end,
            label=f"Liquidation de TVA {row.period}",
            legs=merged,
            piece_ref=f"{row.regime} {row.period}",
            source=RecordRef.to(row.meta.name, row.id),
            closing=True,
        ),
    )
    return entry.id


def _deductible(one: Group) -> str:
    if one.is_self_assessed:
        return "vat_deductible_self_assessed"
    return "vat_deductible_assets" if one.nature == "asset" else "vat_deductible"


def _merged(legs: list[Leg]) -> list[Leg]:
    """One leg for each account."""
    sums: dict[UUID, Leg] = {}
    for one in legs:
        before = sums.get(one.account.id)
        sums[one.account.id] = Leg(one.account, one.amount + (before.amount if before else ZERO))
    return [one for one in sums.values() if one.amount]


class VatReturnFiled(Event, name="invoicing.vat_return.filed"):
    """A VAT return was filed."""

    return_id: VatReturnId
    period: str


class Filing(Input):
    """When a return was filed, with its receipt."""

    id: VatReturnId
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None
    document_id: Annotated[UUID | None, Ref("core.document")] = None


@action(
    "invoicing.vat_return.mark_filed",
    risk="w",
    en=(
        "Mark a VAT return as filed; record the filing of VAT; VAT was declared; keep the VAT "
        "receipt; I filed the VAT; the VAT return was sent"
    ),
    fr=(
        "Marquer une déclaration de TVA comme déposée; enregistrer le dépôt de la TVA; TVA "
        "déclarée; garder l'accusé de dépôt; j'ai déposé la TVA"
    ),
    example={"id": "$invoicing.vat_return?status=validated"},
    events=("invoicing.vat_return.filed",),
    record=VatReturn,
)
async def mark_filed(ctx: Context, data: Filing) -> VatReturn:
    """Note that a frozen return was filed with the tax office, and keep its receipt."""
    row = await ctx.get(VatReturn, data.id, lock=True)
    lifecycle.check(row, "mark_filed")
    on = data.date or ctx.today
    if row.end and not row.end < on <= ctx.today:
        raise invalid("date", f"lies after {row.end}, and not after today")
    row.filed_on, row.receipt_id = on, data.document_id
    lifecycle.take(row, "mark_filed")
    ctx.emit(VatReturnFiled(return_id=row.id, period=row.period))
    return row
