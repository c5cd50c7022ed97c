"""Scoring: how well something fits a movement, and why; pure, so that each reason can be told and tested."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from eyeot import RecordRef
from eyeot_invoicing.bank.parties import ALIKE, alike

ReasonCode = Literal[
    "amount", "amount_of_group", "instalment", "reference", "iban", "party", "name", "date", "own_account",
    "slip",
]  # fmt: skip
POINTS: dict[ReasonCode, int] = {
    "amount": 40,
    "amount_of_group": 40,
    "instalment": 35,
    "reference": 45,
    "slip": 45,
    "own_account": 45,
    "iban": 25,
    "party": 25,
    "name": 15,
    "date": 5,
}
MOST = 100
CERTAIN = 90
"""From here on nobody needs to look: the amount and the document's number, and nothing against it."""
_SHORTEST_NUMBER = 4
_NEAR_DAYS = 120
_SIGNS = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Fit:
    """Something that a movement may be, with what speaks for it."""

    kind: str
    documents: tuple[tuple[RecordRef, Decimal], ...]
    label: str
    reasons: tuple[tuple[ReasonCode, str], ...] = field(default=())

    @property
    def score(self) -> int:
        """From 0 to 100."""
        return min(MOST, sum(POINTS[code] for code, _ in self.reasons))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the bank told of a movement, as it is compared."""

    amount: Decimal
    """Without its sign."""
    on: date
    words: str
    """All that is written, in capitals, words apart by single spaces."""
    counterparty: str


def plain(told: str) -> str:
    """A text as references are compared: capitals and digits, other signs as one space."""
    return f" {_SIGNS.sub(' ', told.upper()).strip()} "


def mentions(words: str, number: str | None) -> bool:
    """Whether a text names a number, however its parts are kept apart: FA-2026-00012, FA 2026 00012."""
    wanted = plain(number or "").strip().replace(" ", "")
    if len(wanted) < _SHORTEST_NUMBER:
        return False
    parts = words.split()
    for start in range(len(parts)):
        joined = ""
        for part in parts[start:]:
            joined += part
            if joined == wanted:
                return True
            if not wanted.startswith(joined):
                break
    return False


@dataclass(frozen=True, slots=True)
class Document:
    """Something that is due, as it is compared."""

    ref: RecordRef
    label: str
    numbers: tuple[str | None, ...]
    due: Decimal
    party: str
    issued: date | None = None
    instalments: tuple[Decimal, ...] = ()


def reasons_for(
    seen: Seen, document: Document, known_by: str | None
) -> tuple[tuple[ReasonCode, str], ...]:
    """What speaks for a document; `known_by`: by what its party is known to be behind the movement."""
    found: list[tuple[ReasonCode, str]] = []
    if document.due == seen.amount:
        found.append(("amount", f"{document.due:f}"))
    elif seen.amount in document.instalments:
        found.append(("instalment", f"{seen.amount:f}"))
    number = next((one for one in document.numbers if mentions(seen.words, one)), None)
    if number:
        found.append(("reference", number))
    found += _of_party(seen, document.party, known_by)
    if found and document.issued and 0 <= (seen.on - document.issued).days <= _NEAR_DAYS:
        found.append(("date", document.issued.isoformat()))
    return tuple(found)


def _of_party(seen: Seen, party: str, known_by: str | None) -> list[tuple[ReasonCode, str]]:
    found: list[tuple[ReasonCode, str]] = []
    if known_by == "iban":
        found.append(("iban", party))
    elif known_by == "said":
        found.append(("party", party))
    named = seen.counterparty and party and alike(seen.counterparty, party) >= ALIKE
    if named or known_by == "name":
        found.append(("name", party))
    return found


def group(seen: Seen, fits: Iterable[tuple[Document, str | None]]) -> Fit | None:
    """The documents that one movement pays together: those it names, or all of one party, to the cent."""
    known = list(fits)
    named = [one for one in known if any(mentions(seen.words, n) for n in one[0].numbers)]
    theirs = [one for one in known if one[1] is not None]
    for chosen, by_number in ((named, True), (theirs, False)):
        total = sum((one.due for one, _ in chosen), Decimal(0))
        if len(chosen) < 2 or total != seen.amount:  # noqa: PLR2004 - one is no group
            continue
        labels = ", ".join(one.label for one, _ in chosen)
        reasons: list[tuple[ReasonCode, str]] = [("amount_of_group", f"{total:f}")]
        if by_number:
            reasons.append(("reference", labels))
        reasons += _of_party(seen, chosen[0][0].party, chosen[0][1])
        documents = tuple((one.ref, one.due) for one, _ in chosen)
        return Fit("group", documents, labels, tuple(reasons))
    return None


def ranked(fits: Iterable[Fit]) -> list[Fit]:
    """The best first."""
    return sorted(fits, key=lambda one: (-one.score, len(one.documents), one.label))


def certain(fits: list[Fit], least: int) -> Fit | None:
    """The one that nobody needs to look at: good enough, its amount right, nothing as good beside it."""
    if not fits or fits[0].score < least:
        return None
    exact = {"amount", "amount_of_group"} & {code for code, _ in fits[0].reasons}
    rivals = [one for one in fits[1:] if one.score >= fits[0].score]
    return fits[0] if exact and not rivals else None
