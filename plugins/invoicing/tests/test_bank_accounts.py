"""Bank accounts: several of our own, in other currencies too, what they will hold, and the end of one."""

from decimal import Decimal

from plugins.invoicing.tests.banking import IBAN, SECOND_IBAN, Bank, Line, camt
from plugins.invoicing.tests.shop import Shop


async def test_our_own_transfer_is_one_and_not_two(bank: Bank) -> None:
    call = bank.shop.call
    savings = await call("invoicing.bank_account.create", name="Livret", iban=SECOND_IBAN)
    assert savings["bic"] == "PSSTFRPP"
    assert savings["account_id"] != bank.account["account_id"]
    out, stray = await bank.movements(
        Line("-500.00", "VIR INTERNE", name="NOUS", iban=SECOND_IBAN), Line("-1.00", "X")
    )
    other = Bank(bank.shop, savings)
    made = await other.bring(
        camt(
            "0.00",
            Line("500.00", "VIR INTERNE", name="NOUS", iban=IBAN),
            day=bank.today,
            account=SECOND_IBAN,
        )
    )
    (came,) = (
        await call(
            "invoicing.bank_transaction.list",
            statement_id=made["statements"][0]["statement_id"],
        )
    )["items"]
    told = await call("invoicing.bank_transaction.suggest_matches", id=out["id"])
    assert (told["candidates"][0]["kind"], told["candidates"][0]["score"]) == ("transfer", 90)
    refused = await call.refused(
        "invoicing.bank_transaction.mark_internal_transfer", a=stray["id"], b=came["id"]
    )
    assert refused["code"] == "conflict"
    paired = await call(
        "invoicing.bank_transaction.mark_internal_transfer", a=out["id"], b=came["id"]
    )
    assert paired["amount"] == "500.00"
    assert await bank.balance("580000") == 0
    assert await bank.balance("512000") == Decimal("-500.00")
    await call("invoicing.bank_transaction.unmatch", id=came["id"])
    again = await call("invoicing.bank_transaction.get", id=out["id"])
    assert again["status"] == "unmatched"
    assert await bank.balance("512000") == 0


async def test_the_coming_weeks_add_up(bank: Bank) -> None:
    shop = bank.shop
    await bank.bring(camt("500.00", Line("-100.00"), day=bank.today))
    await shop.posted(("1", "100.00", "20"), due_date=bank.today)
    found = await shop.call("invoicing.report.cash_position_forecast", weeks=6)
    assert len(found["rows"]) == 6
    assert (found["totals"]["opening"], found["totals"]["closing"]) == ("400.00", "520.00")
    assert found["rows"][0]["due_in"] == "120.00"


async def test_an_account_in_dollars_is_in_the_books_in_euros(shop: Shop) -> None:
    """What the exchange gains is booked, and taken back with the match."""
    call = shop.call
    first = await Bank.open(shop)
    await call(
        "sales.exchange_rate.create",
        currency="USD",
        rate="1.25",
        date="2026-01-01",
        source="manual",
    )
    dollars = await call(
        "invoicing.bank_account.create", name="Dollars", iban=SECOND_IBAN, currency="USD"
    )
    line = {
        "description": "Audit",
        "unit_price": {"amount": "100.00", "currency": "USD"},
        "tax_rate_id": await shop.rate("20"),
    }
    invoice = await shop.draft(currency="USD", lines=[line])
    await call("invoicing.invoice.post", id=invoice["id"])
    bank = Bank(shop, dollars)
    file = f"Date;Libelle;Montant\n{first.today};VIR;120.00\n"
    made = await bank.bring(file, filename="usd.csv")
    (row,) = (
        await call(
            "invoicing.bank_transaction.list",
            statement_id=made["statements"][0]["statement_id"],
        )
    )["items"]
    await call(
        "invoicing.bank_transaction.match",
        id=row["id"],
        allocations=[{"record": invoice["id"]}],
        exchange_rate="0.90",
    )
    code = (await call("invoicing.ledger_account.get", id=dollars["account_id"]))["code"]
    assert await bank.balance(code) == Decimal("108.00")
    assert await bank.balance("411000") == 0
    assert await bank.balance("766000") == Decimal("-12.00")
    assert await bank.balance("445711") == Decimal("-16.00")
    await call("invoicing.bank_transaction.unmatch", id=row["id"])
    for account, amount in ((code, "0"), ("766000", "0"), ("445711", "0"), ("411000", "96.00")):
        assert await bank.balance(account) == Decimal(amount)


async def test_an_account_that_is_closed_takes_nothing_any_more(bank: Bank) -> None:
    closed = await bank.shop.call("invoicing.bank_account.close", id=bank.account["id"])
    assert closed["status"] == "closed"
    refused = await bank.shop.call.refused("invoicing.bank_account.close", id=bank.account["id"])
    assert refused["code"] == "state_refused"
    file = camt("0.00", Line("1.00"), day=bank.today)
    assert (await bank.refused(file))["code"] == "invalid"
    wrong = await bank.shop.call.refused(
        "invoicing.bank_account.create", name="Faux", iban="FR7630006000011234567890188"
    )
    assert wrong["code"] == "invalid"
