"""Insight: figures drawn from what is stored, with what they are drawn from."""

from importlib.util import find_spec
from typing import Any

import pytest

from eyeot.testing import Desk, House

SIGNATURE = """Bien cordialement,
Claire MARTIN-LEROY
Responsable achats
SARL Les Fournils Réunis
14 rue des Lices, 49100 Angers
Tél. 02 41 00 00 00 | 06 12 34 56 78
claire.martin@fournils.example
www.fournils.example
https://www.linkedin.com/in/clairem"""


async def test_a_brief_tells_what_is_stored_and_what_it_could_not_see(
    call: Desk, ids: dict[str, str]
) -> None:
    told = await call("crm.customer.summarise", id=ids["bakery"], length="long")
    assert told["open_amount"] == {"amount": "18400.00", "currency": "EUR"}
    assert (told["won_deals"], told["lost_deals"]) == (1, 1)
    assert told["won_amount"]["amount"] == "18400.00"
    assert [one["id"] for one in told["contacts"]] == [ids["amelie"]]
    assert [one["id"] for one in told["open_deals"]] == [ids["oven"]]
    assert "tickets" in told["absent"]


async def test_health_is_the_sum_of_its_factors(call: Desk, ids: dict[str, str]) -> None:
    before = await call("crm.customer.health_score", id=ids["bakery"])
    parts = before["factors"]
    most = sum(one["most"] for one in parts)
    assert before["score"] == sum(one["points"] for one in parts) * 100 // most
    await call("crm.activity.log_call", record=ids["bakery"], outcome="positive", minutes=5)
    after = await call("crm.customer.health_score", id=ids["bakery"])
    assert after["score"] > before["score"]
    recency = next(one for one in after["factors"] if one["name"] == "recency")
    assert recency["points"] == 30


async def test_a_prediction_rests_on_closed_deals_or_says_that_there_are_too_few(
    call: Desk, ids: dict[str, str]
) -> None:
    few = await call("crm.opportunity.predict_close", id=ids["oven"])
    assert (few["basis"], few["factors"]) == ("stage", [])
    assert few["probability"] == few["stage_probability"]
    for n in range(6):
        deal = await call("crm.opportunity.create", name=f"Lot {n}", customer_id=ids["bakery"])
        if n % 3:
            await call("crm.opportunity.win", id=deal["id"])
        else:
            await call("crm.opportunity.lose", id=deal["id"], reason="price")
    told = await call("crm.opportunity.predict_close", id=ids["oven"])
    customer = next(one for one in told["factors"] if one["name"] == "customer")
    # Two of the furnished deals and six more: five won of eight.
    assert (customer["deals"], customer["chance"]) == (8, "62.5")
    assert told["basis"] == "history"
    closed = await call.refused("crm.opportunity.predict_close", id=ids["freezer"])
    assert closed["field"] == "id"


async def test_a_deal_with_products_is_worth_their_sum(call: Desk, ids: dict[str, str]) -> None:
    given: dict[str, Any] = {"description": "Grille", "quantity": "3", "price": {"amount": "0.33"}}
    told = await call("crm.opportunity.add_product", id=ids["oven"], **given)
    assert (told["line_amount"]["amount"], told["amount"]["amount"]) == ("0.99", "18400.99")
    by_hand = await call.refused(
        "crm.opportunity.update", id=ids["oven"], amount={"amount": "1.00"}
    )
    assert (by_hand["code"], by_hand["field"]) == ("conflict", "amount")
    dollars = {**given, "price": {"amount": "1.00", "currency": "USD"}}
    assert (await call.refused("crm.opportunity.add_product", id=ids["oven"], **dollars))[
        "code"
    ] in (
        "invalid",
        "conflict",
    )
    closed = await call.refused("crm.opportunity.add_product", id=ids["freezer"], **given)
    assert closed["field"] == "id"
    other = {"id": ids["oven"], "product_id": ids["bakery"]}
    assert (await call.refused("crm.opportunity.add_product", **other))["code"] in (
        "invalid",
        "module_not_installed",
    )


@pytest.mark.skipif(find_spec("eyeot_sales") is None, reason="quotes are of sales")
async def test_a_quote_is_made_of_a_deals_products(call: Desk, ids: dict[str, str]) -> None:
    given = {"description": "Four", "quantity": "2", "price": {"amount": "9200.00"}}
    await call("crm.opportunity.add_product", id=ids["oven"], **given)
    told = await call("crm.opportunity.create_quote", id=ids["oven"])
    quote = await call("sales.quote.get", id=told["quote_id"])
    assert quote["opportunity_id"] == ids["oven"]
    # The product that the house was furnished with, and the one above.
    assert [one["description"] for one in quote["lines"]] == ["Four", "Four"]
    assert quote["total_net"]["amount"] == "36800.00"
    closed = await call.refused("crm.opportunity.create_quote", id=ids["van"])
    assert closed["field"] == "id"
    bare = await call("crm.opportunity.create", name="Rien", customer_id=ids["hotel"])
    nothing = await call.refused("crm.opportunity.create_quote", id=bare["id"])
    assert nothing["code"] == "conflict"


async def test_a_signature_is_read_and_nothing_is_kept(call: Desk, ids: dict[str, str]) -> None:
    before = (await call("crm.contact.list", limit=1))["total"]
    told = await call("crm.contact.find_by_signature", text=SIGNATURE)
    assert (told["first_name"], told["last_name"]) == ("Claire", "Martin-Leroy")
    assert told["job_title"] == "Responsable achats"
    assert told["company"] == "SARL Les Fournils Réunis"
    assert told["emails"] == ["claire.martin@fournils.example"]
    assert told["phones"] == ["+33241000000", "+33612345678"]
    assert told["address"]["postcode"] == "49100"
    assert "linkedin" in told["linkedin"]
    assert (await call("crm.contact.list", limit=1))["total"] == before
    empty = await call.refused("crm.contact.find_by_signature", text="à bientôt !")
    assert empty["field"] == "text"
    known = await call("crm.contact.find_by_signature", text="amelie@boulangerie-mercier.fr")
    assert [one["id"] for one in known["known"]] == [ids["amelie"]]


async def test_reports_add_up(house: House, call: Desk, ids: dict[str, str]) -> None:
    told = await call("crm.report.pipeline_overview")
    assert told["totals"]["deals"] == sum(one["deals"] for one in told["rows"])
    outcomes = await call("crm.report.win_loss_analysis")
    assert (outcomes["totals"]["won"], outcomes["totals"]["lost"]) == (1, 1)
    assert outcomes["totals"]["win_rate"] == "50.0"
    funnel = (await call("crm.report.conversion_funnel"))["rows"]
    assert [one["count"] for one in funnel] == [4, 2, 2, 1, 0]
    consents = await call("crm.report.consent_status")
    assert consents["totals"]["granted"] == 1
    stuck = await call("crm.report.stuck_deals")
    assert stuck["totals"]["no_step"] == stuck["totals"]["deals"]
    delays = await call("crm.report.lead_response_time")
    assert sum(one["leads"] for one in delays["rows"]) == delays["totals"]["leads"] == 4
    sheet = await call("crm.report.account_coverage", days=1, format="csv")
    assert sheet["file"]["filename"].endswith(".csv")
    for name in ("sales_forecast", "sales_velocity", "activity_summary", "source_roi"):
        await call(f"crm.report.{name}")
    await house.person("dora", "sales")
    dora = await house.desk(role="sales", owner="dora")
    assert (await dora("crm.report.pipeline_overview"))["rows"] == []
    assert (await dora("crm.report.consent_status"))["rows"] == []
