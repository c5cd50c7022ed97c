"""Told: what a dry run tells beside what the real run did, ids and times apart."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import orjson

from eyeot.declare import ids
from eyeot.declare.record import records
from eyeot.runtime.audit import SECRETS
from eyeot.runtime.changes import sealed
from eyeot.runtime.guards.authenticate import PREFIX

ID = re.compile(
    r"\b[a-z]+_[0-9a-hjkmnp-tv-z]{26}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17}\b"
)
_SECRET = re.compile(rf"{PREFIX}[\w-]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)")
# Computed over times and ids, which differ in every run; what they cover is told beside them.
_SEAL = re.compile(r'"(hash|prev_hash|signature)":\s*(?:"[^"]*"|\{[^{}]*\})')
_EMPTY: tuple[Any, ...] = (None, [], {})


def alike(first: Any, second: Any) -> tuple[Any, Any]:
    """Two answers without their times, secrets and seals, the ids that only one of them has renamed.

    An id that was there before the calls is in both; one that a call made is in its own answer only.
    """
    texts = [
        _SEAL.sub(r'"\1":"<seal>"', _SECRET.sub("<secret>", _text(one))) for one in (first, second)
    ]
    found = [{match.group() for match in ID.finditer(text)} for text in texts]
    known = found[0] & found[1]

    def renamed(match: re.Match[str]) -> str:
        return match.group() if match.group() in known else "<new>"

    one, other = (orjson.loads(_TIME.sub("<time>", ID.sub(renamed, text))) for text in texts)
    return one, other


def _text(value: Any) -> str:
    return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: "<secret>" if n in SECRETS else _plain(one) for n, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def done(changes: Iterable[dict[str, Any]]) -> list[Any]:
    """The audit's changes, as a dry run's effects tell them."""
    return _ordered(_done(changes))


def _done(changes: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
    for one in changes:
        kind, fields = one["type"], _sealed(one["type"], one["fields"])
        id = ids.encode(records[kind].meta.prefix, UUID(one["id"]))
        if one["operation"] == "created":
            kept = {n: v["after"] for n, v in fields.items() if v["after"] not in _EMPTY}
            yield ["created", kind, id, {n: v for n, v in kept.items() if n != "id"}]
        elif one["operation"] == "updated":
            yield ["modified", kind, id, fields]
        else:
            yield ["deleted", kind, id, {}]


def reported(effects: dict[str, Any]) -> list[Any]:
    """A dry run's effects in the same shape."""
    return _ordered(_reported(effects))


def _reported(effects: dict[str, Any]) -> Iterator[list[Any]]:
    for what, key in (("created", "values"), ("modified", "changes"), ("deleted", "")):
        for one in effects[what]:
            fields = one[key] if key else {}
            if what == "modified":
                fields = _sealed(one["type"], fields)
            elif what == "created":
                hidden = _hidden(one["type"])
                fields = {n: "<sealed>" if n in hidden else v for n, v in fields.items()}
            yield [what, one["type"], one["id"], fields]


def _sealed(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Changed fields, of sensitive ones only whether there was and is a value."""
    hidden = _hidden(kind)
    return {
        name: {when: "<sealed>" if one is not None else None for when, one in value.items()}
        if name in hidden
        else value
        for name, value in fields.items()
    }


def _hidden(kind: str) -> frozenset[str]:
    return sealed(records[kind])


def _ordered(found: Iterable[list[Any]]) -> list[Any]:
    """In an order that depends on nothing that differs in every run, nor on the order of fields."""
    return sorted(found, key=lambda one: [one[0], one[1], _steady(_text(one[3]))])


def _steady(text: str) -> str:
    """A text without its ids, times, secrets and seals."""
    for pattern in (_SEAL, _SECRET, ID, _TIME):
        text = pattern.sub("", text)
    return text
