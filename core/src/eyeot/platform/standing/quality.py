"""Quality: records that are there twice, say too little, or say what cannot be true."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field as Limits

from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.contribution import Flaw, Quality
from eyeot.declare.report import Drill, Filters, ReportRow, Told, report

Check = Literal["duplicate", "missing", "invalid"]


class Asked(Filters):
    """Which flaws."""

    check: Annotated[Check | None, Limits(description="All kinds of flaws when left out.")] = None
    kind: Annotated[str | None, Limits(description="Of these records, e.g. crm.party.")] = None


class FlawRow(ReportRow):
    """One flaw, and the action that mends it."""

    check: Check
    kind: str
    record: RecordRef
    label: str
    field: str | None = None
    problem: str
    fix: str
    other: RecordRef | None = None


@report(
    "core.report.data_quality_overview",
    row=FlawRow,
    en=(
        "Data quality overview; duplicates, missing and invalid identifiers; what is wrong in our data; "
        "records to mend; poor records"
    ),
    fr=(
        "Qualité des données; doublons, identifiants manquants ou invalides; fiches à corriger; "
        "faire le ménage dans les fiches; données douteuses"
    ),
    example={},
)
async def data_quality_overview(ctx: Context, data: Asked) -> Told:
    """List records that are there twice, lack an identifier or bear a wrong one, with what mends each."""
    looks, unseen = ctx.contributed(Quality)
    found = [flaw for one in looks for flaw in await one.look(ctx)]
    wanted = [
        one
        for one in found
        if data.check in (None, one.check) and data.kind in (None, one.record.kind)
    ]
    french = ctx.locale.startswith("fr")
    rows = [_row(one, french=french) for one in wanted]
    totals = Counter(f"{one.check}" for one in wanted)
    notes = tuple(f"Not looked at, for want of the permission {one}." for one in unseen)
    return Told(rows, {"flaws": len(rows), **dict(sorted(totals.items()))}, notes)


def _row(one: Flaw, *, french: bool) -> FlawRow:
    return FlawRow(
        check=one.check,
        kind=one.record.kind,
        record=one.record,
        label=one.label,
        field=one.field or None,
        problem=one.said[french],
        fix=one.fix,
        other=one.other,
        drill=Drill(action=f"{one.record.kind}.get", arguments={"id": one.record.typeid}),
    )
