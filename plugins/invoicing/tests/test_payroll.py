"""Payroll: a journal of wages becomes one draft that balances, of one month, once."""

import asyncio
from decimal import Decimal
from typing import Any

from plugins.invoicing.tests.shop import Shop

PERIOD = "2026-10"
FILE = """Société;SARL;;;
Date;Compte;Libellé;Débit;Crédit
31/10/2026;641;Salaires bruts;12 345,67;
31/10/2026;6450000;Charges patronales;5.185,18;
31/10/2026;421000;Net à payer;;9 629,62
31/10/2026;431000;Urssaf;;7 901,23
;;Total;17 530,85;17 530,85
"""


async def _post(shop: Shop, text: str = FILE, **more: Any) -> dict[str, Any]:
    given = {"period": PERIOD, "text": text, **more}
    return await shop.call("invoicing.journal_entry.post_payroll", **given)


async def _refused(shop: Shop, text: str = FILE, **more: Any) -> dict[str, Any]:
    given = {"period": PERIOD, "text": text, **more}
    return await shop.call.refused("invoicing.journal_entry.post_payroll", **given)


async def test_a_payroll_journal_becomes_a_draft_of_its_month(shop: Shop) -> None:
    made = await _post(shop)
    assert (made["status"], made["date"], made["total"]) == ("draft", "2026-10-31", "17530.85")
    entry = await shop.call("invoicing.journal_entry.get", id=made["id"])
    found = {}
    for line in entry["lines"]:
        account = await shop.call("invoicing.ledger_account.get", id=line["account_id"])
        found[account["code"]] = Decimal(line["debit"]) - Decimal(line["credit"])
    assert found == {
        "641000": Decimal("12345.67"),
        "645000": Decimal("5185.18"),
        "421000": Decimal("-9629.62"),
        "431000": Decimal("-7901.23"),
    }
    journal = await shop.call("invoicing.journal.get", id=made["journal_id"])
    assert journal["code"] == "PAI"
    validated = await shop.call("invoicing.journal_entry.validate", entry_ids=[made["id"]])
    assert validated


async def test_what_is_off_is_named_and_nothing_is_written(shop: Shop) -> None:
    lost = FILE.replace("31/10/2026;431000;Urssaf;;7 901,23\n", "")
    refused = await _refused(shop, lost)
    assert refused["code"] == "conflict"
    assert "7901.23" in refused["message"]
    refused = await _refused(shop, FILE.replace("431000", "437800"))
    assert "437800" in refused["message"]
    refused = await _refused(shop, FILE.replace("31/10/2026;431000", "30/09/2026;431000"))
    assert refused["code"] == "invalid"
    for wrong in ("", "a;b\n1;2\n", FILE.replace("12 345,67", "douze"), FILE.replace("641;", "x;")):
        assert (await _refused(shop, wrong))["code"] == "invalid"
    assert (await _refused(shop, period="2026-Q4"))["code"] == "invalid"
    listed = await shop.call("invoicing.journal_entry.list", piece_ref=f"PAIE-{PERIOD}")
    assert listed["items"] == []
    made = await _post(shop, FILE.replace("431000", "437800"), create_accounts=True)
    assert made["status"] == "draft"


async def test_a_month_is_written_once_unless_a_second_one_is_meant(shop: Shop) -> None:
    await _post(shop)
    refused = await _refused(shop)
    assert "is_supplement" in refused["hint"]
    more = await _post(shop, is_supplement=True)
    await shop.call("invoicing.journal_entry.validate", entry_ids=[more["id"]])
    other = FILE.replace("31/10/2026", "30/11/2026")
    told = await asyncio.gather(
        *(_post(shop, other, period="2026-11") for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(one, dict) for one in told) == 1


async def test_heads_are_told_where_names_do_not_tell(shop: Shop) -> None:
    english = "Day,Acc,Deb,Cre\n2026-10-31,641000,100.50,\n2026-10-31,421000,,100.50\n"
    refused = await _refused(shop, english)
    assert "columns" in str(refused)
    columns = {"date": "Day", "account": "Acc", "debit": "Deb", "credit": "Cre"}
    made = await _post(shop, english, columns=columns)
    assert made["total"] == "100.50"
