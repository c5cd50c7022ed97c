"""Third parties: customers, prospects and suppliers as Dolibarr and Odoo export them."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from babel import Locale

from eyeot import Context, LeftOut, Part, Ref, Source, Taking, takeover
from eyeot_crm.parties import Party
from eyeot_crm.takeover.columns import layouts, read, truth

_LAYOUTS = layouts("eyeot_crm.takeover", "third_parties.toml")
_CUSTOMERS, _PARTIES = "crm.customer", "crm.party"
_PRIVATE = ("particulier", "individual", "private individual", "te_private", "person", "personne")
_SAID = ("name", "trade_name", "siren", "siret", "naf_code", "vat_number", "website")
_AT_ONCE, _LINE = 1000, 120
_SIRET, _SIREN = 14, 9
_ROLES = ("Mark the suppliers as such", "Marquer les fournisseurs comme tels")
_CLOSED = ("It is closed or archived there", "Clos ou archivé dans l'ancien logiciel")
_PERSON = (
    "A person at a company: import these with crm.contact.import",
    "Personne d'une société : à importer avec crm.contact.import",
)
_NAMELESS = ("It has no name", "Sans nom")
Row = Mapping[str, str]


async def third_parties(ctx: Context, source: Source) -> Taking | None:
    """What a file of third parties comes to; those that are here already are left alone."""
    rows = read(source, _LAYOUTS[source.software])
    if rows is None:
        return None
    left = [LeftOut(row.get("name", "?"), why) for row in rows if (why := _unfit(row, source))]
    fit = [row for row in rows if not _unfit(row, source)]
    known = await known_keys(ctx, fit)
    new = [row for row in _once(fit) if not keys_of(row) & known]
    customers = [_customer(row, source) for row in new if _is_customer(row)]
    parties = [_party(row, source) for row in new if not _is_customer(row)]
    supplies = any(truth(row.get("supplier")) for row in fit)
    return Taking(
        parts=(Part(_CUSTOMERS, customers), Part(_PARTIES, parties)),
        known=len(fit) - len(new),
        left_out=left,
        then=_ROLES if supplies else None,
        figures={"suppliers": str(sum(truth(row.get("supplier")) for row in fit))},
    )


async def mark_suppliers(ctx: Context, source: Source) -> dict[str, Any]:
    """Give the suppliers of a file their role, also those that were here before."""
    rows = read(source, _LAYOUTS[source.software]) or []
    wanted = [row for row in rows if truth(row.get("supplier")) and not _unfit(row, source)]
    return {"suppliers": await become_suppliers(ctx, wanted)}


third_parties_taken = takeover(
    "crm.third_parties", "dolibarr", "odoo", finish=mark_suppliers
)(third_parties)  # fmt: skip


def _unfit(row: Row, source: Source) -> tuple[str, str] | None:
    if not row.get("name"):
        return _NAMELESS
    if "open" in row and row["open"].lower() in ("0", "false", "faux", "closed", "clos", "ferme"):
        return _CLOSED
    is_company = truth(row.get("is_company")) or row.get("is_company", "").lower() == "company"
    return _PERSON if source.software == "odoo" and row.get("parent") and not is_company else None


def _is_customer(row: Row) -> bool:
    return truth(row.get("customer"))


def _customer(row: Row, source: Source) -> dict[str, Any]:
    # In Dolibarr 2 is a prospect; a customer is 1, and 3 both.
    prospect = source.software == "dolibarr" and row["customer"] == "2"
    return {**_party(row, source), "lifecycle": "prospect" if prospect else "customer"}


def _party(row: Row, source: Source) -> dict[str, Any]:
    """A party's fields, each under the name that an import fills it by."""
    told: dict[str, Any] = {name: row[name] for name in _SAID if name in row}
    told["kind"] = "person" if _is_person(row, source) else "company"
    told |= _registered(row)
    if row.get("email"):
        told["emails"] = [row["email"]]
    if row.get("phone"):
        told["phones"] = [row["phone"]]
    return told | _address(row)


def _is_person(row: Row, source: Source) -> bool:
    if source.software == "odoo":
        said = row.get("is_company", "").lower()
        return said in _PRIVATE or (bool(said) and said != "company" and not truth(said))
    return row.get("form", "").lower() in _PRIVATE


def _registered(row: Row) -> dict[str, Any]:
    """A register's number is a SIRET or a SIREN by its length, and anything else abroad is none."""
    digits = "".join(sign for sign in row.get("siret", "") if sign.isalnum())
    if not digits or len(digits) == _SIRET:
        return {}
    siren = row.get("siren") or (digits if len(digits) == _SIREN and digits.isdigit() else None)
    return {"siret": None, "siren": siren}


def _address(row: Row) -> dict[str, Any]:
    """The address where it has a street and a city, as every address here."""
    lines = [one.strip() for one in row.get("line1", "").splitlines() if one.strip()]
    if not lines or not row.get("city"):
        return {}
    rest = ", ".join([*lines[1:], *([row["line2"]] if "line2" in row else [])])
    told = {
        "addresses.line1": lines[0],
        "addresses.line2": rest[:_LINE],
        "addresses.postcode": row.get("postcode", ""),
        "addresses.city": row["city"],
        "addresses.country": _country(row.get("country", "")),
    }
    return {name: text for name, text in told.items() if text}


@cache
def _territories() -> dict[str, str]:
    """Country names in French and English → code."""
    return {
        name.casefold(): code
        for language in ("en", "fr")
        for code, name in Locale(language).territories.items()
        if code.isalpha()
    }


def _country(text: str) -> str:
    plain = text.strip()
    if len(plain) == len("FR"):
        return plain.upper()
    return _territories().get(plain.casefold(), plain)


def keys_of(row: Row) -> set[str]:
    """By what a third party is known again: its numbers, else its name."""
    found = {_bare(row[name]) for name in ("siren", "vat_number") if row.get(name)}
    digits = _bare(row.get("siret", ""))
    found |= {digits[:_SIREN]} if len(digits) in (_SIRET, _SIREN) else set()
    return found or {row["name"].casefold()}


def _bare(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())


def _once(rows: Iterable[Row]) -> Iterable[Row]:
    """Each third party once: what the file doubles is doubled nowhere else."""
    seen: set[str] = set()
    for row in rows:
        keys = keys_of(row)
        if not keys & seen:
            yield row
        seen |= keys


async def known_keys(ctx: Context, rows: Iterable[Row]) -> set[str]:
    """The keys of these rows by which a party is here already."""
    return set(await _found(ctx, {key for row in rows for key in keys_of(row)}))


async def _found(ctx: Context, keys: set[str]) -> dict[str, UUID]:
    """The parties of keys."""
    c, found = Party.c, dict[str, UUID]()
    wanted = sorted(keys)
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        name = sa.func.lower(c.name)
        same = sa.or_(c.siren.in_(some), c.vat_number.in_(some), name.in_(some))
        query = sa.select(c.id, c.siren, c.vat_number, name.label("name"))
        for row in await ctx.rows(query.where(ctx.within(Party), same)):
            found |= {row[n]: row["id"] for n in ("name", "vat_number", "siren") if row[n] in keys}
    return found


async def become_suppliers(ctx: Context, rows: Iterable[Row]) -> int:
    """Give the parties of these rows the role of a supplier; how many have it now."""
    named = [keys_of(row) for row in rows]
    found = await _found(ctx, {key for keys in named for key in keys})
    ids = {found[key] for keys in named for key in keys if key in found}
    for id in sorted(ids):
        party = await ctx.get(Party, id)
        if "supplier" not in party.roles:
            roles = [*party.roles, "supplier"]
            given = {"id": Ref("crm.party").write(id), "roles": roles}
            await ctx.call("crm.party.set_role", given)
    return len(ids)
