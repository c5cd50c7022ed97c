"""House: the demo company itself, its staff, teams, pipelines, sources and lost reasons."""

from decimal import Decimal

from eyeot_crm.demo.identifiers import siret, vat_number
from eyeot_crm.demo.model import (
    Address,
    Establishment,
    LeadSource,
    LostReason,
    Organization,
    Pipeline,
    Staff,
    Stage,
    Team,
)

_SIREN = "652019746"
_ORLEANS = Address(
    line="14 rue des Frères Lumière",
    postcode="45800",
    city="Saint-Jean-de-Braye",
    department="45",
    region="Centre-Val de Loire",
    country="FR",
)
_LYON = Address(
    line="27 rue de l'Industrie",
    postcode="69200",
    city="Vénissieux",
    department="69",
    region="Auvergne-Rhône-Alpes",
    country="FR",
)
_DOMAIN = "valmorin-equipement.example"

ORGANIZATION = Organization(
    legal_name="Valmorin Équipement SAS",
    trade_name="Valmorin Équipement",
    legal_form="SAS",
    siren=_SIREN,
    siret=siret(_SIREN),
    vat_number=vat_number(_SIREN),
    naf_code="46.69C",
    rcs_city="Orléans",
    share_capital=Decimal("180000.00"),
    address=_ORLEANS,
    phone="+33261910045",
    email=f"contact@{_DOMAIN}",
    website=f"https://www.{_DOMAIN}",
    establishments=(
        Establishment(
            siret=siret(_SIREN),
            name="Siège et entrepôt",
            address=_ORLEANS,
            phone="+33261910045",
            is_head_office=True,
        ),
        Establishment(
            siret=siret(_SIREN, 2),
            name="Agence de Lyon",
            address=_LYON,
            phone="+33465710069",
            is_head_office=False,
        ),
    ),
)
NUMBERS = (_SIREN, *(site.phone for site in ORGANIZATION.establishments), _DOMAIN)
"""What nobody else may be given."""

NORTH_WEST, SOUTH_EAST = "team:1", "team:2"
OWNER, ADMIN, SUPPORT, BUYER = "staff:1", "staff:2", "staff:9", "staff:8"
_YANN, _AURELIE, _KARIM, _CHLOE = "staff:3", "staff:4", "staff:5", "staff:6"


def _address(first: str, last: str) -> str:
    return f"{first}.{last}@{_DOMAIN}"


STAFF = (
    Staff(
        OWNER,
        "Hélène",
        "Valmorin",
        _address("helene", "valmorin"),
        "owner",
        "Présidente",
        None,
    ),
    Staff(
        ADMIN,
        "Lucie",
        "Ferreira",
        _address("lucie", "ferreira"),
        "admin",
        "Responsable administration des ventes",
        None,
    ),
    Staff(
        _YANN,
        "Yann",
        "Le Goffic",
        _address("yann", "legoffic"),
        "sales",
        "Responsable commercial Nord-Ouest",
        NORTH_WEST,
    ),
    Staff(
        _AURELIE,
        "Aurélie",
        "Descamps",
        _address("aurelie", "descamps"),
        "sales",
        "Technico-commerciale",
        NORTH_WEST,
    ),
    Staff(
        _KARIM,
        "Karim",
        "Benhaddou",
        _address("karim", "benhaddou"),
        "sales",
        "Responsable commercial Sud-Est",
        SOUTH_EAST,
    ),
    Staff(
        _CHLOE,
        "Chloé",
        "Mazzoni",
        _address("chloe", "mazzoni"),
        "sales",
        "Technico-commerciale",
        SOUTH_EAST,
    ),
    Staff(
        "staff:7",
        "Philippe",
        "Arnoult",
        _address("philippe", "arnoult"),
        "accountant",
        "Comptable",
        None,
    ),
    Staff(
        BUYER,
        "Sandrine",
        "Hoareau",
        _address("sandrine", "hoareau"),
        "buyer",
        "Acheteuse",
        None,
    ),
    Staff(
        SUPPORT,
        "Mamadou",
        "Diarra",
        _address("mamadou", "diarra"),
        "support",
        "Responsable du service après-vente",
        None,
    ),
    Staff(
        "staff:10",
        "Thomas",
        "Wendling",
        _address("thomas", "wendling"),
        "viewer",
        "Alternant en contrôle de gestion",
        None,
    ),
)
TEAMS = (Team(NORTH_WEST, "Nord-Ouest", _YANN), Team(SOUTH_EAST, "Sud-Est", _KARIM))
TEAM_OF = {staff.key: staff.team for staff in STAFF if staff.team}

_TERRITORIES = {
    _YANN: ("Bretagne", "Pays de la Loire", "Normandie", "Nouvelle-Aquitaine"),
    _AURELIE: ("Île-de-France", "Hauts-de-France", "Centre-Val de Loire", "BE", "GB"),
    _KARIM: ("Auvergne-Rhône-Alpes", "Bourgogne-Franche-Comté", "Grand Est", "DE"),
    _CHLOE: (
        *("Provence-Alpes-Côte d'Azur", "Occitanie", "Corse", "ES", "IT"),
        *("Guadeloupe", "Martinique", "Guyane", "La Réunion", "Mayotte"),
    ),
}
SALESPERSON = {area: key for key, areas in _TERRITORIES.items() for area in areas}
"""Who sells in a region of France, or in a country abroad."""
ABROAD = ("BE", "DE", "ES", "GB", "IT")

EQUIPMENT, MAINTENANCE = "pipeline:1", "pipeline:2"
PIPELINES = (
    Pipeline(EQUIPMENT, "Ventes équipement", 45),
    Pipeline(MAINTENANCE, "Contrats de maintenance", 30),
)
STAGES = (
    Stage("stage:1", EQUIPMENT, "Découverte", 1, 10, "open", 15),
    Stage("stage:2", EQUIPMENT, "Étude", 2, 25, "open", 30),
    Stage("stage:3", EQUIPMENT, "Proposition", 3, 50, "open", 30),
    Stage("stage:4", EQUIPMENT, "Négociation", 4, 75, "open", 30),
    Stage("stage:5", EQUIPMENT, "Gagnée", 5, 100, "won", None),
    Stage("stage:6", EQUIPMENT, "Perdue", 6, 0, "lost", None),
    Stage("stage:7", MAINTENANCE, "Relevé du parc", 1, 20, "open", 20),
    Stage("stage:8", MAINTENANCE, "Offre envoyée", 2, 50, "open", 30),
    Stage("stage:9", MAINTENANCE, "Négociation", 3, 70, "open", 20),
    Stage("stage:10", MAINTENANCE, "Signé", 4, 100, "won", None),
    Stage("stage:11", MAINTENANCE, "Refusé", 5, 0, "lost", None),
)

WEBSITE, FAIR, REFERRAL, CALL, OUTBOUND, PARTNER, MAILING, OLD_FILE = (
    f"lead_source:{n}" for n in range(1, 9)
)
SOURCES = (
    LeadSource(WEBSITE, "Site web", "web"),
    LeadSource(FAIR, "Salon professionnel", "event"),
    LeadSource(REFERRAL, "Recommandation", "referral"),
    LeadSource(CALL, "Appel entrant", "phone"),
    LeadSource(OUTBOUND, "Prospection terrain", "outbound"),
    LeadSource(PARTNER, "Installateur partenaire", "partner"),
    LeadSource(MAILING, "Campagne e-mail", "email"),
    LeadSource(OLD_FILE, "Reprise de l'ancien fichier", "import"),
)

LOST_REASONS = (
    LostReason("lost_reason:1", "Prix", "price"),
    LostReason("lost_reason:2", "Délai", "timing"),
    LostReason("lost_reason:3", "Produit", "product"),
    LostReason("lost_reason:4", "Concurrent", "competitor"),
    LostReason("lost_reason:5", "Sans décision", "no_decision"),
)
