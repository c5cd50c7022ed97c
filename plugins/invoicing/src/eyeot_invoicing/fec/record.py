"""Export: a file of accounting entries that was made, with what was checked and its digest."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from eyeot import Lifecycle, Record, Resource, Shared, field, follows, ref
from eyeot_invoicing.reading import BOOKS

Encoding = Literal["iso-8859-15", "utf-8"]
Separator = Literal["tab", "pipe"]


class Finding(BaseModel):
    """What a check found."""

    model_config = ConfigDict(extra="forbid")

    code: str
    label: str
    count: int
    first: str | None = None
    """The first place, by entry or line."""
    blocks: bool = False
    """Whether a file with it would be refused."""


class FecExport(
    Record,
    name="invoicing.fec_export",
    prefix="fec",
    needs=BOOKS,
    label="filename",
    hint=("year",),
    index=(("year",),),
    reach=Shared(),
    state="status",
    archivable=False,
):
    """A FEC: made from the books, or taken in from former software."""

    direction: Literal["in", "out"] = field(
        "out: made from our books; in: taken over from other software.",
        access="read",
        default="out",
    )
    year: int = field("The fiscal year, by the calendar year in which it ends.", access="read")
    siren: str | None = field("Whose entries they are.", access="read", default=None)
    filename: str = field("SIRENFECYYYYMMDD.txt.", access="read", max_length=80)
    encoding: Encoding = field("How its text is coded.", access="read", default="utf-8")
    separator: Separator = field("What stands between its columns.", access="read", default="tab")
    lines: int = field("Lines without the head.", access="read", default=0)
    entries: int = field("Entries.", access="read", default=0)
    digest: str = field("SHA-256 of the file, in hexadecimal.", access="read")
    is_provisional: bool = field(
        "Whether the year was open when it was made, so that it may still change.",
        access="read",
        default=False,
    )
    checks: list[Finding] = field("What was found in it.", access="read", default=list)
    document_id: UUID | None = ref(
        "core.document", "The file, locked.", access="read", default=None
    )
    made_at: datetime | None = field("When it was made.", access="read", default=None)
    status: Literal["generated", "delivered"] = field(
        "delivered: it was handed over.", access="read", default="generated"
    )


lifecycle = Lifecycle("status", "generated", (follows("deliver", "generated", to="delivered"),))
exports = Resource(
    FecExport,
    adding="list get",
    en="FEC export; FEC exports; file of accounting entries; tax audit file",
    fr="export FEC; exports FEC; fichier des écritures comptables; fichier pour contrôle fiscal",
    lifecycle=lifecycle,
)


def told(findings: list[Finding]) -> list[Any]:
    """Findings as they are stored."""
    return [one.model_dump(mode="json", exclude_none=True) for one in findings]
