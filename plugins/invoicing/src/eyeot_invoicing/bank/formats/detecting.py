"""Detecting: which format a file is in, and what it says."""

from collections.abc import Callable, Mapping
from typing import Literal

from eyeot_invoicing.bank.formats import camt, cfonb, mt940, ofx, spreadsheet
from eyeot_invoicing.bank.formats.sheet import Sheet, Unreadable

Format = Literal["camt053", "mt940", "ofx", "cfonb120", "csv"]
_HEAD = 2_000
_READERS: dict[Format, Callable[[bytes], list[Sheet]]] = {
    "camt053": camt.read,
    "mt940": mt940.read,
    "ofx": ofx.read,
    "cfonb120": cfonb.read,
}
_BINARY = {
    b"%PDF": "PDF",
    b"PK\x03\x04": "an Excel or ZIP file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}


def detect(content: bytes) -> Format:
    """The format that a file's first bytes tell; what looks like nothing else is a spreadsheet."""
    for signature, name in _BINARY.items():
        if content.startswith(signature):
            raise Unreadable(f"is {name}; ask the bank for camt.053, CFONB 120, MT940, OFX or CSV")
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    upper = head.upper()
    if b"<OFX>" in upper or upper.startswith(b"OFXHEADER"):
        return "ofx"
    if head.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return "camt053"
    if b"\n:20:" in b"\n" + head.replace(b"\r", b"\n"):
        return "mt940"
    if head[:2] == b"01" and head[2:7].isalnum() and len(head.splitlines()[0]) >= cfonb.WIDTH - 16:
        return "cfonb120"
    return "csv"


def read(
    content: bytes, format: Format | None = None, columns: Mapping[str, str] | None = None
) -> tuple[Format, list[Sheet]]:
    """The format and the statements of a file, each checked to add up."""
    if not content.strip():
        raise Unreadable("is empty")
    found = format or detect(content)
    sheets = spreadsheet.read(content, columns) if found == "csv" else _READERS[found](content)
    return found, [one.checked() for one in sheets]
