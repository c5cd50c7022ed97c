"""Deposits: invoiced ahead of delivery, by VAT rate and nature; invoicing tells what is left of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from eyeot import Conflict, Context, Money, invalid, minor_units
from eyeot_sales.billing.asking import Draft, Drafted, amount_given, deposits_of, draft, reference
from eyeot_sales.billing.unbilled import unbilled
from eyeot_sales.catalogue.products import Product, nature_of
from eyeot_sales.trade.amounts import HUNDRED, ZERO, TaxKey, rounded, spread
from eyeot_sales.trade.lines import counted


class Under(NamedTuple):
    """What an amount falls under: a VAT rate, and goods or a service, by which its VAT falls due."""

    rate: UUID
    nature: str


Bases = dict[Under, Decimal]
"""Amounts without VAT, by what they fall under."""


async def bases_of(ctx: Context, document: Any, lines: Iterable[Any]) -> Bases:
    """What a document comes to under each VAT rate and nature, after the discount on the whole."""
    found: Bases = defaultdict(Decimal)
    for line in lines:
        if counted(line) and line.net and line.tax_rate_id:
            product = await ctx.get(Product, line.product_id) if line.product_id else None
            found[Under(line.tax_rate_id, nature_of(product))] += line.net.amount
    taken = document.total_discount.amount if document.total_discount else ZERO
    parts = _shared(taken, found, minor_units(document.currency))
    return {under: base - parts[under] for under, base in found.items()}


def _shared(amount: Decimal, over: Bases, places: int) -> Bases:
    """An amount shared as totals share a discount over rates."""
    keys = {under: TaxKey(str(under.rate), ZERO, under.nature) for under in over}
    parts = spread(amount, {keys[under]: base for under, base in over.items()}, places)
    return {under: parts[key] for under, key in keys.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How large a deposit is to be: a share, or an amount without VAT; else what was agreed."""

    percent: Decimal | None = None
    amount: Money | None = None


def _wanted(document: Any, asked: Asked, whole: Decimal) -> Decimal:
    if asked.percent is not None and asked.amount is not None:
        raise invalid("amount", "give percent or amount, not both")
    if asked.amount is not None:
        if asked.amount.currency != document.currency:
            raise invalid("amount", f"the document is in {document.currency}")
        return Decimal(asked.amount.amount)
    percent = asked.percent if asked.percent is not None else document.deposit_percent
    if percent is None:
        raise invalid("percent", "say how much: no deposit was agreed (deposit_percent)")
    return rounded(whole * percent / HUNDRED, minor_units(document.currency))


async def draft_deposit(ctx: Context, document: Any, lines: Sequence[Any], asked: Asked) -> Drafted:
    """Draft the deposit invoice of a quote or order, one line for each VAT rate and nature."""
    found = await bases_of(ctx, document, lines)
    bases = {under: base for under, base in found.items() if base > ZERO}
    whole = sum(bases.values(), ZERO)
    standing = await deposits_of(ctx, document)
    if standing and asked.percent is None and asked.amount is None:
        told = ", ".join(dict.fromkeys(one.number or "a draft" for one in standing))
        raise Conflict(
            reason=f"The deposit that was agreed is asked already: {told}.",
            remedy="Post it if it is a draft (invoicing.invoice.post); give percent or amount for another.",
            field="id",
        )
    amount = _wanted(document, asked, whole)
    before = sum((one.left for one in standing), ZERO)
    most = await unbilled(ctx, document) - before
    if amount <= ZERO or amount > most:
        raise Conflict(
            reason=f"Of {whole} without VAT, {most + before} are left to invoice, of which {before} are "
            "asked as deposits already.",
            remedy=f"Ask more than 0, and at most {max(most, ZERO)}.",
            field="percent" if asked.amount is None else "amount",
        )
    share = f"{rounded(HUNDRED * amount / whole):f}".rstrip("0").rstrip(".")
    words = (
        f"Acompte de {share} % sur {document.number}"
        if ctx.locale.startswith("fr")
        else f"Deposit of {share} % on {document.number}"
    )
    parts = _shared(amount, bases, minor_units(document.currency))
    rows = [
        {**amount_given(words, part, document.currency, under.rate), "nature": under.nature}
        for under, part in parts.items()
        if part
    ]
    more = {"deposit_of": reference(document).typeid}
    return await draft(ctx, Draft(document=document, kind="deposit", lines=rows, more=more))
