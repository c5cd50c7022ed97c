"""History: who changed what on a record, all that it shows included."""

from typing import Any

from core.tests.firm import SIRENS
from core.tests.raw import connected
from eyeot.declare.ids import decode
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase


async def _history(call: Desk, kind: str, id: str, **given: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await call(f"{kind}.history", id=id, **given))["items"]
    return items


async def test_a_customers_history_tells_the_changes_of_its_party(call: Desk) -> None:
    made = await call("crm.customer.create", name="Mercier", tier="B")
    await call("crm.customer.update", id=made["id"], name="Mercier & Fils", tier="A")
    await call("crm.party.update", id=made["party_id"], trade_name="Au bon pain")

    third, second, first = await _history(call, "crm.customer", made["id"])

    assert (first["action"], first["operation"]) == ("crm.customer.create", "created")
    assert first["changes"]["name"] == {"before": None, "after": "Mercier"}
    assert first["changes"]["tier"] == {"before": None, "after": "B"}
    assert second["changes"]["name"] == {"before": "Mercier", "after": "Mercier & Fils"}
    assert second["changes"]["tier"] == {"before": "B", "after": "A"}
    assert (third["action"], third["operation"]) == ("crm.party.update", "updated")
    assert third["changes"] == {"trade_name": {"before": None, "after": "Au bon pain"}}
    assert first["actor"] == call.caller.actor
    assert first["actor_type"] == "agent"


async def test_what_a_party_was_before_its_customer_is_told_as_a_change(call: Desk) -> None:
    party = await call("crm.party.create", name="Mercier")
    made = await call("crm.customer.create", party_id=party["id"], tier="A")

    second, first = await _history(call, "crm.customer", made["id"])

    assert (second["operation"], first["operation"]) == ("created", "updated")
    assert first["changes"]["name"]["after"] == "Mercier"


async def test_archiving_a_party_is_not_told_of_its_customer(call: Desk) -> None:
    made = await call("crm.customer.create", name="Mercier")
    await call("crm.party.archive", id=made["party_id"])

    (first,) = await _history(call, "crm.customer", made["id"])

    assert first["operation"] == "created"
    assert len(await _history(call, "crm.party", made["party_id"])) == 2


async def test_history_comes_in_pages(call: Desk) -> None:
    made = await call("crm.customer.create", name="Nom 0")
    for number in range(1, 8):
        kind, id = [("crm.customer", made["id"]), ("crm.party", made["party_id"])][number % 2]
        await call(f"{kind}.update", id=id, name=f"Nom {number}")

    seen, cursor = [], None
    while True:
        page = await call("crm.customer.history", id=made["id"], limit=3, cursor=cursor)
        seen += [one["changes"]["name"]["after"] for one in page["items"]]
        cursor = page.get("next_cursor")
        assert page["has_more"] == bool(cursor)
        if not cursor:
            break

    assert seen == [f"Nom {number}" for number in range(7, -1, -1)]


async def test_a_cursor_that_is_none_is_refused(call: Desk) -> None:
    made = await call("crm.customer.create", name="Mercier")

    refusal = await call.refused("crm.customer.history", id=made["id"], cursor="x")

    assert [one["path"] for one in refusal["errors"]] == ["cursor"]


async def _convert(call: Desk) -> None:
    await call("crm.pipeline.create", name="Ventes")
    pipeline = (await call("crm.pipeline.list"))["items"][0]["id"]
    await call("crm.stage.create", pipeline_id=pipeline, name="Contact")
    lead = await call("crm.lead.create", title="Four", company_name="Mercier", person_name="Jo Roy")
    await call("crm.lead.qualify", id=lead["id"])
    await call("crm.lead.convert", id=lead["id"])


async def test_one_calls_changes_are_folded_by_record(
    house: House, call: Desk, database: TestDatabase
) -> None:
    """Converting a lead adds a customer, then gives it a party's role, then links: one entry a record."""
    await _convert(call)

    async with connected(database.admin) as admin:
        rows = await admin.fetch(
            "SELECT * FROM core_audit_event WHERE org_id = $1 AND action = 'crm.lead.convert'",
            house.org_id,
        )
        out = await admin.fetch("SELECT * FROM core_outbox WHERE cause = $1", rows[0]["id"])
    changes = rows[0]["changes"]
    by_kind = {one["type"]: one for one in changes if one["type"] != "crm.party"}

    assert len(rows) == 1
    assert sorted(one["type"] for one in changes) == [
        "crm.contact",
        "crm.customer",
        "crm.lead",
        "crm.opportunity",
        "crm.party",
        "crm.party",
        "crm.stage_move",
    ]
    assert by_kind["crm.lead"]["fields"]["status"] == {"before": "qualified", "after": "converted"}
    assert by_kind["crm.customer"]["operation"] == "created"
    assert sorted(rows[0]["records"]) == sorted(f"{one['type']}/{one['id']}" for one in changes)
    assert sorted(row["event"] for row in out) == [
        "crm.contact.created",
        "crm.customer.created",
        "crm.lead.converted",
        "crm.lead.updated",
        "crm.opportunity.created",
        "crm.party.created",
        "crm.party.created",
        "crm.stage_move.created",
    ]
    assert set(rows[0]["events"]) == {row["event"] for row in out}
    assert {row["org_id"] for row in out} == {house.org_id}


async def test_a_timeline_and_a_history_agree(call: Desk) -> None:
    made = await call("crm.party.create", name="Mercier", siren=SIRENS[0])
    await call("crm.party.update", id=made["id"], name="Mercier SA")
    await call("crm.party.block", id=made["id"], scope=["orders"], reason="Impayés")

    history = await _history(call, "crm.party", made["id"])
    timeline = await call("core.audit_event.timeline", record=made["id"])

    assert [one["action"] for one in history] == [one["action"] for one in timeline["items"]]
    found = decode(made["id"])
    assert found
    for ours, theirs in zip(history, timeline["items"], strict=True):
        (change,) = theirs["changes"]
        assert change["id"] == str(found[1])
        assert change["fields"] == ours["changes"]


async def test_an_update_that_changes_nothing_leaves_no_trace_but_the_call(call: Desk) -> None:
    made = await call("crm.customer.create", name="Mercier", annual_revenue={"amount": "10.5"})
    same = {"name": "Mercier", "annual_revenue": {"amount": "10.50", "currency": "EUR"}}

    again = await call("crm.customer.update", id=made["id"], **same)
    effects = await call.preview("crm.customer.update", id=made["id"], **same)

    assert again["version"] == made["version"]
    assert len(await _history(call, "crm.customer", made["id"])) == 1
    assert (effects["modified"], effects["events"]) == ([], [])
