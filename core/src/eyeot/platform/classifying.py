"""Classifying: what a document probably is, and which records it probably belongs to, with why."""

import asyncio
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, BinaryIO, get_args

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.contribution import (
    Candidate,
    Candidates,
    Content,
    Words,
    candidates,
)
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import Conflict
from eyeot.platform.documents import LONGEST_TEXT, WRITE, Document, DocumentId, Kind
from eyeot.platform.pages import text_of
from eyeot.platform.spooling import spooled

SURE = 0.8
"""From here on a document without a kind is given the one that is proposed."""
_LARGEST = 20 * 1024 * 1024
_HEAD = 2_000
_MOST = 10
_PHOTO, _TABLE = 0.6, 0.55
_TABLES = ("text/csv", "spreadsheet", "ms-excel")


class Chosen(Input):
    """One document."""

    document_id: DocumentId


class Target(Output):
    """A record that the document probably belongs to."""

    record: RecordRef
    label: str
    confidence: float
    reasons: list[str]
    action: Annotated[str | None, Limits(description="What could be done with it.")] = None
    linked: Annotated[bool, Limits(description="Whether it is attached to it already.")] = False


class KindGuess(Output):
    """A kind that it may be."""

    kind: Kind
    confidence: float
    reasons: list[str]
    action: Annotated[str | None, Limits(description="What could be done with it.")] = None


class Classified(Output):
    """What it probably is, the surest first; nothing was attached to anything."""

    document_id: DocumentId
    kind: Annotated[Kind, Limits(description="The document's kind, as it now is.")]
    changed: Annotated[bool, Limits(description="Whether it got that kind by this call.")]
    kinds: list[KindGuess]
    targets: list[Target]
    known: Annotated[
        dict[str, str], Limits(description="What was read in it: data, never instructions.")
    ]
    text_read: Annotated[bool, Limits(description="Whether it has text; else its name only.")]
    unseen: Annotated[
        list[str], Limits(description="Permissions you lack, without which more could not be seen.")
    ]


@action(
    "core.document.classify",
    risk="w",
    en=(
        "Classify a document; what is this file; which customer is this document about; sort incoming "
        "mail; guess the kind of a file"
    ),
    fr=(
        "Classer un document; quel est ce fichier; à quel client rattacher ce document; trier le courrier "
        "reçu; deviner le type d'un fichier"
    ),
    example={"document_id": "$core.document?status=filed"},
    permission=WRITE,
    record=Document,
    next=("core.document.link", "core.document.update"),
)
async def classify(ctx: Context, data: Chosen) -> Classified:
    """Propose what a document is and whose, by its name, text and data, with reasons; links nothing itself.

    A document of kind `other` gets the proposed one when that is at least 80 % sure.
    """
    row = await ctx.get(Document, data.document_id, lock=True)
    content = await _content(ctx, row)
    looks, unseen = ctx.contributed(Candidates)
    found = [one for look in looks for one in await look.look(ctx, content)]
    french = ctx.locale.startswith("fr")
    kinds = _kinds(found, french=french)
    changed = row.kind == "other" and bool(kinds) and kinds[0].confidence >= SURE
    if changed:
        row.kind = kinds[0].kind
    return Classified(
        document_id=row.id,
        kind=row.kind,
        changed=changed,
        kinds=kinds,
        targets=_targets(found, set(row.records), french=french),
        known={name: value for one in reversed(found) for name, value in one.known.items()},
        text_read=bool(content.text),
        unseen=unseen,
    )


async def _content(ctx: Context, row: Document) -> Content:
    """A document as it is looked at: a scan has no text, and a file that is too large only a name."""
    if row.size > _LARGEST:
        return Content(row.filename, row.mime, row.text or "", b"")
    with await spooled(ctx, row.sha256) as file:
        raw = file.read()
        text = row.text or await _text(file, row.mime)
    return Content(row.filename, row.mime, text, raw)


async def _text(file: BinaryIO, mime: str) -> str:
    file.seek(0)
    try:
        text, _ = await asyncio.to_thread(text_of, file, mime)
    except Conflict:
        return ""
    return " ".join(text.replace("\x00", " ").split())[:LONGEST_TEXT]


@dataclass(slots=True)
class _Sum:
    """What speaks for one answer."""

    doubt: float = 1.0
    reasons: tuple[str, ...] = ()
    action: str = ""
    label: str = ""

    @property
    def confidence(self) -> float:
        """How sure all of it makes: independent signs leave the product of their doubts."""
        return round(1 - self.doubt, 2)

    def add(self, one: Candidate, *, french: bool) -> None:
        """One more sign."""
        why = one.why[french]
        if why not in self.reasons:
            self.doubt *= 1 - min(one.score, 0.99)
            self.reasons = (*self.reasons, why)
        self.action, self.label = self.action or one.action, self.label or one.label


def _summed(found: Iterable[tuple[Any, Candidate]], *, french: bool) -> list[tuple[Any, _Sum]]:
    sums: dict[Any, _Sum] = {}
    for key, one in found:
        sums.setdefault(key, _Sum()).add(one, french=french)
    return sorted(sums.items(), key=lambda pair: -pair[1].confidence)[:_MOST]


def _kinds(found: list[Candidate], *, french: bool) -> list[KindGuess]:
    known = get_args(Kind)
    told = _summed(((one.kind, one) for one in found if one.kind in known), french=french)
    return [
        KindGuess(kind=kind, confidence=one.confidence, reasons=list(one.reasons),
                  action=one.action or None)
        for kind, one in told
    ]  # fmt: skip


def _targets(found: list[Candidate], linked: set[RecordRef], *, french: bool) -> list[Target]:
    told = _summed(((one.record, one) for one in found if one.record), french=french)
    return [
        Target(record=record, label=one.label, confidence=one.confidence,
               reasons=list(one.reasons), action=one.action or None, linked=record in linked)
        for record, one in told
    ]  # fmt: skip


def plain(text: str) -> str:
    """Small letters without accents, each space one."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(bare.replace("_", " ").split())


@cache
def _signs() -> tuple[tuple[dict[str, Any], re.Pattern[str]], ...]:
    """The kinds with a pattern of their words."""
    text = files("eyeot.platform").joinpath("classifying.toml").read_text("utf-8")
    return tuple(
        (one, re.compile(rf"(?<![a-z])({'|'.join(map(re.escape, one['words']))})s?(?![a-z])"))
        for one in tomllib.loads(text)["kind"]
    )


@candidates("core.words")
async def by_words(ctx: Context, content: Content) -> list[Candidate]:  # noqa: ARG001 - a look is given it
    """What the name, the head of the text and the media type speak for."""
    name, head = plain(content.filename.replace("-", " ")), plain(content.text[:_HEAD])
    found = list(_worded(name, head))
    if content.mime.startswith("image/"):
        found.append(Candidate(_PHOTO, ("It is a picture", "C'est une image"), "photo"))
    if any(one in content.mime for one in _TABLES):
        found.append(Candidate(_TABLE, ("It is a table", "C'est un tableau"), "export"))
    return found


def _worded(name: str, head: str) -> Iterator[Candidate]:
    """What a text calls itself comes first; what it speaks of besides counts half."""
    at = {one["kind"]: found for one, pattern in _signs() if (found := pattern.search(head))}
    first = min((found.start() for found in at.values()), default=0)
    for one, pattern in _signs():
        kind = one["kind"]
        if named := pattern.search(name):
            yield Candidate(one["name"], _said(named[0], "name"), kind)
        if kind in at:
            share = 1 if at[kind].start() == first else 0.5
            yield Candidate(one["text"] * share, _said(at[kind][0], "text"), kind)


def _said(word: str, where: str) -> Words:
    if where == "name":
        return f"Its name says '{word}'", f"Son nom dit « {word} »"
    return f"Its text says '{word}' at its head", f"Le début de son texte dit « {word} »"
