"""Details: the fields and choices by which an action may be meant, though no label names them."""

from collections.abc import Iterable, Iterator
from typing import Any

from eyeot.declare.action import RESERVED, Action
from eyeot.declare.record import Record
from eyeot.surface.mcp.lexicon import VERB, meanings
from eyeot.surface.mcp.words import LANGUAGES, STOP, stem, tokens

_FIELD, _CHOICE, _TOLD, _MEANT = 1.0, 1.0, 0.6, 0.8
_EVERYWHERE = RESERVED | {"id", "org_id", "sort", "archived", "version", "created_at", "updated_at"}
_SUFFIXES = frozenset({"id", "at", "in", "is", "set", "has", "from", "to", "contains"})


def details(action: Action) -> dict[str, float]:
    """The terms of its arguments, and how surely each leads to it."""
    properties: dict[str, Any] = action.input_schema["properties"]
    return _gathered(
        (name, one.get("enum", ()), one.get("description", "")) for name, one in properties.items()
    )


def fields_of(record: type[Record]) -> dict[str, float]:
    """The terms of a record's fields and of those that it shows as its own."""
    inline = record.meta.inline
    every = {**(inline.record.meta.fields if inline else {}), **record.meta.fields}
    return _gathered((one.name, one.choices, one.doc) for one in every.values())


def _gathered(said: Iterable[tuple[str, Iterable[Any], str]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, choices, told in said:
        if name in _EVERYWHERE:
            continue
        for word, weight in _words(name, choices, told):
            for term, kinship in _terms(word).items():
                found[term] = max(found.get(term, 0.0), weight * kinship)
    return found


def _words(name: str, choices: Iterable[Any], told: str) -> Iterator[tuple[str, float]]:
    yield from ((word, _FIELD) for word in name.split("_") if word not in _SUFFIXES)
    yield from ((word, _CHOICE) for word in tokens(" ".join(map(str, choices))))
    yield from ((word, _TOLD) for word in tokens(_own_words(told)) if word not in STOP)


def _own_words(told: str) -> str:
    """What the field's author wrote, rather than what its type says."""
    return "" if told.startswith(("Id of", "Decimal number")) else told


def _terms(word: str) -> dict[str, float]:
    """Itself, its stem and what it means; verbs are named by labels alone."""
    meant = {one: _MEANT for one in meanings(word) if one[0] != VERB}
    return {**meant, **dict.fromkeys((stem(word, one) for one in LANGUAGES), 1.0), word: 1.0}
