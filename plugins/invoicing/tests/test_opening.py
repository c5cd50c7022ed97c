"""Opening: a PDF from outside takes no more room, nor the loop, than its invoice needs."""

import asyncio
import tracemalloc
import zlib
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    TextStringObject,
)

from eyeot_invoicing.einvoices.opening import LARGEST_XML, MOST_ATTACHED, Refused, xml_of
from eyeot_invoicing.einvoices.reading import opened

HUGE = zlib.compress(b" " * 60_000_000, 9)


def carrying(*attached: tuple[str, bytes]) -> bytes:
    """A PDF with files in it, packed as they are given."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    names = ArrayObject()
    for name, packed in attached:
        stream = EncodedStreamObject()
        stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
        stream[NameObject("/Filter")] = NameObject("/FlateDecode")
        stream._data = packed
        file = DictionaryObject({NameObject("/F"): writer._add_object(stream)})
        told = {NameObject("/Type"): NameObject("/Filespec"), NameObject("/EF"): file}
        told |= {NameObject(one): TextStringObject(name) for one in ("/F", "/UF")}
        names += [TextStringObject(name), writer._add_object(DictionaryObject(told))]
    tree = DictionaryObject({NameObject("/Names"): names})
    writer._root_object[NameObject("/Names")] = DictionaryObject(
        {NameObject("/EmbeddedFiles"): tree}
    )
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def test_of_all_that_a_pdf_carries_only_its_invoice_is_unpacked() -> None:
    wanted = ("Factur-X.xml", zlib.compress(b"<invoice/>"))
    content = carrying(*((f"{at}.xml", HUGE) for at in range(6)), wanted, ("broken.xml", b"x"))
    tracemalloc.start()
    try:
        assert xml_of(content) == (b"<invoice/>", "pdf")
        assert tracemalloc.get_traced_memory()[1] < len(b" ") * 30_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("attached", "why"),
    [
        ([("factur-x.xml", HUGE)], f"larger than {LARGEST_XML}"),
        ([(f"{at}.xml", b"") for at in range(MOST_ATTACHED + 1)], f"more than {MOST_ATTACHED}"),
    ],
)
def test_a_pdf_that_unpacks_too_much_is_refused(
    attached: list[tuple[str, bytes]], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        xml_of(carrying(*attached))


async def test_others_are_served_while_a_file_is_read() -> None:
    content = carrying(("factur-x.xml", HUGE))
    reading = asyncio.create_task(opened(content))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    with pytest.raises(Refused):
        await reading
    assert turns > 3
