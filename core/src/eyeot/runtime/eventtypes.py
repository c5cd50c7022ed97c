"""Event types: what can happen in a catalogue, as those outside are told of it."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, get_args
from uuid import UUID

from eyeot.declare import ids
from eyeot.declare.anyref import RecordRef
from eyeot.declare.event import Event, EventType, RecordEvent
from eyeot.declare.model import describe, refs_of
from eyeot.declare.reach import Private
from eyeot.declare.record import Record, records
from eyeot.declare.resource import Resource
from eyeot.storage.memory import remembered
from eyeot.storage.view import sensitive

_WHATS = get_args(RecordEvent.model_fields["what"].annotation)
_OWN = "core.webhook_delivery"


def event_types(
    resources: Mapping[str, Resource], events: Mapping[str, type[Event]], modules: Container[str]
) -> dict[str, EventType]:
    """Every event of these that may be told outside, by name, in order.

    Not what is one person's alone, nor deliveries, which would tell of each other without end.
    """
    kinds = {n: r.record for n, r in resources.items() if n != _OWN}
    private = {n for n, one in kinds.items() if isinstance(one.meta.reach, Private)}
    found = [one for n, kind in kinds.items() if n not in private for one in _of_record(kind)]
    for name, event in events.items():
        resource = name.rpartition(".")[0]
        if resource not in private and resource != _OWN:
            doc = " ".join((event.__doc__ or "").split())
            schema = {**describe(event, answer=True), "additionalProperties": False}
            schema.pop("description", None)
            found.append(EventType(name=name, doc=doc, payload=schema))
    ordered = sorted(found, key=lambda one: one.name)
    return {one.name: one for one in ordered if one.module in modules}


def _of_record(record: type[Record]) -> Iterator[EventType]:
    meta = record.meta
    noun = meta.noun.replace("_", " ")
    for what in _WHATS:
        fields: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
        fields["description"] = "The fields that were changed."
        properties = {
            "kind": {"type": "string", "enum": [meta.name]},
            "id": {"type": "string", "description": f"Id of a {meta.name} ({meta.prefix}_…)."},
            "what": {"type": "string", "enum": [what]},
            **({"fields": fields} if what == "updated" else {}),
        }
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        schema["required"] = list(properties)
        doc = f"A {noun} was {what}, or archived or restored." if what == "updated" else ""
        yield EventType(
            name=f"{meta.name}.{what}", doc=doc or f"A {noun} was {what}.", payload=schema
        )


def presented(name: str, payload: dict[str, Any]) -> dict[str, Any]:
    """What an event carries as it is told outside: with TypeIDs, and no word of sensitive fields."""
    record = records.get(payload.get("kind", ""))
    if record is None or "id" not in payload:
        return payload
    told = {**payload, "id": ids.encode(record.meta.prefix, UUID(payload["id"]))}
    if payload.keys() != RecordEvent.model_fields.keys() or name.rpartition(".")[0] != told["kind"]:
        return told
    del told["fields"]
    if payload["what"] == "updated":
        hidden = {n for n, _ in sensitive(record)}
        secret = {n for n, one in record.meta.fields.items() if one.access == "secret"}
        told["fields"] = [one for one in payload["fields"] if one not in hidden | secret]
    return told


def sample(one: EventType) -> dict[str, Any]:
    """Something that an event of this type could carry, about nothing that exists."""
    found: dict[str, Any] = _sample(one.payload)
    kind = found.get("kind")
    if kind in records and isinstance(found.get("id"), str):
        found["id"] = ids.encode(records[kind].meta.prefix, UUID(int=0))
    return found


def _sample(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: _sample(one) for name, one in schema.get("properties", {}).items()}
    plain: dict[Any, Any] = {"array": [], "integer": 0, "number": 0, "boolean": False}
    return plain.get(schema.get("type"), "sample")


def covers(pattern: str, name: str) -> bool:
    """Whether a pattern (`*`, `crm.*`, `crm.lead.*`, or a name) covers the event of that name."""
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return pattern == name


def wanted(patterns: Iterable[str], modules: Iterable[str], name: str) -> bool:
    """Whether an endpoint with these patterns, made by who reads these modules, is told of an event."""
    return name.partition(".")[0] in modules and any(covers(one, name) for one in patterns)


def subject(event: type[Event] | None, payload: dict[str, Any]) -> str | None:
    """The record an event is about, so that events of one record can be told in order."""
    if payload.keys() >= {"kind", "id"}:
        return f"{payload['kind']}/{payload['id']}"
    named = _named(event) if event else None
    if named is None or not isinstance(payload.get(named[0]), str):
        return None
    found = ids.decode(payload[named[0]])
    return RecordRef.to(named[1], found[1]) if found else None


@remembered
def _named(event: type[Event]) -> tuple[str, str] | None:
    """The field that names the record whose event it is, and the kind of record."""
    kind = event.name.rpartition(".")[0]
    return next((one for one in refs_of(event) if one[1] == kind), None)
