"""Decks: draws that keep their proportions, as cards do and dice do not."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import TypeVar

Card = TypeVar("Card")


def deck(rng: Random, counts: Mapping[Card, int]) -> Iterator[Card]:
    """Draw for ever, shuffling all the cards anew each time they run out."""
    cards = [card for card, count in counts.items() for _ in range(count)]
    while True:
        yield from rng.sample(cards, len(cards))
