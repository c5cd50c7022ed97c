"""Document templates: what is done with them."""

import base64
from typing import Annotated, Any

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.blocks import EmbeddedResource
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import Conflict, StateRefused, invalid
from eyeot.platform.papers.record import (
    WRITE,
    Template,
    TemplateId,
    layout_of,
    lifecycle,
    variables,
)

_PDF = "application/pdf"


class Published(Event, name="core.document_template.published"):
    """A version of a template came into use."""

    template_id: TemplateId
    target: str
    version: int


class Chosen(Input):
    """One template."""

    template_id: TemplateId


class Shown(Chosen):
    """A template, and on what it is tried."""

    record_ref: Annotated[RecordRef, Limits(description="A record of the kind that it is for.")]


class Preview(Output):
    """A paper as it would be."""

    filename: str
    mime: str
    size: Annotated[int, Limits(description="Bytes.")]
    content: Annotated[str, Limits(description="The PDF in base64.")]


class Target(Input):
    """Which paper."""

    target: Annotated[
        str | None, Limits(max_length=80, description="e.g. sales.quote; all when left out.")
    ] = None


class Known(Output):
    """What the templates of one paper can do."""

    target: str
    label: dict[str, str]
    record: str
    columns: Annotated[dict[str, dict[str, str]], Limits(description="Those that may be hidden.")]
    variables: Annotated[
        list[dict[str, Any]], Limits(description="What texts name in braces: {{recipient.name}}.")
    ]


class Every(Output):
    """What there are templates for."""

    targets: list[Known]


@action(
    "core.document_template.preview",
    risk="r",
    en=(
        "Preview a document template; see how a quote or invoice will look; try a letterhead; "
        "show a PDF before publishing"
    ),
    fr=(
        "Prévisualiser un modèle de document; voir à quoi ressemblera un devis ou une facture; "
        "essayer un papier à en-tête; aperçu PDF"
    ),
    example={"template_id": "$core.document_template", "record_ref": "$core.organization"},
    record=Template,
    next=("core.document_template.publish",),
)
async def preview(ctx: Context, data: Shown) -> Preview:
    """Render a template with a real record as a PDF, whatever its state; nothing is kept."""
    row = await ctx.get(Template, data.template_id)
    layout = layout_of(ctx, row.target)
    if data.record_ref.kind != layout.kind:
        raise invalid("record_ref", f"must be the id of a {layout.kind}")
    shown = await ctx.open(data.record_ref)
    paper = await layout.data(ctx, shown.id, row.locale)
    made = await ctx.typeset(layout, paper, language=row.locale, on=ctx.today, template=row.id)
    filename = f"{row.target.replace('.', '-')}-{row.revision}.pdf"
    ctx.add_block(EmbeddedResource(uri=f"eyeot://preview/{filename}", mime_type=_PDF, data=made))
    content = base64.b64encode(made).decode()
    return Preview(filename=filename, mime=_PDF, size=len(made), content=content)


@action(
    "core.document_template.publish",
    risk="w",
    en="Publish a document template; put a new letterhead into use; activate a template version",
    fr=(
        "Publier un modèle de document; mettre en service un papier à en-tête; activer une version "
        "de modèle"
    ),
    example={"template_id": "$core.document_template?status=draft"},
    events=("core.document_template.updated", "core.document_template.published"),
    permission=WRITE,
    record=Template,
    next=("core.document_template.set_default",),
)
async def publish(ctx: Context, data: Chosen) -> Template:
    """Make a version usable in place of the one before; papers that were made keep theirs.

    The first one published for a paper and language becomes its default.
    """
    row = await ctx.get(Template, data.template_id, lock=True)
    others = await _others(ctx, row)
    lifecycle.take(row, "publish")
    for one in others:
        if one.name == row.name and one.status == "published":
            one.status = "superseded"
            row.is_default = row.is_default or one.is_default
            one.is_default = False
            await ctx.save(one)
    if not any(one.is_default for one in others):
        row.is_default = True
    ctx.emit(Published(template_id=row.id, target=row.target, version=row.revision))
    return row


@action(
    "core.document_template.list_variables",
    risk="r",
    en=(
        "List template variables; which papers have templates; fields usable in a document "
        "template; columns that can be hidden"
    ),
    fr=(
        "Lister les variables d'un modèle; quels documents ont un modèle; champs utilisables dans "
        "un modèle; colonnes masquables"
    ),
    example={"target": "core.letter"},
    next=("core.document_template.create",),
)
async def list_variables(ctx: Context, data: Target) -> Every:
    """List the papers that templates are for, with the columns to hide and the fields to name in texts."""
    chosen = [layout_of(ctx, data.target)] if data.target else list(ctx.layouts.values())
    return Every(
        targets=[
            Known(
                target=one.name,
                label={"en": one.label[0], "fr": one.label[1]},
                record=one.kind,
                columns={n: {"en": en, "fr": fr} for n, (en, fr) in one.columns.items()},
                variables=list(variables(one).values()),
            )
            for one in chosen
        ]
    )


@action(
    "core.document_template.set_default",
    risk="w",
    en="Set the default template; use this letterhead for all quotes; choose the standard template",
    fr=(
        "Définir le modèle par défaut; utiliser ce papier à en-tête pour tous les devis; choisir "
        "le modèle standard"
    ),
    example={"template_id": "$core.document_template?status=published"},
    events=("core.document_template.updated",),
    permission=WRITE,
    record=Template,
)
async def set_default(ctx: Context, data: Chosen) -> Template:
    """Have every paper of its kind and language take a published template from now on."""
    row = await ctx.get(Template, data.template_id, lock=True)
    if row.status != "published":
        raise StateRefused(
            kind="core.document_template",
            state=row.status,
            step="set_default",
            allowed=["published"],
            possible=lifecycle.possible(row.status),
        )
    if row.archived_at:
        raise Conflict(
            reason=f"'{row.name}' is archived.", remedy="core.document_template.restore first."
        )
    for one in await _others(ctx, row):
        if one.is_default:
            one.is_default = False
            await ctx.save(one)
    row.is_default = True
    return row


async def _others(ctx: Context, row: Template) -> list[Template]:
    """The other templates of the same paper and language."""
    return await ctx.find(
        Template,
        Template.c.target == row.target,
        Template.c.locale == row.locale,
        Template.c.id != row.id,
    )
