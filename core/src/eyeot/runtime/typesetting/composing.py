"""Composing: a layout, its data and how the house wants it, as a press takes them."""

import asyncio
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import filetype
from pydantic import BaseModel

from eyeot.declare.layout import EmbeddedFile, House, Language, Layout, Standard
from eyeot.declare.money import MINOR_UNITS
from eyeot.declare.problem import invalid
from eyeot.runtime.typesetting.presses import NotTypeset, Presses

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff0-\uffff]"
)
"""Controls, and what turns the direction of a text so that it reads as another."""
_LONG_WORD = re.compile(r"\S{40}(?=\S)")
_MAY_BREAK = "\u200b"
_NAMED = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z_]+)*)\s*\}\}")
_PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
LARGEST_LOGO = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is to be typeset."""

    layout: Layout
    data: dict[str, Any]
    language: Language
    on: date
    """The date that the file says it was made: the same paper has the same bytes on any day."""
    attach: Sequence[EmbeddedFile] = ()
    standard: Standard = "a-3b"
    house: House


def as_data(data: BaseModel | dict[str, Any]) -> dict[str, Any]:
    """What a builder gave, as a layout reads it."""
    return data.model_dump(mode="json") if isinstance(data, BaseModel) else dict(data)


def dated(data: dict[str, Any], on: date | None) -> date:
    """The date of a paper: as told, or what its data says."""
    return on or date.fromisoformat(data["date"])


async def compose(presses: Presses, paper: Paper) -> bytes:
    """The PDF; the same bytes for the same paper. `Invalid` when it cannot be made."""
    folder = presses.root / "files" / uuid4().hex
    try:
        if paper.attach or paper.house.logo:
            await asyncio.to_thread(_write, folder, paper)
        return await presses.make(_asked(presses, paper, folder))
    except NotTypeset as wrong:
        raise invalid(
            "", f"the {paper.layout.label[0]} cannot be made into a PDF: {wrong}"
        ) from None
    finally:
        if paper.attach or paper.house.logo:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _asked(presses: Presses, paper: Paper, folder: Path) -> bytes:
    data = {**paper.data, "language": paper.language}
    attached = [
        {
            "name": one.name,
            "mime": one.mime,
            "relationship": one.relationship,
            "path": f"/files/{folder.name}/{at}",
        }
        for at, one in enumerate(paper.attach)
    ]
    given = {
        "data": _plain(data),
        "house": _house(paper, folder, data),
        "attachments": attached,
        "pages": presses.bounds.pages,
    }
    asked = {
        "layout": presses.place(paper.layout),
        "given": json.dumps(given, ensure_ascii=False),
        "minor": str(MINOR_UNITS.get(str(data.get("currency")), 2)),
        "standard": paper.standard,
        "timestamp": int(datetime(*paper.on.timetuple()[:3], tzinfo=UTC).timestamp()),
    }
    return json.dumps(asked).encode()


def _house(paper: Paper, folder: Path, data: dict[str, Any]) -> dict[str, Any]:
    house = paper.house
    texts = {
        n: _plain(filled(getattr(house, n), data)) for n in ("header", "footer", "intro", "closing")
    }
    logo = f"/files/{folder.name}/logo.{picture(house.logo)}" if house.logo else None
    return {**texts, "accent": house.accent, "hidden": list(house.hidden), "logo": logo}


def filled(text: str, data: dict[str, Any]) -> str:
    """A house's text with what it names in braces, `{{recipient.name}}`; what is unknown stands as it is."""
    return _NAMED.sub(lambda found: _named(found, data), text)


def names_in(text: str) -> list[str]:
    """What a text names in braces."""
    return _NAMED.findall(text)


def _named(found: re.Match[str], data: dict[str, Any]) -> str:
    value: Any = data
    for part in found[1].split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return found[0] if value is None or isinstance(value, dict | list) else str(value)


def picture(content: bytes) -> str:
    """The ending of a picture's kind, or `Invalid`."""
    kind = filetype.guess_mime(content)
    if kind not in _PICTURES or len(content) > LARGEST_LOGO:
        raise invalid("logo_id", "must be a PNG or JPEG of 2 MiB at most")
    return _PICTURES[kind]


def _plain(value: Any) -> Any:
    """Texts without what cannot be seen, and with room to break in words that are wider than a column."""
    if isinstance(value, str):
        seen = _UNSEEN.sub("", value.replace("\r\n", "\n"))
        return _LONG_WORD.sub(lambda found: found[0] + _MAY_BREAK, seen)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _write(folder: Path, paper: Paper) -> None:
    folder.mkdir()
    for at, one in enumerate(paper.attach):
        (folder / str(at)).write_bytes(one.content)
    if paper.house.logo:
        (folder / f"logo.{picture(paper.house.logo)}").write_bytes(paper.house.logo)
