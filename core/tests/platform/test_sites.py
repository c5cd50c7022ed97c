"""Sites and teams: one head office, SIRETs of the company's own, and who belongs where."""

import asyncio
from typing import Any

import pytest

from eyeot.declare.problem import Problem
from eyeot.testing import Desk, House

SIRETS = ("73282932000017", "73282932000025", "73282932000033")
CREATE = "core.establishment.create"


async def _site(call: Desk, number: int, **more: Any) -> str:
    given = {"name": f"Site {number}", "siret": SIRETS[number], **more}
    return str((await call(CREATE, **given))["id"])


async def test_a_siret_is_valid_and_the_companys_own(house: House, call: Desk) -> None:
    organization = (await call("core.organization.list"))["items"][0]["id"]
    await call("core.organization.update", id=organization, siren="552100554")

    wrong = await call.refused(CREATE, name="Faux", siret="73282932000018")
    other = await call.refused(CREATE, name="Autre", siret=SIRETS[0])

    assert [one["errors"][0]["path"] for one in (wrong, other)] == ["siret", "siret"]


async def test_there_is_one_head_office_also_when_two_are_made_at_once(call: Desk) -> None:
    made = await asyncio.gather(
        *(_site(call, n, is_head_office=True) for n in range(3)), return_exceptions=True
    )

    refused = [one for one in made if isinstance(one, Problem)]
    assert [one.code for one in refused] == ["conflict", "conflict"]
    heads = await call("core.establishment.list", is_head_office=True)
    assert heads["total"] == 1


async def test_the_head_office_closes_only_when_another_becomes_it(call: Desk) -> None:
    head = await _site(call, 0, is_head_office=True, opened_on="2020-01-01")
    other = await _site(call, 1)
    close = {"id": head, "closed_on": "2026-12-31"}

    alone = await call.refused("core.establishment.close", **close)
    early = {**close, "closed_on": "2019-12-31", "transfer_to": other}
    before = await call.refused("core.establishment.close", **early)
    itself = await call.refused("core.establishment.close", **close, transfer_to=head)
    told = await call("core.establishment.close", **close, transfer_to=other)
    again = await call.refused("core.establishment.close", **close, transfer_to=other)

    assert (alone["field"], itself["field"]) == ("transfer_to", "transfer_to")
    assert before["errors"][0]["path"] == "closed_on"
    assert (told["head_office_id"], told["proposals"]) == (other, [])
    assert again["code"] == "state_refused"
    reopened = await call.refused("core.establishment.update", id=head, is_head_office=True)
    assert reopened["field"] == "is_head_office"


@pytest.fixture
async def team(house: House) -> dict[str, str]:
    """A team of two."""
    ids = {name: await house.person(name, "sales") for name in ("anne", "boris")}
    ids["id"] = (await house.operator.call("core.team.create", name="Lyon")).result["id"]
    for name in ("anne", "boris"):
        await house.operator.call("core.team.add_member", id=ids["id"], user_id=ids[name])
    return ids


async def test_a_team_shows_its_members_and_is_found_by_them(
    house: House, call: Desk, team: dict[str, str]
) -> None:
    shown = await call("core.team.get", id=team["id"])
    found = await call("core.team.list", members_has=team["anne"])

    assert set(shown["members"]) == {team["anne"], team["boris"]}
    assert [one["id"] for one in found["items"]] == [team["id"]]


async def test_who_leaves_a_team_is_told_to_have_work_of_it(
    call: Desk, team: dict[str, str]
) -> None:
    owned = {"owner_id": team["anne"], "team_id": team["id"]}
    await call("crm.customer.create", name="Mercier", **owned)

    told = await call("core.team.remove_member", id=team["id"], user_id=team["anne"])

    assert told["members"] == [team["boris"]]
    assert told["still_assigned"] == {"crm.customer": 1}
    assert (await call("core.team.get", id=team["id"]))["members"] == [team["boris"]]
