"""Privacy: how a person's data is gathered, erased and restricted, from the marks on fields.

A field that tells something of a person says `personal=True`; so does the reference to whom a row is about.
From these marks follow four handlers for each record; a plugin writes a `Privacy` only where they are not
enough.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.field import Field
from eyeot.declare.record import SYSTEM, Record, records

ERASED = "Erased"
_MOST_ROWS = 5_000


@dataclass
class Subject:
    """A person, as far as they are known: the records that are them, and the identifiers in these."""

    ids: set[tuple[str, UUID]] = field(default_factory=set)
    """Kind and id of records about them."""
    identifiers: set[str] = field(default_factory=set)
    """Their e-mail addresses, telephone numbers and the like."""


class Plan(NamedTuple):
    """What erasing would do to one row: fields that go, that are replaced, and that stay, with the reason."""

    erase: tuple[str, ...]
    pseudonymise: tuple[str, ...]
    keep: dict[str, str]


Collect = Callable[["Privacy", Context, Subject], Awaitable[list[Record]]]
Preview = Callable[["Privacy", Record], Plan]
Change = Callable[["Privacy", Context, Record], Awaitable[None]]


def personal(record: type[Record]) -> list[Field]:
    """A record's own fields that tell something of a person."""
    every = record.meta.fields.values()
    return [
        one
        for one in every
        if one.personal and one.target is None and one.kind != "record" and one.name not in SYSTEM
    ]


def about(record: type[Record]) -> list[Field]:
    """A record's references to whom it is about."""
    return [one for one in record.meta.fields.values() if one.personal and one.target]


def naming(record: type[Record]) -> list[Field]:
    """A record's fields that name, among records of any kind, whom it is about."""
    return [one for one in record.meta.fields.values() if one.personal and one.kind == "record"]


def identifying(record: type[Record]) -> list[Field]:
    """A record's fields by whose value a person is known."""
    return [one for one in personal(record) if one.name in record.meta.exact]


async def collected(privacy: "Privacy", ctx: Context, subject: Subject) -> list[Record]:
    """The rows that are the person, that point to them, or that hold an identifier of theirs."""
    record, found = privacy.record, dict[UUID, Record]()
    own = [id for kind, id in subject.ids if kind == record.meta.name]
    conditions: list[Any] = [record.c.id.in_(own)] if own else []
    for one in about(record):
        theirs = [id for kind, id in subject.ids if kind == one.target]
        conditions += [record.c[one.name].in_(theirs)] if theirs else []
    named = [RecordRef.to(kind, id) for kind, id in subject.ids]
    conditions += [record.c[one.name].in_(named) for one in naming(record)]
    known = sorted(subject.identifiers)
    for one in identifying(record):
        column = record.c[one.name]
        if known:
            conditions.append(column.overlap(known) if one.kind == "tags" else column.in_(known))
    for condition in conditions:
        for row in await ctx.find(record, condition, limit=_MOST_ROWS):
            found[row.id] = row
    return list(found.values())


def previewed(privacy: "Privacy", row: Record) -> Plan:
    """What may be empty goes, what must have a value is replaced, what the plugin keeps stays."""
    filled = [
        one for one in personal(privacy.record) if getattr(row, one.name) not in (None, [], {})
    ]
    free = [one for one in filled if one.name not in privacy.keep]
    return Plan(
        erase=tuple(one.name for one in free if one.nullable or one.kind in ("tags", "json")),
        pseudonymise=tuple(
            one.name for one in free if not (one.nullable or one.kind in ("tags", "json"))
        ),
        keep={one.name: privacy.keep[one.name] for one in filled if one.name in privacy.keep},
    )


async def erased(privacy: "Privacy", ctx: Context, row: Record) -> None:
    """Do what `preview` tells."""
    plan = privacy.preview(privacy, row)
    fields = privacy.record.meta.fields
    for name in plan.erase:
        setattr(row, name, None if fields[name].nullable else [])
    for name in plan.pseudonymise:
        setattr(row, name, _nobody(fields[name], row))
    await ctx.save(row)


def _nobody(one: Field, row: Record) -> Any:
    """A value that names nobody and that no other row has."""
    if one.kind != "text":
        return one.initial()
    unique = f"{ERASED.lower()}-{row.id.hex[-12:]}"
    if one.name in row.meta.exact:
        return f"{unique}@{ERASED.lower()}.invalid"[: one.max_length]
    return ERASED


async def restricted(privacy: "Privacy", ctx: Context, row: Record) -> None:
    """Put the row away, where it can be: it leaves lists and pickers and is kept (GDPR art. 18)."""
    if privacy.record.meta.archivable and row.archived_at is None:
        row.archived_at = ctx.now
        await ctx.save(row)


@dataclass(frozen=True, eq=False)
class Privacy:
    """How the personal data of one record is gathered, erased and restricted (GDPR art. 15, 17, 18).

    keep: fields that are kept when a person is erased, and the reason, with its source of law.
    """

    record: type[Record]
    keep: dict[str, str] = field(default_factory=dict)
    collect: Collect = collected
    preview: Preview = previewed
    erase: Change = erased
    restrict: Change = restricted

    @property
    def finds(self) -> bool:
        """Whether the rows of a person can be found."""
        marked = about(self.record) or naming(self.record) or identifying(self.record)
        return bool(marked) or self.collect is not collected


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A row about a person, with all that it tells, whoever asks."""

    row: Record
    id: str
    values: dict[str, Any]
    personal: tuple[str, ...]
    """The fields that have a value and tell something of the person."""
    plan: Plan
    """What erasing would do to it."""
    needs: tuple[str, ...]
    """The permissions by which its values may be read."""
    label: tuple[str, str]
    """What people call such rows, in English and French."""


async def gather(ctx: Context, handlers: Iterable[Privacy], kind: str, id: UUID) -> list[Record]:
    """Every row about the person that a record is, through references and identifiers in both directions."""
    subject, found = Subject({(kind, id)}), dict[tuple[str, UUID], Record]()
    every = list(handlers)
    while True:
        before = len(subject.ids), len(subject.identifiers)
        for one in every:
            for row in await one.collect(one, ctx, subject):
                found[row.meta.name, row.id] = row
                _note(subject, row)
        if (len(subject.ids), len(subject.identifiers)) == before:
            return list(found.values())


def _note(subject: Subject, row: Record) -> None:
    """What a row about the person says of who they are."""
    subject.ids.add((row.meta.name, row.id))
    for one in about(type(row)):
        if (target := getattr(row, one.name)) is not None and one.target in records:
            subject.ids.add((str(one.target), target))
    for one in identifying(type(row)):
        value = getattr(row, one.name)
        subject.identifiers |= set(value) if one.kind == "tags" else {value} - {None}
