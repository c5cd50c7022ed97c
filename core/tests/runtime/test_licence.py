"""Licence: what a write needs, and what goes on without."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from eyeot.declare.ids import uuid7
from eyeot.declare.problem import Problem
from eyeot.deploy.operator import Operator
from eyeot.platform.jobs import occurrence
from eyeot.runtime.batch import CallRefused
from eyeot.runtime.engine import Engine
from eyeot.runtime.licensing import new_key
from eyeot.runtime.request import Request
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House
from eyeot.testing.licence import KEY, signed_for

NOW = datetime.now(UTC)
OVER: dict[str, Any] = {
    "valid_from": NOW - timedelta(days=400),
    "valid_until": NOW - timedelta(days=30),
}
LEAD = {"title": "Salon des métiers", "email": "achats@metiers.example"}


async def _ended(house: House, **more: Any) -> None:
    """A licence that ended, installed while it was valid."""
    operator, clock = house.operator, house.engine.clock
    house.engine.clock = lambda: NOW - timedelta(days=200)
    try:
        await house.license(**{**OVER, **more})
    finally:
        house.engine.clock = clock
    operator.licence = None


async def _house(engine: Engine, **more: Any) -> tuple[House, Desk]:
    house = await House.open(engine, **more)
    await house.person("owner", "owner")
    return house, await house.desk("*", owner="owner")


async def _again(house: House, desk: Desk) -> Desk:
    """The desk as its next call would find it."""
    return replace(desk, caller=await house.engine.authenticate(desk.key, None))


async def test_one_person_works_free_of_charge_in_every_module(engine: Engine) -> None:
    _, desk = await _house(engine, seats=0)
    assert (await desk("crm.lead.create", **LEAD))["id"]
    told = (await desk("core.session.whoami"))["licence"]
    assert told == {
        "plan": "individual",
        "state": "free",
        "seats": {"used": 1, "of": 1},
        "modules": ["*"],
    }


async def test_a_second_person_takes_a_licence_and_suspending_one_unblocks(engine: Engine) -> None:
    house, desk = await _house(engine, seats=0)
    await desk("crm.lead.create", **LEAD)
    second = await house.person("second", "sales")
    desk = await _again(house, desk)
    refused = await desk.refused("crm.lead.create", **LEAD)
    assert (refused["code"], refused["status"]) == ("license_required", 402)
    assert refused["seats"] == {"used": 2, "of": 1}
    assert refused["plan"] == "individual"
    assert refused["activate_url"].startswith("http://localhost/console/licence?org=")
    assert (await desk("crm.lead.list"))["items"]
    await desk("core.user.suspend", id=second, reason="trop de monde")
    assert (await (await _again(house, desk))("crm.lead.create", **LEAD))["id"]


async def test_the_command_line_is_held_to_seats(engine: Engine) -> None:
    house, _ = await _house(engine, seats=1)
    operator = await Operator.of(engine, house.operator.slug)
    with pytest.raises(Problem) as refused:
        await operator.call(
            "core.user.register",
            email="autre@x.example",
            display_name="Autre",
            account_id=str(uuid7()),
        )
    assert refused.value.code == "license_required"


async def test_an_ended_licence_leaves_reading_exporting_and_cutting_power(engine: Engine) -> None:
    house, desk = await _house(engine)
    lead = await desk("crm.lead.create", **LEAD)
    other = await house.make_key("crm:read", owner="owner")
    await _ended(house)
    desk = await _again(house, desk)
    refused = await desk.refused("crm.lead.update", id=lead["id"], title="Autre")
    assert (refused["code"], refused["state"]) == ("license_required", "expired")
    with pytest.raises(Problem) as dry:
        await desk.preview("crm.lead.create", **LEAD)
    assert dry.value.body() | {"number": 0} == (refused | {"number": 0}), (
        "a dry run is refused as the real run is"
    )
    assert (await desk("crm.lead.get", id=lead["id"]))["title"] == LEAD["title"]
    assert (await desk("crm.lead.export"))["document_id"]
    assert (await desk("core.licence.request_renewal", seats=5))["request"]["seats"] == 5
    assert (await desk("core.api_key.revoke", id=other["id"], reason="perdue"))["status"] == (
        "revoked"
    )


async def test_grace_is_in_the_licence_and_a_clock_set_back_revives_nothing(engine: Engine) -> None:
    house, desk = await _house(engine)
    await house.license(valid_until=NOW + timedelta(days=1), grace_days=10)
    desk = await _again(house, desk)
    clock = engine.clock
    try:
        engine.clock = lambda: NOW + timedelta(days=5)
        assert (await desk("core.session.whoami"))["licence"]["state"] == "grace"
        await desk("crm.lead.create", **LEAD)
        # The remembered caller hears of the end by comparing times.
        engine.clock = lambda: NOW + timedelta(days=12)
        assert (await desk.refused("crm.lead.create", **LEAD))["state"] == "expired"
        await desk("core.licence.request_renewal", seats=5)
        engine.clock = lambda: NOW
        engine.credentials.forget(house.org_id)
        refused = await (await _again(house, desk)).refused("crm.lead.create", **LEAD)
        assert refused["code"] == "license_required"
    finally:
        engine.clock = clock


async def test_a_module_outside_the_pack_is_read_only_whichever_way_it_is_written(
    engine: Engine,
) -> None:
    house, desk = await _house(engine)
    await house.license(modules=("sales",))
    desk = await _again(house, desk)
    refused = await desk.refused("crm.lead.create", **LEAD)
    assert (refused["code"], refused["module"]) == ("license_required", "crm")
    assert (await desk("core.tag.create", name="Libre"))["id"]
    taken_in = await desk(
        "core.job.schedule", action="crm.lead.create", params=LEAD, cron="0 8 * * *"
    )
    assert taken_in["id"]
    file = "name;siren\nLaiterie Roux;"
    refused = await desk.refused("crm.party.import", text=file, filename="fournisseurs.csv")
    assert refused["code"] == "license_required"
    calls = [("core.tag.create", {"name": "Autre"}), ("crm.lead.create", LEAD)]
    requests = [
        Request(action=name, arguments=dict(given), caller=desk.caller, surface="mcp")
        for name, given in calls
    ]
    with pytest.raises(CallRefused) as batch:
        await engine.execute_all(requests, dry_run=False)
    assert (batch.value.code, batch.value.call) == ("license_required", 2)
    assert [one["name"] for one in (await desk("core.tag.list"))["items"]] == ["Libre"]


async def test_a_job_fails_clearly_when_the_licence_ends_and_goes_on_when_it_is_renewed(
    engine: Engine,
) -> None:
    house, desk = await _house(engine)
    file = "name;siren\nLaiterie Roux;\nFromagerie Blanc;"
    taken_in = await desk("crm.party.import", text=file, filename="fournisseurs.csv")
    begun = await desk("core.import_job.run", job_id=taken_in["import_job_id"])
    await _ended(house)
    await Worker(engine, occurrence).drain()
    desk = await _again(house, desk)
    [job] = (await desk("core.job.list"))["items"]
    assert (job["status"], job["error"]["code"]) == ("failed", "license_required")
    assert not (await desk("crm.party.list"))["items"]
    await house.license(issued_at=NOW)
    desk = await _again(house, desk)
    await desk("core.job.retry", job_id=job["id"])
    await Worker(engine, occurrence).drain()
    assert len((await desk("crm.party.list"))["items"]) == 2, begun


@pytest.mark.parametrize("how", ["stranger", "changed", "copied", "unsigned", "over", "older"])
async def test_what_is_not_a_licence_for_this_organisation_is_refused(
    engine: Engine, how: str
) -> None:
    house, _ = await _house(engine)
    other = await House.open(engine)
    head, body, sign = signed_for(house.org_id).split(".")
    text = {
        "stranger": signed_for(house.org_id, key=new_key("tests")),
        "changed": f"{head}.{signed_for(house.org_id, seats=5000).split('.')[1]}.{sign}",
        "copied": signed_for(other.org_id),
        "unsigned": f"eyJhbGciOiJub25lIn0.{body}.",
        "over": signed_for(house.org_id, **OVER),
        "older": signed_for(house.org_id, issued_at=datetime(1999, 1, 1, tzinfo=UTC)),
    }[how]
    with pytest.raises(Problem) as refused:
        await house.operator.call("core.licence.activate", key=text)
    assert refused.value.code == ("conflict" if how == "older" else "invalid")


async def test_a_key_may_not_activate(engine: Engine, call: Desk) -> None:
    text = signed_for(call.caller.org_id)
    refused = await call.refused("core.licence.activate", key=text)
    assert refused["code"] == "human_required"


async def test_a_row_changed_behind_the_products_back_is_trusted_by_nobody(
    engine: Engine, database: Any
) -> None:
    house, desk = await _house(engine)
    text = signed_for(house.org_id, seats=1, key=new_key(KEY.kid or ""))
    admin = await asyncpg.connect(database.admin)
    try:
        changed = "UPDATE core_licence SET signed = $2 WHERE org_id = $1"
        await admin.execute(changed, house.org_id, text)
    finally:
        await admin.close()
    engine.credentials.forget(house.org_id)
    refused = await (await _again(house, desk)).refused("crm.lead.create", **LEAD)
    assert (refused["code"], refused["state"]) == ("license_required", "untrusted")


def test_what_runs_without_a_licence_cuts_power_hands_out_data_or_is_about_the_licence(
    engine: Engine,
) -> None:
    writes = [one for one in engine.catalogue.actions.values() if not one.reads]
    free = {one.name for one in writes if one.unlicensed}
    assert {name for name in free if not name.endswith(".export")} == {
        "core.agent_client.archive",
        "core.agent_client.pause",
        "core.api_key.revoke",
        "core.audit_event.export_signed",
        "core.data_subject_request.ask_for_identity",
        "core.data_subject_request.create",
        "core.data_subject_request.extend_deadline",
        "core.data_subject_request.fulfil",
        "core.data_subject_request.fulfil_in_part",
        "core.data_subject_request.produce_export",
        "core.data_subject_request.refuse",
        "core.data_subject_request.restrict_processing",
        "core.data_subject_request.update",
        "core.data_subject_request.verify_identity",
        "core.document.get_download_link",
        "core.job.cancel",
        "core.job.unschedule",
        "core.licence.activate",
        "core.licence.request_renewal",
        "core.module.disable",
        "core.oauth_grant.revoke",
        "core.organization.archive",
        "core.role.archive",
        "core.role.delete",
        "core.role.revoke_permission",
        "core.role.unassign",
        "core.team.remove_member",
        "core.user.deactivate",
        "core.user.revoke_sessions",
        "core.user.suspend",
        "core.webhook_endpoint.archive",
        "core.webhook_endpoint.delete",
        "core.webhook_endpoint.pause",
        # Who withdraws or objects is heard at once (GDPR art. 7(3), 21); what is stale goes (art. 5(1)(e)).
        "crm.consent.purge_stale_prospects",
        "crm.consent.withdraw",
        "crm.contact.unsubscribe",
    }
    assert {one.name for one in writes if one.verb == "export"} <= free
