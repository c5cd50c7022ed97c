"""E-invoices: handed to a platform, followed by its messages, and told as collected by real payments only."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.tests.outside.receiver import answer
from eyeot import Problem
from eyeot_invoicing.einvoices.statuses import STATUS, STATUSES, may_follow
from eyeot_invoicing.platforms import cdar
from eyeot_invoicing.platforms.cdar import Message
from plugins.invoicing.tests.approved import parts
from plugins.invoicing.tests.routed import Route
from plugins.invoicing.tests.shop import OTHER_SIREN, SIREN


async def test_a_connection_is_tried_and_keeps_its_secret_to_itself(route: Route) -> None:
    assert "credentials" not in route.connection
    tried = await route.call("invoicing.pa_connection.test", id=route.connection["id"])
    assert tried["status"] == "tested"
    assert tried["is_up"]
    assert tried["addresses"] == [{"address": SIREN, "is_published": True}]
    with pytest.raises(Problem) as refused:
        await route.shop.house.operator.call(
            "invoicing.pa_connection.create",
            platform="PA d'essai",
            client_id="x",
            client_secret="y",
        )
    assert refused.value.code == "conflict"


async def test_what_is_handed_over_is_the_filed_file_and_is_handed_over_once(route: Route) -> None:
    handed = await route.sent()
    assert handed["status"] == "200"
    (sent,) = route.platform.sent
    assert sent["flowSyntax"] == "Factur-X"
    assert sent["content"].startswith(b"%PDF-")
    original = await route.call("invoicing.einvoice.download_original", id=handed["einvoice_id"])
    assert original["is_intact"]
    assert original["sha256"] == sent["sha256"]
    einvoice = await route.call("invoicing.einvoice.get", id=handed["einvoice_id"])
    with pytest.raises(Problem) as refused:
        await route.call("invoicing.einvoice.submit", invoice_id=einvoice["invoice_id"])
    assert refused.value.code == "conflict"
    assert len(route.platform.sent) == 1


async def test_a_draft_and_what_a_platform_would_reject_stay_here(route: Route) -> None:
    draft = await route.shop.draft(("1", "10.00", "20"))
    with pytest.raises(Problem) as refused:
        await route.call("invoicing.einvoice.submit", invoice_id=draft["id"])
    assert refused.value.code == "conflict"
    stranger = await route.shop.new_customer("SARL Sans SIREN", vat_number="FR96552100554")
    posted = await route.shop.posted(("1", "10.00", "20"), party_id=stranger["party_id"])
    with pytest.raises(Problem) as refused:
        await route.call("invoicing.einvoice.submit", invoice_id=posted["id"])
    assert "BR-FR-11" in str(refused.value.body()["message"])
    assert not route.platform.sent


async def test_a_platform_that_fails_leaves_it_prepared_and_the_same_file_goes_again(
    route: Route,
) -> None:
    route.platform.spoiled = {"/v1/flows": answer(503, b"tired")}
    handed = await route.sent()
    assert (handed["status"], handed["is_handed_over"]) == ("prepared", False)
    route.platform.spoiled = {"/v1/flows": answer(200, b'{"no": "flow"}')}
    again = await route.call("invoicing.einvoice.resubmit", id=handed["einvoice_id"])
    assert again["status"] == "prepared"
    route.platform.spoiled = {}
    last = await route.call("invoicing.einvoice.resubmit", id=handed["einvoice_id"])
    assert (last["status"], last["is_handed_over"]) == ("200", True)
    with pytest.raises(Problem) as refused:
        await route.call("invoicing.einvoice.resubmit", id=handed["einvoice_id"])
    assert refused.value.code == "conflict"


async def test_a_rejection_is_final_explained_and_names_the_way_on(route: Route) -> None:
    route.platform.refuses = (400, "REJ_UNI", "number used")
    handed = await route.sent()
    assert handed["status"] == "213"
    told = await route.call("invoicing.einvoice.explain_rejection", id=handed["einvoice_id"])
    assert told["is_final"]
    assert told["reason_code"] == "REJ_UNI"
    assert "invoicing.invoice.credit" in told["steps"][0]
    with pytest.raises(Problem) as refused:
        await route.call("invoicing.einvoice.resubmit", id=handed["einvoice_id"])
    assert "credit" in str(refused.value.body()["hint"])


async def test_the_directory_is_asked_for_both_ends(route: Route) -> None:
    posted = await route.shop.posted(("1", "10.00", "20"))
    assert (await route.call("invoicing.einvoice.check_routing", invoice_id=posted["id"]))[
        "is_routable"
    ]
    route.platform.reachable = {OTHER_SIREN}
    told = await route.call("invoicing.einvoice.check_routing", invoice_id=posted["id"])
    assert [one["is_known"] for one in told["ends"]] == [False, True]
    assert "establishment" in told["ends"][0]["fix"]


async def test_messages_are_applied_in_any_order_and_once(route: Route) -> None:
    handed = await route.sent()
    for code in ("203", "205", "204"):
        route.platform.put("CustomerInvoiceLC", route.message(handed, code))
    route.platform.put("CustomerInvoiceLC", route.message(handed, "205"))
    told = await route.call("invoicing.einvoice.poll_statuses")
    assert told["failed"] == []
    einvoice = await route.call("invoicing.einvoice.get", id=handed["einvoice_id"])
    assert einvoice["status"] == "205"
    history = [(one["code"], one.get("late", False)) for one in einvoice["status_history"]]
    assert history == [("200", False), ("203", False), ("205", False), ("204", True)]
    again = await route.call("invoicing.einvoice.poll_statuses")
    assert again["changed"] == []


async def test_a_message_that_cannot_be_applied_stays_in_sight_and_is_tried_again(
    route: Route,
) -> None:
    handed = await route.sent()
    bad = route.platform.put("CustomerInvoiceLC", b"<not-xml")
    hostile = (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'
    )
    route.platform.put("CustomerInvoiceLC", hostile)
    stray = {"number": "FA-1999-1", "einvoice_id": ""}
    route.platform.put("CustomerInvoiceLC", route.message(stray, "205"))
    route.platform.put("CustomerInvoiceLC", route.message(handed, "207", reason_code="PU_ERR"))
    told = await route.call("invoicing.einvoice.poll_statuses")
    assert len(told["failed"]) == 3
    assert [one["status"] for one in told["changed"]] == ["207"]
    board = await route.call("invoicing.report.einvoice_dashboard")
    assert board["totals"]["unapplied_messages"] == 3

    invoice_id = (await route.call("invoicing.einvoice.get", id=handed["einvoice_id"]))[
        "invoice_id"
    ]
    assert (await route.call("invoicing.invoice.get", id=invoice_id))["is_disputed"]

    route.platform.flows[bad].content = route.message(handed, "205")
    again = await route.call("invoicing.einvoice.poll_statuses")
    assert [one["status"] for one in again["changed"]] == ["205"]
    assert {one["attempts"] for one in again["failed"]} == {2}


async def test_nothing_follows_a_refusal(route: Route) -> None:
    handed = await route.sent()
    route.platform.put("CustomerInvoiceLC", route.message(handed, "210", reason_code="DOUBLON"))
    await route.call("invoicing.einvoice.poll_statuses")
    later = datetime(2026, 11, 22, tzinfo=UTC)
    route.platform.put("CustomerInvoiceLC", route.message(handed, "205", at=later), minutes=180)
    told = await route.call("invoicing.einvoice.poll_statuses")
    assert told["changed"] == []
    assert "cannot follow" in told["failed"][0]["error"]
    with pytest.raises(Problem):
        await route.call("invoicing.einvoice.resubmit", id=handed["einvoice_id"])


async def test_a_lost_answer_is_found_again_by_what_we_call_it(route: Route) -> None:
    route.platform.spoiled = {"/v1/flows": answer(503)}
    lost = await route.sent(("1", "10.00", "20"))
    assert lost["status"] == "prepared"
    info, content = parts(route.receiver.got[-1])
    route.platform.spoiled = {}
    flow = route.platform.put("CustomerInvoice", content, minutes=120)
    route.platform.flows[flow].tracking_id = info["trackingId"]
    route.platform.flows[flow].state = "Ok"
    told = await route.call("invoicing.einvoice.poll_statuses")
    assert [one["status"] for one in told["changed"]] == ["200"]
    found = await route.call("invoicing.einvoice.get", id=lost["einvoice_id"])
    assert found["flow_id"] == flow


async def test_collected_comes_of_a_posted_payment_alone_with_its_amounts_by_rate(
    route: Route,
) -> None:
    handed = await route.sent(("2", "850.00", "20"), ("1", "99.99", "5.5"))
    with pytest.raises(Problem) as refused:
        await route.call("invoicing.einvoice.send_status", id=handed["einvoice_id"], status="212")
    assert "report_collected" in str(refused.value.body()["hint"])
    einvoice = await route.call("invoicing.einvoice.get", id=handed["einvoice_id"])
    paid = await route.call(
        "invoicing.invoice.register_payment",
        invoice_id=einvoice["invoice_id"],
        amount={"amount": "1000.00"},
    )
    told = await route.call("invoicing.einvoice.report_collected", payment_id=paid["payment_id"])
    (one,) = told["invoices"]
    assert one["is_told"]
    amounts = {part["percent"]: Decimal(part["amount"]) for part in one["amounts"]}
    assert sum(amounts.values()) == Decimal("1000.00")
    # 2040.00 at 20 % and 105.49 at 5.5 % of 2145.49, shared by hand.
    assert amounts["20"] == Decimal("950.83")
    message = cdar.read(route.platform.sent[-1]["content"])
    assert (message.code, message.number) == ("212", handed["number"])
    assert [one.kind for one in message.parts] == ["MEN", "MEN"]

    again = await route.call("invoicing.einvoice.report_collected", payment_id=paid["payment_id"])
    assert not again["invoices"][0]["is_told"]
    draft = await route.call(
        "invoicing.payment.create",
        party_id=route.shop.customer["party_id"],
        amount={"amount": "5.00"},
    )
    with pytest.raises(Problem) as refused:
        await route.call("invoicing.einvoice.report_collected", payment_id=draft["id"])
    assert refused.value.code == "conflict"


async def test_a_suspended_invoice_is_completed_by_the_seller(route: Route) -> None:
    handed = await route.sent()
    route.platform.put("CustomerInvoiceLC", route.message(handed, "208", reason_code="JUSTIF_ABS"))
    await route.call("invoicing.einvoice.poll_statuses")
    told = await route.call(
        "invoicing.einvoice.send_status", id=handed["einvoice_id"], status="209"
    )
    assert told["status"] == "209"
    with pytest.raises(Problem) as refused:
        await route.call("invoicing.einvoice.send_status", id=handed["einvoice_id"], status="205")
    assert refused.value.code == "conflict"


def test_the_final_statuses_lead_nowhere() -> None:
    assert {one.code for one in STATUSES.rows if one.terminal} >= {"210", "213"}
    for code in STATUS:
        for final in ("210", "213"):
            assert not may_follow(code, final), (code, final)
    for one in STATUSES.rows:
        assert one.after, one.code


def test_a_message_is_read_as_it_was_written() -> None:
    told = Message(
        id="m-1",
        code="212",
        name="Encaissée",
        at=datetime(2026, 11, 21, 10, 30, tzinfo=UTC),
        number="FA-2026-00001",
        issued=date(2026, 11, 20),
        seller_siren=SIREN,
        buyer_siren=OTHER_SIREN,
        reason_code="AUTRE",
        note="<&> é",
        parts=(cdar.Part(amount=Decimal("12.50"), currency="EUR", percent=Decimal("5.5")),),
    )
    back = cdar.read(cdar.write(told))
    for name in (
        "id",
        "code",
        "at",
        "number",
        "issued",
        "seller_siren",
        "reason_code",
        "note",
        "parts",
    ):
        assert getattr(back, name) == getattr(told, name), name
