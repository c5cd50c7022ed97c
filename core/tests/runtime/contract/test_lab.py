"""Contract: a plugin with sensitive fields and records shown inline keeps it too."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from eyeot.testing.contract import REQUIREMENTS, Requirement, Stage, guards


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda one: one.id)
async def test_the_lab_keeps_the_contract(requirement: Requirement, stage: Stage) -> None:
    # The lab's records are declared when it is first asked for, which is after pytest has collected.
    tried = 0
    for action in stage.engine.catalogue.actions.values():
        if action.module == "lab" and requirement.applies(action):
            async with stage.writes.undone():
                await requirement.check(stage, action)
            tried += 1
    # It has no report, and nothing that only people or the operator may do.
    assert tried or requirement.id in ("surface", "drills")


async def test_the_contract_finds_a_handler_that_tells_what_is_sensitive(stage: Stage) -> None:
    actions = stage.engine.catalogue.actions
    was = actions["lab.employee.get"]
    employees: Any = was.record

    async def tell(ctx: Any, data: Any) -> Any:
        (row,) = await ctx.rows(sa.select(employees.c.salary).where(employees.c.id == data.id))
        return {**await was.handler(ctx, data), "desk": str(row["salary"])}

    actions[was.name] = replace(was, handler=tell, single=False)
    try:
        async with stage.writes.undone():
            with pytest.raises(AssertionError):
                await guards.sensitive(stage, actions[was.name])
    finally:
        actions[was.name] = was
