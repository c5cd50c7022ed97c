"""Sensitive fields: for a caller without the permission they do not exist, by any door."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from core.tests.raw import connected
from core.tests.runtime.lab import NIR, SALARY
from eyeot.declare.access import Reach
from eyeot.runtime.engine import Engine
from eyeot.runtime.vault import Vault
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

SECRET = {
    "salary": "4242.42",
    "bonus": {"amount": "999.99", "currency": "EUR"},
    "nir": "2850678123456",
    "nickname": "Moustache",
}
TOLD = ("4242.4", "999.99", "2850678123456", "Moustache", "moustache")
HIDDEN = {"salary", "bonus", "nir", "nickname"}


@pytest.fixture
async def plain(lab_house: House) -> Desk:
    """Somebody who reads and writes employees, without what is sensitive."""
    return await lab_house.desk("lab:read", "lab:write", "core:read", "core:audit", owner="anne")


@pytest.fixture
async def trusted(lab_house: House) -> Desk:
    """Somebody who may see everything of an employee."""
    return await lab_house.desk(
        "lab:read", "lab:write", "lab.employee:delete", SALARY, NIR, owner="anne"
    )


@pytest.fixture
async def zoe(trusted: Desk) -> dict[str, Any]:
    """An employee with everything set."""
    return await trusted("lab.employee.create", name="Zoé Martin", badge="B-77", **SECRET)


def _silent(answer: object) -> None:
    text = repr(answer)
    assert [one for one in TOLD if one in text] == []


async def test_whoever_holds_the_permission_sees_the_fields(
    trusted: Desk, zoe: dict[str, Any]
) -> None:
    assert {name: zoe[name] for name in SECRET} == SECRET
    by_key = await trusted("lab.employee.get", id=SECRET["nir"])
    listed = await trusted("lab.employee.list", salary_from="4000", sort="salary")
    assert by_key["id"] == zoe["id"]
    assert [one["salary"] for one in listed["items"]] == ["4242.42"]


@pytest.mark.parametrize("kind", ["lab.employee", "lab.card"])
async def test_answers_do_not_hold_them(
    plain: Desk, trusted: Desk, zoe: dict[str, Any], kind: str
) -> None:
    card = await trusted("lab.card.create", employee_id=zoe["id"], colour="red")
    id = card["id"] if kind == "lab.card" else zoe["id"]

    for answer in (
        await plain(f"{kind}.get", id=id),
        await plain(f"{kind}.list"),
        await plain(f"{kind}.history", id=id),
        await plain(f"{kind}.update", id=id, desk="D1"),
        await plain(f"{kind}.history", id=id),
        await plain(f"{kind}.search", query="zoe martin"),
        await plain("core.session.search", query="zoe"),
    ):
        assert answer.get("id", id) == id
        _silent(answer)


@pytest.mark.parametrize("kind", ["lab.employee", "lab.card"])
async def test_they_cannot_be_asked_for(plain: Desk, zoe: dict[str, Any], kind: str) -> None:
    unknown = await plain.refused(f"{kind}.list", wages_from="1")
    asked: tuple[dict[str, Any], ...] = (
        {"salary_from": "1"},
        {"salary_to": "9999"},
        {"salary_is_set": True},
        {"bonus_from": "1"},
        {"nir": SECRET["nir"]},
        {"nir_contains": "285"},
        {"nir_in": [SECRET["nir"]]},
        {"nickname_is_set": False},
    )
    for given in asked:
        for verb in ("list", "count"):
            refusal = await plain.refused(f"{kind}.{verb}", **given)
            assert refusal["code"] == "invalid"
            assert [one["path"] for one in refusal["errors"]] == [*given]
            _silent(refusal)
    asked = ({"sort": "salary"}, {"sort": "-bonus"}, {"fields": ["salary"]})
    for given in asked:
        refusal = await plain.refused(f"{kind}.list", **given)
        assert refusal["code"] == "invalid"
    refused = (await plain.refused(f"{kind}.get", id=zoe["id"], fields=["nir"])).get("errors", [])
    for told, listed in ((unknown["hint"], "Known arguments:"), (refused, "; known:")):
        known = repr(told).partition(listed)[2]
        assert not any(name in known for name in HIDDEN)


async def test_they_cannot_be_written(plain: Desk, trusted: Desk, zoe: dict[str, Any]) -> None:
    for name, value in (*SECRET.items(), ("salary", None)):
        changed = await plain.refused("lab.employee.update", id=zoe["id"], **{name: value})
        made = await plain.refused("lab.employee.create", name="Other", **{name: value})
        inline = await plain.refused("lab.card.create", employee_id=zoe["id"], **{name: value})
        for refusal in (changed, made, inline):
            assert [one["path"] for one in refusal["errors"]] == [name]

    after = await trusted("lab.employee.get", id=zoe["id"])
    assert {name: after[name] for name in SECRET} == SECRET


async def test_every_wrong_argument_is_told_at_once(plain: Desk) -> None:
    refusal = await plain.refused("lab.employee.create", name="x" * 41, salary="1", nope=1)

    assert {one["path"] for one in refusal["errors"]} == {"name", "salary", "nope"}


async def test_search_does_not_find_by_them(plain: Desk, trusted: Desk, zoe: Any) -> None:
    for desk in (plain, trusted):
        for words in (SECRET["nir"], "2 85 06 78 123 456", "moustache"):
            assert (await desk("lab.employee.search", query=words))["items"] == []
            assert (await desk("core.session.search", query=words))["items"] == []
    assert (await plain("lab.employee.search", query="B-77"))["items"][0]["id"] == zoe["id"]


async def test_they_name_nothing(plain: Desk, trusted: Desk, zoe: dict[str, Any]) -> None:
    for verb, given in (("get", {}), ("update", {"desk": "D1"}), ("history", {}), ("archive", {})):
        refusal = await plain.refused(f"lab.employee.{verb}", id=SECRET["nir"], **given)
        assert refusal["code"] == "not_found"
    assert (await plain("lab.employee.get", id="B-77"))["id"] == zoe["id"]


async def test_effects_do_not_tell_them(plain: Desk, trusted: Desk, zoe: dict[str, Any]) -> None:
    seen = await trusted.preview("lab.employee.pay", id=zoe["id"])
    unseen = await plain.preview("lab.employee.pay", id=zoe["id"])

    assert seen["modified"][0]["changes"]["salary"] == {"before": "4242.42", "after": "30"}
    assert unseen["modified"][0]["changes"] == {"desk": {"before": None, "after": "D30"}}
    _silent(unseen)


async def test_the_audit_keeps_none_of_them_in_clear(
    plain: Desk, trusted: Desk, zoe: dict[str, Any], lab_house: House, lab_database: TestDatabase
) -> None:
    await trusted("lab.card.create", employee_id=zoe["id"], salary="4242.43")
    await trusted("lab.employee.pay", id=zoe["id"])
    await plain.refused("lab.employee.list", nir=SECRET["nir"])
    await trusted("lab.employee.list", nir=SECRET["nir"])
    await trusted("lab.employee.delete", id=(await trusted("lab.employee.create", name="Y",
                  **SECRET))["id"])  # fmt: skip

    _silent(await plain("core.audit_event.list", limit=100))
    _silent(await plain("core.audit_event.timeline", record=zoe["id"]))
    async with connected(lab_database.admin) as admin:
        for table in ("core_audit_event", "core_outbox", "core_search_entry"):
            rows = await admin.fetch(f"SELECT * FROM {table} WHERE org_id = $1", lab_house.org_id)
            _silent([dict(row) for row in rows])


async def test_a_history_tells_that_they_changed_to_whoever_may_know(
    plain: Desk, trusted: Desk, zoe: dict[str, Any]
) -> None:
    await trusted("lab.employee.update", id=zoe["id"], salary="5000")

    mine = (await trusted("lab.employee.history", id=zoe["id"]))["items"]
    theirs = (await plain("lab.employee.history", id=zoe["id"]))["items"]

    assert "salary" in mine[0]["changes"]
    assert [one["operation"] for one in theirs] == ["created"]


@pytest.fixture
def kept(lab: Engine) -> Iterator[None]:
    """The engine holds secrets, as a deployment does."""
    lab.vault = Vault([b"new" * 11, b"old" * 11])
    yield
    lab.vault = Vault()


async def test_the_audit_shows_them_again_to_who_may_see_them_and_only_with_the_key(
    kept: None, lab: Engine, plain: Desk, lab_house: House, lab_database: TestDatabase
) -> None:
    scopes = ("lab:read", "lab:write", "core:read", "core:audit")
    both = await lab_house.desk(*scopes, SALARY, NIR, owner="anne")
    half = await lab_house.desk(*scopes, SALARY, owner="anne")
    made = await both("lab.employee.create", name="Zoé Martin", **SECRET)
    await both("lab.employee.update", id=made["id"], salary="4242.43", nir="2850678123457")
    async with connected(lab_database.admin) as admin:
        rows = await admin.fetch(
            "SELECT e::text AS row FROM core_audit_event e WHERE org_id = $1", lab_house.org_id
        )
    _silent([row["row"] for row in rows])

    async def told(desk: Desk) -> list[dict[str, Any]]:
        """The change as each door tells it."""
        line = (await desk("core.audit_event.timeline", record=made["id"]))["items"][0]
        listed = await desk("core.audit_event.list", action="lab.employee.update")
        one = await desk("core.audit_event.get", id=line["id"])
        found = [line, listed["items"][0], one]
        return [event["changes"][0]["fields"] for event in found]

    salary = {"before": "4242.42", "after": "4242.43"}
    number = {"before": SECRET["nir"], "after": "2850678123457"}
    marked = {"before": "[sealed]", "after": "[sealed]"}
    history = (await both("lab.employee.history", id=made["id"]))["items"]
    assert (history[0]["changes"]["salary"], history[0]["changes"]["nir"]) == (salary, number)
    assert history[1]["changes"]["bonus"]["after"] == SECRET["bonus"]
    assert [(one["salary"], one["nir"]) for one in await told(both)] == [(salary, number)] * 3
    assert [(one["salary"], one["nir"]) for one in await told(half)] == [(salary, marked)] * 3
    assert [(one["salary"], one["nir"]) for one in await told(plain)] == [(marked, marked)] * 3
    _silent(await plain("core.audit_event.export", format="csv"))

    # The next key is put before it; then it is lost.
    lab.vault = Vault([b"next" * 9, b"new" * 11])
    assert (await told(both))[0]["salary"] == salary
    lab.vault = Vault([b"next" * 9])
    assert (await told(both))[0]["salary"] == marked


async def test_a_sealed_value_cannot_be_shown_as_another_records(
    kept: None, lab: Engine, lab_house: House, trusted: Desk, lab_database: TestDatabase
) -> None:
    """Whoever can write to the database moves what is sealed to a record, a field or a house of their own."""
    zoe = await trusted("lab.employee.create", name="Zoé", salary="4242.42")
    async with connected(lab_database.admin) as admin:
        (changes,) = await admin.fetchrow(
            "SELECT changes FROM core_audit_event WHERE org_id = $1 AND action = 'lab.employee.create'",
            lab_house.org_id,
        )
    (change,) = orjson.loads(changes) if isinstance(changes, str) else changes
    seen = {SALARY: Reach.ORGANISATION, NIR: Reach.ORGANISATION}

    def shown(org_id: UUID, **other: Any) -> Any:
        fields = lab.vault.opened(org_id, [{**change, **other}], seen)[0]["fields"]
        return next(iter(fields[name]["after"] for name in ("nir", "salary") if name in fields))

    assert shown(lab_house.org_id) == zoe["salary"] == "4242.42"
    moved = {"nir": change["fields"]["salary"]}
    assert shown(uuid4()) == "[sealed]"
    assert shown(lab_house.org_id, id=str(uuid4())) == "[sealed]"
    assert shown(lab_house.org_id, fields=moved) == "[sealed]"
    assert shown(lab_house.org_id, type="lab.gone") == "[sealed]"


@pytest.mark.parametrize("kind", ["lab.employee", "lab.card"])
async def test_they_cannot_be_summed_up_or_exported(
    plain: Desk, trusted: Desk, zoe: dict[str, Any], kind: str
) -> None:
    await trusted("lab.card.create", employee_id=zoe["id"], colour="red")
    unknown = await plain.refused(f"{kind}.aggregate", sum=["wages"])
    for given in (
        {"sum": ["salary"]},
        {"min": ["bonus"]},
        {"by": ["nir"]},
        {"by": ["nickname"]},
        {"by": ["nir:month"]},
        {"salary_from": "1"},
    ):
        refusal = await plain.refused(f"{kind}.aggregate", **given)
        assert refusal["code"] == "invalid"
        _silent(refusal)
        known = repr(refusal["errors"]).partition("not one of")[2]
        assert not any(name in known for name in HIDDEN)
    assert unknown["code"] == "invalid"
    told = await trusted(f"{kind}.aggregate", sum=["salary"])
    assert told["groups"][0]["sum"]["salary"] == "4242.42"
    _silent(await plain(f"{kind}.aggregate", by=["desk"]))

    for form in ("csv", "jsonl"):
        _silent(await plain(f"{kind}.export", format=form))
        seen = await trusted(f"{kind}.export", format=form)
        assert SECRET["nir"] in seen["content"]
    assert (await plain.refused(f"{kind}.export", fields=["nir"]))["code"] == "invalid"
    assert (await plain.refused(f"{kind}.export", sort="salary"))["code"] == "invalid"


async def test_an_export_is_read_only_by_who_could_have_made_it(
    lab_house: House, trusted: Desk, zoe: dict[str, Any]
) -> None:
    """The same person's key without the permission does not see the file, though its owner is the same."""
    made = await trusted("lab.employee.export")
    plain = await lab_house.desk("lab:read", "core:read", owner="anne")
    equal = await lab_house.desk("lab:read", "core:read", SALARY, NIR, owner="anne")
    other = await lab_house.desk("lab:read", "core:read", SALARY, NIR)

    assert (await equal("core.document.get", id=made["document_id"]))["kind"] == "export"
    for desk in (plain, other):
        refusal = await desk.refused("core.document.get", id=made["document_id"])
        assert refusal["code"] == "not_found"


async def test_a_copy_does_not_hold_them(plain: Desk, trusted: Desk, zoe: dict[str, Any]) -> None:
    theirs = await plain("lab.employee.duplicate", id=zoe["id"])
    mine = await trusted("lab.employee.duplicate", id=zoe["id"])

    seen = await trusted("lab.employee.get", id=theirs["id"])
    _silent(seen)
    assert mine["salary"] == SECRET["salary"]
    assert "nir" not in mine
    assert (await plain.refused("lab.employee.duplicate", id=zoe["id"], salary="1"))[
        "code"
    ] == "invalid"
