"""OpenAPI: the catalogue of installed actions as an OpenAPI 3.1 document."""

from importlib.metadata import version
from typing import Any

from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.rest.arguments import asked_by_query, fits_query
from eyeot.surface.rest.directory import told
from eyeot.surface.rest.illustration import illustrated
from eyeot.surface.rest.refusals import RESPONSES, SCHEMAS, responses
from eyeot.surface.rest.shelf import Shelf

_ABOUT = (
    "Every action of this deployment. Reads take GET with a query; everything takes POST with one"
    " JSON object. With the argument `dry_run` or the header `X-Dry-Run` a write answers what it"
    " would do, and changes nothing; its `plan_token` commits exactly that. A write with an"
    " `Idempotency-Key` can be repeated safely. Refusals are `application/problem+json`: `code` says what,"
    " `hint` what to do next."
)
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A service key, `eyk_…`."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}
_OF_WRITES = [
    {"$ref": "#/components/parameters/DryRun"},
    {"$ref": "#/components/parameters/IdempotencyKey"},
]
_PARAMETERS = {
    "DryRun": {
        "name": "X-Dry-Run",
        "in": "header",
        "description": "Run, report every effect, change nothing.",
        "schema": {"type": "boolean"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A new UUID; a repetition with the same one is done once.",
        "schema": {"type": "string", "format": "uuid"},
    },
}


def describe(catalogue: Catalogue, public_url: str) -> dict[str, Any]:
    """The document: the actions that a key may be given, and nothing of who calls."""
    offered = [one for one in catalogue.actions.values() if one.surface == "any"]
    shelf = Shelf()
    paths: dict[str, Any] = {"/api/v1/actions": _directory(shelf)}
    paths["/api/v1/calls"] = _several(shelf)
    for one in offered:
        paths[f"/api/v1/actions/{one.name}"] = _path(one, shelf)
    modules = {one.module for one in offered}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Eyeot", "version": version("eyeot-core"), "description": _ABOUT},
        "servers": [{"url": public_url or "/"}],
        "security": [{"bearer": []}, {"key": []}],
        "tags": [
            {"name": one.name, "description": one.doc}
            for one in catalogue.plugins
            if one.name in modules
        ],
        "paths": paths,
        "components": {
            "schemas": {**SCHEMAS, **shelf.schemas},
            "responses": RESPONSES,
            "parameters": _PARAMETERS,
            "securitySchemes": _SECURITY,
        },
    }


def _directory(shelf: Shelf) -> dict[str, Any]:
    """The address that lists what the caller may use."""
    shelf.put("Directory", _DIRECTORY)
    return {
        "get": {
            "operationId": "actions",
            "summary": "List the actions this key may use",
            "responses": {
                "200": _json("The actions.", {"$ref": "#/components/schemas/Directory"}),
                **responses("401", "429", "500", "503"),
            },
        }
    }


def _several(shelf: Shelf) -> dict[str, Any]:
    """The address that takes several calls at once."""
    shelf.put("Calls", _CALLS)
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Calls"}}}
    answered = {
        "type": "object",
        "properties": {"results": {"type": "array", "items": {"type": "object"}}},
    }
    return {
        "post": {
            "operationId": "calls",
            "summary": "Run up to 50 calls in one transaction, all or nothing",
            "description": _REFERRING,
            "parameters": _OF_WRITES,
            "requestBody": {"required": True, "content": body},
            "responses": {
                "200": _json("What each call answered, in order.", answered),
                **responses(
                    "400",
                    "401",
                    "403",
                    "404",
                    "409",
                    "413",
                    "415",
                    "422",
                    "428",
                    "429",
                    "500",
                    "503",
                ),
            },
        }
    }


_REFERRING = (
    'In later arguments, `{"$ref": "1.id"}` stands for the `id` that call 1 answered. A refusal names its'
    " `call`; then nothing of the batch was kept."
)
_CALLS = {
    "type": "object",
    "required": ["calls"],
    "additionalProperties": False,
    "properties": {
        "calls": {
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": {
                "type": "object",
                "required": ["action"],
                "additionalProperties": False,
                "properties": {"action": {"type": "string"}, "arguments": {"type": "object"}},
            },
        },
        "dry_run": {"type": "boolean"},
        "idempotency_key": {"type": "string"},
        "plan_token": {"type": "string"},
    },
}
_TEXT = {"type": "string"}
_DIRECTORY = {
    "type": "object",
    "required": ["items", "total"],
    "properties": {
        "total": {"type": "integer"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "summary", "risk", "permission", "labels"],
                "properties": {
                    "name": _TEXT,
                    "summary": _TEXT,
                    "risk": {**_TEXT, "enum": ["r", "w", "x", "e", "$"]},
                    "permission": _TEXT,
                    "labels": {"type": "object", "additionalProperties": _TEXT},
                    "method": {**_TEXT, "enum": ["GET", "POST"]},
                    "requires": {**_TEXT, "enum": ["console"]},
                },
            },
        },
    },
}


def _path(action: Action, shelf: Shelf) -> dict[str, Any]:
    answered = shelf.answer(action)
    unread = () if action.reads or action.cite is None else ("428",)
    post: dict[str, Any] = {
        **_shared(action),
        "operationId": action.name,
        "requestBody": _body(action, shelf),
        "responses": {
            "200": _json("What it answered.", answered),
            **responses(
                "400", "401", "403", "404", "409", "413", "415", "422", *unread, "429", "500", "503"
            ),
        },
    }
    if not action.reads:
        return {"post": {**post, "parameters": _OF_WRITES}}
    if not asked_by_query(action):
        return {"post": post}
    get = {
        **_shared(action),
        # Action names have three parts, so this one is free.
        "operationId": f"{action.name}.get",
        "parameters": _parameters(action),
        "responses": {
            "200": _json("What it answered.", answered),
            **responses("400", "401", "403", "404", "409", "422", "429", "500", "503"),
        },
    }
    return {"get": get, "post": post}


def _shared(action: Action) -> dict[str, Any]:
    needs = "any key" if action.scope_free else f"the permission `{action.needs}`"
    about = {**told(action), "labels": action.labels, "events": list(action.events)}
    kept = ("risk", "permission", "labels", "events")
    return {
        "tags": [action.module],
        "summary": action.labels["en"],
        "description": f"{action.summary}\n\nNeeds {needs}.",
        "x-eyeot-action": {name: about[name] for name in kept},
    }


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _body(action: Action, shelf: Shelf) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": shelf.put(f"{action.name}.input", action.input_schema)}
    if action.examples:
        media["examples"] = {
            f"example{at}": {"value": illustrated(one)}
            for at, one in enumerate(action.examples, start=1)
        }
    required = bool(action.input_schema.get("required"))
    return {"required": required, "content": {"application/json": media}}


def _parameters(action: Action) -> list[dict[str, Any]]:
    required = frozenset(action.input_schema.get("required", ()))
    example = illustrated(action.examples[0]) if action.examples else {}
    return [
        _parameter(name, schema, example, required=name in required)
        for name, schema in action.input_schema["properties"].items()
        if fits_query(schema)
    ]


def _parameter(
    name: str, schema: dict[str, Any], example: dict[str, Any], *, required: bool
) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key != "description"}
    made: dict[str, Any] = {"name": name, "in": "query", "required": required, "schema": kept}
    if told := schema.get("description"):
        made["description"] = told
    if schema.get("type") == "array":
        made |= {"style": "form", "explode": True}
    if name in example:
        made["example"] = example[name]
    return made
