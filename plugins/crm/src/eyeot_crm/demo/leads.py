"""Leads: who got in touch over the year, and what became of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from eyeot_crm.demo import house
from eyeot_crm.demo.book import Book, mailbox
from eyeot_crm.demo.companies import Companies, Profile
from eyeot_crm.demo.decks import deck
from eyeot_crm.demo.misfits import MISFITS, SPAM, Misfit
from eyeot_crm.demo.model import DisqualifyReason, Lead
from eyeot_crm.demo.people import Name
from eyeot_crm.demo.places import at as at_city
from eyeot_crm.demo.places import of
from eyeot_crm.demo.sales import Demand, budget, demand, need, wanted
from eyeot_crm.demo.workdays import later, soon

_SOURCES = {
    house.WEBSITE: 17,
    house.CALL: 10,
    house.REFERRAL: 8,
    house.FAIR: 6,
    house.PARTNER: 4,
    house.OUTBOUND: 3,
    house.MAILING: 2,
}
_BY_SELLER = (house.OUTBOUND, house.FAIR, house.REFERRAL, house.PARTNER)
_Fate = Literal["converted", "lingering", "neglected", "disqualified"]
_FATES: dict[_Fate, int] = {"converted": 11, "lingering": 2, "neglected": 4, "disqualified": 11}
_NEVER_QUALIFIED_SHARE = 0.5
_QUICK_SHARE = 0.6
_NEGLECTED_AT_MOST = timedelta(days=75)
_SLOW_DAYS = (1, 1, 1, 2, 3, 5, 8)
_REASONS: dict[DisqualifyReason, tuple[int, tuple[str, ...]]] = {
    "no_budget": (
        5,
        (
            "Enveloppe trois fois inférieure au premier chiffrage.",
            "Le financement n'est pas acquis, à revoir dans un an.",
            "Cherche uniquement du matériel d'occasion à petit prix.",
        ),
    ),
    "no_need": (
        4,
        (
            "Besoin couvert par du matériel récupéré sur un autre site.",
            "Projet abandonné, le matériel en place convient encore.",
            "Simple demande d'information pour un dossier.",
        ),
    ),
    "unreachable": (
        5,
        (
            "Cinq appels et deux e-mails sans réponse.",
            "Numéro non attribué et e-mail resté sans réponse.",
            "Messages laissés trois semaines de suite, sans rappel.",
        ),
    ),
    "competitor": (
        4,
        (
            "A signé avec son installateur habituel avant notre visite.",
            "A retenu un confrère qui disposait du matériel en stock.",
        ),
    ),
    "wrong_fit": (3, ("Hors de notre activité, orienté vers un autre professionnel.",)),
    "duplicate": (2, ("Déjà client : demande rattachée au compte existant.",)),
    "spam": (2, ("Démarchage publicitaire.",)),
}


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A lead with what is known of the company behind it."""

    lead: Lead
    profile: Profile
    demand: Demand
    who: Name


class Leads:
    """Takes leads in, and lets sellers deal with them until the last day."""

    def __init__(self, rng: Random, book: Book, companies: Companies, last: date) -> None:
        self._rng = rng
        self._book = book
        self._companies = companies
        self._last = last
        self._misfits = {"wrong_fit": deck(rng, MISFITS), "spam": deck(rng, SPAM)}
        self._fates = deck(rng, _FATES)
        self._reasons = deck(rng, {reason: weight for reason, (weight, _) in _REASONS.items()})
        self._sources = deck(rng, _SOURCES)
        self._known = list(book.customers)

    def take(self, number: int, at: datetime) -> Inquiry:
        """One lead that came in then."""
        fate = next(self._fates)
        reason = next(self._reasons) if fate == "disqualified" else None
        if fate == "neglected" and self._last - at.date() > _NEGLECTED_AT_MOST:
            reason = "unreachable"
        inquiry = self._again(at) if reason == "duplicate" else self._first(at)
        if reason in self._misfits:
            inquiry = self._misfit(inquiry, next(self._misfits[reason]))
        lead = replace(inquiry.lead, key=f"lead:{number}")
        if reason == "no_budget":
            lead = replace(lead, budget=budget(self._rng, inquiry.demand.amount / 3))
        return replace(inquiry, lead=self._history(lead, fate, reason))

    def _first(self, at: datetime) -> Inquiry:
        profile = self._companies.draw()
        return self._inquiry(profile, self._book.person_at(profile), at)

    def _again(self, at: datetime) -> Inquiry:
        """A customer of the file writing as if for the first time."""
        customer = self._known.pop(self._rng.randrange(len(self._known)))
        profile = self._book.profiles[customer.key]
        return self._inquiry(profile, self._book.someone(profile), at)

    def _inquiry(self, profile: Profile, who: Name, at: datetime) -> Inquiry:
        rng = self._rng
        offer = rng.choice(wanted(profile)[:9])
        request = demand(rng, profile, offer)
        lead = Lead(
            key="",
            title=f"{offer.title} pour {_place(profile)}",
            company_name=profile.company.trade_name,
            person_name=who.full,
            email=mailbox(profile.company, who),
            phone=self._book.phone(profile),
            city=profile.company.address.city,
            need=need(rng, profile, offer, at),
            budget=budget(rng, request.amount),
            source=next(self._sources),
            owner=house.SALESPERSON[profile.area],
            status="new",
            created_at=at,
        )
        return Inquiry(lead, profile, request, who)

    def _misfit(self, inquiry: Inquiry, misfit: Misfit) -> Inquiry:
        """The same person and time with a request that is none of the house's business."""
        domain = self._book.registry.domain(misfit.company, inquiry.lead.city, inquiry.lead.key)
        lead = replace(
            inquiry.lead,
            title=misfit.title,
            company_name=misfit.company,
            email=f"{misfit.mailbox}@{domain}",
            need=misfit.need,
            budget=Decimal(f"{misfit.budget}.00") if misfit.budget else None,
            source=house.WEBSITE if misfit in SPAM else house.CALL,
        )
        return replace(inquiry, lead=lead)

    def _history(self, lead: Lead, fate: _Fate, reason: DisqualifyReason | None) -> Lead:
        """The steps the fate calls for, as far as the last day allows."""
        if reason:
            return self._given_up(lead, reason)
        if fate == "neglected":
            return lead
        lead = self._contacted(lead)
        if fate == "lingering" and self._rng.random() < _NEVER_QUALIFIED_SHARE:
            return lead
        lead = self._qualified(lead)
        closed = self._step(lead.qualified_at, 12)
        if fate == "converted" and closed and self._happened(closed):
            return replace(lead, status="converted", closed_at=closed)
        return lead

    def _given_up(self, lead: Lead, reason: DisqualifyReason) -> Lead:
        """Some on sight, some because nobody answers, the others once talked to."""
        if reason in ("spam", "duplicate"):
            return self._disqualified(lead, soon(self._rng, lead.created_at, (5, 240)), reason)
        if reason == "unreachable":
            days = self._rng.randint(8, 22)
            return self._disqualified(lead, later(self._rng, lead.created_at, days), reason)
        lead = self._contacted(lead)
        if reason in ("wrong_fit", "no_need"):
            return self._disqualified(lead, self._step(lead.contacted_at, 6), reason)
        lead = self._qualified(lead)
        return self._disqualified(lead, self._step(lead.qualified_at, 20), reason)

    def _contacted(self, lead: Lead) -> Lead:
        """Most are called back within hours, some after days."""
        if self._rng.random() < _QUICK_SHARE:
            at = soon(self._rng, lead.created_at, (12, 180))
        else:
            at = later(self._rng, lead.created_at, self._rng.choice(_SLOW_DAYS))
        return replace(lead, status="contacted", contacted_at=at) if self._happened(at) else lead

    def _qualified(self, lead: Lead) -> Lead:
        at = self._step(lead.contacted_at, 9)
        if at and self._happened(at):
            return replace(lead, status="qualified", qualified_at=at)
        return lead

    def _step(self, after: datetime | None, most: int) -> datetime | None:
        return later(self._rng, after, self._rng.randint(1, most)) if after else None

    def _disqualified(self, lead: Lead, at: datetime | None, reason: DisqualifyReason) -> Lead:
        if not at or not self._happened(at):
            return lead
        return replace(
            lead,
            status="disqualified",
            closed_at=at,
            disqualify_reason=reason,
            disqualify_note=self._rng.choice(_REASONS[reason][1]),
        )

    def _happened(self, at: datetime) -> bool:
        return at.date() <= self._last


def entered_by(lead: Lead) -> str:
    """Sellers enter what they bring in; the office enters what comes in by itself."""
    return lead.owner if lead.source in _BY_SELLER else house.ADMIN


def _place(profile: Profile) -> str:
    city = profile.company.address.city
    if profile.trade.key == "town":
        return f"la commune {of(city)}"
    return f"{profile.trade.noun} {at_city(city)}"
