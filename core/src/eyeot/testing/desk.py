"""Desk: calls actions as one credential, the way a surface would."""

from dataclasses import dataclass
from typing import Any

from eyeot.declare.problem import Problem
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Answer, Caller, Request
from eyeot.testing.contract.evidence import Evidence, by_a_rule


@dataclass
class Desk:
    """`await desk("crm.lead.create", title=…)` runs an action as the desk's caller and gives its result."""

    engine: Engine
    caller: Caller
    key: str = ""

    async def __call__(self, action: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of an action."""
        return (await self.answer(action, **arguments)).result

    async def answer(
        self,
        action: str,
        /,
        *,
        surface: Any = "mcp",
        dry: bool = False,
        trace: str | None = None,
        **arguments: Any,
    ) -> Answer:
        """The whole answer of an action."""
        request = Request(
            action=action,
            arguments=arguments,
            caller=self.caller,
            surface=surface,
            dry_run=dry,
            trace_id=trace,
        )
        try:
            answer = await self.engine.execute(request)
        except Problem as refused:
            Evidence.here().note(action, refusals=int(by_a_rule(refused)))
            told = refused.body()
            assert told["message"], f"{told['code']} says nothing"
            assert told["hint"], f"{told['code']} says no way on"
            raise
        if answer.effects is None:
            Evidence.here().note(action, successes=1)
        return answer

    async def preview(self, action: str, /, **arguments: Any) -> dict[str, Any]:
        """The effects that an action would have."""
        effects = (await self.answer(action, dry=True, **arguments)).effects
        assert effects is not None
        return effects

    async def refused(self, action: str, /, **arguments: Any) -> dict[str, Any]:
        """The refusal of an action; a failure of the test when it is not refused."""
        try:
            result = await self(action, **arguments)
        except Problem as problem:
            return problem.body()
        raise AssertionError(f"{action} was not refused, it answered {result}")
