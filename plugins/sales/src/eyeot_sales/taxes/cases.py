"""Cases: what decides over the VAT of a sale or purchase, as few plain facts."""

from dataclasses import dataclass
from typing import Literal

from eyeot_sales.taxes.zones import Zone, in_france, market_of

Direction = Literal["sale", "purchase"]
Nature = Literal["goods", "services", "intangible", "immovable", "on_site", "digital"]
"""goods · services: by the general rule · intangible: advice, advertising, licences (CGI art. 259 B) ·
immovable: works and other services on land or buildings (259 A, 2°) · on_site: meals, admission to events
(259 A, 5° and 5° bis) · digital: telecommunication, broadcasting, electronic services (259 D)."""
Buyer = Literal["identified", "business", "consumer"]
"""identified: has a VAT number · business: subject to VAT, no number known · consumer: neither."""
Scheme = Literal["taxable", "franchise"]
"""Of the seller."""
Treatment = Literal["taxable", "exempt", "margin", "subcontracting", "outside"]
"""What is said of the product itself, by the VAT rate that it bears."""
Flow = Literal[
    "domestic", "untaxed", "overseas", "intra_eu", "export", "acquisition", "import",
    "foreign_seller", "located_eu", "located_third", "abroad",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One sale or purchase, as VAT law sees it."""

    direction: Direction
    seller: Zone
    """Where the seller is established."""
    origin: Zone
    """Where goods leave from."""
    buyer_zone: Zone
    """Where the buyer is established."""
    arrival: Zone
    """Where goods arrive, or where the building, meal or event is."""
    buyer: Buyer
    scheme: Scheme
    nature: Nature
    treatment: Treatment
    distance: bool
    """Whether sales to consumers of other Member States are above the threshold, or under the option."""

    @property
    def place(self) -> Zone:
        """Where it is taxed: goods where they arrive, services by CGI art. 259 to 259 D."""
        if self.nature in ("goods", "immovable", "on_site"):
            return self.arrival
        if self.buyer != "consumer":
            return self.buyer_zone
        outside = self.buyer_zone == "third"
        if self.nature == "intangible" and outside:
            return self.buyer_zone
        if self.nature == "digital" and (outside or self.distance or not in_france(self.seller)):
            return self.buyer_zone
        if self.nature == "digital" and in_france(self.buyer_zone):
            return self.buyer_zone
        return self.seller

    @property
    def flow(self) -> Flow:
        """How it crosses the borders that matter for VAT."""
        return self._flow_of_goods() if self.nature == "goods" else self._flow_of_services()

    def _flow_of_goods(self) -> Flow:
        origin, arrival = market_of(self.origin), market_of(self.arrival)
        if not in_france(self.origin):
            return self._flow_inwards()
        if origin in ("guyane", "mayotte"):
            return "untaxed"
        if origin == arrival:
            return "domestic"
        if arrival == "third":
            return "export"
        if origin == "metropole" and arrival == "eu":
            return "intra_eu"
        return "overseas"

    def _flow_inwards(self) -> Flow:
        if not in_france(self.arrival):
            return "abroad"
        if market_of(self.arrival) in ("guyane", "mayotte"):
            return "untaxed"
        crosses = self.origin == "third" or market_of(self.arrival) != "metropole"
        return "import" if crosses else "acquisition"

    def _flow_of_services(self) -> Flow:
        if self.place in ("guyane", "mayotte"):
            return "untaxed"
        if in_france(self.place):
            return "domestic" if in_france(self.seller) else "foreign_seller"
        if not in_france(self.seller):
            return "abroad"
        return "located_eu" if self.place == "eu" else "located_third"
