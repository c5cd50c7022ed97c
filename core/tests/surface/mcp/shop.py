"""Shop: a few hand-written actions and tools of a small company, without a database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from eyeot.declare.action import Action, Risk, SurfaceRule
from eyeot.declare.model import Input
from eyeot.declare.plugin import Plugin
from eyeot.declare.problem import (
    Conflict,
    Invalid,
    NotFound,
)
from eyeot.declare.prompt import Localized, Prompt, PromptArgument, Reading
from eyeot.declare.tool import McpResource, Tool
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.request import Request

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
        self.refused: list[tuple[Request, str]] = []
        self.notes: dict[str, str] = {}
        self.keys: set[UUID | None] = set()
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
        prompts={MEET.name: MEET},
        modules=frozenset({"core", "crm"}),
    )


MEET = Prompt(
    name="meet_customer",
    title=Localized(en="Meet a customer", fr="Rencontrer un client"),
    doc=Localized(en="Prepare a meeting.", fr="Préparer une rencontre."),
    text=Localized(
        en="Prepare my meeting with {customer} ({tone}).",
        fr="Prépare ma rencontre avec {customer}.",
    ),
    arguments=(
        PromptArgument(
            name="customer",
            doc=Localized(en="Whom.", fr="Qui."),
            required=True,
            ref="crm.customer",
        ),
        PromptArgument(
            name="tone",
            doc=Localized(en="How.", fr="Comment."),
            choices=("brief", "détaillé"),
        ),
    ),
    reads=(Reading(action="crm.customer.get", arguments={"id": "{customer}"}),),
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
    Tool(name="ask", title="Ask", action="core.lab.ask", doc="Ask who you are."),
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
            _listing(lab),
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
        made("core.lab.ask", "w", Empty, _ask),
        made("core.lab.crash", "w", Empty, _crash),
        made("core.lab.huge", "r", Size, _huge),
        made("core.lab.conflict", "w", Empty, _conflict),
    ]


async def _whoami(request: Request, _: Any) -> dict[str, Any]:
    return {"organisation": request.caller.org_slug, "actor": request.caller.actor}


def _listing(lab: Lab) -> Handler:
    async def listed(_: Request, data: Page) -> dict[str, Any]:
        page = _page(data)
        noted = [{**one, "note": lab.notes[one["id"]]} for one in page["items"] if lab.notes]
        return {**page, "items": noted or page["items"]}

    return listed


def _page(data: Page) -> dict[str, Any]:
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


class Name(Input):
    """A name."""

    name: str


async def _ask(request: Request, _: Any) -> dict[str, Any]:
    name = request.inputs.answer("who", "Your name?", Name).name
    return {"said": f"Hello, {name}!"}


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
