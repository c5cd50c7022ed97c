"""Verifying: that what was sealed is still what is there; the first break of each chain is shown."""

import hashlib
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Days, Input, NotFound, Output, Period, RecordRef, action, days, kind
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_invoicing.sealing import GENESIS, chains, rowed
from eyeot_invoicing.seals.record import FiscalSeal, hash_of, signature_of, text_of
from eyeot_invoicing.seals.totals import sold_before, stretch_of, totalled

_c = FiscalSeal.c
Fault = Literal["chain", "content", "signature", "totals", "archive", "file"]


class Break(Output):
    """Where a chain does not hold."""

    record: str
    number: str
    reason: str


class Verified(Output):
    """One chain, from its beginning up to its first break."""

    chain: Annotated[str, Field(description="The kind of piece, and the series or year.")]
    verified: Annotated[int, Field(description="Pieces that hold.")]
    intact: bool
    first_break: Break | None = None
    last_seal: str


class Verification(Output):
    """Every chain, and whether all of them hold."""

    intact: bool
    chains: list[Verified]
    notes: list[str]


class Asked(Input):
    """Which closings are counted again: their totals and archives are compared with what is there."""

    period: Annotated[
        Period | None, Field(description="All closings when left out; chains are always whole.")
    ] = None


@action(
    "invoicing.fiscal_seal.verify_chain",
    risk="r",
    en=(
        "Verify the fiscal chain; was an invoice tampered with; check the seals of invoices and "
        "entries; prove that the books are unaltered"
    ),
    fr=(
        "Vérifier la chaîne fiscale; une facture a-t-elle été modifiée; contrôler les scellements; "
        "prouver l'inaltérabilité des données"
    ),
    example={},
    record=FiscalSeal,
)
async def verify_chain(ctx: Context, data: Asked) -> Verification:
    """Compute every seal again: invoices, credit notes, entries, closings and archives, with signatures.

    Source: CGI, art. 286, I-3° bis.
    """
    found: list[Verified] = []
    for name in sorted(chains):
        for part in await chains[name].parts(ctx):
            count, last, broken = await chains[name].first_break(ctx, part)
            found.append(_told(f"{name} {part}", count, last, broken))
    span = days(data.period) if data.period else None
    found.append(await _seals(ctx, span))
    foreign = await _foreign(ctx)
    return Verification(intact=all(one.intact for one in found), chains=found, notes=foreign)


def _told(chain: str, count: int, last: str, broken: Any) -> Verified:
    first = Break(record=broken[0], number=broken[1], reason=broken[2]) if broken else None
    return Verified(
        chain=chain, verified=count, intact=first is None, first_break=first, last_seal=last
    )


async def _seals(ctx: Context, span: Days | None) -> Verified:
    """The chain of closings, each with its signature; those within the span counted again."""
    count, last = 0, GENESIS
    for seal in await ctx.find(FiscalSeal, order=_c.rank):
        again = span is None or (span.first <= seal.start and seal.end <= span.last)
        if reason := await _reason(ctx, seal, count + 1, last, again=again):
            ref = RecordRef.to(seal.meta.name, seal.id)
            return _told(seal.meta.name, count, last, (ref, seal.number, reason))
        count, last = count + 1, seal.hash
    return _told(FiscalSeal.meta.name, count, last, None)


async def _reason(
    ctx: Context, seal: FiscalSeal, rank: int, last: str, *, again: bool
) -> str | None:
    if seal.rank != rank:
        return f"place {rank} of the chain is missing"
    if seal.prev_hash != last:
        return "it does not follow the closing before it"
    if seal.hash != hash_of(seal):
        return "what it says is not what was sealed"
    if not ctx.verify(text_of(seal), signature_of(seal)):
        return "its signature is not of its seal"
    return await _recounted(ctx, seal) if again else None


async def _recounted(ctx: Context, seal: FiscalSeal) -> str | None:
    """What is not as it was sealed, of what is counted again."""
    stretch = stretch_of(Days(seal.start, seal.end), ctx.timezone)
    totals = await totalled(ctx, stretch)
    if totals.digest.hexdigest() != seal.pieces_hash:
        return "the pieces of its period are not those that were sealed"
    if totals.gross != seal.period_total.amount or totals.told() != seal.totals:
        return "the totals of its period are not those that were sealed"
    if await sold_before(ctx, stretch.until) != seal.grand_total_perpetual.amount:
        return "the perpetual grand total is not what it was"
    if seal.archive_digest and not await _kept(ctx, seal.archive_digest):
        return "its archive is lost or changed"
    return None


async def _kept(ctx: Context, digest: str) -> bool:
    """Whether the store still holds the bytes of a digest."""
    found = hashlib.sha256()
    try:
        async for piece in ctx.content(digest):
            found.update(piece)
    except NotFound:
        return False
    return found.hexdigest() == digest


async def _foreign(ctx: Context) -> list[str]:
    """Keys that signed and are not this deployment's present one: named, so that somebody recognises them."""
    told = sa.select(_c.signer_key).where(ctx.within(FiscalSeal)).distinct()
    keys = [one["signer_key"] for one in await ctx.rows(told)]
    return [f"Signed by another key: {key}" for key in keys if key not in ctx.audit_keys]


class Chosen(Input):
    """One posted invoice."""

    id: InvoiceId


class Seal(Output):
    """Whether an invoice is as it was posted."""

    number: str
    intact: bool
    content: Annotated[bool, Field(description="Whether its seal is that of what it says.")]
    chained: Annotated[bool, Field(description="Whether it follows the invoice before it.")]
    files: Annotated[bool, Field(description="Whether its locked files are still what they were.")]
    hash: str
    prev_hash: str


@action(
    "invoicing.invoice.verify_seal",
    risk="r",
    en=(
        "Verify an invoice's seal; was this invoice changed; check an invoice's hash; prove that an "
        "invoice is authentic"
    ),
    fr=(
        "Vérifier le scellement d'une facture; cette facture a-t-elle été modifiée; contrôler "
        "l'empreinte d'une facture; prouver l'intégrité d'une facture"
    ),
    example={"id": "$invoicing.invoice?status=posted"},
    record=Invoice,
)
async def verify_seal(ctx: Context, data: Chosen) -> Seal:
    """Compute an invoice's seal again, and look at the one before it and at its locked files."""
    invoice = await ctx.get(Invoice, data.id)
    chain = chains[Invoice.meta.name]
    if invoice.rank is None:
        raise NotFound(
            kind="invoicing.seal", id=invoice.number or "draft", lookup="invoicing.invoice.post"
        )
    c, line = Invoice.c, InvoiceLine.c
    rows = await ctx.rows(
        sa.select(*line)
        .where(ctx.within(InvoiceLine), line.invoice_id == invoice.id)
        .order_by(line.position, line.id)
    )
    content = chain.holds(invoice, [rowed(InvoiceLine, one) for one in rows])
    before = await ctx.rows(
        sa.select(c.hash).where(
            ctx.within(Invoice), c.series == invoice.series, c.rank == invoice.rank - 1
        )
    )
    previous = before[0]["hash"] if before else GENESIS
    chained = invoice.prev_hash == previous and bool(before) == (invoice.rank > 1)
    files = await _files(ctx, RecordRef.to(invoice.meta.name, invoice.id))
    return Seal(
        number=invoice.number or "",
        intact=content and chained and files,
        content=content,
        chained=chained,
        files=files,
        hash=invoice.hash or "",
        prev_hash=invoice.prev_hash or "",
    )


async def _files(ctx: Context, ref: RecordRef) -> bool:
    """Whether every locked document of a record still has its bytes."""
    documents: Any = kind("core.document")
    c = documents.c
    locked = await ctx.find(documents, c.status == "locked", sa.literal(ref) == sa.any_(c.records))
    return all([await _kept(ctx, one.sha256) for one in locked])
