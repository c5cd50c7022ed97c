"""Data subject requests: answered in time, only to who was recognised, and proved without our word."""

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from eyeot.deploy.outside import outside_of
from eyeot.deploy.settings import load
from eyeot.platform.downloads import PATH, redeem
from eyeot.platform.privacy.deadlines import due
from eyeot.runtime.engine import Engine
from eyeot.runtime.sealing.notes import Signer
from eyeot.surface.download import DownloadApp
from eyeot.testing import Desk, House

VERIFIED = {"method": "Réponse depuis l'adresse connue"}
REASON = {"reason": "Les archives couvrent plus de dix ans."}


async def _asked(call: Desk, **more: Any) -> str:
    given = {
        "kind": "access",
        "requester": "Léa Fontaine",
        "received_at": str(_today(call)),
        **more,
    }
    return str((await call("core.data_subject_request.create", **given))["id"])


async def _known(call: Desk, **more: Any) -> str:
    made = await _asked(call, **more)
    await call("core.data_subject_request.verify_identity", request_id=made, **VERIFIED)
    return made


def _today(call: Desk) -> date:
    return call.engine.clock().date()


@pytest.fixture
async def lea(call: Desk) -> dict[str, str]:
    """A person as the modules know her: a party with a contact, a lead, a note and a file."""
    party = await call(
        "crm.party.create", kind="person", name="Léa Fontaine", emails=["lea@fontaine.example"]
    )
    lead = await call("crm.lead.create", title="Four", email="lea@fontaine.example")
    other = await call(
        "crm.party.create", kind="person", name="Karim Haddad", emails=["k@h.example"]
    )
    text = "Contrat de Léa"
    await call("crm.party.attach_document", id=party["id"], filename="contrat.txt", text=text)
    return {"party": party["id"], "lead": lead["id"], "other": other["id"]}


@pytest.mark.parametrize(
    ("received", "until", "extended"),
    [
        (date(2026, 3, 2), date(2026, 4, 2), date(2026, 6, 2)),
        (date(2026, 1, 31), date(2026, 3, 2), date(2026, 4, 30)),  # a Saturday, 28 February
        (date(2025, 12, 1), date(2026, 1, 2), date(2026, 3, 2)),  # New Year; a Sunday
        (date(2026, 4, 1), date(2026, 5, 4), date(2026, 7, 1)),  # 1 May, then a week-end
        (date(2028, 1, 30), date(2028, 2, 29), date(2028, 5, 2)),  # a leap year; Sunday, 1 May
    ],
)
def test_a_month_ends_as_the_regulation_says(received: date, until: date, extended: date) -> None:
    assert due(received) == until
    assert due(received, extended=True) == extended


async def test_nobody_is_looked_up_before_it_is_sure_who_asks(
    call: Desk, lea: dict[str, str]
) -> None:
    made = await _asked(call, subject_ref=lea["party"])
    for action in ("collect_data", "preview_erasure", "produce_export", "restrict_processing"):
        refused = await call.refused(f"core.data_subject_request.{action}", request_id=made)
        assert refused["code"] == "conflict"
        assert "verify_identity" in refused["hint"]
    nameless = await _known(call)

    refused = await call.refused("core.data_subject_request.collect_data", request_id=nameless)
    assert refused["field"] == "subject_ref"


async def test_all_modules_tell_what_they_hold_and_nothing_of_others(
    call: Desk, lea: dict[str, str]
) -> None:
    made = await _known(call, subject_ref=lea["party"])

    found = await call("core.data_subject_request.collect_data", request_id=made)

    ids_found = {one["id"] for one in found["items"]}
    assert {lea["party"], lea["lead"]} <= ids_found
    assert lea["other"] not in ids_found
    assert found["total"] == len(found["items"])
    assert "lea@fontaine.example" not in json.dumps(found), "values are for the archive"
    groups = await call("core.data_subject_request.preview_erasure", request_id=made)
    erased = {(one["id"], field) for one in groups["erase"] for field in one["fields"]}
    assert (lea["lead"], "email") in erased


@pytest.fixture
async def browser(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(DownloadApp(partial(redeem, engine), PATH))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def _file(call: Desk, browser: httpx.AsyncClient, id: str) -> bytes:
    link = await call("core.document.get_download_link", id=id)
    return (await browser.get(link["url"])).content


async def test_the_archive_is_whole_and_anybody_can_check_it_offline(
    call: Desk, lea: dict[str, str], browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    made = await _known(call, subject_ref=lea["party"])
    told = await call("core.data_subject_request.produce_export", request_id=made)
    archive = await _file(call, browser, told["document_id"])
    (tmp_path / told["filename"]).write_bytes(archive)
    (tmp_path / f"{told['filename']}.sig").write_bytes(
        await _file(call, browser, told["signature_id"])
    )
    (tmp_path / "export-key.pem").write_text(told["public_key"])

    def check() -> str:
        done = subprocess.run(
            told["verify"].split(), cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    assert "Verified Successfully" in check()
    (tmp_path / told["filename"]).write_bytes(archive[:-1] + b"!")
    assert "Failure" in check()
    inside = zipfile.ZipFile(io.BytesIO(archive))
    held = json.loads(inside.read("data.json"))["records"]
    assert held["crm.lead"][0]["email"] == "lea@fontaine.example"
    assert [one["id"] for one in held["crm.party"]] == [lea["party"]]
    assert [inside.read(n) for n in inside.namelist() if "contrat.txt" in n] == [
        b"Contrat de L\xc3\xa9a"
    ]
    page = inside.read("index.html").decode()
    assert "lea@fontaine.example" in page
    assert "k@h.example" not in page
    for line in inside.read("SHA256SUMS").decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(inside.read(name)).hexdigest() == digest
    request = await call("core.data_subject_request.get", id=made)
    assert request["status"] == "fulfilled"
    assert request["answered_at"]


async def test_a_text_of_a_person_is_no_markup_in_the_page(
    call: Desk, browser: httpx.AsyncClient
) -> None:
    name = "<script>alert(1)</script>"
    party = await call("crm.party.create", kind="person", name=name, emails=["x@y.example"])
    made = await _known(call, subject_ref=party["id"], requester=name)
    told = await call("core.data_subject_request.produce_export", request_id=made)

    archive = zipfile.ZipFile(io.BytesIO(await _file(call, browser, told["document_id"])))
    assert "<script>" not in archive.read("index.html").decode()
    assert "&lt;script&gt;" in archive.read("index.html").decode()


async def test_the_archive_is_for_who_handles_requests(
    house: House, call: Desk, lea: dict[str, str]
) -> None:
    made = await _known(call, subject_ref=lea["party"])
    told = await call("core.data_subject_request.produce_export", request_id=made)
    await house.person("eve", "sales_manager")
    eve = await house.desk("core:read", "core:write", "crm:read", owner="eve")

    refused = await eve.refused("core.data_subject_request.get", id=made)
    assert refused["code"] == "permission_denied"
    for id in (told["document_id"], told["signature_id"]):
        assert (await eve.refused("core.document.get", id=id))["code"] == "not_found"
    handler = await house.desk("core:read", "core:privacy", owner="owner")
    seen = await handler("core.data_subject_request.collect_data", request_id=made)
    assert "crm.lead" in seen["kinds"], "whatever else they may read"
    refused = await handler.refused("core.document.get", id=told["document_id"])
    assert refused["code"] == "not_found", "the values want the rights to read them"


async def test_the_deadline_is_extended_once_and_in_time(
    call: Desk, browser: httpx.AsyncClient
) -> None:
    made, today = await _known(call), _today(call)
    before = await call("core.data_subject_request.get", id=made)
    after = await call("core.data_subject_request.extend_deadline", request_id=made, **REASON)

    assert (before["due_at"], after["due_at"]) == (
        due(today).isoformat(),
        due(today, extended=True).isoformat(),
    )
    [notice] = (await call("core.data_subject_request.list_documents", id=made))["items"]
    letter = PdfReader(io.BytesIO(await _file(call, browser, notice["id"])))
    told = " ".join(letter.pages[0].extract_text().split())
    assert "Léa Fontaine" in told
    assert "Les archives couvrent plus de dix ans." in told
    assert "www.cnil.fr" in told
    again = await call.refused(
        "core.data_subject_request.extend_deadline", request_id=made, **REASON
    )
    assert again["code"] == "state_refused"
    late = await _known(call, received_at=str(today - timedelta(days=40)))
    refused = await call.refused(
        "core.data_subject_request.extend_deadline", request_id=late, **REASON
    )
    assert refused["code"] == "conflict"


async def test_a_refusal_says_why_and_closes(call: Desk, lea: dict[str, str]) -> None:
    made = await _known(call, subject_ref=lea["party"])
    done = await call("core.data_subject_request.refuse", request_id=made, **REASON)

    assert (done["status"], done["decision"]) == ("refused", REASON["reason"])
    assert (await call("core.data_subject_request.list_documents", id=made))["items"]
    for action in ("refuse", "extend_deadline"):
        refused = await call.refused(
            f"core.data_subject_request.{action}", request_id=made, **REASON
        )
        assert refused["code"] == "state_refused"


async def test_restricting_puts_records_away_and_leaves_accounts(
    house: House, call: Desk, lea: dict[str, str]
) -> None:
    made = await _known(call, kind="restriction", subject_ref=lea["party"])
    done = await call("core.data_subject_request.restrict_processing", request_id=made)

    assert done["restricted"]["crm.party"] == 1
    assert done["left"]["crm.lead"] == 1, "what cannot be put away is told"
    assert (await call("crm.party.get", id=lea["party"]))["archived_at"]
    assert not (await call("crm.party.get", id=lea["other"])).get("archived_at")
    boris = await house.person("boris", "sales")
    other = await _known(call, kind="restriction", subject_ref=boris)
    left = await call("core.data_subject_request.restrict_processing", request_id=other)
    assert left["restricted"] == {}
    assert left["left"]["core.user"] == 1


async def test_a_request_from_the_future_is_refused(call: Desk) -> None:
    tomorrow = str(_today(call) + timedelta(days=2))
    given = {"kind": "access", "requester": "Léa", "received_at": tomorrow}

    refused = await call.refused("core.data_subject_request.create", **given)
    assert refused["errors"][0]["path"] == "received_at"


def test_the_key_that_signs_follows_from_the_audits(tmp_path: Path) -> None:
    settings = load({"EYEOT_DATA_DIR": str(tmp_path)})
    first, second = outside_of(settings), outside_of(settings)

    assert first.signing_key == second.signing_key
    assert first.sign(b"x") == second.sign(b"x")
    assert Signer.make("a").derived(b"x") != Signer.make("a").derived(b"x")
