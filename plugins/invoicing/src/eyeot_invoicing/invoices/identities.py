"""Identities: the seller and the buyer as they are when an invoice is posted."""

from typing import Any

from eyeot import Context, kind
from eyeot_crm.parties import Party, is_business
from eyeot_invoicing.invoices.record import Identity


def _address(party: Party, purpose: str) -> dict[str, Any]:
    addresses: list[Any] = party.addresses or []
    chosen = [one for one in addresses if one.get("kind") == purpose] or addresses[:1]
    return dict(chosen[0]) if chosen else {}


async def seller(ctx: Context) -> Identity:
    """The organisation, with the address of its head office."""
    house = await ctx.organization()
    site = kind("core.establishment")
    found: Any = await ctx.first(
        site, site.c.closed_on.is_(None), order=(site.c.is_head_office.desc(), site.c.id)
    )
    address: dict[str, Any] = dict(found.address or {}) if found else {}
    capital = house.share_capital
    return Identity(
        name=house.legal_name,
        trade_name=house.trade_name,
        legal_form=house.legal_form,
        share_capital=f"{capital.amount:f} {capital.currency}" if capital else None,
        siren=house.siren,
        siret=found.siret if found else None,
        vat_number=house.vat_number,
        rcs_city=house.rcs_city,
        electronic_address=found.electronic_address if found else None,
        **_postal(address),
    )


def buyer(party: Party, siren: str | None = None) -> Identity:
    """A party, with the address it is invoiced at."""
    return Identity(
        name=party.name,
        siren=siren or party.siren,
        siret=party.siret,
        vat_number=party.vat_number,
        electronic_address=party.electronic_address,
        email=next(iter(party.emails or []), None),
        phone=next(iter(party.phones or []), None),
        is_taxable_person=is_business(party, siren),
        **_postal(_address(party, "billing")),
    )


def _postal(address: dict[str, Any]) -> dict[str, Any]:
    names = ("line1", "line2", "postcode", "city")
    return {**{n: address.get(n) for n in names}, "country": address.get("country", "FR")}
