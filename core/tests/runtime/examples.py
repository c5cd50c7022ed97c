"""Examples: every action's example as calls on a furnished house, placeholders replaced by ids."""

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

from eyeot.app import assemble
from eyeot.declare.action import Action
from eyeot.declare.problem import Problem
from eyeot.testing import Desk, House

# What an example cannot say: a list of all stages.
MORE: dict[str, dict[str, Any]] = {
    "crm.pipeline.reorder_stages": {"id": "$crm.pipeline?name=Ventes", "stage_ids": "$*crm.stage"},
}


def written() -> list[str]:
    """The names of the actions that change something and may be tried on an organisation."""
    every = assemble().actions.values()
    return [one.name for one in every if not one.reads and one.surface != "operator"]


async def calls(house: House, call: Desk, action: Action) -> AsyncIterator[dict[str, Any]]:
    """The example's calls, one for each choice of records that meets its placeholders."""
    given = action.examples[0] if action.examples else MORE[action.name]
    choices = {name: await _choices(house, value) for name, value in given.items()}
    for chosen in itertools.product(*choices.values()):
        yield dict(zip(choices, chosen, strict=True))


async def _choices(house: House, value: Any) -> list[Any]:
    if not isinstance(value, str) or not value.startswith("$"):
        return [value]
    kind, _, asked = value.lstrip("$*").partition("?")
    conditions: dict[str, Any] = dict(one.split("=") for one in asked.split("&") if one)
    page = await house.operator.call(f"{kind}.list", limit=100, **conditions)
    found = [one["id"] for one in page.result["items"]]
    assert found, f"nothing meets {value}"
    return [found] if value.startswith("$*") else found


async def first_that_runs(
    house: House, call: Desk, action: Action
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The first of the example's calls that is not refused in a dry run, with its effects and result."""
    codes = []
    async for given in calls(house, call, action):
        try:
            answer = await call.answer(action.name, surface="console", dry=True, **given)
        except Problem as refused:
            codes.append(refused.code)
            continue
        assert answer.effects is not None
        return given, answer.effects, answer.result
    raise AssertionError(f"no example of {action.name} runs: {codes}")


def folded(changes: list[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The audit's changes in the shape of effects."""
    for one in changes:
        fields = one["fields"]
        if one["operation"] == "created":
            kept = {n: v["after"] for n, v in fields.items() if v["after"] not in (None, [], {})}
            yield "created", one["type"], {n: v for n, v in kept.items() if n != "id"}
        elif one["operation"] == "updated":
            yield "modified", one["type"], fields
        else:
            yield "deleted", one["type"], {}


def reported(effects: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The effects in the same shape."""
    for what, key in (("created", "values"), ("modified", "changes"), ("deleted", "")):
        for one in effects[what]:
            yield what, one["type"], one[key] if key else {}
