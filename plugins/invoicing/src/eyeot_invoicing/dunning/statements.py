"""Statements: what happened on a customer's account, as the books have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Exact,
    Input,
    Layout,
    Mail,
    Output,
    Paper,
    RecordRef,
    Ref,
    action,
    invalid,
)
from eyeot_crm.activities import Activity
from eyeot_crm.doing import logged
from eyeot_crm.parties import Party
from eyeot_invoicing.dunning.letters import DunningLetter
from eyeot_invoicing.dunning.papers import paid_to, recipient
from eyeot_invoicing.dunning.sending import attached, filed, own_address, reached
from eyeot_invoicing.dunning.wording import Language, Words, language_of, sum_of, words, written
from eyeot_invoicing.ids import PartyId
from eyeot_invoicing.invoices.lateness import late
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_sales.trade.amounts import ZERO, money, rounded

_DAYS = 90
_MOST_LINES = 2_000


class StatementSent(Event, name="invoicing.dunning_letter.statement_sent"):
    """A customer was sent a statement of their account."""

    party_id: PartyId
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the account."""

    on: date
    label: str
    piece: str
    debit: Decimal
    credit: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's account over a span of days, in the currency of the books."""

    party: Party
    since: date
    until: date
    opening: Decimal
    movements: Sequence[Movement]
    overdue: Decimal
    currency: str

    @property
    def closing(self) -> Decimal:
        """What they owe at the end; below 0, what we owe them."""
        return self.movements[-1].balance if self.movements else self.opening


async def account_of(ctx: Context, party: Party, since: date, until: date) -> Account:
    """A customer's account as validated entries have it, so that it is what the books say."""
    line, entry, known = EntryLine.c, JournalEntry.c, LedgerAccount.c
    receivable = sa.select(known.id).where(ctx.within(LedgerAccount), known.type == "receivable")
    where = (
        ctx.within(EntryLine),
        line.party_id == party.id,
        line.account_id.in_(receivable),
        entry.org_id == line.org_id,
        entry.id == line.entry_id,
        entry.status != "draft",
    )
    before = sa.select(sa.func.coalesce(sa.func.sum(line.debit - line.credit), 0).label("n"))
    opening = Decimal((await ctx.rows(before.where(*where, entry.date < since)))[0]["n"])
    asked = (
        sa.select(entry.date, entry.label, entry.piece_ref, line.debit, line.credit)
        .where(*where, entry.date >= since, entry.date <= until)
        .order_by(entry.date, entry.id, line.position)
        .limit(_MOST_LINES + 1)
    )
    rows = await ctx.rows(asked)
    if len(rows) > _MOST_LINES:
        raise Conflict(
            reason=f"There are more than {_MOST_LINES} movements in that time.",
            remedy="Give a shorter one.",
            field="since",
        )
    house = await ctx.organization()
    told = _running(opening, rows)
    return Account(party, since, until, opening, told, await _overdue(ctx, party), house.currency)


def _running(balance: Decimal, rows: Sequence[dict[str, Any]]) -> list[Movement]:
    told = []
    for row in rows:
        balance += row["debit"] - row["credit"]
        told.append(
            Movement(
                row["date"],
                row["label"],
                row["piece_ref"] or "",
                row["debit"],
                row["credit"],
                balance,
            )
        )
    return told


async def _overdue(ctx: Context, party: Party) -> Decimal:
    """What is late today, in the currency of the books."""
    c = Invoice.c
    found = await ctx.find(Invoice, c.party_id == party.id, c.status.in_(OPEN))
    return sum(
        (
            over.amount * (one.exchange_rate or 1)
            for one in found
            if (over := late(one, ctx.today)) is not None
        ),
        ZERO,
    )


async def paper_of(ctx: Context, one: Account, language: Language) -> Paper:
    """The statement as it is typeset."""
    said: Words = words(language)["statement"]
    days = {"since": written(one.since, language), "until": written(one.until, language)}
    debit = sum((row.debit for row in one.movements), ZERO)
    credit = sum((row.credit for row in one.movements), ZERO)
    totals: list[dict[str, Any]] = [
        {"label": said["opening"].format(**days), "amount": one.opening},
        {"label": said["moved"], "amount": debit - credit},
        {"label": said["closing_balance"].format(**days), "amount": one.closing, "strong": True},
    ]
    if one.overdue:
        totals.append({"label": said["overdue_now"], "amount": rounded(one.overdue)})
    kinds = {"date": "date", "what": "text", "piece": "text", "debit": "money", "credit": "money",
             "balance": "money"}  # fmt: skip
    return Paper.model_validate(
        {
            "language": language,
            "title": said["title"],
            "date": ctx.today,
            "currency": one.currency,
            "sender": await ctx.sender(language),
            "recipient": recipient(one.party, language),
            "facts": [{"label": "Date", "value": ctx.today.isoformat(), "kind": "date"}],
            "intro": said["intro"].format(**days),
            "columns": [
                {"name": name, "label": said[name], "kind": form, "main": name == "what"}
                for name, form in kinds.items()
            ],
            "rows": [_row(row) for row in one.movements],
            "totals": totals,
            "paying": await paid_to(ctx, one.currency, "", language) if one.closing > 0 else [],
            "closing": said["closing"],
        }
    )


def _row(row: Movement) -> dict[str, Any]:
    cells = {
        "date": row.on.isoformat(),
        "what": row.label,
        "piece": row.piece,
        "debit": row.debit or None,
        "credit": row.credit or None,
        "balance": row.balance,
    }
    return {"cells": cells}


async def build_statement(ctx: Context, id: UUID, language: Language) -> Paper:
    """What the statement of a customer shows, over the last ninety days."""
    since = ctx.today - timedelta(days=_DAYS)
    account = await account_of(ctx, await ctx.get(Party, id), since, ctx.today)
    return await paper_of(ctx, account, language)


statement_layout = Layout(
    name="invoicing.customer_statement",
    record="crm.party",
    label=("statement of account", "relevé de compte"),
    data=build_statement,
)


class Statement(Input):
    """Whose account, over which days."""

    party_id: PartyId
    since: Annotated[date | None, Field(description="90 days ago when left out.")] = None
    until: Annotated[date | None, Field(description="Today when left out.")] = None
    send: Annotated[bool, Field(description="Mail it; else it is only made and filed.")] = True


class Sent(Output):
    """The statement, and where it went."""

    party_id: PartyId
    document_id: Annotated[UUID, Ref("core.document")]
    since: str
    until: str
    currency: str
    opening: Exact
    debit: Exact
    credit: Exact
    closing: Exact
    overdue: Exact
    movements: int
    mailed_to: str | None = None


@action(
    "invoicing.dunning_letter.customer_statement",
    risk="e",
    en=(
        "Send a statement of account; customer statement; what does a customer owe in all; send the "
        "customer's account; list of open items for a customer"
    ),
    fr=(
        "Envoyer un relevé de compte; relevé de compte client; que nous doit un client en tout; envoyer son "
        "compte au client; extrait de compte client"
    ),
    example={"party_id": "$crm.customer?lifecycle=customer", "send": False},
    events=("invoicing.dunning_letter.statement_sent",),
    record=DunningLetter,
)
async def customer_statement(ctx: Context, data: Statement) -> Sent:
    """Make the statement of a customer's account from the books, file it, and mail it to them."""
    until = data.until or ctx.today
    since = data.since or until - timedelta(days=_DAYS)
    if since > until:
        raise invalid("since", f"lies after {until}")
    if until > ctx.today:
        raise Conflict(
            reason=f"The books are not written beyond today, {ctx.today}.",
            remedy="Let until be today at the latest.",
            field="until",
        )
    party = await ctx.get(Party, data.party_id)
    account = await account_of(ctx, party, since, until)
    language = language_of(party)
    content = await ctx.typeset(
        statement_layout, await paper_of(ctx, account, language), language=language
    )
    name = f"{'releve' if language == 'fr' else 'statement'}-{since}-{until}.pdf"
    document = await filed(ctx, content, name, [RecordRef.to("crm.party", party.id)])
    to = await _mailed(ctx, account, language, document) if data.send else None
    told = {"party_id": party.id, "since": since, "until": until}
    ctx.emit(StatementSent.model_validate(told))
    return Sent(
        party_id=party.id,
        document_id=document.id,
        since=since.isoformat(),
        until=until.isoformat(),
        currency=account.currency,
        opening=account.opening,
        debit=sum((one.debit for one in account.movements), ZERO),
        credit=sum((one.credit for one in account.movements), ZERO),
        closing=account.closing,
        overdue=rounded(account.overdue),
        movements=len(account.movements),
        mailed_to=to,
    )


async def _mailed(ctx: Context, account: Account, language: Language, document: Any) -> str:
    how = await reached(ctx, account.party)
    if how.address is None:
        raise Conflict(
            reason=f"{account.party.name} has no e-mail address that works.",
            remedy="Give send=false and post it, or set one with crm.party.update.",
            field="party_id",
        )
    said: Words = words(language)
    days = {"since": written(account.since, language), "until": written(account.until, language)}
    total = sum_of(money(rounded(account.closing), account.currency), language)
    body = said["statement"]["mail"].format(**days, total=total)
    subject = said["statement"]["subject"].format(**days)
    about = ("crm.customer", how.customer.id) if how.customer else ("crm.party", account.party.id)
    # An account is what a contract leaves owing: no consent is asked for (GDPR, art. 6(1)(b)).
    await ctx.mail(
        Mail(
            to=how.address,
            name=account.party.name,
            subject=subject,
            text="\n\n".join([said["mail_greeting"], body, said["mail_regards"]]),
            language=language,
            reply_to=await own_address(ctx),
            record=RecordRef.to(*about),
            attachments=(attached(document),),
        )
    )
    noted: dict[str, Any] = {
        "kind": "email",
        "subject": subject[:200],
        "record": RecordRef.to(*about),
        "customer_id": how.customer.id if how.customer else None,
        "assignee_id": ctx.user_id,
        "direction": "out",
        "outcome": "done",
        "result": body,
    }
    await logged(ctx, Activity(**noted))
    return how.address
