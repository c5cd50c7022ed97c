"""Duplicates: parties that share an address, a number or a name in one place, each pair with its score."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Flaw, RecordRef, quality
from eyeot_crm.identity import likeness
from eyeot_crm.parties import Party

_MOST = 300
_LIKELY = 0.6
_c = Party.c


@quality("crm.duplicates")
async def duplicates(ctx: Context) -> list[Flaw]:
    """Parties that are likely the same, the likest first."""
    groups = await _groups(ctx)
    ids = {id for group in groups for id in group}
    parties = {one.id: one for one in await ctx.find(Party, _c.id.in_(ids))} if ids else {}
    found: dict[tuple[UUID, UUID], tuple[float, Flaw]] = {}
    for keep, other in _pairs(groups):
        if keep in parties and other in parties and (keep, other) not in found:
            told = likeness(parties[keep], parties[other], _named(parties[keep], parties[other]))
            if told["score"] >= _LIKELY:
                flaw = _flaw(parties[keep], parties[other], told)
                found[keep, other] = told["score"], flaw
    return [flaw for _, flaw in sorted(found.values(), key=lambda one: -one[0])]


def _named(one: Party, other: Party) -> float:
    return 1.0 if one.name.casefold() == other.name.casefold() else 0.0


def _pairs(groups: list[list[UUID]]) -> Iterator[tuple[UUID, UUID]]:
    """Each of a group with the oldest: what is merged then is one."""
    for first, *rest in groups:
        for other in rest:
            yield first, other


async def _groups(ctx: Context) -> list[list[UUID]]:
    """The parties that share a key, oldest first."""
    live = (ctx.within(Party), _c.archived_at.is_(None))
    place = sa.func.lower(_c.name) + " " + _c.postcode
    kinds: list[Any] = [sa.func.unnest(_c.emails), sa.func.unnest(_c.phones), place]
    keys = sa.union_all(
        *(sa.select(_c.id, _c.kind, one.label("key")).where(*live) for one in kinds)
    ).subquery()
    k = keys.c
    ids = sa.func.array_agg(sa.distinct(k.id)).label("ids")
    query = (
        sa.select(ids)
        .where(k.key.is_not(None), k.key != "")
        .group_by(k.kind, k.key)
        .having(sa.func.count(sa.distinct(k.id)) > 1)
        .order_by(sa.func.count().desc(), k.key)
        .limit(_MOST)
    )
    return [sorted(row["ids"]) for row in await ctx.rows(query)]


def _flaw(keep: Party, drop: Party, told: dict[str, Any]) -> Flaw:
    share = f"{told['score']:.0%}"
    why = ", ".join(told["reasons"])
    return Flaw(
        "duplicate",
        RecordRef.to("crm.party", drop.id),
        drop.name,
        (
            f"Likely the same as {keep.name} ({share}: {why})",
            f"Probablement le même que {keep.name} ({share} : {why})",
        ),
        "crm.party.merge(keep_id=…, drop_id=…), or crm.customer.merge where both are customers",
        other=RecordRef.to("crm.party", keep.id),
    )
