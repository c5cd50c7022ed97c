"""Lean statements: each sets its own organisation, whatever plan PostgreSQL chooses for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.tests.firm import SIRENS, furnish
from core.tests.raw import connected
from eyeot.declare import ids
from eyeot.declare.access import Reach
from eyeot.declare.query import Condition, Query
from eyeot.declare.record import records
from eyeot.runtime.engine import Engine
from eyeot.storage import search
from eyeot.storage.listing import Listing
from eyeot.storage.rows import HISTORY
from eyeot.storage.statement import Statement
from eyeot.storage.view import view
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase

PLANS = [
    *(
        f"enable_{one} = off"
        for one in (
            "nestloop",
            "hashjoin",
            "mergejoin",
            "material",
            "memoize",
            "seqscan",
            "indexscan",
            "indexonlyscan",
            "bitmapscan",
            "sort",
            "hashagg",
        )
    ),
    "plan_cache_mode = force_custom_plan",
    "plan_cache_mode = force_generic_plan",
    "debug_parallel_query = on",
    "jit_above_cost = 0",
    "from_collapse_limit = 1",
    "random_page_cost = 0",
]


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation, a person of it, and one customer."""

    org: UUID
    me: UUID
    team: UUID
    customer: UUID


@pytest.fixture(scope="module")
async def firms(engine: Engine, database: TestDatabase) -> tuple[Firm, Firm]:
    """Two firms with the same names and identifiers; the second has thousands of parties more."""
    made = []
    for _ in range(2):
        house = await House.open(engine)
        await house.person("owner", "owner")
        scopes = sorted({one.needs for one in engine.catalogue.actions.values()})
        known = await furnish(house, await house.desk(*scopes, owner="owner"))
        uuids = [_uuid(known[name]) for name in ("anne", "team", "bakery")]
        made.append(Firm(house.org_id, *uuids))
    async with connected(database.admin) as admin:
        await admin.execute(
            """INSERT INTO crm_party (org_id, id, kind, name, is_taxable_person, emails, phones,
                 language, addresses, roles, blocked_for, version, created_at, updated_at)
               SELECT $1, gen_random_uuid(), 'company', 'Filler ' || n, true, '{}', '{}', 'fr',
                 '[]', '{}', '{}', 1, now(), now() FROM generate_series(1, 5000) n""",
            made[1].org,
        )
        await admin.execute("ANALYZE")
    return made[0], made[1]


def _uuid(text: str) -> UUID:
    found = ids.decode(text)
    assert found
    return found[1]


def _statements() -> Iterator[tuple[str, Statement, dict[str, Any]]]:
    """Every form of statement the framework runs lean, with its values."""
    for level in Reach:
        for kind in ("crm.customer", "crm.party", "crm.contact", "crm.opportunity", "core.user"):
            seen = view(records[kind], {})
            given = {"key": SIRENS[0], "limit": 100}
            named = f"{kind} {level.name}"
            yield f"one {named}", seen.one(level), given
            yield f"among {named}", seen.among(level), given
            if seen.meta.exact:
                yield f"key {named}", seen.by_key(level), given
            listing = Listing(seen, Query(limit=99), level)
            yield f"page {named}", listing.page(), given
            yield f"count {named}", listing.count(), given
    asked = Query(conditions=[Condition("city", "contains", "lyon")], sort="name", limit=99)
    listing = Listing(view(records["crm.customer"], {}), asked, Reach.TEAM)
    yield "filtered page", listing.page(), listing.arguments()
    for level in Reach:
        kinds = (("crm.customer", level), ("crm.party", Reach.ORGANISATION), ("crm.contact", level))
        yield f"search {level.name}", search.find(kinds), search.question("boulangerie")
    yield "history", HISTORY, {"before": UUID(int=2**128 - 1), "limit": 100}


def _values(given: dict[str, Any], firm: Firm) -> dict[str, Any]:
    mine = {"me": firm.me, "teams": [firm.team], "id": firm.customer, "ids": [firm.customer]}
    return {**mine, "record": [f"crm.customer/{firm.customer}"], **given}


async def _tx(connection: Any, one: Statement, values: dict[str, Any], firm: Firm) -> list[Any]:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL app.org_id = '{firm.org}'")
        return sorted(map(repr, await connection.fetch(one.tx, *one.arguments(values))))


@pytest.mark.parametrize("plan", ["application_name = plain", *PLANS])
async def test_a_lean_statement_sees_its_organisation_under_every_plan(
    firms: tuple[Firm, Firm], database: TestDatabase, plan: str
) -> None:
    seen = 0
    async with connected(database.app) as lean, connected(database.app) as plain:
        await lean.execute(f"SET {plan}")
        for name, one, given in _statements():
            for firm in firms:
                values = _values(given, firm)
                expected = await _tx(plain, one, values, firm)
                found = await lean.fetch(one.lean, *one.arguments(values), str(firm.org))
                assert sorted(map(repr, found)) == expected, name
                seen += bool(found)
    assert seen > 60


async def test_a_statement_prepared_once_serves_many_organisations_in_turn(
    firms: tuple[Firm, Firm], database: TestDatabase
) -> None:
    async with connected(database.app) as connection:
        for name, one, given in _statements():
            prepared = await connection.prepare(one.lean)
            answers: dict[UUID, set[str]] = {firm.org: set() for firm in firms}
            for turn in range(14):
                firm = firms[turn % 2]
                values = one.arguments(_values(given, firm))
                rows = await prepared.fetch(*values, str(firm.org))
                answers[firm.org].add(repr(sorted(map(repr, rows))))
            assert [len(one) for one in answers.values()] == [1, 1], name


async def test_a_lean_statement_leaves_no_organisation_behind(
    firms: tuple[Firm, Firm], database: TestDatabase
) -> None:
    async with connected(database.app) as connection:
        for name, one, given in _statements():
            values = one.arguments(_values(given, firms[0]))
            await connection.fetch(one.lean, *values, str(firms[0].org))
            left = await connection.fetchval("SELECT current_setting('app.org_id', true)")
            assert not left, name
        assert await connection.fetchval("SELECT count(*) FROM crm_customer") == 0


async def test_a_statement_for_a_transaction_is_refused_outside_one(
    firms: tuple[Firm, Firm], database: TestDatabase
) -> None:
    for _, one, given in _statements():
        async with connected(database.app) as connection:
            with pytest.raises(asyncpg.PostgresError):
                await connection.fetch(one.tx, *one.arguments(_values(given, firms[0])))


async def test_no_row_is_looked_at_before_the_organisation_is_set(
    firms: tuple[Firm, Firm], database: TestDatabase
) -> None:
    """Another organisation's id, given with ours, finds nothing though its row matches all else."""
    ours, theirs = firms
    async with connected(database.app) as connection:
        for name, one, given in _statements():
            if name.startswith(("one", "among", "history")):
                values = one.arguments(_values(given, theirs))
                assert await connection.fetch(one.lean, *values, str(ours.org)) == [], name
