"""Answering: who asks, how long it takes, and why it is refused."""

from datetime import date
from typing import Annotated

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.problem import Conflict
from eyeot.platform.privacy.deadlines import due
from eyeot.platform.privacy.letter import write
from eyeot.platform.privacy.record import (
    PRIVACY,
    Asked,
    Chosen,
    Extended,
    Refused,
    lifecycle,
)

_Reason = Annotated[
    str, Limits(min_length=10, max_length=2_000, description="As the person reads it.")
]


class Verify(Chosen):
    """How it was made sure who asks."""

    method: Annotated[
        str,
        Limits(
            min_length=3,
            max_length=300,
            description="What was compared, e.g. answered from the known e-mail; never a copy of an id.",
        ),
    ]


class Reasoned(Chosen):
    """A request, and why."""

    reason: _Reason


@action(
    "core.data_subject_request.verify_identity",
    risk="w",
    en=(
        "Verify who made a data request; identity checked; confirm the identity of a GDPR requester; "
        "start handling a privacy request"
    ),
    fr=(
        "Vérifier l'identité d'un demandeur RGPD; identité contrôlée; confirmer qui demande ses "
        "données; commencer à traiter une demande de droits"
    ),
    example={
        "request_id": "$core.data_subject_request?status=received",
        "method": "Réponse envoyée depuis l'adresse connue",
    },
    events=("core.data_subject_request.updated",),
    permission=PRIVACY,
    record=Asked,
    unlicensed=True,
    next=("core.data_subject_request.collect_data",),
)
async def verify_identity(ctx: Context, data: Verify) -> Asked:
    """Record how it was made sure who asks; the deadline goes on from the day the request came.

    Source: GDPR art. 12(2) and 12(6).
    """
    row = await ctx.get(Asked, data.request_id, lock=True)
    lifecycle.take(row, "verify_identity")
    row.identity_method = data.method
    return row


@action(
    "core.data_subject_request.extend_deadline",
    risk="w",
    en=(
        "Extend the deadline of a data request; more time for a GDPR request; two more months; "
        "postpone the answer to a privacy request"
    ),
    fr=(
        "Prolonger le délai d'une demande RGPD; plus de temps pour répondre; deux mois "
        "supplémentaires; repousser la réponse à une demande de droits"
    ),
    example={
        "request_id": "$core.data_subject_request?status=in_progress",
        "reason": "Les archives concernées couvrent plus de dix ans.",
    },
    events=("core.data_subject_request.updated", "core.data_subject_request.extended"),
    permission=PRIVACY,
    record=Asked,
    unlicensed=True,
    next=("core.data_subject_request.list_documents",),
)
async def extend_deadline(ctx: Context, data: Reasoned) -> Asked:
    """Add two months, once and before the first is over; writes the notice that the person is owed.

    Source: GDPR art. 12(3): the person is told within the first month, with the reasons.
    """
    row = await ctx.get(Asked, data.request_id, lock=True)
    refuse_late(row.due_at, ctx.today)
    lifecycle.take(row, "extend_deadline")
    row.extension_reason, row.due_at = data.reason, due(row.received_at, extended=True)
    await write(ctx, row)
    ctx.emit(Extended(request_id=row.id, due_at=row.due_at))
    return row


def refuse_late(due_at: date, today: date) -> None:
    """Refuse an extension that the person can no longer be told of in time."""
    if today > due_at:
        raise Conflict(
            reason=f"The answer was due on {due_at}: only within that time can it be extended.",
            remedy="Answer now, by produce_export, fulfil or refuse.",
        )


@action(
    "core.data_subject_request.refuse",
    risk="w",
    en=(
        "Refuse a data request; reject a GDPR request; decline a privacy request; manifestly "
        "unfounded request"
    ),
    fr=(
        "Refuser une demande RGPD; rejeter une demande de droits; décliner une demande d'accès; "
        "demande manifestement infondée"
    ),
    example={
        "request_id": "$core.data_subject_request?status=identity_check",
        "reason": "Aucun justificatif ne nous est parvenu malgré deux relances.",
    },
    events=("core.data_subject_request.updated", "core.data_subject_request.refused"),
    permission=PRIVACY,
    record=Asked,
    unlicensed=True,
    next=("core.data_subject_request.list_documents",),
)
async def refuse(ctx: Context, data: Reasoned) -> Asked:
    """Refuse a request with its reason; writes the letter, which names the remedies that are left.

    Source: GDPR art. 12(4) and 12(5).
    """
    row = await ctx.get(Asked, data.request_id, lock=True)
    lifecycle.take(row, "refuse")
    row.decision, row.answered_at = data.reason, ctx.now
    await write(ctx, row)
    ctx.emit(Refused(request_id=row.id))
    return row
