"""Data subject requests: what a person asks about the data held of them, and how far the answer is."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field
from eyeot.declare.lifecycle import Lifecycle, by_hand, step
from eyeot.declare.model import Input, Ref
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Organisation
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.declare.types import Email
from eyeot.platform.privacy.deadlines import due

RequestId = Annotated[UUID, Ref("core.data_subject_request")]
PRIVACY = "core:privacy"
"""The permission to handle people's requests: with it one learns all that is held of anybody."""
OPEN = ("received", "identity_check", "in_progress", "extended")
_TEXT = 5_000
_VERBS = (
    *("list", "get", "create", "update", "search", "count", "attach_document", "list_documents"),
    *("comment", "ask_for_identity", "fulfil", "fulfil_in_part"),
)


class Asked(
    Record,
    name="core.data_subject_request",
    prefix="dsr",
    label="requester",
    hint=("kind", "status"),
    search=("requester", "email"),
    exact=("email",),
    reach=Organisation(),
    state="status",
    archivable=False,
):
    """What a person asks about the data that is held of them (GDPR art. 15 to 21)."""

    kind: Literal[
        "access", "rectification", "erasure", "restriction", "portability", "objection"
    ] = field("Which right they use.", access="create")
    channel: Literal["email", "letter", "phone", "form", "in_person", "other"] = field(
        "How it came.", default="email"
    )
    requester: str = field("Who asks.", max_length=200, personal=True)
    email: Email | None = field("Where to answer.", max_length=254, personal=True, default=None)
    locale: Literal["fr", "en"] = field("The language to answer in.", default="fr")
    subject_ref: RecordRef | None = field(
        "The record that is this person, in any module: a party, a contact, a user.",
        personal=True,
        default=None,
    )
    details: str | None = field(
        "What they want, in their words.", max_length=_TEXT, personal=True, default=None
    )
    received_at: date = field("The day it came; the deadline runs from it.", access="create")
    due_at: date = field("The last day to answer.", access="read", default=date.max)
    status: Literal[
        "received",
        "identity_check",
        "in_progress",
        "extended",
        "fulfilled",
        "partly_fulfilled",
        "refused",
    ] = field("How far it is.", access="read", default="received")
    decision: str | None = field("What was decided, and why.", max_length=_TEXT, default=None)
    identity_method: str | None = field(
        "How it was made sure who asks.", access="read", max_length=300, default=None
    )
    extension_reason: str | None = field(
        "Why it takes longer.", access="read", max_length=_TEXT, default=None
    )
    answered_at: datetime | None = field("When it was answered.", access="read", default=None)


lifecycle = Lifecycle(
    "status",
    "received",
    (
        step(
            "ask_for_identity",
            "received",
            to="identity_check",
            doc="Note that there is reasonable doubt who asks, and that a proof was asked for.",
            en="Ask for proof of identity; doubt who made a data request; identity to be checked",
            fr="Demander un justificatif d'identité; doute sur le demandeur; identité à vérifier",
        ),
        by_hand("verify_identity", "received", "identity_check", to="in_progress"),
        by_hand("extend_deadline", "in_progress", to="extended"),
        by_hand("refuse", *OPEN, to="refused"),
        step(
            "fulfil",
            "in_progress",
            "extended",
            to="fulfilled",
            doc="Note that the person was given all that they asked for.",
            en="Close a data request as fulfilled; GDPR request answered; request done",
            fr="Clore une demande RGPD satisfaite; demande traitée; droit exercé",
        ),
        step(
            "fulfil_in_part",
            "in_progress",
            "extended",
            to="partly_fulfilled",
            doc="Note that the person was given a part of what they asked for; the decision says why.",
            en="Close a data request as partly fulfilled; answered in part; partial answer",
            fr="Clore une demande RGPD partiellement satisfaite; réponse partielle",
        ),
    ),
)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Set the deadline, and look that the record is there."""
    if row.is_new:
        if row.received_at > ctx.today:
            raise invalid("received_at", "is in the future; give the day on which it came")
        row.due_at = due(row.received_at)
    if values.get("subject_ref"):
        await ctx.open(row.subject_ref)


requests = Resource(
    Asked,
    adding="list get create update search count attach_document list_documents comment",
    en="data subject request; data subject requests; GDPR request; privacy request",
    fr="demande RGPD; demandes RGPD; exercice de droits; demande de droit d'accès",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
    editable=OPEN,
    mutable=("decision", "details"),
    permissions=dict.fromkeys(_VERBS, PRIVACY),
    unlicensed=("create", "update", "ask_for_identity", "fulfil", "fulfil_in_part"),
    example={
        "kind": "access",
        "requester": "Léa Fontaine",
        "email": "lea.fontaine@exemple.fr",
        "received_at": "2026-03-02",
    },
)


class Exported(Event, name="core.data_subject_request.exported"):
    """The data held of a person was put into an archive."""

    request_id: RequestId


class Restricted(Event, name="core.data_subject_request.restricted"):
    """A person's data may be kept, and not used."""

    request_id: RequestId
    subject_ref: RecordRef


class Refused(Event, name="core.data_subject_request.refused"):
    """A request was refused."""

    request_id: RequestId


class Extended(Event, name="core.data_subject_request.extended"):
    """A request takes longer."""

    request_id: RequestId
    due_at: date


class Chosen(Input):
    """One request."""

    request_id: RequestId


def subject_of(row: Asked) -> RecordRef:
    """The record that is the person, once it is known who asks."""
    if row.status in ("received", "identity_check"):
        raise Conflict(
            reason="It is not sure yet who asks: nobody's data is looked up for somebody else.",
            remedy="core.data_subject_request.verify_identity says how it was made sure.",
        )
    if row.subject_ref is None:
        raise Conflict(
            reason="It is not said which record is this person.",
            remedy="Find them with search, then core.data_subject_request.update subject_ref.",
            field="subject_ref",
        )
    return RecordRef(row.subject_ref)
