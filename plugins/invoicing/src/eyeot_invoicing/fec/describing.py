"""Describing: the note that goes with a FEC."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, Input, Output, RecordRef, action, kind
from eyeot_invoicing.fec.checking import year_of_books
from eyeot_invoicing.fec.record import FecExport
from eyeot_invoicing.ids import DocumentId, FecExportId
from eyeot_invoicing.ledger.entries import JournalEntry
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.sealing import GENESIS

_c, _e, _j = FecExport.c, JournalEntry.c, Journal.c


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("eyeot_invoicing.fec").joinpath("note.toml").read_text("utf-8"))


class Describe(Input):
    """Which year's file, and in which language."""

    year: Annotated[
        int | None,
        Field(ge=1950, le=2200, description="In which it ends; the present one when left out."),
    ] = None
    language: Literal["fr", "en"] = "fr"


class Described(Output):
    """The note."""

    export_id: FecExportId
    document_id: DocumentId
    filename: str
    text: str


@action(
    "invoicing.fec_export.describe",
    risk="w",
    en=(
        "Describe the FEC; companion note of the tax audit file; write the description that goes with "
        "the FEC"
    ),
    fr=(
        "Décrire le FEC; notice descriptive du FEC; rédiger la note qui accompagne le fichier des "
        "écritures"
    ),
    example={"language": "fr"},
    record=FecExport,
)
async def describe(ctx: Context, data: Describe) -> Described:
    """Write the note that goes with the last FEC made of a year, and keep it beside the file.

    Source: LPF, art. A47 A-1, VII-3°.
    """
    year = await year_of_books(ctx, data.year)
    mine = (_c.year == year.year, _c.direction == "out")
    export = await ctx.first(FecExport, *mine, order=(_c.made_at.desc(), _c.id.desc()))
    if export is None:
        raise Conflict(
            reason=f"No FEC of {year.year} was made yet.",
            remedy="Make it with invoicing.fec_export.generate first.",
        )
    told = _texts()[data.language]
    text = told["text"].format(**await _facts(ctx, export, year, told)).lstrip()
    name = export.filename.removesuffix(".txt") + f"-notice-{data.language}.txt"
    documents: Any = kind("core.document")
    made = await documents.filed(
        ctx, text.encode(), name, kind="report", records=[RecordRef.to(export.meta.name, export.id)]
    )
    return Described(export_id=export.id, document_id=made.id, filename=name, text=text)


async def _facts(
    ctx: Context, export: FecExport, year: Any, told: dict[str, str]
) -> dict[str, Any]:
    house = await ctx.organization()
    mine = (ctx.within(JournalEntry), _e.year == year.year)
    sums = await ctx.rows(
        sa.select(sa.func.coalesce(sa.func.sum(_e.total), 0).label("debit")).where(*mine)
    )
    last = await ctx.rows(sa.select(_e.hash).where(*mine).order_by(_e.rank.desc()).limit(1))
    used = sa.select(_e.journal_id).where(*mine)
    journals = await ctx.find(Journal, _j.id.in_(used), order=_j.code)
    return {
        "title": told["title"],
        "name": house.legal_name,
        "siren": export.siren,
        "start": f"{year.start:%d/%m/%Y}",
        "end": f"{year.end:%d/%m/%Y}",
        "filename": export.filename,
        "digest": export.digest,
        "lines": export.lines,
        "entries": export.entries,
        "debit": f"{sums[0]['debit']:.2f}",
        "currency": house.currency,
        "made": f"{export.made_at:%d/%m/%Y}",
        "state": told["open" if export.is_provisional else "closed"],
        "separator": told[export.separator],
        "encoding": export.encoding.upper(),
        "journals": "\n".join(f"{one.code} : {one.name}" for one in journals),
        "seal": last[0]["hash"] if last else GENESIS,
    }
