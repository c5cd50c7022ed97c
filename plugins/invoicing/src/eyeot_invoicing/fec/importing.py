"""Importing: takes over a FEC of former software, as opening balances or with its whole history."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Money,
    Output,
    RecordRef,
    Uploaded,
    action,
    bytes_of,
    invalid,
    kind,
)
from eyeot_crm.parties import Party
from eyeot_invoicing.fec.reading import Entry, Line, named, read
from eyeot_invoicing.fec.record import FecExport
from eyeot_invoicing.ids import DocumentId, FecExportId, JobId
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book, validate
from eyeot_invoicing.ledger.entries import ZERO, EntryLine, JournalEntry
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.ledger.kinds import account_of
from eyeot_invoicing.ledger.periods import FiscalPeriod, year_of
from eyeot_invoicing.ledger.sums import RESULT
from eyeot_invoicing.retention import kept_until

AT_ONCE, MOST = 300, 20_000
"""Entries that one call takes over while its caller waits, and that a job takes."""
_OPENING = "opening"
_KINDS = {
    "AN": "opening", "RAN": "opening", "VE": "sales", "VT": "sales", "VEN": "sales", "AC": "purchases",
    "HA": "purchases", "ACH": "purchases", "BQ": "bank", "BA": "bank", "CA": "cash", "CS": "cash",
}  # fmt: skip


class TakeOver(Uploaded):
    """A file and how it is taken over."""

    filename: Annotated[
        str, Field(max_length=80, description="SIRENFECYYYYMMDD.txt: whose it is, and its year.")
    ]
    document_id: Annotated[
        DocumentId | None, Field(description="A document that holds it, instead of content.")
    ] = None
    mode: Annotated[
        Literal["opening", "history"],
        Field(
            description="opening: its closing balances open the next year; history: every entry."
        ),
    ] = "opening"


class TakenOver(Output):
    """What came in, or the job that takes it in."""

    export_id: FecExportId | None = None
    job_id: JobId | None = None
    year: int
    entries: int
    lines: int
    accounts_created: list[str]
    journals_created: list[str]
    unknown_parties: Annotated[
        list[str], Field(description="Sub-ledger accounts that no party is called like.")
    ]


@dataclass(slots=True)
class Desk:
    """What a file's names mean here; what is not known is made."""

    ctx: Context
    accounts: dict[str, LedgerAccount] = field(default_factory=dict)
    journals: dict[str, Journal] = field(default_factory=dict)
    parties: dict[str, UUID | None] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    begins: dt.date | None = None
    """The first day of the fiscal year that is taken over."""

    async def account(self, one: Line) -> LedgerAccount:
        """The account of a line's code."""
        if one.account not in self.accounts:
            found = await self.ctx.first(LedgerAccount, LedgerAccount.c.code == one.account)
            if found is None:
                found = await self.ctx.add(account_of(one.account, one.account_name or one.account))
                self.made.append(one.account)
            self.accounts[one.account] = found
        return self.accounts[one.account]

    async def journal(self, one: Entry) -> Journal:
        """The journal of an entry's code."""
        code = one.journal[:10]
        if code not in self.journals:
            found = await self.ctx.first(Journal, Journal.c.code == code)
            if found is None:
                name = (one.journal_name or code)[:100]
                guessed: Any = _KINDS.get(code.upper(), "general")
                found = await self.ctx.add(Journal(code=code, name=name, kind=guessed))
                self.opened.append(code)
            self.journals[code] = found
        return self.journals[code]

    async def party(self, one: Line) -> UUID | None:
        """The party that is called as a sub-ledger account, if exactly one is."""
        name = one.aux_name.strip()
        if not name:
            return None
        if name not in self.parties:
            same = sa.func.lower(Party.c.name) == name.lower()
            found = await self.ctx.find(Party, same, limit=2)
            self.parties[name] = found[0].id if len(found) == 1 else None
        return self.parties[name]


@action(
    "invoicing.fec_export.import",
    risk="w",
    en=(
        "Import a FEC; take over the books from other accounting software; load opening balances from "
        "a FEC; migrate accounting history"
    ),
    fr=(
        "Importer un FEC; reprendre la comptabilité d'un autre logiciel; charger les soldes "
        "d'ouverture depuis un FEC; reprise d'historique comptable"
    ),
    example={
        "filename": "652019746FEC20191231.txt",
        "mode": "history",
        "text": (
            "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|"
            "PieceRef|PieceDate|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|"
            "Idevise\n"
            "BQ|Banque|1|20191202|512000|Banque|||R1|20191202|Apport|500,00|0,00|||20191231||\n"
            "BQ|Banque|1|20191202|101000|Capital|||R1|20191202|Apport|0,00|500,00|||20191231||\n"
        ),
    },
    record=FecExport,
    permission="invoicing.fec_export:generate",
    next=("invoicing.report.trial_balance", "invoicing.fec_export.check"),
)
async def take_over(ctx: Context, data: TakeOver) -> TakenOver:
    """Take over a FEC: its balances as the opening of the next year, or every entry in its own year.

    The file is kept as a locked document. More than 300 entries are taken over by a job.
    """
    siren, end = named(data.filename)
    await _refuse_others(ctx, siren)
    content = await _content(ctx, data)
    entries = read(content)
    if len(entries) > MOST and data.mode == "history":
        raise Conflict(
            reason=f"The file has {len(entries):,} entries; {MOST:,} are taken over at most.",
            remedy="Take over its balances with mode=opening, and keep the file.",
        )
    file = await _file(ctx, data, content, end)
    told = _Told(end.year, len(entries), sum(len(one.lines) for one in entries))
    if data.mode == "history" and len(entries) > AT_ONCE and not ctx.in_background:
        later = TakeOver(filename=data.filename, document_id=file.id, mode=data.mode)
        job = await ctx.enqueue("invoicing.fec_export.import", later)
        return told.answer(job_id=job.id)
    export = await ctx.add(
        FecExport(
            direction="in",
            year=end.year,
            siren=siren,
            filename=data.filename,
            lines=told.lines,
            entries=told.entries,
            digest=file.sha256,
            document_id=file.id,
            made_at=ctx.now,
        )
    )
    desk = Desk(ctx)
    if data.mode == _OPENING:
        await _open(desk, export, entries, end)
    else:
        await _history(desk, export, entries, end.year)
    return told.answer(desk, export_id=export.id)


async def _refuse_others(ctx: Context, siren: str) -> None:
    """Refuse the books of another company (LPF, art. A47 A-1: the name says whose they are)."""
    own = (await ctx.organization()).siren
    if siren != own:
        raise Conflict(
            reason=f"The file is of the company {siren}; this organisation is {own or 'without a SIREN'}.",
            remedy="Take over your own, or set the SIREN with core.organization.update.",
            field="filename",
        )


@dataclass(frozen=True, slots=True)
class _Told:
    year: int
    entries: int
    lines: int

    def answer(self, desk: Desk | None = None, **more: Any) -> TakenOver:
        """What is answered."""
        parties = desk.parties if desk else {}
        facts: dict[str, Any] = {"export_id": None, "job_id": None, **more}
        return TakenOver(
            year=self.year,
            entries=self.entries,
            lines=self.lines,
            accounts_created=desk.made if desk else [],
            journals_created=desk.opened if desk else [],
            unknown_parties=sorted(name for name, id in parties.items() if id is None),
            **facts,
        )


async def _content(ctx: Context, data: TakeOver) -> bytes:
    if data.document_id is None:
        return bytes_of(data.content, data.text)
    if data.content or data.text:
        raise invalid("document_id", "give the document or the content, not both")
    documents: Any = kind("core.document")
    document = await ctx.get(documents, data.document_id)
    return b"".join([piece async for piece in ctx.content(document.sha256)])


async def _file(ctx: Context, data: TakeOver, content: bytes, end: dt.date) -> Any:
    """The document that keeps the file: the one that was given, or a new one, locked."""
    until, basis = kept_until(end)
    documents: Any = kind("core.document")
    if data.document_id is not None:
        return await ctx.get(documents, data.document_id)
    lock = {"status": "locked", "retention_until": until, "retention_basis": basis}
    return await documents.filed(ctx, content, data.filename, kind="export", **lock)


async def _open(desk: Desk, export: FecExport, entries: Sequence[Entry], end: dt.date) -> None:
    """One entry with the balances at the year's end, classes 6 and 7 as its result."""
    on = end + dt.timedelta(days=1)
    e = JournalEntry.c
    before = await desk.ctx.first(JournalEntry, e.is_opening.is_(sa.true()), e.date == on)
    if before:
        raise Conflict(
            reason=f"The year that begins on {on} has its opening entry: {before.number}.",
            remedy="Take it over once only; adjust with an entry by hand.",
        )
    own = await desk.ctx.first(
        JournalEntry, e.status != "draft", e.date <= end, order=e.date.desc()
    )
    if own:
        raise Conflict(
            reason=f"The books have entries up to {own.date} already: balances at {end} would count twice.",
            remedy="Balances open books that begin after them; a history comes before its opening.",
            field="mode",
        )
    sums: dict[tuple[str, str], list[Any]] = {}
    result = ZERO
    for one in (line for entry in entries for line in entry.lines):
        if one.account.startswith(RESULT):
            result += one.amount
            continue
        kept = sums.setdefault((one.account, one.aux), [one, ZERO])
        kept[1] += one.amount
    legs = [
        Leg(await desk.account(one), amount, await desk.party(one), one.aux_name or None)
        for one, amount in (sums[key] for key in sorted(sums))
    ]
    if result:
        role = "loss" if result > 0 else "profit"
        legs.append(Leg(await Accounts(desk.ctx).role(role), result, label="Résultat repris"))
    label = f"Reprise des soldes au {end:%d/%m/%Y}"
    source = RecordRef.to(export.meta.name, export.id)
    await book(
        desk.ctx,
        Booking("opening", on, label, legs, export.filename, end, source, is_opening=True),
    )


async def _history(desk: Desk, export: FecExport, entries: Sequence[Entry], year: int) -> None:
    """Every entry, in the file's order, validated on the day that the file says."""
    ctx, e = desk.ctx, JournalEntry.c
    if await ctx.first(JournalEntry, e.year == year):
        raise Conflict(
            reason=f"The year {year} has entries of our own: a history comes before them.",
            remedy="Take over the balances of the year before with mode=opening instead.",
        )
    zone = ZoneInfo(ctx.timezone)
    house = await ctx.organization()
    desk.begins = year_of(entries[0].date, house.fiscal_year_start).first
    for at, one in enumerate(entries):
        await _one(desk, export, one, zone)
        ctx.progress(at, len(entries))
    p = FiscalPeriod.c
    known = await ctx.first(FiscalPeriod, p.month.is_(None), p.year == year)
    if known is None or any(not known.start <= one.date <= known.end for one in entries):
        raise invalid("filename", f"an entry is not dated within the fiscal year {year}")


async def _one(desk: Desk, export: FecExport, one: Entry, zone: ZoneInfo) -> None:
    journal = await desk.journal(one)
    entry = await desk.ctx.add(
        JournalEntry(
            journal_id=journal.id,
            date=one.date,
            label=one.lines[0].label[:200] or one.number,
            piece_ref=one.piece[:100] or None,
            piece_date=one.piece_date,
            former_number=one.number[:40],
            is_opening=journal.kind == _OPENING and one.date == desk.begins,
            source=RecordRef.to(export.meta.name, export.id),
            total=sum((max(line.amount, ZERO) for line in one.lines), ZERO),
            validated_at=dt.datetime.combine(
                one.validated_on or one.date, dt.time(12), tzinfo=zone
            ).astimezone(dt.UTC),
        )
    )
    lines = []
    for at, line in enumerate((line for line in one.lines if line.amount), start=1):
        lines.append(await desk.ctx.add(await _line(desk, entry, at, line)))
    await validate(desk.ctx, entry, lines, closing=True)


async def _line(desk: Desk, entry: JournalEntry, at: int, one: Line) -> EntryLine:
    foreign = None
    if one.foreign and one.currency:
        foreign = Money(amount=abs(one.foreign).copy_sign(one.amount), currency=one.currency)
    lettered: dict[str, Any] = {}
    if one.letter:
        letter = f"{entry.date.year}-{one.letter}"[:20]
        lettered = {"letter": letter, "lettered_on": one.lettered_on or entry.date}
        lettered["lettered_at"] = desk.ctx.now
    return EntryLine(
        entry_id=entry.id,
        position=at,
        account_id=(await desk.account(one)).id,
        party_id=await desk.party(one),
        label=one.label[:200] or None,
        debit=max(one.amount, Decimal(0)),
        credit=max(-one.amount, Decimal(0)),
        amount_currency=foreign,
        date=entry.date,
        **lettered,
    )
