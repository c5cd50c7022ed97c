"""Teams: people who work together, and what their roles reach for it."""

from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict
from eyeot.declare.reach import Owned, Shared
from eyeot.declare.record import Record, records
from eyeot.declare.resource import Resource
from eyeot.platform.granting import part_of, refuse_beyond
from eyeot.platform.role_record import Role, UserRole
from eyeot.platform.users import User, UserId


class Team(
    Record,
    name="core.team",
    prefix="team",
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
):
    """People who work together, and what for."""

    name: str = field("Its name.", max_length=100)
    lead_id: UUID | None = ref("core.user", "Who leads it.", default=None)
    purpose: Literal["sales", "support", "hr", "finance"] | None = field(
        "What it is for.", default=None
    )
    members: list[RecordRef] = field("Who belongs to it.", access="read", default=list)


class TeamMember(
    Record,
    name="core.team_member",
    prefix="tmb",
    label="id",
    unique=(("team_id", "user_id"),),
    reach=Shared(),
    archivable=False,
    governs=Governs(deleting=True),
):
    """That a user belongs to a team."""

    team_id: UUID = ref("core.team", "The team.", on_delete="CASCADE")
    user_id: UUID = ref("core.user", "The member.", on_delete="CASCADE")


teams = Resource(
    Team,
    profile="config",
    adding="search",
    en="team; teams; group of colleagues",
    fr="équipe; équipes; groupe de collègues",
    example={"name": "Grands comptes", "purpose": "sales"},
    gender="f",
    surfaces={"create": "human", "update": "human", "restore": "human"},
)


class Membership(Input):
    """A team and a user."""

    id: Annotated[UUID, Ref("core.team")]
    user_id: UserId


class Members(Output):
    """A team's members."""

    team_id: Annotated[UUID, Ref("core.team")]
    members: list[UserId]


class Removed(Members):
    """Who is left, and how much of the team's work is still with the one who left it."""

    still_assigned: dict[str, int]


async def _settle(ctx: Context, team: Team) -> Members:
    """Show on the team who its members are."""
    found = await ctx.find(TeamMember, TeamMember.c.team_id == team.id)
    members = sorted(one.user_id for one in found)
    team.members = [RecordRef.to("core.user", one) for one in members]
    return Members(team_id=team.id, members=members)


@action(
    "core.team.add_member",
    risk="w",
    en="Add someone to a team; put somebody in a team; new team member; join a team",
    fr=(
        "Ajouter un membre à une équipe; mettre quelqu'un dans une équipe; nouveau membre de "
        "l'équipe; rejoindre une équipe"
    ),
    example={"id": "$core.team", "user_id": "$core.user"},
    surface="human",
    permission="core:admin",
    record=Team,
)
async def add_member(ctx: Context, data: Membership) -> Members:
    """Add a user to a team."""
    team = await ctx.get(Team, data.id, lock=True)
    await ctx.get(User, data.user_id)
    await _refuse_wider(ctx, data)
    if not await ctx.first(
        TeamMember, TeamMember.c.team_id == data.id, TeamMember.c.user_id == data.user_id
    ):
        await ctx.add(TeamMember(team_id=data.id, user_id=data.user_id))
    return await _settle(ctx, team)


async def _refuse_wider(ctx: Context, data: Membership) -> None:
    """Nobody opens a team's records to somebody that they cannot reach themselves.

    What a member holds for their team reaches, from now on, what this team owns.
    """
    mine = ctx.user_id is not None and await ctx.first(
        TeamMember, TeamMember.c.team_id == data.id, TeamMember.c.user_id == ctx.user_id
    )
    for held in await ctx.find(UserRole, UserRole.c.user_id == data.user_id):
        role = await ctx.get(Role, held.role_id)
        refuse_beyond(
            ctx,
            [
                {
                    "permission": part_of(one, "permission"),
                    "reach": "team" if mine else "organisation",
                }
                for one in role.permissions
                if part_of(one, "reach") == "team"
            ],
        )


@action(
    "core.team.remove_member",
    risk="w",
    en="Remove someone from a team; take somebody out of a team; leave a team",
    fr="Retirer un membre d'une équipe; enlever quelqu'un d'une équipe; quitter une équipe",
    example={"id": "$core.team", "user_id": "$core.user"},
    permission="core:admin",
    cuts=True,
    record=Team,
    unlicensed=True,
)
async def remove_member(ctx: Context, data: Membership) -> Removed:
    """Take a user out of a team, and tell what of its work is still theirs."""
    team = await ctx.get(Team, data.id, lock=True)
    found = await ctx.first(
        TeamMember, TeamMember.c.team_id == data.id, TeamMember.c.user_id == data.user_id
    )
    if found is None:
        raise Conflict(
            reason="This user is not in that team.",
            remedy="core.team.get shows the team.",
            field="user_id",
        )
    await ctx.delete(found)
    left = await _settle(ctx, team)
    assigned = await _assigned(ctx, team.id, data.user_id)
    return Removed(team_id=team.id, members=left.members, still_assigned=assigned)


async def _assigned(ctx: Context, team_id: UUID, user_id: UUID) -> dict[str, int]:
    """How many of the team's records of each kind a user owns, as far as the caller reaches."""
    found = {}
    for name, record in sorted(records.items()):
        rule = record.meta.reach
        if not isinstance(rule, Owned) or rule.team is None:
            continue
        theirs = (record.c[rule.owner] == user_id, record.c[rule.team] == team_id)
        count = sa.select(sa.func.count().label("n")).where(ctx.within(record), *theirs)
        if total := (await ctx.rows(count))[0]["n"]:
            found[name] = total
    return found
