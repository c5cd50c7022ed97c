"""Leaving: a mail to somebody outside, made when it leaves, and told of once it has."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from eyeot.declare.ids import uuid7
from eyeot.runtime import audit
from eyeot.runtime.mailing.letter import Letter, Outward, ascii_address
from eyeot.runtime.relay import system
from eyeot.runtime.request import Request
from eyeot.runtime.transaction import Done, Transaction, committed

if TYPE_CHECKING:
    from eyeot.runtime.engine import Engine

SENT, REFUSED = "core.mail.sent", "core.mail.refused"
_ORG = "SELECT legal_name FROM core_organization WHERE org_id = $1"


async def outward_letter(
    engine: "Engine", sender: str, row: dict[str, Any], link: str | None
) -> Letter:
    """The letter of a stored mail, with the bytes of what goes with it."""
    caller = await system(engine, row["org_id"], "postman")
    async with Transaction(engine.database.reads, row["org_id"], reads=True) as transaction:
        org = await transaction.connection.fetchval(_ORG, row["org_id"])
        unit = engine.bare_unit(transaction, caller, engine.clock())
        files = [
            (one["filename"], one["mime"], b"".join([p async for p in unit.content(one["digest"])]))
            for one in row["attachments"] or ()
        ]
    return Letter(
        id=row["id"],
        sender=sender,
        name=row["name"] or "",
        address=ascii_address(row["address"]),
        locale=row["language"] or "fr",
        org=org,
        title=row["title"],
        body=row["body"],
        record=None,
        at=row["at"],
        outward=Outward(
            html=row["html"],
            sender_name=row["sender_name"] or "",
            reply_to=row["reply_to"],
            unsubscribe=link,
            files=tuple(files),
        ),
    )


async def noted(
    engine: "Engine",
    row: dict[str, Any],
    text: str,
    values: tuple[Any, ...],
    error: str | None = None,
) -> None:
    """Note in one transaction that a mail left or never will, and let modules react to it."""
    org_id: UUID = row["org_id"]
    caller, now = await system(engine, org_id, "postman"), engine.clock()
    name = REFUSED if error else SENT
    request = Request(action=name, arguments={}, caller=caller, surface="job")
    async with Transaction(engine.database.writes, org_id) as transaction:
        unit = engine.bare_unit(transaction, caller, now)
        unit.in_background = True
        if await unit.connection.execute(text, *values) != "UPDATE 1":
            return
        told = {"mail_id": row["id"], **({"error": error} if error else {})}
        unit.emit(engine.catalogue.events[name].model_validate(told))
        await unit.settle()
        event = audit.event(uuid7(now), now, request, None, committed(unit))
        await transaction.write([Done(unit, event)], now)
        await transaction.commit()
