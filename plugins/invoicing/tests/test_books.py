"""The books: entries that stand, letters, periods, and a year that is closed."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from eyeot import Problem
from plugins.invoicing.tests.banking import Bank, Line
from plugins.invoicing.tests.shop import Shop

LAST = "2025"


async def account(shop: Shop, code: str) -> str:
    found = await shop.call("invoicing.ledger_account.list", code=code)
    return str(found["items"][0]["id"])


async def entry(
    shop: Shop, debit: str, credit: str, amount: str, on: str = "2025-06-15", **more: Any
) -> dict[str, Any]:
    """A draft of two lines in the journal OD."""
    journal = (await shop.call("invoicing.journal.list", code="OD"))["items"][0]["id"]
    lines = [
        {"account_id": await account(shop, debit), "debit": amount},
        {"account_id": await account(shop, credit), "credit": more.pop("credited", amount)},
    ]
    given = {"label": f"{debit} à {credit}", "piece_ref": "P", **more}
    return await shop.call(
        "invoicing.journal_entry.create", journal_id=journal, date=on, lines=lines, **given
    )


async def validated(shop: Shop, *args: str, **more: Any) -> dict[str, Any]:
    made = await entry(shop, *args, **more)
    await shop.call("invoicing.journal_entry.validate", entry_ids=[made["id"]])
    return await shop.call("invoicing.journal_entry.get", id=made["id"])


async def balances(shop: Shop, period: str) -> dict[str, Decimal]:
    told = await shop.call("invoicing.ledger_account.balance", period=period)
    return {one["code"]: Decimal(one["closing"]) for one in told["accounts"]}


async def test_entries_are_numbered_by_date_and_chained(shop: Shop) -> None:
    late = await entry(shop, "512000", "101000", "1000.00", "2025-03-02")
    early = await entry(shop, "613000", "512000", "300.00", "2025-02-01")
    odd = await entry(shop, "613000", "512000", "10.00", credited="9.99")

    refused = await shop.call.refused("invoicing.journal_entry.validate", entry_ids=[odd["id"]])
    assert refused["code"] == "conflict"
    told = await shop.call("invoicing.journal_entry.validate", entry_ids=[late["id"], early["id"]])
    assert [(one["id"], one["number"]) for one in told["entries"]] == [
        (early["id"], "000001"),
        (late["id"], "000002"),
    ]
    first = await shop.call("invoicing.journal_entry.get", id=early["id"])
    second = await shop.call("invoicing.journal_entry.get", id=late["id"])
    assert second["prev_hash"] == first["hash"]
    again = await shop.call.refused("invoicing.journal_entry.validate", entry_ids=[late["id"]])
    assert again["code"] == "state_refused"
    checked = await shop.call("invoicing.journal.check_balance", period=LAST)
    assert (checked["drafts"], checked["balances"]) == (1, True)
    assert [one["difference"] for one in checked["unbalanced"]] == ["0.01"]


async def test_many_at_once_make_one_chain(shop: Shop) -> None:
    drafts = [await entry(shop, "512000", "101000", f"{n}.00", "2024-01-05") for n in range(1, 9)]
    ids = [one["id"] for one in drafts]
    await asyncio.gather(
        *(shop.call("invoicing.journal_entry.validate", entry_ids=[one]) for one in ids)
    )
    found = await shop.call("invoicing.fiscal_seal.verify_chain")
    (chain,) = [one for one in found["chains"] if one["chain"].endswith("2024")]
    assert (chain["intact"], chain["verified"]) == (True, 8)


async def test_two_first_posters_of_a_year_open_it_once(shop: Shop) -> None:
    drafts = [await entry(shop, "512000", "101000", "5.00", f"2019-0{n}-05") for n in range(1, 5)]
    await asyncio.gather(
        *(shop.call("invoicing.journal_entry.validate", entry_ids=[one["id"]]) for one in drafts)
    )
    found = await shop.call("invoicing.fiscal_period.list", year_from=2019, year_to=2019, limit=100)
    assert found["total"] == 13


async def test_an_entry_is_taken_back_by_its_opposite(shop: Shop) -> None:
    made = await validated(shop, "613000", "512000", "80.00")
    back = await shop.call(
        "invoicing.journal_entry.reverse", id=made["id"], date="2025-07-01", reason="erreur"
    )
    assert back["status"] == "validated"
    assert back["reverses_id"] == made["id"]
    now = await shop.call("invoicing.journal_entry.get", id=made["id"])
    assert (now["status"], now["reversed_by_id"]) == ("reversed", back["id"])
    assert (await balances(shop, LAST)).get("613000", 0) == 0
    twice = await shop.call.refused("invoicing.journal_entry.reverse", id=made["id"], reason="non")
    assert twice["code"] == "state_refused"
    posted = await shop.posted(("1", "100.00", "20"))
    sourced = await shop.call.refused(
        "invoicing.journal_entry.reverse", id=posted["entry_id"], reason="non"
    )
    assert sourced["code"] == "conflict"


async def test_templates_and_accruals_write_balanced_entries(shop: Shop) -> None:
    made = await shop.call(
        "invoicing.journal_entry.create_from_template",
        template="payroll",
        variables={
            "gross": "3000.00", "employer_contributions": "1260.00", "employee_contributions": "660.00",
        },
        date="2025-05-31",
    )  # fmt: skip
    read = await shop.call("invoicing.journal_entry.get", id=made["id"])
    assert sum(Decimal(one["debit"]) for one in read["lines"]) == Decimal("4260.00")
    assert sum(Decimal(one["credit"]) for one in read["lines"]) == Decimal("4260.00")
    assert made["status"] == "draft"
    wrong = await shop.call.refused(
        "invoicing.journal_entry.create_from_template",
        template="payroll",
        variables={
            "gross": "100.00", "employer_contributions": "0", "employee_contributions": "101.00",
        },
    )  # fmt: skip
    assert wrong["code"] == "conflict"

    await shop.call("invoicing.journal_entry.validate", entry_ids=[made["id"]])
    (month,) = (await shop.call("invoicing.fiscal_period.list", name="2025-12"))["items"]
    item = {
        "kind": "invoice_to_receive", "account_id": await account(shop, "626000"),
        "amount": "75.00", "label": "Téléphone",
    }  # fmt: skip
    told = await shop.call("invoicing.journal_entry.accrue", period_id=month["id"], items=[item])
    assert told["reversed_on"] == "2026-01-01"
    assert (await balances(shop, "2025"))["408100"] == Decimal("-75.00")
    after = await balances(shop, "2026-01")
    assert after.get("408100", 0) == 0
    assert after["626000"] == Decimal("-75.00")
    other = {**item, "account_id": await account(shop, "706000")}
    refused = await shop.call.refused(
        "invoicing.journal_entry.accrue", period_id=month["id"], items=[other]
    )
    assert refused["code"] == "invalid"


async def test_lines_are_lettered_when_they_balance(shop: Shop) -> None:
    sent = await validated(shop, "580000", "512000", "200.00")
    came = await validated(shop, "530000", "580000", "200.00")
    short = await validated(shop, "530000", "580000", "199.00")
    transit = await account(shop, "580000")
    pair = {"account_id": transit, "entry_ids": [sent["id"], short["id"]]}

    wrong = await shop.call.refused("invoicing.ledger_account.reconcile_letter", **pair)
    assert "1.00" in wrong["message"]
    found = await shop.call("invoicing.ledger_account.suggest_lettering", account_id=transit)
    (group,) = found["groups"]
    assert set(group["entry_ids"]) == {sent["id"], came["id"]}
    told = await shop.call("invoicing.ledger_account.reconcile_letter", line_ids=group["line_ids"])
    assert told["letter"] == "AAA"
    again = await shop.call.refused(
        "invoicing.ledger_account.reconcile_letter", line_ids=group["line_ids"]
    )
    assert again["code"] == "conflict"
    free = await shop.call("invoicing.ledger_account.unletter", account_id=transit, letter="AAA")
    assert set(free["line_ids"]) == set(group["line_ids"])
    settled = await shop.call(
        "invoicing.ledger_account.reconcile_letter",
        difference_account_id=await account(shop, "658000"),
        **pair,
    )
    assert (settled["difference"], settled["lines"]) == ("1.00", 3)
    nothing = await shop.call.refused(
        "invoicing.ledger_account.unletter", account_id=transit, letter="ZZZ"
    )
    assert nothing["code"] == "conflict"


async def test_what_is_paid_is_lettered_by_itself(shop: Shop) -> None:
    one = await shop.posted(("1", "100.00", "20"))
    other = await shop.posted(("1", "50.00", "20"))
    await shop.call(
        "invoicing.invoice.register_payment", invoice_id=one["id"], amount={"amount": "20.00"}
    )
    ledger = await shop.call("invoicing.report.general_ledger", codes=["411"], lettered=True)
    assert ledger["total_rows"] == 0
    await shop.call("invoicing.invoice.register_payment", invoice_id=one["id"])
    ledger = await shop.call("invoicing.report.general_ledger", codes=["411"], lettered=True)
    assert [row["letter"] for row in ledger["rows"]] == ["AAA"] * 3
    assert ledger["totals"]["debit"] == ledger["totals"]["credit"] == "120.00"
    await shop.call("invoicing.invoice.register_payment", invoice_id=other["id"])
    ledger = await shop.call("invoicing.report.general_ledger", codes=["411"], letter="AAB")
    assert ledger["total_rows"] == 2


async def test_a_month_is_closed_for_now_and_opened_with_a_reason(shop: Shop) -> None:
    draft = await entry(shop, "613000", "512000", "1.00")
    await shop.call("invoicing.fiscal_period.create", start="2025-01-01")
    (month,) = (await shop.call("invoicing.fiscal_period.list", name="2025-06"))["items"]
    left = await shop.call.refused("invoicing.fiscal_period.soft_close", id=month["id"])
    assert left["code"] == "conflict"
    told = await shop.call("invoicing.fiscal_period.checklist", id=month["id"])
    assert [one["left"] for one in told["points"] if one["code"] == "draft_entries"] == [1]
    assert not told["ready"]
    await shop.call("invoicing.journal_entry.validate", entry_ids=[draft["id"]])
    await shop.call("invoicing.fiscal_period.soft_close", id=month["id"])
    late = await entry(shop, "613000", "512000", "2.00")
    refused = await shop.call.refused("invoicing.journal_entry.validate", entry_ids=[late["id"]])
    assert "reopen" in refused["hint"]
    await shop.call("invoicing.fiscal_period.reopen", id=month["id"], reason="oubli")
    await shop.call("invoicing.journal_entry.validate", entry_ids=[late["id"]])
    again = await shop.call.refused(
        "invoicing.fiscal_period.reopen", id=month["id"], reason="encore"
    )
    assert again["code"] == "state_refused"
    gap = await shop.call.refused("invoicing.fiscal_period.create", start="2031-01-01")
    assert gap["code"] == "invalid"
    twice = await shop.call.refused("invoicing.fiscal_period.create", start="2025-01-01")
    assert twice["code"] == "conflict"


async def test_nothing_ordinary_is_dated_in_a_month_that_is_closed_for_now(shop: Shop) -> None:
    await shop.regime(debits=True)
    call, day = shop.call, "2026-10-15"
    paid = await shop.posted(("1", "1000.00", "20"), issue_date=day)
    draft = await shop.draft(("1", "10.00", "20"), issue_date=day)
    (month,) = (await call("invoicing.fiscal_period.list", name="2026-10"))["items"]
    await call("invoicing.fiscal_period.soft_close", id=month["id"])

    party = shop.customer["party_id"]
    given = {"party_id": party, "amount": {"amount": "5.00"}, "date": day}
    payment = await call("invoicing.payment.create", **given)
    late: list[tuple[str, dict[str, Any]]] = [
        ("invoicing.invoice.post", {"id": draft["id"], "issue_date": day}),
        ("invoicing.payment.post", {"id": payment["id"]}),
        ("invoicing.invoice.register_payment", {"invoice_id": paid["id"], "date": day}),
    ]
    for action, arguments in late:
        refused = await call.refused(action, **arguments)
        assert (refused["code"], "reopen" in refused["hint"]) == ("conflict", True), action
    counted = await call("invoicing.vat_return.create", period="2026-10")
    assert (await call("invoicing.vat_return.validate", id=counted["id"]))["entry_id"]

    await call("invoicing.fiscal_period.reopen", id=month["id"], reason="oubli")
    await call("invoicing.payment.post", id=payment["id"])


async def test_a_closed_year_opens_the_next_with_what_stood(shop: Shop) -> None:
    await validated(shop, "512000", "101000", "10000.00", on="2025-01-02")
    await validated(shop, "613000", "512000", "1200.00", on="2025-04-02")
    await validated(shop, "512000", "706000", "5000.00", on="2025-05-02")
    await validated(shop, "411000", "706000", "700.00", on="2025-12-20")
    before = await balances(shop, "2025")
    draft = await entry(shop, "613000", "512000", "3.00")
    refused = await shop.call.refused("invoicing.fiscal_period.close_year", year=2025)
    assert refused["code"] == "conflict"
    await shop.call("invoicing.journal_entry.delete", id=draft["id"])

    told = await shop.call("invoicing.fiscal_period.close_year", year=2025)
    assert told["result"] == "4500.00"
    opening = await shop.call("invoicing.journal_entry.get", id=told["opening_entry_id"])
    assert opening["date"] == "2026-01-01"
    after = await balances(shop, "2026-01")
    assert after["120000"] == Decimal("-4500.00")
    assert {code: after[code] for code in ("512000", "101000", "411000")} == {
        code: before[code] for code in ("512000", "101000", "411000")
    }
    assert not {"613000", "706000"} & after.keys()
    assert await balances(shop, "2025") == before
    late = await entry(shop, "613000", "512000", "1.00")
    closed = await shop.call.refused("invoicing.journal_entry.validate", entry_ids=[late["id"]])
    assert closed["code"] == "conflict"
    twice = await shop.call.refused("invoicing.fiscal_period.close_year", year=2025)
    assert twice["code"] == "state_refused"
    running = await shop.call.refused("invoicing.fiscal_period.close_year", year=2026)
    assert running["code"] == "conflict"

    trial = await shop.call("invoicing.report.trial_balance", period="2026", limit=500)
    totals = trial["totals"]
    for one in ("opening", "closing"):
        assert Decimal(totals[f"{one}_debit"]) == Decimal(totals[f"{one}_credit"]) > 0
    sheet = await shop.call("invoicing.report.balance_sheet", period="2026", compare_with="2025")
    amounts = {row["code"]: (row["amount"], row["compared"]) for row in sheet["rows"]}
    assert amounts["CO"] == amounts["EE"] == ("14500.00", "14500.00")
    assert amounts["DI"] == ("4500.00", "4500.00")
    income = await shop.call("invoicing.report.income_statement", period="2025")
    figures = {row["code"]: row["amount"] for row in income["rows"]}
    assert (figures["FL"], figures["FW"], figures["HN"]) == ("5700.00", "1200.00", "4500.00")


async def test_an_open_line_goes_on_in_the_next_year(shop: Shop) -> None:
    sold = await validated(shop, "411000", "706000", "700.00", on="2025-12-20")
    paid = await validated(shop, "512000", "411000", "700.00", on="2026-01-10")
    clients = await account(shop, "411000")
    await shop.call(
        "invoicing.ledger_account.reconcile_letter",
        account_id=clients,
        entry_ids=[sold["id"], paid["id"]],
    )
    await shop.call("invoicing.fiscal_period.close_year", year=2025)
    last = await shop.call("invoicing.report.general_ledger", codes=["411"], period="2025")
    assert [row.get("letter") for row in last["rows"]] == [None]
    now = await shop.call("invoicing.report.general_ledger", codes=["411"], period="2026")
    assert [row["letter"] for row in now["rows"]] == ["AAA", "AAA"]
    assert [row["balance"] for row in now["rows"]] == ["700.00", "0.00"]
    fec = await shop.call("invoicing.fec_export.check", year=2025)
    assert "letter_balance" not in [one["code"] for one in fec["findings"]]


async def test_the_whole_chart_is_loaded_once(shop: Shop) -> None:
    told = await shop.call("invoicing.ledger_account.load_chart")
    assert told["added"] > 500
    again = await shop.call("invoicing.ledger_account.load_chart")
    assert (again["added"], again["known"]) == (0, told["added"] + told["known"])
    more = await shop.call("invoicing.ledger_account.load_chart", variant="association")
    assert "864000" in more["codes"]
    with pytest.raises(Problem):
        await shop.call("invoicing.ledger_account.load_chart", variant="agricole")


async def test_a_trial_balance_of_some_accounts_tells_no_result_of_theirs(shop: Shop) -> None:
    await validated(shop, "411000", "706000", "700.00", on="2025-12-20")
    await validated(shop, "613000", "512000", "1200.00", on="2025-12-21")
    whole = await shop.call("invoicing.report.trial_balance", period="2026", limit=500)
    # No opening entry has taken the loss of 2025 over yet.
    assert {row["code"]: row["opening_debit"] for row in whole["rows"]}["12"] == "500.00"
    some = await shop.call("invoicing.report.trial_balance", period="2026", codes=["706"])
    assert some["rows"] == []


async def test_pieces_are_missing_to_the_fec_and_to_the_checklist_alike(shop: Shop) -> None:
    bank = await Bank.open(shop)
    (moved,) = await bank.movements(Line("-12.00", "FRAIS"))
    fees = await account(shop, "627000")
    await shop.call("invoicing.bank_transaction.create_entry", id=moved["id"], account_id=fees)
    today = bank.today
    await validated(shop, "613000", "512000", "5.00", on=today, piece_ref=None)
    made = await validated(shop, "411000", "706000", "7.00", on=today)
    paid = await validated(shop, "512000", "411000", "6.50", on=today)
    await shop.call(
        "invoicing.ledger_account.reconcile_letter",
        account_id=await account(shop, "411000"),
        entry_ids=[made["id"], paid["id"]],
        difference_account_id=await account(shop, "658000"),
    )
    fec = await shop.call("invoicing.fec_export.check", year=int(today[:4]))
    missing = {one["code"]: one["count"] for one in fec["findings"]}["piece"]
    (month,) = (await shop.call("invoicing.fiscal_period.list", name=today[:7]))["items"]
    told = await shop.call("invoicing.fiscal_period.checklist", id=month["id"])
    left = {one["code"]: one["left"] for one in told["points"]}
    # The one that was written by hand without any.
    assert left["missing_pieces"] == missing == 1
