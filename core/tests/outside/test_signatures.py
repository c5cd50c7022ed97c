"""Signatures: a document goes out once, comes back with its proof, and nothing that breaks doubles it."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.tests.outside.yousign import PROOF, SIGNED, Signing, signing
from core.tests.raw import connected
from eyeot.runtime.engine import Engine
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
SIGNERS = [
    {"name": "Claire Morel", "email": "claire@hotel.example"},
    {"name": "Jean de La Fontaine", "email": "jean@hotel.example", "phone": "+33612345678"},
]
OUT, OFF = "core.document.request_signature", "core.document.cancel_signature"


@pytest.fixture
async def yousign(engine: Engine, database: TestDatabase) -> AsyncIterator[Signing]:
    async with signing(engine, database.admin) as made:
        yield made


@pytest.fixture
async def paper(call: Desk) -> str:
    tag = await call("core.tag.create", name="Baux")
    content = base64.b64encode(PDF).decode()
    given = {"filename": "bail.pdf", "kind": "contract", "records": [tag["id"]]}
    made = await call("core.document.create", content=content, **given)
    return str(made["id"])


async def _status(call: Desk, paper: str) -> str:
    return str((await call("core.document.get", id=paper))["signature_status"])


async def _copies(call: Desk, paper: str) -> list[dict[str, Any]]:
    listed = await call("core.document.list", origin_id=paper, sort="created_at")
    found: list[dict[str, Any]] = listed["items"]
    return found


async def test_a_document_goes_out_and_comes_back_with_its_proof(
    call: Desk, paper: str, yousign: Signing
) -> None:
    told = await call(OUT, document_id=paper, signers=SIGNERS)
    assert (told["status"], told["signers"]) == ("requested", [one["name"] for one in SIGNERS])
    assert not yousign.there.rounds

    await yousign.goes_on()
    there = yousign.there.only
    assert (there.status, there.content) == ("ongoing", PDF)
    assert there.told["expiration_date"] == told["deadline"]
    assert [
        (one["info"]["first_name"], one["info"]["last_name"], one["signature_authentication_mode"])
        for one in there.signers
    ] == [("Claire", "Morel", "otp_email"), ("Jean", "de La Fontaine", "otp_sms")]
    await yousign.goes_on()
    assert await _status(call, paper) == "ongoing"

    there.status = "done"
    await yousign.goes_on()
    assert await _status(call, paper) == "done"
    first = await call("core.document.get", id=paper)
    copies = await _copies(call, paper)
    assert [one["filename"] for one in copies] == ["bail (signé).pdf", "bail (preuve).pdf"]
    assert all(one["records"] == first["records"] for one in copies)
    digests = [hashlib.sha256(one).hexdigest() for one in (SIGNED, PROOF)]
    assert [one["sha256"] for one in copies] == digests
    asked = len(yousign.there.asked)
    await yousign.goes_on()
    assert len(yousign.there.asked) == asked, "what has ended is not asked about any more"


@pytest.mark.parametrize(
    "cut",
    [
        ("POST", "/signature_requests"),
        ("POST", "/documents"),
        ("POST", "/signers"),
        ("POST", "/activate"),
    ],
)
async def test_a_connection_that_breaks_after_the_deed_doubles_nothing(
    call: Desk, paper: str, yousign: Signing, cut: tuple[str, str]
) -> None:
    yousign.there.cut, yousign.there.down = [cut], 2
    await call(OUT, document_id=paper, signers=SIGNERS)

    for _ in range(6):
        await yousign.goes_on()

    there = yousign.there.only
    assert not yousign.there.cut
    assert (there.status, len(there.documents), len(there.signers)) == ("ongoing", 1, 2)
    assert await _status(call, paper) == "ongoing"


async def test_what_was_signed_is_filed_once_though_fetching_it_breaks(
    call: Desk, paper: str, yousign: Signing
) -> None:
    await call(OUT, document_id=paper, signers=SIGNERS[:1])
    await yousign.goes_on()
    yousign.there.only.status = "done"
    # What only asks is asked twice before it counts as broken.
    yousign.there.cut = [("GET", "/download")] * 3

    for _ in range(4):
        await yousign.goes_on()

    assert await _status(call, paper) == "done"
    assert len(await _copies(call, paper)) == 2


async def test_a_round_is_called_off_here_and_there(
    call: Desk, paper: str, yousign: Signing
) -> None:
    refused = await call.refused(OFF, document_id=paper, reason="Trop tôt")
    assert refused["code"] == "conflict"
    await call(OUT, document_id=paper, signers=SIGNERS)
    assert (await call.refused(OUT, document_id=paper, signers=SIGNERS))["code"] == "conflict"
    await yousign.goes_on()

    told = await call(OFF, document_id=paper, reason="Le loyer a changé")
    assert told["status"] == "cancelling"
    await yousign.goes_on()

    assert (yousign.there.only.status, yousign.there.only.note) == ("canceled", "Le loyer a changé")
    assert await _status(call, paper) == "cancelled"
    await call(OUT, document_id=paper, signers=SIGNERS)
    await yousign.goes_on()
    assert len(yousign.there.rounds) == 2


async def test_what_is_called_off_before_it_went_out_leaves_no_draft(
    call: Desk, paper: str, yousign: Signing
) -> None:
    yousign.there.cut = [("POST", "/signature_requests")]
    await call(OUT, document_id=paper, signers=SIGNERS)
    await yousign.goes_on()
    assert yousign.there.only.status == "draft"

    await call(OFF, document_id=paper, reason="Erreur")
    await yousign.goes_on()

    assert yousign.there.only.status == "deleted"
    assert await _status(call, paper) == "cancelled"


async def test_who_signed_before_it_was_called_off_has_signed(
    call: Desk, paper: str, yousign: Signing
) -> None:
    await call(OUT, document_id=paper, signers=SIGNERS)
    await yousign.goes_on()
    yousign.there.only.status = "done"

    await call(OFF, document_id=paper, reason="Trop tard")
    await yousign.goes_on()

    assert await _status(call, paper) == "done"
    assert len(await _copies(call, paper)) == 2


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("declined", "declined"), ("expired", "expired"), ("deleted", "cancelled")],
)
async def test_a_round_that_comes_to_nothing_says_so(
    call: Desk, paper: str, yousign: Signing, theirs: str, ours: str
) -> None:
    await call(OUT, document_id=paper, signers=SIGNERS)
    await yousign.goes_on()
    yousign.there.only.status = theirs
    await yousign.goes_on()

    assert await _status(call, paper) == ours
    assert not await _copies(call, paper)


async def test_what_the_provider_refuses_fails_at_once(
    call: Desk, paper: str, yousign: Signing, database: TestDatabase
) -> None:
    yousign.there.refuses = "/signers"
    await call(OUT, document_id=paper, signers=SIGNERS)
    await yousign.goes_on()

    assert await _status(call, paper) == "failed"
    async with connected(database.admin) as admin:
        text = "SELECT reason FROM core_signature_round WHERE status = 'failed' ORDER BY id DESC"
        assert "phone_number is not valid" in await admin.fetchval(text)


async def test_what_cannot_be_signed_is_refused(call: Desk, paper: str, yousign: Signing) -> None:
    text = await call("core.document.create", filename="note.txt", text="Bonjour")
    assert (await call.refused(OUT, document_id=text["id"], signers=SIGNERS))["code"] == "conflict"
    twice = [SIGNERS[0], {**SIGNERS[1], "email": "CLAIRE@hotel.example"}]
    assert (await call.refused(OUT, document_id=paper, signers=twice))["code"] == "invalid"
    today = yousign.engine.clock().date()
    for late in (today, today + timedelta(days=400)):
        refused = await call.refused(
            OUT, document_id=paper, signers=SIGNERS, deadline=late.isoformat()
        )
        assert refused["code"] == "invalid"

    outside = yousign.engine.outside
    yousign.engine.outside = replace(outside, keys={})
    refused = await call.refused(OUT, document_id=paper, signers=SIGNERS)
    assert refused["code"] == "provider_not_configured"
    assert "EYEOT_PROVIDER_KEYS=yousign" in refused["hint"]
    yousign.engine.outside = replace(outside, providers={})
    refused = await call.refused(OUT, document_id=paper, signers=SIGNERS)
    assert "EYEOT_PROVIDERS=yousign" in refused["hint"]


async def test_another_organisation_neither_begins_nor_ends_a_round(
    engine: Engine, call: Desk, paper: str, yousign: Signing
) -> None:
    await call(OUT, document_id=paper, signers=SIGNERS)
    other = await House.open(engine)
    await other.person("owner", "owner")
    scopes = sorted({one.needs for one in engine.catalogue.actions.values()})
    stranger = await other.desk(*scopes, owner="owner")

    for action, more in ((OUT, {"signers": SIGNERS}), (OFF, {"reason": "Non"})):
        assert (await stranger.refused(action, document_id=paper, **more))["code"] == "not_found"
    await yousign.goes_on()
    assert yousign.there.only.status == "ongoing"
