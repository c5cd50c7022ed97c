"""Platform: the core module, as a plugin like any other."""

from eyeot.declare.plugin import Plugin
from eyeot.platform import (
    agents,
    api_keys,
    audit,
    classifying,
    comments,
    documents,
    downloads,
    establishments,
    filing,
    handover,
    integrity,
    jobs,
    keepers,
    licences,
    mails,
    modules,
    notifications,
    organizations,
    page_visits,
    pages,
    permissions,
    prompts,
    role_record,
    roles,
    seals,
    seeding,
    sequences,
    session,
    tags,
    teams,
    undoing,
    users,
    versions,
)
from eyeot.platform.calendars import actions as calendar_actions
from eyeot.platform.calendars import record as calendar_record
from eyeot.platform.identity import invitations, members
from eyeot.platform.imports import actions as import_actions
from eyeot.platform.imports import loading as import_loading
from eyeot.platform.imports import record as import_record
from eyeot.platform.imports import takeover as import_takeover
from eyeot.platform.oauth import grants as oauth_grants
from eyeot.platform.papers import actions as paper_actions
from eyeot.platform.papers import letter as paper_letter
from eyeot.platform.papers import record as paper_record
from eyeot.platform.privacy import answering as privacy_answering
from eyeot.platform.privacy import holding as privacy_holding
from eyeot.platform.privacy import letter as privacy_letter
from eyeot.platform.privacy import record as privacy_record
from eyeot.platform.reports import access as report_access
from eyeot.platform.reports import hooks as report_hooks
from eyeot.platform.reports import registers as report_registers
from eyeot.platform.reports import trail as report_trail
from eyeot.platform.signatures import asking as signature_asking
from eyeot.platform.signatures import following as signature_following
from eyeot.platform.signatures import record as signature_record
from eyeot.platform.signatures import yousign as signature_yousign
from eyeot.platform.standing import calendar as standing_calendar
from eyeot.platform.standing import quality as standing_quality
from eyeot.platform.standing import readiness as standing_readiness
from eyeot.platform.webhooks import deliveries as webhook_deliveries
from eyeot.platform.webhooks import endpoints as webhook_endpoints
from eyeot.platform.webhooks import record as webhook_record

_NEWS = {notifications.MANAGE: "organisation"}
_READ = {"core:read": "organisation", oauth_grants.CONNECT: "own", **_NEWS}
_FILES = {
    **_READ,
    documents.WRITE: "organisation",
    tags.APPLY: "organisation",
    notifications.SEND: "organisation",
    jobs.WORK: "own",
}
_LOCK = {"core.document:lock": "organisation"}

ROLES: dict[str, tuple[str, dict[str, str]]] = {
    "owner": ("Everything, in every module.", {"*": "organisation"}),
    "admin": (
        "Settings, people, keys and the activity log.",
        {
            **_FILES,
            **_LOCK,
            jobs.WORK: "organisation",
            oauth_grants.CONNECT: "organisation",
            "core:write": "organisation",
            "core:admin": "organisation",
            "core:audit": "organisation",
            calendar_record.WRITE: "organisation",
            paper_record.WRITE: "organisation",
            privacy_record.PRIVACY: "organisation",
            "core.tag:delete": "organisation",
            "core.tag:merge": "organisation",
            "core.sequence:close": "organisation",
            "core.establishment:close": "organisation",
        },
    ),
    "sales": ("Sells: their own customers and deals.", _FILES),
    "sales_manager": ("Leads a sales team.", _FILES),
    "accountant": ("Keeps the books.", {**_FILES, **_LOCK, "core.sequence:close": "organisation"}),
    "buyer": ("Buys.", _FILES),
    "warehouse": ("Receives, stores and ships.", _FILES),
    "support": ("Answers customers.", _FILES),
    "hr_manager": ("Looks after staff.", {**_FILES, calendar_record.WRITE: "organisation"}),
    "employee": ("Works here.", _FILES),
    "external_accountant": ("Reads the books from outside.", _READ),
    "auditor": (
        "Reads everything, the activity log too.",
        {**_READ, "core:audit": "organisation"},
    ),
    "viewer": ("Reads.", _READ),
}
"""The roles every organisation starts with; plugins add their grants to them."""

plugin = Plugin(
    name="core",
    doc="Organisations, people, rights, keys and the proof of what was done.",
    label=("Company and team", "Entreprise et équipe"),
    about=("people, documents, tags, calendars", "personnes, documents, étiquettes, calendriers"),
    modules=(
        organizations,
        users,
        role_record,
        keepers,
        roles,
        teams,
        permissions,
        invitations,
        members,
        handover,
        seeding,
        api_keys,
        agents,
        oauth_grants,
        audit,
        seals,
        prompts,
        modules,
        jobs,
        import_record,
        import_actions,
        import_loading,
        import_takeover,
        comments,
        documents,
        versions,
        pages,
        classifying,
        filing,
        downloads,
        signature_record,
        signature_yousign,
        signature_asking,
        signature_following,
        integrity,
        tags,
        notifications,
        paper_record,
        paper_actions,
        paper_letter,
        privacy_record,
        privacy_letter,
        privacy_answering,
        privacy_holding,
        mails,
        page_visits,
        report_trail,
        report_access,
        report_hooks,
        report_registers,
        standing_readiness,
        standing_calendar,
        standing_quality,
        webhook_record,
        webhook_endpoints,
        webhook_deliveries,
        sequences,
        establishments,
        calendar_record,
        calendar_actions,
        undoing,
        licences,
        session,
    ),
    roles={name: grants for name, (_, grants) in ROLES.items()},
    permissions={
        "core:admin": (
            "Change roles, people, keys, modules and settings.",
            "Gérer les rôles, les personnes, les clés, les modules et les réglages.",
        ),
        "core.document:write": (
            "Attach, file and change documents.",
            "Joindre, classer et modifier des documents.",
        ),
        jobs.WORK: (
            "Take files in, plan actions, and stop one's own jobs.",
            "Importer des fichiers, planifier des actions et arrêter ses tâches.",
        ),
        tags.APPLY: (
            "Put tags on records and take them off.",
            "Poser et retirer des étiquettes.",
        ),
        notifications.MANAGE: (
            "Read, snooze and set one's own notifications.",
            "Lire, reporter et régler ses notifications.",
        ),
        notifications.SEND: ("Send notifications to colleagues.", "Prévenir des collègues."),
        calendar_record.WRITE: (
            "Change calendars and closing days.",
            "Modifier les calendriers et les jours de fermeture.",
        ),
        paper_record.WRITE: (
            "Change how quotes, invoices and letters look.",
            "Modifier l'apparence des devis, factures et lettres.",
        ),
        privacy_record.PRIVACY: (
            "Handle people's requests about their data, and see all that is held of them.",
            "Traiter les demandes de droits (RGPD) et voir tout ce qui est conservé sur une personne.",
        ),
        oauth_grants.CONNECT: (
            "Connect apps in one's own name, and disconnect them.",
            "Connecter des applications en son nom, et les déconnecter.",
        ),
        "core:audit": ("Read the activity log.", "Lire le journal d'activité."),
    },
    migrations="eyeot.platform.migrations",
)
