"""Sending: one e-mail to one contact, with the right to send it checked and the exchange noted."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Attachment, Conflict, Context, Event, Input, Mail, Output, RecordRef, Ref, action
from eyeot_crm.activities import Activity, ActivityId
from eyeot_crm.campaigns.letters import UNSUBSCRIBE, known_of
from eyeot_crm.campaigns.merging import FIELDS, filled
from eyeot_crm.consents.rules import may_contact
from eyeot_crm.contacts import Contact
from eyeot_crm.ids import ContactId

DocumentId = Annotated[UUID, Ref("core.document")]
_MOST_FILES = 10


class EmailSent(Event, name="crm.contact.email_sent"):
    """An e-mail to a contact was written; it leaves after this."""

    contact_id: ContactId
    activity_id: ActivityId
    purpose: str


class Email(Input):
    """To whom, what, and what for."""

    id: ContactId
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    body: Annotated[str, Field(min_length=1, max_length=50_000)]
    purpose: Annotated[
        Literal["reply", "contract", "service", "marketing", "newsletter", "events", "survey"],
        Field(
            description="reply or contract: they wrote to us, or it is about a deal or order of theirs;"
            " the others need a consent."
        ),
    ] = "contract"
    reply_to: Annotated[str | None, Field(max_length=254)] = None
    attachments: Annotated[list[DocumentId], Field(max_length=_MOST_FILES)] = Field(
        default_factory=list
    )


class Sent(Output):
    """The mail that leaves, and the exchange that was noted."""

    contact_id: ContactId
    to: str
    subject: str
    legal_basis: str
    activity_id: ActivityId


@action(
    "crm.contact.send_email",
    risk="e",
    en=(
        "Send an e-mail to a contact; write to a contact; mail a customer; answer a contact by e-mail; "
        "send a document to a contact"
    ),
    fr=(
        "Envoyer un e-mail à un contact; écrire à un contact; envoyer un mail à un client; répondre à un "
        "contact; envoyer un document à un contact"
    ),
    example={
        "id": "$crm.contact?email_is_set=true",
        "subject": "Votre projet de four",
        "body": "Bonjour {first_name},\n\nSuite à notre échange, je vous propose un rendez-vous.",
    },
    events=("crm.contact.email_sent",),
    record=Contact,
)
async def send_email(ctx: Context, data: Email) -> Sent:
    """Send one e-mail to a contact; without a right to write for that purpose it is refused."""
    contact = await ctx.get(Contact, data.id, lock=True)
    basis = await _right(ctx, contact, data.purpose)
    values, language = await known_of(ctx, contact)
    commercial = basis not in ("reply", "contract")
    about = {"id": Ref("crm.contact").write(contact.id), "source": "lien d'un e-mail"}
    mail = Mail(
        to=contact.email or "",
        name=contact.full_name,
        subject=_filled(data.subject, values),
        text=_filled(data.body, values),
        language=language,
        sender_name=ctx.actor,
        reply_to=data.reply_to or await _own_address(ctx),
        record=RecordRef.to("crm.contact", contact.id),
        unsubscribe=ctx.link(UNSUBSCRIBE, about) if commercial else None,
        attachments=tuple([await _file(ctx, one) for one in data.attachments]),
    )
    await ctx.mail(mail)
    noted = await _noted(ctx, contact, mail)
    told = {"contact_id": contact.id, "activity_id": noted.id, "purpose": data.purpose}
    ctx.emit(EmailSent.model_validate(told))
    return Sent(
        contact_id=contact.id,
        to=mail.to,
        subject=mail.subject,
        legal_basis=basis,
        activity_id=noted.id,
    )


async def _noted(ctx: Context, contact: Contact, mail: Mail) -> Activity:
    """The exchange with the contact, done as the mail leaves."""
    made = Activity(
        kind="email",
        subject=mail.subject[:200],
        record=RecordRef.to("crm.contact", contact.id),
        direction="out",
        due_at=ctx.now,
    )
    await ctx.add(made)
    await ctx.call(
        "crm.activity.complete",
        {"id": Ref("crm.activity").write(made.id), "note": mail.text[:5_000]},
    )
    return made


def _filled(text: str, values: dict[str, str]) -> str:
    """Only the fields we know are replaced; other braces are somebody's own words."""
    known = {name: values.get(name, "") for name in FIELDS}
    return filled(text, known, strict=False)


async def _right(ctx: Context, contact: Contact, purpose: str) -> str:
    """By what right they may be written to, or why not."""
    if not contact.email:
        raise Conflict(
            reason="This contact has no e-mail address.",
            remedy="Set one with crm.contact.update.",
            field="id",
        )
    if contact.email_status == "bounced":
        raise Conflict(
            reason="Mail to this address came back.",
            remedy="Correct the address with crm.contact.update.",
            field="id",
        )
    if purpose in ("reply", "contract"):
        return purpose
    verdict = None
    if contact.party_id:
        verdict = await may_contact(ctx, contact.party_id, "email", purpose)  # type: ignore[arg-type]
    if contact.email_status == "unsubscribed" or verdict is None or not verdict.allowed:
        why = verdict.reason if verdict else "no_legal_basis"
        raise Conflict(
            reason=f"This contact may not be written to for {purpose}: {why}.",
            remedy="Record their agreement with crm.consent.record, or write for another purpose.",
            field="purpose",
        )
    return verdict.basis or "consent"


async def _own_address(ctx: Context) -> str | None:
    """The address of whoever it is sent for, where answers go."""
    if ctx.user_id is None:
        return None
    me = await ctx.call("core.user.get", {"id": Ref("core.user").write(ctx.user_id)})
    return str(me["email"]) if me.get("email") else None


async def _file(ctx: Context, id: UUID) -> Attachment:
    told = await ctx.call("core.document.get", {"id": Ref("core.document").write(id)})
    return Attachment(filename=told["filename"], mime=told["mime"], digest=told["sha256"])
