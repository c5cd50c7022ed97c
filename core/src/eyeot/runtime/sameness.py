"""Sameness: whether two runs of a call have the same effects, and where they differ."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from eyeot.declare import ids
from eyeot.declare.access import Reach
from eyeot.declare.record import records
from eyeot.runtime.audit import SECRETS
from eyeot.runtime.encoding import canonical, dumps
from eyeot.runtime.guards.authenticate import PREFIX
from eyeot.storage.view import hidden

MOST_TOLD = 20
_LONGEST_VALUE = 200
# Shorter numbers may stand in a text by chance.
_SHORTEST_NUMBER = 4
_ID = re.compile(
    r"\b[a-z]+_[0-9a-hjkmnp-tv-z]{26}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b"
)
_SECRET = re.compile(rf"{PREFIX}[\w-]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)")
_SEALS = frozenset({"hash", "prev_hash", "signature"})
"""Fields computed over times and ids, which differ in every run; what they cover is told beside them."""
_FIELDS = {"created": "values", "modified": "changes"}
_LEFT_OUT = {**dict.fromkeys(SECRETS, "<secret>"), **dict.fromkeys(_SEALS, "<seal>")}
_ABSENT = object()


class _Plain:
    """A value without what differs in every run: ids it made, times, secrets, numbers."""

    def __init__(self, made: dict[UUID, str], numbers: frozenset[str]) -> None:
        self._made = made
        self._numbers = numbers
        long = sorted((one for one in numbers if len(one) >= _SHORTEST_NUMBER), key=len)
        self._within = re.compile("|".join(map(re.escape, reversed(long)))) if long else None

    def of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {n: _LEFT_OUT.get(n) or self.of(one) for n, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(one) for one in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        if text in self._numbers:
            return "<number>"
        text = _TIME.sub("<time>", _SECRET.sub("<secret>", text))
        text = _ID.sub(lambda found: self._id(found.group()), text)
        return self._within.sub("<number>", text) if self._within else text

    def _id(self, text: str) -> str:
        found = ids.decode(text)
        id = found[1] if found else UUID(text) if text[8] == "-" else None
        return self._made.get(id, text) if id else text


def normal(effects: dict[str, Any]) -> dict[str, Any]:
    """The effects of a run as any other run with the same ones has them (design §5.5).

    Ids that it made are named by order; times, secrets and numbers that are given in order are left out.
    """
    numbers = frozenset(one["number"] for one in effects["numbers"])
    made = [found[1] for one in effects["created"] if (found := ids.decode(one["id"]))]
    nameless = _Plain(dict.fromkeys(made, "<new>"), numbers)

    def order(items: list[Any]) -> list[Any]:
        # Not by the order in which rows happened to be found.
        return sorted(items, key=lambda one: canonical(nameless.of(one)))

    ordered = {
        name: order(value) if isinstance(value, list) else value
        for name, value in effects.items()
        # Who is told outside is the listeners' affair, and may change meanwhile.
        if name != "webhooks"
    }
    by_order = [found[1] for one in ordered["created"] if (found := ids.decode(one["id"]))]
    named = _Plain({id: f"<new {at}>" for at, id in enumerate(by_order, 1)}, numbers)
    return {
        **{name: named.of(value) for name, value in ordered.items()},
        "numbers": [one["sequence"] for one in ordered["numbers"]],
    }


def visible(effects: dict[str, Any], permissions: dict[str, Reach]) -> dict[str, Any]:
    """The effects without the fields that the caller may not see any more."""
    told = dict(effects)
    for what, fields in _FIELDS.items():
        told[what] = [_visible(one, fields, permissions) for one in effects[what]]
    return told


def _visible(one: dict[str, Any], fields: str, permissions: dict[str, Reach]) -> dict[str, Any]:
    record = records.get(one["type"])
    lost = hidden(record, permissions) if record else frozenset[str]()
    if lost.isdisjoint(one[fields]):
        return one
    return {**one, fields: {n: value for n, value in one[fields].items() if n not in lost}}


def difference(planned: dict[str, Any], now: dict[str, Any]) -> list[dict[str, Any]]:
    """Where two normal forms differ: path, and the short value on either side that has one."""
    found: list[dict[str, Any]] = []
    for path, before, after in _apart("", planned, now):
        if len(found) == MOST_TOLD:
            found.append({"path": "…", "more": True})
            break
        told = {"path": path}
        if before is not _ABSENT:
            told["planned"] = _short(before)
        if after is not _ABSENT:
            told["now"] = _short(after)
        found.append(told)
    return found


def _apart(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, list) and isinstance(after, list):
        before, after = _by_name(before), _by_name(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _apart(
                f"{path}.{name}" if path else name,
                before.get(name, _ABSENT),
                after.get(name, _ABSENT),
            )
    elif before is _ABSENT or after is _ABSENT or canonical(before) != canonical(after):
        yield path, before, after


def _by_name(items: list[Any]) -> dict[str, Any]:
    """Records under their id, other things under their place, so that like is compared with like."""
    named: dict[str, Any] = {}
    for at, one in enumerate(items):
        id = one.get("id") if isinstance(one, dict) else None
        named[id if isinstance(id, str) and id not in named else str(at)] = one
    return named


def _short(value: Any) -> Any:
    text = dumps(value).decode()
    return value if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
