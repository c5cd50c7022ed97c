"""Returns: the VAT of a period as its form wants it, from draft to filed."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import (
    Conflict,
    Context,
    Lifecycle,
    Period,
    Record,
    Resource,
    by_hand,
    days,
    field,
    follows,
    invalid,
    ref,
)
from eyeot_invoicing.reading import BOOKS
from eyeot_invoicing.vat.boxes import Form, filled
from eyeot_invoicing.vat.counting import Span, carried_over, groups, span_of

_FORMS: dict[str, Form] = {
    "normal_monthly": "CA3",
    "normal_quarterly": "CA3",
    "simplified": "CA12",
}
_MONTHS = {"normal_monthly": 1, "normal_quarterly": 3, "simplified": 12}
_QUARTER = 3
_STARTS = {"normal_monthly": "a month, e.g. 2026-10", "normal_quarterly": "a quarter, e.g. 2026-Q4"}


class VatReturn(
    Record,
    name="invoicing.vat_return",
    prefix="vat",
    needs=BOOKS,
    label="period",
    hint=("status",),
    search=("period",),
    exact=("period",),
    unique=(("period",),),
    index=(("start",),),
    state="status",
    sort="-start",
    archivable=False,
):
    """A VAT return of a period, in whole euros."""

    period: Period = field("The month, quarter or year that it is of.", access="create")
    start: date | None = field("Its first day.", access="read", default=None)
    end: date | None = field("Its last day.", access="read", default=None)
    regime: Literal["CA3", "CA12"] | None = field("The form.", access="read", default=None)
    boxes: dict[str, Any] = field("Base and VAT by box.", access="read", default=dict)
    vat_due: Decimal = field("What is to be paid.", access="read", default=Decimal)
    credit: Decimal = field("What is carried over.", access="read", default=Decimal)
    carried: Decimal = field("The credit of the return before.", access="read", default=Decimal)
    late_rows: int = field(
        "Rows of earlier periods in it, since they came after that return.",
        access="read",
        default=0,
    )
    note: str | None = field("What to remember of it.", max_length=2000, default=None)
    entry_id: UUID | None = ref(
        "invoicing.journal_entry", "The entry that settles its VAT.", access="read", default=None
    )
    validated_on: date | None = field("When it was frozen.", access="read", default=None)
    filed_on: date | None = field("When it was filed.", access="read", default=None)
    receipt_id: UUID | None = ref(
        "core.document", "The receipt of the filing.", access="read", default=None
    )
    status: Literal["draft", "computed", "validated", "filed", "paid"] = field(
        "Where it stands.", access="read", default="draft"
    )


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        follows("fill", "draft", to="computed"),
        by_hand("validate", "draft", "computed", to="validated"),
        by_hand("mark_filed", "validated", to="filed"),
        follows("pay", "filed", to="paid"),
    ),
)


async def form_of(ctx: Context, period: str) -> tuple[Form, Span]:
    """The form and the days of a period, as the organisation's regime wants them."""
    house = await ctx.organization()
    if house.vat_regime in (None, "franchise"):
        told = "has no VAT regime" if house.vat_regime is None else "is exempt (franchise en base)"
        raise Conflict(
            reason=f"The organisation {told}: it files no return.",
            remedy="Set the regime with core.organization.set_vat_regime.",
        )
    span = days(period)
    begins = span.first.day == 1
    count = (span.last.year - span.first.year) * 12 + span.last.month - span.first.month + 1
    wanted = _MONTHS[house.vat_regime]
    if count != wanted or not begins or (wanted == _QUARTER and (span.first.month - 1) % _QUARTER):
        told = _STARTS.get(house.vat_regime, "a fiscal year, e.g. 2026")
        raise invalid("period", f"returns are of {told}, by the regime {house.vat_regime}")
    return _FORMS[house.vat_regime], await span_of(ctx, span)


async def fill(ctx: Context, row: Any) -> Span:
    """Fill in a return that is not frozen; the rows it counts."""
    form, span = await form_of(ctx, row.period)
    row.start, row.end, row.regime = span.first, span.last, form
    row.carried = await carried_over(ctx, span)
    found = filled(form, span.last, await groups(ctx, span), row.carried)
    row.boxes = {
        box: {column: f"{value:f}" for column, value in amounts.items()}
        for box, amounts in found.amounts.items()
    }
    row.vat_due, row.credit, row.late_rows = found.due, found.credit, span.late
    return span


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Fill in a return, and whenever it is changed before it is frozen."""
    if row.status not in ("draft", "computed"):
        return
    await fill(ctx, row)
    if row.status == "draft":
        lifecycle.take(row, "fill")


returns = Resource(
    VatReturn,
    profile="doc",
    without="duplicate comment list_comments",
    en="VAT return; VAT returns; VAT declaration; CA3",
    fr="déclaration de TVA; déclarations de TVA; CA3; CA12; TVA à déclarer",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
    editable=("draft", "computed"),
    instead="What is validated stands: what is posted later with a date in it goes into the next return.",
    mutable=("note",),
    example={"period": "2025-01"},
)
