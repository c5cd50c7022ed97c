"""Bank accounts: where the money is, each with a ledger account and a journal of its own."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from eyeot import Context, Lifecycle, Money, Record, Resource, Shared, field, invalid, ref, step
from eyeot.types import Currency
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.reading import BOOKS
from eyeot_sales.trade.amounts import rounded

_ROOT = "512"
_DIGITS = 6


def checked_iban(value: str) -> str:
    """An IBAN without spaces; refused when its country, length or key is wrong (ISO 13616)."""
    try:
        return str(IBAN(value, validate_bban=False).compact)
    except SchwiftyException:
        raise PydanticCustomError(
            "iban", "Not an IBAN: its country, length or check digits are wrong."
        ) from None


Iban = Annotated[
    str,
    AfterValidator(checked_iban),
    WithJsonSchema(
        {"type": "string", "description": "IBAN, e.g. FR76 3000 6000 0112 3456 7890 189."}
    ),
]


class BankAccount(
    Record,
    name="invoicing.bank_account",
    prefix="bac",
    needs=BOOKS,
    hint=("iban",),
    search=("name", "iban"),
    exact=("iban",),
    unique=(("iban",), ("account_id",)),
    index=(("journal_id",),),
    reach=Shared(),
    state="status",
    sort="name",
):
    """One of our accounts at a bank."""

    name: str = field("Its name among us.", max_length=100)
    iban: Iban | None = field("Its IBAN.", access="create", default=None)
    bic: str | None = field(
        "The bank's BIC; by the IBAN when left out.", max_length=11, default=None
    )
    currency: Currency = field("Its currency.", access="create", default="EUR")
    opening_balance: Money | None = field(
        "What was on it before the first statement; by that statement when left out.",
        access="create",
        default=None,
    )
    journal_id: UUID | None = ref(
        "invoicing.journal", "Its journal; made with it.", access="create", default=None
    )
    account_id: UUID | None = ref(
        "invoicing.ledger_account",
        "Its ledger account; made with it.",
        access="create",
        default=None,
    )
    connector: Literal["file", "ebics", "open_banking", "none"] = field(
        "How its movements come.", default="file"
    )
    consent_until: date | None = field(
        "Until when the bank lets us read.", access="read", default=None
    )
    last_sync_at: datetime | None = field("When movements last came.", access="read", default=None)
    bank_name: str | None = field(
        "Of open banking: the bank, as the provider calls it.",
        access="read",
        max_length=100,
        default=None,
    )
    application_id: str | None = field(
        "Of open banking: by what the provider knows us.",
        access="read",
        max_length=100,
        default=None,
    )
    redirect_url: str | None = field(
        "Of open banking: where the bank sends whoever agreed.",
        access="read",
        max_length=500,
        default=None,
    )
    credentials: str | None = field(
        "Sealed: the key, and the session that the bank opened.",
        access="secret",
        max_length=10_000,
        default=None,
    )
    status: Literal["active", "closed"] = field(
        "Whether it is still used.", access="read", default="active"
    )

    def complete(self) -> None:
        """Derive the BIC, and refuse an opening balance in another currency."""
        if self.iban and not self.bic:
            self.bic = bic_of(self.iban)
        if self.opening_balance and self.opening_balance.currency != self.currency:
            raise invalid("opening_balance", f"the account is in {self.currency}")


def bic_of(iban: str) -> str | None:
    """The BIC of an IBAN's bank, where the register of banks tells it."""
    try:
        found = IBAN(iban, validate_bban=False).bic
    except SchwiftyException:
        return None
    return str(found.compact) if found else None


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Give a new account its ledger account and journal; the first takes what payments are booked on."""
    if not row.is_new:
        return
    if row.account_id is None:
        row.account_id = (await _ledger_account(ctx, row)).id
    account = await ctx.get(LedgerAccount, row.account_id)
    if account.type != "bank":
        raise invalid("account_id", f"{account.code} is not an account of type bank")
    if row.journal_id is None:
        row.journal_id = (await _journal(ctx, row, account)).id
    journal = await ctx.get(Journal, row.journal_id)
    if journal.kind != "bank":
        raise invalid("journal_id", f"{journal.code} is not a journal of kind bank")


async def _ledger_account(ctx: Context, row: BankAccount) -> LedgerAccount:
    general = await Accounts(ctx).role("bank")
    if await ctx.first(BankAccount, BankAccount.c.account_id == general.id) is None:
        return general
    c = LedgerAccount.c
    taken = {one.code for one in await ctx.find(LedgerAccount, c.code.startswith(_ROOT))}
    codes = (f"{_ROOT}{number:0{_DIGITS - len(_ROOT)}}" for number in range(100, 1000))
    code = next(one for one in codes if one not in taken)
    return await ctx.add(LedgerAccount(code=code, name=row.name, type="bank", reconcilable=True))


async def _journal(ctx: Context, row: BankAccount, account: LedgerAccount) -> Journal:
    """The first account takes the journal that payments are booked in; others get one each."""
    c = Journal.c
    ours = {one.journal_id for one in await ctx.find(BankAccount)}
    books = await ctx.find(Journal, c.kind == "bank", order=c.code)
    for one in books:
        free = one.id not in ours and one.status == "active" and one.archived_at is None
        if free and one.default_account_id in (None, account.id) and account.role == "bank":
            one.default_account_id = account.id
            return one
    taken = {one.code for one in await ctx.find(Journal)}
    codes = (f"BQ{number:02}" for number in range(2, 1000))
    code = next(one for one in codes if one not in taken)
    return await ctx.add(
        Journal(code=code, name=row.name, kind="bank", default_account_id=account.id)
    )


lifecycle = Lifecycle(
    "status",
    "active",
    (
        step(
            "close",
            "active",
            to="closed",
            doc="Close a bank account: no statement comes any more, what came stays.",
            en="Close a bank account; we left that bank; stop using a bank account",
            fr="Clore un compte bancaire; fermer un compte à la banque; ne plus utiliser un compte bancaire",
        ),
    ),
)
bank_accounts = Resource(
    BankAccount,
    profile="config",
    adding="history search",
    en="bank account; bank accounts; account at the bank; IBAN",
    fr="compte bancaire; comptes bancaires; compte en banque; RIB; IBAN",
    lifecycle=lifecycle,
    prepare=prepare,
    example={"name": "Compte courant bis", "iban": "FR7610278061000002039670155"},
)


def refuse_closed(account: BankAccount) -> None:
    """Refuse to take statements of an account that is not used any more."""
    if account.status != "active" or account.archived_at is not None:
        raise invalid(
            "bank_account_id", f"{account.name} is closed; invoicing.bank_account.list shows others"
        )


async def in_books(ctx: Context, account: BankAccount, until: date) -> Decimal:
    """What the books say is on an account at the end of a day, in their currency."""
    c, entry = EntryLine.c, JournalEntry.c
    figure = sa.func.coalesce(sa.func.sum(c.debit - c.credit), 0).label("balance")
    statement = (
        sa.select(figure)
        .join(JournalEntry.meta.table, sa.and_(entry.org_id == c.org_id, entry.id == c.entry_id))
        .where(
            ctx.within(EntryLine),
            ctx.within(JournalEntry),
            c.account_id == account.account_id,
            c.date <= until,
            entry.status != "draft",
        )
    )
    return rounded(Decimal((await ctx.rows(statement))[0]["balance"]))
