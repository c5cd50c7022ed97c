"""Index: phrases that stand for actions, ranked against what somebody asks for."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA

from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.details import details
from eyeot.surface.mcp.intent import VIEWING, Wish, imperatives_of, plain, wish_of
from eyeot.surface.mcp.lexicon import (
    OBJECTS,
    QUALIFIERS,
    VERB,
    VERBS,
    business_words,
    known_words,
    meanings,
)
from eyeot.surface.mcp.words import LANGUAGES, content, names, stem, tokens

_LABEL, _SYNONYM, _NAME, _NOUN, _SUMMARY = 1.0, 0.98, 0.92, 0.92, 0.7
_NO_VERB = 0.85
"""A bare noun among the labels of a standard verb does not say which verb."""
_STEM, _VERB, _CONCEPT, _TYPO = 0.94, 0.8, 0.72, 0.85
_PRECISION = 0.45
"""How much it counts that a phrase says nothing else."""
_SECOND = 0.05
_LEAST = 0.366
_QUALIFIER, _NAMED, _UNKNOWN = 0.4, 0.15, 0.4
_ABSENT = 1.6
"""What a word of business tells against all actions when none of them knows it."""
_HOMELESS = 1.0
"""What it tells against all actions when nothing installed keeps what the query names."""
_DETAIL = 0.75
"""How much a field counts beside a label."""
_AGREES, _DISAGREES = 1.08, 0.9
_OTHERWISE = {Wish.SEE: 0.6, Wish.DO: 0.6, Wish.TRACE: 0.6}
"""What remains of an action that does another kind of thing than is wished."""
_SHORT, _LONG = 5, 9
"""Letters from which on a word may hold one slip, or two."""
_MOST_WORDS = 24
_COMMON = 500
"""Phrases from which on a term is common."""
_PRIORS = {
    **dict.fromkeys(("list", "create", "update", "search"), 1.0),
    **dict.fromkeys(("get", "count", "delete", "export"), 0.98),
}
_SELDOM = 0.95
"""Standard verbs are many and alike: the seldom ones give way when only a noun was said."""
_WITH_TOOL = 1.03

Terms = dict[str, float]
Posting = tuple[int, float]
"""Where a term stands in a phrase (as a bit), and the mass of its word."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query: the terms it may stand for, and how much it tells."""

    terms: Terms
    mass: float


class Index:
    """Every label, synonym, name and summary is one phrase; a query is held against each alone.

    So words of two languages, or of two synonyms, never add up to a match that nobody said.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._actions = [one for one in catalogue.actions.values() if one.surface != "operator"]
        self._with_tool = {tool.action for tool in catalogue.tools.values()}
        self._owner: list[int] = []
        self._weight: list[float] = []
        self._total: list[float] = []
        self._postings: dict[str, dict[int, Posting]] = {}
        self._vocabulary: dict[str, list[str]] = {}
        phrases = self._collected(catalogue)
        self._details, self._phrases_of = self._detailed()
        self._rarity = self._rarities(phrases)
        self._rarest = log(1 + len(self._actions))
        self._imperatives = imperatives_of(self._actions)
        self._homeless = OBJECTS - _kept(self._actions, catalogue)
        self._nouns = _nouns(catalogue)
        self._post(phrases)

    def _collected(self, catalogue: Catalogue) -> list[list[Terms]]:
        phrases = []
        titles = {tool.action: tool.title for tool in catalogue.tools.values()}
        for at, action in enumerate(self._actions):
            for text, language, weight in _phrases(action, catalogue, titles):
                words = content(text)
                if not words:
                    continue
                phrases.append([_terms(word, (language,)) for word in words])
                self._owner.append(at)
                self._weight.append(weight * _says_verb(action, words))
                for word in words:
                    self._vocabulary.setdefault(word[0], []).append(word)
        for word in known_words():
            self._vocabulary.setdefault(word[0], []).append(word)
        self._vocabulary = {k: list(dict.fromkeys(v)) for k, v in self._vocabulary.items()}
        return phrases

    def _detailed(self) -> tuple[dict[str, dict[int, float]], dict[int, list[int]]]:
        """For each term the actions with such a field; for each action its phrases."""
        found: dict[str, dict[int, float]] = {}
        for at, action in enumerate(self._actions):
            for term, weight in details(action).items():
                found.setdefault(term, {})[at] = weight
        phrases_of: dict[int, list[int]] = {}
        for phrase, owner in enumerate(self._owner):
            phrases_of.setdefault(owner, []).append(phrase)
        return found, phrases_of

    def _rarities(self, phrases: list[list[Terms]]) -> dict[str, float]:
        """How much a term tells: the fewer actions it may mean, the more.

        Summaries count only for terms that nothing else holds: their turns of phrase are no names.
        """
        named: dict[str, set[int]] = {}
        described: dict[str, set[int]] = {}
        for phrase, terms in enumerate(phrases):
            owners = described if self._weight[phrase] == _SUMMARY else named
            for position in terms:
                for term in position:
                    owners.setdefault(term, set()).add(self._owner[phrase])
        total = len(self._actions)
        fields = {term: set(owners) for term, owners in self._details.items()}
        owned = fields | described | named
        return {term: log(1 + total / len(found)) for term, found in owned.items()}

    def _post(self, phrases: list[list[Terms]]) -> None:
        for phrase, positions in enumerate(phrases):
            masses = [self._mass(position) for position in positions]
            self._total.append(sum(masses))
            for at, (position, mass) in enumerate(zip(positions, masses, strict=True)):
                for term in position:
                    self._postings.setdefault(term, {}).setdefault(phrase, (1 << at, mass))

    def _mass(self, terms: Terms) -> float:
        """What a word tells, by its commonest form: a seldom word for 'create' tells no more."""
        exact = [
            self._rarity[term]
            for term, weight in terms.items()
            if term in self._rarity and (weight >= _STEM or term[0] == VERB)
        ]
        return min(exact) if exact else max(self._rarity[t] * w for t, w in terms.items())

    def search(self, query: str) -> Iterator[tuple[float, Action]]:
        """Actions by how well they fit, best first; nothing when nothing fits."""
        wish = wish_of(query, self._imperatives)
        said = content(plain(query, wish))[:_MOST_WORDS]
        proper = names(query)
        words = [self._word(one, proper=one in proper) for one in said]
        against = _HOMELESS * self._rarest if any(map(self._is_homeless, said)) else 0.0
        best = self._best(words, against, _verbs(said), wish)
        for score, at in sorted(((score, -at) for at, score in best.items()), reverse=True):
            if score < _LEAST:
                return
            yield round(min(score, 1.0), 3), self._actions[-at]

    def _is_homeless(self, word: str) -> bool:
        """Whether a word names what no installed module keeps."""
        called = any(stem(word, one) in self._nouns for one in LANGUAGES)
        return not called and bool(self._homeless & meanings(word))

    def _word(self, word: str, *, proper: bool) -> Word:
        terms = {t: w for t, w in _terms(word, LANGUAGES).items() if t in self._rarity}
        if not terms and not proper and not _is_business(word):
            terms = self._misspelt(word)
        if not terms:
            return Word({}, _unknown(word, proper=proper) * self._rarest)
        mass = self._mass(terms)
        light = word in VIEWING or word in QUALIFIERS
        return Word(terms, mass * _QUALIFIER if light else mass)

    def _misspelt(self, word: str) -> Terms:
        """The terms of words a slip away, or two in a long one; first letters are seldom wrong."""
        slips = bisect((_SHORT, _LONG), len(word))
        if not slips:
            return {}
        near = process.extract(
            word,
            self._vocabulary.get(word[0], ()),
            scorer=OSA.distance,
            score_cutoff=slips,
            limit=3,
        )
        found: Terms = {}
        for known, distance, _ in near:
            share = _TYPO**distance
            for term, weight in _terms(known, LANGUAGES).items():
                if term in self._rarity:
                    found[term] = max(found.get(term, 0.0), weight * share)
        return found

    def _best(
        self, words: list[Word], against: float, verbs: set[str], wish: Wish
    ) -> dict[int, float]:
        """The best phrase of each action, a little helped by its second."""
        asked = sum(word.mass for word in words) + against
        first: dict[int, float] = {}
        second: dict[int, float] = {}
        for phrase, (recalled, covered) in self._matched(words).items():
            precision = min(1.0, covered / self._total[phrase]) if self._total[phrase] else 1.0
            share = 1 - _PRECISION + _PRECISION * precision
            score = self._weight[phrase] * recalled / asked * share
            owner = self._owner[phrase]
            if score > first.get(owner, 0.0):
                second[owner] = first.get(owner, 0.0)
                first[owner] = score
            elif score > second.get(owner, 0.0):
                second[owner] = score
        return {
            at: (score + _SECOND * second[at]) * self._prior(at, verbs, wish)
            for at, score in first.items()
        }

    def _matched(self, words: list[Word]) -> dict[int, tuple[float, float]]:
        """For each phrase: how much of the query it holds, and how much of it the query holds.

        Telling words first: once they have named candidates, common ones are only looked up there.
        """
        recalled: dict[int, float] = {}
        covered: dict[int, float] = {}
        seen: dict[int, int] = {}
        fields = []
        for word in sorted(words, key=lambda one: -one.mass):
            held = self._held(word, recalled)
            for phrase, (share, bit, mass) in held.items():
                recalled[phrase] = recalled.get(phrase, 0.0) + word.mass * share
                if not seen.get(phrase, 0) & bit:
                    seen[phrase] = seen.get(phrase, 0) | bit
                    covered[phrase] = covered.get(phrase, 0.0) + mass * share
            fields.append((word, held))
        for word, held in fields:
            for owner, share in self._with_field(word).items():
                for phrase in self._phrases_of[owner]:
                    if phrase in recalled and phrase not in held:
                        recalled[phrase] += word.mass * share * _DETAIL
        return {phrase: (mass, covered[phrase]) for phrase, mass in recalled.items()}

    def _with_field(self, word: Word) -> dict[int, float]:
        """The actions with such a field."""
        found: dict[int, float] = {}
        for term, weight in word.terms.items():
            for owner, share in self._details.get(term, {}).items():
                found[owner] = max(found.get(owner, 0.0), weight * share)
        return found

    def _held(
        self, word: Word, candidates: dict[int, float]
    ) -> dict[int, tuple[float, int, float]]:
        """The phrases that hold a word, each with its best share, place and mass."""
        held: dict[int, tuple[float, int, float]] = {}
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

    def _prior(self, at: int, verbs: set[str], wish: Wish) -> float:
        action = self._actions[at]
        prior = _WITH_TOOL if action.name in self._with_tool else 1.0
        if _is_otherwise(action, wish):
            prior *= _OTHERWISE[wish]
        if action.kind == "generic":
            prior *= _PRIORS.get(action.verb, _SELDOM)
            if verbs:
                prior *= _AGREES if action.verb in verbs else _DISAGREES
        return prior


def _kept(actions: list[Action], catalogue: Catalogue) -> set[str]:
    """What the installed modules keep records of, by the names of their resources."""
    named = {one.resource.rpartition(".")[2].replace("_", " ") for one in actions}
    said = [noun for one in catalogue.resources.values() for noun in (one.en, one.fr)]
    nouns = (";".join(noun.split(";")[:2]) for noun in said)
    words = {word for text in (*named, *nouns) for word in tokens(text)}
    return {meaning for word in words for meaning in meanings(word)}


def _nouns(catalogue: Catalogue) -> set[str]:
    """Every word by which a resource is called."""
    said = [f"{one.en} {one.fr}" for one in catalogue.resources.values()]
    return {stem(word, one) for text in said for word in tokens(text) for one in LANGUAGES}


def _is_otherwise(action: Action, wish: Wish) -> bool:
    if wish is Wish.ANY:
        return False
    return action.reads is (wish is Wish.DO) or (
        wish is Wish.TRACE and action.verb not in ("history", "timeline")
    )


def _phrases(
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
            for noun in nouns.split(";"):
                yield f"{verb} {noun}", language, _NOUN


def _says_verb(action: Action, words: list[str]) -> float:
    verb = VERB + action.verb
    generic = action.kind == "generic" and action.verb in VERBS
    return _NO_VERB if generic and not any(verb in meanings(word) for word in words) else 1.0


def _terms(word: str, languages: tuple[str, ...]) -> Terms:
    """The terms of a word: itself, its stems, and what it may mean."""
    return {
        **{one: _VERB if one[0] == VERB else _CONCEPT for one in meanings(word)},
        **dict.fromkeys((stem(word, language) for language in languages), _STEM),
        word: 1.0,
    }


def _unknown(word: str, *, proper: bool) -> float:
    """How much a word that no label knows speaks against all of them."""
    if word.isdigit() or len(word) == 1:
        return 0.0
    if _is_business(word) and not proper and word not in QUALIFIERS:
        return _ABSENT
    return _NAMED if proper or word in QUALIFIERS else _UNKNOWN


def _is_business(word: str) -> bool:
    return any(stem(word, one) in business_words() for one in LANGUAGES)


def _verbs(said: list[str]) -> set[str]:
    """The standard verbs a query speaks of."""
    return {one[1:] for word in said for one in meanings(word) if one[0] == VERB}
