"""Identifiers: companies without one that the law or an invoice wants, and numbers that cannot be right."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from pydantic import ValidationError as Refused
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from eyeot import Context, Flaw, RecordRef, quality
from eyeot.types import Siren, Siret, VatNumber
from eyeot_crm.bank_accounts.record import PartyBankAccount
from eyeot_crm.customers import Customer
from eyeot_crm.parties import Party

_MOST = 300
_LOOKED_AT = 10_000
"""Rows whose keys are computed: those that were changed last."""
_c = Party.c
_TYPES: dict[str, TypeAdapter[Any]] = {
    "siren": TypeAdapter(Siren),
    "siret": TypeAdapter(Siret),
    "vat_number": TypeAdapter(VatNumber),
}
_NAMES = {"siren": "SIREN", "siret": "SIRET", "vat_number": ("VAT number", "numéro de TVA")}
_HOME = "FR"


def _ref(party: Any) -> RecordRef:
    return RecordRef.to("crm.party", party)


def _country() -> Any:
    return sa.func.coalesce(_c.addresses[0]["country"].astext, _HOME)


@quality("crm.missing_identifiers")
async def missing(ctx: Context) -> list[Flaw]:
    """Companies that we trade with and whose invoices would lack an identifier."""
    buys = sa.select(Customer.c.party_id).where(
        ctx.within(Customer), Customer.c.lifecycle.in_(("customer", "dormant"))
    )
    traded = sa.or_(_c.id.in_(buys), _c.roles.overlap(["customer", "supplier"]))
    company = (
        _c.kind == "company",
        _c.archived_at.is_(None),
        _c.is_taxable_person.is_(True),
        traded,
    )
    home = (_country() == _HOME, _c.siren.is_(None))
    abroad = (_country() != _HOME, _c.vat_number.is_(None))
    no_siren = await ctx.find(Party, *company, *home, order=_c.name, limit=_MOST)
    no_vat = await ctx.find(Party, *company, *abroad, order=_c.name, limit=_MOST)
    return [
        *_lacking(
            no_siren, "siren", ("A French company without SIREN", "Société française sans SIREN"),
            "crm.party.enrich_from_registry(id=…) or crm.party.update(siren=…)",
        ),
        *_lacking(
            no_vat, "vat_number",
            ("A company abroad without VAT number", "Société étrangère sans numéro de TVA"),
            "crm.party.update(vat_number=…)",
        ),
    ]  # fmt: skip


def _lacking(parties: Iterable[Party], field: str, said: tuple[str, str], fix: str) -> list[Flaw]:
    return [Flaw("missing", _ref(one.id), one.name, said, fix, field) for one in parties]


@quality("crm.invalid_identifiers")
async def invalid_identifiers(ctx: Context) -> list[Flaw]:
    """Numbers whose key is wrong, that contradict each other, or that VIES does not know."""
    names = ("id", "name", "siren", "siret", "vat_number")
    some = sa.or_(*(_c[name].is_not(None) for name in names[2:]))
    query = sa.select(*(_c[name] for name in names), _c.vat_proof)
    query = query.where(ctx.within(Party), _c.archived_at.is_(None), some)
    rows = await ctx.rows(query.order_by(_c.updated_at.desc()).limit(_LOOKED_AT))
    found = [flaw for row in rows for flaw in _wrong(row)]
    return found[:_MOST]


def _wrong(row: dict[str, Any]) -> list[Flaw]:
    found = []
    for name, check in _TYPES.items():
        if row[name] and not _holds(check, row[name]):
            found.append(_flaw(row, name, "has a wrong key", "a une clé fausse"))
    proof = row["vat_proof"] or {}
    if row["vat_number"] and proof.get("valid") is False:
        found.append(_flaw(row, "vat_number", "is unknown to VIES", "est inconnu de VIES"))
    siren = row["siren"] or ""
    if siren and row["siret"] and not row["siret"].startswith(siren):
        found.append(_flaw(row, "siret", "is another company's", "est celui d'une autre société"))
    return found


def _holds(check: TypeAdapter[Any], value: str) -> bool:
    try:
        check.validate_python(value)
    except Refused:
        return False
    return True


def _flaw(row: dict[str, Any], field: str, english: str, french: str) -> Flaw:
    name = _NAMES[field]
    en, fr = (name, name) if isinstance(name, str) else name
    said = (f"The {en} {row[field]} {english}", f"Le {fr} {row[field]} {french}")
    return Flaw(
        "invalid", _ref(row["id"]), row["name"], said, f"crm.party.update({field}=…)", field
    )


@quality("crm.invalid_ibans")
async def ibans(ctx: Context) -> list[Flaw]:
    """Accounts in use whose IBAN cannot be one."""
    a = PartyBankAccount.c
    rows: Sequence[Any] = await ctx.find(
        PartyBankAccount, a.status != "revoked", order=a.updated_at.desc(), limit=_LOOKED_AT
    )
    said = (
        "The IBAN has a wrong length, bank code or key",
        "IBAN de longueur, banque ou clé fausse",
    )
    fix = "crm.party_bank_account.revoke, then crm.party_bank_account.create(iban=…)"
    found = [
        Flaw("invalid", RecordRef.to("crm.party_bank_account", one.id), one.holder or "", said, fix, "iban")
        for one in rows
        if not _is_iban(one.iban)
    ]  # fmt: skip
    return found[:_MOST]


def _is_iban(value: str) -> bool:
    try:
        return bool(IBAN(value, validate_bban=True))
    except SchwiftyException:
        return False
