"""Following: a round is brought to its end at the provider, step by step, whatever breaks in between.

Each step asks the other side how it stands before it adds what is missing, so that a step which was cut off
is gone on with and not done twice.
"""

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from eyeot.declare.anyref import RecordRef
from eyeot.declare.content import LONGEST_NAME
from eyeot.declare.context import Context
from eyeot.declare.event import after
from eyeot.declare.job import Step, job
from eyeot.declare.notice import Notice
from eyeot.declare.problem import ProviderNotConfigured
from eyeot.declare.prompt import Localized
from eyeot.declare.provider import ProviderUnavailable
from eyeot.platform.documents import Document
from eyeot.platform.signatures.record import (
    OPEN,
    SignatureCancelled,
    SignatureEnded,
    SignatureRequested,
    SignatureRound,
    Signer,
    moved,
)
from eyeot.platform.signatures.yousign import Refused, Yousign

_SOONEST, _LATEST = timedelta(minutes=5), timedelta(hours=6)
_PATIENCE = timedelta(days=7)
"""After the deadline: a provider that gives no answer until then is not asked any more."""
_MOST_ADDED = 4
_ENDS = {
    "declined": "decline",
    "rejected": "decline",
    "expired": "expire",
    "canceled": "cancel",
    "deleted": "cancel",
}
"""The provider's states that end a round without signatures, and our step."""
_SAID = {
    "done": ("{file} is signed", "{file} est signé"),
    "declined": ("{file}: signature declined", "{file} : signature refusée"),
    "expired": ("{file}: nobody signed in time", "{file} : signature expirée"),
    "cancelled": ("{file}: signature called off", "{file} : signature annulée"),
    "failed": ("{file}: signature failed", "{file} : échec de la signature"),
}


class Followed(BaseModel):
    """The round that is followed."""

    round_id: UUID


@after("core.document.signature_requested")
async def begin(ctx: Context, event: SignatureRequested) -> None:
    """Have the provider told of a new round."""
    await ctx.enqueue(follow, Followed(round_id=event.round_id))


@after("core.document.signature_cancelled")
async def call_off(ctx: Context, event: SignatureCancelled) -> None:
    """Have the provider told that a round is called off."""
    await ctx.enqueue(follow, Followed(round_id=event.round_id))


@job("core.document.follow_signature")
async def follow(ctx: Context, data: Followed, _cursor: dict[str, Any] | None) -> Step:
    """Bring a round of signature on: begin it, ask how it stands, fetch what was signed."""
    row = await ctx.get(SignatureRound, data.round_id, lock=True, beyond=True)
    if row.status not in OPEN:
        return Step(done=1, total=1, message=f"the round is {row.status}")
    try:
        goes_on = await _STEPS[row.status](ctx, row, Yousign(ctx, row))
    except Refused as refused:
        await _end(ctx, row, "fail", str(refused))
    except (ProviderUnavailable, ProviderNotConfigured) as silent:
        await _again(ctx, row, data, silent)
    else:
        row.attempts = 0
        if goes_on:
            return Step(cursor={"status": row.status}, message=row.status)
        if row.status == "ongoing":
            since = ctx.now - (row.started_at or ctx.now)
            await ctx.enqueue(follow, data, at=ctx.now + min(max(since / 4, _SOONEST), _LATEST))
    return Step(done=1, total=1, message=f"the round is {row.status}")


async def _again(ctx: Context, row: SignatureRound, data: Followed, silent: Any) -> None:
    """Try once more after a while, which grows; not for ever."""
    row.attempts += 1
    if ctx.today > row.deadline + _PATIENCE:
        await _end(ctx, row, "fail", str(silent.body()["message"]))
        return
    asked = timedelta(seconds=getattr(silent, "retry_after", 60))
    wait = max(asked, timedelta(minutes=1) * 2 ** min(row.attempts - 1, 9))
    await ctx.enqueue(follow, data, at=ctx.now + min(wait, _LATEST))


async def _requested(ctx: Context, row: SignatureRound, there: Yousign) -> bool:
    """Make the request, its file and its signers there, as far as they are missing, and send it out."""
    document = await ctx.get(Document, row.document_id, beyond=True)
    known = there.found()
    if row.provider_ref is None:
        row.provider_ref = str((known or there.create(document.filename)).get("id") or "")[:100]
        return True
    if known is None:
        raise Refused("the provider does not know the request any more")
    if known.get("status") != "draft":
        # It was activated, and we did not hear of it.
        await _started(ctx, row)
        return True
    files = there.documents()
    if not files:
        content = b"".join([piece async for piece in ctx.content(row.sha256)])
        there.upload(document.filename, content)
        return True
    present = {str(dict(one.get("info") or {}).get("email")).casefold() for one in there.signers()}
    wanted = [Signer.model_validate(one) for one in row.signers]
    missing = [(at, one) for at, one in enumerate(wanted) if one.email.casefold() not in present]
    for at, one in missing[:_MOST_ADDED]:
        there.add(one, at, files[0])
    if missing:
        return True
    there.activate()
    await _started(ctx, row)
    return False


async def _started(ctx: Context, row: SignatureRound) -> None:
    await moved(ctx, row, "start")
    row.started_at = ctx.now


async def _ongoing(ctx: Context, row: SignatureRound, there: Yousign) -> bool:
    """Ask how it stands, and when the last one signed if all have."""
    known = there.found()
    status = str(known.get("status")) if known else "deleted"
    if status == "done":
        zone = ZoneInfo(ctx.timezone)
        times = [there.signed_at(one) for one in there.signers()]
        row.signed_on = max(times).astimezone(zone).date() if times else ctx.today
        await moved(ctx, row, "sign")
        return True
    if status in _ENDS:
        await _end(ctx, row, _ENDS[status], row.reason)
    return False


async def _cancelling(ctx: Context, row: SignatureRound, there: Yousign) -> bool:
    """Call it off there, unless it ended before."""
    known = there.found()
    if known is None:
        await _end(ctx, row, "cancel", row.reason)
        return False
    if row.provider_ref is None:
        row.provider_ref = str(known.get("id") or "")[:100]
        return True
    status = str(known.get("status"))
    if status in ("ongoing", "approval"):
        there.cancel(row.reason or "")
        await _end(ctx, row, "cancel", row.reason)
        return False
    if status == "draft":
        there.delete()
        await _end(ctx, row, "cancel", row.reason)
        return False
    return await _ongoing(ctx, row, there)


async def _signed(ctx: Context, row: SignatureRound, there: Yousign) -> bool:
    """Fetch the signed copy and the proof, and file both beside the document."""
    files = there.documents()
    signed = there.signed(files[0] if files else {})
    proof = there.proof()
    first = await ctx.get(Document, row.document_id, beyond=True)
    copy = await _filed(ctx, first, signed, ("signé", first.kind))
    trail = await _filed(ctx, first, proof, ("preuve", "other"))
    row.signed_id, row.proof_id = copy.id, trail.id
    await _end(ctx, row, "file", None)
    return False


async def _filed(ctx: Context, first: Document, content: bytes, what: tuple[str, Any]) -> Document:
    path, (word, kind) = PurePosixPath(first.filename), what
    made = await Document.filed(
        ctx,
        content,
        f"{path.stem[: LONGEST_NAME - 40]} ({word}).pdf",
        kind=kind,
        records=list(first.records),
        needs=list(first.needs),
        origin_id=first.id,
    )
    # Who brought the document in sees what came of it, also where it hangs on nothing.
    made.owner_id, made.credential_id = first.owner_id, first.credential_id
    return made


async def _end(ctx: Context, row: SignatureRound, step: str, reason: str | None) -> None:
    """End a round, tell it, and notify who began it."""
    row.reason = reason[:1000] if reason else None
    document = await moved(ctx, row, step)
    ctx.emit(
        SignatureEnded.model_validate(
            {
                "document_id": document.id,
                "round_id": row.id,
                "outcome": row.status,
                "signed_on": row.signed_on,
                "signed_id": row.signed_id,
                "reason": row.reason,
            }
        )
    )
    if row.asked_by:
        en, fr = (one.format(file=document.filename)[:200] for one in _SAID[row.status])
        ctx.notify(
            Notice(
                to=row.asked_by,
                kind=SignatureEnded.name,
                title=Localized(en=en, fr=fr),
                body=Localized(en=row.reason, fr=row.reason) if row.reason else None,
                record=RecordRef.to("core.document", document.id),
                severity="success" if row.status == "done" else "warning",
            )
        )


_STEPS = {
    "requested": _requested,
    "ongoing": _ongoing,
    "cancelling": _cancelling,
    "signed": _signed,
}
