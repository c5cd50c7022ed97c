"""Signature rounds: who is asked to sign a document, through whom, and how far they are."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limits

from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.lifecycle import Lifecycle, follows
from eyeot.declare.reach import Through
from eyeot.declare.record import Record
from eyeot.declare.types import Email, Phone
from eyeot.platform.documents import Document, DocumentId, SignatureStatus

ProviderName = Literal["yousign"]
OPEN = ("requested", "ongoing", "cancelling", "signed")
"""The states in which something is still to be asked of the provider."""


class Signer(BaseModel):
    """Somebody who is asked to sign."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[
        str,
        Limits(
            max_length=150, pattern=r"^\S+(\s+\S+)+$", description="First name, then last name."
        ),
    ]
    email: Annotated[Email, Limits(max_length=254, description="Where the invitation goes.")]
    phone: Annotated[
        Phone | None, Limits(description="Signs with a code sent there; left out, sent by e-mail.")
    ] = None

    @property
    def names(self) -> tuple[str, str]:
        """First and last name."""
        first, _, last = " ".join(self.name.split()).partition(" ")
        return first, last


class SignatureRound(
    Record,
    name="core.signature_round",
    prefix="sgr",
    label="provider",
    index=(("document_id",),),
    exact=("emails",),
    reach=Through("document_id"),
    state="status",
    archivable=False,
):
    """One attempt to have a document signed; the provider knows it by its id."""

    document_id: UUID = ref("core.document", "What is to be signed.", on_delete="CASCADE")
    sha256: str = field("SHA-256 of the content that went out.", max_length=64)
    provider: ProviderName = field("Through whom.")
    signers: list[Signer] = field("Who is to sign.", default=list, personal=True)
    emails: list[Email] = field("Their addresses.", default=list, personal=True)
    deadline: date = field("The last day on which they may.")
    status: SignatureStatus = field(
        "How far it is; signed: by all, the files are still to be fetched.",
        access="read",
        default="requested",
    )
    provider_ref: str | None = field("What the provider calls it.", max_length=100, default=None)
    reason: str | None = field(
        "Why it was cancelled or came to nothing.", max_length=1000, default=None
    )
    attempts: int = field("How often in a row the provider gave no answer.", default=0)
    asked_by: UUID | None = ref("core.user", "For whom it was begun.", default=None)
    started_at: datetime | None = field("When the signers were invited.", default=None)
    signed_on: date | None = field("When the last of them signed.", default=None)
    signed_id: UUID | None = ref("core.document", "The signed copy.", default=None, soft=True)
    proof_id: UUID | None = ref("core.document", "The provider's proof.", default=None, soft=True)


class SignatureRequested(Event, name="core.document.signature_requested"):
    """Signatures of a document were asked for; the provider hears of it next."""

    document_id: DocumentId
    round_id: UUID
    provider: str
    deadline: date


class SignatureCancelled(Event, name="core.document.signature_cancelled"):
    """A round of signature was called off here; the provider hears of it next."""

    document_id: DocumentId
    round_id: UUID
    reason: str


class SignatureEnded(Event, name="core.document.signature_ended"):
    """A round of signature ended: everybody signed, or it came to nothing."""

    document_id: DocumentId
    round_id: UUID
    outcome: Literal["done", "declined", "expired", "cancelled", "failed"]
    signed_on: date | None = None
    signed_id: DocumentId | None = None
    reason: str | None = None


lifecycle = Lifecycle(
    "status",
    "requested",
    (
        follows("start", "requested", to="ongoing"),
        follows("call_off", "requested", "ongoing", to="cancelling"),
        follows("sign", "requested", "ongoing", "cancelling", to="signed"),
        follows("file", "signed", to="done"),
        follows("decline", "requested", "ongoing", "cancelling", to="declined"),
        follows("expire", "requested", "ongoing", "cancelling", to="expired"),
        follows("cancel", "requested", "ongoing", "cancelling", to="cancelled"),
        follows("fail", *OPEN, to="failed"),
    ),
)


async def moved(ctx: Context, row: SignatureRound, step: str) -> Document:
    """Take a step of a round, and let its document say so."""
    lifecycle.take(row, step)
    document = await ctx.get(Document, row.document_id, lock=True, beyond=True)
    document.signature_status = row.status
    return document


async def open_round(ctx: Context, document_id: UUID) -> SignatureRound | None:
    """The round of a document that is under way, locked; none when there is none."""
    c = SignatureRound.c
    found = await ctx.first(SignatureRound, c.document_id == document_id, c.status.in_(OPEN))
    return await ctx.get(SignatureRound, found.id, lock=True) if found else None
