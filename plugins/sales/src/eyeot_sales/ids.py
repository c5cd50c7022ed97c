"""Ids: the identifiers of sales as arguments of actions."""

from typing import Annotated
from uuid import UUID

from eyeot import Ref

PartyId = Annotated[UUID, Ref("crm.party")]
UnitId = Annotated[UUID, Ref("sales.unit")]
CategoryId = Annotated[UUID, Ref("sales.product_category")]
ProductId = Annotated[UUID, Ref("sales.product")]
TaxRateId = Annotated[UUID, Ref("sales.tax_rate")]
PriceListId = Annotated[UUID, Ref("sales.price_list")]
PriceListItemId = Annotated[UUID, Ref("sales.price_list_item")]
CustomerId = Annotated[UUID, Ref("crm.customer")]
UserId = Annotated[UUID, Ref("core.user")]
QuoteId = Annotated[UUID, Ref("sales.quote")]
QuoteLineId = Annotated[UUID, Ref("sales.quote_line")]
QuoteTemplateId = Annotated[UUID, Ref("sales.quote_template")]
OrderId = Annotated[UUID, Ref("sales.sales_order")]
OrderLineId = Annotated[UUID, Ref("sales.sales_order_line")]
FulfilmentId = Annotated[UUID, Ref("sales.fulfilment")]
ReturnId = Annotated[UUID, Ref("sales.return_order")]
