"""Checking: whether a supplier's invoice came before, and what about it is unusual."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Input, Money, Output, action
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import SupplierInvoiceId
from eyeot_invoicing.purchases.posting import lines_of
from eyeot_invoicing.purchases.record import SupplierInvoice
from eyeot_invoicing.purchases.suppliers import ibans_of
from eyeot_invoicing.purchases.totals import computed
from eyeot_sales.trade.amounts import ZERO

_NEAR = timedelta(days=45)
_JUMP = Decimal("1.5")
_LIKE = Decimal("0.7")
_BEFORE = 12
_BOOKED = ("approved", "posted", "partially_paid", "paid")


class Chosen(Input):
    """One supplier's invoice."""

    id: SupplierInvoiceId


class Twin(Output):
    """An invoice that may be the same."""

    id: SupplierInvoiceId
    number: str
    total_gross: Money | None
    status: str
    score: Annotated[Exact, Field(description="0 to 1; 1: the same number of the same supplier.")]
    why: str


class Twins(Output):
    """Those that may be the same, the likeliest first."""

    duplicates: list[Twin]


@action(
    "invoicing.supplier_invoice.detect_duplicates",
    risk="r",
    en=(
        "Detect duplicate supplier invoices; was this bill entered before; same invoice twice; "
        "double billing; have we got this bill twice"
    ),
    fr=(
        "Détecter les doublons de factures fournisseurs; cette facture est-elle déjà saisie; "
        "facture en double; double facturation; cette facture d'achat est un doublon"
    ),
    example={"id": "$invoicing.supplier_invoice"},
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.refuse",),
)
async def detect_duplicates(ctx: Context, data: Chosen) -> Twins:
    """Find invoices of the same supplier with the same number, or the same amount within 45 days."""
    invoice = await ctx.get(SupplierInvoice, data.id)
    c = SupplierInvoice.c
    found = await ctx.find(
        SupplierInvoice,
        c.party_id == invoice.party_id,
        c.id != invoice.id,
        c.status != "refused",
        sa.or_(
            _plain(c.number) == _simple(invoice.number),
            c.invoice_date.between(invoice.invoice_date - _NEAR, invoice.invoice_date + _NEAR),
        ),
        order=c.invoice_date.desc(),
        limit=200,
    )
    twins = [twin for one in found if (twin := _twin(invoice, one)) is not None]
    return Twins(duplicates=sorted(twins, key=lambda one: (-one.score, one.number))[:20])


def _plain(column: Any) -> Any:
    return sa.func.lower(sa.func.regexp_replace(column, "[^A-Za-z0-9]", "", "g"))


def _simple(number: str) -> str:
    return "".join(one for one in number.lower() if one.isascii() and one.isalnum())


def _twin(invoice: SupplierInvoice, other: SupplierInvoice) -> Twin | None:
    same_number = _simple(invoice.number) == _simple(other.number)
    same_amount = invoice.total_gross == other.total_gross
    if same_number:
        score = Decimal(1) if same_amount else Decimal("0.9")
        why = "the same number" + ("" if same_amount else ", another amount")
    elif same_amount and invoice.kind == other.kind:
        score, why = _LIKE, "the same amount within 45 days"
    else:
        return None
    return Twin(
        id=other.id,
        number=other.number,
        total_gross=other.total_gross,
        status=other.status,
        score=score,
        why=why,
    )


class Anomaly(Output):
    """Something unusual."""

    code: Literal[
        "new_iban", "amount_jump", "vat_mismatch", "totals_differ", "unknown_supplier", "duplicate",
        "future_date", "no_vat_number", "other_issuer",
    ]  # fmt: skip
    severity: Literal["warning", "error"]
    says: str
    fix: str


class Anomalies(Output):
    """Everything unusual, the gravest first."""

    anomalies: list[Anomaly]


@action(
    "invoicing.supplier_invoice.detect_anomalies",
    risk="r",
    en=(
        "Check a supplier invoice for anomalies; new bank account on a bill; price jump; VAT that "
        "does not add up; possible fraud"
    ),
    fr=(
        "Contrôler les anomalies d'une facture fournisseur; changement de RIB sur une facture; "
        "hausse de prix; TVA incohérente; fraude possible"
    ),
    example={"id": "$invoicing.supplier_invoice"},
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.dispute", "invoicing.supplier_invoice.approve"),
)
async def detect_anomalies(ctx: Context, data: Chosen) -> Anomalies:
    """Tell what is unusual: a new account, a jump of the amount, VAT that is wrong."""
    invoice = await ctx.get(SupplierInvoice, data.id)
    party = await ctx.get(Party, invoice.party_id, beyond=True)
    before = await _before(ctx, invoice)
    found = [
        *await _accounts(ctx, invoice, before),
        *_amounts(invoice, before),
        *await _sums(ctx, invoice),
        *_identity(invoice, party, before),
    ]
    if invoice.duplicate_of is not None:
        says = "it repeats another invoice of this supplier"
        fix = "invoicing.supplier_invoice.detect_duplicates, then refuse with DOUBLON"
        found.append(_anomaly("duplicate", says, fix, grave=True))
    if invoice.invoice_date > ctx.today:
        found.append(_anomaly("future_date", f"it is dated {invoice.invoice_date}, a day to come",
            "invoicing.supplier_invoice.dispute"))  # fmt: skip
    return Anomalies(anomalies=sorted(found, key=lambda one: (one.severity, one.code)))


def _anomaly(code: Any, says: str, fix: str, *, grave: bool = False) -> Anomaly:
    return Anomaly(code=code, severity="error" if grave else "warning", says=says, fix=fix)


async def _before(ctx: Context, invoice: SupplierInvoice) -> list[SupplierInvoice]:
    c = SupplierInvoice.c
    return await ctx.find(
        SupplierInvoice,
        c.party_id == invoice.party_id,
        c.id != invoice.id,
        c.status.in_(_BOOKED),
        c.kind == invoice.kind,
        order=c.invoice_date.desc(),
        limit=_BEFORE,
    )


async def _accounts(
    ctx: Context, invoice: SupplierInvoice, before: list[SupplierInvoice]
) -> list[Anomaly]:
    if not invoice.iban:
        return []
    known = await ibans_of(ctx, invoice.party_id) | {one.iban for one in before if one.iban}
    if invoice.iban in known:
        return []
    says = f"the account {invoice.iban[:4]}…{invoice.iban[-4:]} is not known of this supplier"
    fix = "Call the supplier by a number you had before, then note it with crm.party_bank_account.create."
    return [_anomaly("new_iban", says, fix, grave=bool(known))]


def _amounts(invoice: SupplierInvoice, before: list[SupplierInvoice]) -> list[Anomaly]:
    sums = sorted(one.total_net.amount for one in before if one.total_net)
    if len(sums) < 3 or invoice.total_net is None:  # noqa: PLR2004 - of fewer there is no usual amount
        return []
    usual = sums[len(sums) // 2]
    if usual <= 0 or invoice.total_net.amount <= usual * _JUMP:
        return []
    says = f"{invoice.total_net.amount:f} without VAT, where {usual:f} is usual of this supplier"
    return [_anomaly("amount_jump", says, "Compare with what was ordered before you approve it.")]


async def _sums(ctx: Context, invoice: SupplierInvoice) -> list[Anomaly]:
    found: list[Anomaly] = []
    total = computed(await lines_of(ctx, invoice), invoice.currency)
    tax = invoice.total_tax.amount if invoice.total_tax else ZERO
    if total.tax != tax:
        says = f"VAT of {tax:f} is told; the lines come to {total.tax:f}"
        found.append(
            _anomaly("vat_mismatch", says, "invoicing.supplier_invoice.dispute with CALCUL_ERR")
        )
    told: dict[str, Any] = invoice.told or {}
    if told and Decimal(told["net"]) != total.net:
        says = f"its file tells {told['net']} without VAT; the lines come to {total.net:f}"
        fix = "invoicing.supplier_invoice.dispute with MONTANTTOTAL_ERR"
        found.append(_anomaly("totals_differ", says, fix, grave=True))
    return found


def _identity(
    invoice: SupplierInvoice, party: Party, before: list[SupplierInvoice]
) -> list[Anomaly]:
    found: list[Anomaly] = []
    if not before:
        says = f"nothing of {party.name} was approved before"
        found.append(_anomaly("unknown_supplier", says, "Check that it is a supplier of ours."))
    tax = invoice.total_tax.amount if invoice.total_tax else ZERO
    if tax and not party.vat_number:
        says = (
            "it charges VAT, and no VAT number of the supplier is known: it may not be deductible"
        )
        found.append(_anomaly("no_vat_number", says, "crm.party.update(vat_number=…)"))
    if invoice.issuer_siren and party.siren and invoice.issuer_siren != party.siren:
        says = f"its file names the SIREN {invoice.issuer_siren}, the supplier's is {party.siren}"
        fix = "invoicing.supplier_invoice.update(party_id=…)"
        found.append(_anomaly("other_issuer", says, fix, grave=True))
    return found
