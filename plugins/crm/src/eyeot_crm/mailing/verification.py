"""Verification: whether mail to a contact can arrive, as far as that shows without writing."""

from typing import Annotated, Literal

from pydantic import Field

from eyeot import Conflict, Context, Input, Output, action
from eyeot_crm.contacts import Contact
from eyeot_crm.ids import ContactId
from eyeot_crm.registry.checks import email_checked


class Chosen(Input):
    """One contact."""

    id: ContactId


class Verified(Output):
    """What speaks for and against a contact's address."""

    id: ContactId
    email: str
    deliverable: Annotated[
        Literal["likely", "no", "unknown"],
        Field(description="unknown: the form is right, and nothing more could be asked."),
    ]
    email_status: Annotated[str, Field(description="What earlier mails showed.")]
    reason: str | None
    checked: list[str]
    not_checked: list[str]


@action(
    "crm.contact.verify_email",
    risk="r",
    en="Verify a contact's e-mail address; will mail to this contact arrive; is the address still good",
    fr=(
        "Vérifier l'e-mail d'un contact; un mail à ce contact arrivera-t-il; l'adresse est-elle encore "
        "bonne"
    ),
    example={"id": "$crm.contact?email_is_set=true"},
    record=Contact,
)
async def verify_email(ctx: Context, data: Chosen) -> Verified:
    """Tell whether mail to a contact can arrive: form, domain where it can be asked, and earlier bounces."""
    contact = await ctx.get(Contact, data.id)
    if not contact.email:
        raise Conflict(
            reason="This contact has no e-mail address.",
            remedy="Set one with crm.contact.update.",
            field="id",
        )
    found = email_checked(ctx, contact.email)
    bounced = contact.email_status == "bounced"
    known = "domain" in found.checked
    deliverable: Literal["likely", "no", "unknown"]
    deliverable = "no" if bounced or not found.valid else "likely" if known else "unknown"
    return Verified(
        id=contact.id,
        email=contact.email,
        deliverable=deliverable,
        email_status=contact.email_status,
        reason="bounced" if bounced else found.reason,
        checked=[*found.checked, "bounces"],
        not_checked=found.not_checked,
    )
