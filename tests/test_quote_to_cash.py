"""A scripted agent sells: from the quote to the money, by readable tools and again by help and call alone."""

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from stdnum.luhn import calc_check_digit

from tests.agent import Agent, agent
from tests.demo import Demo

BOTH = pytest.mark.parametrize("mode", ["auto", "legacy"])
# Three at 1,250.00 less 5 % of the whole is 3,562.50; at 20 % that is 712.50 of VAT.
PRICE = {"amount": "1250.00", "currency": "EUR"}
GROSS = {"amount": "4275.00", "currency": "EUR"}
PART = {"amount": "1275.00", "currency": "EUR"}
LEFT = {"amount": "3000.00", "currency": "EUR"}
Do = Callable[..., Awaitable[dict[str, Any]]]


async def _deal(me: Agent) -> tuple[str, str]:
    """A new customer and the deal that is worked on."""
    begun = f"7{uuid4().int % 10**7:07}"
    made = await me.tool(
        "create_customer",
        name=f"Brasserie {uuid4().hex[:8]}",
        kind="company",
        emails=["commandes@brasserie.example"],
        addresses=[{"line1": "4 quai Sainte-Catherine", "postcode": "14600", "city": "Honfleur"}],
        siren=begun + calc_check_digit(begun),
    )
    deal = await me.do(
        "crm.opportunity.create", name="Cuves de garde", customer_id=made["id"], amount=GROSS
    )
    return made["id"], deal["id"]


async def _product(me: Agent) -> str:
    found = await me.tool("list_products", status="active", limit=1)
    return str(found["items"][0]["id"])


async def _by_tools(me: Agent) -> dict[str, Do]:
    """The steps by the readable tools, each tried dry before; what has no tool is called."""

    def tried(tool: str) -> Do:
        async def step(**arguments: Any) -> dict[str, Any]:
            preview = await me.tool(tool, **arguments, dry_run=True)
            assert preview["dry_run"] is True
            return await me.tool(tool, **arguments)

        return step

    return {
        "quote": tried("create_quote"),
        "send": tried("send_quote"),
        "order": tried("convert_quote"),
        "post": tried("post_invoice"),
        "pay": tried("record_payment"),
    }


SAID = {
    "quote": "créer un devis pour un client",
    "send": "envoyer le devis",
    "order": "transformer le devis en commande",
    "post": "valider la facture",
    "pay": "encaisser une facture",
}
MEANT = {
    "quote": "sales.quote.create",
    "send": "sales.quote.send",
    "order": "sales.quote.convert_to_order",
    "post": "invoicing.invoice.post",
    "pay": "invoicing.invoice.register_payment",
}


async def _by_help(me: Agent) -> dict[str, Do]:
    """The same steps by what `eyeot_help` finds for an owner's words, and `eyeot_call` alone."""

    def found(step: str) -> Do:
        async def taken(**arguments: Any) -> dict[str, Any]:
            answer = await me.tool("eyeot_help", query=SAID[step])
            assert MEANT[step] in [one["action"] for one in answer["matches"][:3]], SAID[step]
            return await me.do(MEANT[step], **arguments)

        return taken

    return {step: found(step) for step in SAID}


@BOTH
@pytest.mark.parametrize("way", [_by_tools, _by_help], ids=["readable tools", "help and call"])
async def test_a_quote_becomes_money(
    demo: Demo, mode: str, way: Callable[[Agent], Awaitable[dict[str, Do]]]
) -> None:
    async with agent(demo, mode) as me:
        step = await way(me)
        customer, deal = await _deal(me)
        lines = [{"product_id": await _product(me), "quantity": "3", "unit_price": PRICE}]

        quote = await step["quote"](
            party_id=customer, lines=lines, opportunity_id=deal, discount_percent="5"
        )
        assert quote["total_gross"] == GROSS
        await step["send"](id=quote["id"], channel="print")
        told = await me.read("crm.opportunity.get", id=deal)
        assert quote["number"] in told["next_step"]
        listed = await me.tool("list_quotes", opportunity_id=deal)
        assert [one["id"] for one in listed["items"]] == [quote["id"]]
        await me.do("sales.quote.accept", id=quote["id"], signer="Mme Lebrun")
        assert (await me.tool("get_quote", id=quote["number"]))["status"] == "accepted"

        order = await step["order"](id=quote["id"])
        await me.do("sales.sales_order.confirm", id=order["id"])
        billed = await me.do("sales.sales_order.create_invoice", id=order["id"], policy="ordered")
        posted = await step["post"](id=billed["invoice_id"])
        assert posted["number"]
        await _is_paid(me, step["pay"], billed["invoice_id"], posted["number"])
        await _is_shown(me, {"quotes": quote["id"], "invoices": billed["invoice_id"]})
        trail = await me.read("invoicing.invoice.history", id=billed["invoice_id"])
        assert "invoicing.invoice.post" in [one["action"] for one in trail["items"]]


async def _is_paid(me: Agent, pay: Do, invoice: str, number: str) -> None:
    """In two parts, since customers do; never more than is due without saying so."""
    first = await pay(invoice_id=invoice, amount=PART, reference="VIR 1")
    assert (first["amount_due"], first["status"]) == (LEFT, "partially_paid")
    rest = await pay(invoice_id=invoice, amount=LEFT, reference="VIR 2")
    assert Decimal(rest["amount_due"]["amount"]) == 0
    read = await me.tool("get_invoice", id=number)
    assert (read["status"], read["total_gross"]) == ("paid", GROSS)
    late = await me.refusal("record_payment", invoice_id=invoice, amount=PART)
    assert late["hint"]
    change = await me.refusal(
        "eyeot_call",
        action="invoicing.invoice.update",
        arguments={"id": invoice, "discount_percent": "50"},
    )
    assert "credit" in change["hint"]


async def _is_shown(me: Agent, records: dict[str, str]) -> None:
    """The same records as MCP resources."""
    for collection, id in records.items():
        found = await me.client.read_resource(f"eyeot://{collection}/{id}")
        assert json.loads(found.contents[0].text)["id"] == id  # type: ignore[union-attr]


async def test_the_collections_of_the_trade_are_resources(demo: Demo) -> None:
    async with agent(demo, "auto") as me:
        templates = (await me.client.list_resource_templates()).resource_templates
        offered = {one.uri_template for one in templates}
        wanted = ("customers", "quotes", "products", "invoices")
        assert {f"eyeot://{one}/{{id}}" for one in wanted} <= offered
        product = await _product(me)
        await _is_shown(me, {"products": product})
