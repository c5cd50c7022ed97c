"""Accounts: the chart, and which account the product books what on."""

import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from uuid import UUID

from eyeot import Conflict, Context, Record, Resource, Shared, Starting, field, invalid, ref
from eyeot_invoicing.reading import BOOKS

AccountType = Literal[
    "equity", "asset", "liability", "receivable", "payable", "bank", "cash", "financial",
    "vat_collected", "vat_deductible", "expense", "income", "off_balance",
]  # fmt: skip
_SIGNS = 3
"""Digits that the plan comptable général fixes (LPF, art. A47 A-1, VII-1°)."""


class LedgerAccount(
    Record,
    name="invoicing.ledger_account",
    prefix="acc",
    needs=BOOKS,
    hint=("code",),
    search=("name", "code"),
    exact=("code",),
    unique=(("code",),),
    reach=Shared(),
    sort="code",
):
    """An account of the chart; its code begins as the plan comptable général says."""

    code: str = field("Its number, e.g. 706100.", access="create", max_length=20)
    name: str = field("Its name.", max_length=200)
    type: AccountType = field("What stands on it.", access="create")
    tax_rate_id: UUID | None = ref("sales.tax_rate", "Whose VAT it bears.", default=None)
    tax_percent: Decimal | None = field(
        "The VAT rate, in percent, whose VAT is booked on it.", ge=0, le=100, default=None
    )
    reconcilable: bool = field("Whether its lines are lettered.", default=False)
    parent_code: str | None = field(
        "The account it is part of.", access="read", max_length=20, default=None
    )
    vat_box: str | None = field(
        "Box of the VAT return that its lines go to.", max_length=8, default=None
    )
    role: str | None = field(
        "What the product books on it by itself, e.g. receivable.", max_length=40, default=None
    )

    def complete(self) -> None:
        """Refuse a code that is none, and derive what it is part of."""
        if not self.code.isascii() or not self.code.isalnum() or not self.code[:_SIGNS].isdigit():
            raise invalid(
                "code", "begins with three digits of the plan comptable général, e.g. 706100"
            )
        self.parent_code = self.code[:_SIGNS]


accounts = Resource(
    LedgerAccount,
    profile="config",
    adding="import export search delete",
    en="ledger account; ledger accounts; account of the chart; general ledger account",
    fr="compte comptable; comptes comptables; compte du plan; compte général",
    example={"code": "706100", "name": "Prestations de maintenance", "type": "income"},
)


@cache
def chart() -> dict[str, list[dict[str, Any]]]:
    """The accounts and journals that an organisation starts with."""
    text = files("eyeot_invoicing.ledger").joinpath("chart.toml").read_text("utf-8")
    return tomllib.loads(text)


def _rows() -> list[dict[str, Any]]:
    return [
        {
            **{k: v for k, v in one.items() if k != "percent"},
            "tax_percent": Decimal(one["percent"]) if "percent" in one else None,
        }
        for one in chart()["account"]
    ]


starting_accounts = Starting(LedgerAccount, key="code", rows=_rows())


class Accounts:
    """The accounts of one organisation as booking looks them up, each once."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._by_code: dict[str, LedgerAccount] = {}
        self._by_role: dict[str, list[LedgerAccount]] = {}

    async def role(self, name: str, percent: Decimal | None = None) -> LedgerAccount:
        """The account of a role; that of a VAT rate where there is one, else that of every rate."""
        if name not in self._by_role:
            c = LedgerAccount.c
            self._by_role[name] = await self._ctx.find(
                LedgerAccount, c.role == name, c.archived_at.is_(None), order=c.code
            )
        found = self._by_role[name]
        exact = [one for one in found if one.tax_percent is not None and one.tax_percent == percent]
        general = [one for one in found if one.tax_percent is None]
        for one in (*exact, *general):
            return one
        raise Conflict(
            reason=f"No account is set for '{name}'.",
            remedy=f"Set role={name} on one with invoicing.ledger_account.update.",
        )

    async def code(self, code: str) -> LedgerAccount:
        """The account of a code that something names, e.g. a product's income account."""
        if code not in self._by_code:
            found = await self._ctx.first(LedgerAccount, LedgerAccount.c.code == code)
            if found is None or found.archived_at is not None:
                raise Conflict(
                    reason=f"The account {code} is not in the chart, or was put away.",
                    remedy="Create it with invoicing.ledger_account.create, or name another.",
                )
            self._by_code[code] = found
        return self._by_code[code]
