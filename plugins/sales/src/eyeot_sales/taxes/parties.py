"""Parties: where sellers and buyers are for VAT, and whether they are subject to it."""

from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context
from eyeot.types import VatNumber
from eyeot_crm.parties import Party, is_business
from eyeot_sales.taxes.cases import Buyer, Scheme
from eyeot_sales.taxes.zones import Place


class Other(BaseModel):
    """The other side of a sale or purchase, where it is no party yet."""

    model_config = ConfigDict(extra="forbid")

    place: Place = Place()
    vat_number: VatNumber | None = None
    is_taxable_person: Annotated[
        bool, Field(description="Whether it is subject to VAT; a consumer is not.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A seller or buyer, as VAT law sees it."""

    place: Place
    buyer: Buyer
    scheme: Scheme
    ships_to: Place | None = None
    on_debits: bool = False
    """Whether it opted for VAT on debits."""
    northern: bool = False
    """Whether its VAT number is of Northern Ireland, which belongs to the Union for goods."""


def of_other(other: Other) -> Side:
    """What is said of somebody who is no party yet."""
    business: Buyer = "business" if other.is_taxable_person else "consumer"
    return Side(
        place=other.place,
        buyer="identified" if other.vat_number else business,
        scheme="taxable" if other.is_taxable_person or other.vat_number else "franchise",
        northern=(other.vat_number or "").startswith("XI"),
    )


def of_party(party: Party) -> Side:
    """What a party's card says: companies are subject to VAT unless noted otherwise, people with a SIREN."""
    business: Buyer = "business" if is_business(party) else "consumer"
    return Side(
        place=_address(party, "main") or Place(),
        buyer="identified" if party.vat_number else business,
        scheme="taxable" if party.is_taxable_person else "franchise",
        ships_to=_address(party, "delivery"),
        northern=(party.vat_number or "").startswith("XI"),
    )


def _address(party: Party, kind: str) -> Place | None:
    addresses: list[Any] = party.addresses or []
    found = [one for one in addresses if one.get("kind", "main") == kind]
    if not found and kind == "main":
        found = addresses
    if not found:
        return None
    return Place(country=found[0].get("country", "FR"), postcode=found[0].get("postcode"))


_organization = sa.table(
    "core_organization",
    *map(sa.column, ("org_id", "vat_number", "vat_regime", "vat_on_debits")),
)
_establishment = sa.table(
    "core_establishment",
    *map(sa.column, ("org_id", "address", "is_head_office", "archived_at")),
)


async def own_side(ctx: Context) -> Side:
    """The organisation itself, where its head office is."""
    # Whoever sells needs no right to read the organisation's card to know its VAT regime.
    site = sa.and_(
        _establishment.c.org_id == _organization.c.org_id,
        _establishment.c.is_head_office,
        _establishment.c.archived_at.is_(None),
    )
    told = (
        sa.select(_organization, _establishment.c.address)
        .select_from(_organization.outerjoin(_establishment, site))
        .where(_organization.c.org_id == ctx.org_id)
    )
    organization = (await ctx.rows(told))[0]
    at: Any = organization["address"] or {}
    franchise = organization["vat_regime"] == "franchise"
    return Side(
        place=Place(country=at.get("country", "FR"), postcode=at.get("postcode")),
        buyer="identified" if organization["vat_number"] else "business",
        scheme="franchise" if franchise else "taxable",
        on_debits=organization["vat_on_debits"],
    )
