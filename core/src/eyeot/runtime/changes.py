"""Changes: what one call does to records, field by field: what effects, audit and history tell."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from eyeot.declare import ids
from eyeot.declare.access import Reach
from eyeot.declare.record import Record
from eyeot.storage.reach import private
from eyeot.storage.view import View, sensitive, view

Operation = Literal["created", "updated", "deleted"]
SEALED = "[sealed]"
"""In place of a sensitive value, until the audit can encrypt it."""
_NOISE = frozenset({"updated_at", "version", "created_at"})


@dataclass(slots=True)
class Change:
    """What happened to one record in one call, folded over every write to it."""

    record: type[Record]
    id: UUID
    operation: Operation
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`crm.customer/<uuid>`: how the audit refers to a record."""
        return f"{self.record.meta.name}/{self.id}"

    @property
    def event(self) -> str:
        """`crm.customer.created`."""
        return f"{self.record.meta.name}.{self.operation}"

    def fields(self) -> dict[str, dict[str, Any]]:
        """Changed fields with their value before and after, as people read them."""
        seen = _everything(self.record)
        before, after = seen.of(self.before), seen.of(self.after)
        names = [
            one.name for one in seen.fields if one.name in self.before or one.name in self.after
        ]
        return {
            name: {"before": before.get(name), "after": after.get(name)}
            for name in names
            if name not in _NOISE and before.get(name) != after.get(name)
        }


def _everything(record: type[Record]) -> View:
    """The view of a caller who may see every field; own fields only matter here."""
    permissions = {
        one.sensitive: Reach.ORGANISATION for one in record.meta.fields.values() if one.sensitive
    }
    return view(record, permissions)


class Changes:
    """The changes of one call, one entry per record."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[type[Record], UUID], Change] = {}

    def __iter__(self) -> Iterator[Change]:
        return (
            one
            for one in self._by_key.values()
            if one.operation != "updated" or one.before or one.after
        )

    def created(self, row: Record) -> None:
        """A record was inserted."""
        self._by_key[type(row), row.id] = Change(type(row), row.id, "created", {}, row.values())

    def updated(self, row: Record, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Fields of a record were written."""
        known = self._by_key.setdefault((type(row), row.id), Change(type(row), row.id, "updated"))
        for name, value in before.items():
            if known.operation == "updated":
                known.before.setdefault(name, value)
        known.after.update(after)

    def deleted(self, row: Record) -> bool:
        """A record was deleted; whether it was there before the call."""
        known = self._by_key.pop((type(row), row.id), None)
        if known and known.operation == "created":
            return False
        before = {**row.__dict__["loaded"], **(known.before if known else {})}
        self._by_key[type(row), row.id] = Change(type(row), row.id, "deleted", before, {})
        return True

    def absorb(self, other: "Changes") -> None:
        """Fold in the changes of a part of the work."""
        for key, change in other._by_key.items():  # noqa: SLF001 - another of its own kind
            known = self._by_key.get(key)
            if known is None or change.operation == "created":
                self._by_key[key] = change
            elif change.operation == "updated":
                if known.operation == "updated":
                    known.before = {**change.before, **known.before}
                known.after.update(change.after)
            elif known.operation == "created":
                del self._by_key[key]
            else:
                change.before.update(known.before)
                self._by_key[key] = change

    def journal(self) -> list[dict[str, Any]]:
        """The changes as the audit keeps them; of sensitive fields only that they changed."""
        return [
            {
                "type": c.record.meta.name,
                "id": str(c.id),
                "operation": c.operation,
                "fields": _sealed(c),
            }
            for c in self
        ]


def sealed(record: type[Record]) -> frozenset[str]:
    """The fields of which the audit keeps only that they changed: sensitive and private texts."""
    names = {name for name, _ in sensitive(record)}
    if private(record):
        names |= {n for n, one in record.meta.fields.items() if one.kind == "text"}
    return frozenset(names)


def _sealed(change: Change) -> dict[str, dict[str, Any]]:
    fields = change.fields()
    for name in sealed(change.record):
        if name in fields:
            fields[name] = {
                when: SEALED if value is not None else None for when, value in fields[name].items()
            }
    return fields


def effects(changes: Changes, events: list[str], permissions: dict[str, Reach]) -> dict[str, Any]:
    """The report of a dry run (design §5.5), without fields the caller may not see."""
    out: dict[str, list[Any]] = {"created": [], "modified": [], "deleted": []}
    for one in changes:
        meta = one.record.meta
        seen = view(one.record, permissions)
        told = {"type": meta.name, "id": ids.encode(meta.prefix, one.id)}
        values = {**one.before, **one.after}
        label = values.get(meta.label) if meta.label in seen.names else None
        if label and not isinstance(label, UUID):
            told["label"] = str(label)
        fields = {n: v for n, v in one.fields().items() if n in seen.names}
        if one.operation == "created":
            set_to = {
                n: v["after"]
                for n, v in fields.items()
                if v["after"] not in (None, [], {}) and n != "id"
            }
            out["created"].append({**told, "provisional_id": True, "values": set_to})
        elif one.operation == "updated":
            out["modified"].append({**told, "changes": fields})
        else:
            out["deleted"].append(told)
    return {**out, "events": events, "webhooks": [], "external": []}
