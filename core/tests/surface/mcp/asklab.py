"""Asklab: a module whose actions ask before they write, and show more than data."""

from types import ModuleType

from eyeot import Context, Event, Image, Input, Output, Plugin, ResourceLink, Tool, action

PNG = b"\x89PNG"


class Given(Input):
    """A name for a role."""

    name: str = "asked"


class Sure(Input):
    """Whether it may be done."""

    ok: bool
    why: str = ""


class Done(Output):
    """What was done."""

    did: str


class Made(Event, name="asklab.role.made"):
    """It was made."""


@action("asklab.role.make", risk="w", en="Make", fr="Faire", example={}, permission="core:admin")
async def make(ctx: Context, data: Given) -> Done:
    """Tell of a team's making, once a person agreed."""
    sure = ctx.ask("sure", f"Make {data.name}?", Sure)
    if not sure.ok:
        return Done(did="nothing")
    ctx.emit(Made())
    return Done(did=f"made {data.name}, {sure.why}")


@action("asklab.role.remake", risk="w", en="Remake", fr="Refaire", permission="core:admin")
async def remake(ctx: Context, data: Given) -> Done:
    """Ask the same of another."""
    return await make.handler(ctx, data)  # type: ignore[no-any-return]


@action("asklab.chart.draw", risk="r", en="Draw", fr="Dessiner", example={}, permission="core:read")
async def draw(ctx: Context, data: Given) -> Done:
    """Draw a chart."""
    ctx.add_block(Image(data=PNG, mime_type="image/png"))
    ctx.add_block(ResourceLink(uri="https://eyeot.example/chart", name="Chart"))
    return Done(did="drawn")


_TOOLS = [
    Tool(name=name, action=of, title=name, doc=name)
    for name, of in (
        ("ask_make", "asklab.role.make"),
        ("ask_remake", "asklab.role.remake"),
        ("draw", "asklab.chart.draw"),
    )
]


def plugin() -> Plugin:
    """The module."""
    module = ModuleType("asklab")
    module.__dict__.update(make=make, remake=remake, draw=draw, made=Made)
    module.__dict__.update({f"tool_{one.name}": one for one in _TOOLS})
    return Plugin(name="asklab", doc="Asks.", modules=(module,))
