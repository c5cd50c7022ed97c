"""Idempotency: a write under a key is done once, whoever asks how often, and tells nothing to others."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from core.tests.raw import connected
from core.tests.runtime.lab import SALARY
from core.tests.runtime.test_batch import ref
from eyeot import app
from eyeot.declare.access import Access
from eyeot.declare.blocks import Block, Image, ResourceLink
from eyeot.declare.ids import decode
from eyeot.declare.problem import Problem
from eyeot.runtime.encoding import dumps
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards import idempotency, replay
from eyeot.runtime.guards.idempotency import Once
from eyeot.runtime.housekeeping import tidied
from eyeot.runtime.request import Answer, BatchAnswer, Keys, Request
from eyeot.runtime.transaction import Transaction
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting

CREATE = "crm.party.create"
MILL: dict[str, Any] = {"name": "Moulins de l'Est", "kind": "company"}
DAY = timedelta(hours=24)


@pytest.fixture
async def rows(house: House, database: TestDatabase) -> Any:
    """What a table holds of the house."""

    async def look(table: str, what: str = "*") -> list[dict[str, Any]]:
        async with connected(database.admin) as admin:
            text = f"SELECT {what} FROM {table} WHERE org_id = $1"
            return [dict(one) for one in await admin.fetch(text, house.org_id)]

    return look


@pytest.fixture
async def another(database: TestDatabase, engine: Engine) -> AsyncIterator[Engine]:
    """The engine of another process on the same database."""
    made = await app.start(engine.catalogue, database.app, database.relay, licensing=trusting())
    yield made
    await app.stop(made)


async def batch(desk: Desk, key: Any, *calls: tuple[str, dict[str, Any]]) -> BatchAnswer:
    requests = [
        Request(action=name, arguments=given, caller=desk.caller, surface="console")
        for name, given in calls
    ]
    keys = Keys(idempotency_key=key)
    return await desk.engine.execute_all(requests, dry_run=False, keys=keys)


async def refusal(work: Any) -> dict[str, Any]:
    with pytest.raises(Problem) as caught:
        await work
    return caught.value.body()


async def outcomes(rows: Any) -> list[str]:
    return sorted(
        one["outcome"] for one in await rows("core_audit_event") if one["action"] == CREATE
    )


async def test_a_repetition_is_answered_as_the_first_call_was_and_does_nothing(
    call: Desk, rows: Any
) -> None:
    key = str(uuid4())

    first = await call.answer(CREATE, **MILL, idempotency_key=key)
    other_way: dict[str, Any] = dict(reversed(MILL.items()))
    again = await call.answer(CREATE, idempotency_key=key.upper(), surface="rest", **other_way)

    assert (first.replayed, again.replayed) == (False, True)
    assert again.result == first.result
    assert len(await rows("crm_party")) == 1
    assert await outcomes(rows) == ["ok", "replayed"]


async def test_twins_in_two_processes_do_one_thing(call: Desk, another: Engine, rows: Any) -> None:
    key = str(uuid4())
    desks = (call, Desk(another, call.caller))

    twins = [desks[n % 2].answer(CREATE, **MILL, idempotency_key=key) for n in range(100)]
    answers = await asyncio.gather(*twins)

    assert len({repr(one.result) for one in answers}) == 1
    assert sum(not one.replayed for one in answers) == 1
    assert len(await rows("crm_party")) == 1
    assert await outcomes(rows) == ["ok"] + ["replayed"] * 99


async def test_anything_else_under_a_key_is_a_conflict_that_tells_nothing(
    call: Desk, house: House
) -> None:
    key = str(uuid4())
    made = await call(CREATE, **MILL, idempotency_key=key)
    other = await house.desk("crm:read", "crm:write", owner="owner")
    stranger = await House.open(house.engine)
    await stranger.person("owner", "owner")

    tried = [
        await call.refused(CREATE, **{**MILL, "name": "Autre"}, idempotency_key=key),
        await call.refused("crm.party.update", id=made["id"], name="X", idempotency_key=key),
        await other.refused(CREATE, **MILL, idempotency_key=key),
        await refusal(batch(call, key, (CREATE, MILL))),
    ]

    assert {one["code"] for one in tried} == {"idempotency_conflict"}
    assert len({repr(one) for one in tried}) == 1
    # Another organisation has keys of its own.
    theirs = await stranger.desk("crm:read", "crm:write", owner="owner")
    assert (await theirs(CREATE, **MILL, idempotency_key=key))["name"] == MILL["name"]


async def test_refusals_and_dry_runs_use_up_no_key(call: Desk, rows: Any) -> None:
    key = str(uuid4())

    await call.refused(CREATE, name="", idempotency_key=key)
    await call.refused(CREATE, **MILL, siren="1", idempotency_key=key)
    await call.preview(CREATE, **MILL, idempotency_key=key)
    made = await call.answer(CREATE, **MILL, idempotency_key=key)

    assert not made.replayed
    assert len(await rows("core_idempotency")) == 1


async def test_twins_of_a_refused_call_are_each_refused(call: Desk) -> None:
    await call(CREATE, **MILL, siren="732829320")
    key = str(uuid4())
    given = {"name": "Autre", "siren": "732829320", "idempotency_key": key}

    told = await asyncio.gather(*(call.refused(CREATE, **given) for _ in range(12)))

    assert {one["code"] for one in told} == {"conflict"}


@pytest.mark.parametrize("key", ["x", "", 7, True, str(UUID(int=0)), ["a"], "1" * 33])
async def test_what_is_no_uuid_is_no_key_and_the_refusal_tells_how_to_make_one(
    call: Desk, key: Any
) -> None:
    told = await call.refused(CREATE, **MILL, idempotency_key=key)

    assert [one["path"] for one in told["errors"]] == ["idempotency_key"]
    assert "uuid" in told["message"]


async def test_a_read_takes_no_key_but_does_not_mind_a_header(call: Desk) -> None:
    key = str(uuid4())
    refused = await call.refused("crm.party.count", idempotency_key=key)
    asked = Request(action="crm.party.count", arguments={}, caller=call.caller, surface="rest")
    asked.keys = Keys(header=key)

    assert [one["path"] for one in refused["errors"]] == ["idempotency_key"]
    assert (await call.engine.execute(asked)).result["count"] == 0
    assert (await refusal(batch(call, key, ("crm.party.count", {}))))["code"] == "invalid"


async def test_contradictory_keys_are_refused(call: Desk) -> None:
    asked = Request(
        action=CREATE,
        arguments={**MILL, "idempotency_key": str(uuid4())},
        caller=call.caller,
        surface="rest",
        keys=Keys(header=str(uuid4())),
    )
    assert (await refusal(call.engine.execute(asked)))["code"] == "invalid"


async def test_a_batch_is_done_once_under_its_one_key(call: Desk, rows: Any) -> None:
    key = str(uuid4())
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        (CREATE, MILL),
        ("crm.party.get", {"id": ref("1.id")}),
        ("crm.party.update", {"id": ref("1.id"), "website": "https://moulins.example"}),
    )

    answers = await asyncio.gather(*(batch(call, key, *calls) for _ in range(8)))

    assert len({repr(one.results) for one in answers}) == 1
    assert sum(one.replayed for one in answers) == 7
    assert len(await rows("crm_party")) == 1
    assert (await refusal(batch(call, key, *calls[:2])))["code"] == "idempotency_conflict"
    inside = await refusal(batch(call, None, (CREATE, {**MILL, "idempotency_key": key})))
    assert inside["errors"][0]["path"] == "idempotency_key"


async def test_a_secret_that_is_shown_once_is_told_again_and_nowhere_readable(
    call: Desk, rows: Any, database: TestDatabase
) -> None:
    key = str(uuid4())
    given: dict[str, Any] = {"name": "robot", "scopes": ["crm:read"], "idempotency_key": key}

    first = await call.answer("core.api_key.create", surface="console", **given)
    again = await call.answer("core.api_key.create", surface="console", **given)

    assert again.result == first.result
    secret = first.result["key"]
    async with connected(database.admin) as admin:
        tables = await admin.fetch(
            "SELECT oid::regclass AS name, relname FROM pg_class WHERE relkind = 'r'"
        )
        kept = [
            await admin.fetch(f"SELECT t::text AS row FROM {one['name']} t")
            for one in tables
            if one["relname"].startswith(("core_", "crm_", "eyeot_"))
        ]
        await admin.execute("CHECKPOINT")
    text = "".join(row["row"] for table in kept for row in table).lower()
    assert "robot" in text
    for hidden in (secret, key, key.replace("-", "")):
        assert hidden.lower() not in text
        # As bytes are written.
        assert hidden.encode().hex() not in text
    logged = b"".join(one.read_bytes() for one in written_ahead(database))
    assert b"robot" in logged
    assert secret.encode() not in logged
    assert key.encode() not in logged
    assert UUID(key).bytes not in logged


def written_ahead(database: TestDatabase) -> list[Path]:
    """The files of the write-ahead log."""
    folder = database.server.data_dir / "postgres" / "pg_wal"
    return [one for one in folder.iterdir() if one.is_file()]


async def test_an_answer_is_given_again_only_as_far_as_the_caller_may_see_it_today(
    lab_house: House,
) -> None:
    scopes = ("lab:read", "lab:write", SALARY)
    desk = await lab_house.desk(*scopes, owner="anne")
    given = {"name": "Zoé", "salary": "4200", "idempotency_key": str(uuid4())}
    first = await desk("lab.employee.create", **given)
    access = desk.caller.access
    seen = {name: one for name, one in access.permissions.items() if name != SALARY}
    poorer = replace(desk.caller, access=replace(access, permissions=seen))
    nobody = replace(desk.caller, access=Access())

    # It was given before its permission was lost, so that it is no unknown argument: the same call.
    today = replay.replayed({"result": first}, poorer.access, [])
    gone = await Desk(desk.engine, nobody).refused("lab.employee.create", **given)

    assert first["salary"] == "4200"
    assert "salary" not in today.result
    assert today.result["name"] == "Zoé"
    assert gone["code"] == "permission_denied"


async def test_a_key_is_forgotten_after_a_day(
    call: Desk, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, engine = str(uuid4()), call.engine
    await call(CREATE, **MILL, idempotency_key=key)
    clock = engine.clock
    monkeypatch.setattr(engine, "clock", lambda: clock() + DAY * 0.99)
    assert (await call.answer(CREATE, **MILL, idempotency_key=key)).replayed

    monkeypatch.setattr(engine, "clock", lambda: clock() + DAY * 1.01)
    later = await call.answer(CREATE, **MILL, idempotency_key=key)

    assert not later.replayed
    assert len(await rows("core_idempotency")) == 1
    await tidied(engine.database.relay, clock() + DAY * 3)
    assert await rows("core_idempotency") == []


async def test_a_repetition_of_what_still_runs_waits_without_a_connection_then_is_told_so(
    call: Desk, house: House, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", 0.6)
    key = uuid4()
    once = Once.of(call.caller, key.bytes, CREATE, {})
    async with connected(database.app, house.org_id) as other, other.transaction():
        await once.claim(other, call.engine.clock())
        twins = [call.refused(CREATE, **MILL, idempotency_key=str(key)) for _ in range(40)]
        others = [call("crm.party.create", name=f"Moulin {n}") for n in range(20)]
        told = await asyncio.gather(*twins, *others)

    assert {one["code"] for one in told[:40]} == {"idempotency_in_progress"}
    assert all(one["retry_after"] for one in told[:40])
    assert not (await call.answer(CREATE, **MILL, idempotency_key=str(key))).replayed


async def test_a_caller_who_leaves_lets_the_next_one_try(call: Desk, rows: Any) -> None:
    key = str(uuid4())
    first = asyncio.create_task(call.answer(CREATE, **MILL, idempotency_key=key))
    second = asyncio.create_task(call.answer(CREATE, **MILL, idempotency_key=key))
    for _ in range(4):
        await asyncio.sleep(0)
    first.cancel()

    answer = await second

    assert [one["id"] for one in await rows("crm_party")] == [decode(answer.result["id"])[1]]  # type: ignore[index]


async def test_a_commit_in_doubt_is_settled_by_a_repetition(call: Desk, rows: Any) -> None:
    key, commit = str(uuid4()), Transaction.commit

    async def lost(self: Transaction) -> None:
        """The server commits, and nobody hears of it."""
        await self.connection.execute("COMMIT")
        self.connection.terminate()
        await commit(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transaction, "commit", lost)
        told = await call.refused(CREATE, **MILL, idempotency_key=key)
        unkeyed = await call.refused(CREATE, name="Autre")

    assert (told["code"], unkeyed["code"]) == ("unavailable", "unavailable")
    assert "idempotency_key" in told["hint"]
    assert "ead back" in unkeyed["hint"]
    assert (await call.answer(CREATE, **MILL, idempotency_key=key)).replayed
    assert sum(one["name"] == MILL["name"] for one in await rows("crm_party")) == 1


async def test_a_call_that_began_a_job_began_one(call: Desk, rows: Any) -> None:
    file = {"text": "name\nMoulin", "filename": "moulins.csv"}
    taken = await call("crm.party.import", **file)
    run: dict[str, Any] = {"job_id": taken["import_job_id"], "idempotency_key": str(uuid4())}

    first = await call.answer("core.import_job.run", **run)
    again = await call.answer("core.import_job.run", **run)

    assert again.replayed
    assert (again.result, again.jobs) == (first.result, first.jobs)
    assert [one["id"] for one in await rows("core_job")] == list(first.jobs)


def test_what_was_shown_is_kept_unless_it_is_large() -> None:
    small = Image(data=b"png" * 10, mime_type="image/png")
    link = ResourceLink(uri="https://eyeot.example/chart", name="Chart")
    large = Image(data=b"png" * 100_000, mime_type="image/png")
    notes: list[str] = []

    def again(*blocks: Block) -> Answer:
        told = orjson.loads(dumps(replay.kept(Answer(result={"did": "drawn"}, blocks=blocks))))
        return replay.replayed(told, Access(), notes)

    assert again(small, link).blocks == (small, link)
    assert notes == []
    assert again(small, large).blocks == ()
    assert notes == [replay.UNKEPT]
