"""Imports from hostile hands: reach, refused rows, files that would eat memory or time, running twice."""

import base64
import io
import zipfile
from typing import Any

import pytest
import xlsxwriter

from eyeot.platform.jobs import occurrence
from eyeot.runtime.performing import Performance
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House


async def loaded(call: Desk, started: dict[str, Any], **more: Any) -> dict[str, Any]:
    await call("core.import_job.run", job_id=started["import_job_id"], **more)
    await Worker(call.engine, occurrence).drain()
    return await call("core.import_job.get", id=started["import_job_id"])


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def workbook(sheet: str, strings: str) -> str:
    """A workbook of one sheet, as its XML says it."""
    made, file = io.BytesIO(), io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.add_worksheet().write_string(0, 0, "name")
    book.close()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts = {
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
    }
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
    return encoded(file.getvalue())


async def test_an_import_reaches_no_further_than_its_owner(house: House, call: Desk) -> None:
    await house.person("ana", "sales")
    other = await house.person("bob", "sales")
    names = (
        "crm:read",
        "crm:write",
        "crm.lead:import",
        "core:read",
        "core.job:write",
        "core:write",
    )
    await house.operator.call(
        "core.role.create",
        name="importer",
        permissions=[{"permission": one, "reach": "own"} for one in names],
    )
    own = await house.desk(role="importer", owner="ana")

    told = await own.refused("crm.lead.create", title="A", email="a@b.fr", owner_id=other)
    assert told["code"] == "permission_denied"
    started = await own(
        "crm.lead.import", text=f"title;email;owner_id\nA;a@b.fr;{other}\nB;b@b.fr;\n"
    )
    done = await loaded(own, started, mode="best_effort")

    assert (done["status"], done["ok"], done["errors"]) == ("done", 1, 1)
    assert [one["title"] for one in (await call("crm.lead.list"))["items"]] == ["B"]


async def test_an_import_that_kept_rows_is_not_run_from_its_first_row_again(
    call: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "name\n" + "".join(f"Client {n}\n" for n in range(1200))
    started = await call("crm.party.import", text=text)
    id = started["import_job_id"]
    await call("core.import_job.run", job_id=id, mode="best_effort")
    keep, kept = Performance._keep, 0

    async def cut(self: Performance, *given: Any) -> None:
        nonlocal kept
        kept += 1
        if kept > 1:
            raise LookupError
        await keep(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Performance, "_keep", cut)
        patched.setattr("eyeot.runtime.queue.ATTEMPTS", 1)
        await Worker(call.engine, occurrence).drain()
    broken = await call("core.import_job.get", id=id)
    assert (broken["status"], broken["ok"]) == ("failed", 500)

    told = await call.refused("core.import_job.run", job_id=id, mode="best_effort")
    assert told["code"] == "conflict"
    assert "core.job.retry" in told["hint"]
    await call("core.job.retry", job_id=broken["job_id"])
    await Worker(call.engine, occurrence).drain()

    done = await call("core.import_job.get", id=id)
    assert (done["status"], done["ok"], done["errors"]) == ("done", 1200, 0)
    assert (await call("crm.party.count"))["count"] == 1200


async def test_a_module_switched_off_meanwhile_ends_the_import_with_that_reason(
    house: House, call: Desk
) -> None:
    started = await call("crm.party.import", text="name\nUn\n")
    await call("core.import_job.run", job_id=started["import_job_id"], mode="best_effort")
    used = {one["name"]: one for one in (await call("core.module.list"))["items"]}
    while used["crm"]["status"] == "installed":
        for name, module in used.items():
            needs = [one for one in used.values() if name in one["depends_on"]]
            free = all(one["status"] == "disabled" for one in needs)
            if free and name != "core" and module["status"] == "installed":
                await house.operator.call("core.module.disable", id=module["id"])
                module["status"] = "disabled"
    await Worker(call.engine, occurrence).drain()

    job = (await call("core.job.list", kind="core.import_job.load"))["items"][0]
    assert (job["status"], job["error"]["code"]) == ("failed", "module_disabled")


async def test_the_right_to_import_is_asked_for_when_the_rows_are_loaded(
    house: House, call: Desk
) -> None:
    await house.person("ana", "admin")
    held = ("crm:read", "crm:write", "core:read", "core.job:write", "core:write")
    reach = {"reach": "organisation"}
    all_of_it = [{"permission": one, **reach} for one in (*held, "crm.party:import")]
    role = await house.operator.call("core.role.create", name="importer", permissions=all_of_it)
    desk = await house.desk(role="importer", owner="ana")
    started = await desk("crm.party.import", text="name\nUn\n")
    await desk("core.import_job.run", job_id=started["import_job_id"], mode="best_effort")
    await house.operator.call(
        "core.role.revoke_permission", id=role.result["id"], permission="crm.party:import"
    )
    await Worker(call.engine, occurrence).drain()

    assert (await call("crm.party.count"))["count"] == 0
    assert (await call("core.import_job.get", id=started["import_job_id"]))["status"] == "failed"


async def test_a_row_that_no_table_can_hold_is_refused_alone(call: Desk) -> None:
    content = encoded(b"name;website\nUn;\nDe\x00ux;\nTrois;\n")
    started = await call("crm.party.import", content=content)
    done = await loaded(call, started, mode="best_effort")

    assert (done["status"], done["ok"], done["errors"]) == ("done", 2, 1)
    wrong = await call("core.import_job.list_errors", job_id=started["import_job_id"])
    assert wrong["items"][0]["row"] == 2


@pytest.mark.parametrize(
    "content",
    [
        b"na\x00me;ville\nUn;x\n",
        b'{"name": "x", "deep": ' + b"[" * 400 + b"]" * 400 + b"}\n",
        ";".join(f"c{n}" for n in range(200_000)).encode() + b"\n1;2\n",
        b"name\n" + b"x" * 200_000 + b"\n",
    ],
    ids=["NUL", "deep", "wide", "long"],
)
async def test_a_hostile_table_is_refused(call: Desk, content: bytes) -> None:
    told = await call.refused("crm.party.import", content=encoded(content))

    assert told["errors"][0]["path"] == "content"


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="9"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
        + "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 30_000)),
    ],
    ids=["far cell", "long string many times"],
)
async def test_a_workbook_larger_inside_than_it_looks_is_refused(call: Desk, sheet: str) -> None:
    content = workbook(sheet, f"<si><t>{'x' * 2_000_000}</t></si>")
    told = await call.refused("crm.party.import", content=content, filename="a.xlsx")

    assert told["errors"][0]["path"] == "content"


@pytest.mark.parametrize("cell", ["." * 20_000 + "x1x1", "a" + " " * 100_000 + "b"])
async def test_no_cell_takes_for_ever_to_read(cell: str) -> None:
    from types import SimpleNamespace  # noqa: PLC0415

    from eyeot.platform.imports.values import argument  # noqa: PLC0415

    for kind in ("money", "tags", "decimal", "boolean", "date"):
        argument(SimpleNamespace(kind=kind, choices=()), cell, "EUR")  # type: ignore[arg-type]


async def test_a_part_and_its_whole_may_both_be_columns(call: Desk) -> None:
    started = await call("crm.party.import", text="name;addresses;city\nUn;1 rue Neuve;Lyon\n")
    mapping = {"name": "name", "addresses": "addresses", "city": "addresses.city"}
    told = await call.refused(
        "core.import_job.check", job_id=started["import_job_id"], mapping=mapping
    )
    assert told["errors"][0]["path"] == "mapping"


async def test_an_accent_far_down_a_file_is_read_as_its_writer_meant_it(call: Desk) -> None:
    rows = "name\n" + "".join(f"Client numero {n}\n" for n in range(2000)) + "Crêperie\n"
    content = encoded(rows.encode("cp1252"))
    started = await call("crm.party.import", content=content)
    await loaded(call, started)

    assert (await call("crm.party.search", query="crêperie"))["items"][0]["label"] == "Crêperie"
