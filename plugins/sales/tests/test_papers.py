"""Papers: what customers get says what the record says, in their language, and is kept as it went out."""

from email.message import EmailMessage
from typing import Any

import pypdfium2
import pytest

from core.tests.outside.mailbox import Mailbox
from eyeot.runtime.mailing.postman import Postman
from plugins.sales.tests.trading import ADDRESS, Shop, euros


def _read(pdf: bytes) -> tuple[int, str]:
    """Pages and words of a PDF."""
    paper = pypdfium2.PdfDocument(pdf)
    told = " ".join(page.get_textpage().get_text_bounded() for page in paper)
    return len(paper), " ".join(told.split())


async def _delivered(shop: Shop, box: Mailbox) -> EmailMessage:
    while await Postman(shop.house.engine).work():
        pass
    (message,) = box.got
    box.got.clear()
    return message


def _pdf(message: Any) -> bytes:
    (file,) = message.iter_attachments()
    assert file.get_content_type() == "application/pdf"
    content: bytes = file.get_content()
    return content


async def _foreigner(shop: Shop, language: str) -> str:
    made = await shop.call(
        "crm.customer.create",
        name="Harbour Hotel",
        language=language,
        emails=["desk@harbour.example"],
        addresses=[ADDRESS],
    )
    return str(made["id"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("Devis", "Désignation", "Bon pour accord", "Total TTC", "Valable jusqu")),
        ("en", ("Quote", "Description", "Total with VAT", "Valid until")),
    ],
)
async def test_a_quote_goes_out_in_the_customers_language_with_its_file(
    shop: Shop, mailbox: Mailbox, language: str, words: tuple[str, ...]
) -> None:
    quote = await shop.sent(
        {"kind": "section", "description": "#eval(sys.inputs) *Matériel*"},
        {"product_id": "oven", "quantity": "2", "discount": "5"},
        {"product_id": "flour", "quantity": "3"},
        {"product_id": "hour", "optional": True},
        party_id=await _foreigner(shop, language),
        subject="Cuisine",
        deposit_percent="30",
    )
    await shop.call("sales.quote.cancel", id=quote["id"], reason="Encore")
    again = await shop.call("sales.quote.duplicate", id=quote["id"])
    await shop.call("sales.quote.send", id=again["id"], channel="mail")
    message = await _delivered(shop, mailbox)
    pages, told = _read(_pdf(message))
    assert (message["To"], again["number"] in message["Subject"]) == (
        "Harbour Hotel <desk@harbour.example>",
        True,
    )
    assert pages == 1
    for one in (*words, again["number"], "#eval(sys.inputs) *Matériel*", "Cuisine", "Harbour"):
        assert one in told, one
    gross = again["total_gross"]["amount"]
    assert gross[-2:] in told
    (kept,) = (await shop.call("sales.quote.list_documents", id=again["id"]))["items"]
    assert kept["filename"] == f"{again['number']}.pdf"


async def test_an_orders_confirmation_shows_it_as_it_was_amended(
    shop: Shop, mailbox: Mailbox
) -> None:
    order = await shop.ordered(party_id=await _foreigner(shop, "fr"), customer_reference="BC-77")
    await shop.call(
        "sales.sales_order.amend",
        id=order["id"],
        reason="Moins",
        change=[{"line_id": order["lines"][0]["id"], "quantity": "7"}],
    )
    await shop.call("sales.sales_order.send_confirmation", id=order["id"], channel="mail")
    pages, told = _read(_pdf(await _delivered(shop, mailbox)))
    assert pages == 1
    assert "BC-77" in told
    assert "8 400,00" in told.replace("\u202f", " ").replace("\xa0", " ")


async def test_a_reminder_goes_out_once_a_day_while_the_quote_is_open(
    shop: Shop, mailbox: Mailbox
) -> None:
    quote = await shop.sent(party_id=await _foreigner(shop, "fr"))
    done = await shop.call("sales.quote.follow_up", id=quote["id"])
    assert done["reminded_at"]
    message: Any = await _delivered(shop, mailbox)
    assert "1\u202f200,00" in message.get_body(("plain",)).get_content()
    twice = await shop.call.refused("sales.quote.follow_up", id=quote["id"])
    assert twice["code"] == "conflict"
    draft = await shop.quote()
    early = await shop.call.refused("sales.quote.follow_up", id=draft["id"])
    assert early["code"] == "state_refused"


async def test_who_has_no_address_is_not_written_to(shop: Shop, mailbox: Mailbox) -> None:
    quote = await shop.quote({"product_id": "oven", "unit_price": euros("900.00")})
    refusal = await shop.call.refused("sales.quote.send", id=quote["id"], channel="mail")
    assert refusal["code"] == "conflict"
    assert (await shop.get("quote", quote["id"]))["status"] == "draft"
    assert mailbox.got == []


async def test_without_a_mail_server_nothing_counts_as_mailed(shop: Shop) -> None:
    quote = await shop.quote(party_id=await _foreigner(shop, "fr"))
    refusal = await shop.call.refused("sales.quote.send", id=quote["id"], channel="mail")
    assert refusal["code"] == "provider_not_configured"
    assert (await shop.get("quote", quote["id"]))["status"] == "draft"
