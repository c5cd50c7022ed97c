"""Leaves: the bytes of an event that its leaf is made of (docs/audit.md)."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eyeot.runtime.sealing.tree import leaf_hash, payload_hash

SALT = 32
"""Bytes of a salt."""
ERASED = "[erased]"
"""What an erased event names as its actor; nothing else of its payload is left."""

HEADER_COLUMNS = (
    "org_id", "id", "at", "actor_type", "credential_id", "tags", "surface", "action", "outcome", "code",
    "duration_ms",
)  # fmt: skip
"""What may stay for ever."""
PAYLOAD_COLUMNS = (
    "actor", "user_id", "tool", "input", "input_digest", "records", "changes", "events", "client", "ip",
    "trace_id",
)  # fmt: skip
"""What may tell of a person."""
LATER_COLUMNS: tuple[str, ...] = ()
"""Columns of the payload that came after the first seals: there only where they hold something."""

_AT = """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _object(columns: tuple[str, ...]) -> str:
    pairs = ", ".join(f"'{one}', {_AT if one == 'at' else f'e.{one}'}" for one in columns)
    return f"jsonb_build_object({pairs})"


HEADER = f"({_object(HEADER_COLUMNS)} || '{{\"v\": 1}}')::text"
PAYLOAD = "(" + _object(PAYLOAD_COLUMNS) + "".join(
    f" || CASE WHEN e.{one} IS NULL THEN '{{}}' ELSE {_object((one,))} END" for one in LATER_COLUMNS
) + ")::text"  # fmt: skip
"""Expressions over `core_audit_event e`: JSON as PostgreSQL prints jsonb, which is one text for one value."""


@dataclass(slots=True)
class Leaf:
    """A leaf and the event that it stands for, as they are found."""

    position: int
    event_id: UUID
    salt: bytes | None
    payload_hash: bytes
    leaf_hash: bytes
    header: str | None
    """None when the event is gone."""
    payload: str | None

    def wrong(self) -> str | None:
        """What is wrong with it; None when event and leaf agree."""
        if self.header is None or self.payload is None:
            return "event_missing"
        if self.salt is None:
            kept = self.payload_hash if self.payload == _ERASED else b""
        else:
            kept = payload_hash(self.salt, self.payload)
        made = leaf_hash(self.header, kept)
        # A leaf speaks of the event that its header names.
        named = f'"id": "{self.event_id}"' in self.header
        if kept != self.payload_hash or made != self.leaf_hash or not named:
            return "event_changed"
        return None


def sealed(position: int, row: Any) -> Leaf:
    """A new leaf for an event."""
    salt = secrets.token_bytes(SALT)
    kept = payload_hash(salt, row["payload"])
    made = leaf_hash(row["header"], kept)
    return Leaf(position, row["id"], salt, kept, made, row["header"], row["payload"])


def _erased() -> str:
    """The payload of an erased event, as PostgreSQL prints it: shorter keys first."""
    values = {**dict.fromkeys(PAYLOAD_COLUMNS, "null"), "actor": f'"{ERASED}"'}
    ordered = sorted(values, key=lambda name: (len(name), name))
    return "{" + ", ".join(f'"{name}": {values[name]}' for name in ordered) + "}"


_ERASED = _erased()
