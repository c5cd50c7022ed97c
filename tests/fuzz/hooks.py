"""Hooks: loaded by schemathesis; they count answers, keep the fuzzer's own key, and add a check.

The environment names two files: `FUZZ_DOCUMENT`, what is tested, and `FUZZ_TALLY`, where the
counts go; in `FUZZ_PROTECTED` stands what must not be cut, or nothing could be tested any more,
and in `FUZZ_KNOWN` what was found before.
"""

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure

Json = Any
Case = schemathesis.Case[Any]
_PROTECTED = os.environ["FUZZ_PROTECTED"].split()
_KNOWN: list[list[str]] = json.loads(os.environ["FUZZ_KNOWN"])
_CUTTING = frozenset({"core.api_key.revoke", "core.user.suspend"})
_document: dict[str, Any] = json.loads(Path(os.environ["FUZZ_DOCUMENT"]).read_text())
_tally: dict[str, Counter[int]] = {}


@schemathesis.hook
def filter_case(_context: schemathesis.HookContext, case: Case) -> bool:
    """Leave out the calls that would cut the fuzzer's own key or person."""
    if _name(case) not in _CUTTING:
        return True
    sent = repr(case.body)
    return not any(one in sent for one in _PROTECTED)


@schemathesis.hook
def after_call(
    _context: schemathesis.HookContext, case: Case, response: schemathesis.Response
) -> None:
    """Count the answer."""
    name = case.operation.definition.raw["operationId"]
    _tally.setdefault(name, Counter())[response.status_code] += 1


@schemathesis.hook
def filter_failure(
    _context: schemathesis.HookContext,
    failure: Failure,
    case: Case,
    _response: schemathesis.Response,
) -> bool:
    """Leave out what was found before and has a test of its own."""
    return not any(
        name in _name(case) and failure.code == code and part in failure.message
        for name, code, part in _KNOWN
    )


@schemathesis.check
def no_undeclared_member(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """An answer holds what its schema names, and nothing else."""
    if response.status_code != 200:
        return
    declared = case.operation.definition.raw["responses"]["200"]
    schema = declared["content"]["application/json"]["schema"]
    extra = list(_undeclared(schema, response.json(), "answer"))
    assert not extra, f"undeclared: {', '.join(extra)}"


def _name(case: Case) -> str:
    return str(case.operation.path.rpartition("/")[2])


def _undeclared(schema: Json, value: Json, path: str) -> list[str]:
    if isinstance(value, list):
        items = _resolved(schema).get("items", {})
        return [one for inner in value for one in _undeclared(items, inner, f"{path}[]")]
    members = _members(schema)
    if not isinstance(value, dict) or not members:
        return []
    extra = [f"{path}.{name}" for name in value.keys() - members.keys()]
    known = value.keys() & members.keys()
    return extra + [
        one for name in known for one in _undeclared(members[name], value[name], f"{path}.{name}")
    ]


def _resolved(schema: Json) -> Json:
    while "$ref" in schema:
        kind, name = schema["$ref"].split("/")[-2:]
        schema = _document["components"][kind][name]
    return schema


def _members(schema: Json) -> dict[str, Json]:
    """The named members of an object; none where any may stand."""
    found = _resolved(schema)
    named = dict(found.get("properties", {}))
    for part in found.get("allOf", ()):
        named |= _members(part)
    return named


def _write() -> None:
    Path(os.environ["FUZZ_TALLY"]).write_text(json.dumps(_tally))


atexit.register(_write)
