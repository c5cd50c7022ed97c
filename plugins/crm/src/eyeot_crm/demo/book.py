"""Book: the customers and contacts as they are entered, each getting its keys."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from random import Random

from eyeot_crm.demo.companies import Profile
from eyeot_crm.demo.house import SALESPERSON, TEAM_OF
from eyeot_crm.demo.identifiers import Registry, slug
from eyeot_crm.demo.jobs import Job
from eyeot_crm.demo.model import Company, Contact, Customer, Lifecycle, PartyRole, Person, Tier
from eyeot_crm.demo.people import Name, name

_TIER_A, _TIER_B = 45, 11


@dataclass(frozen=True, slots=True)
class Origin:
    """How a customer came into the file."""

    source: str
    at: datetime
    by: str
    since: date
    lifecycle: Lifecycle = "prospect"


@dataclass(frozen=True, slots=True)
class Known:
    """A person known at a customer's."""

    who: Name
    job: Job
    phone: str


@dataclass(slots=True)
class Book:
    rng: Random
    registry: Registry
    companies: list[Company] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    contacts: dict[str, list[Contact]] = field(default_factory=dict)
    """By customer."""
    profiles: dict[str, Profile] = field(default_factory=dict)
    """By customer."""

    def company(self, company: Company) -> Company:
        company = replace(company, key=self._party())
        self.companies.append(company)
        return company

    def _party(self) -> str:
        return f"party:{len(self.companies) + len(self.people) + 1}"

    def customer(self, profile: Profile, origin: Origin) -> Customer:
        party = self.company(replace(profile.company, roles=_roles(origin.lifecycle)))
        owner = SALESPERSON[profile.area]
        customer = Customer(
            key=f"customer:{len(self.customers) + 1}",
            party=party.key,
            starts_as=origin.lifecycle,
            lifecycle=origin.lifecycle,
            tier=_tier(profile),
            industry=profile.industry,
            headcount=profile.headcount,
            annual_revenue=profile.annual_revenue,
            owner=owner,
            team=TEAM_OF[owner],
            source=origin.source,
            since=origin.since,
            created_at=origin.at,
            created_by=origin.by,
        )
        self.customers.append(customer)
        self.profiles[customer.key] = replace(profile, company=party)
        self.contacts[customer.key] = []
        return customer

    def person_at(self, profile: Profile) -> Name:
        """The one who decides: the founder where the company bears that name."""
        return profile.founder or self.someone(profile)

    def someone(self, profile: Profile) -> Name:
        return name(self.rng, self.registry, profile.area)

    def contact(self, customer: Customer, known: Known) -> Contact:
        profile, who = self.profiles[customer.key], known.who
        person = Person(
            key=self._party(),
            civility=who.civility,
            first_name=who.first,
            last_name=who.last,
            email=mailbox(profile.company, who),
            phone=known.phone,
            language=profile.company.language,
            company=profile.company.key,
        )
        self.people.append(person)
        contact = Contact(
            key=f"contact:{sum(map(len, self.contacts.values())) + 1}",
            party=person.key,
            customer=customer.key,
            job_title=known.job.title(who.civility),
            seniority=known.job.seniority,
            role_in_purchase=known.job.role,
            created_at=customer.created_at,
            created_by=customer.created_by,
        )
        self.contacts[customer.key].append(contact)
        return contact

    def phone(self, profile: Profile) -> str:
        """A mobile in France; abroad, the line of the company."""
        if profile.company.address.country == "FR":
            return self.registry.mobile()
        return profile.company.phone


def mailbox(company: Company, who: Name) -> str:
    domain = company.email.partition("@")[2]
    return f"{slug(who.first)}.{slug(who.last)}@{domain}"


def _tier(profile: Profile) -> Tier:
    if profile.headcount >= _TIER_A:
        return "A"
    return "B" if profile.headcount >= _TIER_B else "C"


def _roles(lifecycle: Lifecycle) -> tuple[PartyRole, ...]:
    return ("prospect",) if lifecycle == "prospect" else ("customer",)
