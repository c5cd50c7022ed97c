"""Rules: what a house always does with movements of some kind."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import (
    Context,
    Exact,
    Input,
    Output,
    Period,
    Record,
    Resource,
    action,
    days,
    field,
    invalid,
    ref,
)
from eyeot_invoicing.bank.parties import folded
from eyeot_invoicing.bank.statements import BankMatch, BankTransaction
from eyeot_invoicing.ids import AccountId, BankTransactionId, PartyId, RuleId
from eyeot_invoicing.ledger.entries import EntryLine
from eyeot_invoicing.reading import BOOKS

_MOST_LOOKED_AT = 5_000
_MOST_SHOWN = 50


class Condition(BaseModel):
    """What a movement must be for the rule; all that is given."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        list[str], Field(max_length=20, description="Words, one of which its text has.")
    ] = Field(default_factory=list)
    counterparty: Annotated[str | None, Field(max_length=140)] = None
    iban: Annotated[str | None, Field(max_length=34)] = None
    bank_code: Annotated[str | None, Field(max_length=60)] = None
    direction: Literal["in", "out"] | None = None
    amount_min: Annotated[Exact | None, Field(ge=0, description="Without sign.")] = None
    amount_max: Annotated[Exact | None, Field(ge=0)] = None


class ReconciliationRule(
    Record,
    name="invoicing.reconciliation_rule",
    prefix="rru",
    needs=BOOKS,
    search=("name",),
    index=(("position",),),
    sort="position",
):
    """What is done with movements that meet a condition; the first that fits counts."""

    name: str = field("Its name.", max_length=100)
    position: int = field("Its turn, from 1.", ge=1, le=10_000, default=100)
    condition: Condition = field("Which movements.", filter=False)
    action: Literal["match", "book", "tag"] = field(
        "match: say who it is from, so that documents are found; book: on account_id; tag: label it."
    )
    account_id: UUID | None = ref("invoicing.ledger_account", "Of book: the account.", default=None)
    tax_rate_id: UUID | None = ref("sales.tax_rate", "Of book: the VAT within it.", default=None)
    party_id: UUID | None = ref("crm.party", "Who it is from or to.", default=None, personal=True)
    label: str | None = field("What it is labelled.", max_length=200, default=None)
    auto_confirm: bool = field("Whether nobody looks at what it does.", default=False)
    hits: int = field("How often it was applied.", access="read", default=0)

    def complete(self) -> None:
        """Refuse a rule that takes everything, or that lacks what it does."""
        told: Any = self.condition
        given = told if isinstance(told, dict) else told.model_dump(exclude_none=True)
        narrow = ("text", "counterparty", "iban", "bank_code")
        if not any(given.get(name) for name in narrow):
            raise invalid("condition", f"give one of {', '.join(narrow)}: it would take everything")
        if self.action == "book" and self.account_id is None:
            raise invalid("account_id", "say where it is booked")
        if self.action == "match" and self.party_id is None:
            raise invalid("party_id", "say who such movements are from or to")
        if self.action == "tag" and self.label is None:
            raise invalid("label", "say what such movements are labelled")


_EXAMPLE: dict[str, Any] = {
    "name": "Abonnement téléphonique",
    "condition": {"text": ["ORANGE PRO"], "direction": "out"},
    "action": "book",
    "account_id": "$invoicing.ledger_account?code=626000",
}
rules = Resource(
    ReconciliationRule,
    profile="config",
    adding="delete duplicate",
    en="reconciliation rule; reconciliation rules; bank rule; automatic booking rule",
    fr=(
        "règle de rapprochement; règles de rapprochement; règle bancaire; règle d'imputation; affectation "
        "automatique"
    ),
    gender="f",
    afresh=("hits",),
    example=_EXAMPLE,
)


def fits(condition: Condition, transaction: BankTransaction) -> bool:
    """Whether a movement meets a condition."""
    amount = transaction.amount.amount
    words = folded(f"{transaction.remittance or ''} {transaction.counterparty or ''}")
    checks = (
        not condition.text or any(folded(one) in words for one in condition.text if folded(one)),
        not condition.counterparty
        or folded(condition.counterparty) == folded(transaction.counterparty or ""),
        not condition.iban or condition.iban == transaction.counterparty_iban,
        not condition.bank_code or condition.bank_code == transaction.bank_code,
        condition.direction is None or (condition.direction == "in") == (amount > 0),
        condition.amount_min is None or abs(amount) >= condition.amount_min,
        condition.amount_max is None or abs(amount) <= condition.amount_max,
    )
    return all(checks)


def condition_of(rule: ReconciliationRule) -> Condition:
    """A rule's condition, as a model."""
    told: Any = rule.condition
    return told if isinstance(told, Condition) else Condition.model_validate(told)


async def in_use(ctx: Context) -> list[ReconciliationRule]:
    """The rules, in their turn."""
    c = ReconciliationRule.c
    return await ctx.find(ReconciliationRule, c.archived_at.is_(None), order=(c.position, c.id))


def rule_for(
    known: Sequence[ReconciliationRule], transaction: BankTransaction
) -> ReconciliationRule | None:
    """The first rule that a movement fits."""
    return next((one for one in known if fits(condition_of(one), transaction)), None)


class Try(Input):
    """A rule, or the condition of one to be, and over which days."""

    id: RuleId | None = None
    condition: Condition | None = None
    period: Annotated[Period | None, Field(description="All there is when left out.")] = None


class Hit(Output):
    """A movement that it would have taken."""

    transaction_id: BankTransactionId
    booked_on: str
    amount: Exact
    told: str
    status: str


class Tried(Output):
    """What it would have taken."""

    movements: int
    total: Exact
    hits: list[Hit]


@action(
    "invoicing.reconciliation_rule.test",
    risk="r",
    en=(
        "Test a reconciliation rule; which bank movements would this rule have taken; try a bank rule on the "
        "past"
    ),
    fr=(
        "Tester une règle de rapprochement; quels mouvements cette règle aurait-elle pris; essayer une "
        "règle bancaire sur le passé"
    ),
    example={"condition": {"text": ["COTISATION"], "direction": "out"}},
    record=ReconciliationRule,
)
async def try_rule(ctx: Context, data: Try) -> Tried:
    """Tell which past movements a rule, or a condition of one to be, would have taken."""
    if (data.id is None) == (data.condition is None):
        raise invalid("condition", "give a rule's id, or a condition")
    condition = data.condition
    if data.id is not None:
        condition = condition_of(await ctx.get(ReconciliationRule, data.id))
    assert condition
    c = BankTransaction.c
    where = []
    if data.period:
        span = days(data.period)
        where.append(c.booked_on.between(span.first, span.last))
    rows = await ctx.find(
        BankTransaction, *where, order=(c.booked_on.desc(), c.id), limit=_MOST_LOOKED_AT
    )
    found = [one for one in rows if fits(condition, one)]
    return Tried(
        movements=len(found),
        total=sum((one.amount.amount for one in found), Decimal(0)),
        hits=[
            Hit(
                transaction_id=one.id,
                booked_on=one.booked_on.isoformat(),
                amount=one.amount.amount,
                told=one.remittance or one.counterparty or "",
                status=one.status,
            )
            for one in found[:_MOST_SHOWN]
        ],
    )


class Learn(Input):
    """Over which days, and how often something must have been done."""

    period: Annotated[Period | None, Field(description="All there is when left out.")] = None
    min_support: Annotated[int, Field(ge=2, le=1_000)] = 3


class Proposal(Output):
    """A rule that the past suggests; create it to have it."""

    name: str
    condition: Condition
    action: Literal["match", "book"]
    account_id: AccountId | None = None
    party_id: PartyId | None = None
    support: Annotated[int, Field(description="How often it was done so.")]
    against: Annotated[int, Field(description="How often such a movement was something else.")]


class Proposals(Output):
    """What the past suggests, the most frequent first; nothing of it is in force."""

    proposals: list[Proposal]


@action(
    "invoicing.reconciliation_rule.learn_from_history",
    risk="r",
    en=(
        "Propose reconciliation rules from what was matched by hand; learn bank rules from history; which "
        "rules would save work"
    ),
    fr=(
        "Proposer des règles de rapprochement d'après l'historique; apprendre des rapprochements manuels; "
        "quelles règles feraient gagner du temps"
    ),
    example={"min_support": 2},
    record=ReconciliationRule,
    next=("invoicing.reconciliation_rule.create",),
)
async def learn_from_history(ctx: Context, data: Learn) -> Proposals:
    """Propose rules for what people did again and again by hand; none is in force until it is created."""
    c, m = BankTransaction.c, BankMatch.c
    where = [c.status == "matched"]
    if data.period:
        span = days(data.period)
        where.append(c.booked_on.between(span.first, span.last))
    rows = await ctx.find(
        BankTransaction, *where, order=(c.booked_on.desc(), c.id), limit=_MOST_LOOKED_AT
    )
    by_id = {one.id: one for one in rows}
    matches = await ctx.find(
        BankMatch,
        m.transaction_id.in_(list(by_id)),
        m.undone_on.is_(None),
        m.kind == "entry",
        m.automatic.is_(False),
        limit=_MOST_LOOKED_AT,
    )
    accounts = await _accounts(ctx, matches)
    seen: dict[tuple[str, bool], dict[UUID, int]] = {}
    for one in matches:
        transaction = by_id[one.transaction_id]
        key = _kept_words(transaction)
        account = accounts.get(one.entry_id) if one.entry_id else None
        if key and account:
            counts = seen.setdefault((key, one.amount.amount > 0), {})
            counts[account] = counts.get(account, 0) + 1
    return Proposals(proposals=_proposed(seen, data.min_support))


def _kept_words(transaction: BankTransaction) -> str:
    """What movements of a kind have in common: the counterparty, or the words without dates and numbers."""
    if transaction.counterparty:
        return folded(transaction.counterparty)
    words = folded(transaction.remittance or "").split()
    return " ".join(one for one in words if not any(sign.isdigit() for sign in one))[:60]


async def _accounts(ctx: Context, matches: Sequence[BankMatch]) -> dict[UUID, UUID]:
    """The account of each entry: that of its second line, after the bank's."""
    ids = [one.entry_id for one in matches if one.entry_id]
    if not ids:
        return {}
    c = EntryLine.c
    lines = await ctx.find(EntryLine, c.entry_id.in_(ids), c.position == 2)  # noqa: PLR2004
    return {one.entry_id: one.account_id for one in lines}


def _proposed(seen: dict[tuple[str, bool], dict[UUID, int]], least: int) -> list[Proposal]:
    found = []
    for (words, comes_in), counts in seen.items():
        account, support = max(counts.items(), key=lambda one: (one[1], one[0]))
        if support < least:
            continue
        found.append(
            Proposal(
                name=words.capitalize(),
                condition=Condition(text=[words], direction="in" if comes_in else "out"),
                action="book",
                account_id=account,
                support=support,
                against=sum(counts.values()) - support,
            )
        )
    return sorted(found, key=lambda one: (-one.support, one.name))
