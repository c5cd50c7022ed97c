"""The FEC: its 18 columns, the same bytes each time, and that of other software taken over."""

import hashlib
from decimal import Decimal
from typing import Any

from eyeot.runtime.transaction import Transaction
from plugins.invoicing.tests.shop import SIREN, Shop
from plugins.invoicing.tests.test_books import account, entry, validated

HEAD = (
    "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|"
    "PieceDate|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
)


async def content(shop: Shop, export: dict[str, Any]) -> bytes:
    return await stored(shop, export["digest"])


async def stored(shop: Shop, digest: str) -> bytes:
    """The bytes that the store keeps under a digest."""
    engine, org = shop.call.engine, shop.house.org_id
    async with Transaction(engine.database.reads, org, reads=True) as transaction:
        unit = engine.bare_unit(transaction, shop.call.caller, engine.clock())
        return b"".join([piece async for piece in unit.content(digest)])


async def rows(shop: Shop, export: dict[str, Any], encoding: str = "utf-8") -> list[dict[str, str]]:
    head, *lines = (await content(shop, export)).decode(encoding).splitlines()
    names = head.split("|")
    return [dict(zip(names, line.split("|"), strict=True)) for line in lines]


async def test_a_closed_year_gives_the_same_bytes(shop: Shop) -> None:
    await validated(
        shop, "512000", "101000", "1000.00", on="2025-01-02", label="Capital | versé\tà l'œil €"
    )
    sold = await validated(shop, "411000", "706000", "120.50", on="2025-03-01")
    paid = await validated(shop, "512000", "411000", "120.50", on="2025-04-01")
    clients = await account(shop, "411000")
    given = {"account_id": clients, "entry_ids": [sold["id"], paid["id"]]}
    await shop.call("invoicing.ledger_account.reconcile_letter", **given)
    form = {"year": 2025, "encoding": "utf-8", "separator": "pipe"}

    open_ = await shop.call("invoicing.fec_export.generate", **form)
    assert open_["is_provisional"]
    assert "provisoire" in open_["filename"]
    await shop.call("invoicing.fiscal_period.close_year", year=2025)
    first = await shop.call("invoicing.fec_export.generate", **form)
    assert first["filename"] == f"{SIREN}FEC20251231.txt"
    assert not first["is_provisional"]
    kept = await content(shop, first)
    assert hashlib.sha256(kept).hexdigest() == first["digest"]
    assert kept == await content(shop, open_)
    (document,) = (await shop.call("core.document.list", records_has=first["id"]))["items"]
    assert (document["status"], document["sha256"]) == ("locked", first["digest"])

    await shop.call("invoicing.ledger_account.update", id=clients, name="Clients (autre nom)")
    again = await shop.call("invoicing.fec_export.generate", **form)
    assert again["digest"] == first["digest"]
    found = await rows(shop, first)
    assert list(found[0]) == HEAD.split("|")
    assert [row["EcritureNum"] for row in found] == ["000001"] * 2 + ["000002"] * 2 + ["000003"] * 2
    assert found[0]["EcritureLib"] == "Capital   versé à l'œil €"
    assert found[2]["Debit"] == "120,50"
    assert [row["EcritureLet"] for row in found] == ["", "", "AAA", "", "", "AAA"]
    debit, credit = (
        sum(Decimal(row[side].replace(",", ".")) for row in found) for side in ("Debit", "Credit")
    )
    assert debit == credit == Decimal("1241.00")
    assert not any(row["CompteNum"].startswith("12") for row in found)
    latin = await shop.call("invoicing.fec_export.generate", year=2025)
    assert b"\xbdil \xa4" in await content(shop, latin)
    next_year = await shop.call("invoicing.fec_export.generate", **{**form, "year": 2026})
    opening = await rows(shop, next_year)
    assert {row["JournalCode"] for row in opening} == {"AN"}
    assert "120000" in {row["CompteNum"] for row in opening}

    note = await shop.call("invoicing.fec_export.describe", year=2025)
    assert first["digest"] in note["text"] or latin["digest"] in note["text"]
    english = await shop.call("invoicing.fec_export.describe", year=2025, language="en")
    assert "final file" in english["text"]


async def test_a_file_is_refused_that_an_inspection_would_refuse(shop: Shop) -> None:
    none = await shop.call.refused("invoicing.fec_export.describe")
    assert none["code"] in ("conflict", "invalid")
    await shop.call("invoicing.fiscal_period.create", start="2025-01-01")
    empty = await shop.call.refused("invoicing.fec_export.generate", year=2025)
    assert empty["code"] == "conflict"
    await entry(shop, "512000", "101000", "1.00")
    told = await shop.call("invoicing.fec_export.check", year=2025)
    assert [one["code"] for one in told["findings"]] == ["empty", "drafts", "open_year"]
    assert not told["exportable"]


LINES = """
BQ|Banque|1|20240102|512000|Banque|||R1|20240102|Apport|500,00|0,00|||20240131||
BQ|Banque|1|20240102|101000|Capital|||R1|20240102|Apport|0,00|500,00|||20240131||
VE|Ventes|1|20240301|411000|Clients|C01|SARL Martin|F1|20240301|Vente|120,00|0,00|A|20240401|20240331||
VE|Ventes|1|20240301|706100|Maintenance|||F1|20240301|Vente|0,00|120,00|||20240331||
BQ|Banque|2|20240401|512000|Banque|||R2|20240401|Recette|120,00|0,00|||20240430||
BQ|Banque|2|20240401|411000|Clients|C01|SARL Martin|R2|20240401|Recette|0,00|120,00|A|20240401|20240430||
"""
FILE = HEAD + LINES.rstrip()
NAME = f"{SIREN}FEC20241231.txt"


async def test_the_history_of_other_software_is_taken_over(shop: Shop) -> None:
    told = await shop.call("invoicing.fec_export.import", filename=NAME, mode="history", text=FILE)
    assert (told["entries"], told["lines"]) == (3, 6)
    assert told["accounts_created"] == ["706100"]
    assert told["unknown_parties"] == []
    made = await shop.call(
        "invoicing.fec_export.generate", year=2024, encoding="utf-8", separator="pipe"
    )
    found = await rows(shop, made)
    original = [
        dict(zip(HEAD.split("|"), line.split("|"), strict=True)) for line in FILE.split("\n")[1:]
    ]
    same = (
        "JournalCode",
        "EcritureDate",
        "CompteNum",
        "PieceRef",
        "EcritureLib",
        "Debit",
        "Credit",
        "ValidDate",
    )
    assert [[row[n] for n in same] for row in found] == [[row[n] for n in same] for row in original]
    twice = await shop.call.refused(
        "invoicing.fec_export.import", filename=NAME, mode="history", text=FILE
    )
    assert twice["code"] == "conflict"


async def test_balances_of_other_software_open_the_books(shop: Shop) -> None:
    await shop.call("invoicing.fec_export.import", filename=NAME, text=FILE)
    told = await shop.call("invoicing.ledger_account.balance", period="2025-01")
    assert {one["code"]: one["closing"] for one in told["accounts"]} == {
        "101000": "-500.00",
        "120000": "-120.00",
        "512000": "620.00",
    }
    twice = await shop.call.refused("invoicing.fec_export.import", filename=NAME, text=FILE)
    assert twice["code"] == "conflict"


async def test_neither_the_books_of_others_nor_balances_over_ones_own_are_taken(shop: Shop) -> None:
    other = NAME.replace(SIREN, "552100554")
    for mode in ("opening", "history"):
        told = await shop.call.refused(
            "invoicing.fec_export.import", filename=other, mode=mode, text=FILE
        )
        assert (told["code"], told["field"]) == ("conflict", "filename")
    await validated(shop, "512000", "101000", "9.00", on="2024-05-02")
    told = await shop.call.refused("invoicing.fec_export.import", filename=NAME, text=FILE)
    assert (told["code"], told["field"]) == ("conflict", "mode")


async def test_a_file_with_faults_is_refused_line_by_line(shop: Shop) -> None:
    faulty = FILE.replace("20240102|512000", "20241302|512000").replace("706100", "7X")
    told = await shop.call.refused("invoicing.fec_export.import", filename=NAME, text=faulty)
    assert {one["path"] for one in told["errors"]} >= {"line 2", "line 5"}
    off = FILE.replace("500,00|0,00", "500,01|0,00")
    told = await shop.call.refused("invoicing.fec_export.import", filename=NAME, text=off)
    assert "BQ 1" in str(told)
    told = await shop.call.refused("invoicing.fec_export.import", filename="x.txt", text=FILE)
    assert told["code"] == "invalid"
    told = await shop.call.refused("invoicing.fec_export.import", filename=NAME, text="a;b\n1;2")
    assert told["code"] == "invalid"
