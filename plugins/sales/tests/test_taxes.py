"""VAT of real sales: the organisation's rows, the customer's card and the product decide together."""

from typing import Any

import pytest

from eyeot.testing import Desk, House

LYON = {"line1": "1 rue Mercière", "postcode": "69002", "city": "Lyon"}


async def _id(call: Desk, kind: str, **where: Any) -> str:
    (found,) = (await call(f"{kind}.list", **where))["items"]
    return str(found["id"])


async def _product(call: Desk, code: str = "FR20", **more: Any) -> str:
    given = {
        "sku": f"P-{code}-{more.get('kind', 'goods')}",
        "name": "Article",
        "kind": "goods",
        "unit_id": await _id(call, "sales.unit", code="C62"),
        "tax_rate_id": await _id(call, "sales.tax_rate", code=code),
        **more,
    }
    return str((await call("sales.product.create", **given))["id"])


async def test_an_organisation_starts_with_units_and_rates(call: Desk) -> None:
    hour = (await call("sales.unit.list", code="HUR"))["items"][0]
    rate = (await call("sales.tax_rate.list", code="FR055"))["items"][0]

    assert (hour["name"], hour["translations"]["en"], hour["family"]) == ("Heure", "Hour", "time")
    assert (rate["rate"], rate["category"], rate["level"]) == ("5.5", "S", "reduced")


@pytest.mark.parametrize(
    ("code", "postcode", "tax_object", "rate"),
    [
        ("FR20", "69002", "general", "20"),
        ("FR10", "69002", "general", "10"),
        ("FR021", "69002", "press", "2.1"),
        ("FR20", "20000", "general", "20"),
        ("FR055", "20000", "general", "2.1"),
        ("FR10", "20000", "on_site_consumption", "10"),
        ("FR20", "20000", "petroleum", "13"),
        ("FR021", "20000", "first_performances", "0.9"),
    ],
)
async def test_goods_bear_the_rate_of_where_they_arrive(
    call: Desk, code: str, postcode: str, tax_object: str, rate: str
) -> None:
    product = await _product(call, code, tax_object=tax_object)

    found = await call(
        "sales.tax_rate.determine", product_id=product, ship_to={"postcode": postcode}
    )

    assert (found["rate"], found["category"]) == (rate, "S")


async def test_a_service_overseas_bears_the_rate_there_and_goods_none(call: Desk) -> None:
    party = await call(
        "crm.party.create",
        name="Rhum Austral",
        siren="732829320",
        addresses=[{"line1": "1 rue du Port", "postcode": "97400", "city": "Saint-Denis"}],
    )
    service = await _product(call, kind="service")
    goods = await _product(call, "FR20", kind="goods")

    taxed = await call("sales.tax_rate.determine", party_id=party["id"], product_id=service)
    sent = await call("sales.tax_rate.determine", party_id=party["id"], product_id=goods)

    assert (taxed["code"], taxed["rate"], taxed["payable_on"]) == ("OM085", "8.5", "payment")
    assert (sent["code"], sent["category"]) == ("EXPORT-DROM", "G")
    assert "294" in sent["mention"]


async def test_the_exemption_within_the_union_needs_the_vat_number(call: Desk) -> None:
    product = await _product(call)
    berlin = {"country": "DE", "postcode": "10115"}
    known = {"place": berlin, "vat_number": "DE136695976"}

    exempt = await call("sales.tax_rate.determine", product_id=product, other=known)
    taxed = await call(
        "sales.tax_rate.determine",
        product_id=product,
        other={"place": berlin, "is_taxable_person": True},
    )

    assert (exempt["code"], exempt["exemption_code"]) == ("IC", "VATEX-EU-IC")
    assert exempt["mention"] == "Exonération de TVA, art. 262 ter, I du CGI"
    assert (taxed["code"], taxed["rate"]) == ("FR20", "20")


async def test_distance_sales_ask_for_the_rate_of_the_country(call: Desk) -> None:
    product = await _product(call)
    asked: dict[str, Any] = {
        "product_id": product,
        "other": {"place": {"country": "DE"}},
        "distance_sales": True,
    }

    refused = await call.refused("sales.tax_rate.determine", **asked)
    await call(
        "sales.tax_rate.create",
        code="DE19",
        name="MwSt 19 %",
        rate="19",
        category="S",
        territory="eu",
        country="DE",
        level="standard",
        valid_from="2021-01-01",
    )
    found = await call("sales.tax_rate.determine", **asked)

    assert refused["code"] == "conflict"
    assert "country=DE" in refused["hint"]
    assert (found["code"], found["rate"]) == ("DE19", "19")


async def test_the_small_business_exemption_of_the_seller_goes_first(call: Desk) -> None:
    own = (await call("core.organization.list"))["items"][0]
    await call(
        "core.organization.set_vat_regime",
        id=own["id"],
        effective_from="2026-01-01",
        vat_regime="franchise",
    )

    found = await call("sales.tax_rate.determine", product_id=await _product(call))

    assert found["exemption_code"] == "VATEX-FR-FRANCHISE"
    assert found["mention"] == "TVA non applicable, art. 293 B du CGI"
    assert found["article"] == "CGI, art. 293 B"


async def test_a_head_office_overseas_sells_from_there(house: House, call: Desk) -> None:
    await call(
        "core.establishment.create",
        name="Siège",
        siret="73282932000074",
        is_head_office=True,
        address={"line1": "1 rue Schœlcher", "postcode": "97200", "city": "Fort-de-France"},
    )
    product = await _product(call)

    home = await call(
        "sales.tax_rate.determine",
        product_id=product,
        other={"place": {"postcode": "97110"}, "is_taxable_person": True},
    )
    mainland = await call(
        "sales.tax_rate.determine", product_id=product, other={"place": {"postcode": "75001"}}
    )

    assert (home["code"], home["payable_on"]) == ("OM085", "debits")
    assert mainland["code"] == "EXPORT-DROM"


async def test_a_purchase_is_answered_by_rows_for_purchases(call: Desk) -> None:
    supplier = {"place": {"country": "BE"}, "vat_number": "BE0428759497"}
    product = await _product(call)

    goods = await call(
        "sales.tax_rate.determine", direction="purchase", product_id=product, other=supplier
    )
    home = await call(
        "sales.tax_rate.determine",
        direction="purchase",
        product_id=product,
        other={"is_taxable_person": True},
    )

    # The organisation has no VAT number yet, so it is no identified buyer.
    assert goods["code"] == "A-FR20"
    assert home["code"] == "A-FR20"


async def test_an_explanation_outlives_what_was_explained(call: Desk) -> None:
    found = await call(
        "sales.tax_rate.determine",
        nature="services",
        other={"place": {"country": "IT"}, "vat_number": "IT00743110157"},
    )

    told = await call(
        "sales.tax_rate.explain", determination_id=found["determination_id"], language="en"
    )
    french = await call(
        "sales.tax_rate.explain", determination_id=found["determination_id"], language="fr"
    )

    assert (told["code"], told["rule"]) == ("AE-EU", "services_eu_business")
    assert told["mention"] == "Reverse charge"
    assert french["mention"] == "Autoliquidation"
    assert "44" in told["article"]
    for forged in ("vat1.", "vat1.e30", "x", found["determination_id"][:-9]):
        refused = await call.refused("sales.tax_rate.explain", determination_id=forged)
        assert refused["code"] == "invalid"


async def test_a_mention_past_its_day_is_warned_of(call: Desk) -> None:
    found = await call(
        "sales.tax_rate.determine",
        date="2028-01-01",
        nature="goods",
        other={"place": {"country": "CH"}},
    )

    assert found["code"] == "EXPORT"
    assert len(found["warnings"]) == 1


async def test_a_rate_is_followed_by_the_next_and_never_doubled(call: Desk) -> None:
    now = (await call("sales.tax_rate.list", code="FR20"))["items"][0]
    rise = {
        "code": "FR21",
        "name": "TVA 21 %",
        "rate": "21",
        "category": "S",
        "territory": "metropole",
        "level": "standard",
        "valid_from": "2027-01-01",
        "replaces_id": now["id"],
    }
    product = await _product(call)

    doubled = await call.refused("sales.tax_rate.create", **rise)
    await call("sales.tax_rate.update", id=now["id"], valid_to="2026-12-31")
    await call("sales.tax_rate.create", **rise)

    assert doubled["code"] == "conflict"
    before = await call("sales.tax_rate.determine", product_id=product, date="2026-12-31")
    after = await call("sales.tax_rate.determine", product_id=product, date="2027-01-01")
    assert (before["rate"], after["rate"]) == ("20", "21")


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"rate": "0"}, "rate"),
        ({"category": "E"}, "rate"),
        ({"category": "E", "rate": "0"}, "exemption_code"),
        ({"valid_to": "2013-01-01"}, "valid_to"),
    ],
)
async def test_a_rate_does_not_contradict_itself(
    call: Desk, wrong: dict[str, Any], path: str
) -> None:
    given = {
        "code": "X",
        "name": "X",
        "rate": "7",
        "category": "S",
        "territory": "eu",
        "valid_from": "2020-01-01",
        **wrong,
    }

    refused = await call.refused("sales.tax_rate.create", **given)

    assert refused["errors"][0]["path"] == path
