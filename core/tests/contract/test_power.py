"""Power: an agent with everything tries the whole catalogue, over REST and MCP, and gains nothing."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from core.tests.surface.mcp.talk import Talk
from eyeot import app
from eyeot.declare.action import Action
from eyeot.declare.ids import encode
from eyeot.deploy import demo
from eyeot.deploy.operator import Operator
from eyeot.surface.mcp import McpApp, McpSettings
from eyeot.surface.rest import RestApp
from eyeot.testing.contract import Stage
from eyeot.testing.contract.examples import calls
from eyeot.testing.contract.power import governing
from eyeot.testing.fixtures import TestDatabase

# What the catalogue of the product says, of what is installed.
HUMAN = (
    "core.user.update", "core.user.reactivate", "core.user.deactivate", "core.user.transfer_work",
    "core.user.set_out_of_office", "core.role.create", "core.role.update", "core.role.restore",
    "core.role.duplicate", "core.role.grant_permission", "core.role.assign", "core.team.create",
    "core.team.update", "core.team.restore", "core.team.add_member", "core.api_key.create",
    "core.api_key.update", "core.api_key.rotate", "core.agent_client.create",
    "core.agent_client.update", "core.agent_client.set_policy", "core.agent_client.resume",
    "core.sequence.create", "core.sequence.update", "core.module.enable", "core.module.disable",
    "core.licence.activate", "core.webhook_endpoint.create", "core.webhook_endpoint.update",
    "core.webhook_endpoint.restore", "core.webhook_endpoint.rotate_secret",
    "core.webhook_endpoint.resume", "core.user.invite", "core.user.bulk_create", "core.user.reset_mfa",
    "core.organization.switch_context",
)  # fmt: skip
OPERATOR = (
    "core.organization.create", "core.organization.archive", "core.organization.restore",
    "core.module.install",
)  # fmt: skip
BESIDE = {
    "core.role.seed": ("operator", "the deployment fills roles with what modules propose"),
    "core.module.start": ("operator", "the deployment gives the rows that modules begin with"),
    "core.user.register": ("operator", "the deployment adds people without an invitation"),
    "core.user.accept_invitation": ("operator", "the page of invitations lets people in"),
    "core.oauth_grant.create": ("human", "only its person connects an app"),
    "core.oauth_grant.update": ("human", "only its person lets an app do more"),
    "core.user.set_profile": ("human", "everybody says their own name and language"),
    **{
        f"sales.discount_limit.{verb}": ("human", "it says what discounts a role may grant alone")
        for verb in ("create", "update", "archive", "restore")
    },
}
"""What the catalogue does not know, and why it is as it is."""
STRICTER = {
    "core.audit_event.verify_chain": ("human", "it goes through the whole log, for who audits it"),
    "core.audit_event.export_signed": ("human", "it hands out the whole log, for who audits it"),
}
"""Open to keys in the catalogue, and reserved here; never the other way round."""
LATER = ("core.approval_request.approve",)
"""Human in the catalogue and installed later: they belong to the table above when they come."""


def test_surfaces_are_those_of_the_catalogue(stage: Stage) -> None:
    actions = stage.engine.catalogue.actions.values()
    found = {one.name: one.surface for one in actions if one.surface != "any"}
    wanted = dict.fromkeys(HUMAN, "human") | dict.fromkeys(OPERATOR, "operator")
    known = wanted | {name: surface for name, (surface, _) in (BESIDE | STRICTER).items()}

    assert {name: one for name, one in found.items() if name not in LATER} == known


def _narrower(column: str, before: Any, after: Any) -> bool:
    """Whether a column, as PostgreSQL tells it, gives no more than before: said here a second time."""
    match column:
        case "status":
            return after in ("revoked", "suspended", "deactivated", "paused")
        case "archived_at":
            return before is None
        case "expires_at" | "former_until":
            return after is not None and (before is None or after <= before)
        case "signed_out_at":
            return after is not None and (before is None or after >= before)
        case "ceiling" | "events":
            return set(after) <= set(before)
        case "permissions":
            return all(one in before for one in after)
        case _:
            return column in _SILENT


_SILENT = frozenset((
    "version", "updated_at", "revoked_at", "revoked_reason", "paused_at", "paused_reason",
    "legal_name", "trade_name", "legal_form", "siren", "vat_number", "naf_code", "rcs_city",
    "share_capital_amount", "share_capital_currency", "currency", "fiscal_year_start",
    "vat_regime", "vat_periodicity", "locale", "timezone", "address", "phone", "email", "website",
    "logo_id", "vat_on_debits", "vat_regime_from",
))  # fmt: skip
_GOES = frozenset({"core_user_role", "core_team_member", "core_role", "core_webhook_endpoint"})
"""Tables whose rows only give: without one, there is less."""
Rows = dict[str, dict[str, dict[str, Any]]]


def _gained(before: Rows, after: Rows) -> list[str]:
    found = []
    for table, rows in after.items():
        found += [f"{table}: a new row" for id in rows.keys() - before[table].keys()]
        if table not in _GOES:
            found += [f"{table}: a row is gone" for id in before[table].keys() - rows.keys()]
        for id in rows.keys() & before[table].keys():
            was = before[table][id]
            found += [
                f"{table}.{column}"
                for column, now in rows[id].items()
                if was[column] != now and not _narrower(column, was[column], now)
            ]
    return found


class Agent:
    """A key for an agent that holds `*`, and everything that may be sent with it."""

    def __init__(self, stage: Stage, key: str) -> None:
        self.stage = stage
        engine: Any = stage.engine
        names = McpSettings(allowed_hosts=frozenset({"eyeot"}))
        headers = {"Authorization": f"Bearer {key}"}
        self.rest = httpx.AsyncClient(
            transport=httpx.ASGITransport(RestApp(engine)),
            base_url="http://eyeot/api/v1",
            headers=headers,
        )
        self.app = McpApp(engine, names)
        self.mcp = Talk(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app),
                base_url="http://eyeot",
                headers=headers,
            )
        )
        self.key = key

    async def run(self, action: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A call by REST."""
        got = await self.rest.post(f"/actions/{action}", json=given)
        return got.status_code, got.json()

    async def every_door(self, action: str, given: dict[str, Any]) -> list[str]:
        """The codes by every other door: a batch, a plan, a job to be retried, MCP by call and by batch."""
        one = {"action": action, "arguments": given}
        batch = await self.rest.post("/calls", json={"calls": [one]})
        plan = {"action": action, "params": given, "cron": "* * * * *"}
        planned = await self.rest.post("/actions/core.job.schedule", json=plan)
        said = [got.json().get("code", "ok") for got in (batch, planned)]
        for tool, asked in (("eyeot_call", one), ("eyeot_call", {"calls": [one]})):
            told = await self.mcp.modern(
                "tools/call", {"name": tool, "arguments": asked}, key=self.key
            )
            content = told.json().get("result", told.json())["structuredContent"]
            said.append(content.get("error", {}).get("code", "ok"))
        return said


@pytest.fixture
async def agent(stage: Stage, database: TestDatabase) -> AsyncIterator[Agent]:
    plain = await app.start(
        stage.engine.catalogue,
        database.app,
        database.relay,
        licensing=stage.engine.credentials.licensing,
    )
    operator = await Operator.of(plain, demo.SLUG)
    made = await operator.call(
        "core.api_key.create",
        name="everything",
        scopes=["*"],
        owner_id=encode("usr", stage.owner),
        provenance="off",
    )
    found = Agent(stage, made.result["key"])
    yield found
    await found.app.close()
    await found.rest.aclose()
    await found.mcp.client.aclose()
    await app.stop(plain)


async def _example(stage: Stage, action: Action) -> list[dict[str, Any]]:
    """The first few of the calls that an action's example stands for, as things are by now."""
    found: list[dict[str, Any]] = []
    for example in action.examples:
        async for one in calls(stage.look, example):
            found.append(one)
            if len(found) == 8:
                return found
    return found


async def test_an_agent_with_everything_goes_through_the_whole_catalogue_and_gains_nothing(
    stage: Stage, agent: Agent
) -> None:
    ran, cut = 0, 0
    async with stage.writes.undone():
        for action in stage.engine.catalogue.actions.values():
            if action.reads:
                continue
            before = await governing(stage)
            for given in await _example(stage, action):
                status, told = await agent.run(action.name, given)
                if action.surface == "any":
                    assert told.get("code") != "human_required", (action.name, told)
                else:
                    assert status in (403, 404), (action.name, told)
                    assert told["code"] == f"{action.surface}_required", told
                if status == httpx.codes.OK:
                    ran += 1
                    break
            after = await governing(stage)
            assert not (gained := _gained(before, after)), f"{action.name}: {gained}"
            cut += before != after

    # It is a proof only as long as most of it really ran, and some of it really cut.
    assert ran > 150, ran
    assert cut >= 8, cut


async def test_what_is_for_people_is_for_people_by_every_door(stage: Stage, agent: Agent) -> None:
    async with stage.writes.undone():
        before = await governing(stage)
        for action in stage.engine.catalogue.actions.values():
            if action.surface == "any":
                continue
            given = (await _example(stage, action) or [{}])[0]
            codes = await agent.every_door(action.name, given)
            assert set(codes) <= {f"{action.surface}_required", "not_found"}, (action.name, codes)
        assert await governing(stage) == before
