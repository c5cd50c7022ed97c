"""Platform: the core module, as a plugin like any other."""

from eyeot.declare.plugin import Plugin
from eyeot.platform import (
    api_keys,
    audit,
    handover,
    jobs,
    organizations,
    permissions,
    prompts,
    roles,
    seeding,
    session,
    users,
)

ROLES: dict[str, tuple[str, dict[str, str]]] = {
    "owner": ("Everything, in every module.", {"*": "organisation"}),
    "admin": (
        "Settings, people, keys and the activity log.",
        {
            "core:read": "organisation",
            "core:write": "organisation",
            "core:admin": "organisation",
            "core:audit": "organisation",
        },
    ),
    "sales": ("Sells: their own customers and deals.", {"core:read": "organisation"}),
    "sales_manager": ("Leads a sales team.", {"core:read": "organisation"}),
    "accountant": ("Keeps the books.", {"core:read": "organisation"}),
    "buyer": ("Buys.", {"core:read": "organisation"}),
    "warehouse": ("Receives, stores and ships.", {"core:read": "organisation"}),
    "support": ("Answers customers.", {"core:read": "organisation"}),
    "hr_manager": ("Looks after staff.", {"core:read": "organisation"}),
    "employee": ("Works here.", {"core:read": "organisation"}),
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
        session,
        prompts,
        jobs,
    ),
    roles={name: grants for name, (_, grants) in ROLES.items()},
    migrations="eyeot.platform.migrations",
)
