"""Inputs: what an action asks of whoever calls before it can go on, and the answers to that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import ValidationError

from eyeot.declare.model import Input, describe
from eyeot.declare.problem import Problem

InputKind = Literal["elicitation", "sampling", "roots"]
"""elicitation: a form for a person · sampling: a text from the caller's model · roots: its folders."""

F = TypeVar("F", bound=Input)
_PRIMITIVES = frozenset({"string", "number", "integer", "boolean"})


@dataclass(frozen=True, slots=True)
class InputRequest:
    """One thing that is asked, with the parameters of its kind."""

    kind: InputKind
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What came with a call besides its arguments."""

    kinds: frozenset[str] = frozenset()
    """What the caller can be asked for."""
    responses: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Answers by the key they were asked under. Anybody may send any: `state` tells what was asked."""
    state: dict[str, Any] | None = None
    """What the action kept when it asked; nobody outside could read or change it."""
    once: UUID | None = None
    """Marks the one write that may follow from what was asked."""

    def answer(self, key: str, message: str, form: type[F]) -> F:
        """What a person answered to a form; `InputRequired` until then, `Declined` if they would not.

        An answer counts for the words that were shown alone: when another call has the same key, or what is
        asked has changed since, it is asked again. Earlier answers travel in the state.
        """
        answers = self._answers()
        if _question(key, message) in answers:
            given = answers.pop(_question(key, message))
            if given is None:
                raise Declined(key=key)
            try:
                return form.model_validate(given)
            except ValidationError:
                pass
        raise InputRequired(
            requests={key: elicitation(message, form)},
            state={"asked": [key, message], "answers": answers},
        )

    def _answers(self) -> dict[str, Any]:
        """Every answer so far by its question; None for one that was declined."""
        state = self.state or {}
        answers = dict(state.get("answers", {}))
        if (asked := state.get("asked")) and (given := self.responses.get(asked[0])):
            agreed = given.get("action") == "accept"
            answers[_question(*asked)] = (given.get("content") or {}) if agreed else None
        return answers


def _question(key: str, message: str) -> str:
    return f"{key}: {message}"


NO_INPUTS = Inputs()


@dataclass(eq=False, kw_only=True)
class InputRequired(Problem):
    """An action cannot go on before these are answered; it has changed nothing and holds nothing."""

    status = 428
    message = "An answer is needed first: {asked}"
    hint = (
        "Call again through an MCP client that can put questions to a person (elicitation),"
        " or ask a person to do it."
    )
    requests: dict[str, InputRequest]
    state: dict[str, Any] | None = None

    def data(self) -> dict[str, Any]:
        """What is asked; never the state."""
        return {"requests": {k: {"kind": r.kind, **r.params} for k, r in self.requests.items()}}

    def body(self) -> dict[str, Any]:
        """The refusal of a surface that cannot ask."""
        asked = (str(r.params.get("message") or r.kind) for r in self.requests.values())
        return {
            "code": self.code,
            "status": self.status,
            "message": self.message.format(asked=" ".join(asked)),
            "hint": self.hint,
            **self.data(),
        }


@dataclass(eq=False, kw_only=True)
class Declined(Problem):
    """The person who was asked did not agree."""

    status = 409
    message = "The person who was asked did not agree; nothing was changed."
    hint = "Do not ask again unless the person wants it."
    key: str


@dataclass(eq=False, kw_only=True)
class InvalidRequestState(Problem):
    """What a caller gave back is not what it was given, is too old, or was used before."""

    status = 400
    message = "Invalid or expired requestState."
    hint = "Call again without inputResponses and requestState, and answer what is asked then."
    reason: str = "invalid_request_state"


def elicitation(message: str, form: type[Input]) -> InputRequest:
    """A form for a person: flat, of texts, numbers, booleans and choices, as every client can show it.

    Never ask for a secret in a form: the caller's model may see it.
    """
    schema = describe(form)
    properties: dict[str, Any] = schema.get("properties", {})
    for name, one in properties.items():
        choices = one.get("type") == "array" and "enum" in one.get("items", {})
        if one.get("type") not in _PRIMITIVES and not choices:
            raise TypeError(f"{form.__name__}.{name} cannot be asked for in a form: keep it flat")
    asked: dict[str, Any] = {"type": "object", "properties": properties}
    if schema.get("required"):
        asked["required"] = schema["required"]
    return InputRequest("elicitation", {"message": message, "requestedSchema": asked})
