"""Identity: whether a party's identifiers hold, and whether it is known twice."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Input, Output, Ref, Shows, action
from eyeot_crm.ids import PartyId
from eyeot_crm.parties import Party, PartyChosen


class Identifiers(Output):
    """What was found of each identifier."""

    party_id: PartyId
    valid: bool
    checks: list[dict[str, Any]]


@action(
    "crm.party.validate_identifiers",
    risk="r",
    en=(
        "Validate a party's identifiers; check SIREN, SIRET and VAT number; is a company's VAT number valid; "
        "does a SIRET exist"
    ),
    fr=(
        "Vérifier les identifiants d'un tiers; contrôler SIREN, SIRET et TVA; un numéro de TVA "
        "est-il valide; ce SIRET existe-t-il"
    ),
    example={"id": "$crm.party"},
    record=Party,
)
async def validate_identifiers(ctx: Context, data: PartyChosen) -> Identifiers:
    """Check a party's SIREN, SIRET and VAT number against their keys and each other, not registries."""
    party = await ctx.get(Party, data.id)
    vat = (party.vat_number or "")[4:]
    checks = [
        _check("siren", party.siren, "its key is right", valid=party.siren is not None),
        _check(
            "siret", party.siret, "begins with the SIREN", valid=_follows(party.siret, party.siren)
        ),
        _check(
            "vat_number", party.vat_number, "ends with the SIREN", valid=_follows(vat, party.siren)
        ),
    ]
    return Identifiers(party_id=party.id, valid=all(one["valid"] for one in checks), checks=checks)


def _follows(value: str | None, siren: str | None) -> bool:
    return bool(value and siren and siren in value)


def _check(name: str, value: str | None, told: str, *, valid: bool) -> dict[str, Any]:
    result = told if valid else ("missing" if not value else "contradicts the SIREN")
    return {"identifier": name, "value": value, "valid": valid, "result": result}


class Duplicates(Input):
    """A party, or the whole base."""

    id: PartyId
    threshold: Annotated[float, Field(ge=0.3, le=1)] = 0.6


class Likenesses(Output):
    """Likely duplicates, likest first, each with its reasons."""

    items: Annotated[list[dict[str, Any]], Shows(record="crm.party")]


@action(
    "crm.party.find_duplicates",
    risk="r",
    en=(
        "Find duplicates of a party; same company twice; is this company there twice; duplicate "
        "customers"
    ),
    fr=(
        "Trouver les doublons d'un tiers; même société en double; cette société existe-t-elle deux "
        "fois; clients en double"
    ),
    example={"id": "$crm.party"},
    record=Party,
)
async def find_duplicates(ctx: Context, data: Duplicates) -> Likenesses:
    """Find parties that look like this one, by e-mail, telephone, identifiers, name and city."""
    party = await ctx.get(Party, data.id)
    same = [
        Party.c.emails.overlap(party.emails or ["-"]),
        Party.c.phones.overlap(party.phones or ["-"]),
        Party.c.siret.startswith(party.siren) if party.siren else sa.false(),
    ]
    certain = await ctx.find(Party, Party.c.id != party.id, sa.or_(*same), limit=50)
    found = {one.id: one for one in certain}
    scores: dict[UUID, float] = {}
    for hit in await ctx.lookup(party.name, ["crm.party"], 20):
        other_id = Ref("crm.party").parse(hit["id"])
        if other_id != party.id:
            scores[UUID(str(other_id))] = hit["score"]
    for missing in scores.keys() - found.keys():
        found[missing] = await ctx.get(Party, missing)
    items = [likeness(party, one, scores.get(one.id, 0.0)) for one in found.values()]
    kept = sorted(
        (one for one in items if one["score"] >= data.threshold), key=lambda one: -one["score"]
    )
    return Likenesses(items=kept)


def likeness(party: Party, other: Party, name: float) -> dict[str, Any]:
    """How likely two parties are the same, with the reasons; `name`: how much their names are alike, of 1."""
    reasons = [f"name alike at {name:.0%}"] if name else []
    score = name * 0.7
    if set(party.emails) & set(other.emails):
        reasons, score = [*reasons, "same e-mail"], max(score, 0.9)
    if set(party.phones) & set(other.phones):
        reasons, score = [*reasons, "same telephone"], max(score, 0.8)
    if party.city and party.city == other.city:
        reasons, score = [*reasons, "same city"], min(1.0, score + 0.1)
    if party.siren and other.siren and party.siren != other.siren:
        reasons, score = [*reasons, "different SIREN"], score * 0.5
    told = {
        "id": Ref("crm.party").write(other.id),
        "name": other.name,
        "city": other.city,
        "siren": other.siren,
    }
    return {**{n: v for n, v in told.items() if v}, "score": round(score, 2), "reasons": reasons}
