"""Bound: answers cut to what a model can read, saying so."""

from collections.abc import Iterator
from typing import Any

import orjson

from eyeot.surface.wire import dumps

_ROOM = 400
"""Characters kept for saying what was cut."""
_SHORT = 500
_ROUNDS = 12
_MOST_NAMED = 6


def bounded(
    value: dict[str, Any], limit: int, takes: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The value itself, or a copy whose longest lists, then texts, are cut until it fits."""
    raw = dumps(value)
    return value if fits(raw, limit) else orjson.loads(cut(raw, limit, takes))


def fits(raw: bytes, limit: int) -> bool:
    """Whether this JSON is short enough; characters count, not bytes."""
    return len(raw) <= limit or len(raw.decode()) <= limit


def cut(raw: bytes, limit: int, takes: frozenset[str] = frozenset()) -> bytes:
    """JSON of an object, cut until it fits; `takes` are the arguments that may ask for less."""
    value: dict[str, Any] = orjson.loads(raw)
    room = limit - _ROOM
    if isinstance(value.get("items"), list):
        _cut_items(value, room, takes)
    for _ in range(_ROUNDS):
        size = _size(value)
        if size <= limit or not _cut_longest(value, size - room):
            break
    if _size(value) > limit:
        value = {"truncated": " ".join(("The answer is too large to show.", *_advice(1, takes)))}
    return dumps(value)


def _size(value: Any) -> int:
    return len(dumps(value).decode())


def _cut_items(page: dict[str, Any], room: int, takes: frozenset[str]) -> None:
    items = page["items"]
    kept = max(1, _as_many(items, room - _size({**page, "items": []})))
    if kept >= len(items):
        return
    page["items"] = items[:kept]
    if "has_more" in page or "cursor" in takes:
        page["has_more"] = True
    # The cursor points behind the whole page, and following it would skip what was cut.
    page.pop("next_cursor", None)
    told = f"Only {kept} of the {len(items)} items are shown, to keep the answer short."
    page["truncated"] = " ".join((told, *_advice(kept, takes)))


def _advice(kept: int, takes: frozenset[str]) -> Iterator[str]:
    """How to see the rest, by what the action can be asked."""
    if {"limit", "cursor"} <= takes:
        yield f"Call again with limit={kept} and the same cursor; next_cursor then brings the rest."
    elif "limit" in takes:
        yield f"Call again with limit={kept} for a whole answer, or narrow what you ask for."
    elif takes - {"fields"}:
        yield f"Narrow it with its arguments: {', '.join(sorted(takes - {'fields'})[:_MOST_NAMED])}."
    if "fields" in takes:
        yield "Naming fewer 'fields' shows more items."


def _as_many(items: list[Any], room: int) -> int:
    used = 0
    for count, item in enumerate(items):
        used += _size(item) + 1
        if used > room:
            return count
    return len(items)


def _cut_longest(value: dict[str, Any], excess: int) -> bool:
    """Shorten the longest list or text somewhere inside; False when none is left."""
    found = max(_cuttable(value), key=lambda one: one[0], default=None)
    if found is None:
        return False
    size, holder, key = found
    inner = holder[key]
    if isinstance(inner, str):
        kept = max(_SHORT // 2, len(inner) - excess - 100)
        holder[key] = f"{inner[:kept]}… ({len(inner) - kept:,} more characters)"
        return True
    kept = min(_as_many(inner, max(size - excess - 100, 0)), len(inner) - 1)
    holder[key] = [*inner[:kept], f"… {len(inner) - kept} more"]
    return True


def _cuttable(value: Any) -> Iterator[tuple[int, Any, Any]]:
    """Every list of several things and every long text: size, holder and key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(inner, str) and len(inner) > _SHORT:
            yield len(inner), value, key
        elif isinstance(inner, list) and len(inner) > 1:
            yield _size(inner), value, key
            yield from _cuttable(inner)
        elif isinstance(inner, dict | list):
            yield from _cuttable(inner)
