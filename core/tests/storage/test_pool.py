"""Pools: connections are shared fairly, replaced when they die, and never more than allowed."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.tests.raw import connected
from eyeot.declare.problem import Unavailable
from eyeot.storage import pool as pools
from eyeot.storage.pool import Pool, taken
from eyeot.testing.fixtures import TestDatabase

NAME = "pool under test"
COUNT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"


@pytest.fixture
async def pool(database: TestDatabase) -> AsyncIterator[Pool]:
    """Two connections."""
    made = Pool(database.app, 2, {"application_name": NAME})
    yield made
    await made.close()


async def _use(pool: Pool) -> int:
    async with taken(pool) as connection:
        found: int = await connection.fetchval("SELECT pg_backend_pid()")
        return found


async def test_no_more_connections_than_allowed_serve_any_number_of_calls(
    pool: Pool, database: TestDatabase
) -> None:
    used = await asyncio.gather(*(_use(pool) for _ in range(100)))

    assert len(set(used)) == 2
    async with connected(database.admin) as admin:
        assert await admin.fetchval(COUNT, NAME) == 2


async def test_whoever_waits_comes_before_whoever_asks_again(database: TestDatabase) -> None:
    """One busy caller that gives its connection back and takes it again must let others in between."""
    pool = Pool(database.app, 1, {"application_name": NAME})
    turns: list[str] = []

    async def often() -> None:
        for _ in range(50):
            await _use(pool)
            turns.append("often")

    async def once() -> None:
        await _use(pool)
        turns.append("once")

    first = asyncio.create_task(often())
    while not turns:
        await asyncio.sleep(0)
    await asyncio.gather(first, *(once() for _ in range(3)))
    await pool.close()

    assert turns.index("once") < 6
    assert [at for at, turn in enumerate(turns) if turn == "once"][-1] < 12


async def test_whoever_waits_too_long_is_told_so_and_takes_no_place(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "_WAIT", 0.1)
    held = [await pool.acquire(), await pool.acquire()]
    with pytest.raises(Unavailable):
        await _use(pool)
    for one in held:
        pool.release(one)

    assert len(set(await asyncio.gather(*(_use(pool) for _ in range(20))))) == 2


async def test_a_cancelled_wait_passes_its_turn_on(pool: Pool) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    waiting = [asyncio.create_task(_use(pool)) for _ in range(6)]
    await asyncio.sleep(0)
    pool.release(held[0])
    waiting[0].cancel()
    waiting[3].cancel()

    done = await asyncio.gather(*waiting, return_exceptions=True)
    pool.release(held[1])

    assert [type(one) for one in done].count(asyncio.CancelledError) == 2
    assert [type(one) for one in done].count(int) == 4
    assert len(set(await asyncio.gather(*(_use(pool) for _ in range(20))))) == 2


async def test_connections_that_died_are_replaced(pool: Pool, database: TestDatabase) -> None:
    before = set(await asyncio.gather(*(_use(pool) for _ in range(10))))
    async with connected(database.admin) as admin:
        await admin.execute(KILL.replace("$1", f"'{NAME}'"))
        while await admin.fetchval(COUNT, NAME):
            await asyncio.sleep(0)
    await asyncio.sleep(0.05)

    after = set(await asyncio.gather(*(_use(pool) for _ in range(10))))

    assert len(after) == 2
    assert before & after == set()


async def test_a_connection_that_comes_back_in_a_transaction_serves_nobody(pool: Pool) -> None:
    connection = await pool.acquire()
    await connection.execute("BEGIN; SET LOCAL app.org_id = '00000000-0000-0000-0000-000000000001'")
    pool.release(connection)

    assert connection.is_closed()
    async with taken(pool) as other:
        assert not await other.fetchval("SELECT current_setting('app.org_id', true)")


async def test_a_cancelled_statement_takes_its_connection_along(pool: Pool) -> None:
    async def forever() -> None:
        async with taken(pool) as connection:
            await connection.execute("SELECT pg_sleep(30)")

    tasks = [asyncio.create_task(forever()) for _ in range(2)]
    for _ in range(50):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    async with asyncio.timeout(5):
        assert len(set(await asyncio.gather(*(_use(pool) for _ in range(10))))) == 2


async def test_a_database_that_is_away_costs_no_places(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(database.server.url("nobody at all"), 2, {})
    for _ in range(5):
        with pytest.raises(Unavailable):
            await _use(pool)
    async with connected(database.admin) as admin:
        await admin.execute('CREATE ROLE "nobody at all" LOGIN')
        assert await _use(pool)
        await pool.close()
        await admin.execute('DROP ROLE "nobody at all"')


async def test_a_connection_given_back_after_the_end_is_closed(database: TestDatabase) -> None:
    pool = Pool(database.app, 2, {"application_name": NAME})
    connection = await pool.acquire()
    await pool.close()
    pool.release(connection)

    assert connection.is_closed()
    with pytest.raises((Unavailable, asyncpg.InterfaceError)):
        await _use(pool)
