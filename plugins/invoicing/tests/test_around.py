"""Around an invoice: previews, delays, instalments, disputes, penalties, currencies, reports."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eyeot_invoicing.late.computing import overdue_spans
from plugins.invoicing.tests.shop import Shop


def _today(shop: Shop) -> date:
    return shop.call.engine.clock().date()


async def _late(shop: Shop, *, days: int = 120, **more: Any) -> dict[str, Any]:
    """An invoice that has been due for a while."""
    issued = _today(shop) - timedelta(days=days)
    draft = await shop.draft(("1", "1000.00", "20"), due_date=str(issued), **more)
    return await shop.call("invoicing.invoice.post", id=draft["id"], issue_date=str(issued))


async def test_a_preview_says_what_posting_then_does(shop: Shop) -> None:
    draft = await shop.draft(("3", "33.33", "20"), ("1", "99.99", "5.5"), discount_percent="5")
    told = await shop.call("invoicing.invoice.preview_post", id=draft["id"])
    assert told["can_be_posted"]
    before = await shop.call("invoicing.invoice.get", id=draft["id"])
    assert "issue_date" not in before
    impact = await shop.call("invoicing.invoice.get_ledger_impact", id=draft["id"])
    posted = await shop.call("invoicing.invoice.post", id=draft["id"])
    assert posted["number"] == told["number"]
    after = await shop.call("invoicing.invoice.get_ledger_impact", id=draft["id"])
    figures = ("account", "debit", "credit")
    entry = [{n: one[n] for n in figures} for one in told["entry"]]
    assert [{n: one[n] for n in figures} for one in after["entry"]] == entry
    assert after["vat"] == impact["vat"]
    assert {one["box"] for one in after["vat"]} == {"A1", "08", "09"}
    again = await shop.call("invoicing.invoice.preview_post", id=draft["id"])
    assert not again["can_be_posted"]
    split = await shop.call("invoicing.invoice.split_by_vat_nature", id=draft["id"])
    assert {one["due"] for one in split["parts"]} == {"payment"}
    pending = sum(Decimal(one["still_pending"]) for one in split["parts"])
    assert pending == Decimal(posted["total_tax"]["amount"])


async def test_a_service_over_months_is_earned_by_the_day(shop: Shop) -> None:
    draft = await shop.draft(("1", "365.00", "20"))
    line = (await shop.call("invoicing.invoice.get", id=draft["id"]))["lines"][0]["id"]
    await shop.call(
        "invoicing.invoice_line.update",
        id=line,
        service_start="2026-01-01",
        service_end="2026-12-31",
    )
    told = await shop.call("invoicing.invoice.get_ledger_impact", id=draft["id"])
    months = {one["month"]: one["amount"] for one in told["revenue"]}
    assert (months["2026-01"], months["2026-02"], len(months)) == ("31.00", "28.00", 12)


async def test_delays_and_instalments_are_granted_on_what_is_due(shop: Shop) -> None:
    invoice = await shop.posted(("1", "100.00", "20"))
    before = invoice["due_date"]
    earlier = await shop.call.refused(
        "invoicing.invoice.change_due_date", id=invoice["id"], due_date=before, reason="Reprise"
    )
    assert earlier["code"] == "conflict"
    later = str(date.fromisoformat(before) + timedelta(days=15))
    moved = await shop.call(
        "invoicing.invoice.change_due_date", id=invoice["id"], due_date=later, reason="Délai"
    )
    assert moved["due_date"] == later
    assert moved["delays"][0]["due_date"] == before
    wrong = [{"due_date": later, "amount": "50.00"}, {"due_date": later, "amount": "69.99"}]
    refused = await shop.call.refused(
        "invoicing.invoice.schedule_installments", id=invoice["id"], plan=wrong
    )
    assert "119.99" in refused["message"]
    thirds = [
        {"due_date": str(date.fromisoformat(later) + timedelta(days=30 * n)), "percent": one}
        for n, one in enumerate(("33.33", "33.33", "33.34"))
    ]
    planned = await shop.call(
        "invoicing.invoice.schedule_installments", id=invoice["id"], plan=thirds
    )
    assert [one["amount"] for one in planned["instalments"]] == ["40.00", "40.00", "40.00"]
    assert planned["due_date"] == thirds[-1]["due_date"]


async def test_a_dispute_is_flagged_once_and_ends_with_an_outcome(shop: Shop) -> None:
    invoice = await shop.posted(("1", "100.00", "20"))
    none = await shop.call.refused(
        "invoicing.invoice.resolve_dispute", id=invoice["id"], outcome="owed"
    )
    assert none["code"] == "conflict"
    flagged = await shop.call("invoicing.invoice.dispute", id=invoice["id"], reason="Prix faux")
    assert flagged["is_disputed"]
    aged = await shop.call("invoicing.report.aged_receivables")
    assert aged["totals"]["disputed"] == "120.00"
    assert aged["totals"]["not_due"] == "0.00"
    twice = await shop.call.refused("invoicing.invoice.dispute", id=invoice["id"], reason="Encore")
    assert twice["code"] == "conflict"
    unpaid = await shop.call.refused(
        "invoicing.invoice.resolve_dispute", id=invoice["id"], outcome="credited"
    )
    assert unpaid["code"] == "conflict"
    ended = await shop.call(
        "invoicing.invoice.resolve_dispute", id=invoice["id"], outcome="withdrawn"
    )
    assert not ended["is_disputed"]


async def test_a_correction_is_asked_for_and_the_way_proposed(shop: Shop) -> None:
    draft = await shop.draft(("1", "100.00", "20"))
    asked = {"problem": "wrong_buyer", "detail": "Facturé à la filiale"}
    refused = await shop.call.refused(
        "invoicing.invoice.request_correction", id=draft["id"], **asked
    )
    assert refused["code"] == "conflict"
    await shop.call("invoicing.invoice.post", id=draft["id"])
    told = await shop.call("invoicing.invoice.request_correction", id=draft["id"], **asked)
    assert told["action"] == "invoicing.invoice.credit_and_reissue"
    task = await shop.call("crm.activity.get", id=told["activity_id"])
    assert task["subject"].startswith("Corriger la facture FA-")
    made = await shop.call(told["action"], invoice_id=told["invoice_id"])
    assert made["invoice_id"]


async def test_self_billing_has_a_series_of_its_own(shop: Shop) -> None:
    first = await shop.posted(("1", "100.00", "20"))
    draft = await shop.draft(("1", "100.00", "20"))
    marked = await shop.call(
        "invoicing.invoice.set_self_billed", id=draft["id"], mandate="Mandat 12 du 01/02/2026"
    )
    assert marked["is_self_billed"]
    posted = await shop.call("invoicing.invoice.post", id=draft["id"])
    assert posted["number"].startswith("AF-")
    assert (posted["series"], posted["rank"]) == ("invoicing.self_billed", 1)
    refused = await shop.call.refused(
        "invoicing.invoice.set_self_billed", id=first["id"], mandate="Mandat 12"
    )
    assert refused["code"] == "state_refused"


async def test_a_draft_is_recomputed_and_a_posted_one_is_not(shop: Shop) -> None:
    draft = await shop.draft(("2", "10.00", "20"))
    done = await shop.call("invoicing.invoice.recompute", id=draft["id"])
    assert done["total_gross"]["amount"] == "24.00"
    line = (await shop.call("invoicing.invoice.get", id=draft["id"]))["lines"][0]
    proposed = await shop.call("invoicing.invoice_line.suggest_account", line_id=line["id"])
    assert proposed["proposals"][0]["code"] == "706000"
    await shop.call("invoicing.invoice.post", id=draft["id"])
    refused = await shop.call.refused("invoicing.invoice.recompute", id=draft["id"])
    assert refused["code"] == "state_refused"


async def test_penalties_run_by_the_day_at_the_rate_of_each_half_year(shop: Shop) -> None:
    invoice = await _late(shop, days=400)
    told = await shop.call("invoicing.invoice.compute_late_fees", id=invoice["id"])
    assert told["indemnity"] == "40"
    assert sum(one["days"] for one in told["spans"]) == told["days_late"] == 400
    wanted = sum(
        round(Decimal(1200) * Decimal(one["rate"]) * one["days"] / 36500, 2)
        for one in told["spans"]
    )
    assert Decimal(told["penalties"]) == wanted
    low = await shop.call.refused("invoicing.invoice.compute_late_fees", id=invoice["id"], rate="5")
    assert low["code"] == "invalid"

    fees = await shop.call("invoicing.invoice.invoice_late_fees", invoice_ids=[invoice["id"]])
    assert fees["total_tax"]["amount"] == "0.00"
    assert Decimal(fees["total_gross"]["amount"]) == wanted + 40
    posted = await shop.call("invoicing.invoice.post", id=fees["id"])
    assert [one["category"] for one in posted["tax_breakdown"]] == ["O"]
    again = await shop.call.refused(
        "invoicing.invoice.invoice_late_fees", invoice_ids=[invoice["id"]]
    )
    assert again["code"] == "conflict"
    report = await shop.call("invoicing.report.late_payment_report", period="2025")
    assert Decimal(report["totals"]["late"]) == 1
    assert Decimal(report["totals"]["penalties"]) == 0


async def test_a_private_buyer_owes_no_indemnity(shop: Shop) -> None:
    person = await shop.new_customer("Jeanne Petit", kind="person")
    invoice = await _late(shop, party_id=person["id"])
    told = await shop.call("invoicing.invoice.compute_late_fees", id=invoice["id"])
    assert (told["is_professional"], told["total"]) == (False, "0")


DUES = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 10**6)), min_size=1, max_size=4)
PAID = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 10**6)), max_size=4)


@given(DUES, PAID)
def test_overdue_spans_are_what_each_day_says(
    dues: list[tuple[int, int]], paid: list[tuple[int, int]]
) -> None:
    start = date(2025, 1, 1)

    def told(rows: list[tuple[int, int]]) -> list[tuple[date, Decimal]]:
        return [(start + timedelta(days=n), Decimal(cents) / 100) for n, cents in sorted(rows)]

    spans = overdue_spans(told(dues), told(paid), start, start + timedelta(days=550))
    by_day: dict[date, Decimal] = {}
    for first, last, owed in spans:
        for n in range((last - first).days + 1):
            by_day[first + timedelta(days=n)] = owed
    for n in range(551):
        cents = sum(c for at, c in dues if at < n) - sum(c for at, c in paid if at < n)
        day = start + timedelta(days=n)
        assert Fraction(by_day.get(day, Decimal(0))) == Fraction(max(cents, 0), 100)


async def test_a_foreign_invoice_is_booked_in_euros_and_its_gain_at_settlement(shop: Shop) -> None:
    issued = _today(shop) - timedelta(days=20)
    for day, rate in ((issued, "1.25"), (issued + timedelta(days=10), "1.00")):
        await shop.call(
            "sales.exchange_rate.create", currency="USD", rate=rate, date=str(day), source="manual"
        )
    rows = [
        {
            "description": "Consulting",
            "unit_price": {"amount": "1000.00", "currency": "USD"},
            "tax_rate_id": await shop.rate("20"),
        }
    ]
    draft = await shop.call(
        "invoicing.invoice.create", party_id=shop.customer["id"], currency="USD", lines=rows
    )
    posted = await shop.call("invoicing.invoice.post", id=draft["id"], issue_date=str(issued))
    assert posted["total_tax"] == {"amount": "200.00", "currency": "USD"}
    assert posted["total_tax_books"] == {"amount": "160.00", "currency": "EUR"}
    for amount in ("333.33", "866.67"):
        await shop.call(
            "invoicing.invoice.register_payment",
            invoice_id=posted["id"],
            amount={"amount": amount, "currency": "USD"},
            date=str(issued + timedelta(days=10)),
        )
    after = await shop.call("invoicing.invoice.get", id=posted["id"])
    assert after["status"] == "paid"
    balance = await shop.balances()
    assert balance["411000"] == balance["445800"] == 0
    assert balance["766000"] == Decimal("-240.00")
    assert balance["512000"] == Decimal("1200.00")
    assert await shop.vat("2026-11") == Decimal("160.00")


async def test_reports_of_what_is_due_agree_with_the_invoices(shop: Shop) -> None:
    old = await _late(shop, days=100)
    paid = await shop.posted(("1", "100.00", "20"))
    await shop.call("invoicing.invoice.register_payment", invoice_id=paid["id"])
    await shop.posted(("2", "50.00", "5.5"), discount_percent="10")
    party = old["party_id"]
    aged = await shop.call("invoicing.report.aged_receivables")
    assert aged["totals"]["total"] == "1294.95"
    assert aged["rows"][0]["days_over_90"] == "1200.00"
    assert aged["rows"][0]["not_due"] == "94.95"
    drill = aged["rows"][0]["drill"]
    assert len((await shop.call(drill["action"], **drill["arguments"]))["items"]) == 2
    told = await shop.call("invoicing.report.customer_statement_of_account", party_id=party)
    assert told["totals"] == {"before": "0", "balance": "1294.95", "overdue": "1200.00"}
    every = await shop.call(
        "invoicing.report.customer_statement_of_account", party_id=party, open_only=False
    )
    assert every["totals"]["balance"] == "1294.95"
    assert len(every["rows"]) == 4
    dso = await shop.call("invoicing.report.dso_dpo")
    assert Decimal(dso["totals"]["due"]) == Decimal("1294.95")
    revenue = await shop.call("invoicing.report.revenue_by_nature", by="vat_category")
    assert revenue["totals"]["revenue"] == "1190.00"
    by_place = await shop.call("invoicing.report.revenue_by_nature", by="territory")
    assert [one["what"] for one in by_place["rows"]] == ["FR"]


async def test_many_invoices_are_changed_at_once_and_posted_ones_are_not(shop: Shop) -> None:
    drafts = [await shop.draft(("1", "10.00", "20")) for _ in range(2)]
    posted = await shop.posted(("1", "10.00", "20"))
    items = [{"id": one["id"], "note": "Merci"} for one in drafts]
    await shop.call("invoicing.invoice.bulk_update", items=items)
    for one in drafts:
        assert (await shop.call("invoicing.invoice.get", id=one["id"]))["note"] == "Merci"
    refused = await shop.call.refused(
        "invoicing.invoice.bulk_update", items=[{"id": posted["id"], "note": "Merci"}]
    )
    assert "posted" in str(refused)
