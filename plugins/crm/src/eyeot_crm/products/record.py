"""Deal line: a product in a deal, in whose amount it counts."""

from decimal import Decimal
from uuid import UUID

from eyeot import Money, Record, RecordRef, Resource, Through, field, ref


class OpportunityLine(
    Record,
    name="crm.opportunity_line",
    prefix="opl",
    label="description",
    index=(("opportunity_id",),),
    reach=Through("opportunity_id"),
    archivable=False,
):
    """What a deal is about: a product, how much of it and at what price."""

    opportunity_id: UUID = ref("crm.opportunity", "The deal.", access="read", on_delete="CASCADE")
    product: RecordRef | None = field(
        "The product of the catalogue, where sales is in use.", access="read", default=None
    )
    description: str = field("What it is.", access="read", max_length=500)
    quantity: Decimal = field("How much.", access="read", ge=0)
    unit_price: Money = field("For one, before VAT.", access="read")
    amount: Money = field("For all, rounded to the cent.", access="read")


opportunity_lines = Resource(
    OpportunityLine,
    adding="list get",
    en="deal product; deal products; product of an opportunity; deal line",
    fr="produit d'une affaire; produits d'une affaire; ligne d'opportunité; ligne d'affaire",
)
