"""Meta-tools: three tools through which an agent finds and runs every action."""

from typing import Any

HELP, READ, CALL = "eyeot_help", "eyeot_read", "eyeot_call"


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


def _schema(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return {**schema, "additionalProperties": False}


_ACTION = _text("Name from eyeot_help, e.g. crm.customer.list")
_ARGUMENTS = {"type": "object", "description": "The action's arguments"}
_CALLS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"action": {"type": "string"}, "arguments": {"type": "object"}},
    },
}
_ONLY_READS = {
    "readOnlyHint": True,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": False,
}
_MAY_DO_ANYTHING = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": False,
    "openWorldHint": True,
}

TOOLS: tuple[dict[str, Any], ...] = (
    {
        "name": HELP,
        "title": "Find actions",
        "description": (
            "Find what this ERP can do and how to call it, when no other tool fits."
            " query: what you want done, in French or English; gives the best actions."
            " action: its arguments, an example call, next steps."
            " module or resource: browse. Nothing: the installed modules."
        ),
        "inputSchema": _schema(
            query=_text("e.g. importer mes clients"),
            action=_text("e.g. sales.quote.send"),
            module=_text("e.g. crm"),
            resource=_text("e.g. crm.customer"),
            limit={"type": "integer", "description": "Matches, 5 by default"},
        ),
        "annotations": _ONLY_READS,
    },
    {
        "name": READ,
        "title": "Run a reading action",
        "description": (
            "Run any action that only reads (list, get, search, count, reports)."
            " Writes are refused."
        ),
        "inputSchema": _schema(("action",), action=_ACTION, arguments=_ARGUMENTS),
        "annotations": _ONLY_READS,
    },
    {
        "name": CALL,
        "title": "Run any action",
        "description": (
            "Run any action. dry_run: true tells every effect and changes nothing;"
            " do that first when unsure. Or calls: up to 50 in one transaction, all or nothing;"
            ' {"$ref": "1.id"} stands for what call 1 answered.'
        ),
        "inputSchema": _schema(
            action=_ACTION,
            arguments=_ARGUMENTS,
            calls=_CALLS,
            dry_run={"type": "boolean"},
            idempotency_key=_text("New UUID per write; the same to retry safely"),
            plan_token=_text("From a dry run, to commit exactly that"),
        ),
        "annotations": _MAY_DO_ANYTHING,
    },
)
NAMES = frozenset(tool["name"] for tool in TOOLS)
