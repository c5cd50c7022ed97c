"""Plan: what a dry run told, to be committed as it was told or not at all."""

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from eyeot.declare.access import Access
from eyeot.declare.problem import Problem, invalid
from eyeot.declare.repeated import PlanStale
from eyeot.runtime import sameness
from eyeot.runtime.box import Box
from eyeot.runtime.call import Call
from eyeot.runtime.encoding import canonical, dumps
from eyeot.runtime.guards.idempotency import Once, credential_of
from eyeot.runtime.journal import PlanRow
from eyeot.runtime.request import Caller, Keys
from eyeot.storage.pool import Pool, taken
from eyeot.storage.statement import ORG_MARK, Statement

LASTS = timedelta(minutes=10)
_PURPOSE = b"eyeot plan v1"
_RANDOM = 32
_LONGEST_TOKEN = 100
_LARGEST_EFFECTS = 262_144
_RESERVED = frozenset({"dry_run", "idempotency_key", "plan_token"})
_FIND = Statement.of(
    f"SELECT sealed, at FROM core_plan WHERE org_id = {ORG_MARK} AND token_hash = $1",
    ("token_hash",),
)


@dataclass(slots=True, kw_only=True)
class Plan:
    """A dry run as it is kept under its token."""

    token: str
    what: str
    arguments: list[dict[str, Any]]
    effects: dict[str, Any] | None
    """Their normal form; None when it is too large to be kept whole."""
    digest: str
    at: datetime

    def once(self, caller: Caller) -> Once:
        """A plan is its own idempotency key."""
        found = Once.of(caller, b"plan" + self.token.encode(), self.what, self.arguments)
        found.name = "plan_token"
        return found

    def check_fresh(self, now: datetime) -> None:
        """Refuse a plan that is too old."""
        if now - self.at > LASTS:
            raise _unknown()

    def check_same(self, effects: dict[str, Any], access: Access) -> None:
        """Refuse when the effects are not those that were told, as far as the caller may see."""
        now = sameness.normal(effects)
        if self.effects is None:
            same, apart = _digest(now) == self.digest, None
        else:
            apart = sameness.difference(sameness.visible(self.effects, access.permissions), now)
            same = not apart
        if not same:
            raise PlanStale(
                reason="changed",
                told="The effects are no longer those that the dry run told; nothing was changed.",
                difference=apart,
            )


def token_of(keys: Keys, argument: Any = None) -> str | None:
    """The plan that a call commits, whichever way its token came."""
    given = [one for one in (argument, keys.plan_token) if one is not None]
    if not given:
        return None
    token = given[0]
    if not isinstance(token, str) or not token.isascii() or any(one != token for one in given):
        raise invalid("plan_token", "must be the token that a dry run answered")
    return token


async def begin(connection: Any, once: Once, plan: Plan | None, now: datetime) -> None:
    """Hold the key of a call, and refuse a plan that is over unless it was committed before."""
    await once.claim(connection, now)
    if plan:
        plan.check_fresh(now)


def what_of(calls: Sequence[Call], *, batch: bool) -> str:
    """What calls do together: the name of an action, or those of a batch."""
    names = [one.request.action for one in calls]
    return f"calls {' '.join(names)}" if batch else names[0]


def made(
    calls: Sequence[Call], effects: dict[str, Any], at: datetime, *, batch: bool = False
) -> tuple[str, PlanRow]:
    """The token of a dry run, and the row that keeps its plan."""
    token = secrets.token_urlsafe(_RANDOM)
    caller, what = calls[0].request.caller, what_of(calls, batch=batch)
    normal = sameness.normal(effects)
    told = dumps(normal)
    plan = {
        "arguments": [bare(one.given) for one in calls],
        "effects": normal if len(told) <= _LARGEST_EFFECTS else None,
        "digest": _digest(normal),
    }
    sealed = _box(token).close(zlib.compress(dumps(plan), 1), _about(caller, what))
    return token, (caller.org_id, _hash(caller, token), sealed, at)


async def opened(pool: Pool, calls: Sequence[Call], token: str, *, batch: bool = False) -> Plan:
    """The plan of a token; its arguments are the calls', which may have left them out."""
    caller, what = calls[0].request.caller, what_of(calls, batch=batch)
    row = None
    if len(token) <= _LONGEST_TOKEN:
        async with taken(pool) as connection:
            row = await connection.fetchrow(_FIND.lean, _hash(caller, token), str(caller.org_id))
    raw = _box(token).open(row["sealed"], _about(caller, what)) if row else None
    if row is None or raw is None:
        raise _unknown()
    kept = orjson.loads(zlib.decompress(raw))
    plan = Plan(token=token, what=what, at=row["at"], **kept)
    for call, planned in zip(calls, plan.arguments, strict=True):
        asked = call.request.arguments
        own = bare(asked)
        if own and canonical(own) != canonical(planned):
            raise PlanStale(
                reason="arguments",
                told="The arguments are not those of the dry run.",
                remedy="Leave the arguments out, or call with dry_run: true for these ones.",
            )
        # What else was asked is judged as if the arguments had been given.
        call.given = {**planned, **{n: one for n, one in asked.items() if n in _RESERVED}}
        call.request.arguments = call.given
    return plan


def bare(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that decide what a call does."""
    if _RESERVED.isdisjoint(arguments):
        return arguments
    return {name: value for name, value in arguments.items() if name not in _RESERVED}


def alone(*, dry_run: bool) -> Problem:
    """The refusal of a plan's token together with what it makes needless."""
    if dry_run:
        return invalid("plan_token", "commits what a dry run told; leave it or dry_run out")
    return invalid("idempotency_key", "is needless beside a plan_token, which is one itself")


def _unknown() -> PlanStale:
    """One refusal for a token that never was, is over, or is somebody else's or another action's."""
    return PlanStale(
        reason="unknown", told="This plan_token is not one that this call can commit now."
    )


def _about(caller: Caller, what: str) -> bytes:
    return f"{caller.org_id} {credential_of(caller)} {what}".encode()


def _hash(caller: Caller, token: str) -> bytes:
    return hashlib.sha256(b"plan" + caller.org_id.bytes + token.encode()).digest()


def _box(token: str) -> Box:
    return Box(token.encode(), _PURPOSE)


def _digest(normal: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(normal)).hexdigest()
