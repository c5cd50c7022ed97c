"""Seed: a hundred organisations with a thousand customers each, and keys to read them with."""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from eyeot import app
from eyeot.declare.ids import encode, uuid7
from eyeot.deploy import migrate, roles
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.deploy.operator import Operator, open_organisation, register
from eyeot.testing.licence import trusting

SCOPES = ["core:read", "crm:read", "crm:write"]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the load may ask for."""

    targets: list[tuple[str, list[str]]]
    """A key, and ids of customers of its organisation."""
    rows: int


def seed(data_dir: Path, *, organisations: int, rows: int, keys: int) -> Seeded:
    """Fill a new data directory."""
    with EmbeddedPostgres(data_dir) as server:
        return asyncio.run(_seed(server, organisations, rows // organisations, keys))


async def _seed(server: EmbeddedPostgres, organisations: int, each: int, keys: int) -> Seeded:
    catalogue = app.assemble()
    await migrate.upgrade(server.admin_url, catalogue.plugins)
    engine = await app.start(
        catalogue, server.url(roles.APP), server.url(roles.RELAY), licensing=trusting()
    )
    found: list[tuple[str, list[str]]] = []
    connection = await asyncpg.connect(server.admin_url)
    try:
        for number in range(organisations):
            operator = await open_organisation(
                engine, f"bench-{number}", legal_name=f"Bench {number} SAS"
            )
            ids = await _customers(connection, operator.org_id, each)
            if number < keys:
                found.append((await _key(operator, number), [encode("cus", one) for one in ids]))
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
        await app.stop(engine)
    return Seeded(found, organisations * each)


async def _key(operator: Operator, number: int) -> str:
    owner = await register(
        operator, f"owner@bench-{number}.example", "Bench Owner", ["owner"], None
    )
    made = await operator.call(
        "core.api_key.create", name="bench", scopes=SCOPES, owner_id=owner.id
    )
    key: str = made.result["key"]
    return key


async def _customers(connection: asyncpg.Connection, org_id: UUID, count: int) -> list[UUID]:
    """Rows straight into the tables, as the superuser: filling is not what is measured."""
    random.seed(str(org_id))
    parties = [uuid7() for _ in range(count)]
    customers = [uuid7() for _ in range(count)]
    numbers = list(range(count))
    await connection.execute(_PARTIES, org_id, parties, numbers)
    await connection.execute(_CUSTOMERS, org_id, customers, parties)
    return customers


_PARTIES = """
INSERT INTO crm_party (org_id, id, kind, name, is_taxable_person, emails, phones, language,
  addresses, city, postcode, roles, blocked_for, version, created_at, updated_at)
SELECT $1, i, 'company', 'Société ' || n, true, ARRAY['contact' || n || '@bench.example'], '{}', 'fr',
  '[{"kind": "main", "line1": "1 rue de la Paix", "postcode": "75002", "city": "Paris",
     "country": "FR"}]', 'Paris', '75002', '{customer}', '{}', 1, now(), now()
FROM unnest($2::uuid[], $3::int[]) AS u(i, n)
"""
_CUSTOMERS = """
INSERT INTO crm_customer (org_id, id, party_id, lifecycle, score, version, created_at, updated_at)
SELECT $1, i, p, 'customer', 0, 1, now(), now() FROM unnest($2::uuid[], $3::uuid[]) AS u(i, p)
"""
