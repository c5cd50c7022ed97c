"""Documents: files that hang on records, seen by whoever may read those and by nobody else."""

import base64
from typing import Any

import pytest

from core.tests.firm import furnish
from core.tests.raw import connected
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


@pytest.fixture
async def firm(house: House, call: Desk) -> dict[str, str]:
    """A furnished house."""
    return await furnish(house, call)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def test_a_file_is_attached_listed_and_found(call: Desk, firm: dict[str, str]) -> None:
    made = await call(
        "crm.customer.attach_document",
        id=firm["hotel"],
        filename="plan.pdf",
        content=_base64(PDF),
    )
    listed = await call("crm.customer.list_documents", id=firm["hotel"])
    found = await call("core.document.search", query="plan pdf")

    assert [one["id"] for one in listed["items"]] == [made["id"]]
    assert made["mime"] == "application/pdf"
    assert made["status"] == "filed"
    assert made["records"] == [firm["hotel"]]
    assert found["items"][0]["id"] == made["id"]
    by_record = await call("core.document.list", records_has=firm["hotel"])
    assert [one["id"] for one in by_record["items"]] == [made["id"]]


@pytest.mark.parametrize(
    ("filename", "content", "mime"),
    [
        ("facture.pdf", PDF, "application/pdf"),
        ("photo.pdf", PNG, "image/png"),
        ("page.png", b"<script>alert(1)</script>", "text/plain"),
        ("table.csv", "a;b\n1;é".encode(), "text/csv"),
        ("donnees.json", b"{}", "application/json"),
        ("rien.txt", b"", "text/plain"),
        ("vide.pdf", b"\x00\x01\x02", "application/octet-stream"),
        ("x.docx", b"PK\x05\x06" + b"\x00" * 18, "application/vnd."),
        ("x.exe", b"PK\x05\x06" + b"\x00" * 18, "application/zip"),
    ],
)
async def test_the_media_type_is_that_of_the_content(
    call: Desk, filename: str, content: bytes, mime: str
) -> None:
    made = await call("core.document.create", filename=filename, content=_base64(content))

    assert made["mime"].startswith(mime)
    assert made["size"] == len(content)


@pytest.mark.parametrize(
    "given",
    [
        {"filename": "a.txt"},
        {"filename": "a.txt", "text": "x", "content": "eA=="},
        {"filename": "a.txt", "content": "not base64!"},
        {"filename": "../../etc/passwd", "text": "x"},
        {"filename": "a\\b.txt", "text": "x"},
        {"filename": "..", "text": "x"},
        {"filename": "a.txt", "text": "x" * 3_000_001},
        {"filename": "a.txt", "text": "x", "sha256": "0" * 64},
        {"filename": "a.txt", "text": "x", "needs": []},
        {"filename": "a.txt", "text": "x", "records": ["nothing"]},
    ],
)
async def test_what_is_no_file_is_refused(call: Desk, given: dict[str, Any]) -> None:
    assert (await call.refused("core.document.create", **given))["code"] == "invalid"


async def test_who_may_not_read_the_record_does_not_see_its_files(
    house: House, call: Desk, firm: dict[str, str]
) -> None:
    """Anne reaches her own customers only, though her grant on the core reaches everything."""
    kept = await call(
        "crm.customer.attach_document", id=firm["hotel"], filename="secret.txt", text="secret plan"
    )
    id = kept["id"]
    anne = await house.desk(role="sales", owner="anne")
    crmless = await house.desk("core:read", "core.document:write", owner="boris")
    other = await House.open(house.engine)
    stranger = await other.desk("core:read", "core.document:write", "crm:read")
    for desk in (anne, crmless, stranger):
        for action, given in (
            ("core.document.get", {}),
            ("core.document.history", {}),
            ("core.document.list_versions", {}),
            ("core.document.get_download_link", {}),
            ("core.document.verify_integrity", {}),
            ("core.document.list_comments", {}),
            ("core.document.update", {"filename": "x.txt"}),
            ("core.document.duplicate", {}),
            ("core.document.upload_version", {"text": "x"}),
        ):
            assert (await desk.refused(action, id=id, **given))["code"] == "not_found", action
        for listed in (
            await desk("core.document.list"),
            await desk("core.document.search", query="secret"),
            await desk("core.session.search", query="secret"),
        ):
            assert "secret.txt" not in repr(listed)
        assert (await desk("core.document.count"))["count"] in (0, 1)
        assert (await desk("core.document.verify_integrity"))["damaged"] == []
    assert (await anne.refused("crm.customer.list_documents", id=firm["hotel"]))["code"] == (
        "not_found"
    )
    stolen = await anne.refused("crm.customer.attach_document", id=firm["bakery"], document_id=id)
    assert stolen["code"] == "not_found"
    assert (await anne("crm.customer.list_documents", id=firm["bakery"]))["items"]


async def test_a_file_that_hangs_on_nothing_is_its_owners(
    house: House, firm: dict[str, str]
) -> None:
    mine = await house.desk("core:read", "core.document:write", owner="anne")
    admin = await house.desk(role="owner", owner="boris")
    made = await mine("core.document.create", filename="brouillon.txt", text="x")

    assert made["status"] == "draft"
    assert (await mine("core.document.get", id=made["id"]))["id"] == made["id"]
    assert (await admin.refused("core.document.get", id=made["id"]))["code"] == "not_found"


async def test_who_may_only_read_the_record_cannot_change_its_files(
    house: House, firm: dict[str, str]
) -> None:
    reader = await house.desk("crm:read", "core:read", "core.document:write")
    id = firm["document"]

    assert (await reader("core.document.get", id=id))["id"] == id
    for action, given in (
        ("core.document.update", {"filename": "x.txt"}),
        ("core.document.archive", {}),
        ("core.document.upload_version", {"text": "x"}),
        ("core.document.unlink", {"record": firm["bakery"]}),
        ("core.document.link", {"record": firm["hotel"]}),
    ):
        refusal = await reader.refused(action, id=id, **given)
        assert refusal["code"] == "permission_denied", action


async def test_versions_stay_and_can_each_be_read(call: Desk, firm: dict[str, str]) -> None:
    id = firm["document"]
    await call("core.document.upload_version", id=id, content=_base64(PDF), filename="devis.pdf")
    same = await call.refused("core.document.upload_version", id=id, content=_base64(PDF))
    told = await call("core.document.list_versions", id=id)

    assert same["code"] == "conflict"
    assert [(one["number"], one["filename"]) for one in told["items"]] == [
        (2, "devis.pdf"),
        (1, "devis.txt"),
    ]
    whole = await call("core.document.verify_integrity", id=id)
    assert whole == {"checked": 2, "damaged": []}


async def test_a_locked_document_stays_as_it_is(call: Desk, firm: dict[str, str]) -> None:
    id = firm["document"]
    basis = {"basis": "Code de commerce, art. L123-22", "until": "2036-12-31"}
    await call("core.document.lock", id=id, **basis)
    for action, given in (
        ("core.document.update", {"filename": "x.txt"}),
        ("core.document.archive", {}),
        ("core.document.upload_version", {"text": "x"}),
        ("core.document.unlink", {"record": firm["bakery"]}),
        ("core.document.lock", {**basis, "until": "2027-01-01"}),
        ("core.document.bulk_update", {"items": [{"id": id, "kind": "other"}]}),
    ):
        refusal = await call.refused(action, **({} if "items" in given else {"id": id}), **given)
        assert refusal["code"] in ("conflict", "state_refused", "invalid"), action
    linked = await call("core.document.link", id=id, record=firm["hotel"])
    copy = await call("core.document.duplicate", id=id)

    assert linked["status"] == "locked"
    assert linked["records"] == [firm["bakery"], firm["hotel"]]
    assert copy["filename"] == "devis (copie).txt"
    assert copy["status"] == "filed"


async def test_a_dry_run_keeps_no_bytes(call: Desk, house: House, database: TestDatabase) -> None:
    await call.answer("core.document.create", filename="a.txt", text="nowhere", dry=True)

    async with connected(database.admin) as admin:
        kept = "SELECT count(*) FROM core_content WHERE org_id = $1"
        assert await admin.fetchval(kept, house.org_id) == 0


async def test_the_audit_does_not_keep_what_is_in_a_file(
    call: Desk, house: House, database: TestDatabase
) -> None:
    await call("core.document.create", filename="a.txt", text="confidential words")
    await call.refused("core.document.create", filename="a/b.txt", text="confidential words")

    async with connected(database.admin) as admin:
        rows = await admin.fetch("SELECT * FROM core_audit_event WHERE org_id = $1", house.org_id)
    assert "confidential" not in repr([dict(row) for row in rows])


async def test_an_altered_or_lost_content_is_told(
    call: Desk, house: House, firm: dict[str, str], database: TestDatabase
) -> None:
    async with connected(database.admin) as admin:
        await admin.execute(
            "UPDATE core_content SET piece = 'forged' WHERE org_id = $1 AND digest ="
            " (SELECT sha256 FROM core_document WHERE filename = 'devis.txt' AND org_id = $1)",
            house.org_id,
        )
        await admin.execute(
            "DELETE FROM core_content WHERE org_id = $1 AND digest ="
            " (SELECT sha256 FROM core_document WHERE filename = 'brouillon.txt' AND org_id = $1)",
            house.org_id,
        )
    told = await call("core.document.verify_integrity")

    assert {(one["filename"], one["reason"]) for one in told["damaged"]} == {
        ("devis.txt", "altered"),
        ("brouillon.txt", "missing"),
    }


async def test_equal_contents_are_kept_once(
    call: Desk, house: House, database: TestDatabase
) -> None:
    for name in ("a.txt", "b.txt"):
        await call("core.document.create", filename=name, text="the same")

    async with connected(database.admin) as admin:
        kept = "SELECT count(*) FROM core_content WHERE org_id = $1"
        assert await admin.fetchval(kept, house.org_id) == 1


@pytest.mark.parametrize("action", ["core.api_key.create", "core.document.get_download_link"])
async def test_a_dry_run_mints_nothing(
    call: Desk, house: House, firm: dict[str, str], action: str
) -> None:
    given: dict[str, Any] = {"id": firm["document"]}
    if action == "core.api_key.create":
        given = {"name": "x", "scopes": ["crm:read"]}
    dry = await call.answer(action, surface="console", dry=True, **given)
    real = await call.answer(action, surface="console", **given)

    assert real.result.keys() - dry.result.keys() == house.engine.catalogue.actions[action].secrets
    assert "eyk_" not in repr(dry.result)
