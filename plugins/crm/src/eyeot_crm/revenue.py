"""Revenue: what was invoiced to parties, where invoicing is in use; else what was won."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import Context, Ref

AGGREGATE = "invoicing.invoice.aggregate"
Basis = Literal["invoiced", "won"]
"""Which figures an answer counts with: posted invoices before VAT, or the amounts of won deals."""
_AT_ONCE = 100


def counts_invoices(ctx: Context) -> bool:
    """Whether invoices can be counted for this caller."""
    return ctx.offers(AGGREGATE)


async def invoiced(
    ctx: Context, party_ids: Sequence[UUID], since: date, until: date
) -> dict[UUID, Decimal]:
    """What was invoiced to each party between two days, before VAT, in euros."""
    found: dict[UUID, Decimal] = {}
    write = Ref("crm.party")
    for at in range(0, len(party_ids), _AT_ONCE):
        chosen = [write.write(one) for one in party_ids[at : at + _AT_ONCE]]
        asked: dict[str, Any] = {
            "by": ["party_id"],
            "sum": ["total_net"],
            "party_id_in": chosen,
            "status_in": ["posted", "partially_paid", "paid"],
            "issue_date_from": since.isoformat(),
            "issue_date_to": until.isoformat(),
            "limit": _AT_ONCE,
        }
        told = await ctx.call(AGGREGATE, asked)
        for group in told["groups"]:
            party = write.parse(group["by"]["party_id"]["id"])
            total = (group.get("sum") or {}).get("total_net") or {}
            if isinstance(party, UUID) and total.get("currency") == "EUR":
                found[party] = Decimal(total["amount"])
    return found
