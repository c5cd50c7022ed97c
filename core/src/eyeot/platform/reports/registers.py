"""Registers: requests about personal data, series of numbers, and what is kept for how long."""

from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.context import Context
from eyeot.declare.report import Filters, ReportRow, Told, drill, report, typeid
from eyeot.platform.documents import Document
from eyeot.platform.privacy.record import OPEN, PRIVACY, Asked, RequestId
from eyeot.platform.reports.asking import Spell, counted, span
from eyeot.platform.sequences import Sequence, SequenceId, Span, check_gaps

_YET = "Breaches and the register of processing have no records in this version."


class Requested(Spell):
    """A period in which requests came, and whether only what is still to be answered."""

    only_open: bool = False


class RequestRow(ReportRow):
    """One request of a person."""

    request_id: RequestId
    kind: str
    requester: str
    received_at: date
    due_at: date
    status: str
    days_left: Annotated[
        int | None, Limits(description="Below 0 when late; none once answered.")
    ] = None
    in_time: Annotated[bool | None, Limits(description="Whether it was answered in time.")] = None


@report(
    "core.report.gdpr_register",
    row=RequestRow,
    en=(
        "GDPR register report; data subject requests and their deadlines; which privacy requests "
        "are late; requests to answer"
    ),
    fr=(
        "Registre RGPD; demandes de droits et leurs échéances; quelles demandes RGPD sont en retard; "
        "demandes à traiter"
    ),
    example={"only_open": True},
    permission=PRIVACY,
    next=("core.data_subject_request.get",),
)
async def gdpr_register(ctx: Context, data: Requested) -> Told:
    """List people's requests about their data with deadlines, the most urgent first, and what was late."""
    where: list[Any] = [Asked.c.status.in_(OPEN)] if data.only_open else []
    if data.period or not data.only_open:
        spell = span(ctx, data.period)
        where.append(Asked.c.received_at.between(spell.first, spell.last))
    rows = [_request(ctx, one) for one in await ctx.find(Asked, *where, order=Asked.c.due_at)]
    totals = {
        "requests": len(rows),
        "open": sum(one.days_left is not None for one in rows),
        "late": sum(one.days_left is not None and one.days_left < 0 for one in rows),
        "answered_late": sum(one.in_time is False for one in rows),
    }
    return Told(rows, totals, (_YET,))


def _request(ctx: Context, row: Asked) -> RequestRow:
    is_open = row.status in OPEN
    answered = row.answered_at or row.updated_at
    return RequestRow(
        request_id=row.id,
        kind=row.kind,
        requester=row.requester,
        received_at=row.received_at,
        due_at=row.due_at,
        status=row.status,
        days_left=(row.due_at - ctx.today).days if is_open else None,
        in_time=None if is_open else answered.date() <= row.due_at,
        drill=drill(
            "core.data_subject_request.get", id=typeid("core.data_subject_request", row.id)
        ),
    )


class SeriesRow(ReportRow):
    """One series of numbers."""

    sequence_id: SequenceId
    code: str
    name: str
    status: str
    in_order: bool
    counted: int
    missing: Annotated[int, Limits(description="Gaps; each may be of several numbers.")]
    duplicates: int
    inversions: int
    lost: Annotated[int, Limits(description="Given and not in the register.")]
    last_date: date | None = None


@report(
    "core.report.numbering_integrity",
    row=SeriesRow,
    en=(
        "Numbering integrity report; are all number series without gaps; missing invoice numbers; "
        "proof of continuous numbering"
    ),
    fr=(
        "Rapport d'intégrité de la numérotation; les séries sont-elles sans trou; numéros de facture "
        "manquants; preuve de numérotation continue"
    ),
    example={},
    next=("core.sequence.check_gaps",),
)
async def numbering_integrity(ctx: Context, data: Filters) -> Told:  # noqa: ARG001 - nothing more is asked
    """Check every series of numbers for gaps, duplicates and dates out of order.

    Source: CGI ann. II, art. 242 nonies A, I-7°.
    """
    rows = []
    for one in await ctx.find(Sequence, order=Sequence.c.code):
        proof = await check_gaps.handler(ctx, Span(sequence_id=one.id))
        rows.append(
            SeriesRow(
                sequence_id=one.id,
                code=one.code,
                name=one.name,
                status=one.status,
                in_order=proof.in_order,
                counted=proof.counted,
                missing=len(proof.missing),
                duplicates=len(proof.duplicates),
                inversions=len(proof.inversions),
                lost=proof.lost,
                last_date=one.last_date,
                drill=drill(
                    "core.sequence.check_gaps", sequence_id=typeid("core.sequence", one.id)
                ),
            )
        )
    totals = {
        "series": len(rows),
        "in_order": sum(one.in_order for one in rows),
        "numbers": sum(one.counted for one in rows),
    }
    return Told(rows, totals)


class StorageRow(ReportRow):
    """The documents of one kind."""

    kind: str
    documents: int
    bytes: int
    drafts: int
    locked: Annotated[int, Limits(description="Frozen for their legal retention.")]
    due: Annotated[int, Limits(description="Locked until a day that is over.")]
    locked_until: Annotated[date | None, Limits(description="The last of them.")] = None


@report(
    "core.report.storage_and_retention",
    row=StorageRow,
    en=(
        "Storage and retention report; how much room documents take; which documents can be purged; "
        "end of legal retention"
    ),
    fr=(
        "Rapport de stockage et de conservation; place occupée par les documents; documents à purger; "
        "fin de conservation légale"
    ),
    example={},
    permission="core:admin",
    next=("core.document.list",),
)
async def storage_and_retention(ctx: Context, data: Filters) -> Told:  # noqa: ARG001 - nothing more is asked
    """Count documents and their size by kind, with those locked and those whose retention is over."""
    kept = Document.c
    found = await ctx.rows(
        sa.select(
            kept.kind,
            sa.func.count().label("documents"),
            sa.func.sum(kept.size).label("bytes"),
            counted(kept.status == "draft").label("drafts"),
            counted(kept.status == "locked").label("locked"),
            counted(kept.retention_until < ctx.today).label("due"),
            sa.func.max(kept.retention_until).label("locked_until"),
        )
        .where(ctx.within(Document))
        .group_by(kept.kind)
        .order_by(sa.desc("bytes"), kept.kind)
    )
    rows = [StorageRow(**one, drill=drill("core.document.list", kind=one["kind"])) for one in found]
    totals = {n: sum(getattr(one, n) for one in rows) for n in ("documents", "bytes", "due")}
    return Told(
        rows, totals, ("Documents that the caller may read; versions that are over count no more.",)
    )
