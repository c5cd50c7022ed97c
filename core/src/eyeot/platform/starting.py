"""Starting: gives an organisation the rows that its modules begin with."""

from collections.abc import Callable, Sequence
from typing import Any

from eyeot.declare.action import Action, action
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import NotFound
from eyeot.declare.starting import Starting
from eyeot.platform.modules import Module

Starts = Callable[[str], Sequence[Starting]]


class ModuleNamed(Input):
    """The name of an installed module."""

    name: str


class Given(Output):
    """The rows that were newly given, as `noun:key`."""

    module: str
    added: list[str]


def start(starts: Starts) -> Action:
    """The action that gives a module's starting rows, as `starts` tells them."""

    @action(
        "core.module.start",
        risk="w",
        en="Give an organisation the rows that a module begins with",
        fr="Donner à une organisation les données de départ d'un module",
        surface="operator",
        permission="core:admin",
        record=Module,
    )
    async def run(ctx: Context, data: ModuleNamed) -> Given:
        """Add a module's starting rows that were never given here; what people changed stays as it is."""
        module = await ctx.first(Module, Module.c.name == data.name)
        if module is None:
            raise NotFound(kind="core.module", id=data.name, lookup="core.module.list")
        known, added = set(module.given), list[str]()
        for one in starts(data.name):
            added += await _give(ctx, one, known)
        module.given = sorted(known | set(added))
        return Given(module=data.name, added=added)

    return run


async def _give(ctx: Context, start: Starting, known: set[str]) -> list[str]:
    rows = {start.mark(one[start.key]): one for one in await start.wanted(ctx)}
    fresh = {mark: one for mark, one in rows.items() if mark not in known}
    if not fresh:
        return []
    column: Any = start.kind.c[start.key]
    found = await ctx.find(start.kind, column.in_([one[start.key] for one in fresh.values()]))
    there = {start.mark(getattr(one, start.key)) for one in found}
    for mark, one in fresh.items():
        if mark not in there:
            ctx.let_go(await ctx.add(start.kind(**one)))
    return list(fresh)
