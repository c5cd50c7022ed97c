"""Comparing: a VAT return beside what e-invoicing sent and received, with what mends each gap."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from eyeot import (
    Context,
    Drill,
    Exact,
    Input,
    Output,
    Period,
    ProviderNotConfigured,
    ProviderUnavailable,
    RecordRef,
    action,
)
from eyeot_invoicing.einvoices.record import EInvoice, PlatformFlow
from eyeot_invoicing.platforms.choosing import platform_of, usual
from eyeot_invoicing.platforms.interface import RECEIVED, Flow
from eyeot_invoicing.purchases.record import EDITABLE, SupplierInvoice
from eyeot_invoicing.vat.boxes import BoxRow, Form, Group, boxes_of, filled
from eyeot_invoicing.vat.counting import Span
from eyeot_invoicing.vat.known import Due, Facts, Reason, differs, due_of, facts_of, gap_of, outside
from eyeot_invoicing.vat.returns import VatReturn, form_of
from eyeot_invoicing.vat.wording import MENDED_BY, said
from eyeot_sales.trade.amounts import ZERO

_LISTED = 200
"""Flows that the platform is asked for."""
_MOST = 500


class Compared(Output):
    """A box: as the return has it, and as the platform's data would fill it in, in whole euros."""

    box: str
    label: str
    base: Exact | None = None
    tax: Exact | None = None
    platform_base: Exact | None = None
    platform_tax: Exact | None = None


class Gap(Output):
    """One difference: a piece, the amounts on both sides in the books' currency, why, and what mends it."""

    document: RecordRef | None = None
    number: str
    due_by: Annotated[RecordRef | None, Field(description="What made it fall due.")] = None
    direction: str
    reason: Reason
    says: str
    base: Exact
    tax: Exact
    platform_base: Exact
    platform_tax: Exact
    mend: Annotated[Drill, Field(description="The action that mends it, with its arguments.")]


class Apart(Output):
    """What the return counts and e-invoicing has nothing to say of."""

    reason: str
    says: str
    pieces: int
    base: Exact
    tax: Exact


class Comparison(Output):
    """A return beside the platform's data."""

    period: str
    regime: str
    boxes: list[Compared]
    gaps: list[Gap]
    more: Annotated[int, Field(description="Gaps that are not told.")]
    apart: list[Apart]
    platform: Annotated[str | None, Field(description="The platform in use.")] = None
    platform_asked: Annotated[
        bool, Field(description="Whether it was asked; else only what was kept here is compared.")
    ] = False
    notes: list[str]


class ComparePeriod(Input):
    """A month, quarter or year, as the VAT regime wants it."""

    period: Period


class Sorted(NamedTuple):
    """Due VAT: what the platform knows, the gaps, and what is none of its business."""

    known: list[Group]
    gaps: list[Gap]
    apart: dict[str, list[Due]]


@action(
    "invoicing.vat_return.compare_with_platform",
    risk="r",
    en=(
        "Compare the VAT return with the platform; check VAT against e-invoices; gaps between VAT and "
        "e-invoicing; pre-filled return; does my VAT match what was sent"
    ),
    fr=(
        "Comparer la TVA avec la plateforme; rapprocher la TVA des factures électroniques; écarts entre "
        "TVA et e-facturation; déclaration préremplie; ma TVA correspond-elle à ce qui a été transmis"
    ),
    example={"period": "2026-10"},
    record=VatReturn,
    next=("invoicing.einvoice.submit", "invoicing.einvoice.report_collected"),
)
async def compare_with_platform(ctx: Context, data: ComparePeriod) -> Comparison:
    """Lay a period's VAT beside what went and came by e-invoicing; keeps nothing.

    Source: CGI, art. 289 bis and 290 A (data of invoices and of payments, from which returns are filled in).
    """
    form, span = await _span_of(ctx, data.period)
    rows = await due_of(ctx, span)
    facts = await facts_of(ctx, rows)
    found = _sorted(rows, facts, ctx.locale)
    gaps = found.gaps + await _undeducted(ctx, span)
    connection = await usual(ctx)
    told = Comparison(
        period=data.period,
        regime=form,
        boxes=_boxes(ctx, (form, span), [one.group for one in rows], found.known),
        gaps=[],
        more=0,
        apart=_apart(found.apart, ctx.locale),
        platform=connection.platform if connection else None,
        notes=[],
    )
    gaps += await _asked(ctx, connection, span, told)
    told.gaps, told.more = gaps[:_MOST], max(0, len(gaps) - _MOST)
    return told


async def _span_of(ctx: Context, period: str) -> tuple[Form, Span]:
    form, span = await form_of(ctx, period)
    known = await ctx.first(VatReturn, VatReturn.c.period == period)
    if known and known.validated_on:
        span = Span(span.first, span.last, span.since, return_id=known.id)
    return form, span


def _sorted(rows: Iterable[Due], facts: Facts, locale: str) -> Sorted:
    found = Sorted([], [], {})
    for one in rows:
        why = outside(one, facts)
        if why:
            found.apart.setdefault(why, []).append(one)
            continue
        reason = gap_of(one, facts)
        if reason is None:
            found.known.append(one.group)
        else:
            found.gaps.append(_gap(one, facts, reason, locale))
    told: set[RecordRef] = set()
    for one in rows:
        piece = facts.pieces.get(one.source)
        if isinstance(piece, SupplierInvoice) and one.source not in told:
            told.add(one.source)
            if amounts := differs(piece):
                found.gaps.append(_differing(piece, amounts, locale))
    return found


def _gap(one: Due, facts: Facts, reason: Reason, locale: str) -> Gap:
    base, tax = one.group.base, one.group.tax
    there_base, there_tax = ZERO, ZERO
    if reason == "amounts_differ":
        whole = facts.paid[one.cause, one.source]
        share = facts.collected(one) / whole
        there_base, there_tax = round(base * share, 2), round(tax * share, 2)
    return Gap(
        document=one.source,
        number=facts.number(one.source),
        due_by=one.cause,
        direction=one.group.direction,
        reason=reason,
        says=said(reason, locale),
        base=base,
        tax=tax,
        platform_base=there_base,
        platform_tax=there_tax,
        mend=_mend(reason, one, facts),
    )


def _mend(reason: Reason, one: Due, facts: Facts) -> Drill:
    """The action that closes a gap, on what it is about."""
    mended = MENDED_BY[reason]
    einvoice = facts.einvoices.get(one.source)
    refs = {
        "piece": one.source,
        "payment": one.cause,
        "einvoice": RecordRef.to(EInvoice.meta.name, einvoice.id) if einvoice else one.source,
    }
    if one.source.kind == "invoicing.credit_note" and mended.credit_note:
        return Drill(action=mended.credit_note, arguments={"id": one.source.typeid})
    names = {name: refs[about].typeid for name, about in mended.arguments.items()}
    return Drill(action=mended.action, arguments=names)


def _differing(piece: SupplierInvoice, there: tuple[Decimal, Decimal], locale: str) -> Gap:
    assert piece.total_net
    assert piece.total_tax
    source = RecordRef.to(piece.meta.name, piece.id)
    return Gap(
        document=source,
        number=piece.number,
        direction="deductible",
        reason="amounts_differ",
        says=said("amounts_differ", locale),
        base=piece.total_net.amount,
        tax=piece.total_tax.amount,
        platform_base=there[0],
        platform_tax=there[1],
        mend=Drill(action="invoicing.supplier_invoice.get", arguments={"id": source.typeid}),
    )


async def _undeducted(ctx: Context, span: Span) -> list[Gap]:
    """Invoices that came by the platform in the period, and whose VAT nobody deducted yet."""
    c = SupplierInvoice.c
    rows = await ctx.find(
        SupplierInvoice,
        c.received_via == "pa",
        c.status.in_([*EDITABLE, "approved"]),
        c.invoice_date.between(span.first, span.last),
        order=(c.invoice_date, c.id),
        limit=_MOST,
    )
    return [_undeducted_one(one, ctx.locale) for one in rows]


def _undeducted_one(piece: SupplierInvoice, locale: str) -> Gap:
    told: Any = piece.told or {}
    source = RecordRef.to(piece.meta.name, piece.id)
    verb = "post" if piece.status == "approved" else "approve"
    return Gap(
        document=source,
        number=piece.number,
        direction="deductible",
        reason="not_deducted",
        says=said("not_deducted", locale),
        base=ZERO,
        tax=ZERO,
        platform_base=Decimal(told.get("net", "0")),
        platform_tax=Decimal(told.get("tax", "0")),
        mend=Drill(action=f"invoicing.supplier_invoice.{verb}", arguments={"id": source.typeid}),
    )


def _boxes(
    ctx: Context, where: tuple[Form, Span], ours: Sequence[Group], known: Sequence[Group]
) -> list[Compared]:
    form, span = where
    here, there = filled(form, span.last, ours), filled(form, span.last, known)
    told = []
    for row in boxes_of(form, span.last):
        one, other = here.amounts[row.box], there.amounts[row.box]
        if not row.carried and (any(one.values()) or any(other.values())):
            told.append(
                Compared(
                    box=row.box,
                    label=_label(row, ctx.locale),
                    base=one.get("base"),
                    tax=one.get("tax"),
                    platform_base=other.get("base"),
                    platform_tax=other.get("tax"),
                )
            )
    return told


def _label(row: BoxRow, locale: str) -> str:
    return row.fr if locale.startswith("fr") else row.en


def _apart(found: dict[str, list[Due]], locale: str) -> list[Apart]:
    return [
        Apart(
            reason=why,
            says=said(why, locale),
            pieces=len({one.source for one in rows}),
            base=sum((one.group.base for one in rows), ZERO),
            tax=sum((one.group.tax for one in rows), ZERO),
        )
        for why, rows in sorted(found.items())
    ]


async def _asked(ctx: Context, connection: Any, span: Span, told: Comparison) -> list[Gap]:
    """What the platform tells now that is not kept here."""
    if connection is None:
        told.notes.append(said("no_platform", ctx.locale))
        return []
    since = dt.datetime.combine(span.first, dt.time(), dt.UTC)
    try:
        flows = platform_of(ctx, connection).flows(since, _LISTED)
    except (ProviderNotConfigured, ProviderUnavailable) as none:
        told.notes.append(str(none.body()["message"]))
        return []
    told.platform_asked = True
    if len(flows) == _LISTED:
        told.notes.append(said("first_flows", ctx.locale))
    ids = [one.flow_id for one in flows]
    applied = await ctx.find(
        PlatformFlow, PlatformFlow.c.flow_id.in_(ids), PlatformFlow.c.applied_at.is_not(None)
    )
    kept = await ctx.find(EInvoice, EInvoice.c.flow_id.in_(ids))
    here = {one.flow_id for one in applied} | {one.flow_id or "" for one in kept}
    status = {one.flow_id: one for one in kept}
    found = [_unread(one, status.get(one.flow_id), ctx.locale, here) for one in flows]
    return [one for one in found if one is not None]


def _unread(flow: Flow, einvoice: EInvoice | None, locale: str, here: set[str]) -> Gap | None:
    """A flow that tells what is not known here."""
    reason: Reason
    if flow.kind == RECEIVED and flow.flow_id not in here:
        reason = "unknown_here"
    elif einvoice is not None and flow.acknowledged == "error" and einvoice.status != "213":
        reason = "unread_status"
    else:
        return None
    return Gap(
        document=RecordRef(einvoice.piece) if einvoice else None,
        number=einvoice.number if einvoice else flow.flow_id,
        direction="deductible" if flow.kind == RECEIVED else "collected",
        reason=reason,
        says=said(reason, locale),
        base=ZERO,
        tax=ZERO,
        platform_base=ZERO,
        platform_tax=ZERO,
        mend=Drill(action=MENDED_BY[reason].action, arguments={}),
    )
