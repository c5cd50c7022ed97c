"""Deciding: which late invoices are chased today, in which letter, and why the others are not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from eyeot import Context, Money
from eyeot_crm.parties import Party
from eyeot_invoicing.dunning.letters import NOTICE, DunnedInvoice, DunningLetter
from eyeot_invoicing.dunning.policies import DunningAssignment, DunningPolicy
from eyeot_invoicing.invoices.lateness import Late, late
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.late.computing import late_fees
from eyeot_invoicing.payments.methods import PaymentMethod
from eyeot_sales.trade.amounts import ZERO, money, rounded

Reason = Literal[
    "disputed", "promised", "in_collection", "formal_notice", "direct_debit", "excluded", "below_minimum",
    "too_soon", "last_level", "interval", "no_policy", "no_level",
]  # fmt: skip
_CHUNK = 100
_BOOKS = "EUR"


@dataclass(frozen=True, slots=True)
class Chased:
    """A late invoice on a letter; `step`: the level it reaches by it, none when it is there to be seen."""

    invoice: Invoice
    late: Late
    step: int | None
    penalty: Decimal = ZERO
    """Late penalties that are claimed on it."""
    indemnity: Decimal = ZERO

    @property
    def amount(self) -> Money:
        """What of it is late."""
        return money(self.late.amount, self.invoice.currency)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that is due: to whom, by which policy, at which level, about which invoices."""

    party: Party
    policy: DunningPolicy | None
    level: int
    rows: Sequence[Chased]
    currency: str

    @property
    def rule(self) -> dict[str, Any]:
        """The level as the policy says it."""
        levels: list[Any] = list(self.policy.levels) if self.policy else []
        return dict(levels[self.level - 1])

    @property
    def amount(self) -> Decimal:
        """What is late in all."""
        return sum((one.late.amount for one in self.rows), ZERO)

    @property
    def penalties(self) -> Decimal:
        """Late penalties that it claims."""
        return rounded(sum((one.penalty for one in self.rows), ZERO))

    @property
    def indemnities(self) -> Decimal:
        """Recovery indemnities that it claims."""
        return rounded(sum((one.indemnity for one in self.rows), ZERO))


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A customer, or one invoice of theirs, that is not chased today."""

    party_id: UUID
    reason: Reason
    invoice: Invoice | None = None


@dataclass(slots=True)
class Decision:
    """Who gets what, and who does not."""

    letters: list[Letter] = field(default_factory=list)
    left: list[LeftAlone] = field(default_factory=list)


async def late_parties(ctx: Context, among: Sequence[UUID] | None = None) -> list[UUID]:
    """The parties, perhaps among some, of whom something may be late today."""
    c = Invoice.c
    several = sa.func.jsonb_array_length(c.instalments) > 1
    asked = (
        sa.select(c.party_id)
        .where(
            ctx.within(Invoice),
            sa.true() if among is None else c.party_id.in_(among),
            c.status.in_(OPEN),
            sa.or_(c.due_date < ctx.today, several),
            # Invoices are seen by all who read them; whom to write to goes by the reach among parties.
            c.party_id.in_(sa.select(Party.c.id).where(ctx.within(Party))),
        )
        .distinct()
        .order_by(c.party_id)
    )
    return [row["party_id"] for row in await ctx.rows(asked)]


class Policies:
    """Whose policy is which."""

    def __init__(self, own: Mapping[UUID, UUID], every: Iterable[DunningPolicy]) -> None:
        self._own = own
        self._every = {one.id: one for one in every if one.archived_at is None}
        self._default = next((one for one in self._every.values() if one.is_default), None)

    @classmethod
    async def read(cls, ctx: Context) -> "Policies":
        """As they are now."""
        own = {one.party_id: one.policy_id for one in await ctx.find(DunningAssignment)}
        return cls(own, await ctx.find(DunningPolicy))

    def of(self, party_id: UUID) -> DunningPolicy | None:
        """The policy of a customer: their own, or the default."""
        if party_id in self._own:
            return self._every.get(self._own[party_id])
        return self._default


async def decide(
    ctx: Context, *, policy_id: UUID | None = None, party_ids: Sequence[UUID] | None = None
) -> Decision:
    """Who gets what today; of one policy, or of these customers, if they are given."""
    policies = await Policies.read(ctx)
    chosen = await late_parties(ctx, party_ids)
    if policy_id is not None:
        chosen = [one for one in chosen if (own := policies.of(one)) and own.id == policy_id]
    found = Decision()
    for at in range(0, len(chosen), _CHUNK):
        await _decide(ctx, chosen[at : at + _CHUNK], policies, found)
    found.letters.sort(key=lambda one: (one.party.name, str(one.party.id), one.currency))
    return found


async def _decide(
    ctx: Context, party_ids: Sequence[UUID], policies: Policies, found: Decision
) -> None:
    c = Invoice.c
    where = (c.party_id.in_(party_ids), c.status.in_(OPEN))
    invoices = await ctx.find(Invoice, *where, order=(c.due_date, c.id))
    known = await _Known.read(ctx, invoices, party_ids, policies)
    groups: dict[tuple[UUID, str], list[Invoice]] = {}
    for one in invoices:
        groups.setdefault((one.party_id, one.currency), []).append(one)
    for (party_id, currency), theirs in groups.items():
        policy = policies.of(party_id)
        if letter := _letter_of(ctx, theirs, policy, known, found.left):
            party = await ctx.get(Party, party_id, beyond=True)
            rows = await claimed(ctx, letter[1], policy, claims=_claims(policy, letter[0]))
            found.letters.append(Letter(party, policy, letter[0], rows, currency))


def _claims(policy: DunningPolicy | None, level: int) -> bool:
    levels: list[Any] = list(policy.levels) if policy else []
    return bool(levels[level - 1].get("fee") == "claim")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the invoices that are looked at."""

    reached: Mapping[UUID, int]
    noticed: frozenset[UUID]
    excluded: frozenset[UUID]
    debited: frozenset[UUID]
    written: Mapping[UUID, Any]
    """When each customer was last written to."""

    @classmethod
    async def read(
        cls,
        ctx: Context,
        invoices: Sequence[Invoice],
        party_ids: Sequence[UUID],
        policies: Policies,
    ) -> "_Known":
        ids = [one.id for one in invoices]
        reached, noticed = await steps(ctx, ids)
        return cls(
            reached,
            noticed,
            frozenset(await _excluded(ctx, invoices, policies)),
            frozenset(await _debited(ctx, invoices)),
            await _written(ctx, party_ids),
        )


async def steps(ctx: Context, ids: Sequence[UUID]) -> tuple[dict[UUID, int], frozenset[UUID]]:
    """The highest level that each invoice reached, and those that a formal notice was sent for."""
    c, letter = DunnedInvoice.c, DunningLetter.c
    sent = sa.select(letter.id).where(ctx.within(DunningLetter), letter.status != "proposed")
    where = (c.invoice_id.in_(ids), c.step.is_not(None), c.letter_id.in_(sent))
    reached: dict[UUID, int] = {}
    noticed = set()
    for one in await ctx.find(DunnedInvoice, *where):
        if one.step == NOTICE:
            noticed.add(one.invoice_id)
        else:
            reached[one.invoice_id] = max(reached.get(one.invoice_id, 0), one.step or 0)
    return reached, frozenset(noticed)


async def _excluded(ctx: Context, invoices: Sequence[Invoice], policies: Policies) -> set[UUID]:
    by: dict[UUID, tuple[DunningPolicy, list[UUID]]] = {}
    for one in invoices:
        policy = policies.of(one.party_id)
        if policy is not None and policy.exclude:
            by.setdefault(policy.id, (policy, []))[1].append(one.id)
    found: set[UUID] = set()
    for policy, ids in by.values():
        found.update(await ctx.matching(Invoice, ctx.filters(Invoice, policy.exclude), among=ids))
    return found


async def _debited(ctx: Context, invoices: Sequence[Invoice]) -> set[UUID]:
    """The invoices that we collect ourselves."""
    ids = {one.payment_method_id for one in invoices if one.payment_method_id}
    if not ids:
        return set()
    c = PaymentMethod.c
    found = await ctx.find(PaymentMethod, c.id.in_(ids), c.kind == "direct_debit")
    debits = {one.id for one in found}
    return {one.id for one in invoices if one.payment_method_id in debits}


async def _written(ctx: Context, party_ids: Sequence[UUID]) -> dict[UUID, Any]:
    c = DunningLetter.c
    last = sa.func.max(c.sent_at).label("at")
    where = (ctx.within(DunningLetter), c.party_id.in_(party_ids), c.sent_at.is_not(None))
    rows = await ctx.rows(sa.select(c.party_id, last).where(*where).group_by(c.party_id))
    return {row["party_id"]: row["at"] for row in rows}


def _letter_of(
    ctx: Context,
    invoices: Sequence[Invoice],
    policy: DunningPolicy | None,
    known: _Known,
    left: list[LeftAlone],
) -> tuple[int, list[Chased]] | None:
    """The level that one customer's late invoices call for, with those to list; none if nothing is due."""
    party_id, rows = invoices[0].party_id, list[Chased]()
    for one in invoices:
        over = late(one, ctx.today)
        if over is None:
            continue
        if reason := _stopped(ctx, one, policy, known):
            left.append(LeftAlone(party_id, reason, one))
            continue
        rows.append(Chased(one, over, _step(one, over, policy, known)))
    if not rows:
        return None
    level = max(one.step or 0 for one in rows)
    if reason := _held_back(ctx, rows, level, policy, known):
        left.append(LeftAlone(party_id, reason))
        return None
    if not level:
        left += [LeftAlone(party_id, _why_not(one, policy, known), one.invoice) for one in rows]
        return None
    return level, rows


def _stopped(
    ctx: Context, invoice: Invoice, policy: DunningPolicy | None, known: _Known
) -> Reason | None:
    """What keeps an invoice from being chased, if anything does."""
    if invoice.in_collection:
        # Whoever collects it speaks for us; two voices would contradict each other.
        return "in_collection"
    if invoice.is_disputed:
        # Whatever the policy says: who contests is answered, and sent no formal notice either.
        return "disputed"
    stops = set(policy.stop_when) if policy else set()
    promised = invoice.promised_on is not None and invoice.promised_on >= ctx.today
    told: list[tuple[Reason, bool]] = [
        ("promised", promised),
        ("formal_notice", invoice.id in known.noticed),
        ("direct_debit", invoice.id in known.debited),
    ]
    for reason, holds in told:
        if holds and reason in stops:
            return reason
    return "excluded" if invoice.id in known.excluded else None


def _step(invoice: Invoice, over: Late, policy: DunningPolicy | None, known: _Known) -> int | None:
    """The next level of an invoice, if it is due: one after another, and none twice."""
    levels: list[Any] = list(policy.levels) if policy else []
    following = known.reached.get(invoice.id, 0) + 1
    if following > len(levels) or over.days < levels[following - 1]["delay"]:
        return None
    return following


def _why_not(one: Chased, policy: DunningPolicy | None, known: _Known) -> Reason:
    levels = len(policy.levels) if policy else 0
    return "last_level" if known.reached.get(one.invoice.id, 0) >= levels else "too_soon"


def _held_back(
    ctx: Context,
    rows: Sequence[Chased],
    level: int,
    policy: DunningPolicy | None,
    known: _Known,
) -> Reason | None:
    """Why a customer gets no letter though something of theirs is late."""
    if policy is None:
        return "no_policy"
    if not policy.levels:
        return "no_level"
    first, least = rows[0].invoice, policy.min_amount
    whole = sum((one.late.amount for one in rows), ZERO)
    if least and least.currency == first.currency and whole < least.amount:
        return "below_minimum"
    last = known.written.get(first.party_id)
    if level and last:
        # By days, so that a daily job is not held up by a minute.
        day = last.astimezone(ZoneInfo(ctx.timezone)).date()
        if (ctx.today - day).days < policy.interval_days:
            return "interval"
    return None


async def claimed(
    ctx: Context, rows: Sequence[Chased], policy: DunningPolicy | None, *, claims: bool = True
) -> list[Chased]:
    """The rows with the late fees that a letter claims, or without; what was charged already is left out.

    Consumers are asked for none: what recovery costs before a court decided is the creditor's (Code des
    procédures civiles d'exécution, art. L111-8), and interest runs from a formal notice only.
    """
    if not claims:
        return list(rows)
    rate = policy.penalty_percent if policy else None
    told = []
    for one in rows:
        fees = await late_fees(ctx, one.invoice, ctx.today, rate)
        fixed = fees.indemnity if one.invoice.currency == _BOOKS else ZERO
        told.append(Chased(one.invoice, one.late, one.step, fees.penalties, fixed))
    return told
