"""Payment: money that came in or went out, and what it settles."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import (
    Conflict,
    Lifecycle,
    Money,
    Record,
    RecordRef,
    Resource,
    Through,
    by_hand,
    field,
    follows,
    invalid,
    ref,
)

MARKS = frozenset({
    "status", "unallocated", "bank_transaction", "bounced_on", "bounce_reason", "bounce_fee",
    "reconciled_on", "deposit_slip", "party_id", "updated_at", "version",
})  # fmt: skip
"""What may change on a posted payment: what became of it, and whose it is as parties merge."""


class Payment(
    Record,
    name="invoicing.payment",
    prefix="pay",
    label="number",
    hint=("status", "reference"),
    search=("number", "reference"),
    exact=("number",),
    unique=(("number",),),
    index=(("party_id", "status"), ("date",), ("deposit_slip",), ("series", "rank")),
    reach=Through("party_id"),
    state="status",
    sort="-date",
    archivable=False,
):
    """Money from a customer, or to a supplier or back to a customer."""

    number: str | None = field("Its number; none until it is posted.", access="read", default=None)
    direction: Literal["in", "out"] = field(
        "Whether it comes in or goes out.", access="create", default="in"
    )
    party_id: UUID = ref(
        "crm.party", "Who pays or is paid: a party, or a customer.", access="create", personal=True
    )
    amount: Money = field("How much.")
    date: dt.date | None = field("When; today when left out.", default=None)
    method_id: UUID | None = ref(
        "invoicing.payment_method", "By which means; a transfer when left out.", default=None
    )
    reference: str | None = field(
        "What the payer wrote, a cheque's number.", max_length=140, default=None
    )
    bank_account_id: UUID | None = ref(
        "invoicing.bank_account",
        "The account it comes on or goes from; the first one's when left out.",
        default=None,
    )
    fee: Money | None = field("What the bank or the provider kept of it.", default=None)
    origin_id: UUID | None = ref(
        "invoicing.payment",
        "The payment whose advance it gives back or passes on.",
        access="read",
        default=None,
    )
    deposit_slip: str | None = field(
        "Of a cheque: the slip it was taken to the bank with.",
        access="read",
        max_length=40,
        default=None,
    )
    bank_transaction: RecordRef | None = field(
        "The movement on the bank's statement.", access="read", default=None
    )
    unallocated: Money | None = field("What settles nothing yet.", access="read", default=None)
    exchange_rate: Decimal | None = field(
        "Units of the books' currency for one of its own.", access="read", default=None
    )
    posted_at: dt.datetime | None = field("When it was booked.", access="read", default=None)
    entry_id: UUID | None = ref(
        "invoicing.journal_entry", "Its entry.", access="read", default=None
    )
    series: str | None = field("The fiscal year it is sealed in.", access="read", default=None)
    rank: int | None = field("Its place in the chain of that year.", access="read", default=None)
    prev_hash: str | None = field("The seal before its own.", access="read", default=None)
    hash: str | None = field("Its seal.", access="read", default=None)
    reconciled_on: dt.date | None = field(
        "When the bank's statement showed it.", access="read", default=None
    )
    bounced_on: dt.date | None = field("When it came back unpaid.", access="read", default=None)
    bounce_reason: str | None = field("Why.", access="read", max_length=200, default=None)
    bounce_fee: Money | None = field("What the bank took for it.", access="read", default=None)
    status: Literal["draft", "posted", "reconciled", "bounced", "cancelled"] = field(
        "draft: not booked; reconciled: seen on the statement; bounced, cancelled: taken back.",
        access="read",
        default="draft",
    )

    def complete(self) -> None:
        """Refuse an amount that is none, and any change of what is booked, whoever asks."""
        if self.amount.amount <= 0:
            raise invalid("amount", "must be above 0; direction says whether it comes or goes")
        if self.stored("status") in (None, "draft"):
            return
        changed = {n for n in self.meta.fields if self.__dict__[n] != self.stored(n)}
        if wrong := changed - MARKS:
            raise Conflict(
                reason=f"The payment {self.number} is booked: its {min(wrong)} never changes.",
                remedy="Take it back with invoicing.payment.bounce, and record the right one.",
            )


class Allocation(
    Record,
    name="invoicing.payment_allocation",
    prefix="alo",
    label="id",
    index=(("invoice_id",), ("settles",)),
    reach=Through("payment_id"),
    sort="position",
    archivable=False,
):
    """The part of a payment that settles a piece."""

    payment_id: UUID = ref(
        "invoicing.payment", "The payment.", access="create", on_delete="CASCADE"
    )
    position: int = field("Its place, from 1.", ge=1, le=100_000, default=0)
    settles: RecordRef = field("The invoice, credit note or supplier invoice.", access="create")
    invoice_id: UUID | None = ref(
        "invoicing.invoice", "The customer invoice, if it is one.", access="read", default=None
    )
    amount: Money = field("How much of it.")
    on: dt.date | None = field("Since when.", access="read", default=None)
    undone_on: dt.date | None = field("Since when it counts no more.", access="read", default=None)


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("post", "draft", to="posted"),
        by_hand("bounce", "posted", "reconciled", to="bounced"),
        follows("reconcile", "posted", to="reconciled"),
        follows("unreconcile", "reconciled", to="posted"),
        follows("cancel", "posted", "reconciled", to="cancelled"),
    ),
)


async def prepare(ctx: Any, row: Any, _values: dict[str, Any]) -> None:
    """Date a new payment."""
    row.date = row.date or ctx.today


payments = Resource(
    Payment,
    profile="doc",
    without="duplicate",
    adding="import",
    en="payment; payments; receipt; money received; settlement",
    fr="règlement; règlements; paiement; encaissement; versement",
    lifecycle=lifecycle,
    prepare=prepare,
    editable=("draft",),
    instead="Take it back with invoicing.payment.bounce or refund, or change what it settles.",
    example={
        "party_id": "$crm.customer?lifecycle=customer",
        "amount": {"amount": "120.00"},
        "reference": "Virement du 12 novembre",
    },
    find={"status": "posted", "limit": 3},
)
