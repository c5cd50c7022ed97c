"""Booking movements: what of them goes to accounts directly, with its VAT."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from eyeot import Context, RecordRef, invalid
from eyeot_invoicing.bank.accounts import BankAccount
from eyeot_invoicing.bank.statements import BankStatement, BankTransaction
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import JournalEntry
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.payments.exchange import rate_on
from eyeot_invoicing.vat.due import Part, fell_due
from eyeot_sales.taxes.rates import TaxRate
from eyeot_sales.trade.amounts import HUNDRED, ZERO, TaxKey, rounded


@dataclass(frozen=True, slots=True)
class Direct:
    """A part of a movement that is booked on an account: signed as the movement is."""

    account_id: UUID
    amount: Decimal
    tax_rate_id: UUID | None = None
    label: str | None = None
    party_id: UUID | None = None


class Ledger:
    """One bank account in the books."""

    def __init__(self, ctx: Context, bank: BankAccount, rate: Decimal | None = None) -> None:
        self.ctx = ctx
        self.bank = bank
        self.rate = rate
        self.accounts = Accounts(ctx)

    @classmethod
    async def of(
        cls, ctx: Context, transaction: BankTransaction, rate: Decimal | None = None
    ) -> "Ledger":
        """That of a movement, at the rate of its day where its currency is not that of the books."""
        bank = await ctx.get(BankAccount, transaction.bank_account_id)
        house = await ctx.organization()
        if rate is not None and bank.currency == house.currency:
            raise invalid("exchange_rate", f"the account is in {bank.currency}, as the books are")
        return cls(ctx, bank, rate or await rate_on(ctx, bank.currency, transaction.booked_on))

    def of_books(self, amount: Decimal) -> Decimal:
        """An amount of the account in the currency of the books."""
        return amount if self.rate is None else rounded(amount * self.rate)

    async def account(self) -> LedgerAccount:
        """Its ledger account."""
        assert self.bank.account_id
        return await self.ctx.get(LedgerAccount, self.bank.account_id)

    async def entry(
        self, transaction: BankTransaction, label: str, legs: list[Leg]
    ) -> JournalEntry:
        """Write an entry in its journal, on the day of a movement."""
        assert self.bank.journal_id
        return await book(
            self.ctx,
            Booking(
                journal=await self.ctx.get(Journal, self.bank.journal_id),
                on=transaction.booked_on,
                label=label,
                legs=legs,
                piece_ref=transaction.end_to_end_id or await self._place(transaction),
                source=RecordRef.to(transaction.meta.name, transaction.id),
            ),
        )

    async def _place(self, transaction: BankTransaction) -> str:
        """Where the statement shows a movement: the piece of its entry where the bank gave no reference."""
        statement = await self.ctx.get(BankStatement, transaction.statement_id)
        return f"Relevé {statement.end}/{transaction.position}"

    async def direct(self, transaction: BankTransaction, part: Direct) -> JournalEntry:
        """Book a part of a movement on an account, its VAT apart (CGI, art. 271, I-1)."""
        account = await self.ctx.get(LedgerAccount, part.account_id)
        if account.archived_at is not None:
            raise invalid("account_id", f"{account.code} was put away")
        if account.id == self.bank.account_id:
            raise invalid("account_id", f"{account.code} is the bank account itself")
        whole = self.of_books(part.amount)
        rate = await self.ctx.get(TaxRate, part.tax_rate_id) if part.tax_rate_id else None
        tax = _tax_in(whole, rate.rate) if rate else ZERO
        party = part.party_id if account.reconcilable else None
        legs = [Leg(await self.account(), whole), Leg(account, tax - whole, party, part.label)]
        if rate and tax:
            legs.append(Leg(await self._vat_account(rate, whole), -tax))
        label = part.label or transaction.label or transaction.remittance or account.name
        entry = await self.entry(transaction, label, legs)
        if rate:
            await self._vat_due(transaction, entry, rate, (whole - tax, tax))
        return entry

    async def _vat_account(self, rate: TaxRate, whole: Decimal) -> LedgerAccount:
        wanted = "purchase" if whole < 0 else "sale"
        if rate.scope != wanted:
            raise invalid(
                "tax_rate_id",
                f"{rate.code} is for a {rate.scope}; sales.tax_rate.list(scope={wanted}) shows others",
            )
        role = "vat_deductible" if whole < 0 else "vat_collected"
        return await self.accounts.role(role, rate.rate)

    async def _vat_due(
        self,
        transaction: BankTransaction,
        entry: JournalEntry,
        rate: TaxRate,
        figures: tuple[Decimal, Decimal],
    ) -> None:
        """Note the VAT of what was paid for with its movement: it falls due by the payment."""
        base, tax = figures
        outward = base < 0
        sign = -1 if outward else 1
        source = RecordRef.to(transaction.meta.name, transaction.id)
        key = TaxKey(rate.category, rate.rate, rate.exemption_code or "")
        await fell_due(
            self.ctx,
            [Part("service", key, sign * base, sign * tax)],
            due_on=transaction.booked_on,
            direction="deductible" if outward else "collected",
            source=source,
            cause=RecordRef.to(entry.meta.name, entry.id),
            entry_id=entry.id,
        )


def _tax_in(gross: Decimal, percent: Decimal) -> Decimal:
    """The VAT within an amount that includes it, rounded once."""
    return rounded(gross * percent / (HUNDRED + percent))
