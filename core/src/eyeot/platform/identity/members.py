"""Members: where colleagues are signed in, a factor they lost, and what everybody says of themselves."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.notice import Notice
from eyeot.declare.problem import Conflict
from eyeot.declare.prompt import Localized
from eyeot.declare.types import Locale
from eyeot.platform.establishments import Establishment
from eyeot.platform.users import Reason, User, UserChosen, UserId

ADMIN = "core:admin"
_TIMES = sa.DateTime(timezone=True)


class Signed(Output):
    """Where a user is signed in to this organisation, latest use first."""

    user_id: UserId
    sessions: list[dict[str, Any]]


@action(
    "core.user.list_sessions",
    risk="r",
    en="List a user's sessions; where is a colleague signed in; devices of a user; active sessions",
    fr=(
        "Lister les sessions d'un utilisateur; où un collègue est-il connecté; appareils d'un "
        "utilisateur; sessions actives"
    ),
    example={"id": "$core.user?status=active"},
    permission=ADMIN,
    record=User,
    next=("core.user.revoke_sessions",),
)
async def list_sessions(ctx: Context, data: UserChosen) -> Signed:
    """Show where a user is signed in to this organisation: device, address and last use."""
    user = await ctx.get(User, data.id)
    found = sa.func.eyeot_gate_sessions(
        sa.literal(ctx.org_id, PG_UUID()), sa.literal(user.id, PG_UUID())
    ).table_valued(
        sa.column("signed_in_at", _TIMES),
        sa.column("seen_at", _TIMES),
        sa.column("expires_at", _TIMES),
        sa.column("ip", sa.Text),
        sa.column("user_agent", sa.Text),
    )
    rows = await ctx.rows(sa.select(found))
    return Signed(user_id=user.id, sessions=[_shown(one) for one in rows])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A session as data; without its id, which means nothing here."""
    return {name: _said(value) for name, value in row.items() if value is not None}


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value


class SessionsRevoked(Event, name="core.user.sessions_revoked"):
    """A user was signed out everywhere."""

    user_id: UserId


@action(
    "core.user.revoke_sessions",
    risk="w",
    en="Sign a user out everywhere; revoke a user's sessions; end somebody's sessions",
    fr=(
        "Déconnecter un utilisateur partout; révoquer les sessions d'un utilisateur; fermer les "
        "sessions d'un collègue"
    ),
    example={"id": "$core.user"},
    events=("core.user.sessions_revoked",),
    permission=ADMIN,
    record=User,
    cuts=True,
    unlicensed=True,
)
async def revoke_sessions(ctx: Context, data: UserChosen) -> User:
    """Sign a user out of this organisation everywhere; they may sign in again."""
    user = await ctx.get(User, data.id, lock=True)
    user.signed_out_at = ctx.now
    ctx.emit(SessionsRevoked(user_id=user.id))
    return user


class ResetFactor(Input):
    """Whose, and how it was made sure that it is them who ask."""

    id: UserId
    reason: Reason


class FactorReset(Event, name="core.user.mfa_reset"):
    """A user's second factor was taken away, because they lost it."""

    user_id: UserId


@action(
    "core.user.reset_mfa",
    risk="w",
    en=(
        "Reset a user's second factor; a colleague lost their phone; clear two-factor "
        "authentication; lost authenticator app"
    ),
    fr=(
        "Réinitialiser le second facteur d'un utilisateur; un collègue a perdu son portable; "
        "désactiver la double authentification; application d'authentification perdue"
    ),
    example={
        "id": "$core.user?mfa_enabled=true",
        "reason": "Téléphone perdu, vérifié de vive voix",
    },
    events=("core.user.mfa_reset",),
    permission=ADMIN,
    surface="human",
    record=User,
    fresh=True,
)
async def reset_mfa(ctx: Context, data: ResetFactor) -> User:
    """Clear a user's second factor, once it is sure that they ask; only where they work here alone."""
    user = await ctx.get(User, data.id, lock=True)
    if not user.mfa_enabled:
        raise Conflict(
            reason="This user has no second factor.",
            remedy="Nothing is to be reset: their password alone signs them in.",
            field="id",
        )
    cleared = sa.func.eyeot_gate_reset_factor(
        sa.literal(ctx.org_id, PG_UUID()), sa.literal(user.id, PG_UUID())
    )
    [told] = await ctx.rows(sa.select(cleared.label("outcome")))
    if told["outcome"] == "elsewhere":
        raise Conflict(
            reason="Their account works in other organisations too, and is not yours to change.",
            remedy="They use a recovery code, or ask the operator of this deployment.",
            field="id",
        )
    user.mfa_enabled, user.signed_out_at = False, ctx.now
    ctx.emit(FactorReset(user_id=user.id))
    ctx.notify(_told_of_reset(user))
    return user


def _told_of_reset(user: User) -> Notice:
    return Notice(
        to=user.id,
        kind=FactorReset.name,
        title=Localized(
            en="Your second factor was reset", fr="Votre second facteur a été réinitialisé"
        ),
        body=Localized(
            en="An administrator did it. If you did not ask for it, tell them, and change your password.",
            fr=(
                "Un administrateur l'a fait. Si vous ne l'avez pas demandé, prévenez-le et changez de mot"
                " de passe."
            ),
        ),
        record=RecordRef.to("core.user", user.id),
        severity="warning",
        channels=("in_app", "email"),
    )


class Profile(Input):
    """What one says of oneself; left out, it stays."""

    display_name: Annotated[str | None, Limits(min_length=1, max_length=120)] = None
    locale: Locale | None = None


@action(
    "core.user.set_profile",
    risk="w",
    en="Set my profile; change my own name or language",
    fr="Régler mon profil; changer mon nom ou ma langue",
    example={"locale": "fr"},
    surface="human",
    scope_free=True,
)
async def set_profile(ctx: Context, data: Profile) -> User:
    """Change your own name or language in this organisation."""
    user = await _oneself(ctx)
    user.display_name = data.display_name or user.display_name
    user.locale = data.locale or user.locale
    return user


async def _oneself(ctx: Context) -> User:
    if ctx.user_id is None:
        raise Conflict(
            reason="You act for nobody here.",
            remedy="Sign in to the console, and do it there.",
        )
    return await ctx.get(User, ctx.user_id, lock=True)


class Shown(Input):
    """The site to look at; none for all."""

    establishment_id: Annotated[UUID | None, Ref("core.establishment")] = None


@action(
    "core.organization.switch_context",
    risk="w",
    en="Switch the establishment I look at; choose the site shown in the console",
    fr="Changer d'établissement affiché; choisir le site montré dans la console",
    example={"establishment_id": "$core.establishment"},
    surface="human",
    scope_free=True,
)
async def switch_context(ctx: Context, data: Shown) -> User:
    """Choose the establishment you look at in the console; it changes nothing of what anybody may reach."""
    user = await _oneself(ctx)
    if data.establishment_id:
        await ctx.get(Establishment, data.establishment_id)
    user.establishment_id = data.establishment_id
    return user
