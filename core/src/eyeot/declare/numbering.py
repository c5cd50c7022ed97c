"""Numbering: how the numbers of a sequence are written, and when they begin again at 1."""

import re
from datetime import date
from typing import Literal

Reset = Literal["never", "yearly", "monthly"]
LONGEST = 40
_PART = re.compile(r"\{(year|yy|month|seq)(?::0([1-9]|1\d))?\}")
_PLAIN = re.compile(r"[A-Za-z0-9_/+. -]*")
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "never": (),
    "yearly": (("year", "yy"),),
    "monthly": (("year", "yy"), ("month",)),
}


def fault(pattern: str, reset: Reset) -> str | None:
    """What is wrong with a pattern; None when it is in order.

    Within one sequence no two numbers may read the same: what it begins again by must be written in it.
    """
    names = [found.group(1) for found in _PART.finditer(pattern)]
    if not _PLAIN.fullmatch(_PART.sub("", pattern)):
        return "write it with letters, digits, _/+.- and {year} {yy} {month} {seq}, e.g. FA-{year}-{seq:05}"
    if names.count("seq") != 1:
        return "must hold {seq} once, e.g. FA-{year}-{seq:05}"
    if any(found.group(2) and found.group(1) != "seq" for found in _PART.finditer(pattern)):
        return "only {seq} takes a width, e.g. {seq:05}"
    if re.search(r"\d\{seq|\}\{seq|\{seq[^}]*\}[\d{]", pattern):
        return "separate {seq} from other digits, or two numbers could read the same"
    for either in _NEEDED[reset]:
        if not set(either) & set(names):
            return f"begins again {reset}, so it must hold {{{either[0]}}}"
    return None


def written(pattern: str, on: date, value: int) -> str:
    """The number of this value and date: `FA-2026-00042`."""
    told = {"year": f"{on.year:04}", "yy": f"{on.year % 100:02}", "month": f"{on.month:02}"}

    def part(found: re.Match[str]) -> str:
        name, width = found.groups()
        return told.get(name, f"{value:0{width or 1}}")

    return _PART.sub(part, pattern)


def period(reset: Reset, on: date) -> str:
    """The period that a date falls in, between two beginnings at 1: "", "2026" or "2026-11"."""
    return {"never": "", "yearly": f"{on.year:04}", "monthly": f"{on.year:04}-{on.month:02}"}[reset]
