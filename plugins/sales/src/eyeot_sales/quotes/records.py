"""Quote records: what an offer says, line by line, and the states it goes through."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from eyeot import (
    Lifecycle,
    Money,
    Owned,
    Record,
    StateRefused,
    Through,
    by_hand,
    field,
    follows,
    ref,
)
from eyeot_sales.catalogue.products import MARGIN
from eyeot_sales.trade.documents import TradeDocument
from eyeot_sales.trade.selling import SoldLine

QuoteStatus = Literal[
    "draft",
    "pending_approval",
    "sent",
    "viewed",
    "accepted",
    "declined",
    "expired",
    "converted",
    "cancelled",
    "revised",
]
OPEN = ("sent", "viewed")
"""The states in which a customer may still answer."""
DeclineReason = Literal["price", "timing", "product", "competitor", "no_decision", "other"]
Proof = Literal["signature", "mail", "purchase_order", "oral"]


class Quote(
    TradeDocument,
    Record,
    name="sales.quote",
    prefix="quo",
    label="number",
    hint=("subject", "status"),
    search=("number", "subject"),
    exact=("number",),
    unique=(("number",),),
    index=(("party_id",), ("status", "valid_until"), ("root_number",), ("opportunity_id",)),
    reach=Owned(team="team_id"),
    state="status",
):
    """An offer to a customer; a version that was sent never changes, a new one follows it."""

    number: str = field("Its number, e.g. D-2026-0042; later versions add theirs.", access="read")
    root_number: str = field("What all its versions are known by.", access="read")
    revision: int = field("Which version it is, from 1.", access="read", default=1)
    former_id: UUID | None = ref(
        "sales.quote", "The version before it.", access="read", default=None
    )
    subject: str | None = field("What it is about.", max_length=200, default=None)
    party_id: UUID = ref("crm.party", "To whom it is made.", access="create")
    contact_id: UUID | None = ref("crm.contact", "Who decides there.", default=None)
    opportunity_id: UUID | None = ref("crm.opportunity", "The deal it belongs to.", default=None)
    owner_id: UUID | None = ref("core.user", "Who makes the offer.", default=None)
    team_id: UUID | None = ref("core.team", "The team that does.", default=None)
    intro: str | None = field("What it says before the lines.", max_length=4000, default=None)
    closing: str | None = field("What it says after the totals.", max_length=4000, default=None)
    customer_reference: str | None = field(
        "What the customer calls their request.", max_length=100, default=None
    )
    valid_until: date = field("The last day on which it may be accepted.", default=None)
    deposit_percent: Decimal | None = field(
        "The deposit due on acceptance, in percent of the total.", ge=0, le=100, default=None
    )
    template_id: UUID | None = ref(
        "sales.quote_template", "What it was made from.", access="read", default=None
    )
    margin: Money | None = field(
        "Net less cost, over lines whose cost is known.",
        access="read",
        sensitive=MARGIN,
        default=None,
    )
    invoiced_percent: Decimal = field(
        "Which share was invoiced without an order.", access="read", default=Decimal
    )
    status: QuoteStatus = field("How far it is.", access="read", default="draft")
    sent_at: datetime | None = field("When it went out.", access="read", default=None)
    sent_by: Literal["mail", "print", "none"] | None = field(
        "By which way.", access="read", default=None
    )
    reminded_at: datetime | None = field(
        "When the customer was last reminded.", access="read", default=None
    )
    signed_at: datetime | None = field(
        "When its acceptance was noted.", access="read", default=None
    )
    accepted_on: date | None = field("When it was accepted.", access="read", default=None)
    signer: str | None = field(
        "Who accepted it.", access="read", max_length=200, default=None, personal=True
    )
    proof: Proof | None = field("What shows that it was accepted.", access="read", default=None)
    proof_note: str | None = field(
        "Where that proof is, or its words.", access="read", max_length=1000, default=None
    )
    signature_id: UUID | None = ref(
        "core.document",
        "The paper that is out for electronic signature, or was signed so.",
        access="read",
        default=None,
    )
    decline_reason: DeclineReason | None = field(
        "Why it was declined.", access="read", default=None
    )
    closing_note: str | None = field(
        "More about why it was declined or cancelled.", access="read", max_length=1000, default=None
    )
    closed_on: date | None = field(
        "When it was declined, cancelled or expired.", access="read", default=None
    )
    approval_reason: str | None = field(
        "Why an exception was asked for.", access="read", max_length=1000, default=None
    )
    approval_asked_by: UUID | None = ref(
        "core.user", "Who asked for the exception.", access="read", default=None
    )
    approval_note: str | None = field(
        "What the approver said.", access="read", max_length=1000, default=None
    )
    approved_by: UUID | None = ref(
        "core.user", "Who approved the exception.", access="read", default=None
    )
    approved_discount: Decimal | None = field(
        "The discount in percent that was approved, at most.", access="read", default=None
    )


class QuoteLine(
    SoldLine,
    Record,
    name="sales.quote_line",
    prefix="qln",
    label="description",
    search=(),
    index=(("quote_id", "position"), ("product_id",)),
    reach=Through("quote_id"),
    archivable=False,
    sort="position",
):
    """A line of a quote: a product, a text, or an option that the customer may take."""

    quote_id: UUID = ref("sales.quote", "Its quote.", access="create", on_delete="CASCADE")
    optional: bool = field("Whether the customer may leave it.", default=False)
    chosen: bool = field("Whether an option is taken, and so counts.", default=False)


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("submit_for_approval", "draft", to="pending_approval"),
        by_hand("approve_exception", "pending_approval", to="draft"),
        by_hand("send", "draft", to="sent"),
        follows("view", "sent", to="viewed"),
        by_hand("accept", *OPEN, to="accepted"),
        by_hand("decline", *OPEN, to="declined"),
        by_hand("expire", *OPEN, to="expired"),
        by_hand("revise", *OPEN, "declined", "expired", to="revised"),
        by_hand("cancel", "draft", "pending_approval", *OPEN, "accepted", to="cancelled"),
        by_hand("convert_to_order", "accepted", to="converted"),
        by_hand("convert_to_invoice", "accepted", "converted", to="converted"),
    ),
)


def refuse_unopen(quote: Quote, step: str) -> None:
    """Refuse what only makes sense while the customer may still answer."""
    if quote.status not in OPEN:
        raise StateRefused(
            kind="sales.quote",
            state=quote.status,
            step=step,
            allowed=list(OPEN),
            possible=lifecycle.possible(quote.status),
        )


def refuse_standing(quote: Quote, step: str) -> None:
    """Refuse to change a quote that stands: a version that was sent never changes."""
    if quote.status != "draft":
        raise StateRefused(
            kind="sales.quote",
            state=quote.status,
            step=step,
            allowed=["draft"],
            possible=lifecycle.possible(quote.status),
        )
