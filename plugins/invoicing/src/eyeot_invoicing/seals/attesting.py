"""Attesting: the publisher's individual attestation, on the official model, to be signed."""

from importlib.metadata import version
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import (
    Context,
    DatedRow,
    Input,
    Layout,
    Output,
    Paper,
    RecordRef,
    action,
    dated,
    invalid,
    kind,
)
from eyeot.types import Language, Party, Row
from eyeot_invoicing.ids import DocumentId
from eyeot_invoicing.seals.record import FiscalSeal

_PACKAGE = "eyeot-core"


class Text(DatedRow):
    """The model's text, and since when it holds."""

    article: str
    software: str
    title: str
    publisher: str
    customer: str


TEXTS = dated("eyeot_invoicing.seals", "attestation.toml", Text, about="model of attestation")


async def build(ctx: Context, id: UUID, language: Language) -> Paper:
    """The attestation for the version that runs here; the law's own text, which is French."""
    del id, language
    return await paper_of(ctx, version(_PACKAGE), None)


layout = Layout(
    name="invoicing.attestation",
    record="invoicing.fiscal_seal",
    label=("publisher's attestation", "attestation de l'éditeur"),
    data=build,
)


class Attest(Input):
    """For which version, and for whom."""

    version: Annotated[
        str | None,
        Field(pattern=r"^\d+(\.\d+){0,3}$", description="The one that runs here when left out."),
    ] = None
    customer: Annotated[
        str | None, Field(max_length=200, description="This organisation when left out.")
    ] = None


class Attested(Output):
    """The document."""

    document_id: DocumentId
    filename: str
    version: str
    major: Annotated[str, Field(description="The root that the attestation covers.")]
    article: str


@action(
    "invoicing.fiscal_seal.issue_attestation",
    risk="w",
    en=(
        "Issue the publisher's attestation; cash software attestation; individual attestation of "
        "conformity; anti-fraud VAT certificate"
    ),
    fr=(
        "Établir l'attestation de l'éditeur; attestation logiciel de caisse; attestation individuelle "
        "de conformité; attestation loi anti-fraude TVA"
    ),
    example={},
    record=FiscalSeal,
    next=("core.document.get_download_link",),
)
async def issue_attestation(ctx: Context, data: Attest) -> Attested:
    """Make the individual attestation on the official model as a PDF, for the publisher and you to sign.

    It covers one major version: a version that changes how data is kept or sealed needs a new one.
    Source: CGI, art. 286, I-3° bis; BOI-LETTRE-000242.
    """
    running = version(_PACKAGE)
    asked = data.version or running
    if major_of(asked) != major_of(running):
        raise invalid("version", f"{running} runs here; an attestation is for the version in use")
    paper = await paper_of(ctx, asked, data.customer)
    content = await ctx.typeset(layout, paper, language="fr", on=ctx.today)
    name = f"attestation-{TEXTS.at(ctx.today).software.lower()}-{asked}.pdf"
    documents: Any = kind("core.document")
    house = await ctx.organization()
    made = await documents.filed(
        ctx, content, name, kind="letter", records=[RecordRef.to(house.meta.name, house.id)]
    )
    return Attested(
        document_id=made.id,
        filename=name,
        version=asked,
        major=major_of(asked),
        article=TEXTS.at(ctx.today).article,
    )


def major_of(text: str) -> str:
    """The root of a version: while it is 0, its second part counts."""
    parts = text.split(".")
    return ".".join(parts[:2] if parts[0] == "0" else parts[:1])


async def paper_of(ctx: Context, of: str, customer: str | None) -> Paper:
    """The attestation as a paper."""
    text = TEXTS.at(ctx.today)
    house = await ctx.organization()
    facts = {
        "software": text.software,
        "version": of,
        "major": major_of(of),
        "customer": customer or house.legal_name,
    }
    parts = [*text.publisher.split("\n\n"), *text.customer.split("\n\n")]
    return Paper(
        language="fr",
        title="Attestation",
        number=of,
        date=ctx.today,
        sender=await ctx.sender("fr"),
        recipient=Party(name=facts["customer"]),
        subject=text.title,
        rows=[Row(kind="note", text=one.strip().format(**facts)) for one in parts],
        mentions=[text.article],
    )
