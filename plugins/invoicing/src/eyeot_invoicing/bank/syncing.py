"""Syncing: movements come from the bank by open banking, each once, as those of a statement do."""

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, action, invalid
from eyeot_invoicing.bank.accounts import BankAccount, refuse_closed
from eyeot_invoicing.bank.formats.sheet import Movement, Sheet, Unreadable
from eyeot_invoicing.bank.importing import fingerprints, take
from eyeot_invoicing.bank.open_banking import Bank, Secrets, secrets_of
from eyeot_invoicing.bank.statements import BankStatement
from eyeot_invoicing.ids import BankAccountId, BankStatementId
from eyeot_sales.trade.amounts import ZERO

_MOST = 6
"""Pages a call, within the eight answers from outside that one may wait for."""
_OVERLAP = dt.timedelta(days=7)
"""Asked for again each time, since banks book late."""
_FIRST = dt.timedelta(days=90)
_SOON = 14


class BankAccountSynced(Event, name="invoicing.bank_account.synced"):
    """Movements of an account were fetched from its bank."""

    bank_account_id: BankAccountId
    movements: int


class ToSync(Input):
    """An account, and the days."""

    bank_account_id: BankAccountId
    since: Annotated[
        dt.date | None, Field(description="Since what came last, or for 90 days, when left out.")
    ] = None
    until: Annotated[dt.date | None, Field(description="Today when left out.")] = None


class Synced(Output):
    """What came."""

    bank_account_id: BankAccountId
    statement_id: BankStatementId | None = None
    first: dt.date
    last: dt.date
    movements: int
    skipped: Annotated[int, Field(description="Movements that were known already.")]
    pending: Annotated[int, Field(description="Announced and not booked by the bank: left out.")]
    consent_until: dt.date | None = None
    note: Annotated[str | None, Field(description="What is to be done soon.")] = None


@action(
    "invoicing.bank_account.sync",
    risk="w",
    en=(
        "Sync a bank account; fetch movements from the bank; refresh the bank; bring in today's bank "
        "transactions; update the bank feed"
    ),
    fr=(
        "Synchroniser un compte bancaire; récupérer les mouvements de la banque; actualiser la banque; "
        "relever les opérations du jour; mettre à jour le compte bancaire"
    ),
    example={"bank_account_id": "$invoicing.bank_account?status=active"},
    events=("invoicing.bank_account.synced", "invoicing.bank_statement.imported"),
    record=BankAccount,
    next=("invoicing.bank_statement.auto_reconcile", "invoicing.bank_transaction.suggest_matches"),
)
async def sync(ctx: Context, data: ToSync) -> Synced:
    """Fetch what the bank booked since last time and take in what is new, each movement once."""
    account = await ctx.get(BankAccount, data.bank_account_id, lock=True)
    refuse_closed(account)
    secrets = _open(ctx, account)
    first, last, opening_known = await _days(ctx, account, data)
    assert account.application_id
    bank = Bank(ctx, account.application_id, secrets.key)
    try:
        sheet = _fetched(bank, secrets.uid, (first, last), account)
        booked = None if opening_known else bank.booked(secrets.uid)
    except Unreadable as wrong:
        raise Conflict(
            reason=f"What the bank tells {wrong}.",
            remedy="Import its statement with invoicing.bank_statement.import_file.",
        ) from None
    statement = await _taken(ctx, account, sheet, booked)
    account.last_sync_at = ctx.now
    new = statement.movements if statement else 0
    ctx.emit(BankAccountSynced(bank_account_id=account.id, movements=new))
    return Synced(
        bank_account_id=account.id,
        statement_id=statement.id if statement else None,
        first=first,
        last=last,
        movements=new,
        skipped=len(sheet.movements) - new,
        pending=sheet.pending,
        consent_until=account.consent_until,
        note=_note(ctx, account),
    )


def _open(ctx: Context, account: BankAccount) -> Secrets:
    """The session by which an account is read; refused where its owner let nobody, or not any more."""
    found = secrets_of(ctx, account) if account.connector == "open_banking" else None
    ended = account.consent_until is not None and account.consent_until < ctx.today
    if found is None or not found.uid or ended:
        why = f"ended on {account.consent_until}" if ended else "was never given"
        raise Conflict(
            reason=f"The consent to read {account.name} at its bank {why}.",
            remedy="Give it with invoicing.bank_account.renew_consent; files come in with"
            " invoicing.bank_statement.import_file.",
            field="bank_account_id",
        )
    return found


async def _days(ctx: Context, account: BankAccount, data: ToSync) -> tuple[dt.date, dt.date, bool]:
    """From when until when, and whether the balance before is known."""
    c = BankStatement.c
    order = (c.end.desc(), c.created_at.desc())
    last = await ctx.first(BankStatement, c.bank_account_id == account.id, order=order)
    by_file = await ctx.first(
        BankStatement,
        c.bank_account_id == account.id,
        c.format != "open_banking",
        order=order,
    )
    first = data.since or (last.end - _OVERLAP if last else ctx.today - _FIRST)
    if by_file:
        # A file and the bank's interface call the same movement by different names.
        first = max(first, by_file.end + dt.timedelta(days=1))
    until = min(data.until or ctx.today, ctx.today)
    if data.until and data.until < first:
        raise invalid("until", f"lies before {first}, from when on movements are missing")
    known = last is not None or account.opening_balance is not None
    if not known and until < ctx.today:
        raise invalid(
            "until", "the first time goes to today, since the balance before is reckoned from it"
        )
    return first, max(first, until) if first <= ctx.today else ctx.today, known


def _fetched(bank: Bank, uid: str, span: tuple[dt.date, dt.date], account: BankAccount) -> Sheet:
    movements: list[Movement] = []
    pending, following = 0, None
    for _ in range(_MOST):
        page = bank.page(uid, span[0], span[1], following)
        movements += page.movements
        pending, following = pending + page.pending, page.following
        if following is None:
            break
    else:
        raise Conflict(
            reason=f"The bank tells of more than {_MOST} pages of movements since {span[0]}.",
            remedy="Fetch them in parts: give until, a week or two later than since.",
            field="until",
        )
    movements.sort(key=lambda one: one.booked_on)
    days = (span[0], span[1])
    kept = [one for one in movements if days[0] <= one.booked_on <= days[1]]
    return Sheet(
        account=account.iban or "", movements=kept, currency=account.currency, pending=pending
    ).checked()


async def _taken(
    ctx: Context, account: BankAccount, sheet: Sheet, booked: Decimal | None
) -> BankStatement | None:
    """The statement of what is new; none where nothing is."""
    if not sheet.movements:
        return None
    if booked is not None:
        # The first time: what was on the account before is what is on it now, less what came.
        total = sum((one.amount for one in sheet.movements), ZERO)
        sheet = Sheet(
            account=sheet.account,
            movements=sheet.movements,
            currency=sheet.currency,
            opening=booked - total,
            start=sheet.start,
            end=sheet.end,
        )
    marks = "\n".join(mark for mark, _ in fingerprints(sheet.movements))
    digest = hashlib.sha256(f"{account.id}\n{marks}".encode()).hexdigest()
    return await take(ctx, account, sheet, format="open_banking", digest=digest, position=1)


def _note(ctx: Context, account: BankAccount) -> str | None:
    if account.consent_until is None:
        return None
    left = (account.consent_until - ctx.today).days
    if left > _SOON:
        return None
    if ctx.locale.startswith("fr"):
        return (
            f"Le consentement prend fin dans {left} jours : invoicing.bank_account.renew_consent."
        )
    return f"The consent ends in {left} days: invoicing.bank_account.renew_consent."
