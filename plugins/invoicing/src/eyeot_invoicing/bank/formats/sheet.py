"""Sheet: what every format of bank statements is read into."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

MOST_MOVEMENTS = 5_000
"""Of one file: a year of a small company's; more is brought in parts."""
LARGEST_AMOUNT = Decimal("999999999999.99")
LONGEST_TEXT = 500
_SPACES = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unreadable(Exception):
    """A file that is no such statement, or not a whole one; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One of the payments that a movement is made of."""

    amount: Decimal
    counterparty: str = ""
    iban: str = ""
    remittance: str = ""
    end_to_end_id: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """One booked movement; a positive amount came in."""

    booked_on: date
    amount: Decimal
    value_on: date | None = None
    counterparty: str = ""
    iban: str = ""
    remittance: str = ""
    end_to_end_id: str = ""
    bank_code: str = ""
    reference: str = ""
    """What the bank knows it by; nothing where the file tells none."""
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One statement of one account."""

    account: str
    """As the file names it: an IBAN, or national parts; nothing where it names none."""
    movements: Sequence[Movement] = ()
    currency: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    start: date | None = None
    end: date | None = None
    pending: int = 0
    """Movements that the bank announced and did not book yet, which are left out."""
    notes: tuple[str, ...] = field(default=())

    def checked(self) -> "Sheet":
        """The same, once opening, movements and closing agree to the cent, with its days."""
        if len(self.movements) > MOST_MOVEMENTS:
            raise Unreadable(f"has more than {MOST_MOVEMENTS:,} movements; bring it in parts")
        for one in self.movements:
            if not one.amount or abs(one.amount) > LARGEST_AMOUNT:
                raise Unreadable(f"has a movement of {one.amount:f} on {one.booked_on}")
        total = sum((one.amount for one in self.movements), Decimal(0))
        if self.opening is not None and self.closing is not None:
            gap = self.closing - self.opening - total
            if gap:
                raise Unreadable(
                    f"does not add up: opening {self.opening:f} and movements {total:f} give"
                    f" {self.opening + total:f}, its closing balance is {self.closing:f}"
                    f" ({gap:+f}); it is cut, or lines are missing"
                )
        days = sorted(one.booked_on for one in self.movements)
        start = self.start or (days[0] if days else self.end)
        end = self.end or (days[-1] if days else start)
        if start and end and start > end:
            start, end = end, start
        return replace(self, start=start, end=end)


def text(value: str | None, longest: int = LONGEST_TEXT) -> str:
    """A text on one line, without what no one can read, cut to a length."""
    return _SPACES.sub(" ", _CONTROLS.sub("", value or "")).strip()[:longest]


def amount_of(value: str | None) -> Decimal:
    """An amount as files write it with a point; `Unreadable` when it is none."""
    try:
        found = Decimal((value or "").strip())
    except InvalidOperation:
        raise Unreadable(f"has an amount that is none: '{text(value, 40)}'") from None
    # Decimal knows Infinity, NaN and exponents that nobody can add up.
    if not found.is_finite() or found.copy_abs() > LARGEST_AMOUNT:
        raise Unreadable(f"has an amount that is none: '{text(value, 40)}'")
    return found


def day_of(value: str | None) -> date:
    """A day of ISO 8601, a time after it left out."""
    try:
        return date.fromisoformat((value or "").strip()[:10])
    except ValueError:
        raise Unreadable(f"has a date that is none: '{text(value, 40)}'") from None


def decoded(content: bytes) -> str:
    """A text file's characters: UTF-8, else Western European as banks still write."""
    if b"\x00" in content:
        raise Unreadable("is no text in UTF-8 or Windows-1252; save it as one of these")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace").replace("\ufffd", "")
