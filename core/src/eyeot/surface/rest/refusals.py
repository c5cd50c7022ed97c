"""Refusals: what the document says of every status that is not 200."""

from typing import Any

from eyeot.surface.rest.problems import MEDIA_TYPE, URN

_TOLD = {
    "400": "The request cannot be read.",
    "401": "No credential, or one that is not valid any more.",
    "402": "A write that the organisation's licence does not cover; `activate_url` leads to what would.",
    "403": "The credential does not hold the permission, or a person must do this.",
    "404": "Nothing by that name or identifier within the caller's organisation and reach.",
    "409": "The change contradicts what is there: another version, another state, a duplicate.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The arguments are wrong; `errors` names every field.",
    "428": "It names records that no answer has shown to this key; `identifiers` tells what reads them.",
    "429": "Too many calls.",
    "500": "A fault of the server; `trace_id` names it to the operator.",
    "503": "The service cannot answer now.",
}
_WAIT = {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}
_LIMIT = {
    "description": "Which limit was reached, as draft-ietf-httpapi-ratelimit-headers-10 says it.",
    "schema": {"type": "string"},
}
_HEADERS: dict[str, Any] = {
    "401": {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    "429": {"Retry-After": _WAIT, "RateLimit": _LIMIT, "RateLimit-Policy": _LIMIT},
    "503": {"Retry-After": _WAIT},
}
_OBJECT = {"type": "object"}
_TEXT = {"type": "string"}
_SWITCH = {"type": "boolean"}
_RECORD = {"type": _TEXT, "id": _TEXT, "label": _TEXT}
_CHANGE = {"type": "object", "additionalProperties": {"type": "object"}}


def _listed(members: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "array", "items": {**_OBJECT, **({"properties": members} if members else {})}}


SCHEMAS: dict[str, dict[str, Any]] = {
    "Problem": {
        "type": "object",
        "description": "Why a request was refused (RFC 9457), and what to do next.",
        "required": ["type", "title", "status", "detail", "code", "hint"],
        "properties": {
            "type": {"type": "string", "format": "uri", "examples": [f"{URN}not_found"]},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is wrong."},
            "code": {"type": "string", "description": "The kind of refusal, for programs."},
            "hint": {"type": "string", "description": "What to do next."},
            "errors": {
                **_listed({"path": _TEXT, "reason": _TEXT}),
                "description": "Every wrong field, of an `invalid` refusal.",
            },
        },
    },
    "Preview": {
        "type": "object",
        "description": "What a dry run adds to an answer.",
        "properties": {
            "dry_run": _SWITCH,
            "effects": {"$ref": "#/components/schemas/Effects"},
            "plan_token": {"type": "string", "description": "Commits exactly that, once."},
            "commit": _TEXT,
        },
    },
    "Effects": {
        "type": "object",
        "description": "Everything a call would do.",
        "properties": {
            "created": _listed({**_RECORD, "provisional_id": _SWITCH, "values": _OBJECT}),
            "modified": _listed({**_RECORD, "changes": _CHANGE}),
            "deleted": _listed(_RECORD),
            "events": {"type": "array", "items": _TEXT},
            "webhooks": _listed(),
            "notifications": _listed(
                {
                    "user_id": _TEXT,
                    "channels": {"type": "array", "items": _TEXT},
                    "kind": _TEXT,
                    "title": _TEXT,
                }
            ),
            "external": _listed(),
            "numbers": _listed({"sequence": _TEXT, "number": _TEXT, "provisional": _SWITCH}),
            "follow_ups": _listed({"event": _TEXT, "reaction": _TEXT, "does": _TEXT}),
        },
    },
}

RESPONSES: dict[str, dict[str, Any]] = {
    f"Refused{status}": {
        "description": told,
        **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, told in _TOLD.items()
}


def responses(*statuses: str) -> dict[str, Any]:
    """References to the refusals that an operation may answer."""
    return {one: {"$ref": f"#/components/responses/Refused{one}"} for one in statuses}
