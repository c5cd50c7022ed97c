"""Grants: one consent is one credential, held by its person, its agent's pause and ceiling, and its end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from core.tests.raw import connected
from core.tests.surface.console.browser import Browser, member
from core.tests.surface.oauth.app import App, decide, rest
from eyeot.app import sensitive_permissions
from eyeot.asgi import Site
from eyeot.declare.problem import Invalid, Unauthenticated
from eyeot.platform.jobs import occurrence
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards.authenticate import Credentials
from eyeot.runtime.policy import Compiler
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

ALL = ("core:read", "core:write", "crm:read", "crm:write", "core.job:write")


async def _grants(call: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await call("core.oauth_grant.list", sort="created_at"))["items"]
    return found


async def test_a_consent_is_a_record_with_an_agent_of_its_own(
    site: Site, anne: Browser, house: House, call: Desk
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "crm:read"))["access_token"]
    [grant] = await _grants(call)
    assert (grant["client_name"], grant["redirect_host"]) == ("Claude Code", "127.0.0.1")
    assert (grant["owner_id"], grant["scopes"]) == (house.people["anne"], ["crm:read"])
    agent = await call("core.agent_client.get", id=grant["agent_id"])
    assert (agent["name"], agent["vendor"]) == ("Claude Code · Anne", "Claude Code")
    await rest(app.http, access, "crm.customer.list")
    told = await call("core.agent_client.list_calls", id=agent["id"])
    assert "crm.customer.list" in {one["action"] for one in told["items"]}
    events = await call("core.audit_event.list", tags_has="via:oauth", action="crm.customer.list")
    [event] = events["items"]
    assert (event["actor_type"], event["actor"]) == ("agent", "Claude Code")
    assert event["user_id"] == house.people["anne"]
    by_grant = await call("core.audit_event.list", credential_id=grant["id"])
    assert event["id"] in [one["id"] for one in by_grant["items"]]
    used = await call("core.oauth_grant.usage", id=grant["id"])
    assert {"action": "crm.customer.list", "calls": 1, "refused": 0} in used["actions"]
    assert (await call("core.oauth_grant.get", id=grant["id"]))["last_used_at"]


async def test_who_connects_again_escapes_no_pause_and_no_ceiling(
    site: Site, anne: Browser, house: House, call: Desk
) -> None:
    first = await App.registered(site)
    access = (await first.connected(anne, *ALL))["access_token"]
    [grant] = await _grants(call)
    agent = grant["agent_id"]
    await house.operator.call("core.agent_client.update", id=agent, ceiling=["crm:read"])
    assert (await rest(first.http, access, "core.tag.list")).status_code == 403

    again = await App.registered(site, client_name=" claude\u200b CODE ")
    told = await again.connected(anne, *ALL)

    assert [one["agent_id"] for one in await _grants(call)] == [agent, agent]
    beyond = await rest(again.http, told["access_token"], "core.tag.list")
    assert (beyond.status_code, beyond.json()["code"]) == (403, "permission_denied")
    await call("core.agent_client.pause", id=agent, reason="Étrange")
    for one in (access, told["access_token"]):
        refused = await rest(again.http, one, "crm.customer.list")
        assert (refused.status_code, refused.json()["code"]) == (403, "agent_paused")
    assert (await again.refresh(told["refresh_token"])).status_code == 200
    third = await App.registered(site)
    paused = (await third.connected(anne, *ALL))["access_token"]
    assert (await third.whoami(paused)).json()["code"] == "agent_paused"
    await house.operator.call("core.agent_client.resume", id=agent)
    assert (await third.whoami(paused)).status_code == 200


async def test_an_app_whose_agent_was_archived_is_not_connected_again(
    site: Site, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "crm:read"))["access_token"]
    [grant] = await _grants(call)
    await call("core.agent_client.archive", id=grant["agent_id"])
    assert (await app.whoami(access)).status_code == 401
    answer = await decide(anne, (await App.registered(site)).address(), "allow", ["crm:read"])
    assert answer.status_code == 409


async def test_a_person_disconnects_their_own_apps_and_nobody_elses(
    site: Site, house: House, anne: Browser
) -> None:
    email = await member(house, "vera", "viewer")
    vera = Browser.of(site)
    await vera.sign_in(email)
    hers, other = await App.registered(site), await App.registered(site)
    access = (await hers.connected(vera, "crm:read"))["access_token"]
    annes = (await other.connected(anne, "crm:read"))["access_token"]
    listed = (await house.operator.call("core.oauth_grant.list", sort="created_at")).result
    own, foreign = (one["id"] for one in listed["items"])
    desk = await house.desk(role="viewer", owner="vera")
    seen = (await desk("core.oauth_grant.list"))["items"]
    assert [one["id"] for one in seen] == [own]
    refused = await desk.refused("core.oauth_grant.revoke", id=foreign, reason="x")
    assert refused["code"] == "not_found"
    await desk("core.oauth_grant.revoke", id=own, reason="Ordinateur perdu")
    assert (await hers.whoami(access)).status_code == 401
    assert (await other.whoami(annes)).status_code == 200


async def test_others_only_take_from_a_grant(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "core:read", "crm:read"))["access_token"]
    [grant] = await _grants(call)
    change = house.operator.call
    fewer = await change("core.oauth_grant.update", id=grant["id"], scopes=["crm:read"])
    assert fewer.result["scopes"] == ["crm:read"]
    assert (await rest(app.http, access, "core.tag.list")).json()["code"] == "insufficient_scope"
    for scopes in (["crm:read", "core:read"], ["*"], []):
        with pytest.raises(Exception, match="invalid"):
            await change("core.oauth_grant.update", id=grant["id"], scopes=scopes)
    await change("core.oauth_grant.update", id=grant["id"], ip_allowlist=["192.0.2.0/24"])
    assert (await rest(app.http, access, "crm.customer.list")).status_code == 401
    refused = await call.refused("core.oauth_grant.update", id=grant["id"], scopes=["crm:read"])
    assert refused["code"] == "human_required"


@pytest.fixture
async def elsewhere(engine: Engine, database: TestDatabase) -> AsyncIterator[Credentials]:
    """The credentials of another process on the same database."""
    compiler = Compiler(
        engine.catalogue.actions.values(), sensitive_permissions(engine.catalogue) | {"*"}
    )
    other = Credentials(engine.database.writes, database.app, compiler)
    other.start()
    async with asyncio.timeout(10):
        while not other._heard:
            await asyncio.sleep(0)
    yield other
    await other.stop()


async def _until_refused(where: Credentials, token: str) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await where.caller(token, None)
            except Unauthenticated:
                return
            await asyncio.sleep(0)


@pytest.mark.parametrize("way", ["revoked", "given back", "narrowed", "suspended"])
async def test_what_is_cut_is_cut_in_other_processes_at_once(
    site: Site, house: House, call: Desk, elsewhere: Credentials, way: str
) -> None:
    email = await member(house, "sam", "sales")
    sam = Browser.of(site)
    await sam.sign_in(email)
    app = await App.registered(site)
    access = (await app.connected(sam, "crm:read", "core:read"))["access_token"]
    assert "crm.customer.list" in (await elsewhere.caller(access, None)).access.actions
    assert elsewhere._known
    [grant] = await _grants(call)
    if way == "revoked":
        await call("core.oauth_grant.revoke", id=grant["id"], reason="Perdu")
    elif way == "suspended":
        await house.operator.call("core.user.suspend", id=house.people["sam"], reason="Parti")
    elif way == "given back":
        asked = {"token": access, "client_id": app.client_id}
        await app.http.post("/oauth/revoke", data=asked)
    else:
        await house.operator.call("core.oauth_grant.update", id=grant["id"], scopes=["core:read"])
        async with asyncio.timeout(10):
            while "crm.customer.list" in (await elsewhere.caller(access, None)).access.actions:
                await asyncio.sleep(0)
        return
    await _until_refused(elsewhere, access)
    assert (await app.whoami(access)).status_code == 401


async def test_a_process_that_hears_nothing_forgets_a_token_within_a_second(
    site: Site, engine: Engine, anne: Browser, call: Desk
) -> None:
    deaf = Credentials(engine.database.writes, "", engine.credentials._compiler)
    app = await App.registered(site)
    access = (await app.connected(anne, "crm:read"))["access_token"]
    await deaf.caller(access, None)
    [grant] = await _grants(call)
    await call("core.oauth_grant.revoke", id=grant["id"], reason="Perdu")
    async with asyncio.timeout(1.5):
        await _until_refused(deaf, access)


async def test_a_role_that_ends_ends_in_the_remembered_caller(
    site: Site, house: House, anne: Browser, database: TestDatabase
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "crm:read"))["access_token"]
    async with connected(database.admin) as admin:
        await admin.execute(
            "UPDATE core_user_role SET expires_at = now() + interval '0.7 s' WHERE org_id = $1",
            house.org_id,
        )
    assert (await app.whoami(access)).json()["permissions"]
    async with asyncio.timeout(10):
        while (await app.whoami(access)).json()["permissions"]:
            await asyncio.sleep(0.05)


async def test_a_retry_after_a_refresh_replays_and_what_was_read_stays_read(
    site: Site, anne: Browser, call: Desk
) -> None:
    shown = await call("crm.customer.create", name="Boulangerie")
    unseen = await call("crm.customer.create", name="Hôtel")
    app = await App.registered(site)
    first = await app.connected(anne, *ALL)
    await rest(app.http, first["access_token"], "crm.customer.get", id=shown["id"])
    key = {"idempotency_key": str(uuid4())}
    made = await rest(app.http, first["access_token"], "crm.customer.create", name="Café", **key)
    assert made.status_code == 200

    access = (await app.refresh(first["refresh_token"])).json()["access_token"]

    again = await rest(app.http, access, "crm.customer.create", name="Café", **key)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["id"] == made.json()["id"]
    change = {"website": "https://a.example/"}
    known = await rest(app.http, access, "crm.customer.update", id=shown["id"], **change)
    assert known.status_code == 200
    unread = await rest(app.http, access, "crm.customer.update", id=unseen["id"], **change)
    assert (unread.status_code, unread.json()["code"]) == (428, "unread_identifier")


async def test_an_apps_jobs_and_downloads_go_on_in_its_name(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, *ALL, "core.document:write", "crm.party:import"))[
        "access_token"
    ]
    file = "name\nLaiterie Roux\n"
    begun = await rest(app.http, access, "crm.party.import", text=file, filename="a.csv")
    run = {"job_id": begun.json()["import_job_id"], "mode": "best_effort"}
    job = (await rest(app.http, access, "core.import_job.run", **run)).json()["job_id"]
    await Worker(house.engine, occurrence).drain()
    ended = (await rest(app.http, access, "core.job.get", id=job)).json()
    assert ended["status"] == "done", ended
    made = {"filename": "a.txt", "text": "Bonjour"}
    document = (await rest(app.http, access, "core.document.create", **made)).json()["id"]
    link = await rest(app.http, access, "core.document.get_download_link", id=document)
    assert (await app.http.get(link.json()["url"])).text == "Bonjour"
    second = await rest(app.http, access, "core.document.get_download_link", id=document)
    [grant] = await _grants(call)
    await call("core.oauth_grant.revoke", id=grant["id"], reason="Perdu")
    assert (await app.http.get(second.json()["url"])).status_code == 401


async def test_what_an_app_did_last_can_be_undone(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, *ALL))["access_token"]
    made = await rest(app.http, access, "core.tag.create", name="Par erreur")
    assert made.status_code == 200, made.text
    [grant] = await _grants(call)
    await house.operator.call("core.agent_client.undo_last", id=grant["agent_id"], count=1)
    left = await call("core.tag.list", archived="active")
    assert made.json()["id"] not in [one["id"] for one in left["items"]]


async def test_a_token_is_sought_in_no_address(site: Site, anne: Browser) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "core:read"))["access_token"]
    where = f"/api/v1/actions/core.session.whoami?access_token={access}"
    answer: httpx.Response = await app.http.get(where)
    assert answer.status_code == 401


async def test_others_lift_no_bound_that_its_person_set(site: Site, house: House) -> None:
    vera, boss = Browser.of(site), Browser.of(site)
    await vera.sign_in(await member(house, "vera", "viewer"))
    await boss.sign_in(await member(house, "boss", "owner"))
    app = await App.registered(site)
    await app.connected(vera, "core:read")
    [grant] = (await house.operator.call("core.oauth_grant.list")).result["items"]
    path, own = f"/console/apps/{grant['id']}", "192.0.2.0/24"
    assert (await vera.send(path, scopes="core:read", ip_allowlist=own)).status_code == 303
    for wider in ("", "192.0.2.0/23", f"{own} 198.51.100.7", "2001:db8::/32"):
        await boss.send(path, scopes="core:read", ip_allowlist=wider)
        grant = (await house.operator.call("core.oauth_grant.get", id=grant["id"])).result
        assert grant["ip_allowlist"] == [own]
    await boss.send(path, scopes="core:read", ip_allowlist="192.0.2.7 192.0.2.128/25")
    change = house.operator.call
    for later in (None, "2039-01-01T00:00:00Z"):
        with pytest.raises(Invalid):
            await change("core.oauth_grant.update", id=grant["id"], expires_at=later)
    soon = (house.engine.clock() + timedelta(days=1)).isoformat()
    told = (await change("core.oauth_grant.update", id=grant["id"], expires_at=soon)).result
    assert told["ip_allowlist"] == ["192.0.2.7/32", "192.0.2.128/25"]
    # Its own person may.
    assert (await vera.send(path, scopes="core:read", ip_allowlist="")).status_code == 303


async def test_calls_are_counted_by_the_app_that_made_them(
    site: Site, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "core:read"))["access_token"]
    credential = (await app.whoami(access)).json()["actor"]["credential"]
    told = await call("core.audit_event.aggregate", by=["credential_id"])
    by = [one["by"]["credential_id"] for one in told["groups"]]
    assert credential in [one["id"] for one in by if one]
    file = await call("core.audit_event.export", action="core.session.whoami", format="csv")
    assert credential in str(file)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("cut", "connect this app again"),
        ("suspended", "administrator"),
        ("over", "connect this app again"),
        ("elsewhere", "networks"),
        ("archived", "another agent"),
        ("unknown", "connect this app again"),
        ("unassigned", "roles"),
    ],
)
async def test_an_app_that_was_cut_is_told_how_an_app_comes_back(
    site: Site, house: House, database: TestDatabase, way: str, said: str
) -> None:
    sam, app = Browser.of(site), await App.registered(site)
    await sam.sign_in(await member(house, "sam", "sales"))
    access = (await app.connected(sam, "crm:read", "core:read"))["access_token"]
    change = house.operator.call
    [grant] = (await change("core.oauth_grant.list")).result["items"]
    id = grant["id"]
    if way == "cut":
        await change("core.oauth_grant.revoke", id=id, reason="x")
    elif way == "suspended":
        await change("core.user.suspend", id=house.people["sam"], reason="Parti")
    elif way == "elsewhere":
        await change("core.oauth_grant.update", id=id, ip_allowlist=["192.0.2.0/24"])
    elif way == "archived":
        await change("core.agent_client.archive", id=grant["agent_id"])
    elif way == "unassigned":
        role = (await change("core.role.list", name="sales")).result["items"][0]["id"]
        await change("core.role.unassign", id=role, user_id=house.people["sam"])
    elif way == "over":
        past = "UPDATE core_oauth_grant SET expires_at = now() - interval '1 s' WHERE org_id = $1"
        async with connected(database.admin) as admin:
            await admin.execute(past, house.org_id)
    else:
        access = f"eya_{'x' * 43}"
    told = (await rest(app.http, access, "crm.customer.list")).json()
    assert said in told["hint"]
    assert "this key" not in told["detail"]
    assert "eyk_" not in told["hint"]
