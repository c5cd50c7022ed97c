"""Matching: who is already known by an e-mail address or a telephone number."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.parties import Party


async def known_parties(
    ctx: Context, email: str | None, phone: str | None, *where: Any, limit: int = 5
) -> list[Party]:
    """Parties with this e-mail address or telephone number."""
    same = [Party.c.emails.contains([email])] if email else []
    same += [Party.c.phones.contains([phone])] if phone else []
    return await ctx.find(Party, sa.or_(*same), *where, limit=limit) if same else []


async def known_customer(ctx: Context, email: str | None, phone: str | None) -> Customer | None:
    """The one customer, or employer of a contact, with this address, or else with this number."""
    for mail, number in ((email, None), (None, phone)):
        found = await _customers(ctx, mail, number)
        if found:
            return await ctx.get(Customer, found.pop()) if len(found) == 1 else None
    return None


async def _customers(ctx: Context, email: str | None, phone: str | None) -> set[UUID]:
    if not email and not phone:
        return set()
    party = sa.select(Party.c.id).where(
        ctx.within(Party),
        Party.c.emails.contains([email]) if email else Party.c.phones.contains([phone]),
    )
    itself = sa.select(Customer.c.id.label("id")).where(
        ctx.within(Customer), Customer.c.party_id.in_(party)
    )
    employer = sa.select(Contact.c.customer_id).where(
        ctx.within(Contact),
        Contact.c.email == email if email else Contact.c.phone == phone,
        Contact.c.customer_id.is_not(None),
        Contact.c.left_on.is_(None),
    )
    both = itself.union(employer).subquery()
    return {row["id"] for row in await ctx.rows(sa.select(both.c.id).limit(2))}


async def known_contact(
    ctx: Context, customer_id: UUID, email: str | None, phone: str | None
) -> Contact | None:
    """The one contact of a customer with this address, or else with this number."""
    for column, value in ((Contact.c.email, email), (Contact.c.phone, phone)):
        if value:
            where = (Contact.c.customer_id == customer_id, column == value)
            found = await ctx.find(Contact, *where, limit=2)
            if found:
                return found[0] if len(found) == 1 else None
    return None


async def unclaimed_party(
    ctx: Context, kind: str, email: str | None, phone: str | None
) -> Party | None:
    """The one party of this kind with this address or number that is nobody's customer or contact yet."""
    claimed = [
        sa.select(one.c.party_id).where(one.c.party_id.is_not(None)) for one in (Customer, Contact)
    ]
    where = [Party.c.kind == kind, *(Party.c.id.not_in(one) for one in claimed)]
    found = await known_parties(ctx, email, phone, *where, limit=2)
    return found[0] if len(found) == 1 else None
