"""The relay: `after` reactions run later, in a unit of work of their own, and once."""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest

from eyeot import Context, Event, Plugin, RecordEvent, after, app
from eyeot.declare.event import Reaction
from eyeot.platform.users import Team
from eyeot.runtime.engine import Engine
from eyeot.runtime.relay import Relay
from eyeot.storage.pool import taken
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting


class Trouble:
    """Whether the reaction fails, and how often it was tried."""

    failing = False
    tries = 0


@after("core.team.created")
async def shadow(ctx: Context, event: RecordEvent) -> None:
    """Make a second team for every team."""
    Trouble.tries += 1
    team = await ctx.get(Team, event.id)
    if not team.name.startswith("Ombre"):
        await ctx.add(Team(name=f"Ombre de {team.name}"))
    if Trouble.failing:
        raise RuntimeError("not today")


def _plugin() -> Plugin:
    module = ModuleType(__name__)
    module.__dict__.update({"shadow": shadow})
    assert isinstance(shadow, Reaction)
    return Plugin(name="shadows", doc="Shadows.", modules=(module,))


@pytest.fixture
async def relay(database: TestDatabase) -> AsyncIterator[Relay]:
    """A relay whose plugin reacts to teams."""
    Trouble.failing, Trouble.tries = False, 0
    plugins, _ = app.load_plugins()
    made = await app.start(
        app.catalogue_of([*plugins, _plugin()]), database.app, database.relay, licensing=trusting()
    )
    yield Relay(made)
    await app.stop(made)


async def _teams(house: House) -> list[str]:
    listed = await house.operator.call("core.team.list", sort="name")
    return [one["name"] for one in listed.result["items"]]


async def _outbox(engine: Engine, house: House) -> list[dict[str, Any]]:
    query = "SELECT event, reaction, attempts, done_at, failed_at, error FROM core_outbox WHERE org_id = $1"
    async with taken(engine.database.relay) as connection:
        return [dict(row) for row in await connection.fetch(query, house.org_id) if row["reaction"]]


async def _drained(relay: Relay) -> None:
    while await relay.deliver():
        pass


async def test_an_after_reaction_runs_once_and_its_changes_are_audited(relay: Relay) -> None:
    house = await House.open(relay.engine)
    await house.operator.call("core.team.create", name="Nord")
    assert await _teams(house) == ["Nord"]

    await _drained(relay)

    assert await _teams(house) == ["Nord", "Ombre de Nord"]
    events = await house.operator.call("core.audit_event.list", surface="job")
    assert {one["actor"] for one in events.result["items"]} == {"relay"}
    assert all(row["done_at"] for row in await _outbox(relay.engine, house))


async def test_a_dry_run_leaves_nothing_to_relay(relay: Relay) -> None:
    house = await House.open(relay.engine)

    await house.operator.call("core.team.create", dry_run=True, name="Nord")

    assert await _outbox(relay.engine, house) == []


async def test_a_failing_reaction_changes_nothing_and_is_tried_again(relay: Relay) -> None:
    house = await House.open(relay.engine)
    Trouble.failing = True
    await house.operator.call("core.team.create", name="Nord")

    await _drained(relay)

    assert await _teams(house) == ["Nord"]
    waiting = await _outbox(relay.engine, house)
    assert [(row["attempts"], row["done_at"], row["failed_at"]) for row in waiting] == [
        (1, None, None)
    ]
    assert "not today" in waiting[0]["error"]

    Trouble.failing = False
    async with taken(relay.engine.database.relay) as connection:
        await connection.execute(
            "UPDATE core_outbox SET due_at = now() WHERE org_id = $1", house.org_id
        )
    await _drained(relay)
    assert await _teams(house) == ["Nord", "Ombre de Nord"]


async def test_two_relays_share_the_work(relay: Relay) -> None:
    house = await House.open(relay.engine)
    for name in ("Nord", "Sud", "Est", "Ouest"):
        await house.operator.call("core.team.create", name=name)

    other = Relay(relay.engine)
    while await relay.deliver() + await other.deliver():
        pass

    assert len(await _teams(house)) == 8
    assert all(row["attempts"] == 1 for row in await _outbox(relay.engine, house))


def test_an_event_class_names_itself() -> None:
    class Done(Event, name="shadows.team.done"):
        """Done."""

    assert Done.name == "shadows.team.done"
