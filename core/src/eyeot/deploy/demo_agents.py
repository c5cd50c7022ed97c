"""Demo agents: one that has worked for three weeks, and one that was stopped."""

from datetime import datetime, timedelta
from typing import Any

from eyeot.declare import ids
from eyeot.declare.problem import Problem
from eyeot.deploy.operator import Operator
from eyeot.platform.oauth import tokens
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Caller, Request

_AGENTS: tuple[dict[str, Any], ...] = (
    {
        "name": "Assistant commercial",
        "vendor": "Claude Desktop",
        "purpose": "Prépare les rendez-vous et tient les fiches à jour.",
    },
    {"name": "Relances", "vendor": "n8n", "ceiling": ["core:read"]},
)
_END = "2099-12-31T00:00:00Z"
_SCOPES = ("core:read", "core:write", "crm:read", "crm:write")
_DAYS = 21
_SUNDAY = 6
_DAILY: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("core.session.whoami", {}, False),
    ("core.session.search", {"query": "boulangerie"}, False),
    ("crm.customer.list", {"limit": 20}, False),
    ("crm.opportunity.list", {"status": "open", "limit": 20}, False),
    ("crm.lead.list", {"limit": 10}, False),
    ("core.calendar.list", {}, False),
    ("core.tag.create", {"name": "À recontacter", "color": "#f08c00"}, True),
    ("core.audit_event.list", {"limit": 5}, False),
)
"""What it asks on a day: action, arguments, and whether as a dry run; the last one it may not."""


async def agents_at_work(operator: Operator) -> None:
    """Make both, and let the first do its days, and something that can be taken back."""
    engine = operator.engine
    owner = (await operator.call("core.user.list", status="active", limit=1)).result["items"][0]
    made = [await operator.call("core.agent_client.create", **one) for one in _AGENTS]
    working, stopped = (one.result["id"] for one in made)
    known = {one.needs for one in engine.catalogue.actions.values()}
    key = await operator.call(
        "core.api_key.create",
        name="Assistant commercial",
        agent_id=working,
        owner_id=owner["id"],
        scopes=[one for one in _SCOPES if one in known],
        expires_at=_END,
    )
    caller = await engine.authenticate(key.result["key"], None)
    await _days(engine, caller)
    label: dict[str, Any] = {"name": "Vu par l'assistant", "color": "#868e96"}
    await engine.execute(_request(caller, "core.tag.create", label, engine.clock()))
    app = await operator.call(
        "core.oauth_grant.create",
        client_id="https://claude.ai/oauth/claude-code-client-metadata",
        client_name="Claude Code",
        client_kind="document",
        client_host="claude.ai",
        redirect_host="localhost",
        owner_id=owner["id"],
        scopes=[one for one in ("core:read", "crm:read") if one in known],
    )
    granted = ids.decode(app.result["id"])
    assert granted
    # One that never fetched a token is cut within the hour.
    await tokens.issue(engine, operator.org_id, granted[1])
    await operator.call(
        "core.agent_client.pause", id=stopped, reason="Relances en double chez deux clients"
    )


async def _days(engine: Engine, caller: Caller) -> None:
    """Three weeks of its work, more on some days than on others."""
    clock = engine.clock
    try:
        for ago in range(_DAYS, 0, -1):
            at = clock() - timedelta(days=ago)
            if at.weekday() == _SUNDAY:
                continue
            for n in range(len(_DAILY) * (1 + ago % 3)):
                action, arguments, dry_run = _DAILY[n % len(_DAILY)]
                now = at.replace(hour=8 + n % 9, minute=7 * n % 60)
                if action not in engine.catalogue.actions or now > clock():
                    continue
                await _tried(engine, _request(caller, action, arguments, now, dry_run=dry_run), now)
    finally:
        engine.clock = clock


async def _tried(engine: Engine, request: Request, now: datetime) -> None:
    before, engine.clock = engine.clock, lambda: now
    try:
        await engine.execute(request)
    except Problem:
        # It is in the log as refused, which is what it is there for.
        return
    finally:
        engine.clock = before


def _request(
    caller: Caller, action: str, arguments: dict[str, Any], at: datetime, *, dry_run: bool = False
) -> Request:
    return Request(
        action=action,
        arguments=dict(arguments),
        caller=caller,
        surface="mcp",
        dry_run=dry_run,
        client="claude-desktop 1.9",
        trace_id=f"{int(at.timestamp() * 1000):032x}",
    )
