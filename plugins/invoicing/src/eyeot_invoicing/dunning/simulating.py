"""Simulating: who would get which reminder today, and who has a policy of their own."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Input, Money, Output, action
from eyeot_crm.parties import Party
from eyeot_invoicing.dunning.deciding import Chased, LeftAlone, Letter, Reason, decide
from eyeot_invoicing.dunning.policies import DunningAssignment, DunningPolicy
from eyeot_invoicing.dunning.sending import channel_of, reached
from eyeot_invoicing.ids import DunningPolicyId, InvoiceId, PartyId
from eyeot_sales.trade.amounts import money

_MOST_SHOWN = 200


class ChasedInvoice(Output):
    """A late invoice on a letter."""

    invoice_id: InvoiceId
    number: str
    due_on: str
    days_late: int
    amount: Money
    level: Annotated[
        int | None, Field(description="The level it reaches; none: listed for information.")
    ] = None


class Reminder(Output):
    """A letter: who, at which level, by which channel, for how much."""

    party_id: PartyId
    name: str
    level: int
    template: str
    channel: str
    to: Annotated[str | None, Field(description="The address, if it is mailed.")] = None
    amount: Money
    fees: Annotated[Money, Field(description="Late fees that it claims.")]
    invoices: list[ChasedInvoice]


class LeftOut(Output):
    """Somebody who pays late and gets no letter, or an invoice that is on none."""

    party_id: PartyId
    name: str
    reason: Reason
    invoice_id: InvoiceId | None = None
    number: str | None = None


class Simulation(Output):
    """What a run would do; `left_out`: the first 200."""

    reminders: list[Reminder]
    left_out: list[LeftOut]
    total: int
    left_out_total: int


class Asked(Input):
    """A policy."""

    id: DunningPolicyId


@action(
    "invoicing.dunning_policy.simulate",
    risk="r",
    en=(
        "Simulate a dunning run; who would be chased today; preview payment reminders; which "
        "customers pay late and what would they get; who will be reminded; who gets a reminder "
        "tomorrow"
    ),
    fr=(
        "Simuler les relances; qui serait relancé aujourd'hui; aperçu des relances d'impayés; "
        "quels clients sont en retard et que recevraient-ils; qui relancer; qui va recevoir une "
        "relance"
    ),
    example={"id": "$invoicing.dunning_policy?is_default=true"},
    record=DunningPolicy,
    next=("invoicing.dunning_letter.run",),
)
async def simulate(ctx: Context, data: Asked) -> Simulation:
    """Tell which customers of a policy would get which reminder today, and why the others would not."""
    policy = await ctx.get(DunningPolicy, data.id)
    found = await decide(ctx, policy_id=policy.id)
    return Simulation(
        reminders=[await _planned(ctx, one) for one in found.letters[:_MOST_SHOWN]],
        left_out=await left_out(ctx, found.left),
        total=len(found.letters),
        left_out_total=len(found.left),
    )


async def _planned(ctx: Context, one: Letter) -> Reminder:
    how = await reached(ctx, one.party)
    channel = channel_of(ctx, one.rule.get("channel", "email"), how.address)
    return reminder(one, channel, how.address if channel == "email" else None)


def reminder(one: Letter, channel: str, to: str | None) -> Reminder:
    """A letter as it is told."""
    return Reminder(
        party_id=one.party.id,
        name=one.party.name,
        level=one.level,
        template=one.rule.get("template", "courteous"),
        channel=channel,
        to=to,
        amount=money(one.amount, one.currency),
        fees=money(one.penalties + one.indemnities, one.currency),
        invoices=[_told(row) for row in one.rows],
    )


def _told(row: Chased) -> ChasedInvoice:
    return ChasedInvoice(
        invoice_id=row.invoice.id,
        number=row.invoice.number or "",
        due_on=row.late.due_on.isoformat(),
        days_late=row.late.days,
        amount=row.amount,
        level=row.step,
    )


async def left_out(ctx: Context, found: list[LeftAlone]) -> list[LeftOut]:
    """Who is left out, with their names."""
    told = found[:_MOST_SHOWN]
    names: dict[UUID, str] = {}
    for id in {one.party_id for one in told}:
        names[id] = (await ctx.get(Party, id, beyond=True)).name
    return [
        LeftOut(
            party_id=one.party_id,
            name=names[one.party_id],
            reason=one.reason,
            invoice_id=one.invoice.id if one.invoice else None,
            number=one.invoice.number if one.invoice else None,
        )
        for one in told
    ]


class Assign(Input):
    """A policy and the customers who have it from now on."""

    id: DunningPolicyId
    party_ids: Annotated[list[PartyId], Field(min_length=1, max_length=500)]


class Assigned(Output):
    """The policy, and how many customers have it now that had another."""

    policy_id: DunningPolicyId
    assigned: list[PartyId]
    changed: int


@action(
    "invoicing.dunning_policy.assign",
    risk="w",
    en=(
        "Assign a dunning policy to customers; chase a customer differently; never remind this "
        "customer; exclude a customer from reminders; give customers softer reminders; stop "
        "reminding a customer"
    ),
    fr=(
        "Affecter un scénario de relance à des clients; relancer un client autrement; ne jamais "
        "relancer ce client; exclure un client des relances; relances plus douces pour un "
        "client; ne plus relancer un client"
    ),
    example={"id": "$invoicing.dunning_policy?code=NONE", "party_ids": ["$crm.customer"]},
    record=DunningPolicy,
)
async def assign(ctx: Context, data: Assign) -> Assigned:
    """Say by which policy customers are reminded; one without levels leaves them alone."""
    policy = await ctx.get(DunningPolicy, data.id, lock=True)
    if policy.archived_at is not None:
        raise Conflict(
            reason=f"The policy {policy.name} was put away.",
            remedy="Restore it with invoicing.dunning_policy.restore, or choose another.",
            field="id",
        )
    ids = sorted(set(data.party_ids))
    c = DunningAssignment.c
    known = {one.party_id: one for one in await ctx.find(DunningAssignment, c.party_id.in_(ids))}
    changed = 0
    for id in ids:
        own = known.get(id)
        if own is None:
            party = await ctx.get(Party, id)
            await ctx.add(DunningAssignment(party_id=party.id, policy_id=policy.id))
        elif own.policy_id != policy.id:
            own.policy_id = policy.id
        else:
            continue
        changed += 1
    return Assigned(policy_id=policy.id, assigned=ids, changed=changed)
