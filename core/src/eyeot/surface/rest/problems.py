"""Problems: what HTTP itself refuses, and how every refusal is written (RFC 9457)."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.rest.hints import readdressed
from eyeot.surface.wire import dumps, rate_fields

MEDIA_TYPE = "application/problem+json"
URN = "urn:eyeot:problem:"


@dataclass(eq=False, kw_only=True)
class Malformed(Problem):
    """The request cannot be read."""

    status = 400
    message = "The request cannot be read: {reason}."
    hint = "{remedy}"
    reason: str
    remedy: str = "Send the arguments as one JSON object in UTF-8."


@dataclass(eq=False, kw_only=True)
class NoSuchAddress(Problem, code="not_found"):
    """Nothing is served at that address."""

    status = 404
    message = "Nothing is served at this address."
    hint = "Actions are at /api/v1/actions/{{name}}; /api/v1/openapi.json describes them."


@dataclass(eq=False, kw_only=True)
class MethodNotAllowed(Problem):
    """The address is not served by that method."""

    status = 405
    message = "{method} is not offered at this address."
    hint = "Use one of: {allow}. What changes something takes POST."
    method: str
    allow: str


@dataclass(eq=False, kw_only=True)
class BodyTooLarge(Problem):
    """The body is over the limit."""

    status = 413
    message = "The body is larger than {limit} bytes."
    hint = "Send less at once."
    limit: int


@dataclass(eq=False, kw_only=True)
class UnsupportedMediaType(Problem):
    """The body is not JSON, or is encoded."""

    status = 415
    message = "{reason}"
    hint = "Send 'Content-Type: application/json' and the body as it is, in UTF-8."
    reason: str


def title(code: str) -> str:
    """What every problem of a code has in common, for people."""
    return code.replace("_", " ").capitalize()


def written(problem: Problem) -> dict[str, Any]:
    """A refusal as a problem document: the members of RFC 9457, then the product's own."""
    told = problem.body()
    return {
        "type": f"{URN}{told['code']}",
        "title": title(told["code"]),
        "status": told.pop("status"),
        "detail": readdressed(told.pop("message")),
        **told,
        "hint": readdressed(told["hint"]),
    }


def refusal(problem: Problem, challenge: str | None = None) -> Response:
    """The answer that refuses; `challenge`: how its caller gets what is lacking."""
    body = written(problem)
    headers = {"cache-control": "no-store"}
    if challenge:
        headers["www-authenticate"] = challenge
    if isinstance(problem, MethodNotAllowed):
        headers["allow"] = problem.allow
    if (wait := body.get("retry_after")) is not None:
        headers["retry-after"] = str(wait)
        headers |= rate_fields(body)
    return Response(dumps(body), problem.status, headers, MEDIA_TYPE)
