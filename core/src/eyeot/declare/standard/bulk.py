"""Bulk verbs: many records in one call, each row with its own result."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, WithJsonSchema
from pydantic import Field as Limits

from eyeot.declare.action import EXPECTED
from eyeot.declare.citing import RowsOf
from eyeot.declare.identifiers import Shows
from eyeot.declare.inputs import InputRequired
from eyeot.declare.model import Ref, describe
from eyeot.declare.problem import Invalid, Problem
from eyeot.declare.resource import Resource
from eyeot.declare.standard.verb import Verb
from eyeot.declare.standard.write import Create, Update

MOST_ROWS = 500
_MOST_TOLD = 50
_MODE = Limits(
    default="atomic",
    description="atomic: all rows or none; best_effort: the good rows, and why the others were refused.",
)
_RESULTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "done": {"type": "integer", "description": "Rows that were kept."},
        "refused": {"type": "integer"},
        "results": {
            "type": "array",
            "description": "One per row, in order.",
            "items": {
                "type": "object",
                "properties": {
                    "row": {"type": "integer", "description": "Its place, from 0."},
                    "id": {"type": "string"},
                    "error": {"type": "object", "description": "Why it was refused."},
                },
            },
        },
    },
}


class Bulk(Verb):
    """What both share: rows that are each one call of the verb they do many times."""

    risk = "w"
    each: type[Verb]

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.one = self.each(resource)

    def model(self) -> type[BaseModel]:
        """The rows, checked one by one so that each is told its own mistakes."""
        each = self.one.model()
        row = describe(each)
        if self.writes == "update":
            row["properties"]["expected_version"] = EXPECTED
        item = Annotated[dict[str, Any], WithJsonSchema(row), RowsOf(each)]
        told = f"1 to {MOST_ROWS} rows; import takes more."
        return self.made(
            items=(
                Annotated[
                    list[item],
                    Limits(min_length=1, max_length=MOST_ROWS, description=told),
                ],
                ...,
            ),
            mode=(Literal["atomic", "best_effort"], _MODE),
        )

    async def run(self, ctx: Any, data: Any) -> Any:
        """Do the rows one by one; each is undone alone when it is refused."""
        name = f"{self.meta.name}.{self.writes}"
        results: list[dict[str, Any]] = []
        refused: list[tuple[int, Problem]] = []
        for at, row in enumerate(data.items):
            try:
                async with ctx.attempt() as part:
                    made = await part.call(name, row)
                results.append({"row": at, "id": Ref(self.meta.name).write(made.id)})
            except InputRequired:
                raise
            except Problem as problem:
                refused.append((at, problem))
                results.append({"row": at, "error": problem.body()})
            ctx.progress(at + 1, len(data.items))
        if refused and data.mode == "atomic":
            raise together(refused)
        return {
            "done": len(results) - len(refused),
            "refused": len(refused),
            "results": results,
        }

    def shows(self) -> Shows | None:
        """The rows' records; none in their refusals."""
        return Shows("results.id")

    def output(self) -> Any:
        """Results row by row."""
        return lambda: _RESULTS

    def example(self) -> dict[str, Any] | None:
        """One row."""
        row = self.one.example()
        return {"items": [row]} if row is not None else None


def together(refused: list[tuple[int, Problem]]) -> Problem:
    """Every row's mistakes in one refusal."""
    errors: list[dict[str, Any]] = []
    for at, problem in refused:
        told = problem.body()
        if isinstance(problem, Invalid):
            errors += [
                {**one, "path": f"items.{at}.{one['path']}".rstrip(".")} for one in problem.errors
            ]
        else:
            reason = f"{told['message']} {told['hint']}".strip()
            errors.append({"path": f"items.{at}", "reason": reason, "code": told["code"]})
    return Invalid(
        errors=errors[:_MOST_TOLD],
        remedy=f"{len(refused)} rows were refused and none was kept: mend them,"
        " or send mode=best_effort to keep the others.",
    )


class BulkCreate(Bulk):
    """Many new records."""

    name = "bulk_create"
    writes = "create"
    each = Create
    event = "created"
    summary = "Create up to 500 {en_all} in one call, all or nothing or as many as can be."
    en = "Create several {en_all} at once; bulk create {en_all}; add many {en_all}"
    fr = "Créer plusieurs {fr_all} d'un coup; création en masse de {fr_all}; ajouter des {fr_all}"
    follow = ("list", "import")


class BulkUpdate(Bulk):
    """Many changed records."""

    name = "bulk_update"
    writes = "update"
    each = Update
    event = "updated"
    summary = "Change up to 500 {en_all} in one call, each by its id, all or nothing or as many as can be."
    en = "Update several {en_all} at once; bulk update {en_all}; change many {en_all}"
    fr = "Modifier plusieurs {fr_all} d'un coup; modification en masse de {fr_all}"
    follow = ("list",)
