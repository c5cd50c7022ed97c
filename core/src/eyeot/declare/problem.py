"""Problems: refusals that say what is wrong and what to do next."""

import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@dataclass(eq=False, kw_only=True)
class Problem(Exception):
    """A refusal with one shape on every surface: code, status, message, hint and its data.

    A subclass is the whole declaration: the class name is the code, the fields are the data,
    `message` and `hint` are templates over the fields.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "problem"
    message: ClassVar[str] = "The request was refused."
    hint: ClassVar[str] = ""
    #: Fields that the message or the hint tells, and a program has no use for.
    in_words: ClassVar[tuple[str, ...]] = ("remedy",)

    def __init_subclass__(cls, *, code: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = code or _snake(cls.__name__)

    def data(self) -> dict[str, Any]:
        """The fields that carry a value for a program."""
        named = (
            (f.name, getattr(self, f.name)) for f in fields(self) if f.name not in self.in_words
        )
        return {name: value for name, value in named if value is not None}

    def body(self) -> dict[str, Any]:
        """The refusal as every surface answers it (design §5.1)."""
        data = self.data()
        # What is told in words alone is no part of the data, and all the more of the message.
        every = {one.name: getattr(self, one.name) for one in fields(self)}
        shown = {name: "" if value is None else value for name, value in every.items()}
        return {
            "code": self.code,
            "status": self.status,
            "message": self.message.format(**shown).strip(),
            "hint": self.hint.format(**shown).strip(),
            **data,
        }

    def __str__(self) -> str:
        return f"{self.code}: {self.body()['message']}"


@dataclass(eq=False, kw_only=True)
class Unauthenticated(Problem):
    """No credential, or one that is not valid any more."""

    status = 401
    message = "{reason}"
    hint = (
        "Send a valid key as 'Authorization: Bearer eyk_…' or 'X-API-Key'."
        " An administrator makes one in the console (/console/keys/new) or with 'eyeot key create'; an app"
        " that signs in for its person is told where by the header WWW-Authenticate, if this server has it."
    )
    reason: str = "No valid credential was sent."
    sent: bool | None = None


@dataclass(eq=False, kw_only=True)
class LicenseRequired(Problem):
    """A write that the organisation's licence does not cover; reads always work."""

    status = 402
    message = "{reason}"
    hint = "{unblock}"
    in_words = ("reason", "number")
    reason: str
    unblock: str
    plan: str
    state: str
    seats: dict[str, int]
    """How many are used, of how many."""
    activate_url: str
    module: str | None = None
    number: int = 1
    """Which call of a batch it is, from 1."""


@dataclass(eq=False, kw_only=True)
class PermissionDenied(Problem):
    """The caller does not hold the permission, or not far enough."""

    status = 403
    message = "{action} needs the permission '{permission}', which this credential does not hold."
    hint = "Ask an administrator for it; whoami shows what this credential may do."
    action: str
    permission: str
    reach: str | None = None


@dataclass(eq=False, kw_only=True)
class BeyondCeiling(PermissionDenied, code="permission_denied"):
    """The same for a key of an agent, whose ceiling may be what lacks it."""

    message = (
        "{action} needs '{permission}', which this key, or the ceiling of its agent, leaves out."
    )
    hint = (
        "whoami shows what this credential may do. A person widens the key (core.api_key.update) or its"
        " agent's ceiling (core.agent_client.update)."
    )


@dataclass(eq=False, kw_only=True)
class BeyondPerson(PermissionDenied, code="permission_denied"):
    """The same for an app, whose person, or the ceiling of its agent, may be what lacks it."""

    message = (
        "{action} needs '{permission}', which the person you act for does not hold, or the ceiling of"
        " this app's agent leaves out."
    )
    hint = (
        "whoami shows what you may do. An administrator widens that person's roles (core.role.assign) or"
        " the ceiling (core.agent_client.update)."
    )


@dataclass(eq=False, kw_only=True)
class InsufficientScope(Problem):
    """The person holds the permission, and did not let their app use it."""

    status = 403
    message = "{action} needs '{permission}', which the person you act for holds and did not give this app."
    hint = (
        "Ask them to connect the app again and to tick it on the page that then opens"
        " (OAuth scope: {permission}). Do without it until they have."
    )
    action: str
    permission: str
    scope: str
    """All that the app has and needs, to ask for at once."""


@dataclass(eq=False, kw_only=True)
class OutOfReach(Problem, code="permission_denied"):
    """The permission is held, but not so far."""

    status = 403
    message = "{reason}"
    hint = "{remedy}"
    reason: str
    remedy: str
    action: str | None = None


@dataclass(eq=False, kw_only=True)
class HumanRequired(Problem):
    """Only a person signed in to the console may do this."""

    status = 403
    message = "{action} is reserved for a person; no key or token may run it."
    hint = "{way}: {page}"
    action: str
    page: str
    """Where in the console."""
    way: str = "Ask a person to do it in the console"

    def data(self) -> dict[str, Any]:
        """What was refused, and where it is done."""
        return {"action": self.action, "page": self.page}


@dataclass(eq=False, kw_only=True)
class OperatorRequired(Problem):
    """Only the deployment's command line may do this."""

    status = 403
    message = "{action} is reserved for the deployment's command line."
    hint = "Ask the operator of this deployment to run 'eyeot call {action} …'."
    action: str


@dataclass(eq=False, kw_only=True)
class NotFound(Problem):
    """Nothing by that identifier, in this organisation and within this caller's reach."""

    status = 404
    message = "There is no {kind} '{id}'."
    hint = "Look it up first: {lookup}"
    kind: str
    id: str
    lookup: str = "list or search the records of that kind"
    field: str | None = None


@dataclass(eq=False, kw_only=True)
class UnknownAction(Problem, code="not_found"):
    """No installed action has that name."""

    status = 404
    message = "There is no action '{action}'. {suggestion}"
    hint = "Find the right name with eyeot_help(query=…) or GET /api/v1/actions."
    action: str
    suggestion: str = ""
    nearest: list[str] | None = None


@dataclass(eq=False, kw_only=True)
class ModuleNotInstalled(Problem):
    """The action's module is not on this deployment."""

    status = 404
    message = "The module '{module}' is not installed on this deployment."
    hint = "whoami lists the installed modules; the operator can install '{module}'."
    module: str


@dataclass(eq=False, kw_only=True)
class ModuleDisabled(Problem):
    """The action's module is installed and switched off."""

    status = 403
    message = "The module '{module}' is disabled for {extent}."
    hint = "{remedy}"
    module: str
    extent: str = "this organisation"
    remedy: str = "A person enables it again with core.module.enable; its data is kept."


@dataclass(eq=False, kw_only=True)
class Conflict(Problem):
    """The change contradicts what is already there."""

    status = 409
    message = "{reason}"
    hint = "{remedy}"
    reason: str
    remedy: str = "Read the record again and decide what it should become."
    field: str | None = None


@dataclass(eq=False, kw_only=True)
class VersionConflict(Problem):
    """The record changed since the caller read it."""

    status = 409
    message = "{kind} is now at version {current}, not {expected}: it changed since you read it."
    hint = "Read it again, then repeat the change with expected_version={current}."
    kind: str
    expected: int
    current: int


@dataclass(eq=False, kw_only=True)
class StateRefused(Problem):
    """The record's state does not allow this step."""

    status = 409
    message = "{kind} is '{state}'; '{step}' needs one of {allowed}. Possible now: {possible}."
    hint = "{remedy}"
    kind: str
    state: str
    step: str
    allowed: list[str]
    possible: list[str]
    remedy: str = "Take one of the possible steps first, or choose another record."


@dataclass(eq=False, kw_only=True)
class Busy(Problem):
    """Another transaction holds the record, or the call took too long."""

    status = 409
    message = "{reason}"
    hint = "Try again in a few seconds."
    reason: str = "Another call is working on the same record."


@dataclass(eq=False, kw_only=True)
class Invalid(Problem):
    """The input is wrong; every field at once."""

    status = 422
    message = "The input is not valid: {summary}"
    hint = "{remedy}"
    errors: list[dict[str, Any]]
    summary: str = ""
    remedy: str = "Correct every field listed in 'errors' and call again."

    def data(self) -> dict[str, Any]:
        """Only the errors: the rest is in the message and the hint."""
        return {"errors": self.errors}

    def body(self) -> dict[str, Any]:
        """The refusal, with the first reasons in its message."""
        summary = self.summary or "; ".join(
            f"{e['path']}: {e['reason']}" if e.get("path") else str(e["reason"])
            for e in self.errors[:5]
        )
        return {
            "code": self.code,
            "status": self.status,
            "message": self.message.format(summary=summary),
            "hint": self.remedy,
            **self.data(),
        }


def invalid(path: str, reason: str) -> Invalid:
    """One wrong field, as a refusal."""
    return Invalid(errors=[{"path": path, "reason": reason}])


@dataclass(eq=False, kw_only=True)
class UnreadIdentifier(Problem):
    """A write names records that no answer has shown to its caller."""

    status = 428
    message = "Not read before in this conversation: {paths}."
    hint = (
        "An identifier is cited only after an answer showed it: read it first ({readings}),"
        " then call again. Never guess or build one, nor take it from a text."
    )
    identifiers: list[dict[str, Any]]
    """Of each: the argument's path, the kind of record, and the actions that read it."""
    number: int = 1
    """Which call of a batch it is, from 1."""

    def data(self) -> dict[str, Any]:
        """Only the identifiers."""
        return {"identifiers": self.identifiers}

    def body(self) -> dict[str, Any]:
        """The refusal; the same whether what is named exists or not."""
        readings = dict.fromkeys(name for one in self.identifiers for name in one["read"])
        return {
            "code": self.code,
            "status": self.status,
            "message": self.message.format(
                paths=", ".join(one["path"] for one in self.identifiers)
            ),
            "hint": self.hint.format(readings=", ".join(readings) or "eyeot_help names the action"),
            **self.data(),
        }


@dataclass(eq=False, kw_only=True)
class ProviderNotConfigured(Problem):
    """The deployment was not told whom to send this through."""

    status = 409
    message = "This deployment has no {what}."
    hint = "{remedy}"
    what: str
    remedy: str


@dataclass(eq=False, kw_only=True)
class RateLimited(Problem):
    """Too many calls."""

    status = 429
    message = "{reason}"
    hint = "Wait {retry_after} seconds, then go on."
    in_words = ("reason",)
    reason: str = "Too many calls."
    retry_after: int = 1
    policy: str | None = None
    """Whose limit was reached: credential, organisation or address."""
    limit: int | None = None
    window: int | None = None
    """The limit's window, in seconds."""


@dataclass(eq=False, kw_only=True)
class Unavailable(Problem):
    """The service cannot answer now."""

    status = 503
    message = "{reason}"
    hint = "Try again in {retry_after} seconds."
    reason: str = "The service is overloaded or its database does not answer."
    retry_after: int = 2


@dataclass(eq=False, kw_only=True)
class Internal(Problem):
    """A fault of ours: a trace id and nothing else."""

    status = 500
    message = "Something went wrong on our side; nothing was changed."
    hint = "Report the trace id {trace_id} to the operator."
    trace_id: str
