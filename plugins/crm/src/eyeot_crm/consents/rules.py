"""Rules: whether somebody may be contacted on a channel for a purpose; asked at every commercial send."""

from typing import Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context
from eyeot_crm.consents.record import Basis, Channel, Consent, Purpose
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.parties import Party

COMMERCIAL: frozenset[str] = frozenset({"marketing", "newsletter", "events", "survey"})
"""What needs a right of its own; what a contract needs (invoices, reminders) has it by that."""


Why = Literal["granted", "no_legal_basis", "withdrawn", "expired", "contract_covers_no_marketing"]


class Verdict(NamedTuple):
    """Whether they may be contacted, and why."""

    allowed: bool
    reason: Why
    basis: Basis | None = None
    consent_id: UUID | None = None


async def may_contact(ctx: Context, party_id: UUID, channel: Channel, purpose: Purpose) -> Verdict:
    """Whether a party may be contacted now; what was said last about that purpose, or about all, holds."""
    found = await may_contact_all(ctx, [party_id], channel, purpose)
    return found[party_id]


async def may_contact_all(
    ctx: Context, party_ids: list[UUID], channel: Channel, purpose: Purpose
) -> dict[UUID, Verdict]:
    """The same for several parties at once."""
    consent = Consent.c
    about = sa.or_(consent.purpose == purpose, consent.purpose.is_(None))
    where = (consent.party_id.in_(party_ids), consent.channel == channel, about)
    last: dict[UUID, Consent] = {}
    for one in await ctx.find(Consent, *where):
        known = last.get(one.party_id)
        if known is None or (one.changed_at, one.id) > (known.changed_at, known.id):
            last[one.party_id] = one
    return {id: _verdict(ctx, last.get(id), purpose) for id in party_ids}


def _verdict(ctx: Context, last: Consent | None, purpose: Purpose) -> Verdict:
    if last is None:
        return Verdict(allowed=False, reason="no_legal_basis")
    if last.status == "withdrawn":
        return Verdict(allowed=False, reason="withdrawn", basis=last.basis, consent_id=last.id)
    if last.status == "expired" or (last.expires_on and last.expires_on < ctx.today):
        return Verdict(allowed=False, reason="expired", basis=last.basis, consent_id=last.id)
    if last.basis == "contract" and purpose in COMMERCIAL:
        return Verdict(
            allowed=False,
            reason="contract_covers_no_marketing",
            basis=last.basis,
            consent_id=last.id,
        )
    return Verdict(allowed=True, reason="granted", basis=last.basis, consent_id=last.id)


async def is_private(ctx: Context, party: Party) -> bool:
    """Whether they are reached as a consumer: a person who is no contact of a company."""
    if party.kind == "company":
        return False
    employer = (
        sa.select(Contact.c.id)
        .join(
            Customer.meta.table,
            sa.and_(Customer.c.org_id == Contact.c.org_id, Customer.c.id == Contact.c.customer_id),
        )
        .join(
            Party.meta.table,
            sa.and_(Party.c.org_id == Customer.c.org_id, Party.c.id == Customer.c.party_id),
        )
        .where(
            ctx.within(Contact),
            Contact.c.party_id == party.id,
            Contact.c.left_on.is_(None),
            Party.c.kind == "company",
        )
    )
    return not await ctx.rows(employer.limit(1))
