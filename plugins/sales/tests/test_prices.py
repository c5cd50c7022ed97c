"""Prices: which list holds for whom, from when, from how many, and what it comes to."""

from decimal import Decimal
from typing import Any

import pytest

from eyeot.testing import Desk
from plugins.sales.tests.shop import customer, euros, price_list, priced, product


async def test_the_list_of_the_customer_goes_before_everybodys(call: Desk) -> None:
    table, mine, other = await product(call), await customer(call), await customer(call, "Autre")
    public = await price_list(call, "Public", {"product_id": table, "price": euros("95.00")})
    special = await price_list(call, "Port", {"product_id": table, "price": euros("80.00")})
    await call("sales.price_list.assign_to_parties", id=special, party_ids=[mine])

    before = await priced(call, table, party_id=mine)
    for one in (public, special):
        await call("sales.price_list.activate", id=one)

    assert (before["net"]["amount"], before["won"]) == ("100.00", "catalogue")
    assert (await priced(call, table, party_id=mine))["net"]["amount"] == "80.00"
    assert (await priced(call, table, party_id=other))["net"]["amount"] == "95.00"
    assert (await priced(call, table))["price_list_id"] == public


async def test_the_greatest_quantity_reached_decides(call: Desk) -> None:
    table = await product(call)
    made = await price_list(
        call,
        "Quantités",
        {"product_id": table, "min_quantity": "10", "price": euros("90.00")},
        {"product_id": table, "min_quantity": "50", "price": euros("90.00"), "discount": "10"},
    )
    await call("sales.price_list.activate", id=made)

    found = {n: await priced(call, table, n) for n in ("9", "10", "49.5", "50")}

    assert [one["net"]["amount"] for one in found.values()] == [
        "100.00",
        "90.00",
        "90.00",
        "81.00",
    ]
    assert found["50"]["total"]["amount"] == "4050.00"
    assert found["50"]["unit_price"]["amount"] == "90.00"


async def test_a_list_holds_between_its_dates_only(call: Desk) -> None:
    table = await product(call)
    item = {"product_id": table, "price": euros("70.00")}
    made = await price_list(call, "Été", item, valid_from="2027-06-01", valid_to="2027-08-31")
    await call("sales.price_list.activate", id=made)

    nets = [
        (await priced(call, table, date=day))["net"]["amount"]
        for day in ("2027-05-31", "2027-06-01", "2027-08-31", "2027-09-01")
    ]

    assert nets == ["100.00", "70.00", "70.00", "100.00"]


async def test_two_lists_never_answer_the_same_question(call: Desk) -> None:
    mine = await customer(call)
    first = await price_list(call, "A", valid_to="2027-12-31")
    second = await price_list(call, "B", valid_from="2027-12-31")
    third = await price_list(call, "C")
    await call("sales.price_list.assign_to_parties", id=third, party_ids=[mine])
    await call("sales.price_list.activate", id=first)
    await call("sales.price_list.activate", id=third)

    overlapping = await call.refused("sales.price_list.activate", id=second)
    await call("sales.price_list.update", id=second, valid_from="2028-01-01")
    await call("sales.price_list.activate", id=second)
    stretched = await call.refused("sales.price_list.update", id=first, valid_to="2028-06-30")
    again = await call.refused("sales.price_list.activate", id=first)

    assert (overlapping["code"], overlapping["field"]) == ("conflict", "valid_from")
    assert stretched["code"] == "conflict"
    assert again["code"] == "state_refused"


async def test_one_customer_is_given_one_list_at_a_time(call: Desk) -> None:
    mine, other = await customer(call), await customer(call, "Autre")
    first, second = await price_list(call, "A"), await price_list(call, "B")
    await call("sales.price_list.assign_to_parties", id=first, party_ids=[mine])
    for one, party in ((first, mine), (second, other)):
        await call("sales.price_list.assign_to_parties", id=one, party_ids=[party])
        await call("sales.price_list.activate", id=one)

    refused = await call.refused("sales.price_list.assign_to_parties", id=second, party_ids=[mine])
    moved = await call(
        "sales.price_list.assign_to_parties",
        id=first,
        party_ids=[other][:0] or [mine],
        replace=True,
    )

    assert refused["code"] == "conflict"
    assert (moved["added"], moved["removed"], moved["total"]) == (0, 0, 1)


async def test_a_filter_finds_its_customers(call: Desk) -> None:
    table = await product(call)
    good, small = await customer(call, tier="A"), await customer(call, "Petit", tier="C")
    made = await price_list(
        call,
        "Clients A",
        {"product_id": table, "discount": "15"},
        party_filter={"tier": "A"},
    )
    await call("sales.price_list.activate", id=made)

    wrong = await call.refused("sales.price_list.update", id=made, party_filter={"colour": "red"})

    assert (await priced(call, table, party_id=good))["net"]["amount"] == "85.00"
    assert (await priced(call, table, party_id=small))["net"]["amount"] == "100.00"
    assert wrong["code"] == "invalid"


async def test_what_a_list_does_not_name_comes_from_its_base(call: Desk) -> None:
    table = await product(call, cost=euros("60.00"))
    chair = await product(call, "CHAIR", "49.99")
    resale = await price_list(
        call,
        "Revente",
        {"product_id": table, "price": euros("88.00")},
        markup_percent="-10",
        rounding="0.05",
    )
    nested = await price_list(
        call, "Groupe", base="other_list", base_list_id=resale, markup_percent="-5"
    )
    await call("sales.price_list.activate", id=nested)

    found, other = await priced(call, table), await priced(call, chair)
    loop = await call.refused(
        "sales.price_list.update", id=resale, base="other_list", base_list_id=nested
    )

    assert (found["net"]["amount"], found["won"]) == ("83.60", "list")
    # 49.99 - 10 % = 44.991, to the step 45.00; - 5 % = 42.75.
    assert other["net"]["amount"] == "42.75"
    assert loop["errors"][0]["path"] == "base_list_id"


async def test_prices_with_vat_keep_what_the_customer_was_promised(call: Desk) -> None:
    table = await product(call)
    made = await price_list(
        call, "Boutique", {"product_id": table, "price": euros("99.90")}, tax_included=True
    )
    await call("sales.price_list.activate", id=made)

    found = await priced(call, table)

    assert (found["gross"]["amount"], found["net"]["amount"]) == ("99.90", "83.25")


async def test_a_product_without_a_price_says_what_to_do(call: Desk) -> None:
    bare = await product(call, "BARE", None)

    refused = await call.refused(
        "sales.price_list.simulate", lines=[{"product_id": bare, "quantity": "1"}]
    )

    assert refused["code"] == "conflict"
    assert "set_price" in refused["hint"]


async def test_a_new_list_is_made_of_another(call: Desk) -> None:
    table = await product(call, cost=euros("60.00"))
    old = await price_list(
        call,
        "2026",
        {"product_id": table, "price": euros("90.00")},
        {"product_id": table, "min_quantity": "10", "discount": "5"},
    )
    rise = {"kind": "percent", "value": "3.3"}

    made = await call(
        "sales.price_list.generate_from", source_id=old, name="2027", rule=rise, rounding="0.05"
    )
    items = (await call("sales.price_list_item.list", price_list_id=made["price_list_id"]))["items"]
    margin = await call(
        "sales.price_list.generate_from", name="40 %", rule={"kind": "margin", "value": "40"}
    )
    priced_by_margin = (
        await call("sales.price_list_item.list", price_list_id=margin["price_list_id"])
    )["items"]
    doubled = await call.refused(
        "sales.price_list.generate_from", source_id=old, name="2027", rule=rise
    )

    # 90 + 3.3 % = 92.97, to the step 92.95.
    told = sorted((one["min_quantity"], one.get("price", {}).get("amount")) for one in items)
    assert told == [("0", "92.95"), ("10", None)]
    assert priced_by_margin[0]["price"]["amount"] == "100.00"
    assert doubled["code"] in ("conflict", "invalid")


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({}, "price"),
        ({"price": {"amount": "9.00", "currency": "USD"}}, "price"),
        ({"price": euros("-1.00")}, "price"),
        (
            {"price": euros("9.00"), "valid_from": "2027-02-01", "valid_to": "2027-01-01"},
            "valid_to",
        ),
    ],
)
async def test_an_item_says_one_thing(call: Desk, wrong: dict[str, Any], path: str) -> None:
    made, table = await price_list(call, "A"), await product(call)

    refused = await call.refused(
        "sales.price_list_item.create", price_list_id=made, product_id=table, **wrong
    )

    assert refused["errors"][0]["path"] == path


async def test_a_product_has_one_price_in_a_list_from_a_quantity(call: Desk) -> None:
    table = await product(call)
    item = {"product_id": table, "price": euros("90.00")}
    made = await price_list(call, "A", {**item, "valid_to": "2026-12-31"})

    refused = await call.refused(
        "sales.price_list_item.create", price_list_id=made, **item, valid_from="2026-12-31"
    )
    await call("sales.price_list_item.create", price_list_id=made, **item, valid_from="2027-01-01")

    assert refused["code"] == "conflict"


async def test_money_is_converted_by_the_last_rate_known(call: Desk) -> None:
    for day, rate in (("2026-03-02", "1.1000"), ("2026-03-04", "1.2000")):
        await call("sales.exchange_rate.create", currency="USD", rate=rate, date=day, source="ecb")
    await call("sales.exchange_rate.create", currency="USD", rate="1.25", date="2026-03-04")
    await call("sales.exchange_rate.create", currency="GBP", rate="0.8", date="2026-03-04")
    dollars = {"amount": "110.00", "currency": "USD"}

    async def convert(to: str, day: str, amount: Any = dollars) -> dict[str, Any]:
        return await call("sales.exchange_rate.convert", amount=amount, to=to, date=day)

    early, same_day = await convert("EUR", "2026-03-03"), await convert("EUR", "2026-03-04")
    cross, late = (
        await convert("GBP", "2026-03-04"),
        await convert("USD", "2026-04-01", euros("1.00")),
    )
    unknown = await call.refused(
        "sales.exchange_rate.convert", amount=dollars, to="EUR", date="2026-03-01"
    )

    assert (early["amount"]["amount"], early["is_stale"]) == ("100.00", False)
    assert same_day["amount"]["amount"] == "88.00"
    assert cross["amount"] == {"amount": "70.40", "currency": "GBP"}
    assert Decimal(late["rate"]) == Decimal("1.25")
    assert late["is_stale"]
    assert unknown["code"] == "conflict"


@pytest.mark.parametrize(
    ("wrong", "path"), [({"currency": "EUR"}, "currency"), ({"date": "2999-01-01"}, "date")]
)
async def test_nobody_notes_a_rate_that_cannot_be(
    call: Desk, wrong: dict[str, str], path: str
) -> None:
    given = {"currency": "USD", "rate": "1.1", "date": "2026-01-02", **wrong}

    assert (await call.refused("sales.exchange_rate.create", **given))["errors"][0]["path"] == path


async def test_a_margin_counts_what_this_customer_pays(call: Desk) -> None:
    table, mine = await product(call, cost=euros("60.00")), await customer(call)
    made = await price_list(call, "A", {"product_id": table, "discount": "20"})
    await call("sales.price_list.assign_to_parties", id=made, party_ids=[mine])
    await call("sales.price_list.activate", id=made)

    found = await call("sales.product.compute_margin", id=table, party_id=mine, quantity="3")

    assert (found["margin"]["amount"], found["total_margin"]["amount"]) == ("20.00", "60.00")
    assert (found["margin_percent"], found["markup_percent"]) == ("25.00", "33.33")


async def test_rates_are_found_by_their_currency(call: Desk) -> None:
    for name in ("USD", "GBP"):
        await call("sales.exchange_rate.create", currency=name, rate="1.1", date="2026-01-02")

    found = await call("sales.exchange_rate.search", query="GBP")

    assert [one["label"] for one in found["items"]] == ["GBP"]
