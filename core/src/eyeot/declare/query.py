"""Queries: typed conditions, order and page of a list, independent of any record."""

from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, TypedDict

Operator = Literal["is", "in", "from", "to", "contains", "has", "is_set", "tagged", "past", "first"]
DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
COUNTED_UP_TO = 10_000
"""Totals are exact up to here, so that a list costs the same in a table of any size."""
COUNTED_IN_PARTITIONS = 1_000
"""In tables that hold millions, of which a filter may leave few."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One typed condition on a field."""

    field: str
    operator: Operator
    value: Any


@dataclass(slots=True, kw_only=True)
class Query:
    """What a list asks for."""

    conditions: list[Condition] = field(default_factory=list)
    archived: Literal["active", "archived", "all"] = "active"
    sort: str = "-created_at"
    cursor: str | None = None
    limit: int = DEFAULT_LIMIT
    fields: list[str] = field(default_factory=list)
    counted: int = COUNTED_UP_TO


@dataclass(slots=True, kw_only=True)
class Figures:
    """What an aggregate asks for: dimensions (`status`, `created_at:month`) and fields to sum up."""

    by: list[str] = field(default_factory=list)
    sum: list[str] = field(default_factory=list)
    avg: list[str] = field(default_factory=list)
    min: list[str] = field(default_factory=list)
    max: list[str] = field(default_factory=list)
    limit: int = 100


Form = Literal["csv", "xlsx", "jsonl"]


@dataclass(frozen=True, slots=True)
class Exported:
    """Records as a file: how many rows, and the permissions that its reader needs."""

    file: BinaryIO
    rows: int
    needs: list[str]


class Page(TypedDict, total=False):
    """A page of a list; `total` is exact up to 10,000, as `total_is_exact` says."""

    items: list[dict[str, Any]]
    total: int
    total_is_exact: bool
    has_more: bool
    next_cursor: str
