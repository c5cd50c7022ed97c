"""Making: the files of a posted piece: what people read, and what machines do; each made once."""

from collections.abc import Sequence
from typing import Any

from eyeot import Conflict, Context, EmbeddedFile, Layout, RecordRef
from eyeot_invoicing.documents.filing import Form, Wanted, content_of, file, filed_before
from eyeot_invoicing.documents.layouts import LAYOUTS
from eyeot_invoicing.documents.paper import paper_of
from eyeot_invoicing.einvoices.building import Piece, bill_for
from eyeot_invoicing.einvoices.hybrid import NAME, marked
from eyeot_invoicing.einvoices.model import Bill, Profile, Syntax
from eyeot_invoicing.einvoices.opening import tree
from eyeot_invoicing.einvoices.reading import schema_errors
from eyeot_invoicing.einvoices.writing import write

_MIME = "text/xml"


def layout_of(piece: Piece) -> Layout:
    """How the paper of a piece looks."""
    return LAYOUTS[piece.record.meta.name]


def refuse_draft(piece: Piece) -> None:
    """Refuse to make of a draft what stands for good."""
    if piece.record.status == "draft":
        raise Conflict(
            reason="It is a draft: it has no number yet, and may still change.",
            remedy=f"Post it first with {piece.record.meta.name}.post.",
        )


def ref_of(piece: Piece) -> RecordRef:
    """What files are attached to."""
    return RecordRef.to(piece.record.meta.name, piece.record.id)


def _name(piece: Piece, ending: str) -> str:
    return f"{(piece.record.number or 'brouillon').replace('/', '-')}{ending}"


async def draft_pdf(ctx: Context, piece: Piece, language: str) -> bytes:
    """A piece as people read it, whether it stands or not."""
    paper = await paper_of(ctx, piece, language)
    return await ctx.typeset(layout_of(piece), paper, language=_language(language))


def _language(language: str) -> Any:
    return "en" if language == "en" else "fr"


async def _made_before(ctx: Context, piece: Piece, wanted: Wanted) -> Any:
    """The document of a file that was made before; whoever asks for the same at once waits for the first."""
    if found := await filed_before(ctx, wanted):
        return found
    await ctx.get(type(piece.record), piece.record.id, lock=True, beyond=True)
    return await filed_before(ctx, wanted)


async def pdf(ctx: Context, piece: Piece, language: str) -> Any:
    """The document of the readable piece."""
    refuse_draft(piece)
    wanted = Wanted(ref_of(piece), "pdf", language)
    if found := await _made_before(ctx, piece, wanted):
        return found
    made = await draft_pdf(ctx, piece, language)
    return await file(ctx, wanted, made, _name(piece, ".pdf"), issued=piece.record.issue_date)


async def xml(ctx: Context, piece: Piece, syntax: Syntax, profile: Profile) -> Any:
    """The document of the piece in CII or UBL."""
    refuse_draft(piece)
    wanted = Wanted(ref_of(piece), syntax, profile=profile)
    if found := await _made_before(ctx, piece, wanted):
        return found
    made = checked(await bill_for(ctx, piece), syntax, profile)
    name = _name(piece, f"-{syntax}.xml")
    return await file(ctx, wanted, made, name, issued=piece.record.issue_date)


async def facturx(ctx: Context, piece: Piece, profile: Profile, language: str) -> Any:
    """The document of the readable piece that carries itself as XML (Factur-X)."""
    refuse_draft(piece)
    wanted = Wanted(ref_of(piece), "facturx", language, profile)
    if found := await _made_before(ctx, piece, wanted):
        return found
    inside = checked(await bill_for(ctx, piece), "cii", profile, hybrid=True)
    paper = await paper_of(ctx, piece, language)
    attached = [EmbeddedFile(NAME, inside, _MIME, "alternative")]
    made = await ctx.typeset(layout_of(piece), paper, language=_language(language), attach=attached)
    name = _name(piece, "-facturx.pdf")
    return await file(ctx, wanted, marked(made, profile), name, issued=piece.record.issue_date)


async def made(
    ctx: Context, piece: Piece, form: Form, profile: Profile, language: str
) -> tuple[Any, bytes]:
    """The document of a form of a piece, and its bytes."""
    if form == "pdf":
        document = await pdf(ctx, piece, language)
    elif form == "facturx":
        document = await facturx(ctx, piece, profile, language)
    else:
        document = await xml(ctx, piece, form, profile)
    return document, await content_of(ctx, document)


def checked(bill: Bill, syntax: Syntax, profile: Profile, *, hybrid: bool = False) -> bytes:
    """The XML of a bill, held to its schema."""
    content = write(bill, syntax, profile, hybrid=hybrid)
    refuse_schema(schema_errors(tree(content)))
    return content


def refuse_schema(errors: Sequence[str]) -> None:
    """Refuse what breaks the schema of its syntax."""
    if errors:
        raise Conflict(
            reason=f"The e-invoice would break its schema: {errors[0]}.",
            remedy="invoicing.invoice.validate_xml tells everything that is wrong with it.",
        )
