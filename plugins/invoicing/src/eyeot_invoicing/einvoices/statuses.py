"""Statuses: the life cycle of an e-invoice as a table, and the reasons that statuses bear."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from eyeot import DatedRow, Lifecycle, dated, follows

Code = Literal[
    "prepared", "200", "201", "202", "203", "204", "205", "206", "207", "208", "209", "210", "211",
    "212", "213", "214", "220", "221", "224", "225", "226", "227", "228",
]  # fmt: skip
ReasonCode = Annotated[str, Field(pattern=r"^[A-Z0-9_]{2,40}$")]
TERMINAL: tuple[Code, ...] = ("210", "213")


class StatusRow(DatedRow):
    """A status, who tells it, and which it may follow."""

    code: Code
    by: Literal["platform", "buyer", "seller", "third party"]
    fr: str
    en: str
    after: list[Code]
    reason: bool = False
    amounts: bool = False
    terminal: bool = False

    def named(self, locale: str) -> str:
        """Its name."""
        return self.fr if locale.startswith("fr") else self.en


class ReasonRow(DatedRow):
    """A reason, for which statuses, and what mends it."""

    code: str
    for_: list[Code] = Field(alias="for")
    fr: str
    en: str
    fix: str


STATUSES = dated(
    "eyeot_invoicing.einvoices", "statuses.toml", StatusRow, about="e-invoice statuses"
)
REASONS = dated("eyeot_invoicing.einvoices", "reasons.toml", ReasonRow, about="reasons of statuses")
STATUS: dict[str, StatusRow] = {one.code: one for one in STATUSES.rows}
REASON: dict[str, ReasonRow] = {one.code: one for one in REASONS.rows}

lifecycle = Lifecycle(
    "status",
    "prepared",
    tuple(follows(f"become_{one.code}", *one.after, to=one.code) for one in STATUSES.rows),
)


def may_follow(code: str, status: str) -> bool:
    """Whether a status may follow another."""
    return code in STATUS and status in STATUS[code].after


def was_passed(code: str, status: str) -> bool:
    """Whether a status comes too late: the present one is reached by way of it, and not the other way."""
    return code == status or (code in _before(status) and not may_follow(code, status))


def _before(status: str) -> set[str]:
    """Every status from which one can be reached."""
    found: set[str] = set()
    todo = [status]
    while todo:
        for one in _sources(todo.pop()):
            if one not in found:
                found.add(one)
                todo.append(one)
    return found


def _sources(status: str) -> Iterator[str]:
    if status in STATUS:
        yield from STATUS[status].after


def reasons_for(code: str) -> list[str]:
    """The reasons that a status may bear."""
    return [one.code for one in REASONS.rows if code in one.for_]
