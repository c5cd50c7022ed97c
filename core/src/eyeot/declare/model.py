"""Models: the typed inputs and outputs of actions, and the JSON Schema that callers see of them."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, get_args, get_origin
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
)
from pydantic import Field as Limits
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from eyeot.declare import ids
from eyeot.declare.field import LONGEST_TEXT, Field
from eyeot.declare.field import Ref as Reference
from eyeot.declare.money import Exact, Whole
from eyeot.declare.record import extended_by, records, through

MOST_ITEMS = 500
"""Elements of one list argument: more would be a batch, not a field."""


class Key(str):
    """A natural key (SIREN, e-mail, number) given for an id; resolved before the handler runs."""

    __slots__ = ()


class Ref(Reference):
    """Annotation of an identifier: `Annotated[UUID, Ref("crm.customer")]`; a TypeID at the edge."""

    __slots__ = ()

    def parse(self, value: Any) -> UUID | Key:
        """The UUID of a TypeID of the right kind, or a natural key to look up."""
        if isinstance(value, UUID):
            return value
        meta = records[self.target].meta
        example = f"{meta.prefix}_…"
        if not isinstance(value, str) or not value.strip():
            raise PydanticCustomError(
                "id",
                "Give the identifier of a {kind} ({example}).",
                {"kind": self.target, "example": example},
            )
        found = ids.decode(value.strip())
        if found and found[0] in (meta.prefix, *(records[one].meta.prefix for one in self.also)):
            return found[1]
        if found and through(self.target, found[0]):
            # The id of what extends it: a customer stands for the party it is.
            return Key(value.strip())
        if found and (other := _kind_of(found[0])):
            raise PydanticCustomError(
                "wrong_kind",
                "'{value}' is the identifier of a {other}; a {kind} ({example}) is needed.",
                {"value": value, "other": other, "kind": self.target, "example": example},
            )
        if found is None and _keys(self.target):
            return Key(value.strip())
        raise PydanticCustomError(
            "id",
            "'{value}' is not the identifier of a {kind}, which looks like {example}.",
            {"value": value[:80], "kind": self.target, "example": example},
        )

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        made = core_schema.no_info_plain_validator_function(
            self.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.write, when_used="json", return_schema=core_schema.str_schema()
            ),
        )
        # `Annotated[UUID | None, Ref(…)]` means the same as `Annotated[UUID, Ref(…)] | None`.
        return core_schema.nullable_schema(made) if type(None) in get_args(source) else made

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "description": self.told()}

    def write(self, value: UUID) -> str:
        """The TypeID."""
        return ids.encode(records[self.target].meta.prefix, value)

    def told(self) -> str:
        """What a caller is told of it."""
        meta = records[self.target].meta
        keys = _keys(self.target)
        also = "".join(f" or {one.meta.prefix}_…" for one in extended_by.get(self.target, ()))
        return f"Id of a {self.target} ({meta.prefix}_…{also})" + (
            f", or its {' or '.join(keys)}." if keys else "."
        )


def _kind_of(prefix: str) -> str | None:
    return next((name for name, one in records.items() if one.meta.prefix == prefix), None)


def _keys(target: str) -> tuple[str, ...]:
    """The fields by whose value a record of this kind may be named."""
    return records[target].meta.exact


class Secret:
    """Annotation of what is told once and kept by nobody: `key: Annotated[str, Secret]`.

    In an answer it is left out of dry runs, which mint nothing; in an input it is left out of the audit.
    """


def secrets_of(model: Any) -> frozenset[str]:
    """The fields of a model that are secret."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return frozenset()
    return frozenset(n for n, info in model.model_fields.items() if Secret in info.metadata)


class Input(BaseModel):
    """Arguments of an action; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Output(BaseModel):
    """Answer of an action."""

    model_config = ConfigDict(extra="forbid")


def annotation(one: Field) -> Any:
    """What pydantic validates a field's input with."""
    inner = Annotated[UUID, Ref(one.target, one.also)] if one.target else one.type
    if one.kind in ("decimal", "integer"):
        inner = Exact if one.kind == "decimal" else Whole
    if one.kind == "text":
        inner = Annotated[inner, Limits(min_length=1, max_length=one.max_length or LONGEST_TEXT)]
    if get_origin(one.type) in (list, set):
        inner = Annotated[inner, Limits(max_length=MOST_ITEMS)]
    if one.ge is not None or one.le is not None:
        inner = Annotated[inner, Limits(ge=one.ge, le=one.le)]
    return inner


def nested_of(model: type[BaseModel]) -> dict[str, list[tuple[str, str]]]:
    """The arguments that are lists of models with identifiers, and the identifiers of each."""
    found = {n: _rows(info.annotation) for n, info in model.model_fields.items()}
    return {name: refs for name, refs in found.items() if refs}


def _rows(kind: Any) -> list[tuple[str, str]]:
    """The identifiers of the models in a list; none when it is no such list."""
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        return refs_of(inner) if isinstance(inner, type) and issubclass(inner, BaseModel) else []
    return next((refs for one in get_args(kind) if (refs := _rows(one))), [])


def refs_of(model: type[BaseModel]) -> list[tuple[str, str]]:
    """The identifier arguments of a model: name and kind."""
    fields = model.model_fields.items()
    return [
        (name, one.target) for name, info in fields for one in _refs(info.annotation, info.metadata)
    ]


def _refs(kind: Any, metadata: Iterable[Any] = ()) -> list[Ref]:
    here = [m for m in metadata if isinstance(m, Ref)]
    if get_origin(kind) is Annotated:
        inner, *rest = get_args(kind)
        return here + _refs(inner, rest)
    return here + [one for part in get_args(kind) for one in _refs(part)]


class _Quiet(GenerateJsonSchema):
    """Defaults are left out of our schemas, so those that cannot be written need no warning."""

    def emit_warning(self, kind: Any, detail: str) -> None:
        if kind != "non-serializable-default":
            super().emit_warning(kind, detail)


def describe(model: type[BaseModel], *, answer: bool = False) -> dict[str, Any]:
    """The JSON Schema of a model, within what every client accepts: no `$ref`, no root combinator."""
    mode: Literal["validation", "serialization"] = "serialization" if answer else "validation"
    raw = model.model_json_schema(mode=mode, schema_generator=_Quiet)
    made: dict[str, Any] = plain(raw, raw.pop("$defs", {}))
    return made


# The last are limits that not every vendor reads; they are checked all the same.
_DROPPED = frozenset(
    {"title", "default", "$schema", "minProperties", "maxProperties", "propertyNames"}
    | {"gt", "lt", "decimal_places", "max_digits"}
)
_DEEP = 3
"""Levels of a field that an answer's schema describes."""
# pydantic leaves these as they are behind a validator of ours.
_STANDARD = {"ge": "minimum", "le": "maximum"}
# Identifiers are TypeIDs at the edge, and some clients refuse formats they do not know.
_UNKNOWN_FORMATS = frozenset({"uuid"})


def plain(schema: Any, defs: dict[str, Any] | None = None) -> Any:
    """A schema with references inlined, `X | null` written as optional X, and noise removed."""
    defs = defs or {}
    if isinstance(schema, list):
        return [plain(one, defs) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = plain(defs[schema["$ref"].rpartition("/")[2]], defs)
        return {**target, **{k: v for k, v in schema.items() if k == "description"}}
    if "anyOf" in schema:
        parts = [one for one in schema["anyOf"] if one.get("type") != "null"]
        rest = {k: v for k, v in schema.items() if k != "anyOf"}
        if len(parts) == 1:
            return plain({**parts[0], **rest}, defs)
    out = {_STANDARD.get(k, k): _inner(k, v, defs) for k, v in schema.items() if k not in _DROPPED}
    if out.get("format") in _UNKNOWN_FORMATS:
        del out["format"]
    if "const" in out:
        out["enum"] = [out.pop("const")]
    return out


def _inner(key: str, value: Any, defs: dict[str, Any]) -> Any:
    if key == "properties":
        return {name: plain(one, defs) for name, one in value.items()}
    if key in ("items", "additionalProperties", "anyOf", "allOf", "oneOf"):
        return plain(value, defs)
    return value


_JSON: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "enum": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "string"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "uuid": {"type": "string"},
    "ref": {"type": "string"},
    "money": {
        "type": "object",
        "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}},
    },
    "tags": {"type": "array", "items": {"type": "string"}},
    "record": {"type": "string"},
    "records": {"type": "array", "items": {"type": "string"}},
}


def shape(one: Field) -> dict[str, Any]:
    """The JSON Schema of a field in an answer."""
    if one.kind == "json":
        raw = TypeAdapter(one.type).json_schema(mode="serialization")
        base = shallow(plain(raw, raw.pop("$defs", {})))
    else:
        base = dict(_JSON[one.kind])
    if one.choices:
        base["enum"] = list(one.choices)
    return {**base, "description": one.doc}


def shallow(schema: dict[str, Any], levels: int = _DEEP) -> dict[str, Any]:
    """A schema without what lies deeper: some clients refuse what is nested further."""
    if not levels:
        return {}
    found = dict(schema)
    if "properties" in found:
        found["properties"] = {
            name: shallow(one, levels - 1) for name, one in found["properties"].items()
        }
    for part in ("items", "additionalProperties"):
        if isinstance(found.get(part), dict):
            found[part] = shallow(found[part], levels - 1)
    return found


def record_shape(fields: Iterable[Field]) -> dict[str, Any]:
    """The JSON Schema of a record in an answer; no field is required, so that `fields` may narrow it."""
    return {
        "type": "object",
        "properties": {"id": {"type": "string"}, **{one.name: shape(one) for one in fields}},
    }


Build = Callable[[], type[BaseModel]]
