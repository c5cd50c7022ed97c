"""Aggregate: figures over records, by up to three dimensions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic import Field as Limits

from eyeot.declare.field import Field
from eyeot.declare.identifiers import Shows
from eyeot.declare.query import Figures, Query
from eyeot.declare.record import shown
from eyeot.declare.standard.conditions import asked, filters
from eyeot.declare.standard.verb import Verb

DIMENSIONS = frozenset({"enum", "ref", "boolean", "text", "record"})
DATED = frozenset({"date", "datetime"})
NUMBERS = frozenset({"integer", "decimal", "money"})
PERIODS = ("day", "week", "month", "quarter", "year")
MOST_GROUPS = 1_000
_MOST_BY = 3
_MOST_FIELDS = 10
_ARITHMETIC = ("sum", "avg", "min", "max")


def _countable(one: Field) -> bool:
    return one.name not in ("id", "version")


def dimensions(fields: list[Field]) -> list[str]:
    """What records may be grouped by; dates with a period."""
    plain = [one.name for one in fields if one.kind in DIMENSIONS and _countable(one)]
    dated = [f"{one.name}:month" for one in fields if one.kind in DATED]
    return plain + dated


def numbers(fields: list[Field]) -> list[str]:
    """What may be summed up."""
    return [one.name for one in fields if one.kind in NUMBERS and _countable(one)]


class Aggregate(Verb):
    """Counts, sums, averages and extremes, by group."""

    name = "aggregate"
    summary = "Count {en_all} and sum up their figures by up to three dimensions, largest first."
    en = (
        "Aggregate {en_all}; sum of {en_all}; average of {en_all};"
        " {en_all} by month or owner; statistics of {en_all}"
    )
    fr = (
        "Totaliser les {fr_all}; somme des {fr_all}; moyenne des {fr_all};"
        " {fr_all} par mois ou par responsable; statistiques des {fr_all}"
    )
    single = True
    takes = frozenset({"limit"})
    follow = ("list",)

    def model(self) -> type[BaseModel]:
        """Conditions, dimensions and figures."""
        fields = list(shown(self.meta))
        by = f"Up to {_MOST_BY} of: {', '.join(dimensions(fields))} (or :{', :'.join(PERIODS)})."
        figures = ", ".join(numbers(fields)) or "nothing"
        some = Annotated[list[str], Limits(max_length=_MOST_FIELDS)]
        asked: dict[str, Any] = {
            name: (some, Limits(default_factory=list, description=told))
            for name, told in zip(
                _ARITHMETIC,
                (
                    f"Totals of: {figures}.",
                    "Averages of these.",
                    "Least of these.",
                    "Most of these.",
                ),
                strict=True,
            )
        }
        own = filters(self.resource)
        if clash := own.keys() & {"by", *_ARITHMETIC}:
            raise ValueError(f"{self.meta.name}: the field {clash} clashes with aggregate's own")
        archived = (Literal["active", "archived", "all"], "active")
        return self.made(
            by=(
                Annotated[list[str], Limits(max_length=_MOST_BY)],
                Limits(default_factory=list, description=by),
            ),
            **asked,
            **own,
            **({"archived": archived} if self.meta.archivable else {}),
            limit=(int, Limits(default=100, ge=1, le=MOST_GROUPS, description="Most groups.")),
        )

    async def run(self, ctx: Any, data: Any) -> Any:
        """Sum up."""
        query = Query(
            conditions=asked(self.resource, data, ctx.now),
            archived=getattr(data, "archived", "all"),
            sort=self.meta.sort,
        )
        figures = Figures(
            by=data.by, sum=data.sum, avg=data.avg, min=data.min, max=data.max, limit=data.limit
        )
        return await ctx.aggregate(self.record, query, figures)

    def shows(self) -> Shows | None:
        """The records that groups are about."""
        named = [one.name for one in shown(self.meta) if one.kind == "record"]
        return Shows("groups.by.*.id", *(f"groups.by.{one}" for one in named))

    def output(self) -> Any:
        """Groups, largest first."""
        group = {
            "type": "object",
            "properties": {
                "by": {
                    "type": "object",
                    "description": "Its value of each dimension; a record as id and label.",
                },
                "count": {"type": "integer"},
                **{
                    name: {"type": "object", "description": "By field; money with its currency."}
                    for name in _ARITHMETIC
                },
            },
        }
        return lambda: {
            "type": "object",
            "properties": {
                "groups": {"type": "array", "items": group},
                "total_groups": {"type": "integer"},
                "cut": {
                    "type": "boolean",
                    "description": "Smaller groups were left out; raise limit or narrow.",
                },
            },
        }

    def example(self) -> dict[str, Any] | None:
        """By state or owner and month, with a total if there is something to add up."""
        fields = list(shown(self.meta))
        states = [n for n in (self.meta.state, "owner_id") if n and n in dimensions(fields)]
        money = [one.name for one in fields if one.kind == "money"]
        dated = "at" if "at" in {one.name for one in fields} else "created_at"
        return {"by": [*states[:1], f"{dated}:month"], **({"sum": money[:1]} if money else {})}
