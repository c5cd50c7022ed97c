"""MT940: SWIFT's customer statement message."""

import re
import warnings
from datetime import date
from decimal import Decimal
from typing import Any

import mt940

from eyeot_invoicing.bank.formats.sheet import Movement, Sheet, Unreadable, decoded, text

_BLOCKS = re.compile(r"(?m)^(?=:20:)")
_FIELD = re.compile(r"\?(\d{2})")
_NO_REFERENCE = ("", "NONREF", "NOTPROVIDED")
_NAMES, _WORDS, _IBAN = ("32", "33"), tuple(f"{n}" for n in range(20, 30)), "31"


def read(content: bytes) -> list[Sheet]:
    """The messages of a file."""
    told = decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    blocks = [one for one in _BLOCKS.split(told) if one.startswith(":20:")]
    if not blocks:
        raise Unreadable("holds no MT940 message (:20:)")
    return [_sheet(one) for one in blocks]


def _sheet(block: str) -> Sheet:
    lines = block.count("\n:61:")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Any = mt940.parse(block)
    except Exception as wrong:  # noqa: BLE001 - the library raises whatever a broken line leads it to
        raise Unreadable(f"is no whole MT940 message ({text(str(wrong), 120)})") from None
    moved = [_movement(one) for one in found if one.data.get("amount") is not None]
    if len(moved) != lines:
        raise Unreadable(f"has {lines} movements (:61:), of which {len(moved)} can be read")
    opening = _balance(found.data, "final_opening_balance", "intermediate_opening_balance")
    closing = _balance(found.data, "final_closing_balance", "intermediate_closing_balance")
    if opening is None or closing is None:
        raise Unreadable("lacks its opening (:60F:) or its closing balance (:62F:)")
    return Sheet(
        account=text(str(found.data.get("account_identification") or "")),
        movements=moved,
        currency=str(opening.amount.currency),
        opening=_exact(opening.amount),
        closing=_exact(closing.amount),
        start=_day(opening.date),
        end=_day(closing.date),
    )


def _balance(data: dict[str, Any], *names: str) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)


def _exact(amount: Any) -> Decimal:
    return Decimal(amount.amount)


def _day(value: Any) -> date:
    return date(value.year, value.month, value.day)


def _movement(one: Any) -> Movement:
    data: dict[str, Any] = one.data
    booked = data.get("entry_date") or data.get("date")
    if booked is None:
        raise Unreadable("has a movement without a date")
    words = str(data.get("transaction_details") or "")
    parts = _parts(words)
    reference = str(data.get("bank_reference") or "").strip()
    customer = str(data.get("customer_reference") or "").strip()
    return Movement(
        booked_on=_day(booked),
        value_on=_day(data["date"]) if data.get("date") else None,
        amount=_exact(data["amount"]),
        counterparty=text(parts.get("name") or data.get("applicant_name"), 140),
        iban=text(parts.get("iban") or data.get("applicant_iban"), 34),
        remittance=text(parts.get("words") or data.get("purpose") or words.replace("\n", " ")),
        end_to_end_id="" if customer in _NO_REFERENCE else text(customer, 100),
        bank_code=text(str(data.get("id") or ""), 40),
        reference="" if reference in _NO_REFERENCE else text(reference, 100),
    )


def _parts(words: str) -> dict[str, str]:
    """The sub-fields ?20 to ?33 of :86:, where the bank writes it so."""
    pieces = _FIELD.split(words.replace("\n", ""))
    named = dict(zip(pieces[1::2], pieces[2::2], strict=False))
    if not named:
        return {}
    return {
        "words": " ".join(named[n] for n in _WORDS if n in named),
        "name": "".join(named[n] for n in _NAMES if n in named),
        "iban": named.get(_IBAN, ""),
    }
