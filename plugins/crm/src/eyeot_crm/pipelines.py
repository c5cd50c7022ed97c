"""Pipelines: the stages a deal goes through."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Input,
    Output,
    Record,
    Ref,
    Resource,
    Shared,
    Shows,
    action,
    field,
    invalid,
    ref,
)
from eyeot.types import Currency
from eyeot_crm.ids import (
    PipelineId,
    StageId,
)


class Pipeline(
    Record, name="crm.pipeline", prefix="ppl", search=("name",), unique=(("name",),), reach=Shared()
):
    """A way of selling, as ordered stages."""

    name: str = field("Its name.", max_length=100)
    team_id: UUID | None = ref("core.team", "The team that sells this way.", default=None)
    currency: Currency = field("The currency of its deals.", default="EUR")
    is_default: bool = field("Whether new deals go here unless told otherwise.", default=False)
    rotting_days: int | None = field(
        "Days in a stage after which a deal is stuck.", ge=1, le=3650, default=None
    )


class Stage(
    Record,
    name="crm.stage",
    prefix="stg",
    unique=(("pipeline_id", "name"),),
    reach=Shared(),
    sort="position",
):
    """One step of a pipeline."""

    pipeline_id: UUID = ref("crm.pipeline", "Its pipeline.", access="create")
    name: str = field("Its name.", max_length=80)
    position: int = field(
        "Its place in the pipeline, from 1; left out, the last.", ge=1, le=1000, default=0
    )
    probability: Decimal = field("Chance of winning, in percent.", ge=0, le=100, default=Decimal)
    kind: Literal["open", "won", "lost"] = field(
        "Whether deals here are open, won or lost.", access="create", default="open"
    )
    required_fields: list[str] = field(
        "Fields a deal must have to enter.", access="read", default=list
    )
    max_days: int | None = field(
        "Days after which a deal here is stuck.", ge=1, le=3650, default=None
    )


async def _prepare_stage(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    if row.is_new and not row.position:
        last = await ctx.first(
            Stage, Stage.c.pipeline_id == row.pipeline_id, order=Stage.c.position.desc()
        )
        row.position = (last.position if last else 0) + 1
    if row.kind == "won":
        row.probability = Decimal(100)
    if row.kind == "lost":
        row.probability = Decimal(0)


async def _prepare_pipeline(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    if values.get("is_default"):
        for other in await ctx.find(Pipeline, Pipeline.c.is_default.is_(True)):
            other.is_default = other is row


pipelines = Resource(
    Pipeline,
    profile="config",
    adding="delete duplicate",
    en="pipeline; pipelines; sales process",
    fr="pipeline; pipelines; processus de vente; tunnel de vente",
    prepare=_prepare_pipeline,
    afresh=("is_default",),
    parts=("crm.stage",),
    example={"name": "Appels d'offres", "rotting_days": 45},
)
stages = Resource(
    Stage,
    profile="config",
    adding="delete",
    en="stage; stages; pipeline step",
    fr="étape; étapes; étape du pipeline",
    gender="f",
    prepare=_prepare_stage,
    example={"pipeline_id": "$crm.pipeline", "name": "Visite technique", "probability": "35"},
)

REQUIRABLE = ("amount", "expected_close", "owner_id", "team_id", "forecast_category", "next_step")


async def default_pipeline(ctx: Context) -> Pipeline:
    """The pipeline new deals go to."""
    order = (Pipeline.c.is_default.desc(), Pipeline.c.id.asc())
    found = await ctx.first(Pipeline, Pipeline.c.archived_at.is_(None), order=order)
    if found is None:
        raise Conflict(
            reason="There is no pipeline yet.",
            remedy="Create one with crm.pipeline.create, then its stages.",
        )
    return found


async def stages_of(ctx: Context, pipeline_id: UUID) -> list[Stage]:
    """A pipeline's stages in order."""
    where = (Stage.c.pipeline_id == pipeline_id, Stage.c.archived_at.is_(None))
    return await ctx.find(Stage, *where, order=(Stage.c.position, Stage.c.id))


async def first_stage(ctx: Context, pipeline_id: UUID, kind: str = "open") -> Stage:
    """A pipeline's first stage of a kind."""
    found = [one for one in await stages_of(ctx, pipeline_id) if one.kind == kind]
    if not found:
        raise Conflict(
            reason=f"The pipeline has no {kind} stage.",
            remedy=f"Create one with crm.stage.create (kind={kind}).",
        )
    return found[0]


class Order(Input):
    """A pipeline and all its stages, in their new order."""

    id: PipelineId
    stage_ids: Annotated[list[StageId], Field(min_length=1, max_length=100)]


class Ordered(Output):
    """The stages as they now stand."""

    pipeline_id: PipelineId
    stages: Annotated[list[dict[str, Any]], Shows("id")]


@action(
    "crm.pipeline.reorder_stages",
    risk="w",
    en="Reorder a pipeline's stages; move a stage; change the order of stages",
    fr="Réordonner les étapes d'un pipeline; déplacer une étape; changer l'ordre des étapes",
    example={"id": "$crm.pipeline", "stage_ids": "$*crm.stage?pipeline_id=$id"},
    record=Pipeline,
)
async def reorder_stages(ctx: Context, data: Order) -> Ordered:
    """Set the order of a pipeline's stages; give every one of them."""
    await ctx.get(Pipeline, data.id, lock=True)
    present = {one.id: one for one in await stages_of(ctx, data.id)}
    if set(data.stage_ids) != set(present) or len(data.stage_ids) != len(present):
        known = ", ".join(Ref("crm.stage").write(one) for one in present)
        raise invalid("stage_ids", f"give each stage of this pipeline once: {known}")
    for position, stage_id in enumerate(data.stage_ids, start=1):
        present[stage_id].position = position
    told = [
        {"id": Ref("crm.stage").write(one), "name": present[one].name} for one in data.stage_ids
    ]
    return Ordered(pipeline_id=data.id, stages=told)


class RequiredFields(Input):
    """A stage and the fields it demands."""

    id: StageId
    fields_required: Annotated[list[str], Field(max_length=20)]


@action(
    "crm.stage.set_required_fields",
    risk="w",
    en=(
        "Set the fields a deal must have to enter a stage; what must be filled in to enter a "
        "stage; mandatory fields"
    ),
    fr=(
        "Définir les champs obligatoires d'une étape; que faut-il remplir pour entrer dans une "
        "étape; champs à renseigner"
    ),
    example={"id": "$crm.stage", "fields_required": ["amount", "expected_close"]},
    record=Stage,
)
async def set_required_fields(ctx: Context, data: RequiredFields) -> Stage:
    """Say which fields a deal must have before it may enter a stage."""
    if wrong := [name for name in data.fields_required if name not in REQUIRABLE]:
        raise invalid(
            "fields_required", f"unknown: {', '.join(wrong)}; known: {', '.join(REQUIRABLE)}"
        )
    stage = await ctx.get(Stage, data.id, lock=True)
    stage.required_fields = sorted(set(data.fields_required))
    return stage


def stuck_since(pipeline: Pipeline, stage: Stage, now: datetime) -> datetime | None:
    """The moment before which a deal that entered this stage is stuck."""
    days = stage.max_days or pipeline.rotting_days
    return now - timedelta(days=days) if days else None
