"""The core's reports: they count what happened, and say who and what deserves a look."""

import base64
from datetime import timedelta
from typing import Any

from core.tests.firm import number
from core.tests.raw import connected
from eyeot.declare.ids import decode
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase


def _by(report: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
    return [one for one in report["rows"] if all(one.get(n) == v for n, v in asked.items())]


async def test_the_audit_trail_counts_calls_as_the_log_does(house: House, call: Desk) -> None:
    for name in ("A", "B"):
        await call("core.tag.create", name=name)
    await call.refused("core.tag.create", name="A")
    await call.preview("core.tag.create", name="C")

    [row] = _by(await call("core.report.audit_trail"), action="core.tag.create")
    assert {n: row[n] for n in ("calls", "done", "refused", "dry_runs")} == {
        "calls": 4,
        "done": 2,
        "refused": 1,
        "dry_runs": 1,
    }
    listed = await call(row["drill"]["action"], **row["drill"]["arguments"])
    assert listed["total"] == 4
    long_ago = await call("core.report.audit_trail", period="2001")
    assert (long_ago["rows"], long_ago["totals"]["calls"]) == ([], 0)
    teller = await house.desk("core:read", owner="owner")
    refused = await teller.refused("core.report.audit_trail")
    assert refused["code"] == "permission_denied"


async def test_agents_are_counted_apart_from_integrations(house: House, call: Desk) -> None:
    agent = await house.desk("core:write", owner="owner", made_for="agent")
    service = await house.desk("core:write", owner="owner", made_for="integration")
    for desk in (agent, service):
        await desk("core.tag.create", name=f"by {desk.caller.actor}")
    await agent.refused("core.tag.create", name=f"by {agent.caller.actor}")

    report = await call("core.report.agent_activity")

    [row] = _by(report, actor=agent.caller.actor)
    assert (row["calls"], row["writes"], row["refused"], row["refused_share"]) == (2, 1, 1, "50.0")
    assert not _by(report, actor=service.caller.actor)


async def test_access_is_reviewed_for_what_is_too_much_or_unused(
    house: House, call: Desk, database: TestDatabase
) -> None:
    await house.person("idle", "viewer")
    await house.person("bare")
    made = await house.make_key("core:read", name="ancienne")
    key = decode(made["id"])
    assert key
    async with connected(database.admin) as admin:
        old = "SET created_at = now() - interval '100 days'"
        await admin.execute(f"UPDATE core_api_key {old} WHERE id = $1", key[1])
        await admin.execute(
            f"UPDATE core_user {old} WHERE org_id = $1 AND display_name = 'Idle'", house.org_id
        )

    report = await call("core.report.access_review")

    [owner] = _by(report, name="Owner")
    assert "holds_everything" in owner["findings"]
    assert owner["roles"] == ["owner"]
    [idle], [bare], [old_key] = (_by(report, name=n) for n in ("Idle", "Bare", "ancienne"))
    assert "unused" in idle["findings"]
    assert "no_role" in bare["findings"]
    assert {"unused", "never_expires"} <= set(old_key["findings"])
    keys = await call("core.report.access_review", kind="key", only_findings=True)
    assert {one["kind"] for one in keys["rows"]} == {"key"}


async def test_deliveries_are_counted_by_endpoint(
    house: House, call: Desk, database: TestDatabase
) -> None:
    make = house.operator.call
    url = "https://a.example/hook"
    hook = (await make("core.webhook_endpoint.create", url=url, events=["core.tag.*"])).result
    for _ in range(4):
        await call("core.webhook_endpoint.test", endpoint_id=hook["id"])
    async with connected(database.admin) as admin:
        rows = await admin.fetch(
            "SELECT id FROM core_webhook_delivery WHERE org_id = $1 ORDER BY id", house.org_id
        )
        told = "UPDATE core_webhook_delivery SET status = $2, duration_ms = $3 WHERE id = $1"
        for row, (status, took) in zip(
            rows, (("delivered", 10), ("delivered", 30), ("dead", 900)), strict=False
        ):
            await admin.execute(told, row["id"], status, took)

    [row] = (await call("core.report.webhook_health"))["rows"]

    assert (row["events"], row["delivered"], row["dead"], row["waiting"]) == (4, 2, 1, 1)
    assert (row["delivered_share"], row["p95_ms"]) == ("66.7", 900)
    async with connected(database.admin) as admin:
        await admin.execute("DELETE FROM core_webhook_delivery WHERE org_id = $1", house.org_id)


async def test_requests_are_listed_by_urgency_and_say_what_is_late(call: Desk) -> None:
    today = call.engine.clock().date()
    made = {}
    for who, days in (("Tard", 60), ("Tôt", 0)):
        given = {"requester": who, "received_at": str(today - timedelta(days=days))}
        made[who] = (await call("core.data_subject_request.create", kind="access", **given))["id"]
    reason = {"reason": "Aucun justificatif ne nous est parvenu."}
    late = {"kind": "access", "requester": "Clos", "received_at": str(today - timedelta(days=50))}
    closed = (await call("core.data_subject_request.create", **late))["id"]
    await call("core.data_subject_request.refuse", request_id=closed, **reason)

    waiting = await call("core.report.gdpr_register", only_open=True)
    assert [one["requester"] for one in waiting["rows"]] == ["Tard", "Tôt"]
    assert waiting["rows"][0]["days_left"] < 0 < waiting["rows"][1]["days_left"]
    every = await call("core.report.gdpr_register", period=f"{today - timedelta(days=90)}/{today}")
    assert every["totals"] == {"requests": 3, "open": 2, "late": 1, "answered_late": 1}


async def test_a_series_that_lost_a_number_is_found(
    house: House, call: Desk, database: TestDatabase
) -> None:
    for code in ("whole", "holed"):
        given = {
            "name": code,
            "code": code,
            "pattern": code.upper() + "-{seq:03}",
            "reset": "never",
        }
        await house.operator.call("core.sequence.create", **given)
        for _ in range(3):
            await number(call, code, call.engine.clock().date())
    async with connected(database.admin) as admin:
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(
            "DELETE FROM core_sequence_number WHERE org_id = $1 AND number = 'HOLED-002'",
            house.org_id,
        )

    report = await call("core.report.numbering_integrity")

    [whole], [holed] = _by(report, code="whole"), _by(report, code="holed")
    assert (whole["in_order"], whole["counted"], whole["missing"]) == (True, 3, 0)
    assert (holed["in_order"], holed["missing"], holed["lost"]) == (False, 1, 1)
    proof = await call(holed["drill"]["action"], **holed["drill"]["arguments"])
    assert proof["missing"] == [{"period": "", "from": 2, "to": 2}]


async def test_what_is_kept_is_counted_by_kind_and_told_as_a_file(call: Desk) -> None:
    for text in ("un", "deux"):
        await call("core.document.create", filename=f"{text}.txt", text=text, kind="letter")
    bill = await call("core.document.create", filename="f.txt", text="facture", kind="invoice")
    over = str(call.engine.clock().date() + timedelta(days=3650))
    await call("core.document.lock", id=bill["id"], until=over, basis="L123-22")

    report = await call("core.report.storage_and_retention")

    [letters], [invoices] = _by(report, kind="letter"), _by(report, kind="invoice")
    assert (letters["documents"], letters["bytes"]) == (2, 6)
    assert (invoices["locked"], invoices["due"], invoices["locked_until"]) == (1, 0, over)
    sheet = await call("core.report.storage_and_retention", format="csv")
    assert "letter" in base64.b64decode(sheet["file"]["content"]).decode("utf-8-sig")
