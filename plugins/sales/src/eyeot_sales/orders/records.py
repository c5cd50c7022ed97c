"""Order records: what was ordered, line by line, and the states it goes through."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from eyeot import (
    ANY,
    Exact,
    Lifecycle,
    Money,
    Owned,
    Record,
    Ref,
    StateRefused,
    Through,
    by_hand,
    field,
    follows,
    ref,
)
from eyeot_crm.parties import Address
from eyeot_sales.catalogue.products import MARGIN
from eyeot_sales.trade.documents import TradeDocument
from eyeot_sales.trade.selling import SoldLine

OrderStatus = Literal[
    "draft",
    "confirmed",
    "in_progress",
    "delivered",
    "invoiced",
    "closed",
    "cancelled",
    "on_hold",
]
Running = Literal["confirmed", "in_progress", "delivered", "invoiced"]
RUNNING: tuple[Running, ...] = ("confirmed", "in_progress", "delivered", "invoiced")
"""The states that follow from what was delivered and invoiced."""
LineStatus = Literal["open", "delivered", "invoiced", "cancelled"]


class Version(BaseModel):
    """A line as it was ordered."""

    model_config = ConfigDict(extra="forbid")

    line_id: Annotated[UUID, Ref("sales.sales_order_line")]
    description: str
    quantity: Exact
    unit_price: Exact
    discount: Exact
    promised_date: date | None = None


class Amendment(BaseModel):
    """A change after confirmation: what was ordered before, and what is since."""

    model_config = ConfigDict(extra="forbid")

    number: int
    at: datetime
    by: str
    reason: str
    note: str | None = None
    net_before: Exact
    net_after: Exact
    before: list[Version]
    after: list[Version]


class SalesOrder(
    TradeDocument,
    Record,
    name="sales.sales_order",
    prefix="ord",
    label="number",
    hint=("customer_reference", "status"),
    search=("number", "customer_reference"),
    exact=("number",),
    unique=(("number",),),
    index=(("party_id",), ("status", "promised_date"), ("quote_id",), ("confirmed_on",)),
    reach=Owned(team="team_id"),
    state="status",
    archivable=False,
):
    """What a customer ordered; once confirmed, only an amendment changes its prices and quantities."""

    number: str = field("Its number, e.g. C-2026-0042.", access="read")
    quote_id: UUID | None = ref(
        "sales.quote", "The quote it comes from.", access="read", default=None
    )
    split_from_id: UUID | None = ref(
        "sales.sales_order", "The order it was split from.", access="read", default=None
    )
    party_id: UUID = ref("crm.party", "Who ordered.", access="create")
    contact_id: UUID | None = ref("crm.contact", "Who ordered there.", default=None)
    opportunity_id: UUID | None = ref("crm.opportunity", "The deal it belongs to.", default=None)
    owner_id: UUID | None = ref("core.user", "Who sells.", default=None)
    team_id: UUID | None = ref("core.team", "The team that does.", default=None)
    bill_to_id: UUID | None = ref(
        "crm.party", "Who is invoiced; left out, who ordered.", default=None
    )
    ship_to: Address | None = field(
        "Where it goes, if not to the customer's own address.", default=None, personal=True
    )
    customer_reference: str | None = field(
        "The customer's own order number.", max_length=100, default=None
    )
    service_code: str | None = field(
        "The buyer's service code (Chorus Pro).", max_length=100, default=None
    )
    requested_date: date | None = field("When the customer wants it.", default=None)
    promised_date: date | None = field("When it was promised.", default=None)
    deposit_percent: Decimal | None = field(
        "The deposit due, in percent of the total.", ge=0, le=100, default=None
    )
    acceptance_required: bool = field(
        "Whether only what the customer accepted is invoiced as delivered.", default=False
    )
    allow_over_invoicing: bool = field(
        "Whether more than was ordered may be invoiced.", default=False
    )
    note: str | None = field("What it says below the lines.", max_length=4000, default=None)
    delivery_status: Literal["none", "partial", "full"] = field(
        "How much was delivered.", access="read", default="none"
    )
    invoice_status: Literal["none", "partial", "full", "over"] = field(
        "How much was invoiced.", access="read", default="none"
    )
    margin: Money | None = field(
        "Net less cost, over lines whose cost is known.",
        access="read",
        sensitive=MARGIN,
        default=None,
    )
    confirmed_on: date | None = field("When it was confirmed.", access="read", default=None)
    acknowledged_at: datetime | None = field(
        "When the customer was sent its confirmation.", access="read", default=None
    )
    hold_reason: str | None = field(
        "Why it is on hold.", access="read", max_length=500, default=None
    )
    closing_note: str | None = field(
        "Why it was cancelled, or closed short.", access="read", max_length=1000, default=None
    )
    closed_on: date | None = field("When it ended.", access="read", default=None)
    approved_discount: Decimal | None = field(
        "The discount in percent that its quote was sent with.", access="read", default=None
    )
    amendments: list[Amendment] = field(
        "What was changed since it was confirmed.", access="read", default=list
    )
    status: OrderStatus = field("How far it is.", access="read", default="draft")


class SalesOrderLine(
    SoldLine,
    Record,
    name="sales.sales_order_line",
    prefix="oln",
    label="description",
    search=("description",),
    index=(("order_id", "position"), ("product_id",), ("status", "promised_date")),
    reach=Through("order_id"),
    state="status",
    archivable=False,
    sort="position",
):
    """A line of an order, and how much of it was delivered, invoiced and given up."""

    order_id: UUID = ref("sales.sales_order", "Its order.", access="create", on_delete="CASCADE")
    quote_line_id: UUID | None = ref(
        "sales.quote_line", "The line of the quote it comes from.", access="read", default=None
    )
    substitutes_id: UUID | None = ref(
        "sales.product", "The product that was ordered first.", access="read", default=None
    )
    promised_date: date | None = field(
        "When it was promised; left out, as the order.", default=None
    )
    delivered: Decimal = field("How many were delivered.", access="read", default=Decimal)
    invoiced: Decimal = field("How many were invoiced.", access="read", default=Decimal)
    cancelled: Decimal = field("How many were given up.", access="read", default=Decimal)
    returned: Decimal = field("How many came back.", access="read", default=Decimal)
    credited: Decimal = field(
        "How many of those are taken back by credit notes.", access="read", default=Decimal
    )
    cancel_reason: str | None = field(
        "Why the rest was given up.", access="read", max_length=500, default=None
    )
    billed: dict[str, str] = field(
        "How many each invoice and credit note billed.", access="secret", default=dict
    )
    status: LineStatus = field("How far it is.", access="read", default="open")

    @property
    def due(self) -> Decimal:
        """How many are still to be sold: ordered, less given up."""
        return self.quantity - self.cancelled


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("confirm", "draft", to="confirmed"),
        by_hand("hold", "confirmed", "in_progress", "delivered", to="on_hold"),
        by_hand("release", "on_hold", to="confirmed"),
        by_hand("cancel", "draft", "confirmed", "on_hold", to="cancelled"),
        by_hand("close_short", *RUNNING, "on_hold", to="closed"),
        by_hand("reopen", "closed", to="confirmed"),
        *(follows(f"be_{one}", *RUNNING, to=one) for one in RUNNING),
    ),
)
line_lifecycle = Lifecycle(
    "status",
    "open",
    tuple(
        follows(f"be_{one}", ANY, to=one) for one in ("open", "delivered", "invoiced", "cancelled")
    ),
)


def refuse_unless(order: SalesOrder, step: str, *allowed: OrderStatus) -> None:
    """Refuse a step that an order in its state does not take."""
    if order.status not in allowed:
        raise StateRefused(
            kind="sales.sales_order",
            state=order.status,
            step=step,
            allowed=list(allowed),
            possible=lifecycle.possible(order.status),
        )
