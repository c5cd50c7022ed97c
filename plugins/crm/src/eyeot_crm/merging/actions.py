"""Actions: two parties, customers or contacts made one, with every reference in every module."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, Record, action, invalid
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.ids import ContactId, CustomerId, PartyId
from eyeot_crm.parties import Party

Choices = Annotated[
    dict[str, Literal["keep", "drop"]],
    Field(max_length=60, description="By field, whose value stays; the kept one's when left out."),
]
_IDENTIFIERS = ("siren", "vat_number")
_MOVED = Annotated[dict[str, int], Field(description="Records that named it, by kind.")]


class PartyMerged(Event, name="crm.party.merged"):
    """Two parties became one."""

    party_id: PartyId
    former_id: PartyId


class CustomerMerged(Event, name="crm.customer.merged"):
    """Two customers became one."""

    customer_id: CustomerId
    former_id: CustomerId


class ContactMerged(Event, name="crm.contact.merged"):
    """Two contacts became one."""

    contact_id: ContactId
    former_id: ContactId


class MergeParties(Input):
    """The party that stays, the one that goes, and whose fields stay where both have some."""

    keep_id: PartyId
    drop_id: PartyId
    field_choices: Choices = Field(default_factory=dict)


class MergedParty(Output):
    """What stays; the other id leads to it from now on."""

    id: PartyId
    former_id: PartyId
    moved: _MOVED


@action(
    "crm.party.merge",
    risk="x",
    en=(
        "Merge two parties; the same company is there twice; remove a duplicate; join duplicate "
        "companies; deduplicate"
    ),
    fr=(
        "Fusionner deux tiers; la même société est en double; supprimer un doublon; réunir deux fiches; "
        "dédoublonner"
    ),
    example={
        "keep_id": "$crm.party?kind=company",
        "drop_id": "$crm.party?kind=company",
        "field_choices": {"siren": "keep", "vat_number": "keep"},
    },
    events=("crm.party.merged",),
    record=Party,
)
async def merge_parties(ctx: Context, data: MergeParties) -> MergedParty:
    """Make two parties one: all that named the one that goes names the other, in every module."""
    keep, drop = await _pair(ctx, Party, data.keep_id, data.drop_id)
    _refuse_different(keep, drop, data.field_choices)
    moved = await ctx.merge(keep, drop, data.field_choices)
    _heal(keep)
    ctx.emit(PartyMerged(party_id=keep.id, former_id=data.drop_id))
    return MergedParty(id=keep.id, former_id=data.drop_id, moved=moved)


async def _pair(ctx: Context, record: type[Any], keep_id: Any, drop_id: Any) -> tuple[Any, Any]:
    """Both, locked in one order, so that two merges cannot wait for each other."""
    if keep_id == drop_id:
        raise Conflict(
            reason="That is one record already.",
            remedy="Give the ids of two different ones.",
            field="drop_id",
        )
    found = {id: await ctx.get(record, id, lock=True) for id in sorted({keep_id, drop_id})}
    keep, drop = found[keep_id], found[drop_id]
    if keep.id == drop.id:
        raise Conflict(
            reason="These were merged already.",
            remedy="Read the record that is left by either id.",
            field="drop_id",
        )
    return keep, drop


def _refuse_different(keep: Party, drop: Party, choices: Mapping[str, str]) -> None:
    """Refuse what looks like two, unless it was said which is right."""
    if unknown := sorted(set(choices) - set(Party.meta.fields)):
        raise invalid("field_choices", f"unknown field {unknown[0]}")
    if keep.kind != drop.kind:
        raise Conflict(
            reason="One is a company, the other a person.",
            remedy="Merge two of a kind; a person at a company is a contact of it.",
            field="drop_id",
        )
    for name in _IDENTIFIERS:
        mine, theirs = getattr(keep, name), getattr(drop, name)
        if mine and theirs and mine != theirs and name not in choices:
            raise Conflict(
                reason=f"Their {name} differs ({mine} and {theirs}): likely two companies.",
                remedy=f"If they are one, say which is right: field_choices={{'{name}': 'keep'}}.",
                field=name,
            )


def _heal(party: Party) -> None:
    """Nobody is above themselves."""
    for name in ("parent_id", "bill_to_id", "ship_to_id"):
        if getattr(party, name) == party.id:
            setattr(party, name, None)


class MergeCustomers(Input):
    """The customer that stays, and the one that goes."""

    keep_id: CustomerId
    drop_id: CustomerId
    field_choices: Choices = Field(default_factory=dict)


class MergedCustomer(Output):
    """What stays; the other id leads to it from now on."""

    id: CustomerId
    former_id: CustomerId
    moved: _MOVED


@action(
    "crm.customer.merge",
    risk="x",
    en=(
        "Merge two customers; a customer is there twice; join two accounts; duplicate customers; keep "
        "one customer file"
    ),
    fr=(
        "Fusionner deux clients; un client est en double; réunir deux comptes; doublon de client; ne "
        "garder qu'une fiche client"
    ),
    example={
        "keep_id": "$crm.customer",
        "drop_id": "$crm.customer",
        "field_choices": {"siren": "keep", "vat_number": "keep"},
    },
    events=("crm.customer.merged", "crm.party.merged"),
    record=Customer,
)
async def merge_customers(ctx: Context, data: MergeCustomers) -> MergedCustomer:
    """Make two customers, and the parties that they are, one; their deals stay as they were."""
    keep, drop = await _pair(ctx, Customer, data.keep_id, data.drop_id)
    last = max(filter(None, (keep.last_contact_at, drop.last_contact_at)), default=None)
    parties = [await ctx.get(Party, one.party_id, lock=True) for one in (keep, drop)]
    choices = _own(data.field_choices, Party)
    _refuse_different(parties[0], parties[1], choices)
    moved = await ctx.merge(keep, drop, _own(data.field_choices, Customer))
    for kind, count in (await ctx.merge(parties[0], parties[1], choices)).items():
        moved[kind] = moved.get(kind, 0) + count
    _heal(parties[0])
    keep.last_contact_at = last
    ctx.emit(PartyMerged(party_id=keep.party_id, former_id=parties[1].id))
    ctx.emit(CustomerMerged(customer_id=keep.id, former_id=data.drop_id))
    return MergedCustomer(id=keep.id, former_id=data.drop_id, moved=moved)


def _own(choices: Mapping[str, Any], record: type[Record]) -> dict[str, Any]:
    return {name: one for name, one in choices.items() if name in record.meta.fields}


class MergeContacts(Input):
    """The contact that stays, and the one that goes."""

    keep_id: ContactId
    drop_id: ContactId
    field_choices: Choices = Field(default_factory=dict)


class MergedContact(Output):
    """What stays; the other id leads to it from now on."""

    id: ContactId
    former_id: ContactId
    moved: _MOVED


@action(
    "crm.contact.merge",
    risk="x",
    en="Merge two contacts; a person is there twice; join duplicate contacts; same person twice",
    fr=(
        "Fusionner deux contacts; une personne est en double; réunir deux contacts; doublon de contact; "
        "la même personne deux fois"
    ),
    example={"keep_id": "$crm.contact", "drop_id": "$crm.contact"},
    events=("crm.contact.merged", "crm.party.merged"),
    record=Contact,
)
async def merge_contacts(ctx: Context, data: MergeContacts) -> MergedContact:
    """Make two contacts one person; where they worked is kept, dated."""
    keep, drop = await _pair(ctx, Contact, data.keep_id, data.drop_id)
    pair = [one.party_id for one in (keep, drop)]
    status = "unsubscribed" if "unsubscribed" in (keep.email_status, drop.email_status) else None
    moved = await ctx.merge(keep, drop, _own(data.field_choices, Contact))
    if status:
        # Whoever objected as either has objected.
        keep.email_status = status
    if pair[0] and pair[1] and pair[0] != pair[1]:
        parties = [await ctx.get(Party, one, lock=True, beyond=True) for one in pair]
        for kind, count in (await ctx.merge(parties[0], parties[1])).items():
            moved[kind] = moved.get(kind, 0) + count
        ctx.emit(PartyMerged(party_id=pair[0], former_id=pair[1]))
    ctx.emit(ContactMerged(contact_id=keep.id, former_id=data.drop_id))
    return MergedContact(id=keep.id, former_id=data.drop_id, moved=moved)
