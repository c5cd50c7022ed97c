"""Shelf: the schemas that operations share, each written once."""

from typing import Any

from eyeot.declare.action import Action
from eyeot.declare.model import record_shape
from eyeot.declare.record import Record, shown

_ROOT = "#/components/schemas/"
_PREVIEW = {"$ref": f"{_ROOT}Preview"}


class Shelf:
    """Collects named schemas and hands out references to them."""

    def __init__(self) -> None:
        self.schemas: dict[str, dict[str, Any]] = {}

    def put(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        """Keep a schema; the reference to it."""
        self.schemas.setdefault(name, schema)
        return {"$ref": f"{_ROOT}{name}"}

    def record(self, record: type[Record]) -> dict[str, Any]:
        """The reference to a record as it is answered."""
        name = record.meta.name
        return self.put(name, self.schemas.get(name) or record_shape(shown(record.meta)))

    def answer(self, action: Action) -> dict[str, Any]:
        """The reference to what an action answers; a write's may be a preview."""
        if isinstance(action.output, type) and issubclass(action.output, Record):
            found = self.record(action.output)
        else:
            found = self.put(f"{action.name}.answer", self._made(action))
        return found if action.reads else {"allOf": [found, _PREVIEW]}

    def _made(self, action: Action) -> dict[str, Any]:
        schema = dict(action.output_schema)
        if not action.reads:
            # The members of a preview stand beside its own.
            schema.pop("additionalProperties", None)
        return self._paged(schema, action.record)

    def _paged(self, schema: dict[str, Any], record: type[Record] | None) -> dict[str, Any]:
        """A page of records refers to the record."""
        items = schema.get("properties", {}).get("items", {}).get("items")
        if record is None or items != record_shape(shown(record.meta)):
            return schema
        listed = {**schema["properties"]["items"], "items": self.record(record)}
        return {**schema, "properties": {**schema["properties"], "items": listed}}
