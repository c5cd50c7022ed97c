"""Navigation: the places of the console."""

from eyeot.surface.pages.kit import Entry

ENTRIES = (
    Entry("/console/", "Start", "Accueil"),
    Entry("/console/activity", "AI activity", "Activité des agents", ("core.audit_event.list",)),
    Entry(
        "/console/agents",
        "Agents and apps",
        "Agents et applications",
        ("core.agent_client.list", "core.oauth_grant.list"),
    ),
    Entry("/console/users", "People", "Personnes", ("core.role.assign",)),
    Entry("/console/roles", "Roles", "Rôles", ("core.role.assign",)),
    Entry("/console/teams", "Teams", "Équipes", ("core.team.add_member",)),
    Entry("/console/modules", "Modules", "Modules", ("core.module.enable",)),
    Entry("/console/licence", "Licence", "Licence", ("core.licence.check",)),
    Entry("/console/account", "My account", "Mon compte"),
)
