"""Bank: answers as the European Central Bank does, with the files that it publishes."""

from typing import Any

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"'
    ' xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
    "<gesmes:subject>Reference rates</gesmes:subject>"
    "<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>"
)
_TAIL = "</Cube></gesmes:Envelope>"


def file(**days: dict[str, str]) -> bytes:
    """The bank's file of these days, `d2026_11_20={"USD": "1.1"}`."""
    cubes = "".join(
        f"<Cube time='{day[1:].replace('_', '-')}'>"
        + "".join(f"<Cube currency='{name}' rate='{rate}'/>" for name, rate in rates.items())
        + "</Cube>"
        for day, rates in days.items()
    )
    return (_HEAD + cubes + _TAIL).encode()


def answer(_method: str, path: str, _body: Any) -> bytes:
    """Two days of rates in the long file, the later one in the short."""
    later = {"d2026_02_03": {"USD": "1.1820", "GBP": "0.8630", "JPY": "183.12"}}
    if path.endswith("hist-90d.xml"):
        return file(**later, d2026_02_02={"USD": "1.1790"})
    return file(**later)
