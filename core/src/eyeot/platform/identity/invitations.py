"""Invitations: how somebody comes to work in an organisation, by a link that works once."""

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.identifiers import Shows
from eyeot.declare.inputs import InputRequired
from eyeot.declare.model import Input, Output, Ref, Secret
from eyeot.declare.notice import Letter
from eyeot.declare.problem import Conflict, Problem, ProviderNotConfigured, StateRefused, invalid
from eyeot.declare.prompt import Localized
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record
from eyeot.declare.standard.bulk import together
from eyeot.declare.types import Email, Locale
from eyeot.platform.granting import refuse_beyond
from eyeot.platform.identity.sessions import digest
from eyeot.platform.organizations import Organization
from eyeot.platform.role_record import Role, RoleId, UserRole
from eyeot.platform.roles import RoleAssigned
from eyeot.platform.users import User, UserChosen, UserId, lifecycle, take_seat

PATH = "/console/invitation"
LASTS = timedelta(days=7)
_MOST = 100


class Invitation(
    Record,
    name="core.invitation",
    prefix="ivt",
    label="id",
    unique=(("user_id",),),
    reach=Shared(),
    archivable=False,
):
    """The one-time link by which an invited person comes in; the latest is the only one that is good."""

    user_id: UUID = ref("core.user", "Who is invited.", on_delete="CASCADE")
    invited_by: UUID | None = ref("core.user", "Who invited them.", default=None)
    secret_hash: str = field("SHA-256 of the link's secret.", access="secret", default="")
    expires_at: datetime = field("Until when the link is good.", access="read")


# Whoever opens the link is in no organisation yet.
sa.Index("ix_core_invitation_secret_hash", Invitation.c.secret_hash)


class UserInvited(Event, name="core.user.invited"):
    """Somebody was invited to work here."""

    user_id: UserId


class UserJoined(Event, name="core.user.joined"):
    """An invited person accepted."""

    user_id: UserId


class Invite(Input):
    """Whom, and what they may do once they accept."""

    email: Email
    display_name: Annotated[str, Limits(min_length=1, max_length=120)]
    role_ids: Annotated[list[RoleId], Limits(max_length=20)] = Limits(default_factory=list)
    locale: Locale = "fr"


class Invited(Output):
    """Who is invited, and until when their link is good."""

    id: UserId
    status: str
    expires_at: datetime
    link: Annotated[
        str | None,
        Secret,
        Limits(
            description="Shown this once, where no mail is sent: hand it to them, to nobody else."
        ),
    ] = None


@action(
    "core.user.invite",
    risk="e",
    en="Invite a user; invite a colleague; add a new colleague; send an invitation to join",
    fr=(
        "Inviter un utilisateur; inviter un collègue; ajouter un nouveau collègue; envoyer une "
        "invitation à rejoindre l'entreprise"
    ),
    example={
        "email": "lea.fontaine@demo.example",
        "display_name": "Léa Fontaine",
        "role_ids": ["$core.role?name=viewer"],
    },
    events=("core.user.invited", "core.role.assigned"),
    permission="core:admin",
    surface="human",
    record=User,
    fresh=True,
    next=("core.user.resend_invitation", "core.role.assign"),
)
async def invite(ctx: Context, data: Invite) -> Invited:
    """Invite somebody by a one-time link, with roles they hold once they accept."""
    await take_seat(ctx)
    email = data.email.lower()
    if await ctx.first(User, sa.func.lower(User.c.email) == email):
        raise Conflict(
            reason=f"{email} was invited or works here already.",
            remedy="core.user.list shows them; core.user.resend_invitation sends a fresh link.",
            field="email",
        )
    user = User(email=email, display_name=data.display_name, locale=data.locale)
    user.__dict__["status"] = "invited"
    user = await ctx.add(user)
    for role_id in dict.fromkeys(data.role_ids):
        role = await ctx.get(Role, role_id)
        refuse_beyond(ctx, role.permissions)
        await ctx.add(UserRole(user_id=user.id, role_id=role.id))
        ctx.emit(RoleAssigned(role_id=role.id, user_id=user.id))
    ctx.emit(UserInvited(user_id=user.id))
    return await _linked(ctx, user)


@action(
    "core.user.resend_invitation",
    risk="e",
    en="Resend an invitation; send a fresh invitation link; the invitation got lost",
    fr="Renvoyer une invitation; envoyer un nouveau lien d'invitation; l'invitation s'est perdue",
    example={"id": "$core.user?status=invited"},
    permission="core:admin",
    record=User,
    cuts=True,
)
async def resend_invitation(ctx: Context, data: UserChosen) -> Invited:
    """Send an invited person a fresh link; the one before is void."""
    user = await ctx.get(User, data.id, lock=True)
    if user.status != "invited":
        raise StateRefused(
            kind="core.user",
            state=user.status,
            step="resend_invitation",
            allowed=["invited"],
            possible=lifecycle.possible(user.status),
        )
    if not ctx.outside.sends_mail and not ctx.by_hand:
        raise ProviderNotConfigured(
            what="mail server, so a link can only be handed over by a person",
            remedy="A person does it at the console, under Users, and is shown the link.",
        )
    return await _linked(ctx, user)


async def _linked(ctx: Context, user: User) -> Invited:
    """A fresh link for an invited person: mailed, or shown to the person who asks where no mail is sent."""
    secret, until = secrets.token_urlsafe(32), ctx.now + LASTS
    hashed = digest(secret).hex()
    found = await ctx.first(Invitation, Invitation.c.user_id == user.id)
    if found is None:
        about: dict[str, Any] = {"user_id": user.id, "invited_by": ctx.user_id}
        await ctx.add(Invitation(**about, secret_hash=hashed, expires_at=until))
    else:
        found.secret_hash, found.expires_at = hashed, until
    link = f"{ctx.public_url}{PATH}?code={secret}"
    told = Invited(id=user.id, status=user.status, expires_at=until, link=link)
    if not ctx.outside.sends_mail:
        return told
    await ctx.post(await _letter(ctx, user, link))
    return told.model_copy(update={"link": None})


async def _letter(ctx: Context, user: User, link: str) -> Letter:
    house = (await ctx.get(Organization, ctx.org_id)).legal_name
    return Letter(
        to=user.id,
        kind="core.user.invited",
        title=Localized(
            en=f"{house} invites you to work with them in Eyeot",
            fr=f"{house} vous invite à travailler avec eux dans Eyeot",
        ),
        body=Localized(
            en="Open this link within seven days to come in:",
            fr="Ouvrez ce lien dans les sept jours pour entrer :",
        ),
        link=link,
    )


class Invitations(Input):
    """People to invite."""

    items: Annotated[list[Invite], Limits(min_length=1, max_length=_MOST)]
    mode: Annotated[
        Literal["atomic", "best_effort"],
        Limits(
            description="atomic: all or nobody; best_effort: whom it can, and why not the others."
        ),
    ] = "atomic"


class Created(Output):
    """One result per row, in order: `{row, id}`, or `{row, error}`."""

    done: int
    refused: int
    results: Annotated[list[dict[str, Any]], Shows("id")]
    links: Annotated[
        dict[str, str],
        Secret,
        Limits(description="By e-mail address, shown this once, where no mail is sent."),
    ] = Limits(default_factory=dict)


@action(
    "core.user.bulk_create",
    risk="w",
    en="Invite several users at once; add a whole team of colleagues; bulk create users",
    fr="Inviter plusieurs utilisateurs d'un coup; ajouter toute une équipe de collègues",
    example={"items": [{"email": "jules.perrin@demo.example", "display_name": "Jules Perrin"}]},
    events=("core.user.invited", "core.role.assigned"),
    permission="core:admin",
    surface="human",
    record=User,
    fresh=True,
)
async def bulk_create(ctx: Context, data: Invitations) -> Created:
    """Invite up to a hundred people in one call, each by a one-time link of their own."""
    results: list[dict[str, Any]] = []
    refused: list[tuple[int, Problem]] = []
    links = {}
    for at, row in enumerate(data.items):
        try:
            async with ctx.attempt() as part:
                made = await part.call("core.user.invite", row.model_dump())
            results.append({"row": at, "id": Ref("core.user").write(made.id)})
            if made.link:
                links[row.email] = made.link
        except InputRequired:
            raise
        except Problem as problem:
            refused.append((at, problem))
            results.append({"row": at, "error": problem.body()})
    if refused and data.mode == "atomic":
        raise together(refused)
    done = len(results) - len(refused)
    return Created(done=done, refused=len(refused), results=results, links=links)


class Accept(Input):
    """Who comes in, by which link, with which account."""

    id: UserId
    link_secret: Annotated[str, Secret, Limits(max_length=200)]
    account_id: UUID


@action(
    "core.user.accept_invitation",
    risk="w",
    en="Accept an invitation; join an organisation by an invitation's link",
    fr="Accepter une invitation; rejoindre une organisation par le lien reçu",
    surface="operator",
    permission="core:admin",
    events=("core.user.joined",),
    record=User,
)
async def accept_invitation(ctx: Context, data: Accept) -> User:
    """Let an invited person in by their link, with an account that proved to be theirs; the link is spent."""
    user = await ctx.get(User, data.id, lock=True)
    found = await ctx.first(Invitation, Invitation.c.user_id == user.id)
    hashed = digest(data.link_secret).hex()
    if (
        found is None
        or not compare_digest(found.secret_hash, hashed)
        or found.expires_at <= ctx.now
    ):
        raise invalid(
            "link_secret", "this link is void: it was used, replaced, or is over seven days old"
        )
    lifecycle.take(user, "accept_invitation")
    await take_seat(ctx)
    user.account_id = data.account_id
    await ctx.delete(found)
    ctx.emit(UserJoined(user_id=user.id))
    return user
