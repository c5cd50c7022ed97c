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
from eyeot_crm.bank_accounts import actions as bank_actions
from eyeot_crm.bank_accounts import record as bank_accounts
from eyeot_crm.campaigns import actions as campaign_actions
from eyeot_crm.campaigns import attribution
from eyeot_crm.campaigns import record as campaigns
from eyeot_crm.campaigns import sending as campaign_sending
from eyeot_crm.competitors import record as competitors
from eyeot_crm.competitors import rivals, winning
from eyeot_crm.consents import actions as consent_actions
from eyeot_crm.consents import purge
from eyeot_crm.consents import record as consents
from eyeot_crm.insight import brief, health, prediction, white_space
from eyeot_crm.mailing import sending as mail_sending
from eyeot_crm.mailing import signature, verification
from eyeot_crm.merging import actions as merging
from eyeot_crm.products import actions as product_actions
from eyeot_crm.products import keeping as product_keeping
from eyeot_crm.products import quoting
from eyeot_crm.products import record as products
from eyeot_crm.quality import duplicates, recognising
from eyeot_crm.quality import identifiers as quality_of_identifiers
from eyeot_crm.registry import checks, companies, enriching, providers
from eyeot_crm.reports import care, pipeline, results
from eyeot_crm.reports import targets as target_report
from eyeot_crm.routing import actions as routing
from eyeot_crm.scoring import actions as scoring_actions
from eyeot_crm.scoring import record as scoring
from eyeot_crm.segments import actions as segment_actions
from eyeot_crm.segments import record as segments
from eyeot_crm.sources import lead_source, lost_reason, roi
from eyeot_crm.sources import starting as first_rows
from eyeot_crm.takeover import third_parties
from eyeot_crm.targets import distributing, progress
from eyeot_crm.targets import record as targets

__all__ = ["plugin"]

_ALL = {"crm:read": "organisation", "crm:write": "organisation"}
_OWN = {"crm:read": "own", "crm:write": "own"}
_TEAM = {"crm:read": "team", "crm:write": "team"}
_THEIRS = {"crm.activity:delete": "own", "crm.note:delete": "own"}
_READ = {"crm:read": "organisation"}
_DELETE = {
    f"crm.{noun}:delete": "organisation"
    for noun in (
        "party",
        "lead",
        "opportunity",
        "pipeline",
        "stage",
        "activity",
        "note",
        "campaign",
        "scoring_rule",
    )
}
_MERGE = {f"crm.{noun}:merge": "organisation" for noun in ("party", "customer", "contact")}
_PURGE = {"crm.consent:purge_stale_prospects": "organisation"}
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
    about=("customer files, contacts, leads", "fiches clients, contacts, pistes"),
    modules=(
        parties,
        identity,
        customers,
        contacts,
        pipelines,
        opportunities,
        stakeholders,
        competitors,
        rivals,
        winning,
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
        consents,
        consent_actions,
        purge,
        lead_source,
        lost_reason,
        first_rows,
        roi,
        segments,
        segment_actions,
        campaigns,
        campaign_actions,
        campaign_sending,
        attribution,
        bank_accounts,
        bank_actions,
        products,
        product_actions,
        product_keeping,
        quoting,
        scoring,
        scoring_actions,
        merging,
        mail_sending,
        signature,
        routing,
        brief,
        health,
        prediction,
        white_space,
        targets,
        progress,
        distributing,
        pipeline,
        results,
        target_report,
        care,
        providers,
        checks,
        companies,
        enriching,
        verification,
        duplicates,
        quality_of_identifiers,
        recognising,
        third_parties,
    ),
    permissions={
        targets.SET: (
            "Set what others are to sell",
            "Fixer les objectifs de vente des autres",
        ),
    },
    roles={
        "admin": {**_ALL, **_DELETE, **_IMPORT, **_MERGE, **_PURGE, targets.SET: "organisation"},
        "sales": {**_OWN, **_THEIRS},
        "sales_manager": {
            **_TEAM,
            **dict.fromkeys((*_DELETE, *_IMPORT, *_MERGE, targets.SET), "team"),
        },
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
