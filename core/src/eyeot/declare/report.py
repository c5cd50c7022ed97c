"""Reports: figures over many records, with rows that lead to what they were made of, and files of them."""

import base64
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Unpack, get_type_hints
from uuid import UUID

from pydantic import BaseModel, WithJsonSchema, create_model, field_validator
from pydantic import Field as Limits

from eyeot.declare.action import Action, Facts, summary_of
from eyeot.declare.context import Context
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.money import Exact
from eyeot.declare.period import Days, Period, days
from eyeot.declare.query import Form

MOST_ROWS = 1_000
_BARE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEFAULT_ROWS = 100


Figure = Annotated[
    int | Exact,
    WithJsonSchema({"description": "A count, or a decimal number as a string."}),
]
"""A sum of a report: a count as it is, anything else exact."""


class Drill(Output):
    """The reading action, and its arguments, that show what a row was made of."""

    action: str
    arguments: Annotated[dict[str, Any], Shows("*")]

    @field_validator("arguments")
    @classmethod
    def _written(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Hold reports to ids as callers give them: a bare UUID names nothing."""
        bare = [name for name, value in given.items() if _BARE.fullmatch(str(value))]
        if bare:
            raise ValueError(f"write {', '.join(bare)} with Ref(kind).write")
        return given


def drill(action: str, /, **arguments: Any) -> Drill:
    """What lists the records of a row; what was not given is left out."""
    given = {name: value for name, value in arguments.items() if value is not None}
    return Drill(action=action, arguments=given)


def typeid(kind: str, id: UUID | None) -> str | None:
    """An id as callers give it, for a drill."""
    return Ref(kind).write(id) if id else None


class ReportRow(Output):
    """One row of a report; subclasses name its columns."""

    drill: Drill | None = None


class Filters(Input):
    """What a report is asked: subclasses add its period and conditions."""

    format: Annotated[
        Literal["json", "csv", "xlsx"],
        Limits(description="json: rows here; csv, xlsx: a file with every row, in base64."),
    ] = "json"
    limit: Annotated[
        int, Limits(ge=1, le=MOST_ROWS, description="Rows told; totals count all.")
    ] = _DEFAULT_ROWS


class Spell(Filters):
    """A period."""

    period: Annotated[
        Period | None, Limits(description="The last twelve months when left out.")
    ] = None


def span(ctx: Context, period: str | None) -> Days:
    """The days that are asked for; the last twelve months when none are."""
    if period:
        return days(period)
    return Days(date(ctx.today.year - 1, ctx.today.month, 1), ctx.today)


class File(Output):
    """A report as a file."""

    filename: str
    mime: str
    content: Annotated[str, Limits(description="Base64.")]


@dataclass(frozen=True)
class Told:
    """What a report's handler found: every row in order, sums over all of them, and what to know of them."""

    rows: Sequence[ReportRow]
    totals: Mapping[str, Decimal | int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


Handler = Callable[[Any, Any], Awaitable[Told]]
_MIMES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def report(
    name: str,
    *,
    row: type[ReportRow],
    en: str,
    fr: str,
    example: dict[str, Any] | None = None,
    **facts: Unpack[Facts],
) -> Callable[[Handler], Action]:
    """Declare `module.report.<name>`: its handler takes `Filters` and returns `Told`, its rows are `row`.

    Rows that do not fit are counted (`total_rows`); totals are of all of them. `drill` of a row names the
    reading action that lists its records.
    """

    def made(handler: Handler) -> Action:
        hints = get_type_hints(handler, include_extras=True)
        answer = _answer(name, row)
        return Action(
            name=name,
            summary=summary_of(handler),
            handler=_run(name, row, handler, answer),
            build_input=lambda: hints["data"],
            output=answer,
            risk="r",
            kind="report",
            en=en,
            fr=fr,
            examples=(example,) if example is not None else (),
            reserved=frozenset({"limit"}),
            **{k: v for k, v in facts.items() if k != "kind"},  # type: ignore[arg-type]
        )

    return made


def _run(name: str, row: type[ReportRow], handler: Handler, answer: type[BaseModel]) -> Any:
    """The action's handler: what the report found, as it was asked for."""

    async def run(ctx: Context, data: Filters) -> BaseModel:
        told = await handler(ctx, data)
        head = {
            "total_rows": len(told.rows),
            "totals": dict(told.totals),
            "notes": list(told.notes),
        }
        if data.format != "json":
            return answer(**head, rows=[], file=_file(ctx, name, row, told, data.format))
        return answer(**head, rows=list(told.rows[: data.limit]))

    run.__module__, run.__qualname__ = handler.__module__, handler.__qualname__
    return run


def _answer(name: str, row: type[ReportRow]) -> type[BaseModel]:
    title = "".join(part.title() for part in name.rsplit(".", maxsplit=1)[-1].split("_")) + "Report"
    fields: dict[str, Any] = {
        "rows": (list[row], ...),  # type: ignore[valid-type]
        "total_rows": (int, ...),
        "totals": (dict[str, Figure], Limits(description="Over every row, told or not.")),
        "notes": (list[str], Limits(default_factory=list)),
        "file": (File | None, None),
    }
    return create_model(title, __base__=Output, **fields)


def _file(ctx: Context, name: str, row: type[ReportRow], told: Told, form: Form) -> File:
    heads = [one for one in row.model_fields if one != "drill"]
    cells = [[getattr(one, head) for head in heads] for one in told.rows]
    content = ctx.sheet(form, heads, cells)
    filename = f"{name.replace('.', '-')}-{ctx.today.isoformat()}.{form}"
    return File(
        filename=filename,
        mime=_MIMES[form],
        content=base64.b64encode(content).decode(),
    )
