"""Supplier invoice: what a supplier asks of us, with the original as it came."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import (
    Conflict,
    Context,
    Lifecycle,
    Lines,
    Money,
    Record,
    Resource,
    Through,
    by_hand,
    field,
    follows,
    invalid,
    minor_units,
    ref,
)
from eyeot.types import Currency
from eyeot_invoicing.purchases.totals import retotal
from eyeot_invoicing.reading import BOOKS
from eyeot_sales.taxes.rates import standard_percent
from eyeot_sales.trade.amounts import ZERO, line_net, money
from eyeot_sales.trade.documents import TaxRow
from eyeot_sales.trade.placing import place_last

OPEN = ("posted", "partially_paid")
"""The states in which something is still to be paid."""
EDITABLE = ("received", "to_review", "disputed", "suspended")
MARKS = frozenset({
    "status", "paid", "amount_due", "reason_code", "reason_note", "due_date", "internal_note",
    "is_self_assessed", "pending_vat", "settled_on", "deferred", "party_id",
    "updated_at", "version",
})  # fmt: skip
"""What may change once it is booked: where it stands, and whose it is as parties merge."""
PurchaseNature = Literal["goods", "service", "asset"]


class SupplierInvoice(
    Record,
    name="invoicing.supplier_invoice",
    prefix="sin",
    needs=BOOKS,
    label="number",
    hint=("status", "internal_number"),
    search=("number", "internal_number"),
    exact=("number", "internal_number"),
    unique=(("internal_number",),),
    index=(("party_id", "status"), ("status", "due_date"), ("invoice_date",), ("number",)),
    state="status",
    sort="-invoice_date",
    archivable=False,
):
    """An invoice or credit note of a supplier."""

    number: str = field("The supplier's number.", max_length=100)
    internal_number: str | None = field(
        "Our number of it; none until it is booked.", access="read", default=None
    )
    kind: Literal["invoice", "credit_note"] = field(
        "What it is.", access="create", default="invoice"
    )
    party_id: UUID = ref("crm.party", "The supplier.", personal=True)
    received_via: Literal["pa", "mail", "scan", "manual"] = field(
        "How it came.", access="read", default="manual"
    )
    invoice_date: date = field("The date it bears.")
    received_at: datetime | None = field("When it came.", access="read", default=None)
    supply_date: date | None = field("When the goods came or the service was done.", default=None)
    due_date: date | None = field("When it is to be paid.", default=None)
    currency: Currency = field("Its currency.", access="create", default="EUR")
    exchange_rate: Decimal | None = field(
        "Units of the books' currency for one of its own.", access="read", default=None
    )
    told: dict[str, Any] | None = field(
        "The totals that the supplier's file tells.", access="read", default=None
    )
    tax_breakdown: list[TaxRow] = field("VAT per category and rate.", access="read", default=list)
    total_net: Money | None = field("Total without VAT.", access="read", default=None)
    total_tax: Money | None = field("VAT.", access="read", default=None)
    total_gross: Money | None = field("Total with VAT.", access="read", default=None)
    approved_amount: Money | None = field(
        "What was approved of it, with VAT.", access="read", default=None
    )
    paid: Money | None = field("What was paid.", access="read", default=None)
    amount_due: Money | None = field("What is still to be paid.", access="read", default=None)
    vat_on_debits: bool = field(
        "Whether the supplier owes its VAT by the invoice (option for debits).", default=False
    )
    is_self_assessed: bool = field(
        "Whether we owe its VAT (reverse charge).", access="read", default=False
    )
    pending_vat: list[dict[str, str]] = field(
        "VAT that is deductible by payment.", access="read", default=list
    )
    iban: str | None = field("Where it is to be paid to.", max_length=34, default=None)
    order_reference: str | None = field("Our order number on it.", max_length=100, default=None)
    credited_number: str | None = field(
        "Of a credit note: the invoice it takes back.", max_length=100, default=None
    )
    issuer_siren: str | None = field(
        "The supplier's SIREN, as its file says.", access="read", max_length=20, default=None
    )
    einvoice_id: UUID | None = ref(
        "invoicing.einvoice", "The e-invoice it came as.", access="read", default=None
    )
    document_id: UUID | None = ref("core.document", "The original.", access="read", default=None)
    match_status: Literal["none", "matched", "differs"] = field(
        "How it compares with what was ordered and received.", access="read", default="none"
    )
    duplicate_of: UUID | None = ref(
        "invoicing.supplier_invoice", "The one it repeats.", access="read", default=None
    )
    approver_id: UUID | None = ref("core.user", "Who approved it.", access="read", default=None)
    approved_at: datetime | None = field("When.", access="read", default=None)
    reason_code: str | None = field(
        "Why it is disputed, suspended or refused.", access="read", max_length=40, default=None
    )
    reason_note: str | None = field(
        "The same in words.", access="read", max_length=1000, default=None
    )
    internal_note: str | None = field("What nobody outside reads.", max_length=2000, default=None)
    deferred: list[dict[str, str]] = field(
        "What of it was spread over later months.", access="read", default=list
    )
    settled_on: date | None = field("When nothing was due any more.", access="read", default=None)
    posted_at: datetime | None = field("When it was booked.", access="read", default=None)
    entry_id: UUID | None = ref(
        "invoicing.journal_entry", "Its entry.", access="read", default=None
    )
    status: Literal[
        "received", "to_review", "approved", "posted", "partially_paid", "paid", "disputed",
        "refused", "suspended",
    ] = field("Where it stands.", access="read", default="received")  # fmt: skip

    def complete(self) -> None:
        """Refuse dates in the wrong order, and any change of what is booked, whoever asks."""
        if self.due_date and self.due_date < self.invoice_date:
            raise invalid("due_date", f"lies before the invoice's date, {self.invoice_date}")
        if self.stored("status") not in (*OPEN, "paid", "refused"):
            return
        changed = {n for n in self.meta.fields if self.__dict__[n] != self.stored(n)}
        if wrong := changed - MARKS:
            raise Conflict(
                reason=f"The invoice {self.number} is {self.stored('status')}: its {min(wrong)} is fixed.",
                remedy="Enter the supplier's credit note, and its new invoice.",
            )


class SupplierInvoiceLine(
    Record,
    name="invoicing.supplier_invoice_line",
    prefix="sil",
    needs=BOOKS,
    label="description",
    index=(("account_id",),),
    reach=Through("supplier_invoice_id"),
    sort="position",
    archivable=False,
):
    """A line of a supplier's invoice, and where it is booked."""

    supplier_invoice_id: UUID = ref(
        "invoicing.supplier_invoice", "Its invoice.", access="create", on_delete="CASCADE"
    )
    position: int = field("Its place, from 1; left out, the last.", ge=1, le=100_000, default=0)
    description: str = field("What it says.", max_length=2000)
    reference: str | None = field("The supplier's reference of it.", max_length=100, default=None)
    quantity: Decimal = field("How many.", ge=-(10**9), le=10**9, default=lambda: Decimal(1))
    unit_price: Money | None = field("Price of one without VAT.", default=None)
    net: Money | None = field(
        "What it comes to without VAT; left out, quantity by price.", default=None
    )
    tax_category: Literal["S", "AE", "E", "K", "G", "O", "Z"] = field(
        "EN 16931 category of its VAT.", default="S"
    )
    tax_percent: Decimal = field(
        "Its VAT rate, in percent; left out, the standard one of the day, or 0 where its category has none.",
        ge=0,
        le=100,
        default=None,
    )
    exemption_code: str | None = field("Why no VAT is charged.", max_length=40, default=None)
    nature: PurchaseNature = field("What was bought.", default="service")
    account_id: UUID | None = ref(
        "invoicing.ledger_account",
        "Where it is booked; left out, as such lines of this supplier were.",
        default=None,
    )
    analytic: dict[str, str] | None = field("Analytic axes.", default=None)


lifecycle = Lifecycle(
    "status",
    "received",
    (
        by_hand("acknowledge", "received", to="to_review"),
        by_hand("approve", *EDITABLE, to="approved"),
        by_hand("approve_partially", *EDITABLE, to="approved"),
        by_hand("dispute", "received", "to_review", "suspended", to="disputed"),
        by_hand("suspend", "received", "to_review", "disputed", to="suspended"),
        by_hand("refuse", *EDITABLE, to="refused"),
        by_hand("post", "approved", to="posted"),
        follows("review", "received", "suspended", to="to_review"),
        *(follows("settle", one, to="paid") for one in OPEN),
        *(follows("pay_in_part", one, to="partially_paid") for one in OPEN),
        *(follows("owe_again", one, to="posted") for one in ("partially_paid", "paid")),
    ),
)


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Note when a new one came."""
    if row.is_new:
        row.received_at = row.received_at or ctx.now


async def prepare_line(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Complete a line: what it comes to, in the invoice's currency, and a rate that its category has."""
    invoice = await ctx.get(SupplierInvoice, row.supplier_invoice_id)
    await place_last(ctx, row, "supplier_invoice_id")
    if row.tax_percent is None:
        on = invoice.invoice_date or ctx.today
        row.tax_percent = await standard_percent(ctx, on) if row.tax_category == "S" else ZERO
    if (row.tax_category == "S") != (row.tax_percent > 0):
        raise invalid("tax_percent", "category S has a rate above 0, every other category 0")
    for name in ("unit_price", "net"):
        value = getattr(row, name)
        if value is not None and value.currency != invoice.currency:
            raise invalid(name, f"the invoice is in {invoice.currency}")
    if row.unit_price is not None and (row.net is None or _repriced(row)):
        places = minor_units(invoice.currency)
        net = line_net(row.quantity, row.unit_price.amount, None, places)
        row.net = money(net, invoice.currency)
    if row.net is None:
        raise invalid("net", "give net, or unit_price")


def _repriced(row: Any) -> bool:
    return not row.is_new and any(
        getattr(row, n) != row.stored(n) for n in ("quantity", "unit_price")
    )


async def total(ctx: Context, invoice: Any) -> None:
    """Total an invoice from its lines, as long as it may change."""
    if invoice.status in EDITABLE:
        await retotal(ctx, invoice, SupplierInvoiceLine)


supplier_invoices = Resource(
    SupplierInvoice,
    profile="doc",
    adding="import bulk_update",
    en="supplier invoice; supplier invoices; vendor bill; purchase invoice; bill to pay",
    fr="facture fournisseur; factures fournisseurs; facture d'achat; facture à payer",
    gender="f",
    said={
        "create": (
            "enter a supplier's bill",
            "saisir une facture d'achat",
        ),
        "list": (
            "bills to pay; what is left to pay to suppliers",
            "factures à payer; achats à régler",
        ),
    },
    lifecycle=lifecycle,
    prepare=prepare,
    editable=EDITABLE,
    mutable=("internal_note", "due_date"),
    lines=Lines(SupplierInvoiceLine, "supplier_invoice_id", total=total),
    afresh=("due_date",),
    example={
        "number": "F-2026-118",
        "party_id": "$crm.party",
        "invoice_date": "2026-10-30",
        "lines": [{"description": "Maintenance d'octobre", "net": {"amount": "240.00"}}],
    },
    find={"status": "to_review", "limit": 3},
)
supplier_invoice_lines = Resource(
    SupplierInvoiceLine,
    profile="line",
    en="supplier invoice line; supplier invoice lines; line of a vendor bill",
    fr="ligne de facture fournisseur; lignes de facture fournisseur; poste d'une facture d'achat",
    gender="f",
    prepare=prepare_line,
    example={
        "supplier_invoice_id": "$invoicing.supplier_invoice?status=to_review",
        "description": "Frais de port",
        "net": {"amount": "12.00"},
    },
)
