"""Receiving: invoices to us are fetched from the platform, kept as they came, and entered to be reviewed."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from eyeot import Context, Event, Input, Output, Problem, Ref, action
from eyeot_invoicing.documents.filing import locked
from eyeot_invoicing.einvoices.following import Came, follow
from eyeot_invoicing.einvoices.opening import Refused, carrier_of
from eyeot_invoicing.einvoices.polling import Failed, noted, pending
from eyeot_invoicing.einvoices.reading import opened
from eyeot_invoicing.ids import EInvoiceId, PartyId, SupplierInvoiceId
from eyeot_invoicing.platforms.choosing import connection_of, platform_of
from eyeot_invoicing.platforms.connections import PaConnection
from eyeot_invoicing.platforms.interface import RECEIVED, Flow
from eyeot_invoicing.purchases.entering import Source, enter, ref_of
from eyeot_invoicing.purchases.record import SupplierInvoice

_MOST = 5
"""Files a call, within the eight answers from outside that one may wait for."""
_LISTED = 200
_OVERLAP = timedelta(days=2)
_ENDINGS = {"facturx": "pdf", "cii": "xml", "ubl": "xml"}


class SupplierInvoiceReceived(Event, name="invoicing.supplier_invoice.received"):
    """An invoice came in by the platform."""

    supplier_invoice_id: SupplierInvoiceId
    party_id: PartyId


class ToReceive(Input):
    """From where, and since when."""

    connection_id: Annotated[
        UUID | None,
        Ref("invoicing.pa_connection"),
        Field(description="The one in use when left out."),
    ] = None
    since: Annotated[datetime | None, Field(description="Since the last time when left out.")] = (
        None
    )


class Received(Output):
    """One invoice that came."""

    id: SupplierInvoiceId
    einvoice_id: EInvoiceId
    number: str
    party_id: PartyId
    duplicate_of: SupplierInvoiceId | None = None


class Arrivals(Output):
    """What came."""

    invoices: list[Received]
    failed: list[Failed]
    is_complete: Annotated[bool, Field(description="Whether nothing is left: else call again.")]


@action(
    "invoicing.supplier_invoice.receive_from_platform",
    risk="w",
    en=(
        "Receive supplier invoices from the platform; fetch incoming e-invoices; new invoices "
        "from suppliers; get bills from the platform; get purchase invoices from the platform"
    ),
    fr=(
        "Recevoir les factures fournisseurs de la plateforme; relever les factures reçues; "
        "nouvelles factures fournisseurs; récupérer les factures électroniques; récupérer les "
        "factures d'achat de la plateforme"
    ),
    example={},
    events=("invoicing.supplier_invoice.received",),
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.detect_anomalies", "invoicing.supplier_invoice.acknowledge"),
)
async def receive_from_platform(ctx: Context, data: ToReceive) -> Arrivals:
    """Fetch invoices to us, keep each file locked as it came, and enter it; five a call, oldest first.

    A flow counts as known once its invoice is entered. One that cannot be is kept with its error.
    """
    connection = await connection_of(ctx, data.connection_id)
    platform = platform_of(ctx, connection)
    since = data.since or (connection.polled_at - _OVERLAP if connection.polled_at else None)
    flows = [one for one in platform.flows(since, _LISTED) if one.kind == RECEIVED]
    waiting = [one for one in await pending(ctx, connection, flows) if one.kind == RECEIVED]
    told = Arrivals(invoices=[], failed=[], is_complete=len(waiting) <= _MOST)
    fetched = [(one, platform.original(one.flow_id)) for one in waiting[:_MOST]]
    for flow, content in fetched:
        await _taken(ctx, connection, flow, content, told)
    return told


async def _taken(
    ctx: Context, connection: PaConnection, flow: Flow, content: bytes, told: Arrivals
) -> None:
    """Take one invoice in, alone, and note what came of it."""
    error, about = "", None
    try:
        async with ctx.attempt() as part:
            made = await _entered(part, connection, flow, content)
            about = made.einvoice_id
        told.invoices.append(made)
    except Refused as wrong:
        error = str(wrong)
    except Problem as wrong:
        error = str(wrong.body()["message"])
    row = await noted(ctx, connection, flow, error, about)
    if error:
        told.failed.append(Failed(flow_id=flow.flow_id, attempts=row.attempts, error=error))


async def _entered(ctx: Context, connection: PaConnection, flow: Flow, content: bytes) -> Received:
    found = await opened(content)
    invoice = await enter(ctx, found, Source("pa"))
    carrier = carrier_of(content)
    ending = carrier if carrier == "zip" else _ENDINGS[found.syntax]
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in invoice.number)
    document = await locked(
        ctx, content, f"{safe[:60]}.{ending}", ref_of(invoice), invoice.invoice_date
    )
    invoice.document_id = document.id
    came = Came(document, flow.at, connection, flow.flow_id)
    followed = await follow(ctx, invoice, found, came)
    ctx.emit(SupplierInvoiceReceived(supplier_invoice_id=invoice.id, party_id=invoice.party_id))
    return Received(
        id=invoice.id,
        einvoice_id=followed.id,
        number=invoice.number,
        party_id=invoice.party_id,
        duplicate_of=invoice.duplicate_of,
    )
