"""Model: an invoice as EN 16931 says it, whatever the syntax it is written in or was read from."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)
Syntax = Literal["cii", "ubl"]
Profile = Literal["en16931", "extended_ctc_fr", "basic"]
INVOICE, CORRECTED, DEPOSIT, SELF_BILLED, CREDIT_NOTE = "380", "384", "386", "389", "381"
"""Codes of UNTDID 1001 for BT-3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """A seller, a buyer, or where goods go (BG-4, BG-7, BG-13)."""

    name: str
    siren: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    legal: str | None = None
    """Legal form, capital, register (BT-33)."""
    line1: str | None = None
    line2: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str = "FR"
    address: str | None = None
    """Electronic address without its scheme (BT-34, BT-49)."""
    address_scheme: str = "0225"
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line (BG-25)."""

    id: str
    name: str
    quantity: Decimal
    price: Decimal
    """Of one, without VAT, never negative (BT-146)."""
    net: Decimal
    category: str
    percent: Decimal | None = None
    unit: str = "C62"
    """Code of UN/ECE recommendation 20 (BT-130)."""
    description: str | None = None
    reference: str | None = None
    """The seller's reference of it (BT-155)."""
    allowance: Decimal = ZERO
    """What was taken off the line (BT-136)."""
    allowance_percent: Decimal | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A row of the VAT breakdown (BG-23)."""

    category: str
    percent: Decimal | None
    base: Decimal
    tax: Decimal
    code: str | None = None
    """VATEX (BT-121)."""
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is taken off the whole under one rate (BG-20)."""

    amount: Decimal
    category: str
    percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, with what it is about (BT-21 of UNTDID 4451, BT-22)."""

    text: str
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preceding:
    """An invoice that this one is about (BG-3)."""

    number: str
    issued: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The totals (BG-22)."""

    lines: Decimal
    allowances: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    prepaid: Decimal
    due: Decimal
    tax_in_books: Decimal | None = None
    """VAT in the currency of the books, when it is another (BT-111)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """How it is to be paid (BG-16)."""

    means: str = "30"
    """UNTDID 4461."""
    iban: str | None = None
    bic: str | None = None
    holder: str | None = None
    terms: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice or credit note."""

    number: str
    type_code: str
    issued: date
    currency: str
    seller: Trader
    buyer: Trader
    sums: Sums
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    due: date | None = None
    books_currency: str | None = None
    """The currency of the seller's VAT, when it is another (BT-6)."""
    process: str | None = None
    """The business process (BT-23): B goods, S services, M both; 1 to be paid, 4 after a deposit."""
    tax_point: Literal["invoice", "delivery", "payment"] | None = None
    """When VAT falls due (BT-8)."""
    delivered: date | None = None
    start: date | None = None
    end: date | None = None
    buyer_reference: str | None = None
    order_reference: str | None = None
    ship_to: Trader | None = None
    notes: tuple[Note, ...] = ()
    preceding: tuple[Preceding, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    paying: Paying = field(default_factory=Paying)
    profile: str = ""
    """What it says it conforms to (BT-24); of one that was read."""

    @property
    def is_credit_note(self) -> bool:
        """Whether it gives back (UNTDID 1001 381)."""
        return self.type_code == CREDIT_NOTE
