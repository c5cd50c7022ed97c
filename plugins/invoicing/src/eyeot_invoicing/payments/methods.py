"""Methods: by which means payments come and go, and which account they pass through."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from eyeot import Conflict, Context, Record, Resource, Shared, Starting, field, ref
from eyeot_invoicing.bank.accounts import BankAccount
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.journals import Journal, JournalKind

MethodKind = Literal["transfer", "direct_debit", "card", "cheque", "cash", "bill"]


class PaymentMethod(
    Record,
    name="invoicing.payment_method",
    prefix="pme",
    search=("name",),
    exact=("code",),
    unique=(("code",),),
    reach=Shared(),
    sort="name",
):
    """A means of payment."""

    code: str = field("Its short name, e.g. transfer.", access="create", max_length=30)
    name: str = field("Its name.", max_length=100)
    kind: MethodKind = field("What it is.", access="create")
    journal_id: UUID | None = ref(
        "invoicing.journal",
        "The journal it is booked in; that of its kind when left out.",
        default=None,
    )
    code_untdid_4461: str = field(
        "Its code in e-invoices (UNTDID 4461).", max_length=3, default="30"
    )
    provider: Literal["stripe"] | None = field(
        "Who takes payments online by it.", access="read", default=None
    )
    credentials: str | None = field(
        "Sealed: that provider's key.", access="secret", max_length=4000, default=None
    )
    cash_ceiling: Decimal | None = field(
        "Most that is taken so from one payer for one sale; the law's when left out.",
        ge=0,
        default=None,
    )


methods = Resource(
    PaymentMethod,
    profile="config",
    en="payment method; payment methods; means of payment",
    fr="moyen de paiement; moyens de paiement; mode de règlement",
    example={"code": "card-shop", "name": "Carte, boutique", "kind": "card"},
)
starting_methods = Starting(
    PaymentMethod,
    key="code",
    rows=[
        {"code": "transfer", "name": "Virement", "kind": "transfer", "code_untdid_4461": "30"},
        {
            "code": "direct_debit",
            "name": "Prélèvement",
            "kind": "direct_debit",
            "code_untdid_4461": "59",
        },
        {"code": "card", "name": "Carte bancaire", "kind": "card", "code_untdid_4461": "48"},
        {"code": "cheque", "name": "Chèque", "kind": "cheque", "code_untdid_4461": "20"},
        {"code": "cash", "name": "Espèces", "kind": "cash", "code_untdid_4461": "10"},
    ],
)

_BOOKED_ON = {"cash": "cash", "cheque": "cheques"}
_JOURNALS: dict[str, JournalKind] = {"cash": "cash"}


async def method_of(ctx: Context, id: UUID | None) -> PaymentMethod:
    """The means that is named, or a transfer."""
    if id is not None:
        return await ctx.get(PaymentMethod, id)
    found = await ctx.first(
        PaymentMethod, PaymentMethod.c.kind == "transfer", order=PaymentMethod.c.code
    )
    if found is None:
        raise Conflict(
            reason="There is no payment method of kind transfer.",
            remedy="Name one in method_id, or create it with invoicing.payment_method.create.",
        )
    return found


async def account_of(
    ctx: Context, method: PaymentMethod, accounts: Accounts, bank_account_id: UUID | None = None
) -> LedgerAccount:
    """The account that payments by a means pass through: on which bank account, where it goes by a bank."""
    if method.journal_id is not None:
        journal = await ctx.get(Journal, method.journal_id)
        if journal.default_account_id is not None:
            return await ctx.get(LedgerAccount, journal.default_account_id)
    if method.kind not in _BOOKED_ON and bank_account_id is not None:
        bank = await ctx.get(BankAccount, bank_account_id)
        assert bank.account_id
        return await ctx.get(LedgerAccount, bank.account_id)
    return await accounts.role(_BOOKED_ON.get(method.kind, "bank"))


async def journal_for(
    ctx: Context, method: PaymentMethod, bank_account_id: UUID | None = None
) -> JournalKind | Journal:
    """The journal that payments by a means are booked in."""
    if method.journal_id is not None:
        return await ctx.get(Journal, method.journal_id)
    if method.kind not in _BOOKED_ON and bank_account_id is not None:
        bank = await ctx.get(BankAccount, bank_account_id)
        assert bank.journal_id
        return await ctx.get(Journal, bank.journal_id)
    return _JOURNALS.get(method.kind, "bank")
