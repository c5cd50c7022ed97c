"""Finder: actions by what people say they want, in French and English."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import log

from rapidfuzz import fuzz, process

from eyeot.declare.access import Access
from eyeot.declare.action import Action
from eyeot.declare.problem import ModuleNotInstalled, Problem, UnknownAction
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp import metatools
from eyeot.surface.mcp.lexicon import meanings
from eyeot.surface.mcp.words import LANGUAGES, content, stem, tokens

KNOWN_MODULES = frozenset("core crm sales invoicing stock tickets hr intelligence".split())

_LABEL, _SYNONYM, _NAME, _SUMMARY = 1.0, 0.97, 0.9, 0.62
_BY_MEANING = 0.8
_RARE = {
    **dict.fromkeys(("get", "list", "create", "update"), 1.0),
    **dict.fromkeys(("search", "count", "delete"), 0.97),
    "aggregate": 0.95,
    "archive": 0.95,
}
_RARELY_MEANT = 0.92
"""Standard verbs are many and alike; the less common give way when only the noun was said."""
_WITH_TOOL = 1.03
_PRECISION = 0.4
_SECOND = 0.15
_LEAST = 0.3
_TYPO = 78
_SHORTEST_TYPO = 4
_ALIKE = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """An action that fits, and how well (0 to 1)."""

    action: Action
    score: float


class Finder:
    """Everything that looks actions up by something other than their exact name."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @cached_property
    def _index(self) -> "Index":
        return Index(self._catalogue)

    def warm(self) -> None:
        """Build the index now rather than at the first search."""
        self._index.search("warm")

    def search(self, query: str, access: Access, limit: int, within: str = "") -> list[Hit]:
        """The best actions that the caller may use; none when nothing fits."""
        hits: list[Hit] = []
        for score, action in self._index.search(query):
            if action.surface == "operator" or not self._catalogue.shows(action, access):
                continue
            if within and not action.name.startswith(f"{within}."):
                continue
            hits.append(Hit(action, score))
            if len(hits) == limit:
                break
        return hits

    @cached_property
    def _spellings(self) -> dict[str, str]:
        spelt = {name.replace(".", "_"): name for name in self._catalogue.actions}
        return {**spelt, **{tool.name: tool.action for tool in self._catalogue.tools.values()}}

    def canonical(self, name: str) -> str | None:
        """The action that a name means: as it is, spelt with other separators, or a tool's."""
        if name in self._catalogue.actions:
            return name
        plain = "_".join(tokens(name))
        return self._spellings.get(plain)

    def nearest(self, name: str, access: Access) -> list[str]:
        """Allowed actions whose names look alike."""
        allowed = [one.name for one in self._catalogue.callable_by(access)]
        found = process.extract(name, allowed, scorer=fuzz.WRatio, limit=3, score_cutoff=_ALIKE)
        meant = [hit.action.name for hit in self.search(name.replace("_", " "), access, 2)]
        return list(dict.fromkeys([*(one[0] for one in found), *meant]))[:4]

    def nearest_tools(self, name: str) -> list[str]:
        """Tools whose names look alike."""
        names = [*self._catalogue.tools, *metatools.NAMES]
        found = process.extract(name, names, scorer=fuzz.WRatio, limit=3, score_cutoff=_ALIKE)
        return [one[0] for one in found]

    def unknown(self, name: str, access: Access) -> Problem:
        """The refusal of an action that is not installed, with what is nearest."""
        module = name.partition(".")[0]
        if module in KNOWN_MODULES and module not in self._catalogue.modules:
            return ModuleNotInstalled(module=module)
        nearest = self.nearest(name, access)
        suggestion = f"Did you mean {' or '.join(nearest)}?" if nearest else ""
        return UnknownAction(action=name[:120], suggestion=suggestion, nearest=nearest or None)


class Index:
    """Phrases that stand for actions, searchable by their terms.

    Every label, synonym, name and summary is one phrase: a query is held against each alone, so that words of two
    languages or of two synonyms never add up to a match that nobody said.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._actions = list(catalogue.actions.values())
        self._owner: list[int] = []
        self._weight: list[float] = []
        self._mass: list[float] = []
        self._postings: dict[str, dict[int, float]] = {}
        self._with_tool = {tool.action for tool in catalogue.tools.values()}
        phrases = self._collect(catalogue)
        self._rarity = self._rarities(phrases)
        for phrase, terms in enumerate(phrases):
            self._mass.append(sum(self._of(position) for position in terms) or 1.0)
            for position in terms:
                for term, weight in position.items():
                    held = self._postings.setdefault(term, {})
                    held[phrase] = max(weight, held.get(phrase, 0.0))
        self._vocabulary = [t for t in self._postings if t[0] not in "=~" and len(t) > _SHORTEST_TYPO]

    def _collect(self, catalogue: Catalogue) -> list[list[dict[str, float]]]:
        phrases = []
        for at, action in enumerate(self._actions):
            for text, language, weight in _phrases(action, catalogue):
                terms = [_terms(word, (language,)) for word in content(text)]
                if terms:
                    phrases.append(terms)
                    self._owner.append(at)
                    self._weight.append(weight)
        return phrases

    def _rarities(self, phrases: list[list[dict[str, float]]]) -> dict[str, float]:
        """How much a term tells: the fewer actions it may mean, the more."""
        actions: dict[str, set[int]] = {}
        for owner, terms in zip(self._owner, phrases, strict=True):
            for position in terms:
                for term in position:
                    actions.setdefault(term, set()).add(owner)
        total = len(self._actions)
        return {term: log(1 + total / len(owners)) for term, owners in actions.items()}

    def _of(self, position: dict[str, float]) -> float:
        """The weight of a word: that of its most telling exact term."""
        return max(self._rarity.get(term, 0.0) for term in position)

    def search(self, query: str) -> Iterator[tuple[float, Action]]:
        """Actions by how well they fit, best first."""
        words = [self._alternatives(word) for word in content(query)[:24]]
        if not words:
            return
        masses = [self._query_mass(word) for word in words]
        matched = self._match(words, masses)
        best = self._best(matched, sum(masses))
        ranked = sorted(((score, at) for at, score in best.items()), reverse=True)
        for score, at in ranked:
            if score < _LEAST:
                return
            yield round(min(score, 1.0), 3), self._actions[at]

    def _alternatives(self, word: str) -> dict[str, float]:
        terms = {t: w for t, w in _terms(word, LANGUAGES).items() if t in self._postings}
        if terms or len(word) < _SHORTEST_TYPO:
            return terms
        near: dict[str, float] = {}
        for language in LANGUAGES:
            stemmed = stem(word, language)
            found = process.extract(
                stemmed, self._vocabulary, scorer=fuzz.ratio, limit=3, score_cutoff=_TYPO
            )
            near |= {term: score / 100 * 0.9 for term, score, _ in found}
        return near

    def _query_mass(self, word: dict[str, float]) -> float:
        if not word:
            return log(1 + len(self._actions)) * 0.5
        return max(self._rarity[term] * weight for term, weight in word.items())

    def _match(self, words: list[dict[str, float]], masses: list[float]) -> dict[int, float]:
        """How much of the query each phrase holds."""
        matched: dict[int, float] = {}
        for word, mass in zip(words, masses, strict=True):
            held: dict[int, float] = {}
            for term, weight in word.items():
                for phrase, own in self._postings[term].items():
                    both = weight * own
                    if both > held.get(phrase, 0.0):
                        held[phrase] = both
            for phrase, share in held.items():
                matched[phrase] = matched.get(phrase, 0.0) + mass * share
        return matched

    def _best(self, matched: dict[int, float], total: float) -> dict[int, float]:
        """The best phrase of each action, a little helped by its second."""
        first: dict[int, float] = {}
        second: dict[int, float] = {}
        for phrase, mass in matched.items():
            recall = mass / total
            precision = min(1.0, mass / self._mass[phrase])
            score = self._weight[phrase] * recall * (1 - _PRECISION + _PRECISION * precision)
            owner = self._owner[phrase]
            if score > first.get(owner, 0.0):
                second[owner] = first.get(owner, 0.0)
                first[owner] = score
            elif score > second.get(owner, 0.0):
                second[owner] = score
        return {
            at: (score + _SECOND * second.get(at, 0.0)) * self._prior(at) / (1 + _SECOND)
            for at, score in first.items()
        }

    def _prior(self, at: int) -> float:
        action = self._actions[at]
        usual = 1.0 if action.kind != "generic" else _RARE.get(action.verb, _RARELY_MEANT)
        return usual * (_WITH_TOOL if action.name in self._with_tool else 1.0)


def _phrases(action: Action, catalogue: Catalogue) -> Iterator[tuple[str, str, float]]:
    """What may be said to mean an action: text, language, and how much it counts."""
    for language in LANGUAGES:
        yield action.labels[language], language, _LABEL
        for said in action.synonyms[language]:
            yield said, language, _SYNONYM
    verb = action.verb.replace("_", " ")
    yield f"{verb} {action.resource.rpartition('.')[2].replace('_', ' ')}", "en", _NAME
    yield action.summary, "en", _SUMMARY
    if resource := catalogue.resources.get(action.resource):
        for language, said in (("en", resource.en), ("fr", resource.fr)):
            for noun in _nouns(said):
                yield f"{verb} {noun}", language, _NAME
    for tool in catalogue.tools.values():
        if tool.action == action.name:
            yield tool.title, "en", _NAME


def _nouns(said: str) -> Iterable[str]:
    return [part.strip() for part in said.split(";") if part.strip()]


def _terms(word: str, languages: Iterable[str]) -> dict[str, float]:
    """The terms of one word: its stems, and what it may mean, which counts a little less."""
    exact = dict.fromkeys((stem(word, language) for language in languages), 1.0)
    return {**dict.fromkeys(meanings(word), _BY_MEANING), **exact}
