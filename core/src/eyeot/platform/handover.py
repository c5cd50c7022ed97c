"""Handover: what somebody looked after goes to a colleague."""

from typing import Annotated

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.access import Reach
from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Attached, Owned
from eyeot.declare.record import Record, records
from eyeot.platform.users import User, UserDeactivated, UserId, lifecycle

# One call's changes are told one by one, and there are only so many that a call may tell.
_MOST = 400
_FINISHED = ("archived_at", "closed_at", "converted_at")
"""A record that is done says when in one of these; it stays with whoever did it."""


class Transfer(Input):
    """From whom, to whom, and which kinds of record."""

    from_user: UserId
    to_user: UserId
    resources: Annotated[
        list[str],
        Limits(max_length=50, description="Only these kinds, e.g. crm.lead; all when left out."),
    ] = Limits(default_factory=list)


class Transferred(Output):
    """How many records of each kind went over."""

    moved: dict[str, int]
    remaining: Annotated[int, Limits(description="Call again to move these.")]
    left: Annotated[list[str], Limits(description="Kinds that you may not change.")]


@action(
    "core.user.transfer_work",
    risk="w",
    en=(
        "Transfer somebody's work to a colleague; move leads, deals and customers between users; "
        "hand over the portfolio of somebody who leaves; replace a salesperson who leaves; replace "
        "a colleague"
    ),
    fr=(
        "Transférer le travail d'un collègue; passer pistes, affaires et clients à quelqu'un "
        "d'autre; passer les dossiers d'un salarié qui part; reprendre le portefeuille d'un "
        "collègue; remplacer un commercial qui part; remplacer un collègue"
    ),
    example={"from_user": "$core.user?status=active", "to_user": "$core.user?status=active"},
    permission="core:admin",
    surface="human",
)
async def transfer_work(ctx: Context, data: Transfer) -> Transferred:
    """Give the open records that one user owns, of all kinds or some, to another; finished ones stay."""
    await ctx.get(User, data.from_user)
    await _taker(ctx, data.from_user, data.to_user, "to_user")
    kinds = _owned(ctx)
    if wrong := [one for one in data.resources if one not in kinds]:
        raise invalid("resources", f"unknown: {', '.join(wrong)}; known: {', '.join(kinds)}")
    return await _move(ctx, data.from_user, data.to_user, data.resources or [*kinds])


def _owned(ctx: Context) -> dict[str, type[Record]]:
    """The kinds whose owner may be changed; a key acts for its owner for good, a log tells of the past."""
    return {
        name: one
        for name, one in sorted(records.items())
        if one.meta.module in ctx.modules
        and isinstance(one.meta.reach, Owned | Attached)
        and one.meta.reach.owner
        and one.meta.fields[one.meta.reach.owner].access == "write"
    }


async def _taker(ctx: Context, giver: UserId, taker: UserId, name: str) -> None:
    if giver == taker:
        raise Conflict(reason="They have that work already.", field=name)
    if (await ctx.get(User, taker)).status != "active":
        raise Conflict(
            reason="Only an active user can take work over.",
            remedy="core.user.list(status=active) shows who can.",
            field=name,
        )


async def _move(ctx: Context, giver: UserId, taker: UserId, kinds: list[str]) -> Transferred:
    moved: dict[str, int] = {}
    left, remaining, room = [], 0, _MOST
    for kind in kinds:
        record = records[kind]
        if not ctx.allows(f"{record.meta.module}:write", Reach.ORGANISATION):
            left.append(kind)
            continue
        open_ = _open(record, giver)
        found = await ctx.find(record, *open_, limit=room) if room else []
        for one in found:
            setattr(one, _owner(record), taker)
        if found:
            moved[kind], room = len(found), room - len(found)
        if not room:
            count = sa.select(sa.func.count().label("n")).where(ctx.within(record), *open_)
            remaining += (await ctx.rows(count))[0]["n"]
    return Transferred(moved=moved, remaining=remaining, left=left)


def _owner(record: type[Record]) -> str:
    rule = record.meta.reach
    assert isinstance(rule, Owned | Attached)
    assert rule.owner
    return rule.owner


def _open(record: type[Record], owner: UserId) -> list[sa.ColumnElement[bool]]:
    done = [record.c[name].is_(None) for name in _FINISHED if name in record.meta.fields]
    return [record.c[_owner(record)] == owner, *done]


class Deactivate(Input):
    """Who leaves for good, and who takes over."""

    id: UserId
    hand_over_to: UserId


class Deactivated(Output):
    """The user's end, and what went over."""

    user_id: UserId
    status: str
    moved: dict[str, int]
    left: list[str]


@action(
    "core.user.deactivate",
    risk="x",
    en=(
        "Deactivate a user; close a colleague's account and hand their work over; an employee "
        "left, close the account"
    ),
    fr=(
        "Désactiver un utilisateur; clore le compte d'un collègue et transmettre son travail; "
        "départ d'un salarié, fermer son compte; un collaborateur est parti"
    ),
    example={"id": "$core.user?status=active", "hand_over_to": "$core.user?status=active"},
    events=("core.user.deactivated",),
    permission="core:admin",
    surface="human",
    fresh=True,
    record=User,
    unlicensed=True,
)
async def deactivate(ctx: Context, data: Deactivate) -> Deactivated:
    """End a user's account for good, keys included, and hand their open work to a colleague."""
    user = await ctx.get(User, data.id, lock=True)
    await _taker(ctx, user.id, data.hand_over_to, "hand_over_to")
    lifecycle.take(user, "deactivate")
    told = await _move(ctx, user.id, data.hand_over_to, [*_owned(ctx)])
    if told.remaining:
        raise Conflict(
            reason=f"They own more than {_MOST} open records, too many for one call.",
            remedy="Hand them over first with core.user.transfer_work.",
            field="id",
        )
    ctx.emit(UserDeactivated(user_id=user.id, hand_over_to=data.hand_over_to))
    return Deactivated(user_id=user.id, status=user.status, moved=told.moved, left=told.left)
