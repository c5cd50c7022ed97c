"""Lost reason: why deals are lost, in the house's own words."""

from typing import Literal

from eyeot import Record, Resource, Shared, field

Kind = Literal["price", "timing", "product", "competitor", "no_decision"]


class LostReason(
    Record,
    name="crm.lost_reason",
    prefix="lrsn",
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
):
    """A reason for which deals are lost."""

    name: str = field("The reason in the house's own words.", max_length=100)
    kind: Kind = field("What kind of reason it is.")


lost_reasons = Resource(
    LostReason,
    profile="config",
    en="lost reason; lost reasons; reason for losing a deal",
    fr="motif de perte; motifs de perte; raison de l'échec d'une affaire; cause de perte",
    example={"name": "Délai de livraison trop long", "kind": "timing"},
)
