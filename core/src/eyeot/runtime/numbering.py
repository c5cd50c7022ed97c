"""Numbers: taken from a sequence in the transaction that uses them, or read ahead in a dry run."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from eyeot.declare.anyref import RecordRef
from eyeot.declare.ids import uuid7
from eyeot.declare.numbering import period, written
from eyeot.declare.problem import Conflict, NotFound, StateRefused
from eyeot.storage.statement import ORG_MARK, Statement

if TYPE_CHECKING:
    from eyeot.runtime.unit import Unit

_PERIOD = """CASE reset WHEN 'yearly' THEN to_char($2::date, 'YYYY')
  WHEN 'monthly' THEN to_char($2::date, 'YYYY-MM') ELSE '' END"""
# The row stays locked until the end of the transaction: a number that is rolled back is taken again.
_TAKE = Statement.of(
    f"""
    UPDATE core_sequence SET taken = taken + 1, last_date = $2::date, period = {_PERIOD},
      next_value = 1 + CASE WHEN period IS NULL OR period = {_PERIOD} THEN next_value ELSE 1 END
    WHERE org_id = {ORG_MARK} AND code = $1 AND status = 'active'
      AND (last_date IS NULL OR last_date <= $2::date)
    RETURNING id, pattern, period, next_value - 1 AS value
    """,
    ("code", "on"),
)
_LOOK = Statement.of(
    f"""
    SELECT id, pattern, reset, status, period, next_value, last_date FROM core_sequence
    WHERE org_id = {ORG_MARK} AND code = $1 ORDER BY status LIMIT 1
    """,
    ("code",),
)
_NOTE = """
INSERT INTO core_sequence_number (org_id, id, sequence_id, number, value, period, dated, record, taken_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


@dataclass(slots=True)
class Ahead:
    """What a dry run has read ahead, by sequence: as if it had been taken."""

    counters: dict[str, tuple[str, int, date]] = field(default_factory=dict)

    def copy(self) -> "Ahead":
        """What a part of the work goes on from; what it reads counts only if the part is kept."""
        return Ahead(dict(self.counters))


async def taken(unit: "Unit", code: str, on: date, record: RecordRef | None) -> str:
    """The next number, kept with what it is given to; a hole is impossible, since a roll-back returns it."""
    await unit.flush()
    row = await unit.connection.fetchrow(_TAKE.tx, *_TAKE.arguments({"code": code, "on": on}))
    if row is None:
        found = await _look(unit, code)
        _refuse(found, code, on, found["last_date"])
        # Between our two looks it was opened again, or its last date went back: ask anew.
        raise Conflict(reason=f"The sequence {code} is being changed.", remedy="Try again.")
    number = written(row["pattern"], on, row["value"])
    await unit.connection.execute(
        _NOTE,
        unit.org_id,
        uuid7(unit.now),
        row["id"],
        number,
        row["value"],
        row["period"],
        on,
        record,
        unit.now,
    )
    return number


async def foreseen(unit: "Unit", ahead: Ahead, code: str, on: date) -> str:
    """The number that would be taken, read without a lock: another call may take it first."""
    # As `taken` does: what is pending becomes a version of its record in a dry run too.
    await unit.flush()
    row = await _look(unit, code)
    at, value, last = ahead.counters.get(code, (row["period"], row["next_value"], row["last_date"]))
    _refuse(row, code, on, last)
    now = period(row["reset"], on)
    value = value if at is None or at == now else 1
    ahead.counters[code] = (now, value + 1, on)
    return written(row["pattern"], on, value)


async def _look(unit: "Unit", code: str) -> Any:
    row = await unit.connection.fetchrow(_LOOK.tx, *_LOOK.arguments({"code": code}))
    if row is None:
        raise NotFound(kind="core.sequence", id=code, lookup="core.sequence.list")
    return row


def _refuse(row: Any, code: str, on: date, last: date | None) -> None:
    """Numbers follow dates (CGI ann. II, art. 242 nonies A), and a closed series gives none."""
    if row["status"] != "active":
        raise StateRefused(
            kind="core.sequence",
            state=row["status"],
            step="number",
            allowed=["active"],
            possible=[],
            remedy=f"A person opens another series of the code {code} with core.sequence.create.",
        )
    if last is not None and on < last:
        raise Conflict(
            reason=f"The last number of {code} is dated {last}; one dated {on} would come before it.",
            remedy=f"Date it {last} or later.",
        )
