"""Invariants: what the modules promise of their data, looked for in every organisation."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from eyeot import app
from eyeot.declare.invariant import Invariant
from eyeot.deploy import database
from eyeot.deploy.doctor import Check
from eyeot.deploy.operator import Operator
from eyeot.deploy.settings import Settings
from eyeot.runtime.engine import Engine
from eyeot.runtime.transaction import Transaction
from eyeot.storage.pool import taken

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold in an organisation."""

    invariant: Invariant
    organisation: str
    told: str


async def examine(settings: Settings) -> list[Check]:
    """One check for each invariant of the modules in use, over every organisation."""
    catalogue = app.assemble(settings.modules)
    with database.running(settings) as urls:
        async with database.engine(settings, urls, catalogue) as engine:
            found = [one async for one in breaches(engine)]
    return [_check(one, found) for one in declared(engine)]


def declared(engine: Engine) -> list[Invariant]:
    """The invariants of the modules in use."""
    return [one for plugin in engine.catalogue.plugins for one in plugin.invariants()]


async def breaches(engine: Engine, slug: str | None = None) -> AsyncIterator[Breach]:
    """Every breach, organisation by organisation; `slug`: of that one alone."""
    async with taken(engine.database.relay) as connection:
        rows = await connection.fetch("SELECT id, slug FROM eyeot_organisation ORDER BY slug")
    for row in rows:
        if slug not in (None, row["slug"]):
            continue
        off = await engine.disabled(row["id"])
        operator = Operator(engine, row["id"], row["slug"], disabled=off)
        async with Transaction(engine.database.reads, row["id"], reads=True) as transaction:
            for one in declared(engine):
                if one.module in off:
                    continue
                unit = engine.bare_unit(transaction, operator.caller(), engine.clock())
                for told in await one.look(unit):
                    yield Breach(one, row["slug"], told)


def _check(one: Invariant, found: list[Breach]) -> Check:
    mine = [f"{b.organisation}: {b.told}" for b in found if b.invariant is one]
    more = f" and {len(mine) - _MOST_TOLD} more" if len(mine) > _MOST_TOLD else ""
    told = "; ".join(mine[:_MOST_TOLD]) + more if mine else one.sentence
    return Check(f"invariant {one.name}", not mine, told)
