"""Actions: leads given to salespeople by rules that say why."""

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Input, Output, Ref, action
from eyeot_crm.ids import LeadId, UserId
from eyeot_crm.leads import Lead, LeadAssigned
from eyeot_crm.matching import known_customer

TeamId = Annotated[UUID, Ref("core.team")]
_OPEN = ("new", "contacted", "qualified", "recycled")


class Leads(Input):
    """Leads, and who may get them."""

    lead_ids: Annotated[list[LeadId], Field(min_length=1, max_length=100)]
    team_id: Annotated[
        TeamId | None, Field(description="Only its members; every sales team's when left out.")
    ] = None
    rule: Annotated[
        Literal["load", "round_robin"],
        Field(description="load: who has fewest open leads; round_robin: who waited longest."),
    ] = "load"


class Routed(BaseModel):
    """A lead, who got it and why."""

    model_config = ConfigDict(extra="forbid")

    lead_id: LeadId
    user_id: UserId
    why: Literal["knows_the_customer", "fewest_open_leads", "waited_longest"]


class Routes(Output):
    """Each lead with its salesperson."""

    routed: list[Routed]
    away: Annotated[int, Field(description="Salespeople left out because they are away.")]


@action(
    "crm.lead.route",
    risk="w",
    en=(
        "Route leads to salespeople; share out new leads; distribute enquiries fairly; who should get "
        "this lead; round robin"
    ),
    fr=(
        "Répartir les pistes entre commerciaux; distribuer les nouvelles demandes; à qui confier cette "
        "piste; attribution automatique; tour de rôle"
    ),
    example={"lead_ids": ["$crm.lead?status=new"]},
    events=("crm.lead.assigned",),
    record=Lead,
)
async def route(ctx: Context, data: Leads) -> Routes:
    """Give leads to whoever knows the customer, else by load or in turn, and say why for each."""
    people, away = await _people(ctx, data.team_id)
    if not people:
        raise Conflict(
            reason="There is nobody to give leads to: no active member of a sales team is present.",
            remedy="Set up a team with core.team.create (purpose=sales) and core.team.add_member.",
            field="team_id",
        )
    load, last = await _load(ctx, people)
    told = []
    for id in sorted(set(data.lead_ids)):
        lead = await ctx.get(Lead, id, lock=True)
        if lead.status not in _OPEN:
            raise Conflict(
                reason=f"The lead '{lead.title}' is {lead.status}.",
                remedy="Route open leads only, or recycle it first with crm.lead.recycle.",
                field="lead_ids",
            )
        user, why = await _whose(ctx, lead, data.rule, load, last)
        if lead.owner_id and lead.owner_id in load:
            load[lead.owner_id] -= 1
        load[user] += 1
        last[user] = max(last.values(), default=0) + 1
        lead.owner_id = user
        ctx.emit(LeadAssigned(lead_id=lead.id, user_id=user))
        told.append(Routed(lead_id=lead.id, user_id=user, why=why))
    return Routes(routed=told, away=away)


async def _people(ctx: Context, team_id: UUID | None) -> tuple[list[UUID], int]:
    """Those who sell and are here today, and how many are away."""
    if team_id is None:
        asked: dict[str, Any] = {"purpose": "sales", "limit": 100}
        teams = (await ctx.call("core.team.list", asked))["items"]
    else:
        teams = [await ctx.call("core.team.get", {"id": Ref("core.team").write(team_id)})]
    members = {one for team in teams for one in team.get("members") or ()}
    active = (await ctx.call("core.user.list", {"status": "active", "limit": 100}))["items"]
    mine = [one for one in active if one["id"] in members]
    here = [one for one in mine if not _is_away(one, ctx.today)]
    ids = [Ref("core.user").parse(one["id"]) for one in here]
    return sorted(one for one in ids if isinstance(one, UUID)), len(mine) - len(here)


def _is_away(user: dict[str, Any], today: date) -> bool:
    first, last = user.get("away_from"), user.get("away_to")
    return bool(
        first and str(first) <= today.isoformat() and (not last or str(last) >= today.isoformat())
    )


async def _load(ctx: Context, people: list[UUID]) -> tuple[Counter[UUID], dict[UUID, int]]:
    """How many open leads each has, and the order in which each got one last."""
    row = Lead.c
    open_ = sa.func.count().filter(row.status.in_(_OPEN)).label("n")
    newest = sa.func.max(row.created_at).label("last")
    select = (
        sa.select(row.owner_id, open_, newest)
        .where(row.org_id == ctx.org_id, row.owner_id.in_(people))
        .group_by(row.owner_id)
    )
    rows = {one["owner_id"]: one for one in await ctx.rows(select)}
    load = Counter({one: rows[one]["n"] if one in rows else 0 for one in people})
    waited = sorted((one for one in people if one in rows), key=lambda one: rows[one]["last"])
    return load, {one: waited.index(one) + 1 if one in rows else 0 for one in people}


async def _whose(
    ctx: Context, lead: Lead, rule: str, load: Counter[UUID], last: dict[UUID, int]
) -> tuple[UUID, Any]:
    known = await known_customer(ctx, lead.email, lead.phone)
    if known and known.owner_id and known.owner_id in load:
        return known.owner_id, "knows_the_customer"
    if rule == "round_robin":
        return min(load, key=lambda one: (last[one], one)), "waited_longest"
    return min(load, key=lambda one: (load[one], one)), "fewest_open_leads"
