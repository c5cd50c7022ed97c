"""Following: an e-invoice that came in is followed from the status it came with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eyeot import Context
from eyeot_invoicing.einvoices.reading import Read
from eyeot_invoicing.einvoices.record import EInvoice, Told
from eyeot_invoicing.einvoices.statuses import lifecycle
from eyeot_invoicing.platforms.connections import PaConnection
from eyeot_invoicing.purchases.entering import ref_of
from eyeot_invoicing.purchases.record import SupplierInvoice

_RECEIVED = "202"


@dataclass(frozen=True, slots=True)
class Came:
    """The file that came, when, and by which flow of which connection, if by a platform."""

    document: Any
    at: datetime
    connection: PaConnection | None = None
    flow_id: str | None = None


async def follow(ctx: Context, invoice: SupplierInvoice, read: Read, came: Came) -> EInvoice:
    """Follow an invoice that came."""
    bill, at = read.bill, came.at
    told = Told(code=_RECEIVED, at=at.isoformat(), by="platform")
    history: list[Any] = [told.model_dump(mode="json", exclude_none=True)]
    row = EInvoice(
        direction="in",
        piece=ref_of(invoice),
        number=bill.number[:100],
        issued_on=bill.issued,
        seller_siren=(bill.seller.siren or "")[:20] or None,
        buyer_siren=(bill.buyer.siren or "")[:20] or None,
        syntax=read.syntax,
        profile=bill.profile[:120],
        from_address=(bill.seller.address or "")[:140] or None,
        to_address=(bill.buyer.address or "")[:140] or None,
        connection_id=came.connection.id if came.connection else None,
        platform=came.connection.platform if came.connection else None,
        flow_id=came.flow_id,
        document_id=came.document.id,
        sha256=came.document.sha256,
        status_at=at,
        status_history=history,
    )
    lifecycle.take(row, f"become_{_RECEIVED}")
    await ctx.add(row)
    invoice.einvoice_id = row.id
    return row
