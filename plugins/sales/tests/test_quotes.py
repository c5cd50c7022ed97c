"""Quotes: a version that went out never changes, its totals add up, and only who may gives things away."""

from decimal import Decimal
from typing import Any

import pytest

from eyeot.declare.problem import Problem
from eyeot.testing import House
from plugins.sales.tests.trading import Shop, euros


async def test_a_quote_is_priced_taxed_and_totalled_from_its_products(shop: Shop) -> None:
    quote = await shop.quote(
        {"kind": "section", "description": "Matériel"},
        {"product_id": "oven", "quantity": "2", "discount": "10"},
        {"product_id": "flour", "quantity": "3"},
        {"product_id": "hour", "quantity": "1.5", "optional": True},
    )
    read = await shop.get("quote", quote["id"])

    assert quote["number"].startswith("D-")
    assert (read["revision"], read["status"], read["root_number"]) == (1, "draft", read["number"])
    assert [one.get("net", {}).get("amount") for one in read["lines"]] == [
        None,
        "1800.00",
        "2.97",
        "120.00",
    ]
    assert read["total_net"]["amount"] == "1802.97"
    # 20 % of 1800 and 5.5 % of 2.97, each rounded once; the option counts only once it is chosen.
    assert [one["tax"] for one in read["tax_breakdown"]] == ["0.16", "360.00"]
    assert read["total_gross"]["amount"] == "2163.13"
    assert read["margin"]["amount"] == str(Decimal("1802.97") - 1200 - Decimal("1.50"))
    second = await shop.quote()
    assert int(second["number"][-4:]) == int(quote["number"][-4:]) + 1


async def test_an_option_counts_once_it_is_taken(shop: Shop) -> None:
    quote = await shop.quote({"product_id": "oven"}, {"product_id": "hour", "optional": True})
    oven, hour = (await shop.get("quote", quote["id"]))["lines"]

    taken = await shop.call("sales.quote_line.toggle_option", id=hour["id"], chosen=True)
    assert taken["chosen"] is True
    assert (await shop.get("quote", quote["id"]))["total_net"]["amount"] == "1080.00"
    await shop.call("sales.quote_line.toggle_option", id=hour["id"], chosen=False)
    assert (await shop.get("quote", quote["id"]))["total_net"]["amount"] == "1000.00"
    refusal = await shop.call.refused("sales.quote_line.toggle_option", id=oven["id"], chosen=False)
    assert refusal["code"] == "conflict"


async def test_lines_are_put_in_order_each_named_once(shop: Shop) -> None:
    quote = await shop.quote({"product_id": "oven"}, {"product_id": "hour"})
    first, second = [one["id"] for one in (await shop.get("quote", quote["id"]))["lines"]]

    told = await shop.call("sales.quote_line.reorder", id=quote["id"], line_ids=[second, first])
    assert [one["id"] for one in told["lines"]] == [second, first]
    lines = (await shop.get("quote", quote["id"]))["lines"]
    assert [one["id"] for one in lines] == [second, first]
    for wrong in ([first], [first, first]):
        refusal = await shop.call.refused(
            "sales.quote_line.reorder", id=quote["id"], line_ids=wrong
        )
        assert refusal["code"] == "invalid"


async def test_a_version_that_went_out_never_changes(shop: Shop) -> None:
    quote = await shop.sent({"product_id": "oven"}, {"product_id": "hour", "optional": True})
    id = quote["id"]
    before = await shop.get("quote", id)
    line = before["lines"][1]["id"]
    call = shop.call

    for action, given in (
        ("quote.update", {"id": id, "subject": "Autre"}),
        ("quote.update", {"id": id, "discount_percent": "50"}),
        ("quote.delete", {"id": id}),
        ("quote.apply_discount", {"id": id, "percent": "5"}),
        ("quote.recompute", {"id": id}),
        ("quote_line.create", {"quote_id": id, "product_id": shop.ids["hour"]}),
        ("quote_line.update", {"id": line, "quantity": "9"}),
        ("quote_line.delete", {"id": line}),
        ("quote_line.toggle_option", {"id": line, "chosen": True}),
        ("quote_line.reorder", {"id": id, "line_ids": [line]}),
        ("quote_line.bulk_update", {"items": [{"id": line, "quantity": "9"}]}),
    ):
        refusal = await call.refused(f"sales.{action}", **given)
        told = refusal["code"], refusal.get("state")
        assert told in (("state_refused", "sent"), ("invalid", None), ("conflict", None)), action
        assert await shop.get("quote", id) == before, action

    await call("sales.product.update", id=shop.ids["oven"], list_price=euros("2000.00"))
    assert await shop.get("quote", id) == before


async def test_a_revision_follows_its_former_version_which_is_kept(shop: Shop) -> None:
    quote = await shop.sent({"product_id": "oven", "unit_price": euros("900.00")})
    before = await shop.get("quote", quote["id"])

    new = await shop.call("sales.quote.revise", id=quote["id"])
    assert (new["root_number"], new["revision"]) == (quote["number"], 2)
    assert (new["number"], new["former_id"]) == (f"{quote['number']}-2", quote["id"])
    read = await shop.get("quote", new["id"])
    assert (read["status"], read["total_gross"]) == ("draft", before["total_gross"])
    await shop.call("sales.quote_line.update", id=read["lines"][0]["id"], quantity="2")
    former = await shop.get("quote", quote["id"])
    changing = {"status", "version", "updated_at"}
    assert {n: v for n, v in former.items() if n not in changing} == {
        n: v for n, v in before.items() if n not in changing
    }
    assert former["status"] == "revised"
    for step, given in (("revise", {}), ("accept", {"signer": "X"}), ("send", {})):
        refusal = await shop.call.refused(f"sales.quote.{step}", id=quote["id"], **given)
        assert refusal["code"] == "state_refused"
    third = await shop.call("sales.quote.send", id=new["id"])
    again = await shop.call("sales.quote.revise", id=third["id"])
    assert again["number"] == f"{quote['number']}-3"


async def test_an_acceptance_has_a_signer_and_lies_within_the_validity(shop: Shop) -> None:
    quote = await shop.sent()
    late = await shop.call.refused(
        "sales.quote.accept", id=quote["id"], signer="Claire", accepted_on="2020-01-01"
    )
    assert late["code"] == "invalid"
    done = await shop.call(
        "sales.quote.accept", id=quote["id"], signer="Claire", proof="mail", note="Mail du 3"
    )
    assert (done["status"], done["signer"], done["proof"]) == ("accepted", "Claire", "mail")
    assert done["accepted_on"]
    assert done["signed_at"]
    refusal = await shop.call.refused("sales.quote.decline", id=quote["id"], reason="price")
    assert (refusal["code"], refusal["state"]) == ("state_refused", "accepted")


async def test_a_declined_quote_says_why_and_is_not_accepted_any_more(shop: Shop) -> None:
    quote = await shop.sent()
    done = await shop.call("sales.quote.decline", id=quote["id"], reason="price", note="Trop cher")
    assert (done["status"], done["decline_reason"]) == ("declined", "price")
    refusal = await shop.call.refused("sales.quote.accept", id=quote["id"], signer="X")
    assert refusal["possible"] == ["revise"]
    lost = await shop.sent()
    no_deal = await shop.call.refused(
        "sales.quote.decline", id=lost["id"], reason="price", lose_opportunity=True
    )
    assert no_deal["code"] == "invalid"


async def test_validity_is_extended_while_the_quote_is_open(shop: Shop) -> None:
    quote = await shop.sent()
    longer = await shop.call("sales.quote.extend_validity", id=quote["id"], until="2099-01-31")
    assert longer["valid_until"] == "2099-01-31"
    back = await shop.call.refused(
        "sales.quote.extend_validity", id=quote["id"], until="2098-01-31"
    )
    assert back["code"] == "invalid"
    early = await shop.call.refused("sales.quote.expire", ids=[quote["id"]])
    assert early["code"] == "conflict"
    gone = await shop.call("sales.quote.cancel", id=quote["id"], reason="Erreur")
    assert (gone["status"], gone["closing_note"]) == ("cancelled", "Erreur")
    refusal = await shop.call.refused(
        "sales.quote.extend_validity", id=quote["id"], until="2099-12-31"
    )
    assert refusal["code"] == "state_refused"
    again = await shop.call.refused("sales.quote.cancel", id=quote["id"], reason="Encore")
    assert again["code"] == "state_refused"


async def test_an_empty_quote_is_not_sent(shop: Shop) -> None:
    quote = await shop.call("sales.quote.create", party_id=shop.ids["party"])
    refusal = await shop.call.refused("sales.quote.send", id=quote["id"])
    assert refusal["code"] == "conflict"


async def test_prices_are_taken_anew_only_when_asked_and_manual_ones_stay(shop: Shop) -> None:
    quote = await shop.quote(
        {"product_id": "oven"}, {"product_id": "hour", "unit_price": euros("70.00")}
    )
    for sku, price in (("oven", "1100.00"), ("hour", "90.00")):
        await shop.call("sales.product.update", id=shop.ids[sku], list_price=euros(price))
    assert (await shop.get("quote", quote["id"]))["total_net"]["amount"] == "1070.00"
    kept = await shop.call("sales.quote.recompute", id=quote["id"])
    assert kept["total_net"]["amount"] == "1170.00"
    fresh = await shop.call("sales.quote.recompute", id=quote["id"], keep_manual=False)
    assert fresh["total_net"]["amount"] == "1190.00"


async def test_a_discount_is_off_the_whole_or_off_lines(shop: Shop) -> None:
    quote = await shop.quote({"product_id": "oven"}, {"product_id": "hour", "quantity": "10"})
    line = (await shop.get("quote", quote["id"]))["lines"][1]["id"]
    call = shop.call

    whole = await call("sales.quote.apply_discount", id=quote["id"], percent="10")
    assert whole["quote"]["total_net"]["amount"] == "1620.00"
    assert (whole["discount"], whole["needs_approval"]) == ("10.00", False)
    fixed = await call("sales.quote.apply_discount", id=quote["id"], amount=euros("300.00"))
    assert fixed["quote"]["total_net"]["amount"] == "1500.00"
    await call("sales.quote.apply_discount", id=quote["id"], percent="0")
    part = await call("sales.quote.apply_discount", id=quote["id"], percent="25", line_ids=[line])
    assert part["quote"]["total_net"]["amount"] == "1600.00"
    much = await call.refused("sales.quote.apply_discount", id=quote["id"], amount=euros("5000.00"))
    assert much["code"] == "conflict"
    other = (await shop.get("quote", (await shop.quote())["id"]))["lines"][0]["id"]
    foreign = await call.refused(
        "sales.quote.apply_discount", id=quote["id"], percent="5", line_ids=[other]
    )
    assert foreign["code"] == "not_found"


async def test_a_discount_beyond_ones_limit_goes_out_only_once_another_approved_it(
    shop: Shop, house: House
) -> None:
    await house.operator.call("sales.discount_limit.create", name="Tous", max_discount="10")
    everything = await house.desk("sales:read", "sales:write", "crm:read", owner="owner")
    quote = await shop.quote({"product_id": "oven", "discount": "30"})

    refusal = await everything.refused("sales.quote.send", id=quote["id"])
    assert refusal["code"] == "conflict"
    told = await everything("sales.quote.apply_discount", id=quote["id"], percent="1")
    assert (told["limit"], told["needs_approval"]) == ("10", True)
    waiting = await everything(
        "sales.quote.submit_for_approval", id=quote["id"], reason="Client stratégique"
    )
    assert (waiting["status"], waiting["approval_reason"]) == (
        "pending_approval",
        "Client stratégique",
    )
    own = await shop.call.refused("sales.quote.approve_exception", id=quote["id"])
    assert own["code"] == "invalid"
    await house.person("chief", "admin")
    chief = await house.desk(role="admin", owner="chief")
    granted = await chief("sales.quote.approve_exception", id=quote["id"], note="Oui")
    assert (granted["status"], granted["approved_discount"]) == ("draft", "30.70")
    # What was approved is that discount, not the quote: a deeper one asks again.
    await everything("sales.quote.apply_discount", id=quote["id"], percent="5")
    assert (await everything.refused("sales.quote.send", id=quote["id"]))["code"] == "conflict"
    await everything("sales.quote.apply_discount", id=quote["id"], percent="1")
    assert (await everything("sales.quote.send", id=quote["id"]))["status"] == "sent"


async def test_an_exception_that_is_refused_leaves_a_draft_beyond_the_limit(
    shop: Shop, house: House
) -> None:
    await house.operator.call("sales.discount_limit.create", name="Tous", max_discount="10")
    twice = await _operator_refused(house, "sales.discount_limit.create", name="Encore")
    assert twice == "conflict"
    seller = await house.desk("sales:read", "sales:write", "crm:read", owner="owner")
    quote = await shop.quote({"product_id": "oven", "discount": "30"})
    await seller("sales.quote.submit_for_approval", id=quote["id"], reason="Volume")
    await house.person("chief", "admin")
    chief = await house.desk(role="admin", owner="chief")
    back = await chief("sales.quote.approve_exception", id=quote["id"], decision="refuse")
    assert back["status"] == "draft"
    assert "approved_discount" not in back
    assert (await seller.refused("sales.quote.send", id=quote["id"]))["code"] == "conflict"


async def _operator_refused(house: House, action: str, **given: Any) -> str:
    with pytest.raises(Problem) as refused:
        await house.operator.call(action, max_discount="20", **given)
    return refused.value.code


async def test_the_deal_follows_its_quote(shop: Shop) -> None:
    ids = await shop.deal()
    quote = await shop.sent(opportunity_id=ids["deal"])
    deal = await shop.call("crm.opportunity.get", id=ids["deal"])
    assert (deal["amount"]["amount"], deal["stage_id"]) == ("1000.00", ids["Contact"])
    assert quote["number"] in deal["next_step"]
    noted = await shop.call("crm.activity.list", record=ids["deal"])
    assert [quote["number"] in one["subject"] for one in noted["items"]] == [True]
    await shop.call("sales.quote.accept", id=quote["id"], signer="Claire")
    deal = await shop.call("crm.opportunity.get", id=ids["deal"])
    assert (deal["stage_id"], deal["status"]) == (ids["Proposition"], "open")
    other = await shop.sent(opportunity_id=ids["deal"])
    await shop.call("sales.quote.decline", id=other["id"], reason="other", lose_opportunity=True)
    deal = await shop.call("crm.opportunity.get", id=ids["deal"])
    assert (deal["status"], deal["lost_reason"]) == ("lost", "no_decision")


async def test_a_quote_is_not_of_somebody_elses_deal(shop: Shop) -> None:
    ids = await shop.deal()
    stranger = await shop.call("crm.customer.create", name="Autre")
    refusal = await shop.call.refused(
        "sales.quote.create", party_id=stranger["id"], opportunity_id=ids["deal"]
    )
    assert [one["path"] for one in refusal["errors"]] == ["opportunity_id"]


async def test_margin_is_told_to_who_may_know_it_only(shop: Shop, house: House) -> None:
    quote = await shop.quote(
        {"product_id": "oven"}, {"description": "Pose", "unit_price": euros("50.00"),
                                 "tax_rate_id": shop.ids["FR20"]},
        discount_percent="10",
    )  # fmt: skip
    told = await shop.call("sales.quote.margin_report", id=quote["id"])
    assert (told["net"], told["cost"], told["margin"]) == ("900.00", "600.00", "300.00")
    assert (told["percent"], told["without_cost"]) == ("33.33", 1)
    blind = await house.desk("sales:read", "sales:write", "crm:read", owner="owner")
    assert "margin" not in await blind("sales.quote.get", id=quote["id"])
    assert (await blind.refused("sales.quote.margin_report", id=quote["id"]))[
        "code"
    ] == "permission_denied"


async def test_a_template_gives_its_lines_and_asks_for_its_words(shop: Shop) -> None:
    template = await shop.call(
        "sales.quote_template.create",
        name="Entretien",
        intro="Suite à notre visite de {site}",
        validity_days=10,
        lines=[
            {"product_id": shop.ids["hour"], "quantity": "4"},
            {"product_id": shop.ids["oven"], "optional": True},
        ],
    )
    given = {"id": template["id"], "party_id": shop.ids["customer"]}
    refusal = await shop.call.refused("sales.quote_template.instantiate", **given)
    assert refusal["errors"][0]["path"] == "variables"
    made = await shop.call("sales.quote_template.instantiate", **given, variables={"site": "Vaise"})
    read = await shop.get("quote", made["id"])
    assert read["intro"] == "Suite à notre visite de Vaise"
    assert (read["total_net"]["amount"], len(read["lines"])) == ("320.00", 2)
    await shop.call("sales.quote_template.archive", id=template["id"])
    gone = await shop.call.refused(
        "sales.quote_template.instantiate", **given, variables={"site": "Vaise"}
    )
    assert gone["code"] == "conflict"
    nothing = await shop.call.refused(
        "sales.quote_template_line.create", template_id=template["id"]
    )
    assert nothing["code"] == "invalid"


async def test_a_copy_is_a_draft_with_a_number_of_its_own(shop: Shop) -> None:
    quote = await shop.accepted({"product_id": "oven", "quantity": "3"})
    copy = await shop.call("sales.quote.duplicate", id=quote["id"])
    read = await shop.get("quote", copy["id"])
    assert (read["status"], read["total_net"]["amount"]) == ("draft", "3000.00")
    assert read["number"] != quote["number"]
    assert "signer" not in read


async def test_nothing_is_not_submitted_for_approval(shop: Shop) -> None:
    free = {"description": "Visite", "unit_price": {"amount": "0.00"}}
    quote = await shop.quote({**free, "tax_rate_id": shop.ids["FR20"]})
    asked = {"id": quote["id"], "reason": "Geste"}
    refused = await shop.call.refused("sales.quote.submit_for_approval", **asked)
    assert (refused["code"], refused["field"]) == ("conflict", "id")
    assert (await shop.get("quote", quote["id"]))["status"] == "draft"
