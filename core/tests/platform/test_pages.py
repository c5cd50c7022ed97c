"""Pages: documents found by their text, and PDF files joined."""

import base64
from typing import Any

import pytest

from eyeot.deploy.demo import _letter
from eyeot.testing import Desk


async def kept(call: Desk, filename: str, **more: Any) -> str:
    return str((await call("core.document.create", filename=filename, **more))["id"])


async def test_a_pdf_is_found_by_its_words_once_they_are_read(call: Desk) -> None:
    id = await kept(call, "scan-0042.pdf", content=_letter("Bail commercial Tour Oxygène"))
    assert (await call("core.document.search", query="bail oxygene"))["items"] == []

    told = await call("core.document.extract_text", id=id)

    assert (told["text"], told["pages"]) == ("Bail commercial Tour Oxygène", 1)
    found = await call("core.document.search", query="bail oxygene")
    assert [one["id"] for one in found["items"]] == [id]
    assert "text" not in await call("core.document.get", id=id)


async def test_pdf_files_become_one_in_the_order_given(call: Desk) -> None:
    ids = [await kept(call, f"{n}.pdf", content=_letter(f"Page {n}")) for n in ("un", "deux")]

    made = await call("core.document.merge_pdf", ids=ids, filename="tout.pdf")

    told = await call("core.document.extract_text", id=made["id"])
    assert (told["text"], told["pages"]) == ("Page un Page deux", 2)
    assert made["filename"] == "tout.pdf"


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("vide.pdf", b"%PDF-1.4\n%%EOF\n"),
        ("faux.pdf", b"%PDF-1.4\n1 0 obj << /Kids [1 0 R] >> endobj trailer << /Root 1 0 R >>"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    ],
)
async def test_what_has_no_text_is_refused_with_what_to_do(
    call: Desk, filename: str, content: bytes
) -> None:
    id = await kept(call, filename, content=base64.b64encode(content).decode())

    told = await call.refused("core.document.extract_text", id=id)

    assert (told["code"], bool(told["hint"])) == ("conflict", True)


async def test_only_pdf_files_are_joined(call: Desk) -> None:
    ids = [await kept(call, "a.pdf", content=_letter("A")), await kept(call, "b.txt", text="B")]

    assert (await call.refused("core.document.merge_pdf", ids=ids))["code"] == "conflict"
