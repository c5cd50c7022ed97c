"""Timeline: what happened with a customer, in the order of time."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Input, Output, RecordRef, Ref, Shows, action
from eyeot_crm.activities import Activity
from eyeot_crm.customers import Customer
from eyeot_crm.ids import CustomerId
from eyeot_crm.leads import Lead
from eyeot_crm.notes import Note
from eyeot_crm.opportunities import Opportunity, StageMove
from eyeot_crm.pipelines import Stage

Kind = Literal["change", "deal", "stage", "lead", "activity", "note"]
_MOST = 100


class Span(Input):
    """A customer, perhaps only some kinds of entry, and since when."""

    id: CustomerId
    kinds: Annotated[list[Kind], Field(max_length=6, description="All when left out.")] = Field(
        default_factory=list
    )
    since: date | None = None


class CustomerTimeline(Output):
    """Entries, newest first: when, what kind, what, and the record it happened to."""

    items: Annotated[list[dict[str, Any]], Shows("id")]
    has_more: bool


@action(
    "crm.customer.list_timeline",
    risk="r",
    en=(
        "Timeline of a customer; everything that happened with an account; what happened with a "
        "customer; recent activity of a customer"
    ),
    fr=(
        "Chronologie d'un client; tout ce qui s'est passé avec un compte; que s'est-il passé avec "
        "un client; activité récente d'un client"
    ),
    example={"id": "$crm.customer"},
    record=Customer,
)
async def list_timeline(ctx: Context, data: Span) -> CustomerTimeline:
    """List a customer's changes, deals, leads, exchanges and notes in one order of time, newest first."""
    await ctx.get(Customer, data.id)
    items = [
        entry
        for kind, entries in _ENTRIES.items()
        if not data.kinds or kind in data.kinds
        for entry in await entries(ctx, data)
        if data.since is None or entry["at"] >= data.since.isoformat()
    ]
    items.sort(key=lambda one: one["at"], reverse=True)
    return CustomerTimeline(items=items[:_MOST], has_more=len(items) > _MOST)


def _entry(kind: Kind, at: datetime, id: str, what: str, **more: Any) -> dict[str, Any]:
    told = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"at": told, "kind": kind, "id": id, "what": what, **more}


async def _changes(ctx: Context, data: Span) -> list[dict[str, Any]]:
    page = await ctx.history(Customer, data.id, _MOST, None)
    id = Ref("crm.customer").write(data.id)
    return [
        {
            "at": one["at"],
            "kind": "change",
            "id": id,
            "what": one["operation"],
            "by": one["actor"],
            "fields": sorted(one["changes"]),
        }
        for one in page["items"]
    ]


async def _deals(ctx: Context, data: Span) -> list[dict[str, Any]]:
    deal, write = Opportunity.c, Ref("crm.opportunity").write
    latest = sa.func.coalesce(deal.closed_at, deal.created_at).desc()
    select = sa.select(deal.id, deal.name, deal.status, deal.created_at, deal.closed_at)
    where = (ctx.within(Opportunity), deal.customer_id == data.id)
    found = await ctx.rows(select.where(*where).order_by(latest).limit(_MOST + 1))
    begun = [
        _entry("deal", r["created_at"], write(r["id"]), "begun", name=r["name"]) for r in found
    ]
    closed = [
        _entry("deal", r["closed_at"], write(r["id"]), r["status"], name=r["name"])
        for r in found
        if r["closed_at"]
    ]
    return begun + closed


async def _stages(ctx: Context, data: Span) -> list[dict[str, Any]]:
    move, deal, stage = StageMove.c, Opportunity.c, Stage.c
    joined = Opportunity.meta.table.join(
        StageMove.meta.table,
        sa.and_(move.org_id == deal.org_id, move.opportunity_id == deal.id),
    ).join(Stage.meta.table, sa.and_(stage.org_id == deal.org_id, stage.id == move.stage_id))
    select = sa.select(move.at, deal.id, deal.name, stage.name.label("stage")).select_from(joined)
    where = (ctx.within(Opportunity), deal.customer_id == data.id)
    found = await ctx.rows(select.where(*where).order_by(move.at.desc()).limit(_MOST + 1))
    write = Ref("crm.opportunity").write
    return [_entry("stage", r["at"], write(r["id"]), r["stage"], name=r["name"]) for r in found]


async def _leads(ctx: Context, data: Span) -> list[dict[str, Any]]:
    lead, write = Lead.c, Ref("crm.lead").write
    select = sa.select(lead.id, lead.title, lead.created_at, lead.converted_at)
    where = (ctx.within(Lead), lead.customer_id == data.id)
    found = await ctx.rows(select.where(*where).order_by(lead.id.desc()).limit(_MOST + 1))
    came = [_entry("lead", r["created_at"], write(r["id"]), "came", name=r["title"]) for r in found]
    became = [
        _entry("lead", r["converted_at"], write(r["id"]), "converted", name=r["title"])
        for r in found
        if r["converted_at"]
    ]
    return came + became


async def _activities(ctx: Context, data: Span) -> list[dict[str, Any]]:
    """What was done; what is planned is no part of what happened."""
    done, write = Activity.c, Ref("crm.activity").write
    where = (done.customer_id == data.id, done.status == "done")
    found = await ctx.find(Activity, *where, order=done.closed_at.desc(), limit=_MOST + 1)
    return [
        _entry("activity", one.closed_at, write(one.id), one.kind, name=one.subject)
        for one in found
        if one.closed_at
    ]


async def _notes(ctx: Context, data: Span) -> list[dict[str, Any]]:
    note, write = Note.c, Ref("crm.note").write
    about = note.record == RecordRef.to("crm.customer", data.id)
    found = await ctx.find(Note, about, order=note.id.desc(), limit=_MOST + 1)
    return [
        _entry("note", one.created_at, write(one.id), "written", by=one.author, text=one.body[:300])
        for one in found
    ]


_ENTRIES = {
    "change": _changes,
    "deal": _deals,
    "stage": _stages,
    "lead": _leads,
    "activity": _activities,
    "note": _notes,
}
