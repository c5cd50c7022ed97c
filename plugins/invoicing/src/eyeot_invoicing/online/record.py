"""Payment links: the addresses at which an invoice is paid online."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from eyeot import Event, Lifecycle, Money, Record, Through, field, follows, ref
from eyeot_invoicing.ids import InvoiceId


class PaymentLink(
    Record,
    name="invoicing.payment_link",
    prefix="plk",
    label="url",
    unique=(("remote_id",), ("remote_payment",)),
    index=(("payment_id",), ("method_id",)),
    reach=Through("invoice_id"),
    state="status",
    sort="-created_at",
    archivable=False,
):
    """An address at which an invoice is paid, once."""

    invoice_id: UUID = ref("invoicing.invoice", "The invoice.", access="read")
    method_id: UUID = ref("invoicing.payment_method", "By which means.", access="read")
    provider: Literal["stripe"] = field("Who takes the payment.", access="read")
    remote_id: str = field("What the provider calls it.", access="read", max_length=100)
    url: str = field("The address.", access="read", max_length=500)
    amount: Money = field("What is paid there.", access="read")
    expires_at: datetime = field("Until when.", access="read")
    remote_payment: str | None = field(
        "What the provider calls the payment.", access="read", max_length=100, default=None
    )
    payment_id: UUID | None = ref(
        "invoicing.payment", "The payment that came of it.", access="read", default=None
    )
    status: Literal["open", "paid", "ended"] = field(
        "Whether it can be paid at.", access="read", default="open"
    )


# One invoice is paid at one address at a time.
sa.Index(
    "ux_invoicing_payment_link_open",
    PaymentLink.c.org_id,
    PaymentLink.c.invoice_id,
    unique=True,
    postgresql_where=PaymentLink.c.status == "open",
)

lifecycle = Lifecycle(
    "status",
    "open",
    (follows("pay", "open", "ended", to="paid"), follows("end", "open", to="ended")),
)


class PaymentLinkCreated(Event, name="invoicing.invoice.payment_link_created"):
    """An invoice can be paid online."""

    invoice_id: InvoiceId
    url: str
