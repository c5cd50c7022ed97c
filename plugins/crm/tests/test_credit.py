"""Credit for a deal, shared between salespeople."""

from typing import Any

import pytest

from eyeot.testing import Desk, House

SPLIT = "crm.opportunity.split_credit"


@pytest.fixture
async def deal(house: House, call: Desk) -> str:
    """A deal, with two people who sold it."""
    pipeline = (await call("crm.pipeline.create", name="Ventes", is_default=True))["id"]
    await call("crm.stage.create", pipeline_id=pipeline, name="Contact")
    customer = (await call("crm.customer.create", name="Mercier"))["id"]
    for name in ("anne", "boris"):
        await house.person(name)
    return str((await call("crm.opportunity.create", name="Four", customer_id=customer))["id"])


def _shares(house: House, **percents: str) -> list[dict[str, Any]]:
    return [{"user_id": house.people[n], "percent": one} for n, one in percents.items()]


async def test_credit_is_shared_and_shared_anew(house: House, call: Desk, deal: str) -> None:
    both = _shares(house, anne="62.5", boris="37.5")

    told = await call(SPLIT, id=deal, shares=both)
    effects = await call.preview(SPLIT, id=deal, shares=_shares(house, boris="100"))

    assert told == {"opportunity_id": deal, "shares": both}
    assert [one["type"] for one in effects["deleted"]] == ["crm.credit_share"]
    assert [one["changes"]["percent"]["after"] for one in effects["modified"]] == ["100"]
    assert effects["created"] == []


@pytest.mark.parametrize(
    "percents", [{"anne": "60", "boris": "30"}, {"anne": "60", "boris": "60"}, {"anne": "99.99"}]
)
async def test_shares_sum_to_the_whole(
    house: House, call: Desk, deal: str, percents: dict[str, str]
) -> None:
    refusal = await call.refused(SPLIT, id=deal, shares=_shares(house, **percents))

    assert [one["path"] for one in refusal["errors"]] == ["shares"]


async def test_a_person_has_one_share_whichever_way_they_are_named(
    house: House, call: Desk, deal: str
) -> None:
    half = _shares(house, anne="50")
    email = f"anne@{house.operator.slug}.example"
    by_email = [{"user_id": email, "percent": "50"}]
    for again in (half, by_email):
        twice = await call.refused(SPLIT, id=deal, shares=half + again)
        assert [one["path"] for one in twice["errors"]] == ["shares"]
    nobody = [{"user_id": f"nobody@{house.operator.slug}.example", "percent": "100"}]
    assert (await call.refused(SPLIT, id=deal, shares=nobody))["code"] in {"invalid", "not_found"}

    whole = await call(SPLIT, id=deal, shares=[{"user_id": email, "percent": "100"}])

    assert [one["user_id"] for one in whole["shares"]] == [half[0]["user_id"]]


async def test_shares_go_with_their_deal(house: House, call: Desk, deal: str) -> None:
    await call(SPLIT, id=deal, shares=_shares(house, anne="100"))

    assert (await call("crm.opportunity.delete", id=deal))["deleted"]
