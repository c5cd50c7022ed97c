"""Products: their prices in time, codes, variants, categories, and what becomes of them."""

from datetime import timedelta
from typing import Any

import pytest

from eyeot.testing import Desk, House
from plugins.sales.tests.shop import euros, id_of, price_list, priced, product


async def test_a_price_changes_on_its_day_and_keeps_those_before(call: Desk) -> None:
    table = await product(call)
    today = call.engine.clock().date()
    later = (today + timedelta(days=30)).isoformat()

    await call("sales.product.set_price", id=table, price=euros("110.00"))
    told = await call(
        "sales.product.set_price", id=table, price=euros("120.00"), effective_from=later
    )
    past = await call.refused(
        "sales.product.set_price", id=table, price=euros("1.00"), effective_from="2020-01-01"
    )

    assert [one["price"]["amount"] for one in told["prices"]] == ["120.00", "110.00", "100.00"]
    assert told["current"]["amount"] == "110.00"
    assert (await call("sales.product.get", id=table))["list_price"]["amount"] == "110.00"
    assert (await priced(call, table))["net"]["amount"] == "110.00"
    assert (await priced(call, table, date=later))["net"]["amount"] == "120.00"
    before = (today - timedelta(days=1)).isoformat()
    assert (await priced(call, table, date=before))["net"]["amount"] == "100.00"
    assert past["errors"][0]["path"] == "effective_from"


async def test_a_price_written_on_the_product_holds_from_today(call: Desk) -> None:
    table = await product(call)
    await call("sales.product.set_price", id=table, price=euros("110.00"))

    await call("sales.product.update", id=table, list_price=euros("115.00"))

    assert (await priced(call, table))["net"]["amount"] == "115.00"


async def test_many_prices_are_changed_by_a_rule_and_shown_before(call: Desk) -> None:
    table, chair = await product(call, cost=euros("60.00")), await product(call, "CHAIR", "49.90")
    rise: dict[str, Any] = {
        "product_ids": [table, chair],
        "rule": {"kind": "percent", "value": "3"},
        "rounding": "0.10",
    }

    preview = await call.preview("sales.product.bulk_reprice", **rise)
    untouched = await priced(call, chair)
    done = await call("sales.product.bulk_reprice", **rise)
    by_margin = await call(
        "sales.product.bulk_reprice",
        product_ids=[table],
        rule={"kind": "margin", "value": "25"},
    )
    no_cost = await call.refused(
        "sales.product.bulk_reprice", product_ids=[chair], rule={"kind": "margin", "value": "25"}
    )

    assert "sales.product.price_changed" in preview["events"]
    assert untouched["net"]["amount"] == "49.90"
    # 49.90 + 3 % = 51.40 (51.397 rounded to the cent, then to the step).
    assert [one["after"]["amount"] for one in done["items"]] == ["103.00", "51.40"]
    assert by_margin["items"][0]["after"]["amount"] == "80.00"
    assert no_cost["code"] == "conflict"


async def test_cost_and_margin_are_for_those_who_may_see_them(house: House, call: Desk) -> None:
    table = await product(call, cost=euros("60.00"))
    await house.person("anne", "sales")
    seller = await house.desk(role="sales", owner="anne")

    seen = await seller("sales.product.get", id=table)
    margin = await seller.refused("sales.product.compute_margin", id=table)
    guessed = await seller.refused(
        "sales.product.bulk_reprice", product_ids=[table], rule={"kind": "margin", "value": "1"}
    )
    by_filter = await seller.refused("sales.product.list", cost_from="59")

    assert "cost" not in seen
    assert margin["permission"] == "sales.margin:read"
    assert "cost" not in str(guessed["errors"][0]["path"])
    assert by_filter["code"] == "invalid"


async def test_a_list_by_cost_is_made_by_those_who_may_see_it(house: House, call: Desk) -> None:
    table = await product(call, cost=euros("60.00"))
    made = await price_list(call, "Interne", base="cost", markup_percent="10")
    await call("sales.price_list.activate", id=made)
    blind = await house.desk("sales:read", "sales:write", owner="owner")

    found = await priced(blind, table)
    refused = await blind.refused("sales.price_list.create", name="Mine", base="cost")
    by_margin = await blind.refused(
        "sales.price_list.generate_from", name="Mine", rule={"kind": "margin", "value": "1"}
    )

    # What a customer pays is no secret, whatever it is made of.
    assert found["net"]["amount"] == "66.00"
    assert refused["errors"][0]["path"] == "base"
    assert by_margin["errors"][0]["path"] == "rule"


async def test_a_discontinued_product_names_what_follows_and_what_uses_it(call: Desk) -> None:
    old, new = await product(call, "OLD"), await product(call, "NEW")
    draft = await product(call, "DRAFT", status="draft")
    await price_list(call, "Public", {"product_id": old, "price": euros("9.00")})

    undecided = await call.refused("sales.product.discontinue", id=old, successor_id=draft)
    itself = await call.refused("sales.product.discontinue", id=old, successor_id=old)
    done = await call("sales.product.discontinue", id=old, successor_id=new)
    again = await call.refused("sales.product.discontinue", id=old)
    back = await call("sales.product.activate", id=old)

    assert undecided["field"] == "successor_id"
    assert itself["errors"][0]["path"] == "successor_id"
    assert (done["product"]["status"], done["product"]["successor_id"]) == ("discontinued", new)
    assert [(one["kind"], one["count"]) for one in done["uses"]] == [("sales.price_list_item", 1)]
    assert again["code"] == "state_refused"
    assert (back["status"], back.get("successor_id")) == ("active", None)
    assert (await call.refused("sales.product.activate", id=old))["code"] == "state_refused"


async def test_where_used_tells_variants_and_prices(call: Desk) -> None:
    table = await product(call)
    await call("sales.product.create_variants", id=table, attributes={"couleur": ["noir"]})
    await price_list(call, "A", {"product_id": table, "price": euros("9.00")})

    used = await call("sales.product.where_used", id=table)

    assert used["total"] == 2
    assert {(one["kind"], one["field"]) for one in used["uses"]} == {
        ("sales.product", "template_id"),
        ("sales.price_list_item", "product_id"),
    }


async def test_each_combination_is_a_product_once(call: Desk) -> None:
    table = await product(call, cost=euros("60.00"))
    sizes = {"couleur": ["Rouge vif", "Bleu"], "taille": ["M", "L"]}

    first = await call("sales.product.create_variants", id=table, attributes=sizes)
    wider = {"couleur": ["Rouge vif", "Bleu"], "taille": ["M", "L", "XL"]}
    second = await call("sales.product.create_variants", id=table, attributes=wider)
    nested = await call.refused(
        "sales.product.create_variants", id=first["created"][0]["id"], attributes=sizes
    )

    assert [one["sku"] for one in first["created"]] == [
        "TABLE-ROUG-M",
        "TABLE-ROUG-L",
        "TABLE-BLEU-M",
        "TABLE-BLEU-L",
    ]
    assert first["created"][0]["list_price"]["amount"] == "100.00"
    assert (len(second["created"]), second["existing"]) == (2, 4)
    assert nested["code"] == "conflict"


async def test_an_internal_bar_code_is_scanned_back(call: Desk) -> None:
    table = await product(call)

    made = await call("sales.product.generate_barcode", id=table)
    again = await call("sales.product.generate_barcode", id=table)
    found = await call("sales.product.find_by_barcode", code=made["barcode"])

    assert (made["barcode"][0], len(made["barcode"]), made["assigned"]) == ("2", 13, True)
    assert (again["barcode"], again["assigned"]) == (made["barcode"], False)
    assert (len(made["modules"]), found["product"]["id"]) == (95, table)
    assert (made["modules"][:3], made["modules"][45:50]) == ("101", "01010")


async def test_the_bars_are_those_of_the_standard(call: Desk) -> None:
    # 5901234123457 and its bars are the example of the EAN-13 article that everybody checks against.
    table = await product(call, barcode="5901234123457")

    made = await call("sales.product.generate_barcode", id=table)

    assert made["modules"] == (
        "10100010110100111011001100100110111101001110101010110011011011001000010101110010011101000100101"
    )


async def test_a_bar_code_of_a_box_has_no_ean13_label(call: Desk) -> None:
    table = await product(call, barcode="10012345678902")

    refused = await call.refused("sales.product.generate_barcode", id=table)

    assert refused["field"] == "barcode"


@pytest.mark.parametrize(
    "code",
    [
        "3012345678902",
        "03012345678902",
        "(01)03012345678902(10)LOT-7(17)271231",
        "]C1010301234567890217271231" + "10LOT-7",
        "]d20103012345678902" + "10LOT-7\x1d17271231",
        "(01)03012345678902(3103)001500",
    ],
)
async def test_scanned_codes_lead_to_the_product(call: Desk, code: str) -> None:
    table = await product(call, barcode="3012345678902", tracking="lot")

    found = await call("sales.product.find_by_barcode", code=code)

    assert found["product"]["id"] == table
    assert found.get("quantity") == ("1.500" if "3103" in code else None)
    if "LOT" in code:
        assert (found["lot"], found["expires_on"]) == ("LOT-7", "2027-12-31")


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("3012345678903", "invalid"), ("(10)LOT", "invalid"), ("4006381333931", "not_found")],
)
async def test_what_is_no_known_code_is_refused(call: Desk, code: str, refusal: str) -> None:
    assert (await call.refused("sales.product.find_by_barcode", code=code))["code"] == refusal


async def test_products_move_with_their_accounts_only_when_that_is_accepted(call: Desk) -> None:
    parent = await call("sales.product_category.create", name="Ventes", income_account="707")
    child = await call("sales.product_category.create", name="Froid", parent_id=parent["id"])
    other = await call("sales.product_category.create", name="Services", income_account="706")
    table = await product(call, category_id=child["id"])
    own = await product(call, "OWN", category_id=child["id"], income_account="708")
    move = {"id": child["id"], "to_category_id": other["id"]}

    refused = await call.refused("sales.product_category.move_products", **move)
    alone = await call("sales.product_category.move_products", **move, product_ids=[own])
    moved = await call("sales.product_category.move_products", **move, accept_accounts=True)
    itself = await call.refused(
        "sales.product_category.move_products", id=child["id"], to_category_id=child["id"]
    )
    loop = await call.refused(
        "sales.product_category.update", id=parent["id"], parent_id=child["id"]
    )

    assert (refused["code"], refused["field"]) == ("conflict", "to_category_id")
    assert (alone["moved"], moved["moved"], moved["income_account"]) == (1, 1, "706")
    assert (await call("sales.product.get", id=table))["category_id"] == other["id"]
    assert itself["code"] == "invalid"
    assert loop["errors"][0]["path"] == "parent_id"


async def test_quantities_convert_within_a_family_only(call: Desk) -> None:
    codes = {one: await id_of(call, "sales.unit", code=one) for one in ("KGM", "GRM", "HUR", "DAY")}

    async def convert(quantity: str, former: str, wanted: str) -> dict[str, Any]:
        return await call(
            "sales.unit.convert",
            quantity=quantity,
            from_unit_id=codes[former],
            to_unit_id=codes[wanted],
        )

    assert (await convert("1.5", "KGM", "GRM"))["quantity"] == "1500.00"
    assert (await convert("10", "HUR", "DAY"))["quantity"] == "1.43"
    refused = await call.refused(
        "sales.unit.convert", quantity="1", from_unit_id=codes["KGM"], to_unit_id=codes["HUR"]
    )
    assert refused["errors"][0]["path"] == "to_unit_id"


async def test_a_unit_in_use_keeps_its_measure(call: Desk) -> None:
    await product(call)
    piece = await id_of(call, "sales.unit", code="C62")

    refused = await call.refused("sales.unit.update", id=piece, ratio="2")
    renamed = await call("sales.unit.update", id=piece, name="Pièce")

    assert refused["field"] == "ratio"
    assert renamed["name"] == "Pièce"


async def test_a_reference_is_made_of_the_name_and_stays_alone(call: Desk) -> None:
    unit = await id_of(call, "sales.unit", code="C62")
    given = {"name": "Évier inox, 1 m", "unit_id": unit}

    made = [(await call("sales.product.create", **given))["sku"] for _ in range(2)]
    taken = await call.refused("sales.product.create", **given, sku=made[0])

    assert made == ["EVIER-INOX-1-M", "EVIER-INOX-1-M-2"]
    assert taken["code"] == "conflict"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"barcode": "3012345678903"}, "barcode"),
        ({"status": "discontinued"}, "status"),
        ({"kind": "service", "tracking": "lot"}, "tracking"),
        ({"list_price": euros("-1.00")}, "list_price"),
    ],
)
async def test_a_product_does_not_contradict_itself(
    call: Desk, wrong: dict[str, Any], path: str
) -> None:
    unit = await id_of(call, "sales.unit", code="C62")

    refused = await call.refused("sales.product.create", name="X", unit_id=unit, **wrong)

    assert refused["errors"][0]["path"] == path


@pytest.mark.parametrize("noun", ["product", "product_category", "unit", "tax_rate", "price_list"])
async def test_what_was_put_away_comes_back(call: Desk, noun: str) -> None:
    await product(call, category_id=(await call("sales.product_category.create", name="A"))["id"])
    await price_list(call, "A")
    kind = f"sales.{noun}"
    found = (await call(f"{kind}.list", limit=1))["items"][0]["id"]
    before = (await call(f"{kind}.list", limit=1))["total"]

    await call(f"{kind}.archive", id=found)
    away = (await call(f"{kind}.list", limit=1))["total"]
    back = await call(f"{kind}.restore", id=found)

    assert (away, back.get("archived_at")) == (before - 1, None)
    assert (await call(f"{kind}.list", limit=1))["total"] == before
