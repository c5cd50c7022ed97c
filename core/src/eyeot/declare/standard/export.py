"""Export: the records that meet typed conditions, as a file."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic import Field as Limits

from eyeot.declare.identifiers import Shows
from eyeot.declare.query import Form, Query
from eyeot.declare.record import records
from eyeot.declare.standard.conditions import asked, filters, sortable
from eyeot.declare.standard.verb import Verb

_LONGEST_TOLD = 16_384
_PROPERTIES: dict[str, Any] = {
    "document_id": {"type": "string", "description": "core.document.get_download_link fetches it."},
    "filename": {"type": "string"},
    "rows": {"type": "integer"},
    "size": {"type": "integer", "description": "Bytes."},
    "sha256": {"type": "string"},
    "job_id": {
        "type": "string",
        "description": "Above 5,000 rows, instead: core.job.get tells when it is done, and the rest.",
    },
    "content": {"type": "string", "description": "The text itself, when it is short."},
}


class Export(Verb):
    """A file of records."""

    name = "export"
    risk = "e"
    unlicensed = True
    summary = (
        "Export {en_all} that meet typed conditions as a CSV, XLSX or JSON Lines file, kept as a document"
        " that only you see."
    )
    en = "Export {en_all}; download {en_all}; {en_all} as a spreadsheet; {en_all} to Excel or CSV"
    fr = "Exporter les {fr_all}; télécharger les {fr_all}; {fr_all} en tableur; {fr_all} en Excel ou CSV"
    takes = frozenset({"fields"})
    follow = ("list",)

    def model(self) -> type[BaseModel]:
        """Conditions, order, fields and form."""
        order = f"A field, or -field for descending: {', '.join(sortable(self.meta))}."
        fields = Annotated[list[str], Limits(max_length=100)]
        archived = (Literal["active", "archived", "all"], "active")
        form = "csv: with ; and decimal comma where French is read, else with , and point."
        return self.made(
            **filters(self.resource),
            **({"archived": archived} if self.meta.archivable else {}),
            sort=(str, Limits(default=self.meta.sort, description=order, max_length=80)),
            fields=(fields, Limits(default_factory=list, description="Only these fields.")),
            format=(Form, Limits(default="csv", description=form)),
        )

    async def run(self, ctx: Any, data: Any) -> Any:
        """Write the file and keep it."""
        query = Query(
            conditions=asked(self.resource, data, ctx.now),
            archived=getattr(data, "archived", "all"),
            sort=data.sort,
            fields=data.fields,
        )
        made = await ctx.export(self.record, query, data.format)
        if made is None:
            waiting = await ctx.enqueue(f"{self.meta.name}.{self.name}", data)
            return {"job_id": (await ctx.view(waiting))["id"]}
        document: Any = records["core.document"]
        filename = f"{self.meta.name.replace('.', '-')}-{ctx.today.isoformat()}.{data.format}"
        row = await document.filed(ctx, made.file, filename, kind="export", needs=made.needs)
        told = {
            "document_id": (await ctx.view(row))["id"],
            "filename": row.filename,
            "rows": made.rows,
            "size": row.size,
            "sha256": row.sha256,
        }
        if data.format != "xlsx" and row.size <= _LONGEST_TOLD:
            made.file.seek(0)
            told["content"] = made.file.read().decode("utf-8-sig")
        return told

    def shows(self) -> Shows | None:
        """The document, or the job that makes it."""
        return Shows("document_id", "job_id")

    def output(self) -> Any:
        """The document, and its text when it is short."""
        return lambda: {"type": "object", "properties": _PROPERTIES}

    def example(self) -> dict[str, Any] | None:
        """All of them."""
        asked = {k: v for k, v in self.resource.find.items() if k not in ("limit", "fields")}
        return {**asked, "format": "csv"}
