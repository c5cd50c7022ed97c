"""Documents: invoices as files, made once, sound, and the same for ever."""

import pytest

from eyeot import Problem
from eyeot_invoicing.einvoices.reading import read
from plugins.invoicing.tests.shop import Shop


@pytest.mark.parametrize("verb", ["generate_facturx", "generate_cii", "generate_ubl"])
async def test_an_invoice_is_made_into_a_file_once(shop: Shop, verb: str) -> None:
    posted = await shop.posted(("2", "850.00", "20"), ("1", "99.99", "5.5"))
    made = await shop.call(f"invoicing.invoice.{verb}", id=posted["id"])
    again = await shop.call(f"invoicing.invoice.{verb}", id=posted["id"])
    assert again["document_id"] == made["document_id"]
    assert made["status"] == "locked"
    assert made["retention_until"] == "2036-12-31"

    bill = read(await shop.content(made["sha256"])).bill
    assert bill.number == posted["number"]
    assert f"{bill.sums.gross:f}" == "2145.49"
    assert [f"{one.tax:f}" for one in bill.taxes] == ["5.50", "340.00"]
    assert bill.seller.siren == "732829320"
    assert {one.subject for one in bill.notes} >= {"PMT", "PMD", "AAB", "BAR"}


async def test_a_draft_is_no_e_invoice(shop: Shop) -> None:
    draft = await shop.draft(("1", "10.00", "20"))
    for verb in ("generate_facturx", "generate_cii", "generate_ubl"):
        with pytest.raises(Problem) as refused:
            await shop.call(f"invoicing.invoice.{verb}", id=draft["id"])
        assert refused.value.code == "conflict"


async def test_the_readable_invoice_is_the_same_bytes_again_and_a_drafts_is_not_locked(
    shop: Shop,
) -> None:
    draft = await shop.draft(("1", "10.00", "20"))
    loose = await shop.call("invoicing.invoice.generate_pdf", id=draft["id"])
    assert loose["status"] == "filed"
    await shop.call("invoicing.invoice.post", id=draft["id"])
    french = await shop.call("invoicing.invoice.generate_pdf", id=draft["id"])
    english = await shop.call("invoicing.invoice.generate_pdf", id=draft["id"], language="en")
    assert french["status"] == "locked"
    assert french["document_id"] != english["document_id"]
    again = await shop.call("invoicing.invoice.generate_pdf", id=draft["id"], language="fr")
    assert again["sha256"] == french["sha256"]
    assert (await shop.content(french["sha256"])).startswith(b"%PDF-1.7")


async def test_validation_tells_what_a_platform_would_reject(shop: Shop) -> None:
    stranger = await shop.new_customer("SARL Sans SIREN", vat_number="FR96552100554")
    posted = await shop.posted(("1", "10.00", "20"), party_id=stranger["party_id"])
    told = await shop.call("invoicing.invoice.validate_xml", invoice_id=posted["id"])
    assert told["schema_errors"] == []
    assert {one["rule"] for one in told["broken"]} >= {"BR-FR-11", "BR-FR-12"}
    made = await shop.call("invoicing.invoice.generate_cii", id=posted["id"])
    file = await shop.call("invoicing.invoice.validate_xml", document_id=made["document_id"])
    assert {one["rule"] for one in file["broken"]} == {one["rule"] for one in told["broken"]}
