"""Comments: a thread beside each record, read by whoever may read the record."""

import pytest

from core.tests.firm import furnish
from eyeot.declare.anyref import RecordRef
from eyeot.declare.record import records
from eyeot.testing import Desk, House


@pytest.fixture
async def firm(house: House, call: Desk) -> dict[str, str]:
    """A furnished house."""
    return await furnish(house, call)


async def test_a_comment_is_kept_with_its_author_and_mentions(
    call: Desk, firm: dict[str, str]
) -> None:
    made = await call(
        "crm.customer.comment", id=firm["bakery"], body="À rappeler", mentions=[firm["boris"]]
    )
    await call("crm.customer.comment", id=firm["hotel"], body="Autre fil")
    thread = await call("crm.customer.list_comments", id=firm["bakery"])

    assert [one["id"] for one in thread["items"]] == [made["id"], firm["comment"]]
    assert thread["items"][0]["record"] == firm["bakery"]
    assert thread["items"][0]["mentions"] == [firm["boris"]]
    assert thread["items"][0]["author"] == call.caller.actor
    assert thread["items"][0]["author_id"]


async def test_who_may_not_read_the_record_may_not_read_its_thread(
    house: House, call: Desk, firm: dict[str, str]
) -> None:
    await call("crm.customer.comment", id=firm["hotel"], body="Confidentiel")
    anne = await house.desk(role="sales", owner="anne")
    for verb, given in (("list_comments", {}), ("comment", {"body": "x"})):
        refusal = await anne.refused(f"crm.customer.{verb}", id=firm["hotel"], **given)
        assert refusal["code"] == "not_found"
    other = await House.open(house.engine)
    stranger = await other.desk("crm:read", "crm:write")
    refusal = await stranger.refused("crm.customer.list_comments", id=firm["hotel"])
    assert refusal["code"] == "not_found"
    reader = await house.desk("crm:read")
    assert (await reader.refused("crm.customer.comment", id=firm["hotel"], body="x"))[
        "code"
    ] == "permission_denied"


async def test_nobody_is_mentioned_who_is_not_there(
    house: House, call: Desk, firm: dict[str, str]
) -> None:
    other = await House.open(house.engine)
    theirs = await other.person("eve", "owner")
    refusal = await call.refused(
        "crm.customer.comment", id=firm["bakery"], body="x", mentions=[theirs]
    )
    assert refusal["code"] == "not_found"
    thread = await call("crm.customer.list_comments", id=firm["bakery"])
    assert [one["id"] for one in thread["items"]] == [firm["comment"]]


async def test_a_dry_run_leaves_no_comment(call: Desk, firm: dict[str, str]) -> None:
    effects = await call.preview("crm.customer.comment", id=firm["bakery"], body="x")

    assert effects["created"][0]["values"]["record"] == firm["bakery"]
    thread = await call("crm.customer.list_comments", id=firm["bakery"])
    assert [one["id"] for one in thread["items"]] == [firm["comment"]]


def test_a_reference_to_any_record_is_a_typeid_both_ways() -> None:
    assert records
    made = RecordRef.parse("cus_01h455vb4pex5vsknk084sn02q")

    assert str(made) == f"crm.customer/{made.id}"
    assert made.typeid == "cus_01h455vb4pex5vsknk084sn02q"
