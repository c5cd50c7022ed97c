"""Examples: an action's declared example as calls on the demo company, placeholders replaced by ids."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from eyeot.declare.problem import Invalid

Look = Callable[..., Awaitable[dict[str, Any]]]
"""Runs a read action and gives its result."""
_MOST = 60
"""Records that are tried for one placeholder."""


async def calls(look: Look, example: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """The example's calls, one for each choice of records that meets its placeholders.

    `$kind` stands for the id of a record, `$kind?field=value` for one that a list with that filter shows,
    `$*kind` for the ids of all, `$name` within a filter for the argument of that name before it.
    """
    async for one in _chosen(look, dict(example), {}):
        yield one


async def _chosen(
    look: Look, left: dict[str, Any], known: dict[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    """The first argument's choices, each with those of the arguments after it, which may name it."""
    if not left:
        yield known
        return
    (name, value), *others = left.items()
    for one in await _choices(look, value, known):
        async for made in _chosen(look, dict(others), {**known, name: one}):
            yield made


async def _choices(look: Look, value: Any, known: dict[str, Any]) -> list[Any]:
    if isinstance(value, dict):
        parts = [await _choices(look, one, known) for one in value.values()]
        return [dict(zip(value, one, strict=True)) for one in _combined(parts)]
    if isinstance(value, list):
        parts = [await _choices(look, one, known) for one in value]
        return [list(one) for one in _combined(parts)]
    if not isinstance(value, str) or not value.startswith("$"):
        return [value]
    kind, _, asked = value.lstrip("$*").partition("?")
    conditions = dict(one.split("=") for one in asked.split("&") if one)
    given = {n: known[v[1:]] if v.startswith("$") else v for n, v in conditions.items()}
    found = await _listed(look, kind, given)
    return [found] if value.startswith("$*") else found


async def _listed(look: Look, kind: str, given: dict[str, Any]) -> list[str]:
    """The first records of a list, and by turns the newest: what is still open is among these."""
    first = await look(f"{kind}.list", limit=_MOST, **given)
    ids = [one["id"] for one in first["items"]]
    if not first.get("has_more") or "sort" in given:
        return ids
    try:
        newest = await look(f"{kind}.list", limit=_MOST, **given, sort="-created_at")
    except Invalid:
        # Only the sort is new here: what is no ordinary record, as the audit, says no such moment.
        return ids
    pairs = zip(ids, (one["id"] for one in newest["items"]), strict=False)
    return list(dict.fromkeys(id for pair in pairs for id in pair))[:_MOST]


def _combined(parts: list[list[Any]]) -> list[tuple[Any, ...]]:
    return list(itertools.islice(itertools.product(*parts), _MOST))
