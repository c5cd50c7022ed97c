"""Assortment: a product for each offer that the demo company's sellers make."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from eyeot_crm.demo.offers import KITCHEN_OFFERS, MAINTENANCE_OFFERS, Offer
from eyeot_crm.demo.shop_offers import SHOP_OFFERS

_COLD = ("froid", "vitrine", "surgél", "glac", "réfrig", "frigo")
_MARGIN = Decimal("0.63")
_FROM = Decimal("0.70")
"""Share of the lowest price that the list names: what is quoted follows the site, and is never below it."""


@dataclass(frozen=True, slots=True)
class Article:
    """Something that is quoted under its own name."""

    sku: str
    name: str
    category: str
    kind: str
    unit: str
    list_price: Decimal
    cost: Decimal


def articles() -> Iterator[Article]:
    """Every article, in the order of the offers."""
    for offer in (*KITCHEN_OFFERS, *SHOP_OFFERS, *MAINTENANCE_OFFERS):
        yield article(offer)


def article(offer: Offer) -> Article:
    """What an offer is sold as; upkeep is sold by the quarter."""
    upkeep = offer in MAINTENANCE_OFFERS
    lowest = Decimal(offer.prices[0]) * _FROM / (4 if upkeep else 1)
    price = lowest.quantize(Decimal(10))
    return Article(
        sku=sku(offer),
        name=f"{offer.title}, trimestre" if upkeep else offer.title,
        category=_category(offer, upkeep=upkeep),
        kind="subscription" if upkeep else "goods",
        unit="C62",
        list_price=price.quantize(Decimal("0.01")),
        cost=(price * _MARGIN).quantize(Decimal("0.01")),
    )


def of(name: str) -> Offer:
    """The offer that a deal is named after."""
    offers = (*KITCHEN_OFFERS, *SHOP_OFFERS, *MAINTENANCE_OFFERS)
    fitting = [one for one in offers if name.startswith(one.title)]
    return max(fitting, key=lambda one: len(one.title))


def sku(offer: Offer) -> str:
    """An offer's reference: the beginnings of its words, in capitals."""
    plain = unicodedata.normalize("NFD", offer.title).encode("ascii", "ignore").decode().upper()
    words = ["".join(sign for sign in word if sign.isalnum()) for word in plain.split()]
    return "-".join(word[:5] for word in words if len(word) > 2)[:30]  # noqa: PLR2004 - de, et, la


def _category(offer: Offer, *, upkeep: bool) -> str:
    if upkeep:
        return "service"
    name = offer.title.lower()
    return "cold" if any(word in name for word in _COLD) else "kitchen"
