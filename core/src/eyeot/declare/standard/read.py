"""Reading verbs: list, get, search, count, history."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel
from pydantic import Field as Limits

from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Ref, record_shape
from eyeot.declare.query import (
    COUNTED_IN_PARTITIONS,
    COUNTED_UP_TO,
    DEFAULT_LIMIT,
    LARGEST_LIMIT,
    Query,
)
from eyeot.declare.record import shown
from eyeot.declare.standard.conditions import asked, filters, sortable
from eyeot.declare.standard.parts import line_paths, lines_of, lines_shape
from eyeot.declare.standard.verb import Verb

_PAGE: dict[str, Any] = {
    "total": {"type": "integer", "description": "How many; more where not total_is_exact."},
    "total_is_exact": {"type": "boolean"},
    "has_more": {"type": "boolean"},
    "next_cursor": {"type": "string", "description": "Give it as cursor for the next page."},
}
_HIT = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "id": {"type": "string"},
        "label": {"type": "string"},
        "hint": {"type": "string"},
        "score": {"type": "number"},
    },
}
LIMIT = (int, Limits(default=DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT, description="Page size."))
CURSOR = (
    str | None,
    Limits(default=None, max_length=2000, description="next_cursor of the page before."),
)
_Archived = Literal["active", "archived", "all"]


def _fields(description: str = "Only these fields.") -> tuple[Any, Any]:
    kind = Annotated[list[str], Limits(max_length=100)]
    return (kind, Limits(default_factory=list, description=description))


def paged(items: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """The schema of a page."""
    properties = {"items": {"type": "array", "items": items}, **_PAGE}
    return lambda: {"type": "object", "properties": properties}


class List(Verb):
    """A page of records."""

    name = "list"
    summary = "List {en_all} that meet typed conditions, in order, a page at a time."
    en = "List {en_all}; show all {en_all}; filter {en_all}; browse {en_all}"
    fr = "Lister les {fr_all}; afficher les {fr_all}; filtrer les {fr_all}; voir tous les {fr_all}"
    single = True
    takes = frozenset({"limit", "cursor", "fields"})
    follow = ("get", "count")

    def model(self) -> type[BaseModel]:
        """Filters, order and page."""
        order = f"A field, or -field for descending: {', '.join(sortable(self.meta))}."
        return self.made(
            **filters(self.resource),
            **({"archived": (_Archived, "active")} if self.meta.archivable else {}),
            sort=(str, Limits(default=self.meta.sort, description=order, max_length=80)),
            limit=LIMIT,
            cursor=CURSOR,
            fields=_fields(),
        )

    async def run(self, ctx: Any, data: Any) -> Any:
        """Ask for the page."""
        query = Query(
            conditions=asked(self.resource, data, ctx.now),
            archived=getattr(data, "archived", "all"),
            sort=data.sort,
            cursor=data.cursor,
            limit=data.limit,
            fields=data.fields,
            counted=COUNTED_IN_PARTITIONS if self.resource.partitioned else COUNTED_UP_TO,
        )
        return await ctx.page(self.record, query)

    def shows(self) -> Shows | None:
        """The records."""
        return Shows(record=self.meta.name, under="items")

    def output(self) -> Any:
        """A page."""
        return paged(record_shape(shown(self.meta)))

    def example(self) -> dict[str, Any] | None:
        """A short page."""
        return self.resource.find or {"limit": 3}


class Count(Verb):
    """How many records there are."""

    name = "count"
    summary = "Count {en_all} that meet typed conditions."
    en = "Count {en_all}; how many {en_all}; number of {en_all}"
    fr = "Compter les {fr_all}; combien de {fr_all}; nombre de {fr_all}"
    single = True

    def model(self) -> type[BaseModel]:
        """Filters."""
        more = {"archived": (_Archived, "active")} if self.meta.archivable else {}
        return self.made(**filters(self.resource), **more)

    async def run(self, ctx: Any, data: Any) -> Any:
        """Count."""
        query = Query(
            conditions=asked(self.resource, data, ctx.now),
            archived=getattr(data, "archived", "all"),
            sort=self.meta.sort,
        )
        return {"count": await ctx.count(self.record, query)}

    def output(self) -> Any:
        """A number."""
        return lambda: {"type": "object", "properties": {"count": {"type": "integer"}}}

    def example(self) -> dict[str, Any] | None:
        """All of them."""
        return {k: v for k, v in self.resource.find.items() if k not in ("limit", "fields", "sort")}


class Get(Verb):
    """One record."""

    name = "get"
    summary = "Read one {en} by its id."
    en = "Get {a}; read {a}; open {a}; details of {a}"
    fr = "Consulter {un}; lire {un}; ouvrir {un}; fiche {du}; détail {du}"
    single = True
    takes = frozenset({"fields"})
    follow = ("update", "history")

    def model(self) -> type[BaseModel]:
        """Id and chosen fields."""
        return self.made(id=(Annotated[UUID, Ref(self.meta.name)], ...), fields=_fields())

    async def run(self, ctx: Any, data: Any) -> Any:
        """Read it, with its lines."""
        lines = self.resource.lines
        if lines is None:
            return await ctx.show(self.record, data.id, data.fields)
        wanted = [one for one in data.fields if one != lines.name]
        alone = bool(data.fields) and not wanted
        told = await ctx.show(self.record, data.id, ["id"] if alone else wanted)
        if lines.name in data.fields or not data.fields:
            told = {**told, lines.name: await lines_of(ctx, lines, data.id)}
        return told

    def shows(self) -> Shows | None:
        """The record, and its lines."""
        lines = self.resource.lines
        return Shows(*line_paths(lines), record=self.meta.name) if lines else None

    def output(self) -> Any:
        """The record, with its lines."""
        lines = self.resource.lines
        if lines is None:
            return self.record

        def schema() -> dict[str, Any]:
            made = record_shape(shown(self.meta))
            made["properties"][lines.name] = lines_shape(lines)
            return made

        return schema


class Search(Verb):
    """Records found by words."""

    name = "search"
    summary = "Find {en_all} by words a person would use; tolerates typos and missing accents."
    en = "Search {en_all}; find {a}; look up {a}"
    fr = "Rechercher {un}; trouver {un}; chercher {un}; retrouver {un}"
    single = True
    takes = frozenset({"limit"})
    follow = ("get",)

    def model(self) -> type[BaseModel]:
        """Words."""
        told = "Words, a name, an identifier."
        return self.made(
            query=(Annotated[str, Limits(min_length=1, max_length=200, description=told)], ...),
            limit=(int, Limits(default=10, ge=1, le=50)),
        )

    async def run(self, ctx: Any, data: Any) -> Any:
        """Look it up."""
        return {"items": await ctx.lookup(data.query, [self.meta.name], data.limit)}

    def shows(self) -> Shows | None:
        """The hits."""
        return Shows(hits=True, under="items")

    def output(self) -> Any:
        """Hits, best first."""
        return lambda: {"type": "object", "properties": {"items": {"type": "array", "items": _HIT}}}

    def example(self) -> dict[str, Any] | None:
        """A common word."""
        return {"query": "a", "limit": 3}


class History(Verb):
    """The changes of one record."""

    name = "history"
    summary = "Show who changed what on one {en}, newest first."
    en = "History of {a}; changes of {a}; who changed {a}; audit trail of {a}"
    fr = "Historique {du}; modifications {du}; qui a modifié {le}; journal {du}"
    takes = frozenset({"limit", "cursor"})

    def model(self) -> type[BaseModel]:
        """Id and page."""
        return self.made(id=(Annotated[UUID, Ref(self.meta.name)], ...), limit=LIMIT, cursor=CURSOR)

    async def run(self, ctx: Any, data: Any) -> Any:
        """Read the audit of it."""
        return await ctx.history(self.record, data.id, data.limit, data.cursor)

    def output(self) -> Any:
        """Changes, newest first."""
        change = {
            "type": "object",
            "properties": {
                "at": {"type": "string", "format": "date-time"},
                "actor": {"type": "string"},
                "actor_type": {"type": "string"},
                "action": {"type": "string"},
                "operation": {"type": "string"},
                "changes": {"type": "object"},
            },
        }
        return paged(change)
