"""Users: people's membership of an organisation."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs, to
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Ref
from eyeot.declare.problem import Conflict
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record
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
        neutral=frozenset(
            {"display_name", "locale", "last_login_at", "signed_out_at", "establishment_id"}
        ),
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
    establishment_id: UUID | None = ref(
        "core.establishment", "The site they look at in the console.", access="read", default=None
    )
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
        by_hand("accept_invitation", "invited", to="active"),
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


async def take_seat(ctx: Context) -> None:
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
    fresh=True,
    record=User,
)
async def reactivate(ctx: Context, data: UserChosen) -> User:
    """Lift a user's suspension."""
    user = await ctx.get(User, data.id, lock=True)
    lifecycle.take(user, "reactivate")
    await take_seat(ctx)
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
    await take_seat(ctx)
    return await ctx.add(User(**data.model_dump()))
