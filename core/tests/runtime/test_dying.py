"""Dying: whenever a server is killed, a repetition under the same key leaves exactly one effect."""

import asyncio
import json
import sys
from typing import Any
from uuid import uuid4

import pytest

from core.tests.raw import connected
from core.tests.runtime.test_batch import ref
from eyeot.declare.ids import decode
from eyeot.runtime.request import Answer, BatchAnswer, Keys, Request
from eyeot.testing import Desk
from eyeot.testing.fixtures import TestDatabase

MOST = 240
"""Deaths: two for each turn of the loop, far more than a write takes."""


def _calls(at: int, *, several: bool) -> list[tuple[str, dict[str, Any]]]:
    create = ("crm.party.create", {"name": f"Moulin {at}"})
    if not several:
        return [create]
    return [create, ("crm.party.update", {"id": ref("1.id"), "website": "https://moulin.example"})]


async def _killed(job: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "core.tests.runtime.dying",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate(json.dumps(job).encode())
    found: dict[str, Any] = json.loads(told)
    return found


async def _repeated(call: Desk, told: dict[str, Any], *, several: bool) -> Answer | BatchAnswer:
    requests = [
        Request(action=name, arguments=given, caller=call.caller, surface="rest")
        for name, given in told["calls"]
    ]
    keys = Keys(idempotency_key=told["key"])
    if several:
        return await call.engine.execute_all(requests, dry_run=False, keys=keys)
    requests[0].keys = keys
    return await call.engine.execute(requests[0])


@pytest.mark.parametrize("several", [False, True], ids=["call", "batch"])
async def test_a_server_killed_at_any_await_and_a_repetition_leave_one_effect(
    call: Desk, database: TestDatabase, *, several: bool
) -> None:
    org_id = call.caller.org_id
    told = [{"key": str(uuid4()), "calls": _calls(at, several=several)} for at in range(MOST)]
    job = {
        "app": database.app,
        "relay": database.relay,
        "key": call.key,
        "calls": told,
        "batch": several,
    }

    ended = await _killed(job)

    # The last one lived, so every turn of the loop has had its death.
    assert ended["status"] == 0, ended
    assert ended["died"] >= 8
    replayed = 0
    for at in range(ended["died"]):
        answer = await _repeated(call, told[at], several=several)
        replayed += answer.replayed
        result = answer.results[-1] if isinstance(answer, BatchAnswer) else answer.result
        async with connected(database.admin) as admin:
            rows = await admin.fetch(
                "SELECT id FROM crm_party WHERE org_id = $1 AND name = $2", org_id, f"Moulin {at}"
            )
            told_of = await admin.fetch(
                "SELECT outcome FROM core_audit_event WHERE org_id = $1 AND outcome = 'ok'"
                " AND input ->> 'name' = $2",
                org_id,
                f"Moulin {at}",
            )
            kept = await admin.fetchval(
                "SELECT count(*) FROM core_outbox o JOIN crm_party p USING (org_id)"
                " WHERE o.org_id = $1 AND p.name = $2 AND o.event = 'crm.party.created'"
                " AND o.payload ->> 'id' = p.id::text",
                org_id,
                f"Moulin {at}",
            )
        found = decode(result["id"])
        assert found
        assert [row["id"] for row in rows] == [found[1]], at
        assert len(told_of) == 1, at
        assert kept == 1, at
    # Some died before their commit was done, and some after.
    assert 0 < replayed < ended["died"]
