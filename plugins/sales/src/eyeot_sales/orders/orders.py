"""Orders: what customers ordered, with lines and totals."""

from typing import Any

from eyeot import Context, Lines, Resource, Tool, invalid
from eyeot_sales.orders.deriving import recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine, lifecycle
from eyeot_sales.trade.beginning import begin
from eyeot_sales.trade.documents import WATCHED
from eyeot_sales.trade.numbering import ORDERS
from eyeot_sales.trade.personal import of_customers


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Give a new order its number, owner and who is invoiced."""
    if row.is_new:
        party = await begin(ctx, row)
        row.number = await ctx.number(ORDERS, on=ctx.today)
        row.bill_to_id = row.bill_to_id or party.bill_to_id
    if row.promised_date and "promised_date" in values and row.promised_date < ctx.today:
        raise invalid("promised_date", f"lies before today, {ctx.today}")


orders = Resource(
    SalesOrder,
    profile="doc",
    adding="import bulk_create bulk_update",
    en="sales order; sales orders; order; customer order; purchase order received",
    fr="commande client; commandes clients; commande; bon de commande; commande reçue",
    gender="f",
    said={
        "create": (
            "take an order; the customer orders",
            "prendre une commande; le client passe commande",
        ),
    },
    lifecycle=lifecycle,
    prepare=prepare,
    lines=Lines(SalesOrderLine, "order_id", total=recompute, watch=WATCHED),
    editable=("draft",),
    instead="Change a confirmed order with sales.sales_order.amend, which keeps both versions.",
    mutable=(
        "owner_id",
        "team_id",
        "contact_id",
        "opportunity_id",
        "customer_reference",
        "service_code",
        "requested_date",
        "promised_date",
    ),
    afresh=("requested_date", "promised_date", "customer_reference"),
    example={
        "party_id": "$crm.customer",
        "customer_reference": "BC-2026-118",
        "lines": [{"product_id": "$sales.product?status=active", "quantity": "2"}],
    },
    find={"status": "confirmed", "limit": 5},
)

privacy = of_customers(
    SalesOrder, "ship_to", by={"party_id": "crm.party", "contact_id": "crm.contact"}
)

convert_quote = Tool(
    name="convert_quote",
    title="Convert a quote",
    action="sales.quote.convert_to_order",
    doc=(
        "Make an order of an accepted quote: whole, or the lines and options named. The order is a draft;"
        " sales.sales_order.confirm commits it."
    ),
    show=("id", "line_ids"),
)
