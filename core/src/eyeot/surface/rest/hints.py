"""Hints: what a refusal advises, in terms of these addresses rather than of the MCP tools."""

import re

_LIST = "GET /api/v1/actions"
_OF_ACTION = re.compile(r"eyeot_help\(action=['\"]?([\w.]+)['\"]?\)")
_TWICE = re.compile(rf"eyeot_help\([^)]*\) or {_LIST}")
_ANY = re.compile(r"eyeot_help\([^)]*\)|eyeot_help\b")


def readdressed(text: str) -> str:
    """The text with each mention of help replaced by where REST tells the same."""
    if "eyeot_help" not in text:
        return text
    text = _OF_ACTION.sub(lambda found: _described(found[1]), text)
    return _ANY.sub(_LIST, _TWICE.sub(_LIST, text))


def _described(action: str) -> str:
    """The place of an action in the OpenAPI document, as a JSON pointer."""
    return f"/api/v1/openapi.json#/paths/~1api~1v1~1actions~1{action}"
