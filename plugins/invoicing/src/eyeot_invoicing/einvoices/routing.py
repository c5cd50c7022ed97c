"""Routing: whether the directory knows both ends of an e-invoice, before it is sent or answered."""

from typing import Annotated, Literal

from pydantic import Field

from eyeot import Context, Input, Output, action, invalid
from eyeot_invoicing.einvoices.building import bill_for, piece_of
from eyeot_invoicing.einvoices.record import EInvoice
from eyeot_invoicing.ids import EInvoiceId, InvoiceId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.platforms.choosing import connection_of, platform_of


class ToRoute(Input):
    """An invoice of ours, or an e-invoice that came in."""

    invoice_id: InvoiceId | None = None
    einvoice_id: EInvoiceId | None = None


class End(Output):
    """One end."""

    who: Literal["seller", "buyer"]
    address: str | None
    is_known: bool
    problem: str | None = None
    fix: str | None = None


class Route(Output):
    """Both ends."""

    is_routable: Annotated[
        bool, Field(description="Whether it arrives, and can be answered: both ends are known.")
    ]
    ends: list[End]


@action(
    "invoicing.einvoice.check_routing",
    risk="r",
    en=(
        "Check the routing of an e-invoice; does the directory know this customer; can the buyer "
        "receive it; will it arrive"
    ),
    fr=(
        "Vérifier le routage d'une facture électronique; l'annuaire connaît-il ce client; "
        "l'acheteur peut-il la recevoir; l'adresse est-elle connue"
    ),
    example={"invoice_id": "$invoicing.invoice?status=posted"},
    record=EInvoice,
    next=("invoicing.einvoice.submit",),
)
async def check_routing(ctx: Context, data: ToRoute) -> Route:
    """Ask the directory for both electronic addresses of an invoice; each gap with what mends it.

    A buyer's statuses go to the seller's address (BT-34): without it an invoice cannot be answered.
    """
    seller, buyer = await _addresses(ctx, data)
    connection = await connection_of(ctx)
    platform = platform_of(ctx, connection)
    ends = [
        _end("seller", seller, known=bool(seller) and platform.reaches(seller or "")),
        _end("buyer", buyer, known=bool(buyer) and platform.reaches(buyer or "")),
    ]
    return Route(is_routable=all(one.is_known for one in ends), ends=ends)


async def _addresses(ctx: Context, data: ToRoute) -> tuple[str | None, str | None]:
    if (data.invoice_id is None) == (data.einvoice_id is None):
        raise invalid("invoice_id", "give an invoice of ours or an e-invoice, one of both")
    if data.einvoice_id is not None:
        found = await ctx.get(EInvoice, data.einvoice_id)
        return found.from_address, found.to_address
    assert data.invoice_id
    bill = await bill_for(ctx, await piece_of(ctx, await ctx.get(Invoice, data.invoice_id)))
    return bill.seller.address, bill.buyer.address


_FIXES = {
    "seller": "core.establishment.update(electronic_address=…), and have the platform publish it",
    "buyer": "crm.party.update(electronic_address=…), or ask the customer for its address",
}


def _end(who: Literal["seller", "buyer"], address: str | None, *, known: bool) -> End:
    if known:
        return End(who=who, address=address, is_known=True)
    problem = "the directory does not know it" if address else "there is none"
    return End(who=who, address=address, is_known=False, problem=problem, fix=_FIXES[who])
