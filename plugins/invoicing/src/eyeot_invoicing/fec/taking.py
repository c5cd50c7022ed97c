"""Taking: a FEC of former software, whose sub-ledgers become parties and balances an opening entry."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from eyeot import Conflict, Context, Part, Ref, Source, Taking, takeover
from eyeot_crm.takeover.third_parties import become_suppliers, known_keys
from eyeot_invoicing.fec.reading import Entry, named, read
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import ZERO, JournalEntry
from eyeot_invoicing.ledger.sums import RESULT
from eyeot_invoicing.retention import kept_until

_IMPORT = "invoicing.fec_export.import"
_LOCK = "core.document.lock"
_CUSTOMERS, _SUPPLIERS = "411", "401"
_THEN = (
    "Mark the suppliers, then book the closing balances as the opening entry of the next year",
    "Marquer les fournisseurs, puis reprendre les soldes de clôture en écriture d'ouverture",
)


async def books(ctx: Context, source: Source) -> Taking:
    """What a FEC comes to: customers of 411, suppliers of 401, and the opening entry."""
    siren, end = named(source.filename)
    entries = read(source.content)
    ctx.check(_IMPORT, {"filename": source.filename, "text": "-"})
    await _refuse_other(ctx, siren)
    await _refuse_opened(ctx, end)
    buyers, sellers = auxiliaries(entries, _CUSTOMERS), auxiliaries(entries, _SUPPLIERS)
    known = await known_keys(ctx, ({"name": one} for one in {*buyers, *sellers}))
    told = {one.casefold() for one in buyers}
    new = [one for one in buyers if one.casefold() not in known]
    others = [one for one in sellers if one.casefold() not in {*known, *told}]
    return Taking(
        parts=(
            Part("crm.customer", [{"name": one, "lifecycle": "customer"} for one in new]),
            Part("crm.party", [{"name": one} for one in others]),
        ),
        known=len(known),
        then=_THEN,
        figures=await _figures(ctx, entries, end),
    )


async def opened(ctx: Context, source: Source) -> dict[str, Any]:
    """Mark the suppliers and book the opening entry, under the rights of who asked for it."""
    assert source.document_id
    sellers = auxiliaries(read(source.content), _SUPPLIERS)
    suppliers = await become_suppliers(ctx, ({"name": one} for one in sellers))
    file = Ref("core.document").write(source.document_id)
    given = {"filename": source.filename, "mode": "opening", "document_id": file}
    told = await ctx.call(_IMPORT, given)
    if ctx.offers(_LOCK):
        until, basis = kept_until(named(source.filename)[1])
        await ctx.call(_LOCK, {"id": file, "until": until.isoformat(), "basis": basis})
    return {"suppliers": suppliers, **told.model_dump(mode="json", exclude_none=True)}


books_taken = takeover("invoicing.fec", "fec", finish=opened)(books)


def auxiliaries(entries: Iterable[Entry], prefix: str) -> list[str]:
    """The names of the sub-ledgers of accounts, each once, as they come."""
    names: dict[str, str] = {}
    for line in (line for one in entries for line in one.lines):
        name = line.aux_name.strip()
        if line.account.startswith(prefix) and name:
            names.setdefault(name.casefold(), name)
    return list(names.values())


async def _refuse_other(ctx: Context, siren: str) -> None:
    house = await ctx.organization()
    if house.siren and house.siren != siren:
        raise Conflict(
            reason=f"This FEC is {siren}'s, by its name; this organisation is {house.siren}.",
            remedy="Give the FEC of this organisation, named SIRENFECYYYYMMDD.txt.",
            field="files",
        )


async def _refuse_opened(ctx: Context, end: dt.date) -> None:
    on, c = end + dt.timedelta(days=1), JournalEntry.c
    if before := await ctx.first(JournalEntry, c.is_opening.is_(sa.true()), c.date == on):
        raise Conflict(
            reason=f"The year that begins on {on} has its opening entry: {before.number}.",
            remedy="Take it over once only; adjust with an entry by hand.",
            field="files",
        )


async def _figures(ctx: Context, entries: Sequence[Entry], end: dt.date) -> dict[str, str]:
    """What the opening entry will be."""
    lines = [line for one in entries for line in one.lines]
    codes = {line.account for line in lines if not line.account.startswith(RESULT)}
    here = await ctx.find(LedgerAccount, LedgerAccount.c.code.in_(codes))
    result = sum((line.amount for line in lines if line.account.startswith(RESULT)), ZERO)
    debit = sum((max(line.amount, Decimal(0)) for line in lines), ZERO)
    return {
        "opening_on": str(end + dt.timedelta(days=1)),
        "entries_read": str(len(entries)),
        "lines_read": str(len(lines)),
        "debit_read": f"{debit:f}",
        "result": f"{-result:f}",
        "accounts_to_create": str(len(codes - {one.code for one in here})),
    }
