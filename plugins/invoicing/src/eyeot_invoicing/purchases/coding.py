"""Coding: which account a supplier's line is booked on, by what was done before."""

from collections import Counter
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Input, Output, action
from eyeot_invoicing.ids import AccountId, SupplierInvoiceId
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.purchases.record import SupplierInvoice, SupplierInvoiceLine

_ROLES = {"goods": "purchases_goods", "service": "purchases_services", "asset": "purchases"}
_BEFORE = 200
_BOOKED = ("approved", "posted", "partially_paid", "paid")
_SURE, _LIKELY, _GUESS = "0.95", "0.7", "0.3"


async def _history(ctx: Context, party_id: UUID) -> list[dict[str, Any]]:
    """The lines of a supplier's invoices that were approved, newest first."""
    c, of = SupplierInvoiceLine.c, SupplierInvoice.c
    query = (
        sa.select(c.description, c.reference, c.account_id, c.analytic)
        .where(
            of.org_id == c.org_id,
            of.id == c.supplier_invoice_id,
            ctx.within(SupplierInvoice),
            of.party_id == party_id,
            of.status.in_(_BOOKED),
            c.account_id.is_not(None),
        )
        .order_by(of.invoice_date.desc(), c.id.desc())
        .limit(_BEFORE)
    )
    return await ctx.rows(query)


def _same(before: dict[str, Any], line: Any) -> bool:
    if line.reference and before["reference"]:
        return bool(line.reference == before["reference"])
    return bool(before["description"].casefold() == line.description.casefold())


async def proposed(ctx: Context, invoice: Any, line: Any) -> tuple[UUID, str, str]:
    """The account of a line, how sure that is, and why."""
    before = await _history(ctx, invoice.party_id)
    for one in before:
        if _same(one, line):
            return one["account_id"], _SURE, "the same line of this supplier was booked there"
    if before:
        (account, times), *_ = Counter(one["account_id"] for one in before).most_common(1)
        why = f"{times} of this supplier's last {len(before)} lines were booked there"
        return account, _LIKELY, why
    accounts = Accounts(ctx)
    account_row = await accounts.role(_ROLES[line.nature])
    return (
        account_row.id,
        _GUESS,
        f"the usual account of {line.nature}: nothing of this supplier yet",
    )


async def coded(ctx: Context, invoice: Any, line: Any) -> UUID:
    """The account that a line is placed on when it is entered."""
    account, _, _ = await proposed(ctx, invoice, line)
    return account


class Chosen(Input):
    """One supplier's invoice."""

    id: SupplierInvoiceId


class Proposal(Output):
    """Where a line could be booked."""

    line: Annotated[str, Field(description="What it says.")]
    account_id: AccountId
    account: str
    tax_percent: Exact
    confidence: Annotated[Exact, Field(description="0 to 1.")]
    why: str
    is_set: Annotated[bool, Field(description="Whether the line is placed there already.")]


class Proposals(Output):
    """A proposal for every line."""

    lines: list[Proposal]


@action(
    "invoicing.supplier_invoice.suggest_coding",
    risk="r",
    en=(
        "Suggest the coding of a supplier invoice; which expense account; where to book a bill; "
        "account for a purchase; which account for this purchase"
    ),
    fr=(
        "Proposer l'imputation d'une facture fournisseur; quel compte de charge; où "
        "comptabiliser un achat; compte d'une facture d'achat; sur quel compte passer un achat"
    ),
    example={"id": "$invoicing.supplier_invoice?status=to_review"},
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice_line.update", "invoicing.supplier_invoice.approve"),
)
async def suggest_coding(ctx: Context, data: Chosen) -> Proposals:
    """Propose the account of each line from how this supplier's were booked, with how sure that is."""
    invoice = await ctx.get(SupplierInvoice, data.id)
    c = SupplierInvoiceLine.c
    found: list[Proposal] = []
    for line in await ctx.find(
        SupplierInvoiceLine, c.supplier_invoice_id == invoice.id, order=(c.position, c.id)
    ):
        account_id, sure, why = await proposed(ctx, invoice, line)
        account = await ctx.get(LedgerAccount, account_id)
        found.append(
            Proposal(
                line=line.description,
                account_id=account.id,
                account=f"{account.code} {account.name}",
                tax_percent=line.tax_percent,
                confidence=Decimal(sure),
                why=why,
                is_set=line.account_id == account.id,
            )
        )
    return Proposals(lines=found)
