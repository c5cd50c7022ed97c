"""Tags: put on what one may change, found by what one may read."""

import pytest

from eyeot.testing import Desk, House

APPLY = "core.tag.apply"


@pytest.fixture
async def ids(house: House, call: Desk) -> dict[str, str]:
    """A customer of Anne's, one of Boris's, a lead, and two tags."""
    made = {name: await house.person(name, "sales") for name in ("anne", "boris")}
    for name in ("anne", "boris"):
        given = {"name": f"Client de {name}", "owner_id": made[name]}
        made[f"of_{name}"] = (await call("crm.customer.create", **given))["id"]
    lead = await call("crm.lead.create", title="Four", company_name="X", owner_id=made["anne"])
    made["lead"] = lead["id"]
    for name in ("Prioritaire", "Salon"):
        made[name] = (await call("core.tag.create", name=name))["id"]
    return made


async def test_records_of_any_kind_are_found_by_their_tag(call: Desk, ids: dict[str, str]) -> None:
    both = [ids["of_anne"], ids["lead"]]
    told = await call(APPLY, records=both, add=["Prioritaire"])

    assert told["changed"] == 2
    assert told["items"] == [{"record": one, "tags": ["Prioritaire"]} for one in both]
    for tag in ("Prioritaire", ids["Prioritaire"]):
        customers = await call("crm.customer.list", tag=tag)
        assert [one["id"] for one in customers["items"]] == [ids["of_anne"]]
    assert (await call("crm.lead.count", tag=ids["Prioritaire"]))["count"] == 1
    assert (await call("crm.customer.count", tag=ids["Salon"]))["count"] == 0
    sheet = await call("crm.customer.export", tag=ids["Prioritaire"])
    assert sheet["rows"] == 1
    groups = await call("crm.customer.aggregate", tag=ids["Prioritaire"], by=["owner_id"])
    assert groups["groups"][0]["count"] == 1
    assert (await call(APPLY, records=both, add=["Prioritaire"]))["changed"] == 0


async def test_nobody_tags_what_they_may_not_change_or_finds_what_they_may_not_read(
    house: House, call: Desk, ids: dict[str, str]
) -> None:
    anne = await house.desk(role="sales", owner="anne")
    both = [ids["of_anne"], ids["of_boris"]]
    await call(APPLY, records=both, add=["Salon"])

    refusal = await anne.refused(APPLY, records=both, add=["Prioritaire"])

    assert refusal["code"] == "not_found"
    assert (await call("crm.customer.count", tag="Prioritaire"))["count"] == 0
    seen = (await anne("crm.customer.list", tag="Salon"))["items"]
    assert [one["id"] for one in seen] == [ids["of_anne"]]
    viewer = await house.desk("crm:read", "core:read", "core.tag:apply", owner="boris")
    assert (await viewer.refused(APPLY, records=both[1:], add=["Salon"]))["status"] in (403, 404)


async def test_an_archived_tag_is_not_put_on_and_can_be_taken_off(
    call: Desk, ids: dict[str, str]
) -> None:
    await call(APPLY, records=[ids["lead"]], add=["Salon"])
    await call("core.tag.archive", id=ids["Salon"])

    refusal = await call.refused(APPLY, records=[ids["of_anne"]], add=[ids["Salon"]])
    told = await call(APPLY, records=[ids["lead"]], remove=[ids["Salon"]])

    assert refusal["field"] == "add"
    assert told["items"] == [{"record": ids["lead"], "tags": []}]


async def test_a_tag_for_some_kinds_is_for_no_other(call: Desk, ids: dict[str, str]) -> None:
    await call("core.tag.update", id=ids["Salon"], resources=["crm.lead"])

    assert (await call.refused(APPLY, records=[ids["of_anne"]], add=["Salon"]))["field"] == "add"
    assert (await call(APPLY, records=[ids["lead"]], add=["Salon"]))["changed"] == 1
    wrong = await call.refused("core.tag.update", id=ids["Salon"], resources=["crm.nothing"])
    assert wrong["errors"][0]["path"] == "resources"


async def test_merging_leaves_every_record_once_with_the_tag_that_stays(
    call: Desk, ids: dict[str, str]
) -> None:
    both = [ids["of_anne"], ids["lead"]]
    await call(APPLY, records=both, add=["Salon"])
    await call(APPLY, records=both[:1], add=["Prioritaire"])

    pair = {"source_id": ids["Salon"], "target_id": ids["Prioritaire"]}
    told = await call("core.tag.merge", **pair)

    assert (told["moved"], told["remaining"], told["deleted"]) == (2, 0, True)
    assert (await call("crm.customer.count", tag="Prioritaire"))["count"] == 1
    assert (await call("crm.lead.count", tag="Prioritaire"))["count"] == 1
    assert (await call.refused("core.tag.get", id=ids["Salon"]))["code"] == "not_found"
    itself = {"source_id": ids["Prioritaire"], "target_id": ids["Prioritaire"]}
    assert (await call.refused("core.tag.merge", **itself))["code"] == "invalid"


async def test_a_deleted_record_takes_its_tags_along_and_a_used_tag_stays(
    call: Desk, ids: dict[str, str]
) -> None:
    await call(APPLY, records=[ids["lead"]], add=["Salon"])
    assert (await call.refused("core.tag.delete", id=ids["Salon"]))["code"] == "conflict"

    await call("crm.lead.delete", id=ids["lead"])

    assert (await call("core.tag.delete", id=ids["Salon"]))["deleted"]


async def test_what_was_tagged_is_told_once_per_record(call: Desk, ids: dict[str, str]) -> None:
    effects = await call.preview(APPLY, records=[ids["lead"], ids["of_anne"]], add=["Salon"])

    assert "core.record.tagged" in effects["events"]
    assert {one["type"] for one in effects["created"]} == {"core.record_tag"}
