"""Validating: what is wrong with an e-invoice, ours or somebody's file, in words."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Context, Input, Output, Ref, action, invalid, kind
from eyeot_invoicing.documents.filing import content_of
from eyeot_invoicing.documents.generating import chosen
from eyeot_invoicing.einvoices.building import bill_for
from eyeot_invoicing.einvoices.model import Profile
from eyeot_invoicing.einvoices.opening import Refused, tree, xml_of
from eyeot_invoicing.einvoices.reading import flavor_of, read, schema_errors
from eyeot_invoicing.einvoices.rules import Broken, broken
from eyeot_invoicing.einvoices.writing import write
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.record import Invoice


class ToValidate(Input):
    """An invoice of ours, or a file."""

    invoice_id: InvoiceId | None = None
    document_id: Annotated[
        UUID | None, Ref("core.document"), Field(description="A CII, UBL or Factur-X file.")
    ] = None
    profile: Annotated[
        Profile | None, Field(description="Of an invoice of ours; its own when left out.")
    ] = None


class Verdict(Output):
    """Whether it is sound, and what is not."""

    valid: bool
    syntax: str
    profile: str
    number: str | None = None
    schema_errors: Annotated[list[str], Field(description="What breaks the official schema.")]
    broken: list[Broken]
    checked: Annotated[
        str, Field(description="What was checked, and what the platform still checks.")
    ] = (
        "The official XSD of the profile, and the rules of EN 16931 and XP Z12-012 on amounts, parties"
        " and mentions. The whole Schematron is run by the platform."
    )


@action(
    "invoicing.invoice.validate_xml",
    risk="r",
    en=(
        "Validate an e-invoice; check the XML of an invoice; is this Factur-X valid; why would the "
        "platform reject it; EN 16931 check"
    ),
    fr=(
        "Valider une facture électronique; contrôler le XML d'une facture; cette Factur-X est-elle "
        "valide; pourquoi la plateforme la rejetterait; contrôle EN 16931"
    ),
    example={"invoice_id": "$invoicing.invoice?status=posted"},
    record=Invoice,
)
async def validate_xml(ctx: Context, data: ToValidate) -> Verdict:
    """Tell what is wrong with an invoice's XML or with a file: the schema first, then each rule in words."""
    if (data.invoice_id is None) == (data.document_id is None):
        raise invalid("invoice_id", "give an invoice of ours or a document, one of both")
    if data.invoice_id is not None:
        piece = await chosen(ctx, data.invoice_id)
        profile: Profile = data.profile or piece.record.profile
        bill = await bill_for(ctx, piece)
        errors = schema_errors(tree(write(bill, "cii", profile)))
        found = broken(bill, bill.issued, ctx.locale)
        return Verdict(
            valid=not errors and not found,
            syntax="cii",
            profile=profile,
            number=bill.number or None,
            schema_errors=errors,
            broken=found,
        )
    assert data.document_id
    document = await ctx.get(kind("core.document"), data.document_id)
    return await asyncio.to_thread(_verdict, await content_of(ctx, document), ctx.locale)


def _verdict(content: bytes, locale: str) -> Verdict:
    """What is wrong with a file."""
    try:
        root = _root(content)
        flavor, level = flavor_of(root)
        if errors := schema_errors(root):
            return Verdict(
                valid=False, syntax=flavor, profile=level, schema_errors=errors, broken=[]
            )
        found = read(content)
    except Refused as wrong:
        return Verdict(valid=False, syntax="", profile="", schema_errors=[str(wrong)], broken=[])
    rules = broken(found.bill, found.bill.issued, locale)
    return Verdict(
        valid=not rules,
        syntax=found.syntax,
        profile=level,
        number=found.bill.number,
        schema_errors=[],
        broken=rules,
    )


def _root(content: bytes) -> Any:
    xml, _ = xml_of(content)
    if not xml:
        raise Refused("the PDF carries no invoice as XML (factur-x.xml)")
    return tree(xml)
