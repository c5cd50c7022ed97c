"""Classifying: what a file is and whose, said with reasons; never more than its reader may know."""

import base64
from typing import Any

import pytest

from eyeot.testing import Desk
from eyeot_invoicing.einvoices.writing import write
from plugins.invoicing.tests.shop import OTHER_SIREN, SIREN, Shop
from plugins.invoicing.tests.test_purchases import bill

CLASSIFY = "core.document.classify"


async def kept(desk: Desk, content: bytes | str, name: str, **more: Any) -> str:
    raw = content.encode() if isinstance(content, str) else content
    encoded = base64.b64encode(raw).decode()
    made = await desk("core.document.create", filename=name, content=encoded, **more)
    return str(made["id"])


def targets(told: dict[str, Any]) -> dict[str, float]:
    return {one["record"]: one["confidence"] for one in told["targets"]}


async def test_an_e_invoice_is_known_by_its_data_and_its_sender(shop: Shop) -> None:
    document = await kept(shop.call, write(bill(), "ubl"), "sans-nom.xml")
    told = await shop.call(CLASSIFY, document_id=document)
    assert (told["kind"], told["changed"]) == ("invoice", True)
    assert told["kinds"][0]["action"] == "invoicing.supplier_invoice.create_from_document"
    assert told["known"]["number"] == "S-1"
    assert told["known"]["total"] == "1200.00 EUR"

    entered = await shop.call(
        "invoicing.supplier_invoice.create_from_document", document_id=document
    )
    again = await shop.call(CLASSIFY, document_id=document)
    found = {one["record"]: one for one in again["targets"]}
    assert found[entered["id"]]["linked"]
    assert found[entered["party_id"]]["confidence"] >= 0.95
    assert not again["changed"]


async def test_a_letter_is_laid_beside_the_customer_and_piece_it_names(shop: Shop) -> None:
    posted = await shop.posted(("1", "10.00", "20"))
    siren = f"{OTHER_SIREN[:3]} {OTHER_SIREN[3:6]} {OTHER_SIREN[6:]}"
    text = f"Madame, Monsieur,\nSARL Martin, SIREN {siren}, conteste {posted['number']}."
    document = await kept(shop.call, text, "scan-0042.txt")
    told = await shop.call(CLASSIFY, document_id=document)
    assert set(targets(told)) == {shop.customer["id"], posted["id"]}
    assert all(one["reasons"] for one in told["targets"])
    # Proposed, and attached to nothing.
    after = await shop.call("core.document.get", id=document)
    assert (after["records"], after["status"]) == ([], "draft")


async def test_an_account_and_an_address_name_a_party_and_wrong_keys_nobody(shop: Shop) -> None:
    iban = "FR7630006000011234567890189"
    given = {"party_id": shop.customer["party_id"], "iban": iban}
    await shop.call("crm.party_bank_account.create", **given)
    right = await kept(shop.call, "Virement : FR76 3000 6000 0112 3456 7890 189 merci", "a.txt")
    wrong = await kept(shop.call, "Virement : FR76 3000 6000 0112 3456 7890 188 merci", "b.txt")
    assert set(targets(await shop.call(CLASSIFY, document_id=right))) == {shop.customer["id"]}
    assert not targets(await shop.call(CLASSIFY, document_id=wrong))


async def test_our_own_number_is_no_sender(shop: Shop) -> None:
    own = await shop.new_customer("Nous-mêmes", siren=SIREN)
    document = await kept(shop.call, f"Pour {SIREN}", "x.txt")
    assert own["id"] not in targets(await shop.call(CLASSIFY, document_id=document))


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("Devis_2026-11.txt", "Devis pour votre cuisine", "quote"),
        ("scan.txt", "FACTURE n° 12, suite à votre commande et au devis", "invoice"),
        ("Contrat-de-maintenance.txt", "Contrat entre les parties", "contract"),
        ("bon de commande.txt", "Bon de commande n° 3", "order"),
    ],
)
async def test_words_tell_a_kind(shop: Shop, name: str, text: str, kind: str) -> None:
    document = await kept(shop.call, text, name)
    told = await shop.call(CLASSIFY, document_id=document)
    assert told["kinds"][0]["kind"] == kind
    assert told["changed"] == (told["kinds"][0]["confidence"] >= 0.8)


async def test_a_kind_that_somebody_gave_stays_and_a_locked_file_is_refused(shop: Shop) -> None:
    given = await kept(shop.call, "Devis : devis", "devis.txt", kind="contract")
    told = await shop.call(CLASSIFY, document_id=given)
    assert (told["kind"], told["changed"], told["kinds"][0]["kind"]) == ("contract", False, "quote")

    frozen = await kept(shop.call, "Devis : devis", "devis.txt")
    await shop.call("core.document.lock", id=frozen, basis="Essai", until="2046-12-31")
    refused = await shop.call.refused(CLASSIFY, document_id=frozen)
    assert refused["code"] == "conflict"


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 no more", b"PK\x03\x04 no more", b"\x00\x01\x02", b"<a>" * 200 + b"</a>" * 200,
     b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd"><a/>',
     b"1 2 3 4 5 6 7 8 9 0 " * 20_000, b"FR76" * 50_000, b"a@" * 50_000],
    ids=["pdf", "zip", "bytes", "deep", "dtd", "digits", "iban", "mails"],
)  # fmt: skip
async def test_hostile_files_are_looked_at_and_say_nothing(shop: Shop, content: bytes) -> None:
    document = await kept(shop.call, content, "x.bin")
    told = await shop.call(CLASSIFY, document_id=document)
    assert (told["kinds"], told["targets"]) == ([], [])


async def test_records_out_of_reach_are_neither_named_nor_counted(shop: Shop) -> None:
    await shop.house.person("sam", "sales")
    posted = await shop.posted(("1", "10.00", "20"))
    text = f"{OTHER_SIREN} {posted['number']}"
    sam = await shop.house.desk(role="sales", owner="sam")
    mine = await kept(sam, text, "lettre.txt")
    told = await sam(CLASSIFY, document_id=mine)
    # Sales read all invoices, but their own customers only.
    assert shop.customer["id"] not in str(told)
    bare = await shop.house.desk("core.document:write", "core:read", owner="sam")
    other = await kept(bare, text, "lettre.txt")
    told = await bare(CLASSIFY, document_id=other)
    assert told["targets"] == []
    assert set(told["unseen"]) == {"crm:read", "invoicing:read", "sales:read"}
