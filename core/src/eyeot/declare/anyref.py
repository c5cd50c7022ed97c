"""References to a record of any kind: one text, `crm.customer/<uuid>`; a TypeID at the edge."""

from typing import Any
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from eyeot.declare import ids

prefixes: dict[str, str] = {}
"""The prefix of every kind of record, by its name: filled when a record's class is made."""

_TOLD = "Id of any record, such as cus_…"


class RecordRef(str):
    """A record of any kind, as it is stored; the type of a field or argument that names one.

    As input it is the record's TypeID, and refused as `id` when it is none of an installed kind. Nothing but
    the unit of work keeps it pointing at something: see `Context.open`.
    """

    __slots__ = ()

    @classmethod
    def to(cls, kind: str, id: UUID) -> "RecordRef":
        """The reference to a record of this kind (`crm.customer`)."""
        return cls(f"{kind}/{id}")

    @property
    def kind(self) -> str:
        """`crm.customer`."""
        return self.partition("/")[0]

    @property
    def id(self) -> UUID:
        """The record's id."""
        return UUID(self.partition("/")[2])

    @property
    def typeid(self) -> str:
        """As callers see it; as it is stored when the kind is not installed any more."""
        prefix = prefixes.get(self.kind)
        return ids.encode(prefix, self.id) if prefix else str(self)

    @classmethod
    def parse(cls, value: Any) -> "RecordRef":
        """The reference of a TypeID."""
        if isinstance(value, cls):
            return value
        found = ids.decode(value.strip()) if isinstance(value, str) else None
        kind = next((name for name, one in prefixes.items() if found and one == found[0]), None)
        if found is None or kind is None:
            raise PydanticCustomError("id", "Give the id of a record, such as cus_… or usr_….")
        return cls.to(kind, found[1])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: RecordRef(value).typeid,
                when_used="json",
                return_schema=core_schema.str_schema(),
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "description": _TOLD}
