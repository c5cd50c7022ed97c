"""Sentences: a group told in French or English, as the filter that it means."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from eyeot import Context, invalid
from eyeot_crm.segments.record import Grouped

_PARTS = re.compile(r"\s*(?:,|;|\bet\b|\band\b|\bqui sont\b|\bwho are\b|\bthat are\b)\s*")
_ARTICLE = re.compile(r"^(?:(?:tous|toutes|all|les|mes|nos|the|our|my)\s+)+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One clause that is understood, and the filter it means."""

    resources: frozenset[str]
    match: re.Pattern[str]
    query: dict[str, Any]
    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Noun:
    """A word that says what is grouped; kept where it says which of them as well."""

    resource: Grouped
    match: re.Pattern[str]
    keep: bool


@dataclass(frozen=True, slots=True)
class Grammar:
    """The nouns that say what is grouped, and the phrases that say which of them."""

    nouns: tuple[Noun, ...]
    phrases: tuple[Phrase, ...]
    stops: frozenset[str]

    def examples(self, resource: str, language: str) -> str:
        """What may be said of a resource."""
        fitting = [one for one in self.phrases if resource in one.resources]
        return "; ".join(one.fr if language.startswith("fr") else one.en for one in fitting)

    def phrase(self, resource: str, clause: str) -> tuple[Phrase, re.Match[str]] | None:
        """The phrase that a clause is, whole."""
        for one in self.phrases:
            if resource not in one.resources:
                continue
            if (found := one.match.fullmatch(clause)) and not self._runs_on(found):
                return one, found
        return None

    def _runs_on(self, found: re.Match[str]) -> bool:
        """Whether what was caught freely holds words that say something else."""
        return any(self.stops.intersection(caught.split()) for caught in found.groups() if caught)


@cache
def grammar() -> Grammar:
    """The phrases that ship beside this file."""
    text = files(__package__ or "").joinpath("sentences.toml").read_text("utf-8")
    told = tomllib.loads(text)
    phrases = (
        Phrase(
            resources=frozenset(one["for"]),
            match=re.compile(one["match"]),
            query=one["query"],
            fr=one["fr"],
            en=one["en"],
        )
        for one in told["phrase"]
    )
    nouns = (
        Noun(one["resource"], re.compile(rf"(?:{one['match']})(?=\W|$)"), one.get("keep", False))
        for one in told["noun"]
    )
    return Grammar(tuple(nouns), tuple(phrases), frozenset(told["stops"]))


def plain(text: str) -> str:
    """Words as they are compared: lower case, without accents or apostrophes."""
    bare = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(one for one in bare if not unicodedata.combining(one))
    return " ".join(re.sub(r"['\N{RIGHT SINGLE QUOTATION MARK}.!?]", " ", kept).split())


def understood(ctx: Context, text: str, given: Grouped | None) -> tuple[Grouped, dict[str, Any]]:
    """What a sentence groups, and its filter; refused as soon as one clause is not understood."""
    named, rest = _noun(_ARTICLE.sub("", plain(text)))
    if given and named and given != named:
        raise invalid("text", f"it speaks of {named}s, but resource is {given}")
    resource = named or given
    if resource is None:
        raise invalid("text", "begin with what is grouped: clients, contacts or pistes (leads)")
    query: dict[str, Any] = {}
    for part in _PARTS.split(rest):
        for clause in _clauses(resource, part.split()):
            found = _filter(ctx, resource, clause)
            if clash := query.keys() & found.keys():
                raise invalid("text", f"it says {min(clash)} twice; say one of both")
            query |= found
    return resource, query


def _noun(words: str) -> tuple[Grouped | None, str]:
    for one in grammar().nouns:
        if found := one.match.match(words):
            return one.resource, words if one.keep else words[found.end() :]
    return None, words


def _clauses(resource: str, words: list[str]) -> list[str]:
    """A part of a sentence as the fewest phrases that use every word; whole when there are none."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(words) + 1):
        ways = []
        for start in range(end):
            before, clause = best[start], " ".join(words[start:end])
            if before is not None and grammar().phrase(resource, clause):
                ways.append([*before, clause])
        best.append(min(ways, key=len, default=None))
    found = best[-1]
    return [" ".join(words)] if found is None else found


def _filter(ctx: Context, resource: str, clause: str) -> dict[str, Any]:
    told = grammar().phrase(resource, clause)
    if told is None:
        may = grammar().examples(resource, ctx.locale)
        raise invalid(
            "text", f"'{clause}' is not understood; say of {resource}s: {may}; or give query"
        )
    phrase, found = told
    return {name: _value(ctx, value, found) for name, value in phrase.query.items()}


def _value(ctx: Context, value: Any, found: re.Match[str]) -> Any:
    """What a filter is set to: as the table says it, or from what the phrase caught."""
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    caught = found[1].strip()
    if value in ("$1", "$upper"):
        return caught.upper() if value == "$upper" else caught
    if value == "$day":
        return _midnight(ctx, caught)
    number = int(caught.replace(" ", ""))
    if value == "$ago":
        return (ctx.now - timedelta(days=number)).isoformat()
    return {
        "$int": number,
        "$above": number + 1,
        "$below": number - 1,
        "$over": f"{number}.01",
    }[value]


def _midnight(ctx: Context, day: str) -> str:
    try:
        begins = date.fromisoformat(day)
    except ValueError:
        raise invalid("text", f"'{day}' is no date") from None
    return datetime.combine(begins, time(), ZoneInfo(ctx.timezone)).isoformat()
