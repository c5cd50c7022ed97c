"""Parties: companies and people, once each, whatever roles they play."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Held,
    Input,
    Record,
    Resource,
    action,
    field,
    invalid,
    ref,
)
from eyeot.types import Country, Email, Phone, Siren, Siret, Url, VatNumber
from eyeot_crm.ids import (
    PartyId,
)

PartyRole = Literal["customer", "supplier", "prospect", "employee", "contact"]
AddressKind = Literal["main", "billing", "delivery", "site"]


class Address(BaseModel):
    """A postal address in the structured fields of ISO 20022."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: AddressKind = "main"
    line1: Annotated[str, Field(min_length=1, max_length=120, description="Number and street.")]
    line2: Annotated[str | None, Field(max_length=120)] = None
    postcode: Annotated[str | None, Field(max_length=12)] = None
    city: Annotated[str, Field(min_length=1, max_length=80)]
    country: Country = "FR"


class Party(
    Record,
    name="crm.party",
    prefix="pty",
    hint=("trade_name", "siren", "city"),
    search=("name", "trade_name", "city", "emails"),
    exact=("siren", "siret", "vat_number", "emails", "phones"),
    unique=(("siren",), ("vat_number",)),
    reach=Held((("crm.customer", "party_id"), ("crm.contact", "party_id"))),
):
    """A company or a person, known once."""

    kind: Literal["company", "person"] = field("What it is.", access="create", default="company")
    name: str = field("Legal name, or first and last name.", max_length=200, personal=True)
    trade_name: str | None = field("Name on the shop front.", max_length=200, default=None)
    siren: Siren | None = field("SIREN.", default=None)
    siret: Siret | None = field("SIRET of its head office.", default=None)
    vat_number: VatNumber | None = field("Intra-community VAT number.", default=None)
    naf_code: str | None = field("NAF (APE) code.", max_length=6, default=None)
    is_taxable_person: bool = field("Whether it is subject to VAT.", default=True)
    emails: list[Email] = field(
        "E-mail addresses, the main one first.", default=list, personal=True
    )
    phones: list[Phone] = field(
        "Telephone numbers, the main one first.", default=list, personal=True
    )
    website: Url | None = field("Its web site.", max_length=300, default=None)
    language: str = field("Language to write in.", max_length=5, default="fr")
    addresses: list[Address] = field(
        "Postal addresses, the main one first.", default=list, personal=True
    )
    city: str | None = field("City of the main address.", access="read", default=None)
    postcode: str | None = field("Postcode of the main address.", access="read", default=None)
    roles: list[PartyRole] = field("What it is to us.", access="read", default=list)
    parent_id: UUID | None = ref("crm.party", "The group it belongs to.", default=None)
    bill_to_id: UUID | None = ref(
        "crm.party", "Who is invoiced instead.", access="read", default=None
    )
    ship_to_id: UUID | None = ref(
        "crm.party", "Where goods go instead.", access="read", default=None
    )
    electronic_address: str | None = field("Address for e-invoices.", max_length=100, default=None)
    vat_proof: dict[str, Any] | None = field(
        "What VIES said of the VAT number last, with the number of the consultation.",
        access="read",
        default=None,
        personal=True,
    )
    blocked_for: list[Literal["orders", "invoices"]] = field(
        "What is blocked.", access="read", default=list
    )
    block_reason: str | None = field("Why.", access="read", max_length=300, default=None)

    def complete(self) -> None:
        """Derive what follows from other fields, and refuse identifiers that contradict each other."""
        addresses: list[Any] = self.addresses or []
        first = addresses[0] if addresses else {}
        self.city, self.postcode = first.get("city"), first.get("postcode")
        if self.siret and not self.siren:
            self.siren = self.siret[:9]
        if self.siret and self.siren and not self.siret.startswith(self.siren):
            raise invalid("siret", f"does not begin with the SIREN {self.siren}")
        vat = self.vat_number or ""
        if self.siren and vat.startswith("FR") and vat[4:] != self.siren:
            raise invalid("vat_number", f"does not end with the SIREN {self.siren}")


def is_public(siren: str | None) -> bool:
    """Whether a SIREN is that of a public body: INSEE has theirs begin with 1 or 2, and no other."""
    return (siren or "")[:1] in ("1", "2")


def is_business(party: Party, siren: str | None = None) -> bool:
    """Whether it acts as a business: a company, or a person with a SIREN, that is subject to VAT."""
    return party.is_taxable_person and (party.kind == "company" or bool(siren or party.siren))


def owes_late_fees(party: Party) -> bool:
    """Whether the law makes it owe penalties when it pays late: a business or a public body, no consumer.

    Source: Code de commerce, art. L441-10, II; Code de la commande publique, art. L2192-13.
    """
    return is_public(party.siren) or is_business(party)


def add_role(party: Party, role: PartyRole) -> None:
    """Note what the party is to us, once."""
    if role not in party.roles:
        party.roles = sorted([*party.roles, role])


async def refuse_loop(ctx: Context, party: Party) -> None:
    """Refuse a party that stands for itself, or belongs to itself through others."""
    for name in ("parent_id", "bill_to_id", "ship_to_id"):
        if party.id is not None and getattr(party, name) == party.id:
            raise invalid(name, "a party cannot stand for itself")
    if party.parent_id is None or party.parent_id == party.stored("parent_id"):
        return
    seen = {party.id}
    # Locked, so that two changes that would close a loop together wait for each other.
    above = await ctx.get(Party, party.parent_id, lock=True)
    while above.parent_id is not None and above.id not in seen:
        seen.add(above.id)
        if above.parent_id == party.id:
            raise invalid("parent_id", "that party belongs, through others, to this one")
        above = await ctx.get(Party, above.parent_id, lock=True, beyond=True)


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Keep groups free of loops."""
    await refuse_loop(ctx, row)


_EXAMPLE: dict[str, Any] = {
    "name": "Boulangerie du Pont Neuf",
    "emails": ["contact@boulangerie-pont-neuf.fr"],
    "addresses": [{"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}],
}


parties = Resource(
    Party,
    profile="master",
    adding="delete",
    en="party; parties; third party; company; person",
    fr="tiers; tiers; société; personne; entreprise",
    prepare=prepare,
    example=_EXAMPLE,
)


class PartyChosen(Input):
    """One party."""

    id: PartyId


class Roles(Input):
    """A party and what it is to us."""

    id: PartyId
    roles: Annotated[list[PartyRole], Field(min_length=1, max_length=5)]


@action(
    "crm.party.set_role",
    risk="w",
    en=(
        "Set a party's roles; mark as customer, supplier or prospect; company becomes a supplier; "
        "declare as a supplier"
    ),
    fr=(
        "Définir le rôle d'un tiers; marquer comme client, fournisseur ou prospect; une société "
        "devient fournisseur; déclarer comme fournisseur"
    ),
    example={"id": "$crm.party", "roles": ["customer", "supplier"]},
    record=Party,
)
async def set_role(ctx: Context, data: Roles) -> Party:
    """Say what a party is to us: customer, supplier, prospect, employee or contact."""
    party = await ctx.get(Party, data.id, lock=True)
    if party.kind == "company" and "employee" in data.roles:
        raise Conflict(
            reason="A company is nobody's employee.",
            remedy="Give that role to a person (kind=person).",
            field="roles",
        )
    party.roles = sorted(set(data.roles))
    return party


class PartyBlocked(Event, name="crm.party.blocked"):
    """New orders or invoices are forbidden."""

    party_id: PartyId


class PartyUnblocked(Event, name="crm.party.unblocked"):
    """The block was lifted."""

    party_id: PartyId


class Block(Input):
    """What to forbid, and why."""

    id: PartyId
    scope: Annotated[list[Literal["orders", "invoices"]], Field(min_length=1, max_length=2)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]


@action(
    "crm.party.block",
    risk="w",
    en=(
        "Block a party; stop orders from a customer; forbid invoices; stop selling to a customer "
        "who does not pay; bad payer"
    ),
    fr=(
        "Bloquer un tiers; interdire les commandes d'un client; suspendre un client; ne plus "
        "vendre à un mauvais payeur; bloquer les commandes d'un client"
    ),
    example={"id": "$crm.party", "scope": ["orders"], "reason": "Impayés de plus de 90 jours"},
    events=("crm.party.blocked",),
    record=Party,
    next=("crm.party.unblock",),
)
async def block(ctx: Context, data: Block) -> Party:
    """Forbid new orders, invoices or both for a party, with the reason."""
    party = await ctx.get(Party, data.id, lock=True)
    if set(data.scope) <= set(party.blocked_for) and data.reason == party.block_reason:
        raise Conflict(
            reason="This party is blocked for that already.", remedy="Nothing is to be done."
        )
    party.blocked_for = sorted(set(party.blocked_for) | set(data.scope))
    party.block_reason = data.reason
    ctx.emit(PartyBlocked(party_id=party.id))
    return party


class Unblock(Input):
    """Which party, and why."""

    id: PartyId
    reason: Annotated[str, Field(min_length=1, max_length=300)]


@action(
    "crm.party.unblock",
    risk="w",
    en=(
        "Unblock a party; allow orders again; lift the block on a customer; sell to a customer "
        "again"
    ),
    fr=(
        "Débloquer un tiers; autoriser à nouveau les commandes; lever le blocage d'un client; "
        "vendre à nouveau à un client"
    ),
    example={"id": "$crm.party?blocked_for_has=orders", "reason": "Impayés réglés"},
    events=("crm.party.unblocked",),
    record=Party,
)
async def unblock(ctx: Context, data: Unblock) -> Party:
    """Lift a party's block."""
    party = await ctx.get(Party, data.id, lock=True)
    if not party.blocked_for:
        raise Conflict(reason="This party is not blocked.", remedy="Nothing is to be done.")
    party.blocked_for, party.block_reason = [], None
    ctx.emit(PartyUnblocked(party_id=party.id))
    return party


class AddAddress(Input):
    """A party and an address."""

    id: PartyId
    address: Address


@action(
    "crm.party.add_address",
    risk="w",
    en=(
        "Add an address to a party; new delivery or billing address; the customer moved; site of a "
        "customer"
    ),
    fr=(
        "Ajouter une adresse à un tiers; nouvelle adresse de livraison ou de facturation; le "
        "client a déménagé; adresse d'un site"
    ),
    example={
        "id": "$crm.party",
        "address": {
            "kind": "delivery",
            "line1": "3 quai de Saône",
            "postcode": "69005",
            "city": "Lyon",
        },
    },
    record=Party,
)
async def add_address(ctx: Context, data: AddAddress) -> Party:
    """Add a typed, structured address to a party."""
    party = await ctx.get(Party, data.id, lock=True)
    added: Any = data.address.model_dump(mode="json", exclude_none=True)
    if added in party.addresses:
        raise Conflict(
            reason="This party already has that address.", remedy="Read it with crm.party.get."
        )
    party.addresses = [*party.addresses, added]
    return party


class Hierarchy(Input):
    """A party and the parties around it."""

    id: PartyId
    parent_id: PartyId | None = None
    bill_to_id: PartyId | None = None
    ship_to_id: PartyId | None = None


@action(
    "crm.party.set_hierarchy",
    risk="w",
    en=(
        "Set a party's parent company, billing and delivery party; company belongs to a group; "
        "subsidiary of"
    ),
    fr=(
        "Définir la maison mère d'un tiers, le facturé et le livré; société d'un groupe; filiale de"
    ),
    example={"id": "$crm.party?kind=company", "parent_id": "$crm.party?kind=company"},
    record=Party,
)
async def set_hierarchy(ctx: Context, data: Hierarchy) -> Party:
    """Set the group a party belongs to, who is invoiced and where goods go; null clears one."""
    party = await ctx.get(Party, data.id, lock=True)
    for name in sorted(data.model_fields_set - {"id"}):
        setattr(party, name, getattr(data, name))
    await refuse_loop(ctx, party)
    return party
