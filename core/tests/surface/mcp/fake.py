"""Fake engine: hand-written actions behind the interface surfaces see, without a database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError

from eyeot.declare.access import Access, Reach
from eyeot.declare.action import Action, Risk, SurfaceRule
from eyeot.declare.model import Input
from eyeot.declare.plugin import Plugin
from eyeot.declare.problem import (
    Conflict,
    HumanRequired,
    Invalid,
    ModuleNotInstalled,
    NotFound,
    OperatorRequired,
    PermissionDenied,
    Problem,
    RateLimited,
    Unauthenticated,
    Unavailable,
    UnknownAction,
    invalid,
)
from eyeot.declare.tool import McpResource, Tool
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.request import Answer, Caller, Request

Handler = Callable[[Request, Any], Awaitable[dict[str, Any]]]
CUSTOMERS = {
    f"cus_{n:03}": {"id": f"cus_{n:03}", "name": f"Client {n}", "city": "Lyon"}
    for n in range(1, 121)
}


class Empty(Input):
    """No argument."""


class Id(Input):
    """An identifier."""

    id: Annotated[str, Field(description="Id of a crm.customer (cus_…), or its siren.")]


class Page(Input):
    """A page."""

    name: Annotated[str | None, Field(description="Name contains this.", max_length=200)] = None
    status: Literal["active", "archived", "all"] = "active"
    limit: Annotated[int, Field(ge=1, le=100, description="Page size.")] = 20
    cursor: Annotated[str | None, Field(description="next_cursor of the page before.")] = None
    fields: list[str] = Field(default_factory=list)


class Words(Input):
    """Words."""

    query: Annotated[str, Field(min_length=1, description="Words, a name, an identifier.")]


class Line(BaseModel):
    """A line."""

    product: Annotated[str, Field(description="Product, by id or SKU.")]
    quantity: Annotated[str | int, Field(description="How many.")]


class NewCustomer(Input):
    """A new customer."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="Name.")]
    email: Annotated[str | None, Field(description="E-mail address.")] = None
    tier: Literal["A", "B", "C"] | None = None
    lines: list[Line] = Field(default_factory=list)
    notes: Annotated[str | None, Field(description="Anything else, which only people read.")] = None


class Seconds(Input):
    """A duration."""

    seconds: float = 0.0
    steps: int = 0
    fail: bool = False


class Size(Input):
    """How much."""

    items: int = 1000
    text: int = 100


class Lab:
    """What happened during a test."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.cancelled = 0
        self.finished = 0
        self.started = 0


def catalogue(lab: Lab) -> Catalogue:
    """A small company."""
    actions = {one.name: one for one in _actions(lab)}
    return Catalogue(
        plugins=(
            Plugin(name="core", doc="Organisations, people and keys."),
            Plugin(name="crm", doc="Customers and everything said with them."),
        ),
        actions=actions,
        resources={},
        reactions={},
        events={},
        tools={one.name: one for one in TOOLS},
        mcp_resources={
            "customers": McpResource(
                collection="customers",
                record="crm.customer",
                title="Customer",
                doc="A customer as JSON.",
            )
        },
        modules=frozenset({"core", "crm"}),
    )


TOOLS = (
    Tool(
        name="whoami",
        title="Who am I",
        action="core.session.whoami",
        doc="Who you are. Call it first.",
    ),
    Tool(
        name="list_customers",
        title="List customers",
        action="crm.customer.list",
        doc="Customers that meet conditions, a page at a time.",
        show=("name", "status", "limit", "cursor"),
    ),
    Tool(
        name="get_customer",
        title="Read a customer",
        action="crm.customer.get",
        doc="One customer by id or SIREN.",
        told={"id": "cus_… or SIREN"},
    ),
    Tool(
        name="create_customer",
        title="Create a customer",
        action="crm.customer.create",
        doc="Add a customer; search first, so that nobody is there twice.",
        show=("name", "email", "tier", "lines"),
    ),
    Tool(
        name="wait",
        title="Wait",
        action="core.lab.wait",
        doc="Take a while.",
        show=("seconds", "steps"),
    ),
    Tool(name="crash", title="Crash", action="core.lab.crash", doc="Fail in a way nobody foresaw."),
    Tool(
        name="huge",
        title="Huge",
        action="core.lab.huge",
        doc="Answer a lot.",
        show=("items", "text"),
    ),
    Tool(name="conflict", title="Conflict", action="core.lab.conflict", doc="Refuse for a reason."),
)


def made(  # noqa: PLR0913 - each is one fact about the action
    name: str,
    risk: Risk,
    model: type[BaseModel],
    handler: Handler,
    *,
    en: str = "",
    fr: str = "",
    summary: str = "",
    example: dict[str, Any] | None = None,
    surface: SurfaceRule = "any",
    next: tuple[str, ...] = (),
) -> Action:
    """An action."""
    plain = name.partition(".")[2].replace(".", " ")
    return Action(
        name=name,
        summary=summary or f"{plain.capitalize()}.",
        handler=handler,
        build_input=lambda: model,
        output=lambda: {"type": "object", "properties": {"id": {"type": "string"}}},
        risk=risk,
        en=en or plain,
        fr=fr or plain,
        examples=(example,) if example is not None else (),
        surface=surface,
        scope_free=name == "core.session.whoami",
        next=next,
    )


def _actions(lab: Lab) -> list[Action]:
    return [
        made(
            "core.session.whoami",
            "r",
            Empty,
            _whoami,
            en="Who am I; my rights",
            fr="Qui suis-je; mes droits",
        ),
        made(
            "crm.customer.list",
            "r",
            Page,
            _list,
            en="List customers; show all customers; customers",
            fr="Lister les clients; afficher les clients; clients",
            summary="List customers that meet typed conditions, in order, a page at a time.",
            example={"limit": 3},
            next=("crm.customer.get",),
        ),
        made(
            "crm.customer.get",
            "r",
            Id,
            _get,
            en="Get a customer; open a customer",
            fr="Consulter un client",
        ),
        made(
            "crm.customer.search",
            "r",
            Words,
            _search,
            en="Search customers",
            fr="Rechercher un client",
        ),
        made(
            "crm.customer.create",
            "w",
            NewCustomer,
            _create,
            en="Create a customer; new customer",
            fr="Créer un client; nouveau client",
            summary="Create a customer.",
            example={"name": "Boulangerie Petit"},
            next=("crm.customer.get", "crm.customer.export"),
        ),
        made(
            "crm.customer.export",
            "e",
            Empty,
            _whoami,
            en="Export customers",
            fr="Exporter les clients",
        ),
        made(
            "crm.customer.delete", "x", Id, _get, en="Delete a customer", fr="Supprimer un client"
        ),
        made(
            "core.role.grant",
            "w",
            Id,
            _get,
            en="Grant a role",
            fr="Accorder un rôle",
            surface="human",
        ),
        made(
            "core.organization.create",
            "w",
            Empty,
            _whoami,
            en="New organisation",
            fr="Nouvelle organisation",
            surface="operator",
        ),
        made("core.lab.wait", "w", Seconds, _waiting(lab)),
        made("core.lab.crash", "w", Empty, _crash),
        made("core.lab.huge", "r", Size, _huge),
        made("core.lab.conflict", "w", Empty, _conflict),
    ]


async def _whoami(request: Request, _: Any) -> dict[str, Any]:
    return {"organisation": request.caller.org_slug, "actor": request.caller.actor}


async def _list(_: Request, data: Page) -> dict[str, Any]:
    rows = list(CUSTOMERS.values())
    if data.cursor is not None and not data.cursor.isdigit():
        raise Invalid(errors=[{"path": "cursor", "reason": "is not one of ours"}])
    at = int(data.cursor or 0)
    page: dict[str, Any] = {"items": rows[at : at + data.limit], "total": len(rows)}
    page["has_more"] = at + data.limit < len(rows)
    if page["has_more"]:
        page["next_cursor"] = str(at + data.limit)
    return page


async def _get(_: Request, data: Id) -> dict[str, Any]:
    if data.id not in CUSTOMERS:
        raise NotFound(kind="customer", id=data.id, lookup="list_customers")
    return CUSTOMERS[data.id]


async def _search(_: Request, data: Words) -> dict[str, Any]:
    found = [one for one in CUSTOMERS.values() if data.query.lower() in one["name"].lower()]
    return {"items": [{"id": one["id"], "label": one["name"], "score": 1.0} for one in found[:10]]}


async def _create(_: Request, data: NewCustomer) -> dict[str, Any]:
    return {"id": "cus_999", "name": data.name}


async def _crash(_: Request, __: Any) -> dict[str, Any]:
    raise RuntimeError("the password is hunter2")


async def _huge(_: Request, data: Size) -> dict[str, Any]:
    items = [{"id": f"row_{n}", "text": "é" * data.text} for n in range(data.items)]
    return {"items": items, "total": data.items, "has_more": False, "next_cursor": "later"}


async def _conflict(_: Request, __: Any) -> dict[str, Any]:
    raise Conflict(reason="It is already there.")


def _waiting(lab: Lab) -> Handler:
    async def wait(request: Request, data: Seconds) -> dict[str, Any]:
        lab.started += 1
        try:
            for step in range(1, data.steps + 1):
                if request.progress:
                    request.progress(step, data.steps, f"step {step}")
                    request.progress(step, data.steps, "again")
                await asyncio.sleep(0)
            await asyncio.sleep(data.seconds)
        except asyncio.CancelledError:
            lab.cancelled += 1
            raise
        if data.fail:
            raise Conflict(reason="It failed in the end.")
        lab.finished += 1
        return {"waited": data.seconds}

    return wait


class FakeEngine:
    """Runs actions as the real one does, as far as a surface can tell."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.catalogue = catalogue(self.lab)
        self.public_url = "http://127.0.0.1:8000"
        everything = [*self.catalogue.actions]
        reads = [name for name in everything if self.catalogue.actions[name].reads]
        self._access = {
            "eyk_all": _access("all", everything),
            "eyk_reads": _access("reads", reads),
            "eyk_none": _access("none", []),
        }

    async def authenticate(self, token: str | None, _: str | None) -> Caller:
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
        for name in ("idempotency_key", "plan_token"):
            if name in request.arguments:
                raise invalid(name, "not offered by this version")
        own = {n: v for n, v in request.arguments.items() if n != "expected_version"}
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
        return Answer(result=result, effects=effects)

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
        return HumanRequired(action=action.name, page="/console")
    return OperatorRequired(action=action.name) if action.surface == "operator" else None


def _access(fingerprint: str, names: list[str]) -> Access:
    return Access(dict.fromkeys(names, Reach.ORGANISATION), {}, fingerprint)
