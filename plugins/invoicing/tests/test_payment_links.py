"""Payment links: what is due is paid online once, booked once, and a link that does not fit is ended."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import pytest_asyncio

from core.tests.outside.receiver import LOOPBACK, Got, answer, receiving
from eyeot import Problem
from eyeot.runtime.outgoing import Outgoing
from eyeot_invoicing.online.stripe import smallest
from plugins.invoicing.tests.shop import Shop

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"


@dataclass
class Till:
    """Stripe: prices, links, and sessions that were paid; a key is taken once."""

    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    prices: dict[str, dict[str, str]] = field(default_factory=dict)
    sessions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    keys: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)

    def __call__(self, got: Got) -> bytes:
        """Answer a request."""
        if got.headers.get("authorization") != f"Bearer {KEY}":
            return answer(401, b'{"error":{"message":"Invalid API Key provided"}}')
        path, query = urlsplit(got.path).path, parse_qs(urlsplit(got.path).query)
        if path == "/v1/checkout/sessions":
            assert query["status"] == ["complete"]
            return _json({"data": self.sessions.get(query["payment_link"][0], [])})
        assert got.headers["content-type"] == "application/x-www-form-urlencoded"
        key = got.headers["idempotency-key"]
        if key not in self.keys:
            self.keys[key] = (got.body, self._done(path, got.body))
        body, told = self.keys[key]
        return told if body == got.body else answer(400, b'{"error":{"message":"Keys differ"}}')

    def _done(self, path: str, body: bytes) -> bytes:
        told = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if path == "/v1/prices":
            id = f"price_{len(self.prices) + 1}"
            self.prices[id] = told
            return _json({"id": id})
        if path == "/v1/payment_links":
            id = f"plink_{len(self.links) + 1}"
            self.links[id] = {**told, "active": "true"}
            return _json({"id": id, "url": f"https://buy.stripe.com/test_{id}"})
        self.links[path.rpartition("/")[2]].update(told)
        return _json({"id": path})

    def pay(self, link: str, units: int, *, fee: int = 0, status: str = "paid") -> None:
        """A customer pays."""
        charge = {"balance_transaction": {"fee": fee, "currency": "eur"}, "created": 1_795_000_000}
        intent = {"id": f"pi_{link}", "latest_charge": charge}
        self.sessions.setdefault(link, []).append(
            {
                "id": f"cs_{link}",
                "payment_status": status,
                "amount_total": units,
                "currency": "eur",
                "payment_intent": intent,
            }
        )


def _json(told: Any) -> bytes:
    return answer(200, orjson.dumps(told))


@pytest_asyncio.fixture(loop_scope="session")
async def till(shop: Shop) -> AsyncIterator[Till]:
    """A shop that takes payments online."""
    engine, till = shop.house.engine, Till()
    before = engine.outside
    async with receiving() as receiver:
        receiver.answers = till
        providers = {"stripe": receiver.url("")}
        engine.outside = replace(before, http=Outgoing(allowed=LOOPBACK), providers=providers)
        yield till
        engine.outside = before


async def _method(shop: Shop, kind: str = "card") -> str:
    found = await shop.call("invoicing.payment_method.list", kind=kind)
    return str(found["items"][0]["id"])


async def _connect(shop: Shop, **more: Any) -> dict[str, Any]:
    given = {"id": await _method(shop), "api_key": KEY, **more}
    made = await shop.house.operator.call("invoicing.payment_method.connect_provider", **given)
    return dict(made.result)


async def test_a_key_is_kept_sealed_and_only_for_cards(shop: Shop, till: Till) -> None:
    posted = await shop.posted(("1", "100.00", "20"))
    refused = await shop.call.refused("invoicing.invoice.get_payment_link", invoice_id=posted["id"])
    assert "connect_provider" in refused["hint"]
    made = await _connect(shop)
    assert made["provider"] == "stripe"
    assert KEY not in str(made)
    with pytest.raises(Problem) as wrong:
        await _connect(shop, id=await _method(shop, "transfer"))
    assert wrong.value.code == "conflict"
    await _connect(shop, api_key="sk_test_wrong_key_1")
    refused = await shop.call.refused("invoicing.invoice.get_payment_link", invoice_id=posted["id"])
    assert "Invalid API Key" in refused["message"]
    assert till.links == {}


async def test_what_is_due_is_paid_once_and_booked_once(shop: Shop, till: Till) -> None:
    await _connect(shop)
    draft = await shop.draft(("1", "100.00", "20"))
    refused = await shop.call.refused("invoicing.invoice.get_payment_link", invoice_id=draft["id"])
    assert refused["code"] == "conflict"
    posted = await shop.posted(("1", "100.00", "20"))
    link = await shop.call("invoicing.invoice.get_payment_link", invoice_id=posted["id"])
    assert (link["amount"]["amount"], link["is_new"]) == ("120.00", True)
    (made,) = till.links.values()
    (price,) = till.prices.values()
    assert (price["unit_amount"], price["currency"]) == ("12000", "eur")
    assert made["restrictions[completed_sessions][limit]"] == "1"
    assert made["metadata[invoice]"] == posted["number"]
    same = await shop.call("invoicing.invoice.get_payment_link", invoice_id=posted["id"])
    assert (same["url"], same["is_new"], len(till.links)) == (link["url"], False, 1)

    till.pay("plink_1", 12000, status="unpaid")
    none = await shop.call("invoicing.invoice.check_payment_link", invoice_id=posted["id"])
    assert (none["payments"], none["link_status"]) == ([], "open")
    till.sessions["plink_1"] = []
    till.pay("plink_1", 12000, fee=205)
    told = await shop.call("invoicing.invoice.check_payment_link", invoice_id=posted["id"])
    assert (told["invoice_status"], told["link_status"]) == ("paid", "paid")
    (payment_id,) = told["payments"]
    payment = await shop.call("invoicing.payment.get", id=payment_id)
    assert (payment["amount"]["amount"], payment["fee"]["amount"]) == ("120.00", "2.05")
    assert (payment["reference"], payment["status"]) == ("pi_plink_1", "posted")
    balances = await shop.balances()
    assert balances["411000"] == 0
    assert balances["512000"] == Decimal("117.95")

    again = await shop.call("invoicing.invoice.check_payment_link", invoice_id=posted["id"])
    assert again["payments"] == []
    refused = await shop.call.refused("invoicing.invoice.get_payment_link", invoice_id=posted["id"])
    assert refused["code"] == "conflict"
    payments = await shop.call("invoicing.payment.list", direction="in")
    assert len(payments["items"]) == 1


async def test_a_link_for_another_amount_is_ended_and_what_still_came_by_it_is_an_advance(
    shop: Shop, till: Till
) -> None:
    await _connect(shop)
    posted = await shop.posted(("1", "100.00", "20"))
    await shop.call("invoicing.invoice.get_payment_link", invoice_id=posted["id"])
    await shop.call(
        "invoicing.invoice.register_payment",
        invoice_id=posted["id"],
        amount={"amount": "100.00"},
    )
    rest = await shop.call("invoicing.invoice.get_payment_link", invoice_id=posted["id"])
    assert (rest["amount"]["amount"], rest["is_new"]) == ("20.00", True)
    assert [one["active"] for one in till.links.values()] == ["false", "true"]
    # Somebody had the first one open, and paid all of it.
    till.pay("plink_1", 12000)
    told = await shop.call("invoicing.invoice.check_payment_link", invoice_id=posted["id"])
    assert told["invoice_status"] == "paid"
    payment = await shop.call("invoicing.payment.get", id=told["payments"][0])
    assert payment["unallocated"]["amount"] == "100.00"


async def test_a_link_that_is_over_is_ended_at_the_provider(shop: Shop, till: Till) -> None:
    await _connect(shop)
    posted = await shop.posted(("1", "100.00", "20"))
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    refused = await shop.call.refused(
        "invoicing.invoice.get_payment_link", invoice_id=posted["id"], expiry=past
    )
    assert refused["code"] == "invalid"
    engine = shop.house.engine
    soon = (engine.clock() + timedelta(hours=1)).isoformat()
    await shop.call("invoicing.invoice.get_payment_link", invoice_id=posted["id"], expiry=soon)
    real = engine.clock
    engine.clock = lambda: real() + timedelta(hours=2)
    try:
        told = await shop.call("invoicing.invoice.check_payment_link", invoice_id=posted["id"])
    finally:
        engine.clock = real
    assert (told["link_status"], told.get("url")) == ("ended", None)
    assert till.links["plink_1"]["active"] == "false"
    fresh = await shop.call("invoicing.invoice.get_payment_link", invoice_id=posted["id"])
    assert fresh["is_new"]


def test_amounts_are_told_in_smallest_units() -> None:
    assert smallest(Decimal("10.05"), "EUR") == 1005
    assert smallest(Decimal(500), "JPY") == 500
    for currency in ("KWD", "UGX"):
        with pytest.raises(Problem):
            smallest(Decimal(1), currency)
