"""Giving up: an endpoint that nothing reaches any more is disabled, and who made it is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from eyeot.declare.anyref import RecordRef
from eyeot.declare.ids import uuid7
from eyeot.declare.notice import Notice
from eyeot.declare.problem import NotFound
from eyeot.declare.prompt import Localized
from eyeot.declare.record import Record, records
from eyeot.runtime import audit
from eyeot.runtime.engine import Engine
from eyeot.runtime.relay import system
from eyeot.runtime.request import Request
from eyeot.runtime.transaction import Done, Transaction, committed, retried
from eyeot.runtime.unit import Unit

_EVENT = "core.webhook_endpoint.disabled"


async def given_up(engine: Engine, row: dict[str, Any], now: datetime, *, gone: bool) -> None:
    """Disable the endpoint of a dead delivery if nothing got through since that was first tried.

    `gone`: it answered 410, by which a receiver says that it wants no more.
    """
    caller = await system(engine, row["org_id"], "webhooks")
    request = Request(action=_EVENT, arguments={}, caller=caller, surface="job")

    async def attempt() -> None:
        async with Transaction(engine.database.writes, row["org_id"]) as transaction:
            unit = engine.bare_unit(transaction, caller, now)
            if not await _disable(unit, row, gone=gone):
                return
            await unit.settle()
            told = audit.event(uuid7(now), now, request, None, committed(unit))
            await transaction.write([Done(unit, told)], now)
            await transaction.commit()

    await retried(attempt)


async def _disable(unit: Unit, row: dict[str, Any], *, gone: bool) -> bool:
    kind: type[Record] = records["core.webhook_endpoint"]
    try:
        endpoint: Any = await unit.get(kind, row["endpoint_id"], lock=True)
    except NotFound:
        return False
    since = endpoint.delivered_at
    if endpoint.status != "active" or (not gone and since and since >= row["first_tried_at"]):
        return False
    # No step of its lifecycle: that would be an action, and nobody asks for this.
    endpoint.__dict__["status"], endpoint.disabled_at = "disabled", unit.now
    unit.emit(unit.catalogue.events[_EVENT].model_validate({"endpoint_id": endpoint.id}))
    if endpoint.created_by:
        unit.notify(_notice(endpoint.created_by, endpoint))
    return True


def _notice(to: UUID, endpoint: Any) -> Notice:
    return Notice(
        to=to,
        kind=_EVENT,
        title=Localized(
            en="A webhook endpoint was disabled: nothing reaches it any more",
            fr="Un récepteur de webhooks est désactivé : plus rien ne l'atteint",
        ),
        body=Localized(
            en=f"{endpoint.url}\nWhat happens meanwhile waits, for thirty days at most. A person who"
            " resumes the endpoint has it delivered.",
            fr=f"{endpoint.url}\nCe qui se passe entre-temps attend, trente jours au plus. La personne"
            " qui reprend le récepteur le fait livrer.",
        ),
        record=RecordRef.to("core.webhook_endpoint", endpoint.id),
        severity="error",
    )
