"""Numbers: of a series none is missing, none is double, and their order is that of the dates."""

import asyncio
from datetime import date, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tests.firm import number
from core.tests.raw import connected
from eyeot.declare.access import Reach
from eyeot.declare.numbering import fault, period, written
from eyeot.declare.problem import Problem
from eyeot.runtime.keeping import Keeping
from eyeot.runtime.transaction import Transaction
from eyeot.runtime.unit import Unit
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

TAKERS = 32
DAY = date(2026, 11, 20)


async def _sequence(house: House, **more: Any) -> str:
    given = {"name": "Factures", "code": "invoice", "pattern": "FA-{year}-{seq:05}", **more}
    return str((await house.operator.call("core.sequence.create", **given)).result["id"])


class _LostError(Exception):
    """What a handler raises after it took a number."""


def _meet(fate: str, transaction: Transaction) -> None:
    if fate == "fails":
        raise _LostError
    if fate == "cancelled":
        raise asyncio.CancelledError
    if fate == "killed":
        transaction.connection.terminate()


async def _take(call: Desk, fate: str) -> str | None:
    """Take a number and commit; or fail, be cancelled, or lose the connection before that."""
    engine, org_id = call.engine, call.caller.org_id
    try:
        async with Transaction(engine.database.writes, org_id) as transaction:
            unit = Unit(
                transaction.connection, call.caller, Reach.OWN, engine.clock(), engine.catalogue
            )
            found = await unit.number("invoice", on=DAY)
            _meet(fate, transaction)
            await transaction.commit()
            return found
    except (_LostError, asyncio.CancelledError, Problem, asyncpg.InterfaceError):
        return None


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_takers_who_fail_leave_no_hole_and_nobody_gets_a_number_twice(
    house: House, call: Desk, seed: int
) -> None:
    id = await _sequence(house)
    chance = Random(seed)
    fates = [chance.choice(("kept", "kept", "fails", "killed", "cancelled")) for _ in range(96)]

    found: list[str | None] = []
    for at in range(0, len(fates), TAKERS):
        found += await asyncio.gather(*(_take(call, one) for one in fates[at : at + TAKERS]))

    kept = [one for one in found if one]
    assert len(kept) == fates.count("kept")
    assert sorted(kept) == [f"FA-2026-{n:05}" for n in range(1, len(kept) + 1)]
    proof = await call("core.sequence.check_gaps", sequence_id=id)
    assert (proof["in_order"], proof["counted"]) == (True, len(kept))


async def test_a_number_dated_before_the_last_one_is_refused_and_takes_nothing(
    house: House, call: Desk
) -> None:
    id = await _sequence(house)
    await number(call, "invoice", DAY)

    with pytest.raises(Problem) as refused:
        await number(call, "invoice", DAY - timedelta(days=1))

    assert refused.value.code == "conflict"
    assert await number(call, "invoice", DAY) == "FA-2026-00002"
    earlier = {"sequence_id": id, "at": "2026-11-19"}
    assert (await call.refused("core.sequence.preview_next", **earlier))["field"] == "at"


async def test_a_series_begins_again_with_its_period(house: House, call: Desk) -> None:
    await _sequence(house, pattern="{yy}{month}/{seq}", reset="monthly", next_value=41)

    days = (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 1), date(2027, 2, 3))
    found = [await number(call, "invoice", one) for one in days]

    assert found == ["2611/41", "2612/1", "2612/2", "2702/1"]


async def test_a_closed_series_and_one_that_is_none_give_no_number(
    house: House, call: Desk
) -> None:
    id = await _sequence(house)
    await call("core.sequence.close", sequence_id=id)

    codes = []
    for code in ("invoice", "nothing"):
        with pytest.raises(Problem) as refused:
            await number(call, code, DAY)
        codes.append(refused.value.code)

    assert codes == ["state_refused", "not_found"]
    assert (await call.refused("core.sequence.close", sequence_id=id))["code"] == "state_refused"


async def test_a_series_is_followed_by_one_whose_numbers_read_otherwise(
    house: House, call: Desk
) -> None:
    id = await _sequence(house)
    assert await number(call, "invoice", DAY) == "FA-2026-00001"
    close = "core.sequence.close"
    for pattern in ("FA-{year}-{seq:06}", "F{year}-{seq}", "FB-{seq}"):
        refused = await call.refused(close, sequence_id=id, successor={"pattern": pattern})
        assert refused["code"] == "invalid", pattern

    await call(close, sequence_id=id, successor={"pattern": "FB-{year}-{seq:05}"})

    assert await number(call, "invoice", DAY) == "FB-2026-00001"
    listed = (await call("core.sequence.list", code="invoice"))["items"]
    assert sorted((one["status"], one["taken"]) for one in listed) == [("active", 1), ("closed", 1)]
    for one in listed:
        assert (await call("core.sequence.check_gaps", sequence_id=one["id"]))["in_order"]
    with pytest.raises(Problem) as before:
        await number(call, "invoice", DAY - timedelta(days=1))
    assert before.value.code == "conflict"
    with pytest.raises(Problem):
        await _sequence(house, pattern="FC-{year}-{seq}")


async def test_a_closed_series_is_opened_anew_by_a_person(house: House, call: Desk) -> None:
    await call("core.sequence.close", sequence_id=await _sequence(house))

    await _sequence(house, pattern="FC-{year}-{seq}")

    assert await number(call, "invoice", DAY) == "FC-2026-1"


@pytest.mark.parametrize(
    "change",
    [
        "next_value = 1",
        "next_value = next_value + 5",
        "taken = 0",
        "last_date = NULL",
        "code = 'x'",
    ],
)
async def test_a_counter_only_counts_on(
    house: House, call: Desk, database: TestDatabase, change: str
) -> None:
    await _sequence(house)
    for _ in range(2):
        await number(call, "invoice", DAY)

    async with connected(database.app, house.org_id) as app:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await app.execute(f"UPDATE core_sequence SET {change} WHERE code = 'invoice'")


async def test_nobody_who_serves_calls_can_rewrite_the_register(
    house: House, call: Desk, database: TestDatabase
) -> None:
    await _sequence(house)
    await number(call, "invoice", DAY)

    async with connected(database.app, house.org_id) as app:
        for text in (
            "UPDATE core_sequence_number SET value = 9",
            "DELETE FROM core_sequence_number",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(text)


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("DELETE FROM core_sequence_number WHERE org_id = $1 AND value = 3", "missing"),
        ("DELETE FROM core_sequence_number WHERE org_id = $1 AND value = 5", "missing"),
        (
            "UPDATE core_sequence_number SET dated = dated + 9 WHERE org_id = $1 AND value = 2",
            "inversions",
        ),
    ],
)
async def test_what_was_tampered_with_is_found(
    house: House, call: Desk, database: TestDatabase, tampering: str, fault: str
) -> None:
    id = await _sequence(house)
    for _ in range(5):
        await number(call, "invoice", DAY)
    async with connected(database.admin) as admin:
        await admin.execute(tampering, house.org_id)

    proof = await call("core.sequence.check_gaps", sequence_id=id)

    assert not proof["in_order"]
    assert [name for name in ("missing", "duplicates", "inversions") if proof[name]] == [fault]


async def test_a_register_that_was_emptied_is_not_in_order(
    house: House, call: Desk, database: TestDatabase
) -> None:
    id = await _sequence(house, next_value=100)
    for _ in range(3):
        await number(call, "invoice", DAY)
    async with connected(database.admin) as admin:
        for value in (100, 101, 102):
            text = "DELETE FROM core_sequence_number WHERE org_id = $1 AND value = $2"
            await admin.execute(text, house.org_id, value)
            proof = await call("core.sequence.check_gaps", sequence_id=id)

            assert not proof["in_order"], value


async def test_the_layout_of_a_series_that_began_stays(house: House, call: Desk) -> None:
    id = await _sequence(house)
    update = house.operator.call
    await update("core.sequence.update", id=id, pattern="F-{year}-{seq}")
    await number(call, "invoice", DAY)

    with pytest.raises(Problem) as refused:
        await update("core.sequence.update", id=id, pattern="G-{year}-{seq}")

    assert refused.value.body()["field"] == "pattern"
    renamed = await update("core.sequence.update", id=id, name="Factures France")
    assert renamed.result["name"] == "Factures France"


@pytest.mark.parametrize(
    ("pattern", "reset"),
    [
        ("FA-{year}", "yearly"),
        ("FA-{seq}", "yearly"),
        ("FA-{year}-{seq}", "monthly"),
        ("FA-{seq}-{seq}", "never"),
        ("FA-{year}{seq}", "yearly"),
        ("FA-{seq:5}", "never"),
        ("FA-{nom}-{seq}", "never"),
        ("FA-2{seq}", "never"),
        ("FA é {seq}", "never"),
    ],
)
async def test_a_pattern_that_could_repeat_a_number_is_refused(
    house: House, pattern: str, reset: str
) -> None:
    with pytest.raises(Problem) as refused:
        await _sequence(house, pattern=pattern, reset=reset)

    assert refused.value.body()["errors"][0]["path"] == "pattern"


_PARTS = st.sampled_from(["{year}", "{yy}", "{month}", "{seq}", "{seq:03}", "A", "7", "-", "/"])
_DAYS = st.dates(date(2013, 1, 1), date(2099, 12, 31))
_COUNTS = st.integers(1, 10**6)


@given(
    st.lists(_PARTS, max_size=6).map("".join),
    st.sampled_from(["never", "yearly", "monthly"]),
    st.tuples(_DAYS, _COUNTS),
    st.tuples(_DAYS, _COUNTS),
)
def test_no_pattern_that_is_taken_writes_two_numbers_alike(
    pattern: str, reset: Any, one: tuple[date, int], other: tuple[date, int]
) -> None:
    if fault(pattern, reset):
        return
    first, second = ((period(reset, on), value) for on, value in (one, other))

    assert first == second or written(pattern, *one) != written(pattern, *other)


async def test_a_dry_run_reads_the_number_ahead_without_waiting_and_reserves_none(
    lab_house: House, lab_database: TestDatabase
) -> None:
    await _sequence(lab_house, code="badge", pattern="B-{year}-{seq}")
    desk = await lab_house.desk("lab:read", "lab:write", owner="anne")
    zoe = await desk("lab.employee.create", name="Zoé")
    async with connected(lab_database.app, lab_house.org_id) as other, other.transaction():
        await other.execute("UPDATE core_sequence SET name = name")

        effects = await desk.preview("lab.employee.issue_badge", id=zoe["id"])

    (told,) = effects["numbers"]
    assert (told["sequence"], told["provisional"]) == ("badge", True)
    assert told["number"].endswith("-1")
    made = await desk("lab.employee.issue_badge", id=zoe["id"])
    assert made["badge"] == told["number"]
    again = await desk("lab.employee.issue_badge", id=zoe["id"])
    assert again["badge"].endswith("-2")


@pytest.mark.parametrize("dry", [False, True])
async def test_a_part_that_is_undone_gives_its_number_back(
    house: House, call: Desk, *, dry: bool
) -> None:
    await _sequence(house)
    engine, org_id = call.engine, call.caller.org_id
    async with Transaction(engine.database.writes, org_id, dry=dry) as transaction:
        unit = Unit(
            transaction.connection, call.caller, Reach.OWN, engine.clock(), engine.catalogue
        )
        unit.keeping = Keeping(engine.database.store, transaction.closing)
        unit.ahead = transaction.ahead if dry else None
        with pytest.raises(_LostError):
            await _undone(unit)
        async with unit.attempt() as part:
            kept = await part.number("invoice", on=DAY)
        following = await unit.number("invoice", on=DAY)

    assert (kept, following) == ("FA-2026-00001", "FA-2026-00002")
    assert [one["provisional"] for one in unit.numbers] == [dry, dry]


async def _undone(unit: Unit) -> None:
    async with unit.attempt() as part:
        await part.number("invoice", on=DAY)
        raise _LostError
