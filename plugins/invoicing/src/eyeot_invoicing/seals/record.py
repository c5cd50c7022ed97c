"""Seal: a closing of a day, month or year, or an archive, signed and chained to the one before."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from eyeot import Context, Exact, Money, Record, RecordRef, Resource, Shared, Signature, field, ref
from eyeot_invoicing.reading import BOOKS
from eyeot_invoicing.sealing import GENESIS, canonical, covered, sealed

Kind = Literal["document", "day", "month", "year", "archive"]
SERIES = "invoicing.fiscal_seal"
VERSION = 1
COVERED = {
    1: (
        "number", "rank", "kind", "start", "end", "at", "totals", "pieces", "pieces_hash", "received",
        "period_total", "grand_total_perpetual", "archive_digest",
    ),
}  # fmt: skip


class RateTotal(BaseModel):
    """What one VAT rate comes to over a period."""

    model_config = ConfigDict(extra="forbid")

    category: str
    percent: Exact
    base: Exact
    tax: Exact


class FiscalSeal(
    Record,
    name="invoicing.fiscal_seal",
    prefix="fsl",
    needs=BOOKS,
    label="number",
    hint=("kind",),
    search=("number",),
    exact=("number",),
    unique=(("rank",), ("number",)),
    index=(("kind", "end"),),
    reach=Shared(),
    sort="-rank",
    bare=True,
):
    """A closing or an archive; rows are only added. Source: CGI, art. 286, I-3° bis."""

    number: str = field("Its number.", access="read")
    rank: int = field("Its place in the chain.", access="read")
    kind: Kind = field("What was closed.", access="read")
    start: dt.date = field("First day.", access="read")
    end: dt.date = field("Last day.", access="read")
    at: dt.datetime = field("When.", access="read")
    totals: list[RateTotal] = field("Sales by VAT rate.", access="read", default=list)
    pieces: int = field("Invoices, credit notes and entries in it.", access="read", default=0)
    pieces_hash: str = field("SHA-256 over their seals, in order.", access="read")
    received: Decimal = field("Money received, in the books' currency.", access="read")
    period_total: Money = field("Sales of the period with VAT.", access="read")
    grand_total_perpetual: Money = field(
        "Sales with VAT since the beginning, never set back.", access="read"
    )
    archive_digest: str | None = field(
        "SHA-256 of the archive, in hexadecimal.", access="read", default=None
    )
    document_id: UUID | None = ref("core.document", "The archive.", access="secret", default=None)
    seal_version: int = field("Which fields its seal covers.", access="read")
    prev_hash: str = field("The seal before its own.", access="read")
    hash: str = field("Its seal.", access="read")
    signature: str = field("Ed25519 signature of the seal, in base64.", access="read")
    signer_key: str = field("The public key that signed.", access="read")


seals = Resource(
    FiscalSeal,
    profile="ledger",
    en="fiscal seal; fiscal seals; fiscal closing; daily closing; signed archive",
    fr="clôture fiscale; clôtures fiscales; scellement; clôture journalière; archive signée",
    gender="f",
)


def text_of(seal: Any) -> str:
    """What is signed: the place in the chain and the seal."""
    return f"eyeot fiscal seal {seal.seal_version}\n{seal.number}\n{seal.hash}\n"


def hash_of(seal: Any) -> str:
    """The seal over what a row says, by its version."""
    content = canonical(covered(seal, COVERED[seal.seal_version]))
    return sealed(seal.prev_hash, seal.seal_version, content)


async def put(ctx: Context, seal: FiscalSeal) -> FiscalSeal:
    """Number, chain, sign and write a seal; the number's lock keeps others waiting."""
    c = FiscalSeal.c
    ctx.draft(seal)
    seal.number = await ctx.number(
        SERIES, on=ctx.today, record=RecordRef.to(FiscalSeal.meta.name, seal.id)
    )
    before = await ctx.first(FiscalSeal, order=c.rank.desc())
    seal.rank = before.rank + 1 if before else 1
    seal.prev_hash = before.hash if before else GENESIS
    seal.seal_version = VERSION
    seal.hash = hash_of(seal)
    signed = ctx.sign(text_of(seal))
    seal.signature, seal.signer_key = signed.value, signed.key
    return await ctx.add(seal)


def signature_of(seal: Any) -> Signature:
    """Its signature."""
    return Signature(seal.signer_key, seal.signature)
