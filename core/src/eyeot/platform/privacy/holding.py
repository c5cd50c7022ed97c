"""Holding: what is held of a person, what would become of it, and the archive that they are given."""

from typing import Annotated, Any, Literal, cast

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.identifiers import Shows
from eyeot.declare.layout import Language
from eyeot.declare.model import Output
from eyeot.declare.privacy import Gathered
from eyeot.platform.documents import Document, DocumentId
from eyeot.platform.organizations import Organization
from eyeot.platform.privacy.archive import Contents, Held, packed
from eyeot.platform.privacy.letter import filed
from eyeot.platform.privacy.record import (
    PRIVACY,
    Asked,
    Chosen,
    Exported,
    Restricted,
    lifecycle,
    subject_of,
)

_MOST_SHOWN = 500
_MOST_BYTES = 50 * 1024 * 1024
_OWN = "core.data_subject_request"
_KEPT_OUT = frozenset({"version", "archived_at"})


_Rows = Annotated[list[dict[str, Any]], Shows("id")]


class Found(Output):
    """What is held of a person."""

    total: int
    kinds: Annotated[dict[str, int], Limits(description="Rows by kind of record.")]
    items: Annotated[
        list[dict[str, Any]],
        Shows("id"),
        Limits(description="Up to 500 rows: kind, id, label, fields."),
    ]


class Groups(Output):
    """What erasing would do."""

    erase: _Rows
    pseudonymise: _Rows
    keep: Annotated[_Rows, Limits(description="With the reason that the law gives.")]


class Export(Chosen):
    """In which form."""

    format: Annotated[
        Literal["full", "machine"],
        Limits(
            description="full: to read and for programs; machine: for programs alone (portability)."
        ),
    ] = "full"


class Archive(Output):
    """The archive and its signature."""

    document_id: DocumentId
    signature_id: DocumentId
    filename: str
    sha256: str
    rows: int
    left_out: Annotated[list[str], Limits(description="Documents that were too large to go along.")]
    public_key: Annotated[str, Limits(description="PEM; `eyeot audit export-key` prints the same.")]
    verify: Annotated[str, Limits(description="The command that checks the signature offline.")]


class Frozen(Output):
    """What was put away, and what was left."""

    restricted: Annotated[dict[str, int], Limits(description="Rows by kind that left lists.")]
    left: Annotated[dict[str, int], Limits(description="Rows by kind that cannot be put away.")]


@action(
    "core.data_subject_request.collect_data",
    risk="r",
    en=(
        "Collect a person's data; everything held about somebody; where does a person appear; "
        "find all personal data of a customer"
    ),
    fr=(
        "Rassembler les données d'une personne; tout ce qui est conservé sur quelqu'un; où apparaît "
        "une personne; retrouver les données personnelles d'un client"
    ),
    example={"request_id": "$core.data_subject_request?status=in_progress"},
    permission=PRIVACY,
    record=Asked,
    next=("core.data_subject_request.produce_export",),
)
async def collect_data(ctx: Context, data: Chosen) -> Found:
    """Show which records of all modules tell something of the person who asks, without their values."""
    rows = await _gathered(ctx, await ctx.get(Asked, data.request_id))
    items = [
        {"kind": one.row.meta.name, "id": one.id, "fields": sorted(one.personal)}
        for one in rows[:_MOST_SHOWN]
    ]
    return Found(total=len(rows), kinds=_counted(one.row for one in rows), items=items)


@action(
    "core.data_subject_request.preview_erasure",
    risk="r",
    en=(
        "Preview the erasure of a person; what would be deleted, pseudonymised or kept; right to be "
        "forgotten preview; test an erasure"
    ),
    fr=(
        "Prévisualiser l'effacement d'une personne; ce qui serait effacé, pseudonymisé ou gardé; "
        "aperçu du droit à l'oubli; simuler un effacement"
    ),
    example={"request_id": "$core.data_subject_request?status=in_progress"},
    permission=PRIVACY,
    record=Asked,
)
async def preview_erasure(ctx: Context, data: Chosen) -> Groups:
    """Show what erasing the person would erase, pseudonymise, and keep for which reason; changes nothing."""
    told = Groups(erase=[], pseudonymise=[], keep=[])
    for one in await _gathered(ctx, await ctx.get(Asked, data.request_id)):
        about = {"kind": one.row.meta.name, "id": one.id}
        if one.plan.erase:
            told.erase.append({**about, "fields": list(one.plan.erase)})
        if one.plan.pseudonymise:
            told.pseudonymise.append({**about, "fields": list(one.plan.pseudonymise)})
        if one.plan.keep:
            told.keep.append({**about, "fields": one.plan.keep})
    return told


@action(
    "core.data_subject_request.restrict_processing",
    risk="w",
    en=(
        "Restrict the processing of a person's data; freeze a person's data; stop using somebody's "
        "data; put personal data on hold"
    ),
    fr=(
        "Limiter le traitement des données d'une personne; geler les données d'une personne; ne plus "
        "utiliser les données de quelqu'un; suspendre le traitement"
    ),
    example={"request_id": "$core.data_subject_request?status=in_progress"},
    events=("core.data_subject_request.restricted",),
    permission=PRIVACY,
    unlicensed=True,
)
async def restrict_processing(ctx: Context, data: Chosen) -> Frozen:
    """Put the person's records away without deleting them; accounts of users stay as they are.

    Source: GDPR art. 18. `restore` of each record takes it back.
    """
    row = await ctx.get(Asked, data.request_id, lock=True)
    subject = subject_of(row)
    before = await _gathered(ctx, row)
    done = await ctx.restrict([one for one in before if one.row.meta.module != "core"])
    ctx.emit(Restricted(request_id=row.id, subject_ref=subject))
    put = {one.id for one in done}
    left = (one.row for one in before if one.row.id not in put)
    return Frozen(restricted=_counted(done), left=_counted(left))


@action(
    "core.data_subject_request.produce_export",
    risk="e",
    en=(
        "Produce a person's data export; signed archive of personal data; answer a right of access; "
        "GDPR export; data portability file"
    ),
    fr=(
        "Produire l'export des données d'une personne; archive signée des données personnelles; "
        "répondre à un droit d'accès; export RGPD; fichier de portabilité"
    ),
    example={"request_id": "$core.data_subject_request?status=in_progress"},
    events=("core.data_subject_request.updated", "core.data_subject_request.exported"),
    permission=PRIVACY,
    unlicensed=True,
    next=("core.document.get_download_link",),
)
async def produce_export(ctx: Context, data: Export) -> Archive:
    """Put all that is held of the person into a signed archive, kept with the request.

    An access or portability request is thereby fulfilled. Source: GDPR art. 15(3) and 20.
    """
    row = await ctx.get(Asked, data.request_id, lock=True)
    rows = await _gathered(ctx, row)
    contents, left_out = await _contents(ctx, row, rows, readable=data.format == "full")
    made = packed(contents)
    needs = sorted({PRIVACY, *(one for found in rows for one in found.needs)})
    zipped = await filed(ctx, row, made, f"{contents.name}.zip", kind="export", needs=needs)
    signature = ctx.outside.sign(made)
    name = f"{contents.name}.zip.sig"
    signed = await filed(ctx, row, signature, name, kind="export", needs=needs)
    if row.kind in ("access", "portability") and row.status in ("in_progress", "extended"):
        lifecycle.take(row, "fulfil_in_part" if left_out else "fulfil")
        row.answered_at = ctx.now
    ctx.emit(Exported(request_id=row.id))
    return Archive(
        document_id=zipped.id,
        signature_id=signed.id,
        filename=zipped.filename,
        sha256=zipped.sha256,
        rows=len(rows),
        left_out=left_out,
        public_key=ctx.outside.signing_key,
        verify=f"openssl pkeyutl -verify -pubin -inkey export-key.pem -rawin -in {zipped.filename}"
        f" -sigfile {name}",
    )


async def _gathered(ctx: Context, row: Asked) -> list[Gathered]:
    """Every row about the person, oldest kind first, without the requests themselves."""
    subject = subject_of(row)
    found = await ctx.gather(subject)
    kept = [one for one in found if one.row.meta.name != _OWN]
    return sorted(kept, key=lambda one: (one.row.meta.name, one.row.id))


def _counted(rows: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in rows:
        counts[one.meta.name] = counts.get(one.meta.name, 0) + 1
    return counts


async def _contents(
    ctx: Context, row: Asked, rows: list[Gathered], *, readable: bool
) -> tuple[Contents, list[str]]:
    company = await ctx.first(Organization)
    files, left_out = await _files(ctx, rows)
    told = Contents(
        name=f"personal-data-{row.id.hex[-12:]}",
        company=company.legal_name if company else "",
        person=row.requester,
        language=row.locale,
        on=ctx.today,
        request={"kind": row.kind, "received_at": row.received_at.isoformat()},
        rows=[_held(one, row.locale) for one in rows],
        files=files,
        readable=readable,
    )
    return told, left_out


def _held(one: Gathered, language: Language) -> Held:
    meta = one.row.meta
    fields = {n: value for n, value in one.values.items() if n not in _KEPT_OUT}
    words = {n: f.doc for n, f in meta.fields.items()} if language == "en" else {}
    label = one.label[language == "fr"]
    return Held(meta.name, label, one.id, fields, words)


async def _files(ctx: Context, rows: list[Gathered]) -> tuple[dict[str, bytes], list[str]]:
    """The documents attached to what is held of the person, as far as there is room."""
    found: dict[str, bytes] = {}
    left_out, room = list[str](), _MOST_BYTES
    for document in cast("list[Document]", await ctx.attached([one.row for one in rows])):
        name = f"{document.id.hex[-12:]}-{document.filename}"
        if document.size > room:
            left_out.append(document.filename)
            continue
        room -= document.size
        found[name] = b"".join([piece async for piece in ctx.content(document.sha256)])
    return found, left_out
