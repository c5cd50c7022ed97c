"""Recognising: the parties that a document names, by their identifiers, accounts, addresses or names."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as fr_siren
from stdnum.fr import siret as fr_siret

from eyeot import Candidate, Content, Context, RecordRef, candidates
from eyeot_crm.bank_accounts.record import PartyBankAccount
from eyeot_crm.customers import Customer
from eyeot_crm.parties import Party

_HEAD = 2_000
_SHORTEST_NAME = 6
_MOST = 20
_DIGITS = re.compile(r"(?<!\d)(?:\d[ \u00a0\u202f]?){8,13}\d(?!\d)")
_VAT = re.compile(r"\b[A-Z]{2}[ \u00a0]?[0-9A-Z]{2}(?:[ \u00a0]?\d){6,10}\b")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]){11,30}\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_SURE, _ACCOUNT, _WRITTEN, _NAMED = 0.9, 0.85, 0.7, 0.5
_c = Party.c


def _bare(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _held(check: Callable[[str], Any], values: Iterable[str]) -> Iterator[str]:
    for one in values:
        try:
            yield str(check(one))
        except (ValidationError, SchwiftyException):
            continue


def identifiers(text: str) -> dict[str, set[str]]:
    """The numbers and addresses in a text whose key is right, by the field that they would be."""
    digits = {_bare(one) for one in _DIGITS.findall(text)}
    sirets = set(_held(fr_siret.validate, digits))
    return {
        "siret": sirets,
        "siren": {*_held(fr_siren.validate, digits), *(one[:9] for one in sirets)},
        "vat_number": {_bare(one) for one in _VAT.findall(text)},
        "iban": set(_held(IBAN, (_bare(one) for one in _ibans(text)))),
        "email": {one.lower() for one in _EMAIL.findall(text)},
    }


def _ibans(text: str) -> Iterator[str]:
    """What could be an IBAN; a word that follows it may look like a part, so shorter ones count as well."""
    for one in _IBAN.findall(text):
        parts = one.split()
        yield from {" ".join(parts[:end]) for end in range(1, len(parts) + 1)}


@candidates("crm.parties")
async def parties(ctx: Context, content: Content) -> list[Candidate]:
    """The parties that a document names, as their customers where they are some; never our own company."""
    text = f"{content.filename} {content.text}"
    said, house = identifiers(text), await ctx.organization()
    said["siren"].discard(house.siren)
    said["vat_number"].discard(house.vat_number)
    found = [*await _numbered(ctx, said), *await _by_account(ctx, said["iban"])]
    found += await _written_to(ctx, said["email"])
    found = found or await _named(ctx, content.text[:_HEAD])
    return await _as_customers(ctx, found)


Found = tuple[Party, float, tuple[str, str]]


async def _numbered(ctx: Context, said: dict[str, set[str]]) -> list[Found]:
    names = ("siren", "siret", "vat_number")
    some = [_c[name].in_(said[name]) for name in names if said[name]]
    if not some:
        return []
    rows = await ctx.find(Party, sa.or_(*some), _c.archived_at.is_(None), limit=_MOST)
    told = {
        "siren": ("SIREN", "SIREN"),
        "siret": ("SIRET", "SIRET"),
        "vat_number": ("VAT number", "numéro de TVA"),
    }
    return [
        (row, _SURE, (f"Names its {told[name][0]} {value}", f"Cite son {told[name][1]} {value}"))
        for row in rows
        for name in names
        if (value := getattr(row, name)) in said[name]
    ]  # fmt: skip


async def _by_account(ctx: Context, ibans: set[str]) -> list[Found]:
    a = PartyBankAccount.c
    rows = await ctx.find(PartyBankAccount, a.iban.in_(ibans), limit=_MOST) if ibans else []
    return [
        (await ctx.get(Party, one.party_id), _ACCOUNT,
         (f"Names its account {one.iban}", f"Cite son compte {one.iban}"))
        for one in rows
    ]  # fmt: skip


async def _written_to(ctx: Context, emails: set[str]) -> list[Found]:
    same = (_c.emails.overlap(sorted(emails)), _c.archived_at.is_(None))
    rows = await ctx.find(Party, *same, limit=_MOST) if emails else []
    return [
        (row, _WRITTEN, (f"Names its address {one}", f"Cite son adresse {one}"))
        for row in rows
        for one in sorted(emails & set(row.emails))
    ]


async def _named(ctx: Context, head: str) -> list[Found]:
    """Parties whose name stands at the head of the text, where nothing surer was found."""
    if not head:
        return []
    stands = sa.func.strpos(sa.literal(head.lower()), sa.func.lower(_c.name)) > 0
    long = sa.func.length(_c.name) >= _SHORTEST_NAME
    rows = await ctx.find(Party, long, stands, _c.archived_at.is_(None), order=_c.name, limit=5)
    said = "Its text names {0} at its head", "Le début de son texte cite {0}"
    return [(row, _NAMED, (said[0].format(row.name), said[1].format(row.name))) for row in rows]


async def _as_customers(ctx: Context, found: list[Found]) -> list[Candidate]:
    ids: set[UUID] = {party.id for party, _, _ in found}
    bought = {
        one.party_id: one.id
        for one in (await ctx.find(Customer, Customer.c.party_id.in_(ids)) if ids else [])
    }
    return [
        Candidate(
            score,
            why,
            record=RecordRef.to("crm.customer", bought[party.id])
            if party.id in bought
            else RecordRef.to("crm.party", party.id),
            label=party.name,
        )
        for party, score, why in found
    ]
