"""Audit: every call leaves one event, whatever was sent and whatever came of it."""

import asyncio
import itertools
from typing import Any

import pytest

from core.tests.raw import connected
from eyeot.declare.problem import Problem
from eyeot.runtime.request import Request
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

DEEP: list[Any] = []
for _ in range(400):
    DEEP = [DEEP]


@pytest.fixture
async def told(call: Desk, database: TestDatabase) -> Any:
    """The events of the house since the last look, oldest first."""
    seen: set[Any] = set()

    async def look() -> list[dict[str, Any]]:
        async with connected(database.admin) as admin:
            rows = await admin.fetch(
                "SELECT * FROM core_audit_event WHERE org_id = $1 ORDER BY id", call.caller.org_id
            )
        fresh = [dict(row) for row in rows if row["id"] not in seen]
        seen.update(row["id"] for row in rows)
        return fresh

    await look()
    return look


async def _code(desk: Desk, action: str, *, dry: bool = False, **arguments: Any) -> str:
    try:
        await desk.answer(action, dry=dry, **arguments)
    except Problem as refused:
        return refused.code
    return "ok"


async def test_every_call_is_one_event_with_its_outcome(
    call: Desk, told: Any, house: House
) -> None:
    poor = await house.desk("crm:read", made_for="integration")
    await told()
    tried: list[tuple[Desk, str, dict[str, Any], str, str | None]] = [
        (call, "core.session.whoami", {}, "ok", None),
        (call, "core.user.list", {}, "ok", None),
        (call, "core.role.compare", {"role_a": "x", "role_b": "y"}, "refused", "invalid"),
        (call, "core.user.get", {"id": "nobody@example.fr"}, "refused", "not_found"),
        (call, "no.such.action", {"a": 1}, "refused", "not_found"),
        (call, "core.role.create", {"name": "x"}, "refused", "human_required"),
        (call, "core.organization.create", {}, "refused", "operator_required"),
        (poor, "core.user.list", {}, "refused", "permission_denied"),
    ]
    for desk, action, given, outcome, code in tried:
        await _code(desk, action, **given)
        (event,) = await told()
        assert (event["action"], event["outcome"], event["code"]) == (action, outcome, code)
        assert event["credential_id"] == desk.caller.credential_id
        assert event["user_id"] == desk.caller.user_id
        assert event["actor_type"] == desk.caller.actor_type
        assert event["input"] == given
        assert len(event["input_digest"]) == 64
        assert event["changes"] is None
        assert event["duration_ms"] > 0


async def test_a_write_a_dry_run_and_a_refused_write_are_one_event_each(
    call: Desk, told: Any, house: House
) -> None:
    user = house.people["owner"]
    other = await house.person("bo", "owner")
    await told()
    await _code(call, "core.user.suspend", dry=True, id=other, reason="test")
    (previewed,) = await told()
    await _code(call, "core.user.suspend", id=other, reason="left")
    (written,) = await told()
    await _code(call, "core.user.suspend", id=user, reason="left")
    (refused,) = await told()

    assert (previewed["outcome"], previewed["changes"]) == ("dry_run", None)
    assert previewed["events"] == written["events"]
    assert written["outcome"] == "ok"
    (change,) = written["changes"]
    assert change["fields"] == {"status": {"before": "active", "after": "suspended"}}
    assert written["records"] == [f"core.user/{change['id']}"]
    assert (refused["outcome"], refused["changes"]) == ("refused", None)


async def test_secrets_are_not_kept_at_any_depth(call: Desk, told: Any) -> None:
    secret = "s3cret-value"
    given: dict[str, Any] = {
        "password": secret,
        "deep": {"token": secret, "list": [{"Secret": secret}]},
        "a": 1,
    }
    await _code(call, "core.user.list", **given)

    (event,) = await told()
    assert secret not in repr(event["input"])
    assert event["input"]["a"] == 1


async def test_a_made_key_is_nowhere_in_the_audit(house: House, call: Desk, told: Any) -> None:
    made = await house.make_key("crm:read")

    events = [one for one in await told() if one["action"] == "core.api_key.create"]
    assert len(events) == 1
    assert made["key"] not in repr(events)
    assert "secret_hash" not in repr(events)


UNSTORABLE: dict[str, Any] = {
    "nul": "a\x00b",
    "surrogate": "a\ud800b",
    "high": "\udfff",
    "huge": 10**40,
    "negative": -(2**64),
    "deep": DEEP,
    "nan": float("nan"),
    "infinite": float("inf"),
    "long": "x" * 100_000,
    "wide": ["y"] * 50_000,
    "bytes": b"\xff",
    "keys": {1: "one", None: 2},
}


@pytest.mark.parametrize("name", UNSTORABLE)
async def test_what_cannot_be_stored_is_refused_and_audited(
    call: Desk, told: Any, name: str
) -> None:
    value = UNSTORABLE[name]
    for given in ({"email_contains": value}, {"x": {"y": [value]}}, {"limit": value}):
        assert await _code(call, "core.user.list", **given) == "invalid"
        (event,) = await told()
        assert (event["outcome"], event["code"]) == ("refused", "invalid")


@pytest.mark.parametrize("name", ["nul", "surrogate"])
async def test_an_unstorable_name_is_audited_too(call: Desk, told: Any, name: str) -> None:
    text = str(UNSTORABLE[name])
    request = Request(
        action=text, arguments={text: 1}, caller=call.caller, surface="mcp", tool=text, client=text,
        ip=text, trace_id=text,
    )  # fmt: skip
    with pytest.raises(Problem) as refused:
        await call.engine.execute(request)

    assert refused.value.code == "not_found"
    assert len(await told()) == 1


async def test_one_odd_call_spoils_no_others_audit(call: Desk, told: Any) -> None:
    odd: list[dict[str, Any]] = [{"email_contains": value} for value in UNSTORABLE.values()]
    calls = [_code(call, "core.user.list", **given) for given in (*odd, *[{}] * 20)]

    codes = await asyncio.gather(*calls)

    assert codes == ["invalid"] * len(odd) + ["ok"] * 20
    assert len(await told()) == len(codes)


async def test_an_abandoned_call_is_audited_as_far_as_it_came(call: Desk, told: Any) -> None:
    task = asyncio.create_task(_code(call, "core.user.list"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _code(call, "core.session.whoami")

    assert (await told())[-1]["action"] == "core.session.whoami"


async def test_the_client_and_the_trace_are_told(call: Desk, told: Any) -> None:
    request = Request(
        action="core.user.list", arguments={}, caller=call.caller, surface="rest", client="cli/1",
        ip="203.0.113.7", trace_id="4bf92f3577b34da6a3ce929d0e0e4736", tool="list_users",
    )  # fmt: skip
    await call.engine.execute(request)

    (event,) = await told()
    assert (event["surface"], event["tool"], event["client"]) == ("rest", "list_users", "cli/1")
    assert (event["ip"], event["trace_id"]) == (request.ip, request.trace_id)
    assert event["tags"] == ["via:key"]


async def test_events_are_found_by_each_filter_and_paged_without_loss(call: Desk) -> None:
    await call.refused("core.role.create", name="x")
    for _ in range(4):
        await call("core.user.count")
    key = (await call("core.session.whoami"))["actor"]
    listed = "core.audit_event.list"

    async def found(**asked: Any) -> list[dict[str, Any]]:
        return (await call(listed, limit=100, **asked))["items"]  # type: ignore[no-any-return]

    own = await found(credential_id=key["credential"])
    assert {one["actor_type"] for one in own} == {"agent"}
    assert await found(actor=key["name"], at_to=own[0]["at"]) == own
    shown = [one["id"] for one in await found(actor_contains=key["name"].upper())]
    assert set(shown) >= {one["id"] for one in own}
    assert await found(actor_contains="nobody of that name") == []
    assert [one["code"] for one in await found(outcome="refused", action="core.role.create")] == [
        "human_required"
    ]
    assert await found(tags_has="via:oauth") == []
    assert {one["id"] for one in await found(tags_has="via:key")} >= set(shown)

    whole = await found(tags_has="via:cli", sort="at")
    paged: list[str] = []
    page: dict[str, Any] = {"next_cursor": None}
    while "next_cursor" in page:
        more = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        page = await call(listed, tags_has="via:cli", sort="at", limit=2, **more)
        paged += [one["id"] for one in page["items"]]
    assert paged == [one["id"] for one in whole]
    assert len(paged) == len(set(paged)) > 4


async def test_any_mixture_of_filters_finds_what_meets_them_all_and_nothing_else(
    house: House, call: Desk
) -> None:
    other = await house.desk("core:read", owner="owner", made_for="integration")
    for desk in (call, other):
        await desk("core.user.count")
        await desk("core.user.list", limit=1)
        await desk.refused("core.role.create", name="x")
    await call.preview("core.tag.create", name="mixture")
    every = (await call("core.audit_event.list", limit=100))["items"]
    until = every[0]["at"]
    last = [one for one in every if one["at"] <= until]
    values = {
        "actor": {one["actor"] for one in last},
        "credential_id": {one["credential_id"] for one in last if "credential_id" in one},
        "action": {"core.user.count", "core.role.create", "core.no.such"},
        "outcome": {"ok", "refused", "failed"},
        "actor_type": {"agent", "service", "system", "user"},
        "tags_has": {"via:key", "via:cli", "via:oauth"},
    }
    for names in itertools.combinations(values, 2):
        for chosen in itertools.product(*(sorted(values[name]) for name in names)):
            asked = dict(zip(names, chosen, strict=True))
            page = await call("core.audit_event.list", limit=100, at_to=until, **asked)
            meant = [one["id"] for one in last if _meets(one, asked)]
            assert [one["id"] for one in page["items"]] == meant, asked
            assert (page["total"], page["total_is_exact"]) == (len(meant), True), asked
    counted = await call("core.audit_event.count", outcome_in=["refused", "failed"], at_to=until)
    assert counted["count"] == sum(one["outcome"] in ("refused", "failed") for one in last)


def _meets(event: dict[str, Any], asked: dict[str, Any]) -> bool:
    return all(
        value in event["tags"] if name == "tags_has" else event.get(name) == value
        for name, value in asked.items()
    )
