"""CFONB 120: the statement of French banks, in records of 120 characters (CFONB, relevé de compte, 2004)."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from eyeot_invoicing.bank.formats.sheet import Movement, Sheet, Unreadable, decoded, text

WIDTH = 120
_POSITIVE, _NEGATIVE = "{ABCDEFGHI", "}JKLMNOPQR"
_CENTURY = 80
"""Years from 80 are of the twentieth century."""
_NAMES = {
    "NPY": "counterparty",
    "NBE": "counterparty",
    "RCN": "end_to_end_id",
    "REF": "end_to_end_id",
}
_IBANS = ("IBP", "IBE")
_WORDS = ("LIB", "LCC", "LC2", "LCS", "   ")


@dataclass(slots=True)
class _Open:
    """A statement that is being read."""

    account: str
    currency: str
    opening: Decimal
    start: date
    movements: list[Movement] = field(default_factory=list)


def read(content: bytes) -> list[Sheet]:
    """The statements of a file."""
    found: list[Sheet] = []
    at: _Open | None = None
    for number, line in enumerate(_lines(content), start=1):
        kind = line[:2]
        if kind == "01":
            at = _opened(line, number, at)
        elif kind == "07":
            found.append(_closed(line, number, at))
            at = None
        elif kind in ("04", "05") and at is not None:
            _take(at, line, number)
        else:
            raise Unreadable(f"has a record '{text(kind, 2)}' where none belongs, in line {number}")
    if at is not None or not found:
        raise Unreadable("is cut: its new balance (record 07) is missing")
    return found


def _lines(content: bytes) -> list[str]:
    """The records, whether the bank ends each with a new line or not."""
    told = decoded(content)
    lines = [one for one in told.splitlines() if one.strip()]
    if len(lines) == 1 and len(told.strip("\r\n")) > WIDTH:
        whole = told.strip("\r\n")
        lines = [whole[at : at + WIDTH] for at in range(0, len(whole), WIDTH)]
    for number, one in enumerate(lines, start=1):
        # Trailing blanks are cut by some mailers; the amount ends at 104.
        if len(one) > WIDTH or (one[:2] != "05" and len(one.rstrip()) < 104):  # noqa: PLR2004
            raise Unreadable(f"has {len(one)} characters in line {number}, not {WIDTH}")
    return [one.ljust(WIDTH) for one in lines]


def _opened(line: str, number: int, at: _Open | None) -> _Open:
    if at is not None:
        raise Unreadable(f"opens a statement in line {number} before the last one ended")
    return _Open(
        _account(line), line[16:19].strip(), _amount(line, number), _day(line[34:40], number)
    )


def _closed(line: str, number: int, at: _Open | None) -> Sheet:
    if at is None or _account(line) != at.account:
        raise Unreadable(f"ends in line {number} a statement that it did not begin")
    return Sheet(
        account=at.account,
        movements=at.movements,
        currency=at.currency,
        opening=at.opening,
        closing=_amount(line, number),
        start=at.start,
        end=_day(line[34:40], number),
    )


def _account(line: str) -> str:
    """Bank, branch and account, as they follow each other in a French IBAN."""
    return line[2:7] + line[11:16] + line[21:32]


def _take(at: _Open, line: str, number: int) -> None:
    if _account(line) != at.account:
        raise Unreadable(f"has a movement of another account in line {number}")
    if line[:2] == "04":
        value = line[42:48].strip()
        at.movements.append(
            Movement(
                booked_on=_day(line[34:40], number),
                value_on=_day(value, number) if value and value != "000000" else None,
                amount=_amount(line, number),
                remittance=text(line[48:79]),
                bank_code=text(line[32:34]),
                end_to_end_id=text(line[104:120]),
                reference=text(line[81:88]).strip("0"),
            )
        )
        return
    if not at.movements:
        raise Unreadable(f"adds to a movement in line {number} before the first one")
    at.movements[-1] = _added(at.movements[-1], line[45:48], text(line[48:118]))


def _added(movement: Movement, qualifier: str, told: str) -> Movement:
    """A movement with what a record 05 adds; several of one kind follow each other."""
    name = _NAMES.get(qualifier)
    if name == "counterparty":
        return replace(movement, counterparty=text(movement.counterparty or told, 140))
    if name == "end_to_end_id":
        return replace(movement, end_to_end_id=text(told.split(" ", maxsplit=1)[0], 100))
    if qualifier in _IBANS:
        return replace(movement, iban=text(told.split(" ", maxsplit=1)[0], 34))
    if qualifier in _WORDS:
        return replace(movement, remittance=text(f"{movement.remittance} {told}"))
    return movement


def _amount(line: str, number: int) -> Decimal:
    """An amount whose last digit bears the sign: { and A to I are positive, } and J to R negative."""
    told, places = line[90:104], line[19]
    last = told[-1:]
    sign, digit = 1, _POSITIVE.find(last)
    if digit < 0:
        sign, digit = -1, _NEGATIVE.find(last)
    head = told[:-1].strip() or "0"
    if digit < 0 or not last or not head.isascii() or not head.isdigit() or not places.isdigit():
        raise Unreadable(f"has an amount that is none in line {number}: '{text(told)}'")
    return sign * Decimal(f"{head}{digit}").scaleb(-int(places))


def _day(told: str, number: int) -> date:
    try:
        year = int(told[4:6])
        return date(year + (1900 if year >= _CENTURY else 2000), int(told[2:4]), int(told[:2]))
    except ValueError:
        raise Unreadable(f"has a date that is none in line {number}: '{text(told)}'") from None
