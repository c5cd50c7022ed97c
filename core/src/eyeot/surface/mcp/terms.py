"""Terms: a word as what it may stand for, so that words of a query and of a label can be compared."""

from collections.abc import Callable
from dataclasses import dataclass

from eyeot.surface.mcp.lexicon import VERB, meanings
from eyeot.surface.mcp.words import stem

STEM, _VERB, _CONCEPT = 0.94, 0.8, 0.72

Terms = dict[str, float]
Mass = Callable[[Terms], float]
"""How much a word tells."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query: the terms it may stand for, and how much it tells."""

    terms: Terms
    mass: float
    beside: frozenset[str] = frozenset()
    """The verbs beside whose names it counts."""
    state: bool = False
    """Whether it says what state a record is in."""
    acts: bool = False
    """Whether it says what to do, rather than with what."""


def terms_of(word: str, languages: tuple[str, ...]) -> Terms:
    """The terms of a word: itself, its stems, and what it may mean."""
    return {
        **{one: _VERB if one[0] == VERB else _CONCEPT for one in meanings(word)},
        **dict.fromkeys((stem(word, language) for language in languages), STEM),
        word: 1.0,
    }
