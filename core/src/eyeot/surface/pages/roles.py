"""Roles: what the roles that every organisation starts with are called, and are for."""

from eyeot.platform import ROLES
from eyeot.surface.pages.language import Language

_NAMES = {
    "owner": ("Owner", "Propriétaire", "Tout, dans tous les modules."),
    "admin": (
        "Administrator",
        "Administrateur",
        "Réglages, personnes, clés et journal d'activité.",
    ),
    "sales": ("Salesperson", "Commercial", "Vend : ses propres clients et affaires."),
    "sales_manager": ("Sales manager", "Responsable commercial", "Dirige une équipe de vente."),
    "accountant": ("Accountant", "Comptable", "Tient la comptabilité."),
    "buyer": ("Buyer", "Acheteur", "Achète."),
    "warehouse": ("Warehouse", "Magasinier", "Reçoit, range et expédie."),
    "support": ("Support", "Support client", "Répond aux clients."),
    "hr_manager": ("HR manager", "Responsable RH", "S'occupe du personnel."),
    "employee": ("Employee", "Salarié", "Travaille ici."),
    "external_accountant": (
        "External accountant",
        "Expert-comptable",
        "Consulte la comptabilité de l'extérieur.",
    ),
    "auditor": ("Auditor", "Auditeur", "Consulte tout, journal d'activité compris."),
    "viewer": ("Viewer", "Lecteur", "Consulte."),
}


def name_of(name: str, language: Language) -> str:
    """A role's name; what an organisation named itself stays as it is."""
    known = _NAMES.get(name)
    return known[language == "fr"] if known else name


def about(name: str, description: str | None, language: Language) -> str:
    """What a role is for; what somebody wrote about it stays as it is."""
    known, seeded = _NAMES.get(name), ROLES.get(name, ("",))[0]
    if known and language == "fr" and description == seeded:
        return known[2]
    return description or ""
