"""Import: a file whose rows become records, through an import job."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, create_model
from pydantic import Field as Limits

from eyeot.declare.content import LONGEST_NAME, Uploaded
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Ref
from eyeot.declare.record import records
from eyeot.declare.standard.verb import Verb

_OUTPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "import_job_id": {"type": "string"},
        "status": {"type": "string", "description": "mapped: ready for check and run."},
        "total": {"type": "integer", "description": "Rows."},
        "columns": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "column": {"type": "string"},
                    "field": {"type": "string"},
                    "confidence": {"type": "number"},
                    "sample": {"type": "string"},
                },
            },
        },
        "mapping": {
            "type": "object",
            "description": "Column → field; give another to check and run if this one is wrong.",
            "additionalProperties": {"type": "string"},
        },
        "missing": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Required fields that no column fills.",
        },
    },
}


class Import(Verb):
    """A file on its way in."""

    name = "import"
    writes = "create"
    like = ("create", "update")
    risk = "x"
    summary = (
        "Take in a file of {en_all} (CSV, XLSX or JSON Lines): guesses which column is which field; then"
        " core.import_job.check and run load it."
    )
    en = "Import {en_all}; load {en_all} from a file; {en_all} from Excel or CSV"
    fr = "Importer des {fr_all}; charger des {fr_all} depuis un fichier; reprendre des {fr_all}"

    def model(self) -> type[BaseModel]:
        """The file, by content or as a document."""
        document: Any = Annotated[UUID | None, Ref("core.document")]
        name = Annotated[str, Limits(max_length=LONGEST_NAME, description="The file's name.")]
        made: type[BaseModel] = create_model(
            f"Import{self.meta.noun.title().replace('_', '')}",
            __base__=Uploaded,
            filename=(name, "import.csv"),
            document_id=(document, None),
        )
        return made

    async def run(self, ctx: Any, data: Any) -> Any:
        """Keep the rows, and tell what the columns probably are."""
        job: Any = records["core.import_job"]
        return await job.begun(ctx, self.meta.name, data)

    def shows(self) -> Shows | None:
        """The import."""
        return Shows("import_job_id")

    def output(self) -> Any:
        """The import job and the mapping."""
        return lambda: _OUTPUT

    def example(self) -> dict[str, Any] | None:
        """One row of the resource's own example."""
        given = self.resource.example or {}
        flat = {n: v for n, v in given.items() if isinstance(v, str) and not v.startswith("$")}
        if not flat:
            return None
        return {"text": ";".join(flat) + "\n" + ";".join(flat.values()), "filename": "import.csv"}
