"""Dry run: every write can be tried; it says exactly what would happen and changes nothing."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from core.tests.firm import furnish
from core.tests.raw import connected
from core.tests.runtime.examples import first_that_runs, folded, reported, written
from eyeot.declare.ids import decode
from eyeot.declare.problem import Problem
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

AUDIT = "core_audit_event"
ID = re.compile(r"\b[a-z]+_[0-9a-hjkmnp-tv-z]{26}\b|eyk_[\w-]+")
TIME = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z")
LOCKS = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE a.usename = 'eyeot_app' AND a.pid <> pg_backend_pid() AND l.locktype <> 'virtualxid'
"""


@pytest.fixture
async def firm(house: House, call: Desk) -> dict[str, str]:
    """A house with everything in it that examples ask for."""
    ids = await furnish(house, call)
    bo = await house.person("bo", "owner")
    await house.operator.call("core.user.suspend", id=bo, reason="left")
    await call("crm.pipeline.create", name="Sans étape")
    other = await call("crm.pipeline.create", name="Grands comptes")
    await call("crm.stage.create", pipeline_id=other["id"], name="Contact")
    await call("crm.party.block", id=ids["supplier"], scope=["orders"], reason="Impayés")
    return ids


async def _digests(admin: Any, org: Any) -> dict[str, str]:
    """What is in every table of the organisation, the audit's own rows apart."""
    tables = await admin.fetch(
        "SELECT relname FROM pg_class JOIN pg_attribute a ON a.attrelid = pg_class.oid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND a.attname = 'org_id'"
    )
    found = {}
    for row in tables:
        table = row["relname"]
        rows = f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        if table != AUDIT:
            found[table] = await admin.fetchval(f"{rows} WHERE org_id = $1", org)
    return found


def _renamed(told: Any, known: set[str]) -> str:
    """As text, with ids made by the call and times of the call taken out."""

    def plain(found: re.Match[str]) -> str:
        return found.group() if found.group() in known else "<new>"

    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
    return TIME.sub("<time>", ID.sub(plain, text))


async def _known(admin: Any, org: Any) -> set[str]:
    rows = await admin.fetch("SELECT changes, input FROM core_audit_event WHERE org_id = $1", org)
    found = set()
    for row in rows:
        found |= set(ID.findall(repr(row["input"])))
        for one in row["changes"] or ():
            found |= set(ID.findall(repr(one["fields"])))
    return found


@pytest.mark.usefixtures("firm")
@pytest.mark.parametrize("name", written())
async def test_a_dry_run_changes_nothing_and_tells_what_the_real_run_does(
    name: str, house: House, call: Desk, database: TestDatabase
) -> None:
    action = house.engine.catalogue.actions[name]
    async with connected(database.admin) as admin:
        before = await _digests(admin, house.org_id)
        known = await _known(admin, house.org_id)
        given, effects, previewed = await first_that_runs(house, call, action)
        assert await _digests(admin, house.org_id) == before
        assert await admin.fetchval(LOCKS) == 0

        answer = await call.answer(name, surface="console", **given)
        event = await admin.fetchrow(
            "SELECT * FROM core_audit_event WHERE org_id = $1 AND id = $2",
            house.org_id,
            answer.event_id,
        )
    told = [_renamed(one, known) for one in reported(effects)]
    done = [_renamed(one, known) for one in folded(event["changes"] or [])]
    assert sorted(told) == sorted(done)
    assert effects["events"] == (event["events"] or [])
    minted = {name: one for name, one in answer.result.items() if name in action.secrets}
    assert minted.keys() == action.secrets
    result = {name: one for name, one in answer.result.items() if name not in minted}
    assert _renamed(previewed, known) == _renamed(result, known)


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
