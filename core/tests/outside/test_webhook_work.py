"""Webhooks at work: several workers, slow receivers, deaths, and what is told before and kept after."""

import asyncio

from core.tests.outside.conftest import Clock, Hooks
from core.tests.outside.receiver import receiving
from eyeot.runtime.hooks.courier import Courier
from eyeot.runtime.housekeeping import tidied
from eyeot.runtime.relay import Relay
from eyeot.testing import Desk

CREATED, UPDATED = "core.team.created", "core.team.updated"
CREATE = "core.webhook_endpoint.create"


async def test_a_dry_run_tells_who_would_be_told_and_nobody_is(hooks: Hooks) -> None:
    made = await hooks.endpoint()
    await hooks.endpoint("core.role.*")
    effects = (
        await hooks.house.operator.call("core.team.create", dry_run=True, name="Nord")
    ).effects
    await hooks.deliver()

    assert effects
    assert effects["webhooks"] == [{"endpoint": made["id"], "event": CREATED}]
    assert hooks.receiver.got == []


async def test_an_organisation_without_endpoints_leaves_nothing_to_the_relay(hooks: Hooks) -> None:
    await hooks.team()
    waiting = "SELECT count(*) AS n FROM core_outbox WHERE done_at IS NULL AND org_id = $1"
    assert (await hooks.raw(waiting, hooks.house.org_id))[0]["n"] == 0


async def test_a_line_of_events_moves_on_as_soon_as_its_first_have_arrived(hooks: Hooks) -> None:
    await hooks.endpoint()
    for at in range(12):
        await hooks.team(f"Nord {at}")
    relay = Relay(hooks.house.engine)
    while await relay.work():
        pass
    # No look comes by itself while this test lasts.
    hooks.courier.every = 3600

    hooks.courier.start()
    async with asyncio.timeout(60):
        while len(hooks.receiver.got) < 12:
            await asyncio.sleep(0.01)
    await hooks.courier.stop()

    assert hooks.receiver.types == [CREATED] * 12


async def test_a_slow_endpoint_holds_up_no_other(hooks: Hooks) -> None:
    await hooks.endpoint()
    hooks.receiver.held = asyncio.Event()
    async with receiving() as quick:
        await hooks.endpoint(url=quick.url())
        for at in range(12):
            await hooks.team(f"Nord {at}")
        relay = Relay(hooks.house.engine)
        while await relay.work():
            pass
        while len(quick.got) < 12:
            await hooks.courier.work()
            await asyncio.sleep(0)

        assert len(hooks.receiver.got) <= 4
        assert hooks.receiver.most <= 4
        hooks.receiver.held.set()
        await asyncio.gather(*hooks.courier._under_way)
        await hooks.courier.drain()
    assert len(hooks.receiver.got) == 12


async def test_several_workers_deliver_each_event_once_and_in_order(hooks: Hooks) -> None:
    await hooks.endpoint()
    teams = [await hooks.team(f"Nord {at}") for at in range(6)]
    for at in range(5):
        for team in teams:
            await hooks.rename(team, f"Sud {at} {team}")
    engine = hooks.house.engine
    relays, couriers = [Relay(engine) for _ in range(3)], [Courier(engine) for _ in range(4)]
    done = 0
    while done < 36:
        await asyncio.gather(*(one.work() for one in relays))
        await asyncio.gather(*(one.work() for one in couriers))
        await asyncio.gather(*(task for one in couriers for task in one._under_way))
        done = len(hooks.receiver.got)

    assert len({one.id for one in hooks.receiver.got}) == len(hooks.receiver.got) == 36
    places = {
        r["event_id"]: r["place"]
        for r in await hooks.raw("SELECT event_id, place FROM core_webhook_delivery")
    }
    order = {str(id): place for id, place in places.items()}
    for team in teams:
        mine = [order[one.id] for one in hooks.receiver.got if one.told["data"]["id"] == team]
        assert mine == sorted(mine)
        assert len(mine) == 6


async def test_a_worker_that_died_in_the_middle_is_followed_by_another(
    hooks: Hooks, clock: Clock
) -> None:
    await hooks.endpoint()
    await hooks.team()
    hooks.receiver.held = asyncio.Event()
    dying = Courier(hooks.house.engine)
    await Relay(hooks.house.engine).work()
    await dying.work()
    while not hooks.receiver.got:
        await asyncio.sleep(0)
    await dying.stop()
    hooks.receiver.held.set()

    assert await hooks.deliver() == 0
    clock.passes(minutes=1)
    assert await hooks.deliver() == 1
    assert len({one.id for one in hooks.receiver.got}) == 1
    assert [one["status"] for one in await hooks.deliveries()] == ["delivered"]


async def test_what_is_old_goes_and_what_is_not_stays(hooks: Hooks, clock: Clock) -> None:
    made = await hooks.endpoint()
    await hooks.team()
    await hooks.deliver()
    relay = hooks.house.engine.database.relay
    await tidied(relay, clock.now())
    assert len(await hooks.deliveries()) == 1
    await hooks.house.operator.call("core.webhook_endpoint.delete", id=made["id"])
    clock.passes(days=31)
    await hooks.team("Sud")
    await tidied(relay, clock.now())

    assert await hooks.deliveries() == []
    kept = "SELECT event FROM core_outbox WHERE org_id = $1"
    assert {r["event"] for r in await hooks.raw(kept, hooks.house.org_id)} == {CREATED}


async def test_the_catalogue_of_events_is_what_is_sent(hooks: Hooks, call: Desk) -> None:
    told = await call("core.webhook_endpoint.list_event_types", module="core")
    kinds = {one["name"]: one["payload"] for one in told["modules"]["core"]}
    assert not [
        name for name in kinds if name.startswith(("core.notification.", "core.webhook_delivery."))
    ]
    await hooks.endpoint("*")
    team = await hooks.team()
    await hooks.rename(team, "Sud")
    await hooks.desk(
        "core.user.suspend", id=await hooks.house.person("eva", "viewer"), reason="Départ"
    )
    await hooks.deliver()

    assert {CREATED, UPDATED, "core.user.suspended"} <= set(hooks.receiver.types)
    for one in hooks.receiver.got:
        assert set(one.told["data"]) == set(kinds[one.told["type"]]["properties"]), one.told
