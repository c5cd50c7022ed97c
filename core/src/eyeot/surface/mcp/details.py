"""Details: the fields and choices by which an action may be meant, though no label names them."""

from collections.abc import Iterator
from typing import Any

from eyeot.declare.action import RESERVED, Action
from eyeot.surface.mcp.lexicon import VERB, meanings
from eyeot.surface.mcp.words import LANGUAGES, STOP, stem, tokens

_FIELD, _CHOICE, _TOLD, _MEANT = 1.0, 1.0, 0.6, 0.8
_VERBS = frozenset({"list", "update", "get", "create"})
_SHOWN = {"list": 1.0, "update": 1.0, "get": 0.8, "create": 0.6}
"""A field leads first to what shows or changes it."""
_EVERYWHERE = RESERVED | {"id", "sort", "archived", "version", "created_at", "updated_at"}
_SUFFIXES = frozenset({"id", "at", "in", "is", "set", "has", "from", "to", "contains"})


def details(action: Action) -> dict[str, float]:
    """The terms of its arguments, and how surely each leads to it."""
    share = _SHOWN.get(action.verb) if action.kind == "generic" else 1.0
    if share is None:
        return {}
    found: dict[str, float] = {}
    for word, weight in _words(action.input_schema["properties"]):
        for term, kinship in _terms(word).items():
            found[term] = max(found.get(term, 0.0), share * weight * kinship)
    return found


def _words(properties: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, schema in properties.items():
        if name in _EVERYWHERE:
            continue
        yield from ((word, _FIELD) for word in name.split("_") if word not in _SUFFIXES)
        choices = " ".join(map(str, schema.get("enum", ())))
        yield from ((word, _CHOICE) for word in tokens(choices))
        yield from ((word, _TOLD) for word in tokens(_own_words(schema)) if word not in STOP)


def _own_words(schema: dict[str, Any]) -> str:
    """What the field's author wrote, rather than what its type says."""
    told: str = schema.get("description", "")
    return "" if told.startswith(("Id of", "Decimal number")) else told


def _terms(word: str) -> dict[str, float]:
    """Itself, its stem and what it means; verbs are named by labels alone."""
    meant = {one: _MEANT for one in meanings(word) if one[0] != VERB}
    return {**meant, **dict.fromkeys((stem(word, one) for one in LANGUAGES), 1.0), word: 1.0}
