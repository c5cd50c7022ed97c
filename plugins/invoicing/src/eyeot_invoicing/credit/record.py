"""Credit note: takes back an invoice, in whole or in part."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import (
    Conflict,
    Lifecycle,
    Money,
    Record,
    Through,
    by_hand,
    field,
    follows,
    ref,
)
from eyeot.types import Currency
from eyeot_invoicing.invoices.record import Identity, Nature
from eyeot_invoicing.retention import kept_once_posted
from eyeot_sales.trade.documents import TaxRow
from eyeot_sales.trade.lines import TradeLine

Reason = Literal["return", "error", "discount", "bad_debt", "cancellation"]
USABLE = ("posted", "partly_applied")
"""The states in which something of it may still be used or paid back."""
MARKS = frozenset({
    "status", "remaining", "applied", "refunded", "sent_at", "internal_note", "party_id",
    "updated_at", "version",
})  # fmt: skip
"""What may change on a posted credit note: what became of it, and whose it is as parties merge."""


class CreditNote(
    Record,
    name="invoicing.credit_note",
    prefix="crn",
    label="number",
    hint=("status",),
    search=("number", "invoice_number"),
    exact=("number",),
    unique=(("number",),),
    index=(("invoice_id", "status"), ("party_id", "status"), ("issue_date",), ("series", "rank")),
    reach=Through("party_id"),
    state="status",
    archivable=False,
):
    """A credit note; it names the invoice that it takes back, and never takes back more than that."""

    number: str | None = field("Its number; none until it is posted.", access="read", default=None)
    invoice_id: UUID = ref("invoicing.invoice", "The invoice it takes back.", access="create")
    invoice_number: str | None = field("That invoice's number.", access="read", default=None)
    invoice_date: date | None = field("That invoice's date.", access="read", default=None)
    party_id: UUID | None = ref(
        "crm.party", "Who bought.", access="read", default=None, personal=True
    )
    reason: Reason = field("Why.", default="error")
    issue_date: date | None = field("Its date; the day it is posted when left out.", default=None)
    language: str | None = field(
        "Language it is written in.", access="read", max_length=5, default=None
    )
    note: str | None = field("What is printed below its lines.", max_length=2000, default=None)
    internal_note: str | None = field("What nobody outside reads.", max_length=2000, default=None)
    currency: Currency = field("The invoice's currency.", access="read", default="EUR")
    exchange_rate: Decimal | None = field(
        "Units of the books' currency for one of its own: the invoice's.",
        access="read",
        default=None,
    )
    operation_nature: Literal["goods", "services", "mixed"] | None = field(
        "Nature of the operation.", access="read", default=None
    )
    total_discount: Money | None = field(
        "Its part of the discount on the whole invoice.", access="read", default=None
    )
    total_net: Money | None = field("Total without VAT.", access="read", default=None)
    total_tax: Money | None = field("VAT.", access="read", default=None)
    total_gross: Money | None = field("Total with VAT.", access="read", default=None)
    total_tax_books: Money | None = field(
        "Its VAT in the currency of the books (BT-111).", access="read", default=None
    )
    tax_breakdown: list[TaxRow] = field("VAT per category and rate.", access="read", default=list)
    applied: Money | None = field("What invoices were settled with.", access="read", default=None)
    refunded: Money | None = field("What was paid back.", access="read", default=None)
    remaining: Money | None = field("What may still be used.", access="read", default=None)
    seller: Identity | None = field("Who it is from, as posted.", access="read", default=None)
    buyer: Identity | None = field(
        "Who it is to, as posted.", access="read", default=None, personal=True
    )
    sent_at: datetime | None = field("When it was sent.", access="read", default=None)
    posted_at: datetime | None = field("When it was posted.", access="read", default=None)
    entry_id: UUID | None = ref(
        "invoicing.journal_entry", "Its entry.", access="read", default=None
    )
    series: str | None = field("The series of its number.", access="read", default=None)
    rank: int | None = field("Its place in the chain of that series.", access="read", default=None)
    prev_hash: str | None = field("The seal before its own.", access="read", default=None)
    hash: str | None = field("Its seal.", access="read", default=None)
    status: Literal["draft", "posted", "partly_applied", "applied", "refunded"] = field(
        "Where it stands.", access="read", default="draft"
    )

    def complete(self) -> None:
        """Refuse any change of what a posted credit note says, whoever asks."""
        if self.stored("status") in (None, "draft"):
            return
        changed = {n for n in self.meta.fields if self.__dict__[n] != self.stored(n)}
        if wrong := changed - MARKS:
            raise Conflict(
                reason=f"The credit note {self.number} is posted: its {min(wrong)} never changes.",
                remedy="Invoice what was taken back too much with invoicing.invoice.create.",
            )


privacy = kept_once_posted(CreditNote, "buyer")


class CreditNoteLine(
    TradeLine,
    Record,
    name="invoicing.credit_note_line",
    prefix="cnl",
    label="description",
    reach=Through("credit_note_id"),
    sort="position",
    archivable=False,
):
    """A line of a credit note, above 0 where it takes back, as the invoice has it."""

    credit_note_id: UUID = ref(
        "invoicing.credit_note", "Its credit note.", access="create", on_delete="CASCADE"
    )
    invoice_line_id: UUID | None = ref(
        "invoicing.invoice_line",
        "The invoice's line that it takes back, as much of it as its quantity says.",
        access="create",
        default=None,
    )
    nature: Nature | None = field(
        "Goods or service; left out, as what it takes back.", default=None
    )
    account_id: UUID | None = ref("invoicing.ledger_account", "Where it is booked.", default=None)
    deposit_id: UUID | None = ref(
        "invoicing.invoice",
        "The deposit invoice whose deduction it gives back.",
        access="read",
        default=None,
    )


class CreditAllocation(
    Record,
    name="invoicing.credit_allocation",
    prefix="cra",
    label="id",
    index=(("invoice_id",),),
    reach=Through("credit_note_id"),
    archivable=False,
):
    """The part of a credit note that settles an invoice."""

    credit_note_id: UUID = ref(
        "invoicing.credit_note", "The credit note.", access="create", on_delete="CASCADE"
    )
    invoice_id: UUID = ref("invoicing.invoice", "The invoice.", access="create")
    amount: Money = field("How much of it.")
    on: date = field("Since when.")


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("post", "draft", to="posted"),
        by_hand("apply", *USABLE, to="applied"),
        by_hand("refund", *USABLE, to="refunded"),
        follows("use_in_part", *USABLE, to="partly_applied"),
    ),
)


def remaining(note: Any) -> Decimal:
    """What of a posted credit note may still be used."""
    return Decimal(note.remaining.amount) if note.remaining else Decimal(0)
