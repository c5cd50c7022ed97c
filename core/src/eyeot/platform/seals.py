"""Seals: the proof that the audit is what it was, for people who must rely on it."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, BinaryIO, NamedTuple, cast
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import Conflict
from eyeot.platform.audit import AuditEvent
from eyeot.platform.documents import Document, DocumentId
from eyeot.runtime.sealing import files
from eyeot.runtime.sealing.examine import Examination
from eyeot.runtime.sealing.health import LATE
from eyeot.runtime.sealing.leaves import HEADER, PAYLOAD, Leaf
from eyeot.runtime.sealing.notes import Note, Verifier, parse
from eyeot.runtime.sealing.tree import Tree
from eyeot.storage.statement import ORG, compiled
from eyeot.storage.tables import audit_checkpoint, audit_leaf

PAGE = 2_000
MOST_VERIFIED, MOST_EXPORTED = 200_000, 40_000
"""Events that one call takes; the command line takes any number."""
_IN_MEMORY = 4 * 1024 * 1024
_LATEST = timedelta(seconds=15)
_MOST_KNOWN = 10_000
_ALL = (1 << 63) - 1
_event = AuditEvent.meta.table.alias("e")
_leaf, _note = audit_leaf.c, audit_checkpoint.c


class Span(Input):
    """A period; from the beginning, or until now, where a side is left out."""

    at_from: Annotated[datetime | None, Limits(description="From the last checkpoint before.")] = (
        None
    )
    at_to: Annotated[datetime | None, Limits(description="To the first checkpoint after.")] = None


class Finding(Output):
    """What was found when the tree was built again."""

    intact: bool
    first: int
    """The first event's place in the tree."""
    size: int
    """Events in the tree, as far as it was read."""
    verified: int
    checkpoints: int
    late: int
    erased: int
    problems: int
    verified_at: str | None
    findings: list[dict[str, Any]]
    notices: list[str]


class Stretch:
    """The part of a tree between two of its checkpoints."""

    def __init__(self, tree: Tree, last: int, keys: list[Verifier]) -> None:
        self.tree = tree
        self.first = tree.size
        self.last = last
        self.keys = keys

    @classmethod
    async def of(cls, ctx: Context, span: Span, most: int) -> "Stretch":
        """The stretch that covers a period; refused when it is too long for a call."""
        mine = _note.org_id == ctx.org_id
        first, last = 0, _ALL
        if span.at_from:
            before = sa.select(sa.func.max(_note.size).label("size"))
            found = await ctx.rows(before.where(mine, _note.at < span.at_from))
            first = found[0]["size"] or 0
        if span.at_to:
            after = sa.select(sa.func.min(_note.size).label("size"))
            found = await ctx.rows(after.where(mine, _note.at >= span.at_to))
            last = found[0]["size"] or _ALL
        newest = sa.select(sa.func.max(_leaf.position).label("last"))
        found = await ctx.rows(newest.where(_leaf.org_id == ctx.org_id))
        last = min(last, -1 if found[0]["last"] is None else found[0]["last"]) + (last == _ALL)
        if last - first > most:
            raise Conflict(
                reason=f"That is more than {most:,} events, which one call does not take.",
                remedy="Give at_from and at_to, or let the operator use 'eyeot audit'.",
                field="at_from",
            )
        return cls(await _grown(ctx, first), last, [Verifier.parse(one) for one in ctx.audit_keys])

    async def pages(self, ctx: Context) -> AsyncIterator[tuple[list[Leaf], list[Note]]]:
        """Its leaves with their events, and the checkpoints within each page."""
        at = self.first
        while found := await ctx.rows(_leaves(ctx.org_id, at, self.last)):
            page = [Leaf(*(row[name] for name in Leaf.__slots__)) for row in found]
            upto = page[-1].position + 1
            signed = await ctx.rows(
                sa.select(_note.note)
                .where(_note.org_id == ctx.org_id, _note.size > at, _note.size <= upto)
                .order_by(_note.size)
            )
            yield page, [parse(row["note"]) for row in signed]
            at = upto


def _leaves(org_id: UUID, first: int, last: int) -> sa.Select[Any]:
    """A page of leaves, each with the bytes of its event."""
    told = sa.case((_event.c.id.is_not(None), sa.literal_column(HEADER, sa.Text)))
    kept = sa.case((_event.c.id.is_not(None), sa.literal_column(PAYLOAD, sa.Text)))
    same = sa.and_(_event.c.org_id == _leaf.org_id, _event.c.id == _leaf.event_id)
    names = ("position", "event_id", "salt", "payload_hash", "leaf_hash")
    return (
        sa.select(*(_leaf[name] for name in names), told.label("header"), kept.label("payload"))
        .select_from(audit_leaf.outerjoin(_event, same))
        .where(_leaf.org_id == org_id, _leaf.position >= first, _leaf.position < last)
        .order_by(_leaf.position)
        .limit(PAGE)
    )


async def _grown(ctx: Context, size: int) -> Tree:
    """The tree at a checkpoint, which its root is held against by the checkpoints that follow."""
    if not size:
        return Tree()
    peaks = sa.select(_leaf.peaks).where(_leaf.org_id == ctx.org_id, _leaf.position == size - 1)
    found = await ctx.rows(peaks)
    try:
        return Tree(size, found[0]["peaks"] or b"" if found else b"")
    except ValueError as wrong:
        raise Conflict(
            reason="The tree is broken where the period begins.",
            remedy="Leave at_from out to see where.",
            field="at_from",
        ) from wrong


@action(
    "core.audit_event.verify_chain",
    risk="r",
    en="Verify the hash tree of the audit; prove that the audit was not tampered with",
    fr="Vérifier l'arbre de hachage de l'audit; audit falsifié",
    example={},
    permission="core:audit",
    surface="human",
)
async def verify_chain(ctx: Context, data: Span) -> Finding:
    """Build the hash tree of a period again, hold it against its signed checkpoints, and tell each break."""
    stretch = await Stretch.of(ctx, data, MOST_VERIFIED)
    examination = Examination(ctx.org_id, stretch.keys or None, stretch.tree)
    async for page, notes in stretch.pages(ctx):
        examination.leaves(page, notes)
        ctx.progress(examination.size - stretch.first, max(1, stretch.last - stretch.first))
    report = examination.report
    told = {name: one for name, one in asdict(report).items() if name in Finding.model_fields}
    return Finding(**{**told, "intact": report.intact, "first": stretch.first})


class AuditExported(Event, name="core.audit_event.exported"):
    """Sealed events were exported for an auditor."""

    document_id: DocumentId
    events: int


class Exported(Output):
    """The file, which `eyeot audit verify --file` reads."""

    document_id: DocumentId
    filename: str
    events: int
    size: int
    sha256: str


@action(
    "core.audit_event.export_signed",
    risk="e",
    en="Signed export of the audit; proof of the audit",
    fr="Export signé de l'audit; preuve de l'audit",
    example={},
    permission="core:audit",
    surface="human",
    events=("core.audit_event.exported",),
    unlicensed=True,
)
async def export_signed(ctx: Context, data: Span) -> Exported:
    """Write the sealed events of a period with their proof into a file that can be verified offline."""
    stretch = await Stretch.of(ctx, data, MOST_EXPORTED)
    key = str(stretch.keys[0]) if stretch.keys else ""
    file = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed with the transaction
    file.write(files.head(ctx.org_id, key, stretch.tree))
    async for page, notes in stretch.pages(ctx):
        file.writelines(files.lines(page, notes))
    filename = f"audit-{ctx.today.isoformat()}.jsonl"
    row = await Document.filed(ctx, file, filename, kind="export", needs=["core:audit"])
    events = max(0, stretch.last - stretch.first)
    ctx.emit(AuditExported(document_id=row.id, events=events))
    return Exported(
        document_id=row.id,
        filename=filename,
        events=events,
        size=row.size,
        sha256=row.sha256,
    )


_NEWEST = compiled(
    sa.select(_note.size, _note.root, _note.at)
    .where(_note.org_id == ORG)
    .order_by(_note.size.desc())
    .limit(1)
)


class Newest:
    """The newest checkpoint of each organisation, asked for again after fifteen seconds.

    Each look is followed by the event of the call that looked: a checkpoint that is still the newest long
    after it was first seen leaves that event waiting.
    """

    def __init__(self) -> None:
        self._known: dict[UUID, _Look] = {}

    async def of(self, ctx: Any) -> dict[str, Any] | None:
        """Its size, root and time, `delayed_since` when events wait too long; None before the first."""
        org_id: UUID = ctx.org_id
        held = self._known.get(org_id)
        if held and ctx.now < held.until <= ctx.now + _LATEST:
            return held.told
        rows: list[Any] = await ctx.select(_NEWEST, {})
        told = _shown(rows[0]) if rows else None
        root = told["root"] if told else ""
        since = held.since if held and held.root == root else ctx.now
        if ctx.now - since > LATE:
            told = {**(told or {"events": 0}), "delayed_since": _instant(since)}
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[org_id] = _Look(ctx.now + _LATEST, since, root, told)
        return told


class _Look(NamedTuple):
    """What was seen, until when it is good, and since when its checkpoint is the newest."""

    until: datetime
    since: datetime
    root: str
    told: dict[str, Any] | None


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _shown(row: Any) -> dict[str, Any]:
    return {
        "events": row["size"],
        "root": row["root"].hex(),
        "signed_at": _instant(row["at"]),
    }
