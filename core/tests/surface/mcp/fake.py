"""Fake engine: runs the shop's actions behind the interface that surfaces see."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from pydantic import ValidationError

from core.tests.surface.mcp.shop import Lab, catalogue
from core.tests.surface.together import Together
from eyeot.declare.access import Access, Reach
from eyeot.declare.action import Action
from eyeot.declare.problem import (
    HumanRequired,
    Invalid,
    ModuleNotInstalled,
    OperatorRequired,
    PermissionDenied,
    Problem,
    RateLimited,
    Unauthenticated,
    Unavailable,
    UnknownAction,
)
from eyeot.runtime.feed import Feed
from eyeot.runtime.guards import plan
from eyeot.runtime.guards.idempotency import key_of
from eyeot.runtime.request import Answer, Caller, Request, Surface


class FakeEngine(Together):
    """Runs actions as the real one does, as far as a surface can tell."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.catalogue = catalogue(self.lab)
        self.public_url = "http://127.0.0.1:8000"
        self.now = datetime(2026, 11, 20, 9, tzinfo=UTC)
        self.clock = lambda: self.now
        self.outbox: list[tuple[UUID, UUID, str]] = []
        self.feed = Feed(self._happened, self.clock)
        everything = [*self.catalogue.actions]
        reads = [name for name in everything if self.catalogue.actions[name].reads]
        self._access = {
            "eyk_all": _access("all", everything),
            "eyk_reads": _access("reads", reads),
            "eyk_none": _access("none", []),
        }

    async def _happened(
        self, orgs: Collection[UUID], told: Collection[str], since: UUID
    ) -> list[tuple[UUID, UUID, str]]:
        return [one for one in self.outbox if one[0] in orgs and one[2] in told and one[1] > since]

    async def authenticate(
        self,
        token: str | None,
        _: str | None,
        surface: Surface = "mcp",  # noqa: ARG002
    ) -> Caller:
        """A caller by the name of its key."""
        if token == "eyk_limited":
            raise RateLimited(retry_after=7)
        if token == "eyk_down":
            raise Unavailable(retry_after=3)
        if token == "eyk_bug":
            raise RuntimeError("the password is hunter2")
        access = self._access.get(token or "")
        if access is None:
            raise Unauthenticated(sent=token is not None)
        return Caller(
            org_id=UUID(int=1),
            org_slug="demo",
            org_name="Demo",
            actor_type="agent",
            actor=token or "",
            access=access,
        )

    async def execute(self, request: Request) -> Answer:
        """Resolve, permit, validate, run."""
        self.lab.requests.append(request)
        action = self._resolved(request)
        given = request.arguments
        key = key_of(request.keys, given.get("idempotency_key"), reads=action.reads)
        plan.token_of(request.keys, given.get("plan_token"))
        own = {n: v for n, v in plan.bare(given).items() if n != "expected_version"}
        try:
            data = action.input.model_validate(own)
        except ValidationError as wrong:
            errors = [
                {"path": ".".join(map(str, e["loc"])), "reason": e["msg"]} for e in wrong.errors()
            ]
            raise Invalid(errors=errors) from None
        request.dry_run = request.dry_run and not action.reads
        result = await action.handler(request, data)
        effects = {"created": [{"type": "crm.customer"}]} if request.dry_run else None
        replayed = key is not None and key in self.lab.keys
        self.lab.keys.add(key)
        return Answer(result=result, effects=effects, replayed=replayed)

    async def refuse(self, request: Request, refused: Problem) -> None:
        """Note what the surface refused itself."""
        self.lab.refused.append((request, refused.code))

    def _resolved(self, request: Request) -> Action:
        action = self.catalogue.actions.get(request.action)
        if action is None:
            module = request.action.partition(".")[0]
            if module in {"sales", "hr"}:
                raise ModuleNotInstalled(module=module)
            raise UnknownAction(action=request.action)
        if refusal := _surface_rule(action):
            raise refusal
        if not self.catalogue.shows(action, request.caller.access):
            raise PermissionDenied(action=action.name, permission=action.needs)
        return action


def _surface_rule(action: Action) -> Problem | None:
    if action.surface == "human":
        return HumanRequired(action=action.name, page="/console/")
    return OperatorRequired(action=action.name) if action.surface == "operator" else None


def _access(fingerprint: str, names: list[str]) -> Access:
    return Access(dict.fromkeys(names, Reach.ORGANISATION), {}, fingerprint)
