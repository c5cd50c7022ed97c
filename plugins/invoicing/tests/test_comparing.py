"""Comparing: what the return counts beside what the platform knows, each gap with what mends it."""

from decimal import Decimal
from typing import Any

from eyeot_invoicing.einvoices.writing import write
from plugins.invoicing.tests.routed import Route
from plugins.invoicing.tests.test_purchases import bill, entered

PERIOD, DAY = "2026-10", "2026-10-15"


async def _posted(route: Route, nature: str, amount: str, **more: Any) -> dict[str, Any]:
    draft = await route.shop.draft(("1", amount, "20"), **more)
    for line in (await route.call("invoicing.invoice.get", id=draft["id"]))["lines"]:
        await route.call("invoicing.invoice_line.update", id=line["id"], nature=nature)
    return await route.call("invoicing.invoice.post", id=draft["id"], issue_date=DAY)


async def _compared(route: Route) -> dict[str, Any]:
    return await route.call("invoicing.vat_return.compare_with_platform", period=PERIOD)


def _reasons(told: dict[str, Any]) -> dict[str, str]:
    return {one["number"]: one["reason"] for one in told["gaps"]}


async def test_each_gap_names_its_piece_and_what_mends_it_and_is_closed_by_that(
    route: Route,
) -> None:
    refused = await route.shop.call.refused(
        "invoicing.vat_return.compare_with_platform", period=PERIOD
    )
    assert "set_vat_regime" in refused["hint"]
    await route.shop.regime()
    unsent = await _posted(route, "goods", "1000.00")
    sent = await _posted(route, "goods", "500.00")
    service = await _posted(route, "service", "200.00")
    for one in (sent, service):
        await route.call("invoicing.einvoice.submit", invoice_id=one["id"])
    private = await route.shop.new_customer("Mme Petit", kind="person")
    await _posted(route, "goods", "50.00", party_id=private["party_id"])
    paid = await route.call(
        "invoicing.invoice.register_payment",
        invoice_id=service["id"],
        amount={"amount": "120.00"},
        date=DAY,
    )

    told = await _compared(route)
    assert (told["platform_asked"], told["platform"]) == (True, "PA d'essai")
    gaps = {one["number"]: one for one in told["gaps"]}
    assert _reasons(told) == {
        unsent["number"]: "not_sent",
        service["number"]: "collection_untold",
    }
    first = gaps[unsent["number"]]
    assert (first["base"], first["tax"], first["platform_tax"]) == ("1000.00", "200.00", "0")
    assert gaps[service["number"]]["tax"] == "20.00"
    (box,) = (one for one in told["boxes"] if one["box"] == "08")
    assert (box["base"], box["tax"]) == ("1650", "330")
    assert (box["platform_base"], box["platform_tax"]) == ("500", "100")
    (apart,) = told["apart"]
    assert (apart["reason"], apart["pieces"], apart["tax"]) == (
        "not_between_french_companies",
        1,
        "10.00",
    )
    # What is counted is known, a gap, or apart: nothing else.
    gap = sum(Decimal(one["base"]) - Decimal(one["platform_base"]) for one in told["gaps"])
    assert Decimal(box["base"]) == Decimal(box["platform_base"]) + gap + Decimal(apart["base"])

    for one in told["gaps"]:
        await route.call(one["mend"]["action"], **one["mend"]["arguments"])
    after = await _compared(route)
    assert after["gaps"] == []
    (box,) = (one for one in after["boxes"] if one["box"] == "08")
    assert box["platform_base"] == "1600"

    await route.call(
        "invoicing.payment.bounce", id=paid["payment_id"], reason_code="insufficient_funds"
    )
    period = route.shop.call.engine.clock().strftime("%Y-%m")
    back = await route.call("invoicing.vat_return.compare_with_platform", period=period)
    assert _reasons(back) == {service["number"]: "withdrawal_untold"}
    assert back["gaps"][0]["tax"] == "-20.00"


async def test_what_a_platform_rejected_or_holds_for_us_is_a_gap(route: Route) -> None:
    await route.shop.regime()
    route.platform.refuses = (400, "REJ_UNI", "number used")
    lost = await _posted(route, "goods", "70.00")
    await route.call("invoicing.einvoice.submit", invoice_id=lost["id"])
    flow = route.platform.put("SupplierInvoice", write(bill("S-2026-44"), "cii"), minutes=30)
    told = await _compared(route)
    assert _reasons(told) == {lost["number"]: "rejected", flow: "unknown_here"}
    rejected = next(one for one in told["gaps"] if one["reason"] == "rejected")
    assert rejected["mend"]["action"] == "invoicing.invoice.credit_and_reissue"

    await route.call("invoicing.supplier_invoice.receive_from_platform")
    period = bill("S-2026-44").issued.strftime("%Y-%m")
    again = await route.call("invoicing.vat_return.compare_with_platform", period=period)
    waiting = next(one for one in again["gaps"] if one["number"] == "S-2026-44")
    assert (waiting["reason"], waiting["platform_tax"]) == ("not_deducted", "200.00")
    await route.call(waiting["mend"]["action"], **waiting["mend"]["arguments"])


async def test_vat_of_a_mailed_invoice_is_deducted_without_the_platform(route: Route) -> None:
    await route.shop.regime()
    made = await entered(route.shop, write(bill("S-2026-45"), "cii"))
    await route.call("invoicing.supplier_invoice.approve", id=made["id"])
    posted = await route.call("invoicing.supplier_invoice.post", id=made["id"])
    out = await route.call(
        "invoicing.payment.create",
        direction="out",
        party_id=posted["party_id"],
        amount={"amount": "1200.00"},
    )
    await route.call("invoicing.payment.post", id=out["id"])
    period = route.shop.call.engine.clock().strftime("%Y-%m")
    route.receiver.answers = lambda _: b""
    told = await route.call("invoicing.vat_return.compare_with_platform", period=period)
    assert not told["platform_asked"]
    assert told["notes"]
    assert _reasons(told) == {"S-2026-45": "not_received"}
