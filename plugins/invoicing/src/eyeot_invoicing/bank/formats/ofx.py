"""OFX: Open Financial Exchange, as SGML (1.x) and as XML (2.x), bank and card statements."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from eyeot_invoicing.bank.formats.sheet import (
    Movement,
    Sheet,
    Unreadable,
    amount_of,
    decoded,
    text,
)

_TOKEN = re.compile(r"<(/?)([A-Za-z0-9_.]+)>([^<]*)")
_MOST_TOKENS = 200_000
_DEEPEST = 30
_STATEMENTS = ("STMTRS", "CCSTMTRS")


@dataclass(slots=True)
class Aggregate:
    """A group of elements; what is no group is a value."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    below: list["Aggregate"] = field(default_factory=list)

    def every(self, name: str) -> Iterator["Aggregate"]:
        """The groups of a name, at any depth."""
        for one in self.below:
            if one.name == name:
                yield one
            yield from one.every(name)

    def first(self, *names: str) -> "Aggregate":
        """The first group of one of the names; an empty one when there is none."""
        return next((one for name in names for one in self.every(name)), Aggregate(name=""))


def read(content: bytes) -> list[Sheet]:
    """The statements of a file."""
    told = _characters(content)
    at = told.upper().find("<OFX>")
    if at < 0:
        raise Unreadable("holds no OFX statement (<OFX>)")
    if "<!DOCTYPE" in told.upper() or "<!ENTITY" in told.upper():
        raise Unreadable("declares a DTD or entities, which no bank's statement does")
    root = _tree(told[at:])
    found = [one for name in _STATEMENTS for one in root.every(name)]
    if not found:
        raise Unreadable("holds no statement (STMTRS or CCSTMTRS)")
    return [_sheet(one) for one in found]


def _characters(content: bytes) -> str:
    head = content[:500].upper()
    if b"ENCODING:USASCII" in head and b"CHARSET:1252" in head and b"\x00" not in content:
        # Declared so, and written in UTF-8 all the same by several banks.
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252", errors="replace")
    return decoded(content)


def _tree(told: str) -> Aggregate:
    """SGML leaves the end of values out; XML does not: an element with text is a value in both."""
    root = Aggregate("root")
    stack = [root]
    for count, found in enumerate(_TOKEN.finditer(told)):
        if count > _MOST_TOKENS or len(stack) > _DEEPEST:
            raise Unreadable("is larger or deeper than a statement is")
        closes, name, value = found[1], found[2].upper(), found[3].strip()
        if closes:
            _close(stack, name)
        elif value:
            stack[-1].values[name] = text(html.unescape(value))
        else:
            made = Aggregate(name)
            stack[-1].below.append(made)
            stack.append(made)
    if len(stack) > 1:
        raise Unreadable(f"is cut: <{stack[1].name}> does not end")
    return root


def _close(stack: list[Aggregate], name: str) -> None:
    """End a group; the end of a value, or of an empty one, ends no group above it."""
    names = [one.name for one in stack[1:]]
    if name not in names:
        return
    while stack[-1].name != name:
        # An empty value that SGML did not end: what came after it belongs to the group.
        empty = stack.pop()
        stack[-1].below.extend(empty.below)
        stack[-1].values.update(empty.values)
    stack.pop()


def _sheet(one: Aggregate) -> Sheet:
    account = one.first("BANKACCTFROM", "CCACCTFROM").values
    listed, balance = one.first("BANKTRANLIST"), one.first("LEDGERBAL").values
    moved = [_movement(each) for each in listed.every("STMTTRN")]
    parts = (account.get(name, "") for name in ("BANKID", "BRANCHID", "ACCTID"))
    closing = _amount(balance["BALAMT"]) if "BALAMT" in balance else None
    total = sum((each.amount for each in moved), Decimal(0))
    end = listed.values.get("DTEND")
    balanced = closing is not None and _is_of(balance.get("DTASOF"), end, moved)
    return Sheet(
        account="".join(parts),
        movements=moved,
        currency=one.values.get("CURDEF", ""),
        # OFX tells the closing balance only.
        opening=closing - total if balanced and closing is not None else None,
        closing=closing if balanced else None,
        start=_day(listed.values["DTSTART"]) if "DTSTART" in listed.values else None,
        end=_day(end) if end else None,
    )


def _is_of(balance: str | None, end: str | None, moved: list[Movement]) -> bool:
    """Whether the balance is that after these movements, and not of another day."""
    last = max((one.booked_on for one in moved), default=None)
    told = _day(balance) if balance else None
    until = _day(end) if end else last
    return told is None or until is None or told >= (last or told)


def _movement(one: Aggregate) -> Movement:
    values = one.values
    if "TRNAMT" not in values or "DTPOSTED" not in values:
        raise Unreadable("has a movement without an amount or a date")
    words = [values.get(name, "") for name in ("NAME", "MEMO")]
    payee = one.first("PAYEE").values.get("NAME", "")
    return Movement(
        booked_on=_day(values["DTPOSTED"]),
        value_on=_day(values["DTAVAIL"]) if "DTAVAIL" in values else None,
        amount=_amount(values["TRNAMT"]),
        counterparty=text(payee or values.get("NAME"), 140),
        iban=text(one.first("BANKACCTTO").values.get("ACCTID"), 34),
        remittance=text(" ".join(word for word in words if word)),
        end_to_end_id=text(values.get("CHECKNUM") or values.get("REFNUM"), 100),
        bank_code=text(values.get("TRNTYPE"), 40),
        reference=text(values.get("FITID"), 100),
    )


def _amount(value: str) -> Decimal:
    """An amount, which French banks write with a comma too."""
    return amount_of(value.replace(" ", "").replace("\u00a0", "").replace(",", "."))


def _day(value: str) -> date:
    digits = value.strip()[:8]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise Unreadable(f"has a date that is none: '{text(value, 40)}'") from None
