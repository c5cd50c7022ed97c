"""Response times: how long leads wait for a first answer."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eyeot import Context, Input, Output, action
from eyeot_crm.ids import UserId
from eyeot_crm.leads import Lead


class Since(Input):
    """A period of arrival."""

    created_from: datetime | None = None
    created_to: datetime | None = None
    owner_id: UserId | None = None


class ResponseTime(Output):
    """How fast leads are answered, in hours."""

    leads: int
    answered: int
    median_hours: float | None = None
    p90_hours: float | None = None


@action(
    "crm.lead.first_response_time",
    risk="r",
    en=(
        "First response time of leads; how fast do we answer enquiries; how quickly do we reply to "
        "leads; response delay"
    ),
    fr=(
        "Délai de première réponse aux pistes; en combien de temps répond-on aux demandes; temps "
        "de réponse aux prospects; rapidité de réponse"
    ),
    example={},
)
async def first_response_time(ctx: Context, data: Since) -> ResponseTime:
    """Show how long leads waited for a first answer: median and ninth decile, in hours."""
    where = [ctx.within(Lead)]
    where += [Lead.c.created_at >= data.created_from] if data.created_from else []
    where += [Lead.c.created_at <= data.created_to] if data.created_to else []
    where += [Lead.c.owner_id == data.owner_id] if data.owner_id else []
    hours = sa.func.extract("epoch", Lead.c.first_contact_at - Lead.c.created_at) / 3600
    at = [
        sa.func.percentile_cont(share).within_group(hours).label(name)
        for share, name in ((0.5, "mid"), (0.9, "late"))
    ]
    select = sa.select(
        sa.func.count().label("n"), sa.func.count(Lead.c.first_contact_at).label("answered"), *at
    )
    row = (await ctx.rows(select.where(*where)))[0]
    return ResponseTime(
        leads=row["n"],
        answered=row["answered"],
        median_hours=_rounded(row["mid"]),
        p90_hours=_rounded(row["late"]),
    )


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 2)
