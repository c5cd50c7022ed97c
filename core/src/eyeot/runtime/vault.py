"""Vault: sensitive values as the audit keeps them, which only this deployment's secrets open."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from eyeot.declare.access import Reach
from eyeot.declare.record import records
from eyeot.runtime.box import Box
from eyeot.storage.view import hidden, sensitive

MARK = "[sealed]"
"""In place of a sensitive value that is not told, or that nobody can open any more."""
_PREFIX = "sealed:1:"
_PURPOSE = b"eyeot audit sensitive value v1 "
_MOST_ORGANISATIONS = 1_000


class Vault:
    """AES-256-GCM under keys derived from the deployment's secrets and the organisation.

    The first secret closes, each opens. Without one, nothing is kept of a value but the mark.
    """

    def __init__(self, secrets: Sequence[bytes] = ()) -> None:
        self._secrets = tuple(secrets)
        self._ring = lru_cache(_MOST_ORGANISATIONS)(self._made)

    def _made(self, org_id: UUID) -> tuple[Box, ...]:
        return tuple(Box(one, _PURPOSE + org_id.bytes) for one in self._secrets)

    def close(self, org_id: UUID, place: str, value: Any) -> str:
        """The sealed form of a value; it opens for the same organisation and place only."""
        if not self._secrets:
            return MARK
        raw = self._ring(org_id)[0].close(orjson.dumps(value, default=str), place.encode())
        return _PREFIX + base64.b64encode(raw).decode()

    def open(self, org_id: UUID, place: str, told: str) -> Any:
        """The value; the mark when no secret opens it."""
        try:
            raw = base64.b64decode(told.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            return MARK
        opened = (one.open(raw, place.encode()) for one in self._ring(org_id))
        found = next((one for one in opened if one is not None), None)
        return MARK if found is None else orjson.loads(found)

    def closed(
        self, org_id: UUID, change: Mapping[str, Any], names: Iterable[str]
    ) -> dict[str, dict[str, Any]]:
        """The fields of a change, those of these names sealed."""
        fields: dict[str, dict[str, Any]] = dict(change["fields"])
        for name in names:
            if name in fields:
                fields[name] = {
                    when: self.close(org_id, _place(change, name), value)
                    if value is not None
                    else None
                    for when, value in fields[name].items()
                }
        return fields

    def opened(
        self, org_id: UUID, changes: Iterable[dict[str, Any]], permissions: dict[str, Reach]
    ) -> list[dict[str, Any]]:
        """Changes as a caller may see them: sensitive values opened with their permission, else marked."""
        return [self._opened(org_id, one, permissions) for one in changes]

    def _opened(
        self, org_id: UUID, change: dict[str, Any], permissions: dict[str, Reach]
    ) -> dict[str, Any]:
        record = records.get(change["type"])
        known = dict(sensitive(record)) if record else {}
        away = hidden(record, permissions) if record else frozenset[str]()

        def told(name: str, value: Any) -> Any:
            if not isinstance(value, str) or not value.startswith(_PREFIX):
                return value
            if name not in known or name in away:
                return MARK
            return self.open(org_id, _place(change, name), value)

        fields = {
            name: {when: told(name, value) for when, value in one.items()}
            for name, one in change.get("fields", {}).items()
        }
        return {**change, "fields": fields}


def _place(change: Mapping[str, Any], name: str) -> str:
    """Where a value belongs: it cannot be shown as that of another record or field."""
    return f"{change['type']}/{change['id']}/{name}"
