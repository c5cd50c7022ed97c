"""Personal data of documents of trade: found from the customer and the contact they name.

These references do not make the customer a part of whoever is their contact, so they are followed one way.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from eyeot import Context, Privacy, Record

KEPT = "Evidence of a contract, kept ten years after its end (Code de commerce, art. L123-22)."
_MOST = 5_000


def of_customers(record: type[Record], *kept: str, by: Mapping[str, str]) -> Privacy:
    """How a document's personal data is gathered: `by` names its references and what they refer to.

    `kept`: the fields that stay when somebody is erased, as evidence of the contract.
    """

    async def collect(_privacy: Privacy, ctx: Context, subject: Any) -> list[Record]:
        conditions: list[Any] = []
        for name, kind in by.items():
            theirs = [id for known, id in subject.ids if known == kind]
            conditions += [record.c[name].in_(theirs)] if theirs else []
        own = [id for known, id in subject.ids if known == record.meta.name]
        conditions += [record.c.id.in_(own)] if own else []
        if not conditions:
            return []
        return list(await ctx.find(record, sa.or_(*conditions), limit=_MOST))

    return Privacy(record, keep=dict.fromkeys(kept, KEPT), collect=collect)
