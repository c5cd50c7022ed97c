"""Asking: a plugin of the tests' own that asks a register and a platform outside."""

from types import ModuleType
from typing import Annotated, Any

from pydantic import Field

from eyeot import (
    Context,
    Event,
    Input,
    Output,
    Plugin,
    Provider,
    ProviderUnavailable,
    action,
    after,
)
from eyeot.declare.job import Job, Step, job
from eyeot.platform.teams import Team

REGISTER = Provider(
    name="register",
    doc=("The register of companies", "Le registre des entreprises"),
    url="https://register.example/v1",
    largest=2_000,
    patience=0.5,
)
PLATFORM = Provider(
    name="platform",
    doc=("A platform that takes documents", "Une plateforme qui reçoit des documents"),
    url="https://platform.example",
)


class About(Input):
    """About whom."""

    number: Annotated[str, Field(max_length=100)]
    times: int = 1


class Told(Output):
    """What was said."""

    name: str


class Joined(Event, name="ask.company.joined"):
    """A company joined."""

    number: str


@action("ask.company.look_up", risk="r", en="Look up", fr="Consulter", example={"number": "1"})
async def look_up(ctx: Context, data: About) -> Told:
    """Ask the register."""
    found = [
        ctx.fetch(REGISTER, "GET", f"/companies/{data.number}", query={"at": str(at)})
        for at in range(data.times)
    ]
    return Told(name=found[0].json()["name"] if found[0].ok else f"none: {found[0].status}")


@action("ask.company.look_through", risk="r", en="Look", fr="Voir", example={"number": "1"})
async def look_through(ctx: Context, data: About) -> Told:
    """Ask the register in a transaction of its own."""
    await ctx.find(Team)
    return await look_up.handler(ctx, data)  # type: ignore[no-any-return]


@action("ask.company.add", risk="w", en="Add", fr="Ajouter", example={"number": "1"}, record=Team)
async def add(ctx: Context, data: About) -> Team:
    """Add a team by the name that the register has, or by the number."""
    made = await ctx.add(Team(name=f"draft {data.number}"))
    try:
        made.name = ctx.fetch(REGISTER, "GET", f"/companies/{data.number}").json()["name"]
    except ProviderUnavailable:
        made.name = data.number
    return made


@action("ask.company.submit", risk="e", en="Submit", fr="Transmettre", example={"number": "1"})
async def submit(ctx: Context, data: About) -> Told:
    """Send a document, and keep what the platform calls it."""
    known = await ctx.first(Team, Team.c.name == data.number)
    made = await ctx.add(Team(name=f"sent {data.number}{' again' if known else ''}"))
    key = {"authorization": "Bearer secret"}
    sent = ctx.fetch(PLATFORM, "POST", "/flows", headers=key, body={"number": data.number})
    made.name = sent.json()["id"]
    return Told(name=made.name)


@action(
    "ask.company.join", risk="w", en="Join", fr="Rejoindre", example={"number": "1"},
    events=("ask.company.joined",),
)  # fmt: skip
async def join(ctx: Context, data: About) -> Told:
    """Tell that a company joined."""
    ctx.emit(Joined(number=data.number))
    return Told(name=data.number)


@after("ask.company.joined")
async def register(ctx: Context, event: Joined) -> None:
    """Tell the platform of it."""
    sent = ctx.fetch(PLATFORM, "POST", "/members", body={"number": event.number})
    await ctx.add(Team(name=sent.json()["id"]))


@job("ask.company.sweep")
async def sweep(ctx: Context, data: About, cursor: Any) -> Step:
    """Ask about one number after another."""
    at = cursor["at"] if cursor else 0
    name = ctx.fetch(REGISTER, "GET", f"/companies/{at}").json()["name"]
    await ctx.add(Team(name=f"{name} {at}"))
    going = {"at": at + 1} if at + 1 < data.times else None
    return Step(done=at + 1, total=data.times, cursor=going)


@action("ask.company.begin", risk="w", en="Begin", fr="Commencer", example={"number": "1"})
async def begin(ctx: Context, data: About) -> Told:
    """Have them all asked about."""
    await ctx.enqueue(sweep, data)
    return Told(name="begun")


def plugin() -> Plugin:
    """The plugin."""
    module = ModuleType("core.tests.outside.asking")
    for name, value in globals().items():
        if isinstance(value, Provider | Job) or hasattr(value, "handler") or value is Joined:
            setattr(module, name, value)
    return Plugin(name="ask", doc="For tests.", modules=(module,))
