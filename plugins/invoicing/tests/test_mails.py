"""Mails: an invoice and its credit note reach the buyer by e-mail, as the very file that is kept."""

from email.message import EmailMessage
from hashlib import sha256

import pytest

from core.tests.outside.mailbox import Mailbox
from eyeot import Problem
from eyeot.runtime.mailing.postman import Postman
from eyeot_invoicing.einvoices.reading import read
from plugins.invoicing.tests.shop import Shop

MAIL = "compta@durand.example"


async def _delivered(shop: Shop, box: Mailbox) -> EmailMessage:
    """The one letter that was taken since."""
    while await Postman(shop.house.engine).work():
        pass
    (letter,) = box.got
    box.got.clear()
    return letter


def _file(letter: EmailMessage) -> bytes:
    (part,) = letter.iter_attachments()
    assert part.get_content_type() == "application/pdf"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def _said(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return " ".join(str(body.get_content()).split())


async def test_an_invoice_and_its_credit_note_leave_as_the_files_that_are_kept(
    shop: Shop, mailbox: Mailbox
) -> None:
    buyer = await shop.new_customer("SARL Durand", siren="443061841", emails=[MAIL])
    draft = await shop.draft(("2", "850.00", "20"), party_id=buyer["id"])
    with pytest.raises(Problem) as refused:
        await shop.call("invoicing.invoice.send_email", id=draft["id"])
    assert refused.value.code == "conflict"
    posted = await shop.call("invoicing.invoice.post", id=draft["id"])

    told = await shop.call(
        "invoicing.invoice.send_email", id=posted["id"], message="À <bientôt> & merci"
    )
    assert (told["number"], told["to"]) == (posted["number"], MAIL)
    assert not mailbox.got
    letter = await _delivered(shop, mailbox)
    assert (MAIL in letter["To"], posted["number"] in letter["Subject"]) == (True, True)
    assert "À <bientôt> & merci" in _said(letter)
    assert "2 040,00" in _said(letter)
    kept = await shop.call("invoicing.invoice.generate_facturx", id=posted["id"])
    assert sha256(_file(letter)).hexdigest() == kept["sha256"]
    assert f"{read(_file(letter)).bill.sums.gross:f}" == "2040.00"
    assert (await shop.call("invoicing.invoice.get", id=posted["id"]))["sent_at"]

    credit = await shop.call("invoicing.invoice.credit", invoice_id=posted["id"])
    with pytest.raises(Problem) as refused:
        await shop.call("invoicing.credit_note.send", id=credit["id"], channel="email")
    assert refused.value.code == "conflict"
    note = await shop.call("invoicing.credit_note.post", id=credit["id"])
    sent = await shop.call("invoicing.credit_note.send", id=note["id"], channel="email")
    assert (sent["channel"], sent["to"], sent["is_handed_over"]) == ("email", MAIL, True)
    letter = await _delivered(shop, mailbox)
    bill = read(_file(letter)).bill
    assert (bill.type_code, bill.number) == ("381", note["number"])
    assert note["number"] in letter["Subject"]


async def test_who_has_no_address_gets_no_mail_and_a_copy_for_people_goes_where_it_is_told(
    shop: Shop, mailbox: Mailbox
) -> None:
    posted = await shop.posted(("1", "10.00", "20"))
    with pytest.raises(Problem) as refused:
        await shop.call("invoicing.invoice.send_email", id=posted["id"])
    assert (refused.value.code, refused.value.body()["field"]) == ("conflict", "to")
    told = await shop.call("invoicing.invoice.get", id=posted["id"])
    assert "sent_at" not in told

    told = await shop.call(
        "invoicing.invoice.send_email", id=posted["id"], to=MAIL, readable_only=True
    )
    assert told["to"] == MAIL
    letter = await _delivered(shop, mailbox)
    kept = await shop.call("invoicing.invoice.generate_pdf", id=posted["id"])
    assert sha256(_file(letter)).hexdigest() == kept["sha256"]
    again = await shop.call("invoicing.invoice.send", id=posted["id"], channel="email", to=MAIL)
    assert again["channel"] == "email"
    letter = await _delivered(shop, mailbox)
    assert read(_file(letter)).bill.number == posted["number"]
