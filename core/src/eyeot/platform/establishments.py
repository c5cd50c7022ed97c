"""Establishments: the company's sites, each with its own SIRET."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field
from eyeot.declare.identifiers import Shows
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record, records
from eyeot.declare.resource import Resource
from eyeot.declare.types import Country, Siret
from eyeot.platform.organizations import Organization

EstablishmentId = Annotated[UUID, Ref("core.establishment")]


class SiteAddress(BaseModel):
    """A postal address in the structured fields of ISO 20022."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    line1: Annotated[str, Limits(min_length=1, max_length=120, description="Number and street.")]
    line2: Annotated[str | None, Limits(max_length=120)] = None
    postcode: Annotated[str | None, Limits(max_length=12)] = None
    city: Annotated[str, Limits(min_length=1, max_length=80)]
    country: Country = "FR"


class Establishment(
    Record,
    name="core.establishment",
    prefix="est",
    search=("name",),
    exact=("siret",),
    unique=(("siret",),),
    reach=Shared(),
    state="status",
):
    """A place where the company works."""

    name: str = field("What it is called.", max_length=120)
    siret: Siret = field("Its SIRET.", access="create")
    address: SiteAddress | None = field("Where it is.", default=None)
    is_head_office: bool = field("Whether it is the head office.", default=False)
    workforce: int | None = field("How many people work there.", ge=0, le=10**6, default=None)
    electronic_address: str | None = field("Address for e-invoices.", max_length=100, default=None)
    opened_on: date | None = field("Since when.", default=None)
    closed_on: date | None = field("Until when.", access="read", default=None)
    status: Literal["active", "closed"] = field(
        "Whether anybody works there.", access="read", default="active"
    )


# Two calls at once could each find no head office yet.
sa.Index(
    "uq_core_establishment_is_head_office",
    Establishment.c.org_id,
    unique=True,
    postgresql_where=Establishment.c.is_head_office,
)

lifecycle = Lifecycle("status", "active", (by_hand("close", "active", to="closed"),))


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Hold the SIRET to the company's SIREN, and the head office to one."""
    own = await ctx.first(Organization)
    if own and own.siren and not row.siret.startswith(own.siren):
        raise invalid("siret", f"begins with another SIREN than the company's, {own.siren}")
    if values.get("is_head_office"):
        await _refuse_second(ctx, row)


async def _refuse_second(ctx: Context, row: Establishment) -> None:
    where = [Establishment.c.is_head_office]
    if not row.is_new:
        where.append(Establishment.c.id != row.id)
    if row.status != "active":
        raise Conflict(reason="A closed establishment is no head office.", field="is_head_office")
    if other := await ctx.first(Establishment, *where):
        raise Conflict(
            reason=f"The head office is '{other.name}'; a company has one.",
            remedy="Update that one with is_head_office=false first.",
            field="is_head_office",
        )


establishments = Resource(
    Establishment,
    profile="config",
    adding="search",
    en="establishment; establishments; site; branch; office",
    fr="établissement; établissements; site; agence; succursale",
    lifecycle=lifecycle,
    prepare=prepare,
    example={
        "name": "Dépôt de Chaponost",
        "siret": "65201974600518",
        "address": {"line1": "4 rue des Sables", "postcode": "69630", "city": "Chaponost"},
    },
)


class EstablishmentClosed(Event, name="core.establishment.closed"):
    """A site was closed; what was there is to go to another, when one is named."""

    establishment_id: EstablishmentId
    closed_on: date
    transfer_to: EstablishmentId | None


class Close(Input):
    """Which site, from when, and which takes over."""

    id: EstablishmentId
    closed_on: date
    transfer_to: EstablishmentId | None = None


class Closed(Output):
    """The end of the site, and what still names it."""

    establishment_id: EstablishmentId
    closed_on: date
    head_office_id: EstablishmentId | None
    proposals: Annotated[
        list[dict[str, Any]],
        Limits(description="By kind: how many records name it, and the action that moves them."),
        Shows("transfer_to"),
    ]


@action(
    "core.establishment.close",
    risk="x",
    en="Close an establishment; shut a site down; close a branch office; close a site",
    fr="Fermer un établissement; fermer un site; cesser une agence; fermer une agence",
    example={
        "id": "$core.establishment?status=active&is_head_office=false",
        "closed_on": "2026-06-30",
    },
    events=("core.establishment.closed",),
    record=Establishment,
)
async def close(ctx: Context, data: Close) -> Closed:
    """Close a site for good and propose where what still names it may go; nothing is moved by itself."""
    row = await ctx.get(Establishment, data.id, lock=True)
    if row.opened_on and data.closed_on < row.opened_on:
        raise invalid("closed_on", f"it opened on {row.opened_on}")
    heir = await _heir(ctx, row, data)
    lifecycle.take(row, "close")
    row.closed_on = data.closed_on
    if row.is_head_office and heir:
        row.is_head_office = False
        # The old one first: the database holds no two head offices at any moment.
        await ctx.save(row)
        heir.is_head_office = True
        await ctx.save(heir)
    ctx.emit(
        EstablishmentClosed(
            establishment_id=row.id, closed_on=data.closed_on, transfer_to=data.transfer_to
        )
    )
    head = await ctx.first(Establishment, Establishment.c.is_head_office)
    return Closed(
        establishment_id=row.id,
        closed_on=data.closed_on,
        head_office_id=head.id if head else None,
        proposals=await _proposals(ctx, row.id, data.transfer_to),
    )


async def _heir(ctx: Context, row: Establishment, data: Close) -> Establishment | None:
    if data.transfer_to is None:
        if row.is_head_office:
            raise Conflict(
                reason=f"'{row.name}' is the head office; a company keeps one.",
                remedy="Name in transfer_to the site that becomes it.",
                field="transfer_to",
            )
        return None
    heir = await ctx.get(Establishment, data.transfer_to, lock=True)
    if heir.id == row.id or heir.status != "active" or heir.archived_at is not None:
        raise Conflict(reason="Only another, active site can take over.", field="transfer_to")
    return heir


async def _proposals(ctx: Context, id: UUID, heir: UUID | None) -> list[dict[str, Any]]:
    """What names the site, of whatever module, as far as the caller reaches."""
    found = []
    write = Ref("core.establishment").write
    for name, record in sorted(records.items()):
        for one in record.meta.fields.values():
            if one.target != "core.establishment":
                continue
            count = sa.select(sa.func.count().label("n"))
            where = (ctx.within(record), record.c[one.name] == id)
            total = (await ctx.rows(count.where(*where)))[0]["n"]
            if total:
                told = {"kind": name, "field": one.name, "count": total, "action": f"{name}.update"}
                found.append(told | ({"transfer_to": write(heir)} if heir else {}))
    return found
