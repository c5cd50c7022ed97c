"""Archiving: a period's pieces in files that anybody can read, listed, signed and kept.

Source: CGI, art. 286, I-3° bis (archiving); LPF, art. L102 B; Code de commerce, art. L123-22.
"""

import csv
import hashlib
import io
import json
import tempfile
import tomllib
import zipfile
from collections.abc import AsyncIterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, BinaryIO, NamedTuple, cast

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, Days, Input, Period, Record, RecordRef, action, days, kind
from eyeot_crm.parties import Party
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import EntryLine
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_invoicing.retention import kept_until
from eyeot_invoicing.sealing import canonical, chains
from eyeot_invoicing.seals.closing import SealClosed, refuse_running, sealed_span
from eyeot_invoicing.seals.record import FiscalSeal
from eyeot_invoicing.seals.totals import Stretch, totalled
from eyeot_invoicing.vat.due import VatDue

_IN_MEMORY = 4 * 1024 * 1024
_LARGEST = 60 * 1024 * 1024
_PAGE = 2_000
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PUBLIC = ("id", "kind", "name", "siren", "vat_number", "city", "postcode")
"""What is told of parties: as the books name them."""


class Table(NamedTuple):
    """A file of an archive: rows of a record that meet conditions."""

    name: str
    record: type[Record]
    where: Any
    fields: Sequence[str] = ()


class Archive(Input):
    """A period that is over."""

    period: Annotated[Period | None, Field(description="The last calendar year when left out.")] = (
        None
    )


@action(
    "invoicing.fiscal_seal.archive_period",
    risk="x",
    en=(
        "Archive a period; make the yearly fiscal archive; signed archive of invoices and entries; "
        "export for long-term keeping"
    ),
    fr=(
        "Archiver une période; faire l'archive fiscale annuelle; archive signée des factures et "
        "écritures; export pour conservation longue"
    ),
    example={},
    events=("invoicing.fiscal_seal.closed",),
    record=FiscalSeal,
    next=("invoicing.fiscal_seal.verify_chain", "core.document.get_download_link"),
)
async def archive_period(ctx: Context, data: Archive) -> FiscalSeal:
    """Put a period's pieces into a signed ZIP of CSV and JSON, locked for its retention, and chain it."""
    span = days(data.period or str(ctx.today.year - 1))
    stretch = refuse_running(ctx, span)
    until, basis = kept_until(span.last)
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - kept until the commit
    with zipfile.ZipFile(file, "w") as archive:
        listed = [
            told
            for table in tables(ctx, span, stretch)
            for told in await _table(ctx, archive, table)
        ]
        await _explained(ctx, archive, span, listed, basis)
    if (size := file.tell()) > _LARGEST:
        file.close()
        raise Conflict(
            reason=f"The archive has {size:,} bytes; a document has {_LARGEST:,} at most.",
            remedy="Archive shorter periods, month by month.",
        )
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    documents: Any = kind("core.document")
    document = await documents.filed(
        ctx,
        file,
        f"archive-{span.first:%Y%m%d}-{span.last:%Y%m%d}.zip",
        kind="export",
        status="locked",
        retention_until=until,
        retention_basis=basis,
    )
    more = {"archive_digest": digest, "document_id": document.id}
    seal = await sealed_span(ctx, "archive", span, await totalled(ctx, stretch), **more)
    document.attach([RecordRef.to(seal.meta.name, seal.id)])
    ctx.emit(SealClosed(seal_id=seal.id, kind=seal.kind))
    return seal


def tables(ctx: Context, span: Days, stretch: Stretch) -> list[Table]:
    """What an archive holds: sealed pieces by when they were recorded, and what they refer to."""
    found: list[Table] = []
    for name, chain in sorted(chains.items()):
        if chain.line is None:
            # Payments, which are told below with what they settle.
            continue
        c: Any = chain.record.c
        at = c[chain.moment]
        mine = sa.and_(c.rank.is_not(None), at >= stretch.since, at < stretch.until)
        found.append(Table(name.partition(".")[2], chain.record, mine))
        chosen = sa.select(c.id).where(ctx.within(chain.record), mine)
        line = chain.line
        found.append(Table(line.meta.noun, line, line.c[chain.parent].in_(chosen)))
    p: Any = Payment.c
    paid = sa.and_(p.posted_at >= stretch.since, p.posted_at < stretch.until)
    payments = sa.select(p.id).where(ctx.within(Payment), paid)
    s, v = FiscalSeal.c, VatDue.c
    used = sa.select(EntryLine.c.party_id).where(
        ctx.within(EntryLine), EntryLine.c.date.between(*span)
    )
    return [
        *found,
        Table("payment", Payment, paid),
        Table("payment_allocation", Allocation, Allocation.c.payment_id.in_(payments)),
        Table("vat_due", VatDue, v.due_on.between(*span)),
        Table("fiscal_seal", FiscalSeal, s.end.between(*span)),
        Table("ledger_account", LedgerAccount, sa.true()),
        Table("journal", Journal, sa.true()),
        Table("party", Party, Party.c.id.in_(used), _PUBLIC),
    ]


async def _rows(ctx: Context, table: Table) -> AsyncIterator[dict[str, Any]]:
    c: Any = table.record.c
    columns = [c[name] for name in table.fields] or [
        one for one in c if one.name not in ("org_id", "version", "updated_at")
    ]
    mine = sa.select(*columns).where(ctx.within(table.record), table.where)
    after: Any = sa.true()
    while found := await ctx.rows(mine.where(after).order_by(c.id).limit(_PAGE)):
        for one in found:
            yield one
        after = c.id > found[-1]["id"]


async def _table(ctx: Context, archive: zipfile.ZipFile, table: Table) -> list[dict[str, Any]]:
    """Write a table's two files; what the manifest says of them."""
    sheet, lines = io.StringIO(), io.StringIO()
    writer, count = csv.writer(sheet, delimiter=";"), 0
    async for row in _rows(ctx, table):
        if not count:
            writer.writerow(row)
        count += 1
        told = {name: canonical(value) for name, value in row.items()}
        writer.writerow(_cell(one) for one in told.values())
        lines.write(json.dumps(told, ensure_ascii=False, sort_keys=True) + "\n")
    return [
        _put(archive, f"{table.name}.csv", sheet.getvalue(), count),
        _put(archive, f"{table.name}.jsonl", lines.getvalue(), count),
    ]


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "" if value is None else value


def _put(archive: zipfile.ZipFile, name: str, text: str, rows: int = 0) -> dict[str, Any]:
    content = text.encode()
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
    return {"file": name, "rows": rows, "sha256": hashlib.sha256(content).hexdigest()}


async def _explained(
    ctx: Context, archive: zipfile.ZipFile, span: Days, listed: list[dict[str, Any]], basis: str
) -> None:
    """Write the README, the manifest and its signature."""
    house = await ctx.organization()
    facts = {
        "name": house.legal_name,
        "siren": house.siren or "-",
        "start": span.first.isoformat(),
        "end": span.last.isoformat(),
        "made": ctx.today.isoformat(),
        "basis": basis,
    }
    listed.append(_put(archive, "README.txt", _readme().format(**facts).lstrip()))
    manifest = {
        **facts,
        "files": listed,
        "chains": {
            name: {str(version): {"piece": own, "line": of_lines}}
            for name, chain in sorted(chains.items())
            for version, (own, of_lines) in chain.versions.items()
        },
        "last_seals": await _ends(ctx),
    }
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1)
    _put(archive, "manifest.json", text)
    signed = ctx.sign(text)
    _put(archive, "manifest.sig", json.dumps({"key": signed.key, "signature": signed.value}))


async def _ends(ctx: Context) -> dict[str, str]:
    """The last seal of each chain, now."""
    found: dict[str, str] = {}
    for name, chain in sorted(chains.items()):
        c = chain.record.c
        for part in await chain.parts(ctx):
            last = sa.select(c.hash).where(ctx.within(chain.record), c[chain.within] == part)
            rows = await ctx.rows(last.order_by(c.rank.desc()).limit(1))
            found[f"{name} {part}"] = rows[0]["hash"]
    return found


@cache
def _readme() -> str:
    text = files("eyeot_invoicing.seals").joinpath("readme.toml").read_text("utf-8")
    return str(tomllib.loads(text)["text"])
