"""Checking: what a tax inspection's software looks for in a FEC, looked for before.

Source: LPF, art. A47 A-1; the checks are those of the administration's own tool, Test Compta Demat.
"""

import itertools
from collections import Counter
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import Context, Exact, Input, Output, action, invalid
from eyeot_invoicing.fec.lines import pages
from eyeot_invoicing.fec.record import FecExport, Finding
from eyeot_invoicing.ledger.entries import ZERO, JournalEntry
from eyeot_invoicing.ledger.periods import FiscalPeriod

_p = FiscalPeriod.c
_DIGITS = 3
LABELS: dict[str, tuple[str, str, bool]] = {
    "siren": ("The organisation has no SIREN", "L'organisation n'a pas de SIREN", True),
    "empty": ("The year has no validated entry", "L'exercice n'a aucune écriture validée", True),
    "drafts": ("Drafts are not in the file", "Les brouillards ne sont pas dans le fichier", False),
    "open_year": (
        "The year is not closed: the file is provisional",
        "L'exercice n'est pas clos : le fichier est provisoire",
        False,
    ),
    "sequence": ("A number is missing", "Un numéro manque dans la séquence", True),
    "entry_balance": ("An entry does not balance", "Une écriture est déséquilibrée", True),
    "date_outside": ("An entry is dated outside the year", "Date hors de l'exercice", True),
    "validation_order": (
        "An entry was validated before the one before it",
        "Ordre de validation non chronologique",
        True,
    ),
    "label": ("A label is missing", "Un libellé manque", True),
    "piece": (
        "No piece is named; the number stands for it",
        "Aucune pièce nommée : le numéro d'écriture en tient lieu",
        False,
    ),
    "account": ("An account does not begin with three digits", "Compte non conforme au PCG", True),
    "both_sides": ("A line has no amount, or two", "Ligne sans montant ou à deux sens", True),
    "letter_balance": (
        "The lines of a letter do not balance within the year",
        "Lettrage déséquilibré dans l'exercice",
        False,
    ),
}


class Found:
    """What was found, counted by kind with the first place."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def note(self, code: str, where: str | None = None) -> None:
        """Count something."""
        self._counts[code] += 1
        if where is not None:
            self._first.setdefault(code, where)

    def told(self, locale: str) -> list[Finding]:
        """All that was found, what blocks first."""
        french = locale.startswith("fr")
        codes = sorted(self._counts, key=lambda code: (not LABELS[code][2], code))
        return [
            Finding(
                code=code,
                label=LABELS[code][1] if french else LABELS[code][0],
                count=self._counts[code],
                first=self._first.get(code),
                blocks=LABELS[code][2],
            )
            for code in codes
        ]


class Watch:
    """Looks at lines as they go by, in order."""

    def __init__(self, year: FiscalPeriod, found: Found) -> None:
        self.year = year
        self.found = found
        self.lines = self.entries = 0
        self.debit = self.credit = ZERO
        self._rank = 0
        self._validated: Any = None
        self._letters: dict[tuple[str, str], Decimal] = {}

    def page(self, rows: list[dict[str, Any]]) -> None:
        """Look at whole entries."""
        for _, group in itertools.groupby(rows, key=lambda row: row["rank"]):
            lines = list(group)
            self._entry(lines[0])
            left = ZERO
            for one in lines:
                self._line(one)
                left += one["debit"] - one["credit"]
            if left:
                self.found.note("entry_balance", lines[0]["number"])

    def _entry(self, row: dict[str, Any]) -> None:
        self.entries += 1
        name, note = row["number"], self.found.note
        if row["rank"] != self._rank + 1:
            note("sequence", name)
        self._rank = row["rank"]
        if self._validated and row["validated_at"] < self._validated:
            note("validation_order", name)
        self._validated = row["validated_at"]
        if not self.year.start <= row["date"] <= self.year.end:
            note("date_outside", name)
        if row["no_piece"]:
            note("piece", name)

    def _line(self, row: dict[str, Any]) -> None:
        self.lines += 1
        self.debit += row["debit"]
        self.credit += row["credit"]
        name, note = row["number"], self.found.note
        if not (row["line_label"] or row["label"]).strip():
            note("label", name)
        if not row["account"][:_DIGITS].isdigit():
            note("account", name)
        if bool(row["debit"]) == bool(row["credit"]):
            note("both_sides", name)
        at, closed = row["lettered_at"], self.year.closed_at
        if row["letter"] and (closed is None or at is None or at <= closed):
            key = row["account"], row["letter"]
            self._letters[key] = self._letters.get(key, ZERO) + row["debit"] - row["credit"]

    def end(self) -> None:
        """Look at what can be told at the end only."""
        for (account, letter), left in self._letters.items():
            if left:
                self.found.note("letter_balance", f"{account} {letter}")


async def year_of_books(ctx: Context, year: int | None) -> FiscalPeriod:
    """A fiscal year that is known; the present one when none is named."""
    if year is None:
        found = await ctx.first(
            FiscalPeriod, _p.month.is_(None), _p.start <= ctx.today, order=_p.start.desc()
        )
    else:
        found = await ctx.first(FiscalPeriod, _p.month.is_(None), _p.year == year)
    if found is None:
        raise invalid("year", "no such fiscal year; invoicing.fiscal_period.list shows them")
    return found


async def before(ctx: Context, year: FiscalPeriod, found: Found) -> None:
    """Look at what stands around the lines."""
    house = await ctx.organization()
    if not house.siren:
        found.note("siren")
    if year.status != "closed":
        found.note("open_year", year.name)
    e = JournalEntry.c
    for one in await ctx.find(
        JournalEntry, e.status == "draft", e.date.between(year.start, year.end), limit=1_000
    ):
        found.note("drafts", one.label)


class Asked(Input):
    """Which fiscal year."""

    year: Annotated[
        int | None,
        Field(ge=1950, le=2200, description="In which it ends; the present one when left out."),
    ] = None


class Checked(Output):
    """What was found, and whether a file can be made of it."""

    year: int
    exportable: Annotated[bool, Field(description="Whether nothing found blocks the file.")]
    provisional: bool
    entries: int
    lines: int
    debit: Exact
    credit: Exact
    findings: list[Finding]


@action(
    "invoicing.fec_export.check",
    risk="r",
    en=(
        "Check the FEC; test the tax audit file before export; would our FEC pass; verify accounting "
        "entries for a tax inspection"
    ),
    fr=(
        "Contrôler le FEC; tester le fichier des écritures avant export; notre FEC est-il conforme; "
        "vérifier les écritures pour un contrôle fiscal"
    ),
    example={},
    record=FecExport,
    next=("invoicing.fec_export.generate",),
)
async def check(ctx: Context, data: Asked) -> Checked:
    """Look for what a tax inspection would find in a year's FEC: sequence, balance, dates, labels, letters.

    Source: LPF, art. A47 A-1.
    """
    year = await year_of_books(ctx, data.year)
    found = Found()
    await before(ctx, year, found)
    watch = Watch(year, found)
    async for page in pages(ctx, year.year):
        watch.page(page)
    watch.end()
    if not watch.entries:
        found.note("empty", year.name)
    findings = found.told(ctx.locale)
    return Checked(
        year=year.year,
        exportable=not any(one.blocks for one in findings),
        provisional=year.status != "closed",
        entries=watch.entries,
        lines=watch.lines,
        debit=watch.debit,
        credit=watch.credit,
        findings=findings,
    )
