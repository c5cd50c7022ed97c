"""Accounts: proposes where a line is booked, from its product and from what was booked before."""

from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, Output, action
from eyeot_invoicing.ids import AccountId, InvoiceLineId
from eyeot_invoicing.invoices.entry import income_account
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_sales.ids import TaxRateId
from eyeot_sales.trade.lines import COUNTED

_SURE, _LIKELY = Decimal("0.95"), Decimal("0.5")
_LOOKED_AT = 5


class LineAsked(Input):
    """One line of an invoice."""

    line_id: InvoiceLineId


class Proposed(Output):
    """An account, and why."""

    account_id: AccountId
    code: str
    name: str
    tax_rate_id: TaxRateId | None
    confidence: Annotated[Exact, Field(description="From 0 to 1.")]
    reason: str


class Proposals(Output):
    """Accounts that a line may be booked on, the surest first."""

    proposals: list[Proposed]


async def _used(ctx: Context, line: InvoiceLine) -> list[dict[str, Any]]:
    """The accounts and rates of posted lines that say the same, or sell the same product."""
    c = InvoiceLine.c
    alike = sa.func.lower(c.description) == line.description.lower()
    if line.product_id is not None:
        alike = sa.or_(alike, c.product_id == line.product_id)
    posted = InvoiceLine.meta.table.join(
        Invoice.meta.table, (c.org_id == Invoice.c.org_id) & (c.invoice_id == Invoice.c.id)
    )
    return await ctx.rows(
        sa.select(c.account_id, c.tax_rate_id, sa.func.count().label("n"))
        .select_from(posted)
        .where(
            ctx.within(Invoice),
            Invoice.c.status != "draft",
            c.account_id.is_not(None),
            c.id != line.id,
            alike,
        )
        .group_by(c.account_id, c.tax_rate_id)
        .order_by(sa.desc("n"))
        .limit(_LOOKED_AT)
    )


@action(
    "invoicing.invoice_line.suggest_account",
    risk="r",
    en=(
        "Suggest the account of an invoice line; where should this line be booked; revenue account; which "
        "account for this sale"
    ),
    fr=(
        "Proposer le compte d'une ligne de facture; où comptabiliser cette ligne; compte de produit; quel "
        "compte pour cette vente"
    ),
    example={"line_id": "$invoicing.invoice_line"},
    record=InvoiceLine,
)
async def suggest_account(ctx: Context, data: LineAsked) -> Proposals:
    """Propose the revenue account and VAT of a line: from its product, and from how the like was booked."""
    line = await ctx.get(InvoiceLine, data.line_id)
    if line.kind not in COUNTED:
        raise Conflict(
            reason=f"A line of kind {line.kind} is not booked: it has no amount.",
            remedy="Ask of a line of kind product.",
        )
    rows = await _used(ctx, line)
    whole = sum(one["n"] for one in rows)
    found = [
        _proposed(
            await ctx.get(LedgerAccount, one["account_id"]),
            one["tax_rate_id"],
            (Decimal(one["n"]) / whole * _SURE, f"{one['n']} posted lines alike are booked there"),
        )
        for one in rows
    ]
    usual = await income_account(ctx, Accounts(ctx), line)
    if all(one.account_id != usual.id for one in found):
        why = "its product, category or nature says so" if line.product_id else "of its nature"
        sure = _SURE if line.account_id or line.product_id else _LIKELY
        found.append(_proposed(usual, line.tax_rate_id, (sure, why)))
    return Proposals(proposals=sorted(found, key=lambda one: -one.confidence))


def _proposed(account: LedgerAccount, rate: Any, why: tuple[Decimal, str]) -> Proposed:
    return Proposed(
        account_id=account.id,
        code=account.code,
        name=account.name,
        tax_rate_id=rate,
        confidence=round(why[0], 2),
        reason=why[1],
    )
