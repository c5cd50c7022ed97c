"""Events: the journal of technical operations, as the audit keeps them.

The audit itself is sealed and signed (docs/audit.md), so that nothing is taken out of this journal unseen.
"""

import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Input, Output, Period, action, days, kind
from eyeot_invoicing.seals.record import FiscalSeal
from eyeot_invoicing.seals.totals import stretch_of

_READS = (
    "list",
    "get",
    "search",
    "count",
    "history",
    "aggregate",
    "export",
    "event_log",
    "verify_chain",
    "check",
    "checklist",
    "check_gaps",
)


@cache
def _kinds() -> list[dict[str, str]]:
    text = files("eyeot_invoicing.seals").joinpath("events.toml").read_text("utf-8")
    return list(tomllib.loads(text)["event"])


class Asked(Input):
    """When."""

    period: Annotated[Period | None, Field(description="The present year when left out.")] = None
    limit_events: Annotated[int, Field(ge=1, le=1_000)] = 200


class Technical(Output):
    """Something that was done to the system or to how it records."""

    at: datetime
    what: str
    action: str
    actor: str
    actor_type: str
    outcome: str


class Events(Output):
    """The newest first."""

    events: list[Technical]
    total: Annotated[int, Field(description="How many there are in the period.")]


@action(
    "invoicing.fiscal_seal.event_log",
    risk="r",
    en=(
        "Technical event log; who restored a backup; changes of modules, users and numbering; journal "
        "of technical operations"
    ),
    fr=(
        "Journal des événements techniques; qui a restauré une sauvegarde; changements de modules, "
        "d'utilisateurs et de numérotation; JET"
    ),
    example={},
    permission="core:audit",
    record=FiscalSeal,
)
async def event_log(ctx: Context, data: Asked) -> Events:
    """What was done to the system or to how it records: restores, versions, rights, numbering, closings.

    Source: CGI, art. 286, I-3° bis; BOI-TVA-DECLA-30-10-30.
    """
    events: Any = kind("core.audit_event")
    c = events.c
    stretch = stretch_of(days(data.period or str(ctx.today.year)), ctx.timezone)
    begins = [c.action.startswith(one["action"], autoescape=True) for one in _kinds()]
    verb = sa.func.split_part(c.action, ".", 3)
    mine = (
        ctx.within(events),
        c.at >= stretch.since,
        c.at < stretch.until,
        sa.or_(*begins),
        verb.not_in(_READS),
        c.outcome != "dry_run",
    )
    total = await ctx.rows(sa.select(sa.func.count().label("n")).where(*mine))
    columns = (c.at, c.action, c.actor, c.actor_type, c.outcome)
    newest = sa.select(*columns).where(*mine).order_by(c.at.desc(), c.id.desc())
    rows = await ctx.rows(newest.limit(data.limit_events))
    language = "fr" if ctx.locale.startswith("fr") else "en"
    told = [Technical(what=_what(one["action"], language), **one) for one in rows]
    return Events(events=told, total=total[0]["n"])


def _what(action: str, language: str) -> str:
    return next(one[language] for one in _kinds() if action.startswith(one["action"]))
