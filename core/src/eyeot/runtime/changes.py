"""Changes: what one call does to records, field by field: what effects, audit and history tell."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from eyeot.declare import ids
from eyeot.declare.access import Reach
from eyeot.declare.record import Record
from eyeot.runtime.vault import MARK, Vault
from eyeot.storage.reach import private
from eyeot.storage.view import View, sensitive, view

Operation = Literal["created", "updated", "deleted"]
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

    def began(self, row: Record) -> bool:
        """Whether the record was inserted by this call."""
        known = self._by_key.get((type(row), row.id))
        return known is not None and known.operation == "created"

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

    def journal(self, org_id: UUID, vault: Vault) -> list[dict[str, Any]]:
        """The changes as the audit keeps them: no sensitive value or private text in clear."""
        return [_kept(one, org_id, vault) for one in self]


def sealed(record: type[Record]) -> frozenset[str]:
    """The fields that the audit never keeps in clear: sensitive ones and private texts."""
    return frozenset(name for name, _ in sensitive(record)) | _texts_of_one(record)


def _texts_of_one(record: type[Record]) -> frozenset[str]:
    """What is one person's alone, which no permission opens."""
    if not private(record):
        return frozenset()
    return frozenset(n for n, one in record.meta.fields.items() if one.kind == "text")


def _kept(change: Change, org_id: UUID, vault: Vault) -> dict[str, Any]:
    record, fields = change.record, change.fields()
    told = {
        "type": record.meta.name,
        "id": str(change.id),
        "operation": change.operation,
        "fields": fields,
    }
    for name in _texts_of_one(record) & fields.keys():
        fields[name] = {w: MARK if one is not None else None for w, one in fields[name].items()}
    guarded = {name for name, _ in sensitive(record)} - _texts_of_one(record)
    if not guarded.isdisjoint(fields):
        told["fields"] = vault.closed(org_id, told, guarded)
    return told


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
