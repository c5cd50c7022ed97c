"""Reach in SQL: one predicate per record and level, applied by every statement."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from eyeot.declare import reach as rule
from eyeot.declare.access import Level, Reach, Readable
from eyeot.declare.record import Record, records
from eyeot.storage.memory import remembered

# With a value, though none is meant: a query with IN is expanded before the caller is known.
ME: sa.ColumnElement[Any] = sa.bindparam("me", None, type_=PG_UUID())
KEY: sa.ColumnElement[Any] = sa.bindparam("credential", None, type_=PG_UUID())
HELD: sa.ColumnElement[Any] = sa.bindparam("held", None, type_=ARRAY(sa.Text()))
TEAMS: sa.ColumnElement[Any] = sa.bindparam("teams", None, type_=ARRAY(PG_UUID()))


def predicate(record: type[Record], table: Any, level: Level) -> sa.ColumnElement[bool]:
    """The rows of `table` (the record's, or an alias of it) that a grant of this level covers."""
    if level is None or level == Reach.ORGANISATION:
        return sa.true() if level else sa.false()
    if isinstance(level, Readable):
        return _attached(record, table, level)
    match record.meta.reach:
        case rule.Shared():
            return sa.true()
        case rule.Owned(owner, team):
            return _owned(table, owner, team, level)
        case rule.Private(owner):
            return table.c[owner] == ME  # type: ignore[no-any-return]
        case rule.Through(field):
            return _through(record, table, field, level)
        case rule.Held(by):
            return sa.or_(*(_held(name, field, table, level) for name, field in by))
        case _:
            return sa.false()


def _owned(
    table: sa.FromClause, owner: str, team: str | None, level: Reach
) -> sa.ColumnElement[bool]:
    mine: sa.ColumnElement[bool] = table.c[owner] == ME
    if level == Reach.OWN:
        return mine
    members = records["core.team_member"].meta.table
    mates = sa.select(members.c.user_id).where(
        members.c.org_id == table.c.org_id, members.c.team_id == sa.any_(TEAMS)
    )
    ours = [mine, table.c[owner].in_(mates)]
    if team:
        ours.append(table.c[team] == sa.any_(TEAMS))
    return sa.or_(*ours)


def _through(record: type[Record], table: Any, field: str, level: Level) -> sa.ColumnElement[bool]:
    target = record.meta.fields[field].target
    assert target
    parent = records[target].meta.table.alias()
    return sa.exists().where(
        parent.c.org_id == table.c.org_id,
        parent.c.id == table.c[field],
        predicate(records[target], parent, level),
    )


def _held(name: str, field: str, table: Any, level: Reach) -> sa.ColumnElement[bool]:
    if name not in records:
        return sa.false()
    holder = records[name].meta.table.alias()
    return sa.exists().where(
        holder.c.org_id == table.c.org_id,
        holder.c[field] == table.c.id,
        predicate(records[name], holder, level),
    )


@remembered
def hangs(record: type[Record]) -> bool:
    """Whether what decides over a record is what it, or a parent of it, is attached to."""
    one = record.meta.reach
    if isinstance(one, rule.Through):
        return hangs(records[record.meta.fields[one.field].target or ""])
    return isinstance(one, rule.Attached)


@remembered
def private(record: type[Record]) -> bool:
    """Whether a record, or a parent of it, is one person's alone, whatever the reach."""
    one = record.meta.reach
    if isinstance(one, rule.Through):
        return private(records[record.meta.fields[one.field].target or ""])
    return isinstance(one, rule.Private)


def _attached(record: type[Record], table: Any, level: Readable) -> sa.ColumnElement[bool]:
    """The rows of the caller's own, or that name a record the caller may read."""
    attached = record.meta.reach
    if isinstance(attached, rule.Through):
        return _through(record, table, attached.field, level)
    assert isinstance(attached, rule.Attached)
    column = table.c[attached.by]
    if record.meta.fields[attached.by].kind == "records":
        named = sa.func.unnest(column).table_valued("ref", name="named").render_derived()
        one: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(named)
        seen: sa.ColumnElement[bool] = sa.exists(one.where(_read(table, named.c.ref, level)))
    else:
        seen = _read(table, column, level)
    own = [(attached.owner, ME), (attached.key, KEY)]
    if attached.secret:
        seen = sa.and_(seen, ~table.c[attached.secret])
    found = sa.or_(seen, *(table.c[name] == who for name, who in own if name))
    return sa.and_(found, table.c[attached.needs].contained_by(HELD)) if attached.needs else found


def _read(table: Any, named: Any, level: Readable) -> sa.ColumnElement[bool]:
    kind = sa.func.split_part(named, "/", 1)
    parts = [kind == sa.any_(sa.literal(list(level.wide), ARRAY(sa.Text())))]
    for name, reach in level.narrow:
        other = records[name].meta.table.alias()
        # The cast is tried for this kind only: the order of conditions is the planner's choice.
        id = sa.case((kind == name, sa.cast(sa.func.split_part(named, "/", 2), PG_UUID())))
        parts.append(
            sa.exists().where(
                other.c.org_id == table.c.org_id,
                other.c.id == id,
                predicate(records[name], other, reach),
            )
        )
    return sa.or_(*parts)
