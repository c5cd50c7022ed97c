"""Undoing: an agent's last actions, taken back by actions that do the opposite."""

import json
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare import ids
from eyeot.declare.action import Action, action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import ref
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record, records
from eyeot.platform.agents import AgentClient, keys_of
from eyeot.platform.api_keys import AgentId
from eyeot.platform.audit import AuditEvent
from eyeot.runtime.vault import MARK
from eyeot.storage.tables import audit_subject

_MOST = 20
_LOOKED_AT = 500
"""Calls of an agent among which its last actions are looked for."""
_NAME = "core.agent_client.undo_last"
Known = Callable[[str], Action | None]
"""An installed action by its name."""


class UndoneCall(
    Record,
    name="core.undone_call",
    prefix="und",
    label="id",
    unique=(("event_id",),),
    reach=Shared(),
    archivable=False,
):
    """That a call was taken back, so that it is not twice."""

    event_id: UUID = ref("core.audit_event", "The call.", access="read", soft=True)
    agent_id: UUID = ref("core.agent_client", "The agent that made it.", access="read")


class Undone(Event, name="core.agent_client.undone"):
    """Actions of an agent were taken back."""

    agent_id: AgentId
    actions: list[str]


class Which(Input):
    """Whose actions, and which: the last few, or all of one request or run."""

    id: AgentId
    count: Annotated[int | None, Limits(ge=1, le=_MOST, description="How many, newest first.")] = (
        None
    )
    correlation_id: Annotated[
        str | None, Limits(max_length=300, description="All of one trace id, instead of a count.")
    ] = None


class TakenBack(Output):
    """What was taken back, newest first, and by which actions."""

    agent_id: Annotated[UUID, Ref("core.agent_client")]
    undone: Annotated[list[dict[str, Any]], Shows("record")]


def undo_last(known: Known) -> Action:
    """`core.agent_client.undo_last`, over what is installed."""

    @action(
        _NAME,
        risk="w",
        en="Undo an agent's last actions; revert an agent's changes; roll an agent back",
        fr=(
            "Annuler les dernières actions d'un agent; revenir sur les changements d'un agent; "
            "défaire ce qu'a changé un agent"
        ),
        example={"id": "$core.agent_client?status=active", "count": 1},
        events=("core.agent_client.undone",),
        cuts=True,
        permission="core:admin",
        record=AgentClient,
        next=("core.agent_client.list_calls",),
    )
    async def undo(ctx: Context, data: Which) -> TakenBack:
        """Take back an agent's last reversible actions by opposite ones, all of them or none."""
        if (data.count is None) == (data.correlation_id is None):
            raise invalid("count", "give a count, or a correlation_id")
        # Two who take the same back wait for each other here.
        agent = await ctx.get(AgentClient, data.id, lock=True)
        events = await _chosen(ctx, known, agent.id, data)
        told: list[dict[str, Any]] = []
        for event in events:
            _refuse_irreversible(known, event)
        for event in events:
            changes = reversed(event["changes"])
            told += [await _Opposite(ctx, known, event, one, events).run() for one in changes]
            await ctx.add(UndoneCall(event_id=event["id"], agent_id=agent.id))
        ctx.emit(Undone(agent_id=agent.id, actions=[one["action"] for one in events]))
        return TakenBack(agent_id=agent.id, undone=told)

    return undo


async def _chosen(ctx: Context, known: Known, agent_id: UUID, data: Which) -> list[dict[str, Any]]:
    """The calls to take back, newest first; those that were already do not count."""
    event, undone = AuditEvent.c, UndoneCall.c
    where = [
        event.org_id == ctx.org_id,
        event.credential_id.in_(await keys_of(ctx, agent_id)),
        event.outcome == "ok",
        event.action != _NAME,
        ~sa.exists().where(undone.org_id == event.org_id, undone.event_id == event.id),
    ]
    where += [event.trace_id == data.correlation_id] if data.correlation_id else []
    query = sa.select(event.id, event.action, event.changes, event.at).where(*where)
    rows = await ctx.rows(query.order_by(event.id.desc()).limit(_LOOKED_AT))
    found = [row for row in rows if _acted(known, row)]
    most = data.count or _MOST
    if not found or (data.count and len(found) < data.count):
        raise Conflict(
            reason=f"There are {len(found)} actions of this agent to take back.",
            remedy="core.agent_client.list_calls shows what it did.",
        )
    if data.correlation_id and len(found) > _MOST:
        raise Conflict(
            reason=f"That run did {len(found)} things; at most {_MOST} are taken back in one call.",
            remedy="Take the newest back first, by count.",
        )
    # A sensitive value comes back only by who may see it.
    return [{**row, "changes": ctx.opened(row["changes"] or ())} for row in found[:most]]


def _acted(known: Known, row: dict[str, Any]) -> bool:
    """Whether a call did anything: a read did not, nor did a job's own end."""
    one = known(row["action"])
    return bool(row["changes"]) if one is None else not one.reads


def _told(event: dict[str, Any]) -> str:
    return f"{event['action']} ({ids.encode('evt', event['id'])})"


def _refuse(event: dict[str, Any], why: str) -> Conflict:
    return Conflict(
        reason=f"{_told(event)} cannot be taken back: {why}. Nothing was changed.",
        remedy="Put it right by hand, or take back only what came after it (count).",
    )


def _refuse_irreversible(known: Known, event: dict[str, Any]) -> None:
    one = known(event["action"])
    if one is None:
        raise _refuse(event, "it is no action that is in use here")
    if one.risk != "w":
        raise _refuse(event, f"its risk is '{one.risk}'")
    if one.surface != "any":
        raise _refuse(event, "it is reserved for a person")
    if not event["changes"]:
        raise _refuse(event, "what it did left no trace in records")


def _plain(value: Any) -> Any:
    """A value as the log holds it."""
    return json.loads(json.dumps(value, default=str))


class _Opposite:
    """One change of one call, and the action that takes it back."""

    def __init__(
        self,
        ctx: Context,
        known: Known,
        event: dict[str, Any],
        change: dict[str, Any],
        among: list[dict[str, Any]],
    ) -> None:
        self._ctx, self._known, self._event, self._change = ctx, known, event, change
        self._among = [one["id"] for one in among]
        self._kind, self._id = change["type"], UUID(change["id"])
        self._before = {n: v["before"] for n, v in change["fields"].items()}
        self._after = {n: v["after"] for n, v in change["fields"].items()}

    async def run(self) -> dict[str, Any]:
        """Do it, and see that it did; or refuse, whereby nothing at all is kept."""
        if self._kind not in records:
            raise _refuse(self._event, f"{self._kind} is not in use here")
        operation = self._change["operation"]
        if operation == "deleted":
            raise _refuse(self._event, f"a {self._kind} that was deleted is not kept")
        if MARK in (*self._before.values(), *self._after.values()):
            raise _refuse(
                self._event, f"it changed a value of {self._kind} that the log does not hold"
            )
        meta = records[self._kind].meta
        reference = RecordRef.to(self._kind, self._id)
        # Locked first: whoever changed it before has then told the log, and nobody does after.
        row = await self._ctx.open(reference, lock=True)
        await self._refuse_changed_since()
        done = self._unmake() if operation == "created" else self._put_back(meta)
        if operation == "updated":
            await self._compare(row, self._after, "it is not any more as that call left it")
        id = ids.encode(meta.prefix, self._id)
        await self._ctx.call(done, {"id": id, **self._arguments(done)})
        if operation == "updated":
            again = await self._ctx.open(reference)
            await self._compare(again, self._before, "its former values do not all come back")
        return {"record": id, "by": done, "undoes": self._event["action"]}

    async def _refuse_changed_since(self) -> None:
        event, undone, subject = AuditEvent.c, UndoneCall.c, audit_subject.c
        told = sa.and_(subject.org_id == event.org_id, subject.event_id == event.id)
        changed = sa.select(event.id, event.action).select_from(
            audit_subject.join(AuditEvent.meta.table, told)
        )
        later = changed.where(
            subject.org_id == self._ctx.org_id,
            subject.record == f"{self._kind}/{self._id}",
            subject.event_id > self._event["id"],
            event.id.not_in(self._among),
            event.action != _NAME,
            ~sa.exists().where(undone.org_id == event.org_id, undone.event_id == event.id),
        )
        if found := await self._ctx.rows(later.order_by(event.id).limit(1)):
            raise _refuse(self._event, f"{found[0]['action']} changed the same {self._kind} since")

    def _unmake(self) -> str:
        """What takes a new record away: deleting where that is ordinary, else putting it away."""
        for verb in ("delete", "archive"):
            one = self._known(f"{self._kind}.{verb}")
            if one is not None and one.risk == "w":
                return one.name
        raise _refuse(self._event, f"a new {self._kind} can neither be deleted nor archived")

    def _put_back(self, meta: Any) -> str:
        """What gives a changed record its former values."""
        if meta.state in self._before:
            raise _refuse(self._event, f"it moved the {self._kind} to another state")
        if "archived_at" in self._before:
            verb = "restore" if self._before["archived_at"] is None else "archive"
        else:
            verb = "update"
        if self._known(f"{self._kind}.{verb}") is None:
            raise _refuse(self._event, f"there is no {self._kind}.{verb}")
        return f"{self._kind}.{verb}"

    def _arguments(self, done: str) -> dict[str, Any]:
        if not done.endswith(".update"):
            return {}
        one = self._known(done)
        assert one
        # What is computed follows from what is given; `_compare` sees whether it did.
        return {n: v for n, v in self._before.items() if n in one.input.model_fields}

    async def _compare(self, row: Record, wanted: dict[str, Any], why: str) -> None:
        shown = await self._ctx.view(row)
        for name, value in wanted.items():
            now = shown.get(name)
            same = (
                (now is None) == (value is None) if name == "archived_at" else _plain(now) == value
            )
            if not same:
                raise _refuse(self._event, f"{why} ({name})")
