"""The contract itself: it finds every way of breaking it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from core.tests.raw import connected
from eyeot.declare.action import Action
from eyeot.declare.event import Event
from eyeot.testing.contract import REQUIREMENTS, Stage
from eyeot.testing.fixtures import TestDatabase

CHECKS = {one.id: one.check for one in REQUIREMENTS}


class Said(Event, name="crm.party.said"):
    """Something was said."""


@pytest.fixture
async def undone(stage: Stage) -> AsyncIterator[Stage]:
    """The stage, in a time that is taken back."""
    async with stage.writes.undone():
        yield stage


@contextmanager
def broken(stage: Stage, name: str, **changes: Any) -> Iterator[Action]:
    """An action, otherwise than its module declares it."""
    actions = stage.engine.catalogue.actions
    was = actions[name]
    actions[name] = replace(was, **changes)
    try:
        yield actions[name]
    finally:
        actions[name] = was


async def _caught(stage: Stage, requirement: str, action: Action) -> None:
    with pytest.raises(AssertionError):
        await CHECKS[requirement](stage, action)


async def test_a_missing_label_or_example(undone: Stage) -> None:
    for change in ({"fr": ""}, {"examples": ()}, {"events": ("crm.party.never",)}):
        with broken(undone, "crm.party.block", **change) as action:
            await _caught(undone, "declared", action)


async def test_an_argument_that_takes_anything(undone: Stage) -> None:
    was = undone.engine.catalogue.actions["crm.lead.qualify"]

    class Loose(was.input):  # type: ignore[name-defined,misc]
        note: Any = None

    with broken(undone, "crm.lead.qualify", build_input=lambda: Loose) as action:
        await _caught(undone, "typed", action)


async def test_an_answer_beyond_its_schema(undone: Stage) -> None:
    was = undone.engine.catalogue.actions["crm.customer.get"]

    async def more(ctx: Any, data: Any) -> Any:
        return {**await was.handler(ctx, data), "margin": "12.00"}

    with broken(undone, was.name, handler=more) as action:
        await _caught(undone, "runs", action)


async def test_an_answer_that_is_not_what_is_stored(undone: Stage) -> None:
    was = undone.engine.catalogue.actions["crm.customer.get"]

    async def other(ctx: Any, data: Any) -> Any:
        return {**await was.handler(ctx, data), "score": 99}

    with broken(undone, was.name, handler=other) as action:
        await _caught(undone, "runs", action)


async def test_an_event_that_is_not_declared(undone: Stage) -> None:
    was = undone.engine.catalogue.actions["crm.party.block"]

    async def chatty(ctx: Any, data: Any) -> Any:
        ctx.emit(Said())
        return await was.handler(ctx, data)

    with broken(undone, was.name, handler=chatty) as action:
        await _caught(undone, "runs", action)


async def test_a_dry_run_that_leaves_something_behind(
    undone: Stage, database: TestDatabase
) -> None:
    was = undone.engine.catalogue.actions["crm.party.block"]

    async def leaky(ctx: Any, data: Any) -> Any:
        async with connected(database.admin) as admin:
            await admin.execute("UPDATE eyeot_organisation SET slug = slug WHERE slug = 'demo'")
        return await was.handler(ctx, data)

    with broken(undone, was.name, handler=leaky) as action:
        await undone.given(action)
        await _caught(undone, "dry_run", action)


async def test_a_dry_run_that_tells_something_else(undone: Stage) -> None:
    was = undone.engine.catalogue.actions["crm.party.block"]
    calls = iter(range(100))

    async def moody(ctx: Any, data: Any) -> Any:
        party = await was.handler(ctx, data)
        party.block_reason = f"For the {next(calls)}th time"
        return party

    with broken(undone, was.name, handler=moody) as action:
        await _caught(undone, "dry_run", action)


async def test_a_read_where_the_server_takes_writes(undone: Stage) -> None:
    action = undone.engine.catalogue.actions["crm.customer.get"]
    await undone.given(action)
    pools = undone.engine.database
    undone.engine.database = replace(pools, reads=pools.writes)
    try:
        await _caught(undone, "read_only", action)
    finally:
        undone.engine.database = pools


async def test_a_fault_at_the_second_call(undone: Stage) -> None:
    was = undone.engine.catalogue.actions["crm.party.block"]

    async def once(ctx: Any, data: Any) -> Any:
        party = await ctx.get(was.record, data.id)
        if party.blocked_for:
            raise RuntimeError("twice")
        return await was.handler(ctx, data)

    with broken(undone, was.name, handler=once) as action:
        await _caught(undone, "again", action)


async def test_a_door_around_the_permission(undone: Stage) -> None:
    with broken(undone, "crm.customer.get", permission="core:read") as action:
        await _caught(undone, "permission", action)


@pytest.mark.parametrize("beyond", ["reach", "elsewhere"])
async def test_a_handler_that_does_not_look_where_it_works(undone: Stage, beyond: str) -> None:
    was = undone.engine.catalogue.actions["crm.lead.qualify"]
    leads = was.record

    async def blind(ctx: Any, data: Any) -> Any:
        found = await ctx.find(leads, limit=1) if beyond == "elsewhere" else []
        row = found[0] if found else await ctx.get(leads, data.id, beyond=True)
        row.need = "nothing"
        return row

    with broken(undone, was.name, handler=blind) as action:
        await _caught(undone, beyond, action)


async def test_a_write_that_takes_any_version(undone: Stage) -> None:
    was = undone.engine.catalogue.actions["crm.lead.qualify"]

    async def hasty(ctx: Any, data: Any) -> Any:
        ctx.expected_version = None
        return await was.handler(ctx, data)

    with broken(undone, was.name, handler=hasty) as action:
        await _caught(undone, "version", action)
