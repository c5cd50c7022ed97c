"""Search: records found by words, tolerant of typos and accents."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from eyeot.declare import ids
from eyeot.declare.access import Level, Reach
from eyeot.declare.field import Field
from eyeot.declare.record import Record, records
from eyeot.storage.memory import remembered
from eyeot.storage.reach import predicate
from eyeot.storage.statement import ORG, Statement, compiled

CANDIDATES = 200
AMONG = 2000
"""Of whom a reach may leave few."""
_LONGEST = 2000
_GOOD = 45.0


def fold(text: str) -> str:
    """Lower case without accents, single spaces: as the index holds it."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(
        "".join(
            s if s.isalnum() else " " for s in kept.replace("œ", "oe").replace("æ", "ae")
        ).split()
    )


def exact(text: str) -> str:
    """An identifier without spaces, dots and case."""
    return "".join(sign for sign in text.casefold() if not sign.isspace() and sign not in ".-/")


def entry(
    record: type[Record], values: dict[str, Any], fields: dict[str, Field]
) -> dict[str, Any] | None:
    """The index entry of a record's values (its own and those shown inline)."""
    meta = record.meta
    if not meta.search:
        return None
    # The index is one for all callers, so what only some may know is not in it.
    values = {n: v for n, v in values.items() if n not in fields or not fields[n].sensitive}
    named = (meta.label, *meta.search, *meta.hint)
    texts = [part for name in named for part in _texts(values.get(name))]
    label = " ".join(_texts(values.get(meta.label)))
    return {
        "kind": meta.name,
        "record_id": str(values["id"]),
        "label": label[:_LONGEST],
        "hint": " · ".join(part for n in meta.hint for part in _texts(values.get(n)))[:200],
        "words": " ".join(dict.fromkeys(fold(" ".join(texts))[:_LONGEST].split())),
        "exact": sorted({exact(part) for name in meta.exact for part in _texts(values.get(name))}),
        "archived": values.get("archived_at") is not None,
    }


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list | tuple | set):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    return [str(value)]


Levels = tuple[tuple[str, Level], ...]


@remembered
def find(levels: Levels) -> Statement:
    """The likeliest entries of some kinds, each as far as its reach goes."""
    kinds = sa.literal([kind for kind, _ in levels], ARRAY(sa.Text()))
    asked, exactly = (
        sa.bindparam("query", type_=sa.Text()),
        sa.bindparam("exact", type_=ARRAY(sa.Text())),
    )
    narrow = any(level != Reach.ORGANISATION for _, level in levels)
    most = sa.literal(AMONG if narrow else CANDIDATES, sa.Integer())
    near = sa.func.eyeot_gate_search(ORG, kinds, asked, exactly, most).table_valued(
        *(sa.column(name, kind) for name, kind in _FOUND)
    )
    where = _within(levels, near.c) if narrow else sa.true()
    limit: sa.ColumnElement[int] = sa.literal_column(str(CANDIDATES))
    return compiled(sa.select(*near.c).where(where).limit(limit))


_FOUND: tuple[tuple[str, Any], ...] = (
    ("kind", sa.Text()),
    ("record_id", PG_UUID()),
    ("label", sa.Text()),
    ("hint", sa.Text()),
    ("hit", sa.Boolean()),
    ("words", sa.Text()),
)


def _within(levels: Levels, entry_: Any) -> sa.ColumnElement[bool]:
    wide = [kind for kind, level in levels if level == Reach.ORGANISATION]
    parts = [entry_.kind == sa.any_(sa.literal(wide, ARRAY(sa.Text())))]
    for kind, level in levels:
        if level != Reach.ORGANISATION:
            row = records[kind].meta.table.alias()
            mine = sa.exists().where(
                row.c.org_id == ORG,
                row.c.id == entry_.record_id,
                predicate(records[kind], row, level),
            )
            parts.append(sa.and_(entry_.kind == kind, mine))
    return sa.or_(*parts)


def question(words: str) -> dict[str, Any]:
    """The parameters of `find`."""
    return {"exact": [exact(words)], "query": fold(words)}


def ranked(words: str, rows: Sequence[Any], limit: int) -> list[dict[str, Any]]:
    """The candidates, best first: exact identifiers, then the likeness of names."""
    asked = fold(words)
    hits = []
    for row in rows:
        score = 100.0 if row["hit"] else _score(asked, row)
        if score >= _GOOD:
            hits.append((score, row))
    hits.sort(key=_rank)
    return [_hit(score, row) for score, row in hits[:limit]]


def _rank(scored: tuple[float, Any]) -> tuple[Any, ...]:
    """Of two as likely, a customer before the party it shows, and always the same one first."""
    score, row = scored
    shows_another = records[row["kind"]].meta.inline is not None
    kind, id = row["kind"], row["record_id"]
    return -score, len(row["label"]), row["label"], not shows_another, kind, id


def _score(asked: str, row: Any) -> float:
    label = fold(row["label"])
    whole = fuzz.ratio(asked, label)
    parts = fuzz.token_set_ratio(asked, label)
    words = fuzz.partial_token_sort_ratio(asked, row["words"])
    return max(whole, 0.97 * parts, 0.9 * words) * 0.99


def _hit(score: float, row: Any) -> dict[str, Any]:
    found = {
        "type": row["kind"],
        "id": ids.encode(records[row["kind"]].meta.prefix, row["record_id"]),
        "label": row["label"],
        "score": round(score / 100, 3),
    }
    if row["hint"]:
        found["hint"] = row["hint"]
    return found
