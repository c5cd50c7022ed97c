"""Care: what was done, who is neglected, how fast leads are answered, and whom we may write to."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Filters, ReportRow, Told, drill, report, span, typeid
from eyeot_crm.activities import Activity
from eyeot_crm.consents.record import Basis, Channel, Consent
from eyeot_crm.customers import Customer
from eyeot_crm.ids import CustomerId, UserId
from eyeot_crm.leads import Lead
from eyeot_crm.reports.asking import SellerSpell, chosen, during, percent


class DoneRow(ReportRow):
    """What one person did of a kind, and how it went."""

    user_id: UserId | None = None
    kind: Literal["call", "meeting", "email", "task", "visit", "demo"]
    outcome: str | None = None
    count: int
    minutes: int


@report(
    "crm.report.activity_summary",
    row=DoneRow,
    en="Activity report; calls, meetings and mails by person; what did the sales team do",
    fr=(
        "Rapport d'activité; appels, rendez-vous et mails par personne; qu'a fait l'équipe commerciale; "
        "activité commerciale"
    ),
    example={},
)
async def activity_summary(ctx: Context, data: SellerSpell) -> Told:
    """Count what was done in a period by person, kind and outcome, with the time it took."""
    row, spell = Activity.c, span(ctx, data.period)
    n = sa.func.count().label("n")
    minutes = sa.func.coalesce(sa.func.sum(row.duration_min), 0).label("minutes")
    where = [row.assignee_id == data.owner_id] if data.owner_id else []
    select = (
        sa.select(row.assignee_id, row.kind, row.outcome, n, minutes)
        .where(
            ctx.within(Activity), row.status == "done", during(ctx, row.closed_at, spell), *where
        )
        .group_by(row.assignee_id, row.kind, row.outcome)
        .order_by(n.desc(), row.assignee_id, row.kind, row.outcome)
    )
    rows = [
        DoneRow(
            user_id=one["assignee_id"],
            kind=one["kind"],
            outcome=one["outcome"],
            count=one["n"],
            minutes=int(one["minutes"]),
            drill=drill(
                "crm.activity.list",
                status="done",
                kind=one["kind"],
                assignee_id=typeid("core.user", one["assignee_id"]),
                closed_at_from=f"{spell.first}T00:00:00Z",
            ),
        )
        for one in await ctx.rows(select)
    ]
    totals: dict[str, Decimal | int] = {
        "count": sum(one.count for one in rows),
        "minutes": sum(one.minutes for one in rows),
    }
    return Told(rows, totals)


class Silence(Filters):
    """How many days without contact count as neglect."""

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    owner_id: UserId | None = None


class CoverageRow(ReportRow):
    """A customer nobody was in touch with for so long."""

    customer_id: CustomerId
    name: str
    tier: str | None = None
    owner_id: UserId | None = None
    last_contact_at: datetime | None = None
    silent_days: int


@report(
    "crm.report.account_coverage",
    row=CoverageRow,
    en="Account coverage report; customers nobody has contacted; neglected accounts by tier",
    fr=(
        "Rapport de couverture des comptes; clients que personne n'a contactés; comptes négligés par "
        "niveau; clients sans nouvelles"
    ),
    example={"days": 60},
)
async def account_coverage(ctx: Context, data: Silence) -> Told:
    """List customers without contact for a number of days, the important and the longest silent first."""
    row = Customer.c
    since = ctx.now - timedelta(days=data.days)
    last = sa.func.coalesce(row.last_contact_at, row.created_at)
    mine = (row.lifecycle == "customer", row.archived_at.is_(None), *chosen(Customer, data))
    found = await ctx.find(
        Customer, *mine, last < since, order=(row.tier.asc().nulls_last(), last, row.id)
    )
    rows = []
    for one in found:
        seen = await ctx.view(one)
        at = one.last_contact_at or one.created_at
        rows.append(
            CoverageRow(
                customer_id=one.id,
                name=seen["name"],
                tier=one.tier,
                owner_id=one.owner_id,
                last_contact_at=one.last_contact_at,
                silent_days=(ctx.now - at).days,
                drill=drill("crm.customer.list_timeline", id=seen["id"]),
            )
        )
    n = sa.select(sa.func.count().label("n")).where(ctx.within(Customer), *mine)
    every = (await ctx.rows(n))[0]["n"]
    totals = {
        "customers": every,
        "silent": len(rows),
        "covered_percent": percent(every - len(rows), every),
    }
    return Told(rows, totals)


class DelayRow(ReportRow):
    """Leads that waited so long for a first answer."""

    delay: Literal["within 1 h", "within 4 h", "within 1 day", "within 3 days", "later", "not yet"]
    leads: int
    share: Annotated[Exact, Field(description="Percent of all.")]


_DELAYS = (("within 1 h", 1), ("within 4 h", 4), ("within 1 day", 24), ("within 3 days", 72))


@report(
    "crm.report.lead_response_time",
    row=DelayRow,
    en="Lead response time report; how fast are enquiries answered; distribution of first answers",
    fr=(
        "Rapport du délai de réponse aux pistes; en combien de temps répond-on aux demandes; répartition "
        "des premières réponses"
    ),
    example={},
)
async def lead_response_time(ctx: Context, data: SellerSpell) -> Told:
    """Show how long the leads of a period waited for a first answer."""
    lead, spell = Lead.c, span(ctx, data.period)
    hours = sa.func.extract("epoch", lead.first_contact_at - lead.created_at) / 3600
    bounds = [(hours <= most, name) for name, most in _DELAYS]
    bucket = sa.case((lead.first_contact_at.is_(None), "not yet"), *bounds, else_="later")
    n = sa.func.count().label("n")
    select = (
        sa.select(bucket.label("delay"), n)
        .where(ctx.within(Lead), during(ctx, lead.created_at, spell), *chosen(Lead, data))
        .group_by(sa.text("1"))
    )
    found = {one["delay"]: one["n"] for one in await ctx.rows(select)}
    every = sum(found.values())
    names: tuple[Any, ...] = (*(name for name, _ in _DELAYS), "later", "not yet")
    rows = [
        DelayRow(
            delay=name,
            leads=found.get(name, 0),
            share=percent(found.get(name, 0), every),
            drill=drill(
                "crm.lead.list",
                first_contact_at_is_set=name != "not yet",
                created_at_from=f"{spell.first}T00:00:00Z",
                owner_id=typeid("core.user", data.owner_id),
            ),
        )
        for name in names
    ]
    return Told(
        rows if every else [], {"leads": every, "answered": every - found.get("not yet", 0)}
    )


class BaseRow(ReportRow):
    """How many people we may contact on a channel, by what right."""

    channel: Channel
    purpose: str | None = None
    basis: Basis | None = None
    status: Literal["granted", "withdrawn", "expired"]
    people: int


@report(
    "crm.report.consent_status",
    row=BaseRow,
    en="Consent report; how many people may we write to; reachable base by channel and legal basis",
    fr=(
        "Rapport des consentements; à combien de personnes peut-on écrire; base joignable par canal et "
        "base légale; état des accords"
    ),
    example={},
)
async def consent_status(ctx: Context, data: Filters) -> Told:  # noqa: ARG001 - the form of a report
    """Count people by channel, purpose, right and state of what they said last."""
    row = Consent.c
    said = sa.func.coalesce(row.withdrawn_at, row.granted_at, row.created_at)
    place = sa.func.row_number().over(
        partition_by=(row.party_id, row.channel, row.purpose), order_by=(said.desc(), row.id.desc())
    )
    over = sa.and_(row.status == "granted", row.expires_on < ctx.today)
    status = sa.case((over, "expired"), else_=row.status).label("status")
    last = (
        sa.select(row.channel, row.purpose, row.basis, status, place.label("place"))
        .where(ctx.within(Consent))
        .subquery()
    )
    n = sa.func.count().label("n")
    by = (last.c.channel, last.c.purpose, last.c.basis, last.c.status)
    select = sa.select(*by, n).where(last.c.place == 1).group_by(*by).order_by(n.desc(), *by)
    rows = [
        BaseRow(
            channel=one["channel"],
            purpose=one["purpose"],
            basis=one["basis"],
            status=one["status"],
            people=one["n"],
            drill=drill(
                "crm.consent.list",
                channel=one["channel"],
                purpose=one["purpose"],
                status=one["status"],
            ),
        )
        for one in await ctx.rows(select)
    ]
    held = sum(one.people for one in rows if one.status == "granted")
    return Told(rows, {"granted": held, "refused": sum(one.people for one in rows) - held})
