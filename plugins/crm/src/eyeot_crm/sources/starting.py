"""Starting: the sources and reasons that an organisation begins with."""

from eyeot import Starting
from eyeot_crm.sources.lead_source import LeadSource
from eyeot_crm.sources.lost_reason import LostReason

first_sources = Starting(
    LeadSource,
    key="name",
    rows=(
        {"name": "Site web", "channel": "website", "utm_source": "site"},
        {"name": "Recommandation", "channel": "referral"},
        {"name": "Salon", "channel": "event"},
        {"name": "Prospection téléphonique", "channel": "cold_call"},
        {"name": "Publicité en ligne", "channel": "advertising"},
        {"name": "Réseaux sociaux", "channel": "social"},
        {"name": "Partenaire", "channel": "partner"},
    ),
)
first_reasons = Starting(
    LostReason,
    key="name",
    rows=(
        {"name": "Trop cher", "kind": "price"},
        {"name": "Budget reporté", "kind": "timing"},
        {"name": "Produit inadapté", "kind": "product"},
        {"name": "Concurrent choisi", "kind": "competitor"},
        {"name": "Sans suite", "kind": "no_decision"},
    ),
)
