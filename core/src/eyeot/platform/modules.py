"""Modules: what is installed, and what of it an organisation uses."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot.declare.access import Access
from eyeot.declare.action import Action, action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field
from eyeot.declare.governing import Governs
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource

ModuleId = Annotated[UUID, Ref("core.module")]
CORE = "core"


class Module(
    Record,
    name="core.module",
    prefix="mod",
    hint=("status",),
    exact=("name",),
    unique=(("name",),),
    reach=Shared(),
    state="status",
    sort="name",
    archivable=False,
    governs=Governs(),
):
    """A module of the ERP, as far as this organisation uses it."""

    name: str = field("Its name, the first part of its actions'.", access="read", max_length=40)
    release: str = field("The version that is installed.", access="read", max_length=40, default="")
    status: Literal["installed", "disabled"] = field(
        "Whether it is in use here.", access="read", default="installed"
    )
    depends_on: list[str] = field("The modules it needs.", access="read", default=list)
    given: list[str] = field(
        "The starting rows that it gave.", access="secret", filter=False, default=list
    )


lifecycle = Lifecycle(
    "status",
    "installed",
    (
        by_hand("disable", "installed", to="disabled"),
        by_hand("enable", "disabled", to="installed"),
    ),
)
modules = Resource(
    Module,
    adding="list get history",
    en="module; modules; installed part of the ERP",
    fr="module; modules; partie installée de l'ERP",
    lifecycle=lifecycle,
)


class ModuleChosen(Input):
    """One module, by id or name."""

    id: ModuleId


class Enabled(Event, name="core.module.enabled"):
    """A module is in use again."""

    module: str


class Disabled(Event, name="core.module.disabled"):
    """A module is not in use any more; its data stays."""

    module: str


async def _alone(ctx: Context, id: UUID) -> Module:
    """The module, no other one being switched meanwhile: each may need another."""
    for one in await ctx.find(Module, order=Module.c.id):
        await ctx.get(Module, one.id, lock=True)
    return await ctx.get(Module, id, lock=True)


async def _others(ctx: Context, module: Module) -> list[Module]:
    return await ctx.find(Module, Module.c.id != module.id, order=Module.c.name)


async def _needed_by(ctx: Context, module: Module) -> list[str]:
    """The modules in use that could not work without it."""
    others = await _others(ctx, module)
    return [
        one.name for one in others if module.name in one.depends_on and one.status == "installed"
    ]


async def _lacking(ctx: Context, module: Module) -> list[str]:
    """The modules that it needs and that are not in use."""
    used = {one.name for one in await _others(ctx, module) if one.status == "installed"}
    return [name for name in module.depends_on if name not in used]


@action(
    "core.module.enable",
    risk="w",
    en=(
        "Enable a module; switch a module on; use a module again; turn on a module; module back in "
        "service"
    ),
    fr=(
        "Activer un module; remettre un module en service; mettre un module en marche; réactiver "
        "un module"
    ),
    example={"id": "$core.module?status=disabled"},
    surface="human",
    permission="core:admin",
    events=("core.module.enabled",),
    record=Module,
    next=("core.module.list_actions",),
)
async def enable(ctx: Context, data: ModuleChosen) -> Module:
    """Take a disabled module into use again, with the data it had."""
    module = await _alone(ctx, data.id)
    lifecycle.take(module, "enable")
    if lacking := await _lacking(ctx, module):
        raise Conflict(
            reason=f"It needs {', '.join(lacking)}, which is not in use here.",
            remedy=f"Enable {lacking[0]} first.",
        )
    ctx.emit(Enabled(module=module.name))
    return module


@action(
    "core.module.disable",
    risk="w",
    en="Disable a module; switch a module off; stop using a module; turn off a module",
    fr=(
        "Désactiver un module; mettre un module hors service; couper un module; ne plus utiliser "
        "un module"
    ),
    example={"id": "$core.module?status=installed"},
    surface="human",
    permission="core:admin",
    events=("core.module.disabled",),
    record=Module,
    next=("core.module.enable", "core.module.check_dependencies"),
    unlicensed=True,
)
async def disable(ctx: Context, data: ModuleChosen) -> Module:
    """Take a module out of use: its actions are refused and not listed, its data stays."""
    module = await _alone(ctx, data.id)
    if module.name == CORE:
        raise Conflict(
            reason="The core stays: everything else stands on it.",
            remedy="Choose another module.",
        )
    lifecycle.take(module, "disable")
    if needed := await _needed_by(ctx, module):
        raise Conflict(
            reason=f"{', '.join(needed)} cannot work without it.",
            remedy=f"Disable {needed[0]} first.",
        )
    ctx.emit(Disabled(module=module.name))
    return module


class Dependencies(Output):
    """What a module needs, what needs it, and what could be done with it now."""

    module: str
    needs: list[str]
    lacking: list[str]
    needed_by: list[str]
    can_enable: bool
    can_disable: bool


@action(
    "core.module.check_dependencies",
    risk="r",
    en=(
        "Check a module's dependencies; may a module be disabled; what needs it; which modules "
        "depend on it"
    ),
    fr=(
        "Vérifier les dépendances d'un module; peut-on désactiver ce module; quels modules en "
        "dépendent; de quels modules dépend-il"
    ),
    example={"id": "$core.module"},
    record=Module,
)
async def check_dependencies(ctx: Context, data: ModuleChosen) -> Dependencies:
    """Show what a module needs and what needs it, and whether it could be enabled or disabled now."""
    module = await ctx.get(Module, data.id)
    lacking, needed = await _lacking(ctx, module), await _needed_by(ctx, module)
    used = module.status == "installed"
    return Dependencies(
        module=module.name,
        needs=module.depends_on,
        lacking=lacking,
        needed_by=needed,
        can_enable=not used and not lacking,
        can_disable=used and not needed and module.name != CORE,
    )


class Release(BaseModel):
    """A module as its package describes it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40)]
    release: Annotated[str, Field(max_length=40)] = ""
    depends_on: Annotated[list[str], Field(max_length=100)] = []


class Releases(Input):
    """The modules that this deployment has."""

    modules: Annotated[list[Release], Field(max_length=200)]


class Noted(Output):
    """The modules that are new here."""

    added: list[str]


@action(
    "core.module.install",
    risk="w",
    en="Note the modules that were installed; register installed modules; update the versions of modules",
    fr="Prendre note des modules installés; enregistrer les modules installés",
    surface="operator",
    permission="core:admin",
    record=Module,
)
async def install(ctx: Context, data: Releases) -> Noted:
    """Note for an organisation which modules there are; new ones are in use at once."""
    known = {one.name: one for one in await ctx.find(Module)}
    added = []
    for told in data.modules:
        row = known.get(told.name)
        if row is None:
            row = await ctx.add(Module(**told.model_dump()))
            added.append(row.name)
        row.release, row.depends_on = told.release, told.depends_on
    return Noted(added=added)


class ModuleActions(Output):
    """The actions that the caller may use, of one module or of all."""

    module: str | None = None
    actions: list[dict[str, str]]


class ActionsAsked(Input):
    """Which actions: of one module, in some words, or all that there are."""

    name: Annotated[ModuleId | None, Field(description="Of this module alone, by name or id.")] = (
        None
    )
    query: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="Words, in French or English, that its name, summary or labels hold, all of them.",
        ),
    ] = None


Offered = Callable[[str | None, str, Access], list[dict[str, str]]]
"""The actions that a caller may use: of a module or of all, with these words or whatever they are."""


def list_actions(offered: Offered) -> Action:
    """`core.module.list_actions`, over what is installed."""

    @action(
        "core.module.list_actions",
        risk="r",
        en=(
            "List a module's actions; what can this module do; features of a module; commands of a "
            "module"
        ),
        fr=(
            "Lister les actions d'un module; que peut faire ce module; fonctions d'un module; "
            "commandes d'un module"
        ),
        example={"name": "$core.module", "query": "create"},
        record=Module,
    )
    async def listed(ctx: Any, data: ActionsAsked) -> ModuleActions:
        """List the actions that the caller may use, of one module or of all, each with its risk."""
        module = (await ctx.get(Module, data.name)).name if data.name else None
        found = offered(module, data.query or "", ctx.caller.access)
        return ModuleActions(module=module, actions=found)

    return listed
