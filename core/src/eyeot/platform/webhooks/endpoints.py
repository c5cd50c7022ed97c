"""Endpoints: made, changed, tried, paused and taken back."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output, Secret
from eyeot.declare.problem import invalid
from eyeot.declare.types import Url
from eyeot.platform.webhooks.checks import (
    check_url,
    modules_of,
    new_secret,
    sealed_headers,
    sealed_secret,
)
from eyeot.platform.webhooks.record import (
    ADMIN,
    Delivery,
    Endpoint,
    EndpointId,
    SecretRotated,
    lifecycle,
)
from eyeot.runtime.eventtypes import sample

_LONGEST_OVERLAP = 168
Patterns = Annotated[
    list[Annotated[str, Limits(max_length=200)]], Limits(min_length=1, max_length=100)
]
Headers = Annotated[dict[str, str], Secret, Limits(description="Sent with each call; kept sealed.")]
Words = Annotated[str, Limits(min_length=1, max_length=200)]


def _everything() -> list[str]:
    return ["*"]


class NewEndpoint(Input):
    """Where to, and what of."""

    url: Annotated[Url, Limits(max_length=2_000)]
    events: Patterns = Limits(default_factory=_everything)
    description: Words | None = None
    headers: Headers | None = None


class MadeEndpoint(Output):
    """An endpoint, with the secret of its signatures shown this once."""

    id: EndpointId
    url: str
    events: list[str]
    modules: list[str]
    secret: Annotated[str, Secret]
    former_until: datetime | None = None


@action(
    "core.webhook_endpoint.create",
    risk="w",
    en="Create a webhook endpoint; add a webhook; send events to an address; new callback",
    fr=(
        "Créer un récepteur de webhooks; ajouter un webhook; envoyer les événements à une "
        "adresse; nouvelle adresse de rappel"
    ),
    example={"url": "https://example.com/hooks/eyeot", "events": ["core.team.*"]},
    events=("core.webhook_endpoint.created",),
    surface="human",
    permission=ADMIN,
    record=Endpoint,
    next=("core.webhook_endpoint.test", "core.webhook_delivery.list"),
)
async def create(ctx: Context, data: NewEndpoint) -> MadeEndpoint:
    """Have events sent to an address, signed; its secret is shown this once.

    It is told of the modules that you can read as a whole.
    """
    check_url(ctx, data.url)
    secret = new_secret()
    row = ctx.draft(
        Endpoint(
            url=data.url,
            description=data.description,
            events=data.events,
            modules=modules_of(ctx, data.events),
            created_by=ctx.user_id,
        )
    )
    row.sealed = sealed_secret(ctx, secret, row.id)
    _set_headers(ctx, row, data.headers)
    return _made(await ctx.add(row), secret)


def _set_headers(ctx: Context, row: Endpoint, headers: dict[str, str] | None) -> None:
    row.headers = sealed_headers(ctx, headers, row.id) if headers else None
    row.header_names = sorted(headers or {})


def _made(row: Endpoint, secret: str) -> MadeEndpoint:
    return MadeEndpoint(
        id=row.id,
        url=row.url,
        events=row.events,
        modules=row.modules,
        secret=secret,
        former_until=row.former_until,
    )


class Chosen(Input):
    """One endpoint."""

    id: EndpointId


class Change(Chosen):
    """What changes; the rest stays."""

    url: Annotated[Url, Limits(max_length=2_000)] | None = None
    events: Patterns | None = None
    description: Annotated[Words | None, Limits(description="null clears it.")] = None
    headers: Annotated[
        Headers | None, Limits(description="In place of those before; null takes them away.")
    ] = None


@action(
    "core.webhook_endpoint.update",
    risk="w",
    en="Update a webhook endpoint; change a webhook's address or events; edit a webhook",
    fr="Modifier un récepteur de webhooks; changer l'adresse ou les événements d'un webhook",
    example={"id": "$core.webhook_endpoint", "description": "Journal des ventes"},
    events=("core.webhook_endpoint.updated",),
    surface="human",
    permission=ADMIN,
    record=Endpoint,
    next=("core.webhook_endpoint.get", "core.webhook_endpoint.history"),
)
async def update(ctx: Context, data: Change) -> Endpoint:
    """Change where an endpoint is, what it is told of, or the headers it is sent."""
    given = data.model_fields_set - {"id"}
    if not given:
        raise invalid("", "no field to change was given")
    if empty := [name for name in ("url", "events") if name in given and not getattr(data, name)]:
        raise invalid(empty[0], "cannot be cleared: it always has a value")
    row = await ctx.get(Endpoint, data.id, lock=True)
    if data.url:
        check_url(ctx, data.url)
        row.url = data.url
    if data.events:
        row.events, row.modules = data.events, modules_of(ctx, data.events)
    if "description" in given:
        row.description = data.description
    if "headers" in given:
        _set_headers(ctx, row, data.headers)
    return row


class Rotate(Chosen):
    """Which endpoint, and how long the former secret signs too."""

    overlap_hours: Annotated[int, Limits(ge=0, le=_LONGEST_OVERLAP)] = 24


@action(
    "core.webhook_endpoint.rotate_secret",
    risk="w",
    en="Rotate a webhook's secret; new signing secret; replace a webhook's signing key",
    fr="Renouveler le secret d'un webhook; nouveau secret de signature; changer la clé de signature",
    example={"id": "$core.webhook_endpoint"},
    events=("core.webhook_endpoint.updated", "core.webhook_endpoint.secret_rotated"),
    surface="human",
    permission=ADMIN,
    record=Endpoint,
)
async def rotate_secret(ctx: Context, data: Rotate) -> MadeEndpoint:
    """Give an endpoint a new secret; for the overlap each call is signed with both."""
    row = await ctx.get(Endpoint, data.id, lock=True)
    secret = new_secret()
    row.former_sealed = row.sealed if data.overlap_hours else None
    row.former_until = ctx.now + timedelta(hours=data.overlap_hours) if data.overlap_hours else None
    row.sealed = sealed_secret(ctx, secret, row.id)
    ctx.emit(SecretRotated(endpoint_id=row.id))
    return _made(row, secret)


@action(
    "core.webhook_endpoint.pause",
    risk="w",
    en="Pause a webhook; stop webhook calls; hold webhooks back",
    fr="Suspendre un webhook; arrêter les webhooks; retenir les appels de webhook",
    example={"id": "$core.webhook_endpoint?status=active"},
    events=("core.webhook_endpoint.updated",),
    permission=ADMIN,
    record=Endpoint,
    cuts=True,
    next=("core.webhook_endpoint.resume",),
)
async def pause(ctx: Context, data: Chosen) -> Endpoint:
    """Stop telling an endpoint; what happens meanwhile waits, for thirty days at most."""
    row = await ctx.get(Endpoint, data.id, lock=True)
    lifecycle.take(row, "pause")
    return row


@action(
    "core.webhook_endpoint.resume",
    risk="w",
    en="Resume a webhook; restart a paused webhook; reactivate a webhook",
    fr="Reprendre un webhook; relancer un webhook suspendu; réactiver un webhook",
    example={"id": "$core.webhook_endpoint?status=paused"},
    events=("core.webhook_endpoint.updated",),
    surface="human",
    permission=ADMIN,
    record=Endpoint,
    next=("core.webhook_delivery.redeliver_failed",),
)
async def resume(ctx: Context, data: Chosen) -> Endpoint:
    """Tell a paused or disabled endpoint again, beginning with what waited, in order."""
    row = await ctx.get(Endpoint, data.id, lock=True)
    lifecycle.take(row, "resume")
    row.failure_count, row.disabled_at = 0, None
    return row


class Trial(Input):
    """Which endpoint, and a sample of what."""

    endpoint_id: EndpointId
    event_type: Annotated[
        str | None, Limits(max_length=200, description="e.g. core.team.created; any when left out.")
    ] = None


@action(
    "core.webhook_endpoint.test",
    risk="e",
    en="Test a webhook; send a sample event; try a webhook endpoint",
    fr="Tester un webhook; envoyer un événement d'essai; essayer un récepteur",
    example={"endpoint_id": "$core.webhook_endpoint"},
    events=("core.webhook_delivery.created",),
    permission=ADMIN,
    record=Delivery,
    next=("core.webhook_delivery.get",),
)
async def test(ctx: Context, data: Trial) -> Delivery:
    """Have a signed sample event sent, to a paused endpoint too; read the delivery for the answer."""
    row = await ctx.get(Endpoint, data.endpoint_id)
    known = {one.name: one for one in ctx.event_types() if one.module in row.modules}
    name = data.event_type or next(iter(known), "")
    if name not in known:
        raise invalid("event_type", "is no event that this endpoint could be told of")
    made = ctx.draft(
        Delivery(
            endpoint_id=row.id,
            event_id=row.id,
            event_type=name,
            happened_at=ctx.now,
            next_retry_at=ctx.now,
            payload=sample(known[name]),
            test=True,
        )
    )
    # It is an event of its own, and known only now.
    made.event_id = made.id
    return await ctx.add(made)


class Catalogue(Input):
    """Of which module."""

    module: Annotated[str | None, Limits(max_length=40, description="e.g. crm.")] = None


class Kind(Output):
    """A type of event."""

    name: str
    doc: str
    payload: Annotated[dict[str, Any], Limits(description="The JSON Schema of `data`.")]


class Kinds(Output):
    """Types of events, by module."""

    modules: dict[str, list[Kind]]


@action(
    "core.webhook_endpoint.list_event_types",
    risk="r",
    en="List webhook event types; which events can be subscribed to; event catalogue",
    fr="Lister les types d'événements; à quels événements s'abonner; catalogue des événements",
    example={"module": "core"},
    permission=ADMIN,
)
async def list_event_types(ctx: Context, data: Catalogue) -> Kinds:
    """List what endpoints can be told of, with the JSON Schema of what each event carries."""
    found: dict[str, list[Kind]] = {}
    for one in ctx.event_types():
        if data.module in (None, one.module):
            kind = Kind(name=one.name, doc=one.doc, payload=one.payload)
            found.setdefault(one.module, []).append(kind)
    if data.module and not found:
        raise invalid("module", "is no module in use here")
    return Kinds(modules=found)
