"""Takeover: the files of former software become parties, products and an opening entry, once."""

from decimal import Decimal
from typing import Any

import pytest

from eyeot.platform.jobs import occurrence
from eyeot.runtime.worker import Worker
from plugins.invoicing.tests.shop import OTHER_SIREN, SIREN, Shop
from plugins.invoicing.tests.test_fec import HEAD

ACTION = "core.import_job.import_from_erp"
ROWS = (
    ("VE", "1", "20251103", "411DUP", "Clients", "C01", "Boulangerie Dupré", "Facture 1", "1200,00", "0,00"),
    ("VE", "1", "20251103", "707000", "Ventes", "", "", "Facture 1", "0,00", "1000,00"),
    ("VE", "1", "20251103", "445710", "TVA", "", "", "Facture 1", "0,00", "200,00"),
    ("HA", "2", "20251104", "607000", "Achats", "", "", "Farine", "300,00", "0,00"),
    ("HA", "2", "20251104", "401MOU", "Fournisseurs", "F01", "Moulin Vert", "Farine", "0,00", "300,00"),
    ("BQ", "3", "20251201", "512000", "Banque", "", "", "Client", "500,00", "0,00"),
    ("BQ", "3", "20251201", "411MAR", "Clients", "C02", "SARL Martin", "Client", "0,00", "500,00"),
)  # fmt: skip


def fec(*rows: tuple[str, ...]) -> str:
    """A FEC of these rows."""
    lines = []
    for journal, number, day, *named, label, debit, credit in rows:
        head, said = (journal, journal, number, day, *named), (label, debit, credit)
        lines.append("|".join((*head, "P", day, *said, "", "", day, "", "")))
    return "\n".join([HEAD, *lines])


async def taken(shop: Shop, kind: str, *files: tuple[str, str]) -> dict[str, Any]:
    """A takeover, done to its end; the answer, and what its job told."""
    given = [{"filename": name, "text": text} for name, text in files]
    told = await shop.call(ACTION, source_kind=kind, files=given)
    await Worker(shop.call.engine, occurrence).drain()
    return {**told, "job": await shop.call("core.job.get", id=told["job_id"])}


async def test_a_fec_becomes_parties_and_the_opening_of_the_next_year(shop: Shop) -> None:
    told = await taken(shop, "fec", (f"{SIREN}FEC20251231.txt", fec(*ROWS)))
    [file] = told["files"]
    # SARL Martin is here already.
    assert [(one["resource"], one["total"]) for one in file["imports"]] == [
        ("crm.customer", 1),
        ("crm.party", 1),
    ]
    assert (file["known"], file["figures"]["result"]) == (1, "700.00")
    assert told["job"]["status"] == "done", told["job"]

    dupre = (await shop.call("crm.customer.list", name_contains="Dupré"))["items"][0]
    assert dupre["lifecycle"] == "customer"
    mill = (await shop.call("crm.party.list", name_contains="Moulin Vert"))["items"][0]
    assert mill["roles"] == ["supplier"]
    trial = await shop.call("invoicing.report.trial_balance", period="2026", limit=1000)
    opening = {
        one["code"]: Decimal(one["opening_debit"]) - Decimal(one["opening_credit"])
        for one in trial["rows"]
    }
    named = [int(opening[one]) for one in ("411DUP", "401MOU", "512000")]
    assert named == [1200, -300, 500]
    assert opening["120000"] == -700
    assert sum(opening.values()) == 0
    [entry] = (await shop.call("invoicing.journal_entry.list", is_opening=True))["items"]
    lines = (await shop.call("invoicing.journal_entry.get", id=entry["id"]))["lines"]
    assert dupre["party_id"] in {one.get("party_id") for one in lines}
    # The file is kept as the law wants it.
    documents = await shop.call("core.document.list", filename_contains="FEC2025")
    assert [(one["status"], one["retention_until"]) for one in documents["items"]] == [
        ("locked", "2035-12-31")
    ]

    again = {"filename": f"{SIREN}FEC20251231.txt", "text": fec(*ROWS)}
    refused = await shop.call.refused(ACTION, source_kind="fec", files=[again])
    assert "opening entry" in refused["message"]


async def test_a_dry_run_tells_everything_and_makes_nothing(shop: Shop) -> None:
    given = {"filename": f"{SIREN}FEC20251231.txt", "text": fec(*ROWS)}
    answer = await shop.call.answer(ACTION, dry=True, source_kind="fec", files=[given])
    [file] = answer.result["files"]
    assert [one["total"] for one in file["imports"]] == [1, 1]
    assert file["figures"]["accounts_to_create"] == "3"
    assert (await shop.call("core.import_job.count"))["count"] == 0
    assert (await shop.call("crm.party.list", name_contains="Moulin"))["items"] == []


async def test_another_companys_books_and_what_is_no_export_are_refused(shop: Shop) -> None:
    other = {"filename": f"{OTHER_SIREN}FEC20251231.txt", "text": fec(*ROWS)}
    refused = await shop.call.refused(ACTION, source_kind="fec", files=[other])
    assert (refused["code"], OTHER_SIREN in refused["message"]) == ("conflict", True)
    unknown = {"filename": "x.csv", "text": "couleur;poids\nrouge;3\n"}
    refused = await shop.call.refused(ACTION, source_kind="odoo", files=[unknown])
    assert "couleur" in refused["message"]
    unbalanced = {"filename": f"{SIREN}FEC20251231.txt", "text": fec(*ROWS[:2])}
    refused = await shop.call.refused(ACTION, source_kind="fec", files=[unbalanced])
    assert refused["code"] == "invalid"
    assert (await shop.call("core.import_job.count"))["count"] == 0


DOLIBARR = (
    "Nom;Client;Fournisseur;État;Code client;Adresse;Code postal;Ville;Pays;Téléphone;Email;"
    "ID professionnel 1\n"
    'Auberge du Lac;1;0;1;CU1;"3 quai des Brumes\nBât. B";74000;Annecy;France;0450000001;a@auberge.example;\n'
    "Grossiste Nord;0;1;1;;1 rue du Port;59000;Lille;FR;;g@nord.example;552 100 554\n"
    "Piste Tiède;2;0;1;CU2;;;;;;;\n"
    "Vieux Client;1;0;0;CU0;;;;;;;\n"
    "Faux Mail;1;0;1;CU3;;;;;;pas-une-adresse;\n"
)


async def test_third_parties_of_dolibarr_come_with_their_roles(shop: Shop) -> None:
    """SARL Martin bears the SIREN of Grossiste Nord: it is that company, and is not doubled."""
    told = await taken(shop, "dolibarr", ("tiers.csv", DOLIBARR))
    [file] = told["files"]
    assert (file["known"], file["left_out_total"]) == (1, 1)
    assert file["left_out"][0]["label"] == "Vieux Client"
    [customers] = file["imports"]
    assert (customers["total"], customers["refused"]) == (3, 1)
    assert ": emails" in customers["errors"][0]

    found = (await shop.call("crm.customer.list", limit=50))["items"]
    by_name = {one["name"]: one for one in found}
    inn = by_name["Auberge du Lac"]
    assert (inn["lifecycle"], by_name["Piste Tiède"]["lifecycle"]) == ("customer", "prospect")
    assert inn["addresses"][0] == {
        "kind": "main", "line1": "3 quai des Brumes", "line2": "Bât. B", "postcode": "74000",
        "city": "Annecy", "country": "FR",
    }  # fmt: skip
    assert "Faux Mail" not in by_name
    errors = await shop.call("core.import_job.list_errors", job_id=customers["import_job_id"])
    assert errors["items"][0]["values"]["name"] == "Faux Mail"
    martin = await shop.call("crm.party.get", id=shop.customer["party_id"])
    assert "supplier" in martin["roles"]

    taken_back = await shop.call("core.import_job.roll_back", job_id=customers["import_job_id"])
    await Worker(shop.call.engine, occurrence).drain()
    assert taken_back["id"] == customers["import_job_id"]
    left = (await shop.call("crm.customer.list", limit=50))["items"]
    assert "Auberge du Lac" not in {one["name"] for one in left}


ODOO = (
    "External ID,Name,Is a Company,Related Company,Street,Street2,Zip,City,Country,Email,Tax ID,SIRET,"
    "Customer Rank,Supplier Rank\n"
    "p1,Käserei GmbH,True,,Weg 1,,10115,Berlin,Germany,k@kaese.example,DE136695976,,3,0\n"
    "p2,Hans Meier,False,Käserei GmbH,,,,,,h@kaese.example,,,0,0\n"
    "p3,Zoé Martin,False,,,,,,,zoe@martin.example,,,1,0\n"
    "p4,Imprimerie Sud,True,,1 rue,,13001,Marseille,France,,,73282932000074,0,2\n"
)
ODOO_PRODUCTS = (
    "ID,Name,Product Type,Internal Reference,Barcode,Sales Price,Cost,Weight,Sale Description\n"
    "t1,Clavier,Consumable,AK789,,29.99,12,,\n"
    "t2,Conseil,Service,,,90,40,,À l'heure\n"
)


async def test_odoo_brings_parties_and_products_in_one_go(shop: Shop) -> None:
    told = await taken(
        shop, "odoo", ("res.partner.csv", ODOO), ("product.template.csv", ODOO_PRODUCTS)
    )
    assert told["job"]["status"] == "done", told["job"]
    assert [one["by"] for one in told["files"]] == ["crm.third_parties", "sales.products"]
    assert told["files"][0]["left_out"][0]["label"] == "Hans Meier"
    assert all(part["refused"] == 0 for file in told["files"] for part in file["imports"])

    german = (await shop.call("crm.customer.list", vat_number="DE136695976"))["items"][0]
    assert german["addresses"][0]["country"] == "DE"
    zoe = (await shop.call("crm.party.list", name_contains="Zoé Martin"))["items"][0]
    assert zoe["kind"] == "person"
    press = (await shop.call("crm.party.list", siren=SIREN))["items"][0]
    assert press["roles"] == ["supplier"]
    products = (await shop.call("sales.product.list", limit=50))["items"]
    by_sku = {one["sku"]: one for one in products}
    assert by_sku["AK789"]["list_price"]["amount"] == "29.99"
    assert (by_sku["AK789"]["kind"], by_sku["CONSEIL"]["kind"]) == ("goods", "service")

    again = [("res.partner.csv", ODOO), ("product.template.csv", ODOO_PRODUCTS)]
    files = [{"filename": name, "text": text} for name, text in again]
    twice = await shop.call.answer(ACTION, dry=True, source_kind="odoo", files=files)
    assert [one["imports"] for one in twice.result["files"]] == [[], []]


async def test_dolibarrs_field_codes_and_vat_rates_are_understood(shop: Shop) -> None:
    text = (
        "Ref* (p.ref);Label* (p.label);Type* (p.fk_product_type);VATRate (p.tva_tx);Price (p.price);"
        "OnSell* (p.tosell);OnBuy* (p.tobuy)\n"
        "VIS-10;Vis 10 mm;0;20,000;0,35;1;1\nPOSE;Pose;1;10.000;45,00;1;0\n"
    )
    await taken(shop, "dolibarr", ("produits.csv", text))
    found = {one["sku"]: one for one in (await shop.call("sales.product.list", limit=50))["items"]}
    assert found["VIS-10"]["tax_rate_id"] == await shop.rate("20")
    assert found["POSE"]["tax_rate_id"] == await shop.rate("10")
    assert (found["POSE"]["kind"], found["POSE"]["is_purchasable"]) == ("service", False)


@pytest.mark.parametrize("lacking", ["crm.customer:import", "invoicing.fec_export:generate"])
async def test_who_may_not_import_takes_nothing_over(shop: Shop, lacking: str) -> None:
    names = {one.needs for one in shop.house.engine.catalogue.actions.values()}
    desk = await shop.house.desk(*sorted(names - {lacking}), owner="owner")
    given = {"filename": f"{SIREN}FEC20251231.txt", "text": fec(*ROWS)}
    refused = await desk.refused(ACTION, source_kind="fec", files=[given])
    assert refused["code"] == "permission_denied"
    assert (await shop.call("core.import_job.count"))["count"] == 0


async def test_what_is_in_the_files_is_not_kept_by_the_audit(shop: Shop) -> None:
    await taken(shop, "dolibarr", ("tiers.csv", DOLIBARR))
    listed = await shop.call("core.audit_event.list", action=ACTION, outcome="ok")
    assert "Auberge" not in str(listed["items"][0].get("input"))
