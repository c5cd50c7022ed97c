"""Receipts: whoever paid is asked with what is known of the payment, once a day, of money that went out."""

from email.message import EmailMessage

from core.tests.outside.mailbox import Mailbox
from eyeot.runtime.mailing.postman import Postman
from plugins.invoicing.tests.banking import Bank, Line


async def test_who_paid_is_asked_once_a_day_with_what_is_known(
    bank: Bank, mailbox: Mailbox
) -> None:
    shop = bank.shop
    user_id = await shop.house.person("lea", "sales")
    came, went, done = await bank.movements(
        Line("300.00", "Virement"),
        Line("-84.50", "CARTE 4510 FOURNITURES", name="PAPETERIE DU PORT"),
        Line("-1.00", "FRAIS"),
    )
    refused = await shop.call.refused(
        "invoicing.bank_transaction.request_receipt", transaction_id=came["id"], user_id=user_id
    )
    assert (refused["code"], refused["field"]) == ("conflict", "transaction_id")
    await shop.call("invoicing.bank_transaction.ignore", id=done["id"], reason="frais")
    refused = await shop.call.refused(
        "invoicing.bank_transaction.request_receipt", transaction_id=done["id"], user_id=user_id
    )
    assert "unmatch" in refused["hint"]
    while await Postman(shop.house.engine).work():
        pass
    mailbox.got.clear()
    told = await shop.call(
        "invoicing.bank_transaction.request_receipt",
        transaction_id=went["id"],
        user_id=user_id,
        message="C'était pour le stand ?",
    )
    assert told["to"].startswith("lea@")
    while await Postman(shop.house.engine).work():
        pass
    (letter,) = mailbox.got
    body = letter.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    said = " ".join(str(body.get_content()).split())
    for part in ("84,50", "PAPETERIE DU PORT", "FOURNITURES", "stand ?", "Compte courant"):
        assert part in said
    assert told["to"] in letter["To"]
    kept = await shop.call("invoicing.bank_transaction.get", id=went["id"])
    assert (kept["receipt_asked_of"], kept["status"]) == (user_id, "unmatched")
    refused = await shop.call.refused(
        "invoicing.bank_transaction.request_receipt", transaction_id=went["id"], user_id=user_id
    )
    assert "today" in refused["message"]
