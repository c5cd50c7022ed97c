"""Bank: November's statement is imported and reconciled, and what was wrong is taken back."""

from decimal import Decimal

import asyncpg
import pytest

from plugins.invoicing.tests.banking import SECOND_IBAN, Bank, Line, camt


async def test_novembers_statement_is_reconciled_where_it_is_certain(bank: Bank) -> None:
    """Scenario 5: what is certain is matched and booked, the rest waits, books and bank agree."""
    call = bank.shop.call
    sure = await bank.shop.posted(("1", "850.00", "20"))
    guessed = await bank.shop.posted(("1", "300.00", "20"))
    fees = (await call("invoicing.ledger_account.list", code="627000"))["items"][0]["id"]
    await call(
        "invoicing.reconciliation_rule.create",
        name="Frais",
        condition={"text": ["cotisation"], "direction": "out"},
        action="book",
        account_id=fees,
        auto_confirm=True,
    )
    made = await bank.bring(
        camt(
            "1000.00",
            Line("1020.00", f"REGLEMENT {sure['number']}"),
            Line("360.00", "VIREMENT"),
            Line("-4.50", "COTISATION CARTE", name="BANQUE"),
            Line("55.00", "INCONNU", name="Dupont Karine", iban=""),
            day=bank.today,
        )
    )
    statement = made["statements"][0]["statement_id"]
    assert made["movements"] == 4
    done = await call("invoicing.bank_statement.auto_reconcile", id=statement)
    assert [one["by"] for one in done["matched"]] == [f"{sure['number']} (100)", "Frais"]
    assert [one["label"] for one in done["suggested"]] == [guessed["number"]]
    assert [one["amount"] for one in done["unmatched"]] == ["55.00"]
    assert done["status"] == "in_progress"
    assert (await bank.invoice(sure["id"]))["status"] == "paid"
    assert (await bank.invoice(guessed["id"]))["status"] == "posted"

    standing = await call("invoicing.bank_statement.reconcile_status", id=statement)
    assert (standing["matched"], standing["suggested"], standing["unmatched"]) == (2, 1, 1)
    assert standing["unexplained"] == "415.00"
    assert not standing["can_be_locked"]
    refused = await call.refused("invoicing.bank_statement.lock", id=statement)
    assert refused["code"] == "conflict"

    balances = await call("invoicing.bank_account.balance_at", id=bank.account["id"])
    assert balances["bank"] == "2430.50"
    assert balances["in_books"] == "1015.50"
    assert balances["gap"] == "1415.00"
    assert balances["unexplained"] == "0.00"
    assert {one["kind"] for one in balances["differences"]} == {"before", "not_booked"}

    again = await call("invoicing.bank_statement.auto_reconcile", id=statement)
    assert again["matched"] == []
    for one in (*done["suggested"], *done["unmatched"]):
        await call(
            "invoicing.bank_transaction.match",
            id=one["transaction_id"],
            party_id=bank.shop.customer["party_id"],
        )
    locked = await call("invoicing.bank_statement.lock", id=statement)
    assert locked["status"] == "locked"
    refused = await call.refused("invoicing.bank_statement.auto_reconcile", id=statement)
    assert refused["code"] == "conflict"
    refused = await call.refused(
        "invoicing.bank_transaction.unmatch", id=done["matched"][0]["transaction_id"]
    )
    assert refused["code"] == "conflict"


async def test_the_same_movements_never_come_twice_and_balances_follow(bank: Bank) -> None:
    """Invariant 7: a gap, a repeat, another account's file and a broken sum are refused."""
    day = bank.today
    monday = camt("100.00", Line("20.00", ref="A"), Line("5.00", ref="B"), day=day)
    made = await bank.bring(monday)
    assert (made["movements"], made["skipped"]) == (2, 0)
    assert (await bank.refused(monday))["code"] == "conflict"
    assert (await bank.refused(monday.replace("MsgId>M1", "MsgId>M2")))["code"] == "conflict"
    gap = camt("126.00", Line("1.00", ref="C"), day=day)
    assert "+1.00 is missing" in (await bank.refused(gap))["message"]
    broken = camt("125.00", Line("1.00", ref="C"), day=day, closing="127.00")
    assert (await bank.refused(broken))["code"] == "invalid"
    foreign = camt("125.00", Line("1.00", ref="C"), day=day, account=SECOND_IBAN)
    assert (await bank.refused(foreign))["code"] == "invalid"
    again = camt(
        "100.00", Line("20.00", ref="A"), Line("5.00", ref="B"), Line("7.00", ref="C"), day=day
    )
    later = await bank.bring(again)
    assert (later["movements"], later["skipped"]) == (1, 2)
    (statement,) = later["statements"]
    assert (statement["opening"], statement["closing"]) == ("125.00", "132.00")

    call = bank.shop.call
    first = made["statements"][0]["statement_id"]
    refused = await call.refused("invoicing.bank_statement.undo_import", id=first)
    assert refused["code"] == "conflict"
    await call("invoicing.bank_statement.undo_import", id=statement["statement_id"])
    back = await bank.bring(again)
    assert back["movements"] == 1
    (row,) = (
        await call(
            "invoicing.bank_transaction.list",
            statement_id=back["statements"][0]["statement_id"],
        )
    )["items"]
    await call("invoicing.bank_transaction.ignore", id=row["id"], reason="Déjà dans les à-nouveaux")
    refused = await call.refused("invoicing.bank_transaction.ignore", id=row["id"], reason="x")
    assert refused["code"] == "state_refused"


async def test_one_transfer_pays_many_and_what_is_missing_is_booked(bank: Bank) -> None:
    call, shop = bank.shop.call, bank.shop
    invoices = [await shop.posted(("1", price, "20")) for price in ("100.00", "200.00", "50.00")]
    fees = (await call("invoicing.ledger_account.list", code="627000"))["items"][0]["id"]
    numbers = " ".join(one["number"] for one in invoices[:2])
    both, short, plain = await bank.movements(
        Line("360.00", f"FACTURES {numbers}"), Line("59.50", "SOLDE"), Line("10.00", "RIEN")
    )
    told = await call("invoicing.bank_transaction.suggest_matches", id=both["id"])
    best = told["candidates"][0]
    assert best["kind"] == "group"
    assert {one["code"] for one in best["reasons"]} >= {"amount_of_group", "reference"}
    assert sorted(best["records"]) == sorted(one["id"] for one in invoices[:2])
    matched = await call(
        "invoicing.bank_transaction.match",
        id=both["id"],
        allocations=[{"record": one} for one in best["records"]],
    )
    assert (matched["status"], matched["remaining"]["amount"]) == ("matched", "0.00")
    assert matched["party_id"] == shop.customer["party_id"]
    other = await shop.new_customer("Autre")
    refused = await call.refused(
        "invoicing.bank_transaction.assign_party", id=both["id"], party_id=other["party_id"]
    )
    assert refused["code"] == "conflict"

    refused = await call.refused(
        "invoicing.bank_transaction.match",
        id=short["id"],
        allocations=[{"record": invoices[2]["id"], "amount": {"amount": "60.00"}}],
    )
    assert refused["code"] == "invalid"
    done = await call(
        "invoicing.bank_transaction.match",
        id=short["id"],
        allocations=[{"record": invoices[2]["id"]}],
        difference_account_id=fees,
    )
    assert done["status"] == "matched"
    assert (await bank.invoice(invoices[2]["id"]))["status"] == "paid"
    assert await bank.balance("627000") == Decimal("0.50")
    assert await bank.balance("512000") == Decimal("419.50")
    refused = await call.refused(
        "invoicing.bank_transaction.match",
        id=plain["id"],
        allocations=[{"record": invoices[2]["id"]}],
    )
    assert refused["code"] == "conflict"


async def test_a_match_is_taken_back_as_if_it_had_never_been(bank: Bank) -> None:
    call, shop = bank.shop.call, bank.shop
    invoice = await shop.posted(("1", "100.00", "20"))
    (row,) = await bank.movements(Line("150.00", "VIR"))
    await call(
        "invoicing.bank_transaction.match",
        id=row["id"],
        allocations=[{"record": invoice["id"]}],
    )
    payments = (await call("invoicing.payment.list"))["items"]
    assert [one["unallocated"]["amount"] for one in payments] == ["30.00"]
    assert payments[0]["status"] == "reconciled"
    back = await call("invoicing.bank_transaction.unmatch", id=row["id"])
    assert (back["status"], back["remaining"]["amount"]) == ("unmatched", "150.00")
    owed = await bank.invoice(invoice["id"])
    assert (owed["status"], owed["amount_due"]["amount"]) == ("posted", "120.00")
    cancelled = await call("invoicing.payment.get", id=payments[0]["id"])
    assert cancelled["status"] == "cancelled"
    assert await bank.balance("512000") == 0
    assert await bank.balance("411000") == Decimal("120.00")
    assert await bank.balance("445711") == 0
    refused = await call.refused("invoicing.bank_transaction.unmatch", id=row["id"])
    assert refused["code"] == "state_refused"
    balances = await call("invoicing.bank_account.balance_at", id=bank.account["id"])
    assert (balances["gap"], balances["unexplained"]) == ("150.00", "0.00")


async def test_fees_with_vat_and_parts_are_booked_to_the_cent(bank: Bank) -> None:
    call = bank.shop.call
    rates = (await call("sales.tax_rate.list", scope="purchase", territory="metropole", limit=100))[
        "items"
    ]
    twenty = next(
        one["id"] for one in rates if Decimal(one["rate"]) == 20 and one["category"] == "S"
    )
    codes = {
        one["code"]: one["id"]
        for one in (await call("invoicing.ledger_account.list", limit=100))["items"]
    }
    fee, loan, rest = await bank.movements(
        Line("-13.99", "COMMISSION"), Line("-400.00", "ECHEANCE PRET"), Line("-1.00", "X")
    )
    await call(
        "invoicing.bank_transaction.create_entry",
        id=fee["id"],
        account_id=codes["627000"],
        tax_rate_id=twenty,
        label="Commission",
    )
    assert await bank.balance("627000") == Decimal("11.66")
    assert await bank.balance("445660") == Decimal("2.33")
    parts = [
        {"amount": {"amount": "-380.00"}, "account_id": codes["164000"]},
        {"amount": {"amount": "-20.01"}, "account_id": codes["661000"]},
    ]
    refused = await call.refused("invoicing.bank_transaction.split", id=loan["id"], parts=parts)
    assert refused["code"] == "conflict"
    parts[1]["amount"] = {"amount": "-20.00"}
    done = await call("invoicing.bank_transaction.split", id=loan["id"], parts=parts)
    assert done["status"] == "matched"
    refused = await call.refused(
        "invoicing.bank_transaction.create_entry", id=loan["id"], account_id=codes["627000"]
    )
    assert refused["code"] == "state_refused"
    await call("invoicing.bank_transaction.unmatch", id=fee["id"])
    assert await bank.balance("445660") == 0
    old = await call("invoicing.report.unmatched_bank")
    assert (old["total_rows"], old["totals"]["out"]) == (2, "-14.99")
    flows = await call("invoicing.report.cash_flow_statement", period=bank.today[:4])
    financing = next(one for one in flows["rows"] if one["nature"] == "financing")
    assert financing["paid"] == "400.00"
    assert rest["status"] == "unmatched"


async def test_who_paid_is_learnt_and_rules_are_proposed(bank: Bank) -> None:
    call, shop = bank.shop.call, bank.shop
    await shop.posted(("1", "100.00", "20"))
    iban = "FR7612739000400000000001067"
    lines = [
        Line("120.00", "VIR", name="M. X", iban=iban, ref="1"),
        Line("30.00", "VIR", name="M. X", iban=iban, ref="2"),
        *(Line("-9.00", f"ABONNEMENT 2026-{n}", name="OPERATEUR", ref=f"o{n}") for n in range(3)),
    ]
    first, second, *subscriptions = await bank.movements(*lines)
    party = shop.customer["party_id"]
    assigned = await call("invoicing.bank_transaction.assign_party", id=first["id"], party_id=party)
    assert assigned["party_id"] == party
    told = await call("invoicing.bank_transaction.suggest_matches", id=second["id"])
    assert "iban" in {one["code"] for one in told["candidates"][0]["reasons"]}
    account = (await call("invoicing.ledger_account.list", code="626000"))["items"][0]["id"]
    for one in subscriptions:
        await call("invoicing.bank_transaction.create_entry", id=one["id"], account_id=account)
    learnt = await call("invoicing.reconciliation_rule.learn_from_history")
    (proposal,) = learnt["proposals"]
    assert (proposal["account_id"], proposal["support"], proposal["against"]) == (account, 3, 0)
    tried = await call("invoicing.reconciliation_rule.test", condition=proposal["condition"])
    assert (tried["movements"], tried["total"]) == (3, "-27.00")
    refused = await call.refused(
        "invoicing.reconciliation_rule.create",
        name="Tout",
        condition={"direction": "out"},
        action="book",
        account_id=account,
    )
    assert refused["code"] == "invalid"


async def test_cheques_and_bounces_meet_their_movements(bank: Bank) -> None:
    """What waited on 511200 comes to nothing once the bank showed it, and what came back too."""
    call, shop = bank.shop.call, bank.shop
    method = (await call("invoicing.payment_method.list", code="cheque"))["items"][0]["id"]
    cheques = []
    for amount in ("70.00", "30.00"):
        made = await call(
            "invoicing.payment.create",
            party_id=shop.customer["party_id"],
            amount={"amount": amount},
            method_id=method,
        )
        cheques.append((await call("invoicing.payment.post", id=made["id"]))["id"])
    given = {"payment_ids": cheques, "bank_account_id": bank.account["id"]}
    slip = (await call("invoicing.payment.deposit_cheques", **given))["slip"]
    came, gone = await bank.movements(
        Line("100.00", f"REMISE {slip}", name="", iban=""), Line("-45.00", "IMPAYE", iban="")
    )
    told = await call("invoicing.bank_transaction.suggest_matches", id=came["id"])
    best = told["candidates"][0]
    assert (best["kind"], best["label"]) == ("payment", slip)
    await call(
        "invoicing.bank_transaction.match",
        id=came["id"],
        allocations=[{"record": one} for one in best["records"]],
    )
    assert await bank.balance("511200") == 0
    assert await bank.balance("512000") == Decimal("100.00")
    await call(
        "invoicing.payment.bounce",
        id=cheques[1],
        reason_code="insufficient_funds",
        fee={"amount": "15.00"},
    )
    await call(
        "invoicing.bank_transaction.match", id=gone["id"], allocations=[{"record": cheques[1]}]
    )
    assert await bank.balance("511200") == 0
    assert await bank.balance("512000") == Decimal("55.00")
    balances = await call("invoicing.bank_account.balance_at", id=bank.account["id"])
    assert (balances["gap"], balances["differences"]) == ("0.00", [])


@pytest.mark.parametrize("status", ["matched", "unmatched"])
async def test_the_database_refuses_a_movement_that_does_not_balance(
    bank: Bank, status: str, database: object
) -> None:

    (row,) = await bank.movements(Line("10.00", "VIR"))
    connection = await asyncpg.connect(database.admin)  # type: ignore[attr-defined]
    try:
        change = "status = 'matched'" if status == "matched" else "amount_amount = 11"
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(
                f"UPDATE invoicing_bank_transaction SET {change} WHERE remittance = 'VIR'"
            )
    finally:
        await connection.close()
    assert row["status"] == "unmatched"
