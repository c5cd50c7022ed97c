"""Prompts: requests that people make again and again, ready to be picked in an MCP client."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

TODAY, WEEK_AGO = "today", "week_ago"
MOMENTS = frozenset({TODAY, WEEK_AGO})
"""Placeholders that every prompt has: dates in the organisation's time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Localized:
    """One text in each language."""

    en: str
    fr: str

    def said(self, locale: str) -> str:
        """The text for a reader of this locale."""
        return self.fr if locale.lower().startswith("fr") else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptArgument:
    """What a prompt is about: a text, one of some choices, or a record of some kind."""

    name: str
    doc: Localized
    required: bool = False
    ref: str = ""
    """A kind of record, e.g. `crm.customer`; people may give its name for its id."""
    choices: tuple[str, ...] = ()
    absent: Localized = Localized(en="", fr="")
    """What the text says when nothing is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A reading action whose answer a prompt shows: a value `{name}` is what the prompt was given.

    An argument whose placeholder was given nothing is left out.
    """

    action: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A request in the caller's language, with what it needs read beforehand as the caller.

    Only who may run every action it reads or names sees it.
    """

    name: str
    title: Localized
    doc: Localized
    text: Localized
    """The request; `{name}` stands for an argument, `{today}` and `{week_ago}` for dates."""
    arguments: tuple[PromptArgument, ...] = ()
    reads: tuple[Reading, ...] = ()
    actions: tuple[str, ...] = ()
    """Further actions that the request leads to."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Every action it takes."""
        return tuple(dict.fromkeys((*(one.action for one in self.reads), *self.actions)))

    def faults(self) -> Iterator[str]:
        """What contradicts itself in this declaration."""
        known = {one.name for one in self.arguments} | MOMENTS
        templates = [self.text.en, self.text.fr]
        templates += [v for one in self.reads for v in one.arguments.values() if isinstance(v, str)]
        for template in templates:
            names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
            yield from (f"it has no argument '{name}'" for name in sorted(names - known))
        for one in self.arguments:
            if one.name in MOMENTS:
                yield f"its argument '{one.name}' takes the name of a date"
            if one.ref and one.choices:
                yield f"its argument '{one.name}' is a record and a choice at once"
