"""Notices: the formal notice to pay (mise en demeure), after which a court may be asked."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Input, Money, Output, Ref, action
from eyeot_crm.parties import Party
from eyeot_invoicing.dunning.deciding import Chased, Letter, Policies, claimed, steps
from eyeot_invoicing.dunning.letters import PENDING, DunningLetter, lifecycle
from eyeot_invoicing.dunning.papers import pay_by
from eyeot_invoicing.dunning.promising import chosen, letters_about
from eyeot_invoicing.dunning.sending import notice, rows_of_notice, send
from eyeot_invoicing.ids import DunningLetterId, InvoiceId, PartyId
from eyeot_invoicing.invoices.lateness import late
from eyeot_invoicing.invoices.record import Invoice


class FormalNotice(Input):
    """Who is given notice, for which invoices, and how long they have."""

    party_id: PartyId
    invoices: Annotated[
        list[InvoiceId] | None,
        Field(min_length=1, max_length=500, description="All that are late when left out."),
    ] = None
    deadline_days: Annotated[
        int | None, Field(ge=1, le=90, description="Days to pay; 8 by usage when left out.")
    ] = None


class Noticed(Output):
    """The notice: its document is locked, and somebody has the task of posting it registered."""

    letter_id: DunningLetterId
    party_id: PartyId
    document_id: Annotated[UUID, Ref("core.document")]
    pay_by: str
    amount: Money
    penalties: Money
    indemnities: Money
    invoices: list[InvoiceId]
    mailed_to: Annotated[str | None, Field(description="Where the copy went.")] = None


@action(
    "invoicing.dunning_letter.send_formal_notice",
    risk="e",
    en=(
        "Send a formal notice to pay; registered letter before court; final demand; letter before action; "
        "put a customer in default"
    ),
    fr=(
        "Envoyer une mise en demeure; mettre en demeure de payer; lettre recommandée avant procédure; "
        "sommer un client de payer; dernière lettre avant contentieux"
    ),
    example={
        "party_id": "$crm.customer?lifecycle=customer",
        "invoices": ["$invoicing.invoice?status=posted&party_id=$party_id"],
    },
    events=("invoicing.dunning_letter.sent",),
    record=DunningLetter,
    next=("invoicing.dunning_letter.hand_to_collection",),
)
async def send_formal_notice(ctx: Context, data: FormalNotice) -> Noticed:
    """Write the formal notice with late fees to the day, lock it, mail a copy and plan the registered post.

    Source: Code civil, art. 1344 and 1344-1; Code de commerce, art. L441-10, II.
    """
    invoices = await chosen(ctx, data.party_id, data.invoices)
    await _refuse_unfit(ctx, invoices)
    policy = (await Policies.read(ctx)).of(data.party_id)
    rows = [_row(ctx, one) for one in invoices]
    party = await ctx.get(Party, data.party_id)
    told = rows_of_notice(await claimed(ctx, rows, policy))
    until = pay_by("formal_notice", ctx.today, data.deadline_days)
    letter = await notice(ctx, Letter(party, policy, 0, told, invoices[0].currency), until)
    await send(ctx, letter)
    for before in await letters_about(ctx, [one.id for one in invoices], *PENDING):
        if before.id != letter.id:
            lifecycle.take(before, "send_formal_notice")
    assert letter.document_id
    assert letter.penalties
    assert letter.indemnities
    return Noticed(
        letter_id=letter.id,
        party_id=letter.party_id,
        document_id=letter.document_id,
        pay_by=until.isoformat(),
        amount=letter.amount,
        penalties=letter.penalties,
        indemnities=letter.indemnities,
        invoices=[one.id for one in invoices],
        mailed_to=letter.recipient if ctx.outside.sends_mail else None,
    )


def _row(ctx: Context, invoice: Invoice) -> Chased:
    over = late(invoice, ctx.today)
    if over is None:
        raise Conflict(
            reason=f"{invoice.number} is not late: nobody is in default of it.",
            remedy="Leave it out, or wait until it is due.",
            field="invoices",
        )
    return Chased(invoice, over, None)


async def _refuse_unfit(ctx: Context, invoices: list[Invoice]) -> None:
    """Refuse what a court would laugh at: contested, with somebody else, or already noticed."""
    _, noticed = await steps(ctx, [one.id for one in invoices])
    for one in invoices:
        if one.is_disputed:
            raise Conflict(
                reason=f"{one.number} is disputed: {one.dispute_reason}.",
                remedy="Settle it with invoicing.invoice.resolve_dispute first, or leave it out.",
                field="invoices",
            )
        if one.in_collection:
            raise Conflict(
                reason=f"{one.number} is with whoever collects it.",
                remedy="Leave it out.",
                field="invoices",
            )
        if one.id in noticed:
            raise Conflict(
                reason=f"A formal notice was sent for {one.number} already.",
                remedy="Go on with invoicing.dunning_letter.hand_to_collection, or leave it out.",
                field="invoices",
            )
    if len({one.currency for one in invoices}) > 1:
        raise Conflict(
            reason="The invoices are in several currencies.",
            remedy="Send one notice for each currency: name the invoices.",
            field="invoices",
        )
