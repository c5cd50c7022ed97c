"""Phrases: labels, synonyms, names and summaries of the actions that no grid holds."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.details import details
from eyeot.surface.mcp.grid import belongs
from eyeot.surface.mcp.intent import is_order
from eyeot.surface.mcp.lexicon import QUALIFIERS, VERB, meanings
from eyeot.surface.mcp.terms import Mass, Terms, Word, terms_of
from eyeot.surface.mcp.verbs import HEADS
from eyeot.surface.mcp.words import LANGUAGES, STOP, content, tokens

_LABEL, _SYNONYM, _DECLARED, _NAME, _SUMMARY = 1.0, 0.98, 0.98, 0.92, 0.7
_VAGUE = frozenset({"another", "autre"})
_NO_VERB = 0.85
"""A bare noun among the labels of a standard verb does not say which verb."""
_PRECISION = 0.45
"""How much it counts that a phrase says nothing else."""
_SECOND = 0.05
_DETAIL = 0.75
"""How much an argument counts beside a label."""
_ONLY_VERB = 0.5
"""What remains of a phrase that is told by its verb alone, when something else was named."""
_OTHER_VERB = 0.8
"""What remains of a phrase that says nothing of what is to be done, when that was said."""
_COMMON = 500
"""Phrases from which on a term is common."""

Posting = tuple[int, float]
"""Where a term stands in a phrase (as a bit), and the mass of its word."""
Held = dict[int, tuple[float, int, float]]


@dataclass(slots=True)
class Match:
    """How much of the query a phrase holds, and how much of it the query holds."""

    recalled: float = 0.0
    covered: float = 0.0
    seen: int = 0
    of_things: bool = False
    does: bool = False

    def take(self, word: Word, share: float) -> None:
        """Count a word of the query."""
        self.recalled += word.mass * share
        self.of_things |= not word.acts
        self.does |= word.acts


class Phrases:
    """A query is held against each phrase alone.

    So words of two languages, or of two synonyms, never add up to a match that nobody said.
    """

    def __init__(self, actions: list[Action], catalogue: Catalogue) -> None:
        self.actions = actions
        self.bare: set[tuple[str, ...]] = set()
        """Phrases that consist of words which say nothing elsewhere: 'who am I'."""
        self._owner: list[int] = []
        self._weight: list[float] = []
        self._words: list[list[Terms]] = []
        self._total: list[float] = []
        self._postings: dict[str, dict[int, Posting]] = {}
        self._of: dict[int, list[int]] = {}
        self.details: dict[str, dict[int, float]] = {}
        self._cells = {one.name for one in actions if belongs(one, catalogue)}
        titles = {tool.action: tool.title for tool in catalogue.tools.values()}
        for at, action in enumerate(actions):
            said = _told_of if action.name in self._cells else _said_of
            for text, language, weight in said(action, catalogue, titles):
                self._add(at, action, text, language, weight)
            for term, weight in details(action).items():
                self.details.setdefault(term, {})[at] = weight

    def _add(self, at: int, action: Action, text: str, language: str, weight: float) -> None:
        words = content(text)
        if not words:
            return
        if STOP.issuperset(words):
            self.bare.add(tuple(tokens(text)))
        self._of.setdefault(at, []).append(len(self._owner))
        self._owner.append(at)
        says = 1.0 if action.name in self._cells else _says_verb(action, words)
        self._weight.append(weight * says)
        self._words.append([terms_of(word, (language,)) for word in words])

    def units(self) -> Iterator[tuple[int, list[Terms], bool]]:
        """Each phrase: its action, its words, and whether it is a summary rather than a name."""
        for at, words in enumerate(self._words):
            yield self._owner[at], words, self._weight[at] == _SUMMARY

    def weigh(self, mass: Mass) -> None:
        """Take the mass of every word, once all units are known."""
        for phrase, positions in enumerate(self._words):
            masses = [mass(position) for position in positions]
            self._total.append(sum(masses))
            for at, (position, told) in enumerate(zip(positions, masses, strict=True)):
                for term in position:
                    self._postings.setdefault(term, {}).setdefault(phrase, (1 << at, told))
        self._words.clear()

    def search(
        self, words: list[Word], asked: float, *, told: bool
    ) -> Iterator[tuple[float, Action]]:
        """The best phrase of each action, a little helped by its second."""
        first: dict[int, float] = {}
        second: dict[int, float] = {}
        something = any(not word.acts and word.mass for word in words)
        told = any(
            word.acts and (told or any(one[0] == VERB for one in word.terms)) for word in words
        )
        for phrase, match in self._matched(words).items():
            total = self._total[phrase]
            precision = min(1.0, match.covered / total) if total else 1.0
            share = 1 - _PRECISION + _PRECISION * precision
            score = self._weight[phrase] * match.recalled / asked * share
            if something and not match.of_things:
                score *= _ONLY_VERB
            if told and not match.does:
                score *= _OTHER_VERB
            owner = self._owner[phrase]
            if score > first.get(owner, 0.0):
                second[owner] = first.get(owner, 0.0)
                first[owner] = score
            elif score > second.get(owner, 0.0):
                second[owner] = score
        for at, score in first.items():
            yield score + _SECOND * second[at], self.actions[at]

    def _matched(self, words: list[Word]) -> dict[int, Match]:
        """What each phrase has of the query.

        Telling words first: once they have named candidates, common ones are only looked up there.
        """
        found: dict[int, Match] = {}
        fields = []
        for word in sorted(words, key=lambda one: -one.mass):
            held = self._held(word, found)
            for phrase, (share, bit, mass) in held.items():
                match = found.setdefault(phrase, Match())
                match.take(word, share)
                if not match.seen & bit:
                    match.seen |= bit
                    match.covered += mass * share
            fields.append((word, held))
        for word, held in fields:
            for owner, share in self._with_argument(word).items():
                for phrase in self._of.get(owner, ()):
                    if phrase in found and phrase not in held:
                        found[phrase].take(word, share * _DETAIL)
        return found

    def _with_argument(self, word: Word) -> dict[int, float]:
        """The actions with such an argument."""
        found: dict[int, float] = {}
        for term, weight in word.terms.items():
            for owner, share in self.details.get(term, {}).items():
                found[owner] = max(found.get(owner, 0.0), weight * share)
        return found

    def _held(self, word: Word, candidates: Collection[int]) -> Held:
        """The phrases that hold a word, each with its best share, place and mass."""
        held: Held = {}
        for term, weight in word.terms.items():
            postings = self._postings.get(term, {})
            narrow = candidates and len(candidates) < len(postings) > _COMMON
            for phrase in candidates if narrow else postings:
                found = postings.get(phrase)
                if found is None:
                    continue
                if phrase not in held or weight > held[phrase][0]:
                    held[phrase] = (weight, *found)
        return held


def _told_of(
    action: Action, catalogue: Catalogue, _: dict[str, str]
) -> Iterator[tuple[str, str, float]]:
    """What a resource tells of one of its standard verbs; all else of it is in the grid."""
    told = catalogue.resources[action.resource].said[action.verb]
    for text, language in zip(told, ("en", "fr"), strict=True):
        yield from ((said, language, _SYNONYM) for said in text.split(";"))


def _said_of(
    action: Action, catalogue: Catalogue, titles: dict[str, str]
) -> Iterator[tuple[str, str, float]]:
    """What may be said to mean an action: text, language, and how much it counts."""
    for language in LANGUAGES:
        yield action.labels[language], language, _LABEL
        for said in action.synonyms[language]:
            yield said, language, _SYNONYM
    verb = action.verb.replace("_", " ")
    yield f"{verb} {action.resource.rpartition('.')[2].replace('_', ' ')}", "en", _NAME
    yield action.summary, "en", _SUMMARY
    if action.name in titles:
        yield titles[action.name], "en", _NAME
    resource = catalogue.resources.get(action.resource)
    if resource is not None:
        for language, nouns in (("en", resource.en), ("fr", resource.fr)):
            declared = _declared(action, nouns, language)
            for noun in nouns.split(";"):
                yield f"{verb} {noun}", language, _NAME
                for one in declared:
                    yield f"{one} {noun}", language, _DECLARED


def _declared(action: Action, nouns: str, language: str) -> list[str]:
    """The verbs that its label and synonyms say of nothing but such a record: 'cut a key'.

    What is said of a key may be said of a token: each is then held with every name of the record.
    """
    known = {form for word in tokens(nouns) for form in (word, f"{word}s")}
    found: dict[str, None] = {}
    for said in (action.labels[language], *action.synonyms[language]):
        verb, *rest = tokens(said) or [""]
        if is_order(said, language, alone=True) and known.issuperset(_named_by(rest)):
            found[verb] = None
    return list(found)


def _named_by(words: list[str]) -> list[str]:
    return [one for one in words if not (one in STOP or one in QUALIFIERS or one in _VAGUE)]


def _says_verb(action: Action, words: list[str]) -> float:
    verb = VERB + action.verb
    generic = action.kind == "generic" and action.verb in HEADS
    return _NO_VERB if generic and not any(verb in meanings(word) for word in words) else 1.0
