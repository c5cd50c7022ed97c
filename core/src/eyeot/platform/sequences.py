"""Sequences: the numbers of pieces, without holes and in the order of dates."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.field import field, ref
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.numbering import LONGEST, Reset, fault, period, written
from eyeot.declare.problem import Conflict, StateRefused, invalid
from eyeot.declare.reach import Shared, Through
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.platform.modules import Module

SequenceId = Annotated[UUID, Ref("core.sequence")]
_MOST = 100
_FIXED = ("pattern", "gapless")


class Sequence(
    Record,
    name="core.sequence",
    prefix="seq",
    hint=("code",),
    exact=("code",),
    reach=Shared(),
    state="status",
    archivable=False,
):
    """A series of numbers; modules take them by its code, as they post."""

    name: str = field("What it numbers.", max_length=100)
    code: str = field(
        "The name modules take numbers by, e.g. invoice.", access="create", max_length=60
    )
    pattern: str = field(
        "How a number is written: FA-{year}-{seq:05}; also {yy}, {month}.", max_length=LONGEST
    )
    reset: Reset = field("When it begins again at 1.", access="create", default="yearly")
    next_value: int = field(
        "What the next number of the period counts.", access="create", ge=1, le=10**12, default=1
    )
    gapless: bool = field("Whether a hole would be a fault, as for invoices.", default=True)
    taken: int = field("How many numbers it gave.", access="read", default=0)
    period: str | None = field("The period of the last number.", access="read", default=None)
    last_date: date | None = field("The date of the last number.", access="read", default=None)
    status: Literal["active", "closed"] = field(
        "Whether it still gives numbers.", access="read", default="active"
    )


# One of them is asked for a number; those that were closed keep the code they were asked by.
sa.Index(
    "uq_core_sequence_code",
    Sequence.c.org_id,
    Sequence.c.code,
    unique=True,
    postgresql_where=Sequence.c.status == "active",
)


class SequenceNumber(
    Record,
    name="core.sequence_number",
    prefix="sqn",
    label="number",
    unique=(("sequence_id", "period", "value"), ("sequence_id", "number")),
    reach=Through("sequence_id"),
    bare=True,
):
    """A number that was taken; never changed, so that the series can be proved."""

    sequence_id: UUID = ref("core.sequence", "Of which sequence.")
    number: str = field("As it is written.")
    value: int = field("What it counts.")
    period: str = field("Within which period.")
    dated: date = field("The date of the piece.")
    record: RecordRef | None = field("What bears it.", default=None)
    taken_at: datetime = field("When it was taken.")


REOPENED = "A person opens another series of the code {code} with core.sequence.create."
lifecycle = Lifecycle("status", "active", (by_hand("close", "active", to="closed"),))


async def prepare(_ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Refuse a pattern that could repeat a number, and a new layout of a series that has begun."""
    if wrong := fault(row.pattern, row.reset):
        raise invalid("pattern", wrong)
    changed = [n for n in _FIXED if n in values and not row.is_new and row.stored(n) != values[n]]
    if changed and row.last_date is not None:
        raise Conflict(
            reason=f"The sequence {row.code} has given numbers already; its {changed[0]} stays.",
            remedy="End it with core.sequence.close, whose successor has the new layout.",
            field=changed[0],
        )


sequences = Resource(
    Sequence,
    adding="list get create update history",
    en="sequence; sequences; numbering; number series",
    fr="séquence; séquences; numérotation; série de numéros; souche",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
    surfaces={"create": "human", "update": "human"},
    example={
        "name": "Devis",
        "code": "quote",
        "pattern": "DE-{yy}{month}-{seq:04}",
        "reset": "monthly",
    },
)


class Preview(Input):
    """A sequence and a date; today when left out."""

    sequence_id: SequenceId
    at: date | None = None


class Next(Output):
    """What the next number would be; nothing is reserved."""

    number: str
    value: int
    dated: date
    provisional: bool = True


@action(
    "core.sequence.preview_next",
    risk="r",
    en="Preview the next number of a sequence; see which number comes next; upcoming number",
    fr="Prochain numéro d'une séquence; aperçu du numéro suivant",
    example={"sequence_id": "$core.sequence?status=active"},
    record=Sequence,
)
async def preview_next(ctx: Context, data: Preview) -> Next:
    """Tell what the next number would be on a date; reserves nothing, so another call may take it first."""
    row, on = await ctx.get(Sequence, data.sequence_id), data.at or ctx.today
    if row.status != "active":
        raise StateRefused(
            kind="core.sequence",
            state=row.status,
            step="preview_next",
            allowed=["active"],
            possible=[],
            remedy=REOPENED.format(code=row.code),
        )
    if row.last_date and on < row.last_date:
        raise Conflict(
            reason=f"The last number is dated {row.last_date}; none can be dated before it.",
            remedy=f"Ask for {row.last_date} or later.",
            field="at",
        )
    value = row.next_value if row.period in (None, period(row.reset, on)) else 1
    return Next(number=written(row.pattern, on, value), value=value, dated=on)


class Span(Input):
    """A sequence, perhaps only one of its periods."""

    sequence_id: SequenceId
    period: Annotated[
        str | None, Limits(max_length=7, description="2026, or 2026-11; all when left out.")
    ] = None


class Proof(Output):
    """What was counted, and every fault that was found; in order when there is none."""

    in_order: bool
    counted: int
    lost: Annotated[
        int, Limits(description="How many numbers were given and are not in the register.")
    ]
    periods: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    duplicates: list[dict[str, Any]]
    inversions: list[dict[str, Any]]
    more: Annotated[bool, Limits(description="Whether there are more faults than are listed.")]


@action(
    "core.sequence.check_gaps",
    risk="r",
    en=(
        "Check a sequence for gaps; prove numbering without holes; missing invoice numbers; find "
        "gaps in the invoice numbers"
    ),
    fr=(
        "Vérifier la continuité d'une séquence; trous de numérotation; numéros manquants; trouver "
        "les trous dans les numéros de facture"
    ),
    example={"sequence_id": "$core.sequence"},
    record=Sequence,
)
async def check_gaps(ctx: Context, data: Span) -> Proof:
    """Prove from the register of taken numbers that none is missing, none double and none dated out of order.

    Source: CGI ann. II, art. 242 nonies A, I-7° (a unique number on a chronological, continuous series).
    """
    row = await ctx.get(Sequence, data.sequence_id)
    where = [ctx.within(SequenceNumber), SequenceNumber.c.sequence_id == row.id]
    if data.period is not None:
        where.append(SequenceNumber.c.period == data.period)
    periods = await _periods(ctx, where)
    faults = await _faults(ctx, where)
    missing = [one for one in faults if one["value"] > one["before"] + 1]
    missing_told = [
        {"period": one["period"], "from": one["before"] + 1, "to": one["value"] - 1}
        for one in missing
    ]
    missing_told += _cut_short(row, periods)
    counted = sum(one["count"] for one in periods)
    # The counter is another witness than the register: together they betray what was taken out of one.
    lost = row.taken - counted if data.period is None else 0
    doubles = [_told(one) for one in faults if one["value"] == one["before"]]
    inverted = [_told(one) for one in faults if one["dated"] < one["dated_before"]]
    every = (missing_told, doubles, inverted)
    return Proof(
        in_order=not any(every) and not lost,
        counted=counted,
        lost=lost,
        periods=periods,
        missing=missing_told[:_MOST],
        duplicates=doubles[:_MOST],
        inversions=inverted[:_MOST],
        more=len(faults) > _MOST,
    )


async def _periods(ctx: Context, where: list[Any]) -> list[dict[str, Any]]:
    number = SequenceNumber.c
    found = await ctx.rows(
        sa.select(
            number.period,
            sa.func.count().label("count"),
            sa.func.min(number.value).label("first"),
            sa.func.max(number.value).label("last"),
        )
        .where(*where)
        .group_by(number.period)
        .order_by(number.period)
    )
    return [dict(one) for one in found]


async def _faults(ctx: Context, where: list[Any]) -> list[dict[str, Any]]:
    """The numbers that do not follow the one before them by one, or whose date goes back."""
    number = SequenceNumber.c
    order: dict[str, Any] = {
        "partition_by": number.period,
        "order_by": (number.value, number.taken_at),
    }
    seen = (
        sa.select(
            number.period,
            number.number,
            number.value,
            number.dated,
            sa.func.lag(number.value).over(**order).label("before"),
            sa.func.lag(number.dated).over(**order).label("dated_before"),
        )
        .where(*where)
        .subquery()
    )
    wrong = sa.or_(seen.c.value != seen.c.before + 1, seen.c.dated < seen.c.dated_before)
    select = sa.select(seen).where(wrong).order_by(seen.c.period, seen.c.value).limit(_MOST + 1)
    return [dict(one) for one in await ctx.rows(select)]


def _cut_short(row: Sequence, periods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The numbers that the counter gave and the register does not hold, at a period's ends."""
    begun = [
        {"period": one["period"], "from": 1, "to": one["first"] - 1}
        for one in periods[1:]
        if one["first"] > 1
    ]
    last = {one["period"]: one["last"] for one in periods}.get(row.period)
    if row.period is None or last is None or row.next_value == last + 1:
        return begun
    return [*begun, {"period": row.period, "from": last + 1, "to": row.next_value - 1}]


def _told(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "period": one["period"],
        "number": one["number"],
        "dated": one["dated"].isoformat(),
        "dated_before": one["dated_before"].isoformat(),
    }


class Layout(Input):
    """How the series that goes on is written."""

    pattern: Annotated[
        str, Limits(max_length=LONGEST, description="As core.sequence.create takes it.")
    ]
    name: Annotated[
        str | None, Limits(max_length=100, description="As the closed one's when left out.")
    ] = None


class Chosen(Input):
    """One sequence, and what takes its place."""

    sequence_id: SequenceId
    successor: Annotated[
        Layout | None,
        Limits(description="The series that goes on from 1; a module's series needs one."),
    ] = None


@action(
    "core.sequence.close",
    risk="x",
    en="Close a sequence; end a number series; change the layout of numbers",
    fr="Clore une séquence; fermer une série de numéros; changer le format de numérotation",
    example={
        "sequence_id": "$core.sequence?status=active",
        "successor": {"pattern": "N-{year}-{month}-{seq:05}"},
    },
    events=("core.sequence.updated", "core.sequence.created"),
    record=Sequence,
)
async def close(ctx: Context, data: Chosen) -> Sequence:
    """End a series for good, at the year's end or for a new layout; its numbers stay provable.

    One that a module takes its numbers from ends only together with the one that follows it.
    """
    row = await ctx.get(Sequence, data.sequence_id, lock=True)
    lifecycle.check(row, "close")
    if data.successor is None:
        await _refuse_alone(ctx, row)
        lifecycle.take(row, "close")
        return row
    pattern = data.successor.pattern
    lifecycle.take(row, "close")
    # To look writes the closed one, before there is another of its code.
    if wrong := fault(pattern, row.reset) or await _repeated(ctx, row.code, pattern):
        raise invalid("successor.pattern", wrong)
    await ctx.add(
        Sequence(
            name=data.successor.name or row.name,
            code=row.code,
            pattern=pattern,
            reset=row.reset,
            gapless=row.gapless,
            last_date=row.last_date,
        )
    )
    return row


async def _refuse_alone(ctx: Context, row: Sequence) -> None:
    """Refuse to leave a module without the series that it numbers by."""
    module, dot, _ = row.code.partition(".")
    if dot and await ctx.first(Module, Module.c.name == module):
        raise Conflict(
            reason=f"The module {module} takes its numbers from {row.code}: without it nothing is posted.",
            remedy="Give successor: the layout of the series that goes on.",
            field="successor",
        )


async def _repeated(ctx: Context, code: str, pattern: str) -> str | None:
    """What is wrong where a number could read as one of the series before."""
    own = _head(pattern)
    for one in await ctx.find(Sequence, Sequence.c.code == code):
        other = _head(one.pattern)
        if own.startswith(other) or other.startswith(own):
            return f"begin it otherwise than {one.pattern}, or two numbers could read the same"
    return None


def _head(pattern: str) -> str:
    """What stands before the first part that changes; a digit's place where nothing does."""
    return pattern.partition("{")[0] or "0"
