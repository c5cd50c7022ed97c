"""Identifiers: which values of an answer show records to a caller, read off its types once.

A text is no identifier, whatever it looks like, unless its type says so.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from eyeot.declare.anyref import RecordRef, prefixes
from eyeot.declare.field import Ref as Reference
from eyeot.declare.record import Meta, Record, records, shown

Reveal = Callable[[Any, set[str]], None]
"""Adds the identifiers that an answer shows, as `cus_…`, and each name with what bears it, as `name_of`."""

_NAMED = "#"
_LISTS = (list, set, frozenset, tuple)


def folded(key: str) -> str:
    """A natural key as people vary it: without spaces, in small letters."""
    return "".join(key.split()).casefold()


@lru_cache(maxsize=20_000)
def name_of(kind: str, key: str) -> str:
    """How a natural key of a kind is known: `cus#732829320`."""
    return f"{prefixes[kind]}{_NAMED}{folded(key)}"


def is_name(ident: str) -> bool:
    """Whether that is a natural key, or one with what bears it, and not an id."""
    return _NAMED in ident


def borne(ident: str) -> tuple[str, str]:
    """A name with what bears it, taken apart: the name, and the id."""
    name, _, id = ident.rpartition("=")
    return name, id


class Shows:
    """Annotation of an answer's untyped part: where it shows identifiers.

    `paths` of ids, such as `id` or `owner.id`: `*` stands for every key, a number for a place in a
    list, and lists are gone through. `record`: the fields of that kind stand there. `hits`: what a
    search answered, whose label may be a name of what was found. `under`: the key below which
    `record` or `hits` stand.
    """

    __slots__ = ("hits", "paths", "record", "under")

    def __init__(
        self,
        *paths: str,
        record: str = "",
        hits: bool = False,
        under: str = "",
    ) -> None:
        self.paths, self.record, self.hits, self.under = paths, record, hits, under

    def reveal(self) -> Reveal:
        """What it says, made to run."""
        found: list[Reveal] = [_below(self.paths)] if self.paths else []
        if self.hits:
            found.append(_under(self.under, _each(_reveal_hit)))
        if self.record:
            found.append(_under(self.under, _each(reveal_record(records[self.record].meta))))
        return found[0] if len(found) == 1 else _reveal_any(found)


def _below(paths: tuple[str, ...]) -> Reveal:
    tree: dict[str, Any] = {}
    for path in paths:
        at = tree
        for part in path.split("."):
            at = at.setdefault(part, {})
    return lambda value, out: _walk(value, tree, out)


def _under(name: str, inner: Reveal) -> Reveal:
    if not name:
        return inner
    return lambda value, out: inner(value.get(name), out) if isinstance(value, dict) else None


def _walk(value: Any, tree: Mapping[str, Any], out: set[str]) -> None:
    if not tree:
        _add(value, out)
    elif isinstance(value, dict):
        for part, below in tree.items():
            for one in value.values() if part == "*" else (value.get(part),):
                _walk(one, below, out)
    elif isinstance(value, list):
        _walk_list(value, tree, out)


def _walk_list(value: list[Any], tree: Mapping[str, Any], out: set[str]) -> None:
    placed = {int(part): below for part, below in tree.items() if part.isdigit()}
    for at, one in enumerate(value):
        if not placed:
            _walk(one, tree, out)
        elif at in placed:
            _walk(one, placed[at], out)


def _add(value: Any, out: set[str]) -> None:
    if isinstance(value, str):
        out.add(value)
    elif isinstance(value, list):
        out.update(one for one in value if isinstance(one, str))


def _reveal_hit(value: Any, out: set[str]) -> None:
    if not isinstance(value, dict) or not isinstance(id := value.get("id"), str):
        return
    out.add(id)
    kind, label = records.get(str(value.get("type"))), value.get("label")
    if kind and isinstance(label, str) and kind.meta.label in kind.meta.exact:
        out.add(f"{name_of(kind.meta.name, label)}={id}")


def _each(reveal: Reveal) -> Reveal:
    def run(value: Any, out: set[str]) -> None:
        for one in value if isinstance(value, list) else (value,):
            if one is not None:
                reveal(one, out)

    return run


def reveal_record(meta: Meta) -> Reveal:
    """What a record shows as it is answered: itself, what it refers to, and its natural keys."""
    fields = list(shown(meta))
    single = [one.name for one in fields if one.name == "id" or one.target or one.kind == "record"]
    inside: list[tuple[str, Reveal]] = [(one.name, _add) for one in fields if one.kind == "records"]
    nested = ((one.name, reveal(one.type)) for one in fields if one.kind == "json")
    inside += [(name, found) for name, found in nested if found]
    keys = [one.name for one in fields if one.name in meta.exact and one.name != "id"]

    def run(value: Any, out: set[str]) -> None:
        if not isinstance(value, dict):
            return
        out.update([one for name in single if (one := value.get(name))])
        for name, inner in inside:
            inner(value.get(name), out)
        if keys and (id := value.get("id")):
            out.update(_borne(meta, id, value, keys))

    return run


def _borne(meta: Meta, id: str, value: dict[str, Any], keys: list[str]) -> list[str]:
    """The names that a record bears, with its id."""
    texts = [text for name in keys for text in _texts(value.get(name))]
    return [f"{name_of(meta.name, one)}={id}" for one in texts]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def reveal(kind: Any, metadata: tuple[Any, ...] = ()) -> Reveal | None:
    """What an answer of this type shows; None when it can show nothing."""
    if marks := [one.reveal() for one in metadata if isinstance(one, Shows)]:
        return _reveal_any(marks)
    if any(isinstance(one, Reference) for one in metadata):
        return _add
    if get_origin(kind) is Annotated:
        inner, *rest = get_args(kind)
        return reveal(inner, tuple(rest))
    if isinstance(kind, type):
        return _reveal_class(kind) if get_origin(kind) is None else _reveal_inside(kind)
    return _reveal_inside(kind)


def _reveal_class(kind: type[Any]) -> Reveal | None:
    if issubclass(kind, RecordRef):
        return _add
    if issubclass(kind, Record):
        return reveal_record(kind.meta)
    return _reveal_model(kind) if issubclass(kind, BaseModel) else None


def _reveal_inside(kind: Any) -> Reveal | None:
    """What a list, a dictionary or one of several types shows."""
    found = [made for one in get_args(kind) if (made := reveal(one))]
    if not found:
        return None
    origin = get_origin(kind)
    if origin in _LISTS:
        return _each(found[0])
    return _reveal_values(found[-1]) if origin is dict else _reveal_any(found)


def _reveal_model(model: type[BaseModel]) -> Reveal | None:
    fields = model.model_fields.items()
    made = [(n, reveal(info.annotation, tuple(info.metadata))) for n, info in fields]
    found = [(name, one) for name, one in made if one]

    def run(value: Any, out: set[str]) -> None:
        if isinstance(value, dict):
            for name, inner in found:
                if (one := value.get(name)) is not None:
                    inner(one, out)

    return run if found else None


def _reveal_values(inner: Reveal) -> Reveal:
    def run(value: Any, out: set[str]) -> None:
        if isinstance(value, dict):
            for one in value.values():
                inner(one, out)

    return run


def _reveal_any(found: list[Reveal]) -> Reveal:
    def run(value: Any, out: set[str]) -> None:
        for inner in found:
            inner(value, out)

    return run
