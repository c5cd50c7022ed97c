"""Model: the shapes of the demo company's data, frozen and without behaviour of their own.

Every thing has a stable key such as `customer:12`; things point at each other by key, so that
a loader can translate keys into the identifiers it gets from the actions it replays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Role = Literal["owner", "admin", "sales", "accountant", "buyer", "support", "viewer"]
PartyRole = Literal["customer", "supplier", "prospect", "contact"]
Lifecycle = Literal["prospect", "customer", "dormant", "former"]
Tier = Literal["A", "B", "C"]
Seniority = Literal["owner", "executive", "manager", "employee"]
PurchaseRole = Literal["decider", "influencer", "user", "payer"]
LeadStatus = Literal["new", "contacted", "qualified", "converted", "disqualified"]
DisqualifyReason = Literal[
    "no_budget", "no_need", "wrong_fit", "unreachable", "competitor", "duplicate", "spam"
]
StageKind = Literal["open", "won", "lost"]
Outcome = Literal["open", "won", "lost"]
LostKind = Literal["price", "timing", "product", "competitor", "no_decision"]


@dataclass(frozen=True, slots=True)
class Address:
    line: str
    postcode: str
    city: str
    department: str | None
    """`35`, `2A`, `974`; None abroad."""
    region: str | None
    country: str
    """ISO 3166 alpha-2; the overseas departments are `FR`, as on their invoices."""


@dataclass(frozen=True, slots=True)
class Establishment:
    siret: str
    name: str
    address: Address
    phone: str
    is_head_office: bool


@dataclass(frozen=True, slots=True)
class Organization:
    """The demo company itself: the tenant, not one of its parties."""

    legal_name: str
    trade_name: str
    legal_form: str
    siren: str
    siret: str
    vat_number: str
    naf_code: str
    rcs_city: str
    share_capital: Decimal
    address: Address
    phone: str
    email: str
    website: str
    establishments: tuple[Establishment, ...]


@dataclass(frozen=True, slots=True)
class Team:
    key: str
    name: str
    lead: str


@dataclass(frozen=True, slots=True)
class Staff:
    key: str
    first_name: str
    last_name: str
    email: str
    role: Role
    job_title: str
    team: str | None


@dataclass(frozen=True, slots=True)
class Company:
    """A party that is a company or a public body."""

    key: str
    name: str
    """The legal name, with its form: `SARL Duval & Fils`."""
    trade_name: str
    """The name over the door, unique in the file: `Le Comptoir des Halles`."""
    legal_form: str
    siren: str | None
    siret: str | None
    vat_number: str | None
    naf_code: str | None
    is_taxable_person: bool
    address: Address
    phone: str
    email: str
    website: str
    language: str
    roles: tuple[PartyRole, ...]
    """Those it is created with; a first win makes a customer of a prospect."""


@dataclass(frozen=True, slots=True)
class Person:
    """A party that is a person, and the company that person works for."""

    key: str
    civility: Literal["M.", "Mme"]
    first_name: str
    last_name: str
    email: str
    phone: str
    language: str
    company: str


@dataclass(frozen=True, slots=True)
class Customer:
    key: str
    party: str
    starts_as: Lifecycle
    """The lifecycle it is created with."""
    lifecycle: Lifecycle
    """The lifecycle once every event has been replayed."""
    tier: Tier
    industry: str
    headcount: int
    annual_revenue: Decimal | None
    """None for public bodies, which have a budget and no revenue."""
    owner: str
    team: str
    source: str
    since: date
    """First known dealing; before `created_at` for those taken over from the old file."""
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class LifecycleChange:
    customer: str
    lifecycle: Lifecycle
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Contact:
    key: str
    party: str
    customer: str
    job_title: str
    seniority: Seniority
    role_in_purchase: PurchaseRole
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class LeadSource:
    key: str
    name: str
    channel: str


@dataclass(frozen=True, slots=True)
class LostReason:
    key: str
    name: str
    kind: LostKind


@dataclass(frozen=True, slots=True)
class Pipeline:
    key: str
    name: str
    rotting_days: int


@dataclass(frozen=True, slots=True)
class Stage:
    key: str
    pipeline: str
    name: str
    order: int
    probability: int
    """Per cent."""
    kind: StageKind
    max_days: int | None


@dataclass(frozen=True, slots=True)
class Lead:
    key: str
    title: str
    company_name: str
    person_name: str
    email: str
    phone: str
    city: str
    need: str
    budget: Decimal | None
    source: str
    owner: str
    status: LeadStatus
    created_at: datetime
    contacted_at: datetime | None = None
    qualified_at: datetime | None = None
    closed_at: datetime | None = None
    """When it was converted or disqualified."""
    disqualify_reason: DisqualifyReason | None = None
    disqualify_note: str | None = None
    customer: str | None = None
    contact: str | None = None
    opportunity: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """An opportunity entering an open stage; the first one is its creation."""

    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opportunity:
    key: str
    name: str
    customer: str
    contacts: tuple[str, ...]
    pipeline: str
    amount: Decimal
    recurring_amount: Decimal | None
    expected_close: date
    owner: str
    lead: str | None
    moves: tuple[Move, ...]
    stage: str
    """The stage it is in today, a closed one once it is won or lost."""
    outcome: Outcome
    closed_at: datetime | None
    lost_reason: str | None
    lost_note: str | None

    @property
    def created_at(self) -> datetime:
        return self.moves[0].at


@dataclass(frozen=True, slots=True)
class Event:
    """Something a member of staff did: an action to replay at its time."""

    kind: str
    """`resource.verb`, as the actions of the CRM are called: `lead.convert`."""
    at: datetime
    """In UTC; office hours in Paris."""
    actor: str
    creates: tuple[str, ...]
    """Keys that exist from now on."""
    payload: Mapping[str, object]
    """Plain values; every reference is a key created before or by this event."""
