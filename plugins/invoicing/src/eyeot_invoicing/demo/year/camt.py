"""Camt: a month of an account as its bank tells it, in camt.053.001.08."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came (above 0) or went."""

    day: date
    amount: Decimal
    who: str
    text: str
    iban: str | None = None
    settles: str | None = None
    """The invoice that it pays."""
    account: str | None = None
    """Where it is booked, if it pays no document."""
    tax: str | None = None
    party: str | None = None
    """The supplier that is paid: what of its invoices the text names."""
    booked: bool = False
    """Whether an entry that was made by hand tells of it."""


@dataclass(frozen=True, slots=True)
class Month:
    """The days that a statement is of, and the balance before them."""

    first: date
    last: date
    opening: Decimal


def written(iban: str, month: Month, movements: Sequence[Movement]) -> str:
    """The statement of a month."""
    first, last, opening = month.first, month.last, month.opening
    closing = opening + sum((one.amount for one in movements), Decimal(0))
    head = f"<MsgId>{iban[-5:]}-{last:%Y%m%d}</MsgId><CreDtTm>{last}T22:00:00</CreDtTm>"
    period = f"<FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last}T23:59:59</ToDtTm>"
    entries = "\n".join(
        _entry(one, f"{iban[-5:]}{last:%y%m}{number:04}") for number, one in enumerate(movements)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt>'
        f"<GrpHdr>{head}</GrpHdr>\n<Stmt><Id>{last:%Y-%m}</Id><FrToDt>{period}</FrToDt>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
        f"{_balance('OPBD', opening, first)}\n{_balance('CLBD', closing, last)}\n{entries}\n"
        "</Stmt></BkToCstmrStmt></Document>\n"
    )


def _amount(amount: Decimal) -> str:
    way = "CRDT" if amount >= 0 else "DBIT"
    return f'<Amt Ccy="EUR">{abs(amount):.2f}</Amt><CdtDbtInd>{way}</CdtDbtInd>'


def _balance(code: str, amount: Decimal, day: date) -> str:
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    return f"<Bal>{kind}{_amount(amount)}<Dt><Dt>{day}</Dt></Dt></Bal>"


def _entry(one: Movement, reference: str) -> str:
    side = "Dbtr" if one.amount > 0 else "Cdtr"
    account = f"<{side}Acct><Id><IBAN>{one.iban}</IBAN></Id></{side}Acct>" if one.iban else ""
    party = f"<{side}><Pty><Nm>{escape(one.who.upper())}</Nm></Pty></{side}>{account}"
    return (
        f"<Ntry>{_amount(one.amount)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.day}</Dt></BookgDt>"
        f"<ValDt><Dt>{one.day}</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties>{party}</RltdPties>"
        f"<RmtInf><Ustrd>{escape(one.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
