"""Suggestions: what the columns of a file probably are."""

from typing import Any

from eyeot.declare.model import Output
from eyeot.platform.imports import mapping as maps


class Column(Output):
    """A column and the field it probably is."""

    column: str
    field: str | None = None
    confidence: float = 0.0
    sample: str | None = None


class Suggested(Output):
    """What each column probably is, and what is lacking."""

    columns: list[Column]
    mapping: dict[str, str]
    missing: list[str]
    fields: list[str]


def suggested(
    resource: str, columns: list[str], sample: list[dict[str, Any]], holds: maps.Holds
) -> Suggested:
    """The columns of a file, with what they probably are."""
    record = maps.target(resource)
    guesses = {one.column: one for one in maps.guessed(record, columns, holds)}
    told = [
        Column(
            column=name,
            field=guesses[name].field if name in guesses else None,
            confidence=guesses[name].confidence if name in guesses else 0.0,
            sample=next((str(row[name])[:80] for row in sample if row.get(name)), None),
        )
        for name in columns
    ]
    mapping = {one.column: one.field for one in guesses.values()}
    return Suggested(
        columns=told,
        mapping=mapping,
        missing=maps.missing(record, mapping),
        fields=sorted(maps.targets(record, holds)),
    )
