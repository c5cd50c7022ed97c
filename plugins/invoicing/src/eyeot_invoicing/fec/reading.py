"""Reading: a FEC of any software, as entries, with what is wrong in it named line by line."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from eyeot import Invalid, invalid
from eyeot_invoicing.fec.lines import COLUMNS

_NAME = re.compile(r"(\d{9})FEC(\d{8})", re.IGNORECASE)
_MOST_ERRORS = 20
_ACCOUNT = re.compile(r"\d{3}[0-9A-Za-z]{0,17}")
_NEEDED = ("JournalCode", "EcritureNum", "EcritureDate", "CompteNum", "EcritureLib")
_BYTE_ORDER = "\ufeff"


@dataclass(frozen=True, slots=True)
class Line:
    """A line: the account, the amount (a debit is positive) and what it says."""

    account: str
    account_name: str
    aux: str
    aux_name: str
    label: str
    amount: Decimal
    letter: str
    lettered_on: dt.date | None
    foreign: Decimal | None
    currency: str


@dataclass(slots=True)
class Entry:
    """An entry as the file has it."""

    journal: str
    journal_name: str
    number: str
    date: dt.date
    piece: str
    piece_date: dt.date | None
    validated_on: dt.date | None
    lines: list[Line] = field(default_factory=list)


def named(filename: str) -> tuple[str, dt.date]:
    """The SIREN and the end of the year that a file's name tells."""
    found = _NAME.search(filename)
    try:
        if found:
            return found[1], _day(found[2])
    except ValueError:
        pass
    raise invalid("filename", "must read SIRENFECYYYYMMDD.txt, e.g. 732829320FEC20251231.txt")


def read(content: bytes) -> list[Entry]:
    """The entries of a file, in its order; `Invalid` names what is wrong, line by line."""
    rows = _rows(content)
    entries: dict[tuple[str, str, str], Entry] = {}
    errors: list[dict[str, Any]] = []
    for at, row in rows:
        try:
            key = row["JournalCode"], row["EcritureNum"], row["EcritureDate"]
            entry = entries.get(key)
            if entry is None:
                entry = entries[key] = _entry(row)
            entry.lines.append(_line(row))
        except ValueError as wrong:
            errors.append({"path": f"line {at}", "reason": str(wrong)})
        if len(errors) >= _MOST_ERRORS:
            break
    errors += _unbalanced(entries.values()) if not errors else []
    if errors:
        raise Invalid(
            errors=errors[:_MOST_ERRORS],
            remedy="Have the other software make the file again, or mend these lines.",
        )
    if not entries:
        raise invalid("content", "has no entry")
    return list(entries.values())


def _unbalanced(entries: Any) -> list[dict[str, Any]]:
    found = []
    for one in entries:
        if left := sum((line.amount for line in one.lines), Decimal(0)):
            reason = f"does not balance: {left:f} is left"
            found.append({"path": f"entry {one.journal} {one.number}", "reason": reason})
    return found


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    text = _decoded(content)
    head, *lines = text.splitlines() or [""]
    separator = max("\t|;", key=head.count)
    names = _names(head.split(separator))
    for at, one in enumerate(lines, start=2):
        if not one.strip():
            continue
        cells = one.split(separator)
        if len(cells) < len(names):
            cells += [""] * (len(names) - len(cells))
        yield at, dict(zip(names, (cell.strip() for cell in cells), strict=False))


def _decoded(content: bytes) -> str:
    try:
        return content.decode().removeprefix(_BYTE_ORDER)
    except UnicodeDecodeError:
        return content.decode("iso-8859-15")


def _names(cells: Sequence[str]) -> list[str]:
    """The columns of a head, as the law writes them."""
    known = {one.lower(): one for one in (*COLUMNS, "Montant", "Sens")}
    names = [known.get(one.strip().strip('"').lower(), one.strip()) for one in cells]
    missing = [one for one in _NEEDED if one not in names]
    amounts = {"Debit", "Credit"} <= set(names) or {"Montant", "Sens"} <= set(names)
    if missing or not amounts:
        told = ", ".join(
            [*missing, *([] if amounts else ["Debit and Credit, or Montant and Sens"])]
        )
        raise invalid("content", f"is no FEC: its first line lacks {told}")
    return names


def _entry(row: dict[str, str]) -> Entry:
    return Entry(
        journal=row["JournalCode"],
        journal_name=row.get("JournalLib", ""),
        number=row["EcritureNum"],
        date=_day(row["EcritureDate"]),
        piece=row.get("PieceRef", ""),
        piece_date=_maybe(row.get("PieceDate", "")),
        validated_on=_maybe(row.get("ValidDate", "")),
    )


def _line(row: dict[str, str]) -> Line:
    if not _ACCOUNT.fullmatch(row["CompteNum"]):
        raise ValueError(f"the account '{row['CompteNum']}' does not begin with three digits")
    foreign = _amount(row.get("Montantdevise", ""))
    return Line(
        account=row["CompteNum"],
        account_name=row.get("CompteLib", ""),
        aux=row.get("CompAuxNum", ""),
        aux_name=row.get("CompAuxLib", ""),
        label=row["EcritureLib"],
        amount=_signed(row),
        letter=row.get("EcritureLet", ""),
        lettered_on=_maybe(row.get("DateLet", "")),
        foreign=foreign or None,
        currency=row.get("Idevise", "").upper(),
    )


def _signed(row: dict[str, str]) -> Decimal:
    if "Sens" in row:
        amount = _amount(row["Montant"])
        if (side := row["Sens"].upper()) not in ("D", "C", "+1", "-1"):
            raise ValueError(f"Sens is '{side}', neither D nor C")
        return amount if side in ("D", "+1") else -amount
    return _amount(row["Debit"]) - _amount(row["Credit"])


def _amount(text: str) -> Decimal:
    plain = text.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".")
    try:
        found = Decimal(plain or "0")
    except InvalidOperation:
        raise ValueError(f"'{text}' is no amount") from None
    if not found.is_finite() or found != round(found, 2):
        raise ValueError(f"'{text}' is no amount with 2 decimals")
    return found


def _day(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ValueError(f"'{text}' is no date written YYYYMMDD") from None


def _maybe(text: str) -> dt.date | None:
    return _day(text) if text else None
