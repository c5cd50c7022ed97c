"""Asking: the invoicing module's drafts for quotes and orders, where it is installed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Exact, Output, RecordRef, Ref
from eyeot_sales.trade.amounts import money

MODULE = "invoicing"


class Drafted(Output):
    """An invoice that was drafted; invoicing.invoice.post numbers it."""

    invoice_id: Annotated[RecordRef, Field(description="The draft.")]
    kind: str
    total_net: Exact
    total_gross: Exact
    deducted: Annotated[Exact, Field(description="Deposits taken off, without VAT.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An invoice that is wanted."""

    document: Any
    """The quote or order that it comes of."""
    kind: str
    lines: Sequence[dict[str, Any]]
    more: dict[str, Any] = field(default_factory=dict)
    deducts: Literal["nothing", "its part", "all"] = "nothing"
    """What of the deposits is taken off: as much as it comes to, or all, by the last invoice."""


def reference(document: Any) -> RecordRef:
    """A document as others name it."""
    return RecordRef.to(document.meta.name, document.id)


async def draft(ctx: Context, wanted: Draft) -> Drafted:
    """Have an invoice drafted, under the caller's permission to write invoices."""
    document = wanted.document
    payer = getattr(document, "bill_to_id", None) or document.party_id
    given = {
        "party_id": Ref("crm.party").write(payer),
        "kind": wanted.kind,
        "currency": document.currency,
        "origin": reference(document).typeid,
        "order_reference": document.customer_reference,
        "buyer_reference": getattr(document, "service_code", None),
        "lines": list(wanted.lines),
        **wanted.more,
    }
    told = {name: value for name, value in given.items() if value is not None}
    made = await ctx.call("invoicing.invoice.create", told)
    id = Ref("invoicing.invoice").write(made.id)
    if wanted.deducts != "nothing":
        await _deduct(ctx, id, wanted)
    shown = await ctx.call("invoicing.invoice.get", {"id": id})
    off = [Decimal(one["net"]["amount"]) for one in shown["lines"] if one["kind"] == "deposit"]
    return Drafted(
        invoice_id=RecordRef.to("invoicing.invoice", made.id),
        kind=shown["kind"],
        total_net=Decimal(shown["total_net"]["amount"]),
        total_gross=Decimal(shown["total_gross"]["amount"]),
        deducted=-sum(off, Decimal(0)),
    )


async def _deduct(ctx: Context, id: str, wanted: Draft) -> None:
    """Have what stands of the document's deposits taken off its draft."""
    if not any(one.left > 0 for one in await deposits_of(ctx, wanted.document)):
        return
    origin, partly = reference(wanted.document).typeid, wanted.deducts == "its part"
    given = {"draft_id": id, "of": origin, "partial": partly}
    await ctx.call("invoicing.invoice.convert_deposit_to_final", given)


async def deposits_of(ctx: Context, document: Any) -> list[Any]:
    """The deposits asked on a quote or order, drafts too, with what is left of them by rate and nature."""
    given = {"of": reference(document).typeid}
    return list((await ctx.call("invoicing.invoice.list_deposits", given)).deposits)


async def listed(ctx: Context, what: str, **where: Any) -> list[dict[str, Any]]:
    """Every row of a list of the invoicing module, as the caller may see it."""
    found: list[dict[str, Any]] = []
    given: dict[str, Any] = {"limit": 100, **where}
    while True:
        page = await ctx.call(f"invoicing.{what}.list", given)
        found += page["items"]
        if not page["has_more"]:
            return found
        given = {**given, "cursor": page["next_cursor"]}


async def refuse_draft(ctx: Context, document: Any) -> None:
    """Refuse a second draft beside one that waits: what it bills would be billed twice."""
    origin = reference(document).typeid
    waiting = await listed(ctx, "invoice", origin=origin, status="draft")
    # A deposit bills nothing of the lines.
    if any(one["kind"] != "deposit" for one in waiting):
        raise Conflict(
            reason="There is a draft invoice of it already.",
            remedy="Post it (invoicing.invoice.post) or delete it (invoicing.invoice.delete) first.",
            field="id",
        )
    if any(one.status == "draft" for one in await deposits_of(ctx, document)):
        raise Conflict(
            reason="A deposit of it waits as a draft: this invoice could not take it off.",
            remedy="Post it (invoicing.invoice.post) or delete it (invoicing.invoice.delete) first.",
            field="id",
        )


_SAID = ("product_id", "unit_id", "tax_rate_id")
_KINDS = {"product_id": "sales.product", "unit_id": "sales.unit", "tax_rate_id": "sales.tax_rate"}


def line_given(line: Any, quantity: Decimal, **more: Any) -> dict[str, Any]:
    """A line of a quote or order as an invoice's line is asked for."""
    ids = {n: Ref(_KINDS[n]).write(v) for n in _SAID if (v := getattr(line, n)) is not None}
    return {
        "kind": line.kind,
        "description": line.description,
        "quantity": f"{quantity:f}",
        "unit_price": line.unit_price.model_dump(mode="json"),
        "discount": f"{line.discount:f}",
        **ids,
        **more,
    }


def amount_given(description: str, amount: Decimal, currency: str, rate_id: UUID) -> dict[str, Any]:
    """A line of one amount of a VAT rate."""
    return {
        "description": description,
        "quantity": "1",
        "unit_price": money(amount, currency).model_dump(mode="json"),
        "tax_rate_id": Ref("sales.tax_rate").write(rate_id),
    }
