"""E-invoice: an invoice on its way by a platform, with every status it had and the file that travelled."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from eyeot import Conflict, Event, Record, RecordRef, Resource, Shared, field, ref
from eyeot_invoicing.einvoices.statuses import Code, lifecycle
from eyeot_invoicing.ids import EInvoiceId
from eyeot_invoicing.reading import BOOKS

KEPT = frozenset({
    "direction", "piece", "syntax", "profile", "number", "issued_on", "seller_siren", "buyer_siren",
    "from_address", "to_address", "document_id", "sha256",
})  # fmt: skip
"""What never changes once it exists."""


class Told(BaseModel):
    """A status that somebody told, and when."""

    model_config = ConfigDict(extra="forbid")

    code: str
    at: str
    by: str
    reason: str | None = None
    note: str | None = None
    amounts: list[dict[str, str]] = []
    message: str | None = None
    late: bool = False


class EInvoice(
    Record,
    name="invoicing.einvoice",
    prefix="ein",
    needs=BOOKS,
    label="number",
    hint=("direction", "status"),
    search=("number",),
    exact=("number", "flow_id"),
    unique=(("piece",),),
    index=(("flow_id",), ("status",), ("invoice_id",), ("issued_on",)),
    state="status",
    sort="-issued_on",
    archivable=False,
):
    """An e-invoice that we send or were sent; one for each invoice, credit note and supplier invoice."""

    direction: Literal["in", "out"] = field("Sent by us, or to us.", access="read", default="out")
    piece: RecordRef = field("What it is.", access="read")
    invoice_id: UUID | None = ref(
        "invoicing.invoice", "The invoice, if it is one of ours.", access="read", default=None
    )
    number: str = field("The invoice's number.", access="read", max_length=100)
    issued_on: date = field("Its date.", access="read")
    seller_siren: str | None = field(
        "The seller's SIREN, as the file says.", access="read", max_length=20, default=None
    )
    buyer_siren: str | None = field(
        "The buyer's SIREN, as the file says.", access="read", max_length=20, default=None
    )
    syntax: Literal["facturx", "ubl", "cii"] = field("How it is written.", access="read")
    profile: str = field("Its profile.", access="read", max_length=120)
    from_address: str | None = field(
        "The seller's electronic address (BT-34): statuses go back to it.",
        access="read",
        max_length=140,
        default=None,
    )
    to_address: str | None = field(
        "The buyer's electronic address (BT-49).", access="read", max_length=140, default=None
    )
    connection_id: UUID | None = ref(
        "invoicing.pa_connection", "By which connection.", access="read", default=None
    )
    platform: str | None = field("By which platform.", access="read", max_length=100, default=None)
    flow_id: str | None = field(
        "What the platform calls it.", access="read", max_length=100, default=None
    )
    attempts: int = field("How often it was handed over.", access="read", default=0)
    sent_at: datetime | None = field("When it was last handed over.", access="read", default=None)
    document_id: UUID | None = ref(
        "core.document", "The file that travelled.", access="read", default=None
    )
    sha256: str | None = field(
        "SHA-256 of it, in hexadecimal.", access="read", max_length=64, default=None
    )
    status_reason: str | None = field(
        "The coded reason of its status.", access="read", max_length=60, default=None
    )
    status_note: str | None = field(
        "What was said with it.", access="read", max_length=1000, default=None
    )
    status_at: datetime | None = field("Since when.", access="read", default=None)
    status_history: list[Told] = field(
        "Every status that was told, in the order it came.", access="read", default=list
    )
    status: Code = field("Where it stands (CDAR code).", access="read", default="prepared")

    def complete(self) -> None:
        """Refuse any change of what was sent, and a history that is rewritten."""
        if self.is_new:
            return
        changed = {n for n in KEPT if self.__dict__[n] != self.stored(n)}
        if changed and self.stored("status") != "prepared":
            raise Conflict(
                reason=f"The {min(changed)} of an e-invoice that travelled never changes."
            )
        before: list[Any] = list(self.stored("status_history"))
        if list(self.status_history)[: len(before)] != before:
            raise Conflict(reason="The history of an e-invoice is only added to.")


class StatusChanged(Event, name="invoicing.einvoice.status_changed"):
    """An e-invoice came to another status."""

    einvoice_id: EInvoiceId
    status: str


class Submitted(Event, name="invoicing.einvoice.submitted"):
    """An e-invoice was handed to a platform."""

    einvoice_id: EInvoiceId


einvoices = Resource(
    EInvoice,
    profile="ledger",
    adding="history attach_document",
    en="e-invoice; e-invoices; electronic invoice; invoice on the platform",
    fr="facture électronique; factures électroniques; e-facture; facture sur la plateforme",
    gender="f",
    lifecycle=lifecycle,
    find={"direction": "out", "limit": 3},
)


class PlatformFlow(
    Record,
    name="invoicing.platform_flow",
    prefix="pfl",
    needs=BOOKS,
    label="flow_id",
    unique=(("connection_id", "flow_id"),),
    index=(("applied_at",),),
    reach=Shared(),
    sort="-at",
    archivable=False,
):
    """A message of a platform: known once it is applied, kept in sight with its error until then."""

    connection_id: UUID = ref("invoicing.pa_connection", "Whose.")
    flow_id: str = field("What the platform calls it.", max_length=100)
    kind: str = field("What it is: an invoice, or statuses.", max_length=60)
    at: datetime = field("When the platform had it.")
    attempts: int = field("How often it was tried.", default=0)
    applied_at: datetime | None = field("When it was applied; none while it is not.", default=None)
    error: str | None = field("Why it could not be.", max_length=1000, default=None)
    einvoice_id: UUID | None = ref("invoicing.einvoice", "What it was about.", default=None)
