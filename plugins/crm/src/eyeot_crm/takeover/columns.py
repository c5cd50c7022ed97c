"""Columns: which column of a file of other software is which field, by the names it is known under."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from eyeot import Source

_CODE = re.compile(r"\(([a-z]+\.[a-z0-9_]+)\)\s*$")
_SIGNS = re.compile(r"[^a-z0-9._]+")
YES = frozenset({"1", "true", "yes", "oui", "vrai", "x"})


def plain(text: str) -> str:
    """A column's name in small letters without accents or signs; its field code where it ends with one."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    if found := _CODE.search(bare):
        return found[1]
    return _SIGNS.sub(" ", bare).strip()


def layouts(package: str, file: str) -> dict[str, dict[str, Any]]:
    """The layouts of a TOML file, by software."""
    return tomllib.loads(files(package).joinpath(file).read_text("utf-8"))


def read(source: Source, layout: Mapping[str, Any]) -> list[dict[str, str]] | None:
    """A file's rows by field; None where it lacks what the layout needs."""
    columns = _columns(source.columns, layout["columns"])
    first, *others = layout["needs"]
    if first not in columns or not any(one in columns for one in others):
        return None
    return [
        {
            field: text
            for field, column in columns.items()
            if (text := str(row.get(column, "")).strip())
        }
        for row in source.rows
    ]


def _columns(given: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Field → column: of several that would fit, the one that is named first."""
    named = {plain(one): one for one in reversed(given)}
    # A technical name may be followed by the part of what it refers to.
    named |= {one.replace("/", " ").lower(): one for one in reversed(given) if "/" in one}
    return {
        field: found
        for field, names in known.items()
        if (found := next((named[one] for one in names if one in named), None))
    }


def truth(text: str | None) -> bool:
    """Whether a cell says yes: a word for it, or a count above 0."""
    lowered = (text or "").lower()
    return lowered in YES or (lowered.isdigit() and int(lowered) > 0)
