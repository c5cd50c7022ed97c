"""Takeover: the customers of the old file, entered in the weeks before the year begins."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from eyeot_crm.demo import house
from eyeot_crm.demo.book import Book, Known, Origin
from eyeot_crm.demo.companies import Profile
from eyeot_crm.demo.jobs import Job, colleagues, head
from eyeot_crm.demo.model import Customer, Lifecycle
from eyeot_crm.demo.workdays import moment, workdays

_LIFECYCLES: dict[Lifecycle, int] = {"customer": 62, "prospect": 22, "dormant": 13, "former": 3}
_KNOWN_SHARE = {"customer": 0.46, "prospect": 0.42, "dormant": 0.3, "former": 0.1}
_COLLEAGUES_FROM = (14, 70)
_COLLEAGUE_SHARE = 0.5
_OLDEST = 14 * 365
_PROSPECT_SINCE = 500


@dataclass(frozen=True, slots=True)
class Period:
    """The first day is the takeover's, `begins` the year's, `last` the last one lived through."""

    opening: date
    begins: date
    last: date


def take_over(rng: Random, book: Book, profiles: list[Profile], period: Period) -> None:
    """Enter them in the order of their days, with the people known there."""
    days = workdays(period.opening + timedelta(days=1), period.begins - timedelta(days=4))
    moments = sorted(moment(rng, rng.choice(days)) for _ in profiles)
    for profile, at in zip(profiles, moments, strict=True):
        lifecycle = rng.choices(list(_LIFECYCLES), list(_LIFECYCLES.values()))[0]
        owner = house.SALESPERSON[profile.area]
        days_ago = rng.randint(30, _PROSPECT_SINCE if lifecycle == "prospect" else _OLDEST)
        origin = Origin(
            source=house.OLD_FILE,
            at=at,
            by=rng.choice((owner, house.ADMIN)),
            since=period.begins - timedelta(days=days_ago),
            lifecycle=lifecycle,
        )
        customer = book.customer(profile, origin)
        if rng.random() < _KNOWN_SHARE[lifecycle]:
            introduce(rng, book, customer)


def introduce(rng: Random, book: Book, customer: Customer) -> None:
    """Enter the people known there along with the customer."""
    profile = book.profiles[customer.key]
    for n, job in enumerate(_jobs(rng, profile)):
        who = book.someone(profile) if n else book.person_at(profile)
        book.contact(customer, Known(who, job, book.phone(profile)))


def _jobs(rng: Random, profile: Profile) -> list[Job]:
    """The one who decides, and colleagues in larger houses; abroad we know one person."""
    known = [head(profile)]
    for least, colleague in zip(_COLLEAGUES_FROM, colleagues(profile), strict=False):
        if profile.area in house.ABROAD or profile.headcount < least:
            break
        if rng.random() < _COLLEAGUE_SHARE:
            known.append(colleague)
    return known
