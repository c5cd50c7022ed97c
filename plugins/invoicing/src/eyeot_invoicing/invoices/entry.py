"""Entry: how an invoice is booked, and which of its VAT falls due at once or waits for the payment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eyeot import Context, Money, RecordRef
from eyeot_crm.parties import Party
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.vat.due import Nature, Part, fell_due, is_pending, parts, territories
from eyeot_invoicing.vat.pending import Books, told
from eyeot_sales.catalogue.categories import line_of
from eyeot_sales.catalogue.products import Product
from eyeot_sales.trade.amounts import ZERO, TaxKey, money, spread
from eyeot_sales.trade.documents import totalled
from eyeot_sales.trade.lines import amount, counted

_ROLES = {"goods": "sales_goods", "service": "sales_services"}


async def income_account(ctx: Context, accounts: Accounts, line: Any) -> LedgerAccount:
    """Where a line is booked: as it says, as its product or its category says, else by its nature."""
    if line.account_id is not None:
        return await ctx.get(LedgerAccount, line.account_id)
    if line.product_id is not None:
        product = await ctx.get(Product, line.product_id)
        if product.income_account:
            return await accounts.code(product.income_account)
        for category in await line_of(ctx, product.category_id):
            if category.income_account:
                return await accounts.code(category.income_account)
    return await accounts.role(_ROLES[line.nature or "service"])


@dataclass(frozen=True, slots=True)
class Impact:
    """What posting an invoice means for the books: its legs, and its VAT, due at once or waiting."""

    legs: list[Leg]
    at_once: list[Part]
    waiting: list[Part]


async def impact(ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine]) -> Impact:
    """What posting an invoice would book; nothing is written."""
    accounts, books = Accounts(ctx), Books(invoice.exchange_rate)
    found = vat_parts(invoice, lines, await territories(ctx, lines))
    waiting = [one for one in found if waits(invoice, one)]
    at_once = [one for one in found if not waits(invoice, one)]
    legs = await income_legs(ctx, accounts, Sold.of(invoice), lines)
    for one in at_once:
        account = await accounts.role("vat_collected", one.key.percent)
        legs.append(Leg(account, -books.of(one.tax)))
    if waiting:
        account = await accounts.role("vat_pending")
        legs.append(Leg(account, -sum((books.of(one.tax) for one in waiting), ZERO)))
    return Impact([*await _receivable(accounts, invoice, legs), *legs], at_once, waiting)


async def booked(ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Book a posted invoice, and note its VAT: due by its date, or waiting for the payment."""
    found, books = await impact(ctx, invoice, lines), Books(invoice.exchange_rate)
    source = RecordRef.to(invoice.meta.name, invoice.id)
    party = await ctx.get(Party, invoice.party_id, beyond=True)
    entry = await book(
        ctx,
        Booking(
            journal="sales",
            on=invoice.issue_date or ctx.today,
            label=f"Facture {invoice.number} {party.name}",
            legs=found.legs,
            piece_ref=invoice.number,
            source=source,
        ),
    )
    invoice.entry_id = entry.id
    invoice.pending_vat = told(found.waiting)  # type: ignore[assignment]
    taxes = sum((books.of(one.tax) for one in (*found.at_once, *found.waiting)), ZERO)
    house = await ctx.organization()
    invoice.total_tax_books = money(taxes, house.currency)
    facts = {"direction": "collected", "source": source, "party_id": invoice.party_id}
    for one in found.at_once:
        day = tax_point(invoice, one.nature, one.key)
        part = books.part(one)
        await fell_due(ctx, [part], due_on=day, cause=source, entry_id=entry.id, **facts)


def tax_point(invoice: Invoice, nature: Nature, key: TaxKey) -> date:
    """The day on which VAT that waits for no payment falls due: of goods that of their supply.

    What is invoiced before it is supplied is owed by the invoice (CGI, art. 283, 3), and what corrects an
    invoice follows its credit note. Supplies to other member states go by the invoice.
    Source: CGI, art. 269, 1-a and 2-a.
    """
    assert invoice.issue_date
    of_goods = nature == "goods" and key.category != "K" and invoice.kind != "corrective"
    if not of_goods or invoice.supply_date is None:
        return invoice.issue_date
    return min(invoice.supply_date, invoice.issue_date)


def vat_parts(
    invoice: Invoice, lines: Sequence[InvoiceLine], where: Mapping[TaxKey, str] | None = None
) -> list[Part]:
    """An invoice's VAT by key and nature."""
    breakdown = totalled(invoice, lines).breakdown
    return parts(
        breakdown, [(one.nature or "service", amount(one)) for one in lines if counted(one)], where
    )


def waits(invoice: Invoice, part: Part) -> bool:
    """Whether a part of an invoice's VAT falls due by the payment."""
    deposit = invoice.kind == "deposit"
    return bool(part.tax) and is_pending(
        part.nature, on_debits=invoice.vat_on_debits, deposit=deposit
    )


@dataclass(frozen=True, slots=True)
class Sold:
    """The facts of a piece that its income is booked by."""

    party_id: UUID
    rate: Decimal | None
    is_deposit: bool
    discount: Decimal

    @classmethod
    def of(cls, invoice: Invoice) -> "Sold":
        """Those of an invoice."""
        taken = invoice.total_discount.amount if invoice.total_discount else ZERO
        return cls(invoice.party_id, invoice.exchange_rate, invoice.kind == "deposit", taken)


async def income_legs(
    ctx: Context, accounts: Accounts, sold: Sold, lines: Sequence[Any]
) -> list[Leg]:
    """The credits of what was sold, by account; the discount on the whole taken off in proportion."""
    books = Books(sold.rate)
    nets: dict[LedgerAccount, Decimal] = {}
    deposit = await accounts.role("deposit_received")
    for line in lines:
        if not counted(line) or line.net is None:
            continue
        on_deposit = sold.is_deposit or line.kind == "deposit"
        account = deposit if on_deposit else await income_account(ctx, accounts, line)
        nets[account] = nets.get(account, ZERO) + line.net.amount
    if sold.discount:
        nets = _less(nets, sold.discount, deposit if not sold.is_deposit else None)
    return [
        Leg(account, -books.of(net), sold.party_id if account.reconcilable else None)
        for account, net in nets.items()
    ]


def _less(
    nets: dict[LedgerAccount, Decimal], taken: Decimal, untouched: LedgerAccount | None
) -> dict[LedgerAccount, Decimal]:
    over = {one: net for one, net in nets.items() if one is not untouched}
    shares = spread(taken, {one.code: net for one, net in over.items()})
    return {one: net - (shares[one.code] if one in over else ZERO) for one, net in nets.items()}


async def _receivable(accounts: Accounts, invoice: Invoice, legs: Sequence[Leg]) -> list[Leg]:
    """The debits of what the buyer owes, one for each instalment."""
    owed = -sum((one.amount for one in legs), ZERO)
    account = await accounts.role("receivable")
    due: list[Any] = list(invoice.instalments)
    found: list[Leg] = []
    rest = owed
    for at, one in enumerate(due, start=1):
        part = rest if at == len(due) else Books(invoice.exchange_rate).of(Decimal(one["amount"]))
        rest -= part
        foreign = (
            Money(amount=Decimal(one["amount"]), currency=invoice.currency)
            if invoice.exchange_rate is not None
            else None
        )
        found.append(
            Leg(account, part, invoice.party_id, None, date.fromisoformat(one["due_date"]), foreign)
        )
    return found
