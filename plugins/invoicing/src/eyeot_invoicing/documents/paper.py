"""Paper: what the PDF of an invoice or credit note shows, as it was posted."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import babel.dates
import babel.numbers

from eyeot import Context, Money, Paper, Standing, minor_units
from eyeot.types import address_lines
from eyeot_invoicing.documents.paying import facts, grouped, transfer
from eyeot_invoicing.documents.wording import Words, words
from eyeot_invoicing.einvoices.building import Piece, bill_for
from eyeot_invoicing.einvoices.model import ZERO, Bill
from eyeot_invoicing.invoices.record import Identity
from eyeot_invoicing.payments.methods import PaymentMethod
from eyeot_sales.catalogue.units import spoken
from eyeot_sales.papers.paper import percentage
from eyeot_sales.trade.lines import counted

_SPACE = "\N{NO-BREAK SPACE}"
_BOOKS = "EUR"
_NOT_READ = frozenset({"BAR"})
"""Notes for machines."""
_OF_PAYING = frozenset({"PMD", "PMT", "AAB"})
"""Notes on late and early payment: BR-FR-05 wants them of any e-invoice, people only where they pay."""


class InvoicePaper(Paper):
    """A paper with what is carried over from page to page."""

    carried: str = ""
    brought: str = ""


async def paper_of(ctx: Context, piece: Piece, language: str) -> InvoicePaper:
    """What the paper of a piece shows."""
    said = words(language)
    bill = await bill_for(ctx, piece, language)
    record = piece.record
    return InvoicePaper.model_validate(
        {
            "language": language,
            "title": said["credit_note" if piece.is_credit_note else record.kind],
            "number": record.number or "",
            "date": bill.issued,
            "currency": bill.currency,
            "sender": _party(piece.seller, language, own=True),
            "recipient": _party(piece.buyer, language),
            "delivery": _delivery(bill, language),
            "facts": _facts(bill, piece, said),
            "columns": _columns(piece, said),
            "rows": _rows(piece, bill, said, language),
            "totals": _totals(piece, bill, said, language),
            "taxes": [
                {
                    "rate": one.percent or ZERO,
                    "base": one.base,
                    "amount": one.tax,
                    "code": "" if one.category == "S" else one.category,
                }
                for one in bill.taxes
            ],
            "mentions": _mentions(bill, piece, said, language),
            "draft": record.status == "draft",
            "paying": await _paying(ctx, piece, bill, said, language),
            "carried": said["carried"],
            "brought": said["brought"],
        }
    )


def _party(one: Identity, language: str, *, own: bool = False) -> dict[str, Any]:
    contact = [part for part in (one.phone, one.email) if part] if own else []
    return {
        "name": (one.trade_name if own else None) or one.name,
        "lines": address_lines(one, language),
        "contact": contact,
        "legal": _standing(one).lines(language) if own else [],
    }


def _standing(one: Identity) -> Standing:
    """The seller as it was frozen."""
    amount, _, currency = (one.share_capital or "").partition(" ")
    return Standing(
        name=one.name,
        form=one.legal_form,
        capital=Money(amount=Decimal(amount), currency=currency or _BOOKS) if amount else None,
        siren=one.siren,
        siret=one.siret,
        rcs_city=one.rcs_city,
        vat_number=one.vat_number,
    )


def _delivery(bill: Bill, language: str) -> dict[str, Any] | None:
    place = bill.ship_to
    if place is None:
        return None
    return {"name": place.name, "lines": address_lines(asdict(place), language)}


def _facts(bill: Bill, piece: Piece, said: Words) -> list[dict[str, str]]:
    nature = getattr(piece.record, "operation_nature", None)
    told: list[tuple[str, Any]] = [
        ("issued", bill.issued),
        ("due", bill.due if not piece.is_credit_note else None),
        ("supplied", bill.delivered if bill.delivered != bill.issued else None),
        ("nature", said[nature] if nature else None),
        ("order", bill.order_reference),
        ("reference", bill.buyer_reference),
        ("siren", bill.buyer.siren and grouped(bill.buyer.siren, 3)),
        ("vat", bill.buyer.vat_number),
        ("credits", bill.preceding[0].number if piece.corrects else None),
    ]
    return [
        {
            "label": said[name],
            "value": value.isoformat() if isinstance(value, date) else value,
            "kind": "date" if isinstance(value, date) else "text",
        }
        for name, value in told
        if value
    ]


def _columns(piece: Piece, said: Words) -> list[dict[str, Any]]:
    told: list[tuple[str, str]] = [("what", "text"), ("quantity", "text"), ("price", "money")]
    if any(one.discount for one in piece.lines if counted(one)):
        told.append(("discount", "percent"))
    told += [("rate", "percent"), ("net", "money")]
    return [
        {"name": name, "label": said[name], "kind": form, "main": name == "what"}
        for name, form in told
    ]


def _rows(piece: Piece, bill: Bill, said: Words, language: str) -> list[dict[str, Any]]:
    names = _units(bill, language)
    found: list[dict[str, Any]] = []
    since = ZERO
    lines = iter(bill.lines)
    for one in piece.lines:
        if counted(one):
            line = next(lines)
            since += line.net
            found.append(_row(one, line.net, names.get(line.unit, ""), said, language))
        elif one.kind == "subtotal":
            found.append({"kind": "subtotal", "text": one.description, "amount": since})
            since = ZERO
        else:
            found.append({"kind": one.kind, "text": one.description})
    return found


def _units(bill: Bill, language: str) -> dict[str, str]:
    """Short names of the units in common use; others by the names that they came with."""
    short = {
        "HUR": "h", "MIN": "min", "DAY": "j" if language == "fr" else "d", "KGM": "kg",
        "GRM": "g", "LTR": "L", "MTR": "m", "MTK": "m²", "MTQ": "m³", "KMT": "km", "KWH": "kWh",
        "MON": "mois" if language == "fr" else "mo.", "TNE": "t",
    }  # fmt: skip
    return {one.unit: short.get(one.unit) or spoken(one.unit, language) for one in bill.lines}


def _row(one: Any, net: Decimal, unit: str, said: Words, language: str) -> dict[str, Any]:
    name, _, more = one.description.partition("\n")
    notes = [more.strip()]
    start, end = getattr(one, "service_start", None), getattr(one, "service_end", None)
    if start and end:
        period = {"start": _day(start, language), "end": _day(end, language)}
        notes.append(said["service_period"].format(**period))
    elif start:
        notes.append(said["service_day"].format(start=_day(start, language)))
    price = one.unit_price.amount if one.unit_price else None
    quantity = babel.numbers.format_decimal(
        one.quantity, locale=language, decimal_quantization=False
    )
    cells = {
        "what": name,
        "quantity": f"{quantity}{_SPACE}{unit}".strip(),
        "price": price,
        "discount": one.discount or None,
        "rate": one.tax_percent,
        "net": net,
    }
    return {
        "kind": "line",
        "cells": cells,
        "note": "\n".join(part for part in notes if part),
        "amount": net,
    }


def _day(day: date, language: str) -> str:
    return babel.dates.format_date(day, "long", locale=language)


def _totals(piece: Piece, bill: Bill, said: Words, language: str) -> list[dict[str, Any]]:
    sums = bill.sums
    found: list[dict[str, Any]] = []
    if sums.allowances:
        found.append({"label": said["lines_net"], "amount": sums.lines})
        found.append({"label": _allowance(piece, said, language), "amount": -sums.allowances})
    found.append({"label": said["total_net"], "amount": sums.net})
    found.append({"label": said["total_tax"], "amount": sums.tax})
    deducted = getattr(piece.record, "deposits_deducted", None)
    if deducted and deducted.amount:
        found.append({"label": said["total_gross"], "amount": sums.gross})
        found.append({"label": said["deposits"], "amount": -deducted.amount})
        found.append({"label": said["due_amount"], "amount": sums.due, "strong": True})
        return found
    last = "given_back" if piece.is_credit_note else "total_gross"
    found.append({"label": said[last], "amount": sums.gross, "strong": True})
    return found


def _allowance(piece: Piece, said: Words, language: str) -> str:
    """The discount on the whole, with its percentage where it is one."""
    percent = getattr(piece.record, "discount_percent", None)
    return f"{said['allowance']} {percentage(percent, language)}" if percent else said["allowance"]


def _mentions(bill: Bill, piece: Piece, said: Words, language: str) -> list[str]:
    left_out = _NOT_READ | _OF_PAYING if piece.is_credit_note else _NOT_READ
    reasons = [one.reason or one.code for one in bill.taxes if one.reason or one.code]
    notes = [one.text for one in bill.notes if one.subject not in left_out]
    found = [*dict.fromkeys(str(one) for one in reasons), *notes]
    rate = getattr(piece.record, "exchange_rate", None)
    if bill.sums.tax_in_books is not None and rate is not None:
        found.append(
            said["tax_in_books"].format(
                tax=babel.numbers.format_decimal(
                    bill.sums.tax_in_books, format="#,##0.00", locale=language
                ),
                currency=bill.currency,
                rate=babel.numbers.format_decimal(
                    rate, locale=language, decimal_quantization=False
                ),
            )
        )
    return found


async def _paying(
    ctx: Context, piece: Piece, bill: Bill, said: Words, language: str
) -> list[dict[str, str]]:
    """How it is paid: by when, by which means, to which account."""
    if piece.is_credit_note:
        return []
    parts: list[Any] = list(getattr(piece.record, "instalments", None) or [])
    told: list[tuple[str, str | None]] = [
        ("instalments", _instalments(parts, bill, language) if len(parts) > 1 else "")
    ]
    method_id = getattr(piece.record, "payment_method_id", None)
    method = await ctx.get(PaymentMethod, method_id, beyond=True) if method_id else None
    told.append(("by", said[f"by_{method.kind}"] if method else ""))
    return [*facts(said, told), *transfer(said, bill.paying, bill.paying.holder, bill.number)]


def _instalments(parts: list[Any], bill: Bill, language: str) -> str:
    places = minor_units(bill.currency)
    return "\n".join(
        f"{_day(date.fromisoformat(str(one['due_date'])), language)} : "
        + babel.numbers.format_currency(
            round(Decimal(str(one["amount"])), places), bill.currency, locale=language
        )
        for one in parts
    )
