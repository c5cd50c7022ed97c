"""Running: every customer who pays late gets the reminder that is due, one letter each."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Context, Input, InputRequired, Output, Problem, Ref, Tool, action
from eyeot_invoicing.dunning.deciding import Letter, decide
from eyeot_invoicing.dunning.letters import DunningLetter
from eyeot_invoicing.dunning.promising import miss_promises
from eyeot_invoicing.dunning.sending import propose, send
from eyeot_invoicing.dunning.simulating import LeftOut, Reminder, left_out, reminder
from eyeot_invoicing.ids import DunningLetterId, DunningPolicyId, PartyId
from eyeot_invoicing.invoices.record import Invoice

_MOST = 200


class Run(Input):
    """Which policy, and how far to go."""

    policy_id: Annotated[
        DunningPolicyId | None, Field(description="Only its customers; everybody's when left out.")
    ] = None
    party_ids: Annotated[
        list[PartyId] | None, Field(max_length=_MOST, description="Only these customers.")
    ] = None
    days_late: Annotated[
        int, Field(ge=0, le=3650, description="Only who is late by more than so many days.")
    ] = 0
    propose: Annotated[
        bool, Field(description="Write the letters without sending them; a later run sends anew.")
    ] = False
    most: Annotated[int, Field(ge=1, le=_MOST, description="Letters at most.")] = 50


class Done(Reminder):
    """A letter that was written."""

    letter_id: DunningLetterId
    status: Annotated[
        Literal["proposed", "sent", "printed"],
        Field(description="printed: made as a PDF, and somebody has the task of posting it."),
    ]
    document_id: Annotated[
        UUID | None, Ref("core.document"), Field(description="The letter; none while proposed.")
    ] = None


class Refused(Output):
    """A customer whose letter could not be written; the others' were."""

    party_id: PartyId
    name: str
    code: str
    reason: str


class Ran(Output):
    """What was sent, who was left out and why; `left`: how many letters are still due."""

    letters: list[Done]
    left_out: list[LeftOut]
    refused: list[Refused]
    left: int
    left_out_total: int


@action(
    "invoicing.dunning_letter.run",
    risk="e",
    en=(
        "Run dunning; chase unpaid invoices; send payment reminders; remind late payers; chase overdue "
        "customers"
    ),
    fr=(
        "Relancer les impayés; envoyer les relances; lancer les relances clients; relancer les factures en "
        "retard; rappeler les clients qui n'ont pas payé"
    ),
    example={"most": 5},
    events=("invoicing.dunning_letter.sent",),
    record=DunningLetter,
    next=("invoicing.dunning_letter.record_promise", "invoicing.dunning_letter.send_formal_notice"),
)
async def run(ctx: Context, data: Run) -> Ran:
    """Send each late customer the next reminder that is due; nobody gets a level twice.

    Disputed, promised and excluded invoices, those in collection, and customers late with less than the
    policy's minimum are left alone. With dry_run: who would get what. Fit for core.job.schedule.
    """
    await miss_promises(ctx)
    found = await decide(ctx, policy_id=data.policy_id, party_ids=data.party_ids)
    due = [one for one in found.letters if _oldest(one) > data.days_late]
    told, refused = list[Done](), list[Refused]()
    for one in due[: data.most]:
        try:
            async with ctx.attempt() as part:
                if written := await _write(part, one, propose_only=data.propose):
                    told.append(written)
        except InputRequired:
            raise
        except Problem as problem:
            refused.append(_refusal(one, problem))
    return Ran(
        letters=told,
        left_out=await left_out(ctx, found.left),
        refused=refused,
        left=max(len(due) - data.most, 0),
        left_out_total=len(found.left),
    )


def _oldest(one: Letter) -> int:
    return max(row.late.days for row in one.rows)


def _refusal(one: Letter, problem: Problem) -> Refused:
    return Refused(
        party_id=one.party.id, name=one.party.name, code=problem.code, reason=str(problem)
    )


async def _write(ctx: Context, planned: Letter, *, propose_only: bool) -> Done | None:
    """Write one letter, decided anew once its invoices are held: what was paid meanwhile is not chased."""
    await hold(ctx, [row.invoice.id for row in planned.rows])
    now = await decide(ctx, party_ids=[planned.party.id])
    due = next((one for one in now.letters if one.currency == planned.currency), None)
    if due is None:
        return None
    await _forget_proposals(ctx, due)
    letter = await propose(ctx, due)
    if not propose_only:
        await send(ctx, letter)
    to = letter.recipient if letter.channel == "email" else None
    shown = reminder(due, letter.channel, to)
    return Done(
        **shown.model_dump(),
        letter_id=letter.id,
        status=_how(letter),
        document_id=letter.document_id,
    )


def _how(letter: DunningLetter) -> Literal["proposed", "sent", "printed"]:
    """How far a letter is: what is not mailed is on paper, and not with the post yet."""
    if letter.status == "proposed":
        return "proposed"
    return "sent" if letter.channel == "email" else "printed"


async def hold(ctx: Context, ids: Sequence[UUID]) -> list[Invoice]:
    """Lock invoices, in one order for everybody, so that no two letters are about the same at once."""
    return [await ctx.get(Invoice, id, lock=True, beyond=True) for id in sorted(ids)]


async def _forget_proposals(ctx: Context, due: Letter) -> None:
    """Let go of letters that were only proposed: this one takes their place."""
    c = DunningLetter.c
    where = (c.party_id == due.party.id, c.status == "proposed")
    for one in await ctx.find(DunningLetter, *where):
        if one.amount.currency == due.currency:
            await ctx.delete(one)


chase_late_payers = Tool(
    name="chase_late_payers",
    title="Chase late payers",
    action="invoicing.dunning_letter.run",
    doc="Send each customer with overdue invoices the reminder that is due. Try it with dry_run first.",
    show=("policy_id", "party_ids", "days_late", "most"),
)
