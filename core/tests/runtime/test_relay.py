"""The relay: `after` reactions run later, in a unit of work of their own, and once."""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any, ClassVar

import pytest

from eyeot import Context, Event, Plugin, RecordEvent, after, app
from eyeot.declare.event import Reaction
from eyeot.platform.teams import Team
from eyeot.runtime.engine import Engine
from eyeot.runtime.relay import ATTEMPTS, Relay
from eyeot.storage.pool import taken
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting


class Trouble:
    """Whether the reaction fails, and how often it was tried."""

    failing = False
    tries = 0
    refusing: ClassVar[set[int]] = set()
    """The versions at which the second reaction fails."""
    seen: ClassVar[list[tuple[int, bool]]] = []
    """What the second reaction was told: its turn, and whether something was missing before it."""


@after("core.team.created")
async def shadow(ctx: Context, event: RecordEvent) -> None:
    """Make a second team for every team."""
    Trouble.tries += 1
    team = await ctx.get(Team, event.id)
    if not team.name.startswith("Ombre"):
        await ctx.add(Team(name=f"Ombre de {team.name}"))
    if Trouble.failing:
        raise RuntimeError("not today")


@after("core.team.updated")
async def follow(ctx: Context, event: RecordEvent) -> None:
    """Note the turns of changes."""
    turn = len(Trouble.seen) + 1
    if turn in Trouble.refusing:
        raise RuntimeError("not this one")
    Trouble.seen.append((turn, ctx.after_gap))


def _plugin() -> Plugin:
    module = ModuleType(__name__)
    module.__dict__.update({"shadow": shadow, "follow": follow})
    assert isinstance(shadow, Reaction)
    return Plugin(name="shadows", doc="Shadows.", modules=(module,))


@pytest.fixture
async def relay(database: TestDatabase) -> AsyncIterator[Relay]:
    """A relay whose plugin reacts to teams."""
    Trouble.failing, Trouble.tries = False, 0
    Trouble.refusing.clear()
    Trouble.seen.clear()
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
    query = (
        "SELECT event, reaction, attempts, done_at, failed_at, error FROM core_outbox"
        " WHERE org_id = $1 ORDER BY place"
    )
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
    await _due(relay, house)
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


async def test_a_later_event_of_a_record_waits_for_the_earlier_one_and_others_do_not(
    relay: Relay,
) -> None:
    house = await House.open(relay.engine)
    team = (await house.operator.call("core.team.create", name="Ombre 1")).result["id"]
    other = (await house.operator.call("core.team.create", name="Ombre 2")).result["id"]
    Trouble.refusing.add(1)
    for name in ("Ombre 3", "Ombre 4"):
        await house.operator.call("core.team.update", id=team, name=name)
    await _drained(relay)
    waiting = [row for row in await _outbox(relay.engine, house) if not row["done_at"]]
    assert [row["attempts"] for row in waiting if row["event"].endswith("updated")] == [1, 0]
    Trouble.refusing.clear()
    await house.operator.call("core.team.update", id=other, name="Ombre 5")
    await _drained(relay)
    assert len(Trouble.seen) == 1

    await _due(relay, house)
    await _drained(relay)
    assert Trouble.seen == [(1, False), (2, False), (3, False)]


async def test_an_event_that_is_given_up_blocks_nothing_and_the_next_says_so(relay: Relay) -> None:
    house = await House.open(relay.engine)
    team = (await house.operator.call("core.team.create", name="Ombre 1")).result["id"]
    Trouble.refusing.add(1)
    for name in ("Ombre 3", "Ombre 4"):
        await house.operator.call("core.team.update", id=team, name=name)
    for _ in range(ATTEMPTS - 1):
        await _drained(relay)
        await _due(relay, house)
    Trouble.seen.append((0, False))
    Trouble.refusing.add(2)
    assert await relay.deliver() == 1
    Trouble.refusing.clear()
    await _drained(relay)

    assert Trouble.seen[1:] == [(2, True)]


async def _due(relay: Relay, house: House) -> None:
    async with taken(relay.engine.database.relay) as connection:
        text = "UPDATE core_outbox SET due_at = now() WHERE org_id = $1"
        await connection.execute(text, house.org_id)


def test_an_event_class_names_itself() -> None:
    class Done(Event, name="shadows.team.done"):
        """Done."""

    assert Done.name == "shadows.team.done"
