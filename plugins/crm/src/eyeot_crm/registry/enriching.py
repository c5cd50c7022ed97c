"""Enriching: a party's legal identity, address and e-invoicing address from public registers."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Input, Output, ProviderUnavailable, action
from eyeot_crm.ids import CustomerId, PartyId
from eyeot_crm.parties import Party
from eyeot_crm.registry.companies import Company, company, head_of, one_company
from eyeot_crm.registry.providers import ADDRESSES, EINVOICING, companies

_SURE = 0.7
_FIELDS = ("name", "siren", "siret", "trade_name", "naf_code", "addresses")


class Enrich(Input):
    """A party, the company that it is, and what may be replaced."""

    id: PartyId
    siren: Annotated[str | None, Field(max_length=20, description="SIREN or SIRET.")] = None
    name: Annotated[str | None, Field(min_length=3, max_length=200)] = None
    overwrite: Annotated[
        list[Annotated[str, Field(max_length=20)]],
        Field(max_length=6, description="Fields that may be replaced; the others are only filled."),
    ] = Field(default_factory=list)


class Difference(BaseModel):
    """What we have and what the register has."""

    model_config = ConfigDict(extra="forbid")

    field: str
    ours: Any = None
    theirs: Any = None
    taken: bool


class Enriched(Output):
    """How the register differs, and what was taken over; try dry_run first."""

    party_id: PartyId
    siren: str
    active: bool
    differences: list[Difference]


@action(
    "crm.party.enrich_from_registry",
    risk="w",
    en=(
        "Fill in a party from the company register; complete a customer's legal data; update name, NAF "
        "and address from SIRENE"
    ),
    fr=(
        "Compléter un tiers depuis le registre des entreprises; remplir les données légales d'un client; "
        "mettre à jour nom, NAF et adresse depuis SIRENE"
    ),
    example={"id": "$crm.party?siren_is_set=true&kind=company"},
    record=Party,
)
async def enrich(ctx: Context, data: Enrich) -> Enriched:
    """Fill what a party lacks from the public register, and show where the two differ."""
    party = await ctx.get(Party, data.id, lock=True)
    if party.kind == "person":
        raise Conflict(
            reason="The register knows companies; this is a person.",
            remedy="Choose a party with kind=company.",
            field="id",
        )
    number = data.siren or party.siret or party.siren
    found = one_company(ctx, number, None if number else data.name or party.name)
    if party.siren and party.siren != found.siren and "siren" not in data.overwrite:
        raise Conflict(
            reason=f"This party has the SIREN {party.siren}, not {found.siren}.",
            remedy="Leave siren out, or overwrite it if ours is wrong: overwrite=['siren'].",
            field="siren",
        )
    told = []
    for name, theirs in _facts(found).items():
        ours = getattr(party, name)
        if not theirs or ours == theirs:
            continue
        taken = not ours or name in data.overwrite
        if taken:
            setattr(party, name, theirs)
        told.append(Difference(field=name, ours=ours or None, theirs=theirs, taken=taken))
    return Enriched(party_id=party.id, siren=found.siren, active=found.active, differences=told)


def _facts(found: Company) -> dict[str, Any]:
    """A party's fields as the register has them."""
    head = head_of(found)
    address: list[dict[str, Any]] = []
    if head and head.address and head.city:
        address = [
            {
                "kind": "main",
                "line1": head.address[:120],
                "postcode": head.postcode,
                "city": head.city[:80],
                "country": "FR",
            }
        ]
    values = (
        found.name,
        found.siren,
        head.siret if head else None,
        found.trade_name,
        found.naf_code,
        address,
    )
    return dict(zip(_FIELDS, values, strict=True))


class Standardise(Input):
    """A party, and which of its addresses."""

    id: PartyId
    position: Annotated[int, Field(ge=1, le=100, description="Its place among them, from 1.")] = 1


class Standardised(Output):
    """An address as the national base writes it, and how sure that is."""

    party_id: PartyId
    before: dict[str, Any]
    after: dict[str, Any]
    score: Annotated[float, Field(description="From 0 to 1, as the base says.")]
    changed: bool


@action(
    "crm.party.standardise_address",
    risk="w",
    en=(
        "Standardise an address; check an address against the national base; correct a postal address; "
        "structured address for SEPA"
    ),
    fr=(
        "Normaliser une adresse; vérifier une adresse dans la base adresse nationale; corriger une adresse "
        "postale; adresse structurée pour SEPA"
    ),
    example={"id": "$crm.party?city_is_set=true"},
    record=Party,
)
async def standardise_address(ctx: Context, data: Standardise) -> Standardised:
    """Write a party's French address as the national base has it, when that is surely the same."""
    party = await ctx.get(Party, data.id, lock=True)
    addresses: list[Any] = list(party.addresses)
    before = _french(addresses, data.position)
    told, score = _surely_same(ctx, before)
    after = {
        **before,
        "line1": str(told["name"])[:120],
        "postcode": told.get("postcode") or before.get("postcode"),
        "city": str(told["city"])[:80],
        "country": "FR",
    }
    addresses[data.position - 1] = after
    party.addresses = addresses
    return Standardised(
        party_id=party.id,
        before=before,
        after=after,
        score=round(score, 2),
        changed=before != after,
    )


def _french(addresses: list[Any], position: int) -> dict[str, Any]:
    """The address at that place, if there is one and the base can know it."""
    if len(addresses) < position:
        raise Conflict(
            reason=f"This party has {len(addresses)} addresses.",
            remedy="Add one with crm.party.add_address.",
            field="position",
        )
    address = dict(addresses[position - 1])
    if address.get("country", "FR") != "FR":
        raise Conflict(
            reason="The national base holds addresses in France only.",
            remedy="Check an address abroad by hand.",
            field="position",
        )
    return address


def _surely_same(ctx: Context, address: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """The address in the base's words, and how sure it is; refused when that is not enough."""
    words = " ".join(str(address[n]) for n in ("line1", "postcode", "city") if address.get(n))
    found = ctx.fetch(ADDRESSES, "GET", "/search", query={"q": words, "limit": "1"})
    if not found.ok:
        raise ProviderUnavailable(
            provider=ADDRESSES.name, reason=f"it answered {found.status}", answered=found.status
        )
    features = found.json().get("features") or []
    told = features[0].get("properties", {}) if features else {}
    score = float(told.get("score") or 0)
    if score < _SURE or not told.get("name") or not told.get("city"):
        raise Conflict(
            reason=f"The base knows no address that is surely this one (best at {score:.0%}).",
            remedy="Correct the address with crm.party.update, then try again.",
            field="position",
        )
    return told, score


class PartyChosen(Input):
    """One party."""

    id: PartyId


class Directory(Output):
    """Where a company takes electronic invoices; none: it is not in the directory yet."""

    party_id: PartyId
    siren: str
    registered: bool
    lines: Annotated[
        list[dict[str, Any]],
        Field(description="Addressing identifier, platform, state and dates of each line."),
    ]


@action(
    "crm.party.resolve_electronic_address",
    risk="r",
    en=(
        "Resolve an electronic address; where does a company take e-invoices; look up the e-invoicing "
        "directory; which platform of a customer"
    ),
    fr=(
        "Trouver l'adresse de facturation électronique; où une société reçoit-elle ses factures "
        "électroniques; consulter l'annuaire; plateforme d'un client"
    ),
    example={"id": "$crm.party?siren_is_set=true"},
    record=Party,
)
async def resolve_electronic_address(ctx: Context, data: PartyChosen) -> Directory:
    """Ask the directory of electronic invoicing by which platform a company takes its invoices."""
    party = await ctx.get(Party, data.id)
    if not party.siren:
        raise Conflict(
            reason="The directory is asked by SIREN, and this party has none.",
            remedy="Set it with crm.party.update, or crm.party.enrich_from_registry.",
            field="id",
        )
    found = ctx.fetch(EINVOICING, "GET", f"/v1/directory-line/code:{party.siren}")
    missing = found.status == 404  # noqa: PLR2004 - not registered
    if not found.ok and not missing:
        raise ProviderUnavailable(
            provider=EINVOICING.name, reason=f"it answered {found.status}", answered=found.status
        )
    told = [] if missing else found.json()
    lines = told if isinstance(told, list) else [told]
    return Directory(party_id=party.id, siren=party.siren, registered=bool(lines), lines=lines[:20])


class Prospecting(Input):
    """Which companies of the register."""

    naf: Annotated[str, Field(pattern=r"^\d{2}\.\d{2}[A-Z]$", description="E.g. 10.71C.")]
    postcode: Annotated[str | None, Field(pattern=r"^\d{5}$")] = None
    department: Annotated[str | None, Field(pattern=r"^(\d{2,3}|2[AB])$")] = None
    size: Annotated[
        str | None, Field(pattern=r"^(NN|\d{2})$", description="INSEE band of headcount.")
    ] = None
    most: Annotated[int, Field(ge=1, le=25)] = 10


class Imported(Output):
    """The prospects that were made, and those we knew."""

    created: list[CustomerId]
    known: int


@action(
    "crm.customer.import_from_registry",
    risk="w",
    en=(
        "Import prospects from the company register; find new customers by trade and area; build a list "
        "of prospects"
    ),
    fr=(
        "Importer des prospects depuis le registre; trouver de nouveaux clients par métier et secteur; "
        "constituer un fichier de prospects"
    ),
    example={"naf": "10.71C", "postcode": "69002"},
)
async def import_from_registry(ctx: Context, data: Prospecting) -> Imported:
    """Make prospects of companies of the register by trade, area and size; those we know are left alone."""
    if not (data.postcode or data.department):
        raise Conflict(
            reason="That would be the whole country.",
            remedy="Narrow it: give postcode or department.",
            field="postcode",
        )
    query = {
        "activite_principale": data.naf,
        "code_postal": data.postcode,
        "departement": data.department,
        "tranche_effectif_salarie": data.size,
        "etat_administratif": "A",
        "per_page": str(data.most),
    }
    found = [company(one) for one in companies(ctx, {n: v for n, v in query.items() if v})]
    sirens = [one.siren for one in found if one.siren]
    here = {one.siren for one in await ctx.find(Party, Party.c.siren.in_(sirens))}
    created = []
    for one in found[: data.most]:
        if one.siren in here or not one.siren:
            continue
        facts = {name: value for name, value in _facts(one).items() if value}
        made = await ctx.call("crm.customer.create", {**facts, "lifecycle": "prospect"})
        created.append(made.id)
        here.add(one.siren)
    return Imported(created=created, known=len(found) - len(created))
