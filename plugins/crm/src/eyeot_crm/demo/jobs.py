"""Jobs: what people are called at work, in both genders, and what they decide."""

from dataclasses import dataclass
from typing import Literal

from eyeot_crm.demo.companies import Profile
from eyeot_crm.demo.model import PurchaseRole, Seniority


@dataclass(frozen=True, slots=True)
class Job:
    man: str
    woman: str
    seniority: Seniority
    role: PurchaseRole

    def title(self, civility: Literal["M.", "Mme"]) -> str:
        return self.woman if civility == "Mme" else self.man


_MANAGER = Job("Gérant", "Gérante", "owner", "decider")
_PRESIDENT = Job("Président", "Présidente", "owner", "decider")
_SELF_EMPLOYED = Job("Chef d'entreprise", "Cheffe d'entreprise", "owner", "decider")
_DIRECTOR = Job("Directeur", "Directrice", "executive", "decider")
_GENERAL = Job("Directeur général", "Directrice générale", "executive", "decider")
_OPERATIONS = Job("Directeur des opérations", "Directrice des opérations", "executive", "decider")
_SITE = Job("Directeur d'exploitation", "Directrice d'exploitation", "executive", "decider")
_HEADMASTER = Job("Chef d'établissement", "Cheffe d'établissement", "executive", "decider")
_BURSAR = Job("Adjoint gestionnaire", "Adjointe gestionnaire", "executive", "decider")
_TOWN = Job(
    "Directeur général des services", "Directrice générale des services", "executive", "decider"
)
_SCHOOL_MEALS = Job(
    "Responsable de la restauration scolaire",
    "Responsable de la restauration scolaire",
    "manager",
    "user",
)
_TENDERS = Job(
    "Responsable de la commande publique",
    "Responsable de la commande publique",
    "manager",
    "influencer",
)
_ALDERMAN = Job(
    "Adjoint au maire chargé des affaires scolaires",
    "Adjointe au maire chargée des affaires scolaires",
    "executive",
    "influencer",
)
_CHEF = Job("Chef de cuisine", "Cheffe de cuisine", "manager", "influencer")
_SOUS_CHEF = Job("Second de cuisine", "Seconde de cuisine", "employee", "user")
_BAKER = Job("Chef boulanger", "Cheffe boulangère", "manager", "influencer")
_PASTRY = Job("Chef pâtissier", "Cheffe pâtissière", "manager", "influencer")
_BUTCHER = Job("Chef boucher", "Cheffe bouchère", "manager", "user")
_SHOP = Job("Responsable de boutique", "Responsable de boutique", "manager", "user")
_FRESH = Job("Responsable du rayon frais", "Responsable du rayon frais", "manager", "user")
_TECHNICAL = Job("Responsable technique", "Responsable technique", "manager", "influencer")
_PRODUCTION = Job("Responsable de production", "Responsable de production", "manager", "user")
_CATERING = Job(
    "Responsable de la restauration", "Responsable de la restauration", "manager", "user"
)
_HOUSEKEEPING = Job("Responsable hôtelier", "Responsable hôtelière", "manager", "influencer")
_BUYER = Job("Responsable des achats", "Responsable des achats", "manager", "influencer")
_ACCOUNTANT = Job("Comptable", "Comptable", "employee", "payer")

_BY_FORM = {
    "EI": _SELF_EMPLOYED,
    "SAS": _PRESIDENT,
    "SASU": _PRESIDENT,
    "SA": _GENERAL,
    "Ltd": _DIRECTOR,
}
_BY_TRADE = {
    "contract": _OPERATIONS,
    "care": _DIRECTOR,
    "clinic": _DIRECTOR,
    "town": _TOWN,
    "wholesale": _SITE,
}
_COLLEAGUES = {
    "bakery": (_BAKER, _SHOP, _ACCOUNTANT),
    "pastry": (_PASTRY, _SHOP),
    "butcher": (_BUTCHER, _ACCOUNTANT),
    "fish": (_SHOP, _ACCOUNTANT),
    "cheese": (_SHOP, _ACCOUNTANT),
    "icecream": (_PRODUCTION, _SHOP),
    "hotel": (_CHEF, _TECHNICAL, _ACCOUNTANT),
    "camping": (_TECHNICAL, _CATERING),
    "caterer": (_CHEF, _PRODUCTION, _ACCOUNTANT),
    "contract": (_BUYER, _PRODUCTION, _TECHNICAL, _ACCOUNTANT),
    "care": (_CATERING, _HOUSEKEEPING, _ACCOUNTANT),
    "clinic": (_HOUSEKEEPING, _BUYER, _TECHNICAL),
    "school": (_CHEF, _ACCOUNTANT),
    "town": (_SCHOOL_MEALS, _TENDERS, _ALDERMAN),
    "wholesale": (_BUYER, _TECHNICAL),
    "grocery": (_FRESH, _ACCOUNTANT),
}
_LARGE_HOTEL = 25


def head(profile: Profile) -> Job:
    """Who decides there."""
    form, trade = profile.company.legal_form, profile.trade.key
    if trade == "school":
        return _HEADMASTER if form == "Association" else _BURSAR
    if trade == "hotel" and profile.headcount > _LARGE_HOTEL:
        return _DIRECTOR
    return _BY_TRADE.get(trade) or _BY_FORM.get(form, _MANAGER)


def colleagues(profile: Profile) -> tuple[Job, ...]:
    """Who else counts there, the most useful first."""
    return _COLLEAGUES.get(profile.trade.key, (_CHEF, _SOUS_CHEF, _ACCOUNTANT))
