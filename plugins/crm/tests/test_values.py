"""Values: what is given is what is stored and found again, or is refused by name."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.tests.raw import connected
from eyeot.declare.money import LARGEST, MINOR_UNITS
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
plain = st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"))
texts = st.lists(st.text(plain, min_size=1, max_size=20), min_size=1, max_size=8).map(" ".join)


def _paths(refusal: dict[str, Any]) -> list[str]:
    assert refusal["code"] == "invalid", refusal
    return [one["path"] for one in refusal["errors"]]


@few
@given(
    currency=st.sampled_from(["EUR", "USD", *MINOR_UNITS]),
    units=st.integers(-(10**12), 10**12),
)
async def test_money_survives_the_database(call: Desk, currency: str, units: int) -> None:
    amount = Decimal(units).scaleb(-MINOR_UNITS.get(currency, 2))
    value = {"amount": str(amount), "currency": currency}
    made = await call("crm.customer.create", name="X", annual_revenue=value)

    kept = (await call("crm.customer.get", id=made["id"]))["annual_revenue"]

    assert (Decimal(kept["amount"]), kept["currency"]) == (amount, currency)
    assert made["annual_revenue"] == kept


@pytest.mark.parametrize("amount", [str(LARGEST), str(-LARGEST), "0", "0.01"])
async def test_the_largest_and_smallest_amounts_are_kept(call: Desk, amount: str) -> None:
    made = await call("crm.customer.create", name="X", annual_revenue={"amount": amount})

    kept = (await call("crm.customer.get", id=made["id"]))["annual_revenue"]["amount"]
    assert Decimal(kept) == Decimal(amount)


@few
@given(text=texts)
async def test_text_of_any_script_is_kept_listed_and_searched(call: Desk, text: str) -> None:
    made = await call("crm.lead.create", title=text[:200].strip(), company_name="X", need=text)

    got = await call("crm.lead.get", id=made["id"])
    found = await call("crm.lead.list", need=text, limit=100)
    contained = await call("crm.lead.list", need_contains=text[:200].strip(), limit=100)
    await call("core.session.search", query=text[:200].strip())

    assert (got["need"], got["title"]) == (text, text[:200].strip())
    assert made["id"] in {one["id"] for one in found["items"]}
    assert made["id"] in {one["id"] for one in contained["items"]} or contained["has_more"]


@pytest.mark.parametrize(
    "text",
    [
        'O\'Brien "&" <script>alert(1)</script>',
        "'; DROP TABLE crm_lead; --",
        "100 % _ \\ %s {0} $1 :name",
        "🥐 Boulangerie 👩‍🍳",
        "مخبز الجسر",
        "a\u202eb",
        "e\u0301clair",
        "line\nbreak\ttab",
        "ﬁn ŒUF ß İ",
    ],
)
async def test_awkward_text_is_only_text(call: Desk, text: str) -> None:
    made = await call("crm.lead.create", title=text, company_name=text)

    assert made["title"] == text
    assert (await call("crm.lead.list", title=text))["total"] == 1
    assert (await call("crm.lead.list", title_contains=text))["total"] == 1
    hits = await call("crm.lead.search", query=text)
    assert [one["label"] for one in hits["items"]] == [text]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\udfffb"])
async def test_what_is_no_text_is_refused_where_it_stands(call: Desk, text: str) -> None:
    for given_, path in (
        ({"title": text}, "title"),
        ({"title": "x", "budget": {"amount": text}}, "budget.amount"),
        ({"title": "x", text: 1}, ""),
    ):
        assert path in _paths(await call.refused("crm.lead.create", **given_))
    assert (await call("crm.lead.count"))["count"] == 0


async def test_lengths_are_kept_in_letters_not_bytes(call: Desk) -> None:
    made = await call("crm.lead.create", title="é" * 200, company_name="👩" * 200)
    assert (len(made["title"]), len(made["company_name"])) == (200, 200)

    for given_ in ({"title": "é" * 201}, {"title": ""}, {"title": "   "}):
        refusal = await call.refused("crm.lead.create", company_name="X", **given_)
        assert _paths(refusal) == ["title"]
    refusal = await call.refused("crm.lead.update", id=made["id"], need="x" * 4001)
    assert _paths(refusal) == ["need"]


@pytest.mark.parametrize(
    ("action", "given_"),
    [
        ("core.api_key.create", {"name": "x" * 101, "scopes": ["crm:read"]}),
        ("core.user.suspend", {"id": "$owner", "reason": "x" * 100_000}),
        ("core.api_key.revoke", {"id": "$key", "reason": "x" * 301}),
        ("core.api_key.create", {"name": "", "scopes": ["crm:read"]}),
    ],
)
async def test_business_actions_keep_to_the_lengths_of_fields(
    house: House, call: Desk, action: str, given_: dict[str, Any]
) -> None:
    named = {"$owner": house.people["owner"], "$key": (await house.make_key("crm:read"))["id"]}
    arguments = {n: named.get(v, v) if isinstance(v, str) else v for n, v in given_.items()}

    refusal = await call.refused(action, surface="console", **arguments)

    assert len(_paths(refusal)) == 1


NUMBERS = [10**18, 2**63, -(2**63) - 1, 10**40, 1.5, float("inf"), "many", True, [1], {}]


@pytest.mark.parametrize("number", NUMBERS)
async def test_numbers_beyond_a_field_are_refused_by_its_name(call: Desk, number: Any) -> None:
    refusal = await call.refused("crm.customer.create", name="X", headcount=number)
    assert _paths(refusal) == ["headcount"]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**40, -(10**300)])
async def test_numbers_beyond_a_condition_are_refused_by_its_name(call: Desk, number: int) -> None:
    for verb in ("list", "count"):
        refusal = await call.refused(f"crm.customer.{verb}", headcount_from=number)
        assert _paths(refusal) == ["headcount_from"]
    assert (await call("crm.customer.list", headcount_from=2**63 - 1))["total"] == 0


@pytest.mark.parametrize("amount", ["1e500000", "-1e131073", "1e-20000", "NaN", "Infinity", "x"])
async def test_decimals_beyond_a_field_are_refused(call: Desk, amount: str) -> None:
    refusal = await call.refused("crm.customer.list", annual_revenue_from=amount)
    assert _paths(refusal) == ["annual_revenue_from"]
    refusal = await call.refused("crm.customer.create", name="X", annual_revenue={"amount": amount})
    assert _paths(refusal)[0].startswith("annual_revenue")


@pytest.mark.parametrize("chance", ["100.01", "-1", "1e-17000", "3" * 20_000, "NaN"])
async def test_a_chance_beyond_what_can_be_is_refused(call: Desk, chance: str) -> None:
    given_ = {"pipeline_id": "ppl_01h455vb4pex5vsknk084sn02q", "name": "S", "probability": chance}
    assert _paths(await call.refused("crm.stage.create", **given_)) == ["probability"]


async def test_null_clears_what_may_be_empty_and_nothing_else(call: Desk) -> None:
    made = await call("crm.customer.create", name="X", tier="A", siren="732829320", headcount=3)

    cleared = await call("crm.customer.update", id=made["id"], tier=None, siren=None)
    assert {"tier", "siren"} & cleared.keys() == set()
    assert cleared["headcount"] == 3
    for name in ("name", "emails", "is_taxable_person", "language"):
        refusal = await call.refused("crm.customer.update", id=made["id"], **{name: None})
        assert _paths(refusal) == [name]


@pytest.mark.parametrize(
    "given_", [{"nme": "x"}, {"lifecycle": "customer"}, {"id2": 1}, {"version": 3}, {"": 1}]
)
async def test_what_an_action_does_not_take_is_refused_by_name(
    call: Desk, given_: dict[str, Any]
) -> None:
    made = await call("crm.customer.create", name="X")

    refusal = await call.refused("crm.customer.update", id=made["id"], tier="A", **given_)

    assert _paths(refusal) == [*given_]
    assert "tier" not in await call("crm.customer.get", id=made["id"])


@pytest.mark.parametrize(
    "id",
    [
        "lead_01h455vb4pex5vsknk084sn02q",
        "xyz_01h455vb4pex5vsknk084sn02q",
        "",
        "  ",
        7,
        None,
        ["cus_01h455vb4pex5vsknk084sn02q"],
    ],
)
async def test_an_identifier_of_another_kind_is_refused(call: Desk, id: Any) -> None:
    assert _paths(await call.refused("crm.customer.get", id=id)) == ["id"]


@pytest.mark.parametrize(
    "id",
    [
        "cus_01h455vb4pex5vsknk084sn02q",
        "CUS_01H455VB4PEX5VSKNK084SN02Q",
        "cus_01H455VB4PEX5VSKNK084SN02Q",
        "cus_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "000000000",
        "nobody@example.fr",
    ],
)
async def test_an_identifier_of_nothing_is_not_found(call: Desk, id: str) -> None:
    assert (await call.refused("crm.customer.get", id=id))["code"] == "not_found"


@pytest.mark.parametrize("day", ["0001-01-01", "1582-10-10", "2024-02-29", "9999-12-31"])
async def test_every_date_is_kept(call: Desk, day: str) -> None:
    lead = await call("crm.lead.create", title="X", company_name="X")
    given_ = {"id": lead["id"], "reason": "no_need", "recycle_on": day}

    kept = await call("crm.lead.disqualify", **given_)

    assert kept["recycle_on"] == day
    assert (await call("crm.lead.list", recycle_on_from=day, recycle_on_to=day))["total"] == 1


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "hier", "10000-01-01", ""])
async def test_what_is_no_date_is_refused(call: Desk, day: str) -> None:
    assert _paths(await call.refused("crm.lead.list", recycle_on_from=day)) == ["recycle_on_from"]


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2027-07-01T12:00:00Z", "2027-07-01T12:00:00.000Z"),
        ("2027-07-01T14:00:00+02:00", "2027-07-01T12:00:00.000Z"),
        ("2027-07-01T14:00:00", "2027-07-01T12:00:00.000Z"),
        ("2027-01-01", "2026-12-31T23:00:00.000Z"),
    ],
)
async def test_a_time_without_a_zone_is_the_organisations(
    house: House, moment: str, told: str
) -> None:
    made = await house.make_key("crm:read", expires_at=moment)

    kept = (await house.operator.call("core.api_key.get", id=made["id"])).result["expires_at"]
    found = await house.operator.call(
        "core.api_key.list", expires_at_from=moment, expires_at_to=moment
    )

    assert kept == told
    assert [one["id"] for one in found.result["items"]] == [made["id"]]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x"])
async def test_a_time_outside_the_calendar_is_refused(call: Desk, moment: str) -> None:
    assert _paths(await call.refused("crm.lead.list", created_at_from=moment)) == [
        "created_at_from"
    ]


async def test_times_are_told_in_utc_and_days_in_the_organisations_zone(
    house: House, database: TestDatabase
) -> None:
    call = await house.desk("crm:read", "crm:write", owner=await _owner(house))
    now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    house.engine.clock, former = (lambda: now), house.engine.clock
    try:
        lead = await call("crm.lead.create", title="X", company_name="X")
    finally:
        house.engine.clock = former
    assert lead["created_at"] == "2026-12-31T23:30:00.000Z"
    day = date(2027, 1, 1)
    for since, expected in ((day, 1), (day + timedelta(days=1), 0)):
        found = await call("crm.lead.list", created_at_from=since.isoformat())
        assert found["total"] == expected
    async with connected(database.admin) as admin:
        kept = await admin.fetchval(
            "SELECT created_at FROM crm_lead WHERE org_id = $1", house.org_id
        )
    assert kept == now


async def _owner(house: House) -> str:
    await house.person("owner", "owner")
    return "owner"
