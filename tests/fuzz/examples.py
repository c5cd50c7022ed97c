"""Examples: the OpenAPI document with arguments that run, in place of those that only show."""

from collections.abc import Awaitable, Callable
from typing import Any

from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from tests.fuzz.stock import Stock

Arguments = dict[str, Any]


async def _unassign(stock: Stock) -> Arguments:
    role, user = await stock.role(), await stock.user()
    await stock.house.operator.call("core.role.assign", id=role, user_id=user)
    return {"id": role, "user_id": user}


async def _remove_member(stock: Stock) -> Arguments:
    team, user = await stock.team(), await stock.user()
    await stock.house.operator.call("core.team.add_member", id=team, user_id=user)
    return {"id": team, "user_id": user}


async def _move_stage(stock: Stock) -> Arguments:
    deal = await stock.opportunity()
    return {"id": deal, "stage_id": await stock.next_stage(deal)}


async def _reorder(stock: Stock) -> Arguments:
    pipeline = await stock.pipeline()
    stages = await stock.desk("crm.stage.list", pipeline_id=pipeline)
    return {"id": pipeline, "stage_ids": [one["id"] for one in reversed(stages["items"])]}


async def _unblock(stock: Stock) -> Arguments:
    party = await stock.party()
    await stock.desk("crm.party.block", id=party, scope=["orders"], reason="Impayés")
    return {"id": party}


async def _reopen(stock: Stock) -> Arguments:
    return {"id": await stock.closed_opportunity()}


async def _empty_pipeline(stock: Stock) -> Arguments:
    made = await stock.desk("crm.pipeline.create", name="Sans étape")
    return {"id": made["id"]}


_BY_HAND: dict[str, Callable[[Stock], Awaitable[Arguments]]] = {
    "core.role.unassign": _unassign,
    "core.team.remove_member": _remove_member,
    "crm.opportunity.move_stage": _move_stage,
    "crm.opportunity.reopen": _reopen,
    "crm.party.unblock": _unblock,
    "crm.pipeline.delete": _empty_pipeline,
    "crm.pipeline.reorder_stages": _reorder,
}
_MORE: dict[str, Arguments] = {
    "core.audit_event.count": {"outcome": "ok"},
    "crm.contact.move_to_account": {
        "id": "$crm.contact", "new_customer_id": "$crm.customer", "on": "2026-10-01",
    },
    "crm.contact.update": {"id": "$crm.contact", "job_title": "Gérante"},
    "crm.opportunity.lose": {"id": "$crm.opportunity", "reason": "price"},
    "crm.opportunity.win": {"id": "$crm.opportunity"},
    "crm.party.set_hierarchy": {"id": "$crm.party", "parent_id": "$crm.party"},
}  # fmt: skip


async def arguments(action: Action, stock: Stock) -> Arguments | None:
    """Arguments with which an action runs now; the declared example where there is one."""
    if action.name in _BY_HAND:
        return await _BY_HAND[action.name](stock)
    declared = action.examples[0] if action.examples else None
    # Schemathesis makes no call of an empty example.
    example = declared or _MORE.get(action.name)
    if example is None:
        return declared
    filled: Arguments = await stock.filled(example)
    return filled


async def fill(document: dict[str, Any], catalogue: Catalogue, stock: Stock) -> None:
    """Give every operation of the document an example that runs."""
    for path, item in document["paths"].items():
        action = catalogue.actions.get(path.rpartition("/")[2])
        if action is None or (example := await arguments(action, stock)) is None:
            continue
        media = item["post"]["requestBody"]["content"]["application/json"]
        media["examples"] = {"runs": {"value": example}}
        for one in item.get("get", {}).get("parameters", ()):
            one.pop("example", None)
            if one["name"] in example:
                one["example"] = example[one["name"]]
