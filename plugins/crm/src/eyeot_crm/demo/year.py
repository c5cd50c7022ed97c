"""Year: one year of the demo company's trade, the same for the same day and seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from operator import attrgetter
from random import Random

from eyeot_crm.demo import events, house
from eyeot_crm.demo.abroad import foreign_customers, suppliers
from eyeot_crm.demo.book import Book, Known, Origin
from eyeot_crm.demo.briefs import Briefs
from eyeot_crm.demo.companies import Companies
from eyeot_crm.demo.deals import Brief, Deals
from eyeot_crm.demo.identifiers import Registry
from eyeot_crm.demo.jobs import head
from eyeot_crm.demo.leads import Inquiry, Leads
from eyeot_crm.demo.model import (
    Company,
    Contact,
    Customer,
    Event,
    Lead,
    LeadSource,
    Lifecycle,
    LifecycleChange,
    LostReason,
    Opportunity,
    Organization,
    Person,
    Pipeline,
    Staff,
    Stage,
    Team,
)
from eyeot_crm.demo.takeover import Period, introduce, take_over
from eyeot_crm.demo.workdays import PARIS, Season, last_workday, next_workday

_FRENCH, _DIRECT, _LEADS = 158, 24, 108
_AGAIN, _MAINTAINED, _STALLED = 118, 44, 8
_TAKEOVER_DAYS = 42
_STALLED_BETWEEN = (100, 300)
_REASONS = {
    "dormant": (
        "Aucune commande depuis dix-huit mois.",
        "Plus de réponse à nos relances depuis un an.",
        "Équipement récent, pas de projet avant plusieurs années.",
    ),
    "former": (
        "Cessation d'activité.",
        "Liquidation judiciaire.",
        "Repris par un groupe qui a son propre fournisseur.",
    ),
}
_FADING: tuple[Lifecycle, ...] = ("dormant",) * 13 + ("former",) * 5


@dataclass(frozen=True, slots=True)
class Year:
    """The demo company, its file and what happened until the day before `today`."""

    today: date
    opening: datetime
    """When the software was first opened, some weeks before the year begins."""
    company: Organization
    staff: tuple[Staff, ...]
    teams: tuple[Team, ...]
    pipelines: tuple[Pipeline, ...]
    stages: tuple[Stage, ...]
    sources: tuple[LeadSource, ...]
    lost_reasons: tuple[LostReason, ...]
    companies: tuple[Company, ...]
    people: tuple[Person, ...]
    customers: tuple[Customer, ...]
    contacts: tuple[Contact, ...]
    leads: tuple[Lead, ...]
    opportunities: tuple[Opportunity, ...]
    lifecycle_changes: tuple[LifecycleChange, ...]

    @property
    def parties(self) -> tuple[Company | Person, ...]:
        return (*self.companies, *self.people)

    def events(self) -> list[Event]:
        """Everything that happened, in order; what happened at once keeps its order of cause."""
        return sorted(self._told(), key=attrgetter("at"))

    def _told(self) -> Iterator[Event]:
        companies = {company.key: company for company in self.companies}
        people = {person.key: person for person in self.people}
        opportunities = {opportunity.key: opportunity for opportunity in self.opportunities}
        upstream = [company for company in self.companies if "supplier" in company.roles]
        yield from events.setting_up(self.opening, upstream)
        for customer in self.customers:
            yield events.customer_created(customer, companies[customer.party])
        for contact in self.contacts:
            yield events.contact_created(contact, people[contact.party])
        for lead in self.leads:
            yield from events.lead_told(lead, opportunities.get(lead.opportunity or ""))
        firsts = _first_wins(self.customers, self.opportunities)
        for opportunity in self.opportunities:
            first = firsts.get(opportunity.customer) == opportunity
            yield from events.opportunity_told(opportunity, first_win=first)
        yield from map(events.lifecycle_changed, self.lifecycle_changes)


def year(today: date, seed: int = 2026) -> Year:
    """Tell the year that ends the day before `today`."""
    return _Story(today, seed).told()


class _Story:
    """The year while it is being written."""

    def __init__(self, today: date, seed: int) -> None:
        begins = today - timedelta(days=365)
        opening = next_workday(begins - timedelta(days=_TAKEOVER_DAYS))
        self.today, self.seed = today, seed
        self.period = Period(opening, begins, last_workday(today - timedelta(days=1)))
        self.season = Season.between(begins, self.period.last)
        self.registry = Registry(self.rng("registry"))
        for number in house.NUMBERS:
            self.registry.claim(number)
        self.book = Book(self.rng("book"), self.registry)
        self.companies = Companies(self.rng("companies"), self.registry)
        self.briefs = Briefs(self.rng("briefs"), self.book, self.season)

    def rng(self, part: str) -> Random:
        """A stream of its own for each part, so that a change in one leaves the others alone."""
        return Random(f"{self.seed} {part}")  # noqa: S311 - a demonstration keeps no secret

    def told(self) -> Year:
        for company in suppliers(self.registry):
            self.book.company(company)
        self._take_over()
        known = list(self.book.customers)
        briefs = self._directs()
        leads = self._leads(briefs)
        briefs += self.briefs.again(self._introduced(known), _AGAIN)
        briefs += self.briefs.maintained(self._introduced(known), _MAINTAINED)
        opportunities = self._opportunities(briefs)
        changes = self._fading(known, opportunities)
        return self._year(leads, opportunities, changes)

    def _take_over(self) -> None:
        profiles = foreign_customers(self.registry)
        profiles += [self.companies.draw() for _ in range(_FRENCH)]
        rng = self.rng("takeover")
        take_over(rng, self.book, rng.sample(profiles, len(profiles)), self.period)

    def _introduced(self, customers: list[Customer]) -> list[Customer]:
        return [customer for customer in customers if self.book.contacts[customer.key]]

    def _directs(self) -> list[Brief]:
        """Customers that sellers brought in themselves, and what they asked for."""
        rng = self.rng("directs")
        briefs = []
        for at in self.season.moments(rng, _DIRECT):
            profile = self.companies.draw()
            source = rng.choice((house.REFERRAL, house.REFERRAL, house.OUTBOUND, house.PARTNER))
            by = house.SALESPERSON[profile.area]
            customer = self.book.customer(profile, Origin(source, at, by, at.date()))
            introduce(rng, self.book, customer)
            briefs.append(self.briefs.first(customer))
        return [brief for brief in briefs if brief]

    def _leads(self, briefs: list[Brief]) -> list[Lead]:
        """The leads; those converted add their customer, contact and brief."""
        rng = self.rng("leads")
        leads = Leads(rng, self.book, self.companies, self.period.last)
        moments = self.season.moments(rng, _LEADS)
        inquiries = [leads.take(number, at) for number, at in enumerate(moments, 1)]
        return [self._converted(inquiry, briefs) for inquiry in inquiries]

    def _converted(self, inquiry: Inquiry, briefs: list[Brief]) -> Lead:
        lead, at = inquiry.lead, inquiry.lead.closed_at
        if lead.status != "converted" or not at:
            return lead
        origin = Origin(lead.source, at, lead.owner, lead.created_at.date())
        customer = self.book.customer(inquiry.profile, origin)
        known = Known(inquiry.who, head(inquiry.profile), lead.phone)
        contact = self.book.contact(customer, known)
        briefs.append(self.briefs.converted(customer, inquiry))
        return replace(lead, customer=customer.key, contact=contact.key)

    def _opportunities(self, briefs: list[Brief]) -> list[Opportunity]:
        deals = Deals(self.rng("deals"), self.period.last)
        begun = sorted(
            (brief for brief in briefs if brief.start.date() <= self.period.last),
            key=attrgetter("start"),
        )
        oldest, newest = (self.today - timedelta(days=d) for d in reversed(_STALLED_BETWEEN))
        old = [n for n, b in enumerate(begun) if oldest <= b.start.date() <= newest]
        stalled = set(self.rng("stalled").sample(old, _STALLED))
        return [deals.play(brief, stalls=n in stalled) for n, brief in enumerate(begun)]

    def _fading(
        self, known: list[Customer], opportunities: list[Opportunity]
    ) -> list[LifecycleChange]:
        """Customers that asked for nothing all year and are given up one after the other."""
        rng = self.rng("fading")
        busy = {opportunity.customer for opportunity in opportunities}
        quiet = [
            customer
            for customer in known
            if customer.starts_as == "customer"
            and customer.key not in busy
            and self.book.profiles[customer.key].company.is_taxable_person
        ]
        chosen = rng.sample(quiet, min(len(quiet), len(_FADING)))
        moments = self.season.moments(rng, len(chosen))
        return [
            LifecycleChange(
                customer=customer.key,
                lifecycle=lifecycle,
                reason=rng.choice(_REASONS[lifecycle]),
                at=at,
                by=customer.owner,
            )
            for customer, lifecycle, at in zip(
                chosen, rng.sample(_FADING, len(_FADING)), moments, strict=False
            )
        ]

    def _year(
        self,
        leads: list[Lead],
        opportunities: list[Opportunity],
        changes: list[LifecycleChange],
    ) -> Year:
        by_lead = {o.lead: o.key for o in opportunities if o.lead}
        return Year(
            today=self.today,
            opening=datetime.combine(self.period.opening, time(9), PARIS).astimezone(UTC),
            company=house.ORGANIZATION,
            staff=house.STAFF,
            teams=house.TEAMS,
            pipelines=house.PIPELINES,
            stages=house.STAGES,
            sources=house.SOURCES,
            lost_reasons=house.LOST_REASONS,
            companies=tuple(self.book.companies),
            people=tuple(self.book.people),
            customers=tuple(_aged(self.book.customers, opportunities, changes)),
            contacts=tuple(chain.from_iterable(self.book.contacts.values())),
            leads=tuple(replace(lead, opportunity=by_lead.get(lead.key)) for lead in leads),
            opportunities=tuple(opportunities),
            lifecycle_changes=tuple(changes),
        )


def _first_wins(
    customers: tuple[Customer, ...] | list[Customer],
    opportunities: tuple[Opportunity, ...] | list[Opportunity],
) -> dict[str, Opportunity]:
    """The win that makes a customer of a prospect, or of a dormant customer again."""
    waiting = {c.key for c in customers if c.starts_as in ("prospect", "dormant")}
    won = [o for o in opportunities if o.outcome == "won" and o.customer in waiting]
    won.sort(key=lambda o: (o.closed_at, o.key), reverse=True)
    return {opportunity.customer: opportunity for opportunity in won}


def _aged(
    customers: list[Customer], opportunities: list[Opportunity], changes: list[LifecycleChange]
) -> Iterator[Customer]:
    """The customers as they are today."""
    firsts = _first_wins(customers, opportunities)
    faded = {change.customer: change.lifecycle for change in changes}
    for customer in customers:
        if customer.key in firsts:
            yield replace(customer, lifecycle="customer")
        else:
            yield replace(customer, lifecycle=faded.get(customer.key, customer.starts_as))
