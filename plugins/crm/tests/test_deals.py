"""Deals: one stage or one outcome, a history that adds up, and money that never mixes."""

import random
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from core.tests.firm import furnish
from core.tests.raw import connected
from eyeot.declare.ids import decode
from eyeot.declare.problem import Problem
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase


@pytest.fixture
async def ids(house: House, call: Desk) -> dict[str, str]:
    """A furnished house: a pipeline of two open stages, one won and one lost, and some deals."""
    return await furnish(house, call)


@pytest.fixture
async def moves(call: Desk, database: TestDatabase) -> AsyncIterator[Any]:
    """The stage moves of a deal, oldest first."""
    async with connected(database.admin) as admin:

        async def of(deal: str) -> list[dict[str, Any]]:
            found = decode(deal)
            assert found
            rows = await admin.fetch(
                "SELECT m.id, m.at, m.version, s.kind, s.name FROM crm_stage_move m"
                " JOIN crm_stage s ON s.org_id = m.org_id AND s.id = m.stage_id"
                " WHERE m.org_id = $1 AND m.opportunity_id = $2 ORDER BY m.at, m.id",
                call.caller.org_id,
                found[1],
            )
            return [dict(row) for row in rows]

        yield of


async def _deal(call: Desk, ids: dict[str, str], **more: Any) -> dict[str, Any]:
    return await call("crm.opportunity.create", name="Four", customer_id=ids["hotel"], **more)


async def _stage(call: Desk, id: str) -> dict[str, Any]:
    return await call("crm.stage.get", id=id)


def _when(text: str) -> str:
    return text.removesuffix("Z").replace("T", " ")


async def test_whatever_is_done_a_deal_has_one_stage_or_one_outcome(
    call: Desk, ids: dict[str, str], moves: Any
) -> None:
    pick = random.Random(5)
    deal = await _deal(call, ids)
    known: list[dict[str, Any]] = []
    done: set[str] = set()
    for _ in range(60):
        step, given = pick.choice(
            [
                (
                    "move_stage",
                    {"stage_id": ids[pick.choice(["Contact", "Proposition", "Gagnée"])]},
                ),
                ("win", {}),
                ("lose", {"reason": "price", "note": "Trop cher"}),
                ("reopen", {}),
                ("reopen", {"stage_id": ids["Proposition"]}),
                ("set_forecast_category", {"category": "best"}),
                ("update", {"probability": str(pick.randrange(101))}),
                ("update", {"next_step": "Rappeler"}),
            ]
        )
        with suppress(Problem):
            await call(f"crm.opportunity.{step}", id=deal["id"], **given)
            done.add(step)
        deal = await call("crm.opportunity.get", id=deal["id"])
        stage, rows = await _stage(call, deal["stage_id"]), await moves(deal["id"])
        closed = deal["status"] != "open"
        assert ("closed_at" in deal) == closed == (deal["forecast_category"] == "closed")
        assert stage["kind"] == deal["status"]
        assert ("lost_reason" in deal) == (deal["status"] == "lost")
        assert rows[: len(known)] == known
        assert {row["version"] for row in rows} == {1}
        assert str(rows[0]["at"])[:23] == _when(deal["created_at"])[:23]
        assert str(rows[-1]["at"])[:23] == _when(deal["stage_entered_at"])[:23]
        assert rows[-1]["name"] == stage["name"]
        if closed:
            assert deal["closed_at"] == deal["stage_entered_at"]
            assert Decimal(deal["probability"]) == (100 if deal["status"] == "won" else 0)
        known = rows
    assert done >= {"move_stage", "win", "lose", "reopen", "update"}


@pytest.mark.parametrize(
    ("step", "given"),
    [("win", {}), ("lose", {"reason": "price"}), ("move_stage", {"stage_id": "Contact"})],
)
async def test_a_closed_deal_says_what_it_can_do(
    call: Desk, ids: dict[str, str], step: str, given: dict[str, Any]
) -> None:
    told = {name: ids.get(value, value) for name, value in given.items()}
    for deal in ("freezer", "van"):
        refusal = await call.refused(f"crm.opportunity.{step}", id=ids[deal], **told)
        assert (refusal["code"], refusal["possible"]) == ("state_refused", ["reopen"])
        assert refusal["allowed"] == ["open"]


async def test_an_open_deal_is_not_reopened(call: Desk, ids: dict[str, str]) -> None:
    refusal = await call.refused("crm.opportunity.reopen", id=ids["oven"])

    assert refusal["code"] == "state_refused"
    assert set(refusal["possible"]) == {"win", "lose", "move_stage"}


@pytest.mark.parametrize(
    "given", [{"name": "X"}, {"amount": {"amount": "1"}}, {"probability": "5"}]
)
async def test_a_closed_deal_is_changed_only_in_what_comes_after(
    call: Desk, ids: dict[str, str], given: dict[str, Any]
) -> None:
    refusal = await call.refused("crm.opportunity.update", id=ids["freezer"], **given)
    assert refusal["code"] == "conflict"
    await call("crm.opportunity.update", id=ids["freezer"], next_step="Installer")


@pytest.mark.parametrize("stage", ["Proposition", "Gagnée", "Perdue"])
async def test_a_stages_required_fields_are_asked_by_whatever_enters_it(
    call: Desk, ids: dict[str, str], stage: str
) -> None:
    required = ["amount", "expected_close"]
    await call("crm.stage.set_required_fields", id=ids[stage], fields_required=required)
    deal = (await _deal(call, ids, amount={"amount": "10"}))["id"]
    step, given = {
        "Proposition": ("move_stage", {"stage_id": ids[stage]}),
        "Gagnée": ("win", {}),
        "Perdue": ("lose", {"reason": "price"}),
    }[stage]

    refusal = await call.refused(f"crm.opportunity.{step}", id=deal, **given)
    assert [one["path"] for one in refusal["errors"]] == ["expected_close"]
    assert (await call("crm.opportunity.get", id=deal))["status"] == "open"
    await call("crm.opportunity.update", id=deal, expected_close="2027-01-31")
    assert (await call(f"crm.opportunity.{step}", id=deal, **given))["stage_id"] == ids[stage]


async def test_required_fields_are_asked_of_a_new_and_of_a_reopened_deal(
    call: Desk, ids: dict[str, str]
) -> None:
    first = ids["Contact"]
    await call("crm.stage.set_required_fields", id=first, fields_required=["expected_close"])

    for action, given in (
        ("crm.opportunity.create", {"name": "X", "customer_id": ids["hotel"]}),
        ("crm.opportunity.reopen", {"id": ids["van"]}),
    ):
        refusal = await call.refused(action, **given)
        assert [one["path"] for one in refusal["errors"]] == ["expected_close"]
    for wrong in (["salary"], ["customer_id"], ["status", "amount"]):
        refusal = await call.refused(
            "crm.stage.set_required_fields", id=first, fields_required=wrong
        )
        assert [one["path"] for one in refusal["errors"]] == ["fields_required"]


async def test_no_deal_enters_a_stage_that_was_put_away(call: Desk, ids: dict[str, str]) -> None:
    away = ids["Proposition"]
    await call("crm.stage.archive", id=away)

    for action, given in (
        ("crm.opportunity.move_stage", {"id": ids["oven"], "stage_id": away}),
        ("crm.opportunity.reopen", {"id": ids["van"], "stage_id": away}),
        ("crm.opportunity.create", {"name": "X", "customer_id": ids["hotel"], "stage_id": away}),
    ):
        refusal = await call.refused(action, **given)
        assert [one["path"] for one in refusal["errors"]] == ["stage_id"], action


async def test_a_deal_keeps_to_the_stages_of_its_pipeline(call: Desk, ids: dict[str, str]) -> None:
    other = (await call("crm.pipeline.create", name="Service"))["id"]
    stage = (await call("crm.stage.create", pipeline_id=other, name="Devis"))["id"]

    for action, given in (
        ("crm.opportunity.move_stage", {"id": ids["oven"], "stage_id": stage}),
        ("crm.opportunity.move_stage", {"id": ids["oven"], "stage_id": ids["Gagnée"]}),
        ("crm.opportunity.reopen", {"id": ids["van"], "stage_id": stage}),
        (
            "crm.opportunity.create",
            {"name": "X", "customer_id": ids["hotel"], "pipeline_id": other,
             "stage_id": ids["Contact"]},
        ),
    ):  # fmt: skip
        refusal = await call.refused(action, **given)
        assert [one["path"] for one in refusal["errors"]] == ["stage_id"], action


async def test_a_board_weighs_deals_by_their_present_chance(
    call: Desk, ids: dict[str, str]
) -> None:
    async def column() -> dict[str, Any]:
        board = await call("crm.pipeline.board", id=ids["pipeline"])
        found: dict[str, Any] = next(
            one for one in board["columns"] if one["stage_id"] == ids["Contact"]
        )
        return found

    await call("crm.opportunity.update", id=ids["oven"], probability="25")
    await call("crm.opportunity.archive", id=ids["converted_deal"])
    first = await column()
    await call("crm.opportunity.update", id=ids["oven"], probability="33.33")

    assert (first["deals"], first["amount"], first["weighted"]) == (1, "18400.00", "4600.00")
    assert (await column())["weighted"] == "6132.72"


async def test_a_board_never_adds_currencies_together(call: Desk, ids: dict[str, str]) -> None:
    await _deal(call, ids, amount={"amount": "1000", "currency": "CHF"})
    await _deal(call, ids, amount={"amount": "500", "currency": "CHF"})
    await _deal(call, ids)

    board = await call("crm.pipeline.board", id=ids["pipeline"])

    column = next(one for one in board["columns"] if one["stage_id"] == ids["Contact"])
    assert board["currency"] == "EUR"
    assert column["amount"] == "18400.00"
    assert column["others"] == [{"currency": "CHF", "amount": "1500.00", "weighted": "150.00"}]
    assert column["deals"] == 5


async def test_deals_of_an_archived_customer_stay_visible(call: Desk, ids: dict[str, str]) -> None:
    await call("crm.customer.archive", id=ids["bakery"])

    assert (await call("crm.opportunity.get", id=ids["oven"]))["customer_id"] == ids["bakery"]
    listed = await call("crm.opportunity.list", customer_id=ids["bakery"])
    assert listed["total"] == 3


async def test_winning_makes_a_customer_and_gives_its_party_the_role(
    call: Desk, ids: dict[str, str]
) -> None:
    deal = await _deal(call, ids)
    await call("crm.opportunity.win", id=deal["id"])

    assert (await call("crm.customer.get", id=ids["hotel"]))["lifecycle"] == "customer"
    assert "customer" in (await call("crm.party.get", id=ids["hotel_party"]))["roles"]


async def test_stuck_deals_are_told_with_their_reasons(call: Desk, ids: dict[str, str]) -> None:
    late = {"expected_close": "2020-01-31", "next_step": "Rappeler"}
    await call("crm.opportunity.update", id=ids["oven"], **late)

    stuck = await call("crm.opportunity.list_stuck", pipeline_id=ids["pipeline"])

    reasons = {one["id"]: len(one["reasons"]) for one in stuck["items"]}
    assert reasons == {ids["oven"]: 1, ids["converted_deal"]: 1}


async def test_a_stakeholder_has_one_part_in_a_deal(call: Desk, ids: dict[str, str]) -> None:
    given = {"id": ids["oven"], "contact_id": ids["amelie"]}
    await call("crm.opportunity.add_stakeholder", **given, role="payer")
    again = await call("crm.opportunity.add_stakeholder", **given, role="user")

    assert again["stakeholders"] == [{"contact_id": ids["amelie"], "role": "user"}]


async def test_the_stages_of_a_pipeline_are_ordered_whole(call: Desk, ids: dict[str, str]) -> None:
    order = [ids[name] for name in ("Perdue", "Proposition", "Contact", "Gagnée")]
    await call("crm.pipeline.reorder_stages", id=ids["pipeline"], stage_ids=order)
    listed = await call("crm.stage.list", pipeline_id=ids["pipeline"])
    assert [one["id"] for one in listed["items"]] == order

    for wrong in (order[:3], [*order, order[0]], [*order[:3], order[0]]):
        refusal = await call.refused(
            "crm.pipeline.reorder_stages", id=ids["pipeline"], stage_ids=wrong
        )
        assert refusal["code"] == "invalid"


async def test_there_is_one_default_pipeline(call: Desk, ids: dict[str, str]) -> None:
    made = await call("crm.pipeline.create", name="Service", is_default=True)
    defaults = await call("crm.pipeline.list", is_default=True)
    assert [one["id"] for one in defaults["items"]] == [made["id"]]

    await call("crm.pipeline.update", id=ids["pipeline"], is_default=True)
    defaults = await call("crm.pipeline.list", is_default=True)
    assert [one["id"] for one in defaults["items"]] == [ids["pipeline"]]
