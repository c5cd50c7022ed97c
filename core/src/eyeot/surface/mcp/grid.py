"""Grid: standard verbs and resources as rows and columns, so that none of their products is stored."""

from collections.abc import Iterator
from dataclasses import dataclass

from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.details import fields_of
from eyeot.surface.mcp.lexicon import VERB
from eyeot.surface.mcp.terms import STEM, Mass, Terms, Word, terms_of
from eyeot.surface.mcp.verbs import HEADS
from eyeot.surface.mcp.words import LANGUAGES, content, tokens

_OTHER_NAME = 0.97
"""A synonym beside the name and its plural."""
_ALSO = 0.8
"""A word of another name of the same resource."""
_VERB_MASS = 2.0
_IMPLIED = {"list": 0.9, "search": 0.85, "get": 0.8, "create": 0.75}
_RARELY = 0.45
"""How far a verb is meant that nobody said."""
_UNSAID = 0.75
"""What remains of a verb when another was said."""
_HEADLESS = 0.5
"""What remains of a name whose noun was not said."""
_MOSTLY = 0.45
"""How much of a name must be said to count where no noun is."""
_LATER = 0.9
"""What remains of a resource that is named after another."""
_BELONGING = 0.6
"""How far a word counts that names what the first resource belongs to."""
_AFTER = frozenset(("of", "for", "at", "in", "to", "on", "by", "from", "with", "that"))
_UNTOLD = 0.7
"""What remains of a verb when something is to be done and it is not that."""
_COMPANION, _ALONE = 0.9, 0.35
_DETAIL = 0.75
_PRECISION = 0.45
_SHOWN = {"list": 1.0, "update": 1.0, "get": 0.8, "count": 0.8, "aggregate": 0.9, "create": 0.6}
"""A field leads first to what shows or changes it."""
_FIELD_ELSEWHERE = 0.5
_FIELD_ONLY, _SURE_FIELD = 0.95, 0.5
"""What remains of a cell whose resource nobody named."""
_STATED = 1.25


@dataclass(slots=True)
class Name:
    """One name of a resource."""

    resource: str
    weight: float
    positions: list[Terms]
    masses: list[float]
    head: int
    """Which of its words is the noun that the others tell more of."""


@dataclass(slots=True)
class Place:
    """How well a query names a resource: the share of each word, and what of the name was said."""

    shares: list[float]
    said: float
    total: float
    weight: float
    surely: bool
    headed: bool = True
    """Whether the noun of the name was said, or only what tells more of it."""


class Grid:
    """Which standard verb of which resource is meant, by the words for each."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.cells: dict[str, dict[str, Action]] = {}
        for action in catalogue.actions.values():
            if belongs(action, catalogue):
                self.cells.setdefault(action.resource, {})[action.verb] = action
        self._fields = {name: fields_of(catalogue.resources[name].record) for name in self.cells}
        self._names: list[Name] = []
        self._postings: dict[str, list[tuple[int, int]]] = {}
        for name in self.cells:
            resource = catalogue.resources[name]
            for text, language, weight in _called(name, resource.en, resource.fr):
                words = content(text)
                if words:
                    positions = [terms_of(word, (language,)) for word in words]
                    head = words.index(_head(text, language, words))
                    self._names.append(Name(name, weight, positions, [], head))

    def vocabulary(self) -> Iterator[Terms]:
        """The terms of every word of every name."""
        for one in self._names:
            yield from one.positions

    def units(self) -> Iterator[tuple[str, set[str]]]:
        """Each resource with the terms of its names, and those of its fields that no name has."""
        found: dict[str, set[str]] = {name: set() for name in self.cells}
        for one in self._names:
            found[one.resource].update(term for word in one.positions for term in word)
        yield from found.items()

    @property
    def fields(self) -> dict[str, dict[str, float]]:
        """The terms of each resource's fields."""
        return self._fields

    def weigh(self, mass: Mass) -> None:
        """Take the mass of every word, once all units are known."""
        for at, one in enumerate(self._names):
            one.masses = [mass(word) for word in one.positions]
            for position, word in enumerate(one.positions):
                for term in word:
                    # A noun such as 'account' is no verb, though 'to count' may share its stem.
                    if term[0] == VERB:
                        continue
                    self._postings.setdefault(term, []).append((at, position))

    def search(
        self, words: list[Word], asked: float, *, told: bool
    ) -> Iterator[tuple[float, Action]]:
        """The cells of the resources that are named, with their scores."""
        heads = {verb: _spoken(words, verb) for verb in HEADS}
        spoken = {verb for verb, shares in heads.items() if 1 in shares}
        for resource, place in self._meant(words, spoken).items():
            fields = [_told(word, self._fields[resource]) for word in words]
            for verb, action in self.cells[resource].items():
                shares = heads.get(verb, [0.0] * len(words))
                detail = _DETAIL * _SHOWN.get(verb, _FIELD_ELSEWHERE)
                recalled = sum(
                    word.mass * max(noun, share, detail * field)
                    for word, noun, share, field in zip(
                        words, place.shares, shares, fields, strict=True
                    )
                )
                said = _said(shares, place.shares)
                if said < 1:
                    said = _UNSAID * said if spoken or told else _IMPLIED.get(verb, _RARELY)
                covered = place.said + _VERB_MASS * said
                share = 1 - _PRECISION + _PRECISION * covered / (place.total + _VERB_MASS)
                unsaid = _UNTOLD if told and said < 1 else 1.0
                yield place.weight * unsaid * recalled / asked * share, action

    def holds(self, action: Action) -> bool:
        """Whether it is one of the cells."""
        return action.verb in self.cells.get(action.resource, ())

    def named(self, words: list[Word]) -> set[str]:
        """The resources of which a whole name was said."""
        return {name for name, place in self._places(words).items() if place.surely}

    def headed(self, words: list[Word]) -> set[str]:
        """The resources of which at least the noun was said."""
        return {name for name, place in self._places(words).items() if place.headed}

    def _places(self, words: list[Word]) -> dict[str, Place]:
        found: dict[int, dict[int, dict[int, float]]] = {}
        for at, word in enumerate(words):
            for term, weight in word.terms.items():
                for name, position in self._postings.get(term, ()):
                    held = found.setdefault(name, {}).setdefault(at, {})
                    held[position] = max(held.get(position, 0.0), weight)
        by_resource: dict[str, list[Place]] = {}
        for at, said in found.items():
            place = _place(self._names[at], said, len(words))
            by_resource.setdefault(self._names[at].resource, []).append(place)
        joined = {resource: _joined(places) for resource, places in by_resource.items()}
        first = min((_at(one) for one in joined.values()), default=0)
        named = [
            max(shares) for shares in zip(*(one.shares for one in joined.values()), strict=True)
        ]
        bare = not any(one.headed for one in joined.values())
        for one in joined.values():
            headed = one.headed or (bare and one.said >= _MOSTLY * one.total)
            one.weight *= 1.0 if headed else _HEADLESS
            if _at(one) == first:
                pairs = zip(one.shares, named, strict=True)
                one.shares = [max(share, other * _BELONGING) for share, other in pairs]
            else:
                one.weight *= _LATER
        return joined

    def _meant(self, words: list[Word], spoken: set[str]) -> dict[str, Place]:
        """The resources that are named; where they do nothing of what is said, those with such a field."""
        named = self._places(words)
        if not spoken or any(
            place.headed and not spoken.isdisjoint(self.cells[one]) for one, place in named.items()
        ):
            return named
        none = [0.0] * len(words)
        by_field = {
            resource: Place(none, 0.0, _VERB_MASS, _FIELD_ONLY, surely=False)
            for resource, fields in self._fields.items()
            if any(_best(word, fields) >= _SURE_FIELD for word in words)
        }
        return by_field | named


def belongs(action: Action, catalogue: Catalogue) -> bool:
    """Whether the grid holds it, rather than the phrases."""
    return (
        action.kind == "generic"
        and action.surface != "operator"
        and action.verb in HEADS
        and action.resource in catalogue.resources
    )


def _called(name: str, en: str, fr: str) -> Iterator[tuple[str, str, float]]:
    yield name.partition(".")[2].replace("_", " "), "en", 1.0
    for language, nouns in zip(("en", "fr"), (en, fr), strict=True):
        for at, noun in enumerate(nouns.split(";")):
            yield noun, language, 1.0 if at < len(LANGUAGES) else _OTHER_NAME


def _at(place: Place) -> int:
    """Where a query names it: what is worked with comes before what that belongs to."""
    return next((at for at, share in enumerate(place.shares) if share >= STEM), len(place.shares))


def _place(name: Name, held: dict[int, dict[int, float]], words: int) -> Place:
    """How well a query of so many words says one name."""
    shares = [max(held.get(at, {}).values(), default=0.0) for at in range(words)]
    covered: dict[int, float] = {}
    for positions in held.values():
        for position, share in positions.items():
            covered[position] = max(covered.get(position, 0.0), share)
    said = sum(name.masses[position] * share for position, share in covered.items())
    total = sum(name.masses)
    surely = len(covered) == len(name.masses) and min(covered.values()) >= STEM
    return Place(shares, said, total, name.weight, surely, name.head in covered)


def _head(text: str, language: str, words: list[str]) -> str:
    """The noun of a name: its first word in French, the last before 'of' and the like in English."""
    if language == "fr":
        return words[0]
    said = tokens(text)
    end = next((at for at, word in enumerate(said) if at and word in _AFTER), len(said))
    return next((word for word in reversed(said[:end]) if word in words), words[-1])


def _joined(places: list[Place]) -> Place:
    """The name that fits best; the others' words count a little less."""
    best = max(
        places, key=lambda one: (sum(one.shares) * one.weight * one.said / one.total, one.weight)
    )
    also = [max(shares) * _ALSO for shares in zip(*(one.shares for one in places), strict=True)]
    best.shares = [max(pair) for pair in zip(best.shares, also, strict=True)]
    return best


def _spoken(words: list[Word], verb: str) -> list[float]:
    """How far each word speaks of a verb: names it, or counts beside one that does."""
    named = [VERB + verb in word.terms for word in words]
    beside = _COMPANION if any(named) else _ALONE
    return [
        1.0 if is_named else beside if verb in word.beside else 0.0
        for is_named, word in zip(named, words, strict=True)
    ]


def _said(shares: list[float], named: list[float]) -> float:
    """How far a verb is said, by other words than the one that names the resource."""
    naming = [at for at, share in enumerate(named) if share >= STEM]
    alone = naming[0] if len(naming) == 1 else -1
    return max((share for at, share in enumerate(shares) if at != alone), default=0.0)


def _told(word: Word, fields: dict[str, float]) -> float:
    """How far a word tells of a field; a state that a record may be in, as surely as a name."""
    share = _best(word, fields)
    return _STATED if word.state and share >= _SURE_FIELD else share


def _best(word: Word, fields: dict[str, float]) -> float:
    return max((weight * fields.get(term, 0.0) for term, weight in word.terms.items()), default=0.0)
