"""Granting: nobody gives what they do not hold, and an organisation keeps an owner."""

import asyncio
from typing import Any

import pytest

from eyeot.declare.problem import Problem
from eyeot.runtime.engine import Engine
from eyeot.testing import Desk, House

ADMIN = [
    {"permission": "core:admin", "reach": "organisation"},
    {"permission": "core:read", "reach": "organisation"},
    {"permission": "core:write", "reach": "organisation"},
    {"permission": "crm:read", "reach": "own"},
]


@pytest.fixture
async def admin(house: House) -> Desk:
    """Somebody who administers and reads their own customers, at the console."""
    await house.person("admin")
    made = await house.operator.call("core.role.create", name="front desk", permissions=ADMIN)
    made = await house.operator.call(
        "core.api_key.create",
        name="console",
        role_id=made.result["id"],
        owner_id=house.people["admin"],
        provenance="off",
    )
    return Desk(house.engine, await house.engine.authenticate(made.result["key"], None))


async def _at_console(desk: Desk, action: str, **arguments: Any) -> str:
    """The code of a refusal, or `ok`."""
    try:
        await desk.answer(action, surface="console", **arguments)
    except Problem as refused:
        return refused.code
    return "ok"


async def _role(house: House, name: str, **more: Any) -> str:
    found = (await house.operator.call("core.role.list", name=name)).result["items"]
    if not found:
        found = [(await house.operator.call("core.role.create", name=name, **more)).result]
    role: str = found[0]["id"]
    return role


BEYOND = [
    {"permission": "crm:write", "reach": "own"},
    {"permission": "crm:read", "reach": "team"},
    {"permission": "crm:read", "reach": "organisation"},
    {"permission": "crm.party:delete", "reach": "own"},
    {"permission": "*", "reach": "own"},
    {"permission": "crm:*", "reach": "own"},
]


@pytest.mark.parametrize("granted", BEYOND)
async def test_nobody_makes_or_changes_a_role_beyond_what_they_hold(
    house: House, admin: Desk, granted: dict[str, str]
) -> None:
    mine = await _role(house, "mine")
    given = {"permissions": [granted]}

    assert await _at_console(admin, "core.role.create", name="more", **given) == "conflict"
    assert await _at_console(admin, "core.role.update", id=mine, **given) == "conflict"
    assert await _at_console(admin, "core.role.grant_permission", id=mine, **granted) == "conflict"


@pytest.mark.parametrize("granted", BEYOND)
async def test_nobody_hands_out_or_restores_a_role_beyond_what_they_hold(
    house: House, admin: Desk, granted: dict[str, str]
) -> None:
    more = await _role(house, "more", permissions=[granted])
    user = house.people["admin"]

    assert await _at_console(admin, "core.role.assign", id=more, user_id=user) == "conflict"
    assert await _at_console(admin, "core.api_key.create", name="k", role_id=more) == "conflict"
    await house.operator.call("core.role.archive", id=more)
    assert await _at_console(admin, "core.role.restore", id=more) == "conflict"


async def test_what_is_held_may_be_given(house: House, admin: Desk) -> None:
    user, own = house.people["admin"], [{"permission": "crm:read", "reach": "own"}]
    role = await _role(house, "reader", permissions=own)

    assert await _at_console(admin, "core.role.create", name="two", permissions=own) == "ok"
    assert await _at_console(admin, "core.role.assign", id=role, user_id=user) == "ok"
    assert await _at_console(admin, "core.api_key.create", name="k", role_id=role) == "ok"
    assert await _at_console(admin, "core.api_key.create", name="k", scopes=["core:read"]) == "ok"
    assert await _at_console(admin, "core.role.archive", id=role) == "ok"
    assert await _at_console(admin, "core.role.restore", id=role) == "ok"


@pytest.mark.parametrize("scope", ["crm:read", "crm:write", "*", "crm:*"])
async def test_a_key_without_a_role_reaches_no_further_than_its_maker(
    house: House, admin: Desk, scope: str
) -> None:
    key = (await house.make_key("core:read"))["id"]

    made = await _at_console(admin, "core.api_key.create", name="k", scopes=[scope])
    changed = await _at_console(admin, "core.api_key.update", id=key, scopes=[scope])

    assert (made, changed) == ("invalid", "invalid")


async def test_a_key_is_not_changed_into_one_that_can_do_more_or_nothing(
    house: House, admin: Desk
) -> None:
    role = await _role(house, "sales")
    key = (await house.make_key("core:read"))["id"]

    assert await _at_console(admin, "core.api_key.update", id=key, role_id=role) == "conflict"
    assert await _at_console(admin, "core.api_key.update", id=key, scopes=[]) == "invalid"
    assert await _at_console(admin, "core.api_key.update", id=key, name="renamed") == "ok"


async def test_the_owners_role_stays_as_it_is(house: House) -> None:
    desk = await house.desk("*")
    owner = await _role(house, "owner")

    assert (await desk.refused("core.role.archive", id=owner))["code"] == "conflict"
    changes: tuple[dict[str, Any], ...] = (
        {"name": "boss"},
        {"permissions": []},
        {"description": "none"},
    )
    for given in changes:
        assert await _at_console(desk, "core.role.update", id=owner, **given) == "conflict"
    taken = await desk.refused("core.role.revoke_permission", id=owner, permission="*")
    assert taken["code"] == "conflict"


async def test_the_last_owner_who_can_act_keeps_the_role(house: House) -> None:
    first, second = await house.person("ada", "owner"), await house.person("bo", "owner")
    owner = await _role(house, "owner")
    desk = await house.desk("*")
    await desk("core.user.suspend", id=second, reason="left")

    for action, given in (
        ("core.role.unassign", {"id": owner, "user_id": first}),
        ("core.user.suspend", {"id": first, "reason": "left"}),
    ):
        assert (await desk.refused(action, **given))["code"] == "conflict"
    soon = {"id": owner, "user_id": first, "expires_at": "2099-01-01T00:00:00Z"}
    assert await _at_console(desk, "core.role.assign", **soon) == "conflict"
    await desk("core.role.unassign", id=owner, user_id=second)


@pytest.mark.parametrize("action", ["core.role.unassign", "core.user.suspend"])
async def test_two_calls_at_once_do_not_remove_the_last_two_owners(
    house: House, engine: Engine, action: str
) -> None:
    people = [await house.person(name, "owner") for name in ("ada", "bo")]
    owner = await _role(house, "owner")
    desk = await house.desk("*")

    async def cut(user: str) -> str:
        role = {"id": owner, "user_id": user}
        given = role if action == "core.role.unassign" else {"id": user, "reason": "left"}
        try:
            await desk(action, **given)
        except Problem as refused:
            return refused.code
        return "ok"

    for _ in range(4):
        assert sorted(await asyncio.gather(*map(cut, people))) == ["conflict", "ok"]
        for user in people:
            if action == "core.role.unassign":
                await house.operator.call("core.role.assign", id=owner, user_id=user)
            elif (await desk("core.user.get", id=user))["status"] == "suspended":
                await house.operator.call("core.user.reactivate", id=user)
