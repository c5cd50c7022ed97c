"""Ids: the CRM's identifiers as arguments of actions."""

from typing import Annotated
from uuid import UUID

from eyeot import Ref

UserId = Annotated[UUID, Ref("core.user")]
PartyId = Annotated[UUID, Ref("crm.party")]
CustomerId = Annotated[UUID, Ref("crm.customer")]
ContactId = Annotated[UUID, Ref("crm.contact")]
LeadId = Annotated[UUID, Ref("crm.lead")]
PipelineId = Annotated[UUID, Ref("crm.pipeline")]
StageId = Annotated[UUID, Ref("crm.stage")]
OpportunityId = Annotated[UUID, Ref("crm.opportunity")]
