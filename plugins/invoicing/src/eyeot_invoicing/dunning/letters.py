"""Letters: the reminders and formal notices that customers got, and what they answered."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from eyeot import (
    Conflict,
    Lifecycle,
    Lines,
    McpResource,
    Money,
    Record,
    Resource,
    Through,
    by_hand,
    field,
    follows,
    ref,
)

Kind = Literal["reminder", "formal_notice"]
Template = Literal["courteous", "firm", "final", "formal"]
Status = Literal["proposed", "sent", "promised", "paid", "broken_promise", "escalated"]
NOTICE = 100
"""The step of a formal notice, above every level: an invoice gets one only."""
MARKS = frozenset({"status", "promise_date", "party_id", "recipient", "updated_at", "version"})
"""What may change on a letter that went out: its answer, and whose it is as parties merge or are erased."""
PENDING: tuple[Status, ...] = ("sent", "promised", "broken_promise")
"""The states of a letter that was answered by no payment yet."""


class DunningLetter(
    Record,
    name="invoicing.dunning_letter",
    prefix="dun",
    label="subject",
    hint=("status",),
    search=("subject",),
    index=(("party_id", "status"), ("status", "sent_at")),
    reach=Through("party_id"),
    state="status",
    archivable=False,
):
    """A letter to somebody who pays late, about the invoices that were late on that day."""

    party_id: UUID = ref("crm.party", "Who pays late.", access="read", personal=True)
    policy_id: UUID | None = ref(
        "invoicing.dunning_policy", "By which policy.", access="read", default=None, soft=True
    )
    kind: Kind = field("What it is.", access="read", default="reminder")
    level: int = field("Which reminder, from 1; 0 for a formal notice.", access="read", default=0)
    subject: str = field("What it is about.", access="read", max_length=200)
    template: Template = field("Its tone and wording.", access="read", default="courteous")
    fee: Literal["none", "mention", "claim"] = field(
        "Whether it speaks of late fees.", access="read", default="none"
    )
    channel: Literal["email", "post", "registered"] = field(
        "How it goes out.", access="read", default="email"
    )
    recipient: str | None = field(
        "The address it was mailed to.", access="read", max_length=254, default=None, personal=True
    )
    language: Literal["fr", "en"] = field("The language it is in.", access="read", default="fr")
    written_on: date = field("The day it bears.", access="read")
    amount: Money = field("What was late in all.", access="read")
    penalties: Money | None = field("Late penalties it claims.", access="read", default=None)
    indemnities: Money | None = field(
        "Recovery indemnities it claims.", access="read", default=None
    )
    fees: Money | None = field("Both together.", access="read", default=None)
    pay_by: date | None = field("Until when it asks to pay.", access="read", default=None)
    sent_at: datetime | None = field("When it was sent.", access="read", default=None)
    promise_date: date | None = field("When they promised to pay.", access="read", default=None)
    document_id: UUID | None = ref(
        "core.document", "The letter as PDF.", access="read", default=None, soft=True
    )
    status: Status = field(
        "proposed: not sent; promised: they said when; escalated: a notice or a collection followed.",
        access="read",
        default="proposed",
    )

    def complete(self) -> None:
        """Refuse any change of what a letter that went out says, whoever asks."""
        if self.stored("status") in (None, "proposed"):
            return
        changed = {n for n in self.meta.fields if self.__dict__[n] != self.stored(n)}
        if wrong := changed - MARKS:
            raise Conflict(
                reason=f"The letter went out: its {min(wrong)} never changes.",
                remedy="Write another with invoicing.dunning_letter.run.",
            )


class DunnedInvoice(
    Record,
    name="invoicing.dunned_invoice",
    prefix="dui",
    label="number",
    unique=(("invoice_id", "step"),),
    reach=Through("letter_id"),
    sort="position",
    archivable=False,
):
    """An invoice on a letter, as it stood that day."""

    letter_id: UUID = ref("invoicing.dunning_letter", "The letter.", on_delete="CASCADE")
    position: int = field("Its place, from 1.", default=0)
    invoice_id: UUID = ref("invoicing.invoice", "The invoice.")
    step: int | None = field(
        "The level that it reached by this letter; none when it is on it for information.",
        default=None,
    )
    number: str | None = field("Its number.", default=None)
    issued_on: date | None = field("Its date.", default=None)
    due_on: date | None = field("Since when it was due.", default=None)
    days_late: int = field("How many days late it was.", default=0)
    gross: Money | None = field("What it comes to.", default=None)
    amount: Money | None = field("What of it was late.", default=None)
    penalties: Money | None = field("Late penalties claimed on it.", default=None)
    indemnity: Money | None = field("Recovery indemnity claimed on it.", default=None)


lifecycle = Lifecycle(
    "status",
    "proposed",
    (
        follows("send", "proposed", to="sent"),
        by_hand("record_promise", "sent", "broken_promise", "promised", to="promised"),
        follows("miss", "promised", to="broken_promise"),
        follows("settle", *PENDING, to="paid"),
        by_hand("send_formal_notice", *PENDING, to="escalated"),
        by_hand("hand_to_collection", *PENDING, to="escalated"),
    ),
)
letters = Resource(
    DunningLetter,
    profile="ledger",
    adding="attach_document",
    en="dunning letter; dunning letters; reminder; payment reminder; chasing letter",
    fr="lettre de relance; lettres de relance; relance; relance d'impayé; rappel de paiement",
    gender="f",
    lifecycle=lifecycle,
    lines=Lines(
        DunnedInvoice,
        "letter_id",
        name="invoices",
        shown=(
            "invoice_id", "number", "issued_on", "due_on", "days_late", "step", "gross", "amount",
            "penalties", "indemnity",
        ),
    ),
    find={"status": "sent", "sort": "-sent_at", "limit": 5},
)  # fmt: skip
mcp_letters = McpResource(
    collection="dunning-letters",
    record="invoicing.dunning_letter",
    title="Dunning letters",
    doc="One reminder or formal notice, with the invoices it is about.",
)
