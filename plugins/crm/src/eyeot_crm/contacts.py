"""Contacts: people at a customer, each a party of its own."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Record,
    Ref,
    Resource,
    Shows,
    Through,
    action,
    field,
    ref,
)
from eyeot.types import Email, Phone, Url
from eyeot_crm.customers import Customer
from eyeot_crm.ids import (
    ContactId,
    CustomerId,
)
from eyeot_crm.parties import Party, add_role


class Contact(
    Record,
    name="crm.contact",
    prefix="con",
    label="full_name",
    hint=("job_title", "email"),
    search=("full_name", "job_title", "email"),
    exact=("email", "phone"),
    unique=(("party_id",),),
    reach=Through("customer_id"),
):
    """A person we deal with at a customer."""

    party_id: UUID | None = ref(
        "crm.party",
        "The person as a party; left out, one is created.",
        access="create",
        default=None,
        personal=True,
    )
    customer_id: UUID | None = ref(
        "crm.customer",
        "Where they work; crm.contact.move_to_account changes it.",
        access="create",
        default=None,
    )
    first_name: str = field("First name.", max_length=80, personal=True)
    last_name: str = field("Last name.", max_length=80, personal=True)
    full_name: str = field("First and last name.", access="read", default="", personal=True)
    job_title: str | None = field("What they do.", max_length=120, default=None, personal=True)
    seniority: Literal["junior", "senior", "manager", "director", "executive"] | None = field(
        "How senior they are.", default=None
    )
    role_in_purchase: Literal["decider", "influencer", "user", "payer"] | None = field(
        "Their part in buying.", default=None
    )
    email: Email | None = field(
        "Their e-mail address.", max_length=254, default=None, personal=True
    )
    phone: Phone | None = field("Their telephone.", max_length=20, default=None, personal=True)
    linkedin: Url | None = field(
        "Their LinkedIn page.", max_length=300, default=None, personal=True
    )
    email_status: Literal["ok", "bounced", "unsubscribed"] = field(
        "Whether mail reaches them.", access="read", default="ok"
    )
    left_on: date | None = field("When they left the company.", access="read", default=None)
    past: list[Annotated[dict[str, Any], Shows("customer_id")]] = field(
        "Where they worked before, dated.", access="read", default=list
    )
    score: int = field("Computed score.", access="read", default=0)

    def complete(self) -> None:
        """Write the full name."""
        self.full_name = f"{self.first_name} {self.last_name}"


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Keep the person's party in step: name, e-mail, telephone, role."""
    row.complete()
    if row.party_id is None:
        party = ctx.draft(Party(kind="person", name=row.full_name))
        row.party_id = party.id
    elif row.is_new or values.keys() & {"first_name", "last_name", "email", "phone"}:
        party = await ctx.get(Party, row.party_id, lock=True)
    else:
        return
    if party.kind != "person":
        raise Conflict(reason="A contact is a person; this party is a company.", field="party_id")
    party.name = row.full_name
    party.emails = _exchanged(party.emails, row.stored("email"), row.email)
    party.phones = _exchanged(party.phones, row.stored("phone"), row.phone)
    add_role(party, "contact")
    if party.is_new:
        await ctx.add(party)


def _exchanged(known: list[Any], former: str | None, present: str | None) -> list[Any]:
    """A party's values with its contact's own one exchanged, as the main one; the others stay."""
    if former == present:
        return known
    others = [one for one in known if one not in (former, present)]
    return [present, *others] if present else others


contacts = Resource(
    Contact,
    profile="master",
    en="contact; contacts; person at a customer; interlocutor",
    fr="contact; contacts; interlocuteur; personne chez un client",
    prepare=prepare,
    afresh=("party_id",),
    example={
        "customer_id": "$crm.customer",
        "first_name": "Amélie",
        "last_name": "Durand",
        "email": "amelie.durand@boulangerie-pont-neuf.fr",
        "job_title": "Gérante",
        "role_in_purchase": "decider",
    },
)


class ContactMoved(Event, name="crm.contact.moved"):
    """A contact works for another customer now."""

    contact_id: ContactId


class ContactLeft(Event, name="crm.contact.left_company"):
    """A contact left the company."""

    contact_id: ContactId


class Move(Input):
    """A contact and their new employer."""

    id: ContactId
    new_customer_id: CustomerId
    on: date


@action(
    "crm.contact.move_to_account",
    risk="w",
    en=(
        "Move a contact to another customer; contact changed employer; contact works for another "
        "company now"
    ),
    fr=(
        "Déplacer un contact vers un autre client; le contact a changé d'employeur; le contact "
        "travaille maintenant dans une autre société; changer un contact de société"
    ),
    example={"id": "$crm.contact", "new_customer_id": "$crm.customer", "on": "2026-09-30"},
    events=("crm.contact.moved",),
    record=Contact,
)
async def move_to_account(ctx: Context, data: Move) -> Contact:
    """Record that a contact changed employer: the former link stays, dated."""
    contact = await ctx.get(Contact, data.id, lock=True)
    await ctx.get(Customer, data.new_customer_id)
    if contact.customer_id == data.new_customer_id and not contact.left_on:
        raise Conflict(reason="The contact already works there.", field="new_customer_id")
    if not contact.left_on:
        _leave(contact, data.on)
    contact.customer_id, contact.left_on = data.new_customer_id, None
    ctx.emit(ContactMoved(contact_id=contact.id))
    return contact


def _leave(contact: Contact, on: date) -> None:
    if contact.customer_id:
        former = {
            "customer_id": Ref("crm.customer").write(contact.customer_id),
            "until": on.isoformat(),
        }
        contact.past = [*contact.past, former]


class Left(Input):
    """A contact and the day they left."""

    id: ContactId
    on: date


@action(
    "crm.contact.mark_left_company",
    risk="w",
    en="Mark that a contact left the company; contact departed; a contact no longer works there",
    fr=(
        "Signaler le départ d'un contact; le contact a quitté l'entreprise; le contact ne "
        "travaille plus là; le contact est parti"
    ),
    example={"id": "$crm.contact", "on": "2026-09-30"},
    events=("crm.contact.left_company",),
    record=Contact,
)
async def mark_left_company(ctx: Context, data: Left) -> Contact:
    """Record that a contact left their company; the link stays, dated."""
    contact = await ctx.get(Contact, data.id, lock=True)
    if contact.left_on:
        raise Conflict(reason=f"The contact already left on {contact.left_on}.", field="on")
    _leave(contact, data.on)
    contact.left_on = data.on
    ctx.emit(ContactLeft(contact_id=contact.id))
    return contact
