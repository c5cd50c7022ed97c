"""Consent: a right to contact somebody for a purpose, or their refusal, with its proof."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Record, Resource, Through, field, ref

Channel = Literal["email", "sms", "phone", "post"]
Purpose = Literal["marketing", "newsletter", "events", "survey", "service"]
Basis = Literal["consent", "legitimate_interest", "contract"]


class Proof(BaseModel):
    """What shows that it was given: the text they read and how they answered."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: Annotated[
        str | None, Field(max_length=4_000, description="The words they read or heard.")
    ] = None
    how: Annotated[
        str | None, Field(max_length=300, description="How they answered: box ticked, said so…")
    ] = None
    form: Annotated[str | None, Field(max_length=300, description="The form or page.")] = None
    ip: Annotated[str | None, Field(max_length=45, description="The address it came from.")] = None


class Consent(
    Record,
    name="crm.consent",
    prefix="cns",
    label="id",
    hint=("channel", "purpose"),
    search=("channel", "purpose", "source"),
    index=(("party_id", "channel"),),
    reach=Through("party_id"),
    archivable=False,
):
    """That somebody may be contacted on a channel for a purpose, or may not any more."""

    party_id: UUID = ref("crm.party", "Whom it is about.", access="read", personal=True)
    channel: Channel = field("How they may be reached.", access="read")
    purpose: Purpose | None = field(
        "What for; none when they object to every purpose.", access="read", default=None
    )
    basis: Basis | None = field(
        "By what right (GDPR art. 6); none for an objection.", access="read", default=None
    )
    status: Literal["granted", "withdrawn", "expired"] = field(
        "Whether it holds.", access="read", default="granted"
    )
    granted_at: datetime | None = field("Since when.", access="read", default=None)
    withdrawn_at: datetime | None = field("Until when.", access="read", default=None)
    expires_on: date | None = field("The last day on which it holds.", access="read", default=None)
    proof: dict[str, Any] | None = field(
        "What shows it: the text shown, how they answered, where from.",
        access="read",
        default=None,
        personal=True,
    )
    source: str | None = field(
        "Where it was collected.", access="read", max_length=120, default=None
    )

    @property
    def changed_at(self) -> datetime:
        """When somebody last said something about it."""
        return self.withdrawn_at or self.granted_at or self.created_at


consents = Resource(
    Consent,
    profile="ledger",
    en="consent; consents; permission to contact; opt-in; opt-out; marketing consent",
    fr="consentement; consentements; accord de contact; opt-in; opposition; accord commercial",
    find={"status": "granted", "limit": 3},
)
