"""Opening: files from outside, which may be wrong, hostile or far too large, as XML or a ZIP's or PDF's XML.

Entities, document types and external references are refused, not resolved (OWASP, XML External Entity
Prevention); sizes, depth and the number of elements are bounded before anything is read by its meaning.
"""

import itertools
import logging
import zipfile
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from lxml import etree
from pypdf import PdfReader
from pypdf.errors import PyPdfError

LARGEST: Final = 20 * 1024 * 1024
"""Bytes of a file."""
LARGEST_XML: Final = 10 * 1024 * 1024
DEEPEST: Final = 40
MOST_ELEMENTS: Final = 400_000
MOST_FILES: Final = 20
MOST_ATTACHED: Final = 100
_PDF, _ZIP = b"%PDF-", b"PK\x03\x04"
_HEAD = 1024
INVOICE_NAMES: Final = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
logging.getLogger("pypdf").setLevel(logging.ERROR)


class Refused(ValueError):
    """A file cannot be taken; the text says why."""


def tree(content: bytes) -> etree._Element:
    """The XML of a file, without anything that it would fetch or blow up; `Refused` else."""
    if len(content) > LARGEST_XML:
        raise Refused(f"the XML is larger than {LARGEST_XML} bytes")
    parser = etree.XMLPullParser(
        ("start", "end", "comment", "pi"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return _bounded(parser, content)
    except etree.XMLSyntaxError as wrong:
        raise Refused(f"it is no well-formed XML: {wrong.msg}") from wrong


def _bounded(parser: "etree.XMLPullParser[etree._Element]", content: bytes) -> etree._Element:
    depth = count = 0
    for at in range(0, len(content), 65536):
        parser.feed(content[at : at + 65536])
        for event, _ in parser.read_events():
            depth += {"start": 1, "end": -1}.get(event, 0)
            count += event == "start"
            if depth > DEEPEST or count > MOST_ELEMENTS:
                raise Refused(
                    f"its XML is deeper than {DEEPEST} levels or has more than {MOST_ELEMENTS} elements"
                )
    root = parser.close()
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise Refused("it declares a document type, which an invoice has no need of")
    if any(isinstance(one, etree._Entity) for one in root.iter()):  # noqa: SLF001 - no public name
        raise Refused("it uses entities of its own, which an invoice has no need of")
    return root


def xml_of(content: bytes) -> tuple[bytes, str]:
    """The XML of a file and what carried it (`xml`, `pdf`, `zip`); empty for a PDF that has none."""
    if len(content) > LARGEST:
        raise Refused(f"the file is larger than {LARGEST} bytes")
    if not content.strip():
        raise Refused("the file is empty")
    carrier = carrier_of(content)
    if carrier == "xml":
        return content, carrier
    return (_of_pdf(content) if carrier == "pdf" else _of_zip(content)), carrier


def carrier_of(content: bytes) -> Literal["pdf", "zip", "xml"]:
    """What a file is, by its first bytes."""
    if _PDF in content[:_HEAD]:
        return "pdf"
    return "zip" if content.startswith(_ZIP) else "xml"


def _of_pdf(content: bytes) -> bytes:
    """The invoice within a PDF (Factur-X, ZUGFeRD): of all that it carries, only that one is unpacked."""
    try:
        carried = itertools.islice(PdfReader(BytesIO(content)).attachment_list, MOST_ATTACHED + 1)
        named: dict[str, Any] = {}
        for place, one in enumerate(carried):
            if place == MOST_ATTACHED:
                raise Refused(f"the PDF carries more than {MOST_ATTACHED} files")
            named.setdefault(one.name.lower(), one)
        wanted = next((named[name] for name in INVOICE_NAMES if name in named), None)
        found: bytes = wanted.content if wanted else b""
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        if isinstance(wrong, Refused):
            raise
        raise Refused(f"the PDF cannot be read: {wrong}") from wrong
    if len(found) > LARGEST_XML:
        raise Refused(f"the XML in the PDF is larger than {LARGEST_XML} bytes")
    return found


def _of_zip(content: bytes) -> bytes:
    """The one XML of a ZIP, never more of it than fits."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _single(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as wrong:
        raise Refused(f"the ZIP cannot be read: {wrong}") from wrong


def _single(archive: zipfile.ZipFile) -> bytes:
    inside = archive.infolist()
    if len(inside) > MOST_FILES:
        raise Refused(f"the ZIP holds more than {MOST_FILES} files")
    wanted = [one for one in inside if PurePosixPath(one.filename).suffix.lower() == ".xml"]
    if len(wanted) != 1:
        raise Refused(f"the ZIP holds {len(wanted)} XML files; one invoice a file is taken")
    with archive.open(wanted[0]) as file:
        # What its directory says of its size is not believed.
        found = file.read(LARGEST_XML + 1)
    if len(found) > LARGEST_XML:
        raise Refused(f"the XML in the ZIP is larger than {LARGEST_XML} bytes")
    return found
