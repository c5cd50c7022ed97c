"""Typesetting: papers are fit to send, the same whenever they are made, and never run what they hold."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pypdf import PdfReader

from core.tests.papers.sample import LAYOUT, RED, quote
from eyeot.declare.layout import EmbeddedFile, Fact, House, Layout, Paper, Party, Row
from eyeot.declare.problem import Invalid
from eyeot.runtime.typesetting import composing
from eyeot.runtime.typesetting.composing import compose
from eyeot.runtime.typesetting.presses import Bounds, NotTypeset, Presses

_MILLIMETRE = 72 / 25.4
_DAY = date(2026, 3, 1)


@pytest.fixture
async def presses() -> AsyncIterator[Presses]:
    made = Presses([LAYOUT])
    yield made
    await made.close()


def _paper(data: Paper, **more: Any) -> composing.Paper:
    given: dict[str, Any] = {"layout": LAYOUT, "language": "fr", "on": _DAY, "house": House()}
    return composing.Paper(data=composing.as_data(data), **{**given, **more})


def _text(made: bytes, page: int | None = None) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    chosen = pages if page is None else [pages[page]]
    return (
        "\n".join(one.extract_text() for one in chosen).replace("\u202f", " ").replace("\xa0", " ")
    )


async def test_a_quote_of_three_pages_says_what_it_holds_as_its_readers_write(
    presses: Presses,
) -> None:
    made = await compose(presses, _paper(quote()))

    assert len(PdfReader(io.BytesIO(made)).pages) == 3
    first, last = _text(made, 0), _text(made, 2)
    assert "1er mars 2026" in first
    assert "1 249,90 €" in first
    assert "2,5" in first
    assert "Page 1 sur 3" in first
    assert "Désignation" in _text(made, 1), "the heads are repeated"
    assert "\u22121 234 567,50 €" in last
    assert "5,5 %" in last
    assert "SIREN 732 829 320" in last
    english = await compose(presses, _paper(quote(lines=1), language="en"))
    assert "1 March 2026" in _text(english)
    assert "€1,249.90" in _text(english)
    assert "\u2212€1,234,567.50" in _text(english)


async def test_the_address_lies_in_the_window_of_a_french_envelope(presses: Presses) -> None:
    made = await compose(presses, _paper(quote()))

    page = pypdfium2.PdfDocument(made)[0]
    text = page.get_textpage()
    for words in ("Brasserie du Vieux Port", "13002 MARSEILLE"):
        found = text.search(words).get_next()
        assert found
        boxes = [text.get_charbox(at) for at in range(found[0], found[0] + found[1])]
        left, right = min(one[0] for one in boxes), max(one[2] for one in boxes)
        top = page.get_height() - max(one[3] for one in boxes)
        bottom = page.get_height() - min(one[1] for one in boxes)
        assert 105 * _MILLIMETRE < left < right < 195 * _MILLIMETRE
        assert 48 * _MILLIMETRE < top < bottom < 85 * _MILLIMETRE


async def test_the_same_paper_has_the_same_bytes_in_any_process_and_order(presses: Presses) -> None:
    paper, other = _paper(quote()), _paper(quote(lines=3))
    made = await asyncio.gather(*(compose(presses, one) for one in (paper, other, paper, other)))
    fresh = Presses([LAYOUT])
    again = await compose(fresh, paper)
    await fresh.close()

    assert made[0] == made[2] == again
    assert made[1] == made[3]


HOSTILE = (
    '#panic("x")',
    '#import "@preview/x:1.0.0": *',
    '#read("/etc/passwd")',
    "$x$ *b* _i_ `c` <label> @ref // comment /* \\ \" ' [ ] { }",
    "= Titre",
    "#let paper = 1\n#set text(size: 90pt)",
    "A\x00\x1b[31m\u202eABC\u2066",
    "漢字 😀 עברית \ufffe",
    "W" * 5_000,
    "ligne\n" * 300,
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_text_is_code_or_spoils_the_page(presses: Presses, text: str) -> None:
    paper = quote(
        lines=1,
        title=text[:100],
        number=text[:50],
        recipient=Party(name=text, lines=[text, text]),
        sender=Party(name=text[:200], lines=[text[:200]], legal=[text[:200]]),
        facts=[Fact(label=text[:60], value=text[:60])],
        rows=[Row(cells={"what": text, "quantity": Decimal(1)}, note=text)],
        intro=text,
        mentions=[text],
    )

    made = await compose(presses, _paper(paper, house=House(header=text[:80], footer=text[:80])))

    told = _text(made)
    for word in ("#panic", "#import", "#read", "*b*", "= Titre", "#let"):
        assert (word in text) == (word in told), "what is written is shown as it is written"
    assert "\u202e" not in told
    assert "root:" not in told


async def test_a_logo_and_files_travel_within_it(presses: Presses) -> None:
    invoice = EmbeddedFile("factur-x.xml", b"<Invoice/>", "text/xml", "alternative")
    terms = EmbeddedFile("conditions.bin", bytes(range(256)), "application/octet-stream")
    paper = _paper(quote(lines=1), attach=(invoice, terms), house=House(logo=RED))

    made = PdfReader(io.BytesIO(await compose(presses, paper)))

    assert dict(made.attachments) == {
        "factur-x.xml": [b"<Invoice/>"],
        "conditions.bin": [bytes(range(256))],
    }
    assert made.pages[0].images
    metadata = made.xmp_metadata
    assert metadata
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("3", "B")
    assert not list((presses.root / "files").iterdir()), "nothing of it is left behind"


@pytest.mark.parametrize("logo", [b"<svg/>", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + b"0" * 3_000_000])
async def test_a_logo_that_is_no_picture_is_refused(presses: Presses, logo: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        await compose(presses, _paper(quote(lines=1), house=House(logo=logo)))

    assert refused.value.errors[0]["path"] == "logo_id"


async def test_what_is_too_long_or_too_slow_is_refused_and_others_are_made(tmp_path: Path) -> None:
    endless = tmp_path / "endless.typ"
    endless.write_text(
        "#let paper(data, house) = { let n = 0\nwhile n >= 0 { n += 1\nif n > 9000 { n = 0 } }\n}"
    )
    slow = Layout(name="lab.slow", label=("slow", "lent"), data=LAYOUT.data, file=endless)
    presses = Presses([LAYOUT, slow], Bounds(seconds=2, pages=2))
    try:
        began = time.monotonic()
        failed = asyncio.gather(
            compose(presses, _paper(quote(), layout=slow)),
            compose(presses, _paper(quote(lines=200))),
            return_exceptions=True,
        )
        fine = await compose(presses, _paper(quote(lines=1)))
        assert fine.startswith(b"%PDF")
        assert [type(one) for one in await failed] == [Invalid, Invalid]
        assert time.monotonic() - began < 30
        assert await compose(presses, _paper(quote(lines=1))) == fine
    finally:
        await presses.close()


async def test_who_leaves_takes_the_press_along(presses: Presses) -> None:
    task = asyncio.create_task(compose(presses, _paper(quote(lines=3_000))))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await compose(presses, _paper(quote(lines=1)))).startswith(b"%PDF")


async def test_a_press_says_what_is_wrong(presses: Presses) -> None:
    with pytest.raises(NotTypeset, match="file not found"):
        await presses.make(
            json.dumps(
                {
                    "layout": "/no.typ",
                    "given": "{}",
                    "minor": "2",
                    "standard": "1.7",
                    "timestamp": 0,
                }
            ).encode()
        )
