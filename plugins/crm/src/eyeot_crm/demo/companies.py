"""Companies: French customers, each with a legal identity that hangs together."""

import math
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from eyeot_crm.demo.decks import deck
from eyeot_crm.demo.identifiers import Registry, siret, vat_number
from eyeot_crm.demo.model import Address, Company
from eyeot_crm.demo.people import Name, name, surname
from eyeot_crm.demo.places import OVERSEAS, Commune, address, of, somewhere
from eyeot_crm.demo.trades import TRADES, Trade

_PRIVATE_FORMS = (
    (4, ("EI", "EURL", "SARL", "SASU"), (25, 25, 30, 20)),
    (10, ("EURL", "SARL", "SASU", "SAS"), (15, 50, 10, 25)),
    (40, ("SARL", "SAS"), (40, 60)),
    (10_000, ("SAS", "SA"), (85, 15)),
)
_LARGE_FORMS = (("SAS", "SA"), (80, 20))
_CARE_FORMS = (("Association", "SAS", "Établissement public"), (45, 35, 20))
_SOLE_OWNER = ("EI", "EURL", "SASU")
_SIGN_SHARE = 0.72
_SIGN_AS_NAME = 0.45
_FORM_LAST = 0.5
_OPENED_SITES = (1, 1, 1, 1, 2, 2, 3)


@dataclass(frozen=True, slots=True)
class Profile:
    """A company with what sales should know about it; not yet anybody's customer."""

    company: Company
    industry: str
    headcount: int
    annual_revenue: Decimal | None
    trade: Trade
    area: str
    """The region, or the country abroad: what decides who sells there."""
    founder: Name | None = None


@dataclass(frozen=True, slots=True)
class _Sign:
    text: str
    founder: str | None


@dataclass(frozen=True, slots=True)
class _Legal:
    name: str
    form: str
    founder: Name | None


class Companies:
    """Makes French companies, no two of the same name."""

    def __init__(self, rng: Random, registry: Registry) -> None:
        self._rng = rng
        self._registry = registry
        self._unused = {trade.key: self._shuffled(trade.signs) for trade in TRADES}
        self._trades = deck(rng, {trade: trade.weight for trade in TRADES})

    def _shuffled(self, signs: tuple[str, ...]) -> list[str]:
        return self._rng.sample(signs, len(signs))

    def draw(self) -> Profile:
        """One more company."""
        return self._company(next(self._trades))

    def _company(self, trade: Trade) -> Profile:
        rng = self._rng
        while True:
            place = self._place(trade)
            sign = self._sign(trade, place)
            headcount = _between(rng, *trade.headcount)
            legal = self._legal(trade, place, sign, headcount)
            if self._registry.claim(f"sign {sign.text}") and self._registry.claim(legal.name):
                break
        company = self._identity(trade, place, sign, legal)
        spread = rng.uniform(0.75, 1.3)
        revenue = Decimal(round(headcount * trade.revenue * spread / 1000) * 1000)
        return Profile(
            company=company,
            industry=trade.industry,
            headcount=headcount,
            annual_revenue=revenue if trade.revenue else None,
            trade=trade,
            area=place.region,
            founder=legal.founder,
        )

    def _place(self, trade: Trade) -> Commune:
        while True:
            place = somewhere(self._rng)
            public = trade.forms in ("town", "school", "care")
            if not (
                place.weight > trade.largest_commune
                or (public and place.region in (*OVERSEAS, "Corse"))
                or (place.is_district and trade.streets == "park")
            ):
                return place

    def _sign(self, trade: Trade, place: Commune) -> _Sign:
        unused = self._unused[trade.key]
        if self._rng.random() < _SIGN_SHARE:
            for sign in unused:
                setting, _, text = sign.rpartition(": ")
                if setting in ("", place.setting):
                    unused.remove(sign)
                    return _Sign(text, None)
        founder = surname(self._rng, place.region)
        pattern = self._rng.choice(trade.patterns)
        text = pattern.format(nom=founder, de_ville=of(place.name))
        return _Sign(text, founder if "{nom}" in pattern else None)

    def _legal(self, trade: Trade, place: Commune, sign: _Sign, headcount: int) -> _Legal:
        if trade.forms == "town":
            return _Legal(f"Commune {of(place.name)}", "Commune", None)
        if trade.forms == "school":
            return _school(sign)
        if trade.forms == "care":
            form = self._rng.choices(*_CARE_FORMS)[0]
            return _Legal(_care_name(form, sign.text), form, None)
        form = self._form(trade, headcount)
        founder = name(self._rng, self._registry, place.region, sign.founder)
        if form == "EI":
            return _Legal(f"{founder.full} EI", form, founder)
        if self._rng.random() < _SIGN_AS_NAME:
            known = founder if sign.founder else None
            return _Legal(self._with_form(form, sign.text), form, known)
        return _Legal(
            self._with_form(form, self._denomination(trade, form, founder)), form, founder
        )

    def _form(self, trade: Trade, headcount: int) -> str:
        if trade.forms == "large":
            return self._rng.choices(*_LARGE_FORMS)[0]
        forms, weights = next(row[1:] for row in _PRIVATE_FORMS if headcount <= row[0])
        return self._rng.choices(forms, weights)[0]

    def _denomination(self, trade: Trade, form: str, founder: Name) -> str:
        choices = trade.denominations
        if form in _SOLE_OWNER:
            choices = tuple(c for c in choices if "Fils" not in c and "Associés" not in c)
        choice = self._rng.choice(choices or ("{nom}",))
        return choice.format(nom=founder.last)

    def _with_form(self, form: str, text: str) -> str:
        last = form.startswith("SAS") and self._rng.random() < _FORM_LAST
        return f"{text} {form}" if last else f"{form} {text}"

    def _identity(self, trade: Trade, place: Commune, sign: _Sign, legal: _Legal) -> Company:
        siren, taxable = self._siren(legal.form, place)
        domain = self._registry.domain(sign.text, place.name, place.department)
        return Company(
            key="",
            name=legal.name,
            trade_name=sign.text,
            legal_form=legal.form,
            siren=siren,
            siret=siret(siren, self._rng.choice(_OPENED_SITES)),
            vat_number=vat_number(siren) if taxable else None,
            naf_code=trade.naf,
            is_taxable_person=taxable,
            address=self._address(trade, place),
            phone=self._registry.landline(place.region, place.department),
            email=f"{trade.mailbox}@{domain}",
            website=f"https://www.{domain}",
            language="fr",
            roles=("customer",),
        )

    def _siren(self, form: str, place: Commune) -> tuple[str, bool]:
        """The number, and whether its holder charges VAT: public bodies and charities do not."""
        kinds = {"Commune": "town", "EPLE": "school", "Établissement public": "hospital"}
        if form in kinds:
            return self._registry.public_siren(kinds[form], place.department), False
        return self._registry.siren(), form != "Association"

    def _address(self, trade: Trade, place: Commune) -> Address:
        while True:
            found = address(self._rng, place, trade.streets)
            if self._registry.claim(f"{found.line} {found.postcode}"):
                return found


def _school(sign: _Sign) -> _Legal:
    """A private school is run by an association, a public one is an establishment itself."""
    for kind in ("Ensemble scolaire", "Institution"):
        if sign.text.startswith(kind):
            return _Legal(sign.text.replace(kind, "OGEC"), "Association", None)
    return _Legal(sign.text, "EPLE", None)


def _care_name(form: str, sign: str) -> str:
    if form == "Établissement public":
        return sign if sign.startswith("EHPAD") else f"EHPAD {sign}"
    return f"{form} {sign}"


def _between(rng: Random, low: int, high: int) -> int:
    """A size between two bounds, small ones more often."""
    return round(low * math.pow(high / low, rng.betavariate(1.7, 2.3)))
