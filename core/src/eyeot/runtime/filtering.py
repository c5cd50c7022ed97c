"""Filtering: conditions that are stored as JSON, in the words of a list's arguments."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError, create_model

from eyeot.declare.model import Input, Key
from eyeot.declare.problem import Invalid, invalid
from eyeot.declare.query import Query
from eyeot.declare.resource import Resource
from eyeot.declare.standard.conditions import asked, filters


@cache
def _model(resource: Resource) -> type[BaseModel]:
    fields: dict[str, Any] = filters(resource)
    return create_model("Filter", __base__=Input, **fields)


def query_of(resource: Resource, given: dict[str, Any], now: Any, path: str = "query") -> Query:
    """The query of stored conditions; `Invalid` names the argument that is none, by its path."""
    try:
        data = _model(resource).model_validate(given)
    except ValidationError as wrong:
        told = [
            {"path": ".".join([path, *map(str, one["loc"])]), "reason": one["msg"]}
            for one in wrong.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise Invalid(errors=told) from None
    for name in data.model_fields_set:
        if isinstance(getattr(data, name), Key):
            raise invalid(f"{path}.{name}", "give an id here, which still means the same later")
    return Query(conditions=asked(resource, data, now))
