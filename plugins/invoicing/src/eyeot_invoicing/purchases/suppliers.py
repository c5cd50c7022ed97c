"""Suppliers: whose invoice it is, found by the identifiers that the file itself tells."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from stdnum.eu import vat

from eyeot import Context, kind
from eyeot_crm.parties import Party, add_role
from eyeot_invoicing.einvoices.model import Trader


async def supplier_of(ctx: Context, trader: Trader) -> tuple[Party, bool]:
    """The party of a seller, made when nobody knows it; whether it was made."""
    if found := await known(ctx, trader):
        add_role(found, "supplier")
        return found, False
    address: dict[str, Any] = {
        "line1": trader.line1 or "",
        "line2": trader.line2,
        "postcode": trader.postcode,
        "city": trader.city or "",
        "country": trader.country,
    }
    addresses: list[Any] = [address] if trader.line1 and trader.city else []
    party = Party(
        name=trader.name[:200],
        siren=trader.siren,
        siret=trader.siret,
        vat_number=trader.vat_number
        if trader.vat_number and vat.is_valid(trader.vat_number)
        else None,
        addresses=addresses,
        electronic_address=trader.address,
        roles=["supplier"],
    )
    return await ctx.add(party), True


async def known(ctx: Context, trader: Trader) -> Party | None:
    """The party with a seller's SIREN, SIRET or VAT number; by its very name where it tells none."""
    c = Party.c
    for column, value in (
        (c.siren, trader.siren),
        (c.siret, trader.siret),
        (c.vat_number, trader.vat_number),
    ):
        if value and (found := await ctx.first(Party, column == value, order=c.id)):
            return found
    if trader.siren or trader.siret or trader.vat_number:
        return None
    return await ctx.first(Party, sa.func.lower(c.name) == trader.name.lower(), order=c.id)


async def ibans_of(ctx: Context, party_id: UUID) -> set[str]:
    """The bank accounts that are known of a supplier: on its card, and on what was paid before."""
    found: set[str] = set()
    account: Any = kind("crm.party_bank_account")
    for one in await ctx.find(account, account.c.party_id == party_id):
        found.add(str(one.iban).replace(" ", ""))
    return found
