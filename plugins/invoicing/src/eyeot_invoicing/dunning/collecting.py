"""Collecting: the file for an agency or a court, with every piece that proves the debt."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Money, Output, RecordRef, Ref, action, kind
from eyeot_crm.activities import Activity
from eyeot_crm.customers import Customer
from eyeot_crm.doing import logged
from eyeot_crm.parties import Party
from eyeot_invoicing.dunning.deciding import Chased, Policies, claimed, steps
from eyeot_invoicing.dunning.letters import PENDING, DunningLetter, lifecycle
from eyeot_invoicing.dunning.promising import chosen, letters_about
from eyeot_invoicing.dunning.sending import pieces
from eyeot_invoicing.dunning.statements import account_of, paper_of, statement_layout
from eyeot_invoicing.dunning.wording import language_of
from eyeot_invoicing.ids import DunningLetterId, InvoiceId, PartyId
from eyeot_invoicing.invoices.identities import buyer, seller
from eyeot_invoicing.invoices.lateness import late
from eyeot_invoicing.invoices.record import Invoice
from eyeot_sales.trade.amounts import ZERO, money, rounded

Way = Literal["agency", "payment_order"]
_STAMP = (1980, 1, 1, 0, 0, 0)
_ANSWERED = (*PENDING, "escalated")


class HandedToCollection(Event, name="invoicing.dunning_letter.handed_to_collection"):
    """Invoices were given to an agency, or the file for an order to pay was made."""

    party_id: PartyId
    invoice_ids: list[InvoiceId]
    channel: str


class Collect(Input):
    """Whose invoices, and who collects them."""

    party_id: PartyId
    invoices: Annotated[
        list[InvoiceId] | None,
        Field(min_length=1, max_length=500, description="All that are late when left out."),
    ] = None
    channel: Annotated[
        Way,
        Field(
            description="agency: a collection agency; payment_order: a court (injonction de payer)."
        ),
    ] = "agency"


class Collected(Output):
    """The file, and what is claimed in it."""

    document_id: Annotated[UUID, Ref("core.document")]
    party_id: PartyId
    channel: Way
    invoices: list[InvoiceId]
    letters: list[DunningLetterId]
    principal: Money
    penalties: Money
    indemnities: Money
    total: Money
    files: list[str]
    missing: Annotated[list[str], Field(description="Pieces to add by hand, and how to make them.")]


@action(
    "invoicing.dunning_letter.hand_to_collection",
    risk="x",
    en=(
        "Hand unpaid invoices to collection; prepare the collection file; give to a debt collector; order "
        "to pay; take a customer to court"
    ),
    fr=(
        "Remettre au recouvrement; préparer le dossier de recouvrement; confier à une société de "
        "recouvrement; injonction de payer; passer au contentieux"
    ),
    example={
        "party_id": "$crm.customer?lifecycle=customer",
        "invoices": ["$invoicing.invoice?status=posted&party_id=$party_id"],
    },
    events=("invoicing.dunning_letter.handed_to_collection",),
    record=DunningLetter,
    next=("core.document.get",),
)
async def hand_to_collection(ctx: Context, data: Collect) -> Collected:
    """Make the zip with invoices, letters, statement and claim, and stop chasing what is in it.

    Source: Code de procédure civile, art. 1405 to 1407 (order to pay).
    """
    invoices = await chosen(ctx, data.party_id, data.invoices)
    await _refuse_unfit(ctx, invoices, data.channel)
    party = await ctx.get(Party, data.party_id)
    claim = await _claim(ctx, party, invoices)
    letters = await letters_about(ctx, [one.id for one in invoices], *_ANSWERED, "paid")
    files, missing = await _files(ctx, claim, letters)
    row = await _filed(ctx, party, files)
    for one in invoices:
        one.in_collection = True
    for letter in letters:
        if letter.status in PENDING:
            lifecycle.take(letter, "hand_to_collection")
    await _note(ctx, claim, data.channel)
    ids = [one.id for one in invoices]
    told = {"party_id": party.id, "invoice_ids": ids, "channel": data.channel}
    ctx.emit(HandedToCollection.model_validate(told))
    return Collected(
        document_id=row.id,
        party_id=party.id,
        channel=data.channel,
        invoices=ids,
        letters=[one.id for one in letters],
        principal=claim.sum("principal"),
        penalties=claim.sum("penalties"),
        indemnities=claim.sum("indemnities"),
        total=claim.total,
        files=sorted(files),
        missing=missing,
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of whom."""

    party: Party
    rows: Sequence[Chased]
    currency: str

    def sum(self, what: str) -> Money:
        """The principal, the penalties or the indemnities."""
        whole = sum((self.parts(row)[what] for row in self.rows), ZERO)
        return money(rounded(whole), self.currency)

    def parts(self, row: Chased) -> dict[str, Decimal]:
        """What one invoice comes to."""
        return {
            "principal": rounded(row.late.amount),
            "penalties": rounded(row.penalty),
            "indemnities": rounded(row.indemnity),
        }

    @property
    def total(self) -> Money:
        """All of it."""
        names = ("principal", "penalties", "indemnities")
        return money(sum((self.sum(name).amount for name in names), ZERO), self.currency)


async def _claim(ctx: Context, party: Party, invoices: Sequence[Invoice]) -> Claim:
    policy = (await Policies.read(ctx)).of(party.id)
    rows = []
    for one in invoices:
        over = late(one, ctx.today)
        if over is None:
            raise Conflict(
                reason=f"{one.number} is not late: nothing of it can be collected yet.",
                remedy="Leave it out, or wait until it is due.",
                field="invoices",
            )
        rows.append(Chased(one, over, None))
    told = await claimed(ctx, rows, policy)
    return Claim(party, told, invoices[0].currency)


async def _refuse_unfit(ctx: Context, invoices: Sequence[Invoice], way: Way) -> None:
    """Refuse what is contested, elsewhere already, or lacks the notice that a court looks for."""
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
                reason=f"{one.number} was handed over already.",
                remedy="Leave it out.",
                field="invoices",
            )
        if way == "payment_order" and one.id not in noticed:
            raise Conflict(
                reason=f"No formal notice was sent for {one.number}.",
                remedy="Send it with invoicing.dunning_letter.send_formal_notice first.",
                field="invoices",
            )
    if len({one.currency for one in invoices}) > 1:
        raise Conflict(
            reason="The invoices are in several currencies.",
            remedy="Make one file for each currency: name the invoices.",
            field="invoices",
        )


async def _files(
    ctx: Context, claim: Claim, letters: Sequence[DunningLetter]
) -> tuple[dict[str, bytes], list[str]]:
    """The pieces by their place in the zip, and those that are missing."""
    files = {
        "claim.json": json.dumps(
            await _told(ctx, claim), ensure_ascii=False, indent=1, sort_keys=True
        ).encode(),
        "claim.csv": _table(ctx, claim),
        "statement.pdf": await _statement(ctx, claim),
    }
    found = await pieces(ctx, [row.invoice.id for row in claim.rows])
    for one in found:
        files[f"invoices/{one.filename}"] = await _bytes(ctx, one.sha256)
    covered = {place.id for one in found for place in one.records}
    missing = [
        f"{row.invoice.number}: its PDF; invoicing.invoice.generate_pdf makes it"
        for row in claim.rows
        if row.invoice.id not in covered
    ]
    for letter in letters:
        if letter.document_id:
            document: Any = await ctx.get(kind("core.document"), letter.document_id, beyond=True)
            files[f"letters/{document.filename}"] = await _bytes(ctx, document.sha256)
    return files, missing


async def _told(ctx: Context, claim: Claim) -> dict[str, Any]:
    """The claim as data: creditor, debtor, and each invoice with what it comes to."""
    own, theirs = await seller(ctx), buyer(claim.party)
    rows = [
        {
            "number": row.invoice.number,
            "issued_on": str(row.invoice.issue_date),
            "due_on": str(row.late.due_on),
            "days_late": row.late.days,
            **{name: f"{amount:f}" for name, amount in claim.parts(row).items()},
        }
        for row in claim.rows
    ]
    return {
        "as_of": str(ctx.today),
        "currency": claim.currency,
        "creditor": own.model_dump(mode="json", exclude_none=True),
        "debtor": theirs.model_dump(mode="json", exclude_none=True),
        "invoices": rows,
        "principal": f"{claim.sum('principal').amount:f}",
        "penalties": f"{claim.sum('penalties').amount:f}",
        "indemnities": f"{claim.sum('indemnities').amount:f}",
        "total": f"{claim.total.amount:f}",
    }


def _table(ctx: Context, claim: Claim) -> bytes:
    heads = {
        "fr": (
            "Facture",
            "Date",
            "Échéance",
            "Jours de retard",
            "Principal",
            "Pénalités",
            "Indemnité",
        ),
        "en": ("Invoice", "Date", "Due", "Days late", "Principal", "Late interest", "Compensation"),
    }
    language = "fr" if ctx.locale.startswith("fr") else "en"
    rows = [
        (
            row.invoice.number,
            row.invoice.issue_date,
            row.late.due_on,
            row.late.days,
            *claim.parts(row).values(),
        )
        for row in claim.rows
    ]
    return ctx.sheet("csv", heads[language], rows)


async def _statement(ctx: Context, claim: Claim) -> bytes:
    first = min((row.invoice.issue_date or row.late.due_on) for row in claim.rows)
    account = await account_of(ctx, claim.party, first, ctx.today)
    language = language_of(claim.party)
    paper = await paper_of(ctx, account, language)
    return await ctx.typeset(statement_layout, paper, language=language)


async def _bytes(ctx: Context, digest: str) -> bytes:
    return b"".join([piece async for piece in ctx.content(digest)])


async def _filed(ctx: Context, party: Party, files: dict[str, bytes]) -> Any:
    """The zip as a document about the party."""
    name = f"recouvrement-{party.siren or party.id.hex[-8:]}-{ctx.today}.zip"
    document: Any = kind("core.document")
    return await document.filed(
        ctx,
        _zipped(files),
        name,
        kind="export",
        records=[RecordRef.to("crm.party", party.id)],
        # Whole invoices are in it: who may not read these does not read it either.
        needs=["invoicing:read"],
    )


def _zipped(files: dict[str, bytes]) -> bytes:
    """The same bytes for the same files: each under one fixed time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), files[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()


async def _note(ctx: Context, claim: Claim, way: Way) -> None:
    customer = await ctx.first(Customer, Customer.c.party_id == claim.party.id)
    about = ("crm.customer", customer.id) if customer else ("crm.party", claim.party.id)
    french = ctx.locale.startswith("fr")
    words = {
        "agency": "Remis au recouvrement" if french else "Handed to collection",
        "payment_order": "Dossier d'injonction de payer" if french else "File for an order to pay",
    }
    numbers = ", ".join(row.invoice.number or "" for row in claim.rows)
    told: dict[str, Any] = {
        "kind": "task",
        "subject": f"{words[way]} : {numbers}"[:200],
        "record": RecordRef.to(*about),
        "customer_id": customer.id if customer else None,
        "assignee_id": ctx.user_id,
        "outcome": "done",
    }
    await logged(ctx, Activity(**told))
