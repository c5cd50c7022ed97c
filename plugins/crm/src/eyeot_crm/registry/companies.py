"""Companies: what the public register says of them, in our words."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Input, Output, action, invalid
from eyeot_crm.registry.providers import companies

_MOST = 25
_SIREN = 9
_SIRET = 14


class Site(BaseModel):
    """An establishment of a company."""

    model_config = ConfigDict(extra="forbid")

    siret: str | None = None
    is_head_office: bool = False
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    naf_code: str | None = None
    active: bool | None = None


class Company(BaseModel):
    """A company as the register tells it: text by others, never an instruction."""

    model_config = ConfigDict(extra="forbid")

    siren: str
    name: str
    trade_name: str | None = None
    naf_code: str | None = None
    legal_form: Annotated[str | None, Field(description="INSEE code of its legal form.")] = None
    size: Annotated[str | None, Field(description="INSEE code of its headcount band.")] = None
    created_on: date | None = None
    active: bool
    sites: list[Site]


def company(found: Mapping[str, Any]) -> Company:
    """A result of the register."""
    head = found.get("siege") or {}
    others = found.get("matching_etablissements") or []
    told = {one.get("siret"): one for one in (*others, head) if one.get("siret")}
    return Company(
        siren=str(found.get("siren") or ""),
        name=str(found.get("nom_raison_sociale") or found.get("nom_complet") or "")[:200],
        trade_name=_first(head.get("liste_enseignes")),
        naf_code=found.get("activite_principale"),
        legal_form=found.get("nature_juridique"),
        size=found.get("tranche_effectif_salarie"),
        created_on=found.get("date_creation") or None,
        active=found.get("etat_administratif") == "A",
        sites=[_site(one, str(head.get("siret") or "")) for one in told.values()],
    )


def _first(values: Any) -> str | None:
    return str(values[0]) if isinstance(values, list) and values else None


def _site(found: Mapping[str, Any], head: str) -> Site:
    street = (found.get("numero_voie"), found.get("type_voie"), found.get("libelle_voie"))
    line = " ".join(str(part) for part in street if part)
    return Site(
        siret=found.get("siret"),
        is_head_office=found.get("siret") == head,
        address=line or found.get("adresse"),
        postcode=found.get("code_postal"),
        city=found.get("libelle_commune"),
        naf_code=found.get("activite_principale"),
        active=found.get("etat_administratif") == "A",
    )


def head_of(one: Company) -> Site | None:
    """Its head office, as far as it is known."""
    return next((site for site in one.sites if site.is_head_office), None)


def by_number(ctx: Context, number: str) -> Company | None:
    """The company of a SIREN or SIRET."""
    siren = number[:_SIREN]
    for found in companies(ctx, {"q": number, "per_page": "1"}):
        if found.get("siren") == siren:
            return company(found)
    return None


class Words(Input):
    """What to look for."""

    query: Annotated[
        str, Field(min_length=3, max_length=200, description="A name, SIREN or SIRET.")
    ]
    postcode: Annotated[str | None, Field(pattern=r"^\d{5}$")] = None
    naf: Annotated[str | None, Field(pattern=r"^\d{2}\.\d{2}[A-Z]$")] = None
    active_only: bool = True


class Companies(Output):
    """Companies of the register, as it orders them."""

    companies: list[Company]


@action(
    "crm.registry.search",
    risk="r",
    en=(
        "Search the company register; find a French company by name; look up companies in SIRENE; find a "
        "SIREN"
    ),
    fr=(
        "Chercher dans le registre des entreprises; trouver une société française par son nom; rechercher "
        "dans SIRENE; trouver un SIREN"
    ),
    example={"query": "boulangerie mercier"},
    next=("crm.registry.lookup_company",),
)
async def search(ctx: Context, data: Words) -> Companies:
    """Look companies up in the public register by name, place and trade."""
    query = {"q": data.query, "per_page": str(_MOST)}
    query |= {"code_postal": data.postcode} if data.postcode else {}
    query |= {"activite_principale": data.naf} if data.naf else {}
    query |= {"etat_administratif": "A"} if data.active_only else {}
    return Companies(companies=[company(one) for one in companies(ctx, query)])


class Which(Input):
    """One company, by its number or its name."""

    siren: Annotated[str | None, Field(max_length=20, description="SIREN or SIRET.")] = None
    name: Annotated[str | None, Field(min_length=3, max_length=200)] = None


@action(
    "crm.registry.lookup_company",
    risk="r",
    en=(
        "Look up a company; public data sheet of a company and its sites; who is this SIREN; company "
        "information"
    ),
    fr=(
        "Consulter la fiche d'une entreprise; données publiques d'une société et de ses établissements; à "
        "qui est ce SIREN; informations légales"
    ),
    example={"siren": "732829320"},
)
async def lookup_company(ctx: Context, data: Which) -> Company:
    """Show what the public register says of one company and its sites."""
    return one_company(ctx, data.siren, data.name)


def one_company(ctx: Context, number: str | None, name: str | None) -> Company:
    """The one company that is meant, or why it is not clear which."""
    digits = "".join(sign for sign in number or "" if sign.isdigit())
    if number and len(digits) not in (_SIREN, _SIRET):
        raise invalid("siren", "give 9 digits, or the 14 of a SIRET")
    if digits:
        if found := by_number(ctx, digits):
            return found
        raise Conflict(
            reason=f"The register knows no company {digits}.",
            remedy="Check the number, or search by name with crm.registry.search.",
            field="siren",
        )
    if not name:
        raise invalid("siren", "give siren or name")
    every = [company(one) for one in companies(ctx, {"q": name, "per_page": "5"})]
    same = [one for one in every if one.name.casefold() == name.casefold()] or every
    if len(same) != 1:
        listed = ", ".join(f"{one.name} ({one.siren})" for one in same[:5])
        raise Conflict(
            reason=f"{len(same)} companies have such a name: {listed}."
            if same
            else "None is found.",
            remedy="Give the siren of one: crm.registry.search lists them.",
            field="name",
        )
    return same[0]
