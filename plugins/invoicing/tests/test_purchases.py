"""Purchases: suppliers' invoices from the file that came to the entry, the VAT and the payment."""

import base64
import io
import zipfile
from dataclasses import replace as changed
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from eyeot import Problem
from eyeot_invoicing.demo.incoming import _MILL, _NOTES
from eyeot_invoicing.einvoices.model import Bill, Line, Paying, Sums, Tax, Trader
from eyeot_invoicing.einvoices.writing import write
from plugins.invoicing.tests.routed import Route
from plugins.invoicing.tests.shop import SIREN, Shop


def bill(number: str = "S-1", *, process: str = "S1", **more: Any) -> Bill:
    """A supplier's invoice of services at 20 %."""
    net, tax = Decimal("1000.00"), Decimal("200.00")
    line = Line(
        id="1",
        name="Expertise",
        quantity=Decimal(1),
        price=net,
        net=net,
        category="S",
        percent=Decimal(20),
    )
    given: dict[str, Any] = {
        "number": number,
        "type_code": "380",
        "issued": date(2026, 11, 2),
        "due": date(2026, 12, 2),
        "currency": "EUR",
        "process": process,
        "seller": _MILL,
        "buyer": Trader(name="Maison", siren=SIREN, address=SIREN),
        "sums": Sums(
            lines=net,
            allowances=Decimal(0),
            net=net,
            tax=tax,
            gross=net + tax,
            prepaid=Decimal(0),
            due=net + tax,
        ),
        "lines": (line,),
        "taxes": (Tax(category="S", percent=Decimal(20), base=net, tax=tax),),
        "notes": _NOTES,
        "paying": Paying(iban="FR7630006000011234567890189"),
        **more,
    }
    return Bill(**given)


async def entered(shop: Shop, content: bytes, name: str = "f.xml") -> dict[str, Any]:
    """A file, entered."""
    document = await shop.call(
        "core.document.create",
        filename=name,
        kind="invoice",
        content=base64.b64encode(content).decode(),
    )
    return await shop.call(
        "invoicing.supplier_invoice.create_from_document", document_id=document["id"]
    )


async def account(shop: Shop, entry_id: str) -> dict[str, Decimal]:
    """An entry's balance by account code."""
    entry = await shop.call("invoicing.journal_entry.get", id=entry_id)
    found: dict[str, Decimal] = {}
    for line in entry["lines"]:
        row = await shop.call("invoicing.ledger_account.get", id=line["account_id"])
        found[row["code"]] = found.get(row["code"], Decimal(0)) + (
            Decimal(line["debit"]) - Decimal(line["credit"])
        )
    return found


@pytest.mark.parametrize("syntax", ["cii", "ubl", "zip"])
async def test_an_e_invoice_is_entered_booked_and_paid(shop: Shop, syntax: Any) -> None:
    content = write(bill(), "ubl" if syntax == "ubl" else "cii")
    if syntax == "zip":
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w") as archive:
            archive.writestr("facture.xml", content)
        content = box.getvalue()
    made = await entered(shop, content)
    assert made["status"] == "to_review"
    assert made["total_gross"]["amount"] == "1200.00"
    await shop.call("invoicing.supplier_invoice.approve", id=made["id"])
    posted = await shop.call("invoicing.supplier_invoice.post", id=made["id"])
    assert posted["internal_number"].startswith("FF-")
    # Services without the option for debits: the VAT waits for the payment.
    assert await account(shop, posted["entry_id"]) == {
        "611000": Decimal("1000.00"),
        "445860": Decimal("200.00"),
        "401000": Decimal("-1200.00"),
    }
    paid = await shop.call(
        "invoicing.payment.create",
        direction="out",
        party_id=posted["party_id"],
        amount={"amount": "500.00"},
        reference=posted["number"],
    )
    await shop.call("invoicing.payment.post", id=paid["id"])
    after = await shop.call("invoicing.supplier_invoice.get", id=made["id"])
    assert (after["status"], after["amount_due"]["amount"]) == ("partially_paid", "700.00")
    assert after["pending_vat"][0]["released_tax"] == "83.33"
    aged = await shop.call("invoicing.report.aged_payables")
    assert aged["totals"]["total"] == "700.00"
    rest = await shop.call(
        "invoicing.payment.create",
        direction="out",
        party_id=posted["party_id"],
        amount={"amount": "700.00"},
    )
    await shop.call("invoicing.payment.post", id=rest["id"])
    last = await shop.call("invoicing.supplier_invoice.get", id=made["id"])
    assert (last["status"], last["pending_vat"][0]["released_tax"]) == ("paid", "200.00")


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd"><a/>',
        b"<a>" * 200 + b"</a>" * 200,
        b"<Invoice/>",
        b"%PDF-1.7 no more",
        b"PK\x03\x04 no more",
        b"\x00\x01\x02",
    ],
    ids=["entities", "dtd", "deep", "no invoice", "broken pdf", "broken zip", "bytes"],
)
async def test_what_is_hostile_or_broken_is_refused_and_nothing_is_kept(
    shop: Shop, content: bytes
) -> None:
    with pytest.raises(Problem) as refused:
        await entered(shop, content)
    assert refused.value.code == "invalid"
    assert (await shop.call("invoicing.supplier_invoice.count"))["count"] == 0


async def test_a_zip_that_unpacks_to_too_much_is_refused(shop: Shop) -> None:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("facture.xml", b" " * 40_000_000)
    with pytest.raises(Problem) as refused:
        await entered(shop, box.getvalue())
    assert refused.value.code == "invalid"


async def test_a_repetition_is_seen_and_not_approved(shop: Shop) -> None:
    first = await entered(shop, write(bill(), "cii"))
    second = await entered(shop, write(bill(), "ubl"))
    assert second["duplicate_of"] == first["id"]
    twins = await shop.call("invoicing.supplier_invoice.detect_duplicates", id=second["id"])
    assert twins["duplicates"][0]["id"] == first["id"]
    assert Decimal(twins["duplicates"][0]["score"]) == 1
    with pytest.raises(Problem):
        await shop.call("invoicing.supplier_invoice.approve", id=second["id"])
    refused = await shop.call(
        "invoicing.supplier_invoice.refuse", id=second["id"], reason_code="DOUBLON"
    )
    assert refused["status"] == "refused"
    with pytest.raises(Problem):
        await shop.call("invoicing.supplier_invoice.acknowledge", id=second["id"])


async def test_sums_that_lie_and_a_new_account_are_told(shop: Shop) -> None:
    wrong = changed(
        bill(),
        taxes=(Tax(category="S", percent=Decimal(20), base=Decimal(1000), tax=Decimal("150.00")),),
    )
    sums = changed(
        wrong.sums, tax=Decimal("150.00"), gross=Decimal("1150.00"), due=Decimal("1150.00")
    )
    made = await entered(shop, write(changed(wrong, sums=sums), "cii"))
    told = await shop.call("invoicing.supplier_invoice.detect_anomalies", id=made["id"])
    codes = {one["code"] for one in told["anomalies"]}
    assert codes >= {"vat_mismatch", "unknown_supplier", "new_iban"}


async def test_coding_follows_what_was_booked_before(shop: Shop) -> None:
    first = await entered(shop, write(bill("S-1"), "cii"))
    invoice = await shop.call("invoicing.supplier_invoice.get", id=first["id"])
    guess = await shop.call("invoicing.supplier_invoice.suggest_coding", id=first["id"])
    assert Decimal(guess["lines"][0]["confidence"]) < Decimal("0.5")
    honoraires = await shop.call("invoicing.ledger_account.list", code="622000")
    await shop.call(
        "invoicing.supplier_invoice_line.update",
        id=invoice["lines"][0]["id"],
        account_id=honoraires["items"][0]["id"],
    )
    await shop.call("invoicing.supplier_invoice.approve", id=first["id"])
    second = await entered(shop, write(bill("S-2"), "cii"))
    told = await shop.call("invoicing.supplier_invoice.suggest_coding", id=second["id"])
    assert told["lines"][0]["account"].startswith("622000")
    assert told["lines"][0]["is_set"]


async def by_hand(shop: Shop, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An invoice entered by hand, approved and booked."""
    party = await shop.call(
        "crm.party.create", name=f"Fournisseur {more.get('number', 'H-1')}", vat_number=None
    )
    given = {"number": "H-1", "invoice_date": "2026-11-02", **more}
    made = await shop.call(
        "invoicing.supplier_invoice.create", party_id=party["id"], lines=list(lines), **given
    )
    await shop.call("invoicing.supplier_invoice.approve", id=made["id"])
    return await shop.call("invoicing.supplier_invoice.post", id=made["id"])


async def test_goods_assets_and_the_option_for_debits_are_deducted_at_once(shop: Shop) -> None:
    posted = await by_hand(
        shop,
        {
            "description": "Farine",
            "net": {"amount": "100.00"},
            "tax_percent": "5.5",
            "nature": "goods",
        },
        {"description": "Pétrin", "net": {"amount": "1000.00"}, "nature": "asset"},
    )
    found = await account(shop, posted["entry_id"])
    assert (found["445660"], found["445620"]) == (Decimal("5.50"), Decimal("200.00"))
    assert found["401000"] == Decimal("-1305.50")
    debits = await by_hand(
        shop,
        {"description": "Conseil", "net": {"amount": "10.00"}},
        number="H-2",
        vat_on_debits=True,
    )
    assert (await account(shop, debits["entry_id"]))["445660"] == Decimal("2.00")


async def test_reverse_charge_is_due_and_deducted_at_once_and_once(shop: Shop) -> None:
    line = {
        "description": "Sous-traitance",
        "net": {"amount": "333.33"},
        "tax_category": "AE",
        "tax_percent": "0",
        "exemption_code": "VATEX-EU-AE",
    }
    posted = await by_hand(shop, line)
    told = await shop.call("invoicing.supplier_invoice.reverse_charge", id=posted["id"])
    assert told["is_self_assessed"]
    entries = await shop.call("invoicing.journal_entry.list", limit=100)
    own = [one for one in entries["items"] if one["label"].startswith("Autoliquidation")]
    assert await account(shop, own[0]["id"]) == {
        "445662": Decimal("66.67"),
        "445200": Decimal("-66.67"),
    }
    with pytest.raises(Problem) as refused:
        await shop.call("invoicing.supplier_invoice.reverse_charge", id=posted["id"])
    assert refused.value.code == "conflict"


async def test_a_cost_is_spread_over_its_months_to_the_cent(shop: Shop) -> None:
    posted = await by_hand(
        shop, {"description": "Assurance", "net": {"amount": "1000.00"}}, invoice_date="2026-09-10"
    )
    with pytest.raises(Problem):
        await shop.call(
            "invoicing.supplier_invoice.defer_expense",
            id=posted["id"],
            start="2026-09-01",
            end="2026-08-01",
        )
    told = await shop.call(
        "invoicing.supplier_invoice.defer_expense",
        id=posted["id"],
        start="2026-09-01",
        end="2027-02-28",
    )
    amounts = [Decimal(one["amount"]) for one in told["months"]]
    assert len(amounts) == 6
    assert sum(amounts) == Decimal("1000.00")
    # 30 days of 181.
    assert amounts[0] == Decimal("165.75")
    assert Decimal(told["deferred"]) == Decimal("834.25")
    out = await account(shop, told["entry_id"])
    assert out["486000"] == Decimal("834.25")


async def test_invoices_come_by_the_platform_and_are_answered_by_it(route: Route) -> None:
    shop, platform = route.shop, route.platform
    platform.put("SupplierInvoice", write(bill("P-1"), "ubl"))
    platform.put("SupplierInvoice", b"<broken")
    told = await shop.call("invoicing.supplier_invoice.receive_from_platform")
    (one,) = told["invoices"]
    assert len(told["failed"]) == 1
    original = await shop.call("invoicing.einvoice.download_original", id=one["einvoice_id"])
    assert original["is_intact"]
    assert base64.b64decode(original["content"]) == write(bill("P-1"), "ubl")
    again = await shop.call("invoicing.supplier_invoice.receive_from_platform")
    assert again["invoices"] == []
    assert again["failed"][0]["attempts"] == 2

    taken = await shop.call("invoicing.supplier_invoice.acknowledge", id=one["id"])
    assert taken["status"] == "to_review"
    with pytest.raises(Problem) as refused:
        await shop.call("invoicing.supplier_invoice.suspend", id=one["id"], reason_code="PU_ERR")
    assert refused.value.code == "invalid"
    held = await shop.call(
        "invoicing.supplier_invoice.suspend", id=one["id"], reason_code="JUSTIF_ABS"
    )
    assert held["status"] == "suspended"
    part = {"amount": {"amount": "600.00"}, "reason_code": "QTE_ERR"}
    with pytest.raises(Problem):
        await shop.call(
            "invoicing.supplier_invoice.approve_partially",
            id=one["id"],
            **{**part, "amount": {"amount": "1200.00"}},
        )
    approved = await shop.call("invoicing.supplier_invoice.approve_partially", id=one["id"], **part)
    assert approved["approved_amount"]["amount"] == "600.00"
    codes = [item["content"].partition(b"ProcessConditionCode>")[2][:3] for item in platform.sent]
    assert codes == [b"204", b"208", b"206"]
    einvoice = await shop.call("invoicing.einvoice.get", id=one["einvoice_id"])
    assert einvoice["status"] == "206"


async def test_an_invoice_without_a_way_back_cannot_be_answered(route: Route) -> None:
    mute = changed(bill("P-2"), seller=changed(_MILL, address=None))
    route.platform.put("SupplierInvoice", write(mute, "ubl"))
    told = await route.call("invoicing.supplier_invoice.receive_from_platform")
    with pytest.raises(Problem) as refused:
        await route.call(
            "invoicing.supplier_invoice.dispute", id=told["invoices"][0]["id"], reason_code="PU_ERR"
        )
    assert "address" in str(refused.value.body()["message"])
