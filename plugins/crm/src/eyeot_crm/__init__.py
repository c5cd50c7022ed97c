"""CRM: parties, customers, contacts, leads and deals."""

from typing import Any

from eyeot import Plugin
from eyeot_crm import (
    activities,
    agenda,
    closing,
    contacts,
    conversion,
    credit,
    customers,
    doing,
    identity,
    leads,
    moving,
    notes,
    opportunities,
    overview,
    parties,
    pipelines,
    portfolio,
    prompts,
    response_times,
    stakeholders,
    stuck,
    timeline,
)

__all__ = ["plugin"]

_ALL = {"crm:read": "organisation", "crm:write": "organisation"}
_OWN = {"crm:read": "own", "crm:write": "own"}
_TEAM = {"crm:read": "team", "crm:write": "team"}
_THEIRS = {"crm.activity:delete": "own", "crm.note:delete": "own"}
_READ = {"crm:read": "organisation"}
_DELETE = {
    f"crm.{noun}:delete": "organisation"
    for noun in ("party", "lead", "opportunity", "pipeline", "stage", "activity", "note")
}
_IMPORT = {
    f"crm.{noun}:import": "organisation"
    for noun in ("party", "customer", "contact", "lead", "opportunity", "activity")
}


async def demo(given: Any) -> None:
    """Load the CRM's part of the demo company."""
    # Only --demo needs these tables of names and places.
    from eyeot_crm.demo.load import load  # noqa: PLC0415

    await load(given)


plugin = Plugin(
    name="crm",
    doc="Parties, customers, contacts, leads and deals.",
    label=("Customers and deals", "Clients et affaires"),
    modules=(
        parties,
        identity,
        customers,
        contacts,
        pipelines,
        opportunities,
        stakeholders,
        closing,
        stuck,
        portfolio,
        leads,
        response_times,
        conversion,
        credit,
        moving,
        activities,
        doing,
        agenda,
        notes,
        timeline,
        overview,
        prompts,
    ),
    roles={
        "admin": {**_ALL, **_DELETE, **_IMPORT},
        "sales": {**_OWN, **_THEIRS},
        "sales_manager": {**_TEAM, **dict.fromkeys((*_DELETE, *_IMPORT), "team")},
        "accountant": _ALL,
        "support": _ALL,
        "buyer": _ALL,
        "warehouse": _READ,
        "external_accountant": _READ,
        "auditor": _READ,
        "viewer": _READ,
    },
    migrations="eyeot_crm.migrations",
    demo=demo,
)
