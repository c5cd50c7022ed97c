"""Calling: from arguments as they were given to what a handler answers."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from eyeot.declare.action import Action
from eyeot.declare.model import Key
from eyeot.declare.record import Record
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.guards.permission import permit
from eyeot.runtime.guards.resolve import resolve
from eyeot.runtime.guards.validate import in_zone, validate
from eyeot.runtime.request import Caller, Request
from eyeot.runtime.scope import Scope


def checked(action: Action, arguments: dict[str, Any], caller: Caller) -> BaseModel:
    """The typed input, times in UTC; or `Invalid` with every wrong field."""
    data = validate(action, arguments, caller.access.permissions)
    in_zone(data, caller.timezone)
    return data


async def handled(action: Action, data: Any, scope: Scope) -> Any:
    """What the handler answers, natural keys replaced by ids first."""
    await _resolve(scope, action.refs, data, "")
    for name, refs in action.nested.items():
        for at, one in enumerate(getattr(data, name) or ()):
            await _resolve(scope, refs, one, f"{name}.{at}.")
    return await action.handler(scope, data)


async def _resolve(scope: Scope, refs: list[tuple[str, str]], data: Any, before: str) -> None:
    """Put the ids in the place of natural keys among the arguments of a model."""
    for name, kind in refs:
        value = getattr(data, name)
        if isinstance(value, Key):
            data.__dict__[name] = await _named(scope, before + name, kind, value)
        elif isinstance(value, list):
            data.__dict__[name] = [
                await _named(scope, f"{before}{name}.{at}", kind, one)
                if isinstance(one, Key)
                else one
                for at, one in enumerate(value)
            ]


async def _named(scope: Scope, path: str, kind: str, key: Key) -> UUID:
    """The id behind a natural key, which its caller was shown with that id."""
    found = await scope.resolve(kind, key)
    if scope.names:
        scope.names.confirm(path, kind, key, found)
    return found


def check_later(
    catalogue: Catalogue, action: str, arguments: dict[str, Any], caller: Caller
) -> BaseModel:
    """Its input; refused when a job of this caller could not run it, or it would not take the arguments."""
    asked = Request(action=action, arguments=arguments, caller=caller, surface="job")
    one = resolve(catalogue, asked)
    permit(one, caller)
    return checked(one, arguments, caller)


async def result_of(scope: Scope, output: Any) -> dict[str, Any]:
    """A handler's answer as JSON-ready data."""
    if isinstance(output, dict):
        return output
    if isinstance(output, Record):
        return await scope.view(output)
    if isinstance(output, BaseModel):
        return output.model_dump(mode="json", exclude_none=True)
    raise TypeError(
        f"an action answered {type(output).__name__}; answer a record, a model or a dictionary"
    )
