"""Generating: the FEC of a year, written as it is read, kept and locked as a document."""

import hashlib
import tempfile
import zipfile
from datetime import date
from typing import Annotated, Any, BinaryIO, cast

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, RecordRef, action, kind
from eyeot_invoicing.fec.checking import Found, Watch, before, year_of_books
from eyeot_invoicing.fec.lines import frame_of, pages
from eyeot_invoicing.fec.record import Encoding, FecExport, Separator, told
from eyeot_invoicing.ids import FecExportId
from eyeot_invoicing.ledger.periods import FiscalPeriod
from eyeot_invoicing.retention import kept_until

_IN_MEMORY = 4 * 1024 * 1024
_LARGEST = 60 * 1024 * 1024
"""Bytes beyond which the file is kept in a ZIP: a document has 64 MiB at most."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


class FecGenerated(Event, name="invoicing.fec_export.generated"):
    """A file of accounting entries was made."""

    export_id: FecExportId
    year: int


class Generate(Input):
    """Which fiscal year, and in which form."""

    year: Annotated[
        int | None,
        Field(ge=1950, le=2200, description="In which it ends; the present one when left out."),
    ] = None
    encoding: Encoding = "iso-8859-15"
    separator: Separator = "tab"


@action(
    "invoicing.fec_export.generate",
    risk="x",
    en=(
        "Generate the FEC; export accounting entries for the tax office; tax audit file; French audit "
        "file of the year"
    ),
    fr=(
        "Générer le FEC; exporter le fichier des écritures comptables; fichier pour le contrôle "
        "fiscal; sortir le FEC de l'exercice"
    ),
    example={},
    events=("invoicing.fec_export.generated",),
    record=FecExport,
    next=("invoicing.fec_export.describe", "core.document.get_download_link"),
)
async def generate(ctx: Context, data: Generate) -> FecExport:
    """Write the 18-column file of a year's entries, in the order of validation; kept as a locked document.

    A closed year gives the same bytes each time; one that is open gives a provisional file, which says so.
    Source: LPF, art. A47 A-1 and L47 A.
    """
    year = await year_of_books(ctx, data.year)
    if kept := await _kept(ctx, year, data):
        return kept
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - kept until the commit
    try:
        return await _made(ctx, year, data, file)
    except BaseException:
        file.close()
        raise


async def _made(ctx: Context, year: FiscalPeriod, data: Generate, file: BinaryIO) -> FecExport:
    """Write the file, refuse what an inspection would refuse, and keep it with what was found."""
    house = await ctx.organization()
    found = Found()
    await before(ctx, year, found)
    watch = Watch(year, found)
    digest = await _written(ctx, year, data, watch, file)
    watch.end()
    if not watch.entries:
        found.note("empty", year.name)
    findings = found.told(ctx.locale)
    if blocking := [one for one in findings if one.blocks]:
        raise Conflict(
            reason="; ".join(f"{one.label} ({one.first or one.count})" for one in blocking) + ".",
            remedy="invoicing.fec_export.check shows all that is found; mend it first.",
        )
    provisional = year.status != "closed"
    name = filename(house.siren, year.end, provisional=provisional)
    export = await ctx.add(
        FecExport(
            year=year.year,
            siren=house.siren,
            filename=name,
            encoding=data.encoding,
            separator=data.separator,
            lines=watch.lines,
            entries=watch.entries,
            digest=digest,
            is_provisional=provisional,
            checks=told(findings),
            made_at=ctx.now,
        )
    )
    export.document_id = await filed(ctx, file, name, export, year)
    ctx.emit(FecGenerated(export_id=export.id, year=year.year))
    return export


async def _kept(ctx: Context, year: FiscalPeriod, data: Generate) -> FecExport | None:
    """The file that a closed year was given before in this form: names may have changed since, it has not."""
    c = FecExport.c
    return await ctx.first(
        FecExport,
        c.direction == "out",
        c.year == year.year,
        c.is_provisional.is_(False),
        c.encoding == data.encoding,
        c.separator == data.separator,
    )


def filename(siren: str, end: date, *, provisional: bool = False) -> str:
    """SIRENFECYYYYMMDD.txt, by the last day of the year; a provisional one says so."""
    return f"{siren}FEC{end:%Y%m%d}{'-provisoire' if provisional else ''}.txt"


async def _written(
    ctx: Context, year: FiscalPeriod, data: Generate, watch: Watch, file: BinaryIO
) -> str:
    """Write every line; the SHA-256 of all."""
    frame = await frame_of(ctx, year, data.separator, data.encoding)
    digest = hashlib.sha256()
    head = frame.head()
    file.write(head)
    digest.update(head)
    async for page in pages(ctx, year.year):
        watch.page(page)
        text = b"".join(map(frame.line, page))
        file.write(text)
        digest.update(text)
        ctx.progress(watch.lines)
    return digest.hexdigest()


async def filed(
    ctx: Context, file: BinaryIO, name: str, export: FecExport, year: FiscalPeriod
) -> Any:
    """Keep the file as a document of its export; that of a closed year is locked."""
    locked: dict[str, Any] = {}
    if not export.is_provisional:
        until, basis = kept_until(year.end)
        locked = {"status": "locked", "retention_until": until, "retention_basis": basis}
    documents: Any = kind("core.document")
    content, name = _bounded(file, name)
    made = await documents.filed(
        ctx,
        content,
        name,
        kind="export",
        records=[RecordRef.to(export.meta.name, export.id)],
        **locked,
    )
    return made.id


def _bounded(file: BinaryIO, name: str) -> tuple[BinaryIO, str]:
    """The file itself, or a ZIP of it when it is too large for a document."""
    if file.tell() <= _LARGEST:
        return file, name
    packed = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - kept until the commit
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=True) as place:
            file.seek(0)
            while piece := file.read(1 << 20):
                place.write(piece)
    file.close()
    return packed, name.removesuffix(".txt") + ".zip"
