"""Platform: the core module, as a plugin like any other."""

from eyeot.declare.plugin import Plugin
from eyeot.platform import (
    api_keys,
    audit,
    comments,
    documents,
    downloads,
    filing,
    handover,
    integrity,
    jobs,
    modules,
    organizations,
    permissions,
    prompts,
    roles,
    seeding,
    session,
    users,
    versions,
)
from eyeot.platform.imports import actions as import_actions
from eyeot.platform.imports import loading as import_loading
from eyeot.platform.imports import record as import_record

_FILES = {"core:read": "organisation", documents.WRITE: "organisation"}

ROLES: dict[str, tuple[str, dict[str, str]]] = {
    "owner": ("Everything, in every module.", {"*": "organisation"}),
    "admin": (
        "Settings, people, keys and the activity log.",
        {
            "core:read": "organisation",
            "core:write": "organisation",
            "core:admin": "organisation",
            "core:audit": "organisation",
            documents.WRITE: "organisation",
            "core.document:lock": "organisation",
        },
    ),
    "sales": ("Sells: their own customers and deals.", _FILES),
    "sales_manager": ("Leads a sales team.", _FILES),
    "accountant": ("Keeps the books.", {**_FILES, "core.document:lock": "organisation"}),
    "buyer": ("Buys.", _FILES),
    "warehouse": ("Receives, stores and ships.", _FILES),
    "support": ("Answers customers.", _FILES),
    "hr_manager": ("Looks after staff.", _FILES),
    "employee": ("Works here.", _FILES),
    "external_accountant": ("Reads the books from outside.", {"core:read": "organisation"}),
    "auditor": (
        "Reads everything, the activity log too.",
        {"core:read": "organisation", "core:audit": "organisation"},
    ),
    "viewer": ("Reads.", {"core:read": "organisation"}),
}
"""The roles every organisation starts with; plugins add their grants to them."""

plugin = Plugin(
    name="core",
    doc="Organisations, people, rights, keys and the proof of what was done.",
    modules=(
        organizations,
        users,
        roles,
        permissions,
        handover,
        seeding,
        api_keys,
        audit,
        prompts,
        modules,
        jobs,
        import_record,
        import_actions,
        import_loading,
        comments,
        documents,
        versions,
        filing,
        downloads,
        integrity,
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
        "core:audit": ("Read the activity log.", "Lire le journal d'activité."),
    },
    migrations="eyeot.platform.migrations",
)
