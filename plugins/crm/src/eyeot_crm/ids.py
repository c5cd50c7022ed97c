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
SegmentId = Annotated[UUID, Ref("crm.segment")]
CampaignId = Annotated[UUID, Ref("crm.campaign")]
LeadSourceId = Annotated[UUID, Ref("crm.lead_source")]
LostReasonId = Annotated[UUID, Ref("crm.lost_reason")]
ScoringRuleId = Annotated[UUID, Ref("crm.scoring_rule")]
BankAccountId = Annotated[UUID, Ref("crm.party_bank_account")]
CompetitorId = Annotated[UUID, Ref("crm.competitor")]
SalesTargetId = Annotated[UUID, Ref("crm.sales_target")]
TeamId = Annotated[UUID, Ref("core.team")]
