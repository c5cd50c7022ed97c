"""Import jobs: a file of records on its way in, and the rows that were refused."""

from collections.abc import Generator
from typing import Annotated, Any, Literal
from uuid import UUID

from eyeot.declare.citing import Held
from eyeot.declare.content import bytes_of, checked_name
from eyeot.declare.context import Context
from eyeot.declare.field import field, ref
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Ref
from eyeot.declare.problem import StateRefused
from eyeot.declare.reach import Owned, Through
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.platform.imports.reading import read
from eyeot.platform.imports.suggestion import suggested
from eyeot.platform.imports.tabular import lines

ImportId = Annotated[UUID, Ref("core.import_job")]
Mode = Literal["atomic", "best_effort"]


class ImportJob(
    Record,
    name="core.import_job",
    prefix="imp",
    label="filename",
    hint=("resource",),
    reach=Owned("owner_id"),
    state="status",
    archivable=False,
):
    """A file whose rows become records."""

    resource: str = field("What its rows are, e.g. crm.customer.", access="read")
    filename: str = field("The file's name.", access="read", max_length=255)
    source: Literal["csv", "xlsx", "jsonl"] = field("What kind of file.", access="read")
    sha256: str = field("SHA-256 of its rows as they are kept.", access="secret")
    columns: list[str] = field("Its columns.", access="read", default=list)
    mapping: dict[str, str] = field("Column → field.", access="read", default=dict)
    mode: Mode = field("All rows or none, or as many as can be.", access="read", default="atomic")
    status: Literal["draft", "mapped", "checked", "running", "done", "failed", "rolled_back"] = (
        field("How far it is.", access="read", default="draft")
    )
    total: int = field("Rows in the file.", access="read", default=0)
    ok: int = field("Rows that became records.", access="read", default=0)
    errors: int = field("Rows that were refused.", access="read", default=0)
    holder: UUID | None = field(
        "Whose reading its rows are held to: a key, or one conversation of it.",
        access="secret",
        default=None,
    )
    provenance: Literal["enforce", "warn"] | None = field(
        "Whether rows that name what was not read are refused, or only noted.",
        access="secret",
        default=None,
    )
    job_id: UUID | None = ref(
        "core.job", "The job that loads it.", access="read", default=None, soft=True
    )
    owner_id: UUID | None = ref(
        "core.user", "Whose import it is.", access="read", default=None, soft=True
    )

    @property
    def held_to(self) -> Held | None:
        """What its rows are held to."""
        return Held(self.holder, self.provenance == "enforce") if self.holder else None

    def hold(self, held: Held | None) -> None:
        """Hold its rows to what somebody was shown."""
        self.holder = held.holder if held else None
        self.provenance = ("enforce" if held.enforced else "warn") if held else None

    @staticmethod
    async def begun(ctx: Context, resource: str, data: Any) -> dict[str, Any]:
        """Keep the rows of a file, and tell what its columns probably are."""
        content = None if data.document_id else bytes_of(data.content, data.text)
        table = await read(ctx, content, data.document_id, checked_name(data.filename))
        found = suggested(resource, table.columns, table.sample, ctx.allows)
        row = ImportJob(
            resource=resource,
            filename=table.filename,
            source=table.form,
            sha256=(await ctx.keep(table.file)).digest,
            columns=table.columns,
            mapping=found.mapping,
            total=table.total,
            owner_id=ctx.user_id,
        )
        row.hold(ctx.held_to)
        if not found.missing:
            lifecycle.take(row, "map")
        await ctx.add(row)
        told = found.model_dump(exclude={"fields"}, exclude_none=True)
        return {
            "import_job_id": (await ctx.view(row))["id"],
            "status": row.status,
            "total": row.total,
            **told,
        }

    @staticmethod
    async def made_of(
        ctx: Context, resource: str, filename: str, rows: Generator[dict[str, Any], None, None]
    ) -> "ImportJob":
        """An import of rows that name the fields they fill; ready to run."""
        file, total, columns = lines(rows)
        file.seek(0)
        digest = (await ctx.keep(file)).digest
        row = ImportJob(
            resource=resource,
            filename=checked_name(filename),
            source="jsonl",
            sha256=digest,
            columns=columns,
            mapping={name: name for name in columns},
            total=total,
            owner_id=ctx.user_id,
        )
        row.hold(ctx.held_to)
        lifecycle.take(row, "map")
        return await ctx.add(row)


class RefusedRow(
    Record,
    name="core.import_error",
    prefix="ime",
    label="row",
    reach=Through("import_job_id"),
    index=(("import_job_id", "row"),),
    archivable=False,
):
    """A row that was refused, and why."""

    import_job_id: UUID = ref("core.import_job", "Of which import.", on_delete="CASCADE")
    row: int = field("Which row, from 1; the line of heads is not counted.")
    held: dict[str, Any] = field("What it held.", access="secret", default=dict)
    errors: list[dict[str, Any]] = field("Why it was refused.", default=list)


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("map", "draft", "mapped", "checked", "failed", to="mapped"),
        by_hand("run", "draft", "mapped", "checked", "failed", to="running"),
        by_hand("finish", "running", to="done"),
        by_hand("fail", "running", to="failed"),
        by_hand("roll_back", "done", "failed", to="rolled_back"),
    ),
)
import_jobs = Resource(
    ImportJob,
    adding="list get count export",
    en="import; imports; import job; data import",
    fr="import; imports; reprise de données; import de fichier",
)


def permit(ctx: Context, resource: str) -> None:
    """Refuse who may not import these records now, whatever else they may."""
    ctx.check(f"{resource}.import", {"text": "-"})


def refuse_state(row: ImportJob, step: str) -> None:
    """Refuse a step that the import's state does not allow."""
    if step not in lifecycle.possible(row.status):
        raise StateRefused(
            kind="core.import_job",
            state=row.status,
            step=step,
            allowed=[s for one in lifecycle.steps if one.name == step for s in one.sources],
            possible=[one for one in lifecycle.possible(row.status) if one in ("run", "roll_back")],
        )
