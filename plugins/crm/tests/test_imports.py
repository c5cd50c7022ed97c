"""Imports: files as people have them, mapped, checked, loaded, and taken back."""

import base64
import io
from typing import Any

import pytest
import xlsxwriter

from eyeot.platform.jobs import occurrence
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House

FRENCH = (
    "Raison sociale;SIREN;Courriel;Téléphone;Adresse;Code postal;Ville;Chiffre d'affaires\n"
    "Boulangerie Mercier;732 829 320;contact@mercier.fr;0472000001;1 rue Neuve;69001;Lyon;1 250 000,50 €\n"
    '"Maison ""Le Four""";;four@example.fr;;2 quai Sud;13001;Marseille;\n'
)


async def begun(call: Desk, resource: str, text: str, **more: Any) -> dict[str, Any]:
    return await call(f"{resource}.import", text=text, **more)


async def loaded(call: Desk, started: dict[str, Any], **more: Any) -> dict[str, Any]:
    await call("core.import_job.run", job_id=started["import_job_id"], **more)
    await Worker(call.engine, occurrence).drain()
    return await call("core.import_job.get", id=started["import_job_id"])


async def test_a_french_spreadsheet_s_columns_are_understood(call: Desk) -> None:
    told = await begun(call, "crm.customer", FRENCH)

    assert told["mapping"] == {
        "Raison sociale": "name",
        "SIREN": "siren",
        "Courriel": "emails",
        "Téléphone": "phones",
        "Adresse": "addresses.line1",
        "Code postal": "addresses.postcode",
        "Ville": "addresses.city",
        "Chiffre d'affaires": "annual_revenue",
    }
    assert (told["status"], told["total"], told["missing"]) == ("mapped", 2, [])

    done = await loaded(call, told)
    assert (done["status"], done["ok"], done["errors"]) == ("done", 2, 0)
    first = (await call("crm.customer.list", siren="732829320"))["items"][0]
    assert first["annual_revenue"] == {"amount": "1250000.50", "currency": "EUR"}
    assert (first["city"], first["emails"]) == ("Lyon", ["contact@mercier.fr"])
    assert (await call("crm.customer.search", query="le four"))["items"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
async def test_the_file_s_encoding_is_found_out(call: Desk, encoding: str) -> None:
    content = base64.b64encode("nom;ville\nCrêperie de l'Île;Orléans\n".encode(encoding)).decode()

    told = await call("crm.party.import", content=content, filename="é.csv")

    assert told["columns"][0]["sample"] == "Crêperie de l'Île"


async def test_a_workbook_is_read_with_its_numbers_and_days(call: Desk) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Nom", "Siren", "CA"])
    sheet.write_row(1, 0, ["Garage Blanc", 732829320, 1234.5])
    book.close()
    content = base64.b64encode(file.getvalue()).decode()

    told = await call("crm.customer.import", content=content, filename="clients.xlsx")
    await loaded(call, told)

    found = (await call("crm.customer.list", siren="732829320"))["items"][0]
    assert (found["name"], found["annual_revenue"]["amount"]) == ("Garage Blanc", "1234.50")


async def test_atomic_keeps_all_rows_or_none_and_tells_the_wrong_ones(call: Desk) -> None:
    rows = "name;siren\n" + "".join(f"Société {n};\n" for n in range(700)) + "Fausse;123\n"
    started = await begun(call, "crm.party", rows)

    done = await loaded(call, started, mode="atomic")

    assert (done["status"], done["ok"]) == ("failed", 0)
    assert (await call("crm.party.count"))["count"] == 0
    job = await call("core.job.get", id=done["job_id"])
    assert job["error"]["errors"][0]["path"].startswith("row 701")


async def test_best_effort_keeps_the_good_rows_and_gives_the_others_back(call: Desk) -> None:
    rows = "name;siren\nUn;732829320\nDeux;732829320\nTrois;abc\nQuatre;\n"
    started = await begun(call, "crm.party", rows)

    done = await loaded(call, started, mode="best_effort")

    assert (done["status"], done["ok"], done["errors"]) == ("done", 2, 2)
    wrong = await call("core.import_job.list_errors", job_id=started["import_job_id"])
    assert [one["row"] for one in wrong["items"]] == [2, 3]
    assert wrong["items"][1]["errors"][0]["path"] == "siren"
    assert '"Trois"' in wrong["content"]
    again = await begun(call, "crm.party", wrong["content"], filename="refused.jsonl")
    assert again["total"] == 2


async def test_a_check_tells_what_would_be_refused_and_loads_nothing(call: Desk) -> None:
    await call("crm.party.create", name="Déjà là", siren="732829320")
    rows = "name;siren\nUn;732829320\nDeux;552100554\nTrois;552 100 554\nQuatre;xyz\n"
    started = await begun(call, "crm.party", rows)

    told = await call("core.import_job.check", job_id=started["import_job_id"])

    assert (told["total"], told["ok"], told["refused"], told["duplicates"]) == (4, 1, 3, 2)
    assert [one["row"] for one in told["errors"]] == [1, 3, 4]
    assert {one["errors"][0]["path"] for one in told["errors"]} == {"siren"}
    assert (await call("crm.party.count"))["count"] == 1


async def test_an_import_is_taken_back_but_for_what_was_touched_or_used(call: Desk) -> None:
    rows = "name\n" + "".join(f"Client {n}\n" for n in range(5))
    started = await begun(call, "crm.customer", rows)
    await loaded(call, started)
    made = (await call("crm.customer.list", sort="name"))["items"]
    await call("crm.customer.update", id=made[0]["id"], website="https://c.example")
    await call("crm.contact.create", customer_id=made[1]["id"], first_name="Inès", last_name="Roy")

    await call("core.import_job.roll_back", job_id=started["import_job_id"])
    await Worker(call.engine, occurrence).drain()

    left = (await call("crm.customer.list", sort="name"))["items"]
    assert [one["id"] for one in left] == [made[0]["id"], made[1]["id"]]
    job = (await call("core.job.list", kind="core.import_job.unload"))["items"][0]
    assert job["result"] == {"removed": 3, "left": 2}
    assert (await call("crm.party.count", kind="company"))["count"] == 2


async def test_who_may_not_import_neither_begins_nor_runs_one(house: House, call: Desk) -> None:
    started = await begun(call, "crm.party", "name\nUn\n")
    writer = await house.desk("crm:write", "core.job:write", "core:read")

    told = await writer.refused("crm.party.import", text="name\nUn\n")
    assert told["code"] == "permission_denied"
    told = await writer.refused("core.import_job.run", job_id=started["import_job_id"])
    assert told["code"] == "permission_denied"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("name\n", "content"),
        ("\n\n", "content"),
        ('{"name": "x"}\n{"name": ', "content"),
        ("[1,2]\n", None),
    ],
)
async def test_what_is_no_table_is_refused(call: Desk, text: str, path: str | None) -> None:
    if path is None:
        assert (await begun(call, "crm.party", text + "x\n"))["status"] == "draft"
        return
    told = await call.refused("crm.party.import", text=text)
    assert told["errors"][0]["path"] == path


async def test_a_mapping_to_nothing_is_refused_and_another_can_be_given(call: Desk) -> None:
    started = await begun(call, "crm.party", "Libre;Autre\nUn;x\n")
    id = started["import_job_id"]

    told = await call.refused("core.import_job.run", job_id=id, mapping={"Libre": "nom_inconnu"})
    assert told["errors"][0]["path"] == "mapping.Libre"
    told = await call.refused("core.import_job.run", job_id=id, mapping={"Absente": "name"})
    assert told["errors"][0]["path"] == "mapping.Absente"
    done = await loaded(call, started, mapping={"Libre": "name"})
    assert done["ok"] == 1


async def test_a_sales_manager_takes_files_in_and_stops_the_job(house: House, call: Desk) -> None:
    await house.person("lea", "sales_manager")
    lea = await house.desk(role="sales_manager", owner="lea")
    rows = "name;owner_id\n" + "".join(f"Client {n};{house.people['lea']}\n" for n in range(3))

    started = await begun(lea, "crm.customer", rows)
    assert (await lea("core.import_job.check", job_id=started["import_job_id"]))["ok"] == 3
    done = await loaded(lea, started, mode="best_effort")
    assert (done["ok"], done["errors"]) == (3, 0)


async def test_what_was_exported_is_taken_in_again(call: Desk) -> None:
    address = {"line1": "1 rue Neuve", "postcode": "69001", "city": "Lyon"}
    made = await call(
        "crm.customer.create", name="Four", emails=["a@b.fr", "c@d.fr"], addresses=[address]
    )
    file = (await call("crm.customer.export", format="csv"))["content"]
    await call("crm.customer.update", id=made["id"], emails=["x@y.fr"])

    started = await begun(call, "crm.customer", file)
    assert "parent_id" not in started["mapping"].values()
    done = await loaded(call, started)

    assert (done["ok"], done["errors"]) == (1, 0)
    again = (await call("crm.customer.list", sort="-created_at"))["items"][0]
    assert again["emails"] == ["a@b.fr", "c@d.fr"]
    assert again["addresses"][0] | address == again["addresses"][0]
