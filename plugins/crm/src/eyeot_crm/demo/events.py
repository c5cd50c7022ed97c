"""Events: the year told as actions, each done by somebody at some moment."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from eyeot_crm.demo import house
from eyeot_crm.demo.leads import entered_by
from eyeot_crm.demo.model import (
    Company,
    Contact,
    Customer,
    Event,
    Lead,
    LifecycleChange,
    Opportunity,
    Person,
)

_EACH = timedelta(minutes=2)
_SUPPLIERS_AFTER = timedelta(hours=5)


def _fields(thing: Any, *without: str) -> dict[str, object]:
    return {name: value for name, value in asdict(thing).items() if name not in without}


def setting_up(opening: datetime, suppliers: Sequence[Company]) -> Iterator[Event]:
    """The first day: people, teams, pipelines and lists, then the suppliers."""
    teams = [
        {**_fields(team), "members": [key for key, of in house.TEAM_OF.items() if of == team.key]}
        for team in house.TEAMS
    ]
    rows: list[tuple[str, dict[str, object]]] = [
        *(("user.create", _fields(staff, "team")) for staff in house.STAFF),
        *(("team.create", team) for team in teams),
        *(("pipeline.create", _fields(pipeline)) for pipeline in house.PIPELINES),
        *(("stage.create", _fields(stage)) for stage in house.STAGES),
        *(("lead_source.create", _fields(source)) for source in house.SOURCES),
        *(("lost_reason.create", _fields(reason)) for reason in house.LOST_REASONS),
    ]
    for n, (kind, payload) in enumerate(rows):
        yield Event(kind, opening + n * _EACH, house.OWNER, (str(payload["key"]),), payload)
    for n, company in enumerate(suppliers):
        at = opening + _SUPPLIERS_AFTER + n * _EACH
        yield Event("party.create", at, house.BUYER, (company.key,), _fields(company))


def customer_created(customer: Customer, company: Company) -> Event:
    payload = _fields(customer, "party", "starts_as", "created_at", "created_by")
    payload |= {"lifecycle": customer.starts_as, "party": _fields(company)}
    creates = (company.key, customer.key)
    return Event("customer.create", customer.created_at, customer.created_by, creates, payload)


def contact_created(contact: Contact, person: Person) -> Event:
    payload = _fields(contact, "party", "created_at", "created_by")
    payload["party"] = _fields(person)
    creates = (person.key, contact.key)
    return Event("contact.create", contact.created_at, contact.created_by, creates, payload)


def lifecycle_changed(change: LifecycleChange) -> Event:
    payload = _fields(change, "at", "by")
    return Event("customer.set_lifecycle", change.at, change.by, (), payload)


def lead_told(lead: Lead, opportunity: Opportunity | None) -> Iterator[Event]:
    """A lead from its arrival to its end, its conversion creating the opportunity."""
    yield Event("lead.create", lead.created_at, entered_by(lead), (lead.key,), _lead(lead))
    if lead.contacted_at:
        yield Event("lead.contact", lead.contacted_at, lead.owner, (), {"lead": lead.key})
    if lead.qualified_at:
        answers = {"lead": lead.key, "need": lead.need, "budget": lead.budget}
        yield Event("lead.qualify", lead.qualified_at, lead.owner, (), answers)
    if lead.closed_at and lead.status == "disqualified":
        reason = {
            "lead": lead.key,
            "reason": lead.disqualify_reason,
            "note": lead.disqualify_note,
        }
        yield Event("lead.disqualify", lead.closed_at, lead.owner, (), reason)
    if lead.closed_at and opportunity:
        result = {
            "lead": lead.key,
            "customer": lead.customer,
            "contact": lead.contact,
            "opportunity": _opportunity(opportunity),
        }
        yield Event("lead.convert", lead.closed_at, lead.owner, (opportunity.key,), result)


def _lead(lead: Lead) -> dict[str, object]:
    names = ("title", "company_name", "person_name", "email", "phone", "city", "need", "budget")
    return {name: getattr(lead, name) for name in ("key", *names, "source", "owner")}


def _opportunity(opportunity: Opportunity) -> dict[str, object]:
    names = ("name", "customer", "contacts", "pipeline", "amount", "recurring_amount")
    fields = {name: getattr(opportunity, name) for name in ("key", *names)}
    stage = opportunity.moves[0].stage
    dates = {"expected_close": opportunity.expected_close, "owner": opportunity.owner}
    return {**fields, "stage": stage, **dates}


def opportunity_told(opportunity: Opportunity, *, first_win: bool) -> Iterator[Event]:
    """An opportunity from its creation, unless a lead made it, to its end."""
    key, by = opportunity.key, opportunity.owner
    if not opportunity.lead:
        payload = _opportunity(opportunity)
        yield Event("opportunity.create", opportunity.created_at, by, (key,), payload)
    for move in opportunity.moves[1:]:
        step: dict[str, object] = {"opportunity": key, "stage": move.stage}
        yield Event("opportunity.move_stage", move.at, by, (), step)
    if not opportunity.closed_at:
        return
    end: dict[str, object] = {"opportunity": key, "stage": opportunity.stage}
    if opportunity.outcome == "won":
        end |= {"won_on": opportunity.closed_at.date(), "customer": opportunity.customer}
        end |= {"makes_customer": first_win}
        yield Event("opportunity.win", opportunity.closed_at, by, (), end)
    else:
        end |= {"lost_reason": opportunity.lost_reason, "note": opportunity.lost_note}
        yield Event("opportunity.lose", opportunity.closed_at, by, (), end)
