"""Drafting: how a draft's lines are priced, taxed and placed on accounts, and how it is totalled."""

from collections.abc import Sequence
from typing import Any

from eyeot import Context, Lines, McpResource, Resource, Tool, invalid, minor_units
from eyeot_crm.parties import Party
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine, Nature, lifecycle
from eyeot_sales.catalogue.products import Product
from eyeot_sales.catalogue.products import nature_of as nature_of_product
from eyeot_sales.trade.amounts import ZERO, money, rounded
from eyeot_sales.trade.documents import WATCHED, retotal
from eyeot_sales.trade.lines import COUNTED
from eyeot_sales.trade.pricing import price_line


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Complete a new invoice from its buyer and the house."""
    if row.is_new:
        house = await ctx.organization()
        party = await ctx.get(Party, row.party_id)
        row.vat_on_debits = house.vat_on_debits
        row.language = row.language or party.language or "fr"
        if row.kind == "corrective" and (
            row.origin is None or row.origin.kind != "invoicing.invoice"
        ):
            raise invalid(
                "origin", "names the invoice it corrects; invoicing.invoice.credit_and_reissue does"
            )
    if row.issue_date and row.due_date and row.due_date < row.issue_date:
        raise invalid("due_date", f"lies before the invoice's date, {row.issue_date}")


async def prepare_line(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Price and tax a line as its buyer, product and date say."""
    invoice = await ctx.get(Invoice, row.invoice_id)
    await put_last(ctx, row, InvoiceLine.c.invoice_id == invoice.id)
    # VAT is at the rate of the day of the supply, however late it is invoiced.
    days = [one for one in (invoice.supply_date, invoice.issue_date or ctx.today) if one]
    await price_line(ctx, invoice, row, min(days))
    if row.kind in COUNTED and row.nature is None:
        row.nature = await _nature(ctx, row)


async def _nature(ctx: Context, row: Any) -> Nature:
    """Goods or a service: as its product is; of a deduction, as what it takes off."""
    if row.kind == "deposit" and row.deposit_id:
        c = InvoiceLine.c
        where = (c.invoice_id == row.deposit_id, c.tax_rate_id == row.tax_rate_id)
        found = {one.nature for one in await ctx.find(InvoiceLine, *where)}
        return "goods" if found == {"goods"} else "service"
    product = await ctx.get(Product, row.product_id) if row.product_id else None
    return nature_of_product(product)


async def put_last(ctx: Context, row: Any, *where: Any) -> None:
    """Give a line that was added by itself the last place of its document."""
    if row.position:
        return
    c = type(row).c
    last: Any = await ctx.first(type(row), *where, order=c.position.desc())
    row.position = last.position + 1 if last else 1


def nature_of(lines: Sequence[Any]) -> str | None:
    """The nature of an operation, of the lines it is made of."""
    found = {one.nature for one in lines if one.kind in COUNTED and one.nature}
    if len(found) > 1:
        return "mixed"
    return {"goods": "goods", "service": "services"}.get(next(iter(found), ""))


async def total(ctx: Context, invoice: Any) -> None:
    """Total a draft from its lines."""
    if invoice.status != "draft":
        return
    lines = await retotal(ctx, invoice, InvoiceLine, "invoice_id")
    taken = [one for one in lines if one.kind == "deposit" and one.net]
    deducted = sum(
        (-one.net.amount * (100 + (one.tax_percent or ZERO)) / 100 for one in taken), ZERO
    )
    deducted = rounded(deducted, minor_units(invoice.currency))
    invoice.deposits_deducted = money(deducted, invoice.currency)
    invoice.operation_nature = nature_of(lines)
    zero = money(ZERO, invoice.currency)
    invoice.paid = invoice.credited = invoice.written_off = zero
    invoice.amount_due = invoice.total_gross


_EXAMPLE: dict[str, Any] = {
    "party_id": "$crm.customer?lifecycle=customer",
    "lines": [
        {
            "description": "Audit sur site, journée",
            "quantity": "2",
            "unit_price": {"amount": "850.00"},
        }
    ],
}
invoices = Resource(
    Invoice,
    profile="doc",
    adding="bulk_update",
    en="invoice; invoices; bill; customer invoice; sales invoice",
    fr="facture; factures; facture client; facture de vente",
    gender="f",
    said={
        "create": (
            "bill a customer; invoice a customer",
            "facturer un client; facturer une prestation",
        ),
        "list": (
            "unpaid invoices; late invoices; invoices to send",
            "factures impayées; factures en retard; factures à envoyer",
        ),
    },
    lifecycle=lifecycle,
    prepare=prepare,
    editable=("draft",),
    instead="Correct what is posted with invoicing.invoice.credit or invoicing.invoice.credit_and_reissue.",
    mutable=("internal_note", "payment_method_id"),
    lines=Lines(
        InvoiceLine,
        "invoice_id",
        total=total,
        watch=WATCHED,
        shown=(
            "position", "kind", "product_id", "description", "quantity", "unit_id", "unit_price",
            "discount", "tax_percent", "tax_category", "exemption_code", "nature", "net", "deposit_id",
        ),
    ),
    afresh=("issue_date", "due_date", "supply_date", "origin"),
    example=_EXAMPLE,
    find={"status": "posted", "sort": "due_date", "limit": 3},
)  # fmt: skip
invoice_lines = Resource(
    InvoiceLine,
    profile="line",
    adding="bulk_create",
    en="invoice line; invoice lines; item of an invoice",
    fr="ligne de facture; lignes de facture; poste de facture",
    gender="f",
    prepare=prepare_line,
    example={
        "invoice_id": "$invoicing.invoice?status=draft",
        "description": "Déplacement",
        "unit_price": {"amount": "60.00"},
    },
)

mcp_invoices = McpResource(
    collection="invoices",
    record="invoicing.invoice",
    title="Invoices",
    doc="One customer invoice with its lines, VAT and what is due.",
)
create_invoice = Tool(
    name="create_invoice",
    title="Create an invoice",
    action="invoicing.invoice.create",
    doc="Draft an invoice with its lines; prices and VAT left out are filled in. post_invoice numbers it.",
    show=(
        "party_id",
        "lines",
        "issue_date",
        "order_reference",
        "payment_term_id",
        "note",
        "currency",
    ),
)
get_invoice = Tool(
    name="get_invoice",
    title="Get an invoice",
    action="invoicing.invoice.get",
    doc="Read one invoice by id or number, with its lines and what is due.",
    show=("id", "fields"),
)
list_invoices = Tool(
    name="list_invoices",
    title="List invoices",
    action="invoicing.invoice.list",
    doc="List customer invoices by typed filters; unpaid ones: status_in posted and partially_paid.",
    show=(
        "party_id", "status", "status_in", "issue_date_from", "issue_date_to", "due_date_to",
        "is_disputed", "sort", "limit", "cursor", "fields",
    ),
)  # fmt: skip
