"""People: what they may do, and how their work goes to somebody else."""

from typing import Any

import pytest

from eyeot.declare.problem import Problem
from eyeot.testing import Desk, House

RUN = "core.user.transfer_work"


@pytest.fixture
async def team(house: House, call: Desk) -> dict[str, str]:
    """Two colleagues, the first with work of every kind."""
    ids = {name: await house.person(name, "sales") for name in ("anne", "boris")}
    pipeline = (await call("crm.pipeline.create", name="Ventes", is_default=True))["id"]
    await call("crm.stage.create", pipeline_id=pipeline, name="Contact")
    made = await call("crm.customer.create", name="Mercier", owner_id=ids["anne"])
    ids["customer"] = made["id"]
    lead = await call("crm.lead.create", title="Four", company_name="X", owner_id=ids["anne"])
    ids["lead"] = lead["id"]
    for name in ("open", "won"):
        deal = await call("crm.opportunity.create", name=name, customer_id=ids["customer"])
        ids[name] = deal["id"]
    await call("crm.opportunity.win", id=ids["won"])
    await house.make_key("crm:read", owner="anne")
    return ids


async def _operator(house: House, action: str, **given: Any) -> dict[str, Any]:
    return (await house.operator.call(action, **given)).result


async def test_open_work_of_every_kind_goes_over_and_finished_work_stays(
    house: House, call: Desk, team: dict[str, str]
) -> None:
    told = await _operator(house, RUN, from_user=team["anne"], to_user=team["boris"])

    assert told["moved"] == {"crm.customer": 1, "crm.lead": 1, "crm.opportunity": 1}
    assert (told["remaining"], told["left"]) == (0, [])
    assert (await call("crm.opportunity.get", id=team["open"]))["owner_id"] == team["boris"]
    assert (await call("crm.opportunity.get", id=team["won"]))["owner_id"] == team["anne"]
    keys = await _operator(house, "core.api_key.list", owner_id=team["anne"])
    assert keys["total"] == 1


async def test_only_named_kinds_go_over(house: House, team: dict[str, str]) -> None:
    pair = {"from_user": team["anne"], "to_user": team["boris"]}

    told = await _operator(house, RUN, **pair, resources=["crm.lead"])

    assert told["moved"] == {"crm.lead": 1}


async def test_what_cannot_be_owned_is_not_handed_over(house: House, team: dict[str, str]) -> None:
    pair = {"from_user": team["anne"], "to_user": team["boris"]}

    refusal = await _refused(house, RUN, **pair, resources=["core.api_key"])
    nobody = await _refused(house, RUN, from_user=team["anne"], to_user=team["anne"])

    assert [one["path"] for one in refusal["errors"]] == ["resources"]
    assert nobody["field"] == "to_user"


async def _refused(house: House, action: str, **given: Any) -> dict[str, Any]:
    with pytest.raises(Problem) as refused:
        await house.operator.call(action, **given)
    return refused.value.body()


async def test_a_key_hands_nobodys_work_over(call: Desk, team: dict[str, str]) -> None:
    for action, given in (
        (RUN, {"from_user": team["anne"], "to_user": team["boris"]}),
        ("core.user.deactivate", {"id": team["anne"], "hand_over_to": team["boris"]}),
    ):
        assert (await call.refused(action, **given))["code"] == "human_required"


async def test_a_deactivated_user_leaves_no_open_work_and_no_working_key(
    house: House, call: Desk, team: dict[str, str]
) -> None:
    desk = await house.desk("crm:read", owner="anne")

    told = await _operator(
        house, "core.user.deactivate", id=team["anne"], hand_over_to=team["boris"]
    )

    assert told["status"] == "deactivated"
    assert told["moved"] == {"crm.customer": 1, "crm.lead": 1, "crm.opportunity": 1}
    house.engine.credentials.forget(house.org_id)
    with pytest.raises(Problem) as refused:
        await house.engine.authenticate(desk.key, None)
    assert refused.value.code == "unauthenticated"


async def test_the_last_owner_is_not_deactivated(house: House, team: dict[str, str]) -> None:
    given = {"id": house.people["owner"], "hand_over_to": team["boris"]}

    refusal = await _refused(house, "core.user.deactivate", **given)

    assert "last owner" in refusal["message"]


async def test_permissions_are_told_with_the_roles_that_give_them(
    house: House, call: Desk, team: dict[str, str]
) -> None:
    told = await call("core.user.effective_permissions", id=team["anne"])
    about = await call("core.user.effective_permissions", id=team["anne"], resource="crm.lead")
    owner = await call(
        "core.user.effective_permissions", id=house.people["owner"], resource="crm.lead"
    )

    assert told["may_work"] is True
    assert "core:read" in {one["permission"] for one in told["permissions"]}
    assert about["permissions"] == [
        {
            "permission": name,
            "reach": "own",
            "roles": [{"role": "sales", "reach": "own"}],
        }
        for name in ("crm:read", "crm:write")
    ]
    assert "*" in {one["permission"] for one in owner["permissions"]}


async def test_an_archived_or_expired_role_gives_nothing(
    house: House, call: Desk, team: dict[str, str]
) -> None:
    roles = (await _operator(house, "core.role.list", name="sales"))["items"]
    await _operator(house, "core.role.archive", id=roles[0]["id"])

    told = await call("core.user.effective_permissions", id=team["anne"])

    assert told["permissions"] == []


async def test_an_organisation_is_closed_and_opened_by_the_operator_only(
    house: House, call: Desk
) -> None:
    id = (await call("core.organization.list"))["items"][0]["id"]

    refusal = await call.refused("core.organization.archive", id=id)
    closed = await _operator(house, "core.organization.archive", id=id)
    opened = await _operator(house, "core.organization.restore", id=id)

    assert refusal["status"] == 403
    assert closed["archived_at"]
    assert opened.get("archived_at") is None


async def test_the_activity_log_is_searched_by_words(house: House, call: Desk) -> None:
    await call("crm.party.create", name="Mercier")
    await call("crm.party.list")

    found = await call("core.audit_event.search", query="PARTY create")
    none = await call("core.audit_event.search", query="100%_")
    stranger = await house.desk("crm:read", "core:read")

    assert [one["action"] for one in found["items"]] == ["crm.party.create"]
    assert none["items"] == []
    refusal = await stranger.refused("core.audit_event.search", query="party")
    assert refusal["code"] in ("permission_denied", "insufficient_scope")
