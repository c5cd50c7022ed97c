"""Spreadsheet: movements as CSV, as web sites of banks export them; columns found by name or told."""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from eyeot_invoicing.bank.formats.sheet import (
    Movement,
    Sheet,
    Unreadable,
    amount_of,
    decoded,
    text,
)

Column = Literal[
    "booked_on", "value_on", "amount", "debit", "credit", "remittance", "counterparty", "iban",
    "reference", "balance",
]  # fmt: skip
_NAMES: dict[Column, tuple[str, ...]] = {
    "booked_on": ("date", "date operation", "date comptable", "date de comptabilisation", "dateop",
                  "date d operation", "booking date", "jour"),
    "value_on": ("date valeur", "date de valeur", "dateval", "value date"),
    "amount": ("montant", "amount", "montant eur", "montant en euros", "montant euros"),
    "debit": ("debit", "debit euros", "debit eur", "paid out"),
    "credit": ("credit", "credit euros", "credit eur", "paid in"),
    "remittance": ("libelle", "libelle operation", "libelle simplifie", "label", "description",
                   "libelle complet", "motif", "informations complementaires"),
    "counterparty": ("tiers", "contrepartie", "nom contrepartie", "nom", "counterparty", "name"),
    "iban": ("iban", "iban contrepartie", "compte contrepartie"),
    "reference": ("reference", "ref", "numero", "reference operation", "transaction id", "id"),
    "balance": ("solde", "solde apres", "balance"),
}  # fmt: skip
_DELIMITERS = ";\t,"
_MOST_BEFORE = 15
"""Lines that a bank may write above the heads."""
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")


def read(content: bytes, columns: Mapping[str, str] | None = None) -> list[Sheet]:
    """The movements; `columns`: which head holds what, where names do not tell."""
    told = decoded(content)
    if not told.strip():
        raise Unreadable("is empty")
    delimiter = max(_DELIMITERS, key=told[:5000].count)
    try:
        rows = list(csv.reader(io.StringIO(told), delimiter=delimiter, strict=True))
    except csv.Error as wrong:
        raise Unreadable(f"is no whole CSV file ({wrong})") from None
    head, places = _heads(rows, columns or {})
    moved = [
        _movement(row, places, number)
        for number, row in enumerate(rows[head + 1 :], start=head + 2)
        if any(cell.strip() for cell in row)
    ]
    if not moved:
        raise Unreadable("holds no movement")
    opening, closing = _balances(rows[head + 1 :], places, moved)
    return [Sheet(account="", movements=moved, opening=opening, closing=closing)]


def folded(name: str) -> str:
    """A head as people vary it: small letters without accents or signs."""
    plain = (
        unicodedata.normalize("NFKD", name.replace("œ", "oe")).encode("ascii", "ignore").decode()
    )
    return re.sub(r"[^a-z0-9]+", " ", plain.casefold()).strip()


def _heads(rows: Sequence[Sequence[str]], told: Mapping[str, str]) -> tuple[int, dict[Column, int]]:
    """Which line names the columns, and where each is."""
    for number, row in enumerate(rows[:_MOST_BEFORE]):
        heads = [folded(cell) for cell in row]
        places = {n: _place(heads, told.get(n), known) for n, known in _NAMES.items()}
        found = {name: at for name, at in places.items() if at is not None}
        if "booked_on" in found and ("amount" in found or {"debit", "credit"} <= found.keys()):
            return number, found
    raise Unreadable(
        "names no columns for the date and the amount (or debit and credit) in its first lines; tell"
        " them in columns, e.g. {'booked_on': 'Jour', 'amount': 'Somme'}"
    )


def _place(heads: Sequence[str], told: str | None, known: Sequence[str]) -> int | None:
    wanted = [folded(told)] if told else known
    return next((heads.index(one) for one in wanted if one in heads), None)


def _movement(row: Sequence[str], places: Mapping[Column, int], number: int) -> Movement:
    def cell(name: Column) -> str:
        at = places.get(name)
        return row[at].strip() if at is not None and at < len(row) else ""

    if "amount" in places:
        amount = amount_in(cell("amount"), number)
    else:
        credit = amount_in(cell("credit") or "0", number)
        amount = credit - abs(amount_in(cell("debit") or "0", number))
    value = cell("value_on")
    return Movement(
        booked_on=day_in(cell("booked_on"), number),
        value_on=day_in(value, number) if value else None,
        amount=amount,
        counterparty=text(cell("counterparty"), 140),
        iban=text(cell("iban"), 34),
        remittance=text(cell("remittance")),
        reference=text(cell("reference"), 100),
    )


def amount_in(told: str, number: int) -> Decimal:
    """1 234,56 or 1,234.56 or -1.234,56 €; of two signs the last one is the decimal's."""
    plain = re.sub(r"[\s\u00a0\u202f€+']", "", told).removesuffix("EUR")
    if "," in plain and "." in plain:
        thousands = "," if plain.rfind(".") > plain.rfind(",") else "."
        plain = plain.replace(thousands, "")
    try:
        return amount_of(plain.replace(",", ".").replace("\u2212", "-"))
    except Unreadable:
        raise Unreadable(
            f"has an amount that is none in line {number}: '{text(told, 40)}'"
        ) from None


def day_in(told: str, number: int) -> date:
    """A day of a line: 31/10/2026, 31.10.26 or 2026-10-31."""
    try:
        if found := _FRENCH.fullmatch(told):
            year = int(found[3])
            # Two digits are of this century.
            return date(year + 2000 if len(found[3]) == 2 else year, int(found[2]), int(found[1]))  # noqa: PLR2004
        return date.fromisoformat(told[:10])
    except ValueError:
        raise Unreadable(f"has a date that is none in line {number}: '{text(told, 40)}'") from None


def _balances(
    rows: Sequence[Sequence[str]], places: Mapping[Column, int], moved: Sequence[Movement]
) -> tuple[Decimal | None, Decimal | None]:
    """Opening and closing by a column of balances, whichever end of the file is the older."""
    at = places.get("balance")
    cells = [row[at] for row in rows if at is not None and at < len(row) and any(row)]
    if at is None or len(cells) != len(moved) or not all(one.strip() for one in cells):
        return None, None
    newest_first = moved[0].booked_on > moved[-1].booked_on
    first, last = (cells[-1], cells[0]) if newest_first else (cells[0], cells[-1])
    oldest = moved[-1] if newest_first else moved[0]
    return amount_in(first, 0) - oldest.amount, amount_in(last, 0)
