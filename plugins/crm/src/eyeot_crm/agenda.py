"""Agenda: what somebody has to do today, and all that is planned as an iCalendar file."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from icalendar import Calendar, Event, Todo
from pydantic import Field

from eyeot import Context, Input, Output, Ref, Shows, action, invalid
from eyeot_crm.activities import Activity
from eyeot_crm.ids import UserId
from eyeot_crm.opportunities import Opportunity

_MOST, _MOST_EXPORTED = 200, 2_000
_URGENCY = {"high": 0, "normal": 1, "low": 2}
_PRIORITY = {"high": 1, "normal": 5, "low": 9}
"""RFC 5545, 3.8.1.9: 1 is the highest, 5 the middle, 9 the lowest."""
_TIMED = ("call", "meeting", "visit", "demo")
_USUAL_MINUTES = 30


class Day(Input):
    """Whose day, and which."""

    user_id: Annotated[UserId | None, Field(description="Your own when left out.")] = None
    on: Annotated[date | None, Field(description="Today when left out.")] = None


class Agenda(Output):
    """What is due, the most urgent first, and how much of it is late."""

    on: date
    items: Annotated[list[dict[str, Any]], Shows(record="crm.activity")]
    overdue: int
    has_more: bool


@action(
    "crm.activity.my_day",
    risk="r",
    en="My day; what do I have to do today; overdue tasks; my agenda",
    fr="Ma journée; que dois-je faire aujourd'hui; tâches en retard; mon agenda",
    example={},
)
async def my_day(ctx: Context, data: Day) -> Agenda:
    """List what is planned for a day or late by then: by priority, then the deal's amount, then lateness."""
    on, zone = data.on or ctx.today, ZoneInfo(ctx.timezone)
    end = datetime.combine(on + timedelta(days=1), time(), zone).astimezone(UTC)
    found = await _planned(ctx, _whose(ctx, data.user_id), _MOST + 1, Activity.c.due_at < end)
    worth = await _worth(ctx, found)
    late = {one.id for one in found if one.due_at and one.due_at < min(ctx.now, end)}

    def rank(one: Activity) -> Any:
        return _URGENCY[one.priority], -worth.get(one.record or "", 0), one.due_at

    items = []
    for one in sorted(found[:_MOST], key=rank):
        told = {**await ctx.view(one), "is_overdue": one.id in late}
        if one.record in worth:
            told["deal_amount"] = f"{worth[one.record]:.2f}"
        items.append(told)
    return Agenda(on=on, items=items, overdue=len(late), has_more=len(found) > _MOST)


def _whose(ctx: Context, user_id: UUID | None) -> UUID:
    found = user_id or ctx.user_id
    if found is None:
        raise invalid("user_id", "this key acts for nobody: say whose")
    return found


async def _planned(ctx: Context, user_id: UUID, limit: int, *where: Any) -> list[Activity]:
    mine = (Activity.c.assignee_id == user_id, Activity.c.status == "planned")
    return await ctx.find(Activity, *mine, *where, order=Activity.c.due_at, limit=limit)


async def _worth(ctx: Context, found: list[Activity]) -> dict[str, Any]:
    """The amounts of the deals that activities are about, as far as the caller sees them."""
    deals = [one.record.id for one in found if one.record and one.record.kind == "crm.opportunity"]
    if not deals:
        return {}
    deal = Opportunity.c
    select = sa.select(deal.id, deal.amount_amount).where(
        ctx.within(Opportunity), deal.id.in_(deals), deal.amount_amount.is_not(None)
    )
    rows = await ctx.rows(select)
    return {f"crm.opportunity/{one['id']}": one["amount_amount"] for one in rows}


class Whose(Input):
    """Whose activities."""

    user_id: Annotated[UserId | None, Field(description="Your own when left out.")] = None


class File(Output):
    """An iCalendar file."""

    filename: str
    mime: str
    content: str
    count: int


@action(
    "crm.activity.export_ical",
    risk="r",
    en="Export activities as iCalendar; ics file; subscribe to my agenda",
    fr="Exporter les activités en iCalendar; fichier ics; mon agenda dans un calendrier",
    example={},
)
async def export_ical(ctx: Context, data: Whose) -> File:
    """Give somebody's planned activities as an iCalendar file (RFC 5545): events, and tasks as to-dos."""
    found = await _planned(ctx, _whose(ctx, data.user_id), _MOST_EXPORTED)
    made = Calendar()
    made.add("prodid", "-//Eyeot//CRM//FR")
    made.add("version", "2.0")
    for one in found:
        made.add_component(_component(one))
    return File(
        filename="activites.ics",
        mime="text/calendar",
        content=made.to_ical().decode(),
        count=len(found),
    )


def _component(one: Activity) -> Event | Todo:
    """A call or meeting takes a time; a task has one by which it is due."""
    assert one.due_at
    made: Event | Todo = Event() if one.kind in _TIMED else Todo()
    made.add("uid", f"{Ref('crm.activity').write(one.id)}@eyeot")
    # When it last changed, so that the same activity is the same text.
    made.add("dtstamp", one.updated_at)
    made.add("sequence", one.version)
    made.add("summary", one.subject)
    made.add("priority", _PRIORITY[one.priority])
    if one.location:
        made.add("location", one.location)
    if isinstance(made, Event):
        made.add("dtstart", one.due_at)
        minutes = _USUAL_MINUTES if one.duration_min is None else one.duration_min
        made.add("dtend", one.due_at + timedelta(minutes=minutes))
    else:
        made.add("due", one.due_at)
    return made
