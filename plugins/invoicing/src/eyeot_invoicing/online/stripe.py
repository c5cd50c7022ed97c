"""Stripe: payment links, the payments that came by them, and what Stripe kept of each.

Source: Stripe API reference: `POST /v1/prices`, `POST /v1/payment_links` (`restrictions.completed_sessions`),
`GET /v1/checkout/sessions?payment_link=…`; requests are form-encoded, amounts in the smallest unit of the
currency, and a repeated request with one Idempotency-Key is done once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from eyeot import Conflict, Context, Fetched, Provider, ProviderUnavailable, minor_units
from eyeot_sales.trade.amounts import ZERO

PROVIDER = Provider(
    name="stripe",
    doc=(
        "Stripe, by which invoices are paid online",
        "Stripe, par où les factures sont payées en ligne",
    ),
    url="https://api.stripe.com",
)
_VERSION: Final = "2024-06-20"
_UNLIKE: Final = frozenset({"ISK", "UGX"})
"""Whose smallest unit is another for Stripe than in ISO 4217."""
_MOST_DECIMALS: Final = 2
_EXPAND = "data.payment_intent.latest_charge.balance_transaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be paid by a link."""

    key: str
    """By which Stripe knows the request again."""
    name: str
    amount: Decimal
    currency: str
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A payment that came."""

    id: str
    amount: Decimal
    currency: str
    fee: Decimal
    at: datetime | None


def smallest(amount: Decimal, currency: str) -> int:
    """An amount in the smallest unit of its currency; refused where Stripe counts otherwise."""
    places = minor_units(currency)
    if currency in _UNLIKE or places > _MOST_DECIMALS:
        raise Conflict(
            reason=f"No payment link is made for {currency}.",
            remedy="Have it paid by transfer, and record it with invoicing.invoice.register_payment.",
        )
    return int(amount.scaleb(places))


def worth(units: int, currency: str) -> Decimal:
    """What a number of smallest units is."""
    return Decimal(units).scaleb(-minor_units(currency))


class Stripe:
    """Stripe, on behalf of one account of ours there."""

    def __init__(self, ctx: Context, key: str) -> None:
        self._ctx = ctx
        self._head = {
            "authorization": f"Bearer {key}",
            "stripe-version": _VERSION,
            "content-type": "application/x-www-form-urlencoded",
        }

    def link(self, asked: Asked) -> tuple[str, str]:
        """A link that takes one payment: its id, and its address."""
        price = {
            "currency": asked.currency.lower(),
            "unit_amount": str(smallest(asked.amount, asked.currency)),
            "product_data[name]": asked.name,
        }
        made = self._post("/v1/prices", price, f"{asked.key}-price")
        told = {
            "line_items[0][price]": str(made.get("id") or ""),
            "line_items[0][quantity]": "1",
            "restrictions[completed_sessions][limit]": "1",
            **{f"metadata[{name}]": value for name, value in asked.about.items()},
            **{f"payment_intent_data[metadata][{n}]": v for n, v in asked.about.items()},
        }
        link = self._post("/v1/payment_links", told, f"{asked.key}-link")
        return str(link.get("id") or ""), str(link.get("url") or "")

    def end(self, link_id: str) -> None:
        """Let nobody pay by a link any more."""
        path = f"/v1/payment_links/{quote(link_id, safe='')}"
        self._post(path, {"active": "false"}, f"{link_id}-end")

    def payment(self, link_id: str) -> Paid | None:
        """The payment that came by a link; none while there is none."""
        query = {"payment_link": link_id, "status": "complete", "expand[]": _EXPAND}
        found = self._ctx.fetch(
            PROVIDER, "GET", "/v1/checkout/sessions", query=query, headers=self._head
        )
        told = _object(found).get("data")
        rows = told if isinstance(told, list) else []
        return next((_paid(one) for one in rows if one.get("payment_status") == "paid"), None)

    def _post(self, path: str, form: Mapping[str, str], key: str) -> dict[str, Any]:
        found = self._ctx.fetch(
            PROVIDER,
            "POST",
            path,
            headers={**self._head, "idempotency-key": key},
            body=urlencode(form).encode(),
        )
        return _object(found)


def _object(found: Fetched) -> dict[str, Any]:
    try:
        told: Any = orjson.loads(found.body)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise ProviderUnavailable(
            provider=PROVIDER.name, reason="its answer is no JSON object", answered=found.status
        )
    if not found.ok:
        said = told.get("error")
        words = str(said.get("message") if isinstance(said, dict) else found.status)[:300]
        raise Conflict(
            reason=f"Stripe refuses it: {words}",
            remedy="Where it does not know our key, give it with"
            " invoicing.payment_method.connect_provider.",
        )
    return told


def _paid(session: Mapping[str, Any]) -> Paid:
    currency = str(session.get("currency") or "").upper()
    intent = session.get("payment_intent")
    charge = intent.get("latest_charge") if isinstance(intent, dict) else None
    balance = charge.get("balance_transaction") if isinstance(charge, dict) else None
    fee, at = ZERO, None
    if isinstance(balance, dict) and str(balance.get("currency") or "").upper() == currency:
        fee = worth(int(balance.get("fee") or 0), currency)
    if isinstance(charge, dict) and charge.get("created"):
        at = datetime.fromtimestamp(int(charge["created"]), UTC)
    id = intent.get("id") if isinstance(intent, dict) else intent
    return Paid(
        id=str(id or session.get("id") or ""),
        amount=worth(int(session.get("amount_total") or 0), currency),
        currency=currency,
        fee=fee,
        at=at,
    )
