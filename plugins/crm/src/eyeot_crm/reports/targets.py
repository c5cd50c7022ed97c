"""Targets: what was reached against what was to be, by person and team."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Context,
    Exact,
    Filters,
    Period,
    ReportRow,
    Told,
    days,
    drill,
    kind,
    report,
    typeid,
)
from eyeot_crm.ids import SalesTargetId, TeamId, UserId
from eyeot_crm.reports.asking import NO_EURO, percent
from eyeot_crm.targets.figures import ByPerson, counts, members, reached
from eyeot_crm.targets.progress import attained, missing
from eyeot_crm.targets.record import Metric, SalesTarget


class Attaining(Filters):
    """A period, a metric, and whose targets."""

    period: Annotated[
        Period | None,
        Field(description="Targets whose period lies in it; the current year's when left out."),
    ] = None
    metric: Metric | None = None
    by: Annotated[
        Literal["person", "team", "house"] | None, Field(description="All when left out.")
    ] = None


class AttainmentRow(ReportRow):
    """One target and how far it is, in euros or meetings."""

    target_id: SalesTargetId
    who: str
    user_id: UserId | None = None
    team_id: TeamId | None = None
    metric: Metric
    period: str
    goal: Exact
    done: Annotated[Exact | None, Field(description="None where you may not see it.")] = None
    attained: Annotated[Exact | None, Field(description="Percent of the goal.")] = None
    gap: Exact | None = None
    coming: Exact | None = None


@report(
    "crm.report.target_attainment",
    row=AttainmentRow,
    en=(
        "Target attainment report; who reaches their quota; sales against targets by person and team; "
        "are we on target"
    ),
    fr=(
        "Rapport d'atteinte des objectifs; qui atteint son objectif; ventes par rapport aux objectifs par "
        "commercial et équipe; réalisé contre objectif"
    ),
    example={},
)
async def target_attainment(ctx: Context, data: Attaining) -> Told:
    """Compare each target with what was done, by person, team and house; a team's are its members'."""
    found = await _targets(ctx, data)
    teams = await members(ctx, {one.team_id for one in found if one.team_id})
    names = await _names(ctx, found)
    known = await _figures(ctx, found, teams)
    rows = [_row(one, known.get((one.metric, one.period)), teams, names) for one in found]
    rows.sort(key=lambda one: (one.period, one.metric, -(one.attained or Decimal(0)), one.who))
    reached_all = sum(1 for one in rows if one.gap == 0)
    totals: dict[str, Decimal | int] = {
        "targets": len(rows),
        "reached": reached_all,
        "share_reached": percent(reached_all, len(rows)),
    }
    return Told(rows, totals, (NO_EURO, "A team's figures are its members'."))


async def _targets(ctx: Context, data: Attaining) -> list[SalesTarget]:
    column = SalesTarget.c
    where: list[Any] = [column.metric == data.metric] if data.metric else []
    where += {
        "person": [column.user_id.is_not(None)],
        "team": [column.team_id.is_not(None)],
        "house": [column.user_id.is_(None), column.team_id.is_(None)],
    }.get(data.by or "", [])
    span = days(data.period or f"{ctx.today.year}")
    found = await ctx.find(SalesTarget, *where)
    spells = [(one, days(one.period)) for one in found]
    return [one for one, spell in spells if spell.first in span and spell.last in span]


async def _figures(
    ctx: Context, found: list[SalesTarget], teams: dict[UUID, set[UUID]]
) -> dict[tuple[str, str], ByPerson]:
    """The figures of each metric and period, asked once; of those that the caller may see."""
    told: dict[tuple[str, str], ByPerson] = {}
    for metric, period in sorted({(one.metric, one.period) for one in found}):
        if not counts(ctx, metric):
            continue
        mine = [one for one in found if (one.metric, one.period) == (metric, period)]
        people: set[UUID] = set()
        for one in mine:
            people |= _people(one, teams) or set()
        spell = days(period)
        by_person = await reached(ctx, metric, spell, people)
        if metric == "invoiced" and any(not (one.user_id or one.team_id) for one in mine):
            rest = (await reached(ctx, metric, spell, None)).of(None).done
            known = sum(by_person.done.values(), Decimal(0))
            by_person.done[None] = rest - known
        told[metric, period] = by_person
    return told


def _people(target: SalesTarget, teams: dict[UUID, set[UUID]]) -> set[UUID] | None:
    if target.user_id:
        return {target.user_id}
    return teams[target.team_id] if target.team_id else None


async def _names(ctx: Context, found: list[SalesTarget]) -> dict[UUID, str]:
    names: dict[UUID, str] = {}
    for record, label, ids in (
        (kind("core.user"), "display_name", {one.user_id for one in found}),
        (kind("core.team"), "name", {one.team_id for one in found}),
    ):
        for one in await ctx.find(record, record.c.id.in_(ids - {None})):
            names[one.id] = getattr(one, label)
    return names


def _row(
    one: SalesTarget,
    known: ByPerson | None,
    teams: dict[UUID, set[UUID]],
    names: dict[UUID, str],
) -> AttainmentRow:
    goal = Decimal(one.goal)
    told = known.of(_people(one, teams)) if known else None
    whose = one.user_id or one.team_id
    return AttainmentRow(
        target_id=one.id,
        who=names.get(whose, "-") if whose else "-",
        user_id=one.user_id,
        team_id=one.team_id,
        metric=one.metric,
        period=one.period,
        goal=goal,
        done=told.done if told else None,
        attained=attained(told.done, goal) if told else None,
        gap=missing(told.done, goal) if told else None,
        coming=told.coming if told else None,
        drill=drill("crm.sales_target.progress", id=typeid("crm.sales_target", one.id)),
    )
