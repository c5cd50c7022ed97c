"""Papers: what people read of invoices, credit notes and letters: everything they need, and nothing false."""

import asyncio
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest

from eyeot.platform.jobs import occurrence
from eyeot.runtime.relay import Relay
from eyeot.runtime.worker import Worker
from eyeot_invoicing.einvoices.reading import read as read_bill
from plugins.invoicing.tests.shop import Shop

IBAN = "FR1420041010050500013M02606"


def read(pdf: bytes) -> str:
    """The words of a PDF, on one line."""
    paper = pypdfium2.PdfDocument(pdf)
    told = " ".join(page.get_textpage().get_text_bounded() for page in paper)
    return " ".join(told.replace("\u202f", " ").split())


async def paper(shop: Shop, id: str, **more: Any) -> str:
    """What the PDF of an invoice says."""
    made = await shop.call("invoicing.invoice.generate_pdf", id=id, **more)
    return read(await shop.content(made["sha256"]))


async def identified(shop: Shop, **told: Any) -> None:
    """Have the house say of itself what is told."""
    own = (await shop.house.operator.call("core.organization.list")).result["items"][0]["id"]
    await shop.house.operator.call("core.organization.update", id=own, **told)


async def work(shop: Shop) -> None:
    """Let the relay and a worker do what is due."""
    engine = shop.house.engine
    while await Relay(engine).deliver() + await Worker(engine, occurrence).drain():
        pass


async def with_account(shop: Shop) -> None:
    """Give the house an account to be paid to."""
    await shop.call(
        "invoicing.bank_account.create", name="Compte courant", iban=IBAN, bic="PSSTFRPPXXX"
    )


async def rate_of(shop: Shop, code: str) -> str:
    found = await shop.call("sales.tax_rate.list", code=code)
    return str(found["items"][0]["id"])


async def test_an_english_invoice_says_in_english_why_it_bears_no_vat(shop: Shop) -> None:
    london = {"line1": "10 Downing Street", "postcode": "SW1A 2AA", "city": "London"}
    buyer = await shop.new_customer(
        "Harbour Ltd", language="en", addresses=[{**london, "country": "GB"}]
    )
    row = {
        "description": "Oven",
        "unit_price": {"amount": "1000.00"},
        "nature": "goods",
        "tax_rate_id": await rate_of(shop, "EXPORT"),
    }
    draft = await shop.call(
        "invoicing.invoice.create",
        party_id=buyer["id"],
        lines=[row],
        language="en",
        discount_percent="12.5",
    )
    english, french = [await paper(shop, draft["id"], language=one) for one in ("en", "fr")]
    assert "VAT exempt export, art. 262, I of the French tax code (CGI)" in english
    assert "Exonération" not in english
    assert "Overall discount 12.5%" in english
    assert "Exonération de TVA, art. 262, I du CGI" in french
    assert "Remise globale 12,5 %" in french
    told = await shop.call("invoicing.legal_text.resolve", invoice_id=draft["id"], language="en")
    (said,) = [one for one in told["mentions"] if one["code"] == "vat_EXPORT"]
    assert said["text"] in english
    assert said["id"]


async def test_what_is_printed_is_what_resolve_tells_and_the_forty_euros_are_dated(
    shop: Shop,
) -> None:
    posted = await shop.posted(("1", "100.00", "20"))
    for language in ("fr", "en"):
        told = await shop.call(
            "invoicing.legal_text.resolve", invoice_id=posted["id"], language=language
        )
        said = await paper(shop, posted["id"], language=language)
        texts = {one["code"]: one["text"] for one in told["mentions"]}
        assert {"late_penalty", "recovery_indemnity", "no_early_discount"} <= texts.keys()
        for one in texts.values():
            assert " ".join(one.split()) in said or "Nature" in one, one
    made = await shop.call("invoicing.invoice.validate_xml", invoice_id=posted["id"])
    assert not {one["rule"] for one in made["broken"]} & {"BR-FR-05"}


async def test_a_credit_note_speaks_of_no_late_payment_and_takes_the_same_head(shop: Shop) -> None:
    await identified(shop, trade_name="Les Marans")
    await with_account(shop)
    posted = await shop.posted(("1", "100.00", "20"))
    draft = await shop.call("invoicing.invoice.credit", invoice_id=posted["id"])
    note = await shop.call("invoicing.credit_note.post", id=draft["id"])
    await work(shop)
    (kept,) = (await shop.call("invoicing.credit_note.list_documents", id=note["id"]))["items"]
    said = read(await shop.content(kept["sha256"]))
    assert note["number"] in said
    for one in ("énalités de retard", "ndemnité forfaitaire", "scompte", "Règlement"):
        assert one not in said, one
    invoice = await paper(shop, posted["id"])
    assert "énalités de retard" in invoice
    # Who trades under a name heads every paper with it; who it is in law stands at the foot.
    quote = await shop.call(
        "sales.quote.create",
        party_id=shop.customer["id"],
        lines=[{"description": "Four", "unit_price": {"amount": "10.00"}}],
    )
    await shop.call("sales.quote.send", id=quote["id"], channel="print")
    (file,) = (await shop.call("sales.quote.list_documents", id=quote["id"]))["items"]
    for one in (said, invoice, read(await shop.content(file["sha256"]))):
        assert "Les Marans" in one
        assert "SARL au capital de 10" in one
        assert "20 % S" not in one


async def test_papers_follow_what_is_posted_and_are_made_once(shop: Shop) -> None:
    posted = await shop.posted(("2", "850.00", "20"))
    assert not (await shop.call("invoicing.invoice.list_documents", id=posted["id"]))["items"]
    await work(shop)
    (kept,) = (await shop.call("invoicing.invoice.list_documents", id=posted["id"]))["items"]
    assert (kept["status"], kept["mime"]) == ("locked", "application/pdf")
    bill = read_bill(await shop.content(kept["sha256"])).bill
    assert (bill.number, f"{bill.sums.gross:f}") == (posted["number"], "2040.00")
    # Told again, or asked for by several at once, it is that one.
    asked = [shop.call("invoicing.invoice.generate_facturx", id=posted["id"]) for _ in range(3)]
    assert {one["document_id"] for one in await asyncio.gather(*asked)} == {kept["id"]}
    again = await shop.posted(("1", "10.00", "20"))
    asked = [shop.call("invoicing.invoice.generate_pdf", id=again["id"]) for _ in range(4)]
    assert len({one["document_id"] for one in await asyncio.gather(*asked)}) == 1


async def test_of_what_was_posted_long_ago_papers_are_made_when_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = await shop.posted(("1", "10.00", "20"))
    engine = shop.house.engine
    clock = engine.clock
    monkeypatch.setattr(engine, "clock", lambda: clock() + timedelta(days=2))
    await work(shop)
    assert not (await shop.call("invoicing.invoice.list_documents", id=posted["id"]))["items"]
    assert posted["number"] in await paper(shop, posted["id"])


async def test_a_reminder_says_where_to_pay_and_what_to_quote(shop: Shop) -> None:
    await with_account(shop)
    today = shop.call.engine.clock().date()
    due = (today - timedelta(days=40)).isoformat()
    posted = await shop.posted(
        ("1", "100.00", "20"), due_date=due, issue_date=(today - timedelta(days=70)).isoformat()
    )
    ran = await shop.call("invoicing.dunning_letter.run", party_ids=[shop.customer["party_id"]])
    (letter,) = ran["letters"]
    # Nothing was mailed, so somebody has the task of posting what was printed.
    assert (letter["channel"], letter["status"]) == ("post", "printed")
    document = await shop.call("core.document.get", id=letter["document_id"])
    said = read(await shop.content(document["sha256"]))
    assert "FR14 2004 1010 0505 0001 3M02 606" in said
    assert "PSSTFRPPXXX" in said
    assert said.count(posted["number"]) >= 2


async def test_whatever_makes_a_paper_answers_its_document(shop: Shop) -> None:
    line = {"description": "Four", "unit_price": {"amount": "10.00"}}
    quote = await shop.call("sales.quote.create", party_id=shop.customer["id"], lines=[line])
    sent = await shop.call("sales.quote.send", id=quote["id"], channel="print")
    order = await shop.call(
        "sales.sales_order.create",
        party_id=shop.customer["id"],
        lines=[line],
        deposit_percent="30",
        customer_reference="BC-77",
    )
    await shop.call("sales.sales_order.confirm", id=order["id"])
    confirmed = await shop.call("sales.sales_order.send_confirmation", id=order["id"])
    posted = await shop.posted(("1", "100.00", "20"))
    fec = await shop.call("invoicing.fec_export.generate")
    for one in (sent, confirmed, fec):
        document = await shop.call("core.document.get", id=one["document_id"])
        assert document["size"] > 0
    document = await shop.call("core.document.get", id=confirmed["document_id"])
    said = read(await shop.content(document["sha256"]))
    assert "Acompte à la commande 30 %" in said
    assert "BC-77" in said
    assert (sent["status"], sent["mailed_to"]) == ("sent", [])

    draft = await shop.call("invoicing.invoice.credit", invoice_id=posted["id"])
    loose = await shop.call("invoicing.invoice.generate_pdf", credit_note_id=draft["id"])
    note = await shop.call("invoicing.credit_note.post", id=draft["id"])
    kept = await shop.call("invoicing.invoice.generate_pdf", credit_note_id=note["id"])
    assert (loose["status"], kept["status"]) == ("filed", "locked")
    assert note["number"] in read(await shop.content(kept["sha256"]))
    both = {"id": posted["id"], "credit_note_id": note["id"]}
    for wrong in ({}, both):
        refused = await shop.call.refused("invoicing.invoice.generate_pdf", **wrong)
        assert refused["code"] == "invalid"


@pytest.mark.parametrize(
    ("form", "lacking"),
    [
        ("Association", set()),
        ("association loi 1901", set()),
        ("Mutuelle", set()),
        ("Établissement public administratif", set()),
        ("Micro-entreprise", set()),
        ("G.I.E.", {"seller.rcs"}),
        ("S.A.R.L.", {"seller.capital", "seller.rcs"}),
        ("SAS", {"seller.capital", "seller.rcs"}),
        ("Société en participation", set()),
        ("Sociedad anónima", {"seller.capital", "seller.rcs"}),
    ],
)
async def test_who_has_no_capital_and_no_register_is_not_asked_for_them(
    shop: Shop, form: str, lacking: set[str]
) -> None:
    await identified(shop, legal_form=form, share_capital=None, rcs_city=None)
    draft = await shop.draft(("1", "10.00", "20"))
    told = await shop.call("invoicing.invoice.check_mandatory_mentions", id=draft["id"])
    assert {one["code"] for one in told["gaps"]} == lacking
