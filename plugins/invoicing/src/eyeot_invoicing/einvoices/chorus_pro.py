"""Chorus Pro: an invoice to a public body is deposited there, and what became of it is fetched."""

from typing import Annotated, Any

from pydantic import Field

from eyeot import Conflict, Context, Input, Output, ProviderUnavailable, action
from eyeot_invoicing.einvoices.building import Piece, piece_of
from eyeot_invoicing.einvoices.moving import become
from eyeot_invoicing.einvoices.record import EInvoice, Told
from eyeot_invoicing.einvoices.statuses import STATUS, may_follow
from eyeot_invoicing.einvoices.submitting import Form, hand_over, prepared
from eyeot_invoicing.ids import EInvoiceId, InvoiceId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.platforms.choosing import chorus, went_by_chorus
from eyeot_invoicing.platforms.chorus import Chorus, Demands

_TAKEN, _REJECTED = "202", "213"
_UNSENT = ("prepared", "221")
_SERVICE = (
    "Give it in buyer_reference, which is the service code on invoices to public bodies (BT-10)"
)
_COMMITMENT = "Give it in order_reference, which is the commitment number there (BT-13)"
_HOW = (
    " with invoicing.invoice.update while the invoice is a draft; a posted one is corrected with"
    " invoicing.invoice.credit_and_reissue."
)


class ToDeposit(Input):
    """An invoice to a public body."""

    invoice_id: InvoiceId
    syntax: Annotated[Form, Field(description="facturx: readable, and for machines.")] = "facturx"


class Deposited(Output):
    """Where it stands in Chorus Pro."""

    einvoice_id: EInvoiceId
    number: str
    status: str
    status_name: str
    is_deposited: bool
    deposit: Annotated[str | None, Field(description="Its number of deposit.")] = None
    state: Annotated[str | None, Field(description="What Chorus Pro calls its state.")] = None
    reason: Annotated[str | None, Field(description="Why it was not taken.")] = None
    is_settled: Annotated[
        bool, Field(description="Whether Chorus Pro is done with the file; else call again later.")
    ]


@action(
    "invoicing.einvoice.send_chorus_pro",
    risk="e",
    en=(
        "Send an invoice by Chorus Pro; invoice a town hall; deposit an invoice with Chorus; invoice the "
        "public sector; what became of a Chorus deposit"
    ),
    fr=(
        "Déposer une facture sur Chorus Pro; facturer une mairie; envoyer une facture à l'État; facturer "
        "le secteur public; suivre un dépôt Chorus"
    ),
    example={"invoice_id": "$invoicing.invoice?status=posted&buyer_reference=FACTURES_PUBLIQUES"},
    events=("invoicing.einvoice.submitted", "invoicing.einvoice.status_changed"),
    record=EInvoice,
    next=("invoicing.einvoice.explain_rejection",),
)
async def send_chorus_pro(ctx: Context, data: ToDeposit) -> Deposited:
    """Deposit a posted invoice with Chorus Pro, or tell what became of it; never deposits it twice.

    Refused where the buyer demands a service code or a commitment number that the invoice lacks.
    Source: CCP, art. L2192-1 to L2192-3 and D2192-2.
    """
    invoice = await ctx.get(Invoice, data.invoice_id, lock=True)
    piece = await piece_of(ctx, invoice)
    connection = await chorus(ctx)
    portal = Chorus(ctx, connection)
    einvoice = await _sent(ctx, invoice)
    reason = None
    if einvoice is None:
        refuse_lacking(piece, portal)
        einvoice = await prepared(ctx, piece, data.syntax)
        einvoice.invoice_id = invoice.id
        handed = await hand_over(ctx, einvoice, connection)
        reason = handed.reason
    state = await _followed(ctx, einvoice, portal)
    return _told(ctx, einvoice, state, reason)


async def _sent(ctx: Context, invoice: Invoice) -> EInvoice | None:
    """The e-invoice that was deposited before; refused where it went by another platform."""
    c = EInvoice.c
    found = await ctx.first(EInvoice, c.invoice_id == invoice.id, c.direction == "out")
    if found is None or found.status in _UNSENT:
        return None
    if not await went_by_chorus(ctx, found.connection_id):
        raise Conflict(
            reason=f"The invoice {found.number} went by {found.platform}, and is {found.status}.",
            remedy="invoicing.einvoice.poll_statuses tells how it stands there.",
            field="invoice_id",
        )
    return found


def refuse_lacking(piece: Piece, portal: Chorus) -> None:
    """Refuse an invoice that the public body would reject for what it does not name."""
    record, siret = piece.record, piece.buyer.siret
    if record.status == "draft":
        return
    if not siret:
        raise Conflict(
            reason=f"{piece.buyer.name} has no SIRET, by which Chorus Pro knows whom an invoice is to.",
            remedy="Give it with crm.party.update(siret=…) before the invoice is posted.",
            field="invoice_id",
        )
    demands = portal.demands(siret)
    if demands is None:
        raise Conflict(
            reason=f"Chorus Pro knows no public body of the SIRET {siret}.",
            remedy="Send it by the usual way with invoicing.invoice.send, or correct the SIRET.",
            field="invoice_id",
        )
    if lacking := lacks(demands, record.buyer_reference, record.order_reference):
        raise Conflict(
            reason=f"{piece.buyer.name} demands {lacking[0]} on its invoices.",
            remedy=lacking[1] + _HOW,
            field="invoice_id",
        )


def lacks(demands: Demands, service: str | None, commitment: str | None) -> tuple[str, str] | None:
    """What a public body demands and was not given, and where to give it."""
    if demands.service and not service:
        return "a service code", _SERVICE
    if demands.commitment and not commitment:
        return "a commitment number", _COMMITMENT
    if demands.either and not (service or commitment):
        return "a service code or a commitment number", _SERVICE
    return None


async def _followed(ctx: Context, einvoice: EInvoice, portal: Chorus) -> str | None:
    """What Chorus Pro made of the deposit, along the allowed statuses; none where there is nothing to ask."""
    if einvoice.flow_id is None or einvoice.status not in ("200", "201"):
        return None
    try:
        found = portal.report(einvoice.flow_id)
        at = portal.time
    except ProviderUnavailable:
        return None
    code = _TAKEN if found.taken else _REJECTED if found.refused else None
    if code and may_follow(code, einvoice.status):
        told = Told(code=code, at=at.isoformat(), by="platform")
        if found.refused:
            told.reason, told.note = "REJ_SEMAN", "; ".join(found.errors)[:900] or found.state
        await become(ctx, einvoice, told, at)
    return found.state


def _told(ctx: Context, einvoice: EInvoice, state: str | None, reason: str | None) -> Deposited:
    row: Any = STATUS.get(einvoice.status)
    return Deposited(
        einvoice_id=einvoice.id,
        number=einvoice.number,
        status=einvoice.status,
        status_name=row.named(ctx.locale) if row else "",
        is_deposited=einvoice.flow_id is not None,
        deposit=einvoice.flow_id,
        state=state,
        reason=reason or (einvoice.status_note if einvoice.status == _REJECTED else None),
        is_settled=einvoice.status not in (*_UNSENT, "200", "201"),
    )
