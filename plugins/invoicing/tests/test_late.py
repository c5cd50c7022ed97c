"""Late fees: who owes them, on what, by which rate and until when, reckoned by hand."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from plugins.invoicing.tests.shop import Shop

COMMUNE = "216901231"
"""A town's: INSEE gives public bodies numbers that begin with 1 or 2."""


async def _due(shop: Shop, day: str, **more: Any) -> dict[str, Any]:
    """A posted invoice of 1,200.00 with VAT that was due on its own day."""
    draft = await shop.draft(("1", "1000.00", "20"), due_date=day, **more)
    return await shop.call("invoicing.invoice.post", id=draft["id"], issue_date=day)


async def _fees(shop: Shop, invoice: dict[str, Any], as_of: str, **more: Any) -> dict[str, Any]:
    return await shop.call(
        "invoicing.invoice.compute_late_fees", id=invoice["id"], as_of=as_of, **more
    )


def _interest(amount: str, percent: str, days: int) -> Decimal:
    exact = Decimal(amount) * Decimal(percent) * days / 100 / 365
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


async def test_what_was_given_up_bears_no_penalties_any_more(shop: Shop) -> None:
    invoice = await _due(shop, "2026-09-14")
    today = shop.call.engine.clock().date()
    for amount, why in (("200.00", "small_difference"), (None, "bad_debt")):
        given = {"id": invoice["id"], "why": why, "reason": "Abandon", "amount": amount}
        await shop.call(
            "invoicing.invoice.write_off", **{n: v for n, v in given.items() if v is not None}
        )
    told = await _fees(shop, invoice, "2027-02-01")
    assert told["days_late"] == (today - date(2026, 9, 14)).days
    assert Decimal(told["penalties"]) == _interest("1200.00", "12.15", told["days_late"])
    assert {one["overdue"] for one in told["spans"]} == {"1200.00"}

    kept = await _due(shop, "2026-09-15")
    await shop.call("invoicing.invoice.write_off", id=kept["id"], reason="Remise", amount="200.00")
    told = await _fees(shop, kept, str(today + timedelta(days=3)))
    assert [one["overdue"] for one in told["spans"]] == ["1200.00", "1000.00"]
    assert told["spans"][1]["days"] == 3


async def test_a_sole_trader_owes_what_a_company_owes_and_a_consumer_nothing(shop: Shop) -> None:
    trader = await shop.new_customer("Léa Roux, plombière", kind="person", siren="443061841")
    invoice = await _due(shop, "2026-03-02", party_id=trader["id"])
    told = await _fees(shop, invoice, "2026-04-01")
    assert (told["is_professional"], told["is_public"], told["indemnity"]) == (True, False, "40")
    assert Decimal(told["penalties"]) == _interest("1200.00", "12.15", 30)
    said = await shop.call("invoicing.legal_text.resolve", invoice_id=invoice["id"])
    assert {"late_penalty", "recovery_indemnity"} <= {one["code"] for one in said["mentions"]}

    person = await shop.new_customer("Ali Ben", kind="person")
    invoice = await _due(shop, "2026-03-03", party_id=person["id"])
    told = await _fees(shop, invoice, "2026-04-01")
    assert (told["is_professional"], told["total"]) == (False, "0")
    said = await shop.call("invoicing.legal_text.resolve", invoice_id=invoice["id"])
    assert not [one for one in said["mentions"] if "penalty" in one["code"]]


async def test_a_town_owes_eight_points_of_the_half_year_in_which_it_came_to_be_late(
    shop: Shop,
) -> None:
    """Code de la commande publique, art. L2192-13, R2192-31 and D2192-35; terms of sale change nothing."""
    town = await shop.new_customer("Commune de Vif", siren=COMMUNE, is_taxable_person=False)
    invoice = await _due(shop, "2025-06-10", party_id=town["id"])
    told = await _fees(shop, invoice, "2025-08-10", rate="20")
    assert (told["is_professional"], told["is_public"], told["indemnity"]) == (True, True, "40")
    # The ECB's 3.15 % of 1 January 2025 and eight points, beyond 1 July too.
    assert {one["rate"] for one in told["spans"]} == {"11.15"}
    parts = _interest("1200.00", "11.15", 20) + _interest("1200.00", "11.15", 41)
    assert Decimal(told["penalties"]) == parts
    assert "L2192-13" in told["article"]
    assert len(told["notes"]) == 1

    said = await shop.call("invoicing.legal_text.resolve", invoice_id=invoice["id"])
    texts = {one["code"]: one["text"] for one in said["mentions"]}
    assert "11,15 %" in texts["late_penalty_public"]
    assert "40" in texts["recovery_indemnity_public"]
    assert "late_penalty" not in texts


async def test_a_half_year_without_rates_says_that_the_last_known_go_on(shop: Shop) -> None:
    invoice = await _due(shop, "2026-06-25")
    told = await _fees(shop, invoice, "2026-06-30")
    assert told["notes"] == []
    told = await _fees(shop, invoice, "2026-07-10")
    assert [one["rate_from"] for one in told["spans"]] == ["2026-01-01", "2026-01-01"]
    (note,) = told["notes"]
    assert "2026-07-01" in note
    report = await shop.call("invoicing.report.late_payment_report")
    assert note in report["notes"]
    drafted = await shop.call("invoicing.invoice.invoice_late_fees", invoice_ids=[invoice["id"]])
    assert "2026-07-01" in drafted["internal_note"]


async def test_no_policy_chases_what_is_contested(shop: Shop) -> None:
    disputed = await _due(shop, "2026-09-14")
    await shop.call("invoicing.invoice.dispute", id=disputed["id"], reason="Marchandise abîmée")
    lax = await shop.call(
        "invoicing.dunning_policy.create",
        code="ALL",
        name="Sans égards",
        levels=[{"delay": 1}],
        stop_when=[],
        is_default=True,
    )
    preview = await shop.call("invoicing.dunning_policy.simulate", id=lax["id"])
    assert preview["total"] == 0
    ran = await shop.call("invoicing.dunning_letter.run")
    assert ran["letters"] == []
    assert [(one["number"], one["reason"]) for one in ran["left_out"]] == [
        (disputed["number"], "disputed")
    ]
