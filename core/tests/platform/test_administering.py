"""Administering: nobody grants what they do not hold, and somebody who can administer stays."""

from typing import Any

import pytest

from core.tests.surface.console.browser import member
from eyeot.declare.problem import Problem
from eyeot.deploy.operator import Operator
from eyeot.platform.identity import accounts
from eyeot.storage.pool import taken
from eyeot.testing import Desk, House


async def _at_console(house: House, name: str, *roles: str) -> Desk:
    """A person at the console, as the sign-in finds them."""
    found = await accounts.known(house.engine, await member(house, name, *roles))
    assert found
    house.engine.credentials.forget(house.org_id)
    person = await house.engine.credentials.person(house.org_id, found["id"], found["id"])
    assert person
    return Desk(house.engine, person.caller)


async def _run(desk: Desk, action: str, **given: Any) -> dict[str, Any]:
    return (await desk.answer(action, surface="console", **given)).result


async def _refused(desk: Desk, action: str, **given: Any) -> dict[str, Any]:
    with pytest.raises(Problem) as refused:
        await desk.answer(action, surface="console", **given)
    return refused.value.body()


async def _role(house: House, name: str, *permissions: str, reach: str = "organisation") -> str:
    given = [{"permission": one, "reach": reach} for one in permissions]
    made = await house.operator.call("core.role.create", name=name, permissions=given)
    id: str = made.result["id"]
    return id


async def _known(house: House, name: str) -> str:
    found: str = (await house.operator.call("core.role.list", name=name)).result["items"][0]["id"]
    return found


async def test_nobody_opens_a_teams_records_that_they_do_not_reach(house: House) -> None:
    await house.person("olga", "owner")
    await _role(house, "gatekeeper", "core:read", "core:write", "core:admin")
    await _role(house, "seller", "crm:read", reach="team")
    ada = await _at_console(house, "ada", "gatekeeper")
    anne, plain = await house.person("anne", "seller"), await house.person("paul", "viewer")
    team = (await house.operator.call("core.team.create", name="Lyon")).result["id"]
    refusal = await _refused(ada, "core.team.add_member", id=team, user_id=anne)
    assert refusal["field"] == "permission"
    await house.operator.call(
        "core.role.assign", id=await _known(house, "seller"), user_id=house.people["ada"]
    )
    again = await _refused(ada, "core.team.add_member", id=team, user_id=house.people["ada"])
    assert again["field"] == "permission"
    assert plain
    await house.operator.call("core.team.add_member", id=team, user_id=anne)


async def test_one_who_reaches_a_team_lets_others_into_that_team_only(house: House) -> None:
    await house.person("olga", "owner")
    await _role(house, "lead", "core:read", "core:write", "core:admin")
    await _role(house, "seller", "crm:read", reach="team")
    mine, other = [
        (await house.operator.call("core.team.create", name=name)).result["id"]
        for name in ("A", "B")
    ]
    anne = await house.person("anne", "seller")
    ada = await _at_console(house, "ada", "lead", "seller")
    await house.operator.call("core.team.add_member", id=mine, user_id=house.people["ada"])
    await _run(ada, "core.team.add_member", id=mine, user_id=anne)
    assert (await _refused(ada, "core.team.add_member", id=other, user_id=anne))[
        "field"
    ] == "permission"


async def test_an_organisation_without_owners_keeps_its_last_administrator(house: House) -> None:
    ada, eve = await house.person("ada", "admin"), await house.person("eve", "admin")
    paul = await house.person("paul", "viewer")
    admin = await _known(house, "admin")
    call = house.operator.call
    await call("core.role.unassign", id=admin, user_id=eve)
    attempts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("core.role.unassign", {"id": admin, "user_id": ada}),
        ("core.role.assign", {"id": admin, "user_id": ada, "expires_at": "2090-01-01T00:00:00Z"}),
        ("core.user.suspend", {"id": ada, "reason": "x"}),
        ("core.user.deactivate", {"id": ada, "hand_over_to": paul}),
        ("core.role.archive", {"id": admin}),
        ("core.role.revoke_permission", {"id": admin, "permission": "core:admin"}),
        ("core.role.grant_permission", {"id": admin, "permission": "core:admin", "reach": "own"}),
        ("core.role.update", {"id": admin, "permissions": [{"permission": "core:read"}]}),
    )
    for action, given in attempts:
        with pytest.raises(Problem) as refused:
            await call(action, **given)
        assert "last person who can administer" in refused.value.body()["message"], action
    await call("core.role.assign", id=admin, user_id=eve)
    await call("core.user.suspend", id=ada, reason="x")


async def test_those_who_administer_nothing_come_and_go(house: House) -> None:
    paul = await house.person("paul", "viewer")
    await house.operator.call("core.user.suspend", id=paul, reason="x")
    await house.operator.call("core.user.reactivate", id=paul)
    await house.operator.call("core.role.archive", id=await _known(house, "viewer"))


async def test_who_holds_less_edits_only_what_it_gives_less_of(house: House) -> None:
    await house.person("olga", "owner")
    await _role(house, "gatekeeper", "core:read", "core:write", "core:admin")
    sold = await _role(house, "seller", "crm:read", "crm:write")
    ada = await _at_console(house, "ada", "gatekeeper")
    less = [{"permission": "crm:read", "reach": "own"}]
    await _run(ada, "core.role.update", id=sold, permissions=less)
    more = [{"permission": "crm:read", "reach": "team"}]
    assert (await _refused(ada, "core.role.update", id=sold, permissions=more))[
        "field"
    ] == "permission"
    copy = await _refused(ada, "core.role.create", name="copy", permissions=less)
    assert copy["field"] == "permission"


async def test_a_key_cuts_sessions_and_never_lets_anybody_in(house: House, call: Desk) -> None:
    anne = await house.person("anne", "sales")
    await call("core.user.revoke_sessions", id=anne)
    attempts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("core.user.invite", {"email": "x@y.example", "display_name": "X"}),
        ("core.user.bulk_create", {"items": [{"email": "x@y.example", "display_name": "X"}]}),
        ("core.user.reset_mfa", {"id": anne, "reason": "x"}),
        ("core.user.set_profile", {"display_name": "X"}),
        ("core.organization.switch_context", {}),
    )
    for action, given in attempts:
        refusal = await call.refused(action, **given)
        assert refusal["code"] == "human_required"
        assert refusal["page"].startswith("http://localhost/console/")
    given = {"id": anne, "link_secret": "x", "account_id": str(house.org_id)}
    refusal = await call.refused("core.user.accept_invitation", **given)
    assert refusal["code"] == "operator_required"


async def test_the_site_one_looks_at_changes_nothing_of_what_may_be_reached(house: House) -> None:
    ada = await _at_console(house, "ada", "owner")
    site = await _run(ada, "core.establishment.create", name="Siège", siret="73282932000074")
    before = ada.caller.access.fingerprint
    shown = await _run(ada, "core.organization.switch_context", establishment_id=site["id"])
    assert shown["establishment_id"] == site["id"]
    found = await accounts.known(house.engine, f"ada@{house.operator.slug}.example")
    assert found
    person = await house.engine.credentials.person(house.org_id, found["id"], found["id"])
    assert person
    assert person.caller.access.fingerprint == before


async def test_nobody_learns_of_sessions_elsewhere(house: House) -> None:
    other = await House.open(house.engine, "Ailleurs SARL")
    await member(house, "olga", "owner")
    email = await member(other, "anne", "owner")
    found = await accounts.known(house.engine, email)
    assert found
    given = {"email": email, "display_name": "Anne", "account_id": str(found["id"])}
    here = (await house.operator.call("core.user.register", **given)).result["id"]
    async with taken(house.engine.database.relay) as connection:
        for house_id, mark in ((house.org_id, b"1"), (other.org_id, b"2")):
            await connection.execute(
                "INSERT INTO eyeot_session (id, secret_hash, account_id, org_id, verified, signed_in_at,"
                " proven_at, seen_at, expires_at, ip) VALUES (gen_random_uuid(), $1, $2, $3, true, now(),"
                " now(), now(), now() + interval '1 day', $4)",
                mark + house.org_id.bytes, found["id"], house_id, f"192.0.2.{mark.decode()}",
            )  # fmt: skip
    told = (await house.operator.call("core.user.list_sessions", id=here)).result
    assert [one["ip"] for one in told["sessions"]] == ["192.0.2.1"]
    # A person's id of another organisation names nobody here.
    theirs = other.people["anne"]
    with pytest.raises(Problem) as refused:
        await house.operator.call("core.user.list_sessions", id=theirs)
    assert refused.value.code == "not_found"


async def test_nobody_is_invited_beyond_the_seats(house: House) -> None:
    await house.license(seats=1)
    await house.person("olga", "owner")
    operator = await Operator.of(house.engine, house.operator.slug)
    with pytest.raises(Problem) as refused:
        await operator.call("core.user.invite", email="x@y.example", display_name="X")
    assert refused.value.code == "license_required"
