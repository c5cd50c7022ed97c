"""Steps: lifecycle steps as actions."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, create_model

from eyeot.declare.action import Action
from eyeot.declare.lifecycle import ANY, Step
from eyeot.declare.model import Input, Ref
from eyeot.declare.resource import Resource
from eyeot.declare.standard.verb import Names


def steps(resource: Resource) -> Iterator[Action]:
    """One action for each step that no declared action takes by hand."""
    assert resource.lifecycle
    seen: set[str] = set()
    for one in resource.lifecycle.steps:
        if not one.by_hand and one.name not in seen:
            seen.add(one.name)
            yield _action(resource, one)


def _action(resource: Resource, one: Step) -> Action:
    meta = resource.record.meta
    names = Names(resource)

    def model() -> type[BaseModel]:
        made: type[BaseModel] = create_model(
            f"{one.name.title()}{meta.noun.title()}",
            __base__=Input,
            id=(Annotated[UUID, Ref(meta.name)], ...),
        )
        return made

    async def run(ctx: Any, data: Any) -> Any:
        row = await ctx.get(resource.record, data.id, lock=True)
        assert resource.lifecycle
        resource.lifecycle.take(row, one.name)
        return row

    plain = one.name.replace("_", " ")
    return Action(
        name=f"{meta.name}.{one.name}",
        summary=one.doc or f"Move one {names.en} to '{one.to}'.",
        handler=run,
        build_input=model,
        output=resource.record,
        risk=one.risk,  # type: ignore[arg-type]
        en=one.en or f"{plain.capitalize()} {names.a}",
        fr=one.fr or f"Passer {names.le} à l'état {one.to}",
        permission=resource.permissions.get(one.name, ""),
        surface=resource.surfaces.get(one.name, "any"),
        kind="business",
        unlicensed=one.name in resource.unlicensed,
        record=resource.record,
        events=(f"{meta.name}.updated",),
        examples=({"id": f"${meta.name}{_in(resource, one)}"},),
    )


def _in(resource: Resource, one: Step) -> str:
    """The condition that an example's record is where the step begins."""
    assert resource.lifecycle
    source = one.sources[0]
    return "" if source == ANY else f"?{resource.lifecycle.field}={source}"
