"""Customers, as an agent meets them."""

from eyeot.testing import Desk, House

BAKERY = {
    "name": "Boulangerie du Pont Neuf",
    "emails": ["contact@boulangerie-pont-neuf.fr"],
    "addresses": [{"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}],
}


async def test_a_customer_is_created_with_its_party(call: Desk) -> None:
    made = await call("crm.customer.create", **BAKERY)

    party = await call("crm.party.get", id=made["party_id"])

    assert party["name"] == "Boulangerie du Pont Neuf"
    assert party["city"] == "Lyon"
    assert party["roles"] == ["prospect"]


async def test_a_dry_run_names_every_effect_and_changes_nothing(call: Desk) -> None:
    effects = await call.preview("crm.customer.create", **BAKERY)

    assert [one["type"] for one in effects["created"]] == ["crm.party", "crm.customer"]
    assert effects["events"] == ["crm.party.created", "crm.customer.created"]
    assert (await call("crm.customer.count"))["count"] == 0


async def test_a_customer_is_found_by_a_misspelt_name(call: Desk) -> None:
    made = await call("crm.customer.create", **BAKERY)

    hits = await call("core.session.search", query="boulangrie du pon neuf")

    assert hits["items"][0]["id"] == made["id"]


async def test_another_organisation_sees_nothing(call: Desk, engine: object) -> None:
    made = await call("crm.customer.create", **BAKERY)
    stranger = await (await House.open(call.engine)).desk("crm:read", "crm:write")

    refusal = await stranger.refused("crm.customer.get", id=made["id"])

    assert refusal["code"] == "not_found"
    assert (await stranger("crm.customer.list"))["items"] == []
