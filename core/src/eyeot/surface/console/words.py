"""Words: what the activity log and its filters say to people."""

from datetime import datetime
from zoneinfo import ZoneInfo

from eyeot.declare.action import words
from eyeot.surface.pages import Visit

OUTCOMES = {
    "ok": ("Done", "Fait", "good"),
    "dry_run": ("Preview only", "Aperçu seulement", ""),
    "replayed": ("Repeated, answered as before", "Répété, même réponse", ""),
    "refused": ("Refused", "Refusé", "bad"),
    "failed": ("Failed", "Échoué", "bad"),
}
"""Outcome: English, French, and how it is marked."""
ACTORS = {
    "agent": ("Agents", "Agents"),
    "service": ("Integrations", "Intégrations"),
    "user": ("People", "Personnes"),
    "system": ("The system itself", "Le système lui-même"),
}
ACTOR = {
    "agent": ("Agent", "Agent"),
    "service": ("Integration", "Intégration"),
    "user": ("Person", "Personne"),
    "system": ("System", "Système"),
}
DOORS = {
    "mcp": ("MCP", "MCP"),
    "rest": ("REST", "REST"),
    "cli": ("Command line", "Ligne de commande"),
    "console": ("Console", "Console"),
    "job": ("Background work", "Tâche de fond"),
}
OPERATIONS = {
    "created": ("Created", "Créé"),
    "modified": ("Changed", "Modifié"),
    "deleted": ("Deleted", "Supprimé"),
}


def of_action(visit: Visit, name: str) -> str:
    """What an action is called; its name where no module explains it."""
    action = visit.engine.installed.actions.get(name)
    if action is None:
        return _BEFORE[name][visit.language == "fr"] if name in _BEFORE else name
    return words(action.fr if visit.language == "fr" else action.en)[0]


_BEFORE = {
    "core.session.authenticate": ("Use of a credential", "Utilisation d'un identifiant"),
    "core.session.sign_in": ("Sign-in", "Connexion"),
    "core.session.sign_out": ("Sign-out", "Déconnexion"),
    "core.session.second_factor": ("Second factor", "Second facteur"),
    "core.session.confirm": ("Proof of being there", "Confirmation d'identité"),
    "core.session.change_password": ("Change of password", "Changement de mot de passe"),
    "core.session.reset_password": ("New password by a link", "Nouveau mot de passe par lien"),
    "core.session.enable_second_factor": ("Second factor on", "Second facteur activé"),
    "core.session.disable_second_factor": ("Second factor off", "Second facteur désactivé"),
    "core.session.renew_recovery_codes": ("New recovery codes", "Nouveaux codes de secours"),
    "core.session.end_sessions": ("End of sessions", "Fermeture de sessions"),
}
"""What is audited and is no action: it comes before any can be called."""


def of_record(visit: Visit, kind: str) -> str:
    """What a kind of record is called."""
    resource = visit.engine.installed.resources.get(kind)
    if resource is None:
        return kind
    return words(resource.fr if visit.language == "fr" else resource.en)[0]


def moment(visit: Visit, told: str | None, *, seconds: bool = False) -> str:
    """A time as the organisation's clocks show it."""
    if not told:
        return ""
    at = datetime.fromisoformat(told).astimezone(ZoneInfo(visit.person.timezone))
    clock = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    return f"{at:%d/%m/%Y} {clock}" if visit.language == "fr" else f"{at:%d %b %Y} {clock}"


def day(visit: Visit, told: str) -> str:
    """A day, for the axis of a chart."""
    at = datetime.fromisoformat(told)
    return f"{at:%d/%m}" if visit.language == "fr" else f"{at:%d %b}"


def count(visit: Visit, number: int) -> str:
    """A number with its thousands set apart."""
    return f"{number:,}".replace(",", "\u202f" if visit.language == "fr" else ",")
