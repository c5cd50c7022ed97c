"""Invoice: what is asked of a customer for what was sold."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from eyeot import (
    Conflict,
    Exact,
    Lifecycle,
    Money,
    Record,
    RecordRef,
    Through,
    by_hand,
    field,
    follows,
    ref,
)
from eyeot.types import Siren
from eyeot_crm.parties import Address
from eyeot_invoicing.retention import kept_once_posted
from eyeot_sales.trade.documents import TradeDocument
from eyeot_sales.trade.lines import TradeLine

Kind = Literal["standard", "deposit", "progress", "final", "corrective"]
Nature = Literal["goods", "service"]
Status = Literal["draft", "posted", "partially_paid", "paid", "credited"]
OPEN: tuple[Status, ...] = ("posted", "partially_paid")
"""The states in which something is still due."""
MARKS = frozenset({
    "status", "paid", "credited", "written_off", "amount_due", "sent_at", "is_disputed",
    "dispute_reason", "in_collection", "due_date", "instalments", "pending_vat", "payment_method_id",
    "internal_note", "settled_on", "promised_on", "delays", "party_id", "updated_at", "version",
})  # fmt: skip
"""What may change on a posted invoice: where it stands, and whose it is as parties merge."""


class Instalment(BaseModel):
    """A part of the amount, and when it is due."""

    model_config = ConfigDict(extra="forbid")

    due_date: date
    amount: Exact


class Delay(BaseModel):
    """A delay that was granted: when it was due before, and why it is later."""

    model_config = ConfigDict(extra="forbid")

    due_date: date
    reason: str
    granted_on: date


class Identity(BaseModel):
    """Who an invoice is from or to, as they were when it was posted."""

    model_config = ConfigDict(extra="forbid")

    name: str
    trade_name: str | None = None
    legal_form: str | None = None
    share_capital: str | None = None
    siren: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    rcs_city: str | None = None
    line1: str | None = None
    line2: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str = "FR"
    electronic_address: str | None = None
    email: str | None = None
    phone: str | None = None
    is_taxable_person: bool = True


class PendingVat(BaseModel):
    """VAT that falls due as the invoice is paid: of what it was charged, and what of it fell due."""

    model_config = ConfigDict(extra="forbid")

    nature: Nature
    category: str
    percent: Exact
    exemption_code: str | None = None
    territory: str | None = None
    base: Exact
    tax: Exact
    released_base: Exact = Decimal(0)
    released_tax: Exact = Decimal(0)


class Invoice(
    TradeDocument,
    Record,
    name="invoicing.invoice",
    prefix="inv",
    label="number",
    hint=("status",),
    search=("number", "buyer_reference", "order_reference"),
    exact=("number",),
    unique=(("number",),),
    index=(("status", "due_date"), ("party_id", "status"), ("issue_date",), ("series", "rank")),
    reach=Through("party_id"),
    state="status",
    archivable=False,
):
    """An invoice to a customer; once posted it stands, and is corrected by a credit note."""

    number: str | None = field("Its number; none until it is posted.", access="read", default=None)
    kind: Kind = field("What it is.", access="create", default="standard")
    party_id: UUID = ref("crm.party", "Who buys: a party, or a customer.", personal=True)
    bill_to: Address | None = field(
        "Where it is sent, if not the buyer's address.", default=None, personal=True
    )
    ship_to: Address | None = field(
        "Where it is delivered, if elsewhere.", default=None, personal=True
    )
    buyer_siren: Siren | None = field(
        "The buyer's SIREN, if the party's card lacks it.", default=None
    )
    language: str | None = field(
        "Language it is written in; the buyer's when left out.", max_length=5, default=None
    )
    issue_date: date | None = field("Its date; the day it is posted when left out.", default=None)
    supply_date: date | None = field(
        "When what it is about was delivered or done, if not on its own date.", default=None
    )
    due_date: date | None = field(
        "When the last part is due; by its terms when left out.", default=None
    )
    payment_term_id: UUID | None = ref(
        "invoicing.payment_term", "Its terms of payment.", default=None
    )
    payment_method_id: UUID | None = ref(
        "invoicing.payment_method", "How it should be paid.", default=None
    )
    buyer_reference: str | None = field(
        "What the buyer wants to see on it.", max_length=100, default=None
    )
    order_reference: str | None = field("The buyer's order number.", max_length=100, default=None)
    note: str | None = field("What is printed below its lines.", max_length=2000, default=None)
    internal_note: str | None = field("What nobody outside reads.", max_length=2000, default=None)
    origin: RecordRef | None = field(
        "The quote, order or invoice it came of.", access="create", default=None
    )
    deposit_of: RecordRef | None = field(
        "Of a deposit: the quote or order that it is on.", access="create", default=None
    )
    operation_nature: Literal["goods", "services", "mixed"] | None = field(
        "Nature of the operation (CGI ann. II, art. 242 nonies A).", access="read", default=None
    )
    vat_on_debits: bool = field(
        "Whether its VAT falls due by its date.", access="read", default=False
    )
    deposits_deducted: Money | None = field(
        "Deposits deducted, with VAT.", access="read", default=None
    )
    paid: Money | None = field("What was paid.", access="read", default=None)
    credited: Money | None = field("What credit notes took off.", access="read", default=None)
    written_off: Money | None = field("What was given up.", access="read", default=None)
    amount_due: Money | None = field("What is still to be paid.", access="read", default=None)
    instalments: list[Instalment] = field("What is due when.", access="read", default=list)
    delays: list[Delay] = field("Delays that were granted.", access="read", default=list)
    pending_vat: list[PendingVat] = field(
        "VAT that falls due by payment.", access="read", default=list
    )
    exchange_rate: Decimal | None = field(
        "Units of the books' currency for one of the invoice's.", access="read", default=None
    )
    total_tax_books: Money | None = field(
        "Its VAT in the currency of the books (BT-111).", access="read", default=None
    )
    seller: Identity | None = field("Who it is from, as posted.", access="read", default=None)
    buyer: Identity | None = field(
        "Who it is to, as posted.", access="read", default=None, personal=True
    )
    profile: Literal["en16931", "extended_ctc_fr", "basic"] = field(
        "The profile of its e-invoice.", access="create", default="en16931"
    )
    is_self_billed: bool = field(
        "Whether the buyer writes it for us.", access="read", default=False
    )
    mandate: str | None = field(
        "Of self-billing: the mandate by which the buyer writes it.",
        access="read",
        max_length=100,
        default=None,
    )
    sent_at: datetime | None = field("When it was sent.", access="read", default=None)
    is_disputed: bool = field(
        "Whether the buyer contests it; no dunning then.", access="read", default=False
    )
    dispute_reason: str | None = field("Why.", access="read", max_length=500, default=None)
    promised_on: date | None = field("When the buyer promised to pay.", access="read", default=None)
    in_collection: bool = field("Whether a third party collects it.", access="read", default=False)
    settled_on: date | None = field("When nothing was due any more.", access="read", default=None)
    posted_at: datetime | None = field("When it was posted.", access="read", default=None)
    entry_id: UUID | None = ref(
        "invoicing.journal_entry", "Its entry.", access="read", default=None
    )
    series: str | None = field("The series of its number.", access="read", default=None)
    rank: int | None = field("Its place in the chain of that series.", access="read", default=None)
    prev_hash: str | None = field("The seal before its own.", access="read", default=None)
    hash: str | None = field("Its seal.", access="read", default=None)
    status: Status = field("Where it stands.", access="read", default="draft")

    def complete(self) -> None:
        """Refuse any change of what a posted invoice says, whoever asks."""
        if self.stored("status") in (None, "draft"):
            return
        changed = {n for n in self.meta.fields if self.__dict__[n] != self.stored(n)}
        if wrong := changed - MARKS:
            raise Conflict(
                reason=f"The invoice {self.number} is posted: its {min(wrong)} never changes.",
                remedy="Correct it with invoicing.invoice.credit or invoicing.invoice.credit_and_reissue.",
            )


privacy = kept_once_posted(Invoice, "buyer", "bill_to", "ship_to")


class InvoiceLine(
    TradeLine,
    Record,
    name="invoicing.invoice_line",
    prefix="inl",
    label="description",
    index=(("order_line_id",),),
    reach=Through("invoice_id"),
    sort="position",
    archivable=False,
):
    """A line of an invoice."""

    invoice_id: UUID = ref(
        "invoicing.invoice", "Its invoice.", access="create", on_delete="CASCADE"
    )
    nature: Nature | None = field("Goods or service; left out, as its product is.", default=None)
    service_start: date | None = field("First day of the service it is for.", default=None)
    service_end: date | None = field("Last day.", default=None)
    account_id: UUID | None = ref(
        "invoicing.ledger_account",
        "Where it is booked; left out, as its product says.",
        default=None,
    )
    analytic: dict[str, str] | None = field("Analytic axes.", default=None)
    order_line_id: RecordRef | None = field(
        "The order line it bills.", access="create", default=None
    )
    quote_line_id: RecordRef | None = field(
        "The quote line it bills.", access="create", default=None
    )
    deposit_id: UUID | None = ref(
        "invoicing.invoice",
        "Of a deduction: the deposit invoice it takes off.",
        access="create",
        default=None,
    )
    late_invoice_id: UUID | None = ref(
        "invoicing.invoice",
        "Of penalties: the invoice that was paid late.",
        access="read",
        default=None,
    )


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("post", "draft", to="posted"),
        *(follows("settle", one, to="paid") for one in OPEN),
        *(follows("pay_in_part", one, to="partially_paid") for one in OPEN),
        *(follows("owe_again", one, to="posted") for one in ("partially_paid", "paid", "credited")),
        *(follows("credit_fully", one, to="credited") for one in (*OPEN, "paid")),
    ),
)


def stands(invoice: Any) -> bool:
    """Whether it is posted, whatever was paid of it."""
    return bool(invoice.status != "draft")
