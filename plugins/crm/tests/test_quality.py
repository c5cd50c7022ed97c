"""Quality: what is there twice, lacking or wrong is told with what mends it, to who may read it."""

from typing import Any

from core.tests.raw import connected
from eyeot.declare.ids import decode
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

REPORT = "core.report.data_quality_overview"
ADDRESS = {"line1": "3 rue du Four", "postcode": "75006", "city": "Paris"}


async def rows(desk: Desk, **asked: Any) -> list[dict[str, Any]]:
    return list((await desk(REPORT, limit=1000, **asked))["rows"])


async def test_a_company_there_twice_is_told_with_its_score_and_merged_away(call: Desk) -> None:
    one = await call("crm.party.create", name="Maison Durand", emails=["a@durand.example"])
    two = await call(
        "crm.party.create", name="Durand", emails=["a@durand.example"], addresses=[ADDRESS]
    )
    await call("crm.party.create", name="Autre", emails=["b@autre.example"])

    [found] = await rows(call, check="duplicate")
    assert {found["record"], found["other"]} == {one["id"], two["id"]}
    assert "90%" in found["problem"]
    await call("crm.party.merge", keep_id=one["id"], drop_id=two["id"])
    assert not await rows(call, check="duplicate")


async def test_homonyms_elsewhere_and_archived_ones_are_no_duplicates(call: Desk) -> None:
    await call("crm.party.create", name="Boulangerie Martin", addresses=[ADDRESS])
    lyon = {"line1": "1 rue", "postcode": "69001", "city": "Lyon"}
    other = await call("crm.party.create", name="Boulangerie Martin", addresses=[lyon])
    assert not await rows(call, check="duplicate")
    same = await call("crm.party.create", name="boulangerie martin", addresses=[ADDRESS])
    assert [one["record"] for one in await rows(call, check="duplicate")] == [same["id"]]
    await call("crm.party.archive", id=same["id"])
    assert not await rows(call, check="duplicate")
    assert other["id"]


async def test_who_we_trade_with_needs_an_identifier_and_a_prospect_does_not(call: Desk) -> None:
    await call("crm.customer.create", name="Prospect", lifecycle="prospect")
    bought = await call("crm.customer.create", name="Acheteur", lifecycle="customer")
    abroad = {"line1": "1 Weg", "postcode": "10115", "city": "Berlin", "country": "DE"}
    german = await call(
        "crm.customer.create", name="Käufer GmbH", lifecycle="customer", addresses=[abroad]
    )
    found = {(one["record"], one["field"]) for one in await rows(call, check="missing")}
    assert found == {(bought["party_id"], "siren"), (german["party_id"], "vat_number")}
    await call("crm.party.update", id=bought["party_id"], siren="732829320")
    assert [one["record"] for one in await rows(call, check="missing")] == [german["party_id"]]
    totals = (await call(REPORT))["totals"]
    assert (totals["flaws"], totals["missing"]) == (1, 1)


async def test_numbers_that_cannot_be_are_found_wherever_they_came_from(
    house: House, call: Desk, database: TestDatabase
) -> None:
    party = await call("crm.party.create", name="Faux SA", siren="732829320")
    account = await call(
        "crm.party_bank_account.create", party_id=party["id"], iban="FR7630006000011234567890189"
    )
    assert not await rows(call, check="invalid")
    ids = [decode(one["id"]) for one in (party, account)]
    assert all(ids)
    async with connected(database.admin) as connection:
        await connection.execute(
            "UPDATE crm_party SET siren = '732829321', vat_number = 'FR44732829320',"
            """ vat_proof = '{"valid": false}' WHERE id = $1""",
            ids[0][1],  # type: ignore[index]
        )
        await connection.execute(
            "UPDATE crm_party_bank_account SET iban = 'FR7630006000011234567890188' WHERE id = $1",
            ids[1][1],  # type: ignore[index]
        )
    found = await rows(call, check="invalid")
    assert {one["field"] for one in found} == {"siren", "vat_number", "iban"}
    assert any("VIES" in one["problem"] for one in found)
    [iban] = await rows(call, kind="crm.party_bank_account")
    assert iban["record"] == account["id"]
    assert (await call(iban["drill"]["action"], **iban["drill"]["arguments"]))["id"] == account[
        "id"
    ]
    assert house


async def test_each_sees_the_flaws_of_their_own_customers_alone(house: House, call: Desk) -> None:
    anne, boris = await house.person("anne", "sales"), await house.person("boris", "sales")
    made = {}
    for name, owner in (("A", anne), ("B", boris)):
        given = {"name": f"Client {name}", "lifecycle": "customer", "owner_id": owner}
        made[name] = await call("crm.customer.create", **given)
    desk = await house.desk(role="sales", owner="anne")
    assert [one["record"] for one in await rows(desk, check="missing")] == [made["A"]["party_id"]]
    bare = await house.desk("core:read", owner="anne")
    told = await bare(REPORT)
    assert told["rows"] == []
    assert "crm:read" in told["notes"][0]
