"""Layouts: how papers look that are sent to people, and the data that they show."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel
from pydantic import Field as Limits

from eyeot.declare.codes import country_name
from eyeot.declare.model import Output
from eyeot.declare.money import Exact

Language = Literal["fr", "en"]
Relationship = Literal["alternative", "source", "data", "supplement"]
"""What an attached file is to the paper; a Factur-X invoice is its `alternative`."""
Standard = Literal["a-3b", "a-2b", "1.7"]
"""PDF/A-3b may carry other files and is fit for archives."""
_HERE = "FR"
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class Party(Output):
    """A person or company on a paper."""

    name: str
    lines: Annotated[list[str], Limits(description="The address, line by line.")] = Limits(
        default_factory=list
    )
    contact: Annotated[list[str], Limits(description="Telephone, e-mail, web site.")] = Limits(
        default_factory=list
    )
    legal: Annotated[
        list[str], Limits(description="Form, capital, SIREN, VAT number: the footer shows them.")
    ] = Limits(default_factory=list)


class Fact(Output):
    """What is seen first: a date, a reference."""

    label: str
    value: str
    kind: Literal["text", "date"] = "text"


class Column(Output):
    """A column of the lines."""

    name: str
    label: str
    kind: Literal["text", "number", "money", "percent", "date"] = "text"
    main: Annotated[bool, Limits(description="Takes the room that is left.")] = False


class Row(Output):
    """A line, or a text among lines."""

    kind: Literal["line", "section", "subtotal", "note"] = "line"
    cells: Annotated[dict[str, str | Exact | date | None], Limits(description="By column.")] = (
        Limits(default_factory=dict)
    )
    note: Annotated[str, Limits(description="Below the main cell of a line.")] = ""
    text: str = ""
    amount: Exact | None = None


class Total(Output):
    """A sum below the lines."""

    label: str
    amount: Exact
    strong: bool = False


class Tax(Output):
    """The tax of one rate."""

    rate: Annotated[Exact, Limits(description="Per cent.")]
    base: Exact
    amount: Exact
    code: str = ""


class Paper(Output):
    """What a letter shows, from quotes to reminders; texts are in the reader's language."""

    language: Language
    title: str
    number: str = ""
    date: date
    currency: str = "EUR"
    sender: Party
    recipient: Party
    delivery: Party | None = None
    facts: list[Fact] = Limits(default_factory=list)
    subject: str = ""
    intro: str = ""
    columns: list[Column] = Limits(default_factory=list)
    rows: list[Row] = Limits(default_factory=list)
    totals: list[Total] = Limits(default_factory=list)
    taxes: list[Tax] = Limits(default_factory=list)
    paying: Annotated[
        list[Fact], Limits(description="How it is paid: means, account, reference to quote.")
    ] = Limits(default_factory=list)
    closing: str = ""
    mentions: list[str] = Limits(default_factory=list)
    signed: Annotated[bool, Limits(description="Leaves room for a signature.")] = False
    draft: Annotated[bool, Limits(description="Says across the page that it is a draft.")] = False


def address_lines(address: Any, language: str) -> list[str]:
    """A postal address as it is written on envelopes; `address`: a mapping or model of its parts."""
    parts: Mapping[str, Any] = address if isinstance(address, dict) else address.model_dump()
    city = " ".join(one for one in (parts.get("postcode"), parts.get("city")) if one)
    country = parts.get("country")
    abroad = country_name(country, language) if country and country != _HERE else None
    lines = [parts.get("line1"), parts.get("line2"), city, abroad]
    return [one for one in lines if one]


Builder = Callable[[Any, UUID, Language], Awaitable[BaseModel]]
"""From the context, a record's id and the reader's language to what the paper shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one kind of paper looks.

    The file is Typst code of the plugin's own, with `#let paper(data, house) = …`; it may import the
    pieces of `/eyeot.typ`. Data is handed to it, never written into it: no text of anybody is code.
    """

    name: str
    """As the kind of record it shows: `sales.quote`."""
    label: tuple[str, str]
    """What people call it, in English and French."""
    data: Builder
    """Gathers what is shown of a record; it reads, and changes nothing."""
    file: Path | Traversable | None = None
    """None: a letter with everything that a `Paper` holds."""
    record: str = ""
    """The kind of record; the layout's name unless said otherwise."""
    variables: type[BaseModel] = Paper
    """What the builder answers."""
    columns: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The columns that a house may leave out, with their labels."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise TypeError(f"a layout is named module.noun, not {self.name!r}")

    @property
    def kind(self) -> str:
        """The kind of record that it shows."""
        return self.record or self.name

    @property
    def module(self) -> str:
        """The plugin it belongs to."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file within a PDF."""

    name: str
    content: bytes = field(repr=False)
    mime: str
    relationship: Relationship = "supplement"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """How an organisation wants its papers to look."""

    accent: str = "#24527a"
    logo: bytes | None = field(default=None, repr=False)
    header: str = ""
    footer: str = ""
    intro: str = ""
    closing: str = ""
    hidden: tuple[str, ...] = ()
    """Columns that are left out."""
