"""Tokens: what it costs to know an app by its token, beside an agent by its key; cached, and asked anew.

python -m tests.bench.tokens [--rounds 30] [--checks 2000]

Each round checks a key, then a token, many times; the medians of the rounds are told. Asked anew: the gate is
asked, as once a minute of each credential. Revocation: from its answer to the refusal in another process
that shares nothing but the database.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from eyeot import app
from eyeot.app import other_permissions
from eyeot.declare.ids import decode
from eyeot.declare.problem import Unauthenticated
from eyeot.deploy import migrate, roles
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.platform.oauth import tokens
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards.authenticate import Credentials
from eyeot.runtime.policy import Compiler
from eyeot.testing import House
from eyeot.testing.licence import trusting

GOAL_US = 50.0
GOAL_S = 1.0
_ANEW = 50


async def connected(house: House, *scopes: str) -> tuple[str, str]:
    """An app that a person connected: its id, and an access token."""
    given = {"client_id": "eyc_bench", "client_name": "Bench", "scopes": list(scopes)}
    owner = house.people.get("anne") or await house.person("anne", "owner")
    made = await house.operator.call("core.oauth_grant.create", owner_id=owner, **given)
    found = decode(made.result["id"])
    assert found
    told = await tokens.issue(house.engine, house.org_id, found[1])
    return made.result["id"], told["access_token"]


async def cached(engine: Engine, credential: str, checks: int) -> float:
    """Microseconds of one check of a credential that is remembered."""
    began = time.process_time()
    for _ in range(checks):
        await engine.authenticate(credential, "203.0.113.7")
    return (time.process_time() - began) / checks * 1e6


async def anew(engine: Engine, credential: str) -> float:
    """Microseconds of one check of a credential that was forgotten, the database's answer included."""
    engine.credentials.forget()
    began = time.perf_counter()
    await engine.authenticate(credential, "203.0.113.7")
    return (time.perf_counter() - began) * 1e6


async def cut(house: House, elsewhere: Credentials) -> float:
    """Seconds from the answer of a revocation to the refusal elsewhere."""
    grant, access = await connected(house, "crm:read")
    await elsewhere.caller(access, None)
    await house.operator.call("core.oauth_grant.revoke", id=grant, reason="bench")
    began = time.perf_counter()
    while True:
        try:
            await elsewhere.caller(access, None)
        except Unauthenticated:
            return time.perf_counter() - began
        await asyncio.sleep(0)


async def measured(engine: Engine, url: str, *, rounds: int, checks: int) -> None:
    """Print what it costs."""
    house = await House.open(engine)
    _, access = await connected(house, "crm:read", "crm:write", "core:read")
    key = (await house.make_key("crm:read", "crm:write", "core:read"))["key"]
    every: dict[str, tuple[list[float], list[float]]] = {one: ([], []) for one in (key, access)}
    for _ in range(rounds):
        for one, (warm, _) in every.items():
            warm.append(await cached(engine, one, checks))
    for _ in range(_ANEW):
        for one, (_, cold) in every.items():
            cold.append(await anew(engine, one))
    compiler = Compiler(
        engine.catalogue.actions.values(), other_permissions(engine.catalogue) | {"*"}
    )
    elsewhere = Credentials(engine.database.writes, url, compiler)
    elsewhere.start()
    await asyncio.sleep(1)
    waited = [await cut(house, elsewhere) for _ in range(rounds)]
    await elsewhere.stop()
    for name, one in (("key", key), ("token", access)):
        kept, asked = (median(found) for found in every[one])
        print(
            f"{name:<8}{kept:>8.1f} µs cached{asked:>9.0f} µs asked anew   goal ≤ {GOAL_US:.0f} µs"
        )
    longest = f"{median(waited):.4f} s, at most {max(waited):.4f} s"
    print(f"refused by a second listener after {longest}   goal ≤ {GOAL_S:.0f} s")


async def run(server: EmbeddedPostgres, *, rounds: int, checks: int) -> None:
    """Migrate, measure."""
    plugins, _ = app.load_plugins()
    await migrate.upgrade(server.admin_url, plugins)
    url = server.url(roles.APP)
    engine = await app.start(app.assemble(), url, server.url(roles.RELAY), licensing=trusting())
    try:
        await measured(engine, url, rounds=rounds, checks=checks)
    finally:
        await app.stop(engine)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="what knowing an app by its token costs")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--checks", type=int, default=2_000)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="eyeot-bench-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder) as server:
            asyncio.run(run(server, rounds=given.rounds, checks=given.checks))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
