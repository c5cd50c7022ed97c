"""Bank: the accounts, the rules of what comes every month, and each month's statement, reconciled."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from eyeot_crm.demo.house import ORGANIZATION
from eyeot_invoicing.demo.year.camt import Month, Movement, written
from eyeot_invoicing.demo.year.desk import Desk, euros
from eyeot_invoicing.demo.year.plan import costs, months
from eyeot_sales.demo.year.deals import office_hours

_MAIN, _SAVINGS = "FR7611999045200455801234565", "FR7611999045200455809876586"
_BEGINNING, _PUT_ASIDE = Decimal("184320.55"), Decimal("25000.00")
_PUT_ASIDE_IN = 6
"""The month, counted from 1, in which something was put aside."""
_VAT = ("DGFIP", "445510", "PRLV SEPA DGFIP TVA")
_UNLOCKED_DAYS = 45
_REPORTED = 2
"""Days after the month on which its statement is taken in."""


async def accounts(desk: Desk, at: datetime) -> None:
    """Open both accounts in the books, and say what is always booked where."""
    for key, name, iban in (
        ("bank", "Crédit Ligérien, compte courant", _MAIN),
        ("savings", "Crédit Ligérien, livret d'entreprise", _SAVINGS),
    ):
        made = await desk.call("invoicing.bank_account.create", at, name=name, iban=iban)
        desk.ids[key] = made["id"]
    texts: dict[tuple[str, str | None], set[str]] = {}
    for one in costs(desk.today):
        texts.setdefault((one.account, one.tax), set()).add(one.text.rpartition(" ")[0])
    texts["445510", None] = {_VAT[2]}
    texts["110000", None] = {"SOLDE DE L'ANCIEN COMPTE"}
    for (account, tax), words in sorted(texts.items(), key=str):
        await _rule(desk, at, account, tax, sorted(words))


async def _rule(desk: Desk, at: datetime, account: str, tax: str | None, words: list[str]) -> None:
    found = await desk.call("invoicing.ledger_account.list", at, code=account)
    ledger = found["items"][0]
    await desk.call(
        "invoicing.reconciliation_rule.create",
        at,
        name=ledger["name"][:100],
        condition={"text": words},
        action="book",
        account_id=ledger["id"],
        tax_rate_id=await desk.id("sales.tax_rate", tax, at) if tax else None,
        auto_confirm=True,
    )


async def statements(desk: Desk) -> None:
    """Take in each month's statement and explain every movement of it."""
    desk.moved += [
        Movement(one.day, -one.amount, one.who, one.text, account=one.account, tax=one.tax)
        for one in costs(desk.today)
    ]
    balance, saved = Decimal(0), Decimal(0)
    for number, (first, last) in enumerate(months(desk.today), start=1):
        at = min(office_hours(last + timedelta(days=_REPORTED)), desk.demo.now)
        await desk.demo.until(at)
        await _by_others(desk, at, first, last)
        mine = _of(desk, number, first, last)
        text = written(_MAIN, Month(first, last, balance), mine)
        if number == _PUT_ASIDE_IN:
            saved = await _savings(desk, at, first, last)
        await _explained(desk, await _taken(desk, "bank", last, text, at), mine, at)
        balance += sum((one.amount for one in mine), Decimal(0))
        if last < desk.today - timedelta(days=_UNLOCKED_DAYS):
            await desk.call("invoicing.bank_statement.lock", at, id=desk.ids[f"statement:{last}"])
    desk.closing = {"bank": balance, "savings": saved}


def _of(desk: Desk, number: int, first: date, last: date) -> list[Movement]:
    """What moved in a month, in the order of its days."""
    mine = [one for one in desk.moved if first <= one.day <= last]
    if number == 1:
        text = "VIR SOLDE DE L'ANCIEN COMPTE"
        mine.append(Movement(first, _BEGINNING, ORGANIZATION.legal_name, text, account="110000"))
    if number == _PUT_ASIDE_IN:
        day, name = last.replace(day=11), ORGANIZATION.legal_name
        mine.append(Movement(day, -_PUT_ASIDE, name, "VIREMENT VERS LIVRET", iban=_SAVINGS))
    return sorted(mine, key=lambda one: (one.day, one.text))


async def _savings(desk: Desk, at: datetime, first: date, last: date) -> Decimal:
    day, name = last.replace(day=11), ORGANIZATION.legal_name
    moved = [Movement(day, _PUT_ASIDE, name, "VIREMENT DU COMPTE COURANT", iban=_MAIN)]
    text = written(_SAVINGS, Month(first, last, Decimal(0)), moved)
    await _taken(desk, "savings", last, text, at)
    return _PUT_ASIDE


async def _by_others(desk: Desk, at: datetime, first: date, last: date) -> None:
    """Payments and entries that were made by hand on this account: the bank shows them too."""
    listed = await desk.call("invoicing.payment.list", at, status="posted", limit=100)
    told = " ".join(one.text for one in desk.moved)
    passing = await desk.id("invoicing.payment_method", "transfer", at)
    for one in listed["items"]:
        day = date.fromisoformat(one["date"])
        ours = one.get("bank_account_id") in (None, desk.ids["bank"])
        if one["method_id"] != passing or not ours or not first <= day <= last:
            continue
        if one["number"] not in told:
            sign = 1 if one["direction"] == "in" else -1
            text = f"VIR SEPA {one['number']}"
            amount = sign * Decimal(one["amount"]["amount"])
            desk.moved.append(Movement(day, amount, one.get("reference") or "", text))
    await _by_hand(desk, at, first, last)


async def _by_hand(desk: Desk, at: datetime, first: date, last: date) -> None:
    journal = await desk.id("invoicing.journal", "OD", at)
    account = await desk.id("invoicing.ledger_account", "512000", at)
    days = {"date_from": first.isoformat(), "date_to": last.isoformat()}
    given: dict[str, Any] = {"journal_id": journal, "status": "validated", "limit": 100}
    listed = await desk.call("invoicing.journal_entry.list", at, **given, **days)
    for one in listed["items"]:
        entry = await desk.call("invoicing.journal_entry.get", at, id=one["id"])
        for line in entry["lines"]:
            if line["account_id"] == account:
                amount = Decimal(line["debit"]) - Decimal(line["credit"])
                text = f"{entry['label']} {entry.get('piece_ref')}".upper()
                day = date.fromisoformat(entry["date"])
                moved = Movement(day, amount, ORGANIZATION.legal_name, text, booked=True)
                desk.moved.append(moved)


async def _taken(desk: Desk, account: str, last: date, text: str, at: datetime) -> str:
    made = await desk.call(
        "invoicing.bank_statement.import_file",
        at,
        bank_account_id=desk.ids[account],
        filename=f"camt053-{account}-{last:%Y-%m}.xml",
        text=text,
    )
    id: str = made["statements"][0]["statement_id"]
    desk.ids[f"statement:{last}" if account == "bank" else f"savings:{last}"] = id
    return id


async def _explained(desk: Desk, statement: str, moved: list[Movement], at: datetime) -> None:
    """Let what is certain be matched, and say what the rest was."""
    found = await desk.call("invoicing.bank_statement.auto_reconcile", at, id=statement)
    known = {one.text: one for one in moved}
    for left in (*found["suggested"], *found["unmatched"]):
        one = known[left["told"]]
        id = left["transaction_id"]
        if one.booked:
            reason = "Déjà comptabilisé par une écriture"
            await desk.call("invoicing.bank_transaction.ignore", at, id=id, reason=reason)
            continue
        if one.party:
            await desk.call("invoicing.bank_transaction.match", at, id=id, party_id=one.party)
            continue
        if one.settles:
            allotted = [{"record": one.settles, "amount": euros(one.amount)}]
            await desk.call("invoicing.bank_transaction.match", at, id=id, allocations=allotted)
            continue
        given: dict[str, Any] = {"id": id, "label": one.text}
        given["account_id"] = await desk.id("invoicing.ledger_account", one.account or "471000", at)
        if one.tax:
            given["tax_rate_id"] = await desk.id("sales.tax_rate", one.tax, at)
        await desk.call("invoicing.bank_transaction.create_entry", at, **given)


def tax_paid(period: str, day: date, amount: Decimal) -> Movement:
    """The VAT of a period, as the tax office takes it."""
    who, account, text = _VAT
    return Movement(day, -amount, who, f"{text} {period}", account=account)
