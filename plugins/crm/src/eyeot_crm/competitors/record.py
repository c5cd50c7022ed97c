"""Competitor: a house that sells to the same customers."""

from eyeot import Record, Resource, Shared, field
from eyeot.types import Url


class Competitor(
    Record,
    name="crm.competitor",
    prefix="cpt",
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
):
    """A house that sells to the same customers as we do."""

    name: str = field("Its name.", max_length=120)
    website: Url | None = field("Its site.", default=None)
    strengths: str | None = field("What it does better.", max_length=2000, default=None)
    weaknesses: str | None = field("What it does less well.", max_length=2000, default=None)
    pricing: str | None = field("What is known of its prices.", max_length=2000, default=None)


competitors = Resource(
    Competitor,
    profile="config",
    adding="search attach_document list_documents",
    en="competitor; competitors; rival; competing house; competition",
    fr="concurrent; concurrents; rival; concurrence; maison concurrente",
    example={
        "name": "Grandes Cuisines du Rhône",
        "website": "https://grandes-cuisines.example",
        "strengths": "Dépannage le dimanche",
        "weaknesses": "Pas d'atelier à Lyon",
    },
)
