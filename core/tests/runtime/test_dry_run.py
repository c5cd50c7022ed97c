"""Dry run: every write can be tried; it says exactly what would happen and changes nothing."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from core.tests.firm import furnish
from core.tests.raw import connected
from eyeot.declare.ids import decode
from eyeot.declare.problem import Problem
from eyeot.runtime import transaction
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

ID = re.compile(r"\b[a-z]+_[0-9a-hjkmnp-tv-z]{26}\b|eyk_[\w-]+")
TIME = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z")


@pytest.fixture
async def firm(house: House, call: Desk) -> dict[str, str]:
    """A house with everything in it that examples ask for."""
    return await furnish(house, call)


def _renamed(told: Any, known: set[str]) -> str:
    """As text, with ids made by the call and times of the call taken out."""

    def plain(found: re.Match[str]) -> str:
        return found.group() if found.group() in known else "<new>"

    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
    return TIME.sub("<time>", ID.sub(plain, text))


@pytest.fixture
async def locked(house: House, firm: dict[str, str], database: TestDatabase) -> AsyncIterator[str]:
    """A customer that somebody else is changing."""
    found = decode(firm["bakery"])
    assert found
    async with connected(database.app, house.org_id) as other, other.transaction():
        await other.execute("UPDATE crm_customer SET score = score WHERE id = $1", found[1])
        yield firm["bakery"]


async def test_a_dry_run_of_a_locked_record_is_soon_busy(call: Desk, locked: str) -> None:
    clock = asyncio.get_running_loop().time
    started = clock()

    refusal = await call.refused("crm.customer.update", id=locked, tier="A", dry_run=True)

    assert refusal["code"] == "busy"
    assert clock() - started < 4


async def test_a_dry_run_that_takes_too_long_is_stopped(
    call: Desk, locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = transaction._DRY
    assert limits == "; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'"
    monkeypatch.setattr(transaction, "_DRY", limits.replace("10s", "200ms"))

    refusal = await call.refused("crm.customer.update", id=locked, tier="A", dry_run=True)

    assert refusal["code"] == "busy"
    assert "too long" in refusal["message"]


async def test_a_dry_run_holds_nobody_up(house: House, call: Desk, firm: dict[str, str]) -> None:
    given = {"id": firm["bakery"], "tier": "A"}

    previews = [call.preview("crm.customer.update", **given) for _ in range(20)]
    writes = [call("crm.customer.update", **given, headcount=n) for n in range(5)]
    done = await asyncio.gather(*previews, *writes)

    assert len(done) == 25
    assert (await call("crm.customer.get", id=firm["bakery"]))["tier"] == "A"


@pytest.mark.parametrize("dry_run", ["true", 1, "yes", [True]])
async def test_what_is_not_true_or_false_is_no_dry_run(call: Desk, dry_run: Any) -> None:
    refusal = await call.refused("crm.party.create", name="X", dry_run=dry_run)

    assert [one["path"] for one in refusal["errors"]] == ["dry_run"]
    assert (await call("crm.party.count"))["count"] == 0


async def test_a_dry_run_by_argument_or_by_request_is_the_same(call: Desk) -> None:
    by_argument = await call.answer("crm.party.create", name="X", dry_run=True)
    by_request = await call.answer("crm.party.create", name="X", dry=True)
    contradicted = await call.answer("crm.party.create", name="X", dry=True, dry_run=False)

    told = [_renamed(one.effects, set()) for one in (by_argument, by_request, contradicted)]
    assert told[0] == told[1] == told[2]
    assert (await call("crm.party.count"))["count"] == 0


async def test_a_dry_run_that_would_be_refused_is_refused(call: Desk) -> None:
    await call("crm.party.create", name="X", siren="732829320")
    wrong: tuple[dict[str, Any], ...] = (
        {"name": "Y", "siren": "732829320"},
        {"name": ""},
        {"name": "Y", "siret": "1"},
    )
    for given in wrong:
        with pytest.raises(Problem) as dry:
            await call.answer("crm.party.create", dry=True, **given)
        with pytest.raises(Problem) as real:
            await call.answer("crm.party.create", **given)
        assert dry.value.body() == real.value.body()
