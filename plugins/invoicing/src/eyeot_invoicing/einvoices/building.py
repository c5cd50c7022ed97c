"""Building: an invoice or credit note of ours as a bill: who, what, how much, and the texts of the law."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Money, kind, minor_units
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine
from eyeot_invoicing.einvoices.model import (
    CORRECTED,
    CREDIT_NOTE,
    DEPOSIT,
    INVOICE,
    SELF_BILLED,
    ZERO,
    Allowance,
    Bill,
    Line,
    Note,
    Paying,
    Preceding,
    Profile,
    Sums,
    Tax,
    Trader,
)
from eyeot_invoicing.invoices.mentions import looked_at
from eyeot_invoicing.invoices.posting import lines_of
from eyeot_invoicing.invoices.record import Identity, Invoice
from eyeot_invoicing.law.applying import Bearing, Early, applying, exemption_on, worded
from eyeot_invoicing.payments.methods import PaymentMethod
from eyeot_invoicing.payments.terms import PaymentTerm
from eyeot_sales.catalogue.products import Product
from eyeot_sales.catalogue.units import Unit
from eyeot_sales.taxes.mentions import spoken_reasons
from eyeot_sales.trade.amounts import rounded
from eyeot_sales.trade.lines import counted

_TYPES = {"deposit": DEPOSIT, "corrective": CORRECTED}
_NATURES = {"goods": "B", "services": "S", "mixed": "M"}
_BOOKS = "EUR"
_PIECE = "C62"


@dataclass(frozen=True, slots=True)
class Piece:
    """An invoice or credit note with its lines, who it is from and to, and what it is about."""

    record: Any
    lines: Sequence[Any]
    seller: Identity
    buyer: Identity
    preceding: tuple[Preceding, ...] = ()
    is_credit_note: bool = False

    @property
    def corrects(self) -> bool:
        """Whether the first of what precedes it is the invoice that it corrects or takes back."""
        return bool(self.preceding) and (
            self.is_credit_note or getattr(self.record, "kind", None) == "corrective"
        )

    @property
    def language(self) -> str:
        """The language that its texts are in."""
        return "fr" if (self.record.language or "fr").startswith("fr") else "en"

    @property
    def profile(self) -> Profile:
        """The profile of its e-invoice; a credit note names none."""
        told: Profile | None = getattr(self.record, "profile", None)
        return told or "en16931"


async def bill_for(ctx: Context, piece: Piece, language: str | None = None) -> Bill:
    """A piece as a bill, its texts in its own language unless another is wanted."""
    record, spoken = piece.record, language or piece.language
    bearing = await bearing_of(ctx, piece)
    on = bearing.on
    taxes = _taxes(piece, await _reasons(ctx, piece, on, spoken))
    categories = {one.category for one in taxes}
    # An invoice that tells no other day was delivered on its own.
    delivered = getattr(record, "supply_date", None) or on
    starts = [one.service_start for one in piece.lines if getattr(one, "service_start", None)]
    ends = [one.service_end for one in piece.lines if getattr(one, "service_end", None)]
    return Bill(
        number=record.number or "",
        type_code=_type(piece),
        issued=on,
        due=getattr(record, "due_date", None),
        currency=record.currency,
        books_currency=_BOOKS if record.currency != _BOOKS else None,
        process=_process(piece),
        tax_point="invoice" if getattr(record, "vat_on_debits", False) else _tax_point(record),
        delivered=delivered,
        start=min(starts, default=None) if ends else None,
        end=max(ends, default=None) if starts else None,
        buyer_reference=getattr(record, "buyer_reference", None),
        order_reference=getattr(record, "order_reference", None),
        seller=_trader(piece.seller, legal=True),
        buyer=_trader(piece.buyer),
        ship_to=_ship_to(piece, categories),
        notes=_notes(piece, bearing, spoken),
        preceding=piece.preceding,
        allowances=_allowances(piece),
        paying=await _paying(ctx, piece),
        sums=_sums(piece),
        lines=tuple(await _lines(ctx, piece)),
        taxes=tuple(taxes),
    )


def _type(piece: Piece) -> str:
    if piece.is_credit_note:
        return CREDIT_NOTE
    if getattr(piece.record, "is_self_billed", False):
        return SELF_BILLED
    return _TYPES.get(piece.record.kind, INVOICE)


def _process(piece: Piece) -> str | None:
    """BT-23: 4 for an invoice after a deposit, else 1."""
    nature = _NATURES.get(getattr(piece.record, "operation_nature", None) or "")
    after = any(one.kind == "deposit" for one in piece.lines)
    return f"{nature}{4 if after else 1}" if nature else None


def _tax_point(record: Any) -> Any:
    return "payment" if getattr(record, "operation_nature", None) == "services" else None


def _trader(one: Identity, *, legal: bool = False) -> Trader:
    said = (one.legal_form, one.share_capital and f"au capital de {one.share_capital}")
    register = one.rcs_city and f"RCS {one.rcs_city} {one.siren or ''}".strip()
    return Trader(
        name=one.name,
        siren=one.siren,
        siret=one.siret,
        vat_number=one.vat_number,
        legal=", ".join(part for part in (*said, register) if part) or None if legal else None,
        line1=one.line1,
        line2=one.line2,
        postcode=one.postcode,
        city=one.city,
        country=one.country,
        address=_address(one),
        email=one.email,
        phone=one.phone,
    )


def _address(one: Identity) -> str | None:
    """The electronic address without its scheme; a SIREN is one, as the directory has it by default."""
    told = one.electronic_address or (one.siren if one.country == "FR" else None)
    return told.removeprefix("0225:") if told else None


def _ship_to(piece: Piece, categories: set[str]) -> Trader | None:
    told = getattr(piece.record, "ship_to", None)
    place = dict(told) if told else None
    if place is None and "K" in categories:
        place = piece.buyer.model_dump(include={"line1", "line2", "postcode", "city", "country"})
    if place is None:
        return None
    return Trader(
        name=piece.buyer.name,
        line1=place.get("line1"),
        line2=place.get("line2"),
        postcode=place.get("postcode"),
        city=place.get("city"),
        country=place.get("country") or "FR",
    )


async def bearing_of(ctx: Context, piece: Piece) -> Bearing:
    """A piece as what the texts of the law are chosen by."""
    term_id = getattr(piece.record, "payment_term_id", None)
    term = await ctx.get(PaymentTerm, term_id, beyond=True) if term_id else None
    return Bearing(
        piece.record,
        piece.lines,
        piece.buyer,
        piece.record.issue_date or ctx.today,
        Early(term.early_discount, term.early_days) if term else Early(),
    )


def _notes(piece: Piece, bearing: Bearing, language: str) -> tuple[Note, ...]:
    values = bearing.values(language)
    told = [
        Note(text=worded(one, values, language), subject=one.subject)
        for one in applying(bearing)
        if one.subject
    ]
    if piece.record.note:
        told.insert(0, Note(text=piece.record.note))
    if piece.buyer.country == "FR" and piece.buyer.siren and piece.buyer.is_taxable_person:
        told.append(Note(text="B2B", subject="BAR"))
    return tuple(told)


async def _reasons(ctx: Context, piece: Piece, on: date, language: str) -> dict[str, str | None]:
    """Why lines bear no VAT, by the code of why: in the words of their rates, else of the law."""
    spoken = await spoken_reasons(ctx, piece.lines, language)
    return {
        one.exemption_code or "": spoken.get(one.exemption_reason, one.exemption_reason)
        or exemption_on(on, one.exemption_code, language)
        for one in piece.lines
    }


def _percent(row: dict[str, Any]) -> Decimal:
    return Decimal(str(row["percent"]))


def _taxes(piece: Piece, reasons: dict[str, str | None]) -> list[Tax]:
    return [
        Tax(
            category=row["category"],
            percent=_percent(row),
            base=Decimal(str(row["base"])),
            tax=Decimal(str(row["tax"])),
            code=row.get("exemption_code"),
            reason=reasons.get(row.get("exemption_code") or "")
            if row["category"] not in ("S", "Z")
            else None,
        )
        for row in piece.record.tax_breakdown
    ]


def _allowances(piece: Piece) -> tuple[Allowance, ...]:
    return tuple(
        Allowance(
            amount=Decimal(str(row["allowance"])), category=row["category"], percent=_percent(row)
        )
        for row in piece.record.tax_breakdown
        if row.get("allowance") and Decimal(str(row["allowance"]))
    )


def _of(amount: Money | None) -> Decimal:
    return amount.amount if amount else ZERO


def _sums(piece: Piece) -> Sums:
    record = piece.record
    tax, gross = _of(record.total_tax), _of(record.total_gross)
    rate = getattr(record, "exchange_rate", None)
    return Sums(
        lines=sum((_of(one.net) for one in piece.lines if counted(one)), ZERO),
        allowances=sum((one.amount for one in _allowances(piece)), ZERO),
        net=_of(record.total_net),
        tax=tax,
        gross=gross,
        prepaid=ZERO,
        due=gross,
        tax_in_books=rounded(tax * rate) if rate is not None else None,
    )


async def _lines(ctx: Context, piece: Piece) -> list[Line]:
    told = [one for one in piece.lines if counted(one)]
    units = await _named(ctx, Unit, "code", {one.unit_id for one in told})
    skus = await _named(ctx, Product, "sku", {one.product_id for one in told})
    return [
        _line(at, one, units.get(one.unit_id, _PIECE), skus.get(one.product_id))
        for at, one in enumerate(told, start=1)
    ]


async def _named(ctx: Context, record: Any, name: str, ids: set[UUID | None]) -> dict[Any, str]:
    """One field of the records of some ids."""
    wanted = [one for one in ids if one]
    if not wanted:
        return {}
    query = sa.select(record.c.id, record.c[name]).where(
        record.c.org_id == ctx.org_id, record.c.id.in_(wanted)
    )
    return {one["id"]: one[name] for one in await ctx.rows(query)}


def _line(at: int, one: Any, unit: str, sku: str | None) -> Line:
    price, quantity = _of(one.unit_price), one.quantity
    if price < 0:
        # A price is never negative (BR-27): the quantity is.
        price, quantity = -price, -quantity
    net = _of(one.net)
    places = minor_units(one.net.currency) if one.net else 2
    name, _, more = one.description.partition("\n")
    return Line(
        id=str(at),
        name=name[:200],
        description=more.strip() or None,
        reference=sku,
        quantity=quantity,
        unit=unit,
        price=price,
        net=net,
        allowance=rounded(quantity * price, places) - net,
        allowance_percent=one.discount or None,
        category=one.tax_category or "",
        percent=one.tax_percent,
        start=getattr(one, "service_start", None),
        end=getattr(one, "service_end", None),
    )


async def _paying(ctx: Context, piece: Piece) -> Paying:
    method_id = getattr(piece.record, "payment_method_id", None)
    method = await ctx.get(PaymentMethod, method_id, beyond=True) if method_id else None
    account = await house_account(ctx, piece.record.currency)
    return Paying(
        means=method.code_untdid_4461 if method else "30",
        iban=account.iban if account else None,
        bic=account.bic if account else None,
        holder=piece.seller.name,
        terms=_terms(piece),
    )


def _terms(piece: Piece) -> str | None:
    if piece.is_credit_note:
        # What is given back is not awaited; EN 16931 wants terms for any amount all the same (BR-CO-25).
        return "À déduire ou à rembourser" if piece.language == "fr" else "Deducted or paid back"
    parts: list[Any] = list(getattr(piece.record, "instalments", None) or [])
    if len(parts) <= 1:
        return None
    return " ; ".join(f"{one['amount']} {piece.record.currency} {one['due_date']}" for one in parts)


async def house_account(ctx: Context, currency: str) -> Any:
    """The bank account that customers pay to: the first that is in use in that currency."""
    try:
        account = kind("invoicing.bank_account")
    except KeyError:
        return None
    c = account.c
    return await ctx.first(
        account, c.currency == currency, c.status == "active", c.iban.is_not(None), order=c.id
    )


async def piece_of(ctx: Context, invoice: Invoice) -> Piece:
    """An invoice as a piece: as it was posted, or as a draft stands."""
    lines = await lines_of(ctx, invoice)
    if invoice.seller and invoice.buyer:
        seller, buyer = _identity(invoice.seller), _identity(invoice.buyer)
    else:
        facts = await looked_at(ctx, invoice, lines)
        seller, buyer = facts.seller, facts.buyer
    preceding = [*await _corrected(ctx, invoice), *await _deposits(ctx, lines)]
    return Piece(invoice, lines, seller, buyer, tuple(preceding))


async def credit_of(ctx: Context, note: CreditNote) -> Piece:
    """A credit note as a piece, with the invoice that it takes back."""
    c = CreditNoteLine.c
    lines = await ctx.find(CreditNoteLine, c.credit_note_id == note.id, order=(c.position, c.id))
    invoice = await ctx.get(Invoice, note.invoice_id, beyond=True)
    own = await piece_of(ctx, invoice)
    seller = _identity(note.seller) if note.seller else own.seller
    buyer = _identity(note.buyer) if note.buyer else own.buyer
    about = Preceding(number=invoice.number or "", issued=invoice.issue_date)
    return Piece(note, lines, seller, buyer, (about,), is_credit_note=True)


def _identity(told: Any) -> Identity:
    return told if isinstance(told, Identity) else Identity.model_validate(told)


async def _corrected(ctx: Context, invoice: Invoice) -> list[Preceding]:
    """The invoice that a corrective one corrects."""
    origin = invoice.origin
    if invoice.kind != "corrective" or origin is None or origin.kind != invoice.meta.name:
        return []
    first = await ctx.get(Invoice, origin.id, beyond=True)
    return [Preceding(number=first.number or "", issued=first.issue_date)]


async def _deposits(ctx: Context, lines: Sequence[Any]) -> list[Preceding]:
    """The deposit invoices that lines take off."""
    found: list[Preceding] = []
    for id in dict.fromkeys(one.deposit_id for one in lines if one.deposit_id):
        deposit = await ctx.get(Invoice, id, beyond=True)
        found.append(Preceding(number=deposit.number or "", issued=deposit.issue_date))
    return found
