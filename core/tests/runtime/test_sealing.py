"""Sealing: whatever a superuser does to the audit before a checkpoint held elsewhere is found."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest

from core.tests.raw import connected
from core.tests.runtime.attacks import ATTACKS, EDITS, EVENT, REPLACED, SOME
from eyeot.declare.ids import uuid7
from eyeot.platform.audit import AuditEvent
from eyeot.runtime.engine import wall_clock
from eyeot.runtime.sealing import files, leaves, stored
from eyeot.runtime.sealing.examine import Report
from eyeot.runtime.sealing.health import ailments
from eyeot.runtime.sealing.notes import Note, Signer, Verifier, parse
from eyeot.runtime.sealing.outside import Shelf, Unreadable, read
from eyeot.runtime.sealing.sealer import Sealer
from eyeot.runtime.sealing.tree import Tree
from eyeot.runtime.transaction import Transaction
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

Forge = Callable[[str], Awaitable[None]]


class Vault:
    """An organisation's sealed audit, with its checkpoints outside."""

    def __init__(self, call: Desk, folder: Path, database: TestDatabase) -> None:
        self.database = database
        self.call, self.org_id, self.engine = call, call.caller.org_id, call.engine
        self.signer = Signer.make("test.example/audit")
        self.shelf = Shelf(folder)

    def sealer(self) -> Sealer:
        """A sealing process."""
        return Sealer(self.engine, self.signer, self.shelf)

    async def seal(self) -> None:
        await self.sealer().round(at_once=True)

    async def verify(self, *more: Path) -> Report:
        files = [one for one in (self.shelf.path(self.org_id), *more) if one.exists()]
        async with Transaction(self.engine.database.reads, self.org_id, reads=True) as snapshot:
            keys = [self.signer.verifier]
            return await stored.examine(snapshot.connection, self.org_id, files, keys)

    async def codes(self) -> set[str]:
        return {one["code"] for one in (await self.verify()).findings}


@pytest.fixture
async def vault(call: Desk, tmp_path: Path, database: TestDatabase) -> Vault:
    """Ten events or more, sealed in two batches with a checkpoint after each."""
    made = Vault(call, tmp_path, database)
    for _ in range(2):
        for count in range(6):
            await call("core.tag.create", name=f"Étiquette {uuid7()} {count}")
        await made.seal()
    return made


@pytest.fixture
async def forge(database: TestDatabase, vault: Vault) -> AsyncIterator[Forge]:
    """A superuser at the database; `:org` stands for the organisation, in quotes."""
    async with connected(database.admin) as admin:

        async def run(text: str) -> None:
            for one in text.split(";;"):
                done = await admin.execute(one.replace(":org", f"'{vault.org_id}'"))
                assert not done.endswith(" 0"), one

        yield run


def test_the_tree_is_that_of_rfc_9162() -> None:
    # The vectors of the reference implementation of RFC 6962, whose tree RFC 9162 keeps.
    entries = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]  # fmt: skip
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    tree = Tree()
    for entry, root in zip(entries, roots, strict=True):
        tree = Tree(tree.size, tree.peaks)
        tree.add(sha256(b"\x00" + bytes.fromhex(entry)).digest())
        assert tree.root().hex() == root


def test_a_note_is_what_other_tools_for_signed_notes_make() -> None:
    # The example of Go's golang.org/x/mod/sumdb/note.
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    found = Verifier.parse(key)

    assert found.signed(text, [("PeterNeumann", base64.b64decode(signature))])
    assert not found.signed(text + "\n", [("PeterNeumann", base64.b64decode(signature))])
    assert Signer.parse(Signer.make("a/b").secret()).verifier.name == "a/b"


async def test_an_honest_audit_verifies_and_says_how_far(vault: Vault) -> None:
    await vault.call("core.session.whoami")

    report = await vault.verify()

    assert report.findings == []
    assert report.size == report.verified >= 12
    assert report.checkpoints == 2
    assert report.unsealed == 1


def test_every_column_of_an_event_is_sealed() -> None:
    names = {*leaves.HEADER_COLUMNS, *leaves.PAYLOAD_COLUMNS, *leaves.LATER_COLUMNS}

    assert names == set(AuditEvent.meta.table.c.keys())


@pytest.mark.parametrize("column", EDITS)
async def test_an_edit_of_any_column_is_found_and_the_event_named(
    vault: Vault, forge: Forge, column: str
) -> None:
    await forge(
        f"UPDATE core_audit_event SET {column} = {EDITS[column]} WHERE org_id = :org AND id = {SOME}"
    )

    (found, *more) = (await vault.verify()).findings

    assert found["code"] == ("event_missing" if column == "id" else "event_changed")
    assert found["position"] == 14
    assert more == []


@pytest.mark.parametrize("name", ATTACKS)
async def test_what_a_superuser_does_is_found(vault: Vault, forge: Forge, name: str) -> None:
    text, code = ATTACKS[name]

    await forge(text)

    assert code in await vault.codes()


async def test_a_tree_that_was_built_again_over_forged_events_is_found(
    vault: Vault, forge: Forge
) -> None:
    """The attacker has the database and even a sealing process, with its key; not the file."""
    kept = vault.shelf.path(vault.org_id).read_text()
    await forge(
        f"UPDATE core_audit_event SET actor = 'nobody' WHERE org_id = :org AND id = {SOME};;"
        "DELETE FROM core_audit_leaf WHERE org_id = :org;;"
        "DELETE FROM core_audit_checkpoint WHERE org_id = :org"
    )
    await Sealer(vault.engine, vault.signer, Shelf(vault.shelf.folder / "forged")).round(
        at_once=True
    )

    report = await vault.verify()

    assert vault.shelf.path(vault.org_id).read_text() == kept
    assert {one["code"] for one in report.findings} == {"tree_differs"}
    assert report.verified == 0


async def test_an_event_slipped_in_behind_the_sealers_back_is_told_as_late(
    vault: Vault, forge: Forge
) -> None:
    await forge(EVENT.format(":org", "'01900000-0000-7000-8000-000000000000'"))
    before = await vault.verify()
    await vault.seal()
    after = await vault.verify()

    assert [one["code"] for one in before.findings] == ["event_unsealed"]
    assert (after.intact, after.late) == (True, 1)


async def test_sealers_at_the_same_time_seal_each_event_once(vault: Vault) -> None:
    async def work() -> None:
        for _ in range(25):
            await vault.call("core.session.whoami")

    async def sealing() -> None:
        sealer = vault.sealer()
        for _ in range(6):
            await sealer.round(at_once=True)

    await asyncio.gather(*(work() for _ in range(4)), *(sealing() for _ in range(4)))
    await vault.seal()

    report = await vault.verify()
    assert (report.findings, report.unsealed) == ([], 0)
    assert report.size == report.verified


async def test_an_event_that_is_committed_after_younger_ones_is_sealed_all_the_same(
    vault: Vault, database: TestDatabase
) -> None:
    sealer = vault.sealer()
    await sealer.round()
    async with connected(database.admin) as admin, admin.transaction():
        late = uuid7()
        await admin.execute(EVENT.format("$1", "$2"), vault.org_id, late)
        await vault.call("core.session.whoami")
        await sealer.round()
        unseen = (await vault.verify()).unsealed
    await sealer.round()

    async with connected(database.admin) as admin:
        place = "SELECT position FROM core_audit_leaf WHERE event_id = $1"
        position = await admin.fetchval(place, late)
    report = await vault.verify()
    assert unseen == 0
    assert (position, report.unsealed) == (report.size - 1, 0)


async def test_an_erased_event_still_verifies_and_nothing_else_may_be_changed(
    vault: Vault, forge: Forge
) -> None:
    gone = ", ".join(
        f"{one} = {'NULL' if one != 'actor' else chr(39) + leaves.ERASED + chr(39)}"
        for one in leaves.PAYLOAD_COLUMNS
    )
    erase = f"UPDATE core_audit_event SET {gone} WHERE org_id = :org AND id = {SOME};;" + (
        REPLACED.format("salt = NULL")
    )
    await forge(erase)
    erased = await vault.verify()
    await forge(f"UPDATE core_audit_event SET action = 'x' WHERE org_id = :org AND id = {SOME}")

    assert (erased.findings, erased.erased) == ([], 1)
    assert await vault.codes() == {"event_changed"}


async def test_a_checkpoint_that_cannot_be_written_outside_is_written_later(
    vault: Vault, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = Sealer(vault.engine, vault.signer, Shelf(tmp_path / "file"))
    await vault.call("core.session.whoami")
    with pytest.raises(OSError, match="file"):
        await blocked.round(at_once=True)
    before = await vault.verify()
    await vault.seal()
    after = await vault.verify()

    assert before.verified < before.size
    assert after.verified == after.size
    assert after.findings == []


def test_a_file_that_a_crash_left_torn_goes_on(tmp_path: Path) -> None:
    shelf, signer, org_id = Shelf(tmp_path / "notes"), Signer.make("a/audit"), uuid7()
    text = "a/audit/x\n1\n" + "A" * 43 + "=\nat 2026-01-01T00:00:00.000Z\n"
    for torn in (5, 40, 70, 120):
        shelf.append(org_id, signer.sign(text))
        with shelf.path(org_id).open("a") as file:
            file.write(signer.sign(text)[:torn])
    shelf.append(org_id, signer.sign(text))

    found = [one for one, _ in read(shelf.path(org_id))]

    assert [isinstance(one, Unreadable) for one in found].count(False) == 5
    assert shelf.path(org_id).stat().st_mode & 0o777 == 0o600
    assert parse(signer.sign(text)).by([signer.verifier])
    assert not parse(signer.sign(text)).by([Signer.make("a/audit").verifier])


async def test_neither_role_can_change_or_forge_a_seal(
    vault: Vault, database: TestDatabase
) -> None:
    for url in (database.app, database.relay):
        async with connected(url, vault.org_id) as role:
            for table in ("core_audit_leaf", "core_audit_checkpoint"):
                for statement in (f"UPDATE {table} SET org_id = org_id", f"DELETE FROM {table}"):
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await role.execute(statement)
    async with connected(database.app, vault.org_id) as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("INSERT INTO core_audit_leaf SELECT * FROM core_audit_leaf")


async def test_people_verify_a_period_and_take_it_away_with_its_proof(
    vault: Vault, house: House, forge: Forge, tmp_path: Path
) -> None:
    vault.engine.audit_keys = (str(vault.signer.verifier),)
    operator = house.operator
    found = (await operator.call("core.audit_event.verify_chain")).result
    made = (await operator.call("core.audit_event.export_signed")).result
    file = tmp_path / "audit.jsonl"
    async with connected(vault.database.admin) as admin:
        pieces = await admin.fetch(
            "SELECT piece FROM core_content WHERE digest = $1 ORDER BY position", made["sha256"]
        )
    file.write_bytes(b"".join(row["piece"] for row in pieces))
    offline = files.examine(file, [vault.shelf.path(vault.org_id)], [vault.signer.verifier])
    stranger = files.examine(file, [], [Signer.make("test.example/audit").verifier])
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(one for one in lines if b'"position":14,' not in one))
    cut = files.examine(file, [], [vault.signer.verifier])
    await forge(f"UPDATE core_audit_event SET ip = 'x' WHERE org_id = :org AND id = {SOME}")
    broken = (await operator.call("core.audit_event.verify_chain")).result
    vault.engine.audit_keys = ()

    assert (found["intact"], found["checkpoints"]) == (True, 2)
    assert found["verified"] == found["size"] == made["events"] == offline.size == offline.verified
    assert offline.findings == []
    assert {one["code"] for one in stranger.findings} == {"checkpoint_unsigned"}
    assert {one["code"] for one in cut.findings} == {"leaf_missing"}
    assert [one["position"] for one in broken["findings"]] == [14]


async def test_an_agent_may_neither_verify_nor_take_the_proof_away(call: Desk) -> None:
    for action in ("verify_chain", "export_signed"):
        refused = await call.refused(f"core.audit_event.{action}")
        assert refused["code"] == "human_required"


async def test_whoami_shows_the_newest_checkpoint_of_ones_own_organisation(vault: Vault) -> None:
    shown = (await vault.call("core.session.whoami"))["audit"]

    *_, (note, _) = read(vault.shelf.path(vault.org_id))
    assert isinstance(note, Note)
    assert shown["events"] == note.checkpoint.size
    assert shown["root"] == note.checkpoint.root.hex()


@pytest.mark.parametrize("place", ["start", "middle"])
async def test_a_period_is_verified_from_the_checkpoint_before_it(
    vault: Vault, house: House, forge: Forge, place: str
) -> None:
    (first, _), *_ = read(vault.shelf.path(vault.org_id))
    assert isinstance(first, Note)
    later = first.checkpoint.at + timedelta(milliseconds=1)
    if place == "start":
        await forge(
            f"UPDATE core_audit_leaf SET peaks = overlay(peaks placing 'x' from 1) WHERE org_id = :org"
            f" AND position = {first.checkpoint.size - 1}"
        )
    verify = house.operator.call("core.audit_event.verify_chain", at_from=later.isoformat())
    found = (await verify).result

    assert found["first"] == first.checkpoint.size
    assert found["intact"] == (place == "middle")


async def test_an_audit_that_is_no_longer_sealed_is_told(vault: Vault, forge: Forge) -> None:
    """To the operator by doctor, and to every caller by whoami."""

    async def ails(minutes: int) -> str:
        now = wall_clock() + timedelta(minutes=minutes)
        async with connected(vault.database.relay) as relay:
            slug = await relay.fetchval(
                "SELECT slug FROM eyeot_organisation WHERE id = $1", vault.org_id
            )
            return {who: why async for who, why in ailments(relay, now)}.get(slug, "")

    first = (await vault.call("core.session.whoami"))["audit"]
    assert "delayed_since" not in first
    assert await ails(0) == ""
    assert "events wait" in await ails(6)
    vault.engine.clock = lambda: wall_clock() + timedelta(minutes=6)
    try:
        late = (await vault.call("core.session.whoami"))["audit"]
        await vault.seal()
        vault.engine.clock = lambda: wall_clock() + timedelta(minutes=7)
        sealed = (await vault.call("core.session.whoami"))["audit"]
    finally:
        vault.engine.clock = wall_clock
    assert late["delayed_since"] >= late["signed_at"] == first["signed_at"]
    assert "delayed_since" not in sealed

    await forge("DELETE FROM core_audit_leaf WHERE org_id = :org AND position = 3")
    await forge("UPDATE core_audit_leaf SET peaks = NULL WHERE org_id = :org")
    assert "eyeot audit verify" in await ails(0)
