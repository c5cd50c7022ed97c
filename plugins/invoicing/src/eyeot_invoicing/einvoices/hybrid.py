"""Hybrid: a PDF/A-3 that carries its invoice as XML, with the metadata of Factur-X (1.09, 6.2)."""

import re
from typing import Final

from eyeot_invoicing.einvoices.model import Profile

NAME: Final = "factur-x.xml"
_URN = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_LEVELS: dict[Profile, str] = {
    "basic": "BASIC",
    "en16931": "EN 16931",
    "extended_ctc_fr": "EXTENDED",
}
_PROPERTIES = (
    ("DocumentFileName", "The name of the embedded XML document"),
    ("DocumentType", "The type of the hybrid document in capital letters, e.g. INVOICE"),
    ("Version", "The version of the standard that applies to the embedded XML document"),
    ("ConformanceLevel", "The conformance level of the embedded XML document"),
)
_METADATA = re.compile(
    rb"(?P<number>\d+) 0 obj\s*<<(?=[^>]*/Type\s*/Metadata)[^>]*"
    rb"/Length\s+(?P<length>\d+)[^>]*>>\s*stream\r?\n"
)
_TRAILER = re.compile(
    rb"trailer\s*<<(?P<told>.*)>>\s*startxref\s*(?P<at>\d+)\s*%%EOF\s*\Z", re.DOTALL
)
_SCHEMAS_END = b"</rdf:Bag></pdfaExtension:schemas>"
_END = b"</rdf:RDF>"


def marked(pdf: bytes, profile: Profile) -> bytes:
    """The PDF with Factur-X's own metadata, as an update behind it so that nothing before it changes.

    It is the typesetter's own file (one classic table of references, metadata in clear), not any PDF.
    """
    found, trailer = _METADATA.search(pdf), _TRAILER.search(pdf)
    if found is None or trailer is None:
        raise ValueError("the PDF is not as the typesetter writes it")
    number, start = int(found["number"]), found.end()
    told = _told(pdf[start : start + int(found["length"])], profile)
    head = f"{number} 0 obj\n<</Type /Metadata /Subtype /XML /Length {len(told)}>>\nstream\n"
    body = head.encode() + told + b"\nendstream\nendobj\n"
    base = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    table = f"xref\n{number} 1\n{len(base):010} 00000 n \n".encode()
    last = b"trailer\n<<" + trailer["told"] + b" /Prev " + trailer["at"] + b">>\n"
    end = f"startxref\n{len(base) + len(body)}\n%%EOF\n".encode()
    return base + body + table + last + end


def _told(metadata: bytes, profile: Profile) -> bytes:
    """XMP with the extension schema beside the typesetter's own, and what it describes."""
    if _SCHEMAS_END not in metadata or _END not in metadata:
        raise ValueError("the PDF is no PDF/A with extension schemas")
    described = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
        for name, text in _PROPERTIES
    )
    schema = (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_URN}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{described}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
    values = (
        f'<rdf:Description rdf:about="" xmlns:fx="{_URN}">'
        f"<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>{NAME}</fx:DocumentFileName>"
        f"<fx:Version>1.0</fx:Version><fx:ConformanceLevel>{_LEVELS[profile]}</fx:ConformanceLevel>"
        "</rdf:Description>"
    )
    found = metadata.replace(_SCHEMAS_END, schema.encode() + _SCHEMAS_END, 1)
    return found.replace(_END, values.encode() + _END, 1)
