"""Actions: consents recorded with their proof, withdrawn from now on, and checked."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, RecordRef, Ref, action, invalid
from eyeot_crm.consents.law import needs_consent
from eyeot_crm.consents.record import Basis, Channel, Consent, Proof, Purpose
from eyeot_crm.consents.rules import COMMERCIAL, Why, is_private, may_contact
from eyeot_crm.contacts import Contact
from eyeot_crm.ids import CampaignId, ContactId, PartyId
from eyeot_crm.parties import Party

ConsentId = Annotated[UUID, Ref("crm.consent")]
_Source = Annotated[str, Field(min_length=1, max_length=120)]


class ConsentRecorded(Event, name="crm.consent.recorded"):
    """Somebody may be contacted on a channel for a purpose."""

    consent_id: ConsentId
    party_id: PartyId


class ConsentWithdrawn(Event, name="crm.consent.withdrawn"):
    """Somebody may not be contacted any more on a channel, for a purpose or at all."""

    party_id: PartyId
    channel: Channel
    purpose: Purpose | None


class ContactUnsubscribed(Event, name="crm.contact.unsubscribed"):
    """A contact wants no more commercial mail."""

    contact_id: ContactId
    channel: Channel
    campaign_id: CampaignId | None = None


class Given(Input):
    """Who agreed to what, by what right, and what shows it."""

    party_id: PartyId
    channel: Channel
    purpose: Purpose
    basis: Basis
    proof: Proof = Field(default_factory=Proof)
    source: _Source | None = None
    expires_on: date | None = None


@action(
    "crm.consent.record",
    risk="w",
    en=(
        "Record a consent; somebody agreed to receive our e-mails; note an opt-in; keep the proof of "
        "consent; legal basis for contacting"
    ),
    fr=(
        "Enregistrer un consentement; quelqu'un accepte nos e-mails; noter un opt-in; garder la "
        "preuve d'un accord; base légale pour contacter"
    ),
    example={
        "party_id": "$crm.party?kind=person",
        "channel": "email",
        "purpose": "newsletter",
        "basis": "consent",
        "proof": {"text": "Je souhaite recevoir la lettre d'information.", "how": "case cochée"},
        "source": "salon",
    },
    events=("crm.consent.recorded",),
    record=Consent,
    next=("crm.consent.check", "crm.consent.withdraw"),
)
async def record(ctx: Context, data: Given) -> Consent:
    """Record by what right somebody may be contacted on a channel for a purpose, with the proof."""
    party = await ctx.get(Party, data.party_id, lock=True)
    await _refuse_weak(ctx, data, party)
    if data.expires_on and data.expires_on < ctx.today:
        raise invalid("expires_on", "lies in the past")
    made = Consent(
        party_id=party.id,
        channel=data.channel,
        purpose=data.purpose,
        basis=data.basis,
        granted_at=ctx.now,
        expires_on=data.expires_on,
        proof=data.proof.model_dump(exclude_none=True) or None,
        source=data.source,
    )
    await ctx.add(made)
    if data.channel == "email":
        for contact in await ctx.find(Contact, Contact.c.party_id == party.id):
            if contact.email_status == "unsubscribed":
                contact.email_status = "ok"
    ctx.emit(ConsentRecorded(consent_id=made.id, party_id=party.id))
    return made


async def _refuse_weak(ctx: Context, data: Given, party: Party) -> None:
    """Refuse a right that would not hold before the authority."""
    if data.basis == "consent" and not data.proof.text:
        raise Conflict(
            reason="A consent without proof is none (GDPR art. 7(1)).",
            remedy="Give proof.text, the words they agreed to, and proof.how, the way they did.",
            field="proof",
        )
    if data.basis == "contract" and data.purpose in COMMERCIAL:
        raise Conflict(
            reason=f"A contract gives no right to contact for {data.purpose}.",
            remedy="Use basis=consent or legitimate_interest, or purpose=service.",
            field="basis",
        )
    law = needs_consent(data.channel, ctx.today)
    prospecting = data.basis == "legitimate_interest" and data.purpose in COMMERCIAL
    if law and prospecting and await is_private(ctx, party):
        raise Conflict(
            reason=f"A consumer must agree before being contacted by {data.channel} ({law}).",
            remedy="Record basis=consent with its proof, once they have agreed.",
            field="basis",
        )


class Withdrawn(Input):
    """Who objects, to what."""

    party_id: PartyId
    channel: Channel
    purpose: Annotated[
        Purpose | None, Field(description="All commercial purposes when left out.")
    ] = None
    source: _Source | None = None


class Withdrawal(Output):
    """The consents that hold no more, and the row that says so."""

    consent_id: ConsentId
    party_id: PartyId
    withdrawn: int


@action(
    "crm.consent.withdraw",
    risk="w",
    en=(
        "Withdraw a consent; somebody wants no more mail; record an opt-out; objection to marketing; "
        "stop contacting somebody"
    ),
    fr=(
        "Retirer un consentement; quelqu'un ne veut plus d'e-mails; noter une opposition; désinscrire "
        "une personne; ne plus démarcher quelqu'un"
    ),
    example={"party_id": "$crm.party?kind=person", "channel": "email", "source": "téléphone"},
    events=("crm.consent.withdrawn",),
    record=Consent,
    unlicensed=True,
)
async def withdraw(ctx: Context, data: Withdrawn) -> Withdrawal:
    """Record that somebody may not be contacted any more, from now on; what waits to leave is kept back."""
    party = await ctx.get(Party, data.party_id, lock=True)
    if data.purpose == "service" and await _by_contract(ctx, party, data.channel):
        raise Conflict(
            reason="What a contract needs is not sent by consent, so there is none to withdraw.",
            remedy="Object to a commercial purpose, or to all of them by leaving purpose out.",
            field="purpose",
        )
    row, count = await object_to(ctx, party, data.channel, data.purpose, data.source)
    return Withdrawal(consent_id=row.id, party_id=party.id, withdrawn=count)


async def _by_contract(ctx: Context, party: Party, channel: Channel) -> bool:
    row = Consent.c
    service = (row.party_id == party.id, row.channel == channel, row.purpose == "service")
    last = await ctx.first(Consent, *service, order=row.id.desc())
    return last is not None and last.basis == "contract" and last.status == "granted"


async def object_to(
    ctx: Context, party: Party, channel: Channel, purpose: Purpose | None, source: str | None
) -> tuple[Consent, int]:
    """Withdraw what was granted and keep the objection, once."""
    consent = Consent.c
    where = [consent.party_id == party.id, consent.channel == channel]
    about = [consent.purpose == purpose] if purpose else [consent.purpose.in_(sorted(COMMERCIAL))]
    granted = await ctx.find(Consent, *where, *about, consent.status == "granted")
    for one in granted:
        one.status, one.withdrawn_at = "withdrawn", ctx.now
    same = consent.purpose.is_(None) if purpose is None else consent.purpose == purpose
    known = await ctx.first(
        Consent, *where, same, consent.status == "withdrawn", order=consent.id.desc()
    )
    if known is None or (granted and known not in granted):
        known = Consent(
            party_id=party.id,
            channel=channel,
            purpose=purpose,
            status="withdrawn",
            withdrawn_at=ctx.now,
            source=source,
        )
        await ctx.add(known)
    ctx.emit(ConsentWithdrawn(party_id=party.id, channel=channel, purpose=purpose))
    return known, len(granted)


class Asked(Input):
    """Whom to contact, how and what for."""

    party_id: PartyId
    channel: Channel
    purpose: Purpose


class Answered(Output):
    """Whether they may be contacted now, and why."""

    party_id: PartyId
    allowed: bool
    reason: Why
    basis: Basis | None = None
    consent_id: ConsentId | None = None


@action(
    "crm.consent.check",
    risk="r",
    en=(
        "Check a consent; may we contact this person; may I e-mail a contact; are we allowed to call; "
        "has somebody agreed to marketing"
    ),
    fr=(
        "Vérifier un consentement; peut-on contacter cette personne; puis-je écrire à ce contact; "
        "a-t-on le droit de démarcher; a-t-il accepté nos e-mails"
    ),
    example={"party_id": "$crm.party?kind=person", "channel": "email", "purpose": "marketing"},
)
async def check(ctx: Context, data: Asked) -> Answered:
    """Tell whether somebody may be contacted now, on this channel and for this purpose, and why."""
    await ctx.get(Party, data.party_id)
    found = await may_contact(ctx, data.party_id, data.channel, data.purpose)
    return Answered(
        party_id=data.party_id,
        allowed=found.allowed,
        reason=found.reason,
        basis=found.basis,
        consent_id=found.consent_id,
    )


class Unsubscribe(Input):
    """A contact, on which channel, and how they said so."""

    id: ContactId
    channel: Channel = "email"
    source: _Source = "demande du contact"
    campaign_id: Annotated[
        CampaignId | None, Field(description="The campaign by whose link they said so.")
    ] = None


@action(
    "crm.contact.unsubscribe",
    risk="w",
    en=(
        "Unsubscribe a contact; stop commercial e-mails to a contact; no more newsletters; take "
        "somebody off the mailing list"
    ),
    fr=(
        "Désinscrire un contact; plus d'e-mails commerciaux à un contact; arrêter la lettre "
        "d'information; retirer quelqu'un d'une liste de diffusion; désabonner un contact"
    ),
    example={"id": "$crm.contact?email_is_set=true", "source": "réponse à un e-mail"},
    events=("crm.contact.unsubscribed", "crm.consent.withdrawn"),
    record=Contact,
    unlicensed=True,
)
async def unsubscribe(ctx: Context, data: Unsubscribe) -> Contact:
    """Stop commercial messages to a contact on a channel, and keep that they asked for it."""
    if data.campaign_id:
        found: Any = await ctx.open(RecordRef.to("crm.campaign", data.campaign_id))
        if found.started_at is None:
            raise Conflict(
                reason="That campaign was not sent, so nobody can have answered it.",
                remedy="Leave campaign_id out.",
                field="campaign_id",
            )
    contact = await ctx.get(Contact, data.id, lock=True)
    if contact.party_id:
        party = await ctx.get(Party, contact.party_id, lock=True, beyond=True)
        await object_to(ctx, party, data.channel, None, data.source)
    if data.channel == "email":
        contact.email_status = "unsubscribed"
    told = {"contact_id": contact.id, "channel": data.channel, "campaign_id": data.campaign_id}
    ctx.emit(ContactUnsubscribed.model_validate(told))
    return contact
