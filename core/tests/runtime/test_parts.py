"""Parts of a work, and batches: what one holds, the other sees; what is refused or given up is told."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from core.tests.runtime.test_batch import batch, ref, refused
from eyeot import Conflict
from eyeot.declare.record import records
from eyeot.testing import Desk, House

Handler = Callable[[Any, Any], Awaitable[Any]]


async def acted(desk: Desk, handler: Handler) -> Any:
    """What comes of a handler in the place of an action that writes teams."""
    actions = desk.engine.catalogue.actions
    kept = actions["crm.party.create"]
    actions["crm.party.create"] = replace(kept, handler=handler)
    try:
        return await desk("crm.party.create", name="x")
    finally:
        actions["crm.party.create"] = kept


async def _party(ctx: Any, name: str) -> Any:
    return await ctx.add(records["crm.party"](name=name, kind="company"))


async def test_what_a_part_changed_is_what_the_whole_goes_on_with(call: Desk) -> None:
    async def handler(ctx: Any, _: Any) -> Any:
        row = await _party(ctx, "Une")
        async with ctx.attempt() as part:
            again = await part.get(type(row), row.id, lock=True)
            again.name = "Deux"
        assert row.name == "Deux"
        row.website = "https://deux.example"
        return row

    told = await acted(call, handler)
    found = await call("crm.party.get", id=told["id"])
    assert (found["name"], found["website"], found["version"]) == (
        "Deux", "https://deux.example", told["version"],
    )  # fmt: skip


async def test_a_part_that_is_undone_leaves_the_whole_as_it_was(call: Desk) -> None:
    async def handler(ctx: Any, _: Any) -> Any:
        row = await _party(ctx, "Une")
        with suppress(Conflict):
            async with ctx.attempt() as part:
                again = await part.get(type(row), row.id, lock=True)
                again.name = "Deux"
                await _party(part, "Autre")
                raise Conflict(reason="no")
        row.website = "https://une.example"
        return row

    told = await acted(call, handler)
    assert (told["name"], told["website"]) == ("Une", "https://une.example")
    assert (await call("crm.party.count"))["count"] == 1
    assert (await call("crm.party.search", query="autre"))["items"] == []


async def test_a_record_of_a_finished_part_is_not_changed_in_silence(call: Desk) -> None:
    async def handler(ctx: Any, _: Any) -> Any:
        async with ctx.attempt() as part:
            made = await _party(part, "Une")
        with pytest.raises(RuntimeError, match="let go"):
            made.name = "Deux"
        return await ctx.get(type(made), made.id)

    assert (await acted(call, handler))["name"] == "Une"


async def test_what_a_later_call_of_a_batch_deletes_is_no_matter_for_the_index(call: Desk) -> None:
    answer = await batch(
        call,
        ("crm.party.create", {"name": "Éphémère"}),
        ("crm.party.update", {"id": ref("1.id"), "name": "Disparue", "expected_version": 1}),
        ("crm.party.delete", {"id": ref("1.id")}),
    )

    assert len(answer.results) == 3
    for word in ("éphémère", "disparue"):
        assert (await call("crm.party.search", query=word))["items"] == []


async def test_a_customer_touched_and_then_deleted_in_a_batch_leaves_no_entry(call: Desk) -> None:
    made = await call("crm.customer.create", name="Touchée")
    await batch(
        call,
        ("crm.customer.update", {"id": made["id"], "website": "https://t.example"}),
        ("crm.party.update", {"id": made["party_id"], "name": "Renommée"}),
    )

    found = (await call("crm.customer.search", query="renommée"))["items"]
    assert [one["label"] for one in found] == ["Renommée"]


async def test_versions_are_checked_from_call_to_call(call: Desk) -> None:
    told = await refused(
        call,
        ("crm.party.create", {"name": "Une"}),
        ("crm.party.update", {"id": ref("1.id"), "name": "Deux", "expected_version": ref("1.version")}),
        ("crm.party.update", {"id": ref("1.id"), "name": "Trois", "expected_version": ref("1.version")}),
    )  # fmt: skip

    assert (told["code"], told["call"]) == ("version_conflict", 3)


@pytest.mark.parametrize("wrap", [lambda v: {"a": v}, lambda v: [v]])
async def test_endless_nesting_is_refused(call: Desk, wrap: Callable[[Any], Any]) -> None:
    deep: Any = ref("1.id")
    for _ in range(900):
        deep = wrap(deep)
    told = await refused(
        call, ("crm.party.create", {"name": "Une"}), ("crm.party.create", {"name": deep})
    )

    assert (told["code"], told["call"]) == ("invalid", 2)


async def test_references_do_not_multiply_what_was_answered(call: Desk) -> None:
    for n in range(20):
        await call("crm.party.create", name=f"Société {n}")
    items = [{"name": "x", "addresses": ref("1.items")} for _ in range(500)]
    told = await refused(
        call,
        ("crm.party.list", {"limit": 20}),
        ("crm.party.bulk_create", {"items": items, "mode": "best_effort"}),
    )

    assert (told["code"], told["call"]) == ("invalid", 2)
    assert "refer" in told["errors"][0]["reason"]


async def test_a_batch_whose_caller_left_is_audited(call: Desk) -> None:
    began = asyncio.Event()

    async def waits(_: Any, __: Any) -> Any:
        began.set()
        await asyncio.Event().wait()

    actions = call.engine.catalogue.actions
    kept = actions["crm.party.update"]
    actions["crm.party.update"] = replace(kept, handler=waits)
    try:
        going = asyncio.create_task(
            batch(
                call,
                ("crm.party.create", {"name": "Une"}),
                ("crm.party.update", {"id": ref("1.id"), "name": "Deux"}),
            )
        )
        await began.wait()
        going.cancel()
        await asyncio.wait([going])
    finally:
        actions["crm.party.update"] = kept
    assert going.cancelled()
    assert (await call("crm.party.count"))["count"] == 0

    events = (await call("core.audit_event.list", sort="-at", limit=10))["items"]
    told = {(one["action"], one["outcome"], one.get("code")) for one in events}
    assert {
        ("crm.party.create", "failed", "cancelled"),
        ("crm.party.update", "failed", "cancelled"),
    } <= told


async def test_a_batch_too_long_is_audited(house: House, call: Desk) -> None:
    await refused(call, *[("crm.party.list", dict[str, Any]())] * 51)

    events = (await call("core.audit_event.list", sort="-at", limit=60))["items"]
    assert [one["code"] for one in events if one["action"] == "crm.party.list"] == ["invalid"] * 50
