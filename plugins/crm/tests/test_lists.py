"""Lists: every row once, in order, under any condition, a page at a time."""

import base64
import random
import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tests.raw import connected
from eyeot.declare.ids import uuid7
from eyeot.declare.problem import Problem
from eyeot.declare.record import records
from eyeot.declare.standard.conditions import sortable
from eyeot.runtime.engine import Engine
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

KIND = "crm.customer"
NAMES = ("Élan", "elan", "ELAN 2", "Zoé", "Œuvre", "a_b%c", "Étoile", "étoile", "Ça")
few = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
async def shop(engine: Engine) -> tuple[Desk, list[dict[str, Any]]]:
    """Sixty customers with gaps and ties in every field, and a desk that sees them."""
    house = await House.open(engine)
    people = [await house.person(name) for name in ("anne", "boris")]
    call = await house.desk("crm:read", "crm:write", owner="anne")
    pick = random.Random(11)
    ids = []
    for _ in range(60):
        amount = {"amount": str(pick.choice([0, 10, "10.5", -3, 99999])), "currency": "EUR"}
        given_: dict[str, Any] = {
            "name": pick.choice(NAMES),
            "trade_name": pick.choice([None, None, "Au Pain", "au pain"]),
            "tier": pick.choice([None, "A", "B"]),
            "industry": pick.choice([None, "bois", "Bois", "fer"]),
            "headcount": pick.choice([None, 0, 1, 1, 7]),
            "annual_revenue": pick.choice([None, amount]),
            "emails": pick.choice([[], ["a@b.fr"], ["a@b.fr", "c@d.fr"]]),
            "is_taxable_person": pick.choice([True, False]),
            "owner_id": pick.choice(people),
            "lifecycle": pick.choice(["prospect", "customer"]),
        }
        made = await call(f"{KIND}.create", **{n: v for n, v in given_.items() if v is not None})
        ids.append(made["id"])
    for id in pick.sample(ids, 20):
        await call(f"{KIND}.set_lifecycle", id=id, stage="dormant")
    for id in pick.sample(ids, 15):
        await call(f"{KIND}.archive", id=id)
    return call, [await call(f"{KIND}.get", id=id) for id in ids]


Shop = tuple[Desk, list[dict[str, Any]]]


async def _pages(call: Desk, limit: int, **given_: Any) -> tuple[list[dict[str, Any]], set[int]]:
    """Every row of a list, and the totals its pages told."""
    rows: list[dict[str, Any]] = []
    totals: set[int] = set()
    cursor = None
    for _ in range(200):
        page = await call(f"{KIND}.list", limit=limit, cursor=cursor, **given_)
        rows += page["items"]
        assert page["total_is_exact"]
        totals.add(page["total"])
        assert len(page["items"]) <= limit
        cursor = page.get("next_cursor")
        assert page["has_more"] == (cursor is not None)
        if cursor is None:
            return rows, totals
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("sign", ["", "-"])
async def test_every_order_gives_each_row_once_empty_ones_last(shop: Shop, sign: str) -> None:
    call, rows = shop
    for name in sortable(records[KIND].meta):
        found, totals = await _pages(call, 7, sort=f"{sign}{name}", archived="all")
        assert sorted(one["id"] for one in found) == sorted(one["id"] for one in rows), name
        assert totals == {len(rows)}, name
        values = [one.get(name) for one in found]
        given_ = [one for one in values if one is not None]
        assert values == given_ + [None] * (len(values) - len(given_)), name
        if name in ("headcount", "version", "created_at", "updated_at"):
            assert given_ == sorted(given_, reverse=bool(sign)), name
        if name == "annual_revenue":
            amounts = [float(one["amount"]) for one in given_]
            assert amounts == sorted(amounts, reverse=bool(sign))


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _amount(row: dict[str, Any]) -> float | None:
    value = row.get("annual_revenue")
    return None if value is None else float(value["amount"])


MEETS: dict[str, Any] = {
    "name": lambda row, v: row["name"] == v,
    "name_in": lambda row, v: row["name"] in v,
    "name_contains": lambda row, v: _fold(v) in _fold(row["name"]),
    "trade_name_is_set": lambda row, v: ("trade_name" in row) == v,
    "tier": lambda row, v: row.get("tier") == v,
    "tier_in": lambda row, v: row.get("tier") in v,
    "tier_is_set": lambda row, v: ("tier" in row) == v,
    "industry": lambda row, v: row.get("industry") == v,
    "headcount_from": lambda row, v: row.get("headcount", -1) >= v and "headcount" in row,
    "headcount_to": lambda row, v: row.get("headcount", 99) <= v and "headcount" in row,
    "annual_revenue_from": lambda row, v: (a := _amount(row)) is not None and a >= float(v),
    "annual_revenue_to": lambda row, v: (a := _amount(row)) is not None and a <= float(v),
    "emails_has": lambda row, v: v in row["emails"],
    "is_taxable_person": lambda row, v: row["is_taxable_person"] == v,
    "owner_id": lambda row, v: row["owner_id"] == v,
    "owner_id_in": lambda row, v: row["owner_id"] in v,
    "lifecycle": lambda row, v: row["lifecycle"] == v,
    "updated_at_from": lambda row, v: row["updated_at"] >= v,
    "created_at_to": lambda row, v: row["created_at"] <= v,
}
NUMBERS = st.sampled_from([-4, 0, 1, 2, 7, 8])
ROW = st.integers(0, 59)
VALUES: dict[str, Any] = {
    "name": st.sampled_from(NAMES),
    "name_in": st.lists(st.sampled_from(NAMES), max_size=3),
    "name_contains": st.sampled_from(["e", "ÉL", "oe", "_", "%", "b%", "toile", "zzz"]),
    "trade_name_is_set": st.booleans(),
    "tier": st.sampled_from("ABC"),
    "tier_in": st.lists(st.sampled_from("ABC"), max_size=2),
    "tier_is_set": st.booleans(),
    "industry": st.sampled_from(["bois", "Bois", "x"]),
    "headcount_from": NUMBERS,
    "headcount_to": NUMBERS,
    "annual_revenue_from": st.sampled_from(["-3", "10", "10.5", "10.51"]),
    "annual_revenue_to": st.sampled_from(["-3", "0.00", "10.5", "10.49"]),
    "emails_has": st.sampled_from(["a@b.fr", "c@d.fr", "x"]),
    "is_taxable_person": st.booleans(),
    "lifecycle": st.sampled_from(["prospect", "dormant"]),
    # Values of a row, by its number.
    "owner_id": ROW.map(lambda at: ("owner_id", at)),
    "owner_id_in": st.lists(ROW, max_size=2).map(lambda at: ("owner_id", at)),
    "updated_at_from": ROW.map(lambda at: ("updated_at", at)),
    "created_at_to": ROW.map(lambda at: ("created_at", at)),
}
conditions = st.lists(st.sampled_from(sorted(MEETS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)


def _filled(rows: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    """Conditions with the values of the rows they name."""
    out = {}
    for name, value in asked.items():
        column, at = value if isinstance(value, tuple) else (None, None)
        if column is None:
            out[name] = value
        else:
            out[name] = [rows[n][column] for n in at] if isinstance(at, list) else rows[at][column]
    return out


@few
@given(
    asked=conditions,
    archived=st.sampled_from(["active", "archived", "all"]),
    limit=st.integers(1, 30),
    order=st.integers(0, 1000),
)
async def test_conditions_keep_the_rows_that_meet_them_all(
    shop: Shop, asked: dict[str, Any], archived: str, limit: int, order: int
) -> None:
    call, rows = shop
    sorts = sortable(records[KIND].meta)
    given_ = _filled(rows, asked)
    kept = {"active": (False,), "archived": (True,), "all": (False, True)}[archived]
    expected = [
        row["id"]
        for row in rows
        if ("archived_at" in row) in kept and all(MEETS[n](row, v) for n, v in given_.items())
    ]

    found, totals = await _pages(
        call, limit, sort=sorts[order % len(sorts)], archived=archived, **given_
    )

    assert sorted(one["id"] for one in found) == sorted(expected)
    assert totals == {len(expected)}
    counted = await call(f"{KIND}.count", archived=archived, **given_)
    assert counted["count"] == len(expected)


async def test_a_cursor_belongs_to_its_own_list(shop: Shop) -> None:
    call, _ = shop
    page = await call(f"{KIND}.list", limit=3, sort="name", tier="A")
    cursor = page["next_cursor"]
    assert (await call(f"{KIND}.list", limit=9, sort="name", tier="A", cursor=cursor))["items"]

    for given_ in (
        {"sort": "-name", "tier": "A"},
        {"sort": "headcount", "tier": "A"},
        {"sort": "name", "tier": "B"},
        {"sort": "name"},
        {"sort": "name", "tier": "A", "archived": "all"},
    ):
        refusal = await call.refused(f"{KIND}.list", cursor=cursor, **given_)
        assert [one["path"] for one in refusal["errors"]] == ["cursor"]
    refusal = await call.refused("crm.party.list", cursor=cursor, sort="name")
    assert [one["path"] for one in refusal["errors"]] == ["cursor"]


def _forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


async def _code(call: Desk, **given_: Any) -> str:
    try:
        await call(f"{KIND}.list", **given_)
    except Problem as refused:
        return refused.code
    return "ok"


async def test_a_forged_cursor_is_refused_and_never_a_fault(shop: Shop) -> None:
    call, _ = shop
    codes = set()
    for sort in ("name", "headcount", "annual_revenue", "next_step_on", "updated_at"):
        page = await call(f"{KIND}.list", limit=1, sort=sort)
        own = page["next_cursor"]
        digest, _, last = orjson.loads(base64.urlsafe_b64decode(own + "=" * (-len(own) % 4)))
        values: tuple[Any, ...] = (
            ["x"],
            {},
            "\x00",
            "9" * 40,
            10**18,
            "NaN",
            "é",
            True,
            "2026-13-45",
            "1e999999",
        )
        cursors = [_forged(digest, value, last) for value in values]
        cursors += [_forged(digest, None, 5), _forged(digest, None, None), _forged(digest, None)]
        cursors += [_forged({}, [], []), _forged(), "x", "é", "=", "\x00", own[:-2], own + "AA"]
        for cursor in cursors:
            codes.add(await _code(call, sort=sort, cursor=cursor))
    assert codes == {"ok", "invalid"}


async def test_fields_narrow_an_answer_and_nothing_else(shop: Shop) -> None:
    call, rows = shop
    page = await call(f"{KIND}.list", fields=["id", "name"], limit=50)
    assert {frozenset(one) for one in page["items"]} == {frozenset({"id", "name"})}
    got = await call(f"{KIND}.get", id=rows[0]["id"], fields=["name"])
    assert got == {"name": rows[0]["name"]}

    for given_ in ({"fields": ["salary"]}, {"fields": ["name", "org_id"]}, {"sort": "emails"}):
        refusal = await call.refused(f"{KIND}.list", **given_)
        assert [one["path"] for one in refusal["errors"]] == [*given_]


async def test_a_change_of_the_party_is_a_change_of_the_customer(call: Desk) -> None:
    first = await call(f"{KIND}.create", name="Un")
    await call(f"{KIND}.create", name="Deux")

    await call("crm.party.update", id=first["party_id"], trade_name="Premier")

    newest = (await call(f"{KIND}.list", sort="-updated_at"))["items"][0]
    assert newest["id"] == first["id"]
    assert newest["updated_at"] > first["updated_at"]
    since = await call(f"{KIND}.list", updated_at_from=newest["updated_at"])
    assert [one["id"] for one in since["items"]] == [first["id"]]
    written = await call(f"{KIND}.update", id=first["id"], trade_name="Second")
    assert written == await call(f"{KIND}.get", id=first["id"])


async def test_totals_are_exact_to_ten_thousand_and_say_when_not(
    house: House, call: Desk, database: TestDatabase
) -> None:
    async with connected(database.admin) as admin:
        await admin.execute(
            """INSERT INTO crm_lead (org_id, id, title, company_name, score, status, version,
                 created_at, updated_at)
               SELECT $1, gen_random_uuid(), 'T', CASE WHEN n > 3 THEN 'many' END, 0, 'new', 1,
                 now(), now() FROM generate_series(1, 10003) n""",
            house.org_id,
        )
    every = await call("crm.lead.list", limit=1)
    many = await call("crm.lead.list", limit=1, company_name="many")
    last = await call("crm.lead.list", limit=1, title_contains="t", company_name_is_set=False)

    assert (every["total"], every["total_is_exact"]) == (10_000, False)
    assert (many["total"], many["total_is_exact"]) == (10_000, True)
    assert (last["total"], last["total_is_exact"]) == (3, True)
    assert (await call("crm.lead.count"))["count"] == 10_003


async def test_a_page_after_the_last_row_is_empty(call: Desk) -> None:
    made = [await call("crm.party.create", name=f"P{n}") for n in range(3)]
    page = await call("crm.party.list", limit=2, sort="name")
    await call("crm.party.delete", id=made[2]["id"])

    after = await call("crm.party.list", limit=2, sort="name", cursor=page["next_cursor"])

    assert (after["items"], after["has_more"]) == ([], False)
    assert (await call.refused("crm.party.get", id=f"pty_{uuid7().hex}"))["code"] == "not_found"


async def test_an_identifier_is_found_however_it_is_written(call: Desk) -> None:
    made = await call("crm.customer.create", name="Four", siren="732829320")

    for written in ("732829320", " 732 829 320"):
        found = await call("crm.customer.list", siren=written)
        assert [one["id"] for one in found["items"]] == [made["id"]]
    told = await call.refused("crm.customer.list", siren="732 829 321")
    assert told["errors"][0]["path"] == "siren"
