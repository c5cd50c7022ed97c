"""Export: what was listed, as a file that spreadsheets and programs read and that runs nothing."""

import csv
import io
import zipfile
from functools import partial

import httpx
import orjson
import pytest

from core.tests.firm import furnish
from core.tests.raw import connected
from eyeot.platform.downloads import PATH, redeem
from eyeot.platform.jobs import occurrence
from eyeot.runtime.engine import Engine
from eyeot.runtime.exporting import MOST_ROWS, PAGE
from eyeot.runtime.sheets import guarded
from eyeot.runtime.worker import Worker
from eyeot.surface.download import DownloadApp
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

MANY = """
INSERT INTO crm_party (org_id, id, kind, name, is_taxable_person, emails, phones, language, addresses,
  roles, blocked_for, version, created_at, updated_at)
SELECT $1, gen_random_uuid(), 'company', 'Client ' || lpad(n::text, 5, '0'), true, '{}', '{}', 'fr', '[]',
  '{}', '{}', 1, now(), now() FROM generate_series(1, $2) n
"""


async def _fetched(engine: Engine, desk: Desk, id: str) -> bytes:
    """A document's content, by a link."""
    link = await desk("core.document.get_download_link", id=id)
    transport = httpx.ASGITransport(DownloadApp(partial(redeem, engine), PATH))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        return (await browser.get(link["url"])).content


@pytest.fixture
async def firm(house: House, call: Desk) -> dict[str, str]:
    """A furnished house."""
    return await furnish(house, call)


async def test_a_csv_holds_what_the_list_shows(call: Desk, firm: dict[str, str]) -> None:
    await call("crm.customer.create", name='Le "Bon"; goût,\nà la française', tier="A")
    made = await call("crm.customer.export", sort="name", fields=["id", "name", "annual_revenue"])
    listed = (await call("crm.customer.list", sort="name"))["items"]

    rows = list(csv.DictReader(io.StringIO(made["content"]), delimiter=";"))
    assert made["rows"] == len(listed) == len(rows)
    assert [(one["id"], one["name"]) for one in rows] == [
        (one["id"], one["name"]) for one in listed
    ]
    bakery = next(one for one in rows if one["id"] == firm["bakery"])
    assert bakery["annual_revenue_amount"] == "250000,0000"
    assert bakery["annual_revenue_currency"] == "EUR"
    document = await call("core.document.get", id=made["document_id"])
    assert document["kind"] == "export"
    assert document["mime"] == "text/csv"
    assert document["sha256"] == made["sha256"]


async def test_conditions_and_reach_apply(house: House, call: Desk, firm: dict[str, str]) -> None:
    anne = await house.desk(role="sales", owner="anne")
    made = await anne("crm.customer.export", format="jsonl")
    none = await call("crm.customer.export", name_contains="nobody has this", format="jsonl")

    told = [orjson.loads(line) for line in made["content"].splitlines()]
    listed = (await anne("crm.customer.list"))["items"]
    assert told == listed
    assert {one["id"] for one in told} == {firm["bakery"]}
    assert (none["rows"], none["content"]) == (0, "")


async def test_a_workbook_has_real_numbers_and_dates_and_no_formula(
    call: Desk, firm: dict[str, str], engine: Engine
) -> None:
    await call(
        "crm.opportunity.create",
        name="=HYPERLINK(1)",
        customer_id=firm["bakery"],
        amount={"amount": "12.50"},
        expected_close="2027-03-31",
    )
    made = await call("crm.opportunity.export", format="xlsx")
    again = await call("crm.opportunity.export", format="xlsx")
    content = await _fetched(engine, call, made["document_id"])
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        cells = book.read("xl/worksheets/sheet1.xml").decode()

    assert "content" not in made
    assert made["sha256"] == again["sha256"]
    assert "<v>12.5</v>" in cells
    assert "<v>46477</v>" in cells
    assert "=HYPERLINK(1)" in cells
    assert "<f>" not in cells


async def _many(house: House, database: TestDatabase, count: int) -> list[str]:
    """Parties enough for several pages, written straight into the database."""
    async with connected(database.admin) as admin:
        await admin.execute(MANY, house.org_id, count)
    return [f"Client {n:05}" for n in range(1, count + 1)]


async def test_every_page_is_written_once(house: House, call: Desk, database: TestDatabase) -> None:
    names = await _many(house, database, 2 * PAGE + 20)
    made = await call("crm.party.export", sort="name", fields=["name"], format="jsonl")

    assert made["rows"] == len(names)
    content = await _fetched(house.engine, call, made["document_id"])
    assert [orjson.loads(line)["name"] for line in content.splitlines()] == names


async def test_more_than_a_call_may_take_is_exported_by_a_job(
    house: House, call: Desk, database: TestDatabase
) -> None:
    names = await _many(house, database, MOST_ROWS + 1)
    effects = await call.preview("crm.party.export", format="csv")
    told = await call("crm.party.export", sort="-name", fields=["name"], format="csv")

    assert [one["type"] for one in effects["created"]] == ["core.job"]
    assert told.keys() == {"job_id"}
    await Worker(house.engine, occurrence).drain()
    job = await call("core.job.get", id=told["job_id"])
    assert job["status"] == "done"
    assert job["result"]["rows"] == len(names)
    content = await _fetched(house.engine, call, job["result"]["document_id"])
    assert content.decode("utf-8-sig").splitlines() == ["name", *reversed(names)]


async def test_a_job_exports_no_more_than_its_asker_may_read_by_then(
    house: House, call: Desk, database: TestDatabase
) -> None:
    await _many(house, database, MOST_ROWS + 1)
    key = await house.make_key("crm:read", "crm:write", "core:read", owner="owner")
    asker = Desk(house.engine, await house.engine.authenticate(key["key"], None), key["key"])
    told = await asker("crm.party.export")
    await house.operator.call("core.api_key.update", id=key["id"], scopes=["core:read"])
    await Worker(house.engine, occurrence).drain()

    job = await call("core.job.get", id=told["job_id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "permission_denied")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3+cmd", "'-2+3+cmd"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("+33478000000", "+33478000000"),
        ("-12,5", "-12,5"),
        ("plain = text", "plain = text"),
    ],
)
def test_no_cell_is_a_formula(text: str, written: str) -> None:
    assert guarded(text) == written


async def test_a_reader_may_not_export(house: House, firm: dict[str, str]) -> None:
    reader = await house.desk("crm:read", "core:read")

    assert (await reader.refused("crm.customer.export"))["code"] == "permission_denied"
