"""Users: people's membership of an organisation, and their teams."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs, to
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict
from eyeot.declare.reach import Owned, Shared
from eyeot.declare.record import Record, records
from eyeot.declare.resource import Resource
from eyeot.declare.types import Email, Locale

UserId = Annotated[UUID, Ref("core.user")]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class User(
    Record,
    name="core.user",
    prefix="usr",
    label="display_name",
    hint=("email",),
    search=("display_name", "email"),
    exact=("email",),
    unique=(("email",),),
    reach=Shared(),
    state="status",
    archivable=False,
    governs=Governs(
        neutral=frozenset({"display_name", "locale", "last_login_at", "signed_out_at"}),
        cuts={"status": to("suspended", "deactivated")},
    ),
):
    """A person's membership of this organisation."""

    account_id: UUID | None = field("The account that signs in.", access="secret", default=None)
    email: Email = field("Their e-mail address.", access="create", max_length=254, personal=True)
    display_name: str = field("Their name.", max_length=120, personal=True)
    locale: Locale = field("Their language.", default="fr")
    status: Literal["invited", "active", "suspended", "deactivated"] = field(
        "Whether they may work here.", access="read", default="active"
    )
    manager_id: UUID | None = ref("core.user", "Who they report to.", default=None)
    mfa_enabled: bool = field("Whether they use a second factor.", access="read", default=False)
    away_from: date | None = field("First day of an absence.", access="read", default=None)
    away_to: date | None = field("Last day of it.", access="read", default=None)
    deputy_id: UUID | None = ref("core.user", "Who stands in.", access="read", default=None)
    last_login_at: datetime | None = field("Their last sign-in.", access="read", default=None)
    signed_out_at: datetime | None = field(
        "Sessions here that began before this have ended.", access="secret", default=None
    )


# Whoever signs in is known by their account, before any organisation is.
sa.Index("ix_core_user_account_id", User.c.account_id)

lifecycle = Lifecycle(
    "status",
    "active",
    (
        by_hand("suspend", "active", "invited", to="suspended"),
        by_hand("reactivate", "suspended", to="active"),
        by_hand("deactivate", "invited", "active", "suspended", to="deactivated"),
    ),
)
users = Resource(
    User,
    adding="list get update search count export history",
    en="user; users; colleague; staff account",
    fr="utilisateur; utilisateurs; collègue; compte d'un collaborateur",
    lifecycle=lifecycle,
    surfaces={"update": "human"},
)


class UserSuspended(Event, name="core.user.suspended"):
    """A user's access was blocked."""

    user_id: UserId


class UserDeactivated(Event, name="core.user.deactivated"):
    """A user's account ended for good; what nobody else could see goes over in a reaction to this."""

    user_id: UserId
    hand_over_to: UserId


class UserReactivated(Event, name="core.user.reactivated"):
    """A user's access was given back."""

    user_id: UserId


class Suspend(Input):
    """Who, and why."""

    id: UserId
    reason: Reason


class UserChosen(Input):
    """One user."""

    id: UserId


@action(
    "core.user.suspend",
    risk="w",
    en=(
        "Suspend a user; block access; cut off a colleague; block a user for some time; lock a "
        "colleague out"
    ),
    fr=(
        "Suspendre un utilisateur; bloquer l'accès; couper l'accès d'un collègue; bloquer un "
        "utilisateur provisoirement; empêcher un collègue de se connecter"
    ),
    example={"id": "$core.user", "reason": "Ordinateur perdu"},
    events=("core.user.suspended",),
    permission="core:admin",
    cuts=True,
    record=User,
    next=("core.user.reactivate",),
    unlicensed=True,
)
async def suspend(ctx: Context, data: Suspend) -> User:
    """Block a user's sign-in and keys at once; their data stays."""
    user = await ctx.get(User, data.id, lock=True)
    lifecycle.take(user, "suspend")
    ctx.emit(UserSuspended(user_id=user.id))
    return user


async def _take_seat(ctx: Context) -> None:
    """Refuse one person more than the licence has seats for."""
    counted = sa.select(sa.func.count()).where(
        User.c.org_id == ctx.org_id, User.c.status == "active"
    )
    [active] = await ctx.rows(counted.with_only_columns(sa.func.count().label("people")))
    ctx.check_seats(active["people"] + 1)


@action(
    "core.user.reactivate",
    risk="w",
    en="Reactivate a user; lift a suspension; give access back to a colleague",
    fr=(
        "Réactiver un utilisateur; lever la suspension; rendre l'accès à un collègue; débloquer un "
        "utilisateur"
    ),
    example={"id": "$core.user?status=suspended"},
    events=("core.user.reactivated",),
    permission="core:admin",
    surface="human",
    record=User,
)
async def reactivate(ctx: Context, data: UserChosen) -> User:
    """Lift a user's suspension."""
    user = await ctx.get(User, data.id, lock=True)
    lifecycle.take(user, "reactivate")
    await _take_seat(ctx)
    ctx.emit(UserReactivated(user_id=user.id))
    return user


class OutOfOffice(Input):
    """An absence and a deputy."""

    id: UserId
    away_from: date
    away_to: date
    deputy_id: UserId | None = None


@action(
    "core.user.set_out_of_office",
    risk="w",
    en=(
        "Set out of office; declare an absence; name a deputy; I am away, somebody covers for me; "
        "on holiday, replaced by a colleague"
    ),
    fr=(
        "Déclarer une absence; nommer un suppléant; message d'absence; je suis absent, quelqu'un "
        "me remplace; mon remplaçant pendant mes congés"
    ),
    example={"id": "$core.user", "away_from": "2027-08-02", "away_to": "2027-08-20"},
    surface="human",
    record=User,
)
async def set_out_of_office(ctx: Context, data: OutOfOffice) -> User:
    """Declare a user's absence and who stands in."""
    user = await ctx.get(User, data.id, lock=True)
    if data.away_to < data.away_from:
        raise Conflict(reason="The absence ends before it begins.", field="away_to")
    if data.deputy_id == user.id:
        raise Conflict(reason="Nobody can be their own deputy.", field="deputy_id")
    user.away_from, user.away_to, user.deputy_id = data.away_from, data.away_to, data.deputy_id
    return user


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
    if not await ctx.first(
        TeamMember, TeamMember.c.team_id == data.id, TeamMember.c.user_id == data.user_id
    ):
        await ctx.add(TeamMember(team_id=data.id, user_id=data.user_id))
    return await _settle(ctx, team)


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


class Register(Input):
    """A person with an account, and what they may do here."""

    email: Email
    display_name: Annotated[str, Field(min_length=1, max_length=120)]
    account_id: UUID
    locale: Locale = "fr"


@action(
    "core.user.register",
    risk="w",
    en="Register a user; add a colleague from the command line",
    fr="Enregistrer un utilisateur; ajouter un collègue en ligne de commande",
    surface="operator",
    permission="core:admin",
    record=User,
)
async def register(ctx: Context, data: Register) -> User:
    """Add a person with an existing account to this organisation."""
    await _take_seat(ctx)
    return await ctx.add(User(**data.model_dump()))
