"""Citing: which arguments name records, read off their types once, whoever validates them and when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from eyeot.declare import ids
from eyeot.declare.anyref import RecordRef, prefixes
from eyeot.declare.field import Ref as Reference
from eyeot.declare.identifiers import name_of
from eyeot.declare.model import Key
from eyeot.declare.record import records, through

_LISTS = (list, set, frozenset, tuple)
_NOTHING: Mapping[str, Any] = {}


class Cited(NamedTuple):
    """An identifier among the arguments of a call."""

    path: str
    kind: str
    ident: str
    """Its id as it is written, or a name, as `name_of` says."""


@dataclass(slots=True)
class Citations:
    """The identifiers that a call's arguments name."""

    inputs: Callable[[str], "Cite | None"]
    """What an action's arguments name, by its name: where they are arguments of another one."""
    found: list[Cited] = field(default_factory=list)


class Held(NamedTuple):
    """Whose reading decides what may be named, and whether the rest is refused or only noted."""

    holder: UUID
    """A credential, or one conversation of it."""
    enforced: bool


Cite = Callable[[Any, str, Citations], None]
"""Notes what arguments name: as they were given, or as they were validated."""


@dataclass(frozen=True, slots=True)
class RowsOf:
    """Annotation of a plain object that is validated later, by this model."""

    model: type[BaseModel]


@dataclass(frozen=True, slots=True)
class ArgumentsOf:
    """Annotation of a plain object that holds the arguments of the action named in another field."""

    field: str


def cite(kind: Any, metadata: tuple[Any, ...] = ()) -> Cite | None:
    """What arguments of this type name; None when they can name nothing."""
    for one in metadata:
        if isinstance(one, Reference):
            return _cite_id(one.target)
        if isinstance(one, RowsOf):
            return cite(one.model)
    if get_origin(kind) is Annotated:
        inner, *rest = get_args(kind)
        return cite(inner, tuple(rest))
    if isinstance(kind, type) and issubclass(kind, RecordRef):
        return _cite_any
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _cite_model(kind)
    found = [made for one in get_args(kind) if (made := cite(one))]
    return _cite_inside(get_origin(kind), found) if found else None


def _cite_inside(origin: Any, found: list[Cite]) -> Cite:
    """What a list, a dictionary or one of several types names."""
    if origin in _LISTS:
        return _cite_list(found[0])
    return _cite_values(found[-1]) if origin is dict else _cite_alternatives(found)


def _cite_id(kind: str) -> Cite:
    """An id of a kind, of what extends it, or a natural key in its place: the rules of `Ref.parse`."""

    def run(value: Any, path: str, out: Citations) -> None:
        if isinstance(value, UUID):
            out.found.append(Cited(path, kind, ids.encode(records[kind].meta.prefix, value)))
        elif isinstance(value, list):
            for at, one in enumerate(value):
                run(one, f"{path}.{at}", out)
        elif isinstance(value, str) and (ident := _ident(kind, value)):
            out.found.append(Cited(path, kind, ident))

    return run


def _ident(kind: str, value: str) -> str | None:
    """The id, or the name, that a text is where a kind is meant."""
    meta, text = records[kind].meta, value.strip()
    known = ids.decode(text) if text else None
    if known and through(kind, known[0]):
        return text
    if known and known[0] == meta.prefix and not isinstance(value, Key):
        return text
    named = isinstance(value, Key) or known is None
    return name_of(kind, text) if text and named and meta.exact else None


def _cite_any(value: Any, path: str, out: Citations) -> None:
    """An id of a record of any kind."""
    if isinstance(value, RecordRef):
        out.found.append(Cited(path, value.kind, value.typeid))
    elif isinstance(value, str) and (known := ids.decode(value.strip())):
        kind = next((name for name, one in prefixes.items() if one == known[0]), None)
        if kind:
            out.found.append(Cited(path, kind, value.strip()))


def _cite_model(model: type[BaseModel]) -> Cite | None:
    fields = model.model_fields.items()
    made = [(name, _cite_field(info)) for name, info in fields]
    found = [(name, one) for name, one in made if one]
    later = [(n, m.field) for n, i in fields for m in i.metadata if isinstance(m, ArgumentsOf)]

    def run(value: Any, path: str, out: Citations) -> None:
        values = value if isinstance(value, dict) else getattr(value, "__dict__", _NOTHING)
        before = f"{path}." if path else ""
        for name, inner in found:
            if (one := values.get(name)) is not None:
                inner(one, before + name, out)
        for name, action in later:
            if (named := out.inputs(str(values.get(action)))) and values.get(name):
                named(values[name], before + name, out)

    return run if found or later else None


def _cite_field(info: FieldInfo) -> Cite | None:
    return cite(info.annotation, tuple(info.metadata))


def _cite_list(inner: Cite) -> Cite:
    def run(value: Any, path: str, out: Citations) -> None:
        if isinstance(value, _LISTS):
            for at, one in enumerate(value):
                inner(one, f"{path}.{at}", out)

    return run


def _cite_values(inner: Cite) -> Cite:
    def run(value: Any, path: str, out: Citations) -> None:
        if isinstance(value, dict):
            for name, one in value.items():
                inner(one, f"{path}.{name}", out)

    return run


def _cite_alternatives(found: list[Cite]) -> Cite:
    def run(value: Any, path: str, out: Citations) -> None:
        for inner in found:
            inner(value, path, out)

    return run
