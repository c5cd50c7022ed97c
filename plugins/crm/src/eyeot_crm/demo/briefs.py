"""Briefs: which customers start which opportunities, and when."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from eyeot_crm.demo.book import Book
from eyeot_crm.demo.companies import Profile
from eyeot_crm.demo.deals import Brief
from eyeot_crm.demo.house import EQUIPMENT, MAINTENANCE
from eyeot_crm.demo.leads import Inquiry
from eyeot_crm.demo.lost import Setting
from eyeot_crm.demo.model import Customer
from eyeot_crm.demo.offers import MAINTENANCE_OFFERS
from eyeot_crm.demo.sales import Demand, demand, wanted
from eyeot_crm.demo.workdays import Season, later

_TIER_WEIGHT = {"A": 4, "B": 3, "C": 1}
_AWAKENED = 5
_BOTH_CONTACTS_SHARE = 0.4
_SPECIFIC = 12
_SMALL = 8_000


def _setting(profile: Profile, wish: Demand) -> Setting:
    """How they buy; those who charge no VAT here buy as public bodies do."""
    if wish.offer in MAINTENANCE_OFFERS:
        return "maintenance"
    if not profile.company.is_taxable_person:
        return "public"
    return "small" if wish.amount < _SMALL else "private"


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
        wish = demand(self.rng, profile, offer)
        return Brief(
            customer=customer,
            contacts=self._contacts(customer),
            pipeline=MAINTENANCE if maintenance else EQUIPMENT,
            demand=wish,
            start=start,
            setting=_setting(profile, wish),
        )

    def converted(self, customer: Customer, inquiry: Inquiry) -> Brief:
        """What the lead asked for, once it has become a customer with one contact."""
        self._asked[customer.key].add(inquiry.demand.offer.name)
        return Brief(
            customer=customer,
            contacts=(self.book.contacts[customer.key][0].key,),
            pipeline=EQUIPMENT,
            demand=inquiry.demand,
            start=customer.created_at,
            setting=_setting(inquiry.profile, inquiry.demand),
            lead=inquiry.lead.key,
        )

    def _contacts(self, customer: Customer) -> tuple[str, ...]:
        keys = [contact.key for contact in self.book.contacts[customer.key]]
        both = self.rng.random() < _BOTH_CONTACTS_SHARE
        return tuple(keys[: 2 if both else 1])

    def first(self, customer: Customer) -> Brief | None:
        """What a new customer came for, a few days after it was met."""
        days = self.rng.randint(1, 6)
        return self.ask(customer, later(self.rng, customer.created_at, days))

    def again(self, known: list[Customer], count: int) -> list[Brief]:
        """What the known customers ask for over the year, the large ones more often."""
        regular = [c for c in known if c.starts_as in ("customer", "prospect")]
        awakened = [c for c in known if c.starts_as == "dormant"][:_AWAKENED]
        return self._spread(regular, count, maintenance=False) + [
            brief
            for customer, start in zip(awakened, self._starts(len(awakened)), strict=True)
            if (brief := self.ask(customer, start))
        ]

    def maintained(self, known: list[Customer], count: int) -> list[Brief]:
        customers = [c for c in known if c.starts_as == "customer"]
        return self._spread(customers, count, maintenance=True)

    def _spread(self, known: list[Customer], count: int, *, maintenance: bool) -> list[Brief]:
        weights = [_TIER_WEIGHT[customer.tier] for customer in known]
        starts = self._starts(count)
        found: list[Brief] = []
        for customer in self.rng.choices(known, weights, k=count * 2):
            if not starts:
                break
            if brief := self.ask(customer, starts[-1], maintenance=maintenance):
                found.append(brief)
                starts.pop()
        return found

    def _starts(self, count: int) -> list[datetime]:
        return self.rng.sample(self.season.moments(self.rng, count), count)
