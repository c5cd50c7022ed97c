"""Briefs: which customers start which opportunities, and when."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from eyeot_crm.demo.book import Book
from eyeot_crm.demo.deals import Brief
from eyeot_crm.demo.house import EQUIPMENT, MAINTENANCE
from eyeot_crm.demo.model import Customer
from eyeot_crm.demo.sales import demand, wanted
from eyeot_crm.demo.workdays import Season, later

_TIER_WEIGHT = {"A": 4, "B": 3, "C": 1}
_AWAKENED = 5
_BOTH_CONTACTS_SHARE = 0.4
_SPECIFIC = 12


@dataclass(slots=True)
class Briefs:
    rng: Random
    book: Book
    season: Season
    _asked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The offers each customer has asked about, so that none is asked for twice."""

    def ask(
        self, customer: Customer, start: datetime, *, maintenance: bool = False
    ) -> Brief | None:
        """An offer the customer has not asked about yet; nothing if none suits."""
        profile = self.book.profiles[customer.key]
        suiting = wanted(profile, maintenance=maintenance)[:_SPECIFIC]
        fresh = [offer for offer in suiting if offer.name not in self._asked[customer.key]]
        if not fresh:
            return None
        offer = self.rng.choice(fresh)
        self._asked[customer.key].add(offer.name)
        return Brief(
            customer=customer,
            contacts=self._contacts(customer),
            pipeline=MAINTENANCE if maintenance else EQUIPMENT,
            demand=demand(self.rng, profile, offer),
            start=start,
        )

    def asked(self, customer: Customer, offer: str) -> None:
        """Remember what a lead brought in."""
        self._asked[customer.key].add(offer)

    def _contacts(self, customer: Customer) -> tuple[str, ...]:
        keys = [contact.key for contact in self.book.contacts[customer.key]]
        both = self.rng.random() < _BOTH_CONTACTS_SHARE
        return tuple(keys[: 2 if both else 1])

    def first(self, customer: Customer, after: datetime) -> Brief | None:
        """What a new customer came for, a few days after it was met."""
        return self.ask(customer, later(self.rng, after, self.rng.randint(1, 6)))

    def again(self, known: list[Customer], count: int) -> list[Brief]:
        """What the known customers ask for over the year, the large ones more often."""
        regular = [c for c in known if c.starts_as in ("customer", "prospect")]
        awakened = [c for c in known if c.starts_as == "dormant"][:_AWAKENED]
        return self._spread(regular, count, maintenance=False) + [
            brief for c in awakened if (brief := self.ask(c, self.season.moment(self.rng)))
        ]

    def maintained(self, known: list[Customer], count: int) -> list[Brief]:
        customers = [c for c in known if c.starts_as == "customer"]
        return self._spread(customers, count, maintenance=True)

    def _spread(self, known: list[Customer], count: int, *, maintenance: bool) -> list[Brief]:
        weights = [_TIER_WEIGHT[customer.tier] for customer in known]
        found: list[Brief] = []
        for customer in self.rng.choices(known, weights, k=count * 2):
            start = self.season.moment(self.rng)
            brief = self.ask(customer, start, maintenance=maintenance)
            found += [brief] if brief else []
            if len(found) == count:
                break
        return found
