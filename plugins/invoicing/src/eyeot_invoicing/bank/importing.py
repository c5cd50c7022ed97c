"""Importing: takes the bank's files in: what is new, once, and only where balances follow each other."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Output,
    RecordRef,
    Tool,
    Uploaded,
    action,
    bytes_of,
    invalid,
    kind,
)
from eyeot_invoicing.bank.accounts import BankAccount, refuse_closed
from eyeot_invoicing.bank.formats.detecting import Format, read
from eyeot_invoicing.bank.formats.sheet import Movement, Sheet, Unreadable
from eyeot_invoicing.bank.formats.spreadsheet import Column
from eyeot_invoicing.bank.statements import (
    BankMatch,
    BankStatement,
    BankTransaction,
    named,
)
from eyeot_invoicing.ids import BankAccountId, BankStatementId, DocumentId
from eyeot_sales.trade.amounts import ZERO, money

_SHORTEST_ACCOUNT = 5


class StatementImported(Event, name="invoicing.bank_statement.imported"):
    """Movements of a bank account came."""

    statement_id: BankStatementId
    movements: int


class Import(Uploaded):
    """A file of the bank's, and the account that it is of."""

    bank_account_id: BankAccountId
    filename: Annotated[str, Field(min_length=1, max_length=200)] = "releve.txt"
    format: Annotated[
        Format | None, Field(description="As the file shows when left out; camt053: camt.054 too.")
    ] = None
    columns: Annotated[
        dict[Column, str] | None,
        Field(max_length=10, description="Of CSV: which head holds what, where names do not tell."),
    ] = None


class TakenIn(Output):
    """A statement that was made of the file."""

    statement_id: BankStatementId
    name: str
    opening: str
    closing: str
    movements: int
    skipped: int


class Imported(Output):
    """What the file brought."""

    format: Format
    document_id: DocumentId
    statements: list[TakenIn]
    movements: int
    skipped: Annotated[int, Field(description="Movements that were known already.")]
    pending: Annotated[int, Field(description="Announced and not booked by the bank: left out.")]


@dataclass(frozen=True, slots=True)
class Fresh:
    """What of a sheet is new, and between which balances."""

    sheet: Sheet
    movements: Sequence[tuple[str, Movement]]
    skipped: int
    opening: Decimal
    closing: Decimal


@action(
    "invoicing.bank_statement.import_file",
    risk="w",
    en=(
        "Import a bank statement; take in a bank file; load camt.053, CFONB, MT940, OFX or CSV of the "
        "bank; bring in bank movements"
    ),
    fr=(
        "Importer un relevé bancaire; intégrer un fichier de la banque; charger un camt.053, CFONB, "
        "MT940, OFX ou CSV; récupérer les opérations bancaires"
    ),
    example={
        "bank_account_id": "$invoicing.bank_account?status=active",
        "text": "Date;Libellé;Débit;Crédit\n02/11/2026;COTISATION CARTE;4,50;\n",
        "filename": "export-2026-11.csv",
    },
    events=("invoicing.bank_statement.imported",),
    record=BankStatement,
    next=("invoicing.bank_statement.auto_reconcile", "invoicing.bank_transaction.suggest_matches"),
)
async def import_file(ctx: Context, data: Import) -> Imported:
    """Take in camt.053/054, CFONB 120, MT940, OFX or CSV; refuses repeats and broken balances."""
    content = bytes_of(data.content, data.text)
    # Locked, so that two imports of an account follow each other.
    account = await ctx.get(BankAccount, data.bank_account_id, lock=True)
    refuse_closed(account)
    digest = hashlib.sha256(content).hexdigest()
    await _refuse_repeated(ctx, account, digest)
    try:
        format, sheets = read(content, data.format, data.columns)  # type: ignore[arg-type]
    except Unreadable as wrong:
        raise invalid("content", f"the file {wrong}") from None
    ours = [one for one in sheets if _is_of(account, one)]
    if not ours:
        told = ", ".join(sorted({one.account for one in sheets}))
        raise invalid("bank_account_id", f"the file is of {told}, {account.name} is {account.iban}")
    document = await kind("core.document").filed(ctx, content, data.filename)  # type: ignore[attr-defined]
    made = [
        await take(
            ctx, account, one, format=format, digest=digest, position=at, document_id=document.id
        )
        for at, one in enumerate(sorted(ours, key=lambda s: s.start or date.min), start=1)
    ]
    taken = [one for one in made if one is not None]
    if not taken:
        raise Conflict(
            reason="Every movement of this file is known already.",
            remedy="invoicing.bank_statement.list shows what came.",
        )
    document.attach([RecordRef.to(one.meta.name, one.id) for one in taken])
    account.last_sync_at = ctx.now
    return Imported(
        format=format,
        document_id=document.id,
        statements=[_told(one) for one in taken],
        movements=sum(one.movements for one in taken),
        skipped=sum(one.skipped for one in taken),
        pending=sum(one.pending for one in ours),
    )


def _told(one: BankStatement) -> TakenIn:
    return TakenIn(
        statement_id=one.id,
        name=one.name,
        opening=f"{one.opening.amount:f}",
        closing=f"{one.closing.amount:f}",
        movements=one.movements,
        skipped=one.skipped,
    )


async def _refuse_repeated(ctx: Context, account: BankAccount, digest: str) -> None:
    c = BankStatement.c
    found = await ctx.first(BankStatement, c.bank_account_id == account.id, c.digest == digest)
    if found:
        raise Conflict(
            reason=f"This very file came before, as {found.name}.",
            remedy="Nothing is to be done; invoicing.bank_statement.undo_import takes it back.",
        )


def _plain(value: str) -> str:
    return "".join(sign for sign in value.upper() if sign.isalnum())


def _is_of(account: BankAccount, sheet: Sheet) -> bool:
    """Whether a sheet is of an account: by its IBAN, or by the national parts within it."""
    if sheet.currency and sheet.currency != account.currency:
        return False
    told, ours = _plain(sheet.account), _plain(account.iban or "")
    if not told or not ours:
        return True
    told = told.removesuffix(account.currency)
    return told == ours or (len(told) >= _SHORTEST_ACCOUNT and told in ours) or ours[4:25] in told


def fingerprints(movements: Sequence[Movement]) -> Iterator[tuple[str, Movement]]:
    """What each movement is known again by: the bank's reference, else all that is told of it.

    Movements that tell the same are counted, so that two equal ones of a day are two.
    """
    seen: Counter[str] = Counter()
    for one in movements:
        said = one.reference or _plain(f"{one.counterparty} {one.remittance} {one.end_to_end_id}")
        key = f"{one.booked_on}|{one.amount:f}|{said}"
        seen[key] += 1
        yield hashlib.sha256(f"{key}|{seen[key]}".encode()).hexdigest(), one


async def _fresh(ctx: Context, account: BankAccount, sheet: Sheet) -> Fresh:
    """What of a sheet is not known, and the balances around it."""
    marked = list(fingerprints(sheet.movements))
    c = BankTransaction.c
    known = {
        one.fingerprint
        for one in await ctx.find(
            BankTransaction,
            c.bank_account_id == account.id,
            c.fingerprint.in_([mark for mark, _ in marked]),
        )
    }
    new = [(mark, one) for mark, one in marked if mark not in known]
    known_sum = sum((one.amount for mark, one in marked if mark in known), ZERO)
    new_sum = sum((one.amount for _, one in new), ZERO)
    opening = None if sheet.opening is None else sheet.opening + known_sum
    first, last = await _ends(ctx, account)
    if first and sheet.end and sheet.end < first.start and opening is not None:
        _refuse_gap(
            opening + new_sum, first.opening.amount, f"the statement {first.name} opens with"
        )
    elif last:
        opening = last.closing.amount if opening is None else opening
        _refuse_gap(opening, last.closing.amount, f"the statement {last.name} closed with")
    elif account.opening_balance is not None:
        opening = account.opening_balance.amount if opening is None else opening
        _refuse_gap(opening, account.opening_balance.amount, f"{account.name} began with")
    opening = ZERO if opening is None else opening
    return Fresh(sheet, new, len(known), opening, opening + new_sum)


async def _ends(
    ctx: Context, account: BankAccount
) -> tuple[BankStatement | None, BankStatement | None]:
    c = BankStatement.c
    ours = c.bank_account_id == account.id
    first = await ctx.first(BankStatement, ours, order=(c.start, c.end, c.created_at))
    last = await ctx.first(
        BankStatement, ours, order=(c.end.desc(), c.start.desc(), c.created_at.desc())
    )
    return first, last


def _refuse_gap(found: Decimal, wanted: Decimal, what: str) -> None:
    """Refuse balances that do not follow each other (invariant 7)."""
    if found != wanted:
        raise Conflict(
            reason=f"The file's balance is {found:f}, {what} {wanted:f}: {found - wanted:+f} is missing.",
            remedy="Import the statements in between first, in the order of their days.",
        )


async def take(
    ctx: Context, account: BankAccount, sheet: Sheet, **facts: Any
) -> BankStatement | None:
    """Make a statement of what is new in a sheet; nothing when nothing is."""
    fresh = await _fresh(ctx, account, sheet)
    if sheet.movements and not fresh.movements:
        return None
    start, end = sheet.start or ctx.today, sheet.end or ctx.today
    if end > ctx.today:
        raise invalid("content", f"the file tells of {end}, which lies after today, {ctx.today}")
    statement = await ctx.add(
        BankStatement(
            name=named(account, start, end),
            bank_account_id=account.id,
            start=start,
            end=end,
            opening=money(fresh.opening, account.currency),
            closing=money(fresh.closing, account.currency),
            movements=len(fresh.movements),
            skipped=fresh.skipped,
            **facts,
        )
    )
    for position, (mark, one) in enumerate(fresh.movements, start=1):
        await ctx.add(_transaction(account, statement, one, fingerprint=mark, position=position))
    ctx.emit(StatementImported(statement_id=statement.id, movements=len(fresh.movements)))
    return statement


def _transaction(
    account: BankAccount, statement: BankStatement, one: Movement, **facts: Any
) -> BankTransaction:
    details: Any = [
        {
            "amount": f"{part.amount:f}",
            "counterparty": part.counterparty or None,
            "iban": part.iban or None,
            "remittance": part.remittance or None,
            "end_to_end_id": part.end_to_end_id or None,
        }
        for part in one.details
    ]
    amount = money(one.amount, account.currency)
    return BankTransaction(
        bank_account_id=account.id,
        statement_id=statement.id,
        booked_on=one.booked_on,
        value_on=one.value_on,
        amount=amount,
        remaining=amount,
        counterparty=one.counterparty or None,
        counterparty_iban=_plain(one.iban) or None,
        remittance=one.remittance or None,
        end_to_end_id=one.end_to_end_id or None,
        bank_code=one.bank_code or None,
        details=details,
        **facts,
    )


class Chosen(Input):
    """One statement."""

    id: BankStatementId


class Undone(Output):
    """What was taken back."""

    name: str
    movements: int


@action(
    "invoicing.bank_statement.undo_import",
    risk="x",
    en="Undo the import of a bank statement; remove a wrong bank file; take back a statement import",
    fr=(
        "Annuler l'import d'un relevé; supprimer un relevé importé par erreur; retirer un fichier "
        "bancaire; défaire l'import"
    ),
    example={"id": "$invoicing.bank_statement?status=imported"},
    record=BankStatement,
)
async def undo_import(ctx: Context, data: Chosen) -> Undone:
    """Remove the last statement of an account with its movements, if nothing of it was ever matched."""
    statement = await ctx.get(BankStatement, data.id, lock=True)
    account = await ctx.get(BankAccount, statement.bank_account_id, lock=True)
    _, last = await _ends(ctx, account)
    if last is None or last.id != statement.id:
        raise Conflict(
            reason="Later statements follow on this one's closing balance.",
            remedy="Undo the later ones first, the last one before the others.",
        )
    rows = await ctx.find(BankTransaction, BankTransaction.c.statement_id == statement.id)
    ever = await ctx.first(BankMatch, BankMatch.c.transaction_id.in_([one.id for one in rows]))
    if statement.status == "locked" or ever:
        raise Conflict(
            reason="A movement of it is, or was, matched: the books refer to it.",
            remedy="Leave it, and undo single matches with invoicing.bank_transaction.unmatch.",
        )
    told = Undone(name=statement.name, movements=len(rows))
    for one in rows:
        await ctx.delete(one)
    await ctx.delete(statement)
    return told


import_statement = Tool(
    name="import_bank_statement",
    title="Import a bank statement",
    action="invoicing.bank_statement.import_file",
    doc="Take in a bank's file (camt.053/054, CFONB 120, MT940, OFX, CSV); each movement once.",
    show=("bank_account_id", "filename", "content", "text", "format"),
)
