"""Signing: a quote that everybody signed is accepted as if told by hand; one that fell is not signed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.tests.outside.yousign import Signing, signing
from eyeot.runtime.engine import Engine
from eyeot.testing.fixtures import TestDatabase
from plugins.sales.tests.trading import Shop

SIGNERS = [
    {"name": "Claire Morel", "email": "claire@hotel.example"},
    {"name": "Jean Petit", "email": "jean@hotel.example"},
]
SIGN = "sales.quote.request_signature"


@pytest.fixture
async def yousign(engine: Engine, database: TestDatabase) -> AsyncIterator[Signing]:
    async with signing(engine, database.admin) as made:
        made.there.signed_at = f"{engine.clock().date()}T09:30:00+00:00"
        yield made


async def test_a_quote_that_everybody_signed_is_accepted_by_them(
    shop: Shop, yousign: Signing
) -> None:
    deal = await shop.deal()
    quote = await shop.sent(opportunity_id=deal["deal"])
    told = await shop.call(SIGN, id=quote["id"], signers=SIGNERS)
    assert told["status"] == "sent"
    await yousign.goes_on()
    there = yousign.there.only
    assert there.content.startswith(b"%PDF-")
    assert there.told["expiration_date"] == quote["valid_until"]
    refused = await shop.call.refused(SIGN, id=quote["id"], signers=SIGNERS)
    assert refused["code"] == "conflict"

    there.status = "done"
    await yousign.goes_on()

    accepted = await shop.get("quote", quote["id"])
    copies = (await shop.call("core.document.list", origin_id=told["signature_id"]))["items"]
    signed = next(one for one in copies if one["kind"] == "quote")
    assert accepted["status"] == "accepted"
    assert accepted["signer"] == "Claire Morel, Jean Petit"
    assert accepted["accepted_on"] == yousign.there.signed_at[:10]
    assert accepted["proof"] == "signature"
    assert signed["id"] in accepted["proof_note"]
    assert quote["id"] in signed["records"]
    followed = await shop.call("crm.opportunity.get", id=deal["deal"])
    assert followed["stage_id"] == deal["Proposition"]
    order = await shop.call("sales.quote.convert_to_order", id=quote["id"])
    assert order["id"]


async def test_a_draft_is_sent_first_under_the_rules_of_sending(
    shop: Shop, yousign: Signing
) -> None:
    empty = await shop.call("sales.quote.create", party_id=shop.ids["customer"])
    assert (await shop.call.refused(SIGN, id=empty["id"], signers=SIGNERS))["code"] == "conflict"
    assert (await shop.get("quote", empty["id"]))["status"] == "draft"

    quote = await shop.quote()
    told = await shop.call(SIGN, id=quote["id"], signers=SIGNERS)

    assert (told["status"], told["sent_by"]) == ("sent", "none")
    await yousign.goes_on()
    assert yousign.there.only.status == "ongoing"


@pytest.mark.parametrize("what", ["cancel", "decline", "accept"])
async def test_nobody_signs_what_does_not_stand_any_more(
    shop: Shop, yousign: Signing, what: str
) -> None:
    quote = await shop.sent()
    await shop.call(SIGN, id=quote["id"], signers=SIGNERS)
    await yousign.goes_on()
    more = {
        "cancel": {"reason": "Erreur de prix"},
        "decline": {"reason": "price"},
        "accept": {"signer": "Claire Morel"},
    }[what]

    await shop.call(f"sales.quote.{what}", id=quote["id"], **more)
    await yousign.goes_on()
    await yousign.goes_on()

    assert yousign.there.only.status == "canceled"
    closed = await shop.get("quote", quote["id"])
    paper = await shop.call("core.document.get", id=closed["signature_id"])
    assert paper["signature_status"] == "cancelled"
    assert (await shop.call.refused(SIGN, id=quote["id"], signers=SIGNERS))[
        "code"
    ] == "state_refused"


async def test_a_signature_after_the_validity_accepts_nothing(shop: Shop, yousign: Signing) -> None:
    quote = await shop.sent()
    await shop.call(SIGN, id=quote["id"], signers=SIGNERS)
    await yousign.goes_on()
    late = yousign.engine.clock().date() + timedelta(days=60)
    yousign.there.signed_at = f"{late}T09:30:00+00:00"
    yousign.there.only.status = "done"
    await yousign.goes_on()

    assert (await shop.get("quote", quote["id"]))["status"] == "sent"


async def test_a_signature_of_another_paper_accepts_no_quote(shop: Shop, yousign: Signing) -> None:
    quote = await shop.sent()
    other = await shop.call(
        "sales.quote.attach_document",
        id=quote["id"],
        filename="accord.pdf",
        content="JVBERi0xLjcK",
        kind="quote",
    )
    await shop.call("core.document.request_signature", document_id=other["id"], signers=SIGNERS)
    await yousign.goes_on()
    yousign.there.only.status = "done"
    await yousign.goes_on()

    paper = await shop.call("core.document.get", id=other["id"])
    assert paper["signature_status"] == "done"
    assert (await shop.get("quote", quote["id"]))["status"] == "sent"
