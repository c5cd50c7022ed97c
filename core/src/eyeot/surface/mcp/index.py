"""Index: what somebody asks for, held against every phrase and every cell of the grid."""

from bisect import bisect
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA

from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.grid import Grid, belongs
from eyeot.surface.mcp.intent import VIEWING, Wish, bids, imperatives_of, orders_of, plain, wish_of
from eyeot.surface.mcp.lexicon import (
    OBJECTS,
    QUALIFIERS,
    VERB,
    beside,
    business_words,
    known_words,
    meanings,
    states,
)
from eyeot.surface.mcp.phrases import Phrases
from eyeot.surface.mcp.standing import Standing, standing_words
from eyeot.surface.mcp.terms import STEM, Terms, Word, terms_of
from eyeot.surface.mcp.verbs import HEADS, without_idioms
from eyeot.surface.mcp.words import LANGUAGES, asked, content, names, stem, tokens

_TYPO = 0.85
_LEAST = 0.38
_NEAR = 0.15
"""The least fit of the business actions of a resource that the query names in full."""
_KNOWN = 0.5
"""How much of a query must be known for them to be meant."""
_LIGHTEST = 1.0
_QUALIFIER, _NAMED, _UNKNOWN = 0.4, 0.15, 0.4
_COMPANION = 0.3
_ABSENT = 1.6
"""What a word of business tells against all actions when none of them knows it."""
_HOMELESS = 1.0
"""What it tells against all actions when nothing installed keeps what the query names."""
_AGREES, _DISAGREES = 1.0, 0.9
_OTHERWISE = 0.65
"""What remains of an action that does another kind of thing than is wished."""
_SHORT, _LONG = 5, 9
"""Letters from which on a word may hold one slip, or two."""
_MOST_WORDS = 24
_PRIORS = {
    **dict.fromkeys(("list", "create", "update", "search"), 1.0),
    **dict.fromkeys(("get", "count", "delete", "export"), 0.98),
}
_SELDOM = 0.95
"""Standard verbs are many and alike: the seldom ones give way when only a noun was said."""
_WITH_TOOL = 1.03


class Index:
    """Everything that may be asked for, and how much each word of it tells."""

    def __init__(self, catalogue: Catalogue) -> None:
        every = [one for one in catalogue.actions.values() if one.surface != "operator"]
        self._with_tool = {tool.action for tool in catalogue.tools.values()}
        self._done_with = Counter(one.resource for one in every)
        self._grid = Grid(catalogue)
        self._standing = Standing(catalogue)
        rest = [one for one in every if not belongs(one, catalogue)]
        told = [one for one in every if belongs(one, catalogue) and _is_told(one, catalogue)]
        self._phrases = Phrases([*rest, *told], catalogue)
        self._units = len(rest) + len(self._grid.cells) + len(HEADS)
        self._rarity = self._rarities()
        self._rarest = log(1 + self._units)
        self._vocabulary = self._words()
        self._homeless = OBJECTS - _kept(every, catalogue) - _told_of(rest)
        self._nouns = _nouns(catalogue)
        self._imperatives = imperatives_of(rest, self._nouns)
        self._orders = {one.name: orders_of(one) for one in rest if one.reads}
        self._labelled = {w for one in rest for text in one.labels.values() for w in tokens(text)}
        self._phrases.weigh(self._mass)
        self._grid.weigh(self._mass)

    def _words(self) -> dict[str, list[str]]:
        """Every word of a phrase or name, and of the lexicon, by its first letter."""
        terms = [one for _, words, _ in self._phrases.units() for one in words]
        said = [word for one in (*terms, *self._grid.vocabulary()) for word in one]
        found: dict[str, dict[str, None]] = {}
        for word in (*(one for one in said if one.isalnum()), *sorted(known_words())):
            found.setdefault(word[0], {})[word] = None
        return {first: list(words) for first, words in found.items()}

    def _rarities(self) -> dict[str, float]:
        """How much a term tells: the fewer units it may mean, the more.

        A unit is an action with phrases of its own, a resource or a standard verb. Summaries and
        arguments count only for terms that nothing else holds: their turns of phrase are no names.
        """
        named: dict[str, set[object]] = {}
        described: dict[str, set[object]] = {t: set(o) for t, o in self._phrases.details.items()}
        for resource, told in self._grid.fields.items():
            _note(described, told, resource)
        for owner, words, is_summary in self._phrases.units():
            for terms in words:
                _note(described if is_summary else named, terms, owner)
        for resource, called in self._grid.units():
            _note(named, called, resource)
        for verb, said in HEADS.items() if self._grid.cells else ():
            for word in said.split():
                _note(named, terms_of(word, LANGUAGES), VERB + verb)
        owned = described | named
        return {term: log(1 + self._units / len(found)) for term, found in owned.items()}

    def _mass(self, terms: Terms) -> float:
        """What a word tells, by its commonest form: a seldom word for 'create' tells no more."""
        exact = [
            self._rarity[term]
            for term, weight in terms.items()
            if term in self._rarity and (weight >= STEM or term[0] == VERB)
        ]
        if exact:
            return max(min(exact), _LIGHTEST)
        return max((self._rarity.get(t, 0.0) * w for t, w in terms.items()), default=0.0)

    def search(self, query: str) -> Iterator[tuple[float, Action]]:
        """Actions by how well they fit, best first; nothing when nothing fits."""
        wish = wish_of(query, self._imperatives, self._nouns)
        said = self._said(plain(query, wish))
        proper = names(query)
        verbs = _verbs(said)
        words = [self._word(one, proper=one in proper, verbs=verbs, wish=wish) for one in said]
        stands = self._stands(said, words)
        if stands:
            words = [self._only(one) if one in stands else words[at] for at, one in enumerate(said)]
        foreign = any(self._is_homeless(one) and not beside(one) & verbs for one in said)
        against = _HOMELESS * self._rarest if foreign else 0.0
        asked = sum(word.mass for word in words) + against
        if not asked:
            return
        told = wish is Wish.DO
        ordered = self._ordered(said[0]) if told else ()
        every = (
            *self._phrases.search(words, asked, told=told),
            *self._grid.search(words, asked, told=told),
        )
        share = self._standing.share if stands else _whole
        found: dict[str, tuple[float, Action]] = {}
        for score, one in every:
            fit = score * self._prior(one, verbs, wish, ordered) * share(one)
            if one.name not in found or fit > found[one.name][0]:
                found[one.name] = (fit, one)
        ranked = sorted(
            found.values(), key=lambda one: (-one[0], -self._breadth(one[1]), one[1].name)
        )
        lacking = any(word.mass >= _ABSENT * self._rarest for word in words)
        known = sum(word.mass for word in words if word.terms)
        unknown = known < _KNOWN * asked
        named = set() if foreign or lacking or unknown else self._grid.named(words)
        for score, action in ranked:
            if score >= _LEAST or (score >= _NEAR and self._is_near(action, named)):
                yield round(min(score, 1.0), 3), action

    def _stands(self, said: list[str], words: list[Word]) -> set[str]:
        """The words that say that what is to be changed may not be."""
        stands = standing_words(said)
        return stands if stands and self._standing.concerns(self._grid.headed(words)) else set()

    def _only(self, word: str) -> Word:
        """A word as it was said: 'sent' of an invoice tells of no sending."""
        told = {word: 1.0} if word in self._rarity else {}
        return Word(told, self._mass(told) * _QUALIFIER)

    def _ordered(self, word: str) -> set[str]:
        """The reading actions whose own labels begin with the word: 'declare VAT' computes it."""
        stems = {stem(word, language) for language in LANGUAGES}
        return {name for name, orders in self._orders.items() if orders & stems}

    def _breadth(self, action: Action) -> int:
        """How much can be done with what it does something to; who names nothing means the chief."""
        return self._done_with[action.resource]

    def _is_near(self, action: Action, named: set[str]) -> bool:
        """Whether it is an action of its own kind of what was named: few are, so they may be meant."""
        return action.resource in named and not self._grid.holds(action)

    def _said(self, query: str) -> list[str]:
        """The words of a query that tell something, idioms as one."""
        every = asked(query)
        bare = [
            every[at : at + len(one)]
            for one in self._phrases.bare
            for at in range(len(every) - len(one) + 1)
            if tuple(every[at : at + len(one)]) == one
        ]
        said = content(without_idioms(" ".join(every)))
        return list(dict.fromkeys([*(word for one in bare for word in one), *said]))[:_MOST_WORDS]

    def _is_homeless(self, word: str) -> bool:
        """Whether a word names what no installed module keeps."""
        meant = meanings(word)
        if word in self._nouns | self._labelled or meant.isdisjoint(self._homeless):
            return False
        return not any(one in self._rarity for one in meant - OBJECTS if one[0] != VERB)

    def _word(self, word: str, *, proper: bool, verbs: set[str], wish: Wish) -> Word:
        terms = {t: w for t, w in terms_of(word, LANGUAGES).items() if t in self._rarity}
        counts = beside(word)
        acts = self._acts(word)
        if not terms and counts & verbs:
            return Word({}, _COMPANION * self._rarest, counts, acts=acts)
        if not terms and not proper and not _is_business(word):
            terms = self._misspelt(word)
        if not terms:
            return Word({}, _unknown(word, proper=proper) * self._rarest, counts, acts=acts)
        mass = self._mass(terms)
        light = word in VIEWING or word in QUALIFIERS
        state = wish is Wish.SEE and word in states()
        return Word(terms, mass * _QUALIFIER if light else mass, counts, state, acts)

    def _acts(self, word: str) -> bool:
        """Whether a word tells to do something."""
        if word in self._nouns:
            return False
        return any(term[0] == VERB for term in meanings(word)) or bids(word, self._imperatives)

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
            for term, weight in terms_of(known, LANGUAGES).items():
                if term in self._rarity:
                    found[term] = max(found.get(term, 0.0), weight * share)
        return found

    def _prior(
        self, action: Action, verbs: set[str], wish: Wish, ordered: Collection[str]
    ) -> float:
        prior = _WITH_TOOL if action.name in self._with_tool else 1.0
        if _is_otherwise(action, wish) and action.name not in ordered:
            prior *= _OTHERWISE
        if action.kind == "generic":
            prior *= _PRIORS.get(action.verb, _SELDOM)
            if verbs:
                prior *= _AGREES if action.verb in verbs else _DISAGREES
        return prior


def _is_told(action: Action, catalogue: Catalogue) -> bool:
    """Whether its resource says more of the verb than the grid holds."""
    return action.verb in catalogue.resources[action.resource].said


def _whole(_: Action) -> float:
    return 1.0


def _note(owners: dict[str, set[object]], terms: Iterable[str], owner: object) -> None:
    for term in terms:
        owners.setdefault(term, set()).add(owner)


def _kept(actions: list[Action], catalogue: Catalogue) -> set[str]:
    """What the installed modules keep records of, by the names of their resources."""
    named = {one.resource.rpartition(".")[2].replace("_", " ") for one in actions}
    said = [noun for one in catalogue.resources.values() for noun in (one.en, one.fr)]
    nouns = (";".join(noun.split(";")[:2]) for noun in said)
    words = {word for text in (*named, *nouns) for word in tokens(text)}
    return {meaning for word in words for meaning in meanings(word)}


def _told_of(actions: list[Action]) -> set[str]:
    """What reports tell of, by their names."""
    named = (
        one.labels[language] for one in actions if one.kind == "report" for language in LANGUAGES
    )
    return {meaning for text in named for word in tokens(text) for meaning in meanings(word)}


def _nouns(catalogue: Catalogue) -> set[str]:
    """Every word by which a resource is called, and its plural."""
    said = [f"{one.en} {one.fr}" for one in catalogue.resources.values()]
    return {form for text in said for word in tokens(text) for form in (word, f"{word}s")}


def _is_otherwise(action: Action, wish: Wish) -> bool:
    if wish is Wish.ANY:
        return False
    reads = action.reads or action.verb == "export"
    return reads is (wish is Wish.DO and action.verb != "export") or (
        wish is Wish.TRACE and action.verb not in ("history", "timeline")
    )


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
