"""Signing: a delivery as Standard Webhooks 1.0 sends it (www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from eyeot.runtime.encoding import dumps

_PREFIX = "whsec_"
_AGENT = "Eyeot-Webhooks/1"


def body(row: Mapping[str, Any]) -> bytes:
    """What is sent: the same bytes at each attempt, as long as nothing was given up before it."""
    told: dict[str, Any] = {
        "type": row["event_type"],
        "timestamp": moment(row["happened_at"]),
        "data": row["payload"],
    }
    if row["after_gap"]:
        told["after_gap"] = True
    if row["test"]:
        told["test"] = True
    return dumps(told)


def moment(at: datetime) -> str:
    """A time as JSON has it, in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def headers(event: UUID, at: datetime, content: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of an attempt, signed with each secret: its id, its time, and what was said."""
    stamp = str(int(at.timestamp()))
    signed = b".".join((str(event).encode(), stamp.encode(), content))
    return {
        "content-type": "application/json",
        "user-agent": _AGENT,
        "webhook-id": str(event),
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signature(one, signed) for one in secrets),
    }


def signature(secret: str, signed: bytes) -> str:
    """`v1,` and the HMAC-SHA-256 in base64."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
