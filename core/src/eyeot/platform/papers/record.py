"""Document templates: a house's own look and wording over the layouts of its papers."""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa

from eyeot.declare.context import Context
from eyeot.declare.field import field, ref
from eyeot.declare.layout import Layout
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Ref
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.runtime.typesetting.composing import names_in

TemplateId = Annotated[UUID, Ref("core.document_template")]
WRITE = "core.document_template:write"
TEXTS = ("header", "footer", "intro", "closing")
_TEXT = 2_000
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Template(
    Record,
    name="core.document_template",
    prefix="dtp",
    search=("name", "target"),
    hint=("target", "status"),
    unique=(("target", "locale", "name", "revision"),),
    reach=Shared(),
):
    """How one kind of paper looks and what it says, in one language."""

    name: str = field("What it is called.", max_length=100)
    target: str = field(
        "Which paper: sales.quote; list_variables names them.", access="create", max_length=80
    )
    locale: Literal["fr", "en"] = field("Whose language.", access="create", default="fr")
    revision: int = field("Which version under its name.", access="read", default=1)
    is_default: bool = field(
        "Whether papers of this kind and language take it.", access="read", default=False
    )
    status: Literal["draft", "published", "superseded"] = field(
        "Only a published one is used.", access="read", default="draft"
    )
    accent: str = field("Its colour as #rrggbb.", max_length=7, default="#24527a")
    logo_id: UUID | None = ref(
        "core.document", "The logo: PNG or JPEG, 2 MiB at most.", default=None
    )
    header: str | None = field("Below the address.", max_length=_TEXT, default=None)
    footer: str | None = field("At the foot of each page.", max_length=_TEXT, default=None)
    intro: str | None = field(
        "Before the lines; {{number}} stands for a variable.", max_length=_TEXT, default=None
    )
    closing: str | None = field("After the sums.", max_length=_TEXT, default=None)
    hidden_columns: list[str] = field("Columns that are left out.", default=list)


# Two calls at once could each find no default yet.
sa.Index(
    "uq_core_document_template_default",
    Template.c.org_id,
    Template.c.target,
    Template.c.locale,
    unique=True,
    postgresql_where=Template.c.is_default,
)

# No step leads to `superseded`: it follows from the next version's publication.
lifecycle = Lifecycle(
    "status",
    "draft",
    (by_hand("publish", "draft", to="published"),),
)


def layout_of(ctx: Context, target: str) -> Layout:
    """The layout of that name, or `Invalid` with those there are."""
    known = ctx.layouts
    if target not in known:
        raise invalid("target", f"is no paper here; there are: {', '.join(sorted(known))}")
    return known[target]


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Hold it to a paper that exists and to columns and variables that it has; count its versions."""
    layout = layout_of(ctx, row.target)
    if not _COLOUR.fullmatch(row.accent):
        raise invalid("accent", "write it as #rrggbb, e.g. #24527a")
    row.hidden_columns = list(dict.fromkeys(row.hidden_columns))
    if wrong := [one for one in row.hidden_columns if one not in layout.columns]:
        known = ", ".join(layout.columns) or "none"
        raise invalid("hidden_columns", f"{wrong[0]} cannot be left out; these can: {known}")
    for name in TEXTS:
        for used in names_in(getattr(row, name) or ""):
            if used not in variables(layout):
                told = f"{{{{{used}}}}} is no variable; list_variables tells them"
                raise invalid(name, told)
    if row.stored("status") not in (None, "draft") and values:
        raise Conflict(
            reason=f"'{row.name}' is {row.status}: papers were made with it.",
            remedy="core.document_template.duplicate makes the next version, which can be changed.",
        )
    if row.is_new:
        found = await ctx.find(
            Template,
            Template.c.target == row.target,
            Template.c.locale == row.locale,
            Template.c.name == row.name,
        )
        row.revision = max((one.revision for one in found), default=0) + 1


def variables(layout: Layout) -> dict[str, dict[str, Any]]:
    """What texts of a paper may name in braces: dotted names with their type and meaning."""
    schema = layout.variables.model_json_schema()
    return dict(_named("", schema, schema.get("$defs", {})))


def _named(prefix: str, schema: dict[str, Any], kinds: dict[str, Any]) -> Any:
    for name, given in schema.get("properties", {}).items():
        one = given
        for choice in given.get("anyOf", ()):
            one = one if choice.get("type") == "null" else {**given, **choice}
        if "$ref" in one:
            inner = kinds[one["$ref"].rsplit("/", 1)[-1]]
            if "properties" in inner:
                yield from _named(f"{prefix}{name}.", inner, kinds)
                continue
            one = {**inner, **one}
        if one.get("type") in ("string", "number", "integer", "boolean"):
            told = {"name": f"{prefix}{name}", "type": one.get("format") or one["type"]}
            if one.get("description"):
                told["description"] = one["description"]
            yield f"{prefix}{name}", told


templates = Resource(
    Template,
    profile="config",
    adding="duplicate search",
    en="document template; document templates; letterhead; paper layout",
    fr="modèle de document; modèles de document; papier à en-tête; mise en page",
    lifecycle=lifecycle,
    prepare=prepare,
    afresh=("is_default", "revision", "status"),
    permissions=dict.fromkeys(("create", "update", "archive", "restore", "duplicate"), WRITE),
    example={"name": "Papier à en-tête 2027", "target": "core.letter", "accent": "#7a2436"},
)
